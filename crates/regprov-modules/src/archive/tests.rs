//! Archives as they arrive, and as an attacker makes them.

use super::*;
use ::tar::{Builder, EntryType, Header};
use std::fs;
use std::io::Write as _;
use tempfile::TempDir;

/// One entry of a tar: name, type, what a link points to, content.
type Row<'a> = (&'a str, EntryType, &'a str, &'a [u8]);

/// A tar, written byte by byte where a library would refuse to.
fn tar(rows: &[Row<'_>]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (name, kind, points_to, content) in rows {
        let mut header = Header::new_gnu();
        let raw = header.as_old_mut();
        raw.name[..name.len()].copy_from_slice(name.as_bytes());
        raw.linkname[..points_to.len()].copy_from_slice(points_to.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(0o755);
        header.set_size(content.len() as u64);
        header.set_cksum();
        builder.append(&header, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zip(rows: &[(&str, Option<u32>, &[u8])]) -> Vec<u8> {
    let mut writer = ::zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, mode, content) in rows {
        let mut options =
            ::zip::write::SimpleFileOptions::default().compression_method(::zip::CompressionMethod::Deflated);
        if let Some(mode) = mode {
            options = options.unix_permissions(*mode);
        }
        match mode {
            Some(0o120_777) => writer
                .add_symlink(*name, String::from_utf8_lossy(content), options)
                .unwrap(),
            _ => {
                writer.start_file(*name, options).unwrap();
                writer.write_all(content).unwrap();
            }
        }
    }
    writer.finish().unwrap().into_inner()
}

fn try_unpack(kind: Kind, bytes: &[u8], limits: Limits) -> (TempDir, Result<(), InstallError>) {
    let folder = tempfile::tempdir().unwrap();
    let done = unpack(kind, bytes, &folder.path().join("p"), limits);
    (folder, done)
}

#[track_caller]
fn refused(kind: Kind, bytes: &[u8], part: &str) {
    let (folder, done) = try_unpack(kind, bytes, Limits::default());
    let said = done.unwrap_err().to_string();
    assert!(said.contains(part), "{said}");
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert!(left.is_empty(), "nothing is left of it: {left:?}");
}

const MODULE: Row<'static> = ("x/main.tf", EntryType::Regular, "", b"# x\n");

#[test]
fn every_kind_is_unpacked() {
    let plain = tar(&[("x/", EntryType::Directory, "", b""), MODULE]);
    let mut bz2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    bz2.write_all(&plain).unwrap();
    let zipped = zip(&[("x/main.tf", None, b"# x\n")]);
    for (kind, bytes) in [
        (Kind::TarGz, gzip(&plain)),
        (Kind::TarBz2, bz2.finish().unwrap()),
        (Kind::Tar, plain),
        (Kind::Zip, zipped),
        (Kind::TarXz, include_bytes!("fixtures/module.tar.xz").to_vec()),
    ] {
        let (folder, done) = try_unpack(kind, &bytes, Limits::default());
        done.unwrap();
        let text = fs::read_to_string(folder.path().join("p/x/main.tf")).unwrap();
        assert_eq!(text, "# x\n", "{kind:?}");
    }
}

#[test]
fn the_kind_follows_from_the_parameter_or_the_name() {
    for (parameter, path, expected) in [
        (None, "/x.zip", Some(Kind::Zip)),
        (None, "/x.tar.gz", Some(Kind::TarGz)),
        (None, "/x.v1.tgz", Some(Kind::TarGz)),
        (Some("tgz"), "/x.zip", Some(Kind::TarGz)),
        (Some("false"), "/x.zip", None),
        (None, "/zip", None),
        (None, "/x", None),
    ] {
        assert_eq!(
            Kind::of(parameter, path).unwrap(),
            expected,
            "{parameter:?} {path}"
        );
    }
    assert!(Kind::of(Some("rar"), "/x").is_err());
    assert!(Kind::of(None, "/main.tf.gz").is_err());
}

#[test]
fn paths_that_lead_out_are_refused() {
    for name in ["../x", "a/../../x", "/etc/x", "C:\\x", "a\\..\\..\\x"] {
        refused(
            Kind::Tar,
            &tar(&[MODULE, (name, EntryType::Regular, "", b"x")]),
            "leads out",
        );
        refused(
            Kind::Zip,
            &zip(&[("a", None, b""), (name, None, b"x")]),
            "leads out",
        );
    }
}

#[test]
fn links_that_lead_out_are_refused() {
    for target in ["/etc/passwd", "../../x", "../x"] {
        let link = ("link", EntryType::Symlink, target, b"".as_slice());
        refused(Kind::Tar, &tar(&[MODULE, link]), "outside of the package");
        let zipped = zip(&[("link", Some(0o120_777), target.as_bytes())]);
        refused(Kind::Zip, &zipped, "outside of the package");
    }
    let chain = [
        MODULE,
        ("x/here", EntryType::Symlink, ".", b"".as_slice()),
        ("out", EntryType::Symlink, "x/here/../..", b""),
    ];
    refused(Kind::Tar, &tar(&chain), "outside of the package");
}

#[test]
fn nothing_is_written_through_a_link() {
    let through = [
        ("d", EntryType::Symlink, "x", b"".as_slice()),
        ("d/evil", EntryType::Regular, "", b"x"),
        MODULE,
    ];
    // The directory is made before the link, which then finds its place taken.
    refused(Kind::Tar, &tar(&through), "twice");
}

#[test]
fn hard_links_are_copies_of_what_the_package_holds() {
    let fine = [MODULE, ("y.tf", EntryType::Link, "x/main.tf", b"".as_slice())];
    let (folder, done) = try_unpack(Kind::Tar, &tar(&fine), Limits::default());
    done.unwrap();
    assert_eq!(fs::read(folder.path().join("p/y.tf")).unwrap(), b"# x\n");
    for target in ["/etc/passwd", "../x", "nothing"] {
        let link = ("y.tf", EntryType::Link, target, b"".as_slice());
        refused(Kind::Tar, &tar(&[MODULE, link]), "");
    }
}

#[test]
fn devices_are_refused() {
    for kind in [EntryType::Char, EntryType::Block, EntryType::Fifo] {
        refused(Kind::Tar, &tar(&[("dev", kind, "", b"")]), "device");
    }
}

#[test]
fn an_entry_that_stands_twice_is_refused() {
    refused(Kind::Tar, &tar(&[MODULE, MODULE]), "twice");
}

#[test]
fn bombs_are_refused_by_ratio_by_size_and_by_count() {
    let zeros = vec![0; 80 << 20];
    let row: [Row<'_>; 1] = [("zeros", EntryType::Regular, "", &zeros)];
    refused(Kind::TarGz, &gzip(&tar(&row)), "far more than it should");
    refused(
        Kind::Zip,
        &zip(&[("zeros", None, &zeros)]),
        "far more than it should",
    );
    let small = Limits {
        bytes: 3,
        entries: 2,
        ..Limits::default()
    };
    let (_folder, done) = try_unpack(Kind::Tar, &tar(&[MODULE]), small);
    assert!(done.unwrap_err().to_string().contains("far more"));
    let many = [
        ("a", EntryType::Regular, "", b"".as_slice()),
        ("b", EntryType::Regular, "", b""),
        ("c", EntryType::Regular, "", b""),
    ];
    let (_folder, done) = try_unpack(Kind::Tar, &tar(&many), small);
    assert!(done.unwrap_err().to_string().contains("entries"));
}

#[test]
fn what_is_cut_short_or_no_archive_is_an_error() {
    let whole = gzip(&tar(&[MODULE]));
    for kind in [Kind::Tar, Kind::TarGz, Kind::TarBz2, Kind::TarXz, Kind::Zip] {
        let (_folder, done) = try_unpack(kind, b"<html>no archive</html>", Limits::default());
        assert!(done.is_err(), "{kind:?}");
    }
    for length in 1..whole.len() {
        // It may be whole but for its end; what matters is that nothing goes wrong.
        let (_folder, _done) = try_unpack(Kind::TarGz, &whole[..length], Limits::default());
    }
}

#[test]
fn git_folders_are_not_kept() {
    let hidden = [
        MODULE,
        ("x/.git/main.tf", EntryType::Regular, "", b"x".as_slice()),
    ];
    let (folder, done) = try_unpack(Kind::Tar, &tar(&hidden), Limits::default());
    done.unwrap();
    assert!(!folder.path().join("p/x/.git").exists());
}
