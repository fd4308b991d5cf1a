//! Git repositories, through the `git` program of this machine.

use crate::{InstallError, tree};
use regprov_lang::RemoteSource;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Output, Stdio};
use tokio::process::Command;

/// Options of every call: no transport that runs programs, no hooks, nobody's monitor.
const GUARDS: [&str; 9] = [
    "protocol.allow=never",
    "protocol.https.allow=always",
    "protocol.http.allow=always",
    "protocol.ssh.allow=always",
    "protocol.git.allow=user",
    "protocol.file.allow=user",
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "advice.detachedHead=false",
];

/// Variables that would point git at another repository.
const ELSEWHERE: [&str; 6] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_COMMON_DIR",
    "GIT_PREFIX",
];

/// How git is called.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Git {
    /// Whether it may ask for passwords at the terminal.
    pub(crate) may_ask: bool,
    /// How many settings the environment gives it already (`GIT_CONFIG_COUNT`).
    pub(crate) settings: usize,
}

impl Git {
    /// Fetches a repository into a new directory and answers the commit. `.git` is not kept.
    pub(crate) async fn fetch(
        self,
        source: &RemoteSource,
        pinned: Option<&str>,
        to: &Path,
    ) -> Result<String, InstallError> {
        std::fs::create_dir_all(to).map_err(|error| InstallError::disk(to, &error))?;
        let checkout = Checkout {
            git: self,
            directory: to,
            source,
        };
        let commit = checkout.run(pinned).await?;
        tree::check_links(to)?;
        tree::remove_git(to).map_err(|error| InstallError::disk(to, &error))?;
        Ok(commit)
    }
}

struct Checkout<'a> {
    git: Git,
    directory: &'a Path,
    source: &'a RemoteSource,
}

