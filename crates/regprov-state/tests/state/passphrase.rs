//! States that a passphrase opens, alone or beside keys.

use std::path::Path;
use std::sync::Arc;

use regprov_state::{
    Action, Begin, ErrorKind, FileKeys, FileKeysSettings, Identity, KeySource, OpenOptions, Outcome,
    Passphrase, RECIPIENTS_FILE, Recipient, SealError, Session, StateError,
};
use zeroize::Zeroizing;

use crate::support::{CANARY, address, assert_nowhere, identity, options, secret_object, store};

const PASSPHRASE: &str = "correct horse battery staple";

/// A passphrase whose guesses cost little, and keys.
struct Cheap {
    passphrase: Option<&'static str>,
    keys: Vec<Identity>,
}

impl Cheap {
    fn recipient(&self) -> Option<Recipient> {
        let text = Zeroizing::new(self.passphrase?.to_owned());
        Some(Recipient::passphrase(text).with_passphrase_work(4))
    }
}

impl KeySource for Cheap {
    fn identities(&self) -> Result<Vec<Identity>, SealError> {
        let mut identities = self.keys.clone();
        identities.extend(self.recipient().as_ref().and_then(Identity::passphrase));
        Ok(identities)
    }

    fn recipients(&self) -> Result<Vec<Recipient>, SealError> {
        let mut recipients: Vec<_> = self.keys.iter().map(Identity::recipient).collect();
        recipients.extend(self.recipient());
        Ok(recipients)
    }
}

async fn open(
    directory: &Path,
    passphrase: Option<&'static str>,
    keys: Vec<Identity>,
) -> Result<Session, StateError> {
    let options = OpenOptions {
        keys: Arc::new(Cheap { passphrase, keys }),
        ..options()
    };
    Session::open(store(directory), options).await
}

async fn sealed(directory: &Path, passphrase: Option<&'static str>, keys: Vec<Identity>) {
    let session = open(directory, passphrase, keys).await.expect("opens");
    let id = session
        .begin(Begin::new(address("x.a"), Action::Create))
        .await
        .expect("begun");
    let object = Outcome::Object(Box::new(secret_object(CANARY)));
    session.end(id, object).await.expect("ended");
    session.finish().await.expect("finished");
    assert_nowhere(directory, CANARY);
    assert_nowhere(directory, PASSPHRASE);
}

fn password(session: &Session) -> serde_json::Value {
    session.read(|state| state.current(&address("x.a")).expect("kept").attributes["password"].clone())
}

#[tokio::test]
async fn a_passphrase_alone_opens_a_state_and_a_wrong_one_does_not() {
    let directory = tempfile::tempdir().expect("a directory");
    sealed(directory.path(), Some(PASSPHRASE), Vec::new()).await;
    let session = open(directory.path(), Some(PASSPHRASE), Vec::new())
        .await
        .expect("opens");
    assert_eq!(password(&session), CANARY);
    assert_eq!(session.recipients(), ["passphrase"]);
    session.abandon().await.expect("unlocked");
    for (passphrase, keys) in [(Some("wrong"), Vec::new()), (None, vec![identity()])] {
        let error = open(directory.path(), passphrase, keys)
            .await
            .err()
            .expect("refused");
        assert_eq!(error.kind(), ErrorKind::Key);
        assert!(
            error.detail().contains("REGPROV_PASSPHRASE"),
            "{}",
            error.detail()
        );
    }
}

#[tokio::test]
async fn a_key_or_the_passphrase_opens_a_state_that_is_sealed_for_both() {
    let directory = tempfile::tempdir().expect("a directory");
    sealed(directory.path(), Some(PASSPHRASE), vec![identity()]).await;
    for (passphrase, keys) in [(Some(PASSPHRASE), Vec::new()), (None, vec![identity()])] {
        let session = open(directory.path(), passphrase, keys).await.expect("opens");
        assert_eq!(password(&session), CANARY);
        session.abandon().await.expect("unlocked");
    }
}

#[tokio::test]
async fn a_state_is_unsealed_and_sealed_again_on_demand() {
    let directory = tempfile::tempdir().expect("a directory");
    sealed(directory.path(), None, vec![identity()]).await;
    let session = open(directory.path(), None, vec![identity()])
        .await
        .expect("opens");
    assert!(session.unseal().expect("nothing is open"));
    session.finish().await.expect("finished");
    let text = std::fs::read_to_string(directory.path().join("terraform.tfstate")).expect("a state");
    assert!(
        text.contains("\"version\": 4") && text.contains("c4n4ry"),
        "{text}"
    );

    let session = open(directory.path(), None, vec![identity()])
        .await
        .expect("opens");
    assert!(
        !session.unseal().expect("nothing is open"),
        "it is in clear already"
    );
    assert!(session.seal().expect("keys are there"));
    session.finish().await.expect("finished");
    let text = std::fs::read_to_string(directory.path().join("terraform.tfstate")).expect("a state");
    assert!(
        text.contains("\"version\": 1004") && !text.contains("c4n4ry"),
        "{text}"
    );
    let session = open(directory.path(), None, vec![identity()])
        .await
        .expect("opens");
    assert!(!session.seal().expect("keys are there"), "it is sealed already");
    session.abandon().await.expect("unlocked");
}

#[test]
fn a_team_keeps_its_recipients_in_a_file_and_a_passphrase_is_read_from_a_private_one() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path();
    let other = identity().recipient().to_string();
    std::fs::write(path.join(RECIPIENTS_FILE), format!("# the team\n{other}\n")).expect("written");
    let settings = |passphrase| FileKeysSettings {
        passphrase,
        directory: path.to_owned(),
        default_identity: path.join("config/identity.txt"),
        ..FileKeysSettings::default()
    };
    let names = |keys: &FileKeys| -> Vec<String> {
        let recipients = keys.recipients().expect("recipients");
        recipients.iter().map(ToString::to_string).collect()
    };
    assert_eq!(names(&FileKeys::new(settings(None))), [other.as_str()]);

    std::fs::write(path.join("pass"), "a passphrase\nignored\n").expect("written");
    let keys = FileKeys::new(settings(Some(Passphrase::File("pass".into()))));
    let error = keys.recipients().expect_err("others can read it");
    assert!(matches!(error, SealError::Exposed { .. }), "{error}");
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path.join("pass"), std::fs::Permissions::from_mode(0o600)).expect("private");
    let keys = FileKeys::new(settings(Some(Passphrase::File("pass".into()))));
    assert_eq!(names(&keys), [other.as_str(), "passphrase"]);
    let expected = Recipient::passphrase(Zeroizing::new("a passphrase".into()));
    assert!(keys.recipients().expect("recipients").contains(&expected));
}

#[test]
fn a_command_that_fails_is_named_and_its_output_is_not_shown() {
    let directory = tempfile::tempdir().expect("a directory");
    let keys = FileKeys::new(FileKeysSettings {
        passphrase: Some(Passphrase::Command(Arc::new(|| Err("it ended with 3".into())))),
        directory: directory.path().to_owned(),
        default_identity: directory.path().join("identity.txt"),
        ..FileKeysSettings::default()
    });
    let error = keys.recipients().expect_err("refused").to_string();
    assert_eq!(
        error,
        "the command of REGPROV_PASSPHRASE_COMMAND gave no key: it ended with 3"
    );
}
