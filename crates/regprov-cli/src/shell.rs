//! Standard output and standard error: the only place that prints.

mod echo;
mod line;

use crate::environment::Environment;
use echo::Echo;
pub(crate) use line::LineEditor;
use regprov_diag::{Diagnostic, Diagnostics, RenderOptions, Sources, render_text};
use regprov_http::{Clock, Redactor};
use std::cell::RefCell;
use std::fmt::Write as _;
use std::io::{self, BufRead as _, Write as _};
use std::sync::{Arc, Mutex, OnceLock};

/// Prints. Every text passes the redactor, so a secret that was registered never gets out.
pub(crate) struct Shell {
    /// Whether colours are used.
    pub(crate) color: bool,
    /// Whether standard output is a terminal.
    pub(crate) terminal: bool,
    /// The columns of the terminal.
    pub(crate) width: usize,
    /// Scrubs secrets by value.
    pub(crate) redactor: Redactor,
    /// Whether standard input is a terminal.
    pub(crate) interactive: bool,
    transient: Mutex<bool>,
    /// The clock of a stream of JSON lines, where diagnostics are lines of it.
    stream: OnceLock<Arc<dyn Clock>>,
}

/// A question for a value.
pub(crate) struct Question {
    /// What is asked for.
    pub(crate) title: String,
    /// What it is for.
    pub(crate) description: String,
    /// Whether what is typed stays hidden.
    pub(crate) secret: bool,
}

/// The colours in use.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paint {
    /// Something is made.
    Green,
    /// Something is changed.
    Yellow,
    /// Something is lost, or wrong.
    Red,
    /// Something to look at.
    Cyan,
    /// What matters most.
    Bold,
    /// What matters less.
    Dim,
}

/// Lines on their way to standard output. What is left is printed with the end of the value.
pub(crate) struct Page<'a> {
    shell: &'a Shell,
    text: RefCell<String>,
}

impl Page<'_> {
    /// How much is collected before it is printed.
    const ROOM: usize = 64 << 10;

    /// Adds a line.
    pub(crate) fn line(&self, text: impl AsRef<str>) {
        let mut collected = self.text.borrow_mut();
        collected.push_str(text.as_ref());
        collected.push('\n');
        if collected.len() >= Self::ROOM {
            self.print(&mut collected);
        }
    }

    /// Adds a text whose lines are all ended.
    pub(crate) fn write(&self, text: std::fmt::Arguments<'_>) {
        let mut collected = self.text.borrow_mut();
        let _ = collected.write_fmt(text);
        if collected.len() >= Self::ROOM {
            self.print(&mut collected);
        }
    }

    /// The text in a colour, where colours are used.
    pub(crate) fn paint(&self, paint: Paint, text: impl AsRef<str>) -> String {
        self.shell.paint(paint, text)
    }

    /// Whether colours are used.
    pub(crate) fn is_colored(&self) -> bool {
        self.shell.color
    }

    fn print(&self, collected: &mut String) {
        if let Some(text) = collected.strip_suffix('\n') {
            self.shell.line(text);
        }
        collected.clear();
    }
}

impl Drop for Page<'_> {
    fn drop(&mut self) {
        self.print(&mut self.text.borrow_mut());
    }
}

impl Shell {
    /// A shell on the process's streams.
    pub(crate) fn new(environment: &Environment, no_color: bool) -> Self {
        let forced = environment
            .get("CLICOLOR_FORCE")
            .is_some_and(|value| value != "0");
        let refused =
            no_color || environment.get("NO_COLOR").is_some() || environment.get("TERM") == Some("dumb");
        let columns = environment.get("COLUMNS").and_then(|text| text.parse().ok());
        Self {
            color: !refused && (environment.terminal || forced),
            terminal: environment.terminal && environment.get("TERM") != Some("dumb"),
            width: columns.unwrap_or(100).clamp(40, 200),
            redactor: Redactor::new(),
            interactive: environment.interactive,
            transient: Mutex::new(false),
            stream: OnceLock::new(),
        }
    }

    /// Prints a line on standard output.
    pub(crate) fn line(&self, text: impl AsRef<str>) {
        self.clear_transient();
        let mut out = io::stdout().lock();
        // A closed pipe is no failure of ours.
        let _ = writeln!(out, "{}", self.redactor.scrub(text.as_ref()));
        let _ = out.flush();
    }

