//! Robot accounts, as they are read and written.

use super::*;

fn wanted(json: &str) -> RobotAccount {
    let mut object = serde_json::json!({
        "name": "builder", "level": "project", "description": null, "disable": false, "duration": -1, "secret": null,
        "secret_wo": null, "secret_wo_version": null, "robot_id": null, "full_name": null, "id": null,
        "permissions": [{"kind": "project", "namespace": "app", "access": [
            {"action": "push", "resource": "repository", "effect": null},
            {"action": "pull", "resource": "repository", "effect": null}]}],
    });
    let given: serde_json::Map<String, serde_json::Value> = serde_json::from_str(json).unwrap();
    object.as_object_mut().unwrap().extend(given);
    serde_json::from_value(object).unwrap()
}

fn read(json: &str) -> wire::Robot {
    serde_json::from_str(json).unwrap()
}

const ANSWER: &str = r#"{"id":3,"name":"robot$app+builder","level":"project","duration":-1,"editable":true,"expires_at":-1,
    "creation_time":"2026-01-01T00:00:00.000Z","permissions":[{"kind":"project","namespace":"app","access":[
    {"action":"pull","resource":"repository","effect":"allow"},{"action":"push","resource":"repository"}]}]}"#;

fn names(prefix: &str) -> Names {
    Names::with_prefix(prefix)
}

#[test]
fn what_is_read_is_what_was_written_in_whatever_order() {
    let written = wanted("{}");
    let expected = written.identified((3, "robot$app+builder"), Once::default());
    assert_eq!(
        RobotAccount::observed(read(ANSWER), &names(""), Some(&written)),
        expected
    );
}

#[test]
fn allow_is_read_as_it_was_spelled() {
    let json = r#"{"permissions":[{"kind":"project","namespace":"app","access":[
        {"action":"push","resource":"repository","effect":"allow"},{"action":"pull","resource":"repository","effect":""}]}]}"#;
    let written = wanted(json);
    let seen = RobotAccount::observed(read(ANSWER), &names(""), Some(&written));
    let access: Vec<Option<&str>> = seen
        .permissions
        .first()
        .unwrap()
        .access
        .iter()
        .map(|access| access.effect.as_deref())
        .collect();
    assert_eq!(access, [Some(""), Some("allow")]);
}

#[test]
fn short_names_are_read_from_full_ones_whatever_the_prefix() {
    let project = r#"{"id":3,"name":"my+bot+app+builder","level":"project"}"#;
    assert_eq!(names("").short(&read(project), None), "builder");
    let system = r#"{"id":3,"name":"robot_ci","level":"system"}"#;
    assert_eq!(names("robot_").short(&read(system), None), "ci");
    let recorded = wanted(r#"{"name":"ci","level":"system"}"#);
    assert_eq!(names("").short(&read(system), Some(&recorded)), "ci");
}

#[test]
fn an_account_of_another_name_under_the_same_number_is_not_ours() {
    let recorded = wanted("{}");
    assert!(names("").is_recorded(&read(ANSWER), Some(&recorded)));
    for other in ["robot$app+other", "robot$web+builder", "robot$builder"] {
        let answer = ANSWER.replace("robot$app+builder", other);
        assert!(!names("").is_recorded(&read(&answer), Some(&recorded)), "{other}");
    }
}

#[test]
fn a_change_names_the_account_in_full_and_leaves_what_allow_means_out() {
    let robot = wanted(r#"{"description":"ci","disable":true}"#);
    let sent = serde_json::to_value(wire::Write::of(&robot, "robot$app+builder")).unwrap();
    assert_eq!(sent["name"], "robot$app+builder");
    assert_eq!(sent["disable"], true);
    assert_eq!(sent["permissions"][0]["access"][0].get("effect"), None);
}
