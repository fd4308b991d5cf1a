//! Metadata of a project, one by one: `/projects/{project}/metadatas`.

use serde_json::{Map, Value, json};

use super::api::{Api, Reply, done};
use super::failure::Failure;
use super::project::{admit, modern_severity};
use super::route::{Route, route};
use crate::answer::Answer;

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/projects/{project}/metadatas", list),
    route("POST", "/projects/{project}/metadatas", add),
    route("GET", "/projects/{project}/metadatas/{meta_name}", get),
    route("PUT", "/projects/{project}/metadatas/{meta_name}", update),
    route("DELETE", "/projects/{project}/metadatas/{meta_name}", delete),
];

fn list(api: &mut Api<'_>) -> Reply {
    let project = admit(api, "metadata", "list")?;
    Ok(Answer::json(200, &project.metadata))
}

fn get(api: &mut Api<'_>) -> Reply {
    let project = admit(api, "metadata", "read")?;
    let name = api.path("meta_name");
    let found = project.metadata.get_key_value(name);
    let body: Map<String, Value> = found
        .into_iter()
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    Ok(Answer::json(200, &body))
}

fn add(api: &mut Api<'_>) -> Reply {
    let wish = api.object("metadata")?;
    let mut project = admit(api, "metadata", "create")?;
    let (name, value) = check(&wish)?;
    if project.metadata.contains_key(&name) {
        return Err(Failure::conflict(format!("metadata {name} already exists")));
    }
    project.metadata.insert(name, value);
    api.rows.save(&project);
    Ok(done())
}

fn update(api: &mut Api<'_>) -> Reply {
    let wish = api.object("metadata")?;
    let mut project = admit(api, "metadata", "update")?;
    let name = api.path("meta_name").to_owned();
    let value = wish.get(&name).cloned().unwrap_or_else(|| json!(""));
    let (name, value) = check(&Map::from_iter([(name, value)]))?;
    project.metadata.insert(name, value);
    api.rows.save(&project);
    Ok(done())
}

fn delete(api: &mut Api<'_>) -> Reply {
    let mut project = admit(api, "metadata", "delete")?;
    project.metadata.remove(api.path("meta_name"));
    api.rows.save(&project);
    Ok(done())
}

/// The one pair that a wish holds, in the server's spelling.
fn check(wish: &Map<String, Value>) -> Result<(String, String), Failure> {
    let mut pairs = wish.iter();
    let (Some((name, value)), None) = (pairs.next(), pairs.next()) else {
        return Err(Failure::bad_request("only allow one key/value pair"));
    };
    let value = value.as_str().unwrap_or_default();
    let invalid = || Failure::bad_request(format!("invalid value: {value}"));
    let value = match name.as_str() {
        "public"
        | "enable_content_trust"
        | "enable_content_trust_cosign"
        | "auto_sbom_generation"
        | "prevent_vul"
        | "auto_scan"
        | "reuse_sys_cve_allowlist"
        | "proxy_cache_local_on_not_found"
        | "proxy_referrer_api" => match value {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => "true".to_owned(),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => "false".to_owned(),
            _ => return Err(invalid()),
        },
        "severity" => match modern_severity(&value.to_lowercase()) {
            "unknown" => return Err(invalid()),
            severity => severity.to_owned(),
        },
        "proxy_speed_kb" => value.parse::<i32>().map_err(|_| invalid())?.to_string(),
        "max_upstream_conn" => match value.parse::<i32>().map_err(|_| invalid())? {
            count if count > 0 || count == -1 => count.to_string(),
            count => {
                return Err(Failure::bad_request(format!("invalid value for {name}: {count}")));
            }
        },
        _ => return Err(Failure::bad_request(format!("invalid key: {name}"))),
    };
    Ok((name.clone(), value))
}
