//! Kills the real binary. `cargo xtask kills` is the way to call it.

#![expect(clippy::print_stdout, reason = "it is a program of its own")]

use std::process::ExitCode;

use regprov_testkit::kills::{Kills, kill};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let asked = match Kills::parse(&arguments) {
        Ok(asked) => asked,
        Err(text) => {
            println!("{text}");
            return ExitCode::from(64);
        }
    };
    if kill(&asked, &mut |line| println!("{line}")) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
