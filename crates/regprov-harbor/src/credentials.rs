//! Push credentials: a robot account, and the Harbor that it belongs to.

use crate::robot_account::{Permission, RobotAccount};
use regprov_provider::{CredentialObject, Partial, PushCredential, RegistryKind, Resource as _, Rights};
use regprov_schema::Secret;
use std::collections::BTreeSet;

/// The push credentials of the robot accounts that may do something with images.
pub(crate) fn push_credentials(objects: &[CredentialObject<'_>]) -> Vec<PushCredential> {
    let robots = objects
        .iter()
        .filter(|object| object.resource_type == RobotAccount::TYPE);
    robots.filter_map(push_credential).collect()
}

fn push_credential(object: &CredentialObject<'_>) -> Option<PushCredential> {
    let host = object.registry?;
    let value = Partial(object.value);
    let username = value.text("full_name")?;
    // An account that was imported, or whose secret is stored nowhere, has none here.
    let secret = value.text("secret").filter(|secret| !secret.is_empty());
    let permissions = permissions(object)?;
    let rights = rights(&permissions);
    if !rights.pull && !rights.push && !rights.delete {
        return None;
    }
    let mut warnings = Vec::new();
    if value.truth("disable") == Some(true) {
        warnings.push("The robot account is switched off: set `disable = false`.".to_owned());
    }
    if permissions.iter().any(|permission| permission.namespace == "*") {
        warnings.push(
            "The robot account may do this in every project: name the projects in `permissions`.".to_owned(),
        );
    }
    let days = value
        .known("duration")
        .and_then(crate::fields::whole)
        .filter(|days| *days > 0);
    if let Some(days) = days {
        warnings.push(format!(
            "The robot account ends {days} days after it was made; Harbor does not renew it."
        ));
    }
    Some(PushCredential {
        address: object.address.clone(),
        host: host.to_owned(),
        username: username.to_owned(),
        secret: secret.map_or_else(Secret::default, |secret| Secret::new(secret.to_owned())),
        kind: RegistryKind::Harbor,
        rights,
        repository_prefix: prefix(&permissions),
        probe: None,
        made_at: None,
        expires: None,
        warnings,
    })
}

fn permissions(object: &CredentialObject<'_>) -> Option<BTreeSet<Permission>> {
    let json = regprov_value::to_json(Partial(object.value).known("permissions")?).ok()?;
    serde_json::from_value(json).ok()
}

/// What may be done with images.
fn rights(permissions: &BTreeSet<Permission>) -> Rights {
    let granted = permissions
        .iter()
        .filter(|permission| permission.kind == "project");
    let mut rights = Rights::default();
    for access in granted.flat_map(|permission| &permission.access) {
        match (access.resource.as_str(), access.action.as_str()) {
            ("repository", "pull") => rights.pull = true,
            ("repository", "push") => rights.push = true,
            ("artifact" | "tag" | "repository", "delete") => rights.delete = true,
            (_, _) => {}
        }
    }
    rights
}

/// The one project that the credential is for; the first where it may push, for there are often others to pull from.
fn prefix(permissions: &BTreeSet<Permission>) -> Option<String> {
    let pushes = |permission: &&Permission| {
        permission
            .access
            .iter()
            .any(|access| access.resource == "repository" && access.action == "push")
    };
    let first = permissions.iter().find(pushes).or_else(|| permissions.first())?;
    (first.namespace != "*" && first.kind == "project").then(|| format!("{}/", first.namespace))
}

#[cfg(test)]
mod tests {
    use super::*;
    use regprov_schema::Schematic as _;

    fn credentials(json: &str, registry: Option<&str>) -> Vec<PushCredential> {
        let json: serde_json::Value = serde_json::from_str(json).unwrap();
        let value = regprov_value::from_json(&json, &RobotAccount::block().implied_type()).unwrap();
        let address = "harbor_robot_account.builder".parse().unwrap();
        let object = CredentialObject {
            address: &address,
            resource_type: RobotAccount::TYPE,
            value: &value,
            registry,
        };
        push_credentials(&[object])
    }

    const ROBOT: &str = r#"{"name":"builder","level":"project","secret":"Secret123","full_name":"robot$app+builder",
        "duration":-1,"permissions":[{"kind":"project","namespace":"app","access":[
        {"action":"push","resource":"repository"},{"action":"pull","resource":"repository"}]}]}"#;

    #[test]
    fn a_robot_account_is_the_login_of_its_project() {
        let found = credentials(ROBOT, Some("harbor.example:8443"));
        let [credential] = found.as_slice() else {
            panic!("there is one credential: {found:?}")
        };
        assert_eq!(
            (credential.host.as_str(), credential.username.as_str()),
            ("harbor.example:8443", "robot$app+builder")
        );
        assert_eq!(credential.repository_prefix.as_deref(), Some("app/"));
        assert!(credential.rights.push && credential.rights.pull && !credential.rights.delete);
        assert!(credential.warnings.is_empty(), "{:?}", credential.warnings);
        assert!(!format!("{credential:?}").contains("Secret123"));
    }

    #[test]
    fn an_account_whose_secret_is_not_known_is_told_without_one() {
        for unknown in ["null", r#""""#] {
            let found = credentials(&ROBOT.replace(r#""Secret123""#, unknown), Some("h"));
            assert_eq!(found[0].username, "robot$app+builder");
            assert!(found[0].secret.reveal().is_none());
        }
    }

    #[test]
    fn without_host_or_images_there_is_no_credential() {
        assert!(credentials(ROBOT, None).is_empty());
        assert!(credentials(&ROBOT.replace("repository", "label"), Some("h")).is_empty());
    }

    #[test]
    fn what_is_unwise_is_told() {
        let wide = ROBOT
            .replace(r#""duration":-1"#, r#""duration":30"#)
            .replace(r#""namespace":"app""#, r#""namespace":"*""#);
        let found = credentials(&wide, Some("h"));
        assert_eq!(found[0].repository_prefix, None);
        assert_eq!(found[0].warnings.len(), 2, "{:?}", found[0].warnings);
    }
}
