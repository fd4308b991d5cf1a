//! Eight writers count in one state, in files and in real stores: PostgreSQL, Azurite, moto. No count may be lost, and no two
//! writers may be inside at once; also where one of them is stopped for longer than its lease.

mod generated;
mod moving;
mod programs;
mod seeds;
mod servers;

use crate::shell::{Result, cargo, root, step};
use serde_json::Value;
use servers::Place;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const WRITERS: usize = 8;
/// Of a lease that no writer outlives.
const LONG: &str = "60000";
/// Of a lease that is outlived on purpose.
const SHORT: &str = "1000";

/// For how long a writer is stopped: the others have to see its lease lapse.
const STOPPED: Duration = Duration::from_millis(2600);

/// How often the broken store is tried, and what is said of it.
const PROBES: u32 = 40;
const BROKEN_PROMISE: &str = "cannot be trusted with a state";

/// How often each writer counts.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    /// In files and in PostgreSQL.
    fast: u64,
    /// In stores that answer more slowly.
    slow: u64,
    /// While one writer after the other is stopped.
    stopped: u64,
    /// How many of them are stopped.
    stops: u32,
    /// A store that has to be built first may be.
    builds: bool,
    /// The first state that Terraform is to write, and how many.
    seeds: (u64, u64),
}

impl Default for Size {
    fn default() -> Self {
        Self {
            fast: 1000,
            slow: 1000,
            stopped: 1000,
            stops: 16,
            builds: true,
            seeds: (1, 40),
        }
    }
}

impl Size {
    /// Minutes for all stores together.
    pub(crate) const SMALL: Self = Self {
        fast: 60,
        slow: 30,
        stopped: 40,
        stops: 4,
        builds: false,
        seeds: (1, 6),
    };

    pub(crate) fn rounds(text: &str) -> Result<Self> {
        let rounds = text
            .parse()
            .map_err(|_| format!("`{text}` is no number of rounds"))?;
        Ok(Self {
            fast: rounds,
            slow: rounds,
            stopped: rounds,
            stops: 8,
            builds: true,
            seeds: (1, 40),
        })
    }
}

