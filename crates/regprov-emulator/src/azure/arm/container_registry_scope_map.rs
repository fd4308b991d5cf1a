//! Scope maps: named sets of rights to repositories.

use serde_json::{Value, json};

use super::container_registry_child::{Child, Write};
use super::context::{Arm, invalid};
use super::fields;
use super::resource::Resource;
use crate::answer::Answer;
use crate::clock;

const VERBS: [&str; 5] = [
    "content/read",
    "content/write",
    "content/delete",
    "metadata/read",
    "metadata/write",
];

/// The maps that every registry has, and the verbs that each gives on all repositories.
const BUILT_IN: [(&str, &str, &[&str]); 5] = [
    (
        "_repositories_pull",
        "Can pull any repository of the registry",
        &["content/read"],
    ),
    (
        "_repositories_push",
        "Can push to any repository of the registry",
        &["content/read", "content/write"],
    ),
    (
        "_repositories_admin",
        "Can perform all read, write and delete operations on the registry",
        &[
            "metadata/read",
            "metadata/write",
            "content/read",
            "content/write",
            "content/delete",
        ],
    ),
    (
        "_repositories_pull_metadata_read",
        "Can pull any repository and read its metadata",
        &["content/read", "metadata/read"],
    ),
    (
        "_repositories_push_metadata_write",
        "Can push to any repository and write its metadata",
        &["metadata/read", "metadata/write", "content/read", "content/write"],
    ),
];

/// The longest list of actions.
const LIMIT: usize = 500;

/// A repository pattern and a verb out of an action; `None` when it is not well-formed.
pub(crate) fn parse_action(action: &str) -> Option<(&str, &'static str)> {
    let rest = action.strip_prefix("repositories/")?;
    let verb = VERBS.iter().find(|verb| rest.ends_with(&format!("/{verb}")))?;
    let repository = &rest[..rest.len() - verb.len() - 1];
    let stars = repository.matches('*').count();
    let well_placed = stars == 0 || (stars == 1 && (repository == "*" || repository.ends_with("/*")));
    (!repository.is_empty() && well_placed).then_some((repository, verb))
}

/// Whether a repository pattern covers a repository.
pub(crate) fn covers(pattern: &str, repository: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some("") => true,
        Some(prefix) => repository.starts_with(prefix),
        None => pattern == repository,
    }
}

/// The actions of a scope map, own or built in.
pub(crate) fn actions_of(part: Option<&Resource>, name: &str) -> Vec<String> {
    if let Some(part) = part {
        let actions = part.properties.get("actions").and_then(Value::as_array);
        return actions
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
    }
    let found = BUILT_IN
        .iter()
        .find(|(built_in, _, _)| built_in.eq_ignore_ascii_case(name));
    let verbs = found.map_or(&[][..], |(_, _, verbs)| verbs);
    verbs
        .iter()
        .map(|verb| format!("repositories/*/{verb}"))
        .collect()
}

/// Applies a write.
pub(super) fn apply(arm: &mut Arm<'_>, part: &mut Resource, write: &Write<'_>) -> Result<(), Answer> {
    let given = &write.properties;
    fields::check(
        given,
        "properties",
        &["description", "actions"],
        &["type", "creationDate", "provisioningState"],
    )?;
    match fields::texts(given, "actions")? {
        Some(actions) => {
            check(&actions)?;
            part.properties.insert("actions".into(), json!(actions));
        }
        None if write.partial => {}
        None => {
            return Err(invalid(
                "InvalidRequestContent",
                "The required property 'actions' is missing.",
            ));
        }
    }
    match fields::text(given, "description")? {
        Some(text) if text.len() > 256 => {
            return Err(invalid(
                "InvalidParameter",
                "The description may have at most 256 characters.",
            ));
        }
        Some(text) => drop(part.properties.insert("description".into(), text.into())),
        None if write.partial => {}
        None => drop(part.properties.remove("description")),
    }
    part.properties.insert("type".into(), "UserDefined".into());
    let created = clock::ticks(part.created_at);
    part.properties.insert("creationDate".into(), created.into());
    let _ = arm;
    Ok(())
}

fn check(actions: &[String]) -> Result<(), Answer> {
    if actions.is_empty() || actions.len() > LIMIT {
        let message = format!("A scope map has between 1 and {LIMIT} actions.");
        return Err(invalid("InvalidScopeMapActions", &message));
    }
    if let Some(action) = actions.iter().find(|action| action.starts_with("gateway/")) {
        return Err(Answer::unsupported(&format!(
            "the action '{action}' of connected registries"
        )));
    }
    match actions.iter().find(|action| parse_action(action).is_none()) {
        Some(action) => {
            let message = format!(
                "The action '{action}' is not valid. An action is 'repositories/{{name}}/{{verb}}' with one of the verbs \
                 {}; a wildcard may only be the whole name or its last part.",
                VERBS.join(", ")
            );
            Err(invalid("InvalidScopeMapActions", &message))
        }
        None => Ok(()),
    }
}

/// The maps that the service itself has put into a registry.
pub(super) fn built_in(registry: &Resource) -> Vec<Value> {
    BUILT_IN
        .iter()
        .map(|(name, description, verbs)| {
            let actions: Vec<String> = verbs
                .iter()
                .map(|verb| format!("repositories/*/{verb}"))
                .collect();
            json!({
                "type": "Microsoft.ContainerRegistry/registries/scopeMaps",
                "id": format!("{}/scopeMaps/{name}", registry.id),
                "name": name,
                "properties": {
                    "description": description, "type": "SystemDefined", "actions": actions,
                    "creationDate": clock::ticks(registry.created_at), "provisioningState": "Succeeded",
                },
            })
        })
        .collect()
}

/// Whether a registry has a scope map of this name, own or built in.
pub(super) fn exists(arm: &Arm<'_>, registry: &Resource, name: &str) -> bool {
    Child::ScopeMap.named(arm.tx, registry, name).is_some()
        || BUILT_IN
            .iter()
            .any(|(built_in, _, _)| built_in.eq_ignore_ascii_case(name))
}

/// Refuses to delete a map that a token uses.
pub(super) fn check_deletable(arm: &Arm<'_>, registry: &Resource, part: &Resource) -> Result<(), Answer> {
    let user = Child::Token
        .of(arm.tx, registry)
        .into_iter()
        .find(|token| token.text("scopeMapId").eq_ignore_ascii_case(&part.id));
    match user {
        Some(token) => {
            let message = format!(
                "The scope map '{}' is in use by the token '{}' and cannot be deleted.",
                part.name, token.name
            );
            Err(Answer::arm_error(409, "ScopeMapInUse", &message))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{covers, parse_action};

    #[test]
    fn an_action_is_a_repository_and_a_verb() {
        assert_eq!(
            parse_action("repositories/a/b/content/read"),
            Some(("a/b", "content/read"))
        );
        assert_eq!(
            parse_action("repositories/a/*/metadata/write"),
            Some(("a/*", "metadata/write"))
        );
        for bad in [
            "repositories/a/*/b/content/read",
            "repositories/a*/content/read",
            "repositories/a/content/own",
        ] {
            assert_eq!(parse_action(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_wildcard_covers_what_is_below_its_prefix() {
        assert!(covers("*", "a") && covers("a/*", "a/b/c") && covers("a", "a"));
        assert!(!covers("a/*", "ab") && !covers("a", "a/b"));
    }
}
