//! A diagnostic as JSON, in the shape of `terraform validate -json`.

use serde::Serialize;
use serde_json::Value;

use crate::{Diagnostic, Severity, Source, Sources, Span};

/// Tells in which block of a file a byte stands, in the words of its language.
pub type Enclosing = fn(&Source, usize) -> Option<String>;

/// Renders a diagnostic in the shape of `terraform validate -json`, with `code` and `related` added.
///
/// `detail` also carries the label (when there is no detail) and the help, which that shape has no place for.
/// Texts are given as they are: only JSON's own escapes are applied.
pub fn to_json(diagnostic: &Diagnostic, sources: &Sources, enclosing: Enclosing) -> Value {
    let shape = JsonDiagnostic {
        severity: diagnostic.severity,
        code: diagnostic.code.map(|code| code.id),
        summary: &diagnostic.summary,
        detail: full_detail(diagnostic),
        address: diagnostic.address.as_deref(),
        range: diagnostic.subject.and_then(|span| JsonRange::of(span, sources)),
        snippet: diagnostic
            .subject
            .and_then(|span| snippet(diagnostic, span, sources, enclosing)),
        related: diagnostic
            .related
            .iter()
            .map(|related| JsonRelated {
                range: JsonRange::of(related.span, sources),
                text: &related.text,
            })
            .collect(),
    };
    serde_json::to_value(shape).expect("strings and numbers always have a JSON form")
}

#[derive(Serialize)]
struct JsonDiagnostic<'a> {
    severity: Severity,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    summary: &'a str,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<JsonRange<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    snippet: Option<JsonSnippet<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<JsonRelated<'a>>,
}

#[derive(Serialize)]
struct JsonRange<'a> {
    filename: &'a str,
    start: JsonPosition,
    end: JsonPosition,
}

#[derive(Serialize)]
struct JsonPosition {
    line: usize,
    column: usize,
    byte: usize,
}

#[derive(Serialize)]
struct JsonSnippet<'a> {
    context: Option<String>,
    code: &'a str,
    start_line: usize,
    highlight_start_offset: usize,
    highlight_end_offset: usize,
    values: Vec<JsonValue<'a>>,
}

#[derive(Serialize)]
struct JsonValue<'a> {
    traversal: &'a str,
    statement: String,
}

#[derive(Serialize)]
struct JsonRelated<'a> {
    range: Option<JsonRange<'a>>,
    text: &'a str,
}

impl<'a> JsonRange<'a> {
    fn of(span: Span, sources: &'a Sources) -> Option<Self> {
        let file = sources.get(span.source)?;
        let bytes = file.clamp(span);
        Some(JsonRange {
            filename: &file.name,
            start: JsonPosition::of(file, bytes.start),
            end: JsonPosition::of(file, bytes.end),
        })
    }
}

impl JsonPosition {
    fn of(file: &Source, byte: usize) -> Self {
        let (line, column) = file.line_column(u32::try_from(byte).unwrap_or(u32::MAX));
        JsonPosition { line, column, byte }
    }
}

fn full_detail(diagnostic: &Diagnostic) -> String {
    let main = match diagnostic.detail.is_empty() {
        true => diagnostic.label.as_deref().unwrap_or(""),
        false => &diagnostic.detail,
    };
    let parts = std::iter::once(main).chain(diagnostic.help.iter().map(String::as_str));
    parts
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("\n\n")
}

fn snippet<'a>(
    diagnostic: &'a Diagnostic,
    span: Span,
    sources: &'a Sources,
    enclosing: Enclosing,
) -> Option<JsonSnippet<'a>> {
    let file = sources.get(span.source)?;
    let bytes = file.clamp(span);
    let first = file.line_index(bytes.start);
    let last = file.line_index(bytes.end.max(bytes.start + 1) - 1).max(first);
    let lines = file.line_range(first, last);
    let length = lines.len();
    let values = diagnostic.values.iter().map(|(expression, rendered)| JsonValue {
        traversal: expression,
        statement: format!("is {rendered}"),
    });
    Some(JsonSnippet {
        // As in Terraform: a place where a block begins is not yet within it.
        context: bytes
            .start
            .checked_sub(1)
            .and_then(|before| enclosing(file, before)),
        code: &file.text[lines.clone()],
        start_line: first + 1,
        highlight_start_offset: (bytes.start - lines.start).min(length),
        highlight_end_offset: (bytes.end - lines.start).min(length),
        values: values.collect(),
    })
}
