//! Public Cloud projects, and what is below them.

use serde_json::{Value, json};

use super::context::{Ovh, Reply};
use super::{container_registry, failure, plans, storage, user, world};
use crate::answer::Answer;

/// Sends a request to who answers it.
pub(super) fn handle(ovh: &mut Ovh<'_>, rest: &[&str]) -> Reply {
    let [id, rest @ ..] = rest else {
        return list(ovh);
    };
    let project = world::project(ovh.tx, id)
        .ok_or_else(|| failure::refuse(404, "NOT_FOUND", "This service does not exist"))?;
    let id = project.id.clone();
    match (ovh.call.method.as_str(), rest) {
        ("GET", []) => Ok(Answer::json(200, &body(&project))),
        ("GET", ["capabilities", "containerRegistry"]) => Ok(Answer::json(200, &plans::capabilities())),
        ("GET", ["role"]) => Ok(Answer::json(200, &user::list_roles())),
        ("GET", ["region"]) => Ok(storage::regions()),
        (_, ["user", rest @ ..]) => user::handle(ovh, &id, rest),
        (_, ["region", region, "storage", rest @ ..]) => storage::handle(ovh, (&id, region), rest),
        (_, ["containerRegistry", rest @ ..]) => container_registry::handle(ovh, &id, rest),
        _ => Err(failure::unknown(ovh.call)),
    }
}

fn list(ovh: &Ovh<'_>) -> Reply {
    let ids: Vec<String> = ovh
        .tx
        .scan::<world::Project>(world::PROJECTS, "")
        .into_iter()
        .map(|(id, _)| id)
        .collect();
    Ok(Answer::json(200, &ids))
}

fn body(project: &world::Project) -> Value {
    json!({
        "project_id": project.id, "projectName": project.description, "description": project.description,
        "status": "ok", "access": "full", "unleash": false, "planCode": "project.2018",
    })
}
