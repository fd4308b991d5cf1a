//! Cache rules: repositories of other registries, cached on pull. The sandbox keeps them and pulls nothing.

use super::container_registry_child::{Child, Write};
use super::context::{Arm, invalid};
use super::fields;
use super::resource::Resource;
use crate::answer::Answer;
use crate::clock;
use crate::oci;

/// Applies a write.
pub(super) fn apply(arm: &mut Arm<'_>, part: &mut Resource, write: &Write<'_>) -> Result<(), Answer> {
    let given = &write.properties;
    let settable = ["sourceRepository", "targetRepository", "credentialSetResourceId"];
    fields::check(
        given,
        "properties",
        &settable,
        &["creationDate", "provisioningState"],
    )?;
    if !write.partial {
        let source = normalized_source(fields::required(given, "sourceRepository")?);
        let target = fields::required(given, "targetRepository")?.to_owned();
        if write.old.is_some_and(|old| {
            old.text("sourceRepository") != source || old.text("targetRepository") != target
        }) {
            let message = "The source and the target of a cache rule cannot be changed.";
            return Err(invalid("CacheRuleUpdateNotSupported", message));
        }
        if write.old.is_none() {
            check_repositories(arm, part, write.registry, (&source, &target))?;
        }
        part.properties.insert("sourceRepository".into(), source.into());
        part.properties.insert("targetRepository".into(), target.into());
    }
    match fields::text(given, "credentialSetResourceId")?.filter(|id| !id.is_empty()) {
        Some(id) => {
            check_credential_set(arm, write.registry, id)?;
            part.properties
                .insert("credentialSetResourceId".into(), id.into());
        }
        None if write.partial => {}
        None => drop(part.properties.remove("credentialSetResourceId")),
    }
    check_authentication(part)?;
    part.properties
        .insert("creationDate".into(), clock::ticks(part.created_at).into());
    Ok(())
}

/// Docker Hub's official images may be written without `library/`.
fn normalized_source(source: &str) -> String {
    match source.strip_prefix("docker.io/") {
        Some(name) if !name.contains('/') && name != "*" => format!("docker.io/library/{name}"),
        _ => source.to_owned(),
    }
}

fn check_repositories(
    arm: &Arm<'_>,
    part: &Resource,
    registry: &Resource,
    (source, target): (&str, &str),
) -> Result<(), Answer> {
    let (from, to) = (source.ends_with("/*"), target == "*" || target.ends_with("/*"));
    let stars = |text: &str| text.matches('*').count();
    if from != to || stars(source) > usize::from(from) || stars(target) > usize::from(to) {
        let message =
            "A wildcard may only be the last part of both the source and the target of a cache rule.";
        return Err(invalid("InvalidCacheRule", message));
    }
    for other in Child::CacheRule
        .of(arm.tx, registry)
        .iter()
        .filter(|other| other.id != part.id)
    {
        if overlap(target, other.text("targetRepository")) {
            let message = format!(
                "The target repository '{target}' overlaps that of the cache rule '{}'.",
                other.name
            );
            return Err(Answer::arm_error(409, "CacheRuleConflict", &message));
        }
    }
    if oci::repositories(arm.tx, &registry.name.to_ascii_lowercase()).contains(target) {
        let message = format!("The target repository '{target}' already exists in the registry.");
        return Err(Answer::arm_error(409, "TargetRepositoryExists", &message));
    }
    Ok(())
}

/// Two wildcards may not be nested, two names may not be equal; a name may lie below a wildcard.
fn overlap(one: &str, other: &str) -> bool {
    match (one.strip_suffix('*'), other.strip_suffix('*')) {
        (Some(one), Some(other)) => one.starts_with(other) || other.starts_with(one),
        (None, None) => one == other,
        _ => false,
    }
}

fn check_credential_set(arm: &Arm<'_>, registry: &Resource, id: &str) -> Result<(), Answer> {
    let prefix = format!("{}/credentialsets/", registry.key());
    let lower = id.to_ascii_lowercase();
    let name = lower.strip_prefix(&prefix);
    if name.is_some_and(|name| Child::CredentialSet.named(arm.tx, registry, name).is_some()) {
        return Ok(());
    }
    let message = format!(
        "The credential set '{id}' does not exist in the registry '{}'.",
        registry.name
    );
    Err(invalid("CredentialSetNotFound", &message))
}

fn check_authentication(part: &Resource) -> Result<(), Answer> {
    let host = part
        .text("sourceRepository")
        .split('/')
        .next()
        .unwrap_or_default();
    let has_set = part.properties.contains_key("credentialSetResourceId");
    let needed = matches!(host, "docker.io" | "dhi.io" | "registry.redhat.io")
        || host.ends_with(".azurecr.io")
        || host.ends_with(".pkg.dev");
    let refused = matches!(
        host,
        "mcr.microsoft.com" | "public.ecr.aws" | "registry.access.redhat.com"
    );
    if needed && !has_set {
        let code = if host == "docker.io" {
            "EnforceDockerAuthentication"
        } else {
            "CredentialSetRequired"
        };
        let message = format!("A cache rule whose source is '{host}' needs a credential set.");
        return Err(invalid(code, &message));
    }
    if refused && has_set {
        let message = format!("A cache rule whose source is '{host}' cannot have a credential set.");
        return Err(invalid("CredentialSetNotSupported", &message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{normalized_source, overlap};

    #[test]
    fn targets_overlap_when_wildcards_nest_or_names_are_equal() {
        assert!(overlap("*", "library/*") && overlap("library/*", "library/dotnet/*") && overlap("a", "a"));
        assert!(!overlap("library/*", "library/nginx") && !overlap("a/*", "b/*") && !overlap("a", "b"));
    }

    #[test]
    fn official_images_get_their_library() {
        assert_eq!(normalized_source("docker.io/nginx"), "docker.io/library/nginx");
        assert_eq!(normalized_source("docker.io/team/app"), "docker.io/team/app");
        assert_eq!(normalized_source("ghcr.io/app"), "ghcr.io/app");
    }
}
