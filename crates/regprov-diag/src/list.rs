//! Many findings, collected.

use std::collections::HashMap;
use std::fmt;

use crate::{Diagnostic, SourceId, Span};

/// Diagnostics in the order in which they were found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "diagnostics are to be shown, or handed on"]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// Makes an empty collection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Takes the value and keeps the diagnostics, whether it worked or not.
    pub fn take<T>(&mut self, result: Result<T, impl Into<Diagnostics>>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(found) => {
                self.extend(found.into());
                None
            }
        }
    }

    /// Whether any is an error.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(Diagnostic::is_error)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Looks at each in turn.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// Changes each in turn.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, Diagnostic> {
        self.0.iter_mut()
    }

    /// Orders by place in the files, those without a place last; what has one place keeps its order.
    pub fn sort(&mut self) {
        self.0.sort_by_key(|diagnostic| {
            let place = diagnostic.subject.map(|span| (span.source, span.start));
            place.unwrap_or((SourceId(u32::MAX), u32::MAX))
        });
    }

    /// Removes those that say again what an earlier one said of the same place and instance.
    pub fn remove_repeats(&mut self) {
        let mut seen = std::collections::HashSet::new();
        self.0.retain(|d| {
            let key = (
                d.subject,
                d.address.clone(),
                d.summary.clone(),
                d.detail.clone(),
                d.label.clone(),
            );
            seen.insert(key)
        });
    }

    /// Keeps those that are wanted.
    pub fn retain(&mut self, wanted: impl FnMut(&Diagnostic) -> bool) {
        self.0.retain(wanted);
    }

    /// Adds what a later look found, but for what stands where an earlier one found an error, or at the end of that place.
    pub fn add_further(&mut self, further: Diagnostics) {
        let mut known: HashMap<_, u32> = HashMap::new();
        for place in self
            .iter()
            .filter(|known| known.is_error())
            .filter_map(|known| known.subject)
        {
            let start = known.entry((place.source, place.end)).or_insert(place.start);
            *start = place.start.min(*start);
        }
        self.extend(further.into_iter().filter(|diagnostic| {
            let is_known = |place: Span| {
                let start = known.get(&(place.source, place.end));
                start.is_some_and(|start| *start <= place.start)
            };
            !diagnostic.subject.is_some_and(is_known)
        }));
    }

    /// `Ok` with the warnings when there is no error, else `Err` with all.
    ///
    /// # Errors
    ///
    /// When any diagnostic is an error.
    pub fn into_result(self) -> Result<Diagnostics, Diagnostics> {
        if self.has_errors() { Err(self) } else { Ok(self) }
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Diagnostics(vec![diagnostic])
    }
}

impl From<Vec<Diagnostic>> for Diagnostics {
    fn from(diagnostics: Vec<Diagnostic>) -> Self {
        Diagnostics(diagnostics)
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, diagnostics: I) {
        self.0.extend(diagnostics);
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(diagnostics: I) -> Self {
        Diagnostics(diagnostics.into_iter().collect())
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// One line each; for logs and error chains.
impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{diagnostic}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(summary: &str, source: u32, start: u32) -> Diagnostic {
        Diagnostic::warning(None, summary).at(Span::new(SourceId(source), start, start + 1))
    }

    fn summaries(diagnostics: &Diagnostics) -> Vec<&str> {
        diagnostics
            .iter()
            .map(|diagnostic| diagnostic.summary.as_str())
            .collect()
    }

    #[test]
    fn sorting_follows_the_files_and_keeps_the_order_of_equals() {
        let nowhere = Diagnostic::error(None, "nowhere");
        let found = vec![
            nowhere,
            at("b", 1, 0),
            at("second", 0, 5),
            at("first", 0, 2),
            at("third", 0, 5),
        ];
        let mut diagnostics = Diagnostics::from(found);
        diagnostics.sort();
        assert_eq!(
            summaries(&diagnostics),
            ["first", "second", "third", "b", "nowhere"]
        );
    }

    #[test]
    fn only_errors_make_a_result_fail() {
        let mut diagnostics = Diagnostics::from(at("warning", 0, 0));
        assert_eq!(diagnostics.clone().into_result().unwrap().len(), 1);
        diagnostics.push(Diagnostic::error(None, "error"));
        assert!(diagnostics.has_errors());
        assert_eq!(diagnostics.into_result().unwrap_err().len(), 2);
    }

    #[test]
    fn repeats_are_told_once() {
        let mut diagnostics: Diagnostics = [at("a", 0, 0), at("a", 0, 1), at("a", 0, 0)]
            .into_iter()
            .collect();
        diagnostics.remove_repeats();
        assert_eq!(diagnostics.len(), 2);
    }

    #[test]
    fn a_place_that_is_wrong_already_is_not_told_again() {
        let mut diagnostics =
            Diagnostics::from(Diagnostic::error(None, "a").at(Span::new(SourceId(0), 3, 4)));
        let again = Diagnostic::error(None, "b").at(Span::new(SourceId(0), 3, 4));
        diagnostics.add_further([again, at("c", 0, 5)].into_iter().collect());
        assert_eq!(summaries(&diagnostics), ["a", "c"]);
    }

    #[test]
    fn taking_a_result_keeps_its_diagnostics() {
        let mut diagnostics = Diagnostics::new();
        assert_eq!(diagnostics.take(Ok::<_, Diagnostic>(1)), Some(1));
        assert_eq!(diagnostics.take(Err::<u8, _>(at("a", 0, 0))), None);
        assert_eq!(summaries(&diagnostics), ["a"]);
    }

    #[test]
    fn a_diagnostic_is_no_larger_than_a_pointer() {
        assert_eq!(size_of::<Diagnostic>(), size_of::<usize>());
    }
}
