//! A request to the API: who asks, where they may, what they sent.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::access::{self, Scope};
use super::caller::Caller;
use super::failure::Failure;
use super::instance::Instance;
use super::rows::Rows;
use crate::answer::Answer;
use crate::call::Call;
use crate::oci::Blobs;

/// What a handler gives.
pub(super) type Reply = Result<Answer, Failure>;

/// One request.
pub(super) struct Api<'a> {
    pub(super) rows: Rows<'a>,
    pub(super) call: &'a Call,
    pub(super) blobs: &'a Blobs,
    pub(super) instance: Instance,
    pub(super) caller: Caller,
    /// What the variable parts of the route matched.
    pub(super) captures: Vec<(&'static str, String)>,
}

impl Api<'_> {
    /// A variable part of the path.
    pub(super) fn path(&self, name: &str) -> &str {
        self.captures
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.as_str())
            .unwrap_or_default()
    }

    /// A variable part of the path that is a number.
    pub(super) fn path_id(&self, name: &'static str) -> Result<u64, Failure> {
        let text = self.path(name);
        match text.parse::<i64>() {
            Ok(id) => Ok(u64::try_from(id).unwrap_or(0)),
            Err(_) => Err(Failure::invalid(format!(
                "{name} in path must be of type int64: \"{text}\""
            ))),
        }
    }

    /// A boolean parameter of the query.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Failure> {
        match self.call.query(name) {
            None | Some("") => Ok(None),
            Some("true" | "1" | "t" | "True" | "TRUE" | "T") => Ok(Some(true)),
            Some("false" | "0" | "f" | "False" | "FALSE" | "F") => Ok(Some(false)),
            Some(text) => Err(Failure::invalid(format!(
                "{name} in query must be of type bool: \"{text}\""
            ))),
        }
    }

    /// The body; `name` is what the specification calls it.
    pub(super) fn body<T: DeserializeOwned>(&self, name: &str) -> Result<T, Failure> {
        let value = self.json(name)?;
        serde_json::from_value(value).map_err(|error| unreadable(name, &error))
    }

    /// The body as a JSON object.
    pub(super) fn object(&self, name: &str) -> Result<Map<String, Value>, Failure> {
        match self.json(name)? {
            Value::Object(object) => Ok(object),
            _ => Err(Failure::bad_request(format!(
                "parsing {name} body from \"\" failed, because json: cannot unmarshal into an object"
            ))),
        }
    }

    fn json(&self, name: &str) -> Result<Value, Failure> {
        if self.call.body.is_empty() {
            return Err(Failure::invalid(format!("{name} in body is required")));
        }
        let value: Value =
            serde_json::from_slice(&self.call.body).map_err(|error| unreadable(name, &error))?;
        if value.is_null() {
            return Err(Failure::invalid(format!("{name} in body is required")));
        }
        Ok(without_nulls(value))
    }

    /// Refuses those who are nobody.
    pub(super) fn require_authenticated(&self) -> Result<(), Failure> {
        if self.caller.is_authenticated() {
            Ok(())
        } else {
            Err(Failure::unauthorized())
        }
    }

    /// Whether the caller may do something to the system.
    pub(super) fn may_system(&self, resource: &str, action: &str) -> bool {
        access::allows(&self.rows, &self.caller, Scope::System, (resource, action))
    }

    /// Refuses those who may not do something to the system.
    pub(super) fn require_system(&self, resource: &str, action: &str) -> Result<(), Failure> {
        self.require_authenticated()?;
        if self.may_system(resource, action) {
            Ok(())
        } else {
            Err(Failure::forbidden(self.caller.name(&self.rows)))
        }
    }

    /// Whether the caller may do something in a project.
    pub(super) fn may_project(&self, project: u64, resource: &str, action: &str) -> bool {
        access::allows(
            &self.rows,
            &self.caller,
            Scope::Project(project),
            (resource, action),
        )
    }

    /// Refuses those who may not do something in a project; a project that does not exist is one where only system
    /// administrators may.
    pub(super) fn require_project(
        &self,
        project: Option<u64>,
        resource: &str,
        action: &str,
    ) -> Result<(), Failure> {
        if self.may_project(project.unwrap_or(0), resource, action) {
            return Ok(());
        }
        self.require_authenticated()?;
        Err(Failure::forbidden("forbidden"))
    }

    /// The answer to a creation: 201, no body, and where the object is.
    pub(super) fn created(&self, id: impl std::fmt::Display) -> Answer {
        let location = format!("{}/{id}", self.call.path.trim_end_matches('/'));
        Answer::empty(201).header("location", &location)
    }
}

fn unreadable(name: &str, error: &serde_json::Error) -> Failure {
    Failure::bad_request(format!("parsing {name} body from \"\" failed, because {error}"))
}

/// The same value without the members of objects that are null: the API reads them as absent.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (name, without_nulls(value)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

/// 200 without a body: how updates and deletions are answered.
pub(super) fn done() -> Answer {
    Answer::empty(200)
}

/// An object without the members that are empty: null, `""`, 0, false, `[]`. `always` names those that are told even so.
pub(super) fn told(mut value: Value, always: &[&str]) -> Value {
    if let Value::Object(members) = &mut value {
        members.retain(|name, value| always.contains(&name.as_str()) || !is_empty(value));
    }
    value
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(_) => false,
    }
}
