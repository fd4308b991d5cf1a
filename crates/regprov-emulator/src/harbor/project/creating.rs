//! Making projects, and what they may be made of.

use std::collections::BTreeMap;

use regex::Regex;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{NewProject, add, by_name};
use crate::harbor::api::{Api, Reply};
use crate::harbor::caller::Caller;
use crate::harbor::cve_allowlist;
use crate::harbor::failure::Failure;
use crate::harbor::permission::PROJECT;
use crate::harbor::quota;
use crate::harbor::registry::Registry;
use crate::harbor::user::User;
use crate::harbor::{configuration, retention};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Wish {
    pub(super) project_name: String,
    pub(super) public: Option<bool>,
    pub(super) metadata: Option<Map<String, Value>>,
    pub(super) cve_allowlist: Option<cve_allowlist::Wish>,
    pub(super) storage_limit: Option<i64>,
    pub(super) registry_id: Option<i64>,
}

/// Attributes of metadata, and the release that knows them first.
const METADATA: &[(&str, (u32, u32))] = &[
    ("public", (2, 0)),
    ("enable_content_trust", (2, 0)),
    ("enable_content_trust_cosign", (2, 5)),
    ("prevent_vul", (2, 0)),
    ("severity", (2, 0)),
    ("auto_scan", (2, 0)),
    ("auto_sbom_generation", (2, 11)),
    ("reuse_sys_cve_allowlist", (2, 0)),
    ("retention_id", (2, 0)),
    ("proxy_speed_kb", (2, 12)),
    ("max_upstream_conn", (2, 15)),
    ("proxy_cache_local_on_not_found", (2, 16)),
    ("proxy_referrer_api", (2, 16)),
    ("proxy_cache_filter_pattern", (2, 16)),
    ("proxy_cache_filter_kind", (2, 16)),
];

const PROXY_ONLY: &[&str] = &[
    "proxy_speed_kb",
    "max_upstream_conn",
    "proxy_cache_filter_pattern",
    "proxy_cache_filter_kind",
];

/// The metadata of a wish that this release knows and that this kind of project has.
pub(super) fn known_metadata(
    api: &Api<'_>,
    wish: Option<&Map<String, Value>>,
    proxy: bool,
) -> Result<BTreeMap<String, String>, Failure> {
    let mut known = BTreeMap::new();
    for (name, value) in wish.into_iter().flatten() {
        let Some((_, (major, minor))) = METADATA.iter().find(|(known, _)| known == name) else {
            continue;
        };
        let Some(value) = value.as_str() else {
            return Err(Failure::bad_request(format!(
                "parsing project body from \"\" failed, because json: cannot unmarshal {name} into a string"
            )));
        };
        let dropped = if proxy {
            name == "enable_content_trust"
        } else {
            PROXY_ONLY.contains(&name.as_str())
        };
        if api.instance.version.has(*major, *minor) && !dropped {
            known.insert(name.clone(), value.to_owned());
        }
    }
    Ok(known)
}

