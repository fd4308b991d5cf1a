//! What can be told while planning.

use super::{ContainerRegistry, wire};
use crate::client::{Client, attribute};
use crate::id::RegistryId;
use crate::location;
use crate::permissions::{self, Right};
use regprov_addr::AttributePath;
use regprov_http::sanitize;
use regprov_provider::{Advice, Finding, Partial, PlanRequest, PreflightRequest, Resource};
use regprov_value::Value;
use std::collections::BTreeMap;

const CREATE: Right = Right {
    action: "Microsoft.ContainerRegistry/registries/write",
    doing: "create registries",
    role: "Contributor",
    argument: "resource_group_name",
};

/// The rule of a registry's name.
pub(crate) fn check_name(value: &Value) -> Result<(), String> {
    let Some(name) = value.as_str() else { return Ok(()) };
    let length = name.chars().count();
    if !name.chars().all(|letter| letter.is_ascii_alphanumeric()) {
        return Err(format!(
            "`{name}` is no registry name: it has 5 to 50 letters and digits and nothing else, as it becomes a host name. \
             Choose another one, such as `binderhubimages`."
        ));
    }
    if (5..=50).contains(&length) {
        return Ok(());
    }
    Err(format!(
        "`{name}` is no registry name: it has 5 to 50 letters and digits, this has {length}. Choose another one, such as `binderhubimages`."
    ))
}

/// Pure checks: what the SKU does not have, and settings that exclude each other.
pub(super) fn plan(request: &PlanRequest<'_>) -> Advice {
    let desired = request.desired;
    let mut advice = Advice {
        findings: sku_findings(desired),
        ..Advice::default()
    };
    advice.findings.extend(rule_findings(desired));
    let written = !request.config.is_unset("network_rule_set");
    if !written && desired.text("sku").is_some_and(|sku| sku != "Premium") && request.prior.is_some() {
        // The rules of a Premium registry go with its SKU.
        let has_rules = request.prior.is_some_and(|prior| {
            prior
                .known("network_rule_set")
                .is_some_and(|value| value.as_items().is_some_and(|items| !items.is_empty()))
        });
        if has_rules {
            advice.recompute.push("network_rule_set");
        }
    }
    if let Some(prior) = request.prior
        && let (Some(prior), Some(new)) = (keyed(prior), keyed(desired))
        && prior == new
    {
        advice
            .suppress
            .push(AttributePath::root().name("georeplications"));
    }
    advice
}

/// What can be changed about a replica: whether the global host leads there, its tags.
type ReplicaSettings = (bool, BTreeMap<String, String>);

/// The replicas by location, where all is known.
fn keyed(object: Partial<'_>) -> Option<BTreeMap<String, ReplicaSettings>> {
    let value = object
        .0
        .get("georeplications")
        .filter(|value| value.is_wholly_known())?;
    let json = regprov_value::to_json(value).ok()?;
    let replicas: Vec<super::Georeplication> = serde_json::from_value(json).ok()?;
    Some(
        replicas
            .into_iter()
            .map(|replica| {
                let setting = (replica.routed(), replica.tags.unwrap_or_default());
                (location::normalize(&replica.location), setting)
            })
            .collect(),
    )
}

fn finding(name: &str, summary: &str, detail: String, remedy: &str) -> Finding {
    Finding {
        fatal: true,
        path: attribute(name),
        summary: summary.to_owned(),
        detail,
        remedy: Some(remedy.to_owned()),
    }
}

