//! What sealing keeps, and what it refuses.

use std::path::Path;
use std::sync::Arc;

use regprov_state::{
    Begin, Edit, FileKeys, FileKeysSettings, Identity, IdentityFile, KeySource, Notice, ObjectKey,
    OpenOptions, Outcome, OutputState, Recipient, Rollback, SealError, Sealer, Session, Snapshot, StateError,
};
use serde_json::{Value, json};

use crate::support::{
    CANARY, Keys, address, assert_nowhere, identity, open, options, plain_object, randomness, sealer,
    secret_object, store, with_marks,
};

const LINEAGE: &str = "0000-lineage";

fn values() -> Vec<Value> {
    vec![
        json!("text"),
        json!(""),
        json!(null),
        json!(true),
        json!(0),
        serde_json::from_str("123456789012345678901234567890.10").expect("a number"),
        json!([1, "two", { "three": [] }]),
        json!({ "$sealed": "v1:looks:like" }),
        json!("x".repeat(10_000)),
    ]
}

#[test]
fn a_value_of_any_type_opens_to_itself() {
    let sealer = sealer(LINEAGE);
    for value in values() {
        let sealed = sealer.seal("a.b", "/p", &value).expect("sealed");
        assert!(sealer.is_sealed(&sealed));
        assert_eq!(sealer.open_value("a.b", "/p", &sealed).expect("opened"), value);
        assert_ne!(
            sealer.seal("a.b", "/p", &value).expect("sealed"),
            sealed,
            "a nonce is used once"
        );
    }
}

#[test]
fn an_unchanged_value_keeps_its_ciphertext_and_a_changed_one_does_not() {
    let sealer = sealer(LINEAGE);
    let prior = sealer.seal("a.b", "/p", &json!("one")).expect("sealed");
    assert_eq!(
        sealer
            .reseal("a.b", "/p", &json!("one"), Some(&prior))
            .expect("sealed"),
        prior
    );
    assert_ne!(
        sealer
            .reseal("a.b", "/p", &json!("two"), Some(&prior))
            .expect("sealed"),
        prior
    );
    assert_ne!(
        sealer
            .reseal("a.b", "/q", &json!("one"), Some(&prior))
            .expect("sealed"),
        prior
    );
}

#[test]
fn a_value_moved_to_another_place_is_refused_by_name() {
    let header_of = sealer(LINEAGE);
    let sealed = header_of.seal("a.b", "/p", &json!("secret")).expect("sealed");
    let other_state =
        Sealer::open(header_of.header(), "another lineage", &[identity()], randomness()).expect("same key");
    for (sealer, address, path) in [
        (&header_of, "a.c", "/p"),
        (&header_of, "a.b", "/q"),
        (&header_of, "a.b/p", ""),
        (&other_state, "a.b", "/p"),
    ] {
        let error = sealer.open_value(address, path, &sealed).expect_err("refused");
        assert!(matches!(error, SealError::Foreign { .. }), "{error}");
        assert!(error.to_string().contains(address), "{error}");
    }
    let stranger = sealer("0000-lineage");
    let error = stranger
        .open_value("a.b", "/p", &sealed)
        .expect_err("another key");
    assert!(matches!(error, SealError::OtherKey { .. }), "{error}");
}

#[test]
fn every_flipped_bit_of_a_sealed_value_or_blob_is_noticed() {
    let sealer = sealer(LINEAGE);
    let sealed = sealer.seal("a.b", "/p", &json!("secret")).expect("sealed");
    let text = sealed["$sealed"].as_str().expect("a text").as_bytes();
    for place in 0..text.len() {
        for bit in 0..7 {
            let mut changed = text.to_vec();
            changed[place] ^= 1 << bit;
            let changed = json!({ "$sealed": String::from_utf8(changed).expect("seven bits") });
            assert!(sealer.open_value("a.b", "/p", &changed).is_err(), "{place} {bit}");
        }
    }
    let blob = sealer.seal_blob("plan", b"bytes").expect("sealed");
    assert_eq!(*sealer.open_blob("plan", &blob).expect("opened"), b"bytes");
    assert!(sealer.open_blob("journal", &blob).is_err());
    for place in 0..blob.len() {
        let mut changed = blob.clone();
        changed[place] ^= 1;
        assert!(sealer.open_blob("plan", &changed).is_err());
        assert!(sealer.open_blob("plan", &blob[..place]).is_err());
    }
}

