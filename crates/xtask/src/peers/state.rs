//! Eight writers count in one state, in files and in real stores: PostgreSQL, Azurite, moto. No count may be lost, and no two
//! writers may be inside at once; also where one of them is stopped for longer than its lease.

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

/// How many writers are stopped.
const STOPS: u32 = 8;

/// How often each writer counts.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    /// In files and in PostgreSQL.
    fast: u64,
    /// In stores that answer more slowly.
    slow: u64,
    /// While one writer after the other is stopped.
    stopped: u64,
}

impl Default for Size {
    fn default() -> Self {
        Self {
            fast: 1000,
            slow: 1000,
            stopped: 40,
        }
    }
}

impl Size {
    /// Minutes for all stores together.
    pub(crate) const SMALL: Self = Self {
        fast: 60,
        slow: 30,
        stopped: 8,
    };

    pub(crate) fn rounds(text: &str) -> Result<Self> {
        let rounds = text
            .parse()
            .map_err(|_| format!("`{text}` is no number of rounds"))?;
        Ok(Self {
            fast: rounds,
            slow: rounds,
            stopped: (rounds / 10).clamp(5, 40),
        })
    }
}

/// Runs all stores, or the one of this kind: `local`, `pg`, `azurerm`, `s3`.
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
    let folder = root().join("target/peers/state");
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
            race_with_stops(&place, size.stopped)?;
        }
    }
    if tried == 0 && only.is_some() {
        return Err("there is no such store, or it cannot be had here".into());
    }
    println!("\npeers state: {tried} stores, every count is there");
    Ok(())
}

/// What a writer tells at its end.
#[derive(Default)]
struct Told {
    written: u64,
    refused: u64,
    doubled: u64,
}

impl Told {
    /// No count is lost. What a writer journalled before it was fenced out, as on a machine that is so busy that a lease lapses,
    /// counts once more: it was recorded, and it tried again.
    fn check(&self, place: &Place, expected: u64, counted: u64) -> Result {
        if self.written != expected || counted < expected || counted > expected + self.refused {
            return Err(format!("{}: {expected} counts were to be there", place.name));
        }
        Ok(())
    }
}

fn race(place: &Place, rounds: u64) -> Result {
    println!("\n== {}: {WRITERS} writers, {rounds} rounds each", place.name);
    let begun = Instant::now();
    let state = place.state("race");
    let writers = start(place, &state, (rounds, LONG))?;
    let told = end(writers)?;
    let counted = counter(place, &state)?;
    println!(
        "{} counts in {:.1} s: {counted} in the state, {} writers met inside, {} fenced out",
        told.written,
        begun.elapsed().as_secs_f64(),
        told.doubled,
        told.refused
    );
    let expected = rounds * WRITERS as u64;
    if told.doubled > 0 {
        return Err(format!("{}: two writers were inside at once", place.name));
    }
    told.check(place, expected, counted)
}

/// Stops one writer after the other for longer than the lease, while the others go on.
fn race_with_stops(place: &Place, rounds: u64) -> Result {
    println!(
        "== {}: the same, {rounds} rounds each, one after the other stopped inside, past its lease",
        place.name
    );
    let state = place.state("stopped");
    let mut writers = start(place, &state, (rounds, SHORT))?;
    let holder = place.folder.join(format!("shared-{SHORT}/holder"));
    let mut stops = 0;
    while writers.iter_mut().any(is_running) {
        let inside = fs::read_to_string(&holder).unwrap_or_default();
        let one_of_them = writers
            .iter_mut()
            .any(|writer| writer.id().to_string() == inside && is_running(writer));
        if one_of_them && stops < STOPS {
            signal("-STOP", &inside);
            pause(Duration::from_millis(3200));
            signal("-CONT", &inside);
            stops += 1;
        }
        let _ = fs::remove_file(&holder);
        pause(Duration::from_millis(15));
    }
    let told = end(writers)?;
    let counted = counter(place, &state)?;
    println!(
        "{} counts, {stops} stops: {counted} in the state, {} attempts fenced out",
        told.written, told.refused
    );
    let expected = rounds * WRITERS as u64;
    if told.refused == 0 && stops > 2 {
        return Err(format!(
            "{}: no writer that was stopped was fenced out",
            place.name
        ));
    }
    told.check(place, expected, counted)
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

fn start(place: &Place, state: &str, (rounds, lease): (u64, &str)) -> Result<Vec<Child>> {
    let shared = place.folder.join(format!("shared-{lease}"));
    fs::create_dir_all(&shared).map_err(|error| error.to_string())?;
    (0..WRITERS)
        .map(|number| {
            writer(place, state, &rounds.to_string(), lease)?
                .arg(format!("writer-{number}"))
                .arg(&shared)
                .stdout(Stdio::piped())
                .spawn()
                .map_err(|error| error.to_string())
        })
        .collect()
}

fn end(writers: Vec<Child>) -> Result<Told> {
    let mut told = Told::default();
    for writer in writers {
        let output = writer.wait_with_output().map_err(|error| error.to_string())?;
        if !output.status.success() {
            return Err(format!("a writer ended with {}", output.status));
        }
        let said: Value = serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
        let number = |name: &str| said[name].as_u64().unwrap_or_default();
        told.written += number("written");
        told.refused += number("refused");
        told.doubled += number("doubled");
    }
    Ok(told)
}

fn counter(place: &Place, state: &str) -> Result<u64> {
    let output = writer(place, state, "count", LONG)?
        .args([Path::new("reader"), &place.folder])
        .output()
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim()
        .parse()
        .map_err(|_| format!("no count: {}", String::from_utf8_lossy(&output.stderr)))
}
