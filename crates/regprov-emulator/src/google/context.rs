//! A request whose caller is known, and how handlers read it.

use http::Method;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::caller::Caller;
use super::failure::Failure;
use crate::answer::Answer;
use crate::call::Call;
use crate::oci::Blobs;
use crate::store::Transaction;

/// An answer, or the refusal.
pub(super) type Reply = Result<Answer, Failure>;

/// A request whose caller is known.
pub(super) struct Google<'a> {
    pub(super) tx: &'a mut Transaction,
    pub(super) call: &'a Call,
    pub(super) host: &'a str,
    pub(super) caller: Caller,
    pub(super) blobs: &'a Blobs,
}

/// How a service words its errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Code, message, status, details.
    Plain,
    /// The same with the list `errors`.
    Listed,
    /// Code, message and the list, as storage does.
    Storage,
}

impl Style {
    pub(super) fn of_host(host: &str) -> Self {
        match host {
            "iam.googleapis.com" | "cloudresourcemanager.googleapis.com" => Self::Listed,
            "storage.googleapis.com" | "www.googleapis.com" => Self::Storage,
            _ => Self::Plain,
        }
    }
}

/// The verbs that stand behind the colon of a path.
const VERBS: &[&str] = &[
    "batchEnable",
    "batchGet",
    "disable",
    "enable",
    "generateAccessToken",
    "generateIdToken",
    "getAncestry",
    "getEffectiveOrgPolicy",
    "getIamPolicy",
    "queryGrantableRoles",
    "setIamPolicy",
    "signBlob",
    "signJwt",
    "testIamPermissions",
    "undelete",
    "upload",
];

/// A path: version, segments, verb.
pub(super) struct Ask {
    pub(super) method: &'static str,
    pub(super) version: String,
    pub(super) parts: Vec<String>,
    pub(super) verb: Option<String>,
}

impl Ask {
    pub(super) fn of(call: &Call) -> Self {
        let mut parts = call.segments.clone();
        let verb = parts.last().and_then(|last| {
            let (_, verb) = last.rsplit_once(':')?;
            VERBS.contains(&verb).then(|| verb.to_owned())
        });
        if let (Some(verb), Some(last)) = (&verb, parts.last_mut()) {
            last.truncate(last.len() - verb.len() - 1);
        }
        let version = if parts.is_empty() {
            String::new()
        } else {
            parts.remove(0)
        };
        let method = match call.method {
            Method::GET => "GET",
            Method::POST => "POST",
            Method::PUT => "PUT",
            Method::PATCH => "PATCH",
            Method::DELETE => "DELETE",
            _ => "",
        };
        Self {
            method,
            version,
            parts,
            verb,
        }
    }

    pub(super) fn segments(&self) -> Vec<&str> {
        self.parts.iter().map(String::as_str).collect()
    }
}

impl Google<'_> {
    /// The body, in which nothing unknown may stand.
    pub(super) fn body<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        let bytes: &[u8] = if self.call.body.is_empty() {
            b"{}"
        } else {
            &self.call.body
        };
        let mut sent: Value = serde_json::from_slice(bytes).map_err(|error| refused(&error))?;
        drop_nulls(&mut sent);
        serde_json::from_value(sent).map_err(|error| refused(&error))
    }

    /// The paths of the `updateMask`, in lower camel case; none where the request has no mask.
    pub(super) fn mask(&self, in_body: Option<&str>) -> Option<Vec<String>> {
        let text = self
            .call
            .query("updateMask")
            .or_else(|| self.call.query("update_mask"))
            .or(in_body)?;
        let paths = text.split(',').map(str::trim).filter(|path| !path.is_empty());
        Some(paths.map(camel).collect())
    }

    /// A page of a list: the items from the page's start on, and the token of the next page.
    pub(super) fn page(
        &self,
        items: Vec<Value>,
        largest: usize,
    ) -> Result<(Vec<Value>, Option<String>), Failure> {
        let start: usize = match self.call.query("pageToken").filter(|token| !token.is_empty()) {
            None => 0,
            Some(token) => {
                let (start, mac) = token.split_once('.').unwrap_or((token, ""));
                if self.tx.keys().mac(&format!("page {start}"))[..16] != *mac {
                    return Err(Failure::invalid("Request contains an invalid argument."));
                }
                start
                    .parse()
                    .map_err(|_| Failure::invalid("Request contains an invalid argument."))?
            }
        };
        let asked = match self.call.query("pageSize").map(str::parse::<usize>) {
            None | Some(Ok(0)) => largest,
            Some(Ok(size)) => size.min(largest),
            Some(Err(_)) => return Err(Failure::invalid("Invalid value at 'page_size' (TYPE_INT32)")),
        };
        let end = start.saturating_add(asked);
        let next = (end < items.len()).then(|| {
            let mac = self.tx.keys().mac(&format!("page {end}"));
            format!("{end}.{}", &mac[..16])
        });
        Ok((items.into_iter().skip(start).take(asked).collect(), next))
    }

    /// A list as it is told: the key is left out where it is empty.
    pub(super) fn list(&self, key: &str, items: Vec<Value>, largest: usize) -> Reply {
        let (page, next) = self.page(items, largest)?;
        let mut body = serde_json::Map::new();
        if !page.is_empty() {
            body.insert(key.to_owned(), page.into());
        }
        if let Some(next) = next {
            body.insert("nextPageToken".to_owned(), next.into());
        }
        Ok(Answer::json(200, &body))
    }
}

/// A member that is null is one that is not set.
fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The refusal of a body that is not what the method takes.
fn refused(error: &serde_json::Error) -> Failure {
    let text = error.to_string();
    let named = |start: &str| {
        text.split_once(start)?
            .1
            .split_once('`')
            .map(|(name, _)| name.to_owned())
    };
    let message = match named("unknown field `") {
        Some(name) => format!("Invalid JSON payload received. Unknown name \"{name}\": Cannot find field."),
        None => format!("Invalid JSON payload received. {text}"),
    };
    Failure::invalid_field("", &message)
}

/// `display_name` as `displayName`.
pub(super) fn camel(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut up = false;
    for letter in path.chars() {
        match letter {
            '_' => up = true,
            _ if up => {
                out.extend(letter.to_uppercase());
                up = false;
            }
            _ => out.push(letter),
        }
    }
    out
}

/// Microseconds, as Artifact Registry writes instants.
pub(super) fn micros(at: jiff::Timestamp) -> String {
    format!(
        "{}.{:06}Z",
        at.strftime("%Y-%m-%dT%H:%M:%S"),
        at.subsec_microsecond() + at.subsec_millisecond() * 1000
    )
}

/// The object without members that are what proto3 leaves out: null, false, zero, empty text, empty lists.
pub(super) fn pruned(mut value: Value) -> Value {
    if let Value::Object(members) = &mut value {
        members.retain(|_, member| match member {
            Value::Null | Value::Bool(false) => false,
            Value::String(text) => !text.is_empty(),
            Value::Array(items) => !items.is_empty(),
            Value::Number(number) => number.as_i64() != Some(0),
            Value::Bool(true) | Value::Object(_) => true,
        });
    }
    value
}
