//! Words for people: near names, and text from strangers made safe to show.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The most slips of one name that are taken for slips.
const MOST_EDITS: usize = 4;

/// The candidate that the user most likely meant, if any is near enough.
///
/// Equal names that differ only in case win; then the fewest edits: at most a third of the name's length, and at most four,
/// since long names that share a stem are near without being alike. A candidate that only goes on where the name ends may
/// be twice as long. Of equally near candidates the first wins.
pub fn suggest<'a, S>(name: &str, candidates: impl IntoIterator<Item = &'a S>) -> Option<&'a str>
where
    S: AsRef<str> + ?Sized + 'a,
{
    let length = name.chars().count();
    let mut best: Option<(usize, &'a str)> = None;
    for candidate in candidates {
        let candidate = candidate.as_ref();
        let third = length.max(candidate.chars().count()).max(3) / 3;
        let longer = name.len() > MOST_EDITS && candidate.starts_with(name);
        let limit = if longer { length } else { third.min(MOST_EDITS) };
        let edits = match candidate.eq_ignore_ascii_case(name) {
            true => 0,
            false if candidate.len().abs_diff(name.len()) > limit * 4 => continue,
            false => strsim::damerau_levenshtein(name, candidate),
        };
        if edits <= limit && best.is_none_or(|(least, _)| edits < least) {
            best = Some((edits, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Makes every character visible that could move the cursor, reorder the text or hide in it.
///
/// Newlines and tabs are kept, and a carriage return before a newline is dropped. All other C0 and C1 controls, lone
/// carriage returns, bidirectional controls and zero-width characters become `\u{…}`.
pub fn escape_control(text: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\n' | b'\t');
    if text.bytes().all(is_plain) || !text.chars().any(is_deceptive) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\r' if rest.peek() == Some(&'\n') => {}
            '\r' => shown.push_str("\\r"),
            other if is_deceptive(other) => {
                write!(shown, "{}", other.escape_unicode()).expect("writing to a string does not fail");
            }
            other => shown.push(other),
        }
    }
    Cow::Owned(shown)
}

fn is_deceptive(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}' => true,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => true,
        other => other.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognized_and_a_stranger_is_not() {
        let known = ["scan_on_push", "image_scanning", "name", "Sku"];
        assert_eq!(suggest("scan_on_pull", known.iter()), Some("scan_on_push"));
        assert_eq!(suggest("nmae", known.iter()), Some("name"));
        assert_eq!(suggest("sku", known.iter()), Some("Sku"));
        assert_eq!(suggest("location", known.iter()), None);
        assert_eq!(suggest("", known.iter()), None);
    }

    #[test]
    fn a_long_shared_stem_alone_does_not_make_names_near() {
        let known = [
            "azurerm_container_registry",
            "azurerm_container_registry_webhook",
            "retention_policy_in_days",
            "trust_policy_enabled",
        ];
        assert_eq!(
            suggest("azurerm_container_registry_agent_pool", known.iter()),
            None
        );
        assert_eq!(
            suggest("azurerm_container_connected_registry", known.iter()),
            None
        );
        assert_eq!(
            suggest("azurerm_container_registry_webhok", known.iter()),
            Some("azurerm_container_registry_webhook")
        );
        assert_eq!(
            suggest("retention_policy", known.iter()),
            Some("retention_policy_in_days")
        );
        assert_eq!(
            suggest("trust_policy", known.iter()),
            Some("trust_policy_enabled")
        );
    }

    #[test]
    fn the_nearest_wins_and_then_the_first() {
        assert_eq!(
            suggest("abcdef", ["abcxyf", "abcdex", "xbcdef"].iter()),
            Some("abcdex")
        );
        let owned = vec!["Name".to_owned()];
        assert_eq!(suggest("name", &owned), Some("Name"));
    }

    #[test]
    fn harmless_text_is_not_copied() {
        assert!(matches!(escape_control("Größe\n\tja 👍 中文"), Cow::Borrowed(_)));
    }

    #[test]
    fn what_hides_or_steers_becomes_visible() {
        assert_eq!(
            escape_control("\u{1b}[31m\u{9b}\u{7f}\0"),
            "\\u{1b}[31m\\u{9b}\\u{7f}\\u{0}"
        );
        assert_eq!(
            escape_control("a\u{202e}b\u{2066}c\u{200b}\u{feff}"),
            "a\\u{202e}b\\u{2066}c\\u{200b}\\u{feff}"
        );
        assert_eq!(escape_control("one\r\ntwo\rthree\r"), "one\ntwo\\rthree\\r");
    }
}
