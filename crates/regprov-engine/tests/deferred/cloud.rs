//! A cloud in memory: registries with a URL, and children that live in one. Children are numbered by their registry, so that
//! the id of one in an old registry names another one in the new.

use async_trait::async_trait;
use regprov_provider::{
    Advice, AnyCreate, AnyDataSource, AnyDelete, AnyFind, AnyPlan, AnyPreflight, AnyRead, AnyReadMany,
    AnyResource, AnyUpdate, ConnectRequest, Connection, CreateClass, Created, Deleted, Error, ErrorKind,
    Finding, Mark, Observed, Partial, Provider,
};
use regprov_schema::{Attribute, Block, Schema, Timeouts};
use regprov_value::{Type, Value};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// What is there, and what goes wrong next.
#[derive(Default)]
pub(crate) struct World {
    /// The URL of each registry by its name.
    registries: BTreeMap<String, String>,
    /// The names of children by the URL of their registry, in the order of their numbers.
    pub(crate) children: BTreeMap<String, Vec<Option<String>>>,
    /// How many registries were ever made.
    made: usize,
    /// What connecting to a URL fails with, before it works.
    pub(crate) refusals: VecDeque<Error>,
    /// The child whose making fails.
    pub(crate) broken: Option<String>,
    /// What making a child fails with, one after the other; the last one stays.
    pub(crate) failures: VecDeque<Error>,
    /// How often the making of a child failed so.
    pub(crate) failed: usize,
}

impl World {
    /// Takes a registry away, with all in it.
    pub(crate) fn lose(&mut self, name: &str) {
        if let Some(url) = self.registries.remove(name) {
            self.children.remove(&url);
        }
    }

    /// The registries with what is in them.
    pub(crate) fn show(&self) -> String {
        let rows = self.registries.values().map(|url| {
            let children = self.children.get(url).into_iter().flatten().flatten();
            let children = children.map(|name| format!(" {name}"));
            format!("{url}:{}\n", children.collect::<String>())
        });
        rows.collect()
    }
}

#[derive(Clone, Default)]
pub(crate) struct Cloud(Arc<Mutex<World>>);

impl Cloud {
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }

    pub(crate) fn provider(&self) -> Arc<dyn Provider> {
        let thing = |kind: Kind| Arc::new(Thing(self.clone(), kind, object())) as Arc<dyn AnyResource>;
        let attributes = BTreeMap::from([("url", optional())]);
        Arc::new(Toy {
            cloud: self.clone(),
            schema: schema(attributes),
            resources: vec![thing(Kind::Registry), thing(Kind::Child)],
        })
    }
}

fn schema(attributes: BTreeMap<&'static str, Attribute>) -> Schema {
    let block = Block {
        attributes,
        ..Block::default()
    };
    Schema {
        version: 0,
        block,
        timeouts: Timeouts::default(),
    }
}

fn optional() -> Attribute {
    Attribute {
        optional: true,
        ..Attribute::new(Type::String)
    }
}

fn object() -> Schema {
    let computed = || Attribute {
        computed: true,
        ..Attribute::new(Type::String)
    };
    let name = Attribute {
        replaces: true,
        ..optional()
    };
    schema(BTreeMap::from([
        ("name", name),
        ("id", computed()),
        ("url", computed()),
    ]))
}

struct Toy {
    cloud: Cloud,
    schema: Schema,
    resources: Vec<Arc<dyn AnyResource>>,
}

