//! Instances: each is a whole Harbor with its own port, release, people and content.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::rows::Rows;
use super::user::{self, User};
use super::version::Version;
use super::{TABLES, configuration, cve_allowlist, execution, project, scanner};
use crate::oci;
use crate::service::Service;
use crate::store::Transaction;

/// Instances by name.
pub(crate) const INSTANCES: &str = "harbor/instances";

/// An instance.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Instance {
    /// Its name: the key of everything that it holds.
    pub(crate) name: String,
    pub(crate) version: Version,
    /// The URL that it stands for, where a configuration names a Harbor outside of the sandbox.
    pub(crate) stands_for: Option<String>,
    /// The password that the first administrator got, sealed.
    admin_password: String,
    pub(crate) created: Timestamp,
}

impl Instance {
    /// The instance of a name.
    pub(crate) fn get(tx: &Transaction, name: &str) -> Option<Self> {
        tx.get(INSTANCES, name)
    }
}

/// The key under which the registry's rows of an instance are kept.
pub(super) fn content_key(name: &str) -> String {
    format!("harbor:{name}")
}

/// Makes an instance with its port and what every new Harbor has: the user `admin`, the project `library`, a scanner.
///
/// # Errors
/// When the machine has no free loopback port.
pub(crate) fn create(
    tx: &mut Transaction,
    name: &str,
    version: Version,
    stands_for: Option<&str>,
) -> std::io::Result<()> {
    tx.allocate_port(&Service::Harbor(name.to_owned()))?;
    let password = tx.new_secret(24);
    let instance = Instance {
        name: name.to_owned(),
        version,
        stands_for: stands_for.map(str::to_owned),
        admin_password: tx.seal(&password_context(name), &password),
        created: tx.now(),
    };
    tx.put(INSTANCES, name, &instance);
    let mut rows = rows(tx, name);
    let admin = user::NewUser {
        username: "admin",
        email: "admin@example.com",
        realname: "system admin",
        comment: "admin user",
        sysadmin: true,
    };
    let admin = user::add(&mut rows, &admin, &password);
    project::add_library(&mut rows, admin.id);
    scanner::add_trivy(&mut rows);
    cve_allowlist::reset(&mut rows);
    configuration::reset(&mut rows);
    for table in TABLES {
        for (key, _) in rows.tx.scan::<serde_json::Value>(table, &rows.key("")) {
            rows.tx.mark_surrounding(table, &key);
        }
    }
    Ok(())
}

fn password_context(name: &str) -> String {
    format!("{INSTANCES}/{name}")
}

/// The password that the first administrator got when the instance was made.
pub(crate) fn admin_password(tx: &Transaction, name: &str) -> Option<String> {
    tx.unseal(&password_context(name), &Instance::get(tx, name)?.admin_password)
}

/// Deletes an instance with everything that it holds.
pub(crate) fn delete(tx: &mut Transaction, name: &str) {
    tx.release_port(&Service::Harbor(name.to_owned()));
    oci::forget_registry(tx, &content_key(name));
    rows(tx, name).forget(TABLES);
    tx.delete(execution::LOOKED_AT, name);
    tx.delete(INSTANCES, name);
}

/// `https://localhost:PORT` of an instance. Compute it when answering, never store it.
pub(crate) fn url(tx: &Transaction, name: &str) -> Option<String> {
    tx.address(&Service::Harbor(name.to_owned()))
        .map(|address| format!("https://{address}"))
}

/// How many bytes an instance holds.
pub(crate) fn size(tx: &Transaction, name: &str) -> u64 {
    oci::size_of_registry(tx, &content_key(name))
}

/// Gives an instance a system administrator of this name, or that one a new password; answers the user's id.
pub(crate) fn put_admin(
    tx: &mut Transaction,
    name: &str,
    username: &str,
    email: &str,
    password: &str,
) -> u64 {
    let mut rows = rows(tx, name);
    let user = match rows.find::<User>(|user| user.username == username) {
        Some(mut user) => {
            user.password = rows.tx.hash_secret(password);
            user.sysadmin = true;
            rows.save(&user);
            user
        }
        None => {
            let user = user::NewUser {
                username,
                email,
                realname: username,
                comment: "",
                sysadmin: true,
            };
            user::add(&mut rows, &user, password)
        }
    };
    user.id
}

/// Deletes a user of an instance by name; says whether there was one.
pub(crate) fn remove_user(tx: &mut Transaction, name: &str, username: &str) -> bool {
    let mut rows = rows(tx, name);
    match rows.find::<User>(|user| user.username == username) {
        Some(user) => user::remove(&mut rows, user.id),
        None => false,
    }
}

/// The rows of an instance.
pub(super) fn rows<'a>(tx: &'a mut Transaction, name: &str) -> Rows<'a> {
    Rows {
        tx,
        name: name.to_owned(),
    }
}
