//! The scopes of tokens, as checked while planning.

use regprov_http::sanitize;
use regprov_value::Value;

/// The scopes of personal access tokens.
pub(crate) const PERSONAL: &[&str] = &["repo:admin", "repo:write", "repo:read", "repo:public_read"];

/// The scopes of organization access tokens on repositories.
const REPOSITORY: &[&str] = &[
    "scope-image-pull",
    "scope-image-push",
    "scope-image-delete",
    "scope-repository-read",
    "scope-repository-edit",
    "scope-repository-admin",
    "scope-repository-settings-admin",
    "scope-repository-list",
    "scope-tag-read",
    "scope-tag-admin",
    "scope-repo-group-read",
    "scope-repo-group-edit",
    "scope-repo-group-admin",
    "scope-webhook-read",
    "scope-webhook-edit",
    "scope-webhook-admin",
];

/// The scopes of organization access tokens on the organization.
const ORGANIZATION: &[&str] = &[
    "scope-member-read",
    "scope-member-edit",
    "scope-invite-read",
    "scope-invite-edit",
    "scope-group-read",
    "scope-group-edit",
    "scope-activity-read",
    "scope-siem_credentials-read",
    "scope-ram-read",
    "scope-ram-write",
    "scope-report-read",
    "scope-repository-create",
    "scope-repository-list",
    "scope-registry-usage-read",
];

/// The scopes for a kind of resource.
pub(crate) fn of(kind: &str) -> &'static [&'static str] {
    if kind == "TYPE_ORG" {
        ORGANIZATION
    } else {
        REPOSITORY
    }
}

/// What is wrong with a scope of an organization access token; `None` where nothing is known to be.
pub(crate) fn wrong(kind: &str, scope: &str) -> Option<String> {
    let known = of(kind);
    if known.contains(&scope) {
        return None;
    }
    let shown = sanitize(scope);
    if !scope.starts_with("scope-") {
        let bare = match scope {
            "repo-pull" | "repo:read" | "pull" => "image-pull",
            "repo-push" | "repo:write" | "push" => "image-push",
            other => other,
        };
        let meant = format!("scope-{bare}");
        let hint = known
            .iter()
            .find(|name| **name == meant)
            .map_or_else(String::new, |name| format!(" Did you mean `{name}`?"));
        return Some(format!(
            "`{shown}` is no scope of an organization access token: these begin with `scope-`.{hint}"
        ));
    }
    let elsewhere = if kind == "TYPE_ORG" {
        REPOSITORY
    } else {
        ORGANIZATION
    };
    if elsewhere.contains(&scope) {
        let other = if kind == "TYPE_ORG" {
            "TYPE_REPO"
        } else {
            "TYPE_ORG"
        };
        return Some(format!("`{shown}` is a scope of resources of type `{other}`."));
    }
    let near = known.iter().find(|name| distance(name, scope) <= 2)?;
    Some(format!("There is no scope `{shown}`. Did you mean `{near}`?"))
}

/// How many letters must be changed, added or left away to make one text of the other.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let changed = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[right.len()]
}

/// The rule for the scopes of a personal access token.
pub(crate) fn check_personal(value: &Value) -> Result<(), String> {
    let items = value.as_items().unwrap_or_default().iter();
    let mut texts = items.filter_map(Value::as_str);
    match texts.find(|scope| !PERSONAL.contains(scope)) {
        None => Ok(()),
        Some(scope) => {
            let near = PERSONAL.iter().find(|name| distance(name, scope) <= 3);
            let hint = near.map_or_else(String::new, |near| format!(" Did you mean `{near}`?"));
            Err(format!(
                "`{}` is no scope of a personal access token. There are `repo:admin` (read, write, delete), `repo:write`, \
                 `repo:read` and `repo:public_read`, and each holds the lesser ones.{hint}",
                sanitize(scope)
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_without_its_prefix_or_with_a_typo_is_told_with_the_one_that_is_meant() {
        assert_eq!(wrong("TYPE_REPO", "scope-image-push"), None);
        assert!(
            wrong("TYPE_REPO", "repo-pull")
                .unwrap()
                .ends_with("Did you mean `scope-image-pull`?")
        );
        assert!(
            wrong("TYPE_REPO", "scope-image-psuh")
                .unwrap()
                .contains("`scope-image-push`")
        );
        assert!(
            wrong("TYPE_REPO", "scope-member-read")
                .unwrap()
                .contains("`TYPE_ORG`")
        );
        assert_eq!(wrong("TYPE_REPO", "scope-something-of-tomorrow"), None);
    }

    #[test]
    fn a_typo_in_a_personal_scope_is_told() {
        let scopes = |text: &str| Value::list(regprov_value::Type::String, vec![Value::string(text)]);
        assert!(check_personal(&scopes("repo:write")).is_ok());
        let text = check_personal(&scopes("repo:wirte")).unwrap_err();
        assert!(text.ends_with("Did you mean `repo:write`?"), "{text}");
    }
}
