//! Whether a blank stands between two tokens of a line.

use crate::syntax::Kind;

/// A token among its neighbours.
#[derive(Clone, Copy)]
pub(super) struct Neighbours {
    /// The token before, if there is one in the same cell.
    pub(super) before: Option<Kind>,
    pub(super) subject: Kind,
    /// Whether the subject is the word `in`.
    pub(super) is_in: bool,
    pub(super) after: Kind,
}

/// Whether a blank stands behind the subject.
pub(super) const fn is_spaced(tokens: Neighbours) -> bool {
    use Kind as K;
    let Neighbours {
        before,
        subject,
        is_in,
        after,
    } = tokens;
    match (subject, after) {
        (_, K::Newline) | (K::Name, K::OpenParen | K::DoubleColon) | (K::DoubleColon, K::Name) => false,
        (K::Dot, _) | (_, K::Dot | K::Comma | K::Ellipsis) => false,
        (K::Comma, _) => true,
        // Blanks in a template would be part of its text.
        (K::QuotedText | K::HeredocText | K::OpenQuote | K::OpenHeredoc, _)
        | (_, K::QuotedText | K::HeredocText | K::CloseQuote | K::CloseHeredoc) => false,
        // `for x in [y]`, which is no index.
        _ if is_in && matches!(before, Some(K::Name)) => true,
        (K::Name | K::Number, K::OpenBracket) => false,
        (subject, K::OpenBracket) if subject.nesting() < 0 => false,
        (K::Not, _) => false,
        (K::Minus, _) => !is_sign(before),
        (K::OpenBrace, K::CloseBrace) => false,
        (K::OpenBrace, _) | (_, K::CloseBrace) => true,
        (K::OpenInterpolation | K::OpenDirective, K::OpenBrace) | (K::CloseBrace, K::CloseSequence) => true,
        (K::CloseSequence, K::OpenInterpolation | K::OpenDirective) => false,
        (subject, after) => subject.nesting() <= 0 && after.nesting() >= 0,
    }
}

/// Whether a minus behind this token is a sign: nothing there could be a left operand.
const fn is_sign(before: Option<Kind>) -> bool {
    use Kind as K;
    matches!(
        before,
        None | Some(
            K::OpenParen
                | K::OpenBrace
                | K::OpenBracket
                | K::Assign
                | K::Colon
                | K::Comma
                | K::Question
                | K::Plus
                | K::Star
                | K::Slash
                | K::Percent
                | K::Minus
                | K::Equal
                | K::NotEqual
                | K::Greater
                | K::GreaterOrEqual
                | K::Less
                | K::LessOrEqual
                | K::And
                | K::Or
                | K::Not
        )
    )
}
