//! Reading registries.

use super::wire::{self, Stage, is_on, stage};
use super::{ContainerRegistry, Encryption, Georeplication, Identity, IpRule, NetworkRuleSet};
use crate::client::Client;
use crate::id::RegistryId;
use crate::location;
use regprov_provider::{Error, ErrorKind, Observed};
use regprov_schema::{Computed, Secret};
use std::collections::{BTreeMap, BTreeSet};

/// Reads one registry.
pub(super) async fn read(
    client: &Client,
    id: &RegistryId,
    like: Option<&ContainerRegistry>,
) -> Result<Observed<ContainerRegistry>, Error> {
    let path = id.to_string();
    let ask = ContainerRegistry::ask(&path, "read the registry");
    match client.arm.get::<wire::Registry>(ask).await? {
        Some(wire) => observed(client, wire, like).await,
        None => Ok(Observed::Absent),
    }
}

/// Reads the registries of one subscription by one list.
pub(super) async fn read_many(
    client: &Client,
    wanted: &[(RegistryId, Option<ContainerRegistry>)],
) -> Option<Result<Vec<Observed<ContainerRegistry>>, Error>> {
    let [(first, _), _, ..] = wanted else { return None };
    let subscription = first.part(0);
    if wanted
        .iter()
        .any(|(id, _)| !id.part(0).eq_ignore_ascii_case(subscription))
    {
        return None;
    }
    let path = format!("/subscriptions/{subscription}/providers/Microsoft.ContainerRegistry/registries");
    let ask = ContainerRegistry::ask(&path, "list the registries");
    let listed: Vec<wire::Registry> = match client.arm.list(ask, &[]).await {
        Ok(listed) => listed,
        Err(error) => return Some(Err(error)),
    };
    let named: BTreeMap<String, wire::Registry> = listed
        .into_iter()
        .map(|registry| (registry.id.to_lowercase(), registry))
        .collect();
    let mut found = Vec::with_capacity(wanted.len());
    for (id, prior) in wanted {
        let observed = match named.get(&id.to_string().to_lowercase()).cloned() {
            Some(wire) => observed(client, wire, prior.as_ref()).await,
            None => Ok(Observed::Absent),
        };
        match observed {
            Ok(observed) => found.push(observed),
            Err(error) => return Some(Err(error)),
        }
    }
    Some(Ok(found))
}

async fn observed(
    client: &Client,
    wire: wire::Registry,
    like: Option<&ContainerRegistry>,
) -> Result<Observed<ContainerRegistry>, Error> {
    let state = wire.properties.provisioning_state.as_deref();
    match stage(state) {
        Stage::Working => Ok(Observed::Settling(working(state))),
        Stage::Failed => match failure(client, &wire).await {
            Some(error) => Err(error),
            None => complete(client, wire, like).await.map(Observed::Present),
        },
        Stage::Ready => complete(client, wire, like).await.map(Observed::Present),
    }
}

/// What the service is doing, as a reason to wait.
pub(super) fn working(state: Option<&str>) -> String {
    format!("the registry is {}", state.unwrap_or("busy").to_ascii_lowercase())
}

/// Why the operation that this run began has failed.
pub(super) async fn failure(client: &Client, wire: &wire::Registry) -> Option<Error> {
    let fault = client.arm.failure(&wire.id).await?;
    let message = format!(
        "Azure could not finish the registry: {}: {}",
        fault.code, fault.message
    );
    let mut error = Error::new(ErrorKind::Failed, regprov_http::sanitize(&message));
    error.code = Some(fault.code);
    Some(error)
}

/// The whole object: the registry, its replicas, its admin user.
pub(super) async fn complete(
    client: &Client,
    wire: wire::Registry,
    like: Option<&ContainerRegistry>,
) -> Result<ContainerRegistry, Error> {
    let replicas = if wire.sku.tier() == "Premium" {
        replications(client, &wire).await?
    } else {
        Vec::new()
    };
    let admin = if wire.properties.settings.admin_user_enabled == Some(true) {
        admin(client, &wire.id, like).await?
    } else {
        Some((String::new(), Secret::new(String::new())))
    };
    let mut object = object(wire, like);
    object.georeplications = georeplications(client, replicas, like);
    if let Some((username, password)) = admin {
        object.admin_username = Computed::known(username);
        object.admin_password = Computed::known(password);
    }
    Ok(object)
}

/// The replicas, without the home region, which the service lists too.
pub(super) async fn replications(
    client: &Client,
    wire: &wire::Registry,
) -> Result<Vec<wire::Replication>, Error> {
    let path = format!("{}/replications", wire.id);
    let ask = ContainerRegistry::ask(&path, "list the replicas");
    let mut listed: Vec<wire::Replication> = client.arm.list(ask, &[]).await?;
    let home = location::normalize(&wire.location);
    listed.retain(|replica| location::normalize(&replica.location) != home);
    Ok(listed)
}

