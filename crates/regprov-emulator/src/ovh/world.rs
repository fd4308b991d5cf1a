//! The default world: an account with one application, one consumer key that may do everything, one service account, and one
//! Public Cloud project.

use serde::{Deserialize, Serialize};

use super::caller::{self, Application, Client, Credential, Rule};
use crate::scene::SceneOvhRule;
use crate::store::{SETTINGS, Transaction};

/// Projects by id.
pub(crate) const PROJECTS: &str = "ovh/projects";
/// Under this key of the settings: what the operator signs with.
const OPERATOR: &str = "ovh_operator";
/// Under this key of the settings: whether only the projects of scenes exist.
const ONLY_NAMED: &str = "ovh_only_named_projects";

/// What a caller of the sandbox's OVHcloud needs. None of it is of the user.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OvhOperator {
    /// The application key.
    pub application_key: String,
    /// The application secret.
    pub application_secret: String,
    /// A consumer key that may do everything.
    pub consumer_key: String,
    /// The client id of a service account.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// The Public Cloud project.
    pub service_name: String,
}

impl std::fmt::Debug for OvhOperator {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("OvhOperator")
            .field("application_key", &self.application_key)
            .field("client_id", &self.client_id)
            .field("service_name", &self.service_name)
            .finish_non_exhaustive()
    }
}

/// A Public Cloud project.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Project {
    pub(crate) id: String,
    pub(crate) description: String,
}

/// Creates the default world unless it is there; what it makes are surroundings.
pub(crate) fn ensure(tx: &mut Transaction) {
    if tx.contains(SETTINGS, OPERATOR) {
        return;
    }
    let operator = OvhOperator {
        application_key: tx.draw().text(16, b"0123456789abcdef"),
        application_secret: tx.new_secret(32),
        consumer_key: tx.new_secret(32),
        client_id: format!("EU.{}", tx.draw().text(16, b"0123456789abcdef")),
        client_secret: tx.new_secret(32),
        service_name: tx.draw().text(32, b"0123456789abcdef"),
    };
    let application = Application {
        key: operator.application_key.clone(),
        name: "sandbox".to_owned(),
        secret: tx.seal(&operator.application_key, &operator.application_secret),
    };
    tx.put(caller::APPLICATIONS, &application.key, &application);
    let rules = ["GET", "POST", "PUT", "DELETE"].map(|method| Rule {
        method: method.to_owned(),
        path: "/*".to_owned(),
    });
    let credential = Credential {
        id: 1,
        application_key: operator.application_key.clone(),
        status: caller::VALIDATED.to_owned(),
        rules: rules.to_vec(),
        created_at: tx.now(),
    };
    tx.put(
        caller::CREDENTIALS,
        &caller::credential_key(&operator.consumer_key),
        &credential,
    );
    let client = Client {
        id: operator.client_id.clone(),
        secret: tx.hash_secret(&operator.client_secret),
    };
    tx.put(caller::CLIENTS, &client.id, &client);
    add_project(tx, &operator.service_name, "Sandbox");
    tx.mark_surrounding(PROJECTS, &operator.service_name);
    let text = serde_json::to_string(&operator).expect("the operator is plain data");
    let sealed = tx.seal(OPERATOR, &text);
    tx.put(SETTINGS, OPERATOR, &sealed);
}

/// What the operator signs with.
pub(crate) fn operator(tx: &Transaction) -> Option<OvhOperator> {
    let sealed: String = tx.get(SETTINGS, OPERATOR)?;
    serde_json::from_str(&tx.unseal(OPERATOR, &sealed)?).ok()
}

/// Gives the operator's consumer key these rules and no others.
pub(crate) fn restrict(tx: &mut Transaction, rules: &[SceneOvhRule]) {
    let Some(operator) = operator(tx) else { return };
    let key = caller::credential_key(&operator.consumer_key);
    if let Some(mut credential) = tx.get::<Credential>(caller::CREDENTIALS, &key) {
        credential.rules = rules
            .iter()
            .map(|rule| Rule {
                method: rule.method.clone(),
                path: rule.path.clone(),
            })
            .collect();
        tx.put(caller::CREDENTIALS, &key, &credential);
    }
}

/// Adds a project of the account.
pub(crate) fn add_project(tx: &mut Transaction, id: &str, description: &str) {
    let project = Project {
        id: id.to_owned(),
        description: description.to_owned(),
    };
    tx.put(PROJECTS, id, &project);
}

/// From now on only those projects exist that were made so far.
pub(crate) fn close(tx: &mut Transaction) {
    tx.put(SETTINGS, ONLY_NAMED, &true);
}

/// The project of an id. The account owns whatever project a configuration names, so that files need no change, unless a scene
/// named the projects.
pub(crate) fn project(tx: &Transaction, id: &str) -> Option<Project> {
    let known = tx.get(PROJECTS, id);
    let closed = tx.get::<bool>(SETTINGS, ONLY_NAMED).unwrap_or(false);
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    let named = !closed && (1..=64).contains(&id.len()) && id.chars().all(plain);
    known.or_else(|| {
        named.then(|| Project {
            id: id.to_owned(),
            description: "Named by a configuration".to_owned(),
        })
    })
}
