//! Measures journal and sealing. `cargo xtask bench state` is the way to call it.

#![expect(clippy::print_stdout, reason = "it is a program of its own")]

use std::process::ExitCode;

fn main() -> ExitCode {
    match regprov_testkit::cost::cost(2000, &mut |text| println!("{text}")) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}
