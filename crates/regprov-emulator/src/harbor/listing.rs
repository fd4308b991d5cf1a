//! Lists: `q`, `sort`, `page` and `page_size`, `X-Total-Count` and `Link`.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::api::{Api, Reply};
use super::failure::Failure;
use crate::answer::Answer;

const PAGE_SIZE: i64 = 10;
const LARGEST_PAGE: i64 = 100;

/// What a keyword of `q` asks of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    Exact(String),
    Fuzzy(String),
    Range(Option<String>, Option<String>),
    AnyOf(Vec<String>),
    AllOf(Vec<String>),
}

/// The keywords of the query, by attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Keywords(Vec<(String, Pattern)>);

impl Keywords {
    /// Reads the `q` of a request.
    pub(super) fn of(api: &Api<'_>) -> Result<Self, Failure> {
        let text = api.call.query("q").unwrap_or_default();
        // The server decodes what was decoded already, as a query: a plus sign is a space then.
        let text = text.replace('+', " ");
        let text = percent_decode_str(&text).decode_utf8_lossy().into_owned();
        let mut keywords = Vec::new();
        for pair in text.split(',').filter(|_| !text.is_empty()) {
            let (name, value) = pair
                .split_once('=')
                .filter(|(name, value)| !name.is_empty() && !value.is_empty())
                .ok_or_else(|| {
                    Failure::bad_request(
                        "the query string must contain \"=\" and the key/value cannot be empty",
                    )
                })?;
            let pattern = Pattern::parse(value).map_err(|cause| {
                Failure::bad_request(format!("invalid query string value: {value}: {cause}"))
            })?;
            keywords.push((snake(name), pattern));
        }
        Ok(Self(keywords))
    }

    /// Takes the exact value that is asked of an attribute.
    pub(super) fn take_exact(&mut self, name: &str) -> Option<String> {
        let index = self.0.iter().position(|(known, _)| known == name)?;
        match self.0.remove(index).1 {
            Pattern::Exact(value) => Some(value),
            _ => None,
        }
    }

    /// Asks for an attribute to contain a text, where a request has that parameter.
    pub(super) fn fuzzy(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.0.push((name.to_owned(), Pattern::Fuzzy(text.to_owned())));
        }
    }

    fn take(&self, row: &Value) -> bool {
        self.0.iter().all(|(name, pattern)| match row.get(name) {
            Some(value) => pattern.takes(value),
            None => true,
        })
    }
}

impl Pattern {
    fn parse(value: &str) -> Result<Self, &'static str> {
        let list = |text: &str| {
            text.split(' ')
                .map(|item| item.trim().trim_matches(['"', '\'']).to_owned())
                .filter(|item| !item.is_empty())
                .collect()
        };
        match value.as_bytes().first() {
            Some(b'~') if value.len() > 1 => Ok(Self::Fuzzy(value[1..].to_owned())),
            Some(b'~') => {
                Err("fuzzy match value must start with \"~\" and contain at least 1 other characters")
            }
            Some(b'[') => {
                let inner = value[1..]
                    .strip_suffix(']')
                    .filter(|inner| inner.matches('~').count() == 1);
                let (from, to) = inner
                    .and_then(|inner| inner.split_once('~'))
                    .ok_or("range must start with \"[\", end with \"]\" and contains only one \"~\"")?;
                let end = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
                match (end(from), end(to)) {
                    (None, None) => Err("min and max at least one should be set in range'"),
                    (from, to) => Ok(Self::Range(from, to)),
                }
            }
            Some(b'{') => value[1..]
                .strip_suffix('}')
                .map(|inner| Self::AnyOf(list(inner)))
                .ok_or("or list must start with \"{\" and end with \"}\""),
            Some(b'(') => value[1..]
                .strip_suffix(')')
                .map(|inner| Self::AllOf(list(inner)))
                .ok_or("and list must start with \"(\" and end with \")\""),
            Some(b'\\') => Ok(Self::Exact(value[1..].to_owned())),
            _ => Ok(Self::Exact(value.to_owned())),
        }
    }

    fn takes(&self, value: &Value) -> bool {
        let text = plain(value);
        match self {
            Self::Exact(wanted) => text == *wanted,
            Self::Fuzzy(part) => text.to_lowercase().contains(&part.to_lowercase()),
            Self::Range(from, to) => {
                from.as_ref().is_none_or(|from| !before(&text, from))
                    && to.as_ref().is_none_or(|to| !before(to, &text))
            }
            Self::AnyOf(wanted) => wanted.contains(&text),
            Self::AllOf(wanted) => wanted.iter().all(|wanted| *wanted == text),
        }
    }
}

/// Whether `left` comes before `right`: as numbers where both are, else as texts.
fn before(left: &str, right: &str) -> bool {
    match (left.parse::<i64>(), right.parse::<i64>()) {
        (Ok(left), Ok(right)) => left < right,
        _ => left < right,
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// `ProjectID` and `projectID` as `project_id`.
fn snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 2);
    let mut previous_lower = false;
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && previous_lower {
            out.push('_');
        }
        previous_lower = letter.is_ascii_lowercase() || letter.is_ascii_digit();
        out.push(letter.to_ascii_lowercase());
    }
    out
}

