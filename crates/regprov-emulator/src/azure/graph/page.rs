//! Lists: `$filter`, `$select`, `$top`, `$count`, and pages that follow each other.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::Visit;
use super::failure::Failure;
use super::filter::Filter;
use crate::answer::Answer;
use crate::store::Transaction;

const DEFAULT_PAGE: usize = 100;
const LARGEST_PAGE: usize = 999;
const KNOWN_OPTIONS: &[&str] = &["$filter", "$select", "$top", "$count", "$skiptoken", "$format"];

/// The refusal of system options that the sandbox does not emulate.
fn known_options(visit: &Visit<'_>) -> Result<(), Failure> {
    let unknown = visit.call.query.iter().find(|(name, _)| {
        name.starts_with('$') && !KNOWN_OPTIONS.iter().any(|known| name.eq_ignore_ascii_case(known))
    });
    match unknown {
        Some((name, _)) => Err(Failure::unsupported(&format!("the query option {name}"))),
        None => Ok(()),
    }
}

/// Answers a list with the page of `objects` (sorted by id) that was asked for.
pub(super) fn list(
    tx: &Transaction,
    visit: &Visit<'_>,
    collection: &str,
    objects: Vec<Value>,
) -> Result<Answer, Failure> {
    known_options(visit)?;
    let call = visit.call;
    let counted = call
        .query("$count")
        .is_some_and(|count| count.eq_ignore_ascii_case("true"));
    let mut objects = objects;
    if let Some(text) = call.query("$filter") {
        let filter = Filter::parse(text)?;
        let eventual = call
            .header("consistencylevel")
            .is_some_and(|level| level.eq_ignore_ascii_case("eventual"));
        if filter.is_advanced() && !(eventual && counted) {
            let text = "Unsupported or invalid query filter clause specified. Advanced queries need the header ConsistencyLevel: eventual and $count=true.";
            return Err(Failure::new(400, "Request_UnsupportedQuery", text));
        }
        known_properties(&filter, objects.first(), collection)?;
        objects.retain(|object| filter.accepts(object));
    }
    let total = objects.len();
    let size = match call.query("$top") {
        None => DEFAULT_PAGE,
        Some(top) => top
            .parse()
            .ok()
            .filter(|top| (1..=LARGEST_PAGE).contains(top))
            .ok_or_else(|| {
                Failure::bad_request("Invalid page size specified: $top must be between 1 and 999 inclusive.")
            })?,
    };
    let after = call
        .query("$skiptoken")
        .map(|token| open_token(tx, token))
        .transpose()?;
    if let Some(after) = &after {
        objects.retain(|object| object["id"].as_str().is_some_and(|id| id > after.as_str()));
    }
    let more = objects.len() > size;
    objects.truncate(size);
    let next = objects
        .last()
        .filter(|_| more)
        .and_then(|last| last["id"].as_str())
        .map(|id| next_link(tx, visit, id));
    let mut body = Map::new();
    body.insert(
        "@odata.context".to_owned(),
        json!(visit.context(&context_of(visit, collection))),
    );
    if counted {
        body.insert("@odata.count".to_owned(), json!(total));
    }
    if let Some(next) = next {
        body.insert("@odata.nextLink".to_owned(), json!(next));
    }
    let shown: Vec<Value> = objects.into_iter().map(|object| select(visit, object)).collect();
    body.insert("value".to_owned(), json!(shown));
    Ok(Answer::json(200, &body))
}

/// Answers with one object.
pub(super) fn object(
    visit: &Visit<'_>,
    status: u16,
    collection: &str,
    object: Value,
) -> Result<Answer, Failure> {
    known_options(visit)?;
    let mut body = Map::new();
    let context = format!("{}/$entity", context_of(visit, collection));
    body.insert("@odata.context".to_owned(), json!(visit.context(&context)));
    match select(visit, object) {
        Value::Object(fields) => body.extend(fields),
        other => unreachable!("objects of Graph are JSON objects, this is {other}"),
    }
    Ok(Answer::json(status, &body))
}

fn selected<'v>(visit: &'v Visit<'_>) -> Option<Vec<&'v str>> {
    visit.call.query("$select").map(|names| {
        names
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .collect()
    })
}

fn context_of(visit: &Visit<'_>, collection: &str) -> String {
    selected(visit).map_or_else(
        || collection.to_owned(),
        |names| format!("{collection}({})", names.join(",")),
    )
}

fn select(visit: &Visit<'_>, object: Value) -> Value {
    let Some(names) = selected(visit) else {
        return object;
    };
    let Value::Object(fields) = object else {
        return object;
    };
    Value::Object(
        fields
            .into_iter()
            .filter(|(name, _)| name.starts_with('@') || names.contains(&name.as_str()))
            .collect(),
    )
}

/// Refuses a filter over properties that the type does not have.
fn known_properties(filter: &Filter, sample: Option<&Value>, collection: &str) -> Result<(), Failure> {
    let Some(sample) = sample else { return Ok(()) };
    let unknown = filter.paths().into_iter().find(|path| {
        let first = path.split('/').next().unwrap_or_default();
        first != "$it" && sample.get(first).is_none()
    });
    match unknown {
        Some(path) => Err(Failure::bad_request(format!(
            "Invalid filter clause: Could not find a property named '{path}' on type 'microsoft.graph.{}'.",
            collection.trim_end_matches('s')
        ))),
        None => Ok(()),
    }
}

fn next_link(tx: &Transaction, visit: &Visit<'_>, last: &str) -> String {
    let token = URL_SAFE_NO_PAD.encode(format!("{last}.{}", &tx.keys().mac(last)[..16]));
    let kept = visit.call.raw_query.split('&').filter(|pair| {
        !pair.is_empty() && !pair.to_lowercase().replace("%24", "$").starts_with("$skiptoken=")
    });
    let query: Vec<String> = kept
        .map(str::to_owned)
        .chain([format!("$skiptoken={token}")])
        .collect();
    format!("{}{}?{}", visit.call.base_url(), visit.call.path, query.join("&"))
}

fn open_token(tx: &Transaction, token: &str) -> Result<String, Failure> {
    URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| {
            let (last, mac) = text.rsplit_once('.')?;
            (mac == &tx.keys().mac(last)[..16]).then(|| last.to_owned())
        })
        .ok_or_else(|| {
            Failure::new(
                400,
                "Directory_ExpiredPageToken",
                "The specified page token value has expired and can no longer be included in your request.",
            )
        })
}
