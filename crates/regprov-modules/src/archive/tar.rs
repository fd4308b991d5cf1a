//! Tar streams.

use crate::InstallError;
use crate::unpack::Unpacker;
use std::io::Read;
use tar::{Archive, EntryType};

/// Unpacks every entry of a stream.
pub(super) fn unpack(stream: &mut dyn Read, unpacker: &mut Unpacker) -> Result<(), InstallError> {
    let damaged = |error: std::io::Error| InstallError::fetch(format!("the archive is damaged: {error}"));
    let mut archive = Archive::new(stream);
    for entry in archive.entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let target = entry
            .link_name_bytes()
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let kind = entry.header().entry_type();
        match kind {
            EntryType::Directory => unpacker.directory(&name)?,
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
                // Before POSIX, a directory was a file whose name ends in a slash.
                if name.ends_with('/') {
                    unpacker.directory(&name)?;
                } else {
                    let executable = entry.header().mode().is_ok_and(|mode| mode & 0o100 != 0);
                    unpacker.file(&name, &mut entry, executable)?;
                }
            }
            EntryType::Symlink => unpacker.link(&name, &target.unwrap_or_default())?,
            EntryType::Link => unpacker.hard_link(&name, &target.unwrap_or_default())?,
            EntryType::XGlobalHeader
            | EntryType::XHeader
            | EntryType::GNULongName
            | EntryType::GNULongLink => {}
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
