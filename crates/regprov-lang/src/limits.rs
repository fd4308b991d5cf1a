//! What one expression may make, so that no configuration takes memory or time out of proportion to its size.

use crate::codes;
use crate::raw::problem;
use regprov_diag::{Diagnostic, Span};
use regprov_value::{Data, Value};

/// The most text that one expression may make, in bytes.
pub(crate) const TEXT: usize = 64 << 20;
/// The most elements that the lists, sets, maps and objects of one expression may have together.
pub(crate) const ELEMENTS: usize = 4_000_000;
/// How often the `for` of one expression may go round, all together.
pub(crate) const ITERATIONS: usize = 16_000_000;
/// How deep lists, maps and objects may stand in each other.
pub(crate) const DEPTH: usize = 256;
/// How many `[*]` or `.*` may follow each other in one expression.
pub(crate) const SPLATS: usize = 64;

/// What is left of the limits while an expression is evaluated.
pub(crate) struct Budget {
    text: usize,
    elements: usize,
    iterations: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            text: TEXT,
            elements: ELEMENTS,
            iterations: ITERATIONS,
        }
    }
}

impl Budget {
    /// Counts text that was made.
    pub(crate) fn text(&mut self, bytes: usize, span: Span) -> Result<(), Diagnostic> {
        spend(&mut self.text, bytes, span, too_much_text)
    }

    /// Counts elements that were made.
    pub(crate) fn elements(&mut self, count: usize, span: Span) -> Result<(), Diagnostic> {
        spend(&mut self.elements, count, span, too_many_elements)
    }

    /// Counts the rounds of a `for`.
    pub(crate) fn iterations(&mut self, count: usize, span: Span) -> Result<(), Diagnostic> {
        spend(&mut self.iterations, count, span, || {
            format!("The loops of this expression go round too often: at most {ITERATIONS} times.")
        })
    }

    /// Counts what a function made: its result, but not what stands in that already stood in its arguments.
    pub(crate) fn result(&mut self, value: &Value, span: Span) -> Result<(), Diagnostic> {
        match &value.data {
            Data::String(text) => self.text(text.len(), span),
            data => self.elements(width(data), span),
        }
    }
}

fn spend(left: &mut usize, count: usize, span: Span, words: fn() -> String) -> Result<(), Diagnostic> {
    let rest = left.checked_sub(count);
    *left = rest.unwrap_or(0);
    rest.map(|_| ())
        .ok_or_else(|| problem(&codes::SIZE, span, words()))
}

pub(crate) fn too_much_text() -> String {
    format!(
        "The text would be too long: one expression may make at most {} MiB of text.",
        TEXT >> 20
    )
}

pub(crate) fn too_many_elements() -> String {
    format!("There would be too many elements: one expression may make at most {ELEMENTS}.")
}

fn width(data: &Data) -> usize {
    match data {
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => items.len(),
        Data::Map(_, entries) | Data::Object(entries) => entries.len(),
        Data::Null(_) | Data::Unknown(_) | Data::Bool(_) | Data::Number(_) | Data::String(_) => 0,
    }
}

/// Refuses a value that is too deep, or has too many elements when each is counted wherever it stands: parts are shared,
/// so a small value can be large to look through.
pub(crate) fn check(value: &Value, span: Span) -> Result<(), Diagnostic> {
    let mut seen = width(&value.data);
    if seen == 0 {
        return Ok(());
    }
    let mut open = vec![Open::of(&value.data)];
    while let Some(innermost) = open.last_mut() {
        let Some(item) = innermost.next() else {
            open.pop();
            continue;
        };
        let width = width(&item.data);
        if width == 0 {
            continue;
        }
        seen += width;
        if seen > ELEMENTS {
            let detail = format!(
                "The value has more than {ELEMENTS} elements, counted wherever they stand; a value may not have more."
            );
            return Err(problem(&codes::SIZE, span, detail));
        }
        if open.len() >= DEPTH {
            let detail = format!(
                "Lists, maps and objects of the value stand in each other more than {DEPTH} deep; a value may not be deeper."
            );
            return Err(problem(&codes::NESTING, span, detail));
        }
        open.push(Open::of(&item.data));
    }
    Ok(())
}

/// A collection that is being looked through.
enum Open<'a> {
    Items(std::slice::Iter<'a, Value>),
    Entries(std::collections::btree_map::Values<'a, std::sync::Arc<str>, Value>),
}

impl<'a> Open<'a> {
    fn of(data: &'a Data) -> Self {
        match data {
            Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => Self::Items(items.iter()),
            Data::Map(_, entries) | Data::Object(entries) => Self::Entries(entries.values()),
            Data::Null(_) | Data::Unknown(_) | Data::Bool(_) | Data::Number(_) | Data::String(_) => {
                Self::Items([].iter())
            }
        }
    }

    fn next(&mut self) -> Option<&'a Value> {
        match self {
            Self::Items(items) => items.next(),
            Self::Entries(entries) => entries.next(),
        }
    }
}
