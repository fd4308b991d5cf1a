//! How other objects name their project: `/projects/7`, or `7`.

use regprov_value::Value;

/// The path of a project that is named by path or number.
pub(crate) fn path(text: &str) -> String {
    format!("/projects/{}", bare(text))
}

/// The number of a project that is named by path or number.
pub(crate) fn number(text: &str) -> i64 {
    bare(text).parse().unwrap_or_default()
}

fn bare(text: &str) -> &str {
    let text = text.trim_matches('/');
    text.strip_prefix("projects/").unwrap_or(text)
}

/// Whether two values name one project.
pub(crate) fn same(left: &Value, right: &Value) -> bool {
    match (left.as_str(), right.as_str()) {
        (Some(left), Some(right)) => bare(left) == bare(right),
        (left, right) => left.unwrap_or_default() == right.unwrap_or_default(),
    }
}

/// The rule for the names of projects.
pub(crate) fn check(value: &Value) -> Result<(), String> {
    match value.as_str() {
        Some(text) if text.is_empty() || number(text) > 0 => Ok(()),
        Some(text) => Err(format!(
            "`{}` names no project: write `harbor_project.NAME.id`, which is `/projects/NUMBER`",
            regprov_http::sanitize(text)
        )),
        None => Ok(()),
    }
}

/// The spelling of what was recorded where it names the same project, else the path.
pub(crate) fn spelled(project: i64, like: Option<&str>) -> String {
    match like {
        Some(like) if number(like) == project => like.to_owned(),
        Some(_) | None => format!("/projects/{project}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_named_by_path_or_number() {
        assert_eq!(
            (path("7"), path("/projects/7")),
            ("/projects/7".to_owned(), "/projects/7".to_owned())
        );
        assert!(same(&Value::string("7"), &Value::string("/projects/7")));
        assert!(check(&Value::string("app")).is_err());
        assert_eq!(spelled(7, Some("7")), "7");
        assert_eq!(spelled(8, Some("7")), "/projects/8");
    }
}
