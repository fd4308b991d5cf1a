//! What scenes make of Google.

use super::{policy, project, service};
use crate::scene::{SceneGoogleProject, SeedError};
use crate::store::Transaction;

/// Makes a project. From then on there are only the projects of scenes.
pub(crate) fn add_project(tx: &mut Transaction, scene: &SceneGoogleProject) -> Result<(), SeedError> {
    let id = &scene.id;
    if !project::is_id(id) {
        return Err(SeedError::Invalid(format!(
            "{id:?} is not the id of a project of Google's."
        )));
    }
    project::seed(tx, id, |project| {
        project.name = scene.name.clone().unwrap_or_else(|| project.name.clone());
        project.billing = !scene.billing_disabled;
        project.legacy_registry = scene.legacy_registry;
    });
    for (role, members) in &scene.bindings {
        for member in members {
            policy::grant(tx, &format!("projects/{id}"), role, member);
        }
    }
    Ok(())
}

/// Disables an API in a project, or in all of them.
pub(crate) fn disable(tx: &mut Transaction, project: Option<&str>, name: &str) {
    let place = project.map_or_else(|| service::EVERYWHERE.to_owned(), str::to_owned);
    service::turn(tx, &place, name, false);
}
