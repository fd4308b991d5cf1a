//! `fuzz`: damaged texts against what reads them, in this process, watching for panics, time, memory and broken laws.

mod corpus;
mod document;
mod mutate;
mod plans;
mod targets;

use crate::fmt_peer::{Random, target_directory};
use crate::shell::Result;
use mutate::Mutator;
use std::fs;
use std::io::{self, Seek as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use targets::{TARGETS, Target};

/// The longest that one input may take, in processor time where that can be had: a busy machine is no fault of the text.
const TIME: Duration = Duration::from_secs(1);
/// The most memory that the process may have had, in KiB.
const MEMORY: u64 = 512 * 1024;
/// In less time nobody fills that much memory.
const FILLING: Duration = Duration::from_millis(5);

/// Runs a target, or each in turn, for `--seconds N` (60), from `--seed N` (1), with the files of `--corpus DIR` besides those
/// of the project; `--input FILE` runs one text again.
pub(crate) fn run(arguments: &[&str]) -> Result {
    let (mut seconds, mut seed, mut extra, mut names) = (60, 1, Vec::new(), Vec::new());
    let mut input: Option<PathBuf> = None;
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = || rest.next().ok_or_else(|| format!("{argument} takes a value"));
        match *argument {
            "--seconds" => seconds = number(value()?)?,
            "--seed" => seed = number(value()?)?,
            "--corpus" => extra.push(PathBuf::from(value()?)),
            "--input" => input = Some(PathBuf::from(value()?)),
            name => names.push(name),
        }
    }
    let chosen: Vec<&Target> = TARGETS
        .iter()
        .filter(|target| names.is_empty() || names.contains(&target.name))
        .collect();
    if chosen.is_empty() {
        let known: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        return Err(format!("there is no such target; there are {}", known.join(", ")));
    }
    for target in chosen {
        if let Some(path) = &input {
            let text = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
            judge(target, &text).map_err(|fault| format!("{}: {fault}", target.name))?;
            continue;
        }
        let end = Instant::now() + Duration::from_secs(seconds);
        let corpus = corpus::gather(target, &extra)?;
        let _ = hunt(target, corpus, seed, |_| Instant::now() < end)?;
    }
    Ok(())
}

fn number(text: &str) -> Result<u64> {
    text.parse().map_err(|_| format!("{text} is no number"))
}

/// How many texts there were.
#[derive(Default)]
struct Tally {
    ran: u64,
    accepted: u64,
}

/// Runs damaged texts while `go_on` says so of the number of those that ran.
fn hunt(target: &Target, corpus: Vec<Vec<u8>>, seed: u64, go_on: impl Fn(u64) -> bool) -> Result<Tally> {
    let folder = target_directory().join("fuzz").join(target.name);
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let current = folder.join(format!("current-{}", std::process::id()));
    let failed = |error| format!("{}: {error}", current.display());
    // It stays open: a file that is closed after it was cut is written to the disk, and that takes longer than most texts.
    let mut kept = fs::File::create(&current).map_err(failed)?;
    let mut mutator = Mutator::new(Random::new(seed), corpus, target);
    let mut tally = Tally::default();
    let (started, worked_before) = (Instant::now(), worked());
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let mut fault = None;
    while go_on(tally.ran) {
        let text = mutator.next_text();
        // An overflow of the stack ends the process; then the text is found here.
        rewrite(&mut kept, &text).map_err(failed)?;
        match judge(target, &text) {
            Ok(true) => {
                tally.accepted += 1;
                mutator.keep(text);
            }
            Ok(false) => {}
            Err(found) => {
                let path = keep(&folder, &text)?;
                fault = Some(format!(
                    "{}: {found}; the text is {}",
                    target.name,
                    path.display()
                ));
                break;
            }
        }
        tally.ran += 1;
    }
    std::panic::set_hook(hook);
    let _ = fs::remove_file(&current);
    let Tally { ran, accepted } = tally;
    let share = accepted.saturating_mul(100) / ran.max(1);
    let processor = worked().zip(worked_before);
    let processor = processor.map_or_else(
        || "not measured".to_owned(),
        |(after, before)| format!("{} s", after.saturating_sub(before).as_secs()),
    );
    println!(
        "{}: {ran} texts in {} s (processor: {processor}), {accepted} ({share} %) of them accepted",
        target.name,
        started.elapsed().as_secs()
    );
    fault.map_or(Ok(tally), Err)
}

fn rewrite(file: &mut fs::File, text: &[u8]) -> io::Result<()> {
    file.rewind()?;
    file.write_all(text)?;
    file.set_len(text.len() as u64)
}

fn keep(folder: &Path, text: &[u8]) -> Result<PathBuf> {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    let path = folder.join(format!("fault-{:016x}", hasher.finish()));
    fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path)
}

/// Whether a text was accepted; an error where it broke something.
fn judge(target: &Target, text: &[u8]) -> Result<bool> {
    let started = Instant::now();
    let outcome = outcome(target, text)?;
    let took = started.elapsed();
    if took > TIME {
        // The clock on the wall may have run for somebody else's work.
        let before = worked();
        let _ = self::outcome(target, text)?;
        let worked = worked()
            .zip(before)
            .map(|(after, before)| after.saturating_sub(before));
        let took = worked.unwrap_or(took);
        if took > TIME {
            return Err(format!("it took {:.1} s", took.as_secs_f64()));
        }
    }
    if took < FILLING {
        return outcome;
    }
    match peak() {
        Some(peak) if peak > MEMORY => Err(format!("it took {} MiB of memory", peak / 1024)),
        _ => outcome,
    }
}

/// What the target says of a text; an error where it panicked.
fn outcome(target: &Target, text: &[u8]) -> Result<Result<bool>> {
    catch_unwind(AssertUnwindSafe(|| (target.run)(text))).map_err(|panic| {
        let words = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        format!("it panicked: {}", words.unwrap_or("without words"))
    })
}

/// The processor time that this thread had.
fn worked() -> Option<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

/// The most memory that this process had, in KiB.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{TARGETS, corpus, hunt};

    #[test]
    fn no_target_falls_over_a_few_hundred_damaged_texts() {
        for target in TARGETS {
            let corpus = corpus::gather(target, &[]).expect("the project has texts");
            let tally = hunt(target, corpus, 7, |ran| ran < 300).expect("nothing falls over");
            assert!(
                tally.accepted * 20 > tally.ran,
                "{}: what is nearly always refused tries little but the refusals",
                target.name
            );
        }
    }
}
