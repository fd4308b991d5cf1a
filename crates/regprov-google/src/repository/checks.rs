//! Checks of repositories: ids, locations, what the schema cannot say.

use super::{Repository, invalid_location, wire};
use crate::client::{Ask, Client, Paged, attribute};
use crate::endpoints::Product;
use regprov_http::sanitize;
use regprov_provider::{Error, ErrorKind, Finding, Partial, PreflightRequest};
use regprov_value::Value;
use std::sync::Arc;

/// What a repository may be.
pub(super) const MODES: &[&str] = &[
    "STANDARD_REPOSITORY",
    "VIRTUAL_REPOSITORY",
    "REMOTE_REPOSITORY",
    "AOSS_REPOSITORY",
    "ASSURED_OSS_REPOSITORY",
];

/// The hosts of Container Registry that Artifact Registry serves, and where their repositories are.
pub(crate) const GCR: &[(&str, &str)] = &[
    ("gcr.io", "us"),
    ("us.gcr.io", "us"),
    ("eu.gcr.io", "europe"),
    ("asia.gcr.io", "asia"),
];

/// What a repository may hold, as far as is known.
const FORMATS: &[&str] = &[
    "DOCKER", "MAVEN", "NPM", "APT", "YUM", "GOOGET", "PYTHON", "KFP", "GO", "GENERIC", "RUBY", "CONDA",
];

/// The locations of a project.
pub(crate) type Locations = Arc<Vec<String>>;

impl Paged for wire::LocationPage {
    type Item = wire::Location;

    fn open(self) -> (Vec<wire::Location>, Option<String>) {
        (self.locations, self.next_page_token)
    }
}

/// The rule for ids.
pub(super) fn check_id(value: &Value) -> Result<(), String> {
    let Some(id) = value.as_str() else { return Ok(()) };
    if GCR.iter().any(|(host, _)| *host == id) {
        return Ok(());
    }
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if (1..=63).contains(&id.len())
        && id.chars().all(allowed)
        && id.starts_with(|c: char| c.is_ascii_lowercase())
        && !id.ends_with('-')
    {
        return Ok(());
    }
    let fixed: String = id
        .to_lowercase()
        .chars()
        .map(|c| if allowed(c) { c } else { '-' })
        .take(63)
        .collect();
    let fixed = fixed.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    Err(format!(
        "`{id}` is no id of a repository: it has 1 to 63 small letters, digits and hyphens, begins with a letter and ends with a \
         letter or digit, such as `{}`; or it is gcr.io, us.gcr.io, eu.gcr.io or asia.gcr.io",
        if fixed.starts_with(|c: char| c.is_ascii_lowercase()) {
            fixed
        } else {
            "images"
        }
    ))
}

/// The locations of a project; asked once.
async fn locations(client: &Client, project: &str) -> Option<Locations> {
    let known = {
        let locations = client.locations.lock().expect("no holder of this lock panics");
        locations.get(project).cloned()
    };
    if known.is_some() {
        return known;
    }
    let path = format!("projects/{project}/locations");
    let ask = Ask::new(Product::ArtifactRegistry, &path, "list the locations");
    let listed = client.api.list::<wire::LocationPage>(ask).await.ok()??;
    let names: Locations = Arc::new(listed.into_iter().map(|location| location.location_id).collect());
    let mut locations = client.locations.lock().expect("no holder of this lock panics");
    locations.insert(project.to_owned(), Arc::clone(&names));
    Some(names)
}

async fn unknown_location(client: &Client, project: &str, written: &str) -> Option<Finding> {
    let known = locations(client, project).await?;
    if known.is_empty() || known.iter().any(|name| name == written) {
        return None;
    }
    let near = crate::fields::near(written, &known);
    Some(Finding {
        fatal: true,
        path: attribute("location"),
        summary: "Unknown location".to_owned(),
        detail: format!(
            "Artifact Registry has no location `{}` for the project {}.",
            sanitize(written),
            sanitize(project)
        ),
        remedy: Some(if near.is_empty() {
            let names: Vec<String> = known.iter().map(|name| sanitize(name)).collect();
            format!("Use one of {}.", names.join(", "))
        } else {
            format!("Did you mean {}?", near.join(", "))
        }),
    })
}

