//! A provider for tests: `toy_thing` and the data source `toy_lookup`, planned with and answered from memory.

use async_trait::async_trait;
use regprov_plan::Schemas;
use regprov_provider::{
    Advice, AnyCreate, AnyDataSource, AnyDelete, AnyEphemeral, AnyFind, AnyPlan, AnyPreflight, AnyRead,
    AnyReadMany, AnyResource, AnyUpdate, ConnectRequest, Connection, CreateClass, Created, Deleted, Error,
    Finding, Mark, Observed, Opened, Partial, Provider,
};
use regprov_schema::{Attribute, Block, Former, Meaning, NestedBlock, Nesting, Rule, Schema, Timeouts};
use regprov_value::{Type, Value};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

pub(crate) struct Toy {
    schema: Schema,
    resources: Vec<Arc<dyn AnyResource>>,
    data: Vec<Arc<dyn AnyDataSource>>,
    ephemerals: Vec<Arc<dyn AnyEphemeral>>,
}

pub(crate) fn schemas() -> Schemas {
    let toy: Arc<dyn Provider> = Arc::new(Toy {
        schema: schema(Block {
            attributes: BTreeMap::from([("url", optional(Type::String)), ("user", optional(Type::String))]),
            ..Block::default()
        }),
        resources: vec![Arc::new(Thing(schema(thing())))],
        data: vec![Arc::new(Lookup(schema(lookup())))],
        ephemerals: vec![Arc::new(Lookup(schema(lookup())))],
    });
    Schemas::new(&[toy])
}

fn schema(block: Block) -> Schema {
    Schema {
        version: 1,
        block,
        timeouts: Timeouts::default(),
    }
}

fn optional(ty: Type) -> Attribute {
    Attribute {
        optional: true,
        ..Attribute::new(ty)
    }
}

fn computed(ty: Type) -> Attribute {
    Attribute {
        computed: true,
        ..Attribute::new(ty)
    }
}

fn write_only() -> Attribute {
    Attribute {
        sensitive: true,
        write_only: true,
        ..optional(Type::String)
    }
}

fn thing() -> Block {
    let rule = Block {
        attributes: BTreeMap::from([("port", optional(Type::Number))]),
        ..Block::default()
    };
    let rule = NestedBlock {
        nesting: Nesting::List,
        block: rule,
        min_items: 0,
        max_items: 0,
        replaces: false,
        computed: false,
    };
    Block {
        attributes: BTreeMap::from([
            ("id", computed(Type::String)),
            (
                "name",
                Attribute {
                    replaces: true,
                    rules: &[Rule::Length(1, 8)],
                    ..optional(Type::String)
                },
            ),
            (
                "size",
                Attribute {
                    former: const { &[Former::renamed("amount", "write `size`")] },
                    ..optional(Type::Number)
                },
            ),
            (
                "note",
                Attribute {
                    meaning: Meaning::ZeroIsNull,
                    ..optional(Type::String)
                },
            ),
            (
                "region",
                Attribute {
                    meaning: Meaning::Location,
                    ..optional(Type::String)
                },
            ),
            ("tags", optional(Type::map(Type::String))),
            ("any", optional(Type::Dynamic)),
            ("pin_wo", write_only()),
            (
                "secret",
                Attribute {
                    sensitive: true,
                    ..optional(Type::String)
                },
            ),
            (
                "token",
                Attribute {
                    sensitive: true,
                    once: true,
                    ..computed(Type::String)
                },
            ),
            (
                "url",
                Attribute {
                    recomputed_by: &["size"],
                    ..computed(Type::String)
                },
            ),
        ]),
        blocks: BTreeMap::from([("rule", rule)]),
        ..Block::default()
    }
}

fn lookup() -> Block {
    Block {
        attributes: BTreeMap::from([
            (
                "key",
                Attribute {
                    required: true,
                    ..Attribute::new(Type::String)
                },
            ),
            ("found", computed(Type::String)),
        ]),
        ..Block::default()
    }
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
        3
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
        &self.data
    }
    fn ephemeral_resources(&self) -> &[Arc<dyn AnyEphemeral>] {
        &self.ephemerals
    }
    async fn connect(&self, _request: ConnectRequest<'_>) -> Result<Connection, Error> {
        Ok(connection())
    }
}

pub(crate) fn connection() -> Connection {
    Connection {
        client: Arc::new(()),
        summary: String::new(),
        registry: None,
    }
}

