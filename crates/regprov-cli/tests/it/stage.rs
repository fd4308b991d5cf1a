//! A directory, a sandbox that the test owns, and what the binary says to both as one text.

use expect_test::Expect;
use regex::Regex;
use regprov_emulator::Scene;
use regprov_testkit::{Cloud, Finished, TestEnvironment, fast};
use serde_json::Value;

/// The provider and a resource group.
pub(crate) const GROUP: &str = r#"provider "azurerm" {
  features {}
}

resource "azurerm_resource_group" "a" {
  name     = "binderhub"
  location = "westeurope"
}
"#;

/// A registry in the group, with further lines in its block.
pub(crate) fn registry(name: &str, lines: &str) -> String {
    format!(
        r#"{GROUP}
resource "azurerm_container_registry" "a" {{
  name                = "{name}"
  resource_group_name = azurerm_resource_group.a.name
  location            = azurerm_resource_group.a.location
  sku                 = "Basic"
{lines}}}
"#
    )
}

/// An empty working directory for the binary, with no program on its path.
pub(crate) fn directory() -> TestEnvironment {
    let environment = TestEnvironment::new(env!("CARGO_BIN_EXE_regprov"));
    let nowhere = environment.root().join("tmp").display().to_string();
    environment.with("PATH", nowhere)
}

/// A directory with one file.
pub(crate) fn with_main(text: &str) -> TestEnvironment {
    directory().with_file("main.tf", text)
}

/// A sandbox that the test owns and in which nothing takes time, with a scene in it.
pub(crate) async fn cloud(environment: &TestEnvironment, scene: Value) -> Cloud {
    let cloud = environment.own_sandbox().await;
    cloud.turn(fast());
    let scene: Scene = serde_json::from_value(scene).unwrap();
    cloud.play(&scene);
    cloud
}

/// The command, how it ended and what it said, without what differs between two runs.
pub(crate) fn transcript(environment: &TestEnvironment, arguments: &[&str], finished: &Finished) -> String {
    let (out, err) = (
        String::from_utf8_lossy(&finished.stdout),
        String::from_utf8_lossy(&finished.stderr),
    );
    let code = finished
        .code
        .map_or_else(|| "signal".to_owned(), |code| code.to_string());
    let parts = [out.trim_end(), err.trim_end()];
    let said: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let text = format!(
        "$ regprov {}\n{}\n[exit {code}]\n",
        arguments.join(" "),
        said.join("\n")
    );
    stable(&environment.normalize(&text))
}

fn stable(text: &str) -> String {
    let mut text = text.to_owned();
    for (pattern, name) in [
        (
            r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            "[ID]",
        ),
        (r"sha256:[0-9a-f]{64}", "[DIGEST]"),
        (r"regprov-probe/[0-9a-f]{16}", "regprov-probe/[RANDOM]"),
        (r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", "[TIME]"),
        (r"(?m) +$", ""),
    ] {
        text = Regex::new(pattern).unwrap().replace_all(&text, name).into_owned();
    }
    text
}

/// Runs a command that must end with this code.
pub(crate) async fn ends(environment: &TestEnvironment, arguments: &[&str], code: i32) {
    let _ = environment.run(arguments).await.expect(code);
}

/// Runs a command and compares what it says and how it ends.
pub(crate) async fn check(environment: &TestEnvironment, arguments: &[&str], expected: Expect) {
    let _ = checked(environment, arguments, expected).await;
}

/// Runs a command, compares what it says and how it ends, and gives it on.
pub(crate) async fn checked(environment: &TestEnvironment, arguments: &[&str], expected: Expect) -> Finished {
    let finished = environment.run(arguments).await;
    expected.assert_eq(&transcript(environment, arguments, &finished));
    finished
}

/// All that a run said in one line, so that the width at which it was broken does not matter.
pub(crate) fn said(finished: &Finished) -> String {
    let text = finished.text();
    let bare: String = text
        .chars()
        .map(|c| {
            if "│├╰╭▸┆━─".contains(c) {
                ' '
            } else {
                c
            }
        })
        .collect();
    bare.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Asserts that a run said all of these.
pub(crate) fn says(finished: &Finished, words: &[&str]) {
    let said = said(finished);
    for words in words {
        assert!(said.contains(words), "`{words}` is not in:\n{}", finished.text());
    }
}

/// Applies a configuration that must be refused: compares what is said, and asserts that nothing was made.
pub(crate) async fn refused(main: &str, scene: Value, expected: Expect) {
    let environment = with_main(main);
    let cloud = cloud(&environment, scene).await;
    let arguments = ["apply", "-sandbox", "-auto-approve"];
    let finished = checked(&environment, &arguments, expected).await;
    assert_nothing_made(&environment, &cloud, &finished).await;
}

/// Asserts that neither the clouds nor the state hold anything that a run made.
pub(crate) async fn assert_nothing_made(environment: &TestEnvironment, cloud: &Cloud, after: &Finished) {
    let inventory = cloud.sandbox().inventory();
    let made: Vec<_> = inventory
        .live()
        .into_iter()
        .filter(|item| !item.surrounding)
        .collect();
    assert!(made.is_empty(), "{made:?} was made\n{}", after.text());
    let listed = environment.run(&["state", "list", "-sandbox"]).await.expect(0);
    assert!(listed.stdout.is_empty(), "{}", listed.text());
}
