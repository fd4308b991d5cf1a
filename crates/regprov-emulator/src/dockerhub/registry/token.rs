//! The token service: it gives a token to whoever asks, with what the asker may do in it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::caller::{Caller, Source};
use super::super::rights::{self, Level};
use super::super::session::{self, Refused};
use super::super::{access_token, org_access_token, repository};
use crate::answer::Answer;
use crate::call::Call;
use crate::clock;
use crate::oci::Access;
use crate::store::Transaction;

/// The service that tokens are for.
pub(super) const SERVICE: &str = "registry.docker.io";
const ISSUER: &str = "auth.docker.io";
const REFRESH: &str = "refresh";
/// How long a token lives, in seconds.
const LIFE: i64 = 300;

/// What a token says.
#[derive(Debug, Deserialize)]
pub(super) struct Granted {
    aud: String,
    iss: String,
    exp: i64,
    /// The Docker ID or the organization; empty of nobody.
    pub(super) sub: String,
    source: Option<Source>,
    access: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    #[serde(rename = "type")]
    kind: String,
    name: String,
    actions: Vec<String>,
}

impl Granted {
    /// Whether it holds an access to a repository.
    pub(super) fn allows(&self, name: &str, access: Access) -> bool {
        let word = match access {
            Access::MetadataRead => "pull",
            Access::MetadataWrite => "push",
            other => other.word(),
        };
        self.access
            .iter()
            .any(|entry| entry.name == name && entry.actions.iter().any(|action| action == word))
    }
}

/// What a token grants, where it holds. A token of somebody whose secret was revoked ends with it.
pub(super) fn granted(tx: &Transaction, token: &str) -> Option<Granted> {
    let granted: Granted = serde_json::from_value(tx.keys().verify_jwt(token)?).ok()?;
    let ours = granted.aud == SERVICE && granted.iss == ISSUER && granted.exp > tx.now().as_second();
    (ours && (granted.sub.is_empty() || of_source(tx, &granted.sub, granted.source.as_ref()?).is_some()))
        .then_some(granted)
}

fn of_source(tx: &Transaction, name: &str, source: &Source) -> Option<Caller> {
    match source {
        Source::Password => Some(Caller::Password(name.to_owned())),
        Source::Pat(id) => access_token::live(tx, id).map(Caller::Personal),
        Source::Oat(id) => org_access_token::live(tx, name, id).map(Caller::Organization),
    }
}

fn wrong() -> Answer {
    Answer::json(401, &json!({ "details": "incorrect username or password" }))
}

/// `GET /token`.
pub(super) fn by_query(tx: &mut Transaction, call: &Call) -> Answer {
    let who = match (call.basic(), call.header("authorization")) {
        (Some((name, secret)), _) => match session::log_in(tx, &name, &secret) {
            Ok(who) => Some(who),
            Err(Refused::Wrong | Refused::NeedsCode(_)) => return wrong(),
        },
        (None, Some(_)) => return wrong(),
        (None, None) => None,
    };
    let pairs = call.query.clone();
    // `docker login` asks for a token to keep (`offline_token`). There is none: clients keep the secret itself.
    answer(tx, (who, false), &pairs)
}

/// `POST /token`, the form of OAuth2.
pub(super) fn by_form(tx: &mut Transaction, call: &Call) -> Answer {
    let pairs = call.form_pairs();
    let field = |name: &str| {
        pairs
            .iter()
            .find(|(found, _)| found == name)
            .map_or("", |(_, value)| value.as_str())
    };
    let who = match field("grant_type") {
        "password" => session::log_in(tx, field("username"), field("password")).ok(),
        "refresh_token" => refreshed(tx, field("refresh_token")),
        other => {
            let text = format!("unsupported grant type: {other}");
            return Answer::json(400, &json!({ "details": text }));
        }
    };
    let offline = field("access_type") == "offline";
    match who {
        Some(who) => answer(tx, (Some(who), offline), &pairs),
        None => wrong(),
    }
}

#[derive(Deserialize)]
struct Refresh {
    aud: String,
    sub: String,
    source: Source,
}

fn refreshed(tx: &Transaction, token: &str) -> Option<(String, Source)> {
    let claims: Refresh = serde_json::from_value(tx.keys().verify_jwt(token)?).ok()?;
    of_source(tx, &claims.sub, &claims.source)?;
    (claims.aud == REFRESH).then_some((claims.sub, claims.source))
}

fn answer(
    tx: &mut Transaction,
    (who, offline): (Option<(String, Source)>, bool),
    pairs: &[(String, String)],
) -> Answer {
    let caller = match &who {
        None => Caller::Anonymous,
        Some((name, source)) => match of_source(tx, name, source) {
            Some(caller) => caller,
            None => return wrong(),
        },
    };
    let access: Vec<Entry> = pairs
        .iter()
        .filter(|(name, _)| name == "scope")
        .flat_map(|(_, scopes)| scopes.split(' '))
        .filter_map(|scope| entry(tx, &caller, scope))
        .collect();
    let now = tx.now();
    let name = who.as_ref().map_or("", |(name, _)| name.as_str());
    let source = who.as_ref().map(|(_, source)| source);
    let mut claims = json!({
        "aud": SERVICE, "iss": ISSUER, "sub": name, "iat": now.as_second(), "nbf": now.as_second(),
        "exp": now.as_second() + LIFE, "jti": tx.new_uuid().to_string(), "access": access,
    });
    if let Some(source) = source {
        claims["source"] = json!(source);
    }
    let token = tx.keys().sign_jwt(&claims);
    let mut body: Value = json!({
        "token": token, "access_token": token, "expires_in": LIFE, "issued_at": clock::seconds(now),
    });
    if let (true, Some(source)) = (offline, source) {
        let claims = json!({ "aud": REFRESH, "sub": name, "source": source, "iat": now.as_second() });
        body["refresh_token"] = tx.keys().sign_jwt(&claims).into();
    }
    Answer::json(200, &body)
}

/// The part of an asked scope that the caller has.
fn entry(tx: &Transaction, caller: &Caller, scope: &str) -> Option<Entry> {
    let (kind, rest) = scope.split_once(':')?;
    let (name, asked) = rest.rsplit_once(':')?;
    if kind.split('(').next() != Some("repository") {
        return None;
    }
    let (namespace, short) = name.split_once('/').unwrap_or(("library", name));
    let place = (namespace, short);
    let level = match repository::get(tx, namespace, short) {
        Some(_) => rights::on(tx, caller, place),
        None if rights::may_push_new(tx, caller, place) => Level::Write,
        None => Level::None,
    };
    let held = [
        ("pull", Level::Read),
        ("push", Level::Write),
        ("delete", Level::Admin),
    ];
    let actions: Vec<String> = held
        .into_iter()
        .filter(|(word, least)| {
            let wide = *word == "delete" && deletes(caller, place);
            (level >= *least || wide) && asked.split(',').any(|asked| asked == *word || asked == "*")
        })
        .map(|(word, _)| word.to_owned())
        .collect();
    (!actions.is_empty()).then(|| Entry {
        kind: "repository".to_owned(),
        name: name.to_owned(),
        actions,
    })
}

fn deletes(caller: &Caller, place: (&str, &str)) -> bool {
    matches!(caller, Caller::Organization(token) if token.may(place, false, "scope-image-delete"))
}
