//! Robot accounts: `/robots`.

mod wish;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use wish::{Wish, check, check_subset, project_of, refused, resolved};

use super::api::{Api, Reply, done, told};
use super::caller::Caller;
use super::failure::Failure;
use super::listing::{Keywords, list_by};
use super::permission::{self, Kind};
use super::project::{self, Project, is_name};
use super::route::{Route, route_since};
use super::rows::{Row, Rows};
use super::user::is_strong;
use super::{configuration, instant};
use crate::answer::Answer;
use crate::seal::SecretHash;

/// Where a permission reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Reach {
    System,
    AllProjects,
    Project(u64),
}

/// A right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Access {
    pub(super) resource: String,
    pub(super) action: String,
    #[serde(default)]
    pub(super) effect: String,
}

/// Rights in one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Permission {
    pub(super) reach: Reach,
    pub(super) access: Vec<Access>,
}

impl Permission {
    /// Whether the rights include an action on a resource.
    pub(super) fn has(&self, (resource, action): (&str, &str)) -> bool {
        self.access
            .iter()
            .any(|access| access.resource == resource && access.action == action && access.effect != "deny")
    }
}

/// A robot account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Robot {
    pub(super) id: u64,
    /// Without the prefix: `project+name`, or `name` of one of the system's.
    pub(super) name: String,
    /// The project that it belongs to; none for one of the system's.
    pub(super) project_id: Option<u64>,
    pub(super) description: String,
    pub(super) disabled: bool,
    /// Days; -1 for ever.
    pub(super) duration: i64,
    /// Unix seconds; -1 for never.
    pub(super) expires_at: i64,
    pub(super) secret: SecretHash,
    pub(super) permissions: Vec<Permission>,
    pub(super) creator_type: String,
    pub(super) creator_ref: u64,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
}

impl Row for Robot {
    const TABLE: &'static str = "harbor/robots";

    fn id(&self) -> u64 {
        self.id
    }
}

impl Robot {
    /// Whether it is one of the system's.
    pub(super) const fn is_system(&self) -> bool {
        self.project_id.is_none()
    }

    fn level(&self) -> &'static str {
        if self.is_system() { "system" } else { "project" }
    }
}

/// The name that a robot logs in with.
pub(super) fn full_name(rows: &Rows<'_>, robot: &Robot) -> String {
    format!("{}{}", configuration::text(rows, "robot_name_prefix"), robot.name)
}

/// Whether a robot with this secret may log in.
pub(super) fn may_log_in(robot: &Robot, secret: &str, now: Timestamp) -> bool {
    robot.secret.matches(secret) && !robot.disabled && !has_expired(robot, now)
}

fn has_expired(robot: &Robot, now: Timestamp) -> bool {
    robot.expires_at != -1 && robot.expires_at <= now.as_second()
}

pub(super) const ROUTES: &[Route] = &[
    route_since((2, 2), "GET", "/robots", list),
    route_since((2, 2), "POST", "/robots", create),
    route_since((2, 2), "GET", "/robots/{robot_id}", get),
    route_since((2, 2), "PUT", "/robots/{robot_id}", update),
    route_since((2, 2), "PATCH", "/robots/{robot_id}", refresh_secret),
    route_since((2, 2), "DELETE", "/robots/{robot_id}", delete),
    route_since((2, 10), "GET", "/permissions", permissions),
];

fn shown(rows: &Rows<'_>, robot: &Robot) -> Value {
    let mut permissions: Vec<Value> = robot
        .permissions
        .iter()
        .filter_map(|permission| {
            let (kind, namespace) = match permission.reach {
                Reach::System => ("system", "/".to_owned()),
                Reach::AllProjects => ("project", "*".to_owned()),
                // What a robot may in a project that is gone is not told.
                Reach::Project(id) => ("project", rows.row::<Project>(id)?.name),
            };
            let access: Vec<Value> = permission
                .access
                .iter()
                .map(|access| {
                    let value = json!({ "resource": access.resource, "action": access.action, "effect": access.effect });
                    told(value, &[])
                })
                .collect();
            Some(json!({ "kind": kind, "namespace": namespace, "access": access }))
        })
        .collect();
    // The real server keeps them in a map, and tells them in an order of its own.
    permissions.sort_by_key(|permission| rows.tx.keys().mac(&permission.to_string()));
    told(
        json!({
            "id": robot.id, "name": full_name(rows, robot), "description": robot.description,
            "level": robot.level(), "duration": robot.duration, "disable": robot.disabled, "editable": true,
            "expires_at": robot.expires_at, "creator_type": robot.creator_type, "creator_ref": robot.creator_ref,
            "creation_time": instant(robot.created), "update_time": instant(robot.updated),
            "permissions": permissions,
        }),
        &["disable", "permissions"],
    )
}

