//! Members of projects: `/projects/{project}/members`.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::api::{Api, Reply, done};
use super::configuration;
use super::failure::Failure;
use super::listing::page;
use super::permission::role_name;
use super::project::{Project, admit};
use super::route::{Route, route};
use super::rows::{Row, Rows};
use super::user::User;
use super::user_group::{self, UserGroup};
use crate::answer::Answer;

/// Who is a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Entity {
    User(u64),
    Group(u64),
}

/// A membership.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Member {
    pub(super) id: u64,
    pub(super) project_id: u64,
    pub(super) entity: Entity,
    pub(super) role: u8,
}

impl Row for Member {
    const TABLE: &'static str = "harbor/project_members";

    fn id(&self) -> u64 {
        self.id
    }
}

/// The roles that a person has in a project.
pub(super) fn roles(rows: &Rows<'_>, project: u64, user: &User) -> Vec<u8> {
    rows.all::<Member>()
        .into_iter()
        .filter(|member| member.project_id == project && member.entity == Entity::User(user.id))
        .map(|member| member.role)
        .collect()
}

/// Adds a membership; answers its id.
pub(super) fn add(rows: &mut Rows<'_>, project_id: u64, entity: Entity, role: u8) -> u64 {
    let id = rows.new_id::<Member>();
    let member = Member {
        id,
        project_id,
        entity,
        role,
    };
    rows.save(&member);
    id
}

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/projects/{project}/members", list),
    route("POST", "/projects/{project}/members", create),
    route("GET", "/projects/{project}/members/{mid}", get),
    route("PUT", "/projects/{project}/members/{mid}", update),
    route("DELETE", "/projects/{project}/members/{mid}", delete),
];

fn entity_name(rows: &Rows<'_>, entity: Entity) -> String {
    match entity {
        Entity::User(id) => rows.row::<User>(id).map(|user| user.username),
        Entity::Group(id) => rows.row::<UserGroup>(id).map(|group| group.name),
    }
    .unwrap_or_default()
}

fn shown(rows: &Rows<'_>, member: &Member) -> Value {
    let (kind, entity_id) = match member.entity {
        Entity::User(id) => ("u", id),
        Entity::Group(id) => ("g", id),
    };
    json!({
        "id": member.id, "project_id": member.project_id, "entity_name": entity_name(rows, member.entity),
        "role_name": role_name(member.role), "role_id": member.role, "entity_id": entity_id, "entity_type": kind,
    })
}

