//! Many faults at once: two operators on one state, two faults and a death, all drawn from a seed.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::sync::Arc;

use futures::future::join;
use regprov_http::{Randomness as _, SeededRandomness};

use super::operator::Report;
use super::peril::{Fate, StorePeril};
use super::promises::{Promise, Violation, violation};
use super::sweep::{Peril, Sweeper};
use super::weaken::Weakness;

/// Of so many schedules one compares two plans of the same in the end; the sweep does so in each of its runs.
const TWICE: u64 = 4;
/// The operators.
const NAMES: [&str; 2] = ["first", "second"];

/// What came of a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// What it was.
    pub what: String,
    /// Promises that were not kept.
    pub violations: Vec<Violation>,
    /// What happened, line by line, where that was asked for.
    pub story: Vec<String>,
}

/// Runs the schedule of a seed.
#[must_use]
pub fn random(sweepers: &[Sweeper<'_>], seed: u64) -> Schedule {
    let mut drawn = Drawn(SeededRandomness::new(seed ^ 0x5eed_fa17));
    let sweeper = &sweepers[drawn.below(sweepers.len() as u64) as usize];
    let (requests, writes) = sweeper.size();
    let world = sweeper.world_as(Weakness::None);
    let mut what = format!("{}/{:?}", sweeper.program(), sweeper.stage());
    let mut faults = Vec::new();
    let perils: Vec<Peril> = Peril::ALL.into_iter().filter(|peril| !peril.kills()).collect();
    for _ in 0..2 {
        let (run, nth) = (NAMES[drawn.below(2) as usize], 1 + drawn.below(requests.max(1)));
        let peril = perils[drawn.below(perils.len() as u64) as usize];
        let _ = write!(what, ", {run}: {peril:?} at request {nth}");
        faults.push(peril.fault(run, nth));
    }
    let dying = drawn.below(2) as usize;
    let fate = if requests > 0 && drawn.below(2) == 0 {
        let nth = 1 + drawn.below(requests);
        let peril = [Peril::KillBefore, Peril::KillAfter][drawn.below(2) as usize];
        let _ = write!(what, ", {}: {peril:?} at request {nth}", NAMES[dying]);
        // It comes first, so that no other fault takes its place at that request.
        faults.insert(0, peril.fault(NAMES[dying], nth));
        Fate::killed_at_request(nth)
    } else {
        let nth = 1 + drawn.below(writes.max(1));
        let peril = StorePeril::ALL[drawn.below(StorePeril::ALL.len() as u64) as usize];
        let _ = write!(what, ", {}: {peril:?} at write {nth}", NAMES[dying]);
        Fate::default().with_store(Some((nth, peril)))
    };
    world.sandbox.schedule(faults);
    let mut fates = [Fate::none(), Fate::none()];
    fates[dying] = Arc::new(fate);
    let [one, two] = fates;
    // Whoever comes to an end last sees what both of them left.
    let last = RefCell::new(Report::default());
    let to_end = async |orders| *last.borrow_mut() = world.operate(orders).await;
    let both = join(
        to_end(sweeper.orders(NAMES[0], seed.wrapping_mul(4) + 1, one)),
        to_end(sweeper.orders(NAMES[1], seed.wrapping_mul(4) + 2, two)),
    );
    let ended = world.time.run(both);
    let violations = match ended {
        Ok(_) => {
            let plans = if seed.is_multiple_of(TWICE) { 2 } else { 1 };
            sweeper.settle(&world, last.take(), plans).0
        }
        Err(_) => vec![violation(
            Promise::Recovery,
            "both wait for something that never comes",
        )],
    };
    Schedule {
        what,
        violations,
        story: world.story.lines(),
    }
}

struct Drawn(SeededRandomness);

impl Drawn {
    fn below(&mut self, bound: u64) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes) % bound
    }
}
