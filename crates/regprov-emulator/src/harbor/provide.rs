//! Instances that stand for a Harbor outside of the sandbox, with the credentials that a configuration has for it.

use std::collections::BTreeMap;

use url::Url;

use super::instance::{self, INSTANCES, Instance, rows};
use super::permission::{self, Kind};
use super::project::{self, Project};
use super::robot::{Access, Permission, Reach, Robot};
use super::rows::Row as _;
use super::user::User;
use super::version::Version;
use super::{configuration, quota, session};
use crate::scene::{HarborAccess, HarborInstance, SceneHarbor, SceneHarborProject, SeedError};
use crate::service::Service;
use crate::store::{SURROUNDINGS, Transaction};

/// What robots are called on every new Harbor.
const ROBOT_PREFIX: &str = "robot$";

/// Makes the instance that a scene names, or finds it, and lets its credentials in as those of an administrator.
///
/// An account that a client made keeps its own password: then what the scene says is tried like any other log-in.
pub(crate) fn provide(tx: &mut Transaction, scene: &SceneHarbor) -> Result<HarborAccess, SeedError> {
    let invalid = SeedError::Invalid;
    let text = scene.url.trim();
    let full = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    let parsed = Url::parse(&full)
        .ok()
        .filter(Url::has_host)
        .ok_or_else(|| invalid(format!("{text:?} is not the URL of a Harbor.")))?;
    let name = authority(&parsed);
    if let Some(known) = by_address(tx, &name) {
        return access(tx, &known.name, None);
    }
    let version = scene.version.as_deref().unwrap_or(Version::NEWEST);
    let version: Version = version.parse().map_err(|error| invalid(format!("{error}.")))?;
    match Instance::get(tx, &name) {
        Some(mut known) => {
            if scene.version.is_some() {
                known.version = version;
                tx.put(INSTANCES, &name, &known);
            }
        }
        None => {
            instance::create(tx, &name, version, Some(full.trim_end_matches('/')))?;
            tx.mark_surrounding(INSTANCES, &name);
        }
    }
    if let Some(mode) = &scene.auth_mode {
        configuration::sign_in_by(&mut rows(tx, &name), mode).map_err(invalid)?;
    }
    for known in &scene.projects {
        provide_project(tx, &name, known);
    }
    if let Some(token) = &scene.bearer_token {
        session::admit_token(&mut rows(tx, &name), token);
    }
    if let Some(sid) = &scene.session_id {
        session::admit(&mut rows(tx, &name), sid, 1);
    }
    match (scene.username.as_deref(), scene.password.as_deref()) {
        (Some(username), Some(password)) => {
            let_in(tx, &name, username, password)?;
            access(tx, &name, None)
        }
        (None, None) => {
            let own = scene.bearer_token.is_none() && scene.session_id.is_none();
            access(tx, &name, own.then_some("admin"))
        }
        _ => Err(invalid(format!(
            "The Harbor {text:?} has a user name without a password, or a password without a user name."
        ))),
    }
}

/// Makes a project of the scene, or finds it, and says what it holds.
fn provide_project(tx: &mut Transaction, name: &str, scene: &SceneHarborProject) {
    let mut rows = rows(tx, name);
    let id = match project::by_name(&rows, &scene.name) {
        Some(known) => known.id,
        None => {
            let id = project::add_empty(&mut rows, &scene.name, 1, "false");
            let key = rows.key(id);
            tx.mark_surrounding(Project::TABLE, &key);
            id
        }
    };
    quota::hold(&mut instance::rows(tx, name), id, scene.used);
}

/// Every instance, by name.
pub(crate) fn instances(tx: &Transaction) -> BTreeMap<String, HarborInstance> {
    tx.scan::<Instance>(INSTANCES, "")
        .into_iter()
        .map(|(name, instance)| {
            let told = HarborInstance {
                url: instance::url(tx, &name).unwrap_or_default(),
                stands_for: instance.stands_for,
                version: instance.version.to_string(),
            };
            (name, told)
        })
        .collect()
}

