//! JSON syntax in the form of native syntax.

use super::json_text::{JsonEntry, JsonNode, JsonValue, parse};
use super::{RawAttribute, RawBlock, RawBody, RawExpr, problem};
use crate::codes;
use indexmap::IndexMap;
use regprov_diag::{Diagnostics, SourceId, Span};
use std::sync::Arc;

/// The value that a text is, where it is one.
pub(crate) fn json_root(text: &str) -> Option<JsonNode> {
    parse(text, SourceId(0)).ok()
}

/// Parses a JSON file. Every property is an argument until it is taken out as blocks.
pub(crate) fn parse_json(text: &str, source: SourceId, found: &mut Diagnostics) -> RawBody {
    let empty = RawBody {
        attributes: IndexMap::new(),
        blocks: Vec::new(),
        span: Span::new(source, 0, 0),
    };
    let Some(node) = found.take(parse(text, source)) else {
        return empty;
    };
    let span = node.span.start_point();
    match &node.value {
        JsonValue::Object(entries) => body(entries, span, found),
        JsonValue::Array(items) => {
            let mut whole = empty;
            for item in items {
                if let JsonValue::Object(entries) = &item.value {
                    merge(&mut whole, body(entries, span, found));
                }
            }
            whole
        }
        _ => {
            found.push(problem(
                &codes::SYNTAX,
                node.span,
                "The file must hold a JSON object.",
            ));
            empty
        }
    }
}

/// Properties of the same name make blocks of the same type.
fn merge(into: &mut RawBody, other: RawBody) {
    for (name, attribute) in other.attributes {
        match into.attributes.get_mut(&name) {
            Some(existing) => existing.expr = join(&existing.expr, &attribute.expr),
            None => {
                into.attributes.insert(name, attribute);
            }
        }
    }
}

fn join(first: &RawExpr, second: &RawExpr) -> RawExpr {
    let (RawExpr::Json(one), RawExpr::Json(two)) = (first, second) else {
        return first.clone();
    };
    let span = one.span;
    let items = [one, two].into_iter().flat_map(|node| match &node.value {
        JsonValue::Array(items) => items.clone(),
        _ => vec![JsonNode::clone(node)],
    });
    RawExpr::Json(Arc::new(JsonNode {
        value: JsonValue::Array(items.collect()),
        span,
    }))
}

fn body(entries: &[JsonEntry], span: Span, found: &mut Diagnostics) -> RawBody {
    let mut attributes: IndexMap<Arc<str>, RawAttribute> = IndexMap::new();
    for entry in entries {
        if entry.name == "//" {
            continue;
        }
        let expr = RawExpr::Json(Arc::new(entry.node.clone()));
        let attribute = RawAttribute {
            expr,
            name_span: entry.name_span,
            span: entry.name_span.to(entry.node.span),
        };
        if let Some(first) = attributes.get(entry.name.as_str()) {
            let detail = format!("The property `{}` is set twice in one object.", entry.name);
            found.push(
                problem(&codes::DUPLICATE, entry.name_span, detail)
                    .related(first.name_span, "first set here"),
            );
            continue;
        }
        attributes.insert(entry.name.as_str().into(), attribute);
    }
    RawBody {
        attributes,
        blocks: Vec::new(),
        span,
    }
}

/// Reads a property as blocks with so many labels: one object level per label, arrays repeat.
pub(crate) fn blocks_of(
    kind: &str,
    attribute: &RawAttribute,
    labels: usize,
) -> Result<Vec<RawBlock>, Diagnostics> {
    let RawExpr::Json(node) = &attribute.expr else {
        return Ok(Vec::new());
    };
    let mut found = Diagnostics::new();
    let mut blocks = Vec::new();
    let mut path = Vec::new();
    let mut making = Making {
        kind: kind.into(),
        blocks: &mut blocks,
        found: &mut found,
    };
    making.descend(node, labels, attribute.name_span, &mut path);
    if found.has_errors() {
        Err(found)
    } else {
        Ok(blocks)
    }
}

struct Making<'a> {
    kind: Arc<str>,
    blocks: &'a mut Vec<RawBlock>,
    found: &'a mut Diagnostics,
}

impl Making<'_> {
    fn descend(&mut self, node: &JsonNode, labels: usize, span: Span, path: &mut Vec<(Arc<str>, Span)>) {
        match &node.value {
            JsonValue::Null => {}
            JsonValue::Array(items) => items
                .iter()
                .for_each(|item| self.descend(item, labels, span, path)),
            JsonValue::Object(entries) if labels == 0 => {
                let body = body(entries, span, self.found);
                self.blocks.push(RawBlock {
                    kind: self.kind.clone(),
                    labels: path.clone(),
                    body,
                    span,
                });
            }
            JsonValue::Object(entries) => {
                for entry in entries.iter().filter(|entry| entry.name != "//") {
                    path.push((entry.name.as_str().into(), entry.name_span));
                    self.descend(&entry.node, labels - 1, entry.name_span, path);
                    path.pop();
                }
            }
            JsonValue::Bool(_) | JsonValue::Number(_) | JsonValue::String(_) => {
                let detail = format!(
                    "An object, or an array of objects, is needed for a `{}` block.",
                    self.kind
                );
                self.found.push(problem(&codes::SYNTAX, node.span, detail));
            }
        }
    }
}
