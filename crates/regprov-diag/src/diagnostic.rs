//! One finding: what is wrong, where, why, and what to do.

use std::fmt;
use std::ops::{Deref, DerefMut};

use serde::Serialize;

use crate::Span;

/// How grave a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The operation cannot go on.
    Error,
    /// The operation goes on; the user should know.
    Warning,
}

/// A documented kind of diagnostic. Declared once, as a `static`, beside the code that reports it.
#[derive(Debug)]
pub struct Code {
    /// What the user quotes: `RP0012`.
    pub id: &'static str,
    /// The constant words that usually are the summary.
    pub title: &'static str,
    /// What `regprov explain` prints, in Markdown.
    pub explanation: &'static str,
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Code {}

/// Another place that helps to understand a diagnostic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// The place.
    pub span: Span,
    /// What is to be seen there: `first declared here`.
    pub text: String,
}

/// The parts of a [`Diagnostic`], reached through it: `diagnostic.summary`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiagnosticParts {
    /// How grave it is.
    pub severity: Severity,
    /// The documented kind, if it has one.
    pub code: Option<&'static Code>,
    /// Constant words, without names: `Unsupported argument`.
    pub summary: String,
    /// Sentences: what is wrong and where, why, what to do.
    pub detail: String,
    /// The address of the instance that it concerns.
    pub address: Option<String>,
    /// The path of the argument that it concerns, where its place is not known yet.
    pub argument: Option<String>,
    /// The place that is wrong.
    pub subject: Option<Span>,
    /// The words beside the subject.
    pub label: Option<String>,
    /// The place whose first line shows where the subject stands, usually its block's header.
    pub context: Option<Span>,
    /// Other places that matter.
    pub related: Vec<Related>,
    /// Expressions in the subject and their values as text; the caller withholds secrets.
    pub values: Vec<(String, String)>,
    /// What the user may do, one sentence each.
    pub help: Vec<String>,
}

/// One finding about what a user wrote or can fix.
///
/// The parts live on the heap: a diagnostic is as small as a pointer, so `Result<T, Diagnostic>` costs little.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic(Box<DiagnosticParts>);

impl Diagnostic {
    /// Starts an error.
    pub fn error(code: impl Into<Option<&'static Code>>, summary: impl Into<String>) -> Self {
        Self::new(Severity::Error, code.into(), summary.into())
    }

    /// Starts a warning.
    pub fn warning(code: impl Into<Option<&'static Code>>, summary: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code.into(), summary.into())
    }

    fn new(severity: Severity, code: Option<&'static Code>, summary: String) -> Self {
        Diagnostic(Box::new(DiagnosticParts {
            severity,
            code,
            summary,
            detail: String::new(),
            address: None,
            argument: None,
            subject: None,
            label: None,
            context: None,
            related: Vec::new(),
            values: Vec::new(),
            help: Vec::new(),
        }))
    }

    /// Says in sentences what is wrong.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = detail.into();
        self
    }

    /// Says where it is; `None` leaves the place open.
    #[must_use]
    pub fn at(mut self, subject: impl Into<Option<Span>>) -> Self {
        self.0.subject = subject.into();
        self
    }

    /// Says what stands beside the subject in the excerpt.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.0.label = Some(label.into());
        self
    }

    /// Names the surroundings of the subject, usually the header of its block.
    #[must_use]
    pub fn context(mut self, context: impl Into<Option<Span>>) -> Self {
        self.0.context = context.into();
        self
    }

    /// Names the instance that it concerns.
    #[must_use]
    pub fn address(mut self, address: impl fmt::Display) -> Self {
        self.0.address = Some(address.to_string());
        self
    }

    /// Names the argument that it concerns, for one who knows where it is written.
    #[must_use]
    pub fn argument(mut self, path: impl fmt::Display) -> Self {
        self.0.argument = Some(path.to_string());
        self
    }

    /// Points at another place that matters.
    #[must_use]
    pub fn related(mut self, span: Span, text: impl Into<String>) -> Self {
        self.0.related.push(Related {
            span,
            text: text.into(),
        });
        self
    }

    /// Shows the value of an expression; `rendered` withholds what is sensitive.
    #[must_use]
    pub fn value(mut self, expression: impl Into<String>, rendered: impl Into<String>) -> Self {
        self.0.values.push((expression.into(), rendered.into()));
        self
    }

    /// Shows the values of several expressions.
    #[must_use]
    pub fn values(mut self, values: impl IntoIterator<Item = (String, String)>) -> Self {
        self.0.values.extend(values);
        self
    }

    /// Says what the user may do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.0.help.push(help.into());
        self
    }

    /// Whether it is an error.
    pub fn is_error(&self) -> bool {
        match self.0.severity {
            Severity::Error => true,
            Severity::Warning => false,
        }
    }

    /// Takes the parts out.
    pub fn into_parts(self) -> DiagnosticParts {
        *self.0
    }
}

impl Deref for Diagnostic {
    type Target = DiagnosticParts;

    fn deref(&self) -> &DiagnosticParts {
        &self.0
    }
}

impl DerefMut for Diagnostic {
    fn deref_mut(&mut self) -> &mut DiagnosticParts {
        &mut self.0
    }
}

/// Summary and detail on one line, without the place; for logs and error chains.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = if self.detail.is_empty() {
            self.label.as_deref().unwrap_or("")
        } else {
            &self.detail
        };
        match said {
            "" => f.write_str(&self.summary),
            said => write!(f, "{}: {said}", self.summary),
        }
    }
}

impl std::error::Error for Diagnostic {}
