//! Zip files.

use crate::InstallError;
use crate::unpack::Unpacker;
use std::io::{Cursor, Read as _};
use zip::ZipArchive;

/// The bits of a Unix mode that say what an entry is.
const KIND: u32 = 0o170_000;
const LINK: u32 = 0o120_000;
const FILE: u32 = 0o100_000;
const DIRECTORY: u32 = 0o040_000;

/// The longest path that a link may hold.
const LONGEST_LINK: u64 = 4096;

/// Unpacks every entry of a file.
pub(super) fn unpack(bytes: &[u8], unpacker: &mut Unpacker) -> Result<(), InstallError> {
    let damaged =
        |error: zip::result::ZipError| InstallError::fetch(format!("the archive is damaged: {error}"));
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(damaged)?;
        let name = entry.name().to_owned();
        let mode = entry.unix_mode().unwrap_or(0);
        match mode & KIND {
            _ if entry.is_dir() => unpacker.directory(&name)?,
            LINK => {
                let mut target = String::new();
                let read = (&mut entry).take(LONGEST_LINK).read_to_string(&mut target);
                read.map_err(|error| InstallError::fetch(format!("the archive is damaged: {error}")))?;
                unpacker.link(&name, &target)?;
            }
            0 | FILE => unpacker.file(&name, &mut entry, mode & 0o100 != 0)?,
            DIRECTORY => unpacker.directory(&name)?,
            _ => {
                let message = format!(
                    "the entry `{}` in it is a device or the like",
                    regprov_http::sanitize(&name)
                );
                return Err(InstallError::unsafe_package(message));
            }
        }
    }
    Ok(())
}
