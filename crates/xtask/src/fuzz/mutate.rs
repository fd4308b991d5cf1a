//! Damage: bytes, pieces, lines, words of the language, and deep repetition.

use super::document;
use super::targets::Target;
use crate::fmt_peer::Random;

/// No text becomes longer.
const LONGEST: usize = 200_000;
/// How many accepted texts join those that are damaged.
const KEPT: usize = 2_000;

pub(super) struct Mutator {
    random: Random,
    corpus: Vec<Vec<u8>>,
    words: &'static [&'static str],
    /// Whether the texts are JSON.
    documents: bool,
    /// Where the next accepted text goes.
    next: usize,
    own: usize,
}

impl Mutator {
    pub(super) fn new(random: Random, corpus: Vec<Vec<u8>>, target: &Target) -> Self {
        let own = corpus.len();
        Self {
            random,
            corpus,
            words: target.words,
            documents: target.is_json,
            next: 0,
            own,
        }
    }

    /// Takes a text that was accepted among those that are damaged; late ones take the place of early ones.
    pub(super) fn keep(&mut self, text: Vec<u8>) {
        if text.len() > 4_000 {
            return;
        }
        if self.corpus.len() < self.own + KEPT {
            self.corpus.push(text);
        } else {
            let at = self.own + self.next % KEPT;
            self.corpus[at] = text;
            self.next += 1;
        }
    }

    pub(super) fn next_text(&mut self) -> Vec<u8> {
        let mut text = self.any();
        if self.documents && !self.random.once_in(4) {
            let other = self.any();
            return document::damage(&text, &other, &mut self.random).unwrap_or(text);
        }
        // Little damage mostly: much of it is refused at its first byte.
        let most = if self.random.once_in(3) { 6 } else { 1 };
        for _ in 0..=self.random.below(most) {
            self.damage(&mut text);
        }
        text.truncate(LONGEST);
        text
    }

    fn any(&mut self) -> Vec<u8> {
        if self.corpus.is_empty() {
            return Vec::new();
        }
        let at = self.random.below(self.corpus.len());
        self.corpus[at].clone()
    }

    fn damage(&mut self, text: &mut Vec<u8>) {
        let at = self.random.below(text.len() + 1);
        let end = (at + 1 + self.random.below(40)).min(text.len());
        match self.random.below(12) {
            0 if at < text.len() => text[at] ^= 1 << self.random.below(8),
            1 => {
                text.drain(at..end);
            }
            2 => {
                let piece = text[at.min(end)..end].to_vec();
                insert(text, at, &piece);
            }
            3 => {
                let byte = u8::try_from(self.random.below(256)).unwrap_or(0);
                text.insert(at, byte);
            }
            4 => self.splice(text, at),
            5 if self.random.once_in(8) => self.repeat(text, at),
            6 if self.random.once_in(8) => text.truncate(at),
            7 | 8 => self.lines(text),
            9 => self.number(text, at),
            _ => {
                let word = self.word();
                insert(text, at, word.as_bytes());
            }
        }
    }

    /// A line goes, comes twice, or changes its place.
    fn lines(&mut self, text: &mut Vec<u8>) {
        let mut lines: Vec<Vec<u8>> = text
            .split_inclusive(|byte| *byte == b'\n')
            .map(<[u8]>::to_vec)
            .collect();
        if lines.is_empty() {
            return;
        }
        let (at, to) = (self.random.below(lines.len()), self.random.below(lines.len()));
        match self.random.below(3) {
            0 => drop(lines.remove(at)),
            1 => lines.insert(to, lines[at].clone()),
            _ => lines.swap(at, to),
        }
        *text = lines.concat();
    }

    /// A number becomes another.
    fn number(&mut self, text: &mut Vec<u8>, at: usize) {
        let Some(start) = text[at..]
            .iter()
            .position(u8::is_ascii_digit)
            .map(|found| at + found)
        else {
            return;
        };
        let digits = text[start..].iter().take_while(|byte| byte.is_ascii_digit());
        let end = start + digits.count();
        let size = self.random.below(20);
        let with = self.random.below(1 << size).to_string();
        text.splice(start..end, with.into_bytes());
    }

    fn word(&mut self) -> &'static str {
        self.words[self.random.below(self.words.len())]
    }

    /// A piece of another text.
    fn splice(&mut self, text: &mut Vec<u8>, at: usize) {
        let other = self.any();
        let from = self.random.below(other.len() + 1);
        let to = (from + self.random.below(200)).min(other.len());
        insert(text, at, &other[from..to]);
    }

    /// One word, or two around the rest, very often.
    fn repeat(&mut self, text: &mut Vec<u8>, at: usize) {
        let times = 1 << self.random.below(15);
        let (before, after) = (self.word(), self.word());
        insert(text, at, before.repeat(times).as_bytes());
        if self.random.once_in(2) {
            text.extend_from_slice(after.repeat(times).as_bytes());
        }
    }
}

fn insert(text: &mut Vec<u8>, at: usize, piece: &[u8]) {
    let at = at.min(text.len());
    text.splice(at..at, piece.iter().copied());
}
