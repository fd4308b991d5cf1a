//! Whether Harbor would refuse a project.

use super::wire::{Scanner, Summary};
use super::{GIB, Project, named};
use crate::client::{Ask, Client, Version, attribute};
use crate::fields::whole;
use crate::gates::{self, Gate, is_unlimited, is_zero};
use regprov_http::sanitize;
use regprov_provider::{Error, ErrorKind, Finding, Partial, PreflightRequest};
use regprov_value::Value;

/// The most that Harbor takes, in GiB.
const LARGEST: i64 = 1024 * 1024;

const GATES: &[Gate] = &[
    Gate {
        argument: "enable_content_trust_cosign",
        since: Version::new(2, 5),
        idle: is_zero,
    },
    Gate {
        argument: "auto_sbom_generation",
        since: Version::new(2, 11),
        idle: is_zero,
    },
    Gate {
        argument: "proxy_speed_kb",
        since: Version::new(2, 12),
        idle: is_unlimited,
    },
    Gate {
        argument: "proxy_cache_local_on_not_found",
        since: Version::new(2, 16),
        idle: is_zero,
    },
];

/// The rule for quotas.
pub(super) fn quota(value: &Value) -> Result<(), String> {
    match whole(value) {
        Some(-1) => Ok(()),
        Some(quota) if (1..=LARGEST).contains(&quota) => Ok(()),
        _ => Err(format!(
            "it is a whole number of GiB: -1 for any amount, or 1 to {LARGEST}"
        )),
    }
}

/// Arguments that only a project that caches another registry has.
pub(super) fn proxy(desired: Partial<'_>) -> Vec<Finding> {
    let caches =
        desired.is_open("registry_id") || desired.known("registry_id").is_some_and(|id| !is_zero(id));
    if caches {
        return Vec::new();
    }
    let asks = |name: &str, idle: fn(&Value) -> bool| desired.known(name).is_some_and(|value| !idle(value));
    let asked = [
        ("proxy_speed_kb", asks("proxy_speed_kb", is_unlimited)),
        (
            "proxy_cache_local_on_not_found",
            asks("proxy_cache_local_on_not_found", is_zero),
        ),
    ];
    asked
        .into_iter()
        .filter(|(_, asked)| *asked)
        .map(|(name, _)| Finding {
            fatal: true,
            path: attribute(name),
            summary: "Argument of a proxy cache only".to_owned(),
            detail: format!(
                "`{name}` is for projects that cache another registry, and this one has no `registry_id`."
            ),
            remedy: Some(format!("Set `registry_id`, or leave `{name}` away.")),
        })
        .collect()
}

/// Checks at the service.
pub(super) async fn preflight(request: &PreflightRequest<'_, Project>) -> Vec<Finding> {
    let (client, desired) = (request.client, request.desired);
    let mut findings = gates::too_old(client, desired, GATES);
    match request.prior {
        None => findings.extend(is_taken(request).await),
        Some(prior) => findings.extend(below_use(client, prior, desired).await),
    }
    let set = |name| desired.known(name).is_some_and(|value| !is_unlimited(value));
    let changes = request.prior.is_none_or(|prior| {
        Some(prior.storage_quota.unwrap_or(-1)) != desired.known("storage_quota").and_then(whole)
    });
    if set("storage_quota") && changes && !client.is_robot() && client.is_administrator().await == Ok(false) {
        findings.push(no_administrator());
    }
    if let Some(name) = desired
        .text("vulnerability_scanner")
        .filter(|name| !name.is_empty())
    {
        findings.extend(unknown_scanner(client, name).await);
    }
    findings
}

fn no_administrator() -> Finding {
    Finding {
        fatal: true,
        path: attribute("storage_quota"),
        summary: "Quota needs an administrator".to_owned(),
        detail: "Harbor takes a quota from system administrators only, and the user that regprov signs in with is none. From \
                 others it takes the project and leaves the quota out without a word."
            .to_owned(),
        remedy: Some("Sign in as a system administrator, or leave `storage_quota` away.".to_owned()),
    }
}

async fn is_taken(request: &PreflightRequest<'_, Project>) -> Option<Finding> {
    let name = request.desired.text("name")?;
    if request.replaced.is_some_and(|replaced| replaced.name == name) {
        return None;
    }
    let found = named(request.client, name).await.ok()??;
    Some(taken(
        &format!("a project `{}`", sanitize(name)),
        &format!("/projects/{}", found.project_id),
    ))
}

/// The finding for an object whose name is taken.
pub(crate) fn taken(what: &str, id: &str) -> Finding {
    Finding {
        fatal: true,
        path: attribute("name"),
        summary: "Object already exists".to_owned(),
        detail: format!("This Harbor has {what} already; its id is `{id}`."),
        remedy: Some(format!(
            "If it is yours, take it over with an `import` block: `id = {id:?}`. Or choose another name."
        )),
    }
}

/// A quota below what is used already: nothing more could be pushed.
async fn below_use(client: &Client, prior: &Project, desired: Partial<'_>) -> Option<Finding> {
    let wanted = desired
        .known("storage_quota")
        .and_then(whole)
        .filter(|quota| *quota > 0)?;
    if prior.storage_quota == Some(wanted) {
        return None;
    }
    let path = format!("{}/summary", prior.id.get()?);
    let summary: Option<Summary> = client
        .api
        .get(Ask::new(&path, "read what the project uses"))
        .await
        .ok()?;
    outgrown(&prior.name, summary?.quota?.used?.storage?, wanted)
}

/// What is told of a project that holds more bytes than so many GiB.
pub(super) fn outgrown(project: &str, used: i64, wanted: i64) -> Option<Finding> {
    if wanted.saturating_mul(GIB) >= used {
        return None;
    }
    let shown = used as f64 / GIB as f64;
    Some(Finding {
        fatal: true,
        path: attribute("storage_quota"),
        summary: "Quota below use".to_owned(),
        detail: format!(
            "The project `{}` holds {shown:.2} GiB already, and `storage_quota` would allow {wanted} GiB: nothing more could \
             be pushed.",
            sanitize(project)
        ),
        remedy: Some("Allow more, or delete images and run the garbage collection first.".to_owned()),
    })
}

/// The scanners of the Harbor.
pub(crate) async fn scanners(client: &Client) -> Result<Vec<Scanner>, Error> {
    client.api.list(Ask::new("/scanners", "list the scanners")).await
}

/// The error for a scanner that there is not.
pub(crate) fn no_scanner(name: &str, scanners: &[Scanner]) -> Error {
    let message = format!("this Harbor has no scanner `{}`", sanitize(name));
    Error::new(ErrorKind::Failed, message).remedy(known_scanners(scanners))
}

fn known_scanners(scanners: &[Scanner]) -> String {
    let names: Vec<String> = scanners
        .iter()
        .map(|scanner| format!("`{}`", sanitize(&scanner.name)))
        .collect();
    if names.is_empty() {
        return "It has none: an administrator can add one under Interrogation Services.".to_owned();
    }
    format!("It has {}.", names.join(", "))
}

async fn unknown_scanner(client: &Client, name: &str) -> Option<Finding> {
    let scanners = scanners(client).await.ok()?;
    if scanners
        .iter()
        .any(|scanner| scanner.name.eq_ignore_ascii_case(name))
    {
        return None;
    }
    Some(Finding {
        fatal: true,
        path: attribute("vulnerability_scanner"),
        summary: "Scanner does not exist".to_owned(),
        detail: format!("This Harbor has no scanner `{}`.", sanitize(name)),
        remedy: Some(known_scanners(&scanners)),
    })
}
