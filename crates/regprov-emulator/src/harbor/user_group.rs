//! Groups of people, as a directory behind Harbor knows them: `/usergroups`.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::api::{Api, Reply, done, told};
use super::configuration;
use super::failure::Failure;
use super::listing::page;
use super::project_member::{Entity, Member};
use super::route::{Route, route};
use super::rows::{Row, Rows};
use crate::answer::Answer;

/// A group.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct UserGroup {
    pub(super) id: u64,
    pub(super) name: String,
    /// 1 LDAP, 2 HTTP, 3 OIDC.
    pub(super) kind: u8,
    pub(super) ldap_group_dn: String,
}

impl Row for UserGroup {
    const TABLE: &'static str = "harbor/user_groups";

    fn id(&self) -> u64 {
        self.id
    }
}

/// Adds a group; answers its id.
pub(super) fn add(rows: &mut Rows<'_>, name: &str, kind: u8, dn: &str) -> u64 {
    let id = rows.new_id::<UserGroup>();
    let group = UserGroup {
        id,
        name: name.to_owned(),
        kind,
        ldap_group_dn: dn.to_owned(),
    };
    rows.save(&group);
    id
}

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/usergroups", list),
    route("POST", "/usergroups", create),
    route("GET", "/usergroups/search", search),
    route("GET", "/usergroups/{group_id}", get),
    route("PUT", "/usergroups/{group_id}", update),
    route("DELETE", "/usergroups/{group_id}", delete),
];

fn shown(group: &UserGroup) -> Value {
    told(
        json!({
            "id": group.id, "group_name": group.name, "group_type": group.kind,
            "ldap_group_dn": group.ldap_group_dn,
        }),
        &[],
    )
}

fn list(api: &mut Api<'_>) -> Reply {
    api.require_system("user-group", "list")?;
    let part = api.call.query("group_name").unwrap_or_default().to_lowercase();
    let dn = api.call.query("ldap_group_dn").unwrap_or_default();
    let (kind, dn) = match configuration::text(&api.rows, "auth_mode").as_str() {
        "ldap_auth" => (Some(1), dn),
        "http_auth" => (Some(2), ""),
        _ => (None, ""),
    };
    let rows: Vec<Value> = api
        .rows
        .all::<UserGroup>()
        .iter()
        .filter(|group| kind.is_none_or(|kind| group.kind == kind))
        .filter(|group| dn.is_empty() || group.ldap_group_dn == dn)
        .filter(|group| group.name.to_lowercase().contains(&part))
        .map(shown)
        .collect();
    page(api, &rows)
}

fn search(api: &mut Api<'_>) -> Reply {
    api.require_authenticated()?;
    let Some(part) = api.call.query("groupname").map(str::to_lowercase) else {
        return Err(Failure::invalid("groupname in query is required"));
    };
    if part.is_empty() {
        return Err(Failure::bad_request(
            "need to provide groupname to search user group",
        ));
    }
    let rows: Vec<Value> = api
        .rows
        .all::<UserGroup>()
        .iter()
        .filter(|group| group.name.to_lowercase().contains(&part))
        .map(|group| json!({ "id": group.id, "group_name": group.name, "group_type": group.kind }))
        .collect();
    page(api, &rows)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wish {
    group_name: String,
    group_type: i64,
    ldap_group_dn: String,
}

fn create(api: &mut Api<'_>) -> Reply {
    let wish: Wish = api.body("usergroup")?;
    api.require_system("user-group", "create")?;
    if wish.group_name.is_empty() {
        return Ok(Answer::empty(400));
    }
    let kind = match u8::try_from(wish.group_type) {
        Ok(kind @ 1..=3) => kind,
        _ => {
            return Err(Failure::bad_request(format!(
                "invalid group type: {}",
                wish.group_type
            )));
        }
    };
    if kind == 1 && !wish.ldap_group_dn.to_lowercase().contains("dc=") {
        return Err(Failure::bad_request(format!(
            "LDAP Group DN is not found: DN:{}",
            wish.ldap_group_dn
        )));
    }
    let taken = api.rows.find::<UserGroup>(|group| {
        group.kind == kind
            && if kind == 1 {
                group.ldap_group_dn == wish.ldap_group_dn
            } else {
                group.name == wish.group_name
            }
    });
    if taken.is_some() {
        return Err(Failure::conflict(format!(
            "duplicate user group, group name:{}, group type: {kind}, ldap group DN: {}",
            wish.group_name, wish.ldap_group_dn
        )));
    }
    let id = add(&mut api.rows, &wish.group_name, kind, &wish.ldap_group_dn);
    Ok(api.created(id))
}

fn named(api: &Api<'_>) -> Result<UserGroup, Failure> {
    let id = api.path_id("group_id")?;
    if id == 0 {
        return Err(Failure::bad_request("the group id should be provided"));
    }
    api.rows
        .row(id)
        .ok_or_else(|| Failure::not_found(format!("user group with id {id} not found")))
}

fn get(api: &mut Api<'_>) -> Reply {
    api.require_system("user-group", "read")?;
    let mut body = shown(&named(api)?);
    // The real server leaves the id out here.
    if let Some(body) = body.as_object_mut() {
        body.remove("id");
    }
    Ok(Answer::json(200, &body))
}

fn update(api: &mut Api<'_>) -> Reply {
    api.require_system("user-group", "update")?;
    let wish: Wish = if api.call.body.is_empty() {
        Wish::default()
    } else {
        api.body("usergroup")?
    };
    if wish.group_name.is_empty() || api.path_id("group_id")? == 0 {
        return Ok(Answer::empty(400));
    }
    let mut group = named(api)?;
    group.name = wish.group_name;
    api.rows.save(&group);
    Ok(done())
}

fn delete(api: &mut Api<'_>) -> Reply {
    api.require_system("user-group", "delete")?;
    let id = api.path_id("group_id")?;
    if id == 0 {
        return Err(Failure::bad_request("the group id should be provided"));
    }
    api.rows
        .remove_all::<Member>(|member| member.entity == Entity::Group(id));
    api.rows.remove::<UserGroup>(id);
    Ok(done())
}
