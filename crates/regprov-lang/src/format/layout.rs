//! The blanks before each token: indentation, single blanks, and columns of `=` and of comments.

use super::columns::columns;
use super::spacing::{Neighbours, is_spaced};
use super::{Piece, Sheet, narrow};
use crate::syntax::Kind;
use std::ops::Range;

/// A line in three cells of pieces, one behind the other: what comes first, the `=` with what is assigned, and the comment.
#[derive(Clone, Copy, Debug)]
struct Line {
    start: u32,
    assign: u32,
    comment: u32,
    end: u32,
}

impl Line {
    const fn lead(self) -> Range<usize> {
        self.start as usize..self.assign as usize
    }

    const fn assign(self) -> Range<usize> {
        self.assign as usize..self.comment as usize
    }

    const fn comment(self) -> Range<usize> {
        self.comment as usize..self.end as usize
    }
}

/// Chooses the blanks before every token.
pub(super) fn lay_out(sheet: &mut Sheet) {
    let lines = lines(sheet);
    indent(sheet, &lines);
    for line in &lines {
        space(sheet, line.lead());
        if let Some(first) = sheet.pieces.get_mut(line.assign()).and_then(<[_]>::first_mut) {
            first.blanks = 1;
        }
        space(sheet, line.assign());
    }
    align(sheet, &lines, |line| (line.lead(), line.assign()));
    align(sheet, &lines, |line| {
        (line.lead().start..line.assign().end, line.comment())
    });
}

fn lines(sheet: &Sheet) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    for (at, piece) in sheet.pieces.iter().enumerate() {
        if piece.kind == Kind::End {
            lines.push(line(sheet, start..at));
            start = at + 1;
        } else if ends_line(sheet, piece) {
            lines.push(line(sheet, start..at + 1));
            start = at + 1;
        }
    }
    lines
}

fn ends_line(sheet: &Sheet, piece: &Piece) -> bool {
    match piece.kind {
        Kind::Newline => true,
        Kind::Comment => sheet.bytes(piece).last() == Some(&b'\n'),
        _ => false,
    }
}

/// Divides a line into its cells.
fn line(sheet: &Sheet, range: Range<usize>) -> Line {
    let pieces = &sheet.pieces;
    let has_comment = range.len() > 1 && pieces[range.end - 1].kind == Kind::Comment;
    let comment = range.end - usize::from(has_comment);
    let net = |cell: &[Piece]| cell.iter().map(|piece| piece.kind.nesting()).sum::<i32>();
    let equals = (range.start + 1..comment).find(|at| pieces[*at].kind == Kind::Assign);
    // Brackets that stay open, or close: an expression over several lines begins or ends here.
    let assign = equals.filter(|equals| net(&pieces[*equals..comment]) == 0);
    Line {
        start: narrow(range.start),
        assign: narrow(assign.unwrap_or(comment)),
        comment: narrow(comment),
        end: narrow(range.end),
    }
}

/// Two blanks for each open line: a line opens one level however many brackets it opens.
fn indent(sheet: &mut Sheet, lines: &[Line]) {
    let mut open: Vec<i32> = Vec::new();
    for line in lines {
        let lead = &mut sheet.pieces[line.lead()];
        let Some(first) = lead.first().map(|piece| piece.kind) else {
            continue;
        };
        if first == Kind::Newline {
            lead[0].blanks = 0;
            continue;
        }
        let heredoc = lead.iter().position(|piece| piece.kind == Kind::OpenHeredoc);
        let counted = &lead[..heredoc.unwrap_or(lead.len())];
        let net: i32 = counted.iter().map(|piece| piece.kind.nesting()).sum();
        if net > 0 {
            lead[0].blanks = narrow(2 * open.len());
            open.push(net);
        } else {
            close(&mut open, -net);
            lead[0].blanks = narrow(2 * open.len());
        }
    }
}

/// Takes brackets off the levels, the innermost first.
fn close(open: &mut Vec<i32>, mut brackets: i32) {
    while brackets > 0 {
        let Some(level) = open.last_mut() else {
            return;
        };
        if brackets < *level {
            *level -= brackets;
            return;
        }
        brackets -= *level;
        open.pop();
    }
}

/// Sets the blanks between the tokens of a cell.
fn space(sheet: &mut Sheet, cell: Range<usize>) {
    let mut before = None;
    for at in cell.start..cell.end.saturating_sub(1) {
        let piece = sheet.pieces[at];
        let spaced = is_spaced(Neighbours {
            before,
            subject: piece.kind,
            is_in: piece.kind == Kind::Name && sheet.bytes(&piece) == b"in",
            after: sheet.pieces[at + 1].kind,
        });
        sheet.pieces[at + 1].blanks = u32::from(spaced);
        before = Some(piece.kind);
    }
}

/// Puts the second cells of consecutive lines in one column. `cells` gives what stands before, and the cell.
fn align(sheet: &mut Sheet, lines: &[Line], cells: impl Fn(Line) -> (Range<usize>, Range<usize>)) {
    let mut chain: Vec<(usize, usize)> = Vec::new();
    for line in lines {
        let (before, cell) = cells(*line);
        if cell.is_empty() {
            close_chain(sheet, &mut chain);
        } else {
            chain.push((cell.start, width(sheet, before)));
        }
    }
    close_chain(sheet, &mut chain);
}

fn close_chain(sheet: &mut Sheet, chain: &mut Vec<(usize, usize)>) {
    let widest = chain.iter().map(|(_, width)| *width).max().unwrap_or(0);
    for (at, width) in chain.drain(..) {
        sheet.pieces[at].blanks = narrow(widest - width + 1);
    }
}

fn width(sheet: &Sheet, cells: Range<usize>) -> usize {
    sheet.pieces[cells]
        .iter()
        .map(|piece| piece.blanks as usize + columns(sheet.bytes(piece)))
        .sum()
}
