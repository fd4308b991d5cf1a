//! A text for the parser that builds the tree, without what that one is stricter about than the grammar.

use super::{Kind, Token};
use std::borrow::Cow;

/// What line ends outside of brackets mean.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lines {
    /// They end arguments.
    Count,
    /// They mean nothing: the text is one expression.
    GoOn,
}

/// The text with blanks in place of comments, and of line ends that mean nothing. Everything else stays where it is.
pub(crate) fn bare(text: &str, tokens: &[Token], lines: Lines) -> String {
    let source = text.as_bytes();
    let mut bytes = source.to_vec();
    let mut open = vec![lines];
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::OpenParen | Kind::OpenBracket | Kind::OpenInterpolation | Kind::OpenDirective => {
                open.push(Lines::GoOn);
            }
            Kind::OpenBrace if begins_for(source, &tokens[at + 1..]) => open.push(Lines::GoOn),
            Kind::OpenBrace | Kind::OpenQuote | Kind::OpenHeredoc => open.push(Lines::Count),
            Kind::CloseQuote | Kind::CloseHeredoc => drop(open.pop()),
            kind if kind.nesting() < 0 => drop(open.pop()),
            _ => {}
        }
        let means_nothing = open.last().copied().unwrap_or(lines) == Lines::GoOn;
        let blank = match token.kind {
            Kind::Comment if means_nothing || !token.ends_line(source) => token.range(),
            Kind::Comment => token.start()..token.end() - 1,
            Kind::Newline if means_nothing && !follows_heredoc(tokens, token) => token.range(),
            _ => continue,
        };
        bytes[blank].fill(b' ');
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// Whether a brace with these tokens behind it is a `for`, in which line ends mean nothing.
fn begins_for(source: &[u8], behind: &[Token]) -> bool {
    let first = behind
        .iter()
        .find(|token| !matches!(token.kind, Kind::Newline | Kind::Comment));
    first.is_some_and(|first| first.kind == Kind::Name && first.bytes(source) == b"for")
}

/// The text with other digits in place of numbers that the parser does not take or reads otherwise: those beyond what a
/// 64-bit float holds, and those with nothing behind their point. What is written of them stands in the text itself.
pub(crate) fn with_plain_numbers<'a>(text: &'a str, tokens: &[Token]) -> Cow<'a, str> {
    let odd = tokens.iter().filter(|token| {
        let written = || text.get(token.range()).unwrap_or_default();
        token.kind == Kind::Number
            && (written().contains(".e") || written().contains(".E") || is_vast(written()))
    });
    let mut plain = Cow::Borrowed(text);
    for token in odd {
        plain
            .to_mut()
            .replace_range(token.range(), &"1".repeat(token.range().len()));
    }
    plain
}

fn is_vast(number: &str) -> bool {
    number.contains(['e', 'E']) && number.parse::<f64>().is_ok_and(f64::is_infinite)
}

/// The newline behind the marker of a heredoc belongs to it.
fn follows_heredoc(tokens: &[Token], newline: &Token) -> bool {
    tokens
        .binary_search_by_key(&newline.start(), Token::start)
        .ok()
        .and_then(|at| at.checked_sub(1))
        .is_some_and(|before| tokens[before].kind == Kind::CloseHeredoc)
}

#[cfg(test)]
mod tests {
    use super::{Lines, bare};
    use crate::syntax::lex;

    fn check(text: &str, lines: Lines, expected: &str) {
        assert_eq!(bare(text, &lex(text.as_bytes()), lines), expected);
    }

    #[test]
    fn comments_become_blanks() {
        check(
            "a = /* é */ 1 # \r x\nb = 2",
            Lines::Count,
            "a =          1      \nb = 2",
        );
        check("# x\r\n1", Lines::Count, "    \n1");
    }

    #[test]
    fn line_ends_within_brackets_and_a_for_become_blanks() {
        check(
            "a = { # x\n for k in b : k => c ? d : # y\n e\n}\nf = {\n g = [\n{\n h = 1\n}\n]\n}\n",
            Lines::Count,
            "a = {      for k in b : k => c ? d :      e }\nf = {\n g = [ {\n h = 1\n} ]\n}\n",
        );
        check(
            "a = (<<E\nx ${\n1\n}\nE\n)\n",
            Lines::Count,
            "a = (<<E\nx ${ 1 }\nE\n)\n",
        );
    }

    #[test]
    fn line_ends_of_an_expression_become_blanks_outside_of_brackets() {
        check("x ?\n{a = 1\n} : [\n1]\n", Lines::GoOn, "x ? {a = 1\n} : [ 1] ");
        check("<<E\nx\nE\n", Lines::GoOn, "<<E\nx\nE\n");
    }
}
