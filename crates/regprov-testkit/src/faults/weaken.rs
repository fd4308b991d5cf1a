//! What proves that the sweep sees: a guard is taken away, and it must find what that breaks.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use regprov_provider::{
    Advice, AnyCreate, AnyDataSource, AnyDelete, AnyFind, AnyPlan, AnyPreflight, AnyRead, AnyReadMany,
    AnyResource, AnyRevoke, AnyUpdate, ConnectRequest, Connection, CreateClass, Created, CredentialObject,
    Deleted, Error, Finding, Mark, Observed, Partial, Provider, PushCredential, Revoked,
};
use regprov_schema::Schema;
use regprov_value::Value;

/// A guard that is taken away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weakness {
    /// None: everything is as it is shipped.
    #[default]
    None,
    /// The journal is acknowledged before it is on the disk.
    NoSync,
    /// Nobody looks for what a lost answer made.
    NoLookUp,
    /// "Not there" is believed at once.
    NoVisibility,
}

impl Weakness {
    /// Takes the guard away from providers, where it is theirs.
    pub(crate) fn weaken(self, providers: Vec<Arc<dyn Provider>>) -> Vec<Arc<dyn Provider>> {
        match self {
            Self::None | Self::NoSync => providers,
            Self::NoLookUp | Self::NoVisibility => providers
                .into_iter()
                .map(|inner| Arc::new(Weak::new(inner, self)) as Arc<dyn Provider>)
                .collect(),
        }
    }
}

struct Weak {
    inner: Arc<dyn Provider>,
    resources: Vec<Arc<dyn AnyResource>>,
}

impl Weak {
    fn new(inner: Arc<dyn Provider>, weakness: Weakness) -> Self {
        let weak = |resource: &Arc<dyn AnyResource>| {
            Arc::new(WeakResource {
                inner: Arc::clone(resource),
                weakness,
            }) as Arc<dyn AnyResource>
        };
        let resources = inner.resources().iter().map(weak).collect();
        Self { inner, resources }
    }
}

#[async_trait]
impl Provider for Weak {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn sources(&self) -> &'static [&'static str] {
        self.inner.sources()
    }

    fn newest_major(&self) -> u64 {
        self.inner.newest_major()
    }

    fn schema(&self) -> &Schema {
        self.inner.schema()
    }

    fn located_by(&self) -> Option<&'static [&'static str]> {
        self.inner.located_by()
    }

    fn resources(&self) -> &[Arc<dyn AnyResource>] {
        &self.resources
    }

    fn data_sources(&self) -> &[Arc<dyn AnyDataSource>] {
        self.inner.data_sources()
    }

    fn left_out(&self) -> &'static [(&'static str, &'static str)] {
        self.inner.left_out()
    }

    async fn connect(&self, request: ConnectRequest<'_>) -> Result<Connection, Error> {
        self.inner.connect(request).await
    }

    fn credentials(&self, objects: &[CredentialObject<'_>]) -> Vec<PushCredential> {
        self.inner.credentials(objects)
    }
}

struct WeakResource {
    inner: Arc<dyn AnyResource>,
    weakness: Weakness,
}

#[async_trait]
impl AnyResource for WeakResource {
    fn type_name(&self) -> &'static str {
        self.inner.type_name()
    }

    fn schema(&self) -> &Schema {
        self.inner.schema()
    }

    fn create_class(&self) -> CreateClass {
        self.inner.create_class()
    }

    fn visibility(&self) -> Duration {
        match self.weakness {
            Weakness::NoVisibility => Duration::ZERO,
            Weakness::None | Weakness::NoSync | Weakness::NoLookUp => self.inner.visibility(),
        }
    }

    fn is_carried_on(&self) -> bool {
        self.inner.is_carried_on()
    }

    fn id(&self, object: &Value) -> Option<String> {
        self.inner.id(object)
    }

    fn prepare(&self, desired: &Value, mark: &Mark) -> Result<Value, Error> {
        self.inner.prepare(desired, mark)
    }

    fn identify(&self, connection: &Connection, desired: Partial<'_>) -> Option<String> {
        self.inner.identify(connection, desired)
    }

    fn foresee(&self, connection: &Connection, desired: Partial<'_>) -> Vec<(&'static str, Value)> {
        self.inner.foresee(connection, desired)
    }

    fn plan(&self, request: AnyPlan<'_>) -> Advice {
        self.inner.plan(request)
    }

    fn upgrade(&self, version: u64, attributes: serde_json::Value) -> Result<serde_json::Value, String> {
        self.inner.upgrade(version, attributes)
    }

    fn parse_import(&self, connection: &Connection, text: &str) -> Result<String, Error> {
        self.inner.parse_import(connection, text)
    }

    async fn read(&self, request: AnyRead<'_>) -> Result<Observed<Value>, Error> {
        self.inner.read(request).await
    }

    async fn read_many(&self, request: AnyReadMany<'_>) -> Option<Result<Vec<Observed<Value>>, Error>> {
        self.inner.read_many(request).await
    }

    async fn create(&self, request: AnyCreate<'_>) -> Result<Created<Value>, Error> {
        self.inner.create(request).await
    }

    async fn update(&self, request: AnyUpdate<'_>) -> Result<Created<Value>, Error> {
        self.inner.update(request).await
    }

    async fn delete(&self, request: AnyDelete<'_>) -> Result<Deleted, Error> {
        self.inner.delete(request).await
    }

    async fn find(&self, request: AnyFind<'_>) -> Result<Vec<String>, Error> {
        match self.weakness {
            Weakness::NoLookUp => Ok(Vec::new()),
            Weakness::None | Weakness::NoSync | Weakness::NoVisibility => self.inner.find(request).await,
        }
    }

    async fn revoke(&self, request: AnyRevoke<'_>) -> Result<Revoked, Error> {
        match self.weakness {
            Weakness::NoLookUp => Ok(Revoked::Never),
            Weakness::None | Weakness::NoSync | Weakness::NoVisibility => self.inner.revoke(request).await,
        }
    }

    async fn preflight(&self, request: AnyPreflight<'_>) -> Vec<Finding> {
        self.inner.preflight(request).await
    }
}
