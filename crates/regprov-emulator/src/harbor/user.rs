//! People: `/users`.

use jiff::Timestamp;
use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::api::{Api, Reply, done, told};
use super::failure::Failure;
use super::listing::{Keywords, list_by, page};
use super::project_member::Member;
use super::route::{Route, route};
use super::rows::{Row, Rows};
use super::{configuration, instant, project_member};
use crate::answer::Answer;
use crate::seal::SecretHash;

/// A person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct User {
    pub(super) id: u64,
    #[serde(rename = "name")]
    pub(super) username: String,
    pub(super) email: String,
    pub(super) realname: String,
    pub(super) comment: String,
    pub(super) sysadmin: bool,
    pub(super) password: SecretHash,
    pub(super) cli_secret: Option<SecretHash>,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
}

impl Row for User {
    const TABLE: &'static str = "harbor/users";

    fn id(&self) -> u64 {
        self.id
    }
}

impl User {
    /// Whether a secret is the one that the person uses for docker.
    pub(super) fn has_cli_secret(&self, secret: &str) -> bool {
        self.cli_secret.as_ref().is_some_and(|kept| kept.matches(secret))
    }
}

/// A person to be.
pub(super) struct NewUser<'a> {
    pub(super) username: &'a str,
    pub(super) email: &'a str,
    pub(super) realname: &'a str,
    pub(super) comment: &'a str,
    pub(super) sysadmin: bool,
}

/// Adds a person.
pub(super) fn add(rows: &mut Rows<'_>, new: &NewUser<'_>, password: &str) -> User {
    let now = rows.tx.now();
    let user = User {
        id: rows.new_id::<User>(),
        username: new.username.to_owned(),
        email: new.email.to_owned(),
        realname: new.realname.to_owned(),
        comment: new.comment.to_owned(),
        sysadmin: new.sysadmin,
        password: rows.tx.hash_secret(password),
        cli_secret: None,
        created: now,
        updated: now,
    };
    rows.save(&user);
    user
}

/// Deletes a person and their memberships.
pub(super) fn remove(rows: &mut Rows<'_>, id: u64) -> bool {
    rows.remove_all::<Member>(|member| member.entity == project_member::Entity::User(id));
    rows.remove::<User>(id)
}

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/users", list),
    route("POST", "/users", create),
    route("GET", "/users/current", current),
    route("GET", "/users/current/permissions", permissions),
    route("GET", "/users/search", search),
    route("GET", "/users/{user_id}", get),
    route("PUT", "/users/{user_id}", update),
    route("DELETE", "/users/{user_id}", delete),
    route("PUT", "/users/{user_id}/sysadmin", set_sysadmin),
    route("PUT", "/users/{user_id}/password", set_password),
    route("PUT", "/users/{user_id}/cli_secret", set_cli_secret),
];

fn shown(user: &User) -> Value {
    told(
        json!({
            "user_id": user.id, "username": user.username, "email": user.email, "realname": user.realname,
            "comment": user.comment, "sysadmin_flag": user.sysadmin, "admin_role_in_auth": false,
            "creation_time": instant(user.created), "update_time": instant(user.updated),
        }),
        &["admin_role_in_auth", "sysadmin_flag"],
    )
}

fn list(api: &mut Api<'_>) -> Reply {
    api.require_system("user", "list")?;
    let mut keywords = Keywords::of(api)?;
    for name in ["username", "email"] {
        keywords.fuzzy(name, api.call.query(name));
    }
    // The initial administrator is nobody's to manage, and is not listed.
    let users = api.rows.all::<User>();
    let rows = users.iter().filter(|user| user.id != 1).map(shown).collect();
    list_by(api, rows, &keywords)
}

