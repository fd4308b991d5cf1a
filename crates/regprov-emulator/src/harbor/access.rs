//! Whether a caller may do something.

use super::caller::Caller;
use super::permission;
use super::project::Project;
use super::project_member;
use super::robot::{Reach, Robot};
use super::rows::Rows;

/// Where something is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// In the system as a whole.
    System,
    /// In the project of this id.
    Project(u64),
}

/// Whether `caller` may do an action to a resource in `scope`.
pub(super) fn allows(rows: &Rows<'_>, caller: &Caller, scope: Scope, wanted: (&str, &str)) -> bool {
    if caller.user().is_some_and(|user| user.sysadmin) {
        return true;
    }
    match scope {
        Scope::System => match caller {
            Caller::Robot(robot) => robot
                .permissions
                .iter()
                .any(|permission| permission.reach == Reach::System && permission.has(wanted)),
            Caller::Anonymous | Caller::User(_) => false,
        },
        Scope::Project(id) => {
            let Some(project) = rows.row::<Project>(id) else {
                return false;
            };
            (project.is_public() && permission::public_has(wanted))
                || match caller {
                    Caller::Anonymous => false,
                    Caller::User(user) => project_member::roles(rows, id, user)
                        .into_iter()
                        .any(|role| permission::role_has(role, wanted)),
                    Caller::Robot(robot) => robot_may(robot, id, wanted),
                }
        }
    }
}

fn robot_may(robot: &Robot, project: u64, (resource, action): (&str, &str)) -> bool {
    let here = robot
        .permissions
        .iter()
        .filter(|permission| match permission.reach {
            Reach::AllProjects => true,
            Reach::Project(id) => id == project,
            Reach::System => false,
        });
    // A project robot that may push may pull, too; a system robot may not.
    let implied = !robot.is_system() && (resource, action) == ("repository", "pull");
    here.into_iter().any(|permission| {
        permission.has((resource, action)) || (implied && permission.has(("repository", "push")))
    })
}
