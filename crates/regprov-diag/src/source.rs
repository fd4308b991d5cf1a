//! The files that were read, and places in them.

use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

/// Names one file of a [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SourceId(pub u32);

/// A range of bytes in one source file.
///
/// Ordered by file, then by position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// The file.
    pub source: SourceId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
}

impl Span {
    /// Makes a span from byte offsets.
    pub fn new(source: SourceId, start: u32, end: u32) -> Self {
        Span {
            source,
            start,
            end: end.max(start),
        }
    }

    /// Makes a span from the range that a parser gives; offsets beyond 4 GiB are cut there.
    pub fn from_range(source: SourceId, range: Range<usize>) -> Self {
        Span::new(source, offset(range.start), offset(range.end))
    }

    /// The bytes covered.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether no byte is covered.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The empty span where this one starts.
    pub fn start_point(self) -> Span {
        Span {
            end: self.start,
            ..self
        }
    }

    /// The least span over both, or this one when `other` lies in another file.
    pub fn to(self, other: Span) -> Span {
        if self.source != other.source {
            return self;
        }
        Span {
            source: self.source,
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// Whether `other` lies wholly within this one.
    pub fn contains(self, other: Span) -> bool {
        self.source == other.source && self.start <= other.start && other.end <= self.end
    }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// One file that was read: its name as shown to people, and its text.
#[derive(Debug, Clone)]
pub struct Source {
    /// The name as shown to people, usually a path relative to the working directory.
    pub name: String,
    /// The whole text.
    pub text: Arc<str>,
    line_starts: Arc<[u32]>,
}

impl Source {
    fn new(name: String, text: Arc<str>) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| offset(at + 1)));
        let line_starts = starts.collect();
        Source {
            name,
            text,
            line_starts,
        }
    }

    /// The bytes of `span` cut to the text and to whole characters, so that slicing cannot fail.
    pub(crate) fn clamp(&self, span: Span) -> Range<usize> {
        let start = self.floor_char(span.range().start);
        let end = self.ceil_char(span.range().end);
        start..end.max(start)
    }

    fn floor_char(&self, at: usize) -> usize {
        let at = at.min(self.text.len());
        (0..=at)
            .rev()
            .find(|&at| self.text.is_char_boundary(at))
            .unwrap_or(0)
    }

    fn ceil_char(&self, at: usize) -> usize {
        let at = at.min(self.text.len());
        (at..=self.text.len())
            .find(|&at| self.text.is_char_boundary(at))
            .unwrap_or(self.text.len())
    }

    /// The line that holds byte `at`, counted from 0.
    pub(crate) fn line_index(&self, at: usize) -> usize {
        self.line_starts
            .partition_point(|&start| start as usize <= at)
            .saturating_sub(1)
    }

    /// The bytes of lines `first..=last` (counted from 0), without the last line's end.
    pub(crate) fn line_range(&self, first: usize, last: usize) -> Range<usize> {
        let length = self.text.len();
        let start = self.line_starts.get(first).map_or(length, |&at| at as usize);
        let end = self
            .line_starts
            .get(last + 1)
            .map_or(length, |&at| at as usize - 1);
        let end = if end > start && self.text.as_bytes().get(end - 1) == Some(&b'\r') {
            end - 1
        } else {
            end
        };
        start..end.max(start)
    }

    /// Line and column of byte `at`, both counted from 1; a column is what a reader sees as one character.
    pub fn line_column(&self, at: u32) -> (usize, usize) {
        let at = self.floor_char(at as usize);
        let line = self.line_index(at);
        let start = self.line_range(line, line).start;
        (line + 1, self.text[start..at].graphemes(true).count() + 1)
    }
}

