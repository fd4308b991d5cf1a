//! Google's own descriptions of its APIs, and what of a request and its answer is not as they say.
//!
//! `table.json` holds what of the discovery documents is needed: methods with their parameters, and schemas. `cargo xtask
//! google-api` makes it. The sandbox does not read it: tests hold what it answers, and what clients send it, against it.

use std::sync::LazyLock;

use serde_json::{Map, Value};

/// The descriptions, by host.
static DESCRIPTIONS: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("description/table.json")).expect("the table is JSON: a test reads it")
});

/// Parameters that every method takes.
const COMMON: [&str; 7] = [
    "$alt",
    "alt",
    "prettyPrint",
    "fields",
    "key",
    "access_token",
    "quotaUser",
];

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

/// A request to a host of Google's, and its answer.
#[derive(Clone, Copy, Debug)]
pub struct GoogleExchange<'a> {
    /// The host, such as `iam.googleapis.com`.
    pub host: &'a str,
    /// The method in capital letters.
    pub method: &'a str,
    /// The path, with the slash at its beginning.
    pub path: &'a str,
    /// The query, decoded.
    pub query: &'a [(String, String)],
    /// The body of the request.
    pub sent: &'a [u8],
    /// The status of the answer.
    pub status: u16,
    /// The body of the answer.
    pub told: &'a [u8],
}

impl GoogleExchange<'_> {
    /// Whether the descriptions have the host. Tokens of OAuth 2.0, people and registries are described elsewhere.
    #[must_use]
    pub fn is_described(&self) -> bool {
        DESCRIPTIONS.get(self.host).is_some()
    }

    /// What of the request and its answer is not as the API is described; nothing where the host is not.
    #[must_use]
    pub fn discrepancies(&self) -> Vec<String> {
        let Some(described) = DESCRIPTIONS.get(self.host) else {
            return Vec::new();
        };
        let mut wrong = Vec::new();
        let told: Value = serde_json::from_slice(self.told).unwrap_or_default();
        let Some(method) = Method::of(described, self) else {
            // What is no method is refused; some paths of gcloud's are of older versions.
            return Vec::from_iter((self.status < 400).then(|| "it is no method of the API".to_owned()));
        };
        for (name, _) in self.query {
            if !method.takes(name) {
                wrong.push(format!("there is no parameter {name}"));
            }
        }
        if self.status >= 400 {
            let whole = told["error"]["code"] == self.status && told["error"]["message"].is_string();
            if !whole && !told["error"].is_string() {
                wrong.push(format!("the error has another form: {told}"));
            }
            return wrong;
        }
        match (self.sent.is_empty(), method.request) {
            (true, _) => {}
            // Clients send an empty object where nothing is taken.
            (false, "") if self.sent == b"{}" => {}
            (false, "") => wrong.push("the method takes no body".to_owned()),
            (false, name) => {
                let sent = body(self.sent);
                compare(
                    described,
                    (&Value::from(format!("#{name}")), &sent),
                    "request",
                    &mut wrong,
                );
            }
        }
        let kind = Value::from(format!("#{}", method.response));
        compare(described, (&kind, &told), "answer", &mut wrong);
        wrong
    }
}

/// A method: its request, its response, its parameters.
struct Method<'a> {
    request: &'a str,
    response: &'a str,
    parameters: Vec<&'a str>,
}

impl<'a> Method<'a> {
    /// The method that an exchange is of.
    fn of(described: &'a Value, exchange: &GoogleExchange<'_>) -> Option<Self> {
        let path = exchange.path.trim_start_matches('/');
        let row = described["methods"].as_array()?.iter().find(|row| {
            row[0] == exchange.method && row[1].as_str().is_some_and(|pattern| fits(pattern, path))
        })?;
        Some(Self {
            request: row[2].as_str()?,
            response: row[3].as_str()?,
            parameters: row[4].as_array()?.iter().filter_map(Value::as_str).collect(),
        })
    }