#[async_trait]
impl Provider for Toy {
    fn name(&self) -> &'static str {
        "toy"
    }
    fn sources(&self) -> &'static [&'static str] {
        &["hashicorp/toy"]
    }
    fn newest_major(&self) -> u64 {
        1
    }
    fn schema(&self) -> &Schema {
        &self.schema
    }
    fn located_by(&self) -> Option<&'static [&'static str]> {
        Some(&["url"])
    }
    fn resources(&self) -> &[Arc<dyn AnyResource>] {
        &self.resources
    }
    fn data_sources(&self) -> &[Arc<dyn AnyDataSource>] {
        &[]
    }
    async fn connect(&self, request: ConnectRequest<'_>) -> Result<Connection, Error> {
        let url = request.config.get("url").and_then(Value::as_str);
        let mut world = self.cloud.world();
        if let Some(url) = url {
            if let Some(refusal) = world.refusals.pop_front() {
                return Err(refusal);
            }
            if !world.registries.values().any(|other| other == url) {
                let text = format!("{url} does not answer");
                return Err(Error::new(ErrorKind::Transient, text));
            }
        }
        Ok(Connection {
            client: Arc::new(url.unwrap_or_default().to_owned()),
            summary: String::new(),
            registry: None,
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Registry,
    Child,
}

struct Thing(Cloud, Kind, Schema);

fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn make(name: &str, id: &str, url: &str) -> Value {
    Value::object([("name", name.into()), ("id", id.into()), ("url", url.into())])
}

impl Thing {
    fn url(connection: &Connection) -> &str {
        connection.client.downcast_ref::<String>().unwrap()
    }

    /// The child of a number or a name.
    fn child(world: &World, url: &str, id: &str) -> Option<(usize, String)> {
        let children = world.children.get(url)?.iter().enumerate();
        let mut children = children.filter_map(|(number, name)| Some((number, name.clone()?)));
        children.find(|(number, name)| number.to_string() == id || name == id)
    }
}

#[async_trait]
impl AnyResource for Thing {
    fn type_name(&self) -> &'static str {
        match self.1 {
            Kind::Registry => "toy_registry",
            Kind::Child => "toy_child",
        }
    }
    fn schema(&self) -> &Schema {
        &self.2
    }
    fn create_class(&self) -> CreateClass {
        CreateClass::UniqueName
    }
    fn visibility(&self) -> Duration {
        Duration::ZERO
    }
    fn id(&self, object: &Value) -> Option<String> {
        object.get("id")?.as_str().map(str::to_owned)
    }
    fn prepare(&self, desired: &Value, _mark: &Mark) -> Result<Value, Error> {
        Ok(desired.clone())
    }
    fn identify(&self, _connection: &Connection, desired: Partial<'_>) -> Option<String> {
        desired.text("name").map(str::to_owned)
    }
    fn foresee(&self, _connection: &Connection, _desired: Partial<'_>) -> Vec<(&'static str, Value)> {
        Vec::new()
    }
    fn plan(&self, _request: AnyPlan<'_>) -> Advice {
        Advice::default()
    }
    fn upgrade(&self, _version: u64, attributes: serde_json::Value) -> Result<serde_json::Value, String> {
        Ok(attributes)
    }
    fn parse_import(&self, _connection: &Connection, text: &str) -> Result<String, Error> {
        Ok(text.to_owned())
    }
    async fn read(&self, request: AnyRead<'_>) -> Result<Observed<Value>, Error> {
        let (world, url) = (self.0.world(), Self::url(request.connection));
        let found = match self.1 {
            Kind::Registry => world
                .registries
                .get(request.id)
                .map(|url| make(request.id, request.id, url)),
            Kind::Child => Self::child(&world, url, request.id)
                .map(|(number, name)| make(&name, &number.to_string(), url)),
        };
        Ok(found.map_or(Observed::Absent, Observed::Present))
    }
    async fn read_many(&self, _request: AnyReadMany<'_>) -> Option<Result<Vec<Observed<Value>>, Error>> {
        None
    }
    async fn create(&self, request: AnyCreate<'_>) -> Result<Created<Value>, Error> {
        let (mut world, url) = (self.0.world(), Self::url(request.connection));
        let name = text(request.desired, "name");
        if world.broken.as_deref() == Some(name) {
            return Err(Error::new(ErrorKind::Failed, "it is broken"));
        }
        if self.1 == Kind::Child && !world.failures.is_empty() {
            world.failed += 1;
            let last = world.failures.len() == 1;
            let failure = if last {
                world.failures.front().cloned()
            } else {
                world.failures.pop_front()
            };
            return Err(failure.expect("there is one"));
        }
        Ok(Created::Done(match self.1 {
            Kind::Registry => {
                world.made += 1;
                let url = format!("https://{name}-{}", world.made);
                world.registries.insert(name.to_owned(), url.clone());
                make(name, name, &url)
            }
            Kind::Child => {
                let children = world.children.entry(url.to_owned()).or_default();
                children.push(Some(name.to_owned()));
                make(name, &(children.len() - 1).to_string(), url)
            }
        }))
    }
    async fn update(&self, _request: AnyUpdate<'_>) -> Result<Created<Value>, Error> {
        Err(Error::new(ErrorKind::Unsupported, "nothing changes in place"))
    }
    async fn delete(&self, request: AnyDelete<'_>) -> Result<Deleted, Error> {
        let (mut world, url) = (self.0.world(), Self::url(request.connection));
        match self.1 {
            Kind::Registry => world.lose(request.id),
            Kind::Child => {
                let found = Self::child(&world, url, request.id);
                if let (Some((number, _)), Some(children)) = (found, world.children.get_mut(url)) {
                    children[number] = None;
                }
            }
        }
        Ok(Deleted::Gone)
    }
    async fn find(&self, _request: AnyFind<'_>) -> Result<Vec<String>, Error> {
        Ok(Vec::new())
    }
    async fn preflight(&self, request: AnyPreflight<'_>) -> Vec<Finding> {
        let wrong = request.desired.text("name") == Some("wrong");
        let finding = Finding {
            path: Some("name".parse().unwrap()),
            summary: "Name refused".into(),
            detail: "The name is wrong.".into(),
            remedy: None,
            fatal: true,
        };
        wrong.then_some(finding).into_iter().collect()
    }
}
