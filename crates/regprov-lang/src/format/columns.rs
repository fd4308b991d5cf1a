//! How wide a text is.

use unicode_segmentation::UnicodeSegmentation as _;

/// The grapheme clusters of a text; each byte that is not UTF-8 counts as one.
pub(super) fn columns(bytes: &[u8]) -> usize {
    if bytes.is_ascii() {
        return bytes.len() - bytes.windows(2).filter(|pair| pair == b"\r\n").count();
    }
    bytes
        .utf8_chunks()
        .map(|chunk| chunk.valid().graphemes(true).count() + chunk.invalid().len())
        .sum()
}