/// The location of a host of Container Registry is given.
fn misplaced(desired: Partial<'_>, location: &str) -> Option<Finding> {
    let id = desired.text("repository_id")?;
    let (host, expected) = GCR.iter().find(|(host, _)| *host == id)?;
    if *expected == location {
        return None;
    }
    Some(Finding {
        fatal: true,
        path: attribute("location"),
        summary: "The repository of a gcr.io host has its place".to_owned(),
        detail: format!(
            "The repository of {host} is in the location `{expected}`, not in `{}`.",
            sanitize(location)
        ),
        remedy: Some(format!("Set `location = \"{expected}\"`.")),
    })
}

/// Blocks that must go with the mode, and at most one of their kind.
fn contradictory(desired: Partial<'_>) -> Option<Finding> {
    let mode = desired.text("mode")?;
    let has = |name: &str| {
        let items = desired.0.get(name).and_then(Value::as_items);
        items.is_some_and(|items| !items.is_empty())
    };
    let open = |name: &str| desired.0.get(name).is_some_and(|value| !value.is_known());
    let finding = |argument: &str, detail: String| Finding {
        fatal: true,
        path: attribute(argument),
        summary: "The mode and the blocks of the repository contradict each other".to_owned(),
        detail,
        remedy: None,
    };
    let (joined, remote) = ("virtual_repository_config", "remote_repository_config");
    if has(joined) && has(remote) {
        return Some(finding(
            joined,
            format!("`{joined}` and `{remote}` exclude each other."),
        ));
    }
    match mode {
        "REMOTE_REPOSITORY" if !has(remote) && !open(remote) => Some(finding(
            "mode",
            format!("A remote repository needs the block `{remote}`."),
        )),
        "STANDARD_REPOSITORY" if has(remote) => Some(finding(
            "mode",
            format!("`{remote}` needs `mode = \"REMOTE_REPOSITORY\"`."),
        )),
        "STANDARD_REPOSITORY" if has(joined) => Some(finding(
            "mode",
            format!("`{joined}` needs `mode = \"VIRTUAL_REPOSITORY\"`."),
        )),
        _ => None,
    }
}

/// A format that is not known: refused where it is near to one that is, as Google may have new ones.
fn unknown_format(desired: Partial<'_>) -> Option<Finding> {
    let format = desired.text("format")?.to_uppercase();
    if FORMATS.contains(&format.as_str()) {
        return None;
    }
    let known: Vec<String> = FORMATS.iter().map(|known| (*known).to_owned()).collect();
    let near = crate::fields::near(&format, &known);
    Some(Finding {
        fatal: !near.is_empty(),
        path: attribute("format"),
        summary: "Unknown format".to_owned(),
        detail: format!(
            "`{}` is no format of repositories that is known.",
            sanitize(&format)
        ),
        remedy: Some(match near.first() {
            Some(near) => format!("Did you mean {near}?"),
            None => format!("Use one of {}.", known.join(", ")),
        }),
    })
}

/// What can be known before anything is sent.
pub(super) async fn preflight(request: &PreflightRequest<'_, Repository>) -> Vec<Finding> {
    let (client, desired) = (request.client, request.desired);
    let mut findings: Vec<Finding> = [contradictory(desired), unknown_format(desired)]
        .into_iter()
        .flatten()
        .collect();
    if request.prior.is_some() {
        return findings;
    }
    let location = desired
        .text("location")
        .map(str::to_owned)
        .or_else(|| client.location().ok());
    let project = crate::fields::project_known(client, desired);
    if let (Some(location), Some(project)) = (location, project) {
        match misplaced(desired, &location) {
            Some(finding) => findings.push(finding),
            None => findings.extend(unknown_location(client, &project, &location).await),
        }
    }
    findings
}

/// What the service refuses without a reason.
pub(super) fn explained(error: Error, desired: &Repository, location: &str) -> Error {
    match error.kind {
        ErrorKind::Invalid(None) if error.message.ends_with("Request contains an invalid argument.") => {
            invalid_location(location)
        }
        ErrorKind::Exists(None) => {
            let id = sanitize(&desired.repository_id);
            Error {
                remedy: Some(format!("Import the repository `{id}`, or choose another id.")),
                ..error
            }
        }
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_that_google_takes() {
        for good in ["a", "mybinder", "a-1", "gcr.io", "eu.gcr.io"] {
            assert_eq!(check_id(&Value::string(good)), Ok(()), "{good}");
        }
        for bad in ["", "1a", "a-", "My_Repo", "a.b", &"a".repeat(64)] {
            assert!(check_id(&Value::string(bad)).is_err(), "{bad}");
        }
        let why = check_id(&Value::string("My_Repo")).unwrap_err();
        assert!(why.contains("such as `my-repo`"), "{why}");
    }
}
