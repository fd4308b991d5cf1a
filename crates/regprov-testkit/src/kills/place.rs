//! One working directory, the process that serves its sandbox, and what is looked at there.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regprov_emulator::Knobs;
use serde_json::Value as Json;

use super::blow::{Blow, CALLS, Course};
use crate::process::{Child, Finished};
use crate::{Cloud, TestEnvironment, files};

/// The longest that a command may take: what was not seen at the service is believed to be absent after minutes.
const LIMIT: Duration = Duration::from_secs(400);
/// The words of the lines that tell of a change.
const PROGRESS: [&str; 4] = [": creat", ": updat", ": delet", ": replac"];
/// The kinds of directory objects that hold secrets, and where Graph has them.
const HOLDERS: [(&str, &str); 2] = [
    ("azure/applications", "applications"),
    ("azure/service_principals", "servicePrincipals"),
];

/// What is declared in a working directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Declared {
    /// A registry of Azure, and who may push to it.
    Pusher,
    /// A managed registry, and robot accounts of its Harbor.
    Binderhub,
    /// A repository of Google's, and keys that push to it.
    Google,
    /// A repository at Docker Hub, and tokens that push to it.
    DockerHub,
}

impl Declared {
    pub(super) const ALL: [Self; 4] = [Self::Pusher, Self::Binderhub, Self::Google, Self::DockerHub];

    const fn files(self) -> [&'static str; 2] {
        match self {
            Self::Pusher => [
                include_str!("../../scenarios/pusher.tf"),
                include_str!("../../scenarios/killed.tf"),
            ],
            Self::Binderhub => [
                include_str!("../../scenarios/binderhub.tf"),
                include_str!("../../scenarios/killed_binderhub.tf"),
            ],
            Self::Google => [
                include_str!("../../scenarios/google_keys.tf"),
                include_str!("../../scenarios/killed_google.tf"),
            ],
            Self::DockerHub => [
                include_str!("../../scenarios/hub.tf"),
                include_str!("../../scenarios/killed_hub.tf"),
            ],
        }
    }

    /// Whether the service lets the client in.
    async fn lets_in(self, cloud: &Cloud, client: &str, password: &str) -> u16 {
        match self {
            Self::Pusher => cloud.login(client, password).await,
            Self::Binderhub => {
                let live = cloud.live("harbor/instances");
                let harbor = live.first().map(|item| item.id.clone()).unwrap_or_default();
                cloud.login_harbor(&harbor, client, password).await
            }
            Self::Google => {
                let file = STANDARD.decode(password).unwrap_or_default();
                let file: Json = serde_json::from_slice(&file).unwrap_or(Json::Null);
                cloud.login_google(&file).await
            }
            Self::DockerHub => cloud.login_docker_hub(client, password).await,
        }
    }
}

/// What there is once a command came to its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Measure {
    /// Objects in the clouds, by kind.
    live: BTreeMap<String, usize>,
    /// Secrets that the directory would accept.
    secrets: usize,
    /// Files in the working directory, without those of the clouds and without what is random in their names.
    files: BTreeSet<String>,
}

/// A working directory with its own sandbox.
pub(super) struct Place {
    environment: TestEnvironment,
    declared: Declared,
    server: Option<Child>,
}

impl Place {
    pub(super) async fn new(program: &Path, declared: Declared, seed: u64) -> Result<Self, String> {
        let [main, beside] = declared.files();
        let environment = TestEnvironment::new(program)
            .with_seed(seed)
            .with_file("main.tf", main)
            .with_file("killed.tf", beside);
        let cloud = environment.own_sandbox().await;
        cloud.turn(Knobs {
            lro_duration_ms: 150,
            ..Knobs::default()
        });
        cloud.close().await;
        let mut place = Self {
            environment,
            declared,
            server: None,
        };
        place.serve().await?;
        Ok(place)
    }

    async fn serve(&mut self) -> Result<(), String> {
        let mut server = self.environment.spawn(&["sandbox", "serve"]);
        if server.printed("Serving.", 1).await {
            self.server = Some(server);
            return Ok(());
        }
        Err(format!(
            "the sandbox is not served: {}",
            server.kill().await.text()
        ))
    }

