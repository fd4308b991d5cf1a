//! Who calls: a signature of an application and a consumer key, or a bearer token of a service account.

use jiff::Timestamp;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::failure::{denied, refuse};
use crate::answer::Answer;
use crate::call::Call;
use crate::scene::Condition;
use crate::seal::SecretHash;
use crate::store::Transaction;

/// Applications by key.
pub(crate) const APPLICATIONS: &str = "_ovh_applications";
/// Credentials by the digest of their consumer key.
pub(crate) const CREDENTIALS: &str = "_ovh_credentials";
/// Service accounts by client id.
pub(crate) const CLIENTS: &str = "_ovh_clients";
/// The status of a credential that may be used.
pub(crate) const VALIDATED: &str = "validated";
/// By how many seconds a request's time may differ from ours.
const TOLERANCE: i64 = 300;
/// The audience of access tokens.
pub(crate) const AUDIENCE: &str = "ovh";

/// An application.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Application {
    pub(crate) key: String,
    pub(crate) name: String,
    /// Its secret, sealed under its key.
    pub(crate) secret: String,
}

/// A consumer key: what an application may do in an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Credential {
    pub(crate) id: u64,
    pub(crate) application_key: String,
    pub(crate) status: String,
    pub(crate) rules: Vec<Rule>,
    pub(crate) created_at: Timestamp,
}

/// A method and a path in which `*` stands for anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    pub(crate) method: String,
    pub(crate) path: String,
}

/// A service account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) secret: SecretHash,
}

/// A verified caller.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// By signature: the key of the credential's record.
    Signed(String),
    /// By access token: the client id.
    Bearer(String),
}

/// Under which key a credential is kept.
pub(crate) fn credential_key(consumer_key: &str) -> String {
    hex::encode(Sha256::digest(consumer_key.as_bytes()))
}

/// The caller of a request, where it may do what it asks.
pub(crate) fn verify(tx: &Transaction, call: &Call) -> Result<Caller, Answer> {
    let path = path_of(call);
    if let Some(token) = call.bearer() {
        let client = client_of(tx, token)
            .ok_or_else(|| refuse(401, "INVALID_TOKEN", "This access token is not valid"))?;
        return match withdrawn(tx, call, path) {
            true => Err(denied(&action_of(call))),
            false => Ok(Caller::Bearer(client)),
        };
    }
    let application = application_of(tx, call)?;
    let Some(consumer) = call.header("x-ovh-consumer").filter(|key| !key.is_empty()) else {
        return Err(refuse(403, "NOT_CREDENTIAL", "You must login first"));
    };
    let key = credential_key(consumer);
    let credential: Credential = tx
        .get(CREDENTIALS, &key)
        .filter(|credential: &Credential| credential.application_key == application.key)
        .ok_or_else(|| refuse(403, "NOT_CREDENTIAL", "This credential does not exist"))?;
    check_signature(tx, call, &application, consumer)?;
    if credential.status != VALIDATED {
        return Err(refuse(403, "INVALID_CREDENTIAL", "This credential is not valid"));
    }
    let granted = credential
        .rules
        .iter()
        .any(|rule| rule.method == call.method.as_str() && matches(&rule.path, path));
    if !granted || withdrawn(tx, call, path) {
        return Err(refuse(403, "NOT_GRANTED_CALL", "This call has not been granted"));
    }
    Ok(Caller::Signed(key))
}

/// The application that a request names.
pub(super) fn application_of(tx: &Transaction, call: &Call) -> Result<Application, Answer> {
    let Some(key) = call.header("x-ovh-application").filter(|key| !key.is_empty()) else {
        return Err(refuse(403, "NOT_CREDENTIAL", "You must login first"));
    };
    tx.get(APPLICATIONS, key)
        .ok_or_else(|| refuse(403, "INVALID_KEY", "This application key is invalid"))
}

/// The path below the API's base.
fn path_of(call: &Call) -> &str {
    let base = format!("/{}", super::BASE);
    call.path.strip_prefix(base.as_str()).unwrap_or(&call.path)
}

fn check_signature(
    tx: &Transaction,
    call: &Call,
    application: &Application,
    consumer: &str,
) -> Result<(), Answer> {
    let stamp = call.header("x-ovh-timestamp").unwrap_or_default();
    let seconds: i64 = stamp
        .parse()
        .map_err(|_| refuse(400, "INVALID_SIGNATURE", "Invalid signature"))?;
    if (seconds - tx.now().as_second()).abs() > TOLERANCE {
        return Err(refuse(400, "QUERY_TIME_OUT", "Query out of time"));
    }
    let secret = tx
        .unseal(&application.key, &application.secret)
        .unwrap_or_default();
    let query = if call.raw_query.is_empty() {
        String::new()
    } else {
        format!("?{}", call.raw_query)
    };
    let mut text = format!(
        "{secret}+{consumer}+{}+{}{}{query}+",
        call.method,
        call.base_url(),
        call.path
    )
    .into_bytes();
    text.extend_from_slice(&call.body);
    text.extend_from_slice(format!("+{stamp}").as_bytes());
    let expected = format!("$1${}", hex::encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &text)));
    if call.header("x-ovh-signature") == Some(expected.as_str()) {
        return Ok(());
    }
    Err(refuse(400, "INVALID_SIGNATURE", "Invalid signature"))
}

/// Whether a path matches a rule, in which `*` stands for anything, slashes included.
fn matches(rule: &str, path: &str) -> bool {
    let Some((start, rest)) = rule.split_once('*') else {
        return rule == path;
    };
    let Some(left) = path.strip_prefix(start) else {
        return false;
    };
    if rest.is_empty() {
        return true;
    }
    (0..=left.len()).any(|at| left.get(at..).is_some_and(|tail| matches(rest, tail)))
}

/// Whether a scene took this right away.
fn withdrawn(tx: &Transaction, call: &Call, path: &str) -> bool {
    tx.conditions().iter().any(|condition| match condition {
        Condition::OvhNotGranted { method, path: rule } => {
            (method == "*" || method == call.method.as_str()) && matches(rule, path)
        }
        _ => false,
    })
}

/// The action of the identity management that a request is.
fn action_of(call: &Call) -> String {
    let verb = match call.method.as_str() {
        "POST" => "create",
        "PUT" => "edit",
        "DELETE" => "delete",
        _ => "get",
    };
    let kind = call
        .segments
        .iter()
        .skip(4)
        .find(|segment| segment.chars().all(|letter| letter.is_ascii_alphabetic()));
    format!(
        "publicCloudProject:apiovh:{}/{verb}",
        kind.map_or("project", String::as_str)
    )
}

#[derive(Deserialize)]
struct Claims {
    aud: String,
    exp: i64,
    sub: String,
}

fn client_of(tx: &Transaction, token: &str) -> Option<String> {
    let claims: Claims = serde_json::from_value(tx.keys().verify_jwt(token)?).ok()?;
    let live = claims.aud == AUDIENCE && claims.exp > tx.now().as_second();
    (live && tx.contains(CLIENTS, &claims.sub)).then_some(claims.sub)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_of_a_rule_stands_for_anything() {
        assert!(matches("/*", "/cloud/project/1"));
        assert!(matches("/cloud/project/*/user", "/cloud/project/1/user"));
        assert!(matches(
            "/cloud/*/containerRegistry*",
            "/cloud/project/1/containerRegistry/2/users"
        ));
        assert!(!matches("/cloud/project", "/cloud/project/1"));
        assert!(!matches("/me*", "/cloud"));
    }
}