#[test]
fn each_recipient_opens_the_key_and_nobody_else() {
    let (one, two, stranger) = (Identity::generate(), Identity::generate(), Identity::generate());
    let sealer = Sealer::create(LINEAGE, &[one.recipient(), two.recipient()], randomness()).expect("a key");
    let sealed = sealer.seal("a.b", "/p", &json!("x")).expect("sealed");
    for identity in [&one, &two] {
        let opened = Sealer::open(
            sealer.header(),
            LINEAGE,
            &[stranger.clone(), identity.clone()],
            randomness(),
        );
        assert_eq!(
            opened
                .expect("opens")
                .open_value("a.b", "/p", &sealed)
                .expect("opened"),
            json!("x")
        );
    }
    let refused = |identities: &[Identity]| {
        Sealer::open(sealer.header(), LINEAGE, identities, randomness())
            .err()
            .expect("refused")
    };
    assert!(matches!(
        refused(&[stranger]),
        SealError::NoIdentity { tried: 1, .. }
    ));
    assert!(refused(&[]).to_string().contains(&one.recipient().to_string()));
    assert!(matches!(
        Sealer::create(LINEAGE, &[], randomness()).err(),
        Some(SealError::NoRecipient)
    ));

    let narrowed = sealer.rewrapped(&[one], &[two.recipient()]).expect("rewrapped");
    let opened = Sealer::open(narrowed.header(), LINEAGE, &[two], randomness()).expect("opens");
    assert_eq!(
        opened.open_value("a.b", "/p", &sealed).expect("the same key"),
        json!("x")
    );
}

async fn sealed_state(directory: &Path, options: OpenOptions) {
    let session = Session::open(store(directory), options).await.expect("opens");
    let id = session
        .begin(Begin::new(address("x_secret.a"), regprov_state::Action::Create))
        .await
        .expect("begun");
    session
        .end(id, Outcome::Object(Box::new(secret_object(CANARY))))
        .await
        .expect("ended");
    session
        .edit(Edit::Put {
            key: ObjectKey::current(address("x_plain.b[\"k\"]")),
            object: Box::new(plain_object("b")),
        })
        .await
        .expect("recorded");
    let output = OutputState {
        value: json!({ "user": "u", "password": CANARY }),
        value_type: json!(["object", { "user": "string", "password": "string" }]),
        sensitive: true,
        extra: serde_json::Map::new(),
    };
    session.output("login", Some(output)).await.expect("recorded");
    session.note("poll", json!(CANARY)).await.expect("recorded");
    assert_nowhere(directory, CANARY);
    assert!(session.finish().await.expect("finished").written);
    assert_nowhere(directory, CANARY);
}

#[tokio::test]
async fn no_secret_is_in_any_file_at_any_time() {
    let directory = tempfile::tempdir().expect("a directory");
    sealed_state(directory.path(), with_marks(directory.path())).await;
    let again = open(directory.path()).await;
    let password = again.read(|state| {
        state
            .current(&address("x_secret.a"))
            .map(|o| o.attributes["password"].clone())
    });
    assert_eq!(password, Some(json!(CANARY)));
    assert_eq!(
        again.read(|state| state.outputs["login"].value["password"].clone()),
        json!(CANARY)
    );
    again.abandon().await.expect("unlocked");
}

