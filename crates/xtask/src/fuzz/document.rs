//! Damage to JSON that leaves it JSON: parts are exchanged, doubled, taken away, and set in the place of others.

use crate::fmt_peer::Random;
use serde_json::{Map, Value as Json, json};

/// Damages a document; `None` where it is none. Parts may come from a second one.
pub(super) fn damage(text: &[u8], other: &[u8], random: &mut Random) -> Option<Vec<u8>> {
    let mut document: Json = serde_json::from_slice(text).ok()?;
    let other = serde_json::from_slice(other).unwrap_or(Json::Null);
    for _ in 0..=random.below(3) {
        let place = place(&document, random);
        let part = match random.below(3) {
            0 => scalar(random),
            _ => like(&place, &other, random).unwrap_or_else(|| scalar(random)),
        };
        if let Some(target) = document.pointer_mut(&place) {
            change(target, part, random);
        }
    }
    serde_json::to_vec(&document).ok()
}

fn change(target: &mut Json, part: Json, random: &mut Random) {
    match target {
        Json::Array(items) if random.once_in(2) => {
            let at = random.below(items.len() + 1);
            match items.get(at).cloned() {
                Some(item) if random.once_in(2) => items.insert(random.below(items.len()), item),
                Some(_) if random.once_in(2) => drop(items.remove(at)),
                Some(_) | None => items.insert(at, part),
            }
        }
        Json::Object(entries) if random.once_in(2) => entry(entries, part, random),
        Json::String(text) if random.once_in(2) => {
            let at = text.char_indices().nth(random.below(text.len().max(1)));
            text.insert(at.map_or(0, |(at, _)| at), '"');
        }
        other => *other = part,
    }
}

fn entry(entries: &mut Map<String, Json>, part: Json, random: &mut Random) {
    let names: Vec<String> = entries.keys().cloned().collect();
    let Some(name) = names.get(random.below(names.len())) else {
        entries.insert("a".to_owned(), part);
        return;
    };
    match random.below(3) {
        0 => drop(entries.remove(name)),
        1 => {
            let value = entries.remove(name).unwrap_or_default();
            entries.insert(format!("{name}x"), value);
        }
        _ => drop(entries.insert(name.clone(), part)),
    }
}

/// A place within a document, as a pointer; deeper ones are as likely as shallow ones.
fn place(document: &Json, random: &mut Random) -> String {
    let mut all = Vec::new();
    places(document, String::new(), &mut all);
    all.swap_remove(random.below(all.len()))
}

fn places(document: &Json, here: String, all: &mut Vec<String>) {
    match document {
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                places(item, format!("{here}/{index}"), all);
            }
        }
        Json::Object(entries) => {
            for (name, item) in entries {
                let name = name.replace('~', "~0").replace('/', "~1");
                places(item, format!("{here}/{name}"), all);
            }
        }
        _ => {}
    }
    all.push(here);
}

/// What another document has under the same name.
fn like(place: &str, other: &Json, random: &mut Random) -> Option<Json> {
    let name = |place: &str| place.rsplit('/').next().unwrap_or_default().to_owned();
    let wanted = name(place);
    let mut all = Vec::new();
    places(other, String::new(), &mut all);
    all.retain(|place| name(place) == wanted);
    let place = all.get(random.below(all.len()))?;
    other.pointer(place).cloned()
}

fn scalar(random: &mut Random) -> Json {
    match random.below(12) {
        0 => Json::Null,
        1 => json!(true),
        2 => json!(0),
        3 => json!(-1),
        4 => json!(u64::MAX),
        5 => json!(1.5e300),
        6 => json!(""),
        7 => json!("é\u{0}\u{1f600}"),
        8 => json!([]),
        9 => json!({}),
        10 => json!("module.a[\"b\"].c.d[0]"),
        _ => json!("a".repeat(1 << random.below(12))),
    }
}

#[cfg(test)]
mod tests {
    use super::{Random, damage};

    #[test]
    fn damaged_documents_are_documents_still_and_mostly_others() {
        let text = br#"{"a":[1,{"b/c":"x"}],"d":{"e":null}}"#;
        let mut random = Random::new(3);
        let changed = (0..100).filter(|_| {
            let damaged = damage(text, text, &mut random).expect("it is JSON");
            let document: serde_json::Value = serde_json::from_slice(&damaged).expect("it stays JSON");
            document.to_string().as_bytes() != text
        });
        assert!(changed.count() > 60);
    }
}
