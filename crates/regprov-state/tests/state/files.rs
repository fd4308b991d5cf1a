//! Files on disk: modes, links, full disks.

#![cfg(unix)]

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use regprov_state::{
    Action, Begin, Edit, FileKeys, FileKeysSettings, KeySource, LocalStore, ObjectKey, OpenOptions, Outcome,
    Session, StateError,
};

use crate::support::{CANARY, address, options, plain_object, secret_object, store, with_marks};

fn modes(directory: &Path, found: &mut Vec<(String, u32, bool)>) {
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let entry = entry.expect("an entry");
        let metadata = entry.metadata().expect("metadata");
        let mode = metadata.permissions().mode() & 0o777;
        found.push((entry.path().display().to_string(), mode, metadata.is_dir()));
        if metadata.is_dir() {
            modes(&entry.path(), found);
        }
    }
}

fn assert_private(directory: &Path, at_least: usize) {
    let mut found = Vec::new();
    modes(directory, &mut found);
    assert!(found.len() >= at_least, "{found:?}");
    for (path, mode, is_directory) in found {
        assert_eq!(mode, if is_directory { 0o700 } else { 0o600 }, "{path}");
    }
}

#[tokio::test]
async fn every_file_is_private_whatever_the_umask() {
    let directory = tempfile::tempdir().expect("a directory");
    let root = directory.path().join("project");
    std::fs::create_dir(&root).expect("made");
    std::fs::set_permissions(&root, std::fs::Permissions::from_mode(0o700)).expect("changed");
    // For the whole process; every other test stands with it too.
    let before = nix::sys::stat::umask(nix::sys::stat::Mode::empty());
    let keys = FileKeys::new(FileKeysSettings {
        identity: None,
        recipients: None,
        directory: root.clone(),
        default_identity: root.join("config/regprov/identity.txt"),
        created: "now".into(),
        ..FileKeysSettings::default()
    });
    keys.recipients().expect("made");
    let store = std::sync::Arc::new(LocalStore::for_workspace(&root, "team"));
    let session = Session::open(store, with_marks(&root)).await.expect("opens");
    let id = session
        .begin(Begin::new(address("x.a"), Action::Create))
        .await
        .expect("begun");
    session
        .end(id, Outcome::Object(Box::new(secret_object(CANARY))))
        .await
        .expect("ended");
    assert_private(&root, 8);
    session.finish().await.expect("finished");
    assert_private(&root, 7);
    assert!(root.join("terraform.tfstate.d/team/terraform.tfstate").exists());
    nix::sys::stat::umask(before);
}

#[tokio::test]
async fn a_state_that_others_could_read_is_made_private_when_written() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("terraform.tfstate");
    std::fs::write(&path, "").expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("changed");
    let session = Session::open(store(directory.path()), options())
        .await
        .expect("opens");
    let put = Edit::Put {
        key: ObjectKey::current(address("x.a")),
        object: Box::new(plain_object("a")),
    };
    session.edit(put).await.expect("recorded");
    session.finish().await.expect("finished");
    assert_private(directory.path(), 1);
}

#[tokio::test]
async fn symbolic_links_are_refused_wherever_a_file_of_ours_belongs() {
    for name in [
        "terraform.tfstate",
        ".terraform.tfstate.lock.info",
        "terraform.tfstate.journal-1",
    ] {
        let directory = tempfile::tempdir().expect("a directory");
        let victim = directory.path().join("victim");
        std::fs::write(&victim, "precious").expect("written");
        symlink(&victim, directory.path().join(name)).expect("linked");
        let failed = match Session::open(store(directory.path()), options()).await {
            Err(error) => error,
            Ok(session) => session
                .begin(Begin::new(address("x.a"), Action::Create))
                .await
                .expect_err("refused"),
        };
        assert!(matches!(failed, StateError::Symlink { .. }), "{name}: {failed}");
        assert_eq!(
            std::fs::read_to_string(&victim).expect("read"),
            "precious",
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_directory_that_cannot_be_written_is_named_in_the_error() {
    let directory = tempfile::tempdir().expect("a directory");
    let blocked = directory.path().join("file");
    std::fs::write(&blocked, "").expect("written");
    let store = std::sync::Arc::new(LocalStore::new(blocked.join("terraform.tfstate")));
    let error = Session::open(store, options()).await.err().expect("refused");
    assert!(
        error.detail().contains(&blocked.display().to_string()),
        "{}",
        error.detail()
    );
}

#[tokio::test]
async fn keys_are_taken_only_from_where_they_are_named() {
    let directory = tempfile::tempdir().expect("a directory");
    let keys = FileKeys::new(FileKeysSettings {
        identity: Some("nowhere.txt".to_owned().into()),
        recipients: None,
        directory: directory.path().to_owned(),
        default_identity: directory.path().join("identity.txt"),
        created: "now".into(),
        ..FileKeysSettings::default()
    });
    let session = Session::open(
        store(directory.path()),
        OpenOptions {
            keys: std::sync::Arc::new(keys),
            ..options()
        },
    );
    let session = session.await.expect("opens without keys while nothing is sealed");
    let error = session.sealer().err().expect("refused");
    assert!(error.detail().contains("nowhere.txt"), "{}", error.detail());
    assert!(
        !directory.path().join("identity.txt").exists(),
        "no default in place of what was named"
    );
    session.abandon().await.expect("unlocked");
}
