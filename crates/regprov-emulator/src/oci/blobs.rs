//! Files named by the digest of what they hold, and the files of uploads under way.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::digest::Digest;

/// The content of all registries of a sandbox. Content is shared between repositories; who holds what is in the rows.
#[derive(Debug, Clone)]
pub(crate) struct Blobs {
    blobs: PathBuf,
    uploads: PathBuf,
}

impl Blobs {
    /// Blobs under `root`, which is made when the first one is written.
    pub(crate) fn new(root: impl AsRef<Path>) -> Self {
        let root = root.as_ref();
        Self {
            blobs: root.join("sha256"),
            uploads: root.join("uploads"),
        }
    }

    /// Keeps some bytes under their digest, durably.
    pub(crate) fn put(&self, digest: &Digest, bytes: &[u8]) -> io::Result<()> {
        let path = self.blobs.join(digest.hex());
        if path.exists() {
            return Ok(());
        }
        fs::create_dir_all(&self.blobs)?;
        let pending = self.blobs.join(format!("{}.part", digest.hex()));
        let mut file = File::create(&pending)?;
        file.write_all(bytes)?;
        file.sync_data()?;
        self.settle(&pending, &path)
    }

    /// The bytes of a digest.
    pub(crate) fn get(&self, digest: &Digest) -> io::Result<Bytes> {
        fs::read(self.blobs.join(digest.hex())).map(Bytes::from)
    }

    /// Appends a chunk to an upload that is known to hold `offset` bytes; what a lost request wrote beyond is dropped.
    pub(crate) fn append(&self, upload: &str, offset: u64, chunk: &[u8]) -> io::Result<u64> {
        fs::create_dir_all(&self.uploads)?;
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.uploads.join(upload))?;
        file.set_len(offset)?;
        file.seek(SeekFrom::Start(offset))?;
        file.write_all(chunk)?;
        file.sync_data()?;
        Ok(offset + chunk.len() as u64)
    }

    /// The digest of what an upload holds in its first `length` bytes.
    pub(crate) fn digest_of_upload(&self, upload: &str, length: u64) -> io::Result<Digest> {
        let mut hasher = Sha256::new();
        if length > 0 {
            let mut file = File::open(self.uploads.join(upload))?.take(length);
            let mut buffer = vec![0; 1 << 16];
            loop {
                let read = file.read(&mut buffer)?;
                if read == 0 {
                    break;
                }
                hasher.update(&buffer[..read]);
            }
        }
        Ok(Digest::from_hasher(hasher))
    }

    /// Turns an upload into content. The upload's file stays until a later upload sweeps it away, so that a request whose
    /// transaction did not commit can be repeated.
    pub(crate) fn finish(&self, upload: &str, length: u64, digest: &Digest) -> io::Result<()> {
        if length == 0 {
            return self.put(digest, b"");
        }
        fs::create_dir_all(&self.blobs)?;
        let path = self.blobs.join(digest.hex());
        if path.exists() {
            return Ok(());
        }
        let pending = self.blobs.join(format!("{}.part", digest.hex()));
        let mut file = File::create(&pending)?;
        io::copy(
            &mut File::open(self.uploads.join(upload))?.take(length),
            &mut file,
        )?;
        file.sync_data()?;
        self.settle(&pending, &path)
    }

    /// Removes the files of uploads that are over.
    pub(crate) fn sweep_uploads(&self, is_open: impl Fn(&str) -> bool) -> io::Result<()> {
        sweep(&self.uploads, is_open)
    }

    /// Removes content that no repository holds.
    pub(crate) fn sweep_content(&self, is_held: impl Fn(&str) -> bool) -> io::Result<()> {
        sweep(&self.blobs, is_held)
    }

    /// Forgets the file of an upload; one that is gone already is fine.
    pub(crate) fn discard(&self, upload: &str) -> io::Result<()> {
        match fs::remove_file(self.uploads.join(upload)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn settle(&self, pending: &Path, path: &Path) -> io::Result<()> {
        fs::rename(pending, path)?;
        File::open(&self.blobs)?.sync_all()
    }
}

/// Removes the files of a folder whose names are not to be kept; a folder that is not there is empty.
fn sweep(folder: &Path, keep: impl Fn(&str) -> bool) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if !keep(&entry.file_name().to_string_lossy()) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
