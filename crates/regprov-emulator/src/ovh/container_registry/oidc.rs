//! Authentication of a registry's users by an identity provider.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::iam::free_of_users;
use super::record::{Oidc, Registry};
use super::require_ready;
use crate::answer::Answer;
use crate::clock;
use crate::ovh::context::{Ovh, Reply, nothing, soon};
use crate::ovh::failure;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct New {
    delete_users: Option<bool>,
    provider: Settings,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Settings {
    name: Option<String>,
    endpoint: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    scope: Option<String>,
    group_filter: Option<String>,
    groups_claim: Option<String>,
    admin_group: Option<String>,
    user_claim: Option<String>,
    verify_cert: Option<bool>,
    auto_onboard: Option<bool>,
}

impl Settings {
    /// What was said, without the secret, by the API's names.
    fn said(&self) -> Map<String, Value> {
        let texts = [
            ("name", &self.name),
            ("endpoint", &self.endpoint),
            ("clientId", &self.client_id),
            ("scope", &self.scope),
            ("groupFilter", &self.group_filter),
            ("groupsClaim", &self.groups_claim),
            ("adminGroup", &self.admin_group),
            ("userClaim", &self.user_claim),
        ];
        let flags = [
            ("verifyCert", self.verify_cert),
            ("autoOnboard", self.auto_onboard),
        ];
        let texts = texts
            .into_iter()
            .filter_map(|(name, text)| Some((name.to_owned(), text.clone()?.into())));
        let flags = flags
            .into_iter()
            .filter_map(|(name, flag)| Some((name.to_owned(), flag?.into())));
        texts.chain(flags).collect()
    }

    fn check(&self) -> Result<(), Answer> {
        match &self.endpoint {
            Some(endpoint) if !endpoint.starts_with("http://") && !endpoint.starts_with("https://") => Err(
                failure::invalid(&format!("[endpoint] Given data ({endpoint}) is not a URL")),
            ),
            Some(_) | None => Ok(()),
        }
    }
}

/// Sends a request to who answers it.
pub(super) fn handle(ovh: &mut Ovh<'_>, registry: Registry) -> Reply {
    match ovh.call.method.as_str() {
        "GET" => {
            let oidc = registry.oidc.as_ref().ok_or_else(|| absent(&registry))?;
            Ok(Answer::json(200, &body(ovh, oidc)))
        }
        "POST" => create(ovh, registry),
        "PUT" => change(ovh, registry),
        "DELETE" => end(ovh, registry),
        _ => Err(failure::unknown(ovh.call)),
    }
}

fn absent(registry: &Registry) -> Answer {
    failure::refuse(
        404,
        "NOT_FOUND",
        &format!("No OIDC configuration exists on the registry {}", registry.id),
    )
}

fn body(ovh: &Ovh<'_>, oidc: &Oidc) -> Value {
    let pending = ovh.tx.now() < oidc.ready_at;
    let status = match (pending, oidc.ends) {
        (true, true) => "DELETING",
        (true, false) if oidc.created_at == oidc.updated_at => "INSTALLING",
        (true, false) => "UPDATING",
        (false, _) => "READY",
    };
    let mut body = oidc.settings.clone();
    body.insert("id".into(), oidc.id.clone().into());
    body.insert("status".into(), status.into());
    body.insert("createdAt".into(), clock::seconds(oidc.created_at).into());
    body.insert("updatedAt".into(), clock::seconds(oidc.updated_at).into());
    body.into()
}

fn create(ovh: &mut Ovh<'_>, mut registry: Registry) -> Reply {
    let new: New = ovh.body()?;
    require_ready(&registry, ovh.tx.now())?;
    if registry.iam_enabled {
        return Err(failure::conflict(
            "OIDC cannot be configured: IAM is enabled on the registry",
        ));
    }
    if registry.oidc.is_some() {
        return Err(failure::conflict(
            "An OIDC configuration already exists on the registry",
        ));
    }
    new.provider.check()?;
    let said = new.provider.said();
    for name in ["name", "endpoint", "clientId", "scope"] {
        if !said.contains_key(name) {
            return Err(failure::invalid(&format!(
                "Missing parameter(s): provider.{name}"
            )));
        }
    }
    let Some(secret) = &new.provider.client_secret else {
        return Err(failure::invalid("Missing parameter(s): provider.clientSecret"));
    };
    free_of_users(ovh, &registry, new.delete_users.unwrap_or(false))?;
    let mut settings = said;
    let defaults = [("verifyCert", json!(true)), ("autoOnboard", json!(false))];
    for (name, value) in defaults {
        settings.entry(name).or_insert(value);
    }
    let now = ovh.tx.now();
    registry.oidc = Some(Oidc {
        id: ovh.tx.new_uuid().to_string(),
        settings,
        secret: ovh.tx.hash_secret(secret),
        created_at: now,
        updated_at: now,
        ready_at: soon(ovh.tx),
        ends: false,
    });
    registry.save(ovh.tx);
    nothing()
}

fn change(ovh: &mut Ovh<'_>, mut registry: Registry) -> Reply {
    let settings: Settings = ovh.body()?;
    require_ready(&registry, ovh.tx.now())?;
    settings.check()?;
    let done = soon(ovh.tx);
    let refusal = absent(&registry);
    let oidc = registry.oidc.as_mut().ok_or(refusal)?;
    oidc.settings.extend(settings.said());
    if let Some(secret) = &settings.client_secret {
        oidc.secret = ovh.tx.hash_secret(secret);
    }
    oidc.updated_at = ovh.tx.now();
    oidc.ready_at = done;
    registry.save(ovh.tx);
    nothing()
}

fn end(ovh: &mut Ovh<'_>, mut registry: Registry) -> Reply {
    require_ready(&registry, ovh.tx.now())?;
    let done = soon(ovh.tx);
    let refusal = absent(&registry);
    let oidc = registry.oidc.as_mut().ok_or(refusal)?;
    oidc.ends = true;
    oidc.ready_at = done;
    registry.save(ovh.tx);
    nothing()
}
