//! Source files, spans and diagnostics.
//!
//! A diagnostic is data: what is wrong, where, and what to do. It is collected while work goes on, ordered at the
//! edge, and rendered there as text ([`render_text`]) or JSON ([`to_json`]) from the same data.
//! This crate knows nothing of HCL, values, addresses or the terminal, and it prints nothing.

mod diagnostic;
mod json;
mod list;
mod source;
mod text;
mod words;

pub use diagnostic::{Code, Diagnostic, DiagnosticParts, Related, Severity};
pub use json::{Enclosing, to_json};
pub use list::Diagnostics;
pub use source::{Source, SourceId, Sources, Span};
pub use text::{RenderOptions, render_text};
pub use words::{escape_control, suggest};
