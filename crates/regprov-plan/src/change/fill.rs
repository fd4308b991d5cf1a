//! The planned object with what has become known since.

use super::same;
use regprov_addr::AttributePath;
use regprov_schema::{Block, Nesting};
use regprov_value::{Data, Type, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The planned object where open parts take what the arguments say now; what the remote decides becomes null. The paths
/// name arguments that turned out otherwise than planned.
pub(crate) fn fill(block: &Block, planned: &Value, config: &Value) -> (Value, Vec<AttributePath>) {
    let mut contradictions = Vec::new();
    let filled = fill_block(
        block,
        planned,
        config,
        &AttributePath::root(),
        &mut contradictions,
    );
    (filled, contradictions)
}

fn fill_block(
    block: &Block,
    planned: &Value,
    config: &Value,
    at: &AttributePath,
    found: &mut Vec<AttributePath>,
) -> Value {
    let Some(entries) = planned.as_entries() else {
        return config.clone();
    };
    let filled = entries.iter().map(|(name, planned)| {
        if planned.is_wholly_known() {
            return (name.clone(), planned.clone());
        }
        let here = || at.name(name.as_ref());
        let value = match (
            config.get(name),
            block.attributes.get(name.as_ref()),
            block.blocks.get(name.as_ref()),
        ) {
            (Some(given), Some(attribute), _) if !given.is_null() => {
                if !fits(planned, given) && !same(attribute.meaning, planned, given) {
                    found.push(here());
                }
                given.clone().marked(planned.marks)
            }
            (Some(given), None, Some(nested)) => {
                fill_nested((nested.nesting, &nested.block), planned, given, (&here(), found))
            }
            (_, _, _) => close(planned),
        };
        (name.clone(), value)
    });
    Value {
        data: Data::Object(Arc::new(filled.collect::<BTreeMap<_, _>>())),
        marks: planned.marks,
    }
}

fn fill_nested(
    nested: (Nesting, &Block),
    planned: &Value,
    given: &Value,
    at: (&AttributePath, &mut Vec<AttributePath>),
) -> Value {
    let ((nesting, block), (path, found)) = (nested, at);
    match (nesting, &planned.data, &given.data) {
        (Nesting::Single, Data::Object(_), Data::Object(_)) => fill_block(block, planned, given, path, found),
        (Nesting::List, Data::List(ty, old), Data::List(_, new)) => {
            if old.len() != new.len() {
                found.push(path.clone());
                return given.clone();
            }
            let items = old
                .iter()
                .zip(new.iter())
                .enumerate()
                .map(|(index, (old, new))| fill_block(block, old, new, &path.index(index as u64), found));
            Value::list(ty.clone(), items.collect()).marked(given.marks)
        }
        (Nesting::List | Nesting::Set, Data::Unknown(_), Data::List(_, items) | Data::Set(_, items))
            if items.is_empty() =>
        {
            close(planned)
        }
        (_, _, _) => given.clone(),
    }
}

/// The value with null for everything open.
fn close(value: &Value) -> Value {
    value.map_nodes(&mut |node| match &node.data {
        Data::Unknown(unknown) => Value::null(unknown.ty.clone()).marked(node.marks),
        _ => node,
    })
}

/// Whether a value can be what a partly open value becomes.
pub(crate) fn fits(planned: &Value, outcome: &Value) -> bool {
    match (&planned.data, &outcome.data) {
        (Data::Unknown(unknown), _) => {
            may_become(&unknown.ty, outcome)
                && unknown
                    .refinements
                    .prefix
                    .as_deref()
                    .is_none_or(|prefix| outcome.as_str().is_none_or(|text| text.starts_with(prefix)))
        }
        (Data::Set(_, a), Data::Set(_, b)) => {
            let open = a.iter().any(|item| !item.is_wholly_known());
            open || super::content_equal(planned, outcome)
                || (a.len() == b.len() && a.iter().all(|a| b.iter().any(|b| fits(a, b))))
        }
        (Data::List(_, a) | Data::Tuple(a), Data::List(_, b) | Data::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| fits(a, b))
        }
        (Data::Map(_, a) | Data::Object(a), Data::Map(_, b) | Data::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| fits(a, b)))
        }
        (_, _) => super::content_equal(planned, outcome),
    }
}

fn may_become(ty: &Type, outcome: &Value) -> bool {
    ty.has_dynamic() || outcome.is_null() || !outcome.is_known() || outcome.ty() == *ty
}
