//! Workspaces: made, chosen, listed, deleted; by flag, by file and by the environment.

use crate::stage::{check, directory, ends, says, with_main};
use expect_test::expect;
use regprov_testkit::TestEnvironment;

const MAIN: &str = "resource \"terraform_data\" \"a\" {\n  input = terraform.workspace\n}\n\noutput \"o\" {\n  value = terraform_data.a.output\n}\n";

async fn output(environment: &TestEnvironment, workspace: Option<&str>) -> String {
    let variables: Vec<(&str, &str)> = workspace.map(|name| ("TF_WORKSPACE", name)).into_iter().collect();
    let finished = environment
        .run_with(&["output", "-raw", "o"], &variables)
        .await
        .expect(0);
    String::from_utf8(finished.stdout).unwrap()
}

#[tokio::test]
async fn each_workspace_has_a_state_of_its_own_where_terraform_keeps_it() {
    let environment = with_main(MAIN);
    ends(&environment, &["apply", "-auto-approve"], 0).await;
    check(
        &environment,
        &["workspace", "new", "staging"],
        expect![[r#"
            $ regprov workspace new staging
            The workspace `staging` was made and is in use now. It is empty: a plan sees nothing of what other workspaces made.
            [exit 0]
        "#]],
    )
    .await;
    ends(&environment, &["plan", "-detailed-exitcode"], 2).await;
    ends(&environment, &["apply", "-auto-approve"], 0).await;
    let state = |path: &str| environment.directory().join(path).is_file();
    assert!(state("terraform.tfstate") && state("terraform.tfstate.d/staging/terraform.tfstate"));
    let chosen = std::fs::read_to_string(environment.directory().join(".terraform/environment")).unwrap();
    assert_eq!(chosen, "staging");

    assert_eq!(output(&environment, None).await, "staging");
    assert_eq!(output(&environment, Some("default")).await, "default");
    check(
        &environment,
        &["workspace", "list"],
        expect![[r#"
            $ regprov workspace list
              default
            * staging
            [exit 0]
        "#]],
    )
    .await;
    ends(&environment, &["workspace", "select", "default"], 0).await;
    assert_eq!(output(&environment, None).await, "default");
    let shown = environment.run(&["workspace", "show"]).await.expect(0);
    assert_eq!(shown.stdout, b"default\n");
}

#[tokio::test]
async fn a_workspace_goes_when_it_is_empty_or_when_that_is_forced() {
    let environment = with_main(MAIN);
    ends(&environment, &["workspace", "select", "-or-create", "staging"], 0).await;
    ends(&environment, &["apply", "-auto-approve"], 0).await;
    let in_use = environment
        .run(&["workspace", "delete", "staging"])
        .await
        .expect(1);
    says(&in_use, &["The workspace `staging` is in use."]);
    ends(&environment, &["workspace", "select", "default"], 0).await;
    let full = environment
        .run(&["workspace", "delete", "staging"])
        .await
        .expect(1);
    says(&full, &["holds resources", "terraform_data.a", "-force"]);
    ends(&environment, &["workspace", "delete", "-force", "staging"], 0).await;
    assert!(
        !environment
            .directory()
            .join("terraform.tfstate.d/staging")
            .exists()
    );

    ends(&environment, &["workspace", "new", "short"], 0).await;
    ends(&environment, &["apply", "-auto-approve"], 0).await;
    ends(&environment, &["destroy", "-auto-approve"], 0).await;
    ends(&environment, &["workspace", "select", "default"], 0).await;
    ends(&environment, &["workspace", "delete", "short"], 0).await;
    ends(&environment, &["workspace", "delete", "default"], 1).await;
}

#[tokio::test]
async fn the_environment_chooses_and_is_not_chosen_over() {
    let environment = with_main(MAIN);
    let named = environment.with("TF_WORKSPACE", "ci");
    for arguments in [["workspace", "select", "default"], ["workspace", "new", "other"]] {
        let refused = named.run(&arguments).await.expect(1);
        says(&refused, &["TF_WORKSPACE"]);
    }
    ends(&named, &["apply", "-auto-approve"], 0).await;
    assert_eq!(output(&named, None).await, "ci");
    check(
        &named,
        &["workspace", "list"],
        expect![[r#"
            $ regprov workspace list
              default
            * ci

            The workspace in use is the one that TF_WORKSPACE names in the environment.
            [exit 0]
        "#]],
    )
    .await;
    assert!(!named.directory().join(".terraform/environment").exists());
}

#[tokio::test]
async fn names_that_lead_elsewhere_are_refused() {
    let environment = directory();
    for name in ["a/b", "..", "a b", "", "ü"] {
        let refused = environment.run(&["workspace", "new", name]).await.expect(1);
        says(&refused, &["is no name for a workspace"]);
    }
    let unknown = environment
        .run(&["workspace", "select", "stagign"])
        .await
        .expect(1);
    says(
        &unknown,
        &["There is no workspace `stagign`", "workspace new stagign"],
    );
    ends(&environment, &["workspace", "new", "staging"], 0).await;
    let near = environment
        .run(&["workspace", "select", "stagign"])
        .await
        .expect(1);
    says(&near, &["Did you mean `staging`?"]);
    ends(&environment, &["workspace", "new", "staging"], 1).await;
}
