//! The sweep as a command: what is asked, and what is told.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use super::program::Program;
use super::random::{Schedule, random};
use super::sweep::{Case, Outcome, Sweeper};
use super::weaken::Weakness;

const USAGE: &str = "usage: cargo xtask faults [--full | --subset | --random N] [--seed N] [--only CASE] [--weak sync|look-up|visibility] [--story]

  --full         every case
  --subset       every case of every seventh, which takes in all of them in seven runs with another --seed
  --seed N       which seventh, from 0
  --random N     so many schedules with two operators, two faults and a death, from --seed on; of the parts of --only
  --only CASE    one case, or all whose name starts so: pusher/Create/request:3:KillAfter
  --weak GUARD   take a guard away; the sweep must find what that breaks
  --story        tell what happens in each run; for one case or one schedule";

/// Of how many cases the subset takes one.
const SUBSET: usize = 7;
/// How many violations are told in full.
const TOLD: usize = 40;

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    only: Option<String>,
    subset: bool,
    random: Option<u64>,
    seed: u64,
    weakness: Weakness,
    story: bool,
}

impl Ask {
    /// Reads arguments.
    ///
    /// # Errors
    /// With the usage.
    pub fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut asked = Self::default();
        let mut rest = arguments.iter().map(String::as_str);
        while let Some(argument) = rest.next() {
            match argument {
                "--full" => asked.subset = false,
                "--subset" => asked.subset = true,
                "--story" => asked.story = true,
                "--only" => asked.only = Some(rest.next().ok_or(USAGE)?.to_owned()),
                "--random" => {
                    asked.random = Some(rest.next().and_then(|text| text.parse().ok()).ok_or(USAGE)?);
                }
                "--seed" => asked.seed = rest.next().and_then(|text| text.parse().ok()).ok_or(USAGE)?,
                "--weak" => {
                    asked.weakness = match rest.next() {
                        Some("sync") => Weakness::NoSync,
                        Some("look-up") => Weakness::NoLookUp,
                        Some("visibility") => Weakness::NoVisibility,
                        Some(_) | None => return Err(USAGE.to_owned()),
                    };
                }
                _ => return Err(USAGE.to_owned()),
            }
        }
        Ok(asked)
    }

    fn wants(&self, name: &str, number: usize) -> bool {
        let named = self.only.as_ref().is_none_or(|only| name.starts_with(only));
        let turn = number % SUBSET == usize::try_from(self.seed).unwrap_or(0) % SUBSET;
        named && (!self.subset || turn)
    }
}

/// What a sweep came to.
#[derive(Debug, Default)]
struct Tally {
    runs: usize,
    struck: usize,
    committed: usize,
    again: u64,
    violations: BTreeMap<String, Vec<String>>,
    story: Vec<String>,
}

impl Tally {
    fn add(&mut self, name: String, outcome: Outcome) {
        self.runs += 1;
        self.struck += usize::from(outcome.struck);
        self.committed += usize::from(outcome.committed);
        self.again += outcome.runs - 1;
        self.story.extend(outcome.story);
        let mut texts: Vec<String> = outcome.violations.iter().map(ToString::to_string).collect();
        if !outcome.struck {
            texts.push("the fault did not strike".to_owned());
        }
        if !texts.is_empty() {
            self.violations.insert(name, texts);
        }
    }
}

/// Runs what is asked and tells of it; says whether every promise was kept, or with a guard taken away, whether that was seen.
pub fn ask(asked: &Ask, tell: &mut dyn FnMut(&str)) -> bool {
    let begun = Instant::now();
    if let Some(count) = asked.random {
        return schedules(asked, count, tell);
    }
    let mut tally = Tally::default();
    for program in Program::all() {
        if let Some(only) = &asked.only
            && !only.starts_with(program.name)
            && !program.name.starts_with(only.as_str())
        {
            continue;
        }
        let stages = match Sweeper::prepare(&program, Weakness::None) {
            Ok(stages) if asked.story => stages.into_iter().map(Sweeper::with_story).collect(),
            Ok(stages) => stages,
            Err(errors) => {
                tell(&format!(
                    "{}: without a fault it does not keep the promises:\n  {}",
                    program.name,
                    errors.join("\n  ")
                ));
                return false;
            }
        };
        let before = (tally.runs, Instant::now());
        sweep(asked, &program, &stages, &mut tally);
        tell(&format!(
            "{}: {} runs in {:.1} s",
            program.name,
            tally.runs - before.0,
            before.1.elapsed().as_secs_f64()
        ));
    }
    tell_all(asked, &tally, tell);
    tell(&format!("{:.1} s", begun.elapsed().as_secs_f64()));
    let seen = tally.violations.is_empty();
    tally.runs > 0
        && match asked.weakness {
            Weakness::None => seen,
            Weakness::NoSync | Weakness::NoLookUp | Weakness::NoVisibility => !seen,
        }
}

