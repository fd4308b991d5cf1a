//! What is observed, joined with what only we know; and whether a result agrees with what was planned.

use super::{content_equal, fits, same};
use regprov_addr::AttributePath;
use regprov_schema::{Block, NestedBlock};
use regprov_value::{Data, Value};
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
        let value = match (
            block.attributes.get(name.as_ref()),
            block.blocks.get(name.as_ref()),
        ) {
            (Some(attribute), _) => {
                let kept = attribute.local
                    || attribute.once && seen.is_null()
                    || attribute.write_only
                    || same(attribute.meaning, before, seen);
                if kept {
                    before.clone()
                } else {
                    seen.clone().marked(before.marks)
                }
            }
            (None, Some(nested)) => merge_nested(nested, seen, before),
            (None, None) => seen.clone(),
        };
        (name.clone(), value)
    });
    Value {
        data: Data::Object(Arc::new(merged.collect::<BTreeMap<_, _>>())),
        marks: observed.marks,
    }
}

fn merge_nested(nested: &NestedBlock, seen: &Value, before: &Value) -> Value {
    if content_equal(seen, before) {
        return before.clone();
    }
    match (&seen.data, &before.data) {
        (Data::Object(_), Data::Object(_)) => merge_observed(&nested.block, seen, before),
        (Data::List(ty, seen), Data::List(_, before)) => {
            let merged = seen
                .iter()
                .enumerate()
                .map(|(index, seen)| match before.get(index) {
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
        let item = match (
            block.attributes.get(name.as_ref()),
            block.blocks.get(name.as_ref()),
        ) {
            (Some(attribute), _) if attribute.sensitive && !item.is_null() => item.clone().sensitive(),
            (None, Some(nested)) => nested_marks(&nested.block, item),
            (_, _) => item.clone(),
        };
        (name.clone(), item)
    });
    Value {
        data: Data::Object(Arc::new(marked.collect::<BTreeMap<_, _>>())),
        marks: value.marks,
    }
}

fn has_sensitive(block: &Block) -> bool {
    block.attributes.values().any(|attribute| attribute.sensitive)
        || block.blocks.values().any(|nested| has_sensitive(&nested.block))
}

fn nested_marks(block: &Block, value: &Value) -> Value {
    let all = |items: &[Value]| {
        items
            .iter()
            .map(|item| schema_marks(block, item))
            .collect::<Vec<_>>()
    };
    match &value.data {
        Data::Object(_) => schema_marks(block, value),
        Data::List(ty, items) => Value::list(ty.clone(), all(items)).marked(value.marks),
        Data::Set(ty, items) if has_sensitive(block) => {
            Value::set(ty.clone(), all(items)).marked(value.marks)
        }
        _ => value.clone(),
    }
}

/// Where an outcome contradicts what was planned: known parts must mean the same, open parts have the planned type.
/// What the remote alone decides may turn out otherwise.
pub(crate) fn contradictions(block: &Block, planned: &Value, outcome: &Value) -> Vec<AttributePath> {
    let Some(entries) = planned.as_entries() else {
        return Vec::new();
    };
    let contradicts = |(name, planned): &(&Arc<str>, &Value)| {
        let Some(outcome) = outcome.get(name) else {
            return true;
        };
        match block.attributes.get(name.as_ref()) {
            Some(attribute) => {
                attribute.is_configurable()
                    && !attribute.computed
                    && !fits(planned, outcome)
                    && !same(attribute.meaning, planned, outcome)
            }
            None => false,
        }
    };
    let found = entries.iter().filter(contradicts);
    found
        .map(|(name, _)| AttributePath::root().name(name.as_ref()))
        .collect()
}

/// The object that an operation gave, as it is to be recorded: arguments keep the user's spelling, what is ours alone is
/// filled in, and what was sensitive in the plan is so here.
pub(crate) fn as_recorded(block: &Block, planned: &Value, outcome: &Value) -> Value {
    let Some(entries) = outcome.as_entries() else {
        return outcome.clone();
    };
    let recorded = entries.iter().map(|(name, value)| {
        let Some(planned) = planned.get(name) else {
            return (name.clone(), value.clone());
        };
        let kept = match block.attributes.get(name.as_ref()) {
            Some(attribute) if attribute.write_only => Value::null(attribute.ty.clone()),
            Some(attribute) if attribute.local || same(attribute.meaning, planned, value) => planned.clone(),
            Some(_) | None => value.clone(),
        };
        (name.clone(), copy_marks(planned, kept))
    });
    let object = Value {
        data: Data::Object(Arc::new(recorded.collect::<BTreeMap<_, _>>())),
        marks: outcome.marks,
    };
    schema_marks(block, &object)
}

/// What a data source answered: as secret as its arguments were, and as its schema says.
pub(crate) fn answered(block: &Block, config: &Value, answer: &Value) -> Value {
    let Some(entries) = answer.as_entries() else {
        return answer.clone();
    };
    let marked = entries.iter().map(|(name, value)| match config.get(name) {
        Some(given) => (name.clone(), copy_marks(given, value.clone())),
        None => (name.clone(), value.clone()),
    });
    let object = Value {
        data: Data::Object(Arc::new(marked.collect::<BTreeMap<_, _>>())),
        marks: answer.marks | config.marks,
    };
    schema_marks(block, &object)
}

/// The value with the marks that another of the same form has; where the forms differ the whole is marked.
fn copy_marks(from: &Value, to: Value) -> Value {
    let deep = from.marks_deep();
    if deep.is_empty() {
        return to;
    }
    let marks = to.marks | from.marks;
    let data = match (&from.data, to.data) {
        (Data::Object(from), Data::Object(to)) => Data::Object(Arc::new(copy_entries(from, &to))),
        (Data::Map(_, from), Data::Map(ty, to)) => Data::Map(ty, Arc::new(copy_entries(from, &to))),
        (Data::List(_, from), Data::List(ty, to)) if from.len() == to.len() => {
            Data::List(ty, Arc::new(copy_items(from, &to)))
        }
        (Data::Tuple(from), Data::Tuple(to)) if from.len() == to.len() => {
            Data::Tuple(Arc::new(copy_items(from, &to)))
        }
        (_, other) => {
            return Value {
                data: other,
                marks: marks | deep,
            };
        }
    };
    Value { data, marks }
}

fn copy_entries(
    from: &BTreeMap<Arc<str>, Value>,
    to: &BTreeMap<Arc<str>, Value>,
) -> BTreeMap<Arc<str>, Value> {
    let copied = to.iter().map(|(name, value)| match from.get(name) {
        Some(from) => (name.clone(), copy_marks(from, value.clone())),
        None => (name.clone(), value.clone()),
    });
    copied.collect()
}

fn copy_items(from: &[Value], to: &[Value]) -> Vec<Value> {
    from.iter()
        .zip(to)
        .map(|(from, to)| copy_marks(from, to.clone()))
        .collect()
}