/// The admin user. A reader may not see it; what was known before stays.
async fn admin(
    client: &Client,
    id: &str,
    like: Option<&ContainerRegistry>,
) -> Result<Option<(String, Secret<String>)>, Error> {
    match credentials(client, id).await {
        Ok(known) => Ok(Some(known)),
        Err(error) if error.kind == ErrorKind::Denied => Ok(like.and_then(|like| {
            Some((
                like.admin_username.get()?.clone(),
                like.admin_password.get()?.clone(),
            ))
        })),
        Err(error) => Err(error),
    }
}

/// The admin user's name and first password.
pub(crate) async fn credentials(client: &Client, id: &str) -> Result<(String, Secret<String>), Error> {
    let path = format!("{id}/listCredentials");
    let ask = ContainerRegistry::ask(&path, "read the registry's admin user");
    let answer: wire::Credentials = client.arm.query(ask, &serde_json::Map::new()).await?;
    let password = answer
        .passwords
        .first()
        .map_or("", |password| password.value.as_str());
    client.services.redactor.register(password);
    Ok((answer.username, Secret::new(password.to_owned())))
}

/// The object but for replicas and admin user.
pub(super) fn object(wire: wire::Registry, like: Option<&ContainerRegistry>) -> ContainerRegistry {
    let id: Option<RegistryId> = wire.id.parse().ok();
    let (properties, settings) = (&wire.properties, &wire.properties.settings);
    let on = |status: &Option<String>, default: bool| Some(status.as_deref().map_or(default, is_on));
    let policy = |policy: Option<&wire::Policy>, default: bool| {
        Some(policy.map_or(default, |policy| is_on(&policy.status)))
    };
    let policies = settings.policies.clone().unwrap_or_default();
    let retention = policies
        .retention
        .filter(|retention| is_on(&retention.status))
        .and_then(|policy| policy.days);
    let hosts: BTreeSet<String> = properties.data_endpoint_host_names.iter().cloned().collect();
    ContainerRegistry {
        resource_group_name: like
            .map(|like| like.resource_group_name.clone())
            .or_else(|| id.as_ref().map(|id| id.part(1).to_owned()))
            .unwrap_or_default(),
        location: location::spelled(&wire.location, like.map(|like| like.location.as_str())),
        sku: wire.sku.tier().to_owned(),
        admin_enabled: Some(settings.admin_user_enabled.unwrap_or(false)),
        anonymous_pull_enabled: Some(settings.anonymous_pull_enabled.unwrap_or(false)),
        azuread_authentication_as_arm_policy_enabled: policy(policies.arm_tokens.as_ref(), true),
        data_endpoint_enabled: Some(settings.data_endpoint_enabled.unwrap_or(false)),
        encryption: encryption(settings),
        export_policy_enabled: policy(policies.export.as_ref(), true),
        network_rule_bypass_for_tasks_enabled: Some(
            settings.network_rule_bypass_allowed_for_tasks.unwrap_or(false),
        ),
        network_rule_bypass_option: Some(
            settings
                .network_rule_bypass_options
                .clone()
                .unwrap_or_else(|| "AzureServices".to_owned()),
        ),
        network_rule_set: Computed::known(network(settings, like)),
        public_network_access_enabled: on(&settings.public_network_access, true),
        quarantine_policy_enabled: policy(policies.quarantine.as_ref(), false),
        retention_policy_in_days: Some(retention.unwrap_or(0)),
        role_assignment_mode: Some(
            settings
                .role_assignment_mode
                .clone()
                .unwrap_or_else(|| "LegacyRegistryPermissions".to_owned()),
        ),
        tags: wire.tags.filter(|tags| !tags.is_empty()),
        zone_redundancy_enabled: match like {
            Some(like) => like.zone_redundancy_enabled,
            None => on(&settings.zone_redundancy, false),
        },
        trust_policy_enabled: like
            .and_then(|like| like.trust_policy_enabled)
            .map(|_| policies.trust.as_ref().is_some_and(|trust| is_on(&trust.status))),
        georeplications: Vec::new(),
        identity: identity(wire.identity, like),
        login_server: Computed(wire.properties.login_server),
        admin_username: Computed(None),
        admin_password: Computed(None),
        data_endpoint_host_names: Computed::known(hosts),
        id: Computed(Some(id.map_or(wire.id, |id| id.to_string()))),
        name: wire.name,
    }
}

fn encryption(settings: &wire::Settings) -> Option<Vec<Encryption>> {
    let encryption = settings
        .encryption
        .as_ref()
        .filter(|encryption| is_on(&encryption.status))?;
    let key = encryption.key_vault_properties.clone()?;
    Some(vec![Encryption {
        identity_client_id: key.identity,
        key_vault_key_id: key.key_identifier,
    }])
}

