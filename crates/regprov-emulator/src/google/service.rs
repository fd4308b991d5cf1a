//! APIs of a project: enabled, disabled, asked about.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::context::{Ask, Google, Reply};
use super::failure::Failure;
use super::operation;
use super::project::{self, Project};
use crate::answer::Answer;
use crate::clock;
use crate::scene::Condition;
use crate::store::Transaction;

/// What is known of APIs, by `{project}/{service}`.
pub(super) const SERVICES: &str = "google/services";

/// APIs that the sandbox emulates, with their titles: enabled in every project unless somebody disabled them.
const EMULATED: &[(&str, &str)] = &[
    ("artifactregistry.googleapis.com", "Artifact Registry API"),
    ("cloudbilling.googleapis.com", "Cloud Billing API"),
    (
        "cloudresourcemanager.googleapis.com",
        "Cloud Resource Manager API",
    ),
    (
        "containerregistry.googleapis.com",
        "Google Container Registry API",
    ),
    ("iam.googleapis.com", "Identity and Access Management (IAM) API"),
    (
        "iamcredentials.googleapis.com",
        "IAM Service Account Credentials API",
    ),
    ("serviceusage.googleapis.com", "Service Usage API"),
    ("storage-api.googleapis.com", "Google Cloud Storage JSON API"),
    ("storage.googleapis.com", "Cloud Storage API"),
    ("sts.googleapis.com", "Security Token Service API"),
];

/// Other APIs that may be enabled, by the first part of their names: a line for each.
const OTHERS: &str = include_str!("service/names.txt");

/// Which enabled APIs another one needs to stay enabled.
const NEEDED_BY: &[(&str, &[&str])] = &[
    (
        "artifactregistry.googleapis.com",
        &[
            "containerregistry.googleapis.com",
            "run.googleapis.com",
            "cloudfunctions.googleapis.com",
        ],
    ),
    ("compute.googleapis.com", &["container.googleapis.com"]),
    (
        "containeranalysis.googleapis.com",
        &["containerscanning.googleapis.com"],
    ),
    ("iam.googleapis.com", &["container.googleapis.com"]),
    ("storage-api.googleapis.com", &["cloudbuild.googleapis.com"]),
];

/// APIs that cannot be enabled where nobody pays.
const PAID: &[&str] = &[
    "artifactregistry",
    "compute",
    "container",
    "containerregistry",
    "containerscanning",
    "run",
    "cloudbuild",
];

/// Stands for every project in the keys of what is known.
pub(super) const EVERYWHERE: &str = "*";

