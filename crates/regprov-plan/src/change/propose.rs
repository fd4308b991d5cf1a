//! The proposed value of an object: what the configuration says, and what the prior object keeps.

use super::{content_equal, same, same_nested};
use regprov_addr::{AttributeStep, InstanceKey};
use regprov_schema::{Attribute, Block, NestedBlock, Nesting};
use regprov_value::{Data, Marks, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The proposed value of an object of `block`. Without a prior object what the remote decides is known after apply.
/// Where the configuration means the same as the prior object, the prior spelling stays.
pub(crate) fn propose(block: &Block, config: &Value, prior: Option<&Value>) -> Value {
    let Some(config_entries) = config.as_entries() else {
        return config.clone();
    };
    let mut object: BTreeMap<Arc<str>, Value> = BTreeMap::new();
    for (name, given) in config_entries {
        let before = prior.and_then(|prior| prior.get(name));
        let proposed = match (
            block.attributes.get(name.as_ref()),
            block.blocks.get(name.as_ref()),
        ) {
            (Some(attribute), _) => propose_attribute(attribute, given, before),
            (None, Some(nested)) => propose_nested(nested, given, before),
            (None, None) => given.clone(),
        };
        object.insert(name.clone(), proposed);
    }
    Value {
        data: Data::Object(Arc::new(object)),
        marks: config.marks,
    }
}

/// The arguments of what is only read, with the defaults of those that are left away.
pub(crate) fn with_defaults(block: &Block, config: &Value) -> Value {
    let defaults = block
        .attributes
        .iter()
        .filter_map(|(name, attribute)| Some((*name, attribute.default.as_ref()?)));
    let Data::Object(entries) = &config.data else {
        return config.clone();
    };
    let mut entries = Arc::clone(entries);
    for (name, default) in defaults {
        if config.get(name).is_some_and(Value::is_null) {
            Arc::make_mut(&mut entries).insert(name.into(), default.clone());
        }
    }
    Value {
        data: Data::Object(entries),
        marks: config.marks,
    }
}

fn propose_attribute(attribute: &Attribute, given: &Value, prior: Option<&Value>) -> Value {
    if attribute.write_only {
        return Value::null(attribute.ty.clone());
    }
    let wanted = if given.is_null() {
        match (&attribute.default, attribute.computed) {
            (Some(default), _) => default.clone(),
            (None, true) => {
                return prior.map_or_else(|| Value::unknown(attribute.ty.clone()), Clone::clone);
            }
            (None, false) => given.clone(),
        }
    } else {
        given.clone()
    };
    match prior {
        // The same in another spelling stays as it is spelled.
        Some(prior) if same(attribute.meaning, prior, &wanted) && !content_equal(prior, &wanted) => {
            prior.clone().marked(wanted.marks).marked(hidden(&wanted))
        }
        Some(_) | None => wanted,
    }
}

/// Sensitive marks inside a value, which move to the whole where another spelling takes its place.
fn hidden(value: &Value) -> Marks {
    if value.marks.contains(Marks::SENSITIVE) || value.as_items().is_none() && value.as_entries().is_none() {
        return Marks::NONE;
    }
    value.marks_deep()
}

fn propose_nested(nested: &NestedBlock, given: &Value, prior: Option<&Value>) -> Value {
    let marks = given.marks;
    let kept = |prior: Option<&Value>| prior.filter(|prior| !prior.is_null()).cloned();
    match (&given.data, nested.nesting) {
        (Data::Unknown(_), _) => given.clone(),
        (Data::Null(_), _) => match kept(prior) {
            Some(prior) if nested.computed => prior,
            Some(_) | None => given.clone(),
        },
        (_, Nesting::Single) => {
            propose(&nested.block, given, prior.filter(|prior| !prior.is_null())).marked(marks)
        }
        (Data::List(_, items), Nesting::List) => {
            if items.is_empty() && nested.computed {
                return computed_blocks(nested, prior);
            }
            let before = prior.and_then(Value::as_items).unwrap_or(&[]);
            let proposed = items
                .iter()
                .enumerate()
                .map(|(index, item)| propose(&nested.block, item, before.get(index)));
            Value::list(nested.block.implied_type(), proposed.collect()).marked(marks)
        }
        (Data::Set(_, items), Nesting::Set) => {
            if items.is_empty() && nested.computed {
                return computed_blocks(nested, prior);
            }
            let before = prior.and_then(Value::as_items).unwrap_or(&[]);
            let proposed = items.iter().map(|item| {
                let partner = before
                    .iter()
                    .find(|candidate| corresponds(&nested.block, item, candidate));
                propose(&nested.block, item, partner)
            });
            Value::set(nested.block.implied_type(), proposed.collect()).marked(marks)
        }
        (_, Nesting::List | Nesting::Set) => given.clone(),
    }
}

/// Blocks that the remote decides: as before, or known after apply.
fn computed_blocks(nested: &NestedBlock, prior: Option<&Value>) -> Value {
    prior.map_or_else(|| Value::unknown(nested.implied_type()), Clone::clone)
}

/// Whether an element of a set could be the same object as a prior one: all that the configuration sets is the same.
fn corresponds(block: &Block, given: &Value, prior: &Value) -> bool {
    let attributes = block.attributes.iter().all(|(name, attribute)| {
        let (Some(given), Some(prior)) = (given.get(name), prior.get(name)) else {
            return false;
        };
        let left_open = given.is_null() && (attribute.computed || attribute.default.is_some());
        left_open || same(attribute.meaning, given, prior)
    });
    let nested = || {
        block
            .blocks
            .keys()
            .all(|name| match (given.get(name), prior.get(name)) {
                (Some(given), Some(prior)) => content_equal(given, prior),
                (_, _) => false,
            })
    };
    attributes && nested()
}

/// Opens computed attributes again whose `recomputed_by` arguments change, until nothing more follows.
pub(crate) fn reopen(block: &Block, config: &Value, prior: &Value, planned: Value) -> Value {
    let mut planned = reopen_nested(block, config, prior, planned);
    loop {
        let changed = |name: &str| match (prior.get(name), planned.get(name)) {
            (Some(before), Some(after)) => match (block.attributes.get(name), block.blocks.get(name)) {
                (Some(attribute), _) => !same(attribute.meaning, before, after),
                (None, Some(nested)) => !same_nested(nested, before, after),
                (None, None) => !content_equal(before, after),
            },
            (_, _) => false,
        };
        let open: Vec<&'static str> = block
            .attributes
            .iter()
            .filter(|(name, attribute)| {
                let decided_remotely = attribute.computed && config.get(name).is_none_or(Value::is_null);
                let known = planned.get(name).is_some_and(Value::is_known);
                decided_remotely && known && attribute.recomputed_by.iter().any(|cause| changed(cause))
            })
            .map(|(name, _)| *name)
            .collect();
        if open.is_empty() {
            return planned;
        }
        for name in open {
            let ty = block.attributes[name].ty.clone();
            planned = set_at(
                planned,
                &[AttributeStep::Name(name.to_owned())],
                Value::unknown(ty),
            );
        }
    }
}

/// The same inside nested blocks; of a list, the block at the same place is the same one.
fn reopen_nested(block: &Block, config: &Value, prior: &Value, planned: Value) -> Value {
    let opens = |block: &Block| {
        block
            .attributes
            .values()
            .any(|attribute| !attribute.recomputed_by.is_empty())
    };
    block
        .blocks
        .iter()
        .filter(|(_, nested)| opens(&nested.block))
        .fold(planned, |planned, (name, nested)| {
            let (Some(given), Some(before), Some(after)) =
                (config.get(name), prior.get(name), planned.get(name))
            else {
                return planned;
            };
            let opened = match (&given.data, &before.data, &after.data) {
                (Data::Object(_), Data::Object(_), Data::Object(_)) => {
                    reopen(&nested.block, given, before, after.clone())
                }
                (Data::List(_, given), Data::List(_, before), Data::List(ty, items)) => {
                    let opened = items.iter().enumerate().map(|(index, item)| {
                        match (given.get(index), before.get(index)) {
                            (Some(given), Some(before)) => reopen(&nested.block, given, before, item.clone()),
                            (_, _) => item.clone(),
                        }
                    });
                    Value::list(ty.clone(), opened.collect()).marked(after.marks)
                }
                (_, _, _) => return planned,
            };
            set_at(planned, &[AttributeStep::Name((*name).to_owned())], opened)
        })
}

/// The value with another value at a path; unchanged where the path leads nowhere.
pub(crate) fn set_at(value: Value, path: &[AttributeStep], new: Value) -> Value {
    let Some((step, rest)) = path.split_first() else {
        return new;
    };
    let marks = value.marks;
    let data = match (value.data, step) {
        (Data::Object(mut entries), AttributeStep::Name(name)) => {
            set_entry(&mut entries, name, rest, new);
            Data::Object(entries)
        }
        (
            Data::Map(ty, mut entries),
            AttributeStep::Name(name) | AttributeStep::Index(InstanceKey::String(name)),
        ) => {
            set_entry(&mut entries, name, rest, new);
            Data::Map(ty, entries)
        }
        (Data::List(ty, mut items), AttributeStep::Index(InstanceKey::Int(index))) => {
            set_item(&mut items, *index, rest, new);
            Data::List(ty, items)
        }
        (Data::Tuple(mut items), AttributeStep::Index(InstanceKey::Int(index))) => {
            set_item(&mut items, *index, rest, new);
            Data::Tuple(items)
        }
        (other, _) => other,
    };
    Value { data, marks }
}

fn set_entry(entries: &mut Arc<BTreeMap<Arc<str>, Value>>, name: &str, rest: &[AttributeStep], new: Value) {
    if let Some(item) = Arc::make_mut(entries).get_mut(name) {
        *item = set_at(item.clone(), rest, new);
    }
}

fn set_item(items: &mut Arc<Vec<Value>>, index: u64, rest: &[AttributeStep], new: Value) {
    let index = usize::try_from(index).unwrap_or(usize::MAX);
    if let Some(item) = Arc::make_mut(items).get_mut(index) {
        *item = set_at(item.clone(), rest, new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use regprov_value::Type;

    fn block() -> Block {
        let mut block = Block::default();
        let name = Attribute {
            required: true,
            ..Attribute::new(Type::String)
        };
        let id = Attribute {
            computed: true,
            ..Attribute::new(Type::String)
        };
        let url = Attribute {
            computed: true,
            recomputed_by: &["name"],
            ..Attribute::new(Type::String)
        };
        block.attributes = BTreeMap::from([("name", name), ("id", id), ("url", url)]);
        block
    }

    fn config(name: &str) -> Value {
        let null = || Value::null(Type::String);
        Value::object([("name", Value::from(name)), ("id", null()), ("url", null())])
    }

    #[test]
    fn computed_values_stay_unless_recomputed() {
        let prior = Value::object([
            ("name", Value::from("a")),
            ("id", "1".into()),
            ("url", "u/a".into()),
        ]);
        let kept = propose(&block(), &config("b"), Some(&prior));
        assert_eq!(kept.get("url"), Some(&Value::from("u/a")));
        let opened = reopen(&block(), &config("b"), &prior, kept);
        assert_eq!(opened.get("url"), Some(&Value::unknown(Type::String)));
        assert_eq!(opened.get("id"), Some(&Value::from("1")));
    }

    #[test]
    fn a_computed_value_in_a_nested_block_is_opened_by_a_change_beside_it_only() {
        let mut outer = Block::default();
        let nested = NestedBlock {
            nesting: Nesting::List,
            block: block(),
            min_items: 0,
            max_items: 0,
            replaces: false,
            computed: false,
        };
        outer.blocks.insert("slot", nested);
        let list = |items: Vec<Value>| Value::object([("slot", Value::list(block().implied_type(), items))]);
        let slot = |name: &str| {
            Value::object([
                ("name", Value::from(name)),
                ("id", "1".into()),
                ("url", "u".into()),
            ])
        };
        let prior = list(vec![slot("a"), slot("b")]);
        let written = list(vec![config("a"), config("c")]);
        let planned = reopen(&outer, &written, &prior, propose(&outer, &written, Some(&prior)));
        let slots = planned.get("slot").and_then(Value::as_items).unwrap();
        assert_eq!(slots[0].get("url"), Some(&Value::from("u")));
        assert_eq!(slots[1].get("url"), Some(&Value::unknown(Type::String)));
    }

    #[test]
    fn a_new_object_has_computed_values_after_apply() {
        let planned = propose(&block(), &config("a"), None);
        assert!(!planned.get("id").unwrap().is_known());
    }
}
