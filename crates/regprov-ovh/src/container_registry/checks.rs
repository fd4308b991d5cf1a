//! Checks of registries while planning.

use super::plan::catalog;
use super::wire::{Capability, Plan};
use super::{ContainerRegistry, list};
use crate::client::{Client, attribute};
use crate::rights;
use http::Method;
use regprov_provider::{Advice, Finding, Partial, PlanRequest, PreflightRequest};

const GIB: u64 = 1024 * 1024 * 1024;

/// What a changed place means.
pub(super) fn advice(request: &PlanRequest<'_>) -> Advice {
    let mut advice = Advice::default();
    let Some(prior) = request.prior else {
        return advice;
    };
    for name in ["region", "service_name"] {
        let (before, after) = (prior.text(name), request.desired.text(name));
        if let (Some(before), Some(after)) = (before, after)
            && !before.is_empty()
            && before != after
        {
            advice.findings.push(Finding {
                fatal: false,
                path: attribute(name),
                summary: "Images will be lost".to_owned(),
                detail: format!(
                    "A registry cannot move from {before} to {after}: it is deleted with all its images, and a new one is made. \
                     Everything that its Harbor holds (projects, robots) is lost with it, and its URL changes."
                ),
                remedy: Some(format!(
                    "Keep `{name} = \"{before}\"`, or declare a second registry, copy the images, then remove this one."
                )),
            });
        }
    }
    advice
}

/// Checks region, plan, name and rights at the service.
pub(super) async fn preflight(request: PreflightRequest<'_, ContainerRegistry>) -> Vec<Finding> {
    let (client, desired) = (request.client, request.desired);
    let Some(project) = desired.text("service_name") else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    let path = format!("/cloud/project/{project}/containerRegistry");
    let (method, path) = match request.prior {
        None => (Method::POST, path),
        Some(prior) => {
            let id = prior.id.get().map_or("", String::as_str);
            (Method::PUT, format!("{path}/{id}"))
        }
    };
    findings.extend(rights::missing(client, &method, &path).await);
    let catalog = match catalog(client, project).await {
        Ok(catalog) => catalog,
        Err(error) => {
            if matches!(error.kind, regprov_provider::ErrorKind::Invalid(_)) {
                findings.push(Finding {
                    fatal: true,
                    path: attribute("service_name"),
                    summary: "No such project".to_owned(),
                    detail: format!("{}.", capital(&error.message)),
                    remedy: error.remedy,
                });
            }
            return findings;
        }
    };
    findings.extend(of_catalog(&catalog, request.prior, desired));
    if request.prior.is_none() {
        findings.extend(namesake(client, project, &request).await);
    }
    findings
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// Region and plan against what can be ordered.
fn of_catalog(
    catalog: &[Capability],
    prior: Option<&ContainerRegistry>,
    desired: Partial<'_>,
) -> Vec<Finding> {
    let Some(region) = desired.text("region") else {
        return Vec::new();
    };
    let Some(capability) = catalog.iter().find(|capability| capability.region_name == region) else {
        if prior.is_some() {
            return Vec::new();
        }
        let names: Vec<&str> = catalog
            .iter()
            .map(|capability| capability.region_name.as_str())
            .collect();
        return vec![Finding {
            fatal: true,
            path: attribute("region"),
            summary: "No such region".to_owned(),
            detail: format!("No registry can be ordered in `{region}`."),
            remedy: Some(format!("Regions are {}.", names.join(", "))),
        }];
    };
    let Some(wanted) = desired.text("plan_id").filter(|id| !id.is_empty()) else {
        return Vec::new();
    };
    let Some(plan) = capability.plans.iter().find(|plan| plan.id == wanted) else {
        return vec![Finding {
            fatal: true,
            path: attribute("plan_id"),
            summary: "No such plan".to_owned(),
            detail: format!("`{wanted}` is no plan of registries in {region}."),
            remedy: Some(format!("Plans are {}.", described(&capability.plans))),
        }];
    };
    let before = prior.and_then(|prior| prior.plan_id.get());
    let now = before.and_then(|id| capability.plans.iter().find(|plan| plan.id == *id));
    match now {
        Some(now) if now.registry_limits.image_storage > plan.registry_limits.image_storage => {
            vec![Finding {
                fatal: true,
                path: attribute("plan_id"),
                summary: "Plan cannot shrink".to_owned(),
                detail: format!(
                    "The registry has the plan {} ({}), and OVHcloud cannot move it to the smaller {} ({}).",
                    now.name,
                    size(now),
                    plan.name,
                    size(plan)
                ),
                remedy: Some(format!(
                    "Keep `plan_id = \"{}\"`, or declare a second registry with the smaller plan, copy the images, then remove \
                     this one.",
                    now.id
                )),
            }]
        }
        Some(_) | None => Vec::new(),
    }
}

fn size(plan: &Plan) -> String {
    format!("{} GiB", plan.registry_limits.image_storage / GIB)
}

fn described(plans: &[Plan]) -> String {
    let told: Vec<String> = plans
        .iter()
        .map(|plan| format!("{} (`{}`, {})", plan.name, plan.id, size(plan)))
        .collect();
    told.join(", ")
}

/// A registry of the same name in the same region may be the one that is meant.
async fn namesake(
    client: &Client,
    project: &str,
    request: &PreflightRequest<'_, ContainerRegistry>,
) -> Option<Finding> {
    let (name, region) = (request.desired.text("name")?, request.desired.text("region")?);
    let replaced = request
        .replaced
        .and_then(|replaced| replaced.id.get())
        .map(String::as_str);
    let known = list(client, project).await.ok()?;
    let other = known
        .iter()
        .find(|other| other.name == name && other.region == region && Some(other.id.as_str()) != replaced)?;
    Some(Finding {
        fatal: false,
        path: attribute("name"),
        summary: "Registry of this name exists".to_owned(),
        detail: format!(
            "The project has a registry `{name}` in {region} already ({}). Applying orders a second one, which costs money too.",
            other.id
        ),
        remedy: Some(format!(
            "Import it where it is meant: `regprov import ADDRESS {project}/{}`.",
            other.id
        )),
    })
}
