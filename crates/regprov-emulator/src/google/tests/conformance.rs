//! Every request of these tests that is taken, and every answer, against Google's own descriptions of its APIs.
//!
//! `discovery.json` holds what of the discovery documents is needed: methods with their parameters, and schemas.

use std::sync::LazyLock;

use serde_json::Value;

use crate::answer::Answer;
use crate::call::Call;

/// The descriptions, by host.
static DESCRIPTIONS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("discovery.json")).unwrap());

/// Parameters that every method takes.
const COMMON: [&str; 6] = ["alt", "prettyPrint", "fields", "key", "access_token", "quotaUser"];

/// The schema that the response of an operation names, where its host describes it.
const OPERATIONS: [(&str, &str); 7] = [
    ("google.devtools.artifactregistry.v1.Repository", "Repository"),
    ("google.iam.v1.WorkloadIdentityPool", "WorkloadIdentityPool"),
    (
        "google.iam.v1.WorkloadIdentityPoolProvider",
        "WorkloadIdentityPoolProvider",
    ),
    (
        "google.api.serviceusage.v1.EnableServiceResponse",
        "EnableServiceResponse",
    ),
    (
        "google.api.serviceusage.v1.BatchEnableServicesResponse",
        "BatchEnableServicesResponse",
    ),
    (
        "google.api.serviceusage.v1.DisableServiceResponse",
        "DisableServiceResponse",
    ),
    ("google.protobuf.Empty", "Empty"),
];

/// A method: how its path reads, its request, its response, its parameters.
struct Method<'a> {
    request: &'a str,
    response: &'a str,
    parameters: Vec<&'a str>,
}

/// The method that a call is for.
fn method_of<'a>(described: &'a Value, call: &Call) -> Option<Method<'a>> {
    let rows = described["methods"].as_array().unwrap();
    let row = rows.iter().find(|row| {
        let pattern = row[1].as_str().unwrap();
        row[0] == call.method.as_str() && fits(pattern, call.path.trim_start_matches('/'))
    })?;
    Some(Method {
        request: row[2].as_str().unwrap(),
        response: row[3].as_str().unwrap(),
        parameters: row[4]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap())
            .collect(),
    })
}

/// Whether a path is of a pattern such as `v1/projects/{projectsId}/roles/{rolesId}:undelete`.
fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len()
        && pattern
            .iter()
            .zip(path)
            .all(|(wanted, given)| match wanted.split_once('}') {
                Some((_, "")) => !given.is_empty() && !given.contains(':'),
                Some((_, verb)) => given.ends_with(verb),
                None => *wanted == given,
            })
}

/// Fails where a call that was taken, or its answer, is not as the API is described.
pub(super) fn check(host: &str, call: &Call, answer: &Answer) {
    let Some(described) = DESCRIPTIONS.get(host) else {
        return;
    };
    let told: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    if answer.status.as_u16() >= 400 {
        let whole = told["error"]["code"] == answer.status.as_u16() && told["error"]["message"].is_string();
        assert!(
            whole || told["error"].is_string(),
            "the error of {} {}: {told}",
            call.method,
            call.path
        );
        return;
    }
    let place = format!("{} https://{host}{}", call.method, call.path);
    let method = method_of(described, call).unwrap_or_else(|| panic!("{place} is no method of the API"));
    for (name, _) in &call.query {
        let known = COMMON.contains(&name.as_str())
            || method
                .parameters
                .iter()
                .any(|known| known == name || snake(known) == *name);
        assert!(known, "{place} has no parameter {name}");
    }
    if !call.body.is_empty() && !method.request.is_empty() {
        let sent: Value = serde_json::from_slice(&call.body).unwrap();
        let mut wrong = Vec::new();
        compare(
            described,
            (&Value::from(format!("#{}", method.request)), &sent),
            "request",
            &mut wrong,
        );
        assert!(wrong.is_empty(), "{place}: {wrong:?} in {sent}");
    }
    let mut wrong = Vec::new();
    compare(
        described,
        (&Value::from(format!("#{}", method.response)), &told),
        "answer",
        &mut wrong,
    );
    assert!(wrong.is_empty(), "{place}: {wrong:?} in {told}");
}

