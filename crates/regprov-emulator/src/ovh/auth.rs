//! Credentials: asked for, validated, told, ended.

use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::{self, Caller, Credential, Rule, VALIDATED};
use super::context::{Ovh, Reply, body, nothing};
use super::failure::{absent, invalid, refuse};
use crate::answer::Answer;
use crate::call::Call;
use crate::clock;
use crate::store::Transaction;

/// The account.
const ACCOUNT: &str = "xx1234-ovh";
/// Credentials that wait for validation, by their token.
const PENDING: &str = "_ovh_pending";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Request {
    access_rules: Vec<Rule>,
    redirection: Option<String>,
    #[serde(rename = "allowedIPs")]
    allowed_ips: Option<Vec<String>>,
}

/// A new consumer key, which its owner must validate before it can be used.
pub(super) fn request_credential(tx: &mut Transaction, call: &Call) -> Reply {
    let application = caller::application_of(tx, call)?;
    let request: Request = body(call)?;
    let known = ["GET", "POST", "PUT", "DELETE"];
    if request.access_rules.is_empty() {
        return Err(invalid("[accessRules] Given data must hold at least one rule"));
    }
    for rule in &request.access_rules {
        if !known.contains(&rule.method.as_str()) || !rule.path.starts_with('/') {
            return Err(invalid(&format!(
                "[accessRules] Given data ({} {}) is not a rule",
                rule.method, rule.path
            )));
        }
    }
    drop((request.redirection, request.allowed_ips));
    let consumer_key = tx.new_secret(32);
    let key = caller::credential_key(&consumer_key);
    let credential = Credential {
        id: tx.count(caller::CREDENTIALS) as u64 + 1,
        application_key: application.key,
        status: "pendingValidation".to_owned(),
        rules: request.access_rules,
        created_at: tx.now(),
    };
    tx.put(caller::CREDENTIALS, &key, &credential);
    let token = tx.draw().alphanumeric(64);
    tx.put(PENDING, &token, &key);
    let url = format!(
        "{}/{}/auth/validate?credentialToken={token}",
        call.base_url(),
        super::BASE
    );
    Ok(Answer::json(
        200,
        &json!({ "consumerKey": consumer_key, "state": "pendingValidation", "validationUrl": url }),
    ))
}

/// What the owner's browser does at the validation URL.
pub(super) fn validate(tx: &mut Transaction, call: &Call) -> Reply {
    let token = call.query("credentialToken").unwrap_or_default().to_owned();
    let key: String = tx
        .get(PENDING, &token)
        .ok_or_else(|| absent("credentialToken", "…"))?;
    let mut credential: Credential = tx
        .get(caller::CREDENTIALS, &key)
        .ok_or_else(|| absent("credentialToken", "…"))?;
    credential.status = VALIDATED.to_owned();
    tx.put(caller::CREDENTIALS, &key, &credential);
    tx.delete(PENDING, &token);
    Ok(Answer::json(200, &json!({ "state": VALIDATED })))
}

/// Who calls, and by what.
pub(super) fn details(ovh: &Ovh<'_>) -> Reply {
    let (method, routes, description) = match &ovh.caller {
        Caller::Signed(key) => {
            let credential: Option<Credential> = ovh.tx.get(caller::CREDENTIALS, key);
            let rules = credential.map(|credential| credential.rules);
            ("credential", json!(rules), "sandbox")
        }
        Caller::Bearer(client) => ("oauth2", Value::Null, client.as_str()),
    };
    Ok(Answer::json(
        200,
        &json!({
            "account": ACCOUNT, "allowedRoutes": routes, "description": description,
            "identities": [format!("urn:v1:eu:identity:account:{ACCOUNT}")], "method": method, "roles": [], "user": null,
        }),
    ))
}

/// The credential of a signed call.
pub(super) fn current_credential(ovh: &Ovh<'_>) -> Reply {
    let Caller::Signed(key) = &ovh.caller else {
        return Err(refuse(403, "NOT_CREDENTIAL", "You must login first"));
    };
    let credential: Credential = ovh
        .tx
        .get(caller::CREDENTIALS, key)
        .ok_or_else(|| absent("credentialId", "…"))?;
    Ok(Answer::json(
        200,
        &json!({
            "credentialId": credential.id, "status": credential.status, "rules": credential.rules, "allowedIPs": null,
            "ovhSupport": false, "creation": clock::seconds(credential.created_at), "expiration": null, "lastUse": null,
        }),
    ))
}

/// Ends the credential of the call.
pub(super) fn logout(ovh: &mut Ovh<'_>) -> Reply {
    if let Caller::Signed(key) = &ovh.caller {
        ovh.tx.delete(caller::CREDENTIALS, key);
    }
    nothing()
}

/// The account.
pub(super) fn me(ovh: &Ovh<'_>) -> Reply {
    let _ = ovh;
    Ok(Answer::json(
        200,
        &json!({
            "nichandle": ACCOUNT, "customerCode": "1234-5678-90", "email": "operator@sandbox.example", "country": "FR",
            "ovhSubsidiary": "FR", "firstname": "Sandbox", "name": "Operator", "state": "complete",
            "language": "en_GB", "kycValidated": true, "currency": { "code": "EUR", "symbol": "€" },
        }),
    ))
}
