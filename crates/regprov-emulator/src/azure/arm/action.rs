//! Actions of role definitions: `Microsoft.ContainerRegistry/registries/pull/read`, with `*` for any text.

/// Whether a pattern of a role definition covers an action; case does not matter.
pub(crate) fn covers(pattern: &str, action: &str) -> bool {
    let pattern = pattern.to_ascii_lowercase();
    let action = action.to_ascii_lowercase();
    let mut pieces = pattern.split('*');
    let Some(mut rest) = action.strip_prefix(pieces.next().unwrap_or_default()) else {
        return false;
    };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else {
        return rest.is_empty();
    };
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_star_stands_for_any_text() {
        assert!(covers("*", "Microsoft.X/a/write"));
        assert!(covers(
            "*/read",
            "Microsoft.ContainerRegistry/registries/pull/read"
        ));
        assert!(!covers(
            "*/read",
            "Microsoft.ContainerRegistry/registries/push/write"
        ));
        assert!(covers(
            "Microsoft.Authorization/*/Write",
            "microsoft.authorization/roleAssignments/write"
        ));
        assert!(!covers(
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/roleAssignments/read"
        ));
        assert!(covers("a/b", "A/B") && !covers("a/b", "a/b/c") && !covers("a*a", "a"));
    }
}