/// Arguments that the SKU does not have.
fn sku_findings(desired: Partial<'_>) -> Vec<Finding> {
    let Some(sku) = desired.text("sku") else {
        return Vec::new();
    };
    let filled = |name: &str| {
        desired
            .known(name)
            .is_some_and(|value| value.as_items().is_some_and(|items| !items.is_empty()))
    };
    let restricts = || {
        desired.known("network_rule_set").is_some_and(|value| {
            let open = Value::null(value.ty());
            value.is_wholly_known() && !super::blocks::same_network(value, &open)
        })
    };
    let on = |name: &str| desired.truth(name) == Some(true);
    let off = |name: &str| desired.truth(name) == Some(false);
    let positive = desired
        .number("retention_policy_in_days")
        .is_some_and(|days| days.to_string() != "0");
    let premium = [
        ("georeplications", filled("georeplications")),
        ("encryption", filled("encryption")),
        ("network_rule_set", restricts()),
        (
            "public_network_access_enabled",
            off("public_network_access_enabled"),
        ),
        ("quarantine_policy_enabled", on("quarantine_policy_enabled")),
        ("retention_policy_in_days", positive),
        ("trust_policy_enabled", on("trust_policy_enabled")),
        ("export_policy_enabled", off("export_policy_enabled")),
        ("data_endpoint_enabled", on("data_endpoint_enabled")),
        ("zone_redundancy_enabled", on("zone_redundancy_enabled")),
    ];
    let mut findings = Vec::new();
    if sku != "Premium" {
        findings.extend(premium.iter().filter(|(_, used)| *used).map(|(name, _)| {
            finding(
                name,
                "Argument needs the SKU Premium",
                format!(
                    "`{name}` is set so that it needs a Premium registry, but `sku` is `{}`.",
                    sanitize(sku)
                ),
                "Set `sku = \"Premium\"`, or leave the argument out.",
            )
        }));
    }
    if sku == "Basic" && on("anonymous_pull_enabled") {
        findings.push(finding(
            "anonymous_pull_enabled",
            "Argument needs the SKU Standard",
            "Anonymous pull needs a Standard or Premium registry, but `sku` is `Basic`.".to_owned(),
            "Set `sku = \"Standard\"`, or leave the argument out.",
        ));
    }
    findings
}

/// Settings that exclude or need each other.
fn rule_findings(desired: Partial<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let export_off = desired.truth("export_policy_enabled") == Some(false);
    if export_off && desired.truth("public_network_access_enabled") == Some(true) {
        findings.push(finding(
            "export_policy_enabled",
            "Export can only be forbidden to a private registry",
            "`export_policy_enabled` is false, but `public_network_access_enabled` is not.".to_owned(),
            "Set `public_network_access_enabled = false` too.",
        ));
    }
    let home = desired.text("location").map(location::normalize);
    let replicas = desired
        .known("georeplications")
        .and_then(Value::as_items)
        .unwrap_or_default();
    let places: Vec<String> = replicas
        .iter()
        .filter_map(|replica| Partial(replica).text("location"))
        .map(location::normalize)
        .collect();
    for (index, place) in places.iter().enumerate() {
        if Some(place) == home.as_ref() {
            let detail =
                format!("The registry's home is `{place}` already, so it cannot have a replica there.");
            findings.push(finding(
                "georeplications",
                "Replica in the home region",
                detail,
                "Leave this replica away.",
            ));
        } else if places[..index].contains(place) {
            let detail = format!("`{place}` is named twice.");
            findings.push(finding(
                "georeplications",
                "Two replicas in one region",
                detail,
                "Keep one of them.",
            ));
        }
    }
    findings
}

/// What the service says before anything is made: the name, the regions.
pub(super) async fn preflight(request: &PreflightRequest<'_, ContainerRegistry>) -> Vec<Finding> {
    let (client, desired) = (request.client, request.desired);
    let new = request.prior.is_none();
    let places = async {
        let mut findings = Vec::new();
        if let Some(place) = desired.text("location").filter(|_| new) {
            findings.extend(location::unknown(client, place, "location").await);
        }
        let replicas = desired
            .known("georeplications")
            .and_then(Value::as_items)
            .unwrap_or_default();
        for place in replicas
            .iter()
            .filter_map(|replica| Partial(replica).text("location"))
        {
            findings.extend(location::unknown(client, place, "georeplications").await);
        }
        findings
    };
    let right = async {
        let id = <ContainerRegistry as Resource>::identify(client, desired).filter(|_| new)?;
        let scopes = permissions::scopes(&id.to_string());
        permissions::check(client, scopes.get(1..).unwrap_or_default(), &CREATE).await
    };
    let name = async {
        let name = desired.text("name").filter(|_| new)?;
        taken(client, name, desired.text("resource_group_name")).await
    };
    let (places, right, name) = tokio::join!(places, right, name);
    places.into_iter().chain(right).chain(name).collect()
}

