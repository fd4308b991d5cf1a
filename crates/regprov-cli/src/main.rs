//! regprov: a declarative provisioner for container registries and the credentials that push to them.
//!
//! This crate holds arguments, views, progress and exit codes. It is the only one that names the clouds, reads the
//! environment and prints.

mod arguments;
mod backend;
mod codes;
mod commands;
mod consent;
mod context;
mod environment;
mod interrupt;
mod keys;
mod load;
mod logging;
mod modules;
mod outcome;
mod plan_file;
mod private;
mod realm;
mod shell;
mod views;
mod wiring;
mod workbench;

use crate::arguments::{Arguments, normalize};
use crate::context::Context;
use crate::environment::Environment;
use crate::outcome::Outcome;
use crate::shell::Shell;
use clap::Parser as _;
use clap::error::ErrorKind;
use regprov_diag::Sources;
use std::ffi::OsString;
use std::process::ExitCode;

/// Planning makes and frees many small values; this allocator takes a quarter of the time off.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    run(std::env::args_os().collect()).into()
}

fn run(command_line: Vec<OsString>) -> Outcome {
    let environment = match Environment::capture() {
        Ok(environment) => environment,
        Err(_) => return Outcome::Failed,
    };
    let written = with_extra_arguments(normalize(command_line), &environment);
    let arguments = match Arguments::try_parse_from(&written) {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error, &environment),
    };
    let no_color = written.iter().any(|argument| argument == "--no-color");
    let shell = Shell::new(&environment, no_color);
    let context = match Context::new(
        environment,
        arguments.chdir.as_deref(),
        (no_color, written.as_slice()),
    ) {
        Ok(context) => context,
        Err(diagnostic) => {
            shell.diagnostic(&diagnostic, &Sources::new());
            return Outcome::Failed;
        }
    };
    logging::start(&context.environment, &context.shell);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime {
        Ok(runtime) => runtime.block_on(commands::run(&context, arguments.command)),
        Err(error) => {
            shell.note(format!(
                "error: the system refused what regprov needs to run: {error}"
            ));
            Outcome::Failed
        }
    }
}

/// Adds the flags of `TF_CLI_ARGS` behind the command's name.
fn with_extra_arguments(mut written: Vec<OsString>, environment: &Environment) -> Vec<OsString> {
    let is_command = |argument: &OsString| argument.to_str().is_some_and(|text| !text.starts_with('-'));
    let Some(at) = written.iter().skip(1).position(is_command).map(|at| at + 1) else {
        return written;
    };
    let command = written[at].to_string_lossy().into_owned();
    let extra = normalize(environment.extra_arguments(&command));
    written.splice(at + 1..at + 1, extra);
    written
}

/// Help and version are no mistakes.
fn usage(error: &clap::Error, environment: &Environment) -> Outcome {
    let shell = Shell::new(environment, false);
    let text = error.render().to_string();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            shell.line(text.trim_end());
            Outcome::Done
        }
        _ => {
            shell.note(text.trim_end());
            Outcome::Usage
        }
    }
}