/// All files that were read in one run. Only ever grows, so that a [`Span`] stays meaningful.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<(String, Arc<str>)>", into = "Vec<(String, Arc<str>)>")]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// Makes an empty set of files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file and answers its id; a file that is there already, such as that of a module called twice, keeps its id.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<Arc<str>>) -> SourceId {
        let (name, text) = (name.into(), text.into());
        let known = self
            .files
            .iter()
            .position(|file| file.name == name && file.text == text);
        if let Some(known) = known {
            return SourceId(offset(known));
        }
        let id = SourceId(offset(self.files.len()));
        self.files.push(Source::new(name, text));
        id
    }

    /// The file of this id, if it is one of ours.
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.files.get(id.0 as usize)
    }

    /// All files, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        self.files
            .iter()
            .enumerate()
            .map(|(index, file)| (SourceId(offset(index)), file))
    }

    /// Line and column where the span starts, counted from 1; `(1, 1)` for a file that is not ours.
    pub fn line_column(&self, span: Span) -> (usize, usize) {
        self.get(span.source)
            .map_or((1, 1), |file| file.line_column(span.start))
    }

    /// The text that the span covers; empty for a file that is not ours.
    pub fn excerpt(&self, span: Span) -> &str {
        self.get(span.source)
            .map_or("", |file| &file.text[file.clamp(span)])
    }

    /// `name:line:column` of the span's start, for one-line mentions.
    pub fn place(&self, span: Span) -> String {
        let (line, column) = self.line_column(span);
        let name = self.get(span.source).map_or("", |file| &file.name);
        format!("{name}:{line}:{column}")
    }
}

impl From<Vec<(String, Arc<str>)>> for Sources {
    fn from(files: Vec<(String, Arc<str>)>) -> Self {
        Sources {
            files: files
                .into_iter()
                .map(|(name, text)| Source::new(name, text))
                .collect(),
        }
    }
}

impl From<Sources> for Vec<(String, Arc<str>)> {
    fn from(sources: Sources) -> Self {
        sources
            .files
            .into_iter()
            .map(|file| (file.name, file.text))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(text: &str) -> (Sources, SourceId) {
        let mut sources = Sources::new();
        let id = sources.add("a.tf", text);
        (sources, id)
    }

    #[test]
    fn columns_count_what_a_reader_sees_as_one_character() {
        let (sources, id) = sources("a\né👨‍👩‍👧e\u{301}x\n");
        let at = u32::try_from(sources.get(id).unwrap().text.find('x').unwrap()).unwrap();
        assert_eq!(sources.line_column(Span::new(id, at, at)), (2, 4));
        assert_eq!(sources.place(Span::new(id, at, at)), "a.tf:2:4");
    }

    #[test]
    fn a_file_that_is_read_twice_is_one_file() {
        let (mut sources, id) = sources("x");
        assert_eq!(sources.add("a.tf", "x"), id);
        assert_ne!(sources.add("a.tf", "y"), id);
        assert_ne!(sources.add("b.tf", "x"), id);
        assert_eq!(sources.iter().count(), 3);
    }

    #[test]
    fn the_byte_after_a_line_end_is_on_the_next_line() {
        let (sources, id) = sources("a\nb\n");
        let at = |byte| sources.line_column(Span::new(id, byte, byte));
        assert_eq!([at(0), at(1), at(2), at(4)], [(1, 1), (1, 2), (2, 1), (3, 1)]);
    }

    #[test]
    fn excerpts_are_cut_to_whole_characters_and_to_the_text() {
        let (sources, id) = sources("aéb");
        assert_eq!(sources.excerpt(Span::new(id, 2, 2)), "é");
        assert_eq!(sources.excerpt(Span::new(id, 3, 99)), "b");
        assert_eq!(sources.excerpt(Span::new(SourceId(7), 0, 1)), "");
    }

    #[test]
    fn spans_join_within_a_file_only() {
        let (one, two) = (Span::new(SourceId(0), 2, 4), Span::new(SourceId(0), 7, 9));
        assert_eq!(one.to(two), Span::new(SourceId(0), 2, 9));
        assert_eq!(one.to(Span::new(SourceId(1), 0, 1)), one);
        assert!(one.to(two).contains(two) && !one.contains(two));
    }

    #[test]
    fn sources_survive_serialization() {
        let (sources, id) = sources("a\nb");
        let copy: Sources = serde_json::from_str(&serde_json::to_string(&sources).unwrap()).unwrap();
        assert_eq!(copy.line_column(Span::new(id, 2, 3)), (2, 1));
        assert_eq!(copy.get(id).unwrap().name, "a.tf");
    }
}
