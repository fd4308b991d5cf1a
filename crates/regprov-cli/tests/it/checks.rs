//! `check` blocks: they warn, and stop nothing.

use crate::stage::{says, with_main};

const APPLY: [&str; 2] = ["apply", "-auto-approve"];

#[tokio::test]
async fn what_is_known_only_after_apply_is_checked_then() {
    let environment = with_main(
        r#"
resource "terraform_data" "a" {
  input = 1
}

check "size" {
  assert {
    condition     = terraform_data.a.output == 2
    error_message = "The size is ${terraform_data.a.output}."
  }
  assert {
    condition     = terraform_data.a.id != ""
    error_message = "This holds."
  }
}
"#,
    );
    let applied = environment.run(&APPLY).await.expect(0);
    says(
        &applied,
        &[
            "assertion known after apply",
            "Check block assertion failed",
            "The size is 1.",
        ],
    );
    assert!(!String::from_utf8_lossy(&applied.stderr).contains("This holds."));
}

#[tokio::test]
async fn a_data_source_of_a_check_that_cannot_be_read_is_a_warning() {
    for path in ["\"none.tfstate\"", "\"${terraform_data.a.id}.tfstate\""] {
        let environment = with_main(&format!(
            r#"
resource "terraform_data" "a" {{
  input = 1
}}

check "elsewhere" {{
  data "terraform_remote_state" "other" {{
    backend = "local"
    config  = {{ path = {path} }}
  }}
  assert {{
    condition     = data.terraform_remote_state.other.outputs.size == 2
    error_message = "The size is another."
  }}
}}
"#
        ));
        let applied = environment.run(&APPLY).await.expect(0);
        says(&applied, &["warning[", "has no state", "Apply complete: 1 added"]);
    }
}

#[tokio::test]
async fn a_wrong_argument_of_a_data_source_of_a_check_is_an_error() {
    let environment = with_main(
        r#"
check "elsewhere" {
  data "terraform_remote_state" "other" {
    backend = "nowhere"
    config  = {}
  }
  assert {
    condition     = data.terraform_remote_state.other.outputs.size == 2
    error_message = "The size is another."
  }
}
"#,
    );
    let planned = environment.run(&["plan"]).await.expect(1);
    says(&planned, &["there is no backend `nowhere`", "main.tf:3:3"]);
}