fn list(api: &mut Api<'_>) -> Reply {
    api.require_authenticated()?;
    let mut keywords = Keywords::of(api)?;
    let project = match keywords.take_exact("level").as_deref() {
        None | Some("system") => None,
        Some("project") => {
            let id = keywords
                .take_exact("project_id")
                .ok_or_else(|| Failure::bad_request("must with project ID when to query project robots"))?;
            let id = id.parse::<u64>().ok().filter(|id| *id > 0);
            Some(id.ok_or_else(|| Failure::bad_request("ProjectID must be a positive integer"))?)
        }
        Some(_) => return Err(Failure::bad_request("bad request error level input")),
    };
    match project {
        Some(id) => api.require_project(Some(id), "robot", "list")?,
        None => api.require_system("robot", "list")?,
    }
    let robots = api.rows.all::<Robot>();
    let rows = robots
        .iter()
        .filter(|robot| robot.project_id == project)
        .map(|robot| {
            // A query compares what is kept, which has no prefix.
            let mut row = shown(&api.rows, robot);
            row["name"] = json!(robot.name);
            row
        })
        .collect();
    let prefix = configuration::text(&api.rows, "robot_name_prefix");
    let answer = list_by(api, rows, &keywords)?;
    let mut page: Vec<Value> = serde_json::from_slice(&answer.body).expect("it was written above");
    for row in &mut page {
        row["name"] = json!(format!("{prefix}{}", row["name"].as_str().unwrap_or_default()));
    }
    let mut out = Answer::json(200, &page);
    out.headers = answer.headers;
    Ok(out)
}

fn expiry(from: Timestamp, days: i64) -> i64 {
    if days == -1 {
        return -1;
    }
    let length = SignedDuration::from_hours(days.saturating_mul(24));
    from.checked_add(length).unwrap_or(Timestamp::MAX).as_second()
}

/// Refuses those who may not do an action to robots of a level.
fn require(api: &Api<'_>, project: Option<Option<u64>>, action: &str) -> Result<(), Failure> {
    match project {
        None => api.require_system("robot", action),
        Some(project) => api.require_project(project, "robot", action),
    }
}

fn create(api: &mut Api<'_>) -> Reply {
    let wish: Wish = api.body("robot")?;
    if !is_name(&wish.name) {
        return Err(refused(
            "robot name is not in lower case or contains illegal characters",
        ));
    }
    let duration = wish.duration.unwrap_or(0);
    check(api, &wish, duration)?;
    let namespace = wish.permissions[0].namespace.clone();
    let of_project = wish.level == "project";
    let owner = project::by_name(&api.rows, &namespace);
    let owner_id = owner.as_ref().map(|project| project.id);
    require(api, of_project.then_some(owner_id), "create")?;
    let (creator_type, creator_ref) = match &api.caller {
        Caller::User(user) => ("local", user.id),
        Caller::Robot(robot) => {
            check_subset(api, robot, &wish.permissions)?;
            ("robot", robot.id)
        }
        Caller::Anonymous => return Err(Failure::unauthorized()),
    };
    let creator_type = creator_type.to_owned();
    let (name, project_id) = if of_project {
        let project = project_of(&api.rows, &namespace)?;
        (format!("{}+{}", project.name, wish.name), Some(project.id))
    } else {
        (wish.name.clone(), None)
    };
    if api.rows.find::<Robot>(|robot| robot.name == name).is_some() {
        return Err(Failure::conflict(format!(
            "robot account {}:{name} already exists",
            project_id.unwrap_or(0)
        )));
    }
    let permissions = resolved(&api.rows, &wish.permissions)?;
    let secret = new_secret(&mut api.rows);
    let now = api.rows.tx.now();
    // The server ignores `secret` and `disable` of a new robot.
    let robot = Robot {
        id: api.rows.new_id::<Robot>(),
        name,
        project_id,
        description: wish.description,
        disabled: false,
        duration,
        expires_at: expiry(now, duration),
        secret: api.rows.tx.hash_secret(&secret),
        permissions,
        creator_type: if api.instance.version.has(2, 12) {
            creator_type
        } else {
            String::new()
        },
        creator_ref: if api.instance.version.has(2, 12) {
            creator_ref
        } else {
            0
        },
        created: now,
        updated: now,
    };
    api.rows.save(&robot);
    let body = json!({
        "id": robot.id, "name": full_name(&api.rows, &robot), "secret": secret,
        "creation_time": instant(now), "expires_at": robot.expires_at,
    });
    let location = api.created(robot.id);
    let mut answer = Answer::json(201, &body);
    if let Some(value) = location.headers.get("location") {
        answer.headers.insert("location", value.clone());
    }
    Ok(answer)
}