    /// Runs a command to its end.
    pub(super) async fn run(&self, arguments: &[&str]) -> Result<Finished, String> {
        let finished = self.environment.spawn(arguments).wait(LIMIT).await;
        match finished.code {
            Some(0) => Ok(finished),
            _ => Err(format!("{}\n{}", arguments.join(" "), finished.text())),
        }
    }

    /// Runs a command to its end, and learns what it does. Its system calls are counted where there is a tracer.
    pub(super) async fn learn(&self, arguments: &[&str], traced: bool) -> Result<Course, String> {
        let begun = Instant::now();
        let trace = self.environment.root().join("tmp/calls");
        let place = trace.display().to_string();
        let finished = if traced {
            let options = ["-f", "-qq", "-o", &place, "-e", &format!("trace={CALLS}")];
            self.traced(&options, arguments).wait(LIMIT).await
        } else {
            self.environment.spawn(arguments).wait(LIMIT).await
        };
        if finished.code != Some(0) {
            return Err(format!("{}\n{}", arguments.join(" "), finished.text()));
        }
        let told = String::from_utf8_lossy(&finished.stdout).into_owned();
        let calls = std::fs::read_to_string(&trace).unwrap_or_default();
        Ok(Course {
            took: begun.elapsed(),
            lines: PROGRESS.iter().map(|words| told.matches(words).count()).sum(),
            calls: count(&calls),
        })
    }

