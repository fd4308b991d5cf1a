//! The journal's outer form: frames with length, sequence and checksums, in segments that are only ever created.
//!
//! One frame holds all records of one group commit, so a write that was cut short loses that group and nothing else. An
//! incomplete last frame counts as never written; anything else that fails its checks is damage, and said so.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::error::StateError;
use crate::record::Record;
use crate::seal::{Sealer, SealingHeader};

const MAGIC: &[u8; 4] = b"RPJ1";
const HEAD: usize = 32;
const CHECK: usize = 8;
const SECTOR: usize = 512;
/// A run of zeros at least this long is a hole that a lost write left; shorter ones occur in checksums.
const HOLE: usize = 8;

/// The version of the journal's inner form.
pub(crate) const FORMAT: u64 = 1;

/// What a frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// A [`JournalHeader`]: the first frame of an epoch, and again the first of the piece that says that a snapshot holds it all.
    Header,
    /// A [`SealingHeader`]: from here on everything is sealed with this key.
    Key,
    /// Records in clear: nothing in them is secret, and there is no key yet.
    Clear,
    /// Sealed records.
    Sealed,
}

impl FrameKind {
    fn code(self) -> u8 {
        match self {
            Self::Header => 1,
            Self::Key => 2,
            Self::Clear => 3,
            Self::Sealed => 4,
        }
    }

    fn from_code(code: u8) -> Option<Self> {
        [Self::Header, Self::Key, Self::Clear, Self::Sealed]
            .into_iter()
            .find(|kind| kind.code() == code)
    }
}

/// One group of records, or what has to be known to read them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What it holds.
    pub kind: FrameKind,
    /// The epoch of its writer.
    pub epoch: u64,
    /// Its number within the epoch, from zero.
    pub sequence: u64,
    /// The bytes.
    pub payload: Vec<u8>,
}

/// What a journal is based on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalHeader {
    /// The version of the inner form.
    pub format: u64,
    /// The family of the state.
    pub lineage: String,
    /// The serial of the snapshot that the records apply to; zero where there was none.
    pub serial: u64,
    /// The digest of that snapshot's content; empty where there was none.
    pub digest: String,
    /// The key of the state, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealing: Option<SealingHeader>,
}

/// The frames of one epoch, and how many bytes at the end were never written in full.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Segment {
    /// The whole frames.
    pub frames: Vec<Frame>,
    /// The bytes after them.
    pub torn: usize,
}

impl Frame {
    /// Prints the frame.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD + self.payload.len() + CHECK);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&[self.kind.code(), 0, 0, 0]);
        let length = u32::try_from(self.payload.len()).expect("a group of records is far below 4 GiB");
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&self.epoch.to_le_bytes());
        bytes.extend_from_slice(&self.sequence.to_le_bytes());
        let check = checksum(&bytes);
        bytes.extend_from_slice(&check[..HEAD - 28]);
        bytes.extend_from_slice(&self.payload);
        let check = checksum(&bytes);
        bytes.extend_from_slice(&check[..CHECK]);
        bytes
    }

    /// Reads the frame at the start of `bytes`.
    fn decode(bytes: &[u8]) -> Result<(Self, usize), Defect> {
        let Some((head, rest)) = bytes.split_first_chunk::<HEAD>() else {
            return Err(Defect::Short);
        };
        if head[..4] != *MAGIC || head[5..8] != [0; 3] || head[28..] != checksum(&head[..28])[..HEAD - 28] {
            return Err(Defect::Bad("its header fails its checksum"));
        }
        let kind = FrameKind::from_code(head[4]).ok_or(Defect::Bad("its kind is not known"))?;
        let length = u32::from_le_bytes(fixed(&head[8..12])) as usize;
        let (Some(payload), Some(check)) = (rest.get(..length), rest.get(length..length + CHECK)) else {
            return Err(Defect::Short);
        };
        let end = HEAD + length;
        if check != &checksum(&bytes[..end])[..CHECK] {
            return Err(Defect::Bad("its content fails its checksum"));
        }
        let frame = Self {
            kind,
            epoch: u64::from_le_bytes(fixed(&head[12..20])),
            sequence: u64::from_le_bytes(fixed(&head[20..28])),
            payload: payload.to_vec(),
        };
        Ok((frame, end + CHECK))
    }
}

enum Defect {
    Short,
    Bad(&'static str),
}

impl Segment {
    /// Parses everything that was written in one epoch.
    ///
    /// # Errors
    /// When a frame is damaged, and not just the end of a write that was cut short.
    pub fn parse(bytes: &[u8], epoch: u64, location: &str) -> Result<Self, StateError> {
        Self::parse_from(bytes, (epoch, 0), location)
    }