/// An API of a project.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Known {
    enabled: bool,
    /// From when on its state is what the API itself goes by.
    effective_from: Timestamp,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DisableRequest {
    #[serde(default)]
    disable_dependent_services: bool,
    check_if_service_has_usage: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BatchRequest {
    #[serde(default)]
    service_ids: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// The title of an API.
pub(super) fn title(name: &str) -> String {
    match EMULATED.iter().find(|(known, _)| *known == name) {
        Some((_, title)) => (*title).to_owned(),
        None => format!("{name} API"),
    }
}

fn others() -> impl Iterator<Item = &'static str> {
    OTHERS.lines()
}

fn exists(name: &str) -> bool {
    let other = name
        .strip_suffix(".googleapis.com")
        .is_some_and(|short| others().any(|other| other == short));
    other || EMULATED.iter().any(|(known, _)| *known == name)
}

fn known(tx: &Transaction, project: &str, name: &str) -> Option<Known> {
    let of = |project: &str| tx.get(SERVICES, &format!("{project}/{name}"));
    of(project).or_else(|| of(EVERYWHERE))
}

/// Whether an API is enabled in a project.
pub(super) fn is_enabled(tx: &Transaction, project: &str, name: &str) -> bool {
    match known(tx, project, name) {
        Some(known) => known.enabled,
        None => EMULATED.iter().any(|(known, _)| *known == name),
    }
}

/// Whether the API itself answers for a project: some time after it was enabled, and until some time after it was disabled.
pub(super) fn answers(tx: &Transaction, project: &str, name: &str) -> bool {
    match known(tx, project, name) {
        Some(known) => known.enabled == (known.effective_from <= tx.now()),
        None => EMULATED.iter().any(|(known, _)| *known == name),
    }
}

/// Whether a scene took a permission away.
pub(super) fn is_withdrawn(tx: &Transaction, permission: &str) -> bool {
    tx.conditions().iter().any(|condition| match condition {
        Condition::GoogleNotGranted { permission: taken } => match taken.strip_suffix('*') {
            Some(start) => permission.starts_with(start),
            None => taken == permission,
        },
        _ => false,
    })
}

/// Turns an API on or off.
pub(crate) fn turn(tx: &mut Transaction, project: &str, name: &str, enabled: bool) {
    let lag = if enabled { tx.knobs().google_service_ms } else { 0 };
    let effective_from = clock::add(tx.now(), i64::try_from(lag).unwrap_or(i64::MAX));
    let key = format!("{project}/{name}");
    tx.put(
        SERVICES,
        &key,
        &Known {
            enabled,
            effective_from,
        },
    );
    // An API is a state of the project, not a thing that somebody leaves behind.
    tx.mark_surrounding(SERVICES, &key);
}

/// Answers Service Usage.
pub(super) fn handle(google: &mut Google<'_>, ask: &Ask) -> Reply {
    match (ask.method, ask.segments().as_slice(), ask.verb.as_deref()) {
        ("GET", ["operations", id], None) => operation::get(google, &format!("operations/{id}")),
        (_, ["projects", id, "services", rest @ ..], verb) => {
            let project = project::named(google.tx, id).ok_or_else(|| denied(id))?;
            let permission = match (ask.method, verb, rest) {
                ("GET", _, []) => "serviceusage.services.list",
                ("GET", _, _) => "serviceusage.services.get",
                (_, Some("disable"), _) => "serviceusage.services.disable",
                _ => "serviceusage.services.enable",
            };
            if !google.may(permission, &format!("projects/{}", project.id)) {
                return Err(denied(id));
            }
            google.api_is_on("serviceusage.googleapis.com", &project)?;
            within(google, &project, (ask.method, rest, verb))
        }
        _ => Err(Failure::unknown(google.call)),
    }
}

fn denied(project: &str) -> Failure {
    let metadata = json!({ "resource": project, "service": "serviceusage.googleapis.com" });
    Failure::denied(format!("Permission denied to get service on project {project}")).info(
        "AUTH_PERMISSION_DENIED",
        "serviceusage.googleapis.com",
        metadata,
    )
}

fn within(google: &mut Google<'_>, project: &Project, ask: (&str, &[&str], Option<&str>)) -> Reply {
    match ask {
        ("GET", [], None) => list(google, project),
        ("GET", [], Some("batchGet")) => batch_get(google, project),
        ("GET", [name], None) => {
            found(&[(*name).to_owned()])?;
            Ok(Answer::json(200, &body(google.tx, project, name)))
        }
        ("POST", [name], Some("enable")) => {
            let Nothing {} = google.body()?;
            enable(google, project, &[(*name).to_owned()], false)
        }
        ("POST", [], Some("batchEnable")) => {
            let request: BatchRequest = google.body()?;
            if request.service_ids.is_empty() || request.service_ids.len() > 20 {
                return Err(Failure::invalid("A batch enables between 1 and 20 services."));
            }
            enable(google, project, &request.service_ids, true)
        }
        ("POST", [name], Some("disable")) => disable(google, project, name),
        _ => Err(Failure::unknown(google.call)),
    }
}

fn found(names: &[String]) -> Result<(), Failure> {
    let unknown: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .filter(|name| !exists(name))
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let metadata = json!({ "services": unknown.join(",") });
    let failure = Failure::denied(format!(
        "Not found or permission denied for service(s): {}.",
        unknown.join(", ")
    ));
    Err(failure.info(
        "SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED",
        "serviceusage.googleapis.com",
        metadata,
    ))
}

fn body(tx: &Transaction, project: &Project, name: &str) -> Value {
    let parent = format!("projects/{}", project.number);
    let state = if is_enabled(tx, &project.id, name) {
        "ENABLED"
    } else {
        "DISABLED"
    };
    json!({
        "name": format!("{parent}/services/{name}"), "parent": parent, "state": state,
        "config": { "name": name, "title": title(name) },
    })
}

fn list(google: &mut Google<'_>, project: &Project) -> Reply {
    let filter = google.call.query("filter").unwrap_or_default();
    let wanted = match filter {
        "" => None,
        "state:ENABLED" => Some(true),
        "state:DISABLED" => Some(false),
        _ => {
            return Err(Failure::invalid(format!(
                "Invalid filter {filter:?}: state:ENABLED or state:DISABLED are supported."
            )));
        }
    };
    let mut names: Vec<String> = EMULATED.iter().map(|(name, _)| (*name).to_owned()).collect();
    names.extend(others().map(|short| format!("{short}.googleapis.com")));
    names.sort();
    let bodies = names
        .iter()
        .filter(|name| wanted.is_none_or(|wanted| is_enabled(google.tx, &project.id, name) == wanted))
        .map(|name| body(google.tx, project, name))
        .collect();
    google.list("services", bodies, 200)
}

fn batch_get(google: &mut Google<'_>, project: &Project) -> Reply {
    let asked = google.call.query.iter().filter(|(name, _)| name == "names");
    let names: Vec<String> = asked
        .filter_map(|(_, value)| value.rsplit('/').next().map(str::to_owned))
        .collect();
    found(&names)?;
    let bodies: Vec<Value> = names.iter().map(|name| body(google.tx, project, name)).collect();
    Ok(Answer::json(200, &json!({ "services": bodies })))
}

fn enable(google: &mut Google<'_>, project: &Project, names: &[String], batch: bool) -> Reply {
    found(names)?;
    let unpaid = names
        .iter()
        .find(|name| PAID.contains(&name.split('.').next().unwrap_or_default()));
    if let Some(name) = unpaid.filter(|_| !project.billing) {
        let message = format!(
            "Billing account for project '{}' is not found. Billing must be enabled for activation of service(s) '{name}' to proceed.",
            project.number
        );
        let metadata = json!({ "services": name });
        return Err(Failure::precondition(message).info(
            "UREQ_PROJECT_BILLING_NOT_FOUND",
            "serviceusage.googleapis.com",
            metadata,
        ));
    }
    let new: Vec<&String> = names
        .iter()
        .filter(|name| !is_enabled(google.tx, &project.id, name))
        .collect();
    let nothing = new.is_empty();
    for name in new {
        turn(google.tx, &project.id, name, true);
    }
    let bodies: Vec<Value> = names.iter().map(|name| body(google.tx, project, name)).collect();
    let kind = if batch {
        "BatchEnableServicesResponse"
    } else {
        "EnableServiceResponse"
    };
    let mut response = json!({ "@type": format!("type.googleapis.com/google.api.serviceusage.v1.{kind}") });
    if batch {
        response["services"] = bodies.into();
    } else {
        response["service"] = bodies.into_iter().next().unwrap_or_default();
    }
    if nothing {
        return Ok(Answer::json(
            200,
            &json!({ "name": "operations/noop.DONE_OPERATION", "done": true, "response": response }),
        ));
    }
    begin(google, project, response)
}

fn begin(google: &mut Google<'_>, project: &Project, response: Value) -> Reply {
    let name = format!("operations/acat.p2-{}-{}", project.number, google.tx.new_uuid());
    let metadata = json!({
        "@type": "type.googleapis.com/google.api.serviceusage.v1.OperationMetadata",
        "resourceNames": [format!("projects/{}", project.number)],
    });
    operation::begin(google.tx, &name, metadata, Ok(response))
}

fn disable(google: &mut Google<'_>, project: &Project, name: &str) -> Reply {
    let request: DisableRequest = google.body()?;
    drop(request.check_if_service_has_usage);
    found(&[name.to_owned()])?;
    if !is_enabled(google.tx, &project.id, name) {
        let failure = Failure::precondition(format!(
            "Service {name} is not enabled for project {}.",
            project.number
        ));
        return Err(failure.info(
            "SERVICE_NOT_ENABLED",
            "serviceusage.googleapis.com",
            json!({ "service": name }),
        ));
    }
    let needed = NEEDED_BY
        .iter()
        .find(|(needed, _)| *needed == name)
        .map_or(&[][..], |(_, by)| by);
    let dependent: Vec<&str> = needed
        .iter()
        .copied()
        .filter(|other| {
            google.tx.contains(SERVICES, &format!("{}/{other}", project.id))
                && is_enabled(google.tx, &project.id, other)
        })
        .collect();
    if !dependent.is_empty() && !request.disable_dependent_services {
        return Err(Failure::precondition(format!(
            "The service {name} is depended on by the following active service(s): {}; Please specify disable_dependent_services=true if you want to proceed with disabling all services.",
            dependent.join(",")
        )));
    }
    for name in dependent.into_iter().chain([name]) {
        turn(google.tx, &project.id, name, false);
    }
    let service = body(google.tx, project, name);
    let kind = "type.googleapis.com/google.api.serviceusage.v1.DisableServiceResponse";
    begin(google, project, json!({ "@type": kind, "service": service }))
}