fn search(api: &mut Api<'_>) -> Reply {
    api.require_authenticated()?;
    let Some(part) = api.call.query("username").filter(|part| !part.is_empty()) else {
        return Err(Failure::invalid("username in query is required"));
    };
    let part = part.to_lowercase();
    let found: Vec<Value> = api
        .rows
        .all::<User>()
        .iter()
        .filter(|user| user.id != 1 && user.username.to_lowercase().contains(&part))
        .map(|user| json!({ "user_id": user.id, "username": user.username }))
        .collect();
    page(api, &found)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wish {
    username: String,
    email: String,
    realname: String,
    comment: String,
    password: String,
}

fn create(api: &mut Api<'_>) -> Reply {
    let wish: Wish = api.body("userReq")?;
    let mode = configuration::text(&api.rows, "auth_mode");
    if mode != "db_auth" {
        return Err(Failure::forbidden(format!(
            "creating local user is not allowed under auth mode: {mode}"
        )));
    }
    let allowed = api.require_system("user", "create");
    if allowed.is_err() && configuration::flag(&api.rows, "self_registration") {
        return Err(Failure::forbidden(
            "self-registration cannot be triggered via API",
        ));
    }
    allowed?;
    check_secret(&wish.password)?;
    check_profile(&wish)?;
    check_name(&wish.username, "username")?;
    let taken = api
        .rows
        .find::<User>(|user| user.username == wish.username || user.email == wish.email);
    if taken.is_some() {
        return Err(Failure::conflict(format!(
            "user {} or email {} already exists",
            wish.username, wish.email
        )));
    }
    let new = NewUser {
        username: &wish.username,
        email: &wish.email,
        realname: &wish.realname,
        comment: &wish.comment,
        sysadmin: false,
    };
    let user = add(&mut api.rows, &new, &wish.password);
    Ok(api.created(user.id))
}

/// Whether a password or secret is long and mixed enough.
pub(super) fn is_strong(secret: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| secret.as_bytes().iter().any(kind);
    (8..=128).contains(&secret.len())
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_digit)
}

fn check_secret(secret: &str) -> Result<(), Failure> {
    if is_strong(secret) {
        return Ok(());
    }
    Err(Failure::bad_request(
        "the password or secret must be 8-128, inclusively, characters long with at least 1 uppercase letter, 1 lowercase letter and 1 number",
    ))
}