/// `host` or `host:port` of a URL.
fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default().to_lowercase();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host,
    }
}

/// The instance that listens at an address.
fn by_address(tx: &Transaction, address: &str) -> Option<Instance> {
    let port = address
        .strip_prefix("localhost:")
        .or_else(|| address.strip_prefix("127.0.0.1:"))?;
    let address = format!("localhost:{port}");
    tx.scan::<Instance>(INSTANCES, "")
        .into_iter()
        .map(|(_, instance)| instance)
        .find(|instance| tx.address(&Service::Harbor(instance.name.clone())).as_deref() == Some(&address))
}

/// Where an instance is; with its administrator's credentials where `username` asks for them.
fn access(tx: &Transaction, name: &str, username: Option<&str>) -> Result<HarborAccess, SeedError> {
    let url = instance::url(tx, name)
        .ok_or_else(|| SeedError::Invalid(format!("The Harbor {name:?} has no port.")))?;
    Ok(HarborAccess {
        url,
        username: username.map(str::to_owned),
        password: username.and_then(|_| instance::admin_password(tx, name)),
    })
}

/// Makes an account of this name an administrator with this password, unless a client made it.
fn let_in(tx: &mut Transaction, name: &str, username: &str, password: &str) -> Result<(), SeedError> {
    let is_ours =
        |tx: &Transaction, table: &str, id: u64| tx.contains(SURROUNDINGS, &format!("{table}\n{name}/{id}"));
    if let Some(robot_name) = username.strip_prefix(ROBOT_PREFIX) {
        let known = rows(tx, name).find::<Robot>(|robot| robot.name == robot_name);
        match known {
            Some(robot) if robot.secret.matches(password) => {}
            Some(mut robot) if is_ours(tx, Robot::TABLE, robot.id) => {
                let mut rows = rows(tx, name);
                robot.secret = rows.tx.hash_secret(password);
                rows.save(&robot);
            }
            Some(_) => {}
            None => add_robot(tx, name, robot_name, password),
        }
        return Ok(());
    }
    let known = rows(tx, name).find::<User>(|user| user.username == username);
    match known {
        Some(user) if !is_ours(tx, User::TABLE, user.id) => {}
        Some(user) if user.password.matches(password) => {}
        Some(_) | None => {
            let email = format!("{}@example.com", username.replace(['@', ' '], "-"));
            let id = instance::put_admin(tx, name, username, &email, password);
            tx.mark_surrounding(User::TABLE, &format!("{name}/{id}"));
        }
    }
    Ok(())
}

/// Adds a robot that may do everything that a robot can be allowed.
fn add_robot(tx: &mut Transaction, name: &str, robot_name: &str, secret: &str) {
    let newest: Version = Version::NEWEST.parse().expect("it is a release");
    let everything = |kind, reach| Permission {
        reach,
        access: permission::grantable(&newest, kind)
            .into_iter()
            .map(|(resource, action)| Access {
                resource: resource.to_owned(),
                action: action.to_owned(),
                effect: String::new(),
            })
            .collect(),
    };
    let mut rows = rows(tx, name);
    let now = rows.tx.now();
    let robot = Robot {
        id: rows.new_id::<Robot>(),
        name: robot_name.to_owned(),
        project_id: None,
        description: String::new(),
        disabled: false,
        duration: -1,
        expires_at: -1,
        secret: rows.tx.hash_secret(secret),
        permissions: vec![
            everything(Kind::System, Reach::System),
            everything(Kind::Project, Reach::AllProjects),
        ],
        creator_type: "local".to_owned(),
        creator_ref: 1,
        created: now,
        updated: now,
    };
    rows.save(&robot);
    let key = rows.key(robot.id);
    tx.mark_surrounding(Robot::TABLE, &key);
}
