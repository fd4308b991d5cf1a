//! The state corrected by hand: Terraform's commands, flags and outcomes.

use crate::stage::{check, directory, ends, says, with_main};
use expect_test::expect;
use regprov_testkit::TestEnvironment;
use serde_json::Value;

const MAIN: &str = r#"resource "terraform_data" "a" {
  input = "x"
}

resource "terraform_data" "b" {
  count = 2
  input = terraform_data.a.output
}

resource "terraform_data" "c" {
  for_each = toset(["k", "l"])
  input    = 1
}
"#;

async fn applied() -> TestEnvironment {
    let environment = with_main(MAIN);
    ends(&environment, &["apply", "-auto-approve"], 0).await;
    environment
}

async fn listed(environment: &TestEnvironment, arguments: &[&str]) -> Vec<String> {
    let finished = environment
        .run(&[&["state", "list"], arguments].concat())
        .await
        .expect(0);
    String::from_utf8(finished.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

fn state(environment: &TestEnvironment, path: &str) -> Value {
    let bytes = std::fs::read(environment.directory().join(path)).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[tokio::test]
async fn instances_resources_and_modules_get_other_addresses() {
    let environment = applied().await;
    for (source, destination) in [
        ("terraform_data.a", "terraform_data.z"),
        ("terraform_data.b", "module.m.terraform_data.b"),
        ("terraform_data.c[\"k\"]", "terraform_data.d"),
        ("module.m", "module.n[0]"),
    ] {
        let finished = environment
            .run(&["state", "mv", source, destination])
            .await
            .expect(0);
        says(&finished, &["Successfully moved 1 object(s)."]);
    }
    let all = listed(&environment, &[]).await;
    assert_eq!(
        all,
        [
            "terraform_data.c[\"l\"]",
            "terraform_data.d",
            "terraform_data.z",
            "module.n[0].terraform_data.b[0]",
            "module.n[0].terraform_data.b[1]",
        ]
    );
    assert_eq!(listed(&environment, &["module.n"]).await, all[3..]);
    let id = state(&environment, "terraform.tfstate")["resources"]
        .as_array()
        .unwrap()
        .iter()
        .find(|resource| resource["name"] == "z")
        .unwrap()["instances"][0]["attributes"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        listed(&environment, &[&format!("-id={id}")]).await,
        ["terraform_data.z"]
    );
}

#[tokio::test]
async fn a_move_that_cannot_be_says_why_and_changes_nothing() {
    let environment = applied().await;
    let before = state(&environment, "terraform.tfstate");
    check(
        &environment,
        &["state", "mv", "terraform_data.q", "terraform_data.y"],
        expect![[r#"
            $ regprov state mv terraform_data.q terraform_data.y
            error[RP0606]: No matching objects found
             │
             ├ note: The state has nothing at `terraform_data.q`.
             ╰ help: Did you mean `terraform_data.a`?
            [exit 1]
        "#]],
    )
    .await;
    check(
        &environment,
        &["state", "mv", "terraform_data.b", "terraform_data.c"],
        expect![[r#"
            $ regprov state mv terraform_data.b terraform_data.c
            error[RP0606]: Invalid state move request
             │
             ╰ note: terraform_data.b cannot become terraform_data.c: terraform_data.c["k"] is in the state
                     already.
            [exit 1]
        "#]],
    )
    .await;
    check(
        &environment,
        &["state", "mv", "terraform_data.a", "null_resource.a"],
        expect![[r#"
            $ regprov state mv terraform_data.a null_resource.a
            error[RP0606]: Invalid state move request
             │
             ╰ note: terraform_data.a cannot become null_resource.a: their resource types differ.
            [exit 1]
        "#]],
    )
    .await;
    check(
        &environment,
        &["state", "mv", "-dry-run", "terraform_data.a", "terraform_data.y"],
        expect![[r#"
            $ regprov state mv -dry-run terraform_data.a terraform_data.y
            Would move "terraform_data.a" to "terraform_data.y"
            [exit 0]
        "#]],
    )
    .await;
    assert_eq!(before, state(&environment, "terraform.tfstate"));
}

#[tokio::test]
async fn a_move_into_another_state_leaves_the_object_in_one_of_them() {
    let environment = applied().await;
    let arguments = [
        "state",
        "mv",
        "-state-out=other.tfstate",
        "terraform_data.c",
        "terraform_data.e",
    ];
    ends(&environment, &arguments, 0).await;
    assert_eq!(listed(&environment, &["-state=other.tfstate"]).await.len(), 2);
    assert_eq!(listed(&environment, &[]).await.len(), 3);
}

#[tokio::test]
async fn removed_instances_are_forgotten() {
    let environment = applied().await;
    check(
        &environment,
        &["state", "rm", "-dry-run", "terraform_data.c", "module.n"],
        expect![[r#"
            $ regprov state rm -dry-run terraform_data.c module.n
            Would remove terraform_data.c["k"]
            Would remove terraform_data.c["l"]
            warning: the state has nothing at `module.n`
            [exit 0]
        "#]],
    )
    .await;
    check(
        &environment,
        &["state", "rm", "terraform_data.c", "terraform_data.b[0]"],
        expect![[r#"
            $ regprov state rm terraform_data.c terraform_data.b[0]
            Removed terraform_data.b[0]
            Removed terraform_data.c["k"]
            Removed terraform_data.c["l"]
            Successfully removed 3 resource instance(s). The objects themselves stay as they are.
            [exit 0]
        "#]],
    )
    .await;
    check(
        &environment,
        &["state", "rm", "terraform_data.q"],
        expect![[r#"
        $ regprov state rm terraform_data.q
        error[RP0606]: No matching objects found
         │
         ├ note: The state has nothing at `terraform_data.q`.
         ╰ help: Did you mean `terraform_data.a`?
        [exit 1]
    "#]],
    )
    .await;
    assert_eq!(
        listed(&environment, &[]).await,
        ["terraform_data.a", "terraform_data.b[1]"]
    );
}

#[tokio::test]
async fn a_tainted_instance_is_replaced_and_an_untainted_one_is_not() {
    let environment = applied().await;
    check(
        &environment,
        &["taint", "terraform_data.a"],
        expect![[r#"
        $ regprov taint terraform_data.a
        Resource instance terraform_data.a has been marked as tainted.
        [exit 0]
    "#]],
    )
    .await;
    let plan = environment.run(&["plan", "-detailed-exitcode"]).await.expect(2);
    says(&plan, &["terraform_data.a"]);
    check(
        &environment,
        &["untaint", "terraform_data.a"],
        expect![[r#"
        $ regprov untaint terraform_data.a
        Resource instance terraform_data.a has been successfully untainted.
        [exit 0]
    "#]],
    )
    .await;
    ends(&environment, &["plan", "-detailed-exitcode"], 0).await;
    check(
        &environment,
        &["untaint", "terraform_data.a"],
        expect![[r#"
        $ regprov untaint terraform_data.a
        error[RP0606]: Resource instance is not tainted
         │
         ╰ note: terraform_data.a is not marked as tainted, so there is no mark to take back.
        [exit 1]
    "#]],
    )
    .await;
    check(
        &environment,
        &["taint", "-allow-missing", "terraform_data.q"],
        expect![[r#"
        $ regprov taint -allow-missing terraform_data.q
        No such resource instance as terraform_data.q, but -allow-missing was given.
        [exit 0]
    "#]],
    )
    .await;
}

#[tokio::test]
async fn resources_are_recorded_under_another_provider() {
    let environment = applied().await;
    let arguments = [
        "state",
        "replace-provider",
        "-auto-approve",
        "terraform.io/builtin/terraform",
        "hashicorp/foo",
    ];
    check(
        &environment,
        &arguments,
        expect![[r#"
        $ regprov state replace-provider -auto-approve terraform.io/builtin/terraform hashicorp/foo
        regprov will perform the following actions:

          ~ Updating provider:
            - terraform.io/builtin/terraform
            + registry.terraform.io/hashicorp/foo

        Changing 3 resources:

          terraform_data.a
          terraform_data.b
          terraform_data.c

        Successfully replaced provider for 3 resources.
        [exit 0]
    "#]],
    )
    .await;
    let provider = state(&environment, "terraform.tfstate")["resources"][0]["provider"].clone();
    assert_eq!(provider, "provider[\"registry.terraform.io/hashicorp/foo\"]");
    let arguments = [
        "state",
        "replace-provider",
        "-auto-approve",
        "a/b",
        "hashicorp/foo",
    ];
    check(
        &environment,
        &arguments,
        expect![[r#"
        $ regprov state replace-provider -auto-approve a/b hashicorp/foo
        No matching resources found.
        [exit 0]
    "#]],
    )
    .await;
}

#[tokio::test]
async fn a_state_is_pulled_and_pushed_by_terraforms_rules() {
    let environment = applied().await;
    let pulled = environment.run(&["state", "pull"]).await.expect(0);
    let mut copy: Value = serde_json::from_slice(&pulled.stdout).unwrap();
    assert_eq!(copy, state(&environment, "terraform.tfstate"));
    environment.write("copy.tfstate", &copy.to_string());
    ends(&environment, &["state", "push", "copy.tfstate"], 0).await;
    assert_eq!(
        copy,
        state(&environment, "terraform.tfstate"),
        "the same state changes nothing"
    );

    let serial = copy["serial"].as_u64().unwrap();
    copy["resources"].as_array_mut().unwrap().pop();
    environment.write("copy.tfstate", &copy.to_string());
    let refused = environment
        .run(&["state", "push", "copy.tfstate"])
        .await
        .expect(1);
    says(
        &refused,
        &[
            "State cannot be pushed",
            "and another content",
            "state push -force",
        ],
    );

    copy["serial"] = (serial + 7).into();
    environment.write("copy.tfstate", &copy.to_string());
    ends(&environment, &["state", "push", "copy.tfstate"], 0).await;
    assert_eq!(state(&environment, "terraform.tfstate")["serial"], serial + 7);

    copy["serial"] = 1.into();
    environment.write("copy.tfstate", &copy.to_string());
    let refused = environment
        .run(&["state", "push", "copy.tfstate"])
        .await
        .expect(1);
    says(&refused, &["it is older"]);

    copy["lineage"] = "another".into();
    environment.write("copy.tfstate", &copy.to_string());
    let refused = environment
        .run(&["state", "push", "copy.tfstate"])
        .await
        .expect(1);
    says(&refused, &["it is the state of something else"]);
    ends(&environment, &["state", "push", "-force", "copy.tfstate"], 0).await;
    let forced = state(&environment, "terraform.tfstate");
    assert_eq!(forced["lineage"], "another");
    assert!(
        forced["serial"].as_u64() > Some(serial + 7),
        "a serial never falls"
    );
}

#[tokio::test]
async fn a_sealed_state_is_pulled_sealed_and_pushed_back() {
    let secret = "resource \"random_password\" \"a\" {\n  length = 24\n}\n";
    let environment = with_main(secret);
    ends(&environment, &["apply", "-auto-approve"], 0).await;
    let pulled = environment.run(&["state", "pull"]).await.expect(0);
    let copy: Value = serde_json::from_slice(&pulled.stdout).unwrap();
    assert_eq!(copy["version"], 1004, "it stays sealed");
    environment.write("copy.tfstate", &copy.to_string());
    ends(&environment, &["state", "rm", "random_password.a"], 0).await;
    let refused = environment
        .run(&["state", "push", "copy.tfstate"])
        .await
        .expect(1);
    says(&refused, &["it is older"]);
    ends(&environment, &["state", "push", "-force", "copy.tfstate"], 0).await;
    ends(&environment, &["plan", "-detailed-exitcode"], 0).await;
}

#[tokio::test]
async fn an_empty_directory_has_nothing_to_pull_and_takes_a_push() {
    let environment = directory();
    let pulled = environment.run(&["state", "pull"]).await.expect(0);
    assert!(pulled.stdout.is_empty());
    let text = r#"{"version":4,"terraform_version":"1.11.4","serial":5,"lineage":"a2b8a9cf-2a5c-4d1e-8a52-0d8a6e0f7d11","outputs":{},"resources":[{"mode":"managed","type":"terraform_data","name":"a","provider":"provider[\"terraform.io/builtin/terraform\"]","instances":[{"schema_version":0,"attributes":{"id":"1","input":null,"output":null,"triggers_replace":null},"sensitive_attributes":[]}]}],"check_results":null}"#;
    environment.write("other.tfstate", text);
    ends(&environment, &["state", "push", "other.tfstate"], 0).await;
    let pushed = state(&environment, "terraform.tfstate");
    assert_eq!(
        (&pushed["serial"], &pushed["lineage"]),
        (&5.into(), &"a2b8a9cf-2a5c-4d1e-8a52-0d8a6e0f7d11".into())
    );
    environment.write("bad.json", "{}");
    let refused = environment.run(&["state", "push", "bad.json"]).await.expect(1);
    says(&refused, &["it has no `version` number"]);
}

const SECRET: &str = "resource \"random_password\" \"a\" {\n  length = 24\n}\n";

fn text(environment: &TestEnvironment) -> String {
    std::fs::read_to_string(environment.directory().join("terraform.tfstate")).unwrap()
}

#[tokio::test]
async fn a_state_is_unsealed_sealed_and_given_a_new_key() {
    let environment = with_main(SECRET);
    ends(&environment, &["apply", "-auto-approve"], 0).await;
    let key = state(&environment, "terraform.tfstate")["regprov_sealing"]["key_id"].clone();
    let rotated = environment.run(&["state", "rotate-keys"]).await.expect(0);
    says(
        &rotated,
        &[
            "The state has a new key",
            "age1",
            "Copies and backups that were made before",
        ],
    );
    assert_ne!(
        state(&environment, "terraform.tfstate")["regprov_sealing"]["key_id"],
        key
    );
    ends(&environment, &["plan", "-detailed-exitcode"], 0).await;

    let refused = environment.run(&["state", "unseal"]).await.expect(1);
    says(&refused, &["The state stays sealed."]);
    ends(&environment, &["state", "unseal", "-force"], 0).await;
    let clear = state(&environment, "terraform.tfstate");
    assert_eq!(clear["version"], 4);
    let password = clear["resources"][0]["instances"][0]["attributes"]["result"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(password.len(), 24);
    let none = environment.run(&["state", "rotate-keys"]).await.expect(0);
    says(&none, &["there is no key to rotate"]);

    let sealed = environment.run(&["state", "seal"]).await.expect(0);
    says(&sealed, &["The secrets of the state are sealed, for: age1"]);
    assert!(!text(&environment).contains(&password));
    let again = environment.run(&["state", "seal"]).await.expect(0);
    says(&again, &["There is nothing to seal"]);
    ends(&environment, &["plan", "-detailed-exitcode"], 0).await;
}

#[tokio::test]
async fn the_secrets_of_a_foreign_state_are_those_of_the_schema() {
    let environment = with_main("");
    let foreign = r#"{"version":4,"terraform_version":"1.5.7","serial":5,"lineage":"a2b8a9cf-2a5c-4d1e-8a52-0d8a6e0f7d11","outputs":{},"resources":[{"mode":"managed","type":"random_password","name":"a","provider":"provider[\"registry.terraform.io/hashicorp/random\"]","instances":[{"schema_version":3,"attributes":{"bcrypt_hash":"x","id":"none","length":9,"result":"s3cr3t-99"},"sensitive_attributes":[]}]}],"check_results":null}"#;
    environment.write("terraform.tfstate", foreign);
    let sealed = environment.run(&["state", "seal"]).await.expect(0);
    says(
        &sealed,
        &["is kept in", "The secrets of the state are sealed, for: age1"],
    );
    assert!(!text(&environment).contains("s3cr3t-99"));
    ends(&environment, &["state", "export", "-out=clear.tfstate"], 0).await;
    let clear = state(&environment, "clear.tfstate");
    assert_eq!(
        clear["resources"][0]["instances"][0]["attributes"]["result"],
        "s3cr3t-99"
    );
}

const FOREIGN: &str = r#"{"version":4,"terraform_version":"1.11.4","serial":5,"lineage":"a2b8a9cf-2a5c-1d1e-fa52-0d8a6e0f7d11","outputs":{},"resources":[{"mode":"managed","type":"terraform_data","name":"a","provider":"provider[\"terraform.io/builtin/terraform\"]","instances":[{"schema_version":0,"attributes":{"id":"1","input":{"value":{"user":"u","word":"s3cr3t-99"},"type":["object",{"user":"string","word":"string"}]},"output":{"value":{"user":"u","word":"s3cr3t-99"},"type":["object",{"user":"string","word":"string"}]},"triggers_replace":null},"sensitive_attributes":[[{"type":"get_attr","value":"input"},{"type":"get_attr","value":"word"}]]}]}],"check_results":null}"#;

#[tokio::test]
async fn correcting_a_foreign_state_with_secrets_needs_consent_and_seals_what_derives_from_them() {
    let environment = with_main("").with_file("terraform.tfstate", FOREIGN);
    for arguments in [
        &["state", "mv", "terraform_data.a", "terraform_data.b"][..],
        &["state", "rm", "terraform_data.a"],
        &["taint", "terraform_data.a"],
        &["apply", "-auto-approve"],
    ] {
        let refused = environment.run(arguments).await.expect(1);
        says(&refused, &["-seal-state"]);
        assert_eq!(text(&environment), FOREIGN);
    }
    let moved = environment
        .run(&[
            "state",
            "mv",
            "-seal-state",
            "terraform_data.a",
            "terraform_data.b",
        ])
        .await
        .expect(0);
    says(
        &moved,
        &["terraform.tfstate.backup", "Successfully moved 1 object(s)."],
    );
    assert!(
        !text(&environment).contains("s3cr3t-99"),
        "{}",
        text(&environment)
    );
    let backup = std::fs::read_to_string(environment.directory().join("terraform.tfstate.backup")).unwrap();
    assert_eq!(backup, FOREIGN);
}

#[tokio::test]
async fn a_state_in_a_file_is_shown_and_copied_before_it_is_corrected() {
    let environment = applied().await;
    let before = text(&environment);
    ends(
        &environment,
        &["state", "rm", "-backup=kept.tfstate", "terraform_data.a"],
        0,
    )
    .await;
    let kept = std::fs::read_to_string(environment.directory().join("kept.tfstate")).unwrap();
    assert_eq!(kept, before);
    ends(
        &environment,
        &["state", "mv", "terraform_data.b", "terraform_data.e"],
        0,
    )
    .await;
    let copies = std::fs::read_dir(environment.directory()).unwrap();
    let copies = copies.filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().ends_with(".backup")
    });
    assert_eq!(copies.count(), 1);

    let shown = environment.run(&["show", "kept.tfstate"]).await.expect(0);
    says(&shown, &["# terraform_data.a", "input = \"x\""]);
    let shown = environment
        .run(&["show", "-json", "kept.tfstate"])
        .await
        .expect(0);
    let json: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(
        json["values"]["root_module"]["resources"][0]["address"],
        "terraform_data.a"
    );
}

#[tokio::test]
async fn a_question_is_answered_through_a_pipe() {
    let environment = with_main(MAIN);
    let declined = environment.run_reading("no\n", &["apply"]).await.expect(1);
    says(&declined, &["Nothing was changed."]);
    let unasked = environment
        .run_reading("yes\n", &["apply", "-input=false"])
        .await
        .expect(1);
    says(&unasked, &["Nobody can be asked"]);
    let done = environment.run_reading("yes\n", &["apply"]).await.expect(0);
    says(&done, &["Apply complete: 5 added"]);
    let ended = environment.run(&["destroy"]).await.expect(1);
    says(&ended, &["Nobody can be asked"]);
}

#[tokio::test]
async fn a_passphrase_seals_and_without_it_nothing_opens() {
    let environment = with_main(SECRET).with("REGPROV_PASSPHRASE", "correct horse battery");
    ends(&environment, &["apply", "-auto-approve"], 0).await;
    let header = state(&environment, "terraform.tfstate")["regprov_sealing"].clone();
    assert_eq!(header["recipients"], serde_json::json!(["passphrase"]));
    ends(&environment, &["plan", "-detailed-exitcode"], 0).await;
    let wrong = environment.with("REGPROV_PASSPHRASE", "wrong horse battery");
    let refused = wrong.run(&["plan"]).await.expect(1);
    says(
        &refused,
        &["No identity opens this state", "sealed for passphrase"],
    );
    assert!(!refused.text().contains("horse"), "{}", refused.text());
}
