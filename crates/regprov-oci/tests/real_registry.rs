//! The probe against the real docker registry, where it is installed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use regprov_http::{Reach, ReqwestOptions, ReqwestTransport, SystemClock, Trust};
use regprov_oci::{
    Credential, ProbeOptions, RegistryClient, RegistryErrorKind, RegistryHost, StepName, StepOutcome,
};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

/// A registry process, ended with the test.
struct Registry {
    process: Child,
    host: String,
    _directory: tempfile::TempDir,
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The user is `robot$p+n`, the secret `probe-secret`. `None` where the registry is not installed.
fn start(deletes: &str) -> Option<Registry> {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().display();
    let login = "robot$p+n:$2y$05$abcdefghijklmnopqrstuuXgUq4v0W/DYv1B5pObLHZj8i0Bf0z/q\n";
    std::fs::write(directory.path().join("htpasswd"), login).unwrap();
    let config = format!(
        "version: 0.1\nlog: {{level: info, accesslog: {{disabled: true}}}}\nstorage:\n  filesystem: {{rootdirectory: '{root}'}}\n  \
         delete: {{enabled: {deletes}}}\nauth: {{htpasswd: {{realm: test, path: '{root}/htpasswd'}}}}\nhttp: {{addr: '127.0.0.1:0'}}\n"
    );
    let path = directory.path().join("config.yml");
    std::fs::write(&path, config).unwrap();
    let mut process = Command::new("docker-registry")
        .arg("serve")
        .arg(&path)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let mut lines = BufReader::new(process.stderr.take().unwrap())
        .lines()
        .map_while(Result::ok);
    let line = lines
        .find(|line| line.contains("listening on "))
        .expect("the registry says where it listens");
    let after = line.split_once("listening on ").unwrap().1;
    let host = after
        .chars()
        .take_while(|character| character.is_ascii_digit() || ".:".contains(*character))
        .collect();
    // It goes on writing, and must not be stopped by a closed pipe.
    std::thread::spawn(move || lines.for_each(drop));
    Some(Registry {
        process,
        host,
        _directory: directory,
    })
}

fn client(registry: &Registry, secret: &str) -> RegistryClient {
    let mut options = ReqwestOptions::new("regprov/test", Reach::LoopbackOnly);
    options.trust = Trust::Only(Vec::new());
    let transport = Arc::new(ReqwestTransport::new(options).unwrap());
    let host = RegistryHost::parse(&registry.host).unwrap();
    RegistryClient::new(
        transport,
        Arc::new(SystemClock),
        host,
        Some(Credential::new("robot$p+n", secret)),
    )
}

#[tokio::test]
async fn a_real_registry_takes_gives_and_deletes_the_probe_image() {
    let Some(registry) = start("true") else {
        println!("skipped: docker-registry is not installed");
        return;
    };
    let options = ProbeOptions {
        try_wrong_secret: true,
        ..ProbeOptions::new("nonce")
    };
    let report = client(&registry, "probe-secret")
        .probe("team/regprov-probe/1", &options)
        .await;
    assert_eq!(report.steps.len(), 8);
    for step in &report.steps {
        assert!(matches!(step.outcome, StepOutcome::Passed), "{step:?}");
    }
    let report = client(&registry, "another")
        .probe("team/regprov-probe/1", &options)
        .await;
    assert_eq!(report.failure().unwrap().kind, RegistryErrorKind::Unauthorized);
}

#[tokio::test]
async fn a_real_registry_that_does_not_delete_keeps_the_probe_image() {
    let Some(registry) = start("false") else {
        println!("skipped: docker-registry is not installed");
        return;
    };
    let report = client(&registry, "probe-secret")
        .probe("regprov-probe/2", &ProbeOptions::new("nonce"))
        .await;
    assert!(report.succeeded() && report.left_behind(), "{report:?}");
    let delete = report
        .steps
        .iter()
        .find(|step| step.name == StepName::Delete)
        .unwrap();
    assert!(matches!(delete.outcome, StepOutcome::LeftBehind(_)));
}
