//! Syntax before compilation, one form for native and JSON syntax.

mod hcl;
mod json;
mod json_text;
mod recover;
mod repeated;

pub(crate) use hcl::{mistaken, parse_native, parse_native_expression};
pub(crate) use json::{blocks_of, json_root, parse_json};
pub(crate) use json_text::{JsonNode, JsonValue};

use crate::later::with_version;
use crate::{Expr, codes};
use hcl_edit::Decorate as _;
use hcl_edit::expr::{Expression, ObjectKey};
use indexmap::IndexMap;
use regprov_diag::{Code, Diagnostic, Diagnostics, SourceId, Span};
use repeated::Renamed;
use std::ops::Range;
use std::sync::Arc;

/// Where parsed text stands in its file.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    pub(crate) source: SourceId,
    /// The text that the parser saw.
    pub(crate) text: Option<Arc<str>>,
    /// Keys of objects that the parser saw under another name.
    pub(crate) renamed: Renamed,
    /// What to add to the parser's offsets.
    pub(crate) offset: usize,
    /// The one place for everything, where the parser's offsets mean nothing (text inside a JSON string).
    pub(crate) fixed: Option<Span>,
}

impl Origin {
    pub(crate) fn file(source: SourceId) -> Self {
        Self {
            source,
            text: None,
            renamed: Renamed::default(),
            offset: 0,
            fixed: None,
        }
    }

    pub(crate) fn fixed(span: Span) -> Self {
        Self {
            source: span.source,
            text: None,
            renamed: Renamed::default(),
            offset: 0,
            fixed: Some(span),
        }
    }

    /// What is written of a key that the parser saw under another name.
    pub(crate) fn written_key(&self, key: &ObjectKey) -> Option<&str> {
        if self.renamed.is_empty() {
            return None;
        }
        let start = match key {
            ObjectKey::Ident(ident) => hcl_edit::Span::span(ident)?.start,
            // A quote stands before the text.
            ObjectKey::Expression(expr) => hcl_edit::Span::span(expr)?.start + 1,
        };
        self.renamed.get(&start).map(String::as_str)
    }

    pub(crate) fn span(&self, range: Option<Range<usize>>) -> Span {
        let range = range.unwrap_or(0..0);
        self.fixed.unwrap_or_else(|| {
            Span::from_range(self.source, range.start + self.offset..range.end + self.offset)
        })
    }

    /// A `<<-` heredoc at this place as a `<<` heredoc, with its indentation; `None` where it is none. The parser's own
    /// way of taking the indentation off knows nothing of directives and trimming.
    pub(crate) fn unflushed(
        &self,
        range: Option<Range<usize>>,
    ) -> Option<(hcl_edit::template::HeredocTemplate, Origin)> {
        let range = range?;
        let rest = self.text.as_deref()?.get(range.clone())?.strip_prefix("<<-")?;
        let text = format!("<<{rest}");
        let Ok(Expression::HeredocTemplate(plain)) = hcl_edit::parser::parse_expr(&text) else {
            return None;
        };
        let origin = Origin {
            offset: self.offset + range.start + 1,
            text: Some(text.into()),
            ..self.clone()
        };
        Some((*plain, origin))
    }
}

/// An expression before compilation.
#[derive(Debug, Clone)]
pub(crate) enum RawExpr {
    Hcl(Arc<Expression>, Origin),
    Json(Arc<JsonNode>),
}

/// An argument before compilation.
#[derive(Debug, Clone)]
pub(crate) struct RawAttribute {
    pub(crate) expr: RawExpr,
    pub(crate) name_span: Span,
    pub(crate) span: Span,
}

/// A block before compilation.
#[derive(Debug, Clone)]
pub(crate) struct RawBlock {
    pub(crate) kind: Arc<str>,
    pub(crate) labels: Vec<(Arc<str>, Span)>,
    pub(crate) body: RawBody,
    /// The header.
    pub(crate) span: Span,
}

/// A body before compilation.
#[derive(Debug, Clone)]
pub(crate) struct RawBody {
    pub(crate) attributes: IndexMap<Arc<str>, RawAttribute>,
    pub(crate) blocks: Vec<RawBlock>,
    pub(crate) span: Span,
}

/// An error at a place, with the title of its code as summary.
pub(crate) fn problem(code: &'static Code, span: Span, detail: impl Into<String>) -> Diagnostic {
    Diagnostic::error(code, code.title).at(span).detail(detail)
}

impl RawBody {
    /// Takes an argument out.
    pub(crate) fn take(&mut self, name: &str) -> Option<RawAttribute> {
        self.attributes.shift_remove(name)
    }