struct Lookup(Schema);

#[async_trait]
impl AnyDataSource for Lookup {
    fn type_name(&self) -> &'static str {
        "toy_lookup"
    }
    fn schema(&self) -> &Schema {
        &self.0
    }
    async fn read(
        &self,
        _connection: &Connection,
        config: &Value,
        _wanted: Option<&[String]>,
    ) -> Result<Value, Error> {
        Ok(found(config))
    }
}

/// Read as a data source, or opened for one run.
#[async_trait]
impl AnyEphemeral for Lookup {
    fn type_name(&self) -> &'static str {
        "toy_lookup"
    }
    fn schema(&self) -> &Schema {
        &self.0
    }
    async fn open(&self, _connection: &Connection, config: &Value) -> Result<Opened<Value>, Error> {
        Ok(Opened {
            object: found(config),
            renew_after: None,
        })
    }
    async fn renew(&self, _connection: &Connection, _opened: &Value) -> Result<Option<Duration>, Error> {
        Ok(None)
    }
    async fn close(&self, _connection: &Connection, _opened: &Value) -> Result<(), Error> {
        Ok(())
    }
}

/// What the data source finds: its key in capitals.
pub(crate) fn found(config: &Value) -> Value {
    let key = config.get("key").and_then(Value::as_str).unwrap_or_default();
    Value::object([
        ("key", Value::from(key)),
        ("found", Value::from(key.to_uppercase().as_str())),
    ])
}

struct Thing(Schema);

/// The object that creating or changing makes.
pub(crate) fn make(desired: &Value) -> Value {
    let name = desired
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or("unnamed")
        .to_owned();
    let entries = desired.as_entries().cloned().unwrap_or_default();
    let pin = desired
        .get("pin_wo")
        .and_then(Value::as_str)
        .map(|pin| format!("?pin={pin}"));
    Value::object(entries.into_iter().map(|(attribute, value)| {
        let value = match &*attribute {
            "id" => Value::from(format!("id-{name}").as_str()),
            "token" if value.is_null() => Value::from("t0ken"),
            "url" => Value::from(format!("https://{name}{}", pin.as_deref().unwrap_or_default()).as_str()),
            "pin_wo" => Value::null(value.ty()),
            _ => value,
        };
        (attribute, value)
    }))
}

#[async_trait]
impl AnyResource for Thing {
    fn type_name(&self) -> &'static str {
        "toy_thing"
    }
    fn schema(&self) -> &Schema {
        &self.0
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
        desired.text("name").map(|name| format!("id-{name}"))
    }
    fn foresee(&self, _connection: &Connection, desired: Partial<'_>) -> Vec<(&'static str, Value)> {
        let id = desired
            .text("name")
            .map(|name| ("id", Value::from(format!("id-{name}").as_str())));
        id.into_iter().collect()
    }
    fn plan(&self, _request: AnyPlan<'_>) -> Advice {
        Advice::default()
    }
    fn upgrade(&self, _version: u64, mut attributes: serde_json::Value) -> Result<serde_json::Value, String> {
        if let Some(object) = attributes.as_object_mut()
            && let Some(old) = object.remove("title")
        {
            object.insert("name".to_owned(), old);
        }
        Ok(attributes)
    }
    fn parse_import(&self, _connection: &Connection, text: &str) -> Result<String, Error> {
        Ok(text.to_owned())
    }
    async fn read(&self, _request: AnyRead<'_>) -> Result<Observed<Value>, Error> {
        Ok(Observed::Absent)
    }
    async fn read_many(&self, _request: AnyReadMany<'_>) -> Option<Result<Vec<Observed<Value>>, Error>> {
        None
    }
    async fn create(&self, request: AnyCreate<'_>) -> Result<Created<Value>, Error> {
        Ok(Created::Done(make(request.desired)))
    }
    async fn update(&self, request: AnyUpdate<'_>) -> Result<Created<Value>, Error> {
        Ok(Created::Done(make(request.desired)))
    }
    async fn delete(&self, _request: AnyDelete<'_>) -> Result<Deleted, Error> {
        Ok(Deleted::Gone)
    }
    async fn find(&self, _request: AnyFind<'_>) -> Result<Vec<String>, Error> {
        Ok(Vec::new())
    }
    async fn preflight(&self, _request: AnyPreflight<'_>) -> Vec<Finding> {
        Vec::new()
    }
}
