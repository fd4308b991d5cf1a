//! The sandbox touches nothing real: no connection beyond loopback, no foreign state, no program of this machine.

use crate::stage::{GROUP, ends, says};
use regex::Regex;
use regprov_testkit::TestEnvironment;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A configuration as a team has it: a remote state, credentials in the provider, a command on this machine.
fn team() -> TestEnvironment {
    let main = format!(
        r#"terraform {{
  backend "azurerm" {{
    resource_group_name  = "tfstate"
    storage_account_name = "acmetfstate"
    container_name       = "tfstate"
    key                  = "registry.tfstate"
  }}
}}

{GROUP}
resource "azurerm_container_registry" "a" {{
  name                = "images"
  resource_group_name = azurerm_resource_group.a.name
  location            = azurerm_resource_group.a.location
  sku                 = "Basic"

  provisioner "local-exec" {{
    command = "touch marker"
  }}
}}
"#
    );
    TestEnvironment::new(env!("CARGO_BIN_EXE_regprov"))
        .with_file("main.tf", &main)
        .with("PATH", "/usr/bin:/bin")
        .with("ARM_TENANT_ID", "72f988bf-86f1-41af-91ab-2d7cd011db47")
        .with("ARM_SUBSCRIPTION_ID", "0b1f6471-1bf0-4dda-aec3-cb9272f09590")
        .with("ARM_CLIENT_ID", "b7f8e9a0-5c1d-4e2f-9a3b-6c7d8e9f0a1b")
        .with("ARM_CLIENT_SECRET", "Xy78Q~realLookingSecretThatIsNone.Abc123")
        .with("ARM_ACCESS_KEY", "bm90IGEga2V5")
        .with("HTTPS_PROXY", "http://192.0.2.1:3128")
        .with("HTTP_PROXY", "http://192.0.2.1:3128")
}

/// Every file below a folder, the sandbox's own left out.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true if path.ends_with(".regprov/sandbox") => {}
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found
}

#[tokio::test]
async fn a_sandbox_run_keeps_its_own_state_and_runs_no_command() {
    let environment = team();
    let applied = environment
        .run(&["apply", "-sandbox", "-auto-approve"])
        .await
        .expect(0);
    says(
        &applied,
        &[
            "azurerm_container_registry.a: its local-exec command was not run: the sandbox runs nothing on this machine without -allow-local-exec",
            "Apply complete: 2 added",
        ],
    );
    let directory = environment.directory();
    assert_eq!(files(&directory), [directory.join("main.tf")]);
    assert!(directory.join(".regprov/sandbox/terraform.tfstate").exists());
    let foreign = [
        "72f988bf-86f1-41af-91ab-2d7cd011db47",
        "0b1f6471-1bf0-4dda-aec3-cb9272f09590",
        "acmetfstate",
    ];
    for word in foreign {
        assert!(!applied.text().contains(word), "{word} in {}", applied.text());
    }
}

#[tokio::test]
async fn a_command_runs_in_the_sandbox_where_that_is_allowed() {
    let environment = team();
    let applied = environment
        .run(&["apply", "-sandbox", "-auto-approve", "-allow-local-exec"])
        .await
        .expect(0);
    says(
        &applied,
        &["azurerm_container_registry.a: running a command on this machine: touch marker"],
    );
    assert!(environment.directory().join("marker").exists());
}

#[tokio::test]
async fn a_command_that_is_allowed_sees_the_credentials_of_the_sandbox_and_not_the_users() {
    let environment = team();
    let main = std::fs::read_to_string(environment.directory().join("main.tf")).unwrap();
    environment.write("main.tf", &main.replace("touch marker", "env > marker"));
    ends(
        &environment,
        &["apply", "-sandbox", "-auto-approve", "-allow-local-exec"],
        0,
    )
    .await;
    let seen = std::fs::read_to_string(environment.directory().join("marker")).unwrap();
    assert!(seen.contains("ARM_METADATA_HOSTNAME=localhost:"), "{seen}");
    for name in [
        "realLookingSecret",
        "ARM_ACCESS_KEY",
        "72f988bf-86f1-41af-91ab-2d7cd011db47",
    ] {
        assert!(!seen.contains(name), "{name} in {seen}");
    }
}