/// Runs all stores, or the one of this kind: `local`, `pg`, `azurerm`, `s3`, `s3s-fs`.
pub(crate) fn run(size: Size, only: Option<&str>) -> Result {
    step(
        "build the writer",
        cargo().args([
            "build",
            "--quiet",
            "--package",
            "regprov-backends",
            "--example",
            "lock_writer",
        ]),
    )?;
    let folder = root().join("target/peers/state").join(only.unwrap_or("all"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let mut tried = 0;
    for (kind, start) in servers::ALL {
        if only.is_some_and(|only| only != *kind) {
            continue;
        }
        let place = match start(&folder)? {
            Ok(place) => place,
            Err(reason) => {
                println!("SKIPPED: peers state: {reason}");
                continue;
            }
        };
        tried += 1;
        let rounds = if place.is_fast { size.fast } else { size.slow };
        race(&place, rounds)?;
        if place.has_lease {
            drop(place);
            // A server that has nothing of the first race to look after.
            let place = start(&folder)??;
            race_with_stops(&place, (size.stopped, size.stops))?;
        }
    }
    if only.is_none_or(|only| only == "s3s-fs") {
        match servers::broken(&folder, size.builds || only.is_some())? {
            Ok(place) => {
                tried += 1;
                refused_by_the_probe(&place)?;
            }
            Err(reason) => println!("SKIPPED: peers state: {reason}"),
        }
    }
    if only.is_none() {
        journey()?;
        seeds(size.seeds)?;
    }
    if tried == 0 && only.is_some() {
        return Err("there is no such store, or it cannot be had here".into());
    }
    println!("\npeers state: {tried} stores, every count is there");
    Ok(())
}

/// Takes a state through all stores that can be had here.
pub(crate) fn journey() -> Result {
    let folder = root().join("target/peers/journey");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let mut places = Vec::new();
    for (kind, start) in servers::ALL {
        if *kind == "local" {
            continue;
        }
        match start(&folder)? {
            Ok(place) => places.push(place),
            Err(reason) => println!("SKIPPED: peers state: {reason}"),
        }
    }
    moving::run(&folder, &places)
}

/// Has Terraform write the states of so many seeds.
pub(crate) fn seeds(which: (u64, u64)) -> Result {
    seeds::run(&root().join("target/peers/seeds"), which)
}

/// What the writers tell at their end.
#[derive(Default)]
struct Told {
    written: u64,
    found: u64,
    refused: u64,
    doubled: u64,
    lost: u64,
}

impl Told {
    /// Every round of every writer is counted once, and none was ever missed by the writer that was told of it.
    ///
    /// A writer that is told "fenced out" looks before it counts again, for its count may be there: its answer was lost, or it was in
    /// the journal before the lease lapsed. That is no lost update, and it must not become two.
    fn check(&self, place: &Place, rounds: u64, tally: &Value) -> Result {
        let expected = rounds * WRITERS as u64;
        if self.lost > 0 {
            return Err(format!("{}: {} counts were lost", place.name, self.lost));
        }
        if self.written + self.found != expected || tally["count"] != expected {
            return Err(format!(
                "{}: {expected} counts were to be there: {tally}",
                place.name
            ));
        }
        for number in 0..WRITERS {
            if tally["writers"][format!("writer-{number}")]["count"] != rounds {
                return Err(format!(
                    "{}: {rounds} counts of each writer were to be there: {tally}",
                    place.name
                ));
            }
        }
        Ok(())
    }
}

/// A store that breaks its promises is refused each time that somebody begins to use it.
fn refused_by_the_probe(place: &Place) -> Result {
    println!("\n== {}: {PROBES} new states, each to be refused", place.name);
    for number in 0..PROBES {
        let output = writer(place, &place.state(&format!("probe-{number}")), "1", LONG)?
            .args([Path::new("writer-0"), &place.folder])
            .output()
            .map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&output.stderr);
        if output.status.success() || !said.contains(BROKEN_PROMISE) {
            return Err(format!(
                "{}: the broken store was not refused, at the {number}th probe: {said}",
                place.name
            ));
        }
    }
    println!("{PROBES} of {PROBES} were refused: it {BROKEN_PROMISE}");
    Ok(())
}

fn race(place: &Place, rounds: u64) -> Result {
    println!("\n== {}: {WRITERS} writers, {rounds} rounds each", place.name);
    let begun = Instant::now();
    let state = place.state("race");
    let writers = start(place, &state, (rounds, LONG))?;
    let told = end(writers, rounds * WRITERS as u64)?;
    let tally = tally(place, &state)?;
    println!(
        "{} counts in {:.1} s: {} in the state, {} writers met inside, {} fenced out",
        told.written + told.found,
        begun.elapsed().as_secs_f64(),
        tally["count"],
        told.doubled,
        told.refused
    );
    if told.doubled > 0 {
        return Err(format!("{}: two writers were inside at once", place.name));
    }
    told.check(place, rounds, &tally)
}

/// Stops one writer after the other for longer than the lease, while the others go on: by turns one that is inside, which
/// stops itself with the lock in its hands, and one at any moment, be it amid a request.
fn race_with_stops(place: &Place, (rounds, stops): (u64, u32)) -> Result {
    println!(
        "== {}: the same, {rounds} rounds each, {stops} times one of them stopped past its lease",
        place.name
    );
    let state = place.state("stopped");
    let begun = Instant::now();
    let mut writers = start(place, &state, (rounds, SHORT))?;
    let shared = place.folder.join(format!("shared-{SHORT}"));
    let (mut inside, mut anywhere) = (0, 0);
    while writers.0.iter_mut().any(is_running) && inside + anywhere < stops {
        if inside <= anywhere {
            let Some(stopped) = stopped_inside(&shared, &mut writers.0)? else {
                break;
            };
            pause(STOPPED);
            signal("-CONT", &stopped);
            inside += 1;
        } else if let Some(at) = writers.0.iter_mut().position(is_running) {
            let id = writers.0[at].id().to_string();
            signal("-STOP", &id);
            pause(STOPPED);
            signal("-CONT", &id);
            anywhere += 1;
            writers.0.rotate_left((at + 3) % WRITERS);
        }
    }
    let _ = fs::remove_file(shared.join("stop"));
    let told = end(writers, rounds * WRITERS as u64)?;
    let tally = tally(place, &state)?;
    println!(
        "{} counts in {:.1} s, {inside} stopped inside and {anywhere} anywhere: {} in the state, {} attempts fenced out, {} of \
         them found done",
        told.written + told.found,
        begun.elapsed().as_secs_f64(),
        tally["count"],
        told.refused,
        told.found
    );
    if inside == 0 || told.refused == 0 {
        return Err(format!(
            "{}: no writer that was stopped was fenced out",
            place.name
        ));
    }
    told.check(place, rounds, &tally)
}

/// Has one of the writers stop itself inside, and says which; none where all have ended.
fn stopped_inside(shared: &Path, writers: &mut [Child]) -> Result<Option<String>> {
    fs::write(shared.join("stop"), "").map_err(|error| error.to_string())?;
    loop {
        let entries = fs::read_dir(shared).map_err(|error| error.to_string())?;
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if let Some(id) = name.strip_prefix("stopped-") {
                fs::remove_file(entry.path()).map_err(|error| error.to_string())?;
                return Ok(Some(id.to_owned()));
            }
        }
        if !writers.iter_mut().any(is_running) {
            return Ok(None);
        }
        pause(Duration::from_millis(5));
    }
}

