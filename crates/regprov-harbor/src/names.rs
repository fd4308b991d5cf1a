//! The names that Harbor takes.

use regprov_http::sanitize;
use regprov_value::Value;

/// Whether a text is small letters and digits, parted by single `.`, `_` or `-`.
pub(crate) fn is_name(text: &str) -> bool {
    let mut after_letter = false;
    for character in text.chars() {
        match character {
            'a'..='z' | '0'..='9' => after_letter = true,
            '.' | '_' | '-' if after_letter => after_letter = false,
            _ => return false,
        }
    }
    after_letter
}

fn checked(value: &Value, what: &str) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    if text.chars().count() <= 255 && is_name(text) {
        return Ok(());
    }
    Err(format!(
        "`{}` is no name of {what}: it is 1 to 255 small letters and digits, with single `.`, `_` or `-` between them",
        sanitize(text)
    ))
}

/// The rule for the name of a project.
pub(crate) fn check_project(value: &Value) -> Result<(), String> {
    checked(value, "a project")
}

/// The rule for the name of a robot account. Harbor puts the prefix and the project before it.
pub(crate) fn check_robot(value: &Value) -> Result<(), String> {
    checked(value, "a robot account").map_err(|text| {
        if value.as_str().is_some_and(|name| name.contains(['$', '+'])) {
            format!("{text}; write the short name, Harbor adds its prefix and the project")
        } else {
            text
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_small_letters_and_digits_with_single_separators() {
        for name in ["a", "mybinder-builds", "a.b_c-d", "7"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "A", "a--b", "-a", "a-", "a b", "a/b", "ä"] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn a_full_robot_name_is_told_to_be_written_short() {
        let text = check_robot(&Value::string("robot$app+ci")).unwrap_err();
        assert!(
            text.ends_with("write the short name, Harbor adds its prefix and the project"),
            "{text}"
        );
    }
}
