//! Keys, randomness and objects for the tests.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use regprov_addr::InstanceAddress;
use regprov_state::{
    FirstSealing, HighWaterMarks, Identity, InstanceState, KeySource, LocalStore, LockInfo, OpenOptions,
    Randomness, Recipient, Rollback, SealError, Sealer, Session,
};
use serde_json::{Value, json};

/// What must never be found at rest.
pub(crate) const CANARY: &str = "c4n4ry-Pa55w0rd+/with=odd&<chars>";

/// Bytes that repeat from run to run.
#[derive(Default)]
pub(crate) struct Seeded(AtomicU64);

impl Randomness for Seeded {
    fn fill(&self, buffer: &mut [u8]) {
        for byte in buffer {
            let step = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            let mixed = (step ^ (step >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            *byte = (mixed >> 56) as u8 ^ (mixed >> 24) as u8;
        }
    }
}

/// One identity for all tests, as making one takes a while.
pub(crate) fn identity() -> Identity {
    static IDENTITY: OnceLock<Identity> = OnceLock::new();
    IDENTITY.get_or_init(Identity::generate).clone()
}

/// Keys in memory.
pub(crate) struct Keys(pub(crate) Vec<Identity>);

impl KeySource for Keys {
    fn identities(&self) -> Result<Vec<Identity>, SealError> {
        Ok(self.0.clone())
    }

    fn recipients(&self) -> Result<Vec<Recipient>, SealError> {
        Ok(self.0.iter().map(Identity::recipient).collect())
    }
}

pub(crate) fn randomness() -> Arc<dyn Randomness> {
    static SHARED: OnceLock<Arc<Seeded>> = OnceLock::new();
    // Other processes of one test begin elsewhere: the same key must never seal twice with the same nonce.
    SHARED
        .get_or_init(|| Arc::new(Seeded(AtomicU64::new(u64::from(std::process::id()) << 32))))
        .clone()
}

pub(crate) fn lock_info(id: &str) -> LockInfo {
    LockInfo {
        id: id.into(),
        operation: "OperationTypeApply".into(),
        who: "tester@host".into(),
        version: "0.1.0".into(),
        created: "2026-11-23T12:00:00Z".into(),
        ..LockInfo::default()
    }
}

pub(crate) fn options() -> OpenOptions {
    OpenOptions {
        lock: Some(lock_info("lock-1")),
        keys: Arc::new(Keys(vec![identity()])),
        randomness: randomness(),
        terraform_version: "1.11.4".into(),
        marks: None,
        rollback: Rollback::Refuse,
        first_sealing: FirstSealing::Ask,
    }
}

pub(crate) fn with_marks(directory: &Path) -> OpenOptions {
    OpenOptions {
        marks: Some(HighWaterMarks::new(directory.join("marks"))),
        ..options()
    }
}

pub(crate) fn store(directory: &Path) -> Arc<LocalStore> {
    Arc::new(LocalStore::for_workspace(directory, "default"))
}

pub(crate) async fn open(directory: &Path) -> Session {
    Session::open(store(directory), options())
        .await
        .expect("the session opens")
}

pub(crate) fn address(text: &str) -> InstanceAddress {
    text.parse().expect("an address")
}

/// An object whose `password` is secret.
pub(crate) fn secret_object(password: &str) -> InstanceState {
    let mut object = plain_object("with a secret");
    object.attributes.insert("password".into(), json!(password));
    object.sensitive_paths = vec!["password".parse().expect("a path")];
    object
}

pub(crate) fn plain_object(name: &str) -> InstanceState {
    let Value::Object(attributes) = json!({ "id": name, "size": 1.50, "tags": { "a b": "c" } }) else {
        unreachable!()
    };
    let provider = "provider[\"registry.terraform.io/hashicorp/azurerm\"]";
    InstanceState::new(provider.parse().expect("a provider"), attributes)
}

pub(crate) fn sealer(lineage: &str) -> Sealer {
    Sealer::create(lineage, &[identity().recipient()], randomness()).expect("a key")
}

/// Fails if any file below the directory holds the text raw, in base64 at any offset, or in hexadecimal.
pub(crate) fn assert_nowhere(directory: &Path, secret: &str) {
    let mut forms = vec![secret.as_bytes().to_vec(), secret.bytes().rev().collect()];
    forms.push(hex::encode(secret).into_bytes());
    forms.push(hex::encode_upper(secret).into_bytes());
    forms.push(serde_json::to_vec(secret).expect("text"));
    for offset in 0..3 {
        use base64::Engine as _;
        let padded = [vec![0; offset], secret.as_bytes().to_vec()].concat();
        let text = base64::engine::general_purpose::STANDARD.encode(padded);
        // The first and last characters depend on what stands beside the secret.
        forms.push(text.as_bytes()[4..text.len() - 4].to_vec());
    }
    let mut seen = 0;
    visit(directory, &mut |path, bytes| {
        seen += 1;
        for form in &forms {
            let found = bytes.windows(form.len()).any(|window| window == form);
            assert!(
                !found,
                "{} holds {}",
                path.display(),
                String::from_utf8_lossy(form)
            );
        }
    });
    assert!(seen > 0, "there are files to look at");
}

pub(crate) fn visit(directory: &Path, look: &mut impl FnMut(&Path, Vec<u8>)) {
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            visit(&path, look);
        } else {
            let bytes = std::fs::read(&path).expect("a file");
            look(&path, bytes);
        }
    }
}
