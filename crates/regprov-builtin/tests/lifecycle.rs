//! Built-in resource types through plan and apply, driven by hand.

#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps")]

#[path = "common/bench.rs"]
mod bench;

use bench::Bench;
use regprov_plan::Action;
use regprov_value::{Value, render};

#[test]
fn terraform_data_keeps_values_of_any_type() {
    let main = r#"
resource "terraform_data" "a" {
  input = toset(["b", "a"])
}
resource "terraform_data" "b" {
  input            = { list = tolist(["x"]), from = terraform_data.a.output }
  triggers_replace = [1, true]
}
"#;
    let mut bench = Bench::new(main);
    let objects = bench.apply();
    let output = objects["terraform_data.b"].get("output").unwrap();
    assert_eq!(render(output), r#"{"from" = ["a", "b"], "list" = ["x"]}"#);
    assert!(!bench.plan().has_changes(), "a plan after apply is empty");
    bench.configure(&main.replace("\"a\"]", "\"c\"]"));
    let plan = bench.plan();
    let actions: Vec<Action> = plan.changes.iter().map(|change| change.action).collect();
    assert_eq!(actions, [Action::Update, Action::Update]);
    bench.configure(&main.replace("true", "false"));
    assert_eq!(
        bench
            .plan()
            .change(&"terraform_data.b".parse().unwrap())
            .unwrap()
            .action,
        Action::DeleteThenCreate
    );
}

#[test]
fn every_other_type_is_stable_after_apply() {
    let mut bench = Bench::new(
        r#"
resource "null_resource" "n" {
  triggers = { a = "b" }
}
resource "random_id" "i" {
  byte_length = 4
  prefix      = "p-"
}
resource "random_password" "p" {
  length      = 20
  min_numeric = 3
  special     = false
}
resource "random_pet" "pet" {
  prefix = "my"
}
resource "random_string" "s" {
  length           = 12
  upper            = false
  override_special = "_"
}
resource "random_uuid" "u" {}
resource "time_static" "t" {}
resource "time_rotating" "r" {
  rotation_days = 30
}
resource "time_sleep" "z" {
  create_duration = "0s"
}
"#,
    );
    let objects = bench.apply();
    let text = |address: &str, name: &str| {
        objects[address]
            .get(name)
            .unwrap()
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    assert!(objects["random_password.p"].is_sensitive_deep());
    assert_eq!(text("random_password.p", "result").len(), 20);
    assert!(
        text("random_password.p", "result")
            .chars()
            .all(|c| c.is_ascii_alphanumeric())
    );
    assert!(
        text("random_string.s", "result")
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    );
    assert!(text("random_pet.pet", "id").starts_with("my-"));
    assert!(text("random_id.i", "hex").starts_with("p-"));
    assert_eq!(
        text("time_rotating.r", "rotation_rfc3339"),
        "2026-01-31T00:00:00Z"
    );
    assert_eq!(objects.len(), 9);
    let plan = bench.plan();
    let changed: Vec<String> = plan
        .changes
        .iter()
        .filter(|change| change.is_change())
        .map(|change| change.address.to_string())
        .collect();
    assert!(changed.is_empty(), "{changed:?}");
}

fn text(object: &Value, name: &str) -> String {
    object.get(name).unwrap().as_str().unwrap_or_default().to_owned()
}

fn has_no_changes(bench: &Bench) {
    let plan = bench.plan();
    let changed: Vec<String> = plan
        .changes
        .iter()
        .filter(|change| change.is_change())
        .map(|change| change.address.to_string())
        .collect();
    assert!(changed.is_empty(), "{changed:?}");
}

#[test]
fn seeded_draws_are_those_of_the_public_provider() {
    let mut bench = Bench::new(
        r#"
resource "random_integer" "i" {
  min  = 1
  max  = 3
  seed = "12345"
}
resource "random_shuffle" "s" {
  input        = ["a", "b", "c", "d", "e"]
  seed         = "-"
  result_count = 12
}
"#,
    );
    let objects = bench.apply();
    assert_eq!(render(objects["random_integer.i"].get("result").unwrap()), "3");
    assert_eq!(
        render(objects["random_shuffle.s"].get("result").unwrap()),
        r#"["a", "c", "b", "e", "d", "a", "e", "d", "c", "b", "a", "b"]"#
    );
    has_no_changes(&bench);
}

#[test]
fn draws_without_seed_keep_to_their_range_and_stay() {
    let mut bench = Bench::new(
        r#"
resource "random_integer" "i" {
  min = -5
  max = -3
}
resource "random_shuffle" "s" {
  input = ["a", "b", "c"]
}
resource "random_bytes" "b" {
  length = 9
}
resource "random_password" "p" {
  length = 8
}
"#,
    );
    let objects = bench.apply();
    assert!(["-5", "-4", "-3"].contains(&text(&objects["random_integer.i"], "id").as_str()));
    let mut shuffled: Vec<String> = objects["random_shuffle.s"]
        .get("result")
        .unwrap()
        .as_items()
        .unwrap()
        .iter()
        .map(render)
        .collect();
    shuffled.sort();
    assert_eq!(shuffled, ["\"a\"", "\"b\"", "\"c\""]);
    let bytes = &objects["random_bytes.b"];
    assert_eq!((text(bytes, "hex").len(), text(bytes, "base64").len()), (18, 12));
    assert!(bytes.get("hex").unwrap().is_sensitive_deep());
    let hash = objects["random_password.p"].get("bcrypt_hash").unwrap();
    assert!(hash.is_sensitive_deep());
    assert!(hash.as_str().unwrap().starts_with("$2a$10$"));
    has_no_changes(&bench);
}

#[test]
fn objects_without_a_service_are_imported_from_their_ids() {
    let bench = Bench::new("");
    let import = |resource_type: &str, id: &str| bench.import(resource_type, id).unwrap();
    assert_eq!(text(&import("random_string", "abc"), "result"), "abc");
    assert_eq!(text(&import("random_id", "p-,AQA"), "dec"), "p-256");
    assert_eq!(
        render(import("random_integer", "7,1,10,seed").get("max").unwrap()),
        "10"
    );
    assert_eq!(text(&import("random_bytes", "AQI="), "hex"), "0102");
    let password = import("random_password", "secret");
    assert_eq!(
        (text(&password, "id"), text(&password, "result")),
        ("none".into(), "secret".into())
    );
    let rotating = import("time_rotating", "2025-01-31T00:00:00Z,,1,,,");
    assert_eq!(text(&rotating, "rotation_rfc3339"), "2025-03-03T00:00:00Z");
    let offset = import("time_offset", "2025-01-01T00:00:00Z,1,,,,,30");
    assert_eq!(text(&offset, "rfc3339"), "2026-01-01T00:00:30Z");
    assert_eq!(text(&import("time_sleep", "30s,"), "create_duration"), "30s");
    for (resource_type, id) in [
        ("random_integer", "7"),
        ("random_bytes", "*"),
        ("time_rotating", "2025-01-31T00:00:00Z"),
        ("time_offset", "2025-01-31T00:00:00Z,1"),
        ("time_sleep", ","),
    ] {
        let refused = bench.import(resource_type, id).unwrap_err();
        assert!(refused.contains("import id"), "{resource_type}: {refused}");
    }
}

#[test]
fn an_offset_is_known_once_its_base_is() {
    let main = r#"
resource "time_offset" "o" {
  base_rfc3339  = "2025-01-31T10:00:00+02:00"
  offset_months = 1
  offset_hours  = -1
}
"#;
    let mut bench = Bench::new(main);
    let plan = bench.plan();
    let address = "time_offset.o".parse().unwrap();
    let after = plan.change(&address).unwrap().after.clone().unwrap();
    assert_eq!(text(&after, "rfc3339"), "2025-03-03T09:00:00+02:00");
    bench.apply();
    has_no_changes(&bench);
    bench.configure(&main.replace("= -1", "= 1"));
    let plan = bench.plan();
    let change = plan.change(&address).unwrap();
    assert_eq!(change.action, Action::Update);
    assert_eq!(
        text(change.after.as_ref().unwrap(), "rfc3339"),
        "2025-03-03T11:00:00+02:00"
    );
}

#[test]
fn the_last_period_that_is_set_decides_the_rotation() {
    let mut bench = Bench::new(
        r#"
resource "time_rotating" "r" {
  rfc3339        = "2026-01-01T00:00:00Z"
  rotation_days  = 3
  rotation_years = 1
}
"#,
    );
    let objects = bench.apply();
    let rotating = &objects["time_rotating.r"];
    assert_eq!(text(rotating, "rotation_rfc3339"), "2027-01-01T00:00:00Z");
    assert_eq!(render(rotating.get("year").unwrap()), "2027");
}

#[test]
fn files_are_written_read_and_written_anew_when_they_changed() {
    let main = r#"
resource "local_file" "f" {
  filename        = "out/a.txt"
  content         = "hello"
  file_permission = "0600"
}
resource "local_sensitive_file" "s" {
  filename       = "out/s.txt"
  content_base64 = "AQI="
}
resource "local_file" "copy" {
  filename = "copy.txt"
  source   = local_file.f.filename
}
"#;
    let mut bench = Bench::new(main);
    let objects = bench.apply();
    let path = |name: &str| bench.files.path().join(name);
    assert_eq!(std::fs::read(path("copy.txt")).unwrap(), b"hello");
    assert_eq!(std::fs::read(path("out/s.txt")).unwrap(), [1, 2]);
    assert_eq!(
        text(&objects["local_file.f"], "content_md5"),
        "5d41402abc4b2a76b9719d911017c592"
    );
    let secret = objects["local_sensitive_file.s"].get("content_base64").unwrap();
    assert!(secret.is_sensitive_deep());
    has_no_changes(&bench);
    std::fs::write(path("out/a.txt"), "changed").unwrap();
    std::fs::remove_file(path("copy.txt")).unwrap();
    let plan = bench.plan();
    let action = |address: &str| plan.change(&address.parse().unwrap()).unwrap().action;
    assert_eq!(
        (
            action("local_file.f"),
            action("local_file.copy"),
            action("local_sensitive_file.s")
        ),
        (Action::Create, Action::Create, Action::NoOp)
    );
}

#[test]
fn keys_have_forms_that_others_read() {
    let mut bench = Bench::new(
        r#"
resource "tls_private_key" "rsa" {
  algorithm = "RSA"
}
resource "tls_private_key" "ec" {
  for_each    = toset(["P224", "P256", "P384", "P521"])
  algorithm   = "ECDSA"
  ecdsa_curve = each.key
}
resource "tls_private_key" "ed" {
  algorithm = "ED25519"
}
"#,
    );
    let objects = bench.apply();
    let der = |object: &Value, name: &str| {
        let text = text(object, name);
        let lines: String = text.lines().filter(|line| !line.starts_with('-')).collect();
        base64::Engine::decode(&base64::engine::general_purpose::STANDARD, lines).unwrap()
    };
    let (rsa, ed) = (&objects["tls_private_key.rsa"], &objects["tls_private_key.ed"]);
    let pair = ring::rsa::KeyPair::from_pkcs8(&der(rsa, "private_key_pem_pkcs8")).unwrap();
    assert_eq!(pair.public().modulus_len(), 256);
    ring::rsa::KeyPair::from_der(&der(rsa, "private_key_pem")).unwrap();
    let random = ring::rand::SystemRandom::new();
    let p256 = &objects["tls_private_key.ec[\"P256\"]"];
    ring::signature::EcdsaKeyPair::from_pkcs8(
        &ring::signature::ECDSA_P256_SHA256_ASN1_SIGNING,
        &der(p256, "private_key_pem_pkcs8"),
        &random,
    )
    .unwrap();
    ring::signature::Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der(ed, "private_key_pem_pkcs8")).unwrap();
    for object in objects.values() {
        for name in ["private_key_pem", "private_key_pem_pkcs8", "private_key_openssh"] {
            assert!(object.get(name).unwrap().is_sensitive_deep(), "{name}");
        }
    }
    let p224 = &objects["tls_private_key.ec[\"P224\"]"];
    assert_eq!(text(p224, "public_key_openssh"), "");
    assert!(text(p224, "private_key_pem").starts_with("-----BEGIN EC PRIVATE KEY-----\n"));
    assert!(text(ed, "public_key_openssh").starts_with("ssh-ed25519 AAAA"));
    assert!(text(ed, "public_key_fingerprint_sha256").starts_with("SHA256:"));
    has_no_changes(&bench);
}

#[test]
fn a_password_of_one_run_is_drawn_and_not_kept() {
    let mut bench = Bench::new(
        r#"
ephemeral "random_password" "a" {
  length    = 12
  min_upper = 2
  special   = false
  lifecycle {
    postcondition {
      condition     = length(self.result) == 12 && length(regexall("[A-Z]", self.result)) >= 2
      error_message = "It was drawn otherwise."
    }
    postcondition {
      condition     = startswith(self.bcrypt_hash, "$2a$10$")
      error_message = "It was hashed otherwise."
    }
  }
}
resource "terraform_data" "a" {
  input = length(ephemeralasnull(ephemeral.random_password.a.result) == null ? [1] : [])
}
"#,
    );
    let objects = bench.apply();
    assert_eq!(objects.len(), 1, "{objects:?}");
    let input = objects["terraform_data.a"].get("input").unwrap();
    assert_eq!(input.unmark_deep().0, Value::from(1));
}
