//! Every code is explained, and the examples of the explanations are what they say.

use crate::stage::directory;
use regprov_testkit::TestEnvironment;

/// Codes of reading and planning that no configuration alone can show: files, services, states and modules from elsewhere.
const WITHOUT_EXAMPLE: &[&str] = &[
    "RP0102", "RP0103", "RP0114", "RP0116", "RP0120", "RP0121", "RP0122", "RP0405", "RP0411", "RP0412",
    "RP0413", "RP0414", "RP0415", "RP0416", "RP0417", "RP0418", "RP0419", "RP0421", "RP0422", "RP0423",
    "RP0425", "RP0427", "RP0429",
];

async fn codes(environment: &TestEnvironment) -> Vec<String> {
    let listed = environment.run(&["explain"]).await.expect(0);
    let text = String::from_utf8(listed.stdout).unwrap();
    text.lines()
        .map(|line| line.split(' ').next().unwrap().to_owned())
        .collect()
}

async fn explanation(environment: &TestEnvironment, code: &str) -> String {
    let explained = environment.run(&["explain", code]).await.expect(0);
    String::from_utf8(explained.stdout).unwrap()
}

/// The indented lines after a heading, by file; they are `main.tf` unless a comment in column one says otherwise.
fn example(explanation: &str, heading: &str) -> Option<Vec<(String, String)>> {
    let (_, after) = explanation.split_once(&format!("\n{heading}:\n"))?;
    let lines = after
        .lines()
        .skip_while(|line| line.is_empty())
        .take_while(|line| line.is_empty() || line.starts_with("    "));
    let mut files = vec![("main.tf".to_owned(), String::new())];
    for line in lines.map(|line| line.strip_prefix("    ").unwrap_or(line)) {
        match line.strip_prefix("# ").filter(|name| name.contains(".tf")) {
            Some(name) => files.push((name.to_owned(), String::new())),
            None => files.last_mut()?.1.push_str(&format!("{line}\n")),
        }
    }
    Some(files)
}

/// What is said of an example by `validate`, or where that finds nothing, by `plan`.
async fn said(files: &[(String, String)]) -> String {
    let environment = directory();
    for (name, text) in files.iter().filter(|(_, text)| !text.trim().is_empty()) {
        environment.write(name, text);
    }
    let validated = environment.run(&["validate", "-no-color"]).await;
    if validated.text().contains("[RP") {
        return validated.text();
    }
    let arguments = ["plan", "-no-color", "-input=false"];
    environment.run(&arguments).await.text()
}

#[tokio::test]
async fn every_code_has_an_explanation_and_the_codes_of_configurations_an_example() {
    let environment = directory();
    let codes = codes(&environment).await;
    assert!(codes.len() > 60, "{codes:?}");
    for code in &codes {
        let text = explanation(&environment, code).await;
        assert!(
            text.contains(&format!("{code}: ")) && text.len() > 100,
            "{code} is not explained: {text}"
        );
        let shown = example(&text, "Wrong").is_some() && example(&text, "Right").is_some();
        let of_configurations = code.as_str() < "RP0500";
        assert!(
            shown || !of_configurations || WITHOUT_EXAMPLE.contains(&code.as_str()),
            "{code} has no example"
        );
    }
    let unheard = WITHOUT_EXAMPLE
        .iter()
        .find(|code| !codes.iter().any(|known| known == *code));
    assert_eq!(unheard, None, "there is no such code");
}

#[tokio::test]
async fn the_wrong_examples_give_their_code_and_the_right_ones_do_not() {
    let environment = directory();
    let mut wrong_ones = Vec::new();
    for code in codes(&environment).await {
        let text = explanation(&environment, &code).await;
        let (Some(wrong), Some(right)) = (example(&text, "Wrong"), example(&text, "Right")) else {
            continue;
        };
        let (wrong, right) = (said(&wrong).await, said(&right).await);
        if !wrong.contains(&format!("[{code}]")) || right.contains("[RP") {
            wrong_ones.push(format!("{code}:\n{wrong}\n{right}"));
        }
    }
    assert!(wrong_ones.is_empty(), "{}", wrong_ones.join("\n\n"));
}
