//! `diff-language`: generated and listed cases through `regprov` and the real Terraform, in one run.

mod arguments;
mod configurations;
mod console;
mod expressions;
mod functions_test;
mod grammar;
mod normalize;
mod program;
mod report;
mod scenarios;

use crate::random;
use crate::shell::{Result, cargo, present};
use configurations::Author;
use expressions::Batch;
use grammar::{Grammar, PREAMBLE, World};
use program::Program;
use report::Report;
use std::path::{Path, PathBuf};

/// Differences that are meant, with their reasons.
const EXPECTED: &str = include_str!("diff_language/different.txt");

/// How many expressions one configuration holds.
const BATCH: usize = 250;

/// What is compared, and how much of it.
struct Settings {
    seed: u64,
    count: usize,
    scenarios: usize,
    part: Option<String>,
    words: bool,
}

impl Settings {
    fn parse(arguments: &[&str]) -> Result<Self> {
        let mut settings = Self {
            seed: 1,
            count: 5000,
            scenarios: 160,
            part: None,
            words: false,
        };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let mut value = || rest.next().ok_or_else(|| format!("{argument} takes a value"));
            let number = |text: &str| text.parse().map_err(|_| format!("{text} is no number"));
            match *argument {
                "--seed" => settings.seed = number(value()?)?,
                "--count" => {
                    settings.count = usize::try_from(number(value()?)?).map_err(|error| error.to_string())?;
                }
                "--scenarios" => {
                    settings.scenarios =
                        usize::try_from(number(value()?)?).map_err(|error| error.to_string())?;
                }
                "--part" => settings.part = Some((*value()?).to_owned()),
                "--words" => settings.words = true,
                other => return Err(format!("diff-language does not know {other}")),
            }
        }
        Ok(settings)
    }
}

/// What runs with the tests: the listed cases, and a part of the generated ones, always the same.
const SUBSET: [&[&str]; 4] = [
    &["--part", "listed"],
    &["--part", "generated", "--count", "750"],
    &["--part", "console", "--count", "2000"],
    &["--part", "configurations", "--scenarios", "24"],
];

/// What runs with the tests, where there is a Terraform to compare with.
pub(crate) fn subset() -> Result {
    println!("\n== the language beside Terraform's");
    if !present("terraform") {
        println!("SKIPPED: no terraform was found on PATH, so the language was not held against it");
        return Ok(());
    }
    crate::shell::step(
        "build regprov",
        cargo().args(["build", "--quiet", "--package", "regprov-cli"]),
    )?;
    SUBSET.into_iter().try_for_each(run)
}

/// Runs the comparison; fails where something differs that is not written down.
pub(crate) fn run(arguments: &[&str]) -> Result {
    let settings = Settings::parse(arguments)?;
    if !present("terraform") {
        println!("SKIPPED: diff-language: no terraform was found on PATH");
        return Ok(());
    }
    let work = work_directory()?;
    let programs = Program::both(&work)?;
    let place = Place {
        programs: &programs,
        directory: &work,
    };
    let mut report = Report::new(EXPECTED);
    for (part, compare) in PARTS {
        if settings.part.as_deref().is_none_or(|wanted| wanted == *part) {
            compare(part, &settings, &place, &mut report)?;
        }
    }
    println!("{}", report.text(settings.words));
    match (report.different(), report.skips_too_much()) {
        (0, false) => Ok(()),
        (0, true) => Err("too many cases came to nothing".into()),
        (count, _) => Err(format!("{count} cases differ")),
    }
}

/// What runs one part.
type Compare = fn(&'static str, &Settings, &Place<'_>, &mut Report) -> Result;

/// The parts, in order.
const PARTS: &[(&str, Compare)] = &[
    ("listed", |part, _, place, report| {
        let all = listed();
        in_module(part, &all, place, report)?;
        let one_line = |expression: &&String| !expression.contains("plantimestamp");
        let all: Vec<String> = all.iter().filter(one_line).cloned().collect();
        console::compare(
            "listed-console",
            &all,
            place.programs,
            &place.directory.join("listed"),
            report,
        )
    }),
    ("functions-test", |part, _, place, report| {
        functions_test(part, place, report)
    }),
    ("arguments", |part, _, place, report| {
        in_module(part, &arguments::calls(), place, report)
    }),
    ("generated", |part, settings, place, report| {
        let mut grammar = Grammar::new(settings.seed, World::Module);
        let all: Vec<String> = (0..settings.count).map(|_| grammar.expression()).collect();
        in_module(part, &all, place, report)
    }),
    ("console", |part, settings, place, report| {
        let mut grammar = Grammar::new(settings.seed, World::Literals);
        let all: Vec<String> = (0..settings.count).map(|_| grammar.expression()).collect();
        console::compare(part, &all, place.programs, &place.directory.join(part), report)
    }),
    ("configurations", |_, settings, place, report| {
        let mut author = Author::new(settings.seed);
        for number in 0..settings.scenarios {
            let directory = place.directory.join(format!("scenario-{number}"));
            scenarios::compare(&author.scenario(), place.programs, &directory, report)?;
        }
        Ok(())
    }),
];

