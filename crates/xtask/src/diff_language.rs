//! `diff-language`: generated and listed cases through `regprov` and the real Terraform, in one run.

mod arguments;
mod configurations;
mod expressions;
mod grammar;
mod normalize;
mod program;
mod random;
mod report;
mod scenarios;

use crate::shell::{Result, present};
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

    fn wants(&self, part: &str) -> bool {
        self.part.as_deref().is_none_or(|wanted| wanted == part)
    }
}

/// Runs the comparison; fails where something differs that is not written down.
pub(crate) fn run(arguments: &[&str]) -> Result {
    let settings = Settings::parse(arguments)?;
    if !present("terraform") {
        println!("SKIPPED: no terraform was found on PATH");
        return Ok(());
    }
    let work = work_directory()?;
    let programs = Program::both(&work)?;
    let mut report = Report::new(EXPECTED);
    if settings.wants("arguments") {
        let place = Place {
            programs: &programs,
            directory: &work,
        };
        in_module("arguments", &arguments::calls(), &place, &mut report)?;
    }
    if settings.wants("generated") {
        let place = Place {
            programs: &programs,
            directory: &work,
        };
        let mut grammar = Grammar::new(settings.seed, World::Module);
        let all: Vec<String> = (0..settings.count).map(|_| grammar.expression()).collect();
        in_module("generated", &all, &place, &mut report)?;
    }
    if settings.wants("configurations") {
        let mut author = Author::new(settings.seed);
        for number in 0..settings.scenarios {
            let directory = work.join(format!("scenario-{number}"));
            scenarios::compare(&author.scenario(), &programs, &directory, &mut report)?;
        }
    }
    println!("{}", report.text(settings.words));
    match report.different() {
        0 => Ok(()),
        count => Err(format!("{count} cases differ")),
    }
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
            part,
        };
        let directory = place.directory.join(format!("{part}-{index}"));
        expressions::compare(&batch, place.programs, &directory, report)?;
    }
    Ok(())
}