/// Whether the name is free: names are unique in all of Azure.
async fn taken(client: &Client, name: &str, group: Option<&str>) -> Option<Finding> {
    let base = format!(
        "/subscriptions/{}/providers/Microsoft.ContainerRegistry",
        client.subscription
    );
    let path = format!("{base}/checkNameAvailability");
    let query = wire::NameQuery {
        name,
        kind: "Microsoft.ContainerRegistry/registries",
    };
    let answer: wire::NameAnswer = match client
        .arm
        .query(ContainerRegistry::ask(&path, "check the registry's name"), &query)
        .await
    {
        Ok(answer) => answer,
        Err(error) => {
            return Some(Finding {
                fatal: false,
                path: attribute("name"),
                summary: "Name not checked".to_owned(),
                detail: format!(
                    "Whether the name `{}` is free could not be asked: {}",
                    sanitize(name),
                    error.message
                ),
                remedy: error.remedy,
            });
        }
    };
    if answer.name_available {
        return None;
    }
    if answer.reason.as_deref() == Some("Invalid") {
        let said = answer.message.unwrap_or_default();
        let detail = format!("Azure refuses the name `{}`: {}", sanitize(name), sanitize(&said));
        return Some(finding(
            "name",
            "Registry name refused",
            detail,
            "Choose another name.",
        ));
    }
    let path = format!("{base}/registries");
    let ours: Vec<wire::Registry> = client
        .arm
        .list(ContainerRegistry::ask(&path, "list the registries"), &[])
        .await
        .unwrap_or_default();
    match ours
        .into_iter()
        .find(|registry| registry.name.eq_ignore_ascii_case(name))
    {
        Some(ours) => held_by_us(client, &ours.id, name, group),
        None => Some(finding(
            "name",
            "Registry name is taken",
            format!(
                "The registry name `{}` belongs to someone else: no registry of the subscription {} has it, and names are \
                 unique in all of Azure.",
                sanitize(name),
                client.subscription
            ),
            "Choose another name; a prefix or suffix of your organization helps.",
        )),
    }
}

/// The name is that of a registry in our subscription. Where that is the very object of the plan, the planner says so itself.
fn held_by_us(client: &Client, id: &str, name: &str, group: Option<&str>) -> Option<Finding> {
    let theirs: RegistryId = id.parse().ok()?;
    let planned = group.map(|group| RegistryId::new([client.subscription.as_str(), group, name]));
    if planned.is_some_and(|planned| planned.same(&theirs)) {
        return None;
    }
    Some(finding(
        "name",
        "Registry name is taken",
        format!(
            "The registry `{}` exists already in your subscription, in the resource group `{}`.",
            sanitize(name),
            sanitize(theirs.part(1))
        ),
        &format!(
            "To manage that one, set `resource_group_name = \"{}\"` and import it with the id {}; else choose another name.",
            sanitize(theirs.part(1)),
            sanitize(id)
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_name_is_refused_with_its_rule() {
        let error = check_name(&Value::string("ab-c")).unwrap_err();
        assert!(
            error.contains("`ab-c` is no registry name") && error.contains("letters and digits"),
            "{error}"
        );
        assert!(
            check_name(&Value::string("abcd"))
                .unwrap_err()
                .contains("this has 4")
        );
        assert!(check_name(&Value::string("binderhub1")).is_ok());
    }
}
