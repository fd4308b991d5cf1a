//! Why a module could not be installed.

use crate::codes;
use regprov_diag::{Code, Diagnostic, Span};
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

/// Why a module could not be installed: what happened, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct InstallError {
    code: &'static Code,
    message: String,
    help: Option<String>,
}

impl InstallError {
    /// A package could not be fetched.
    pub(crate) fn fetch(message: impl Into<String>) -> Self {
        Self::new(&codes::FETCH, message)
    }

    /// A package holds what could do harm.
    pub(crate) fn unsafe_package(message: impl Into<String>) -> Self {
        Self::new(&codes::UNSAFE, message)
    }

    pub(crate) fn new(code: &'static Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            help: None,
        }
    }

    /// A file or directory could not be read or written.
    pub(crate) fn disk(path: &Path, error: &std::io::Error) -> Self {
        Self::fetch(format!("{} cannot be written or read: {error}", path.display()))
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// As a diagnostic about the call of a module.
    pub fn diagnostic(&self, module: &str, span: Option<Span>) -> Diagnostic {
        let detail = format!(
            "The module `{module}` cannot be used: {}.",
            self.message.trim_end_matches('.')
        );
        let diagnostic = self.told(detail);
        match span {
            Some(span) => diagnostic.at(span),
            None => diagnostic,
        }
    }

    /// As a diagnostic about no module in particular.
    pub fn about_all(&self) -> Diagnostic {
        let mut detail = self.message.clone();
        if !detail.ends_with('.') {
            detail.push('.');
        }
        self.told(detail)
    }

    fn told(&self, detail: String) -> Diagnostic {
        let diagnostic = Diagnostic::error(self.code, self.code.title).detail(detail);
        match &self.help {
            Some(help) => diagnostic.help(help.clone()),
            None => diagnostic,
        }
    }
}

/// An error with its causes.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        // Writing to a text does not fail.
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}
