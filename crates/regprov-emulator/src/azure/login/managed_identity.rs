//! The instance metadata service: tokens of managed identities. Every managed identity counts as attached to this machine.

use serde_json::json;

use crate::answer::Answer;
use crate::azure::caller::{self, CallerKind, Grant};
use crate::azure::directory::{self, SERVICE_PRINCIPALS, ServicePrincipal};
use crate::call::Call;
use crate::store::Transaction;

const LIFETIME_SECONDS: i64 = 86_399;

fn refusal(status: u16, error: &str, text: &str) -> Answer {
    Answer::json(status, &json!({ "error": error, "error_description": text }))
}

/// Answers `GET /metadata/identity/oauth2/token`.
pub(crate) fn token(tx: &mut Transaction, call: &Call) -> Answer {
    if call
        .header("metadata")
        .is_none_or(|value| !value.eq_ignore_ascii_case("true"))
    {
        return refusal(400, "invalid_request", "Required metadata header not specified");
    }
    if call.query("api-version").is_none() {
        return refusal(
            400,
            "invalid_request",
            "Required query variable 'api-version' is missing",
        );
    }
    let Some(resource) = call.query("resource") else {
        return refusal(
            400,
            "invalid_request",
            "Required query variable 'resource' is missing",
        );
    };
    if caller::audience_of(resource).is_none() {
        let text =
            format!("AADSTS500011: The resource principal named {resource} was not found in the tenant.");
        return refusal(400, "invalid_resource", &text);
    }
    let identities: Vec<ServicePrincipal> = tx
        .scan::<ServicePrincipal>(SERVICE_PRINCIPALS, "")
        .into_iter()
        .map(|(_, principal)| principal)
        .filter(|principal| principal.managed_identity && asked_for(principal, call))
        .collect();
    let principal = match identities.as_slice() {
        [principal] => principal.clone(),
        [] => return refusal(400, "invalid_request", "Identity not found"),
        _ => {
            let text = "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request";
            return refusal(400, "invalid_request", text);
        }
    };
    let tenant = directory::tenant(tx).id;
    let issuer = format!("https://sts.windows.net/{tenant}/");
    let token = caller::issue(
        tx,
        &Grant {
            object_id: &principal.id,
            app_id: &principal.app_id,
            tenant: &tenant,
            resource,
            kind: CallerKind::ManagedIdentity,
            issuer: &issuer,
            lifetime_seconds: LIFETIME_SECONDS,
        },
    );
    let now = tx.now().as_second();
    Answer::json(
        200,
        &json!({
            "access_token": token, "client_id": principal.app_id, "expires_in": LIFETIME_SECONDS.to_string(),
            "expires_on": (now + LIFETIME_SECONDS).to_string(), "ext_expires_in": LIFETIME_SECONDS.to_string(),
            "not_before": now.to_string(), "resource": resource, "token_type": "Bearer",
        }),
    )
}

fn asked_for(principal: &ServicePrincipal, call: &Call) -> bool {
    let resource_id = |wanted: &str| {
        let names = principal
            .attributes
            .get("alternativeNames")
            .and_then(|names| names.as_array());
        names.is_some_and(|names| {
            names
                .iter()
                .any(|n| n.as_str().is_some_and(|n| n.eq_ignore_ascii_case(wanted)))
        })
    };
    call.query("client_id")
        .is_none_or(|id| principal.app_id.eq_ignore_ascii_case(id))
        && call
            .query("object_id")
            .or(call.query("principal_id"))
            .is_none_or(|id| principal.id.eq_ignore_ascii_case(id))
        && call
            .query("mi_res_id")
            .or(call.query("msi_res_id"))
            .is_none_or(resource_id)
}
