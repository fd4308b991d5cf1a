//! The event log: checksummed frames, appended and never changed.
//!
//! Guarantees: a frame that [`Log::append`] returned from survives the process, and the machine too if it was synced. A
//! torn tail counts as never written. Damage before the tail is an error, for then something that was answered is lost.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use sha2::{Digest as _, Sha256};

const MAGIC: &[u8; 8] = b"RPSBLOG1";
const HEADER: usize = 12;

/// Why a log cannot be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogError {
    /// The file cannot be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The file is something else, or damaged before its tail.
    #[error("the event log is damaged at byte {0}")]
    Damaged(usize),
}

/// An open log.
pub(crate) struct Log {
    file: File,
    length: u64,
}

impl Log {
    /// Opens or makes the log, cuts a torn tail off, and returns the payloads of all frames.
    pub(crate) fn open(path: &Path) -> Result<(Self, Vec<Vec<u8>>), LogError> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        if bytes.len() < MAGIC.len() && MAGIC.starts_with(&bytes) {
            let mut log = Self { file, length: 0 };
            log.clear()?;
            return Ok((log, Vec::new()));
        }
        if !bytes.starts_with(MAGIC) {
            return Err(LogError::Damaged(0));
        }
        let (payloads, end) = frames(&bytes)?;
        file.set_len(end as u64)?;
        file.seek(SeekFrom::Start(end as u64))?;
        Ok((
            Self {
                file,
                length: end as u64,
            },
            payloads,
        ))
    }

    /// Appends a frame; `durable` waits for the disk.
    pub(crate) fn append(&mut self, payload: &[u8], durable: bool) -> io::Result<()> {
        let result = self
            .file
            .write_all(&frame(payload))
            .and_then(|()| if durable { self.file.sync_data() } else { Ok(()) });
        if result.is_err() {
            self.file.set_len(self.length)?;
            self.file.seek(SeekFrom::Start(self.length))?;
            return result;
        }
        self.length += (HEADER + payload.len()) as u64;
        Ok(())
    }

    /// Waits until everything appended is on the disk.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// How many bytes the log has.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Empties the log, once a snapshot holds what it held.
    pub(crate) fn clear(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(MAGIC)?;
        self.file.sync_data()?;
        self.length = MAGIC.len() as u64;
        Ok(())
    }
}

/// Writes one frame as a whole file: to a temporary name, synced, then renamed.
pub(crate) fn write_whole(path: &Path, payload: &[u8]) -> io::Result<()> {
    let pending = path.with_extension("pending");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&pending)?;
    file.write_all(MAGIC)?;
    file.write_all(&frame(payload))?;
    file.sync_all()?;
    std::fs::rename(&pending, path)?;
    path.parent()
        .map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// Reads what [`write_whole`] wrote; `None` when there is no such file.
pub(crate) fn read_whole(path: &Path) -> Result<Option<Vec<u8>>, LogError> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    if !bytes.starts_with(MAGIC) {
        return Err(LogError::Damaged(0));
    }
    let (mut payloads, end) = frames(&bytes)?;
    if end != bytes.len() || payloads.len() != 1 {
        return Err(LogError::Damaged(end));
    }
    Ok(payloads.pop())
}

fn frame(payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a record is far below four gigabytes");
    let mut bytes = Vec::with_capacity(HEADER + payload.len());
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&checksum(length, payload));
    bytes.extend_from_slice(payload);
    bytes
}

fn checksum(length: u32, payload: &[u8]) -> [u8; 8] {
    let mut hash = Sha256::new();
    hash.update(length.to_le_bytes());
    hash.update(payload);
    hash.finalize()[..8].try_into().expect("a digest has 32 bytes")
}

/// The payloads of `bytes` (which start with the magic), and where the whole frames end.
fn frames(bytes: &[u8]) -> Result<(Vec<Vec<u8>>, usize), LogError> {
    let mut payloads = Vec::new();
    let mut at = MAGIC.len();
    while let Some((header, rest)) = bytes[at..].split_at_checked(HEADER) {
        let length = u32::from_le_bytes(header[..4].try_into().expect("a header has 12 bytes"));
        let Some(payload) = rest.get(..length as usize) else {
            break;
        };
        if checksum(length, payload) != header[4..] {
            let last =
                at + HEADER + payload.len() == bytes.len() || bytes[at..].iter().all(|byte| *byte == 0);
            if last {
                break;
            }
            return Err(LogError::Damaged(at));
        }
        payloads.push(payload.to_vec());
        at += HEADER + payload.len();
    }
    Ok((payloads, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(path: &Path, payloads: &[&[u8]]) {
        let (mut log, _) = Log::open(path).unwrap();
        for payload in payloads {
            log.append(payload, true).unwrap();
        }
    }

    #[test]
    fn a_log_cut_at_any_byte_keeps_exactly_its_whole_frames() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.log");
        written(&path, &[b"one", b"two"]);
        let whole = std::fs::read(&path).unwrap();
        let first_end = MAGIC.len() + HEADER + 3;
        for cut in 0..whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let (mut log, payloads) = Log::open(&path).unwrap();
            assert_eq!(payloads.len(), usize::from(cut >= first_end), "cut at {cut}");
            log.append(b"three", true).unwrap();
            drop(log);
            assert_eq!(
                Log::open(&path).unwrap().1.last().map(Vec::as_slice),
                Some(b"three".as_slice())
            );
        }
    }

    #[test]
    fn damage_before_the_tail_is_refused_and_a_damaged_tail_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.log");
        written(&path, &[b"one", b"two"]);
        let whole = std::fs::read(&path).unwrap();
        let mut damaged = whole.clone();
        damaged[MAGIC.len() + HEADER] ^= 1;
        std::fs::write(&path, &damaged).unwrap();
        assert!(matches!(Log::open(&path), Err(LogError::Damaged(8))));
        let mut torn = whole;
        *torn.last_mut().unwrap() ^= 1;
        std::fs::write(&path, &torn).unwrap();
        assert_eq!(Log::open(&path).unwrap().1, [b"one".to_vec()]);
    }
}