    /// Takes the nested blocks of a type out; in JSON syntax, makes them from the property of this name.
    pub(crate) fn take_blocks(
        &mut self,
        kind: &str,
        labels: usize,
        found: &mut Diagnostics,
    ) -> Vec<RawBlock> {
        let is_json = self
            .attributes
            .get(kind)
            .is_some_and(|attribute| matches!(attribute.expr, RawExpr::Json(_)));
        if is_json && let Some(attribute) = self.take(kind) {
            return found
                .take(blocks_of(kind, &attribute, labels))
                .unwrap_or_default();
        }
        let (taken, kept) = std::mem::take(&mut self.blocks)
            .into_iter()
            .partition(|block| &*block.kind == kind);
        self.blocks = kept;
        let taken: Vec<RawBlock> = taken;
        taken
            .into_iter()
            .filter(|block| check_labels(block, labels, found))
            .collect()
    }

    /// Takes the nested blocks of a type out, whatever their labels.
    pub(crate) fn take_every_block(&mut self, kind: &str) -> Vec<RawBlock> {
        if self
            .attributes
            .get(kind)
            .is_some_and(|attribute| matches!(attribute.expr, RawExpr::Json(_)))
            && let Some(attribute) = self.take(kind)
        {
            return blocks_of(kind, &attribute, 0).unwrap_or_default();
        }
        let (taken, kept) = std::mem::take(&mut self.blocks)
            .into_iter()
            .partition(|block| &*block.kind == kind);
        self.blocks = kept;
        taken
    }

    /// Reports everything that was not taken out.
    pub(crate) fn finish(self, what: &str, known: &[&str], found: &mut Diagnostics) {
        for (name, attribute) in &self.attributes {
            let detail = format!("An argument named `{name}` is not expected in {what}.");
            let diagnostic = with_suggestion(
                problem(&codes::UNSUPPORTED_ARGUMENT, attribute.name_span, detail),
                name,
                known,
            );
            found.push(with_version(diagnostic, what, name));
        }
        for block in &self.blocks {
            let detail = format!("Blocks of type `{}` are not expected in {what}.", block.kind);
            let diagnostic = with_suggestion(
                problem(&codes::UNSUPPORTED_BLOCK, block.span, detail),
                &block.kind,
                known,
            );
            found.push(with_version(diagnostic, what, &block.kind));
        }
    }
}

/// Adds the near name that the user may have meant.
pub(crate) fn with_suggestion(diagnostic: Diagnostic, name: &str, known: &[&str]) -> Diagnostic {
    match regprov_diag::suggest(name, known.iter().copied()) {
        Some(near) => diagnostic.help(format!("Did you mean `{near}`?")),
        None => diagnostic,
    }
}

fn check_labels(block: &RawBlock, labels: usize, found: &mut Diagnostics) -> bool {
    if block.labels.len() == labels {
        return true;
    }
    let wanted = match labels {
        0 => "no label".to_owned(),
        1 => "one label".to_owned(),
        many => format!("{many} labels"),
    };
    let detail = format!(
        "A `{}` block has {wanted}, and this one has {}.",
        block.kind,
        block.labels.len()
    );
    found.push(problem(&codes::LABELS, block.span, detail));
    false
}

