//! The blanks before each token: indentation, single blanks, and columns of `=` and of comments.

use super::columns::columns;
use super::spacing::{Neighbours, is_spaced};
use super::{Piece, Sheet};
use crate::syntax::Kind;
use std::ops::Range;

/// A line in three cells, each a range of pieces: what comes first, the `=` with what is assigned, and the comment behind.
#[derive(Clone, Debug, Default)]
struct Line {
    lead: Range<usize>,
    assign: Range<usize>,
    comment: Range<usize>,
}

/// Chooses the blanks before every token.
pub(super) fn lay_out(sheet: &mut Sheet) {
    let lines = lines(sheet);
    indent(sheet, &lines);
    for line in &lines {
        space(sheet, line.lead.clone());
        if let Some(first) = sheet
            .pieces
            .get_mut(line.assign.clone())
            .and_then(<[_]>::first_mut)
        {
            first.blanks = 1;
        }
        space(sheet, line.assign.clone());
    }
    align(sheet, &lines, |line| (line.lead.clone(), line.assign.clone()));
    align(sheet, &lines, |line| {
        let end = if line.assign.is_empty() {
            line.lead.end
        } else {
            line.assign.end
        };
        (line.lead.start..end, line.comment.clone())
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
fn line(sheet: &Sheet, mut lead: Range<usize>) -> Line {
    let pieces = &sheet.pieces;
    let mut comment = 0..0;
    if lead.len() > 1 && pieces[lead.end - 1].kind == Kind::Comment {
        comment = lead.end - 1..lead.end;
        lead.end -= 1;
    }
    let mut assign = 0..0;
    let equals = lead.clone().skip(1).find(|at| pieces[*at].kind == Kind::Assign);
    if let Some(equals) = equals {
        let net: i32 = pieces[equals..lead.end]
            .iter()
            .map(|piece| piece.kind.nesting())
            .sum();
        // Otherwise an expression over several lines begins or ends here.
        if net == 0 {
            assign = equals..lead.end;
            lead.end = equals;
        }
    }
    Line {
        lead,
        assign,
        comment,
    }
}

/// Two blanks for each open line: a line opens one level however many brackets it opens.
fn indent(sheet: &mut Sheet, lines: &[Line]) {
    let mut open: Vec<i32> = Vec::new();
    for line in lines {
        let lead = &mut sheet.pieces[line.lead.clone()];
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
            lead[0].blanks = 2 * open.len();
            open.push(net);
        } else {
            close(&mut open, -net);
            lead[0].blanks = 2 * open.len();
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
        sheet.pieces[at + 1].blanks = usize::from(spaced);
        before = Some(piece.kind);
    }
}

/// Puts the second cells of consecutive lines in one column. `cells` gives what stands before, and the cell.
fn align(sheet: &mut Sheet, lines: &[Line], cells: impl Fn(&Line) -> (Range<usize>, Range<usize>)) {
    let mut chain: Vec<(usize, usize)> = Vec::new();
    for line in lines {
        let (before, cell) = cells(line);
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
        sheet.pieces[at].blanks = widest - width + 1;
    }
}

fn width(sheet: &Sheet, cells: Range<usize>) -> usize {
    sheet.pieces[cells]
        .iter()
        .map(|piece| piece.blanks + columns(sheet.bytes(piece)))
        .sum()
}