fn check_profile(wish: &Wish) -> Result<(), Failure> {
    let refused = |message: &str| Err(Failure::bad_request(message));
    if wish.email.is_empty() {
        return refused("email can't be empty");
    }
    let form =
        Regex::new(r#"^[^<>()\[\]\\.,;:\s@"]+(\.[^<>()\[\]\\.,;:\s@"]+)*@([a-zA-Z0-9-]+\.)+[a-zA-Z]{2,}$"#)
            .expect("the pattern is fixed");
    if !form.is_match(&wish.email) {
        return refused("email with illegal format");
    }
    check_name(&wish.realname, "realname")?;
    if wish.comment.chars().count() > 30 {
        return refused("comment with illegal length");
    }
    Ok(())
}

fn check_name(name: &str, what: &str) -> Result<(), Failure> {
    if !(1..=255).contains(&name.len()) {
        return Err(Failure::bad_request(format!("{what} with illegal length")));
    }
    if name.contains([',', '"', '~', '#', '%', '$']) {
        return Err(Failure::bad_request(format!(
            "{what} contains illegal characters"
        )));
    }
    Ok(())
}

/// The person that the path names.
fn named(api: &Api<'_>) -> Result<User, Failure> {
    let id = api.path_id("user_id")?;
    api.rows
        .row(id)
        .ok_or_else(|| Failure::not_found(format!("user {id} not found")))
}

fn is_self(api: &Api<'_>, id: u64) -> bool {
    api.caller.user().is_some_and(|user| user.id == id)
}

fn current(api: &mut Api<'_>) -> Reply {
    api.require_authenticated()?;
    match api.caller.user() {
        Some(user) => Ok(Answer::json(200, &shown(user))),
        None => Err(Failure::precondition(
            "get current user not available for security context: robot",
        )),
    }
}

fn permissions(api: &mut Api<'_>) -> Reply {
    api.require_authenticated()?;
    let scope = api.call.query("scope").unwrap_or_default().to_owned();
    let relative = api.flag("relative")?.unwrap_or(false);
    let project = scope
        .strip_prefix("/project/")
        .and_then(|id| id.parse::<u64>().ok());
    let kind = match (scope.as_str(), project) {
        ("/system", _) => super::permission::Kind::System,
        (_, Some(_)) => super::permission::Kind::Project,
        _ => return Ok(Answer::json(200, &json!([]))),
    };
    let held: Vec<Value> = super::permission::grantable(&api.instance.version, kind)
        .into_iter()
        .filter(|(resource, action)| match project {
            Some(id) => api.may_project(id, resource, action),
            None => api.may_system(resource, action),
        })
        .map(|(resource, action)| {
            let resource = if relative {
                resource.to_owned()
            } else {
                format!("{scope}/{resource}")
            };
            json!({ "resource": resource, "action": action })
        })
        .collect();
    Ok(Answer::json(200, &held))
}

fn get(api: &mut Api<'_>) -> Reply {
    let id = api.path_id("user_id")?;
    if !is_self(api, id) {
        api.require_system("user", "read")?;
    }
    Ok(Answer::json(200, &shown(&named(api)?)))
}

fn require_modifiable(api: &Api<'_>, id: u64) -> Result<(), Failure> {
    if configuration::text(&api.rows, "auth_mode") == "db_auth" {
        if is_self(api, id) {
            return Ok(());
        }
    } else if id != 1 {
        return Err(Failure::forbidden(format!("User with ID {id} can't be updated")));
    }
    api.require_system("user", "update")
}

fn update(api: &mut Api<'_>) -> Reply {
    let wish: Wish = api.body("profile")?;
    require_modifiable(api, api.path_id("user_id")?)?;
    check_profile(&wish)?;
    let mut user = named(api)?;
    let taken = api
        .rows
        .find::<User>(|other| other.email == wish.email && other.id != user.id);
    if taken.is_some() {
        return Err(Failure::conflict("a user with the same email already exists"));
    }
    (user.email, user.realname, user.comment) = (wish.email, wish.realname, wish.comment);
    user.updated = api.rows.tx.now();
    api.rows.save(&user);
    Ok(done())
}

fn delete(api: &mut Api<'_>) -> Reply {
    let id = api.path_id("user_id")?;
    api.require_system("user", "delete")?;
    if is_self(api, id) || id == 1 {
        return Err(Failure::forbidden(format!("User with ID {id} cannot be deleted")));
    }
    named(api)?;
    remove(&mut api.rows, id);
    Ok(done())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SysadminWish {
    sysadmin_flag: bool,
}

fn set_sysadmin(api: &mut Api<'_>) -> Reply {
    let wish: SysadminWish = api.body("sysadmin_flag")?;
    api.require_system("user", "update")?;
    let mut user = named(api)?;
    user.sysadmin = wish.sysadmin_flag;
    user.updated = api.rows.tx.now();
    api.rows.save(&user);
    Ok(done())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PasswordWish {
    old_password: String,
    new_password: String,
}

fn set_password(api: &mut Api<'_>) -> Reply {
    let wish: PasswordWish = api.body("password")?;
    let id = api.path_id("user_id")?;
    require_modifiable(api, id)?;
    if api
        .caller
        .user()
        .is_some_and(|user| user.id == id && !user.password.matches(&wish.old_password))
    {
        return Err(Failure::forbidden("Current password is incorrect"));
    }
    check_secret(&wish.new_password)?;
    let mut user = named(api)?;
    if user.password.matches(&wish.new_password) {
        return Err(Failure::bad_request("New password is identical to old password"));
    }
    user.password = api.rows.tx.hash_secret(&wish.new_password);
    user.updated = api.rows.tx.now();
    api.rows.save(&user);
    Ok(done())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SecretWish {
    secret: String,
}

fn set_cli_secret(api: &mut Api<'_>) -> Reply {
    let wish: SecretWish = api.body("secret")?;
    let id = api.path_id("user_id")?;
    let mode = configuration::text(&api.rows, "auth_mode");
    if mode != "oidc_auth" {
        return Err(Failure::precondition(format!(
            "unable to update CLI secret under authmode: {mode}"
        )));
    }
    if !is_self(api, id) {
        api.require_system("user", "update")?;
    }
    let mut user = named(api)?;
    let secret = if wish.secret.is_empty() {
        format!("Aa1{}", api.rows.tx.new_secret(29))
    } else {
        wish.secret
    };
    check_secret(&secret)?;
    user.cli_secret = Some(api.rows.tx.hash_secret(&secret));
    api.rows.save(&user);
    Ok(done())
}