#[tokio::test]
async fn every_flipped_bit_of_a_sealed_state_is_noticed() {
    let directory = tempfile::tempdir().expect("a directory");
    sealed_state(directory.path(), options()).await;
    let path = directory.path().join("terraform.tfstate");
    let bytes = std::fs::read(&path).expect("a state");
    let original: Value = serde_json::from_slice(&bytes).expect("json");
    let read_only = || OpenOptions {
        lock: None,
        ..options()
    };
    for place in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[place] ^= 1 << (place % 8);
        if serde_json::from_slice::<Value>(&changed).is_ok_and(|value| value == original) {
            // The letter case of an escape sequence: the same text.
            continue;
        }
        std::fs::write(&path, &changed).expect("written");
        let opened = Session::open(store(directory.path()), read_only()).await;
        assert!(opened.is_err(), "byte {place} ({:?})", changed[place] as char);
    }
    std::fs::write(&path, &bytes).expect("written");
    Session::open(store(directory.path()), read_only())
        .await
        .expect("the original opens");
}

#[tokio::test]
async fn a_sealed_value_swapped_with_another_is_refused_even_where_the_head_would_fit() {
    let directory = tempfile::tempdir().expect("a directory");
    sealed_state(directory.path(), options()).await;
    let path = directory.path().join("terraform.tfstate");
    let text = std::fs::read_to_string(&path).expect("a state");
    let mut state: Value = serde_json::from_str(&text).expect("json");
    let password = state["resources"][1]["instances"][0]["attributes"]["password"].clone();
    assert!(password["$sealed"].is_string(), "{password}");
    state["outputs"]["login"]["value"] = password;
    std::fs::write(&path, state.to_string()).expect("written");
    let error = Session::open(store(directory.path()), options())
        .await
        .err()
        .expect("refused");
    assert!(matches!(error, StateError::Altered { .. }), "{error}");
}

#[tokio::test]
async fn an_old_copy_is_refused_until_someone_says_that_it_is_meant() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("terraform.tfstate");
    let marks = || with_marks(directory.path());
    sealed_state(directory.path(), marks()).await;
    let old = std::fs::read(&path).expect("a state");
    let session = Session::open(store(directory.path()), marks())
        .await
        .expect("opens");
    let put = Edit::Put {
        key: ObjectKey::current(address("x_plain.c")),
        object: Box::new(plain_object("c")),
    };
    session.edit(put).await.expect("recorded");
    assert_eq!(session.finish().await.expect("finished").serial, 2);

    std::fs::write(&path, &old).expect("rolled back");
    let error = Session::open(store(directory.path()), marks())
        .await
        .err()
        .expect("refused");
    assert!(
        matches!(
            error,
            StateError::RolledBack {
                found: 1,
                seen: 2,
                ..
            }
        ),
        "{error}"
    );
    assert!(
        error.detail().contains("regprov state restore"),
        "{}",
        error.detail()
    );

    let accepted = OpenOptions {
        rollback: Rollback::Accept,
        ..marks()
    };
    let session = Session::open(store(directory.path()), accepted)
        .await
        .expect("opens");
    assert_eq!(
        session.finish().await.expect("finished").serial,
        3,
        "above all that were seen"
    );
    let session = Session::open(store(directory.path()), marks())
        .await
        .expect("opens");
    assert!(session.read(|state| state.current(&address("x_plain.c")).is_none()));
    session.abandon().await.expect("unlocked");
}

#[tokio::test]
async fn a_sealed_state_replaced_by_an_older_plain_one_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("terraform.tfstate");
    sealed_state(directory.path(), with_marks(directory.path())).await;
    let state: Value = serde_json::from_slice(&std::fs::read(&path).expect("a state")).expect("json");
    let plain =
        json!({ "version": 4, "serial": 0, "lineage": state["lineage"], "outputs": {}, "resources": [] });
    std::fs::write(&path, plain.to_string()).expect("written");
    let error = Session::open(store(directory.path()), with_marks(directory.path()))
        .await
        .err();
    assert!(matches!(error, Some(StateError::RolledBack { .. })), "{error:?}");
}

