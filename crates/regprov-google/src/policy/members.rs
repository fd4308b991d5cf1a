//! Members of policies: how they are written, and when two are the same.

use regprov_value::Value;

/// Kinds whose rest is kept as it is.
const EXACT: &[&str] = &["principal", "principalSet", "principalHierarchy"];

/// The member as services write it: what follows the kind in lower case, but for identities of other providers.
pub(crate) fn normal_member(member: &str) -> String {
    match member.split_once(':') {
        Some(("deleted", rest)) => format!("deleted:{}", normal_member(rest)),
        Some((kind, rest)) if !EXACT.contains(&kind) => format!("{kind}:{}", rest.to_lowercase()),
        Some(_) | None => member.to_owned(),
    }
}

/// Whether two texts mean one member.
pub(crate) fn is_same_member(left: &str, right: &str) -> bool {
    left == right || normal_member(left) == normal_member(right)
}

/// The living member that a deleted one was: `deleted:serviceAccount:X?uid=1` was `serviceAccount:X`.
pub(super) fn living(member: &str) -> Option<&str> {
    let rest = member.strip_prefix("deleted:")?;
    Some(rest.split_once("?uid=").map_or(rest, |(living, _)| living))
}

/// What a member must look like.
pub(crate) fn check_member(value: &Value) -> Result<(), String> {
    const BARE: &[&str] = &[
        "allUsers",
        "allAuthenticatedUsers",
        "projectOwners",
        "projectReaders",
        "projectWriters",
    ];
    let Some(member) = value.as_str() else {
        return Ok(());
    };
    if member.starts_with("deleted:") {
        return Err(format!(
            "`{member}` is a member that was deleted; it cannot be given a role. Leave it away, and name the new member"
        ));
    }
    let is_kind = member
        .split_once(':')
        .is_some_and(|(kind, rest)| !kind.is_empty() && !rest.is_empty());
    if is_kind || BARE.contains(&member) {
        return Ok(());
    }
    let guess = if member.contains("gserviceaccount.com") {
        format!(": write `serviceAccount:{member}`")
    } else if member.contains('@') {
        format!(": write `user:{member}`, `group:{member}` or `serviceAccount:{member}`")
    } else {
        String::new()
    };
    Err(format!(
        "`{member}` does not say which kind of member it is{guess}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_the_same_in_any_case_and_identities_of_others_are_not() {
        assert!(is_same_member("user:Jane@Example.com", "user:jane@example.com"));
        assert!(!is_same_member("user:a@b.c", "group:a@b.c"));
        assert!(!is_same_member(
            "principalSet://x/Attribute",
            "principalSet://x/attribute"
        ));
    }

    #[test]
    fn a_deleted_member_was_a_living_one() {
        assert_eq!(
            living("deleted:serviceAccount:a@b.c?uid=1"),
            Some("serviceAccount:a@b.c")
        );
        assert_eq!(living("serviceAccount:a@b.c"), None);
    }

    #[test]
    fn a_bare_address_is_answered_with_its_kind() {
        let why = check_member(&Value::string("a@p.iam.gserviceaccount.com")).unwrap_err();
        assert!(why.contains("`serviceAccount:a@p.iam.gserviceaccount.com`"));
        assert!(check_member(&Value::string("allUsers")).is_ok());
        assert!(check_member(&Value::string("deleted:user:a@b.c?uid=1")).is_err());
    }
}
