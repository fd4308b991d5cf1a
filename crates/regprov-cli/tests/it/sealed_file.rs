//! The file of a sealed state as `apply` wrote it: every byte of it is guarded, and an old one is no state of now.

use crate::stage::{cloud, ends, registry, said, says, with_main};
use regprov_state::{
    FirstSealing, HighWaterMarks, Identity, IdentityFile, KeySource, LocalStore, OpenOptions, Randomness,
    Recipient, Rollback, SealError, Session,
};
use regprov_testkit::TestEnvironment;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;

const APPLY: [&str; 3] = ["apply", "-sandbox", "-auto-approve"];

/// A registry whose password is in the state, and another secret of the user.
fn main_file() -> String {
    let registry = registry("images", "  admin_enabled = true\n");
    format!(
        "{registry}\nresource \"terraform_data\" \"user\" {{\n  input = {{ secret = sensitive(\"of-the-user\"), plain = \"<&>\" }}\n}}\n"
    )
}

fn file(environment: &TestEnvironment) -> PathBuf {
    environment.directory().join(".regprov/sandbox/terraform.tfstate")
}

/// The keys of the user.
struct Own(Vec<Identity>);

impl KeySource for Own {
    fn identities(&self) -> Result<Vec<Identity>, SealError> {
        Ok(self.0.clone())
    }

    fn recipients(&self) -> Result<Vec<Recipient>, SealError> {
        Ok(self.0.iter().map(Identity::recipient).collect())
    }
}

struct NoRandomness;

impl Randomness for NoRandomness {
    fn fill(&self, _buffer: &mut [u8]) {
        unreachable!("nothing is sealed by whoever only reads");
    }
}

fn reading(environment: &TestEnvironment) -> OpenOptions {
    let identity = environment.root().join("home/configuration/regprov/identity.txt");
    OpenOptions {
        lock: None,
        keys: Arc::new(Own(IdentityFile::at(identity).load().unwrap().unwrap())),
        randomness: Arc::new(NoRandomness),
        terraform_version: "1.11.4".to_owned(),
        marks: None::<HighWaterMarks>,
        rollback: Rollback::Refuse,
        first_sealing: FirstSealing::Ask,
    }
}

#[tokio::test]
async fn every_byte_of_a_state_as_apply_wrote_it_is_guarded() {
    let environment = with_main(&main_file());
    let _cloud = cloud(&environment, json!({})).await;
    ends(&environment, &APPLY, 0).await;
    let path = file(&environment);
    let bytes = std::fs::read(&path).unwrap();
    let original: Value = serde_json::from_slice(&bytes).unwrap();
    assert!(bytes.len() > 3000 && original["version"] == 1004, "{original}");
    let options = reading(&environment);
    let open = || Session::open(Arc::new(LocalStore::new(path.clone())), options.clone());
    open().await.unwrap();
    let mut told = std::collections::BTreeSet::new();
    for place in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[place] ^= 1 << (place % 8);
        if serde_json::from_slice::<Value>(&changed).is_ok_and(|value| value == original) {
            // The letter case of an escape sequence: the same text.
            continue;
        }
        std::fs::write(&path, &changed).unwrap();
        let error = open().await.map(drop).expect_err("it was changed");
        let detail = error.detail();
        assert!(
            detail.contains("terraform.tfstate") || detail.contains("this state"),
            "byte {place} ({:?}): {}: {}",
            changed[place] as char,
            error.summary(),
            error.detail()
        );
        told.insert(error.summary());
    }
    assert!(told.len() > 1, "{told:?}");
    // And so says the program, at places all over the file.
    for place in (0..bytes.len()).step_by(bytes.len() / 12) {
        let mut changed = bytes.clone();
        changed[place] ^= 1;
        std::fs::write(&path, &changed).unwrap();
        let plan = environment.run(&["plan", "-sandbox"]).await.expect(1);
        assert!(
            told.iter().any(|summary| said(&plan).contains(summary)),
            "byte {place}: {}",
            plan.text()
        );
    }
    std::fs::write(&path, &bytes).unwrap();
    ends(&environment, &["plan", "-sandbox", "-detailed-exitcode"], 0).await;
}

#[tokio::test]
async fn an_old_state_that_is_put_back_is_refused_by_every_command_until_it_is_restored_on_purpose() {
    let environment = with_main(&main_file());
    let _cloud = cloud(&environment, json!({})).await;
    ends(&environment, &APPLY, 0).await;
    let path = file(&environment);
    let old = std::fs::read(&path).unwrap();
    ends(
        &environment,
        &[
            "apply",
            "-sandbox",
            "-auto-approve",
            "-replace=terraform_data.user",
        ],
        0,
    )
    .await;
    let new = std::fs::read(&path).unwrap();
    std::fs::write(&path, &old).unwrap();
    for arguments in [
        &["plan", "-sandbox"][..],
        &APPLY,
        &["show", "-sandbox"],
        &["output", "-sandbox"],
        &["state", "list", "-sandbox"],
        &["state", "rotate-keys", "-sandbox"],
        &["state", "rm", "-sandbox", "terraform_data.user"],
        &["destroy", "-sandbox", "-auto-approve"],
    ] {
        let refused = environment.run(arguments).await.expect(1);
        says(&refused, &["State was rolled back"]);
        assert_eq!(std::fs::read(&path).unwrap(), old, "{arguments:?}");
    }
    std::fs::write(&path, &new).unwrap();
    environment.write("backup.tfstate", &String::from_utf8(old).unwrap());
    ends(
        &environment,
        &["state", "restore", "-sandbox", "backup.tfstate"],
        0,
    )
    .await;
    ends(&environment, &["state", "list", "-sandbox"], 0).await;
}
