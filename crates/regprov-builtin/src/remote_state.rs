//! `terraform_remote_state`: the outputs of another configuration, out of its state.
//!
//! Written against the erased boundary, as `config`, `defaults` and `outputs` have any type and must keep it exactly.

use crate::package::Surroundings;
use async_trait::async_trait;
use regprov_addr::AttributePath;
use regprov_provider::{AnyDataSource, Connection, Error, ErrorKind};
use regprov_schema::{Attribute, Block, Schema, Timeouts};
use regprov_value::{Data, Type, Value, to_json};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The workspace that is read where none is named, whatever workspace is in use here.
const DEFAULT: &str = "default";

/// The states of other configurations.
#[async_trait]
pub trait OtherStates: Send + Sync {
    /// Reads the outputs of the root module in the state of a workspace, marked where they are sensitive; `None` where there is no
    /// state. `config` holds the arguments of the backend.
    ///
    /// # Errors
    /// Where there is no such backend, its arguments are wrong, or the state cannot be read or opened.
    async fn outputs(
        &self,
        backend: &str,
        config: Map<String, Json>,
        workspace: &str,
    ) -> Result<Option<BTreeMap<String, Value>>, Error>;

    /// Whether the given defaults alone will do where there is no state.
    fn may_be_missing(&self) -> bool {
        false
    }
}

/// No other state can be read.
pub(crate) struct NoStates;

#[async_trait]
impl OtherStates for NoStates {
    async fn outputs(
        &self,
        _backend: &str,
        _config: Map<String, Json>,
        _workspace: &str,
    ) -> Result<Option<BTreeMap<String, Value>>, Error> {
        Err(Error::new(
            ErrorKind::Unsupported,
            "this command reads no other state",
        ))
    }
}

pub(crate) fn data_source() -> Arc<dyn AnyDataSource> {
    Arc::new(RemoteState { schema: schema() })
}

struct RemoteState {
    schema: Schema,
}

fn schema() -> Schema {
    let attribute = |ty: Type, description| Attribute {
        optional: true,
        description,
        ..Attribute::new(ty)
    };
    let attributes = BTreeMap::from([
        (
            "backend",
            Attribute {
                required: true,
                optional: false,
                ..attribute(Type::String, "The backend that keeps the other state.")
            },
        ),
        (
            "config",
            attribute(Type::Dynamic, "The arguments of the backend, as an object."),
        ),
        (
            "defaults",
            attribute(
                Type::Dynamic,
                "Values of outputs that the other state does not have, as an object.",
            ),
        ),
        (
            "outputs",
            Attribute {
                optional: false,
                computed: true,
                ..attribute(Type::Dynamic, "The outputs of the root module, as an object.")
            },
        ),
        (
            "workspace",
            attribute(
                Type::String,
                "The workspace of the other configuration; `default` where it is not set.",
            ),
        ),
    ]);
    Schema {
        version: 0,
        block: Block {
            attributes,
            ..Block::default()
        },
        timeouts: Timeouts::default(),
    }
}

#[async_trait]
impl AnyDataSource for RemoteState {
    fn type_name(&self) -> &'static str {
        "terraform_remote_state"
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    async fn read(
        &self,
        connection: &Connection,
        config: &Value,
        _wanted: Option<&[String]>,
    ) -> Result<Value, Error> {
        let surroundings = connection.client.downcast_ref::<Surroundings>().ok_or_else(|| {
            Error::new(
                ErrorKind::Failed,
                "the connection belongs to another provider. This is a bug in regprov",
            )
        })?;
        let text = |name: &str| config.get(name).and_then(Value::as_str);
        let backend = text("backend").unwrap_or_default();
        let workspace = text("workspace").unwrap_or(DEFAULT);
        let arguments = object(config, "config")?;
        let defaults = entries(config, "defaults")?;
        let states = &surroundings.states;
        let found = states.outputs(backend, arguments, workspace).await?;
        let outputs = match found {
            Some(outputs) => outputs,
            None if states.may_be_missing() && defaults.is_some() => BTreeMap::new(),
            None => {
                return Err(Error::new(
                    ErrorKind::Failed,
                    format!("the backend `{backend}` has no state of the workspace `{workspace}`"),
                )
                .remedy(
                    "Apply the configuration that it belongs to first, or correct `config` and `workspace`.",
                ));
            }
        };
        let mut all = defaults.unwrap_or_default();
        all.extend(outputs.into_iter().map(|(name, value)| (Arc::from(name), value)));
        let given = |name: &'static str| {
            let value = config.get(name).cloned();
            (name, value.unwrap_or_else(|| Value::null(Type::Dynamic)))
        };
        Ok(Value::object([
            given("backend"),
            given("config"),
            given("defaults"),
            ("outputs", Value::object(all)),
            given("workspace"),
        ]))
    }
}

fn invalid(name: &str, detail: &str) -> Error {
    let path = AttributePath::root().name(name);
    Error::new(ErrorKind::Invalid(Some(path)), format!("`{name}` {detail}"))
}

/// The entries of an argument that is an object or a map; `None` where it is not set.
fn entries(config: &Value, name: &str) -> Result<Option<BTreeMap<Arc<str>, Value>>, Error> {
    let Some(value) = config.get(name).filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    match &value.data {
        Data::Object(entries) | Data::Map(_, entries) => Ok(Some(entries.as_ref().clone())),
        _ => Err(invalid(name, "must be an object")),
    }
}

/// The same in the form that backends take.
fn object(config: &Value, name: &str) -> Result<Map<String, Json>, Error> {
    let Some(entries) = entries(config, name)? else {
        return Ok(Map::new());
    };
    match to_json(&Value::object(entries)) {
        Ok(Json::Object(fields)) => Ok(fields),
        Ok(_) | Err(_) => Err(invalid(name, "cannot be used as the arguments of a backend")),
    }
}
