//! Repositories, over the routes of namespaces and over the older ones.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::caller::Caller;
use super::context::{Hub, Reply, instant};
use super::failure::{absent, denied, invalid, refuse, unauthenticated, unknown};
use super::rights::{self, Level};
use super::{account, page, registry, repository_team, tags};
use crate::answer::Answer;
use crate::store::Transaction;

/// Repositories by namespace and name.
const REPOSITORIES: &str = "dockerhub/repositories";
/// The rule where none is given: every tag.
const EVERYTHING: &str = ".*";
/// The orders of lists.
const ORDERINGS: [&str; 6] = [
    "name",
    "-name",
    "last_updated",
    "-last_updated",
    "pull_count",
    "-pull_count",
];

/// A repository.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Repository {
    pub(super) namespace: String,
    pub(super) name: String,
    description: String,
    full_description: String,
    pub(super) private: bool,
    immutable: bool,
    rules: Vec<String>,
    pub(super) pulls: u64,
    registered: Timestamp,
    updated: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    name: String,
    namespace: Option<String>,
    description: Option<String>,
    full_description: Option<String>,
    registry: Option<String>,
    #[serde(default)]
    is_private: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    description: Option<String>,
    full_description: Option<String>,
    immutable_tags: Option<bool>,
    immutable_tags_rules: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Immutable {
    immutable_tags: bool,
    immutable_tags_rules: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Verify {
    regex: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Privacy {
    is_private: bool,
}

impl Repository {
    /// Whether a tag may not be moved once it is there.
    pub(super) fn is_immutable(&self, tag: &str) -> bool {
        let matches = |rule: &String| {
            regex::Regex::new(&format!("^(?:{rule})$")).is_ok_and(|regex| regex.is_match(tag))
        };
        self.immutable && self.rules.iter().any(matches)
    }
}

/// The repository of a name.
pub(super) fn get(tx: &Transaction, namespace: &str, name: &str) -> Option<Repository> {
    tx.get(REPOSITORIES, &format!("{namespace}/{name}"))
}

pub(super) fn save(tx: &mut Transaction, repository: &Repository) {
    let key = format!("{}/{}", repository.namespace, repository.name);
    tx.put(REPOSITORIES, &key, repository);
}

/// Notes a push. The first one to a name makes the repository, as public or private as the namespace has it.
pub(super) fn pushed(tx: &mut Transaction, namespace: &str, name: &str) {
    let mut repository = get(tx, namespace, name).unwrap_or_else(|| fresh(tx, namespace, name));
    repository.updated = Some(tx.now());
    save(tx, &repository);
}

pub(super) fn fresh(tx: &Transaction, namespace: &str, name: &str) -> Repository {
    Repository {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        description: String::new(),
        full_description: String::new(),
        private: false,
        immutable: false,
        rules: vec![EVERYTHING.to_owned()],
        pulls: 0,
        registered: tx.now(),
        updated: None,
    }
}

/// The routes of namespaces.
pub(super) fn handle(hub: &mut Hub<'_>, namespace: &str, rest: &[&str]) -> Reply {
    let namespace = namespace.to_lowercase();
    match (hub.call.method.as_str(), rest) {
        ("GET", []) => list(hub, &namespace),
        ("POST", []) => create(hub, &namespace),
        ("GET", [name]) => read(hub, &namespace, name),
        ("HEAD", [name]) => read(hub, &namespace, name).map(|_| Answer::empty(200)),
        ("PATCH", [name]) => change(hub, &namespace, name),
        ("DELETE", [name]) => delete(hub, &namespace, name),
        ("PATCH", [name, "immutabletags"]) => immutable(hub, &namespace, name),
        ("POST", [name, "immutabletags", "verify"]) => verify(hub, &namespace, name),
        ("POST", [name, "privacy"]) => privacy(hub, &namespace, name),
        (_, [name, "tags", rest @ ..]) => {
            let repository = readable(hub, &namespace, name)?;
            tags::handle(hub, &repository, rest)
        }
        (_, [name, "groups", rest @ ..]) => groups(hub, (&namespace, name), rest),
        _ => Err(unknown(hub.call)),
    }
}

/// The older routes.
pub(super) fn handle_legacy(hub: &mut Hub<'_>, namespace: &str, rest: &[&str]) -> Reply {
    let routed = match rest {
        [] => hub.call.method == "GET",
        [_] => matches!(hub.call.method.as_str(), "GET" | "HEAD" | "PATCH" | "DELETE"),
        [_, "privacy"] | [_, "tags" | "groups", ..] => true,
        _ => false,
    };
    if routed {
        handle(hub, namespace, rest)
    } else {
        Err(unknown(hub.call))
    }
}

fn groups(hub: &mut Hub<'_>, (namespace, name): (&str, &str), rest: &[&str]) -> Reply {
    let repository = readable(hub, namespace, name)?;
    let organization =
        account::organization(hub.tx, namespace).ok_or_else(|| absent(&json!({ "namespace": namespace })))?;
    let scope = if hub.call.method == "GET" {
        "scope-repo-group-read"
    } else {
        "scope-repo-group-admin"
    };
    at_least(hub, (namespace, name), Level::Admin, scope)?;
    repository_team::handle(hub, &organization, (&repository, rest))
}

/// The repository, where the caller may look at it. Who may not is told that it is not there.
fn readable(hub: &Hub<'_>, namespace: &str, name: &str) -> Result<Repository, Answer> {
    let known = get(hub.tx, namespace, name);
    known
        .filter(|_| {
            rights::on(hub.tx, &hub.caller, (namespace, name)) >= Level::Read
                || holds(hub, (namespace, name), "scope-repository-read")
        })
        .ok_or_else(|| absent(&json!({ "namespace": namespace, "repository": name })))
}

fn holds(hub: &Hub<'_>, place: (&str, &str), scope: &str) -> bool {
    matches!(&hub.caller, Caller::Organization(token) if token.may(place, false, scope))
}

/// Refuses who may do less; an organization's token needs a scope.
fn at_least(hub: &Hub<'_>, place: (&str, &str), level: Level, scope: &str) -> Result<(), Answer> {
    let enough = match &hub.caller {
        Caller::Anonymous => return Err(unauthenticated()),
        Caller::Organization(_) => holds(hub, place, scope),
        Caller::Password(_) | Caller::Personal(_) => rights::on(hub.tx, &hub.caller, place) >= level,
    };
    if enough {
        return Ok(());
    }
    Err(match &hub.caller {
        Caller::Anonymous | Caller::Password(_) => denied("access denied"),
        Caller::Personal(_) | Caller::Organization(_) => denied("access denied: insufficient scope"),
    })
}

fn list(hub: &Hub<'_>, namespace: &str) -> Reply {
    let ordering = hub.call.query("ordering").unwrap_or("-last_updated");
    if !ORDERINGS.contains(&ordering) {
        let text = "Invalid ordering value";
        let long = format!("{text}. Must be one of: {}", ORDERINGS.join(", "));
        return Err(Answer::json(
            400,
            &json!({ "fields": { "ordering": [long] }, "text": text }),
        ));
    }
    exists(hub, namespace)?;
    let wanted = hub.call.query("name").unwrap_or_default().to_lowercase();
    let found: Vec<(String, Repository)> = hub.tx.scan(REPOSITORIES, &format!("{namespace}/"));
    let mut found: Vec<Repository> = found.into_iter().map(|(_, repository)| repository).collect();
    found.retain(|repository| {
        let place = (repository.namespace.as_str(), repository.name.as_str());
        let listed = match &hub.caller {
            Caller::Organization(token) => {
                !repository.private
                    || token.organization == namespace
                        && (token.may(place, false, "scope-repository-list")
                            || token.may_in_organization("scope-repository-list"))
            }
            Caller::Anonymous | Caller::Password(_) | Caller::Personal(_) => {
                rights::on(hub.tx, &hub.caller, place) >= Level::Read
            }
        };
        listed && repository.name.contains(&wanted)
    });
    match ordering.trim_start_matches('-') {
        "name" => found.sort_by(|a, b| a.name.cmp(&b.name)),
        "pull_count" => found.sort_by_key(|repository| repository.pulls),
        _ => found.sort_by_key(|repository| repository.updated),
    }
    if ordering.starts_with('-') {
        found.reverse();
    }
    let rows = found.iter().map(entry).collect();
    Ok(Answer::json(
        200,
        &page::answer(hub.call, page::Style::Usual, rows)?,
    ))
}

fn exists(hub: &Hub<'_>, namespace: &str) -> Result<(), Answer> {
    let known =
        account::user(hub.tx, namespace).is_some() || account::organization(hub.tx, namespace).is_some();
    if known {
        Ok(())
    } else {
        Err(absent(&json!({ "namespace": namespace })))
    }
}

fn is_name(name: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    (2..=255).contains(&name.len())
        && name
            .split(['.', '_', '-'])
            .all(|part| !part.is_empty() && part.chars().all(plain))
}

fn lengths(description: Option<&str>, full_description: Option<&str>) -> Result<(), Answer> {
    for (field, text, most) in [
        ("description", description, 100),
        ("full_description", full_description, 25_000),
    ] {
        if text.is_some_and(|text| text.chars().count() > most) {
            let text = format!("Ensure this field has no more than {most} characters.");
            return Err(invalid(field, &text));
        }
    }
    Ok(())
}

fn create(hub: &mut Hub<'_>, namespace: &str) -> Reply {
    if matches!(hub.caller, Caller::Anonymous) {
        return Err(unauthenticated());
    }
    exists(hub, namespace)?;
    if !rights::may_create(hub.tx, &hub.caller, namespace) {
        return Err(match hub.caller {
            Caller::Personal(_) | Caller::Organization(_) => denied("access denied: insufficient scope"),
            _ => denied("access denied"),
        });
    }
    let new: New = hub.body()?;
    drop(new.registry);
    if new.namespace.is_some_and(|other| other != namespace) {
        return Err(invalid("namespace", "The namespace is not the one of the path."));
    }
    if !is_name(&new.name) {
        return Err(invalid(
            "name",
            "Repository name must be 2 to 255 characters, and only contain lowercase letters, numbers, and single hyphens, \
             underscores or periods between them.",
        ));
    }
    lengths(new.description.as_deref(), new.full_description.as_deref())?;
    if get(hub.tx, namespace, &new.name).is_some() {
        return Err(invalid(
            "name",
            "Repository with this Name and Namespace already exists.",
        ));
    }
    let mut repository = fresh(hub.tx, namespace, &new.name);
    repository.description = new.description.unwrap_or_default();
    repository.full_description = new.full_description.unwrap_or_default();
    if new.is_private {
        check_private(hub.tx, namespace)?;
        repository.private = true;
    }
    save(hub.tx, &repository);
    Ok(Answer::json(201, &body(hub, &repository)))
}

/// Refuses one private repository more than the plan has.
fn check_private(tx: &Transaction, namespace: &str) -> Result<(), Answer> {
    let plan = match (account::user(tx, namespace), account::organization(tx, namespace)) {
        (Some(user), _) => user.plan,
        (None, Some(organization)) => organization.plan,
        (None, None) => return Ok(()),
    };
    let most = match plan.as_str() {
        "personal" => 1,
        "free" => 0,
        _ => return Ok(()),
    };
    let held: Vec<(String, Repository)> = tx.scan(REPOSITORIES, &format!("{namespace}/"));
    if held.iter().filter(|(_, repository)| repository.private).count() < most {
        return Ok(());
    }
    Err(refuse(
        402,
        "You have reached the limit of private repositories of your plan",
    ))
}

fn read(hub: &Hub<'_>, namespace: &str, name: &str) -> Reply {
    let repository = readable(hub, namespace, name)?;
    Ok(Answer::json(200, &body(hub, &repository)))
}

fn change(hub: &mut Hub<'_>, namespace: &str, name: &str) -> Reply {
    let mut repository = readable(hub, namespace, name)?;
    let change: Change = hub.body()?;
    at_least(hub, (namespace, name), Level::Admin, "scope-repository-edit")?;
    lengths(change.description.as_deref(), change.full_description.as_deref())?;
    if let Some(text) = change.description {
        repository.description = text;
    }
    if let Some(text) = change.full_description {
        repository.full_description = text;
    }
    if let Some(rules) = change.immutable_tags_rules {
        let rules: Vec<String> = rules
            .split(',')
            .filter(|rule| !rule.is_empty())
            .map(str::to_owned)
            .collect();
        repository.rules = checked_rules(rules)?;
    }
    if let Some(immutable) = change.immutable_tags {
        repository.immutable = immutable;
    }
    save(hub.tx, &repository);
    Ok(Answer::json(200, &body(hub, &repository)))
}

fn checked_rules(rules: Vec<String>) -> Result<Vec<String>, Answer> {
    if rules.is_empty() {
        return Ok(vec![EVERYTHING.to_owned()]);
    }
    match rules.iter().find(|rule| regex::Regex::new(rule).is_err()) {
        Some(wrong) => Err(invalid(
            "immutable_tags_rules",
            &format!("{wrong} is not a valid regular expression"),
        )),
        None => Ok(rules),
    }
}

fn immutable(hub: &mut Hub<'_>, namespace: &str, name: &str) -> Reply {
    let mut repository = readable(hub, namespace, name)?;
    let asked: Immutable = hub.body()?;
    at_least(
        hub,
        (namespace, name),
        Level::Admin,
        "scope-repository-settings-admin",
    )?;
    repository.immutable = asked.immutable_tags;
    repository.rules = checked_rules(asked.immutable_tags_rules)?;
    save(hub.tx, &repository);
    Ok(Answer::json(200, &body(hub, &repository)))
}

fn verify(hub: &Hub<'_>, namespace: &str, name: &str) -> Reply {
    let repository = readable(hub, namespace, name)?;
    let asked: Verify = hub.body()?;
    let regex = regex::Regex::new(&format!("^(?:{})$", asked.regex))
        .map_err(|_| invalid("regex", "is not a valid regular expression"))?;
    let mut tags = tags::names(hub.tx, &repository);
    tags.retain(|tag| regex.is_match(tag));
    Ok(Answer::json(200, &json!({ "tags": tags })))
}

fn privacy(hub: &mut Hub<'_>, namespace: &str, name: &str) -> Reply {
    let mut repository = readable(hub, namespace, name)?;
    let asked: Privacy = hub.body()?;
    at_least(hub, (namespace, name), Level::Admin, "scope-repository-edit")?;
    if asked.is_private && !repository.private {
        check_private(hub.tx, namespace)?;
    }
    repository.private = asked.is_private;
    save(hub.tx, &repository);
    Ok(Answer::json(200, &json!({})))
}

fn delete(hub: &mut Hub<'_>, namespace: &str, name: &str) -> Reply {
    let repository = readable(hub, namespace, name)?;
    at_least(hub, (namespace, name), Level::Admin, "scope-repository-admin")?;
    hub.tx.delete(REPOSITORIES, &format!("{namespace}/{name}"));
    repository_team::forget_repository(hub.tx, namespace, name);
    registry::forget(hub.tx, &repository);
    Ok(Answer::json(202, &json!({})))
}

fn entry(repository: &Repository) -> Value {
    json!({
        "name": repository.name, "namespace": repository.namespace, "repository_type": "image", "status": 1,
        "status_description": "active", "description": repository.description, "is_private": repository.private,
        "star_count": 0, "pull_count": repository.pulls, "last_updated": instant(repository.updated.unwrap_or(repository.registered)),
        "last_modified": instant(repository.updated.unwrap_or(repository.registered)),
        "date_registered": instant(repository.registered), "affiliation": "", "media_types": [], "content_types": [],
        "categories": [], "storage_size": 0,
    })
}

fn body(hub: &Hub<'_>, repository: &Repository) -> Value {
    let place = (repository.namespace.as_str(), repository.name.as_str());
    let level = rights::on(hub.tx, &hub.caller, place);
    let full = Some(repository.full_description.as_str()).filter(|text| !text.is_empty());
    let owner = level == Level::Admin;
    let mut body = entry(repository);
    let more = json!({
        "user": repository.namespace, "is_automated": false, "collaborator_count": 0,
        "affiliation": if owner { "owner" } else { "" }, "hub_user": hub.caller.user(), "has_starred": false,
        "full_description": full, "source": null,
        "permissions": { "read": level >= Level::Read, "write": level >= Level::Write, "admin": owner },
        "immutable_tags_settings": { "enabled": repository.immutable, "rules": repository.rules },
    });
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    body
}