    /// Collects lines that are printed together, so that a long text costs few writes.
    pub(crate) fn page(&self) -> Page<'_> {
        Page {
            shell: self,
            text: RefCell::new(String::new()),
        }
    }

    /// Prints a text as it is, secrets included: for what the user asked to reveal.
    pub(crate) fn reveal(&self, text: &str) {
        self.reveal_bytes(text.as_bytes());
    }

    /// The same for what need not be UTF-8.
    pub(crate) fn reveal_bytes(&self, text: &[u8]) {
        self.clear_transient();
        let mut out = io::stdout().lock();
        let _ = out.write_all(text);
        let _ = out.flush();
    }

    /// Prints a line on standard error.
    pub(crate) fn note(&self, text: impl AsRef<str>) {
        self.clear_transient();
        let mut err = io::stderr().lock();
        let _ = writeln!(err, "{}", self.redactor.scrub(text.as_ref()));
    }

    /// Shows a line that the next one overwrites; nothing when standard output is no terminal.
    pub(crate) fn transient(&self, text: &str) {
        if !self.terminal {
            return;
        }
        let scrubbed = self.redactor.scrub(text);
        let short: String = scrubbed.chars().take(self.width.saturating_sub(1)).collect();
        let mut out = io::stdout().lock();
        let _ = write!(out, "\r\u{1b}[K{short}");
        let _ = out.flush();
        *self.transient.lock().expect("no holder panics") = true;
    }

    fn clear_transient(&self) {
        let mut shown = self.transient.lock().expect("no holder panics");
        if std::mem::take(&mut *shown) {
            let mut out = io::stdout().lock();
            let _ = write!(out, "\r\u{1b}[K");
            let _ = out.flush();
        }
    }

    /// The text in a colour, where colours are used.
    pub(crate) fn paint(&self, paint: Paint, text: impl AsRef<str>) -> String {
        let text = text.as_ref();
        if !self.color {
            return text.to_owned();
        }
        let code = match paint {
            Paint::Green => "32",
            Paint::Yellow => "33",
            Paint::Red => "31",
            Paint::Cyan => "36",
            Paint::Bold => "1",
            Paint::Dim => "2",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    /// Prints diagnostics: errors and warnings on standard error, in the order of their places.
    pub(crate) fn diagnostics(&self, diagnostics: &Diagnostics, sources: &Sources) {
        let mut sorted = diagnostics.clone();
        sorted.sort();
        sorted.remove_repeats();
        for diagnostic in &sorted {
            self.diagnostic(diagnostic, sources);
        }
    }

    /// Makes every later diagnostic a line of the stream on standard output.
    pub(crate) fn stream(&self, clock: Arc<dyn Clock>) {
        // A stream that has begun goes on.
        let _ = self.stream.set(clock);
    }

    /// Prints one diagnostic on standard error, or as a line of the stream.
    pub(crate) fn diagnostic(&self, diagnostic: &Diagnostic, sources: &Sources) {
        if let Some(clock) = self.stream.get() {
            crate::views::json::stream::diagnostic(self, &self.scrubbed(diagnostic), sources, clock.now());
            return;
        }
        let options = RenderOptions {
            color: self.color,
            width: self.width,
            unicode: true,
        };
        let diagnostic = self.scrubbed(diagnostic);
        self.note(format!("{}\n", render_text(&diagnostic, sources, options)));
    }

    /// The diagnostic without secrets: once its lines are broken, a secret may be too.
    fn scrubbed(&self, diagnostic: &Diagnostic) -> Diagnostic {
        let mut clean = diagnostic.clone();
        let parts = &mut *clean;
        let labels = std::iter::once(&mut parts.detail)
            .chain(&mut parts.label)
            .chain(&mut parts.help);
        let values = parts.values.iter_mut().map(|(_, value)| value);
        let related = parts.related.iter_mut().map(|related| &mut related.text);
        for text in labels.chain(values).chain(related) {
            *text = self.redactor.scrub(text).into_owned();
        }
        clean
    }

    /// Asks for a value and reads a line, from a terminal or a pipe; `None` where the input has ended.
    pub(crate) fn ask_value(&self, question: &Question) -> Option<String> {
        self.clear_transient();
        let mut out = io::stdout().lock();
        let _ = writeln!(out, "{}", self.paint(Paint::Bold, &question.title));
        for line in question.description.lines() {
            let _ = writeln!(out, "  {line}");
        }
        if !question.description.is_empty() {
            let _ = writeln!(out);
        }
        let _ = write!(out, "  {} ", self.paint(Paint::Bold, "Enter a value:"));
        let _ = out.flush();
        let hidden = (question.secret && self.interactive).then(Echo::off);
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer);
        drop(hidden);
        let _ = writeln!(out, "\n");
        (read.ok()? > 0).then(|| answer.trim_end().to_owned())
    }

    /// Asks on standard error for a secret, where somebody is at the terminal; `None` where not. Standard output may be a file.
    pub(crate) fn ask_secret(&self, prompt: &str) -> Option<String> {
        if !self.interactive {
            return None;
        }
        self.clear_transient();
        let mut err = io::stderr().lock();
        let _ = write!(err, "{} ", self.paint(Paint::Bold, prompt));
        let _ = err.flush();
        let hidden = Echo::off();
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer);
        drop(hidden);
        (read.ok()? > 0).then(|| answer.trim_end_matches(['\n', '\r']).to_owned())
    }

    /// Prompts on standard output and reads a line; `None` at the end of the input, or where the user leaves.
    pub(crate) fn prompt(&self, prompt: &str, editor: &mut LineEditor) -> Option<String> {
        self.clear_transient();
        if let Some(read) = editor.read(prompt) {
            return read;
        }
        let mut out = io::stdout().lock();
        let _ = out.write_all(prompt.as_bytes());
        let _ = out.flush();
        let mut line = String::new();
        let length = io::stdin().lock().read_line(&mut line).ok()?;
        (length > 0).then(|| line.trim_end_matches(['\n', '\r']).to_owned())
    }

    /// Asks a question and reads a line, from a terminal or a pipe; `None` where the input has ended.
    pub(crate) fn ask(&self, question: &str) -> Option<String> {
        self.clear_transient();
        let mut out = io::stdout().lock();
        let _ = write!(out, "{question} ");
        let _ = out.flush();
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer);
        if !self.interactive {
            // What was answered is not on the screen, and neither is its line break.
            let _ = writeln!(out);
        }
        (read.ok()? > 0).then(|| answer.trim().to_owned())
    }
}
