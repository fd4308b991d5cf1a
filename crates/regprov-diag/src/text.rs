//! A diagnostic as text for people, with an excerpt of the source.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};

use crate::{Diagnostic, Severity, Source, SourceId, Sources, Span, escape_control};

/// How a diagnostic is to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RenderOptions {
    /// Whether to use ANSI colours.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Whether to draw lines with Unicode box characters rather than ASCII.
    pub unicode: bool,
}

impl RenderOptions {
    /// No colours, 80 columns, ASCII: what logs and tests want.
    pub const PLAIN: RenderOptions = RenderOptions {
        color: false,
        width: 80,
        unicode: false,
    };
}

/// Renders a diagnostic for people: title, excerpts, detail, address, values, help.
///
/// All text, the source included, passes [`escape_control`], so that no file or remote answer can steer a terminal.
pub fn render_text(diagnostic: &Diagnostic, sources: &Sources, options: RenderOptions) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let summary = escape_control(&diagnostic.summary);
    let title = level.primary_title(summary.as_ref());
    let title = match diagnostic.code {
        Some(code) => title.id(code.id),
        None => title,
    };
    let excerpts = excerpts(diagnostic, sources);
    let margin = excerpts
        .iter()
        .map(Excerpt::last_line)
        .max()
        .unwrap_or(0)
        .to_string()
        .len();
    let notes = notes(diagnostic, options.width.saturating_sub(margin + 3));
    let group = Group::with_title(title)
        .elements(excerpts.iter().map(Excerpt::snippet))
        .elements(notes.iter().map(|(level, text)| level.clone().message(text)));
    let text = renderer(options).render(&[group]);
    if options.color {
        text
    } else {
        without_trailing_spaces(&text)
    }
}

fn without_trailing_spaces(text: &str) -> String {
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

fn renderer(options: RenderOptions) -> Renderer {
    let renderer = if options.color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let decor = if options.unicode {
        DecorStyle::Unicode
    } else {
        DecorStyle::Ascii
    };
    renderer.term_width(options.width.max(40)).decor_style(decor)
}

/// What one diagnostic shows of one file: the least run of lines that holds all its marks.
struct Excerpt<'a> {
    file: &'a Source,
    marks: Vec<Mark<'a>>,
}

struct Mark<'a> {
    kind: AnnotationKind,
    bytes: Range<usize>,
    label: Option<Cow<'a, str>>,
}

/// The subject's file comes first, others in the order in which they are mentioned.
fn excerpts<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Vec<Excerpt<'a>> {
    let mut found: Vec<(SourceId, Excerpt<'a>)> = Vec::new();
    for (span, kind, label) in marks(diagnostic) {
        let Some(file) = sources.get(span.source) else {
            continue;
        };
        let bytes = match kind {
            AnnotationKind::Visible => first_line(file, span),
            _ => visible_bytes(file, span),
        };
        let mark = Mark {
            kind,
            bytes,
            label: label.map(escape_control),
        };
        match found.iter_mut().find(|(id, _)| *id == span.source) {
            Some((_, excerpt)) => excerpt.marks.push(mark),
            None => found.push((
                span.source,
                Excerpt {
                    file,
                    marks: vec![mark],
                },
            )),
        }
    }
    found.into_iter().map(|(_, excerpt)| excerpt).collect()
}

fn marks(diagnostic: &Diagnostic) -> impl Iterator<Item = (Span, AnnotationKind, Option<&str>)> {
    let subject = diagnostic
        .subject
        .map(|span| (span, AnnotationKind::Primary, diagnostic.label.as_deref()));
    let context = diagnostic
        .context
        .filter(|context| same_file(diagnostic.subject, *context));
    let context = context.map(|span| (span, AnnotationKind::Visible, None));
    let related = diagnostic.related.iter();
    let related = related.map(|related| (related.span, AnnotationKind::Context, Some(related.text.as_str())));
    subject.into_iter().chain(context).chain(related)
}

