//! Time and memory of one run of a program.

use crate::shell::Result;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// What one run took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// Wall time.
    pub(crate) seconds: f64,
    /// Processor time, user and system.
    pub(crate) processor: f64,
    /// The largest resident size.
    pub(crate) megabytes: f64,
}

/// Runs a program below a fresh process of this one, which alone can tell its largest size.
pub(crate) fn run_measured(
    program: &Path,
    folder: Option<&Path>,
    arguments: &[&str],
    input: Option<&Path>,
) -> Result<Sample> {
    let given = match input {
        Some(path) => Stdio::from(std::fs::File::open(path).map_err(|error| error.to_string())?),
        None => Stdio::null(),
    };
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(own);
    command
        .args(["bench", "--measure"])
        .arg(program)
        .args(arguments)
        .stdin(given);
    if let Some(folder) = folder {
        command.current_dir(folder);
    }
    let output = command.output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<f64> = text
        .lines()
        .last()
        .unwrap_or_default()
        .split(' ')
        .filter_map(|word| word.parse().ok())
        .collect();
    match (output.status.success(), numbers.as_slice()) {
        (true, [seconds, processor, megabytes]) => Ok(Sample {
            seconds: *seconds,
            processor: *processor,
            megabytes: *megabytes,
        }),
        _ => Err(format!(
            "{} {} failed:\n{text}\n{}",
            program.display(),
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        )),
    }
}

/// The fresh process: runs the program, prints what it took.
pub(crate) fn child(program: &str, arguments: &[&str]) -> Result {
    let begun = Instant::now();
    let status = Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .status();
    let status = status.map_err(|error| format!("{program}: {error}"))?;
    let seconds = begun.elapsed().as_secs_f64();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|error| error.to_string())?;
    let microseconds = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    println!(
        "{seconds} {} {}",
        microseconds as f64 / 1e6,
        usage.max_rss() as f64 / 1024.0
    );
    if status.success() {
        Ok(())
    } else {
        Err(format!("{program} ended with {status}"))
    }
}

/// The middle of a figure.
pub(crate) fn median(samples: &[Sample], figure: impl Fn(&Sample) -> f64) -> f64 {
    let mut figures: Vec<f64> = samples.iter().map(figure).collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(0.0)
}