    /// Whether it takes a parameter of the query; a name may be written in either way.
    fn takes(&self, name: &str) -> bool {
        let is = |known: &str| known == name || snake(known) == name;
        COMMON.contains(&name) || self.parameters.iter().any(|known| is(known))
    }
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

/// A body of a request: JSON, or a form, whose names may be written in either way.
fn body(sent: &[u8]) -> Value {
    serde_json::from_slice(sent).unwrap_or_else(|_| {
        let pairs = url::form_urlencoded::parse(sent);
        let members: Map<String, Value> = pairs
            .map(|(name, value)| (camel(&name), Value::from(value.into_owned())))
            .collect();
        Value::Object(members)
    })
}

fn snake(name: &str) -> String {
    name.chars()
        .flat_map(|letter| match letter.is_ascii_uppercase() {
            true => vec!['_', letter.to_ascii_lowercase()],
            false => vec![letter],
        })
        .collect()
}

fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut text, word| {
        let mut letters = word.chars();
        text.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        text.push_str(letters.as_str());
        text
    })
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
            (name, value) if name.starts_with('#') => match described["schemas"].get(&name[1..]) {
                Some(schema) => {
                    compare(described, (schema, value), at, wrong);
                    operation(described, (name, value), at, wrong);
                }
                None => wrong.push(format!("{at}: no schema {name} is described")),
            },
            ("any", _) | ("s", Value::String(_)) | ("b", Value::Bool(_)) | ("n", Value::Number(_)) => {}
            ("i", Value::Number(number)) if number.is_i64() || number.is_u64() => {}
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
    let Some((_, schema)) = OPERATIONS.iter().find(|(known, _)| *known == kind) else {
        wrong.push(format!("{at}: an operation answers {kind}"));
        return;
    };
    if let Some(schema) = described["schemas"].get(schema) {
        let place = format!("{at}.response");
        compare(described, (schema, &value["response"]), &place, wrong);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(kind: &str, text: &str) -> usize {
        let described = &DESCRIPTIONS["artifactregistry.googleapis.com"];
        let value: Value = serde_json::from_str(text).unwrap();
        let mut wrong = Vec::new();
        compare(described, (&Value::from(kind), &value), "x", &mut wrong);
        wrong.len()
    }

    #[test]
    fn members_that_an_api_does_not_have_are_noticed() {
        let good = r#"{ "format": "DOCKER", "labels": { "a": "b" }, "sizeBytes": "1" }"#;
        assert_eq!(wrong("#Repository", good), 0);
        assert_eq!(wrong("#Repository", r#"{ "format": "DOKER" }"#), 1);
        assert_eq!(wrong("#Repository", r#"{ "sizeBytes": 1, "nothing": 1 }"#), 2);
        let deep = r#"{ "cleanupPolicies": { "a": { "condition": { "tagPrefixes": [1] } } } }"#;
        assert_eq!(wrong("#Repository", deep), 1);
        let answer = r#"{ "done": true, "response": { "@type": "type.googleapis.com/google.devtools.artifactregistry.v1.Repository", "a": 1 } }"#;
        assert_eq!(wrong("#Operation", answer), 1);
    }

    #[test]
    fn methods_parameters_and_forms_that_an_api_does_not_have_are_noticed() {
        let found = |host, method, path, query: &[(&str, &str)], sent: &str| {
            let query: Vec<(String, String)> = query
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            let exchange = GoogleExchange {
                host,
                method,
                path,
                query: &query,
                sent: sent.as_bytes(),
                status: 200,
                told: b"{}",
            };
            exchange.discrepancies().join("; ")
        };
        let registry = "artifactregistry.googleapis.com";
        let places = "/v1/projects/p/locations";
        assert_eq!(found(registry, "GET", places, &[("page_size", "1")], ""), "");
        let missing = found(registry, "GET", places, &[("size", "1")], "");
        assert_eq!(missing, "there is no parameter size");
        assert_eq!(
            found(registry, "GET", places, &[], "[]"),
            "the method takes no body"
        );
        let other = found(registry, "PUT", places, &[], "");
        assert_eq!(other, "it is no method of the API");
        let form = |text| found("sts.googleapis.com", "POST", "/v1/token", &[], text);
        assert_eq!(form("grant_type=x&subject_token=y"), "");
        assert_eq!(form("grantor=x"), "request: unknown member grantor");
    }
}
