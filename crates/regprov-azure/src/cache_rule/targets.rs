//! What may be cached where, as far as the texts tell.

use crate::client::attribute;
use regprov_http::sanitize;
use regprov_provider::{Finding, Partial};
use regprov_value::Value;

/// The source as the service writes it: official images of Docker Hub have a `library/`.
pub(super) fn normal(source: &str) -> String {
    match source.strip_prefix("docker.io/") {
        Some(name) if !name.contains('/') && name != "*" => format!("docker.io/library/{name}"),
        Some(_) | None => source.to_owned(),
    }
}

/// Two spellings of one source.
pub(super) fn same_source(prior: &Value, new: &Value) -> bool {
    match (prior.as_str(), new.as_str()) {
        (Some(prior), Some(new)) => normal(prior) == normal(new),
        (_, _) => prior == new,
    }
}

/// Whether the service refuses two targets beside each other: wildcards may not be nested, names may not be equal; a name may
/// lie below a wildcard.
pub(super) fn overlap(one: &str, other: &str) -> bool {
    match (one.strip_suffix('*'), other.strip_suffix('*')) {
        (Some(one), Some(other)) => one.starts_with(other) || other.starts_with(one),
        (None, None) => one == other,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// Whether a source wants a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Login {
    Needed,
    Refused,
    Optional,
}

fn login(host: &str) -> Login {
    match host {
        "docker.io" | "dhi.io" | "registry.redhat.io" => Login::Needed,
        "mcr.microsoft.com" | "public.ecr.aws" | "registry.access.redhat.com" => Login::Refused,
        _ if host.ends_with(".azurecr.io") || host.ends_with(".pkg.dev") => Login::Needed,
        _ => Login::Optional,
    }
}

/// What the service would refuse.
pub(super) fn findings(desired: Partial<'_>) -> Vec<Finding> {
    let Some(source) = desired.text("source_repo") else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    findings.extend(
        desired
            .text("target_repo")
            .and_then(|target| wildcards(source, target)),
    );
    let host = source.split('/').next().unwrap_or_default();
    let has_login = desired.is_open("credential_set_id")
        || desired.text("credential_set_id").is_some_and(|id| !id.is_empty());
    match login(host) {
        Login::Needed if !has_login => findings.push(Finding {
            fatal: true,
            path: attribute("source_repo"),
            summary: "Cache rule needs a credential set".to_owned(),
            detail: format!(
                "Azure caches from `{}` only with a login there, and `credential_set_id` is not set.",
                sanitize(host)
            ),
            remedy: Some(
                "Declare an `azurerm_container_registry_credential_set` for this host and set `credential_set_id` to its id."
                    .to_owned(),
            ),
        }),
        Login::Refused if has_login => findings.push(Finding {
            fatal: true,
            path: attribute("credential_set_id"),
            summary: "Cache rule cannot have a credential set".to_owned(),
            detail: format!("Azure caches from `{}` without a login only.", sanitize(host)),
            remedy: Some("Leave `credential_set_id` away.".to_owned()),
        }),
        Login::Needed | Login::Refused | Login::Optional => {}
    }
    findings
}

fn wildcards(source: &str, target: &str) -> Option<Finding> {
    let well_placed = |text: &str| match text.matches('*').count() {
        0 => true,
        1 => text == "*" || text.ends_with("/*"),
        _ => false,
    };
    let (from, to) = (source.ends_with('*'), target.ends_with('*'));
    let (path, detail) = if !well_placed(source) {
        let detail = format!(
            "`{}` has a wildcard that is not the whole last part.",
            sanitize(source)
        );
        ("source_repo", detail)
    } else if !well_placed(target) {
        let detail = format!(
            "`{}` has a wildcard that is not the whole last part.",
            sanitize(target)
        );
        ("target_repo", detail)
    } else if from != to {
        let detail = format!(
            "`source_repo` is `{}` and `target_repo` is `{}`: both have a wildcard or neither has.",
            sanitize(source),
            sanitize(target)
        );
        ("target_repo", detail)
    } else {
        return None;
    };
    Some(Finding {
        fatal: true,
        path: attribute(path),
        summary: "Misplaced wildcard".to_owned(),
        detail,
        remedy: Some(
            "Write it as in `mcr.microsoft.com/dotnet/*` with the target `library/dotnet/*`.".to_owned(),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(source: &str, target: &str, set: Option<&str>) -> Vec<String> {
        let set = set.map_or_else(|| Value::null(regprov_value::Type::String), Value::string);
        let value = Value::object([
            ("source_repo", Value::from(source)),
            ("target_repo", target.into()),
            ("credential_set_id", set),
        ]);
        findings(Partial(&value))
            .into_iter()
            .map(|finding| finding.summary)
            .collect()
    }

    #[test]
    fn docker_hub_wants_a_login_and_microsoft_none() {
        let needed = ["Cache rule needs a credential set"];
        assert_eq!(rule("docker.io/library/nginx", "nginx", None), needed);
        assert_eq!(rule("other.azurecr.io/app", "app", None), needed);
        assert!(rule("docker.io/library/nginx", "nginx", Some("id")).is_empty());
        assert!(rule("ghcr.io/org/app", "app", None).is_empty());
        assert_eq!(
            rule("mcr.microsoft.com/dotnet/*", "dotnet/*", Some("id")),
            ["Cache rule cannot have a credential set"]
        );
    }

    #[test]
    fn a_wildcard_is_the_last_part_of_both_or_of_neither() {
        assert!(rule("mcr.microsoft.com/*", "*", None).is_empty());
        for (source, target) in [
            ("quay.io/*", "quay"),
            ("quay.io/a", "a/*"),
            ("quay.io/a*", "a*"),
            ("quay.io/*/b", "b"),
        ] {
            assert_eq!(
                rule(source, target, None),
                ["Misplaced wildcard"],
                "{source} {target}"
            );
        }
    }

    #[test]
    fn targets_overlap_where_wildcards_nest_or_names_are_equal() {
        assert!(overlap("*", "library/*") && overlap("library/*", "library/dotnet/*") && overlap("a", "a"));
        assert!(!overlap("library/*", "library/nginx") && !overlap("a/*", "b/*") && !overlap("a", "b"));
    }

    #[test]
    fn official_images_are_the_same_with_and_without_their_library() {
        assert_eq!(normal("docker.io/nginx"), normal("docker.io/library/nginx"));
        assert_ne!(normal("docker.io/team/nginx"), normal("docker.io/nginx"));
    }
}
