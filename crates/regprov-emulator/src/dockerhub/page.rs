//! Lists, a page at a time.

use serde_json::{Value, json};

use super::failure::{absent, invalid};
use crate::answer::Answer;
use crate::call::Call;

/// The most entries of a page.
const LARGEST: usize = 100;

/// How the list says how many there are, and where the other pages are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// `count`, and `null` where there is no further page.
    Usual,
    /// `count`, and an empty text where there is no further page.
    Texts,
    /// `total`.
    Total,
}

/// The page that a request asks for.
pub(super) fn answer(call: &Call, style: Style, rows: Vec<Value>) -> Result<Value, Answer> {
    let number = |name: &str, default: usize| match call.query(name).filter(|text| !text.is_empty()) {
        None => Ok(default),
        Some(text) => text
            .parse::<usize>()
            .ok()
            .filter(|number| *number > 0)
            .ok_or_else(|| invalid(name, "A positive whole number is required.")),
    };
    let page = number("page", 1)?;
    let size = number("page_size", 10)?.min(LARGEST);
    let count = rows.len();
    let first = (page - 1).saturating_mul(size);
    if page > 1 && first >= count {
        return Err(absent(&json!({ "page": page })));
    }
    let link = |wanted: Option<usize>| match (wanted, style) {
        (Some(wanted), _) => json!(address(call, wanted, size)),
        (None, Style::Texts) => json!(""),
        (None, Style::Usual | Style::Total) => Value::Null,
    };
    let next = link((first + size < count).then_some(page + 1));
    let previous = link((page > 1).then(|| page - 1));
    let results: Vec<Value> = rows.into_iter().skip(first).take(size).collect();
    let name = if style == Style::Total { "total" } else { "count" };
    Ok(json!({ name: count, "next": next, "previous": previous, "results": results }))
}

fn address(call: &Call, page: usize, size: usize) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in &call.query {
        if name != "page" && name != "page_size" {
            pairs.append_pair(name, value);
        }
    }
    pairs.append_pair("page", &page.to_string());
    pairs.append_pair("page_size", &size.to_string());
    format!("{}{}?{}", call.base_url(), call.path, pairs.finish())
}
