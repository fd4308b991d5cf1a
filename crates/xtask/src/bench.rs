//! `bench`: figures against terraform on the same files in one run, alternating.

mod language;
mod measure;
mod scenes;

use crate::fmt_peer::target_directory;
use crate::shell::{Result, cargo, output, present, root, step};
use measure::{Sample, median, run_measured};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// How often each thing is measured; the median counts.
const ROUNDS: usize = 5;

pub(crate) fn run(arguments: &[&str]) -> Result {
    if let ["--measure", program, rest @ ..] = arguments {
        return measure::child(program, rest);
    }
    if arguments.contains(&"state") {
        return state(arguments.contains(&"--write"));
    }
    let only_language = arguments.contains(&"language");
    let is_kept = arguments.contains(&"--write");
    step(
        "build regprov, release",
        cargo().args(["build", "--release", "--quiet", "--package", "regprov-cli"]),
    )?;
    let regprov = target_directory().join("release/regprov");
    let size = fs::metadata(&regprov).map_err(|error| error.to_string())?.len();
    let machine = language::machine();
    let table = language::table(&regprov)?;
    let growth = language::growth(&regprov)?;
    println!("\n{machine}\n\n{table}\n{growth}");
    if is_kept {
        keep(
            "language",
            &format!(
                "# The language, against terraform\n\n{}\n\n{machine}\n\n{table}\n{}\n\n{growth}",
                HOW, GROWTH
            ),
        )?;
    }
    if only_language {
        return Ok(());
    }
    let mut report = String::from(
        "| what | regprov | terraform | faster | memory regprov | memory terraform |\n|---|---|---|---|---|---|\n",
    );
    single(
        &mut report,
        "`regprov version`",
        &samples(&regprov, None, &["version"], 3 * ROUNDS)?,
    );
    example(&mut report, &regprov)?;
    against(&mut report, &regprov)?;
    println!(
        "\n{report}\nrelease binary, stripped: {:.1} MB",
        size as f64 / 1e6
    );
    Ok(())
}

/// What journal and sealing cost.
fn state(is_kept: bool) -> Result {
    let table = output(cargo().args([
        "run",
        "--quiet",
        "--profile",
        "sweep",
        "--package",
        "regprov-state",
        "--example",
        "cost",
    ]))?;
    let machine = language::machine();
    println!("\n{machine}\n\n{table}");
    if is_kept {
        keep(
            "state",
            &format!("# What journal and sealing cost\n\n{STATE}\n\n{machine}\n\n{table}"),
        )?;
    }
    Ok(())
}

const STATE: &str = "Written by `cargo xtask bench state --write`: a begin and an end of each of 2,000 objects of some 400 bytes, made durable, so many at once; then the snapshot with all of them. A write to the journal on the local disk is one `fdatasync`. Where the store is 20 ms away the service takes 60 ms between begin and end, as in life: what is ready in the same tick shares one write, which is one round trip, and a resource waits for two of them, one before its request and one after.";

/// How the figures came to be, for whoever reads them.
const HOW: &str = "Written by `cargo xtask bench language --write`: medians of runs of the release build and of terraform by turns, on the same files, in one run.";
const GROWTH: &str = "Plans of one block with so many instances:";

fn keep(name: &str, text: &str) -> Result {
    let folder = root().join("docs/benchmarks");
    let path = folder.join(format!("{name}.md"));
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(&path, text))
        .map_err(|error| format!("{}: {error}", path.display()))
}

fn single(report: &mut String, what: &str, samples: &[Sample]) {
    let (time, memory) = (
        median(samples, |sample| sample.seconds),
        median(samples, |sample| sample.megabytes),
    );
    let _ = writeln!(
        report,
        "| {what} | {:.1} ms | | | {memory:.0} MB | |",
        time * 1000.0
    );
}

fn samples(program: &Path, folder: Option<&Path>, arguments: &[&str], rounds: usize) -> Result<Vec<Sample>> {
    (0..rounds)
        .map(|_| run_measured(program, folder, arguments, None))
        .collect()
}

/// The no-op plan of the Azure example against a sandbox that another process serves: its own time is the processor time.
fn example(report: &mut String, regprov: &Path) -> Result {
    let folder = fresh("example")?;
    for entry in fs::read_dir(root().join("examples/azure")).map_err(|error| error.to_string())? {
        let entry = entry.map_err(|error| error.to_string())?;
        if entry
            .path()
            .extension()
            .is_some_and(|extension| extension == "tf")
        {
            fs::copy(entry.path(), folder.join(entry.file_name())).map_err(|error| error.to_string())?;
        }
    }
    let _served = scenes::serve(regprov, &folder)?;
    let first = samples(regprov, Some(&folder), &["plan", "-sandbox"], ROUNDS)?;
    run_measured(
        regprov,
        Some(&folder),
        &["apply", "-sandbox", "-auto-approve"],
        None,
    )?;
    let second = samples(regprov, Some(&folder), &["plan", "-sandbox"], ROUNDS)?;
    for (what, samples) in [("first plan", first), ("no-op plan", second)] {
        let own = median(&samples, |sample| sample.processor);
        single(
            report,
            &format!("{what} of examples/azure (own time {:.0} ms)", own * 1000.0),
            &samples,
        );
    }
    Ok(())
}

/// Two `count = 1000` blocks, the second indexing the first.
fn against(report: &mut String, regprov: &Path) -> Result {
    let terraform = PathBuf::from("terraform");
    let compare = present("terraform");
    if !compare {
        println!("SKIPPED: terraform is not installed; regprov is measured alone");
    }
    let (ours, theirs) = (fresh("ours")?, fresh("theirs")?);
    for folder in [&ours, &theirs] {
        fs::write(folder.join("main.tf"), scenes::INDEXED).map_err(|error| error.to_string())?;
    }
    if compare {
        run_measured(&terraform, Some(&theirs), &["init"], None)?;
    }
    let steps: [(&str, &[&str]); 3] = [
        ("first plan, two `count = 1000`", &["plan"]),
        ("apply, two `count = 1000`", &["apply", "-auto-approve"]),
        ("no-op plan, two `count = 1000`", &["plan"]),
    ];
    for (index, (what, arguments)) in steps.iter().enumerate() {
        let (mut own, mut other) = (Vec::new(), Vec::new());
        for _ in 0..3 {
            if index == 1 {
                for folder in [&ours, &theirs] {
                    let _ = fs::remove_file(folder.join("terraform.tfstate"));
                }
            }
            own.push(run_measured(regprov, Some(&ours), arguments, None)?);
            if compare {
                other.push(run_measured(&terraform, Some(&theirs), arguments, None)?);
            }
        }
        row(report, what, &own, &other);
    }
    Ok(())
}

fn row(report: &mut String, what: &str, own: &[Sample], other: &[Sample]) {
    let (time, memory) = (
        median(own, |sample| sample.seconds),
        median(own, |sample| sample.megabytes),
    );
    if other.is_empty() {
        let _ = writeln!(
            report,
            "| {what} | {:.0} ms | | | {memory:.0} MB | |",
            time * 1000.0
        );
        return;
    }
    let (their_time, their_memory) = (
        median(other, |sample| sample.seconds),
        median(other, |sample| sample.megabytes),
    );
    let _ = writeln!(
        report,
        "| {what} | {:.0} ms | {:.1} s | {:.0}× | {memory:.0} MB | {their_memory:.0} MB |",
        time * 1000.0,
        their_time,
        their_time / time
    );
}

fn fresh(name: &str) -> Result<PathBuf> {
    let folder = target_directory().join("bench").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    Ok(folder)
}