/// The expressions of the lists that the project keeps.
fn listed() -> Vec<String> {
    let tables = [
        include_str!("diff_language/listed.txt"),
        include_str!("../../regprov-lang/tests/functions/expected.txt"),
        include_str!("../../regprov-lang/tests/fixtures/expressions.txt"),
    ];
    let lines = tables.iter().flat_map(|table| table.lines());
    lines
        .filter(|line| !line.trim().is_empty() && !line.starts_with(['#', ' ']))
        .map(str::to_owned)
        .collect()
}

/// What Terraform's own test of its functions is made of.
const FUNCTIONS_TEST: &str = "internal/lang";

/// Expressions and values of Terraform's own test, which is fetched for the purpose.
fn functions_test(part: &'static str, place: &Place<'_>, report: &mut Report) -> Result {
    let Some(folder) = crate::configs::fetch(FUNCTIONS_TEST) else {
        println!("SKIPPED: {part}: Terraform's test of its functions could not be fetched");
        return Ok(());
    };
    let source =
        std::fs::read_to_string(folder.join("functions_test.go")).map_err(|error| error.to_string())?;
    let cases = functions_test::cases(&source);
    if cases.len() < 100 {
        return Err(format!("{part}: only {} cases were read", cases.len()));
    }
    // The test fixes the time; and a secret is not shown, so that only Terraform's own answer can be compared.
    let open = |expression: &str| expression.contains("timestamp") || expression.contains("sensitive");
    let (expressions, wanted): (Vec<String>, Vec<_>) = cases
        .into_iter()
        .filter(|case| !case.expression.contains("plantimestamp"))
        .map(|case| {
            let wanted = case.wanted.filter(|_| !open(&case.expression));
            (case.expression, wanted)
        })
        .unzip();
    let directory = place.directory.join(part);
    for program in ["ours", "theirs"] {
        copy(&folder.join("testdata/functions-test"), &directory.join(program))?;
    }
    let batch = Batch {
        preamble: "locals {\n  greeting_template = \"Hello, $${name}!\"\n}\n",
        expressions: &expressions,
        wanted: &wanted,
        part,
    };
    expressions::compare(&batch, place.programs, &directory, report)
}

fn copy(from: &Path, to: &Path) -> Result {
    std::fs::create_dir_all(to).map_err(|error| error.to_string())?;
    for entry in std::fs::read_dir(from).map_err(|error| error.to_string())? {
        let path = entry.map_err(|error| error.to_string())?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy(&path, &target)?;
        } else {
            std::fs::copy(&path, &target).map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}

/// An empty directory beside the program that runs this.
fn work_directory() -> Result<PathBuf> {
    let here = std::env::current_exe().map_err(|error| error.to_string())?;
    let target = here.ancestors().nth(2).unwrap_or(Path::new("target"));
    let work = target.join("diff-language");
    if work.exists() {
        std::fs::remove_dir_all(&work).map_err(|error| error.to_string())?;
    }
    std::fs::create_dir_all(&work).map_err(|error| error.to_string())?;
    Ok(work)
}

/// Where cases are run.
struct Place<'a> {
    programs: &'a (Program, Program),
    directory: &'a Path,
}

/// Compares expressions that stand in a module with the declarations of the preamble.
fn in_module(part: &'static str, all: &[String], place: &Place<'_>, report: &mut Report) -> Result {
    for (index, expressions) in all.chunks(BATCH).enumerate() {
        let batch = Batch {
            preamble: PREAMBLE,
            expressions,
            wanted: &[],
            part,
        };
        let directory = place.directory.join(format!("{part}-{index}"));
        expressions::compare(&batch, place.programs, &directory, report)?;
    }
    Ok(())
}