fn sweep(asked: &Ask, program: &Program, stages: &[Sweeper<'_>], tally: &mut Tally) {
    let mut wanted: Vec<(String, &Sweeper<'_>, Case)> = Vec::new();
    for sweeper in stages {
        for (number, case) in sweeper.cases().into_iter().enumerate() {
            let name = format!("{}/{:?}/{case}", program.name, sweeper.stage());
            if asked.wants(&name, number) {
                wanted.push((name, sweeper, case));
            }
        }
    }
    let (next, done) = (AtomicUsize::new(0), Mutex::new(tally));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((name, sweeper, case)) = wanted.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = sweeper.run_as(*case, asked.weakness);
                    done.lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .add(name.clone(), outcome);
                }
            });
        }
    });
}

fn tell_all(asked: &Ask, tally: &Tally, tell: &mut dyn FnMut(&str)) {
    tally.story.iter().for_each(|line| tell(line));
    for (name, texts) in tally.violations.iter().take(TOLD) {
        let mut line = format!("{name}\n");
        for text in texts {
            let _ = writeln!(line, "    {text}");
        }
        let _ = write!(line, "    again: cargo xtask faults --only {name}");
        tell(&line);
    }
    tell(&format!(
        "{} runs, {} faults struck, {} of them after a commit, {} runs to put in order; {} with violations{}",
        tally.runs,
        tally.struck,
        tally.committed,
        tally.again,
        tally.violations.len(),
        match asked.weakness {
            Weakness::None => "",
            Weakness::NoSync | Weakness::NoLookUp | Weakness::NoVisibility =>
                ", as there must be with a guard taken away",
        }
    ));
}

/// The stages that random schedules are drawn from; `None` where a part does not keep the promises without a fault.
fn ready<'a>(asked: &Ask, programs: &'a [Program], tell: &mut dyn FnMut(&str)) -> Option<Vec<Sweeper<'a>>> {
    let mut sweepers = Vec::new();
    for program in programs {
        match &asked.only {
            Some(only) if !program.name.starts_with(only.as_str()) => continue,
            Some(_) | None => {}
        }
        match Sweeper::prepare(program, Weakness::None) {
            // Without requests there is nothing for two faults to strike.
            Ok(stages) => sweepers.extend(stages.into_iter().filter(|stage| stage.size().0 > 0)),
            Err(errors) => {
                tell(&format!("{}: {}", program.name, errors.join("\n  ")));
                return None;
            }
        }
    }
    if sweepers.is_empty() {
        tell("no part of this name sends requests");
        return None;
    }
    if asked.story {
        sweepers = sweepers.into_iter().map(Sweeper::with_story).collect();
    }
    Some(sweepers)
}

/// Runs so many random schedules; says whether every promise was kept.
fn schedules(asked: &Ask, count: u64, tell: &mut dyn FnMut(&str)) -> bool {
    let (begun, first) = (Instant::now(), asked.seed);
    let programs = Program::all();
    let Some(sweepers) = ready(asked, &programs, tell) else {
        return false;
    };
    let (next, told) = (
        AtomicU64::new(first),
        Mutex::new(BTreeMap::<u64, Schedule>::new()),
    );
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count {
                        return;
                    }
                    let came = random(&sweepers, seed);
                    if asked.story || !came.violations.is_empty() {
                        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
                        told.insert(seed, came);
                    }
                }
            });
        }
    });
    let told = told.into_inner().unwrap_or_else(PoisonError::into_inner);
    told.values()
        .flat_map(|came| &came.story)
        .for_each(|line| tell(line));
    let broken: Vec<(&u64, &Schedule)> = told
        .iter()
        .filter(|(_, came)| !came.violations.is_empty())
        .collect();
    for (seed, came) in broken.iter().take(TOLD) {
        let texts: Vec<String> = came
            .violations
            .iter()
            .map(|violation| format!("    {violation}"))
            .collect();
        tell(&format!(
            "seed {seed}: {}\n{}\n    again: cargo xtask faults --random 1 --seed {seed}{}",
            came.what,
            texts.join("\n"),
            asked
                .only
                .as_ref()
                .map_or_else(String::new, |only| format!(" --only {only}")),
        ));
    }
    let seconds = begun.elapsed().as_secs_f64();
    tell(&format!(
        "{count} schedules in {seconds:.1} s, {:.0} a second; {} with violations",
        count as f64 / seconds,
        broken.len()
    ));
    broken.is_empty()
}