#[tokio::test]
async fn a_backup_restored_on_purpose_becomes_the_newest_state() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("terraform.tfstate");
    sealed_state(directory.path(), with_marks(directory.path())).await;
    let backup = std::fs::read(&path).expect("a state");
    let session = Session::open(store(directory.path()), with_marks(directory.path()))
        .await
        .expect("opens");
    session
        .edit(Edit::Forget {
            key: ObjectKey::current(address("x_secret.a")),
        })
        .await
        .expect("recorded");
    session.finish().await.expect("finished");
    let session = Session::open(store(directory.path()), with_marks(directory.path()))
        .await
        .expect("opens");
    session.restore(&backup, "backup").expect("restored");
    assert_eq!(session.finish().await.expect("finished").serial, 3);
    let session = Session::open(store(directory.path()), with_marks(directory.path()))
        .await
        .expect("opens");
    assert!(session.read(|state| state.current(&address("x_secret.a")).is_some()));
    session.abandon().await.expect("unlocked");
}

#[tokio::test]
async fn without_an_identity_a_sealed_state_says_whom_it_is_sealed_for() {
    let directory = tempfile::tempdir().expect("a directory");
    sealed_state(directory.path(), options()).await;
    let keys = Arc::new(Keys(vec![Identity::generate()]));
    let error = Session::open(store(directory.path()), OpenOptions { keys, ..options() })
        .await
        .err()
        .expect("refused");
    assert!(
        error.detail().contains(&identity().recipient().to_string()),
        "{}",
        error.detail()
    );
    assert!(error.detail().contains("REGPROV_IDENTITY"), "{}", error.detail());
    let bytes = std::fs::read(directory.path().join("terraform.tfstate")).expect("a state");
    let view = Snapshot::parse(&bytes, "view")
        .expect("readable")
        .expect("not empty");
    assert_eq!(view.instances.len(), 2, "addresses can be listed without a key");
}

#[tokio::test]
async fn a_new_key_seals_everything_anew() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("terraform.tfstate");
    sealed_state(directory.path(), options()).await;
    let before: Value = serde_json::from_slice(&std::fs::read(&path).expect("a state")).expect("json");
    let session = open(directory.path()).await;
    session.replace_key().expect("a new key");
    assert!(session.finish().await.expect("finished").written);
    let after: Value = serde_json::from_slice(&std::fs::read(&path).expect("a state")).expect("json");
    assert_ne!(
        before["regprov_sealing"]["key_id"],
        after["regprov_sealing"]["key_id"]
    );
    assert!(
        !after
            .to_string()
            .contains(before["regprov_sealing"]["key_id"].as_str().expect("text"))
    );
    open(directory.path())
        .await
        .abandon()
        .await
        .expect("opens with the new key");
}

fn file_keys(directory: &Path, identity: Option<&str>, recipients: Option<&str>) -> FileKeys {
    FileKeys::new(FileKeysSettings {
        identity: identity.map(|text| text.to_owned().into()),
        recipients: recipients.map(str::to_owned),
        directory: directory.to_owned(),
        default_identity: directory.join("config/identity.txt"),
        created: "2026-11-23T12:00:00Z".into(),
        ..FileKeysSettings::default()
    })
}

#[test]
fn a_default_identity_is_made_once_and_announced_once() {
    let directory = tempfile::tempdir().expect("a directory");
    let keys = file_keys(directory.path(), None, None);
    assert!(keys.identities().expect("none yet").is_empty());
    let recipients = keys.recipients().expect("made");
    assert!(matches!(
        keys.notices().as_slice(),
        [Notice::IdentityCreated { .. }]
    ));
    assert!(keys.notices().is_empty());
    let again = file_keys(directory.path(), None, None);
    assert_eq!(again.recipients().expect("read"), recipients);
    assert!(again.notices().is_empty());
    let text = std::fs::read_to_string(directory.path().join("config/identity.txt")).expect("a file");
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        lines[..2],
        [
            "# created: 2026-11-23T12:00:00Z",
            &format!("# public key: {}", recipients[0])
        ]
    );
    assert!(lines[2].starts_with("AGE-SECRET-KEY-1"));
    let literal = file_keys(directory.path(), Some(lines[2]), None);
    assert_eq!(
        literal.identities().expect("literal")[0].recipient(),
        recipients[0]
    );
    let by_path = file_keys(directory.path(), Some("config/identity.txt"), None);
    assert_eq!(
        by_path.identities().expect("by path")[0].recipient(),
        recipients[0]
    );
}

