//! The two programs, run the same way.

use crate::shell::Result;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// `regprov` or `terraform`.
#[derive(Clone)]
pub(super) struct Program {
    /// How reports call it.
    pub(super) name: &'static str,
    path: PathBuf,
    /// Where it keeps what belongs to its user.
    home: PathBuf,
}

/// A mistake that a program found.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    /// The summary.
    pub(super) summary: String,
    /// The sentences.
    pub(super) detail: String,
    /// The file, where it has a place.
    pub(super) file: Option<String>,
    /// The first line of its place, from 1.
    pub(super) line: usize,
}

/// What came of planning.
pub(super) enum Planned {
    /// The plan, as `show -json` prints it.
    Plan(Box<Json>),
    /// It was refused.
    Refused(Vec<Problem>),
    /// It was made, and cannot be printed: what was said instead.
    Unprintable(String),
}

impl Program {
    /// The program that was built, and Terraform.
    pub(super) fn both(work: &Path) -> Result<(Self, Self)> {
        let here = std::env::current_exe().map_err(|error| error.to_string())?;
        let built = here.with_file_name(format!("regprov{}", std::env::consts::EXE_SUFFIX));
        if !built.is_file() {
            return Err(format!(
                "{} does not exist: build it with `cargo build -p regprov-cli`",
                built.display()
            ));
        }
        let home = work.join("home");
        std::fs::create_dir_all(&home).map_err(|error| error.to_string())?;
        let program = |name, path| Self {
            name,
            path,
            home: home.clone(),
        };
        Ok((
            program("regprov", built),
            program("terraform", PathBuf::from("terraform")),
        ))
    }

    pub(super) fn command(&self, directory: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command
            .args(arguments)
            .current_dir(directory)
            .env("XDG_CONFIG_HOME", &self.home)
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_IN_AUTOMATION", "1")
            .env("NO_COLOR", "1")
            .env_remove("TF_CLI_CONFIG_FILE")
            .env_remove("TF_LOG")
            .stdin(Stdio::null());
        command
    }

    /// Runs it: the exit code, standard output and standard error.
    pub(super) fn run(
        &self,
        directory: &Path,
        arguments: &[&str],
        input: &str,
    ) -> Result<(i32, String, String)> {
        let mut command = self.command(directory, arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let failed = |error: std::io::Error| format!("{}: {error}", self.name);
        let mut child = command.spawn().map_err(failed)?;
        let mut stdin = child.stdin.take().expect("the input is piped");
        let input = input.to_owned();
        // The program may print before it has read everything.
        let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
        let output = child.wait_with_output().map_err(failed)?;
        // A program that stops at a mistake leaves the rest unread.
        let _ = writer.join();
        Ok((
            output.status.code().unwrap_or(-1),
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        ))
    }

    /// Plans, and reads the plan.
    pub(super) fn plan(&self, directory: &Path, more: &[&str]) -> Result<Planned> {
        let file = format!("{}.plan", self.name);
        let out = format!("-out={file}");
        let mut arguments = vec!["plan", "-json", "-input=false", "-lock=false", &out];
        arguments.extend(more);
        let (code, stdout, stderr) = self.run(directory, &arguments, "")?;
        if code != 0 {
            let problems = problems(&stdout);
            if problems.is_empty() {
                return Err(format!(
                    "{} says nothing of its failure: {stderr}{stdout}",
                    self.name
                ));
            }
            return Ok(Planned::Refused(problems));
        }
        let (code, stdout, stderr) = self.run(directory, &["show", "-json", &file], "")?;
        let plan = serde_json::from_str(&stdout).ok().filter(|_| code == 0);
        Ok(plan.map_or_else(
            || Planned::Unprintable(format!("show -json: {stderr}{stdout}")),
            |plan| Planned::Plan(Box::new(plan)),
        ))
    }

    /// Validates: the errors.
    pub(super) fn validate(&self, directory: &Path) -> Result<Vec<Problem>> {
        let (_, stdout, stderr) = self.run(directory, &["validate", "-json"], "")?;
        let report: Json = serde_json::from_str(&stdout)
            .map_err(|error| format!("{} validate -json: {error}: {stdout}{stderr}", self.name))?;
        let rows = report["diagnostics"].as_array().cloned().unwrap_or_default();
        Ok(rows.iter().filter_map(problem).collect())
    }
}

fn problems(stream: &str) -> Vec<Problem> {
    stream
        .lines()
        .filter_map(|line| serde_json::from_str::<Json>(line).ok())
        .filter_map(|line| problem(&line["diagnostic"]))
        .collect()
}

fn problem(row: &Json) -> Option<Problem> {
    (row["severity"].as_str()? == "error").then(|| Problem {
        summary: row["summary"].as_str().unwrap_or_default().to_owned(),
        detail: row["detail"].as_str().unwrap_or_default().to_owned(),
        file: row["range"]["filename"].as_str().map(str::to_owned),
        line: row["range"]["start"]["line"]
            .as_u64()
            .and_then(|line| usize::try_from(line).ok())
            .unwrap_or(0),
    })
}

/// The summaries of problems, each once.
pub(super) fn summaries(problems: &[Problem]) -> BTreeSet<&str> {
    problems.iter().map(|problem| problem.summary.as_str()).collect()
}
