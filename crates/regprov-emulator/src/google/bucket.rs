//! The buckets that Container Registry kept its images in, with their policies.

use serde_json::{Value, json};

use super::context::{Google, Reply, micros};
use super::failure::Failure;
use super::policy;
use super::project::{self, Project};
use crate::answer::Answer;

/// Answers storage: `/storage/v1/b/…`.
pub(super) fn handle(google: &mut Google<'_>) -> Reply {
    let parts: Vec<String> = google.call.segments.clone();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let (method, rest) = match parts.as_slice() {
        ["storage", "v1", "b", rest @ ..] => (google.call.method.clone(), rest),
        _ => return Err(Failure::unknown(google.call)),
    };
    let [name, rest @ ..] = rest else {
        return Err(Failure::unknown(google.call));
    };
    let project =
        owner(google, name).ok_or_else(|| Failure::absent("The specified bucket does not exist."))?;
    let (permission, verb) = match (method.as_str(), rest) {
        ("GET", []) => ("storage.buckets.get", "get"),
        ("GET", ["iam"]) => ("storage.buckets.getIamPolicy", "read"),
        ("PUT", ["iam"]) => ("storage.buckets.setIamPolicy", "write"),
        ("GET", ["iam", "testPermissions"]) => ("", "test"),
        _ => return Err(Failure::unknown(google.call)),
    };
    let resource = format!("b/{name}");
    let may = |google: &Google<'_>, permission: &str| {
        google.may(permission, &resource) || google.may(permission, &format!("projects/{}", project.id))
    };
    if !permission.is_empty() && !may(google, permission) {
        let who = google.caller.email().unwrap_or("The caller").to_owned();
        return Err(Failure::denied(format!(
            "{who} does not have {permission} access to the Google Cloud Storage bucket. Permission '{permission}' denied on resource (or it may not exist)."
        )));
    }
    match verb {
        "get" => Ok(Answer::json(200, &body(google, name, &project))),
        "read" => {
            let asked = google
                .call
                .query("optionsRequestedPolicyVersion")
                .and_then(|text| text.parse().ok());
            told(google, name, asked.unwrap_or(1))
        }
        "write" => {
            let written: Value = google.body()?;
            policy::set(google, &resource, written)?;
            told(google, name, 3)
        }
        _ => {
            let asked = google.call.query.iter().filter(|(name, _)| name == "permissions");
            let held: Vec<&str> = asked
                .map(|(_, value)| value.as_str())
                .filter(|permission| may(google, permission))
                .collect();
            Ok(Answer::json(
                200,
                &json!({ "kind": "storage#testIamPermissionsResponse", "permissions": held }),
            ))
        }
    }
}

/// The project whose bucket a name is: `artifacts.{project}.appspot.com`, or of one of the other hosts.
fn owner(google: &mut Google<'_>, name: &str) -> Option<Project> {
    let rest = ["us.", "eu.", "asia."]
        .iter()
        .find_map(|host| name.strip_prefix(host))
        .unwrap_or(name);
    let id = rest.strip_prefix("artifacts.")?.strip_suffix(".appspot.com")?;
    let id = match id.split_once(".a") {
        Some((project, "")) => project.to_owned(),
        Some(_) | None => id.to_owned(),
    };
    project::named(google.tx, &id).filter(|project| project.legacy_registry)
}

fn location(name: &str) -> &'static str {
    match name.split('.').next() {
        Some("eu") => "EU",
        Some("asia") => "ASIA",
        Some(_) | None => "US",
    }
}

fn body(google: &Google<'_>, name: &str, project: &Project) -> Value {
    let made = micros(project.created_at);
    json!({
        "kind": "storage#bucket", "id": name, "name": name, "projectNumber": project.number,
        "selfLink": format!("https://www.googleapis.com/storage/v1/b/{name}"),
        "location": location(name), "locationType": "multi-region", "storageClass": "STANDARD",
        "metageneration": "1", "etag": "CAE=", "timeCreated": made, "updated": made,
        "iamConfiguration": { "uniformBucketLevelAccess": { "enabled": false }, "publicAccessPrevention": "inherited" },
        "generation": google.tx.keys().mac(name).chars().filter(char::is_ascii_digit).take(16).collect::<String>(),
    })
}

fn told(google: &Google<'_>, name: &str, version: i64) -> Reply {
    let mut policy = policy::told(google.tx, &format!("b/{name}"), version)?;
    policy["kind"] = "storage#policy".into();
    policy["resourceId"] = format!("projects/_/buckets/{name}").into();
    if policy.get("version").is_none() {
        policy["version"] = 1.into();
    }
    Ok(Answer::json(200, &policy))
}
