//! `peers`: the vendors' own clients judge the sandbox.

mod azure;
mod image;

use crate::shell::Result;

pub(crate) fn run(which: &[&str]) -> Result {
    match which {
        [] | ["azure"] => azure::run(),
        other => Err(format!("no such peers: {}; there is `azure`", other.join(" "))),
    }
}