    /// Runs a command and kills it.
    pub(super) async fn strike(&self, arguments: &[&str], blow: &Blow) -> Finished {
        match blow {
            Blow::Call(name, nth) => {
                let trace = format!("trace={name}");
                let inject = format!("inject={name}:signal=SIGKILL:when={nth}");
                let options = ["-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject];
                self.traced(&options, arguments).wait(LIMIT).await
            }
            Blow::After(time) => {
                let mut child = self.environment.spawn(arguments);
                // It ends by itself where the moment comes too late.
                let _ = tokio::time::timeout(*time, child.ended()).await;
                child.kill().await
            }
            Blow::Told(lines, later) => {
                let mut child = self.environment.spawn(arguments);
                let told = |bytes: &[u8]| {
                    let text = String::from_utf8_lossy(bytes);
                    PROGRESS
                        .iter()
                        .map(|words| text.matches(words).count())
                        .sum::<usize>()
                        >= *lines
                };
                let _ = tokio::time::timeout(LIMIT, child.until(told)).await;
                let _ = tokio::time::timeout(*later, child.ended()).await;
                child.kill().await
            }
        }
    }

    fn traced(&self, options: &[&str], arguments: &[&str]) -> Child {
        let mut command = tokio::process::Command::new("strace");
        command
            .args(options)
            .arg(self.environment.program())
            .args(arguments)
            .current_dir(self.environment.directory());
        // The tracer itself is found where it is; what it runs gets the cleared environment alone.
        command.env_clear().envs(self.environment.variables());
        Child::spawn(command)
    }

    /// What must hold after a kill: the state is whole and opens, nobody else can read it, and where nothing was there before,
    /// it knows what was told.
    pub(super) async fn check_kill(&self, killed: &Finished, is_first: bool) -> Result<(), String> {
        for path in self.files() {
            let mode = std::fs::metadata(&path).map_or(0, |found| found.permissions().mode() & 0o077);
            if path.to_string_lossy().contains("tfstate") && mode != 0 {
                return Err(format!("{} can be read by others", path.display()));
            }
            if path.ends_with("terraform.tfstate") {
                let bytes = std::fs::read(&path).map_err(|error| error.to_string())?;
                // The file that is locked before there is a state is empty.
                if bytes.is_empty() && is_first {
                    continue;
                }
                let state: Json = serde_json::from_slice(&bytes)
                    .map_err(|error| format!("{} is torn: {error}", path.display()))?;
                if !state["lineage"].is_string() {
                    return Err(format!("{} is not a state", path.display()));
                }
            }
        }
        let listed = self.run(&["state", "list", "-sandbox"]).await?;
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        let known: BTreeSet<&str> = listed.lines().map(str::trim).collect();
        let told = String::from_utf8_lossy(&killed.stdout).into_owned();
        for line in told.lines().filter(|_| is_first) {
            if let Some((address, _)) = line.trim().split_once(": created")
                && !known.contains(address)
            {
                return Err(format!(
                    "{address} was told as created and the state does not hold it:\n{listed}"
                ));
            }
        }
        Ok(())
    }

    /// Looks at everything that there is, with the sandbox in this process; then it is served again. A `stage` must have
    /// come to its end: its plan is empty and its secret works.
    pub(super) async fn measure(&mut self, stage: Option<&str>) -> Result<Measure, String> {
        if let Some(server) = self.server.take() {
            server.interrupt();
            let ended = server.wait(LIMIT).await;
            if ended.code.is_none() {
                return Err(format!("the sandbox did not end well: {}", ended.text()));
            }
        }
        let cloud = self.environment.own_sandbox().await;
        let found = self.look(&cloud, stage).await;
        cloud.close().await;
        self.serve().await?;
        found
    }

    async fn look(&self, cloud: &Cloud, stage: Option<&str>) -> Result<Measure, String> {
        let mut found = Measure {
            files: self.files().iter().map(|path| nameless(path)).collect(),
            ..Measure::default()
        };
        for item in cloud.sandbox().inventory().live() {
            *found.live.entry(item.kind.clone()).or_default() += 1;
        }
        for (kind, path) in HOLDERS {
            for item in cloud.live(kind) {
                found.secrets += cloud.passwords(&format!("/{path}/{}", item.id)).await.len();
            }
        }
        if let Some(stage) = stage {
            let variable = format!("-var=stage={stage}");
            let _ = self
                .run(&["plan", "-sandbox", "-detailed-exitcode", &variable])
                .await?;
            let (client, password) = (self.output("client").await?, self.output("password").await?);
            let status = self.declared.lets_in(cloud, &client, &password).await;
            if status != 200 {
                return Err(format!("the service answers {status} to the secret of the state"));
            }
        }
        Ok(found)
    }

    async fn output(&self, name: &str) -> Result<String, String> {
        let shown = self.run(&["output", "-sandbox", "-raw", name]).await?;
        Ok(String::from_utf8_lossy(&shown.stdout).into_owned())
    }

    /// Whether a journal is there: something was cut short in the middle.
    pub(super) fn is_half_done(&self) -> bool {
        self.files()
            .iter()
            .any(|path| path.to_string_lossy().contains("journal"))
    }

    fn files(&self) -> Vec<std::path::PathBuf> {
        let mut found = files(&self.environment.directory());
        let clouds = self.environment.clouds();
        found.retain(|path| !path.starts_with(&clouds));
        found
    }
}

/// The name of a file without what is random in it.
fn nameless(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let plain = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    let parts = name.split('.').map(|part| if plain(part) { "#" } else { part });
    parts.collect::<Vec<_>>().join(".")
}

/// How often a call is made, by name: in the thread that makes it most.
fn count(trace: &str) -> BTreeMap<String, u64> {
    let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for line in trace.lines() {
        let Some((thread, call)) = line.split_once(' ') else {
            continue;
        };
        if let Some((name, _)) = call.trim_start().split_once('(') {
            *counts.entry((name, thread)).or_default() += 1;
        }
    }
    let mut most: BTreeMap<String, u64> = BTreeMap::new();
    for ((name, _), count) in counts {
        if CALLS.split(',').any(|known| known == name) {
            let highest = most.entry(name.to_owned()).or_default();
            *highest = count.max(*highest);
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_by_name_in_the_thread_that_makes_most_of_them() {
        let trace = "7 fsync(3) = 0\n7 write(1, \"(\", 1) = 1\n8 fsync(4) = 0\n7 fsync(3) = 0\n7 exit_group(0) = ?\n7 +++ exited with 0 +++\n";
        let found = count(trace);
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            [("fsync".into(), 2), ("write".into(), 1)]
        );
    }

    #[test]
    fn names_are_compared_without_what_is_random_in_them() {
        assert_eq!(nameless(Path::new("a/terraform.tfstate")), "terraform.tfstate");
        assert_eq!(nameless(Path::new("a/x.00ff-12.tmp")), "x.#.tmp");
    }
}
