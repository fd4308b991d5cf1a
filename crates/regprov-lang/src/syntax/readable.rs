//! Bytes as text, with every place where it is.

use super::{Kind, lex};
use std::borrow::Cow;

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

/// The text of a file in native syntax. Comments may hold bytes that are not UTF-8.
///
/// # Errors
/// The place of the first such byte elsewhere.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, usize> {
    if std::str::from_utf8(bytes).is_err()
        && let Some(bad) = lex(bytes).iter().find(|token| token.kind == Kind::BadEncoding)
    {
        return Err(bad.start());
    }
    Ok(readable(bytes))
}
