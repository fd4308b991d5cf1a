//! The tokens of native syntax: what stands in a file, byte for byte, with blanks left out.
//!
//! The formatter lays tokens out anew, and the grammar says whether they make a file. Both take bytes: a comment may hold
//! some that are not UTF-8.

mod grammar;
mod lexer;
mod token;

use std::borrow::Cow;

pub(crate) use grammar::{Mistake, Repeat, check_expression, check_file};
pub(crate) use lexer::lex;
pub(crate) use token::{Kind, Token};

/// A text to be shown and parsed: every byte that is not UTF-8 becomes a `?`, so that places stay where they are.
pub fn readable(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let chunks = bytes.utf8_chunks();
    Cow::Owned(
        chunks.fold(String::with_capacity(bytes.len()), |mut text, chunk| {
            text.push_str(chunk.valid());
            text.extend(std::iter::repeat_n('?', chunk.invalid().len()));
            text
        }),
    )
}