fn list(api: &mut Api<'_>) -> Reply {
    let project = admit(api, "member", "list")?;
    let part = api.call.query("entityname").unwrap_or_default().to_lowercase();
    let rows: Vec<Value> = api
        .rows
        .all::<Member>()
        .iter()
        .filter(|member| member.project_id == project.id)
        .filter(|member| {
            entity_name(&api.rows, member.entity)
                .to_lowercase()
                .contains(&part)
        })
        .map(|member| shown(&api.rows, member))
        .collect();
    page(api, &rows)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wish {
    role_id: i64,
    member_user: UserWish,
    member_group: GroupWish,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct UserWish {
    user_id: i64,
    username: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct GroupWish {
    id: i64,
    group_name: String,
    group_type: i64,
    ldap_group_dn: String,
}

fn create(api: &mut Api<'_>) -> Reply {
    let wish: Wish = api.body("projectMember")?;
    let project = admit(api, "member", "create")?;
    let entity = entity(api, &wish)?;
    let known = api
        .rows
        .find::<Member>(|member| member.project_id == project.id && member.entity == entity);
    if known.is_some() {
        return Err(Failure::conflict("The project member specified already exist"));
    }
    let id = add(&mut api.rows, project.id, entity, role(wish.role_id)?);
    Ok(api.created(id))
}

fn role(id: i64) -> Result<u8, Failure> {
    match u8::try_from(id) {
        Ok(role @ 1..=5) => Ok(role),
        _ => Err(Failure::bad_request(
            "Failed to update project member, role is not in 1,2,3",
        )),
    }
}

/// Whom a wish means. Where a directory stands behind Harbor, people and groups that it knows are taken in.
fn entity(api: &mut Api<'_>, wish: &Wish) -> Result<Entity, Failure> {
    let (user, group) = (&wish.member_user, &wish.member_group);
    if let Some(id) = u64::try_from(user.user_id).ok().filter(|id| *id > 0) {
        return match api.rows.row::<User>(id) {
            Some(_) => Ok(Entity::User(id)),
            None => Err(Failure::bad_request(format!(
                "Failed to get user {id}: user {id} not found"
            ))),
        };
    }
    if let Some(id) = u64::try_from(group.id).ok().filter(|id| *id > 0) {
        return match api.rows.row::<UserGroup>(id) {
            Some(_) => Ok(Entity::Group(id)),
            None => Err(Failure::bad_request(format!(
                "Failed to get group {id}: user group with id {id} not found"
            ))),
        };
    }
    if !user.username.is_empty() {
        let name = user.username.clone();
        return match api.rows.find::<User>(|known| known.username == name) {
            Some(user) => Ok(Entity::User(user.id)),
            None => Err(Failure::not_found(format!("user {name} not found"))),
        };
    }
    if !group.ldap_group_dn.is_empty() {
        let dn = group.ldap_group_dn.clone();
        if let Some(known) = api.rows.find::<UserGroup>(|known| known.ldap_group_dn == dn) {
            return Ok(Entity::Group(known.id));
        }
        if !configuration::signs_in_by(&mut api.rows, "ldap_auth") {
            return Err(Failure::internal());
        }
        let name = if group.group_name.is_empty() {
            &dn
        } else {
            &group.group_name
        };
        let id = user_group::add(&mut api.rows, name, 1, &dn);
        return Ok(Entity::Group(id));
    }
    if !group.group_name.is_empty() {
        let (name, kind) = (group.group_name.clone(), group.group_type);
        let known = api
            .rows
            .find::<UserGroup>(|known| known.name == name && i64::from(known.kind) == kind);
        if let Some(known) = known {
            return Ok(Entity::Group(known.id));
        }
        let asked = if kind == 3 { "oidc_auth" } else { "http_auth" };
        let _ = configuration::signs_in_by(&mut api.rows, asked);
        let kind = match configuration::text(&api.rows, "auth_mode").as_str() {
            "oidc_auth" => 3,
            "http_auth" => 2,
            _ => return Err(Failure::internal()),
        };
        let id = user_group::add(&mut api.rows, &name, kind, "");
        return Ok(Entity::Group(id));
    }
    Err(Failure::bad_request(
        "at least one of member_user or member_group must be provided",
    ))
}

/// The membership that the path names.
fn named(api: &Api<'_>, project: &Project) -> Result<Member, Failure> {
    let id = api.path_id("mid")?;
    api.rows
        .row::<Member>(id)
        .filter(|member| member.project_id == project.id)
        .ok_or_else(|| {
            Failure::not_found(format!(
                "the project member is not found, project id {}, member id {id}",
                project.id
            ))
        })
}

fn get(api: &mut Api<'_>) -> Reply {
    let project = admit(api, "member", "read")?;
    let member = named(api, &project)?;
    Ok(Answer::json(200, &shown(&api.rows, &member)))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RoleWish {
    role_id: i64,
}

fn update(api: &mut Api<'_>) -> Reply {
    let project = admit(api, "member", "update")?;
    if api.call.body.is_empty() {
        return Err(Failure::bad_request("role can not be empty"));
    }
    let wish: RoleWish = api.body("role")?;
    let mut member = named(api, &project)?;
    member.role = role(wish.role_id)?;
    api.rows.save(&member);
    Ok(done())
}

fn delete(api: &mut Api<'_>) -> Reply {
    let project = admit(api, "member", "delete")?;
    let member = named(api, &project)?;
    api.rows.remove::<Member>(member.id);
    Ok(done())
}
