//! The canonical layout of native syntax, byte for byte that of `terraform fmt`.
//!
//! Two steps over the tokens of a file: [`rewrite`] replaces the few spellings that have an idiomatic form (quotes around
//! a lone interpolation, legacy type names, bare labels), and [`layout`] chooses the blanks before each token. A line
//! break is never added, and a blank line never removed.

mod columns;
mod label;
mod layout;
mod rewrite;
mod spacing;

use crate::raw::{Origin, mistaken, parse_native, problem};
use crate::{codes, syntax};
use regprov_diag::{Diagnostics, SourceId};

/// A file in canonical layout; `source` holds its text, as [`readable`](crate::readable) gives it.
///
/// Guarantees: formatting the result changes nothing, and the result means what the text means. A byte order mark is
/// left out; line ends stay as they are.
///
/// # Errors
/// When the text is no native syntax.
pub fn format(text: &[u8], source: SourceId) -> Result<Vec<u8>, Diagnostics> {
    let tokens = syntax::lex(text);
    let checked = syntax::check_file(text, &tokens);
    if checked != Ok(None) {
        return Err(refusal(text, checked, source));
    }
    let mut sheet = rewrite::rewrite(text, &tokens);
    layout::lay_out(&mut sheet);
    Ok(sheet.to_bytes())
}

/// Everything that is wrong with a text.
fn refusal(
    text: &[u8],
    checked: Result<Option<syntax::Repeat>, syntax::Mistake>,
    source: SourceId,
) -> Diagnostics {
    let mut found = Diagnostics::new();
    let readable = syntax::readable(text);
    let (plain, offset) = readable
        .strip_prefix('\u{feff}')
        .map_or((&*readable, 0), |rest| (rest, '\u{feff}'.len_utf8()));
    let origin = Origin {
        offset,
        ..Origin::file(source)
    };
    parse_native(plain, origin, &mut found);
    if !found.has_errors() {
        let origin = Origin::file(source);
        found.push(match checked {
            Err(mistake) => mistaken(mistake, &origin),
            Ok(repeat) => {
                let range = repeat.map(|repeat| repeat.at);
                problem(
                    &codes::DUPLICATE,
                    origin.span(range),
                    "This argument is set twice in one block.",
                )
            }
        });
    }
    found
}

/// A token to be written, and the blanks before it.
#[derive(Clone, Copy, Debug)]
struct Piece {
    kind: syntax::Kind,
    start: u32,
    end: u32,
    blanks: u32,
}

/// A place in the buffer of a sheet, or a number of blanks, in the 32 bits of a [`Piece`].
fn narrow(at: usize) -> u32 {
    u32::try_from(at).expect("a file is so small that what it is rewritten to has places of 32 bits")
}

/// The tokens of a file to be written. Their texts stand in one buffer: the file, and behind it what was rewritten.
struct Sheet {
    text: Vec<u8>,
    pieces: Vec<Piece>,
}

impl Sheet {
    fn bytes(&self, piece: &Piece) -> &[u8] {
        self.text
            .get(piece.start as usize..piece.end as usize)
            .unwrap_or_default()
    }

    /// Adds a token that the file does not hold.
    fn push_new(&mut self, kind: syntax::Kind, text: &str) {
        let start = self.text.len();
        self.text.extend_from_slice(text.as_bytes());
        self.pieces.push(Piece {
            kind,
            start: narrow(start),
            end: narrow(self.text.len()),
            blanks: 0,
        });
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.text.len() + self.text.len() / 8);
        for piece in &self.pieces {
            out.resize(out.len() + piece.blanks as usize, b' ');
            out.extend_from_slice(self.bytes(piece));
        }
        out
    }
}
