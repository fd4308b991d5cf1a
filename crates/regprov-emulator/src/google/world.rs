//! The default world: one project, and a person who may do everything in every project.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::seal::SecretHash;
use crate::store::{SETTINGS, Transaction};

use super::project;

/// People by e-mail address.
pub(super) const PEOPLE: &str = "google/people";
/// Under this key of the settings: what the operator logs in with.
const OPERATOR: &str = "google_operator";
/// The project of the default world.
const PROJECT: &str = "regprov-sandbox";
/// The operator's e-mail address.
pub(super) const EMAIL: &str = "operator@example.com";

/// What a caller of the sandbox's Google needs. None of it is of the user.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoogleOperator {
    /// A project.
    pub project: String,
    /// The e-mail address.
    pub email: String,
    /// The client id of the program that the operator logged in with.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// What gives access tokens.
    pub refresh_token: String,
}

impl GoogleOperator {
    /// The credentials as application default credentials hold them.
    pub fn credentials(&self) -> String {
        let credentials = json!({
            "type": "authorized_user", "client_id": self.client_id, "client_secret": self.client_secret,
            "refresh_token": self.refresh_token, "universe_domain": "googleapis.com",
        });
        credentials.to_string()
    }
}

impl std::fmt::Debug for GoogleOperator {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("GoogleOperator")
            .field("project", &self.project)
            .field("email", &self.email)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// A person, logged in with a program.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Person {
    pub(super) email: String,
    /// The `sub` of the person.
    pub(super) id: String,
    pub(super) client_id: String,
    pub(super) client_secret: SecretHash,
    pub(super) refresh_token: SecretHash,
}

/// Creates the default world unless it is there; what it makes are surroundings.
pub(crate) fn ensure(tx: &mut Transaction) {
    if tx.contains(SETTINGS, OPERATOR) {
        return;
    }
    let operator = GoogleOperator {
        project: PROJECT.to_owned(),
        email: EMAIL.to_owned(),
        client_id: format!(
            "{}-{}.apps.googleusercontent.com",
            tx.draw().text(12, b"123456789"),
            tx.draw().text(32, b"0123456789abcdefghijklmnopqrstuv")
        ),
        client_secret: format!("GOCSPX-{}", tx.new_secret(28)),
        refresh_token: format!("1//0{}", tx.new_secret(98)),
    };
    let person = Person {
        email: EMAIL.to_owned(),
        id: format!("1{}", tx.draw().text(20, b"0123456789")),
        client_id: operator.client_id.clone(),
        client_secret: tx.hash_secret(&operator.client_secret),
        refresh_token: tx.hash_secret(&operator.refresh_token),
    };
    tx.put(PEOPLE, EMAIL, &person);
    tx.mark_surrounding(PEOPLE, EMAIL);
    project::named(tx, PROJECT);
    let text = serde_json::to_string(&operator).expect("the operator is plain data");
    let sealed = tx.seal(OPERATOR, &text);
    tx.put(SETTINGS, OPERATOR, &sealed);
}

/// What the operator logs in with.
pub(crate) fn operator(tx: &Transaction) -> Option<GoogleOperator> {
    let sealed: String = tx.get(SETTINGS, OPERATOR)?;
    serde_json::from_str(&tx.unseal(OPERATOR, &sealed)?).ok()
}
