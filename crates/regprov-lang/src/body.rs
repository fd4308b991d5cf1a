//! Bodies of blocks, compiled.

use crate::{Expr, Reference};
use indexmap::IndexMap;
use regprov_diag::Span;
use std::sync::{Arc, OnceLock};

/// The content of a block: arguments and nested blocks, compiled.
#[derive(Debug, Clone)]
pub struct Body {
    /// Arguments by name. In JSON syntax a nested block stands here too until a schema tells that it is one.
    pub attributes: IndexMap<Arc<str>, Attribute>,
    /// Nested blocks in the order written, `dynamic` ones among them.
    pub blocks: Vec<BlockNode>,
    /// The place of the block: its header.
    pub span: Span,
}

/// One argument.
#[derive(Debug, Clone)]
pub struct Attribute {
    /// Its value.
    pub expr: Expr,
    /// The place of the name.
    pub name_span: Span,
    /// The place of the whole argument.
    pub span: Span,
    /// How the argument reads as nested blocks, where it was written in JSON syntax.
    pub(crate) json: Option<Arc<JsonBlocks>>,
}

/// A JSON property that may turn out to be nested blocks.
pub(crate) struct JsonBlocks {
    pub(crate) raw: crate::raw::RawExpr,
    pub(crate) names: crate::compile::Names,
    pub(crate) compiled: OnceLock<Result<Vec<BlockNode>, regprov_diag::Diagnostics>>,
}

impl std::fmt::Debug for JsonBlocks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JsonBlocks")
    }
}

/// One nested block.
#[derive(Debug, Clone)]
pub struct BlockNode {
    /// The type of the block; for `dynamic`, the type of the blocks it makes.
    pub kind: Arc<str>,
    /// Its labels (none for `dynamic`).
    pub labels: Vec<Arc<str>>,
    /// The content; for `dynamic`, that of its `content` block.
    pub body: Body,
    /// What makes it `dynamic`.
    pub dynamic: Option<Dynamic>,
    /// The header.
    pub span: Span,
}

/// How a `dynamic` block repeats.
#[derive(Debug, Clone)]
pub struct Dynamic {
    /// What it repeats over.
    pub for_each: Expr,
    /// The name that the content uses for the element.
    pub iterator: Arc<str>,
    /// The labels of each block.
    pub labels: Vec<Expr>,
}

impl Body {
    /// A body with nothing in it.
    pub fn empty(span: Span) -> Self {
        Self {
            attributes: IndexMap::new(),
            blocks: Vec::new(),
            span,
        }
    }

    /// Everything that the body refers to, at any depth.
    pub fn references(&self) -> impl Iterator<Item = &Reference> {
        let mut found = Vec::new();
        self.collect(&mut found);
        found.into_iter()
    }

    /// The calls of functions that providers offer, at any depth.
    pub fn provider_calls(&self) -> Vec<&crate::ProviderCall> {
        let mut found = Vec::new();
        self.collect_calls(&mut found);
        found
    }

    fn collect_calls<'a>(&'a self, found: &mut Vec<&'a crate::ProviderCall>) {
        for attribute in self.attributes.values() {
            found.extend(attribute.expr.provider_calls());
        }
        for block in &self.blocks {
            if let Some(dynamic) = &block.dynamic {
                found.extend(dynamic.for_each.provider_calls());
                found.extend(dynamic.labels.iter().flat_map(Expr::provider_calls));
            }
            block.body.collect_calls(found);
        }
    }

    fn collect<'a>(&'a self, found: &mut Vec<&'a Reference>) {
        for attribute in self.attributes.values() {
            found.extend(attribute.expr.references());
        }
        for block in &self.blocks {
            if let Some(dynamic) = &block.dynamic {
                found.extend(dynamic.for_each.references());
                found.extend(dynamic.labels.iter().flat_map(Expr::references));
            }
            block.body.collect(found);
        }
    }
}
