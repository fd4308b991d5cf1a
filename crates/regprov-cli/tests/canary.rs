//! Nothing in clear: every secret that the sandbox issues carries a marker, and the user supplies secrets of his own. After
//! each of the commands, whatever the log level, no byte that was written or printed may hold one of them, in any form.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

#[path = "support/commands.rs"]
mod commands;
#[path = "support/canary.rs"]
mod support;

use regprov_emulator::{Action, Fault, Phase};
use std::time::Duration;
use support::{MARKER, Swept, USER};

/// Everything that a user does with a configuration that holds secrets, from first plan to destroy.
async fn life(log: &[(&str, &str)]) {
    let mut run = Swept::new(log);
    run.ok(&["validate"]).await;
    run.ok(&["plan", "-sandbox", "-out=first.plan"]).await;
    run.ok(&["show", "-sandbox", "first.plan"]).await;
    run.ok(&["show", "-sandbox", "-json", "first.plan"]).await;
    run.ok(&["apply", "-sandbox", "first.plan"]).await;
    run.learn_issued().await;
    for command in [
        &["plan", "-sandbox"][..],
        &["plan", "-sandbox", "-json"],
        &["show", "-sandbox"],
        &["show", "-sandbox", "-json"],
        &["output", "-sandbox"],
        &["output", "-sandbox", "-json"],
        &["state", "list", "-sandbox"],
        &[
            "state",
            "show",
            "-sandbox",
            "azuread_service_principal_password.pusher",
        ],
        &["state", "show", "-sandbox", "azuread_application.second"],
        &[
            "state",
            "show",
            "-sandbox",
            "azurerm_container_registry.binderhub",
        ],
        &["state", "show", "-sandbox", "terraform_data.user"],
        &["creds", "list", "-sandbox"],
        &["creds", "list", "-sandbox", "-json"],
        &[
            "creds",
            "verify",
            "-sandbox",
            "azuread_service_principal_password.pusher",
        ],
        &["graph"],
        &[
            "apply",
            "-sandbox",
            "-auto-approve",
            "-replace=azuread_service_principal_password.pusher",
        ],
    ] {
        run.ok(command).await;
    }
    run.learn_issued().await;
    run.sweep();
    run.ok(&["apply", "-sandbox", "-auto-approve", "-json", "-var=generation=2"])
        .await;
    run.learn_issued().await;
    run.ok(&["destroy", "-sandbox", "-auto-approve"]).await;
    run.sweep();
}

#[tokio::test]
async fn no_command_leaves_or_prints_a_secret() {
    life(&[]).await;
}

#[tokio::test]
async fn no_command_leaves_or_prints_a_secret_when_it_logs() {
    for log in [
        ("REGPROV_LOG", "info"),
        ("REGPROV_LOG", "debug"),
        ("TF_LOG", "TRACE"),
    ] {
        life(&[log]).await;
    }
}

#[tokio::test]
async fn no_command_leaves_or_prints_a_secret_when_every_library_logs_all() {
    life(&[("REGPROV_LOG", "trace,regprov_http=trace")]).await;
}

/// Every command that the program has, also those that nobody thinks of: a new one that is not among them fails this.
#[tokio::test]
async fn no_command_of_all_leaves_or_prints_a_secret_at_any_level_of_the_log() {
    for level in ["info", "debug", "trace"] {
        let mut run = Swept::new(&[("REGPROV_LOG", level)]);
        commands::all(&mut run).await;
        let forgotten = commands::forgotten(&run, &run.commands()).await;
        assert!(forgotten.is_empty(), "not swept: {forgotten:?}");
    }
}

#[tokio::test]
async fn an_apply_that_fails_leaves_and_prints_no_secret() {
    let mut run = Swept::new(&[("REGPROV_LOG", "trace")]);
    let cloud = run.own().await;
    let refused = Action::Status {
        code: 403,
        body: r#"{"error":{"code":"AuthorizationFailed","message":"No."}}"#.into(),
        retry_after: None,
    };
    cloud.schedule(Fault {
        times: 100,
        ..Fault::at_request(1, Phase::Before, refused).on("PUT", "roleAssignments")
    });
    let told = run.fails(&["apply", "-sandbox", "-auto-approve"]).await;
    assert!(
        told.contains("azurerm_role_assignment.push: create failed"),
        "{told}"
    );
    run.fails(&["apply", "-sandbox", "-auto-approve", "-json"]).await;
    run.ok(&["show", "-sandbox", "-json"]).await;
    run.sweep();
    assert_eq!(cloud.live("azure/role_assignments").len(), 0);
}

#[tokio::test]
async fn a_service_that_quotes_a_secret_is_not_quoted() {
    let mut run = Swept::new(&[("REGPROV_LOG", "trace")]);
    let cloud = run.own().await;
    // Often enough that lines are broken within it.
    let message = format!("It is '{USER}'. ").repeat(8);
    let body = serde_json::json!({ "error": { "code": "BadRequest", "message": message } }).to_string();
    let refused = Action::Status {
        code: 400,
        body,
        retry_after: None,
    };
    cloud.schedule(Fault {
        times: 100,
        ..Fault::at_request(1, Phase::Before, refused).on("PUT", "registries/binderhubimages")
    });
    let told = run.fails(&["apply", "-sandbox", "-auto-approve"]).await;
    // The service's own words are there, so the secret would be too.
    assert!(told.contains("It is '(sensitive)'."), "{told}");
    run.sweep_outputs();
}

#[tokio::test]
async fn an_apply_that_is_killed_leaves_no_secret() {
    let mut run = Swept::new(&[]);
    let cloud = run.own().await;
    cloud.schedule(Fault::at_request(1, Phase::AfterCommit, Action::Hold).on("PUT", "roleAssignments"));
    let child = run.environment.spawn(&["apply", "-sandbox", "-auto-approve"]);
    let mut held = cloud.sandbox().held();
    let limit = Duration::from_secs(120);
    tokio::time::timeout(limit, held.wait_for(|count| *count > 0))
        .await
        .unwrap()
        .unwrap();
    let killed = child.kill().await;
    run.keep("the killed apply", &killed);
    // The journal is there, and what was issued is in it.
    assert!(
        run.files().iter().any(|name| name.contains("journal")),
        "{:?}",
        run.files()
    );
    run.sweep();
}

#[tokio::test]
async fn what_is_asked_for_by_name_is_revealed() {
    let mut run = Swept::new(&[]);
    run.ok(&["apply", "-sandbox", "-auto-approve"]).await;
    let password = run
        .environment
        .run(&["output", "-sandbox", "-raw", "password"])
        .await
        .expect(0);
    // The marker is in what the sandbox issues: the sweeps of the other tests look for something.
    assert!(String::from_utf8(password.stdout).unwrap().contains(MARKER));
    let token = run
        .environment
        .run(&["output", "-sandbox", "-raw", "token"])
        .await
        .expect(0);
    assert_eq!(String::from_utf8(token.stdout).unwrap(), USER);
    run.learn_issued().await;
    run.sweep();
    // A planted secret is found.
    run.environment.write("notes.txt", &format!("{USER}\n"));
    run.environment.write("more.txt", &format!("a{MARKER}b"));
    assert_eq!(run.found_in_files().len(), 2, "{:?}", run.found_in_files());
}