#[tokio::test]
async fn no_connection_goes_beyond_loopback_and_no_program_is_started() {
    if Command::new("strace").arg("-V").output().is_err() {
        eprintln!("SKIPPED: strace is not installed, so the connections of a sandbox run were not watched");
        return;
    }
    let environment = team();
    let trace = environment.root().join("trace");
    for arguments in [
        &["apply", "-sandbox", "-auto-approve"][..],
        &["plan", "-sandbox"],
        &["destroy", "-sandbox", "-auto-approve"],
    ] {
        let finished = traced(&environment, &trace, arguments);
        assert!(
            finished.status.success(),
            "{}",
            String::from_utf8_lossy(&finished.stderr)
        );
        let text = std::fs::read_to_string(&trace).unwrap();
        assert_isolated(&text);
    }
    assert!(!environment.directory().join("marker").exists());
}

/// Runs the binary under strace, which notes every connection and every program.
fn traced(environment: &TestEnvironment, trace: &Path, arguments: &[&str]) -> std::process::Output {
    let mut command = Command::new("strace");
    command
        .args(["-f", "-qq", "-e", "trace=network,execve", "-o"])
        .arg(trace)
        .arg(env!("CARGO_BIN_EXE_regprov"));
    command
        .args(arguments)
        .current_dir(environment.directory())
        .env_clear()
        .envs(environment.variables());
    command.output().unwrap()
}

fn assert_isolated(trace: &str) {
    let (mut connections, mut programs) = (0, 0);
    let address =
        Regex::new(r#"inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"|sun_path=@?"([^"]*)""#).unwrap();
    for line in trace.lines() {
        programs += usize::from(line.contains("execve("));
        assert!(
            !line.contains("SOCK_RAW") && !line.contains("htons(53)"),
            "a name is looked up: {line}"
        );
        let outgoing = ["connect(", "sendto(", "sendmsg(", "sendmmsg("]
            .iter()
            .any(|call| line.contains(call));
        if !outgoing {
            continue;
        }
        for found in address.captures_iter(line) {
            let to = found.iter().skip(1).flatten().next().unwrap().as_str();
            assert!(
                matches!(to, "127.0.0.1" | "::1" | "/var/run/nscd/socket"),
                "a connection beyond loopback: {line}"
            );
            connections += 1;
        }
    }
    assert!(
        connections > 0,
        "strace saw no connection, so it proves nothing:\n{trace}"
    );
    assert_eq!(programs, 1, "a program was started:\n{trace}");
}

#[tokio::test]
async fn local_files_are_written_apart_in_the_sandbox() {
    let main = "resource \"local_file\" \"a\" {\n  filename = \"kept.txt\"\n  content  = \"tried\"\n}\n\ndata \"local_file\" \"b\" {\n  filename   = local_file.a.filename\n  depends_on = [local_file.a]\n}\n\noutput \"seen\" {\n  value = data.local_file.b.content\n}\n";
    let environment = crate::stage::with_main(main).with_file("kept.txt", "real");
    let read = |name: &str| std::fs::read_to_string(environment.directory().join(name)).unwrap();
    ends(&environment, &["apply", "-sandbox", "-auto-approve"], 0).await;
    assert_eq!(
        (
            read("kept.txt").as_str(),
            read(".regprov/sandbox/files/kept.txt").as_str()
        ),
        ("real", "tried")
    );
    let seen = environment
        .run(&["output", "-sandbox", "-raw", "seen"])
        .await
        .expect(0);
    assert_eq!(seen.stdout, b"tried");
    ends(&environment, &["apply", "-auto-approve"], 0).await;
    assert_eq!(read("kept.txt"), "tried");
    ends(&environment, &["destroy", "-auto-approve"], 0).await;
    assert!(!environment.directory().join("kept.txt").exists());
}
