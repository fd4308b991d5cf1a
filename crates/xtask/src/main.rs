//! Automation of the project: `cargo xtask COMMAND`; without one it lists them.

mod bench;
mod configs;
mod diff_language;
mod faults;
mod fmt_peer;
mod fuzz;
mod google_api;
mod peers;
mod random;
mod shell;
mod specsuite;
mod test;
mod tidy;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask COMMAND

  test             format, lints, layering, every test, documentation
  tidy             layering, file sizes, words and paths that must not be here
  faults           cut the reference scenario at every request and every write, and put it in order
                   (--full, --subset, --random N, --seed N, --only CASE, --weak GUARD)
  kills [COUNT] [SEED]
                   kill the real binary at random moments and at its system calls (--release)
  bench            measure against terraform in one run; `bench state` measures journal and sealing
  diff-language    compare the language with terraform in one run (--seed, --count, --part, --words)
  configs-testdata [DIR]
                   hold Terraform's own test configurations against validate
  diff-fmt DIR...  hold fmt against terraform's over the files of directories
  fuzz [TARGET...] damaged texts against what reads them (--seconds, --seed, --corpus, --input)
  google-api DIR   make the table of Google's APIs from the discovery documents of a folder
  specsuite DIR    run the language test suite of a checkout of hashicorp/hcl
  peers azure      let the vendors' own clients judge the sandbox
  peers dockerhub  let skopeo and docker's own command judge the sandbox
  peers google     let gcloud and Google's Python libraries judge the sandbox
  peers harbor     let Harbor's clients and its specification judge the sandbox
  peers ovh        let OVHcloud's own Python client judge the sandbox
  peers state      let writers race for the lock on a state in real stores
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        ["test"] => test::run(),
        ["tidy"] => tidy::run(),
        ["configs-testdata", rest @ ..] => configs::run(rest),
        ["faults", rest @ ..] => faults::run(rest),
        ["kills", rest @ ..] => faults::kills(rest),
        ["bench", rest @ ..] => bench::run(rest),
        ["diff-language", rest @ ..] => diff_language::run(rest),
        ["diff-fmt", rest @ ..] => fmt_peer::run(rest),
        ["fuzz", rest @ ..] => fuzz::run(rest),
        ["google-api", folder] => google_api::run(folder),
        ["specsuite", rest @ ..] => specsuite::run(rest),
        ["peers", rest @ ..] => peers::run(rest),
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(64);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
