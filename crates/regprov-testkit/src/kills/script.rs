//! What is run, killed and run again: everything is made, changed, rotated, sealed anew and destroyed.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::blow::{Blow, Course, Drawn};
use super::guard;
use super::place::{Declared, Measure, Place};

/// How often a command is killed at most before it may come to its end.
const MOST: u64 = 3;

/// One command.
struct Step {
    name: &'static str,
    arguments: &'static [&'static str],
    /// The stage that stands afterwards.
    stage: Option<&'static str>,
}

const STEPS: [Step; 5] = [
    Step {
        name: "create",
        arguments: &["apply", "-sandbox", "-auto-approve", "-var=stage=1"],
        stage: Some("1"),
    },
    Step {
        name: "update",
        arguments: &["apply", "-sandbox", "-auto-approve", "-var=stage=2"],
        stage: Some("2"),
    },
    Step {
        name: "rotate",
        arguments: &["apply", "-sandbox", "-auto-approve", "-var=stage=3"],
        stage: Some("3"),
    },
    Step {
        name: "seal anew",
        arguments: &["state", "rotate-keys", "-sandbox"],
        stage: Some("3"),
    },
    Step {
        name: "destroy",
        arguments: &["destroy", "-sandbox", "-auto-approve", "-var=stage=3"],
        stage: None,
    },
];

/// The commands, and what a run without a kill does and leaves.
pub(super) struct Script {
    program: PathBuf,
    clean: Vec<Vec<(Course, Measure)>>,
}

impl Script {
    /// Runs everything once without a kill.
    pub(super) async fn learn(program: &Path) -> Result<Self, String> {
        let mut clean = Vec::new();
        for declared in Declared::ALL {
            clean.push(Self::learn_one(program, declared).await?);
        }
        Ok(Self {
            program: program.to_owned(),
            clean,
        })
    }

    async fn learn_one(program: &Path, declared: Declared) -> Result<Vec<(Course, Measure)>, String> {
        let traced = std::process::Command::new("strace")
            .arg("-V")
            .output()
            .is_ok_and(|done| done.status.success());
        let mut place = Place::new(program, declared, 0).await?;
        let slow = Place::new(program, declared, 0).await?;
        let mut clean = Vec::new();
        for step in &STEPS {
            let mut course = place.learn(step.arguments, false).await?;
            if traced {
                course.calls = slow.learn(step.arguments, true).await?.calls;
            }
            clean.push((course, place.measure(step.stage).await?));
        }
        Ok(clean)
    }

    /// Whether there is a tracer.
    pub(super) fn traces(&self) -> bool {
        self.clean
            .iter()
            .flatten()
            .any(|(course, _)| !course.calls.is_empty())
    }

    /// What there is to strike at.
    pub(super) fn summary(&self) -> String {
        let steps = STEPS
            .iter()
            .cycle()
            .zip(self.clean.iter().flatten())
            .map(|(step, (course, _))| {
                let calls: u64 = course.calls.values().sum();
                format!(
                    "{} {} ms, {calls} system calls",
                    step.name,
                    course.took.as_millis()
                )
            });
        format!("without a kill: {}", steps.collect::<Vec<_>>().join("; "))
    }

    /// Plays everything with kills that a seed draws.
    pub(super) async fn play(&self, seed: u64, toll: &Mutex<Toll>) -> Result<(), String> {
        let mut drawn = Drawn::new(seed);
        // By turns.
        let which = usize::try_from(seed).unwrap_or(0) % Declared::ALL.len();
        let mut place = Place::new(&self.program, Declared::ALL[which], seed).await?;
        for (step, (course, expected)) in STEPS.iter().zip(&self.clean[which]) {
            let mut blows = Vec::new();
            for _ in 0..1 + drawn.below(MOST) {
                let blow = drawn.blow(course);
                let struck = place.strike(step.arguments, &blow).await;
                let text = blow.to_string();
                blows.push(text.clone());
                let failed = |error: String| format!("{}, killed {}: {error}", step.name, blows.join(", "));
                match struck.code {
                    None => {
                        guard(toll).count(step.name, &blow, place.is_half_done());
                        place
                            .check_kill(&struck, step.stage == Some("1"))
                            .await
                            .map_err(failed)?;
                    }
                    Some(0) => {}
                    Some(_) => return Err(failed(struck.text())),
                }
            }
            let failed = |error: String| format!("{}, killed {}: {error}", step.name, blows.join(", "));
            let _ = place.run(step.arguments).await.map_err(failed)?;
            let found = place.measure(step.stage).await.map_err(failed)?;
            if found != *expected {
                return Err(failed(format!("there is\n{found:?}\n, not\n{expected:?}")));
            }
        }
        Ok(())
    }
}

/// How often was killed.
#[derive(Debug, Default)]
pub(super) struct Toll {
    steps: BTreeMap<&'static str, u64>,
    calls: BTreeMap<String, u64>,
    moments: u64,
    half_done: u64,
}

impl Toll {
    pub(super) fn kills(&self) -> u64 {
        self.steps.values().sum()
    }

    fn count(&mut self, step: &'static str, blow: &Blow, half_done: bool) {
        *self.steps.entry(step).or_default() += 1;
        self.half_done += u64::from(half_done);
        match blow {
            Blow::Call(name, _) => *self.calls.entry(name.clone()).or_default() += 1,
            Blow::After(_) | Blow::Told(_, _) => self.moments += 1,
        }
    }
}

impl fmt::Display for Toll {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |counts: &mut dyn Iterator<Item = (&str, &u64)>| {
            counts
                .map(|(name, count)| format!("{name} {count}"))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let calls: u64 = self.calls.values().sum();
        write!(
            out,
            "{} kills ({}): {} at moments, {calls} at system calls ({}); {} left a journal",
            self.kills(),
            list(&mut self.steps.iter().map(|(name, count)| (*name, count))),
            self.moments,
            list(&mut self.calls.iter().map(|(name, count)| (name.as_str(), count))),
            self.half_done
        )
    }
}