impl RawExpr {
    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Hcl(expr, origin) => origin.span(hcl_edit::Span::span(&**expr)),
            Self::Json(node) => node.span,
        }
    }

    /// Compiles the expression outside of any `dynamic` block.
    pub(crate) fn compile(&self, found: &mut Diagnostics) -> Expr {
        crate::compile::compile(self, &crate::compile::Names::default(), found)
    }

    /// The text of a literal string.
    pub(crate) fn as_string(&self) -> Option<String> {
        match self {
            Self::Hcl(expr, _) => literal_text(expr),
            Self::Json(node) => match &node.value {
                JsonValue::String(text) => Some(text.clone()),
                _ => None,
            },
        }
    }

    /// The text of a literal string, which in JSON syntax may hold a template.
    pub(crate) fn as_literal_string(&self) -> Option<String> {
        let template = matches!(self, Self::Json(_));
        self.as_string()
            .filter(|text| !template || !(text.contains("${") || text.contains("%{")))
    }

    /// The truth of a literal bool, or of its quoted form.
    pub(crate) fn as_bool(&self) -> Option<bool> {
        let from_text = |text: Option<String>| match text.as_deref() {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => None,
        };
        match self {
            Self::Hcl(expr, _) => expr
                .as_bool()
                .or_else(|| from_text(expr.as_str().map(str::to_owned))),
            Self::Json(node) => match &node.value {
                JsonValue::Bool(value) => Some(*value),
                JsonValue::String(text) => from_text(Some(text.clone())),
                _ => None,
            },
        }
    }

    /// The elements of a literal list.
    pub(crate) fn as_list(&self) -> Option<Vec<RawExpr>> {
        match self {
            Self::Hcl(expr, origin) => {
                let items = expr.as_array()?.iter();
                Some(
                    items
                        .map(|item| Self::Hcl(Arc::new(item.clone()), origin.clone()))
                        .collect(),
                )
            }
            Self::Json(node) => match &node.value {
                JsonValue::Array(items) => Some(
                    items
                        .iter()
                        .map(|item| Self::Json(Arc::new(item.clone())))
                        .collect(),
                ),
                _ => None,
            },
        }
    }

    /// The entries of a literal object; keys are identifiers, strings or (as text) traversals.
    pub(crate) fn as_entries(&self) -> Option<Vec<(String, Span, RawExpr)>> {
        match self {
            Self::Hcl(expr, origin) => {
                let Expression::Object(object) = &**expr else {
                    return None;
                };
                object
                    .iter()
                    .map(|(key, value)| entry(key, value.expr(), origin))
                    .collect()
            }
            Self::Json(node) => match &node.value {
                JsonValue::Object(entries) => Some(
                    entries
                        .iter()
                        .map(|entry| {
                            (
                                entry.name.clone(),
                                entry.name_span,
                                Self::Json(Arc::new(entry.node.clone())),
                            )
                        })
                        .collect(),
                ),
                _ => None,
            },
        }
    }

    /// The expression as native syntax: in JSON, what the string holds.
    pub(crate) fn native(&self) -> Result<(Arc<Expression>, Origin), Diagnostic> {
        match self {
            Self::Hcl(expr, origin) => Ok((expr.clone(), origin.clone())),
            Self::Json(node) => match &node.value {
                JsonValue::String(text) => {
                    let origin = Origin {
                        text: Some(text.as_str().into()),
                        ..Origin::fixed(node.span)
                    };
                    let expr = parse_native_expression(text, &origin)?;
                    Ok((Arc::new(expr), origin))
                }
                _ => Err(problem(
                    &codes::STATIC,
                    node.span,
                    "A string that holds a reference is needed here.",
                )),
            },
        }
    }

    /// The text of an address, a traversal or a keyword, as it is written.
    pub(crate) fn as_written(&self) -> Option<String> {
        match self {
            // An address in quotes is the legacy form.
            Self::Hcl(expr, _) => match literal_text(expr) {
                Some(text) => Some(text),
                None => is_traversal(expr).then(|| {
                    // Comments around it are not part of it.
                    let mut bare = Expression::clone(expr);
                    bare.decor_mut().clear();
                    bare.to_string().trim().to_owned()
                }),
            },
            Self::Json(_) => self.as_string(),
        }
    }
}

fn is_traversal(expr: &Expression) -> bool {
    match expr {
        Expression::Variable(_) => true,
        Expression::Traversal(traversal) => matches!(traversal.expr, Expression::Variable(_)),
        _ => false,
    }
}

/// The text of an expression that is a literal string or a heredoc without interpolation.
pub(crate) fn literal_text(expr: &Expression) -> Option<String> {
    match expr {
        Expression::String(text) => Some(text.value().clone()),
        Expression::HeredocTemplate(heredoc) if heredoc.template.is_empty() => Some(String::new()),
        Expression::HeredocTemplate(heredoc) => {
            let literals = heredoc
                .template
                .iter()
                .map(|element| element.as_literal().map(|text| text.value().as_str()));
            literals.collect::<Option<String>>()
        }
        Expression::Parenthesis(inner) => literal_text(inner.inner()),
        _ => None,
    }
}

fn entry(key: &ObjectKey, value: &Expression, origin: &Origin) -> Option<(String, Span, RawExpr)> {
    let (name, range) = match key {
        ObjectKey::Ident(ident) => {
            let text = origin.written_key(key).unwrap_or(ident.value().as_str());
            (text.to_owned(), hcl_edit::Span::span(ident))
        }
        ObjectKey::Expression(expr) => {
            let text = (origin.written_key(key).map(str::to_owned))
                .or_else(|| literal_text(expr))
                .or_else(|| is_traversal(expr).then(|| expr.to_string().trim().to_owned()))?;
            (text, hcl_edit::Span::span(expr))
        }
    };
    let span = origin.span(range.or_else(|| hcl_edit::Span::span(value)));
    Some((name, span, RawExpr::Hcl(Arc::new(value.clone()), origin.clone())))
}
