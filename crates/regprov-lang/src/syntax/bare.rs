//! A text for the parser that builds the tree, without what that one is stricter about than the grammar.

use super::{Kind, Token};

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
    let mut bytes = text.as_bytes().to_vec();
    let mut depth = 0;
    for token in tokens {
        depth += match token.kind {
            Kind::OpenQuote | Kind::OpenHeredoc => 1,
            Kind::CloseQuote | Kind::CloseHeredoc => -1,
            kind => kind.nesting(),
        };
        let means_nothing = lines == Lines::GoOn && depth == 0;
        let blank = match token.kind {
            Kind::Comment if means_nothing || !token.ends_line(text.as_bytes()) => token.range(),
            Kind::Comment => token.start..token.end - 1,
            Kind::Newline if means_nothing && !follows_heredoc(tokens, token) => token.range(),
            _ => continue,
        };
        bytes[blank].fill(b' ');
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// The newline behind the marker of a heredoc belongs to it.
fn follows_heredoc(tokens: &[Token], newline: &Token) -> bool {
    tokens
        .binary_search_by_key(&newline.start, |token| token.start)
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
    fn line_ends_of_an_expression_become_blanks_outside_of_brackets() {
        check("x ?\n{a = 1\n} : [\n1]\n", Lines::GoOn, "x ? {a = 1\n} : [\n1] ");
        check("<<E\nx\nE\n", Lines::GoOn, "<<E\nx\nE\n");
    }
}
