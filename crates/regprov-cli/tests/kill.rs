//! Kill it anywhere: SIGKILL at every request of apply and destroy, before the service does anything and after it has done
//! it and before its answer leaves. Each time the next run must end with one object per declaration, no orphaned secret, and
//! a secret that works. What is declared is the example, and one object that is made in steps.
//!
//! The sandbox is owned by the test, so a kill takes nothing of the clouds with it; its ledger proves that the request got
//! where it was to be stopped. The last test kills the process that holds the sandbox itself.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]
#![expect(clippy::print_stdout, reason = "how much was killed is worth knowing")]

#[path = "support/kill.rs"]
mod support;

use regprov_emulator::{Knobs, LroMode, Phase};
use regprov_testkit::fast;
use support::{Case, Command, embedded, sweep};

#[test]
fn an_apply_killed_at_any_request_is_brought_to_its_end_by_the_next() {
    let at_once = Case {
        command: Command::Apply,
        knobs: fast(),
        phases: &[Phase::Before, Phase::AfterCommit],
    };
    // The service works on for a while after it has answered.
    let at_work = Case {
        command: Command::Apply,
        knobs: Knobs {
            lro_mode: LroMode::Async,
            lro_duration_ms: 1500,
            ..Knobs::default()
        },
        phases: &[Phase::AfterCommit],
    };
    // Side by side, because they wait more than they work.
    std::thread::scope(|scope| {
        scope.spawn(|| sweep(&at_once));
        scope.spawn(|| sweep(&at_work));
    });
}

#[test]
fn a_destroy_killed_at_any_request_is_brought_to_its_end_by_the_next() {
    sweep(&Case {
        command: Command::Destroy,
        knobs: fast(),
        phases: &[Phase::Before, Phase::AfterCommit],
    });
}

#[test]
fn an_apply_killed_together_with_its_sandbox_is_brought_to_its_end_by_the_next() {
    embedded(20);
}
