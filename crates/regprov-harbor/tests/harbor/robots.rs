//! Robot accounts: their secrets survive, their permissions change in place.

use crate::harness::{World, connect, text};
use crate::projects;
use regprov_laws::Law;
use regprov_provider::{AnyCreate, Created, ErrorKind, Observed};
use regprov_value::Value;
use serde_json::{Value as Json, json};

const ROBOT: &str = "harbor_robot_account";

fn robot(more: Json) -> Json {
    let mut config = json!({ "name": "builder", "level": "project", "permissions": [{
        "kind": "project", "namespace": "app", "access": [
            { "action": "pull", "resource": "repository" }, { "action": "push", "resource": "repository" }] }] });
    for (name, value) in more.as_object().unwrap() {
        config[name] = value.clone();
    }
    config
}

fn access(pairs: &[(&str, &str)]) -> Json {
    let access: Vec<Json> = pairs
        .iter()
        .map(|(resource, action)| json!({ "resource": resource, "action": action }))
        .collect();
    json!([{ "kind": "project", "namespace": "app", "access": access }])
}

/// Whether the Harbor knows an account with this secret.
async fn signs_in(world: &World, username: &str, secret: &str) -> bool {
    let arguments = json!({ "url": crate::harness::URL, "username": username, "password": secret });
    connect(&*world.providers[0], &arguments).await.is_ok()
}

async fn world() -> World {
    let world = World::new().await;
    projects::make(&world, "app").await;
    world
}

#[tokio::test]
async fn a_robot_account_keeps_the_laws() {
    let world = world().await;
    Law::new(&world, ROBOT)
        .holds(&[
            robot(json!({})),
            robot(json!({ "description": "builds" })),
            robot(json!({ "disable": true })),
            robot(json!({ "duration": 30 })),
        ])
        .await;
}

#[tokio::test]
async fn issue_140_permissions_change_in_place_and_the_secret_stays() {
    let world = world().await;
    let law = Law::new(&world, ROBOT);
    let made = law
        .create(&law.desired(&robot(json!({}))), &world.mark())
        .await
        .unwrap();
    let block = &law.resource.schema().block;
    assert!(!block.blocks["permissions"].replaces);
    let mut wider = law.desired(&robot(
        json!({ "permissions": access(&[("repository", "pull"), ("tag", "list")]) }),
    ));
    for name in ["secret", "full_name", "robot_id", "id"] {
        wider = with(&wider, name, made.get(name).unwrap().clone());
    }
    let changed = law.update(&made, &wider).await.unwrap();
    assert_eq!(
        (changed.get("id"), changed.get("secret")),
        (made.get("id"), made.get("secret"))
    );
    assert!(signs_in(&world, &text(&changed, "full_name"), &text(&made, "secret")).await);
}

fn with(object: &Value, name: &str, value: Value) -> Value {
    let entries = object.as_entries().unwrap().iter();
    Value::object(entries.map(|(known, old)| {
        let new = if known.as_ref() == name {
            value.clone()
        } else {
            old.clone()
        };
        (known.clone(), new)
    }))
}

#[tokio::test]
async fn issue_495_permissions_in_another_order_or_spelling_are_no_change() {
    let world = world().await;
    let law = Law::new(&world, ROBOT);
    let made = law
        .create(&law.desired(&robot(json!({}))), &world.mark())
        .await
        .unwrap();
    let spelled = json!([{ "kind": "project", "namespace": "app", "access": [
        { "action": "push", "resource": "repository", "effect": "allow" },
        { "action": "pull", "resource": "repository", "effect": "" }] }]);
    let desired = law.desired(&robot(json!({ "permissions": spelled })));
    let advice = law.resource.plan(regprov_provider::AnyPlan {
        prior: Some(regprov_provider::Partial(&made)),
        desired: regprov_provider::Partial(&desired),
        config: regprov_provider::Partial(&desired),
    });
    assert_eq!(advice.suppress.len(), 1, "{advice:?}");
    for _ in 0..5 {
        let read = law.read(&text(&made, "id"), Some(&made)).await.unwrap();
        let Observed::Present(read) = read else {
            panic!("it is there")
        };
        assert_eq!(read.get("permissions"), made.get("permissions"));
    }
}

#[tokio::test]
async fn issue_505_the_short_name_is_read_back_without_prefix_and_project() {
    let world = world().await;
    let law = Law::new(&world, ROBOT);
    let system = robot(json!({ "level": "system", "name": "ci" }));
    for (config, full) in [(robot(json!({})), "robot$app+builder"), (system, "robot$ci")] {
        let made = law.create(&law.desired(&config), &world.mark()).await.unwrap();
        assert_eq!(text(&made, "full_name"), full);
        let id = text(&made, "id");
        for prior in [Some(&made), None] {
            let Observed::Present(read) = law.read(&id, prior).await.unwrap() else {
                panic!("it is there")
            };
            assert_eq!(text(&read, "name"), config["name"].as_str().unwrap());
        }
    }
}