    /// Parses a piece of an epoch, whose first frame has this number.
    pub(crate) fn parse_from(bytes: &[u8], place: (u64, u64), location: &str) -> Result<Self, StateError> {
        let (epoch, first) = place;
        let mut segment = Self::default();
        let mut offset = 0;
        while offset < bytes.len() {
            let expected = first + segment.frames.len() as u64;
            let damaged = |problem: &str| StateError::JournalDamaged {
                location: location.to_owned(),
                offset,
                problem: problem.to_owned(),
            };
            let rest = &bytes[offset..];
            match Frame::decode(rest) {
                Ok((frame, _)) if frame.epoch != epoch || frame.sequence != expected => {
                    return Err(damaged("a record is missing or out of order"));
                }
                Ok((frame, length)) => {
                    segment.frames.push(frame);
                    offset += length;
                }
                Err(Defect::Bad(problem)) if !has_hole(rest, offset) => return Err(damaged(problem)),
                Err(Defect::Short | Defect::Bad(_)) if followed_by_frame(rest, epoch) => {
                    return Err(damaged("a record within it is incomplete"));
                }
                Err(Defect::Short | Defect::Bad(_)) => {
                    segment.torn = rest.len();
                    break;
                }
            }
        }
        Ok(segment)
    }
}

/// Says whether a whole frame stands anywhere further on: then what is before it was once written in full.
fn followed_by_frame(bytes: &[u8], epoch: u64) -> bool {
    let starts = bytes
        .windows(MAGIC.len())
        .enumerate()
        .skip(1)
        .filter(|(_, window)| window == MAGIC);
    starts
        .map(|(start, _)| start)
        .any(|start| Frame::decode(&bytes[start..]).is_ok_and(|(frame, _)| frame.epoch == epoch))
}

/// Says whether a disk sector is blank from the given place on: a file may have grown before all of it was written.
fn has_hole(bytes: &[u8], offset: usize) -> bool {
    let first = SECTOR - offset % SECTOR;
    let (head, rest) = bytes.split_at(first.min(bytes.len()));
    std::iter::once(head)
        .chain(rest.chunks(SECTOR))
        .any(|piece| piece.len() >= HOLE && piece.iter().all(|byte| *byte == 0))
}

fn checksum(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn fixed<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().expect("the range has this length")
}

/// Prints records for a frame, sealed if there is a sealer.
pub(crate) fn encode_records(
    records: &[Record],
    base: &JournalHeader,
    place: (u64, u64),
    sealer: Option<&Sealer>,
) -> Result<Frame, StateError> {
    let (epoch, sequence) = place;
    let plain = zeroize::Zeroizing::new(serde_json::to_vec(records).expect("records are always printable"));
    let (kind, payload) = match sealer {
        None => (FrameKind::Clear, plain.to_vec()),
        Some(sealer) => (
            FrameKind::Sealed,
            sealer.seal_blob(&context(base, epoch, sequence), &plain)?,
        ),
    };
    Ok(Frame {
        kind,
        epoch,
        sequence,
        payload,
    })
}

/// Reads the records of a frame.
pub(crate) fn decode_records(
    frame: &Frame,
    base: &JournalHeader,
    sealer: Option<&Sealer>,
    location: &str,
) -> Result<Vec<Record>, StateError> {
    let malformed = |problem: &str| {
        StateError::malformed(
            location,
            format!("frame {} of epoch {}: {problem}", frame.sequence, frame.epoch),
        )
    };
    let plain = match (frame.kind, sealer) {
        (FrameKind::Sealed, Some(sealer)) => {
            sealer.open_blob(&context(base, frame.epoch, frame.sequence), &frame.payload)?
        }
        (FrameKind::Clear, None) => zeroize::Zeroizing::new(frame.payload.clone()),
        (FrameKind::Clear, Some(_)) => return Err(malformed("it is in clear after a key was set")),
        (FrameKind::Sealed, None) => return Err(malformed("it is sealed, but no key was set")),
        (FrameKind::Header | FrameKind::Key, _) => return Err(malformed("it holds no records")),
    };
    // A record of a later version is refused: leaving one out could lose an object.
    serde_json::from_slice(&plain).map_err(|_| malformed("it holds records that this version does not know"))
}

/// Prints a frame that holds JSON in clear.
pub(crate) fn clear_frame(kind: FrameKind, place: (u64, u64), content: &impl Serialize) -> Frame {
    let payload = serde_json::to_vec(content).expect("texts and numbers are always printable");
    Frame {
        kind,
        epoch: place.0,
        sequence: place.1,
        payload,
    }
}

/// Reads a frame that holds JSON in clear.
pub(crate) fn read_clear<T: for<'de> Deserialize<'de>>(
    frame: &Frame,
    location: &str,
) -> Result<T, StateError> {
    let value: Value = serde_json::from_slice(&frame.payload).map_err(|source| StateError::NotJson {
        location: location.into(),
        source,
    })?;
    serde_json::from_value(value)
        .map_err(|reason| StateError::malformed(location, format!("frame {}: {reason}", frame.sequence)))
}

fn context(base: &JournalHeader, epoch: u64, sequence: u64) -> String {
    format!("journal {epoch} {sequence} {} {}", base.serial, base.digest)
}
