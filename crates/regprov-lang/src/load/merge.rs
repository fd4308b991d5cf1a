//! Override files: they change what other files of the module declare.

use super::condition::refuse_overrides;
use crate::codes;
use crate::raw::{RawBlock, RawBody, RawExpr, problem};
use regprov_diag::Diagnostics;
use std::sync::Arc;

/// Merges the blocks of override files into those that they name, in order.
pub(super) fn overrides(blocks: &mut Vec<RawBlock>, overrides: Vec<RawBlock>, found: &mut Diagnostics) {
    once_per_file(&overrides, found);
    for change in overrides {
        refuse_overrides(&change, found);
        match &*change.kind {
            "locals" => locals(blocks, change, found),
            "terraform" => terraform(blocks, change),
            "check" => {
                let detail =
                    "An override file cannot change a `check` block; change it where it is declared.";
                found.push(problem(&codes::OVERRIDE, change.span, detail));
            }
            "moved" | "import" | "removed" => {
                let detail = format!("A `{}` block cannot stand in an override file.", change.kind);
                found.push(problem(&codes::OVERRIDE, change.span, detail));
            }
            _ => match position(blocks, &change) {
                Some(at) => {
                    if let Some(attribute) = change.body.attributes.get("depends_on") {
                        let detail = "An override file cannot change `depends_on`; change it where the block is declared.";
                        found.push(problem(&codes::OVERRIDE, attribute.name_span, detail));
                    }
                    merge(&mut blocks[at].body, change.body);
                }
                // A provider that has no configuration yet may be configured here.
                None if &*change.kind == "provider" && !change.body.attributes.contains_key("alias") => {
                    blocks.push(change);
                }
                None => {
                    let labels: Vec<String> = change
                        .labels
                        .iter()
                        .map(|(label, _)| format!("{label:?}"))
                        .collect();
                    let detail = format!(
                        "No other file of the module declares `{} {}`.",
                        change.kind,
                        labels.join(" ")
                    );
                    found.push(problem(&codes::OVERRIDE, change.span, detail));
                }
            },
        }
    }
}

/// An override file sets the place of the state once.
fn once_per_file(overrides: &[RawBlock], found: &mut Diagnostics) {
    let terraform = overrides.iter().filter(|block| &*block.kind == "terraform");
    let places = terraform.flat_map(|block| &block.body.blocks);
    let mut seen: Vec<&RawBlock> = Vec::new();
    for place in places.filter(|inner| ["backend", "cloud"].contains(&&*inner.kind)) {
        let same = |other: &&&RawBlock| other.kind == place.kind && other.span.source == place.span.source;
        if let Some(first) = seen.iter().find(same) {
            let detail = format!("An override file has only one `{}` block.", place.kind);
            found.push(
                problem(&codes::DUPLICATE, place.span, detail).related(first.span, "the first one is here"),
            );
        }
        seen.push(place);
    }
}

fn position(blocks: &[RawBlock], change: &RawBlock) -> Option<usize> {
    let alias = |block: &RawBlock| {
        block
            .body
            .attributes
            .get("alias")
            .and_then(|alias| alias.expr.as_string())
    };
    blocks.iter().position(|block| {
        let labels = block
            .labels
            .iter()
            .map(|(label, _)| label)
            .eq(change.labels.iter().map(|(label, _)| label));
        block.kind == change.kind && labels && (&*block.kind != "provider" || alias(block) == alias(change))
    })
}

fn locals(blocks: &mut [RawBlock], change: RawBlock, found: &mut Diagnostics) {
    for (name, attribute) in change.body.attributes {
        let base = blocks
            .iter_mut()
            .filter(|block| &*block.kind == "locals")
            .find_map(|block| block.body.attributes.get_mut(&name));
        match base {
            Some(base) => *base = attribute,
            None => {
                let detail = format!("No other file of the module declares the local value `{name}`.");
                found.push(problem(&codes::OVERRIDE, attribute.name_span, detail));
            }
        }
    }
}

/// Required providers merge by name; another backend takes the place of the one before.
fn terraform(blocks: &mut Vec<RawBlock>, mut change: RawBlock) {
    let sets_backend = ["backend", "cloud"].iter().any(|kind| {
        change.body.attributes.contains_key(*kind)
            || change.body.blocks.iter().any(|block| &*block.kind == *kind)
    });
    let named: Vec<Arc<str>> = change
        .body
        .blocks
        .iter()
        .filter(|block| &*block.kind == "required_providers")
        .flat_map(|block| block.body.attributes.keys().cloned())
        .collect();
    for block in blocks.iter_mut().filter(|block| &*block.kind == "terraform") {
        if sets_backend {
            block
                .body
                .blocks
                .retain(|inner| !["backend", "cloud"].contains(&&*inner.kind));
            block.body.attributes.shift_remove("backend");
        }
        if change.body.attributes.contains_key("required_version") {
            block.body.attributes.shift_remove("required_version");
        }
        for inner in block
            .body
            .blocks
            .iter_mut()
            .filter(|inner| &*inner.kind == "required_providers")
        {
            inner.body.attributes.retain(|name, _| !named.contains(name));
            for required in change.body.take_every_block("required_providers") {
                inner.body.attributes.extend(required.body.attributes);
            }
        }
    }
    blocks.push(change);
}

/// Arguments replace those of the same name; nested blocks replace all of the same type, `lifecycle` merges.
fn merge(base: &mut RawBody, change: RawBody) {
    for (name, attribute) in change.attributes {
        let lifecycle = &*name == "lifecycle" && matches!(attribute.expr, RawExpr::Json(_));
        if !lifecycle {
            base.blocks.retain(|block| made(block) != &*name);
        }
        // `count` and `for_each` exclude each other, so the later one wins.
        match &*name {
            "count" => drop(base.attributes.shift_remove("for_each")),
            "for_each" => drop(base.attributes.shift_remove("count")),
            _ => {}
        }
        base.attributes.insert(name, attribute);
    }
    let kinds: Vec<String> = change.blocks.iter().map(|block| made(block).to_owned()).collect();
    base.blocks
        .retain(|block| made(block) == "lifecycle" || !kinds.iter().any(|kind| kind == made(block)));
    for block in change.blocks {
        let existing = base
            .blocks
            .iter_mut()
            .find(|other| &*other.kind == "lifecycle" && &*block.kind == "lifecycle");
        match existing {
            Some(existing) => merge(&mut existing.body, block.body),
            None => base.blocks.push(block),
        }
    }
}

/// The type of the blocks that a block is or makes.
fn made(block: &RawBlock) -> &str {
    match (&*block.kind, block.labels.first()) {
        ("dynamic", Some((label, _))) => label,
        (kind, _) => kind,
    }
}
