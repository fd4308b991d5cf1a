//! Who calls: a service account, a person, a federated identity.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::failure::Failure;
use super::service_account::{self, Account};
use super::{service_account_key, world};
use crate::call::Call;
use crate::jwt::Jwt;
use crate::store::Transaction;

/// What every access token starts with.
const PREFIX: &str = "ya29.";
/// The audience of the claims inside.
const AUDIENCE: &str = "google access";
/// How long a token holds, in seconds.
pub(super) const LIFETIME: i64 = 3600;

/// A caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Caller {
    /// A service account, by its unique id and e-mail address.
    Account { id: String, email: String },
    /// A person, by e-mail address.
    Person(String),
    /// An identity of a workload identity pool: the pool's name, the subject, and the attributes that its provider mapped.
    Federated {
        pool: String,
        subject: String,
        attributes: Vec<(String, String)>,
    },
    /// Nobody.
    Nobody,
}

impl Caller {
    /// Every member of a policy that the caller is.
    pub(super) fn is(&self, member: &str) -> bool {
        match (self, member) {
            (_, "allUsers") => true,
            (Self::Nobody, _) => false,
            (Self::Account { .. } | Self::Person(_), "allAuthenticatedUsers") => true,
            (Self::Account { email, .. }, _) => member.strip_prefix("serviceAccount:") == Some(email),
            (Self::Person(email), _) => member.strip_prefix("user:") == Some(email),
            (
                Self::Federated {
                    pool,
                    subject,
                    attributes,
                },
                _,
            ) => {
                let one = member.strip_prefix("principal://iam.googleapis.com/");
                let many = member.strip_prefix("principalSet://iam.googleapis.com/");
                let within = |text: &str| {
                    text.strip_prefix(pool.as_str())
                        .and_then(|rest| rest.strip_prefix('/').map(str::to_owned))
                };
                if let Some(rest) = one.and_then(within) {
                    return rest.strip_prefix("subject/") == Some(subject);
                }
                match many.and_then(within).as_deref() {
                    Some("*") => true,
                    Some(rest) => attributes
                        .iter()
                        .any(|(name, value)| *rest == format!("{name}/{value}")),
                    None => false,
                }
            }
        }
    }

    /// What error messages call it.
    pub(super) fn email(&self) -> Option<&str> {
        match self {
            Self::Account { email, .. } | Self::Person(email) => Some(email),
            Self::Federated { .. } | Self::Nobody => None,
        }
    }

    /// The caller that a service account is.
    pub(super) fn account(account: &Account) -> Self {
        Self::Account {
            id: account.unique_id.clone(),
            email: account.email.clone(),
        }
    }

    /// Whether the caller may still act; tokens that it was given before count no more when it may not.
    fn is_active(&self, tx: &Transaction) -> bool {
        match self {
            Self::Account { id, .. } => {
                service_account::by_unique_id(tx, id).is_some_and(|account| !account.disabled)
            }
            Self::Person(email) => tx.contains(world::PEOPLE, email),
            Self::Federated { .. } => true,
            Self::Nobody => false,
        }
    }
}

#[derive(Deserialize)]
struct Claims {
    aud: String,
    exp: i64,
    caller: Caller,
    scope: String,
}

/// Gives a caller an access token.
pub(super) fn grant(tx: &mut Transaction, caller: &Caller, scope: &str, seconds: i64) -> String {
    let id = tx.new_uuid().to_string();
    let claims = json!({
        "jti": id, "aud": AUDIENCE, "exp": tx.now().as_second() + seconds, "caller": caller, "scope": scope,
    });
    format!("{PREFIX}{}", tx.keys().sign_jwt(&claims))
}

/// Whose token this is, and what it is good for.
pub(super) fn of_token(tx: &Transaction, token: &str) -> Option<(Caller, String)> {
    let claims: Value = tx.keys().verify_jwt(token.strip_prefix(PREFIX)?)?;
    let claims: Claims = serde_json::from_value(claims).ok()?;
    let live = claims.aud == AUDIENCE && claims.exp > tx.now().as_second();
    (live && claims.caller.is_active(tx)).then_some((claims.caller, claims.scope))
}

/// The caller of a request to an API.
pub(super) fn of(tx: &Transaction, call: &Call, host: &str) -> Result<Caller, Failure> {
    let token = match (call.bearer(), call.query("access_token")) {
        (Some(token), _) | (None, Some(token)) => token,
        (None, None) if call.header("authorization").is_some() => return Err(Failure::unauthenticated()),
        (None, None) => return Err(Failure::no_credentials()),
    };
    let (caller, scope) = match token.starts_with(PREFIX) {
        true => of_token(tx, token).ok_or_else(Failure::unauthenticated)?,
        false => (
            self_signed(tx, token, host).ok_or_else(Failure::unauthenticated)?,
            "cloud-platform".to_owned(),
        ),
    };
    let wide = ["cloud-platform", "iam", "devstorage.full_control"];
    if scope
        .split(' ')
        .any(|scope| wide.iter().any(|wide| scope.ends_with(wide)))
    {
        return Ok(caller);
    }
    if call.method == http::Method::GET && scope.contains("cloud-platform.read-only") {
        return Ok(caller);
    }
    let failure = Failure::denied("Request had insufficient authentication scopes.");
    Err(failure.info(
        "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        "googleapis.com",
        json!({ "service": host }),
    ))
}

/// The service account whose own token this is: signed by one of its keys, for this host or with a scope.
fn self_signed(tx: &Transaction, token: &str, host: &str) -> Option<Caller> {
    let jwt = Jwt::parse(token)?;
    let account = service_account::by_email(tx, jwt.claim("iss")).filter(|account| !account.disabled)?;
    let audience = format!("https://{host}/");
    let meant = !jwt.claim("scope").is_empty() || jwt.audiences().contains(&audience.as_str());
    let signed = service_account_key::verifies(tx, &account, &jwt);
    let current = jwt.is_current(tx.now().as_second());
    (meant && signed && current && jwt.claim("sub") == account.email).then(|| Caller::account(&account))
}
