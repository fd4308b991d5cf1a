//! Runs the sweep of faults. `cargo xtask faults` is the way to call it.

#![expect(clippy::print_stdout, reason = "it is a program of its own")]

use std::process::ExitCode;

use regprov_testkit::faults::{Ask, ask};

/// As in the program: thousands of runs make and free many small values.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let asked = match Ask::parse(&arguments) {
        Ok(asked) => asked,
        Err(text) => {
            println!("{text}");
            return ExitCode::from(64);
        }
    };
    if ask(&asked, &mut |line| println!("{line}")) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