fn same_file(subject: Option<Span>, context: Span) -> bool {
    subject.is_none_or(|subject| subject.source == context.source)
}

fn first_line(file: &Source, span: Span) -> Range<usize> {
    let bytes = file.clamp(span);
    let line = file.line_index(bytes.start);
    bytes.start..file.line_range(line, line).end.max(bytes.start)
}

/// The span without trailing line ends, which would drag the mark onto the next line.
fn visible_bytes(file: &Source, span: Span) -> Range<usize> {
    let bytes = file.clamp(span);
    let text = &file.text[bytes.clone()];
    bytes.start..bytes.start + text.trim_end_matches(['\r', '\n']).len()
}

impl Excerpt<'_> {
    fn first_line(&self) -> usize {
        self.marks
            .iter()
            .map(|mark| self.file.line_index(mark.bytes.start))
            .min()
            .unwrap_or(0)
    }

    fn last_line(&self) -> usize {
        self.marks
            .iter()
            .map(|mark| self.file.line_index(mark.bytes.end))
            .max()
            .unwrap_or(0)
            + 1
    }

    fn snippet(&self) -> Snippet<'_, Annotation<'_>> {
        let first = self.first_line();
        let window = self.file.line_range(first, self.last_line() - 1);
        let text = &self.file.text[window.clone()];
        let shown = escape_control(text);
        let shift = |at: usize| shifted(text, at.saturating_sub(window.start)).min(shown.len());
        let annotations: Vec<_> = self
            .marks
            .iter()
            .map(|mark| {
                let start = shift(mark.bytes.start);
                let annotation = mark.kind.span(start..shift(mark.bytes.end).max(start));
                annotation.label(mark.label.as_deref())
            })
            .collect();
        let name = escape_control(&self.file.name).into_owned();
        Snippet::source(shown.clone())
            .line_start(first + 1)
            .path(name)
            .annotations(annotations)
    }
}

/// Where byte `at` of `text` stands in the escaped text.
fn shifted(text: &str, at: usize) -> usize {
    let Some((before, after)) = text.split_at_checked(at) else {
        return usize::MAX;
    };
    // The escaped text has no carriage return before a newline, so there is no place between the two.
    let before = if after.starts_with('\n') {
        before.strip_suffix('\r').unwrap_or(before)
    } else {
        before
    };
    escape_control(before).len()
}

/// What follows the excerpts, one entry per `= name: text`.
fn notes(diagnostic: &Diagnostic, width: usize) -> Vec<(Level<'static>, String)> {
    let mut notes = Vec::new();
    let mut add = |level: Level<'static>, name: &str, text: &str| {
        let width = width.saturating_sub(name.len() + 2);
        notes.push((level, wrap(&escape_control(text), width)));
    };
    if !diagnostic.detail.is_empty() {
        add(Level::NOTE, "note", &diagnostic.detail);
    }
    if let Some(address) = &diagnostic.address {
        add(Level::NOTE.with_name("address"), "address", address);
    }
    for (expression, rendered) in &diagnostic.values {
        add(
            Level::NOTE.with_name("value"),
            "value",
            &format!("`{expression}` is {rendered}"),
        );
    }
    for help in &diagnostic.help {
        add(Level::HELP, "help", help);
    }
    notes
}

/// Breaks lines at spaces to fit `width`. Indented lines (commands, code) stay as they are.
fn wrap(text: &str, width: usize) -> String {
    let width = width.max(24);
    let lines = text.lines().map(|line| match line.starts_with([' ', '\t']) {
        true => line.to_owned(),
        false => wrap_line(line, width),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn wrap_line(line: &str, width: usize) -> String {
    let mut wrapped = String::with_capacity(line.len());
    let mut column = 0;
    for word in line.split(' ') {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            wrapped.push('\n');
            column = 0;
        } else if column > 0 {
            wrapped.push(' ');
            column += 1;
        }
        wrapped.push_str(word);
        column += length;
    }
    wrapped
}
