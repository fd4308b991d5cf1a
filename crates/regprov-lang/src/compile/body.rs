//! Bodies of blocks.

use super::{Names, compile};
use crate::body::JsonBlocks;
use crate::raw::{RawAttribute, RawBlock, RawBody, RawExpr, blocks_of, problem};
use crate::{Attribute, BlockNode, Body, Dynamic, codes};
use indexmap::IndexMap;
use regprov_diag::{Diagnostics, Span};
use std::sync::{Arc, OnceLock};

/// Compiles a body in which these names are bound.
pub(crate) fn compile_body(raw: RawBody, names: &Names, found: &mut Diagnostics) -> Body {
    let mut attributes = IndexMap::with_capacity(raw.attributes.len());
    let mut blocks = Vec::with_capacity(raw.blocks.len());
    for (name, attribute) in raw.attributes {
        if &*name == "dynamic" && matches!(attribute.expr, RawExpr::Json(_)) {
            let raw = found
                .take(blocks_of("dynamic", &attribute, 1))
                .unwrap_or_default();
            blocks.extend(raw.into_iter().filter_map(|block| dynamic(block, names, found)));
            continue;
        }
        let compiled = compile_attribute(&attribute, names, found);
        attributes.insert(name, compiled);
    }
    for block in raw.blocks {
        blocks.extend(compile_block(block, names, found));
    }
    Body {
        attributes,
        blocks,
        span: raw.span,
    }
}

fn compile_attribute(attribute: &RawAttribute, names: &Names, found: &mut Diagnostics) -> Attribute {
    let expr = compile(&attribute.expr, names, found);
    let json = match &attribute.expr {
        RawExpr::Hcl(..) => None,
        RawExpr::Json(_) => {
            let raw = attribute.expr.clone();
            Some(Arc::new(JsonBlocks {
                raw,
                names: names.clone(),
                compiled: OnceLock::new(),
            }))
        }
    };
    Attribute {
        expr,
        name_span: attribute.name_span,
        span: attribute.span,
        json,
    }
}

/// Compiles a nested block; `None` where it was reported as broken.
pub(crate) fn compile_block(block: RawBlock, names: &Names, found: &mut Diagnostics) -> Option<BlockNode> {
    if &*block.kind == "dynamic" {
        return dynamic(block, names, found);
    }
    let labels = block.labels.into_iter().map(|(label, _)| label).collect();
    let body = compile_body(block.body, names, found);
    Some(BlockNode {
        kind: block.kind,
        labels,
        body,
        dynamic: None,
        span: block.span,
    })
}

fn dynamic(block: RawBlock, names: &Names, found: &mut Diagnostics) -> Option<BlockNode> {
    let span = block.span;
    let broken = |found: &mut Diagnostics, at: Span, detail: &str| {
        found.push(problem(&codes::DYNAMIC, at, detail));
        None
    };
    let [(kind, _)] = block.labels.as_slice() else {
        return broken(
            found,
            span,
            "A `dynamic` block has one label: the type of the blocks that it makes.",
        );
    };
    let kind = kind.clone();
    let mut body = block.body;
    let Some(for_each) = body.take("for_each") else {
        return broken(found, span, "A `dynamic` block needs the argument `for_each`.");
    };
    let for_each = compile(&for_each.expr, names, found);
    let iterator = match body.take("iterator") {
        None => kind.clone(),
        Some(given) => match given.expr.as_written() {
            Some(name) if regprov_addr::is_identifier(&name) => name.as_str().into(),
            Some(_) | None => {
                return broken(found, given.span, "`iterator` is a name, written without quotes.");
            }
        },
    };
    let labels = body.take("labels");
    let mut contents = body.take_blocks("content", 0, found);
    let (Some(content), true) = (contents.pop(), contents.is_empty()) else {
        return broken(
            found,
            span,
            "A `dynamic` block needs exactly one `content` block, which holds the arguments of the blocks that it makes.",
        );
    };
    body.finish(
        "a `dynamic` block",
        &["for_each", "iterator", "labels", "content"],
        found,
    );
    let mut inner = names.clone();
    inner.push(iterator.clone());
    let labels = labels
        .and_then(|labels| labels.expr.as_list())
        .unwrap_or_default();
    let labels = labels.iter().map(|label| compile(label, &inner, found)).collect();
    let body = compile_body(content.body, &inner, found);
    Some(BlockNode {
        kind,
        labels: Vec::new(),
        body,
        dynamic: Some(Dynamic {
            for_each,
            iterator,
            labels,
        }),
        span,
    })
}

impl JsonBlocks {
    /// The property as nested blocks.
    pub(crate) fn blocks(&self, kind: &str, attribute: &Attribute) -> Result<&[BlockNode], Diagnostics> {
        let made = self.compiled.get_or_init(|| {
            let raw = RawAttribute {
                expr: self.raw.clone(),
                name_span: attribute.name_span,
                span: attribute.span,
            };
            let mut found = Diagnostics::new();
            let blocks = blocks_of(kind, &raw, 0)?;
            let blocks = blocks
                .into_iter()
                .filter_map(|block| compile_block(block, &self.names, &mut found))
                .collect();
            if found.has_errors() {
                Err(found)
            } else {
                Ok(blocks)
            }
        });
        made.as_deref().map_err(Diagnostics::clone)
    }
}
