//! `peers`: the vendors' own clients judge the sandbox; real stores judge the locks.

mod azure;
mod harbor;
mod image;
mod state;

use crate::shell::Result;

pub(crate) fn run(which: &[&str]) -> Result {
    match which {
        [] | ["azure"] => azure::run(),
        ["harbor"] => harbor::run(),
        ["state"] => state::run(state::Size::default()),
        ["state", rounds] => state::run(state::Size::rounds(rounds)?),
        other => Err(format!(
            "no such peers: {}; there are `azure`, `harbor` and `state [ROUNDS]`",
            other.join(" ")
        )),
    }
}
