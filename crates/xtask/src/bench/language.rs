//! The language against terraform: check, format, evaluate and plan, and how a plan grows with its instances.

use super::measure::{Sample, median, run_measured};
use super::{ROUNDS, fresh, scenes};
use crate::shell::{Result, present};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Beyond this a scene of terraform is measured once.
const SLOW: f64 = 15.0;

/// One thing to measure: the files of a folder, and a command in it.
struct Scene {
    what: &'static str,
    files: Vec<(&'static str, String)>,
    command: &'static [&'static str],
    /// The file that is given as standard input.
    input: Option<&'static str>,
    /// How many times faster it is to be at least.
    wanted: &'static str,
}

fn scene(what: &'static str, main: String, command: &'static [&'static str], wanted: &'static str) -> Scene {
    Scene {
        what,
        files: vec![("main.tf", main)],
        command,
        input: None,
        wanted,
    }
}

fn all() -> Vec<Scene> {
    let console = Scene {
        files: vec![
            ("main.tf", String::new()),
            ("expressions.txt", scenes::expressions(1000)),
        ],
        input: Some("expressions.txt"),
        ..scene("`console`, 1,000 expressions", String::new(), &["console"], "5")
    };
    vec![
        scene("`validate`, 5,000 lines", scenes::typed(556), &["validate"], "20"),
        scene(
            "`fmt`, one file of 5 MB",
            scenes::unformatted(5_000_000),
            &["fmt", "-write=false", "-list=false"],
            "20",
        ),
        console,
        scene("`plan`, `count = 2000`", scenes::counted(2000), &["plan"], "50"),
        scene("`plan`, 2,000 blocks", scenes::blocks(2000), &["plan"], "50"),
        scene("`plan`, chain of 2,000", scenes::chain(2000), &["plan"], "50"),
        scene(
            "`plan`, two `count = 1000`, one indexing the other",
            scenes::INDEXED.to_owned(),
            &["plan"],
            "50",
        ),
        scene(
            "`plan`, `for_each` over 1,000",
            scenes::each(1000),
            &["plan"],
            "50",
        ),
    ]
}

/// Measures every scene with both programs; the table as Markdown.
pub(super) fn table(regprov: &Path) -> Result<String> {
    let compare = present("terraform");
    let mut report = String::from(
        "| what | regprov | terraform | times faster | wanted | processor time, regprov | terraform | times less | memory, regprov | terraform |\n|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for scene in all() {
        let terraform = compare.then_some(Path::new("terraform"));
        let (own, other) = alternating(regprov, terraform, &scene)?;
        row(&mut report, &scene, &own, &other);
        println!("{}", report.lines().last().unwrap_or_default());
    }
    Ok(report)
}

/// Runs of both programs by turns, so that whatever else the machine does meets both.
fn alternating(
    regprov: &Path,
    terraform: Option<&Path>,
    scene: &Scene,
) -> Result<(Vec<Sample>, Vec<Sample>)> {
    let ours = written(scene, "ours")?;
    let theirs = written(scene, "theirs")?;
    if terraform.is_some() && scene.command[0] != "fmt" {
        run_measured(Path::new("terraform"), Some(&theirs), &["init"], None)?;
    }
    let (mut own, mut other): (Vec<Sample>, Vec<Sample>) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        own.push(run(regprov, scene, &ours)?);
        let is_slow = other.first().is_some_and(|sample| sample.seconds > SLOW);
        if let Some(terraform) = terraform.filter(|_| !is_slow) {
            other.push(run(terraform, scene, &theirs)?);
        }
    }
    Ok((own, other))
}

fn run(program: &Path, scene: &Scene, folder: &Path) -> Result<Sample> {
    let input = scene.input.map(|name| folder.join(name));
    run_measured(program, Some(folder), scene.command, input.as_deref())
}

fn written(scene: &Scene, whose: &str) -> Result<PathBuf> {
    let folder = fresh(whose)?;
    for (name, text) in &scene.files {
        fs::write(folder.join(name), text).map_err(|error| error.to_string())?;
    }
    Ok(folder)
}

fn row(report: &mut String, scene: &Scene, own: &[Sample], other: &[Sample]) {
    let wall = |samples: &[Sample]| median(samples, |sample| sample.seconds);
    let processor = |samples: &[Sample]| median(samples, |sample| sample.processor);
    let memory = |samples: &[Sample]| median(samples, |sample| sample.megabytes);
    let theirs = |figure: String| if other.is_empty() { String::new() } else { figure };
    let _ = writeln!(
        report,
        "| {} | {:.3} s | {} | {} | {} | {:.3} s | {} | {} | {:.0} MB | {} |",
        scene.what,
        wall(own),
        theirs(format!("{:.2} s", wall(other))),
        theirs(format!("{:.0}", wall(other) / wall(own))),
        scene.wanted,
        processor(own),
        theirs(format!("{:.2} s", processor(other))),
        theirs(format!("{:.0}", processor(other) / processor(own))),
        memory(own),
        theirs(format!("{:.0} MB", memory(other))),
    );
}

/// Plans of 10,000 and of 100,000 instances, and how one is to the other.
pub(super) fn growth(regprov: &Path) -> Result<String> {
    let mut report = String::from("| instances | time | processor time | memory |\n|---|---|---|---|\n");
    let mut figures = Vec::new();
    for count in [10_000, 100_000] {
        let scene = scene("", scenes::counted(count), &["plan"], "");
        let (samples, _) = alternating(regprov, None, &scene)?;
        let figure = [
            median(&samples, |sample| sample.seconds),
            median(&samples, |sample| sample.processor),
            median(&samples, |sample| sample.megabytes),
        ];
        let [seconds, processor, megabytes] = figure;
        let _ = writeln!(
            report,
            "| {count} | {seconds:.2} s | {processor:.2} s | {megabytes:.0} MB |"
        );
        figures.push(figure);
    }
    if let [small, large] = figures.as_slice() {
        let ratio = |at: usize| large[at] / small[at];
        let _ = writeln!(
            report,
            "| ratio (at most 12 wanted) | {:.1} | {:.1} | {:.1} |",
            ratio(0),
            ratio(1),
            ratio(2)
        );
    }
    Ok(report)
}

/// The machine in a line: processors, memory, system, terraform.
pub(super) fn machine() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name));
        let value = line.and_then(|line| line.split_once(':'));
        value.map_or_else(|| "unknown".to_owned(), |(_, value)| value.trim().to_owned())
    };
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let load = read("/proc/loadavg");
    format!(
        "{processors} × {}, {} memory, {}; load average when begun {}",
        field(&read("/proc/cpuinfo"), "model name"),
        field(&read("/proc/meminfo"), "MemTotal"),
        read("/proc/version").split(" (").next().unwrap_or_default(),
        load.split(' ').next().unwrap_or_default(),
    )
}
