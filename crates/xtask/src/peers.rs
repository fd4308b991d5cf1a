//! `peers`: the vendors' own clients judge the sandbox; real stores judge the locks.

mod azure;
mod dockerhub;
mod google;
mod harbor;
mod image;
mod ovh;
mod serving;
mod state;

use crate::shell::Result;

/// What CI runs; the other peers would take it beyond its time, and are for developers.
pub(crate) fn in_ci() -> Result {
    azure::run()?;
    dockerhub::run()
}

pub(crate) fn run(which: &[&str]) -> Result {
    match which {
        [] | ["azure"] => azure::run(),
        ["dockerhub"] => dockerhub::run(),
        ["google"] => google::run(),
        ["harbor"] => harbor::run(),
        ["ovh"] => ovh::run(),
        ["state"] => state::run(state::Size::default(), None),
        ["state", "small"] => state::run(state::Size::SMALL, None),
        ["state", "journey"] => state::journey(),
        ["state", "seeds"] => state::seeds((1, 40)),
        ["state", "seeds", count] => state::seeds((1, number(count)?)),
        ["state", "seeds", count, first] => state::seeds((number(first)?, number(count)?)),
        ["state", rounds] => state::run(state::Size::rounds(rounds)?, None),
        ["state", rounds, store] => state::run(state::Size::rounds(rounds)?, Some(store)),
        other => Err(format!(
            "no such peers: {}; there are `azure`, `dockerhub`, `google`, `harbor`, `ovh` and `state [small | ROUNDS [STORE] | journey | seeds [COUNT [FIRST]]]`",
            other.join(" ")
        )),
    }
}

fn number(text: &str) -> Result<u64> {
    text.parse().map_err(|_| format!("`{text}` is no number"))
}
