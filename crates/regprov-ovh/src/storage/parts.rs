//! The parts of a bucket as objects of the schema. What a configuration leaves away in them, the service decides.

use super::wire;
use regprov_schema::{Computed, FieldType, Schema, Schematic};
use regprov_value::{ObjectType, Type, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The type of an object in which everything that is not required may be left away.
fn object<S: Schematic>() -> Type {
    let block = S::block();
    let Type::Object(object) = block.implied_type() else {
        return block.implied_type();
    };
    let optional = block
        .attributes
        .iter()
        .filter(|(_, attribute)| attribute.optional)
        .map(|(name, _)| Arc::from(*name));
    Type::Object(Arc::new(ObjectType {
        attributes: object.attributes.clone(),
        optional: optional.collect(),
    }))
}

/// How the objects of a bucket's content are encrypted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Encryption {
    /// `AES256` or `plaintext`.
    sse_algorithm: Option<String>,
}

/// Whether earlier versions of objects are kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Versioning {
    /// `enabled`, `suspended` or `disabled`.
    status: Option<String>,
}

/// Whether objects can be held.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct ObjectLock {
    /// How new objects are held.
    rule: Option<LockRule>,
    /// `enabled` or `disabled`.
    status: Option<String>,
}

/// How new objects are held.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct LockRule {
    /// `governance` or `compliance`.
    mode: Option<String>,
    /// How long: `P30D`.
    period: Option<String>,
}

/// Where objects are copied to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Replication {
    /// The rules.
    rules: Option<Vec<Rule>>,
}

/// Which objects are copied where.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Rule {
    /// Whether deletions are copied: `enabled` or `disabled`.
    delete_marker_replication: Option<String>,
    /// Where to.
    destination: Option<Destination>,
    /// Which objects.
    filter: Option<Filter>,
    /// What it is called.
    id: Option<String>,
    /// Which rule counts where several fit.
    priority: Option<i64>,
    /// `enabled` or `disabled`.
    status: Option<String>,
}

/// Where objects are copied to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Destination {
    /// The bucket.
    name: String,
    /// Its region.
    region: String,
    /// Whether the copies go with the bucket.
    remove_on_main_bucket_deletion: Option<bool>,
    /// How the copies are stored.
    storage_class: Option<String>,
}

/// Which objects a rule is for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Filter {
    /// How their keys begin.
    prefix: Option<String>,
    /// Tags that they have.
    tags: Option<BTreeMap<String, String>>,
}

/// An object of a bucket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Object {
    etag: Computed<String>,
    is_delete_marker: Computed<bool>,
    is_latest: Computed<bool>,
    key: Computed<String>,
    last_modified: Computed<String>,
    size: Computed<u64>,
    storage_class: Computed<String>,
    version_id: Computed<String>,
}

macro_rules! objects {
    ($($name:ty),* $(,)?) => {
        $(impl FieldType for $name {
            fn ty() -> Type {
                object::<$name>()
            }
        })*
    };
}
objects!(
    Encryption,
    Versioning,
    ObjectLock,
    LockRule,
    Replication,
    Rule,
    Destination,
    Filter,
    Object
);

impl From<wire::Object> for Object {
    fn from(wire: wire::Object) -> Self {
        Self {
            etag: Computed(wire.etag),
            is_delete_marker: Computed(wire.is_delete_marker),
            is_latest: Computed(wire.is_latest),
            key: Computed::known(wire.key),
            last_modified: Computed(wire.last_modified),
            size: Computed(wire.size),
            storage_class: Computed(wire.storage_class),
            version_id: Computed(wire.version_id),
        }
    }
}

impl From<wire::Encryption> for Encryption {
    fn from(wire: wire::Encryption) -> Self {
        Self {
            sse_algorithm: wire.sse_algorithm,
        }
    }
}

impl From<&Encryption> for wire::Encryption {
    fn from(object: &Encryption) -> Self {
        Self {
            sse_algorithm: object.sse_algorithm.clone(),
        }
    }
}

impl From<wire::Versioning> for Versioning {
    fn from(wire: wire::Versioning) -> Self {
        Self { status: wire.status }
    }
}

impl From<&Versioning> for wire::Versioning {
    fn from(object: &Versioning) -> Self {
        Self {
            status: object.status.clone(),
        }
    }
}

