//! The token endpoint, for clients that act for themselves: by secret, by certificate, by a federated token.

use std::collections::BTreeMap;

use http::Method;
use serde_json::json;

use super::assertion;
use super::failure::Failure;
use crate::answer::Answer;
use crate::azure::caller::{self, CallerKind, Grant};
use crate::azure::directory::{self, SecretProblem, ServicePrincipal};
use crate::call::Call;
use crate::store::Transaction;

const LIFETIME_SECONDS: i64 = 3599;

/// Which of the two token endpoints was asked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// `resource`, and numbers as text in the answer.
    V1,
    /// `scope`.
    V2,
}

/// Answers a token request.
pub(crate) fn endpoint(tx: &mut Transaction, call: &Call, tenant: &str, version: Version) -> Answer {
    match grant(tx, call, tenant, version) {
        Ok(answer) => answer,
        Err(failure) => failure.answer(tx),
    }
}

/// The refusal of a tenant that is not the sandbox's.
pub(crate) fn unknown_tenant(tenant: &str) -> Failure {
    Failure::request(
        90_002,
        format!(
            "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."
        ),
    )
}

fn grant(tx: &mut Transaction, call: &Call, tenant: &str, version: Version) -> Result<Answer, Failure> {
    if call.method != Method::POST {
        let text = "Endpoint only accepts POST, OPTIONS requests. Received a request of another method.";
        return Err(Failure::request(900_561, text));
    }
    let own = directory::tenant(tx);
    if matches!(tenant, "common" | "organizations") {
        let text = "No tenant-identifying information found in either the request or implied by any provided credentials.";
        return Err(Failure::request(50_059, text));
    }
    if tenant != own.id && tenant != own.domain {
        return Err(unknown_tenant(tenant));
    }
    let mut form = call.form();
    if let Some((client_id, secret)) = call.basic() {
        form.entry("client_id".to_owned()).or_insert(client_id);
        form.entry("client_secret".to_owned()).or_insert(secret);
    }
    let field = |name: &str| -> Result<String, Failure> {
        form.get(name)
            .filter(|value| !value.is_empty())
            .cloned()
            .ok_or_else(|| {
                let text = format!("The request body must contain the following parameter: '{name}'.");
                Failure::request(900_144, text)
            })
    };
    let grant_type = field("grant_type")?;
    if grant_type != "client_credentials" {
        let text = format!("The app requested an unsupported grant type '{grant_type}'.");
        return Err(Failure::new(400, "unsupported_grant_type", 70_003, text));
    }
    let client_id = field("client_id")?;
    let resource = resource(
        &field(if version == Version::V1 {
            "resource"
        } else {
            "scope"
        })?,
        version,
        &own.id,
    )?;
    let principal = authenticate(tx, call, &client_id, &form)?;
    let kind = if principal.managed_identity {
        CallerKind::ManagedIdentity
    } else {
        CallerKind::Application
    };
    let issuer = format!("https://sts.windows.net/{}/", own.id);
    let token = caller::issue(
        tx,
        &Grant {
            object_id: &principal.id,
            app_id: &principal.app_id,
            tenant: &own.id,
            resource: &resource,
            kind,
            issuer: &issuer,
            lifetime_seconds: LIFETIME_SECONDS,
        },
    );
    let now = tx.now().as_second();
    let answer = match version {
        Version::V2 => json!({
            "token_type": "Bearer", "expires_in": LIFETIME_SECONDS, "ext_expires_in": LIFETIME_SECONDS,
            "access_token": token,
        }),
        Version::V1 => json!({
            "token_type": "Bearer", "expires_in": LIFETIME_SECONDS.to_string(),
            "ext_expires_in": LIFETIME_SECONDS.to_string(), "expires_on": (now + LIFETIME_SECONDS).to_string(),
            "not_before": now.to_string(), "resource": resource, "access_token": token,
        }),
    };
    Ok(Answer::json(200, &answer)
        .header("cache-control", "no-store, no-cache")
        .header("pragma", "no-cache"))
}

/// The resource that a scope asks for: `{resource}/.default`.
fn resource(asked: &str, version: Version, tenant: &str) -> Result<String, Failure> {
    let resource = match version {
        Version::V1 => asked,
        Version::V2 => asked.strip_suffix("/.default").ok_or_else(|| {
            let text = format!(
                "The provided value for scope {asked} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."
            );
            Failure::new(400, "invalid_scope", 1_002_012, text)
        })?,
    };
    if caller::audience_of(resource).is_none() {
        let text = format!(
            "The resource principal named {resource} was not found in the tenant named {tenant}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant."
        );
        return Err(Failure::new(400, "invalid_resource", 500_011, text));
    }
    Ok(resource.to_owned())
}

fn authenticate(
    tx: &Transaction,
    call: &Call,
    client_id: &str,
    form: &BTreeMap<String, String>,
) -> Result<ServicePrincipal, Failure> {
    let problem = |problem| secret_failure(tx, client_id, problem);
    if let Some(assertion) = form.get("client_assertion") {
        let kind = form.get("client_assertion_type").map(String::as_str);
        if kind != Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer") {
            let text = "The 'client_assertion_type' parameter must be 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'.";
            return Err(Failure::request(900_144, text));
        }
        return assertion::authenticate(tx, call, client_id, assertion);
    }
    match form.get("client_secret") {
        Some(secret) => directory::authenticate(tx, client_id, secret).map_err(problem),
        None => {
            directory::acting_principal(tx, client_id).map_err(problem)?;
            let text = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
            Err(Failure::client(7_000_218, text))
        }
    }
}

/// The login service's words for a secret that does not authenticate.
pub(super) fn secret_failure(tx: &Transaction, client_id: &str, problem: SecretProblem) -> Failure {
    match problem {
        SecretProblem::UnknownClient => Failure::new(
            400,
            "unauthorized_client",
            700_016,
            format!(
                "Application with identifier '{client_id}' was not found in the directory '{}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.",
                directory::tenant(tx).display_name
            ),
        ),
        SecretProblem::NoPrincipal => Failure::new(
            401,
            "unauthorized_client",
            7_000_229,
            format!(
                "The client application {client_id} is missing service principal in the tenant {}.",
                directory::tenant(tx).id
            ),
        ),
        SecretProblem::Disabled => Failure::new(
            401,
            "unauthorized_client",
            7_000_112,
            format!("Application '{client_id}' is disabled."),
        ),
        SecretProblem::Wrong => Failure::client(
            7_000_215,
            format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{client_id}'."
            ),
        ),
        SecretProblem::Expired => Failure::client(
            7_000_222,
            format!(
                "The provided client secret keys for app '{client_id}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds."
            ),
        ),
    }
}
