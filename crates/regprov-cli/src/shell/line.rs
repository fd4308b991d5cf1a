//! Reading lines at a terminal: they can be edited, and earlier ones fetched back with the arrow keys.

use rustyline::history::MemHistory;
use rustyline::{Config, Editor};

/// Reads lines of a conversation. What was typed is remembered while it lasts and written nowhere: it may hold a secret.
pub(crate) struct LineEditor(Option<Editor<(), MemHistory>>);

impl LineEditor {
    /// Starts a conversation.
    pub(crate) fn new() -> Self {
        let config = Config::builder().auto_add_history(true).build();
        Self(Editor::with_history(config, MemHistory::new()).ok())
    }

    /// The next line, or nothing where the user leaves; `None` where the terminal cannot be edited on.
    pub(super) fn read(&mut self, prompt: &str) -> Option<Option<String>> {
        let editor = self.0.as_mut()?;
        Some(editor.readline(prompt).ok())
    }
}
