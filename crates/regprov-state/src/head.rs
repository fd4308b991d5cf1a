//! The authenticated head of a sealed state: which content, which serial, which writer.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::error::StateError;
use crate::seal::Sealer;

/// The name of the head among the top-level fields.
pub(crate) const FIELD: &str = "regprov_head";

/// Ties the content of a sealed state to its serial and to the epoch of its writer, under the state's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// The serial that this content belongs to.
    pub serial: u64,
    /// The epoch of the writer.
    pub epoch: u64,
    /// The digest of everything else in the state.
    pub digest: String,
    /// What only a holder of the data key can make of the other three.
    pub mac: String,
}

impl Head {
    pub(crate) fn new(sealer: &Sealer, serial: u64, epoch: u64, digest: String) -> Self {
        let mac = mac(sealer, serial, epoch, &digest);
        Self {
            serial,
            epoch,
            digest,
            mac,
        }
    }

    /// Checks that the head was made by a holder of the key, for this content.
    pub(crate) fn verify(
        &self,
        sealer: &Sealer,
        document: &Map<String, Value>,
        location: &str,
    ) -> Result<(), StateError> {
        let altered = |problem: &str| StateError::Altered {
            location: location.into(),
            problem: problem.into(),
        };
        if !equal_in_constant_time(&self.mac, &mac(sealer, self.serial, self.epoch, &self.digest)) {
            return Err(altered("its authentication code does not fit"));
        }
        if document.get("serial").and_then(Value::as_u64) != Some(self.serial) {
            return Err(altered("its serial is not the one that was recorded"));
        }
        if self.digest != content_digest(document) {
            return Err(altered("its content is not the one that was recorded"));
        }
        Ok(())
    }
}

fn mac(sealer: &Sealer, serial: u64, epoch: u64, digest: &str) -> String {
    let context = format!("head {} {serial} {epoch}", sealer.header().key_id);
    sealer.authenticate(&context, digest.as_bytes())
}

fn equal_in_constant_time(one: &str, other: &str) -> bool {
    one.len() == other.len()
        && one
            .bytes()
            .zip(other.bytes())
            .fold(0, |difference, (left, right)| difference | (left ^ right))
            == 0
}

/// Returns the digest, in hexadecimal, of everything in a state but its head; independent of layout and order of fields.
pub(crate) fn content_digest(document: &Map<String, Value>) -> String {
    let mut text = String::new();
    let fields = document.iter().filter(|(name, _)| name.as_str() != FIELD);
    write_object(&mut text, fields);
    hex::encode(Sha256::digest(text.as_bytes()))
}

fn write_object<'a>(text: &mut String, fields: impl Iterator<Item = (&'a String, &'a Value)>) {
    let mut fields: Vec<_> = fields.collect();
    fields.sort_by_key(|(name, _)| *name);
    text.push('{');
    for (name, value) in fields {
        write_text(text, name);
        text.push(':');
        write_value(text, value);
        text.push(',');
    }
    text.push('}');
}

fn write_value(text: &mut String, value: &Value) {
    match value {
        Value::Object(object) => write_object(text, object.iter()),
        Value::Array(items) => {
            text.push('[');
            for item in items {
                write_value(text, item);
                text.push(',');
            }
            text.push(']');
        }
        Value::String(string) => write_text(text, string),
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            write!(text, "{value}").expect("writing to a string cannot fail");
        }
    }
}

/// Length first, so that no escaping is needed and no two texts give the same bytes.
fn write_text(text: &mut String, string: &str) {
    write!(text, "{}\"{string}\"", string.len()).expect("writing to a string cannot fail");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn digest(value: Value) -> String {
        let Value::Object(object) = value else {
            panic!("an object")
        };
        content_digest(&object)
    }

    #[test]
    fn the_digest_ignores_order_and_the_head_and_sees_everything_else() {
        let base = digest(json!({"a": 1, "b": ["x", {"c": null}]}));
        assert_eq!(
            base,
            digest(json!({"b": ["x", {"c": null}], "a": 1, "regprov_head": {}}))
        );
        for other in [
            json!({"a": "1", "b": ["x", {"c": null}]}),
            json!({"a": 1, "b": [{"c": null}, "x"]}),
            json!({"a": 1, "b": ["x", {}]}),
            json!({"a": 1, "b": ["x", {"c": null}], "d": false}),
        ] {
            assert_ne!(base, digest(other));
        }
    }
}