/// The network rules; as written before, where that means the same.
fn network(settings: &wire::Settings, like: Option<&ContainerRegistry>) -> Vec<NetworkRuleSet> {
    let read: Vec<NetworkRuleSet> = settings
        .network_rule_set
        .iter()
        .map(|set| NetworkRuleSet {
            default_action: Some(set.default_action.clone()),
            ip_rule: Some(set.ip_rules.iter().map(rule).collect()),
        })
        .collect();
    match like.and_then(|like| like.network_rule_set.get()) {
        Some(written) if super::blocks::Network::of(written) == super::blocks::Network::of(&read) => {
            written.clone()
        }
        Some(_) | None => read,
    }
}

fn rule(rule: &wire::IpRule) -> IpRule {
    let action = rule.action.clone().unwrap_or_else(|| "Allow".to_owned());
    IpRule {
        action: Some(action),
        ip_range: Some(rule.value.clone()),
    }
}

fn identity(wire: Option<wire::Identity>, like: Option<&ContainerRegistry>) -> Vec<Identity> {
    let Some(wire) = wire.filter(|identity| !identity.kind.eq_ignore_ascii_case("none")) else {
        return Vec::new();
    };
    let written = like.and_then(|like| like.identity.first());
    let spelled = |kind: &str| kind.replace(' ', "").to_ascii_lowercase();
    let read: BTreeSet<String> = wire
        .user_assigned_identities
        .unwrap_or_default()
        .into_keys()
        .collect();
    let lower = |ids: &BTreeSet<String>| ids.iter().map(|id| id.to_lowercase()).collect::<BTreeSet<_>>();
    let ids = match written.and_then(|written| written.identity_ids.as_ref()) {
        Some(ids) if lower(ids) == lower(&read) => Some(ids.clone()),
        Some(_) | None => Some(read).filter(|ids| !ids.is_empty()),
    };
    let r#type = match written {
        Some(written) if spelled(&written.r#type) == spelled(&wire.kind) => written.r#type.clone(),
        Some(_) | None => wire.kind.replace(", ", ",").replace(',', ", "),
    };
    vec![Identity {
        r#type,
        identity_ids: ids,
        principal_id: Computed(Some(wire.principal_id.unwrap_or_default())),
        tenant_id: Computed(Some(wire.tenant_id.unwrap_or_default())),
    }]
}

/// The replicas in the order in which they were written; new ones after them, by location.
fn georeplications(
    client: &Client,
    replicas: Vec<wire::Replication>,
    like: Option<&ContainerRegistry>,
) -> Vec<Georeplication> {
    let mut read: BTreeMap<String, wire::Replication> = replicas
        .into_iter()
        .map(|replica| (location::normalize(&replica.location), replica))
        .collect();
    let mut ordered = Vec::with_capacity(read.len());
    for written in like.map_or(&[][..], |like| &like.georeplications) {
        if let Some(wire) = read.remove(&location::normalize(&written.location)) {
            ordered.push(georeplication(wire, Some(written), client.major));
        }
    }
    ordered.extend(
        read.into_values()
            .map(|wire| georeplication(wire, None, client.major)),
    );
    ordered
}

fn georeplication(wire: wire::Replication, written: Option<&Georeplication>, major: u64) -> Georeplication {
    let routed = wire.properties.region_endpoint_enabled.unwrap_or(true);
    let old_name = match written {
        Some(written) if written.global_endpoint_routing_enabled.is_some() => false,
        Some(written) if written.regional_endpoint_enabled.is_some() => true,
        Some(_) | None => major < 5,
    };
    Georeplication {
        location: location::spelled(&wire.location, written.map(|written| written.location.as_str())),
        global_endpoint_routing_enabled: (!old_name).then_some(routed),
        regional_endpoint_enabled: old_name.then_some(routed),
        zone_redundancy_enabled: match written {
            Some(written) => written.zone_redundancy_enabled,
            None => Some(wire.properties.zone_redundancy.as_deref().is_some_and(is_on)),
        },
        tags: wire.tags.filter(|tags| !tags.is_empty()),
    }
}

/// The registry without replicas and admin user, for those who only look; `None` where it is absent.
pub(crate) async fn settled(client: &Client, id: &RegistryId) -> Result<Option<ContainerRegistry>, Error> {
    let path = id.to_string();
    let wire: Option<wire::Registry> = client
        .arm
        .get(ContainerRegistry::ask(&path, "read the registry"))
        .await?;
    let Some(wire) = wire else { return Ok(None) };
    let state = wire.properties.provisioning_state.as_deref();
    if stage(state) == Stage::Working {
        return Err(Error::new(
            ErrorKind::Throttled(Some(std::time::Duration::from_secs(2))),
            working(state),
        ));
    }
    Ok(Some(object(wire, None)))
}