pub(super) fn create(api: &mut Api<'_>) -> Reply {
    let wish: Wish = api.body("project")?;
    if wish.project_name.len() > 255 {
        return Err(Failure::invalid(
            "project.project_name in body should be at most 255 chars long",
        ));
    }
    api.require_authenticated()?;
    let unrestricted = api.may_system(PROJECT, "create");
    if matches!(&api.caller, Caller::Robot(robot) if !robot.is_system()) {
        return Err(Failure::forbidden("Only system level robot can create project"));
    }
    let restricted = configuration::text(&api.rows, "project_creation_restriction") == "adminonly";
    if restricted && !unrestricted {
        return Err(Failure::forbidden("Only system admin can create project"));
    }
    if wish.registry_id.is_some() && !unrestricted {
        return Err(Failure::forbidden(
            "Only system admin can create proxy cache project",
        ));
    }
    let limit = storage_limit(api, wish.storage_limit, unrestricted);
    let mut metadata = known_metadata(api, wish.metadata.as_ref(), wish.registry_id.is_some())?;
    let public = metadata.entry("public".to_owned()).or_default();
    if public.is_empty() {
        *public = wish.public.unwrap_or(false).to_string();
    }
    if !matches!(public.as_str(), "true" | "false") {
        return Err(Failure::bad_request(format!(
            "metadata.public should only be 'true' or 'false', but got: '{public}'"
        )));
    }
    if metadata.remove("retention_id").is_some_and(|id| !id.is_empty()) {
        return Err(Failure::bad_request_because(
            "the retention_id in the request's payload when creating a project should be omitted, alternatively passing an empty string",
        ));
    }
    let registry_id = wish.registry_id.map(|id| check_upstream(api, id)).transpose()?;
    if let Some(limit) = limit {
        quota::check_limit(limit).map_err(Failure::bad_request_because)?;
    }
    check_name(&wish.project_name)?;
    if by_name(&api.rows, &wish.project_name).is_some() {
        return Err(Failure::conflict(format!(
            "The project named {} already exists",
            wish.project_name
        )));
    }
    let new = NewProject {
        name: &wish.project_name,
        owner: owner(api)?,
        registry_id,
        metadata,
    };
    let id = add(&mut api.rows, new);
    if let Some(limit) = limit {
        quota::add(&mut api.rows, id, limit);
    }
    if registry_id.is_some() {
        retention::add_for_proxy(api, id)?;
    }
    let by_name = api.call.header("x-resource-name-in-location") == Some("true");
    Ok(if by_name {
        api.created(&wish.project_name)
    } else {
        api.created(id)
    })
}

/// The limit that a new project gets: what was asked for, where the caller may say; else the usual one; none while
/// quotas are off.
fn storage_limit(api: &Api<'_>, wish: Option<i64>, unrestricted: bool) -> Option<i64> {
    if !configuration::flag(&api.rows, "quota_per_project_enable") {
        return None;
    }
    Some(match wish {
        Some(limit) if limit != 0 && unrestricted => limit,
        Some(_) | None => configuration::number(&api.rows, "storage_per_project"),
    })
}

fn check_name(name: &str) -> Result<(), Failure> {
    if !(1..=255).contains(&name.len()) {
        return Err(Failure::bad_request(format!(
            "Project name {name} is illegal in length. (greater than 255 or less than 1)"
        )));
    }
    if !is_name(name) {
        return Err(Failure::bad_request(
            "project name is not in lower case or contains illegal characters",
        ));
    }
    Ok(())
}

/// Whether a text may name a project or a robot.
pub(in crate::harbor) fn is_name(text: &str) -> bool {
    Regex::new("^[a-z0-9]+(?:[._-][a-z0-9]+)*$")
        .expect("the pattern is fixed")
        .is_match(text)
}

/// Types of registries that a project may be a proxy cache of.
const PROXY_TYPES: &[&str] = &[
    "docker-hub",
    "harbor",
    "azure-acr",
    "ali-acr",
    "aws-ecr",
    "google-gcr",
    "quay",
    "docker-registry",
    "github-ghcr",
    "jfrog-artifactory",
];

fn check_upstream(api: &Api<'_>, id: i64) -> Result<u64, Failure> {
    let Some(wanted) = u64::try_from(id).ok().filter(|id| *id > 0) else {
        return Err(Failure::bad_request_because(format!(
            "{id} is invalid value of registry_id, it should be geater than 0"
        )));
    };
    let registry = api.rows.row::<Registry>(wanted).ok_or_else(Failure::internal)?;
    if !PROXY_TYPES.contains(&registry.kind.as_str()) {
        return Err(Failure::bad_request_because(format!(
            "unsupported registry type {}",
            registry.kind
        )));
    }
    Ok(wanted)
}

/// Whose a new project is: the caller's, or the first administrator's where a robot makes it.
fn owner(api: &Api<'_>) -> Result<u64, Failure> {
    match api.caller.user() {
        Some(user) => Ok(user.id),
        None => api
            .rows
            .find::<User>(|user| user.sysadmin)
            .map(|user| user.id)
            .ok_or_else(Failure::internal),
    }
}