/// A secret as the server makes them: 32 letters and digits, of each kind at least one.
fn new_secret(rows: &mut Rows<'_>) -> String {
    loop {
        let drawn = rows.tx.new_secret(32);
        if is_strong(&drawn) {
            return drawn;
        }
    }
}

/// The robot that the path names.
fn named(api: &Api<'_>) -> Result<Robot, Failure> {
    api.require_authenticated()?;
    let id = api.path_id("robot_id")?;
    api.rows
        .row(id)
        .ok_or_else(|| Failure::not_found(format!("robot {id} not found")))
}

fn get(api: &mut Api<'_>) -> Reply {
    let robot = named(api)?;
    require(api, robot.project_id.map(Some), "read")?;
    Ok(Answer::json(200, &shown(&api.rows, &robot)))
}

fn update(api: &mut Api<'_>) -> Reply {
    let wish: Wish = api.body("robot")?;
    let mut robot = named(api)?;
    let duration = wish.duration.unwrap_or(robot.duration);
    check(api, &wish, duration)?;
    if let Some(id) = robot.project_id
        && project_of(&api.rows, &wish.permissions[0].namespace)?.id != id
    {
        return Err(refused("cannot update the project id of robot"));
    }
    require(api, robot.project_id.map(Some), "update")?;
    if wish.level != robot.level() || wish.name != full_name(&api.rows, &robot) {
        return Err(refused("cannot update the level or name of robot"));
    }
    if duration != robot.duration {
        robot.duration = duration;
        robot.expires_at = expiry(robot.created, duration);
    }
    robot.description = wish.description;
    robot.disabled = wish.disable;
    robot.permissions = resolved(&api.rows, &wish.permissions)?;
    robot.updated = api.rows.tx.now();
    api.rows.save(&robot);
    Ok(done())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SecretWish {
    secret: String,
}

fn refresh_secret(api: &mut Api<'_>) -> Reply {
    let wish: SecretWish = api.body("robotSec")?;
    let mut robot = named(api)?;
    require(api, robot.project_id.map(Some), "update")?;
    let (secret, told_secret) = if wish.secret.is_empty() {
        let secret = new_secret(&mut api.rows);
        (secret.clone(), Some(secret))
    } else if is_strong(&wish.secret) {
        (wish.secret, None)
    } else {
        return Err(refused(
            "the secret must be 8-128, inclusively, characters long with at least 1 uppercase letter, 1 lowercase letter and 1 number",
        ));
    };
    robot.secret = api.rows.tx.hash_secret(&secret);
    robot.updated = api.rows.tx.now();
    api.rows.save(&robot);
    Ok(Answer::json(200, &told(json!({ "secret": told_secret }), &[])))
}

fn delete(api: &mut Api<'_>) -> Reply {
    let robot = named(api)?;
    require(api, robot.project_id.map(Some), "delete")?;
    api.rows.remove::<Robot>(robot.id);
    Ok(done())
}

fn permissions(api: &mut Api<'_>) -> Reply {
    api.require_authenticated()?;
    if !api.caller.user().is_some_and(|user| user.sysadmin) {
        return Err(Failure::forbidden(api.caller.name(&api.rows)));
    }
    let of = |kind| {
        permission::grantable(&api.instance.version, kind)
            .into_iter()
            .map(|(resource, action)| json!({ "resource": resource, "action": action }))
            .collect::<Vec<_>>()
    };
    let body = json!({ "system": of(Kind::System), "project": of(Kind::Project) });
    Ok(Answer::json(200, &body))
}