#[test]
fn recipients_come_from_texts_and_files() {
    let directory = tempfile::tempdir().expect("a directory");
    let (one, two) = (Identity::generate().recipient(), Identity::generate().recipient());
    std::fs::write(
        directory.path().join("team.txt"),
        format!("# the team\n\n{two}\n"),
    )
    .expect("written");
    let keys = file_keys(directory.path(), None, Some(&format!("{one}, team.txt {one}")));
    assert_eq!(keys.recipients().expect("read"), [one, two]);
    for bad in ["age1nonsense", "missing.txt", " , "] {
        let error = Recipient::parse_all(bad, directory.path(), "REGPROV_RECIPIENTS").expect_err("refused");
        assert!(!error.to_string().is_empty());
    }
}

#[test]
fn a_bad_identity_is_refused_without_quoting_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let typo = "AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQ";
    let error = Identity::parse_all(typo, "REGPROV_IDENTITY")
        .err()
        .expect("refused");
    assert!(!error.to_string().contains("QQQQ"), "{error}");
    assert!(error.to_string().contains("line 1"), "{error}");
    for (text, words) in [
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nx", "age-keygen"),
        ("age-encryption.org/v1\nx", "age -d"),
        ("# nothing\n", "no identity"),
    ] {
        let error = Identity::parse_all(text, "x").err().expect("refused");
        assert!(error.to_string().contains(words), "{error}");
    }
    let error = file_keys(directory.path(), Some("missing.txt"), None)
        .identities()
        .err()
        .expect("refused");
    assert!(error.to_string().contains("missing.txt"), "{error}");
}

#[cfg(unix)]
#[test]
fn an_identity_file_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("identity.txt");
    let (_, created) = IdentityFile::at(&path).load_or_create("now").expect("made");
    assert!(created);
    for mode in [0o640, 0o604, 0o644] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("changed");
        let error = IdentityFile::at(&path).load().err().expect("refused");
        assert!(matches!(error, SealError::Exposed { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_state_is_never_sealed_for_others_only() {
    let directory = tempfile::tempdir().expect("a directory");
    let stranger = Identity::generate().recipient().to_string();
    file_keys(directory.path(), None, None)
        .recipients()
        .expect("a default identity");
    let keys = Arc::new(file_keys(directory.path(), None, Some(&stranger)));
    let session = Session::open(store(directory.path()), OpenOptions { keys, ..options() })
        .await
        .expect("opens");
    let error = session.sealer().err().expect("refused");
    assert!(
        error.detail().contains("REGPROV_RECIPIENTS"),
        "{}",
        error.detail()
    );
    session.abandon().await.expect("unlocked");
}

#[tokio::test]
async fn a_plain_value_that_looks_sealed_stays_what_it_is() {
    let directory = tempfile::tempdir().expect("a directory");
    sealed_state(directory.path(), options()).await;
    let session = open(directory.path()).await;
    let mut object = plain_object("odd");
    object
        .attributes
        .insert("input".into(), json!({ "$sealed": "v1:0011:AAAA" }));
    let put = Edit::Put {
        key: ObjectKey::current(address("x_plain.odd")),
        object: Box::new(object.clone()),
    };
    session.edit(put).await.expect("recorded");
    session.finish().await.expect("finished");
    let session = open(directory.path()).await;
    assert_eq!(
        session.read(|state| state.current(&address("x_plain.odd")).cloned()),
        Some(object)
    );
    session.abandon().await.expect("unlocked");
}
