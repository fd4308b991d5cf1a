//! `terraform_data`: keeps any value, and is replaced when another changes.
//!
//! Written against the erased boundary, as `input` and `output` have any type and must keep it exactly.

use crate::package::{Package, Surroundings};
use async_trait::async_trait;
use regprov_provider::{
    Advice, AnyCreate, AnyDelete, AnyFind, AnyPlan, AnyPreflight, AnyRead, AnyReadMany, AnyResource,
    AnyUpdate, Connection, CreateClass, Created, Deleted, Error, ErrorKind, Finding, Mark, Observed, Partial,
    Provider,
};
use regprov_schema::{Attribute, Block, Schema, Timeouts};
use regprov_value::{Refinements, Type, Value};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

pub(crate) fn provider(surroundings: &Surroundings) -> Arc<dyn Provider> {
    let mut package = Package::new("terraform", &["terraform.io/builtin/terraform"], surroundings);
    package.functions = crate::tfvars::functions;
    package.resources = vec![Arc::new(TerraformData { schema: schema() })];
    package.data_sources = vec![crate::remote_state::data_source()];
    Arc::new(package)
}

struct TerraformData {
    schema: Schema,
}

fn schema() -> Schema {
    let any = || Attribute::new(Type::Dynamic);
    let attributes = BTreeMap::from([
        (
            "id",
            Attribute {
                computed: true,
                description: "A string value unique to the resource instance.",
                ..Attribute::new(Type::String)
            },
        ),
        (
            "input",
            Attribute {
                optional: true,
                description: "A value which will be stored in the instance state, and reflected in the `output` attribute after apply.",
                ..any()
            },
        ),
        (
            "output",
            Attribute {
                computed: true,
                recomputed_by: &["input"],
                description: "The computed value derived from the `input` argument.",
                ..any()
            },
        ),
        (
            "triggers_replace",
            Attribute {
                optional: true,
                replaces: true,
                description: "A value which is stored in the instance state, and will force replacement when the value changes.",
                ..any()
            },
        ),
    ]);
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

fn done(desired: &Value, id: Value) -> Value {
    let get = |name: &str| {
        desired
            .get(name)
            .cloned()
            .unwrap_or_else(|| Value::null(Type::Dynamic))
    };
    Value::object([
        ("id", id),
        ("input", get("input")),
        ("output", get("input")),
        ("triggers_replace", get("triggers_replace")),
    ])
}

#[async_trait]
impl AnyResource for TerraformData {
    fn type_name(&self) -> &'static str {
        "terraform_data"
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn create_class(&self) -> CreateClass {
        CreateClass::ClientNamed
    }

    fn visibility(&self) -> Duration {
        Duration::ZERO
    }

    fn id(&self, object: &Value) -> Option<String> {
        object.get("id")?.as_str().map(str::to_owned)
    }

    /// The id follows from the attempt, so that a repeated one makes the same object.
    fn prepare(&self, desired: &Value, mark: &Mark) -> Result<Value, Error> {
        let id = uuid::Builder::from_random_bytes(mark.nonce).into_uuid();
        Ok(done(desired, Value::from(id.to_string().as_str())))
    }

    fn identify(&self, _connection: &Connection, _desired: Partial<'_>) -> Option<String> {
        None
    }

    fn foresee(&self, _connection: &Connection, desired: Partial<'_>) -> Vec<(&'static str, Value)> {
        let id = Value::refined(
            Type::String,
            Refinements {
                not_null: true,
                ..Refinements::default()
            },
        );
        // An object that has its id stays: whatever its input becomes, the output follows only on apply.
        let stays = desired.0.get("id").is_some_and(Value::is_known);
        let output = desired.0.get("input").map(|input| {
            let output = if input.is_null() && !stays {
                input.clone()
            } else {
                Value::unknown(input.ty())
            };
            ("output", output.marked(input.marks_deep()))
        });
        std::iter::once(("id", id)).chain(output).collect()
    }

    fn plan(&self, _request: AnyPlan<'_>) -> Advice {
        Advice::default()
    }

    fn upgrade(&self, _version: u64, attributes: serde_json::Value) -> Result<serde_json::Value, String> {
        Ok(attributes)
    }

    /// Takes over a `null_resource`; its `triggers` become an object, as they are mostly written.
    fn moved_from(&self, resource_type: &str, object: &Value) -> Option<Value> {
        if resource_type != "null_resource" {
            return None;
        }
        let triggers = object
            .get("triggers")
            .and_then(Value::as_entries)
            .map(|entries| Value::object(entries.iter().map(|(name, value)| (name.clone(), value.clone()))));
        let null = || Value::null(Type::Dynamic);
        Some(Value::object([
            ("id", object.get("id")?.clone()),
            ("input", null()),
            ("output", null()),
            ("triggers_replace", triggers.unwrap_or_else(null)),
        ]))
    }

    fn parse_import(&self, _connection: &Connection, text: &str) -> Result<String, Error> {
        Ok(text.to_owned())
    }

    /// An import gives an object of that id with nothing in it, as Terraform does.
    async fn read(&self, request: AnyRead<'_>) -> Result<Observed<Value>, Error> {
        let object = request.prior.cloned().unwrap_or_else(|| {
            let empty = Value::object([("input", Value::null(Type::Dynamic))]);
            done(&empty, Value::from(request.id))
        });
        Ok(Observed::Present(object))
    }

    async fn read_many(&self, request: AnyReadMany<'_>) -> Option<Result<Vec<Observed<Value>>, Error>> {
        let present = request
            .wanted
            .iter()
            .map(|(_, prior)| prior.clone().map(Observed::Present));
        let present: Option<Vec<Observed<Value>>> = present.collect();
        present.map(Ok)
    }

    async fn create(&self, request: AnyCreate<'_>) -> Result<Created<Value>, Error> {
        let id = request
            .desired
            .get("id")
            .filter(|id| id.as_str().is_some())
            .cloned();
        let id = id.ok_or_else(|| {
            Error::new(
                ErrorKind::Failed,
                "the object was not prepared. This is a bug in regprov",
            )
        })?;
        Ok(Created::Done(done(request.desired, id)))
    }

    async fn update(&self, request: AnyUpdate<'_>) -> Result<Created<Value>, Error> {
        Ok(Created::Done(done(request.desired, Value::from(request.id))))
    }

    async fn delete(&self, _request: AnyDelete<'_>) -> Result<Deleted, Error> {
        Ok(Deleted::Gone)
    }

    async fn find(&self, _request: AnyFind<'_>) -> Result<Vec<String>, Error> {
        Ok(Vec::new())
    }

    fn has_preflight(&self) -> bool {
        false
    }

    async fn preflight(&self, _request: AnyPreflight<'_>) -> Vec<Finding> {
        Vec::new()
    }
}
