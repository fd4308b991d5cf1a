//! Archives: which kind one is, and what is in it.

mod tar;
mod zip;

use crate::unpack::{Limits, Unpacker, too_large};
use crate::{InstallError, tree};
use bzip2::read::MultiBzDecoder;
use flate2::read::MultiGzDecoder;
use lzma_rust2::XzReader;
use std::io::{self, Read};
use std::path::Path;

/// The kinds of archives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Tar,
    TarGz,
    TarBz2,
    TarXz,
    Zip,
}

/// Endings of names, and values of the parameter `archive`.
const KINDS: [(&str, Kind); 9] = [
    ("tar.gz", Kind::TarGz),
    ("tgz", Kind::TarGz),
    ("tar.bz2", Kind::TarBz2),
    ("tar.tbz2", Kind::TarBz2),
    ("tbz2", Kind::TarBz2),
    ("tar.xz", Kind::TarXz),
    ("txz", Kind::TarXz),
    ("tar", Kind::Tar),
    ("zip", Kind::Zip),
];

/// The most memory for unpacking xz, in KiB: its headers say how much they want.
const XZ_MEMORY: u32 = 128 << 10;

/// What a tar holds beside the content of one entry, at most as a rule: header, long names, padding.
const TAR_OVERHEAD: u64 = 2048;

/// The padding at the end of a tar, generously.
const TAR_END: u64 = 1 << 20;

/// Single files that are packed: they hold no directory.
const FILES: [&str; 3] = ["gz", "bz2", "xz"];

impl Kind {
    /// The kind that the parameter `archive` names, or else the path ends in; `None` where it is no archive.
    pub(crate) fn of(parameter: Option<&str>, path: &str) -> Result<Option<Self>, InstallError> {
        let known = |name: &str| {
            KINDS
                .iter()
                .find(|(ending, _)| *ending == name)
                .map(|(_, kind)| *kind)
        };
        match parameter {
            Some("false" | "0") => Ok(None),
            Some(name) => known(name).map(Some).ok_or_else(|| {
                let names: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
                InstallError::fetch(format!(
                    "`archive={name}` names no kind of archive that can be unpacked"
                ))
                .help(format!("The kinds are {}.", names.join(", ")))
            }),
            None => {
                let kind = KINDS
                    .iter()
                    .find(|(ending, _)| path.strip_suffix(ending).is_some_and(|rest| rest.ends_with('.')));
                if kind.is_none() && FILES.iter().any(|ending| path.ends_with(&format!(".{ending}"))) {
                    return Err(
                        InstallError::fetch("it is one packed file, and a module is a directory")
                            .help("Pack the directory as `.zip` or `.tar.gz`."),
                    );
                }
                Ok(kind.map(|(_, kind)| *kind))
            }
        }
    }
}

/// Unpacks an archive into a directory. With an error, nothing of it is left.
pub(crate) fn unpack(kind: Kind, bytes: &[u8], to: &Path, limits: Limits) -> Result<(), InstallError> {
    let done = unpack_into(kind, bytes, to, limits);
    if done.is_err() {
        tree::remove(to)?;
    }
    done
}

fn unpack_into(kind: Kind, bytes: &[u8], to: &Path, limits: Limits) -> Result<(), InstallError> {
    let mut unpacker = Unpacker::new(to, limits, bytes.len())?;
    // A tar has headers and padding beside its contents.
    let stream = limits
        .unpacked(bytes.len())
        .saturating_add(limits.entries as u64 * TAR_OVERHEAD + TAR_END);
    let limited = |reader: Box<dyn Read + '_>, unpacker: &mut Unpacker| {
        let mut stream = Limited {
            reader,
            left: stream,
            exceeded: false,
        };
        let done = tar::unpack(&mut stream, unpacker);
        if stream.exceeded { Err(too_large()) } else { done }
    };
    match kind {
        Kind::Zip => zip::unpack(bytes, &mut unpacker)?,
        Kind::Tar => limited(Box::new(bytes), &mut unpacker)?,
        Kind::TarGz => limited(Box::new(MultiGzDecoder::new(bytes)), &mut unpacker)?,
        Kind::TarBz2 => limited(Box::new(MultiBzDecoder::new(bytes)), &mut unpacker)?,
        Kind::TarXz => limited(
            Box::new(XzReader::new_mem_limit(bytes, true, XZ_MEMORY)),
            &mut unpacker,
        )?,
    }
    unpacker.finish()
}

/// A stream that ends with an error after so many bytes.
struct Limited<'a> {
    reader: Box<dyn Read + 'a>,
    left: u64,
    exceeded: bool,
}

impl Read for Limited<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        match self.left.checked_sub(read as u64) {
            Some(left) => {
                self.left = left;
                Ok(read)
            }
            None => {
                self.exceeded = true;
                Err(io::Error::other("the archive is too large"))
            }
        }
    }
}

#[cfg(test)]
mod tests;
