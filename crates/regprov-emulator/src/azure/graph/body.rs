//! Request bodies: objects whose fields are taken out one by one; what is left over are plain attributes.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::failure::Failure;
use crate::call::Call;

/// A JSON object of a request.
pub(super) struct Fields(pub(super) Map<String, Value>);

impl Fields {
    /// The body of a request.
    pub(super) fn of(call: &Call) -> Result<Self, Failure> {
        Ok(Self(call.json::<Map<String, Value>>()?))
    }

    /// Takes a text; `None` when absent or null.
    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, Failure> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(invalid(name)),
        }
    }

    /// Takes a flag; `None` when absent or null.
    pub(super) fn flag(&mut self, name: &str) -> Result<Option<bool>, Failure> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(invalid(name)),
        }
    }

    /// Takes an instant; `None` when absent or null.
    pub(super) fn instant(&mut self, name: &str) -> Result<Option<Timestamp>, Failure> {
        self.text(name)?
            .map(|text| text.parse().map_err(|_| invalid(name)))
            .transpose()
    }

    /// Takes a list of texts; `None` when absent.
    pub(super) fn texts(&mut self, name: &str) -> Result<Option<Vec<String>>, Failure> {
        let Some(value) = self.0.remove(name) else {
            return Ok(None);
        };
        let items = value.as_array().ok_or_else(|| invalid(name))?;
        items
            .iter()
            .map(|item| item.as_str().map(str::to_owned).ok_or_else(|| invalid(name)))
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// Takes a list of objects; `None` when absent.
    pub(super) fn objects(&mut self, name: &str) -> Result<Option<Vec<Fields>>, Failure> {
        let Some(value) = self.0.remove(name) else {
            return Ok(None);
        };
        let Value::Array(items) = value else {
            return Err(invalid(name));
        };
        let object = |item| match item {
            Value::Object(fields) => Ok(Fields(fields)),
            _ => Err(invalid(name)),
        };
        items.into_iter().map(object).collect::<Result<_, _>>().map(Some)
    }

    /// Takes one object; `None` when absent or null.
    pub(super) fn object(&mut self, name: &str) -> Result<Option<Fields>, Failure> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(fields)) => Ok(Some(Fields(fields))),
            Some(_) => Err(invalid(name)),
        }
    }

    /// Refuses fields that nobody took; annotations pass.
    pub(super) fn nothing_left(self, type_name: &str) -> Result<(), Failure> {
        match self.0.keys().find(|name| !name.starts_with("@odata.")) {
            Some(name) => Err(Failure::bad_request(format!(
                "One or more property values specified are invalid. The property '{name}' does not exist on type '{type_name}'."
            ))),
            None => Ok(()),
        }
    }
}

/// The refusal of a value.
pub(super) fn invalid(name: &str) -> Failure {
    Failure::bad_request(format!(
        "Invalid value specified for property '{name}' of resource."
    ))
}

/// The refusal of a missing value.
pub(super) fn required(name: &str, type_name: &str) -> Failure {
    Failure::bad_request(format!(
        "A value is required for property '{name}' of resource '{type_name}'."
    ))
}
