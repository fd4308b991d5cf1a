//! In which block of its file a place stands: said beside an excerpt.

use crate::raw::{JsonNode, JsonValue, json_root};
use crate::syntax::{Kind, Token, lex};
use regprov_diag::Source;
use std::fmt::Write as _;

/// The header of the top-level block around a byte of a file, such as `resource "a" "b"`; in JSON the way to the innermost
/// object, such as `resource.a.b`. `None` outside of any.
pub fn enclosing_block(file: &Source, at: usize) -> Option<String> {
    if file.name.ends_with(".json") {
        let root = json_root(&file.text)?;
        let mut way = String::new();
        steps(&root, at, &mut way);
        return Some(way.trim_start_matches('.').to_owned()).filter(|way| !way.is_empty());
    }
    native(file.text.as_bytes(), at)
}

fn native(text: &[u8], at: usize) -> Option<String> {
    let tokens = lex(text);
    let mut rest = tokens.as_slice();
    while let Some(first) = rest.first().filter(|first| first.start() <= at) {
        let length = item(rest);
        let (this, after) = rest.split_at(length);
        let end = this.last().unwrap_or(first).end();
        if first.kind == Kind::Name && at < end {
            return header(text, this);
        }
        rest = after;
    }
    None
}

/// How many tokens the argument or block at the start has, its end of line left out.
fn item(tokens: &[Token]) -> usize {
    let mut depth = 0;
    for (index, token) in tokens.iter().enumerate() {
        depth += token.kind.nesting();
        let ends = match token.kind {
            Kind::CloseBrace => depth <= 0,
            Kind::Newline | Kind::Comment => index == 0,
            Kind::End => return index.max(1),
            _ => false,
        };
        if ends {
            return index + 1;
        }
        if depth == 0 && matches!(token.kind, Kind::Newline | Kind::Comment) {
            return index;
        }
    }
    tokens.len()
}

/// The type and labels of a block; `None` for an argument.
fn header(text: &[u8], tokens: &[Token]) -> Option<String> {
    let brace = tokens.iter().position(|token| token.kind == Kind::OpenBrace)?;
    let mut header = String::new();
    for token in &tokens[..brace] {
        let written = String::from_utf8_lossy(token.bytes(text));
        match token.kind {
            Kind::Name if header.is_empty() => header.push_str(&written),
            Kind::Name | Kind::QuotedText => {
                let _ = write!(header, " \"{written}\"");
            }
            Kind::OpenQuote | Kind::CloseQuote | Kind::Newline | Kind::Comment => {}
            _ => return None,
        }
    }
    Some(header)
}

fn steps(node: &JsonNode, at: usize, way: &mut String) {
    let holds = |node: &JsonNode| {
        matches!(node.value, JsonValue::Object(_) | JsonValue::Array(_)) && node.span.range().contains(&at)
    };
    match &node.value {
        JsonValue::Object(entries) => {
            if let Some(entry) = entries.iter().find(|entry| holds(&entry.node)) {
                let _ = write!(way, ".{}", entry.name);
                steps(&entry.node, at, way);
            }
        }
        JsonValue::Array(items) => {
            if let Some(index) = items.iter().position(holds) {
                let _ = write!(way, "[{index}]");
                steps(&items[index], at, way);
            }
        }
        JsonValue::Null | JsonValue::Bool(_) | JsonValue::Number(_) | JsonValue::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use regprov_diag::Sources;

    /// What is said of the place just before each `|`, which is taken out.
    fn said(name: &str, marked: &str) -> Vec<Option<String>> {
        let mut sources = Sources::new();
        let file = sources.add(name, marked.replace('|', ""));
        let places = marked.match_indices('|').enumerate();
        let file = sources.get(file).unwrap();
        places
            .map(|(nth, (at, _))| enclosing_block(file, (at - nth).saturating_sub(1)))
            .collect()
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_place_within_a_block_is_told_by_the_header_of_the_block_at_the_top() {
        let text = "locals {\n  a = |{ b = \"${|c}\" }\n}\n|\nresource \"t\" |n { # x\n  inner {\n    a| = 1\n  }\n}|\nz = {| }\n";
        let resource = || some("resource \"t\" \"n\"");
        let locals = || some("locals");
        assert_eq!(
            said("main.tf", text),
            [locals(), locals(), None, resource(), resource(), resource(), None]
        );
    }

    #[test]
    fn a_block_without_its_end_holds_the_rest_and_a_stray_brace_nothing() {
        assert_eq!(said("main.tf", "}\nlocals {\n  a = |\n"), [some("locals")]);
        assert_eq!(said("main.tf", "} |} |"), [None, None]);
    }

    #[test]
    fn a_place_in_json_is_told_by_the_way_to_it() {
        let text = "{ \"resource\": { \"t\": { \"n\": [ {}, { \"a\": |1 } ] } }, \"x\": |1 }";
        assert_eq!(said("main.tf.json", text), [some("resource.t.n[1]"), None]);
        assert_eq!(said("main.tf.json", "{ |"), [None]);
    }
}
