//! What an instance says about itself, and that it lives.

use serde_json::{Value, json};

use super::api::{Api, Reply, told};
use super::configuration;
use super::failure::Failure;
use super::instance;
use super::instant;
use super::project::Project;
use super::repository::Repository;
use super::route::{Route, route};
use crate::answer::Answer;

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/ping", ping),
    route("GET", "/health", health),
    route("GET", "/systeminfo", info),
    route("GET", "/systeminfo/volumes", volumes),
    route("GET", "/systeminfo/getcert", certificate),
    route("GET", "/statistics", statistics),
    route("GET", "/search", search),
];

fn ping(_: &mut Api<'_>) -> Reply {
    Ok(Answer::bytes(
        200,
        "text/plain; charset=utf-8",
        bytes::Bytes::from_static(b"Pong"),
    ))
}

fn health(_: &mut Api<'_>) -> Reply {
    let components: Vec<Value> = [
        "core",
        "database",
        "jobservice",
        "portal",
        "redis",
        "registry",
        "registryctl",
        "trivy",
    ]
    .iter()
    .map(|name| json!({ "name": name, "status": "healthy" }))
    .collect();
    Ok(Answer::json(
        200,
        &json!({ "status": "healthy", "components": components }),
    ))
}

fn info(api: &mut Api<'_>) -> Reply {
    let rows = &api.rows;
    let mut body = json!({
        "auth_mode": configuration::text(rows, "auth_mode"),
        "primary_auth_mode": configuration::flag(rows, "primary_auth_mode"),
        "self_registration": configuration::flag(rows, "self_registration"),
        "banner_message": configuration::text(rows, "banner_message"),
        "oidc_provider_name": configuration::text(rows, "oidc_name"),
    });
    let always = [
        "auth_mode",
        "primary_auth_mode",
        "self_registration",
        "has_ca_root",
        "read_only",
        "notification_enable",
    ];
    if api.caller.is_authenticated() {
        let url = instance::url(rows.tx, &rows.name).unwrap_or_else(|| api.call.base_url());
        body["harbor_version"] = json!(api.instance.version.to_string());
        body["registry_url"] = json!(url.trim_start_matches("https://"));
        body["external_url"] = json!(url);
        body["project_creation_restriction"] = configuration::value(rows, "project_creation_restriction");
        body["has_ca_root"] = json!(false);
        body["read_only"] = configuration::value(rows, "read_only");
        body["notification_enable"] = configuration::value(rows, "notification_enable");
        body["registry_storage_provider_name"] = json!("filesystem");
        body["current_time"] = json!(instant(rows.tx.now()));
    }
    Ok(Answer::json(200, &told(body, &always)))
}

fn volumes(api: &mut Api<'_>) -> Reply {
    api.require_system("system-volumes", "read")?;
    let used = instance::size(api.rows.tx, &api.rows.name);
    let total: u64 = 1 << 40;
    let storage = json!([{ "total": total, "free": total.saturating_sub(used) }]);
    Ok(Answer::json(200, &json!({ "storage": storage })))
}

fn certificate(_: &mut Api<'_>) -> Reply {
    Err(Failure::not_found("cert not found"))
}

fn statistics(api: &mut Api<'_>) -> Reply {
    api.require_authenticated()?;
    let mine = |project: u64| api.may_project(project, "project", "read");
    let projects = api.rows.all::<Project>();
    let repositories = api.rows.all::<Repository>();
    let count = |public: bool| {
        let those: Vec<u64> = projects
            .iter()
            .filter(|project| project.is_public() == public && mine(project.id))
            .map(|project| project.id)
            .collect();
        let held = repositories
            .iter()
            .filter(|repository| those.contains(&repository.project_id));
        (those.len(), held.count())
    };
    let (public, private) = (count(true), count(false));
    let mut body = json!({
        "private_project_count": private.0, "private_repo_count": private.1,
        "public_project_count": public.0, "public_repo_count": public.1,
    });
    if api.may_system("project", "list") {
        body["total_project_count"] = json!(public.0 + private.0);
        body["total_repo_count"] = json!(public.1 + private.1);
        body["total_storage_consumption"] = json!(instance::size(api.rows.tx, &api.rows.name));
    }
    Ok(Answer::json(200, &body))
}

fn search(api: &mut Api<'_>) -> Reply {
    let Some(part) = api.call.query("q").map(str::to_lowercase) else {
        return Err(Failure::invalid("q in query is required"));
    };
    let readable = |project: &Project| api.may_project(project.id, "project", "read");
    let projects: Vec<Project> = api.rows.all::<Project>().into_iter().filter(readable).collect();
    let found: Vec<Value> = projects
        .iter()
        .filter(|project| project.name.to_lowercase().contains(&part))
        .map(|project| {
            json!({
                "project_id": project.id, "name": project.name, "owner_id": project.owner_id,
                "creation_time": instant(project.created), "update_time": instant(project.updated),
                "metadata": project.metadata,
            })
        })
        .collect();
    let repositories: Vec<Value> = api
        .rows
        .all::<Repository>()
        .iter()
        .filter(|repository| repository.name.to_lowercase().contains(&part))
        .filter_map(|repository| {
            let project = projects
                .iter()
                .find(|project| project.id == repository.project_id)?;
            Some(json!({
                "project_id": project.id, "project_name": project.name, "project_public": project.is_public(),
                "repository_name": repository.name, "pull_count": repository.pull_count,
                "artifact_count": repository.artifact_count(&api.rows),
            }))
        })
        .collect();
    Ok(Answer::json(
        200,
        &json!({ "project": found, "repository": repositories }),
    ))
}