/// Answers with a page of `rows`, filtered by the `q` of the request and sorted by its `sort`.
pub(super) fn list(api: &Api<'_>, rows: Vec<Value>) -> Reply {
    let keywords = Keywords::of(api)?;
    list_by(api, rows, &keywords)
}

/// Answers with a page of `rows`, filtered by `keywords` and sorted by the request's `sort`.
pub(super) fn list_by(api: &Api<'_>, mut rows: Vec<Value>, keywords: &Keywords) -> Reply {
    rows.retain(|row| keywords.take(row));
    sort(api.call.query("sort").unwrap_or_default(), &mut rows);
    page(api, &rows)
}

fn sort(wish: &str, rows: &mut [Value]) {
    let keys: Vec<&str> = wish.split(',').filter(|key| !key.is_empty()).collect();
    for key in keys.into_iter().rev() {
        let (name, descending) = match key.strip_prefix('-') {
            Some(name) => (snake(name), true),
            None => (snake(key), false),
        };
        rows.sort_by(|left, right| {
            let (left, right) = (
                left.get(&name).map(plain).unwrap_or_default(),
                right.get(&name).map(plain).unwrap_or_default(),
            );
            let order = if before(&left, &right) {
                std::cmp::Ordering::Less
            } else if before(&right, &left) {
                std::cmp::Ordering::Greater
            } else {
                std::cmp::Ordering::Equal
            };
            if descending { order.reverse() } else { order }
        });
    }
}

/// The page number and size that a request asks for.
fn wanted_page(api: &Api<'_>) -> Result<(i64, i64), Failure> {
    let number = |name: &str, default: i64| match api.call.query(name) {
        None | Some("") => Ok(default),
        Some(text) => text
            .parse::<i64>()
            .map_err(|_| Failure::invalid(format!("{name} in query must be of type int64: \"{text}\""))),
    };
    let (page, size) = (number("page", 1)?, number("page_size", PAGE_SIZE)?);
    if size > LARGEST_PAGE {
        return Err(Failure::invalid(
            "page_size in query should be less than or equal to 100",
        ));
    }
    Ok((page.max(1), size))
}

/// Answers with the page of `rows` that the request asks for.
pub(super) fn page(api: &Api<'_>, rows: &[Value]) -> Reply {
    let (page, size) = wanted_page(api)?;
    let total = rows.len();
    let shown: Vec<&Value> = match usize::try_from(size) {
        Ok(size) if size > 0 => {
            let skipped = usize::try_from(page - 1)
                .unwrap_or(usize::MAX)
                .saturating_mul(size);
            rows.iter().skip(skipped).take(size).collect()
        }
        _ => rows.iter().collect(),
    };
    let answer = Answer::json(200, &shown).header("x-total-count", &total.to_string());
    let links = links(api, i64::try_from(total).unwrap_or(i64::MAX), (page, size));
    Ok(if links.is_empty() {
        answer
    } else {
        answer.header("link", &links.join(" , "))
    })
}

fn links(api: &Api<'_>, total: i64, (page, size): (i64, i64)) -> Vec<String> {
    if size <= 0 {
        return Vec::new();
    }
    let link = |number: i64, rel: &str| {
        let mut pairs: Vec<(String, String)> = api
            .call
            .query
            .iter()
            .filter(|(name, _)| name != "page" && name != "page_size")
            .cloned()
            .collect();
        pairs.push(("page".to_owned(), number.to_string()));
        pairs.push(("page_size".to_owned(), size.to_string()));
        pairs.sort();
        let query: Vec<String> = pairs
            .into_iter()
            .map(|(name, value)| {
                format!(
                    "{name}={}",
                    value.replace(|c: char| c.is_control() || !c.is_ascii(), "")
                )
            })
            .collect();
        format!("<{}?{}>; rel=\"{rel}\"", api.call.path, query.join("&"))
    };
    let mut links = Vec::new();
    let seen = (page - 1).saturating_mul(size);
    if page > 1 && seen < total {
        links.push(link(page - 1, "prev"));
    }
    if page.saturating_mul(size) < total {
        links.push(link(page + 1, "next"));
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn patterns_match_exactly_fuzzily_by_range_and_by_list() {
        let takes = |pattern: &str, value: Value| Pattern::parse(pattern).unwrap().takes(&value);
        assert!(takes("abc", json!("abc")) && !takes("ab", json!("abc")));
        assert!(takes("~AB", json!("xaby")));
        assert!(takes("[2~10]", json!(9)) && !takes("[2~10]", json!(11)) && takes("[~3]", json!(3)));
        assert!(takes("{a b}", json!("b")) && !takes("{a b}", json!("c")));
        assert!(Pattern::parse("[1]").is_err() && Pattern::parse("{a").is_err());
    }

    #[test]
    fn names_of_attributes_may_be_written_as_the_servers_fields() {
        assert_eq!(snake("ProjectID"), "project_id");
        assert_eq!(snake("Level"), "level");
        assert_eq!(snake("creation_time"), "creation_time");
    }

    #[test]
    fn numbers_sort_as_numbers_and_a_minus_turns_the_order() {
        let mut rows = vec![json!({ "id": 10 }), json!({ "id": 9 }), json!({ "id": 2 })];
        sort("-id", &mut rows);
        assert_eq!(rows[0]["id"], 10);
        sort("id", &mut rows);
        assert_eq!(rows[0]["id"], 2);
    }
}
