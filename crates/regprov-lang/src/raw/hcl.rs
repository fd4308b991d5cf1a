//! Native syntax, parsed by `hcl-edit`.

use super::recover::{Chunk, chunks};
use super::repeated::{Renamed, with_repeated_keys};
use super::{Origin, RawAttribute, RawBlock, RawBody, RawExpr, problem};
use crate::codes;
use crate::syntax::{self, Lines, Mistake};
use hcl_edit::expr::Expression;
use hcl_edit::parser::{Error, parse_body, parse_expr};
use hcl_edit::structure::{Block, BlockLabel, Body, Structure};
use regprov_diag::{Diagnostic, Diagnostics, Span};
use std::sync::Arc;

/// Parses a file. After an error, reading goes on at the next top-level block.
pub(crate) fn parse_native(text: &str, origin: Origin, found: &mut Diagnostics) -> RawBody {
    let span = origin.span(Some(0..0));
    let mut body = RawBody {
        attributes: indexmap::IndexMap::new(),
        blocks: Vec::new(),
        span,
    };
    if let Ok((parsed, renamed)) = parse(text, &origin) {
        absorb(
            &mut body,
            parsed,
            &Origin {
                text: Some(text.into()),
                renamed,
                ..origin
            },
            found,
        );
        return body;
    }
    for Chunk { text: part, start } in chunks(text) {
        let mut here = Origin {
            offset: origin.offset + start,
            text: Some(part.into()),
            ..origin.clone()
        };
        match parse(part, &here) {
            Ok((parsed, renamed)) => {
                here.renamed = renamed;
                absorb(&mut body, parsed, &here, found);
            }
            Err(diagnostic) => found.push(*diagnostic),
        }
    }
    body
}

fn parse(text: &str, origin: &Origin) -> Result<(Body, Renamed), Box<Diagnostic>> {
    let tokens = syntax::lex(text.as_bytes());
    syntax::check_file(text.as_bytes(), &tokens).map_err(|mistake| Box::new(mistaken(mistake, origin)))?;
    let plain = syntax::with_plain_numbers(text, &tokens);
    with_repeated_keys(&plain, parse_body)
        .or_else(|error| {
            let bare = syntax::bare(&plain, &tokens, Lines::Count);
            with_repeated_keys(&bare, parse_body).map_err(|_| error)
        })
        .map_err(|error| Box::new(syntax_error(&error, origin, text)))
}

/// Parses one expression.
pub(crate) fn parse_native_expression(text: &str, origin: &Origin) -> Result<Expression, Diagnostic> {
    let tokens = syntax::lex(text.as_bytes());
    syntax::check_expression(text.as_bytes(), &tokens).map_err(|mistake| mistaken(mistake, origin))?;
    // Without the text at hand, what is written of a number would be lost.
    let plain = match origin.text {
        Some(_) => syntax::with_plain_numbers(text, &tokens),
        None => text.into(),
    };
    parse_expr(plain.trim_end())
        .or_else(|error| {
            let bare = syntax::bare(&plain, &tokens, Lines::GoOn);
            parse_expr(bare.trim_end()).map_err(|_| error)
        })
        .map_err(|error| syntax_error(&error, origin, text))
}

/// What the grammar says, as a diagnostic.
pub(crate) fn mistaken(mistake: Mistake, origin: &Origin) -> Diagnostic {
    let diagnostic = problem(mistake.code, origin.span(Some(mistake.at)), mistake.sentence);
    match mistake.related {
        Some((range, note)) => diagnostic.related(origin.span(Some(range)), note),
        None => diagnostic,
    }
}

pub(super) fn syntax_error(error: &Error, origin: &Origin, text: &str) -> Diagnostic {
    let end = error.location().offset().min(text.len());
    let start = (0..=end).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let width = text[start..].chars().next().map_or(0, char::len_utf8);
    let at = origin.span(Some(start..start + width));
    let message = error.message();
    if let Some(limit) = limit_in_words(message) {
        return problem(&codes::NESTING, at, limit);
    }
    let sentence = match text.get(start..) {
        Some(rest) if rest.trim_start().is_empty() => {
            format!(
                "The text ends too early: {message}. A brace, bracket or quote that was opened is not closed."
            )
        }
        _ => in_words(message),
    };
    problem(&codes::SYNTAX, at, sentence)
}

/// A limit of the parser that was met.
fn limit_in_words(message: &str) -> Option<String> {
    let (what, limit) = message.split_once("; expected at most ")?;
    let number = limit.split(' ').next()?;
    Some(match what {
        "invalid nesting depth" => format!(
            "Brackets, braces, templates and blocks stand in each other more than {number} deep. Give the inner parts names of their own with `locals`."
        ),
        _ => format!(
            "More than {number} operators stand in one chain. Give parts of it names of their own with `locals`, or use a function such as `sum`, `join`, `alltrue` or `anytrue`."
        ),
    })
}

/// What the parser says, for people: the most frequent mistakes in words of their own.
fn in_words(message: &str) -> String {
    match message {
        "expected newline or eof" => {
            "The line should end here: an argument or block ends with its line.".to_owned()
        }
        "expected `]`" => "A `]` or a comma is missing before this: a list is still open.".to_owned(),
        "expected `)`" => "A `)` or a comma is missing before this: a parenthesis is still open.".to_owned(),
        _ if message.starts_with("invalid expression") => {
            "A value is missing before this: an expression should stand here.".to_owned()
        }
        _ => {
            let mut letters = message.chars();
            let first = letters
                .next()
                .map(|letter| letter.to_uppercase().to_string())
                .unwrap_or_default();
            format!("{first}{}.", letters.as_str())
        }
    }
}

fn absorb(into: &mut RawBody, body: Body, origin: &Origin, found: &mut Diagnostics) {
    for structure in body {
        match structure {
            Structure::Attribute(attribute) => {
                let name: Arc<str> = attribute.key.as_str().into();
                let name_span = origin.span(hcl_edit::Span::span(&attribute.key));
                let span = origin.span(hcl_edit::Span::span(&attribute)).to(name_span);
                let expr = RawExpr::Hcl(Arc::new(attribute.value), origin.clone());
                if let Some(first) = into.attributes.get(&name) {
                    let detail = format!("The argument `{name}` is set twice in one block.");
                    let diagnostic = problem(&codes::DUPLICATE, name_span, detail);
                    found.push(diagnostic.related(first.name_span, "first set here"));
                    continue;
                }
                into.attributes.insert(
                    name,
                    RawAttribute {
                        expr,
                        name_span,
                        span,
                    },
                );
            }
            Structure::Block(block) => into.blocks.push(raw_block(block, origin, found)),
        }
    }
}

fn raw_block(block: Block, origin: &Origin, found: &mut Diagnostics) -> RawBlock {
    let name = origin.span(hcl_edit::Span::span(&block.ident));
    let labels: Vec<(Arc<str>, Span)> = block
        .labels
        .iter()
        .map(|label| {
            let range = match label {
                BlockLabel::Ident(ident) => hcl_edit::Span::span(ident),
                BlockLabel::String(text) => hcl_edit::Span::span(text),
            };
            (label.as_str().into(), origin.span(range))
        })
        .collect();
    let span = labels.last().map_or(name, |(_, last)| name.to(*last));
    let mut body = RawBody {
        attributes: indexmap::IndexMap::new(),
        blocks: Vec::new(),
        span,
    };
    let kind = block.ident.as_str().into();
    absorb(&mut body, block.body, origin, found);
    RawBlock {
        kind,
        labels,
        body,
        span,
    }
}
