//! `provisioner "local-exec"`: commands on this machine, around the life of an object.

use crate::stage::{check, ends, refused, says, transcript};
use expect_test::expect;
use regprov_testkit::TestEnvironment;
use serde_json::json;

fn live(main: &str) -> TestEnvironment {
    TestEnvironment::new(env!("CARGO_BIN_EXE_regprov"))
        .with_file("main.tf", main)
        .with("PATH", "/usr/bin:/bin")
}

fn marker(environment: &TestEnvironment) -> String {
    std::fs::read_to_string(environment.directory().join("marker")).unwrap_or_default()
}

const BOTH: &str = r#"resource "terraform_data" "a" {
  count = 2
  input = "x${count.index}"

  provisioner "local-exec" {
    command     = "echo made ${self.output} for $WHO >> marker; echo told; echo wrong >&2"
    environment = { WHO = "ada" }
  }

  provisioner "local-exec" {
    when    = destroy
    command = "echo gone ${self.output} ${count.index} >> marker"
  }
}
"#;

#[tokio::test]
async fn commands_run_after_create_and_before_delete_by_the_shell() {
    let environment = live(BOTH);
    let applied = environment
        .run(&["apply", "-auto-approve", "-parallelism=1"])
        .await
        .expect(0);
    says(
        &applied,
        &["terraform_data.a[0] (local-exec): told terraform_data.a[0] (local-exec): wrong"],
    );
    assert_eq!(
        sorted(&marker(&environment)),
        ["made x0 for ada", "made x1 for ada"]
    );
    std::fs::remove_file(environment.directory().join("marker")).unwrap();
    environment.write("main.tf", &BOTH.replace("count = 2", "count = 1"));
    ends(&environment, &["apply", "-auto-approve"], 0).await;
    assert_eq!(marker(&environment), "gone x1 1\n");
    ends(&environment, &["destroy", "-auto-approve"], 0).await;
    assert_eq!(marker(&environment), "gone x1 1\ngone x0 0\n");
}

fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines
}

#[tokio::test]
async fn an_interpreter_and_a_working_directory_are_honoured() {
    let environment = live(
        r#"resource "terraform_data" "a" {
  provisioner "local-exec" {
    command     = "here"
    interpreter = ["/bin/echo", "the", "words"]
    working_dir = "sub"
  }

  provisioner "local-exec" {
    command     = "pwd"
    working_dir = "sub"
    quiet       = true
  }
}
"#,
    );
    environment.write("sub/file", "");
    let applied = environment.run(&["apply", "-auto-approve"]).await.expect(0);
    let place = environment.directory().join("sub").display().to_string();
    says(
        &applied,
        &["(local-exec): the words here", &format!("(local-exec): {place}")],
    );
    assert!(
        !applied.text().contains("this machine: pwd"),
        "{}",
        applied.text()
    );
}

const FAILING: &str = r#"resource "terraform_data" "a" {
  provisioner "local-exec" {
    command = "echo tried >> marker; exit 3"
  }
}

resource "terraform_data" "b" {
  input = terraform_data.a.id
}
"#;

