//! What happened in one world, line by line, for whoever looks for the cause of a violation.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

/// The lines of one world and what came of it; clones are the same one. Nobody asked for most of them: those stay empty.
#[derive(Clone, Default)]
pub(crate) struct Story(Option<Arc<Mutex<Vec<String>>>>);

impl Story {
    /// One that is written.
    pub(crate) fn asked() -> Self {
        Self(Some(Arc::default()))
    }

    /// Adds a line, which is made only where somebody asked.
    pub(crate) fn line(&self, at: Timestamp, who: &str, what: impl FnOnce() -> String) {
        if let Some(lines) = &self.0 {
            let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
            lines.push(format!("{at:.1} {who:7} {}", what()));
        }
    }

    /// Every line so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        let lines = self.0.as_ref();
        lines.map_or_else(Vec::new, |lines| {
            lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
        })
    }
}