fn snake(name: &str) -> String {
    name.chars()
        .flat_map(|letter| match letter.is_ascii_uppercase() {
            true => vec!['_', letter.to_ascii_lowercase()],
            false => vec![letter],
        })
        .collect()
}

/// Notes where a value is not of a type: `#Name` a schema, `[T]` a list, `{"*": T}` a map, an object, or a letter.
fn compare(described: &Value, (kind, value): (&Value, &Value), at: &str, wrong: &mut Vec<String>) {
    match (kind, value) {
        (Value::Array(of), Value::Array(items)) => {
            for item in items {
                compare(described, (&of[0], item), &format!("{at}[]"), wrong);
            }
        }
        (Value::Object(members), Value::Object(given)) => {
            for (name, value) in given {
                match members.get(name).or_else(|| members.get("*")) {
                    Some(kind) => compare(described, (kind, value), &format!("{at}.{name}"), wrong),
                    None if name == "@type" => {}
                    None => wrong.push(format!("{at}: unknown member {name}")),
                }
            }
        }
        (Value::String(name), value) => match (name.as_str(), value) {
            (name, value) if name.starts_with('#') => {
                let schema = described["schemas"].get(&name[1..]);
                let schema = schema.unwrap_or_else(|| panic!("no schema {name} is described"));
                compare(described, (schema, value), at, wrong);
                operation(described, (name, value), at, wrong);
            }
            ("any", _) | ("s", Value::String(_)) | ("b", Value::Bool(_)) => {}
            ("i", Value::Number(number)) if number.is_i64() || number.is_u64() => {}
            ("n", Value::Number(_)) => {}
            (list, Value::String(text)) if list.starts_with("e:") => {
                if !list[2..].split('|').any(|known| known == text) {
                    wrong.push(format!("{at}: {text} is not one of {list}"));
                }
            }
            _ => wrong.push(format!("{at}: {value} is not of the type {name}")),
        },
        _ => wrong.push(format!("{at}: {value} is not of the type {kind}")),
    }
}

/// The response of an operation that is done is of the schema that it names.
fn operation(described: &Value, (name, value): (&str, &Value), at: &str, wrong: &mut Vec<String>) {
    let Some(kind) = value["response"]["@type"]
        .as_str()
        .filter(|_| name == "#Operation")
    else {
        return;
    };
    let kind = kind.trim_start_matches("type.googleapis.com/");
    let schema = OPERATIONS.iter().find(|(known, _)| *known == kind);
    let (_, schema) = schema.unwrap_or_else(|| panic!("an operation answers {kind}"));
    if let Some(schema) = described["schemas"].get(schema) {
        compare(
            described,
            (schema, &value["response"]),
            &format!("{at}.response"),
            wrong,
        );
    }
}

#[test]
fn what_an_api_does_not_have_is_noticed() {
    let described = &DESCRIPTIONS["artifactregistry.googleapis.com"];
    let wrong = |text: &str| {
        let value: Value = serde_json::from_str(text).unwrap();
        let mut wrong = Vec::new();
        compare(described, (&Value::from("#Repository"), &value), "x", &mut wrong);
        wrong.len()
    };
    assert_eq!(
        wrong(r#"{ "format": "DOCKER", "labels": { "a": "b" }, "sizeBytes": "1" }"#),
        0
    );
    assert_eq!(wrong(r#"{ "format": "DOKER" }"#), 1);
    assert_eq!(wrong(r#"{ "sizeBytes": 1, "nothing": 1 }"#), 2);
    assert_eq!(
        wrong(r#"{ "cleanupPolicies": { "a": { "condition": { "tagPrefixes": [1] } } } }"#),
        1
    );
}
