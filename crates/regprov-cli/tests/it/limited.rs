//! Plans for certain targets.

use crate::stage::{ends, says, with_main};

const TWO: &str = r#"
resource "terraform_data" "a" {
  input = 1
}

resource "terraform_data" "b" {
  input = 2
}

output "b" {
  value = terraform_data.b.output
}
"#;

#[tokio::test]
async fn outputs_that_are_no_longer_declared_stay_until_a_whole_plan() {
    let environment = with_main(TWO);
    ends(&environment, &["apply", "-auto-approve"], 0).await;
    let environment =
        environment.with_file("main.tf", "resource \"terraform_data\" \"a\" {\n  input = 3\n}\n");
    let target = "-target=terraform_data.a";
    let applied = environment
        .run(&["apply", "-auto-approve", target])
        .await
        .expect(0);
    says(&applied, &["Apply complete: 0 added, 1 changed, 0 destroyed."]);
    says(&environment.run(&["output", "b"]).await.expect(0), &["2"]);
    ends(&environment, &["apply", "-auto-approve"], 0).await;
    ends(&environment, &["output", "b"], 1).await;
}

#[tokio::test]
async fn targets_must_name_both_ends_of_a_move() {
    let environment = with_main(TWO);
    ends(&environment, &["apply", "-auto-approve"], 0).await;
    let moved = r#"
resource "terraform_data" "a" {
  input = 1
}

resource "terraform_data" "c" {
  input = 2
}

moved {
  from = terraform_data.b
  to   = terraform_data.c
}
"#;
    let environment = environment.with_file("main.tf", moved);
    for target in ["-target=terraform_data.a", "-target=terraform_data.b"] {
        let refused = environment.run(&["plan", target]).await.expect(1);
        says(&refused, &["Moved objects are not targeted", "terraform_data.c"]);
    }
    for targets in [
        ["-target=terraform_data.b", "-target=terraform_data.c"],
        ["-target=terraform_data.a", "-replace=terraform_data.a"],
    ] {
        let expected = i32::from(targets[1].starts_with("-replace"));
        ends(&environment, &[&["plan"], &targets[..]].concat(), expected).await;
    }
}
