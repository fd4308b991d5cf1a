//! The default world: one person with a Docker ID. Scenes add people, organizations and what they have.

use serde::{Deserialize, Serialize};

use super::account::{self, MEMBERS, Membership, ORGANIZATIONS, Organization, Role, USERS, User};
use super::{rate, registry, repository};
use crate::clock;
use crate::oci;
use crate::scene::{SceneDockerOrganization, SceneDockerUser, SeedError};
use crate::store::{SETTINGS, Transaction};

/// Under this key of the settings: who the operator is.
const OPERATOR: &str = "dockerhub_operator";
/// Under this key of the settings: how often was drawn.
const DRAWS: &str = "draws";
/// Where the draws of this world begin.
const OWN_DRAWS: u64 = 1 << 40;
/// The namespace of official images.
const LIBRARY: &str = "library";

/// Who may use the sandbox's Docker Hub. None of it is of the user.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DockerHubOperator {
    /// The Docker ID.
    pub username: String,
    /// The password.
    pub password: String,
}

impl std::fmt::Debug for DockerHubOperator {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("DockerHubOperator")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// Creates the default world unless it is there; what it makes are surroundings.
pub(crate) fn ensure(tx: &mut Transaction) {
    if tx.contains(SETTINGS, OPERATOR) {
        return;
    }
    // What is drawn here leaves the ids and secrets of all else as they were.
    let drawn: Option<u64> = tx.get(SETTINGS, DRAWS);
    tx.put(SETTINGS, DRAWS, &OWN_DRAWS);
    let operator = DockerHubOperator {
        username: "operator".to_owned(),
        password: tx.new_secret(24),
    };
    add_user(tx, (&operator.username, &operator.password), "pro");
    tx.mark_surrounding(USERS, &operator.username);
    official_images(tx);
    let text = serde_json::to_string(&operator).expect("the operator is plain data");
    let sealed = tx.seal(OPERATOR, &text);
    tx.put(SETTINGS, OPERATOR, &sealed);
    tx.put(SETTINGS, DRAWS, &drawn.unwrap_or(0));
}

/// Who the operator is.
pub(crate) fn operator(tx: &Transaction) -> Option<DockerHubOperator> {
    let sealed: String = tx.get(SETTINGS, OPERATOR)?;
    serde_json::from_str(&tx.unseal(OPERATOR, &sealed)?).ok()
}

/// Official images that configurations look up by tag. What they hold is not there to be pulled.
fn official_images(tx: &mut Transaction) {
    let library = Organization {
        id: account::derived_id(LIBRARY),
        name: LIBRARY.to_owned(),
        joined: tx.now(),
        plan: "business".to_owned(),
        assumed: false,
    };
    tx.put(ORGANIZATIONS, LIBRARY, &library);
    for name in ["alpine", "busybox", "nginx", "ubuntu"] {
        repository::pushed(tx, LIBRARY, name);
        let path = format!("{LIBRARY}/{name}");
        let tag = oci::Tag {
            digest: oci::Digest::of(path.as_bytes()).to_string(),
            updated: clock::seconds(tx.now()),
        };
        oci::put_tag(tx, registry::CONTENT, &path, "latest", &tag);
    }
    tx.mark_all_surrounding();
}

fn add_user(tx: &mut Transaction, (name, password): (&str, &str), plan: &str) {
    let user = User {
        name: name.to_owned(),
        id: account::derived_id(name),
        email: format!("{name}@sandbox.example"),
        joined: tx.now(),
        password: tx.hash_secret(password),
        second_factor: None,
        plan: plan.to_owned(),
    };
    tx.put(USERS, name, &user);
}

/// Makes somebody of a scene. Who exists keeps the password.
pub(crate) fn provide_user(tx: &mut Transaction, scene: &SceneDockerUser) -> Result<(), SeedError> {
    let name = scene.username.to_lowercase();
    if !account::is_namespace(&name) {
        let text = format!("{:?} is not a Docker ID.", scene.username);
        return Err(SeedError::Invalid(text));
    }
    if account::user(tx, &name).is_none() {
        let password = match &scene.password {
            Some(password) => password.clone(),
            None => tx.new_secret(24),
        };
        add_user(tx, (&name, &password), "pro");
    }
    let mut user = account::user(tx, &name).expect("it was made above");
    if let Some(plan) = &scene.plan {
        user.plan.clone_from(plan);
    }
    if let Some(code) = &scene.two_factor_code {
        user.second_factor = Some(tx.hash_secret(code));
    }
    tx.put(USERS, &name, &user);
    Ok(())
}

/// Makes an organization of a scene; from then on there are no others but those of scenes.
pub(crate) fn provide_organization(
    tx: &mut Transaction,
    scene: &SceneDockerOrganization,
) -> Result<(), SeedError> {
    let name = scene.name.to_lowercase();
    if !account::is_namespace(&name) || account::user(tx, &name).is_some() {
        let text = format!("{:?} cannot be the name of an organization.", scene.name);
        return Err(SeedError::Invalid(text));
    }
    let organization = Organization {
        id: account::derived_id(&name),
        name: name.clone(),
        joined: tx.now(),
        plan: scene.plan.clone().unwrap_or_else(|| "team".to_owned()),
        assumed: false,
    };
    tx.put(ORGANIZATIONS, &name, &organization);
    let operator = operator(tx).map(|operator| operator.username);
    let mut members: Vec<(String, Role)> = Vec::new();
    for (member, role) in &scene.members {
        let role = Role::named(role)
            .ok_or_else(|| SeedError::Invalid(format!("{role:?} is not owner, editor or member.")))?;
        let member = if member == "operator" {
            operator.clone().unwrap_or_default()
        } else {
            member.to_lowercase()
        };
        members.push((member, role));
    }
    if scene.members.is_empty() {
        members.extend(operator.map(|name| (name, Role::Owner)));
    }
    for (member, role) in members {
        tx.put(MEMBERS, &format!("{name}/{member}"), &Membership { role });
    }
    account::close(tx);
    Ok(())
}

/// Makes a repository of a scene, as a push makes it.
pub(crate) fn provide_repository(tx: &mut Transaction, path: &str) -> Result<(), SeedError> {
    let (namespace, name) = path
        .split_once('/')
        .ok_or_else(|| SeedError::Invalid(format!("{path:?} is not NAMESPACE/NAME.")))?;
    repository::pushed(tx, namespace, name);
    Ok(())
}

/// From now on so many requests of the API are allowed in a minute.
pub(crate) fn limit_requests(tx: &mut Transaction, requests: u64) {
    tx.put(SETTINGS, rate::LIMIT, &requests);
}

/// From now on so many pulls are allowed to those who have a limit.
pub(crate) fn limit_pulls(tx: &mut Transaction, pulls: u64) {
    tx.put(SETTINGS, registry::LIMIT, &pulls);
}