impl Checkout<'_> {
    async fn run(&self, pinned: Option<&str>) -> Result<String, InstallError> {
        let address = address(self.source);
        self.git(&["init", "--quiet", "--template="]).await?;
        self.git(&["remote", "add", "--", "origin", &address]).await?;
        let name = pinned.map(str::to_owned).or_else(|| self.source.parameter("ref"));
        let commit = self.bring(name.as_deref()).await?;
        self.git(&["checkout", "--quiet", "--detach", &commit, "--"])
            .await?;
        if self.directory.join(".gitmodules").exists() {
            self.git(&["submodule", "--quiet", "update", "--init", "--recursive"])
                .await?;
        }
        let output = self.git(&["rev-parse", "--verify", "HEAD"]).await?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Brings a tag, branch or commit here, at best without its history, and answers its commit.
    async fn bring(&self, name: Option<&str>) -> Result<String, InstallError> {
        let wanted = name.unwrap_or("HEAD");
        let plain = wanted
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._/-@".contains(&byte));
        if plain {
            let output = self
                .attempt(&[
                    "fetch",
                    "--quiet",
                    "--no-tags",
                    "--depth",
                    "1",
                    "--",
                    "origin",
                    wanted,
                ])
                .await?;
            if output.status.success() {
                return self
                    .commit("FETCH_HEAD")
                    .await?
                    .ok_or_else(|| self.no_such(wanted));
            }
            if !may_have_it_still(&output) {
                return Err(self.failed(&output));
            }
        }
        let all = [
            "fetch",
            "--quiet",
            "--tags",
            "--",
            "origin",
            "+HEAD:refs/remotes/origin/HEAD",
            "+refs/heads/*:refs/remotes/origin/*",
        ];
        self.git(&all).await?;
        for candidate in [
            format!("refs/tags/{wanted}"),
            format!("refs/remotes/origin/{wanted}"),
            wanted.to_owned(),
        ] {
            if let Some(commit) = self.commit(&candidate).await? {
                return Ok(commit);
            }
        }
        Err(self.no_such(wanted))
    }

    async fn commit(&self, name: &str) -> Result<Option<String>, InstallError> {
        let commit = format!("{name}^{{commit}}");
        let output = self
            .attempt(&["rev-parse", "--verify", "--quiet", "--end-of-options", &commit])
            .await?;
        let text = String::from_utf8_lossy(&output.stdout);
        let found = text
            .lines()
            .rfind(|line| line.bytes().all(|byte| byte.is_ascii_hexdigit()) && !line.is_empty());
        Ok(found.filter(|_| output.status.success()).map(str::to_owned))
    }

    fn no_such(&self, name: &str) -> InstallError {
        let message = format!("{} has no tag, branch or commit `{name}`", self.source.package());
        InstallError::fetch(message)
            .help("Correct `ref` in the source. If a pinned commit is gone from the repository, pin what is there now: regprov init -upgrade")
    }

    async fn git(&self, arguments: &[&str]) -> Result<Output, InstallError> {
        let output = self.attempt(arguments).await?;
        if output.status.success() {
            Ok(output)
        } else {
            Err(self.failed(&output))
        }
    }

    async fn attempt(&self, arguments: &[&str]) -> Result<Output, InstallError> {
        let mut command = Command::new("git");
        for guard in GUARDS {
            command.args(["-c", guard]);
        }
        command.args(arguments).current_dir(self.directory);
        ELSEWHERE.iter().for_each(|name| {
            command.env_remove(name);
        });
        command
            .env("LC_ALL", "C")
            .env("GIT_TERMINAL_PROMPT", if self.git.may_ask { "1" } else { "0" });
        if let Some((with, without)) = self.secret_prefix() {
            // In the environment, which only this user can see, and not among the arguments, which all can.
            let last = self.git.settings;
            command
                .env("GIT_CONFIG_COUNT", (last + 1).to_string())
                .env(format!("GIT_CONFIG_KEY_{last}"), format!("url.{with}.insteadOf"))
                .env(format!("GIT_CONFIG_VALUE_{last}"), without);
        }
        command
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .map_err(|error| match error.kind() {
                ErrorKind::NotFound => {
                    InstallError::fetch("the program `git` is not installed, or not on the PATH")
                        .help("Install git; modules from git repositories are fetched with it.")
                }
                _ => InstallError::fetch(format!("`git` cannot be started: {error}")),
            })
    }

    /// The head of the URL with its password, and the same without it.
    fn secret_prefix(&self) -> Option<(String, String)> {
        self.source.password()?;
        let path = self.source.url.find("://").map(|at| at + 3)?;
        let end = self.source.url[path..]
            .find('/')
            .map_or(self.source.url.len(), |at| path + at);
        let with = self.source.url[..end].to_owned();
        let shown = self.source.package();
        let shown = shown.strip_prefix("git::").unwrap_or(&shown);
        let path = shown.find("://").map(|at| at + 3)?;
        let end = shown[path..].find('/').map_or(shown.len(), |at| path + at);
        Some((with, shown[..end].to_owned()))
    }

    fn failed(&self, output: &Output) -> InstallError {
        let said = String::from_utf8_lossy(&output.stderr);
        let lines: Vec<String> = said
            .lines()
            .map(|line| regprov_http::sanitize(line.trim()))
            .filter(|line| !line.is_empty())
            .take(6)
            .collect();
        let message = format!(
            "git could not fetch {}: {}",
            self.source.package(),
            lines.join("; ")
        );
        let error = InstallError::fetch(message);
        if said.contains("terminal prompts disabled")
            || said.contains("Authentication failed")
            || said.contains("Permission denied")
        {
            return error.help("Give git what it needs to sign in: a credential helper, an SSH key in the agent, or `url.….insteadOf` in its configuration.");
        }
        if said.contains("not allowed") {
            return error.help("Submodules over this transport are refused, as git refuses them itself; see `protocol.allow` in git's manual.");
        }
        error
    }
}

/// Whether a repository that did not give one commit may give it with everything else.
fn may_have_it_still(output: &Output) -> bool {
    let said = String::from_utf8_lossy(&output.stderr);
    [
        "remote ref",
        "not our ref",
        "unadvertised",
        "shallow",
        "dumb http",
    ]
    .iter()
    .any(|part| said.contains(part))
}

/// The address that git is told: without password and without the parameters that are ours.
fn address(source: &RemoteSource) -> String {
    let shown = source.package();
    let shown = shown.strip_prefix("git::").unwrap_or(&shown);
    let Some((path, query)) = shown.split_once('?') else {
        return shown.to_owned();
    };
    let others: Vec<&str> = query
        .split('&')
        .filter(|pair| !["ref", "depth"].contains(&pair.split('=').next().unwrap_or_default()))
        .collect();
    if others.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", others.join("&"))
    }
}
