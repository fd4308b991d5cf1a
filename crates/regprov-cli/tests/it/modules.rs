//! Modules from a git repository: installed, pinned, planned, applied from a plan that carries them.

use crate::stage::{ends, with_main};
use regprov_testkit::TestEnvironment;
use std::path::Path;
use std::process::Command;

fn git(directory: &Path, arguments: &[&str]) {
    let output = Command::new("git")
        .args(["-c", "user.name=n", "-c", "user.email=e@x.example"])
        .args(arguments)
        .current_dir(directory)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .expect("git is installed");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A configuration that calls a module of a repository.
fn calling() -> TestEnvironment {
    let environment = with_main("");
    let repository = environment.root().join("repository");
    std::fs::create_dir_all(repository.join("sub")).unwrap();
    let module = "resource \"terraform_data\" \"a\" {\n  input = path.module\n}\noutput \"where\" {\n  value = terraform_data.a.output\n}\n";
    std::fs::write(repository.join("sub/main.tf"), module).unwrap();
    git(&repository, &["init", "--quiet"]);
    git(&repository, &["add", "."]);
    git(&repository, &["commit", "--quiet", "-m", "one"]);
    let main = format!(
        "module \"m\" {{\n  source = \"git::file://{}//sub\"\n}}\noutput \"where\" {{\n  value = module.m.where\n}}\n",
        repository.display()
    );
    environment
        .with_file("main.tf", &main)
        .with("PATH", "/usr/local/bin:/usr/bin:/bin")
}

#[tokio::test]
async fn a_module_is_installed_pinned_and_carried_by_the_plan() {
    let environment = calling();
    let said = environment.run(&["plan", "-sandbox"]).await.expect(1);
    assert!(said.text().contains("regprov init"), "{}", said.text());
    let said = environment.run(&["init", "-sandbox"]).await.expect(1);
    assert!(said.text().contains("regprov get"), "{}", said.text());
    ends(&environment, &["get"], 0).await;
    ends(&environment, &["init", "-sandbox", "-lockfile=readonly"], 0).await;
    let lock = std::fs::read_to_string(environment.directory().join(".regprov.lock.hcl")).unwrap();
    assert!(
        lock.contains("module \"m\"") && lock.contains("digest = \"sha256:"),
        "{lock}"
    );
    ends(&environment, &["plan", "-sandbox", "-out", "the.plan"], 0).await;
    std::fs::remove_dir_all(environment.directory().join(".terraform")).unwrap();
    std::fs::remove_file(environment.directory().join("main.tf")).unwrap();
    let said = environment
        .run(&["apply", "-sandbox", "the.plan"])
        .await
        .expect(0);
    assert!(
        said.text().contains(".terraform/modules/m/sub"),
        "{}",
        said.text()
    );
}

#[tokio::test]
async fn an_edited_module_is_refused_until_it_is_installed_anew() {
    let environment = calling();
    ends(&environment, &["init"], 0).await;
    environment.write(
        ".terraform/modules/m/sub/main.tf",
        "output \"where\" {\n  value = \"edited\"\n}\n",
    );
    let said = environment.run(&["plan", "-sandbox"]).await.expect(1);
    assert!(said.text().contains("RP0803"), "{}", said.text());
    ends(&environment, &["init"], 0).await;
    ends(&environment, &["plan", "-sandbox"], 0).await;
}
