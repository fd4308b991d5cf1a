//! Whether a caller may do something: the policies of the object and of its project, and the roles that they give.

use serde_json::json;

use super::context::Google;
use super::failure::Failure;
use super::project::Project;
use super::{caller::Caller, policy, roles, service};
use crate::store::Transaction;

/// The objects whose policies count for an object: itself, and its project.
fn chain(resource: &str) -> Vec<&str> {
    let mut chain = vec![resource];
    if resource.starts_with("projects/") && resource.matches('/').count() > 1 {
        let end = resource["projects/".len()..]
            .find('/')
            .map_or(resource.len(), |at| at + "projects/".len());
        chain.push(&resource[..end]);
    }
    chain
}

/// Whether a caller has a permission on an object.
pub(super) fn may(tx: &Transaction, caller: &Caller, permission: &str, resource: &str) -> bool {
    let now = tx.now();
    chain(resource).into_iter().any(|scope| {
        policy::rows(tx, scope).iter().any(|row| {
            row.effective_from <= now
                && row.is_live(tx)
                && caller.is(&row.member)
                && roles::gives(tx, &row.role, permission)
                && row
                    .condition
                    .as_ref()
                    .is_none_or(|condition| condition.holds(tx, resource))
        })
    })
}

impl Google<'_> {
    /// Whether the caller has a permission on an object.
    pub(super) fn may(&self, permission: &str, resource: &str) -> bool {
        !service::is_withdrawn(self.tx, permission) && may(self.tx, &self.caller, permission, resource)
    }

    /// That the API of a service is enabled in a project.
    pub(super) fn api_is_on(&self, name: &str, project: &Project) -> Result<(), Failure> {
        if service::answers(self.tx, &project.id, name) {
            return Ok(());
        }
        let title = service::title(name);
        let url = format!(
            "https://console.developers.google.com/apis/api/{name}/overview?project={}",
            project.number
        );
        let message = format!(
            "{title} has not been used in project {} before or it is disabled. Enable it by visiting {url} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.",
            project.number
        );
        let help = json!({
            "@type": "type.googleapis.com/google.rpc.Help",
            "links": [{ "description": "Google developers console API activation", "url": url }],
        });
        let metadata = json!({
            "consumer": format!("projects/{}", project.number), "service": name, "activationUrl": url,
            "serviceTitle": title, "containerInfo": project.number,
        });
        Err(Failure::denied(message)
            .info("SERVICE_DISABLED", "googleapis.com", metadata)
            .with(help))
    }
}

#[cfg(test)]
mod tests {
    use super::chain;

    #[test]
    fn the_policy_of_the_project_counts_for_what_is_in_it() {
        assert_eq!(chain("projects/p"), ["projects/p"]);
        assert_eq!(
            chain("projects/p/serviceAccounts/a@b"),
            ["projects/p/serviceAccounts/a@b", "projects/p"]
        );
        assert_eq!(chain("b/bucket"), ["b/bucket"]);
    }
}
