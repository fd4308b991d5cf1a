//! What is observed, joined with what only we know; and whether a result agrees with what was planned.

use super::{content_equal, same};
use regprov_addr::AttributePath;
use regprov_schema::{Block, NestedBlock};
use regprov_value::{Data, Type, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The object as observed, where attributes that are told once or are ours alone keep the recorded value, and so do
/// those whose observed value means the same.
pub(crate) fn merge_observed(block: &Block, observed: &Value, prior: &Value) -> Value {
    let Some(entries) = observed.as_entries() else {
        return observed.clone();
    };
    let merged = entries.iter().map(|(name, seen)| {
        let Some(before) = prior.get(name) else {
            return (name.clone(), seen.clone());
        };
        let value = match (block.attributes.get(name.as_ref()), block.blocks.get(name.as_ref())) {
            (Some(attribute), _) => {
                let kept = attribute.local
                    || attribute.once && seen.is_null()
                    || attribute.write_only
                    || same(attribute.meaning, before, seen);
                if kept { before.clone() } else { seen.clone().marked(before.marks) }
            }
            (None, Some(nested)) => merge_nested(nested, seen, before),
            (None, None) => seen.clone(),
        };
        (name.clone(), value)
    });
    Value { data: Data::Object(Arc::new(merged.collect::<BTreeMap<_, _>>())), marks: observed.marks }
}

fn merge_nested(nested: &NestedBlock, seen: &Value, before: &Value) -> Value {
    if content_equal(seen, before) {
        return before.clone();
    }
    match (&seen.data, &before.data) {
        (Data::Object(_), Data::Object(_)) => merge_observed(&nested.block, seen, before),
        (Data::List(ty, seen), Data::List(_, before)) => {
            let merged = seen.iter().enumerate().map(|(index, seen)| match before.get(index) {
                Some(before) => merge_observed(&nested.block, seen, before),
                None => seen.clone(),
            });
            Value::list(ty.clone(), merged.collect())
        }
        (_, _) => seen.clone(),
    }
}

/// The object with the marks that the schema asks for.
pub(crate) fn schema_marks(block: &Block, value: &Value) -> Value {
    if !has_sensitive(block) {
        return value.clone();
    }
    let Some(entries) = value.as_entries() else {
        return value.clone();
    };
    let marked = entries.iter().map(|(name, item)| {
        let item = match (block.attributes.get(name.as_ref()), block.blocks.get(name.as_ref())) {
            (Some(attribute), _) if attribute.sensitive && !item.is_null() => item.clone().sensitive(),
            (None, Some(nested)) => nested_marks(&nested.block, item),
            (_, _) => item.clone(),
        };
        (name.clone(), item)
    });
    Value { data: Data::Object(Arc::new(marked.collect::<BTreeMap<_, _>>())), marks: value.marks }
}

fn has_sensitive(block: &Block) -> bool {
    block.attributes.values().any(|attribute| attribute.sensitive)
        || block.blocks.values().any(|nested| has_sensitive(&nested.block))
}

fn nested_marks(block: &Block, value: &Value) -> Value {
    let all = |items: &[Value]| items.iter().map(|item| schema_marks(block, item)).collect::<Vec<_>>();
    match &value.data {
        Data::Object(_) => schema_marks(block, value),
        Data::List(ty, items) => Value::list(ty.clone(), all(items)).marked(value.marks),
        Data::Set(ty, items) if has_sensitive(block) => Value::set(ty.clone(), all(items)).marked(value.marks),
        _ => value.clone(),
    }
}

/// Where an outcome contradicts what was planned: known parts must mean the same, open parts have the planned type.
pub(crate) fn agree(block: &Block, planned: &Value, outcome: &Value) -> Vec<AttributePath> {
    let mut found = Vec::new();
    let Some(entries) = planned.as_entries() else {
        return found;
    };
    for (name, planned) in entries {
        let path = AttributePath::root().name(name.as_ref());
        let Some(outcome) = outcome.get(name) else {
            found.push(path);
            continue;
        };
        let meets = match block.attributes.get(name.as_ref()) {
            Some(attribute) => fits(planned, outcome) || same(attribute.meaning, planned, outcome),
            None => fits(planned, outcome),
        };
        if !meets {
            found.push(path);
        }
    }
    found
}

/// Whether a value can be what a partly open value becomes.
fn fits(planned: &Value, outcome: &Value) -> bool {
    match (&planned.data, &outcome.data) {
        (Data::Unknown(unknown), _) => {
            unknown.ty == Type::Dynamic || unknown.ty.has_dynamic() || outcome.is_null() || outcome.ty() == unknown.ty
        }
        (Data::Set(_, a), Data::Set(_, b)) => {
            let open = a.iter().any(|item| !item.is_wholly_known());
            open || content_equal(planned, outcome) || (a.len() == b.len() && a.iter().all(|a| b.iter().any(|b| fits(a, b))))
        }
        (Data::List(_, a) | Data::Tuple(a), Data::List(_, b) | Data::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| fits(a, b))
        }
        (Data::Map(_, a) | Data::Object(a), Data::Map(_, b) | Data::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| fits(a, b)))
        }
        (_, _) => content_equal(planned, outcome),
    }
}
