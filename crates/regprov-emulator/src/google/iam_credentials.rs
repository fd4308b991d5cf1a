//! Short-lived credentials of service accounts for those who may act as them.

use serde::Deserialize;
use serde_json::json;

use super::caller::{self, Caller};
use super::context::{Ask, Google, Reply};
use super::failure::Failure;
use super::{oauth, service_account};
use crate::answer::Answer;
use crate::clock;

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct AccessTokenRequest {
    scope: Vec<String>,
    lifetime: String,
    delegates: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct IdTokenRequest {
    audience: String,
    include_email: bool,
    delegates: Vec<String>,
    organization_number_included: bool,
}

/// Answers a request.
pub(super) fn handle(google: &mut Google<'_>, ask: &Ask) -> Reply {
    match (ask.method, ask.segments().as_slice(), ask.verb.as_deref()) {
        ("POST", ["projects", project, "serviceAccounts", id], Some("generateAccessToken")) => {
            access_token(google, (project, id))
        }
        ("POST", ["projects", project, "serviceAccounts", id], Some("generateIdToken")) => {
            id_token(google, (project, id))
        }
        _ => Err(Failure::unknown(google.call)),
    }
}

fn account(
    google: &mut Google<'_>,
    place: (&str, &str),
    (permission, delegates): (&str, &[String]),
) -> Result<service_account::Account, Failure> {
    if !delegates.is_empty() {
        return Err(Failure::unsupported("chains of delegates"));
    }
    let account = service_account::named(google, place, permission)?;
    if account.disabled {
        return Err(Failure::precondition("The service account is disabled."));
    }
    Ok(account)
}

fn access_token(google: &mut Google<'_>, place: (&str, &str)) -> Reply {
    let request: AccessTokenRequest = google.body()?;
    if request.scope.is_empty() {
        return Err(Failure::invalid(
            "Request contains an invalid argument: at least one scope is required.",
        ));
    }
    let seconds = match request.lifetime.as_str() {
        "" => 3600,
        text => text
            .strip_suffix('s')
            .and_then(|number| number.parse::<i64>().ok())
            .filter(|seconds| (1..=43_200).contains(seconds))
            .ok_or_else(|| Failure::invalid("Request contains an invalid argument: lifetime."))?,
    };
    if seconds > 3600 {
        return Err(Failure::invalid(
            "The lifetime is longer than an hour, which the policy of the organization does not allow for this service account.",
        ));
    }
    let account = account(
        google,
        place,
        ("iam.serviceAccounts.getAccessToken", &request.delegates),
    )?;
    let token = caller::grant(
        google.tx,
        &Caller::account(&account),
        &request.scope.join(" "),
        seconds,
    );
    let ends = clock::seconds(clock::add(google.tx.now(), seconds * 1000));
    Ok(Answer::json(
        200,
        &json!({ "accessToken": token, "expireTime": ends }),
    ))
}

fn id_token(google: &mut Google<'_>, place: (&str, &str)) -> Reply {
    let request: IdTokenRequest = google.body()?;
    if request.audience.is_empty() {
        return Err(Failure::invalid(
            "Request contains an invalid argument: the audience is required.",
        ));
    }
    tracing::trace!(
        email = request.include_email,
        organization = request.organization_number_included,
        "an identity token is made"
    );
    let account = account(
        google,
        place,
        ("iam.serviceAccounts.getOpenIdToken", &request.delegates),
    )?;
    let token = oauth::identity_token(google.tx, &account, &request.audience, 3600);
    Ok(Answer::json(200, &json!({ "token": token })))
}
