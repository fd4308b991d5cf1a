//! What the tests share: opening a backend, and one run on it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use regprov_backends::{
    AzureSignIn, Backend, Network, Settings, SignedIn, Surroundings, Terms, TlsNeeds, open, schema,
};
use regprov_http::{SystemClock, Transport};
use regprov_state::{
    FirstSealing, Identity, KeySource, LockInfo, OpenOptions, OutputState, Randomness, Recipient, Rollback,
    SealError, Session, StateError, StateStore,
};
use serde_json::{Value, json};
use zeroize::Zeroizing;

/// The one network there is.
struct Only(Arc<dyn Transport>);

#[async_trait]
impl Network for Only {
    fn connect(&self, _needs: &TlsNeeds) -> Result<Arc<dyn Transport>, String> {
        Ok(Arc::clone(&self.0))
    }

    async fn run(
        &self,
        program: &str,
        _arguments: &[String],
        _environment: &[(String, String)],
    ) -> Result<Zeroizing<Vec<u8>>, String> {
        let credential = json!({"kind": "ExecCredential", "status": {"token": format!("of {program}")}});
        Ok(Zeroizing::new(credential.to_string().into_bytes()))
    }
}

#[async_trait]
impl AzureSignIn for Only {
    async fn sign_in(&self, _environment: &BTreeMap<String, String>) -> Result<SignedIn, String> {
        Err("nobody is signed in".into())
    }
}

pub(crate) async fn opened(
    kind: &str,
    given: Value,
    (transport, directory): (Arc<dyn Transport>, PathBuf),
) -> Arc<dyn Backend> {
    let Value::Object(given) = given else {
        panic!("settings are an object")
    };
    let arguments = schema(kind).expect("there is such a backend");
    let (settings, _) = Settings::check(arguments, &given, &BTreeMap::new()).expect("settings are right");
    let only = Arc::new(Only(Arc::clone(&transport)));
    let surroundings = Surroundings {
        directory,
        environment: BTreeMap::new(),
        transport,
        clock: Arc::new(SystemClock),
        network: Arc::clone(&only) as Arc<dyn Network>,
        azure: only,
        terms: Terms::default(),
    };
    match open(kind, &settings, &surroundings).await {
        Ok(backend) => backend,
        Err(error) => panic!("it opens: {error:?}"),
    }
}

struct NoKeys;

impl KeySource for NoKeys {
    fn identities(&self) -> Result<Vec<Identity>, SealError> {
        Ok(Vec::new())
    }

    fn recipients(&self) -> Result<Vec<Recipient>, SealError> {
        Ok(Vec::new())
    }
}

struct Sevens;

impl Randomness for Sevens {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(7);
    }
}

pub(crate) fn info(id: &str) -> LockInfo {
    LockInfo {
        id: id.into(),
        who: format!("{id}@host"),
        ..LockInfo::default()
    }
}

pub(crate) async fn session(store: &Arc<dyn StateStore>, id: &str) -> Result<Session, StateError> {
    let options = OpenOptions {
        lock: Some(info(id)),
        keys: Arc::new(NoKeys),
        randomness: Arc::new(Sevens),
        terraform_version: "1.11.4".into(),
        marks: None,
        rollback: Rollback::Refuse,
        first_sealing: FirstSealing::Agreed,
    };
    Session::open(Arc::clone(store), options).await
}

/// Counts one in a state, by way of the journal.
pub(crate) async fn count(store: &Arc<dyn StateStore>, id: &str) -> Result<u64, StateError> {
    let session = session(store, id).await?;
    let present = session.read(|snapshot| snapshot.outputs.get("counter")?.value.as_u64());
    let next = present.unwrap_or(0) + 1;
    let output: OutputState =
        serde_json::from_value(json!({"value": next, "type": "number"})).expect("an output");
    session.output("counter", Some(output)).await?;
    session.finish().await?;
    Ok(next)
}

/// What every backend with workspaces does.
pub(crate) async fn has_workspaces(backend: &dyn Backend) {
    assert_eq!(backend.workspaces().await.expect("listed"), ["default"]);
    let default = backend.store("default").await.expect("a store");
    assert_eq!(count(&default, "one").await.expect("counted"), 1);
    assert_eq!(count(&default, "two").await.expect("counted"), 2);
    backend.create_workspace("dev").await.expect("made");
    assert_eq!(backend.workspaces().await.expect("listed"), ["default", "dev"]);
    let dev = backend.store("dev").await.expect("a store");
    assert_eq!(count(&dev, "three").await.expect("counted"), 1, "it is its own");
    backend.delete_workspace("dev").await.expect("deleted");
    assert_eq!(backend.workspaces().await.expect("listed"), ["default"]);
    assert_eq!(count(&default, "four").await.expect("counted"), 3);
}

/// A second run is told of the first, and waits.
pub(crate) async fn has_a_lock(backend: &dyn Backend) {
    let first = backend.store("default").await.expect("a store");
    let second = backend.store("default").await.expect("a store");
    let held = session(&first, "first").await.expect("opens");
    let Err(StateError::Locked { holder, .. }) = session(&second, "second").await else {
        panic!("it is held");
    };
    assert_eq!(holder.expect("it left a note").who, "first@host");
    held.abandon().await.expect("unlocked");
    session(&second, "second")
        .await
        .expect("free")
        .abandon()
        .await
        .expect("unlocked");
}