/// Lets time pass: a stop has to last longer than a lease.
fn pause(time: Duration) {
    let (_sender, never) = std::sync::mpsc::channel::<()>();
    // Nobody sends.
    let _ = never.recv_timeout(time);
}

fn is_running(writer: &mut Child) -> bool {
    matches!(writer.try_wait(), Ok(None))
}

fn signal(which: &str, id: &str) {
    // A writer that has just ended is in nobody's way.
    let _ = Command::new("kill")
        .args([which, id])
        .stderr(Stdio::null())
        .status();
}

fn writer(place: &Place, state: &str, rounds: &str, lease: &str) -> Result<Command> {
    let program: PathBuf = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root().join("target"), PathBuf::from)
        .join("debug/examples/lock_writer");
    let mut command = Command::new(program);
    command
        .args([place.kind, state, rounds, lease])
        .envs(place.environment.iter().cloned())
        .current_dir(&place.folder);
    Ok(command)
}

/// The processes; those that are left when this goes are killed, stopped or not.
struct Writers(Vec<Child>);

impl Drop for Writers {
    fn drop(&mut self) {
        for writer in &mut self.0 {
            let _ = writer.kill();
            let _ = writer.wait();
        }
    }
}

fn start(place: &Place, state: &str, (rounds, lease): (u64, &str)) -> Result<Writers> {
    let shared = place.folder.join(format!("shared-{lease}"));
    fs::create_dir_all(&shared).map_err(|error| error.to_string())?;
    let started: Result<Vec<Child>> = (0..WRITERS)
        .map(|number| {
            writer(place, state, &rounds.to_string(), lease)?
                .arg(format!("writer-{number}"))
                .arg(&shared)
                .stdout(Stdio::piped())
                .spawn()
                .map_err(|error| error.to_string())
        })
        .collect();
    Ok(Writers(started?))
}

/// Waits for all of them, but not for ever: so many counts take so long at most.
fn end(mut writers: Writers, counts: u64) -> Result<Told> {
    let begun = Instant::now();
    let patience =
        Duration::from_secs(120) + Duration::from_millis(500) * u32::try_from(counts).unwrap_or(u32::MAX);
    while writers.0.iter_mut().any(is_running) {
        if begun.elapsed() > patience {
            return Err(format!("the writers did not end within {} s", patience.as_secs()));
        }
        pause(Duration::from_millis(20));
    }
    let mut told = Told::default();
    for writer in writers.0.drain(..) {
        let output = writer.wait_with_output().map_err(|error| error.to_string())?;
        if !output.status.success() {
            return Err(format!("a writer ended with {}", output.status));
        }
        let said: Value = serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
        let number = |name: &str| said[name].as_u64().unwrap_or_default();
        told.written += number("written");
        told.found += number("found");
        told.refused += number("refused");
        told.doubled += number("doubled");
        told.lost += number("lost");
    }
    Ok(told)
}

/// What stands in the state.
fn tally(place: &Place, state: &str) -> Result<Value> {
    let output = writer(place, state, "count", LONG)?
        .args([Path::new("reader"), &place.folder])
        .output()
        .map_err(|error| error.to_string())?;
    serde_json::from_slice(&output.stdout)
        .map_err(|_| format!("no tally: {}", String::from_utf8_lossy(&output.stderr)))
}