impl From<wire::ObjectLock> for ObjectLock {
    fn from(wire: wire::ObjectLock) -> Self {
        Self {
            rule: wire.rule.map(|rule| LockRule {
                mode: rule.mode,
                period: rule.period,
            }),
            status: wire.status,
        }
    }
}

impl From<&ObjectLock> for wire::ObjectLock {
    fn from(object: &ObjectLock) -> Self {
        Self {
            status: object.status.clone(),
            rule: object.rule.as_ref().map(|rule| wire::LockRule {
                mode: rule.mode.clone(),
                period: rule.period.clone(),
            }),
        }
    }
}

impl From<wire::Replication> for Replication {
    fn from(wire: wire::Replication) -> Self {
        let rules = wire.rules.unwrap_or_default().into_iter().map(|rule| Rule {
            delete_marker_replication: rule.delete_marker_replication,
            destination: rule.destination.map(|to| Destination {
                name: to.name,
                region: to.region,
                remove_on_main_bucket_deletion: to.remove_on_main_bucket_deletion,
                storage_class: to.storage_class,
            }),
            filter: rule.filter.map(|filter| Filter {
                prefix: filter.prefix,
                tags: filter.tags,
            }),
            id: rule.id,
            priority: rule.priority,
            status: rule.status,
        });
        Self {
            rules: Some(rules.collect()),
        }
    }
}

impl From<&Replication> for wire::Replication {
    fn from(object: &Replication) -> Self {
        let rules = object.rules.iter().flatten().map(|rule| wire::Rule {
            id: rule.id.clone(),
            status: rule.status.clone(),
            priority: rule.priority,
            filter: rule.filter.as_ref().map(|filter| wire::Filter {
                prefix: filter.prefix.clone(),
                tags: filter.tags.clone(),
            }),
            destination: rule.destination.as_ref().map(|to| wire::Destination {
                name: to.name.clone(),
                region: to.region.clone(),
                storage_class: to.storage_class.clone(),
                remove_on_main_bucket_deletion: to.remove_on_main_bucket_deletion,
            }),
            delete_marker_replication: rule.delete_marker_replication.clone(),
        });
        Self {
            rules: Some(rules.collect()),
        }
    }
}

/// Whether two parts agree in what both say: what one of them leaves away, the service decides. `P7D` is `P1W`.
pub(super) fn agree(left: &Value, right: &Value) -> bool {
    if left.is_null() || right.is_null() {
        return true;
    }
    if let (Some(left), Some(right)) = (left.as_entries(), right.as_entries()) {
        return left
            .iter()
            .all(|(name, value)| right.get(name).is_none_or(|other| agree(value, other)));
    }
    if let (Some(left), Some(right)) = (left.as_items(), right.as_items()) {
        return left.len() == right.len() && left.iter().zip(right).all(|(left, right)| agree(left, right));
    }
    match (left.as_str().and_then(days), right.as_str().and_then(days)) {
        (Some(left), Some(right)) => left == right,
        (_, _) => left == right,
    }
}

/// Years, months and days of a duration in which weeks count as seven days.
fn days(text: &str) -> Option<(u64, u64, u64)> {
    let mut rest = text.strip_prefix('P').filter(|rest| !rest.is_empty())?;
    let mut sum = (0, 0, 0);
    while !rest.is_empty() {
        let at = rest.find(|letter: char| !letter.is_ascii_digit())?;
        let number: u64 = rest.get(..at)?.parse().ok()?;
        match rest.get(at..=at)? {
            "Y" => sum.0 += number,
            "M" => sum.1 += number,
            "W" => sum.2 += 7 * number,
            "D" => sum.2 += number,
            _ => return None,
        }
        rest = rest.get(at + 1..)?;
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seven_days_are_a_week_and_what_is_left_away_agrees() {
        let lock = |period: Option<&str>| {
            let period = period.map_or_else(|| Value::null(Type::String), Value::string);
            Value::object([("period", period), ("mode", Value::string("governance"))])
        };
        assert!(agree(&lock(Some("P7D")), &lock(Some("P1W"))));
        assert!(agree(&lock(None), &lock(Some("P1W"))));
        assert!(!agree(&lock(Some("P8D")), &lock(Some("P1W"))));
    }
}
