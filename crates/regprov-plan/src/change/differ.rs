//! The difference between the object as it stands and as it is planned.

use super::{content_equal, same};
use regprov_addr::AttributePath;
use regprov_schema::{Block, NestedBlock, Nesting};
use regprov_value::Value;

/// One attribute or block that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// Which.
    pub(crate) path: AttributePath,
    /// Whether it cannot change in place.
    pub(crate) replaces: bool,
}

/// What changes from one object to the other, attribute by attribute.
pub(crate) fn differences(block: &Block, before: &Value, after: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    collect(block, before, after, (&AttributePath::root(), false), &mut found);
    found
}

fn collect(
    block: &Block,
    before: &Value,
    after: &Value,
    at: (&AttributePath, bool),
    found: &mut Vec<Difference>,
) {
    let (path, replaces) = at;
    for (name, attribute) in &block.attributes {
        let (Some(before), Some(after)) = (before.get(name), after.get(name)) else {
            continue;
        };
        if !same(attribute.meaning, before, after) {
            found.push(Difference {
                path: path.name(*name),
                replaces: attribute.replaces || replaces,
            });
        }
    }
    for (name, nested) in &block.blocks {
        let (Some(before), Some(after)) = (before.get(name), after.get(name)) else {
            continue;
        };
        collect_nested(
            nested,
            before,
            after,
            (&path.name(*name), replaces || nested.replaces),
            found,
        );
    }
}

/// Whether two values of a kind of block mean the same.
pub(crate) fn same_nested(nested: &NestedBlock, before: &Value, after: &Value) -> bool {
    let mut found = Vec::new();
    collect_nested(nested, before, after, (&AttributePath::root(), false), &mut found);
    found.is_empty()
}

fn collect_nested(
    nested: &NestedBlock,
    before: &Value,
    after: &Value,
    at: (&AttributePath, bool),
    found: &mut Vec<Difference>,
) {
    if content_equal(before, after) && after.is_wholly_known() {
        return;
    }
    let (path, replaces) = at;
    let whole = |found: &mut Vec<Difference>| {
        let replaces = replaces || any_replaces(&nested.block);
        found.push(Difference {
            path: path.clone(),
            replaces,
        });
    };
    match nested.nesting {
        Nesting::Single if before.as_entries().is_some() && after.as_entries().is_some() => {
            collect(&nested.block, before, after, at, found);
        }
        Nesting::List => match (before.as_items(), after.as_items()) {
            (Some(old), Some(new)) if old.len() == new.len() => {
                for (index, (old, new)) in old.iter().zip(new).enumerate() {
                    collect(
                        &nested.block,
                        old,
                        new,
                        (&path.index(index as u64), replaces),
                        found,
                    );
                }
            }
            (_, _) => whole(found),
        },
        Nesting::Set => match (before.as_items(), after.as_items()) {
            (Some(old), Some(new)) if equivalent(&nested.block, old, new) => {}
            (_, _) => whole(found),
        },
        Nesting::Single => whole(found),
    }
}

/// Whether two sets of blocks mean the same, each element having its partner.
fn equivalent(block: &Block, old: &[Value], new: &[Value]) -> bool {
    let pairs = |one: &Value, others: &[Value]| {
        others
            .iter()
            .any(|other| differences(block, one, other).is_empty())
    };
    old.len() == new.len()
        && old.iter().all(|item| pairs(item, new))
        && new.iter().all(|item| pairs(item, old))
}

/// Whether coming or going of such a block replaces the object because of something in it.
fn any_replaces(block: &Block) -> bool {
    block
        .attributes
        .values()
        .any(|attribute| attribute.replaces && attribute.is_configurable())
        || block
            .blocks
            .values()
            .any(|nested| nested.replaces || any_replaces(&nested.block))
}