/// Creates as the engine does, from a step where one was recorded; gives the first error.
async fn create_once(
    world: &World,
    law: &Law<'_>,
    desired: &Value,
    mark: &regprov_provider::Mark,
    step: Option<Value>,
) -> Result<Value, (regprov_provider::Error, Option<Value>)> {
    let prepared = law.resource.prepare(desired, mark).unwrap();
    let mut step = step;
    loop {
        let request = AnyCreate {
            connection: world.connection(ROBOT),
            desired: &prepared,
            mark,
            step: step.as_ref(),
        };
        match law.resource.create(request).await {
            Ok(Created::Done(object)) => return Ok(object),
            Ok(Created::Step(object)) => step = Some(object),
            Ok(Created::Pending { .. }) => panic!("nothing is waited for"),
            Err(error) => return Err((error, step)),
        }
    }
}

#[tokio::test]
async fn issues_554_and_464_an_account_whose_second_step_failed_is_completed_with_the_recorded_secret() {
    for (method, path) in [("PUT", "/robots/"), ("PATCH", "/robots/")] {
        for phase in ["before", "after_commit"] {
            let world = world().await;
            let law = Law::new(&world, ROBOT);
            let (desired, mark) = (
                law.desired(&robot(json!({ "description": "builds" }))),
                world.mark(),
            );
            for nth in 1..=3 {
                world.fault(json!({ "name": format!("lost{nth}"), "method": method, "path": path, "phase": phase, "action": "drop", "nth": nth }));
            }
            let (_, step) = create_once(&world, &law, &desired, &mark, None)
                .await
                .unwrap_err();
            let step = step.expect("the account is recorded before anything else is asked");
            let secret = text(&step, "secret");
            assert_eq!(secret.len(), 32);
            let done = create_once(&world, &law, &desired, &mark, Some(step))
                .await
                .map_err(|(error, _)| error)
                .unwrap();
            assert_eq!(text(&done, "secret"), secret);
            assert!(
                signs_in(&world, "robot$app+builder", &secret).await,
                "{method} {phase}"
            );
            assert_eq!(world.sandbox.inventory().live_of("harbor/robots").len(), 1);
        }
    }
}

#[tokio::test]
async fn an_account_whose_first_answer_was_lost_is_found_by_its_mark_and_completed() {
    let world = world().await;
    let law = Law::new(&world, ROBOT);
    let (desired, mark) = (
        law.desired(&robot(json!({ "description": "builds" }))),
        world.mark(),
    );
    world.fault(json!({ "name": "lost", "method": "POST", "path": "/robots", "phase": "after_commit", "action": "drop" }));
    let (error, _) = create_once(&world, &law, &desired, &mark, None)
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Ambiguous);
    let found = law.find(&desired, &mark).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        law.find(&desired, &world.mark()).await.is_empty(),
        "another attempt's mark finds nothing"
    );
    assert!(law.resource.is_carried_on());
    let Observed::Present(stands) = law.read(&found[0], Some(&desired)).await.unwrap() else {
        panic!("it is there")
    };
    let done = create_once(&world, &law, &desired, &mark, Some(stands))
        .await
        .map_err(|(error, _)| error)
        .unwrap();
    assert_eq!(
        (text(&done, "id"), text(&done, "description")),
        (found[0].clone(), "builds".to_owned())
    );
    assert!(signs_in(&world, "robot$app+builder", &text(&done, "secret")).await);
    let Observed::Present(read) = law.read(&found[0], Some(&done)).await.unwrap() else {
        panic!("it is there")
    };
    assert_eq!(text(&read, "description"), "builds");
}

#[tokio::test]
async fn an_account_of_somebody_else_is_not_taken_over() {
    let world = world().await;
    let law = Law::new(&world, ROBOT);
    let desired = law.desired(&robot(json!({})));
    let other = law.create(&desired, &world.mark()).await.unwrap();
    let (error, step) = create_once(&world, &law, &desired, &world.mark(), None)
        .await
        .unwrap_err();
    assert!(step.is_none());
    assert!(
        error
            .remedy
            .unwrap()
            .contains(&format!("id = {:?}", text(&other, "id")))
    );
    assert!(signs_in(&world, "robot$app+builder", &text(&other, "secret")).await);
}

#[tokio::test]
async fn a_permission_that_does_not_exist_is_told_with_the_right_ones() {
    let world = world().await;
    let law = Law::new(&world, ROBOT);
    let wrong = law.desired(&robot(
        json!({ "permissions": access(&[("repository", "create")]) }),
    ));
    let found = world.findings(ROBOT, None, &wrong).await;
    let [(true, told)] = found.as_slice() else {
        panic!("one fault is told: {found:?}")
    };
    assert!(
        told.contains("cannot have `create` on `repository` in a project"),
        "{told}"
    );
    assert!(told.contains("`pull`, `push`"), "{told}");
}

#[tokio::test]
async fn a_namespace_that_is_an_id_is_told() {
    let world = world().await;
    let law = Law::new(&world, ROBOT);
    let wrong = json!([{ "kind": "project", "namespace": "/projects/2", "access": [{ "resource": "repository", "action": "pull" }] }]);
    let found = world
        .findings(ROBOT, None, &law.desired(&robot(json!({ "permissions": wrong }))))
        .await;
    assert!(
        found
            .iter()
            .any(|(fatal, told)| *fatal && told.contains("harbor_project.NAME.name")),
        "{found:?}"
    );
}
