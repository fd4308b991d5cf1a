//! Every command of the program, with the configuration that holds secrets, in an order in which each can do its work.

use crate::support::Swept;

/// What stands where another state is expected: beside the sandbox, for commands about backends and workspaces.
const LOCAL: &str = r#"variable "token" {
  type      = string
  sensitive = true
}

resource "terraform_data" "user" {
  input = { plain = var.token }
}

output "token" {
  value     = terraform_data.user.output
  sensitive = true
}
"#;
const BACKEND: &str =
    "terraform {\n  backend \"local\" {\n    path = \"elsewhere/terraform.tfstate\"\n  }\n}\n";

/// Commands with how they end.
type Rows = &'static [(&'static [&'static str], i32)];

/// On files, and on nothing.
const BEFORE: Rows = &[
    (&["version", "-json"], 0),
    (&["explain", "RP0505"], 0),
    (&["init"], 0),
    (&["get"], 0),
    (&["fmt"], 0),
    (&["validate", "-json"], 0),
    (&["providers"], 0),
    (&["providers", "schema", "-json"], 0),
    (&["metadata", "functions", "-json"], 0),
    (&["graph", "-type=plan"], 0),
    (&["plan", "-sandbox", "-json", "-out=first.plan"], 0),
    (&["show", "-sandbox", "first.plan"], 0),
    (&["graph", "-plan=first.plan"], 0),
    (&["apply", "-sandbox", "first.plan"], 0),
];

/// On a state with secrets.
const AFTER: Rows = &[
    (&["plan", "-sandbox", "-refresh-only"], 0),
    (&["plan", "-sandbox", "-destroy"], 0),
    (&["refresh", "-sandbox"], 0),
    (&["show", "-sandbox", "-json"], 0),
    (&["output", "-sandbox", "-json"], 0),
    (&["state", "list", "-sandbox", "-id=none"], 0),
    (&["state", "show", "-sandbox", "terraform_data.user"], 0),
    (
        &[
            "state",
            "mv",
            "-sandbox",
            "terraform_data.user",
            "terraform_data.other",
        ],
        0,
    ),
    (
        &[
            "state",
            "mv",
            "-sandbox",
            "terraform_data.other",
            "terraform_data.user",
        ],
        0,
    ),
    (
        &[
            "state",
            "replace-provider",
            "-sandbox",
            "-auto-approve",
            "hashicorp/random",
            "example/random",
        ],
        0,
    ),
    (
        &[
            "state",
            "replace-provider",
            "-sandbox",
            "-auto-approve",
            "example/random",
            "hashicorp/random",
        ],
        0,
    ),
    (&["state", "seal", "-sandbox"], 0),
    (&["state", "rotate-keys", "-sandbox"], 0),
    (&["taint", "-sandbox", "terraform_data.user"], 0),
    (&["untaint", "-sandbox", "terraform_data.user"], 0),
    (&["import", "-sandbox", "terraform_data.user", "there-already"], 1),
    (&["force-unlock", "-sandbox", "-force", "no-such-lock"], 1),
    (&["creds", "list", "-sandbox", "-json"], 0),
    (
        &["creds", "verify", "-sandbox", "azuread_application_password.more"],
        0,
    ),
    (&["sandbox", "hosts"], 0),
    (&["sandbox", "ledger"], 0),
    (&["sandbox", "ledger", "-inventory"], 0),
    (&["sandbox", "seed", "scene.json"], 0),
    (&["workspace", "list", "-sandbox"], 0),
    (&["workspace", "show"], 0),
    (&["workspace", "new", "-sandbox", "second"], 0),
    (&["workspace", "select", "-sandbox", "default"], 0),
    (&["workspace", "delete", "-sandbox", "second"], 0),
    (&["state", "rm", "-sandbox", "terraform_data.user"], 0),
    (&["apply", "-sandbox", "-auto-approve", "-json"], 0),
];

/// The forms of `creds render`.
const FORMS: &[&str] = &[
    "binderhub",
    "docker",
    "kubernetes",
    "env",
    "powershell",
    "shell",
    "json",
];

/// What the console is asked.
const QUESTIONS: &str = "var.token\nterraform_data.user\nrandom_password.generated.result\n";

/// Runs them all, and sweeps after each group.
pub(crate) async fn all(run: &mut Swept) {
    run.environment.write("scene.json", "{}");
    run.rows(BEFORE).await;
    run.learn_issued().await;
    run.sweep();
    run.rows(AFTER).await;
    run.learn_issued().await;
    run.asks(QUESTIONS, &["console", "-sandbox"]).await;
    whole_states(run).await;
    for form in FORMS {
        run.ok(&[
            "creds",
            "render",
            "-sandbox",
            "-out=rendered",
            form,
            "azuread_service_principal_password.pusher",
        ])
        .await;
        // The files are what was asked for.
        std::fs::remove_dir_all(run.environment.directory().join("rendered")).unwrap();
    }
    run.sweep();
    backends(run).await;
    run.ok(&["destroy", "-sandbox", "-auto-approve"]).await;
    run.ok(&["sandbox", "reset"]).await;
    run.sweep();
}

/// States out and in again, sealed; and the one file in clear that is asked for.
async fn whole_states(run: &mut Swept) {
    let pulled = run.said(&["state", "pull", "-sandbox"]).await;
    let pulled = String::from_utf8(pulled).unwrap();
    run.environment.write("pulled.tfstate", &pulled);
    run.ok(&["state", "push", "-sandbox", "-force", "pulled.tfstate"])
        .await;
    run.ok(&["state", "restore", "-sandbox", "pulled.tfstate"]).await;
    run.sweep();
    run.ok(&["state", "export", "-sandbox", "-out=clear.tfstate"])
        .await;
    std::fs::remove_file(run.environment.directory().join("clear.tfstate")).unwrap();
    run.sweep();
}

/// A state that goes from one backend to another, and is unsealed at last.
async fn backends(run: &mut Swept) {
    run.environment.write("local/main.tf", LOCAL);
    run.ok(&["-chdir=local", "init"]).await;
    run.ok(&["-chdir=local", "apply", "-auto-approve"]).await;
    run.environment.write("local/backend.tf", BACKEND);
    run.ok(&["-chdir=local", "init", "-migrate-state", "-force-copy"])
        .await;
    run.ok(&["-chdir=local", "workspace", "new", "second"]).await;
    run.ok(&["-chdir=local", "apply", "-auto-approve"]).await;
    run.ok(&["-chdir=local", "output"]).await;
    run.sweep();
    run.ok(&["-chdir=local", "state", "unseal", "-force"]).await;
    run.sweep_outputs();
    std::fs::remove_dir_all(run.environment.directory().join("local")).unwrap();
    run.sweep();
}

/// The commands of the program that none of the runs above gives; `serve` does not end by itself, and other tests sweep it.
pub(crate) async fn forgotten(run: &Swept, log: &[String]) -> Vec<String> {
    let mut missing = Vec::new();
    for command in listed(run, &[]).await {
        let inner = listed(run, &[&command]).await;
        let names = if inner.is_empty() {
            vec![command]
        } else {
            inner.iter().map(|inner| format!("{command} {inner}")).collect()
        };
        missing.extend(names.into_iter().filter(|name| {
            let given = |line: &String| {
                let line = line.trim_start_matches("-chdir=local ");
                line == name || line.starts_with(&format!("{name} "))
            };
            name != "sandbox serve" && !log.iter().any(given)
        }));
    }
    missing
}

/// The commands that a help lists.
async fn listed(run: &Swept, command: &[&str]) -> Vec<String> {
    let help = run
        .environment
        .run(&[command, &["--help"]].concat())
        .await
        .expect(0);
    let help = String::from_utf8(help.stdout).unwrap();
    let mut lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let rows = lines.by_ref().take_while(|line| !line.is_empty());
    rows.filter_map(|line| line.strip_prefix("  ")?.split(' ').next().map(str::to_owned))
        .filter(|name| !name.is_empty())
        .collect()
}