#[tokio::test]
async fn a_failed_command_taints_its_object_and_stops_what_comes_after() {
    let environment = live(FAILING);
    let finished = environment.run(&["apply", "-auto-approve"]).await.expect(1);
    let text = transcript(&environment, &["apply"], &finished);
    expect![[r#"


          failed    terraform_data.a
          not begun terraform_data.b

        Apply failed. What was done is recorded; run the command again to go on from here.
        error[RP0509]: Command of a provisioner failed
          ╭▸ main.tf:2:3
          │
        2 │   provisioner "local-exec" {
          │   ━━━━━━━━━━━━━━━━━━━━━━━━
          │
          ├ note: The command `echo tried >> marker; exit 3` that a provisioner of terraform_data.a runs on
          │       this machine failed: it ended with exit status 3.
          ├ address: terraform_data.a
          ╰ help: terraform_data.a exists and is marked as tainted: the next apply makes it anew and runs
                  the command again.
        [exit 1]
    "#]]
    .assert_eq(&text[text.find("\n\n  failed").unwrap()..]);
    let planned = environment.run(&["plan"]).await.expect(0);
    says(
        &planned,
        &[
            "terraform_data.a will be deleted, then created anew",
            "marked tainted",
        ],
    );
    environment.write("main.tf", &FAILING.replace("exit 3", "exit 0"));
    ends(&environment, &["apply", "-auto-approve"], 0).await;
    ends(&environment, &["plan", "-detailed-exitcode"], 0).await;
    assert_eq!(marker(&environment), "tried\ntried\n");
}

#[tokio::test]
async fn a_failure_that_may_continue_is_a_warning() {
    let environment = live(&FAILING.replace("exit 3\"", "exit 3\"\n    on_failure = continue"));
    let applied = environment.run(&["apply", "-auto-approve"]).await.expect(0);
    says(
        &applied,
        &[
            "warning[RP0509]",
            "it ended with exit status 3",
            "Apply complete: 2 added",
        ],
    );
    ends(&environment, &["plan", "-detailed-exitcode"], 0).await;
}

#[tokio::test]
async fn a_failed_command_before_the_delete_keeps_the_object() {
    let environment = live(&BOTH.replace("echo gone", "false && echo gone"));
    ends(&environment, &["apply", "-auto-approve"], 0).await;
    let finished = environment.run(&["destroy", "-auto-approve"]).await.expect(1);
    says(&finished, &["Command of a provisioner failed", "exit status 1"]);
    let listed = environment.run(&["state", "list"]).await.expect(0);
    assert_eq!(
        String::from_utf8_lossy(&listed.stdout),
        "terraform_data.a[0]\nterraform_data.a[1]\n"
    );
}

#[tokio::test]
async fn a_command_with_a_sensitive_value_shows_neither_itself_nor_what_it_prints() {
    let environment = live(
        r#"variable "token" {
  sensitive = true
  default   = "hush-hush"
}

resource "terraform_data" "a" {
  provisioner "local-exec" {
    command = "echo ${var.token} | rev; echo ${var.token}; false"
  }
}
"#,
    );
    let finished = environment.run(&["apply", "-auto-approve"]).await.expect(1);
    says(
        &finished,
        &[
            "A command that a provisioner of terraform_data.a runs on this machine failed: it ended with exit status 1.",
        ],
    );
    for secret in ["hush-hush", "hsuh-hsuh"] {
        assert!(!finished.text().contains(secret), "{}", finished.text());
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_provisioner_is_found_while_planning() {
    let main = r#"resource "terraform_data" "a" {
  provisioner "remote-exec" {
    inline = ["reboot"]
  }

  provisioner "local-exec" {
    command    = "true"
    on_failure = ignore
  }

  provisioner "local-exec" {
    when    = destroy
    command = "echo ${terraform_data.b.id}"
  }
}

resource "terraform_data" "b" {}
"#;
    refused(
        main,
        json!({}),
        expect![[r#"
        $ regprov apply -sandbox -auto-approve
        error[RP0120]: Unsupported feature
          ╭▸ main.tf:2:3
          │
        2 │   provisioner "remote-exec" {
          │   ━━━━━━━━━━━━━━━━━━━━━━━━━
          │
          ├ note: The provisioner "remote-exec" is not supported: regprov works on registries and
          │       credentials, not inside machines.
          ╰ help: Remove it, or run what it does from a provisioner "local-exec".

        error[RP0110]: Unsuitable expression
          ╭▸ main.tf:8:18
          │
        8 │     on_failure = ignore
          │                  ━━━━━━
          │
          ╰ note: `on_failure` is one of the keywords `fail` and `continue`.

        error[RP0110]: Invalid reference from destroy provisioner
           ╭▸ main.tf:13:23
           │
        13 │     command = "echo ${terraform_data.b.id}"
           │                       ━━━━━━━━━━━━━━━━
           │
           ├ note: A provisioner that runs on destroy cannot refer to `terraform_data.b`: it runs with what
           │       the state holds of the object, and nothing else need exist by then.
           ╰ help: Refer to `self`, `count.index` or `each.key`; keep other values in an argument of the
                   resource, such as `triggers_replace` of a `terraform_data`.
        [exit 1]
    "#]],
    )
    .await;
    let misspelled = "resource \"terraform_data\" \"a\" {\n  provisioner \"local-exec\" {\n    comand = \"true\"\n  }\n}\n";
    check(
        &live(misspelled),
        &["plan"],
        expect![[r#"
        $ regprov plan
        error[RP0106]: Missing required argument
          ╭▸ main.tf:2:3
          │
        2 │   provisioner "local-exec" {
          │   ━━━━━━━━━━━━━━━━━━━━━━━━
          │
          ├ note: The argument `command` is required, and it is not set.
          ╰ address: terraform_data.a

        error[RP0104]: Unsupported argument
          ╭▸ main.tf:3:5
          │
        2 │   provisioner "local-exec" {
        3 │     comand = "true"
          │     ━━━━━━
          │
          ├ note: There is no argument named `comand` here.
          ├ address: terraform_data.a
          ╰ help: Did you mean `command`?
        [exit 1]
    "#]],
    )
    .await;
}
