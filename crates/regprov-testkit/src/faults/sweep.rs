//! The sweep: each part of the scenario, each stage, each request and each write to the state, each fault.

use std::fmt;
use std::sync::Arc;

use regprov_emulator::{Action, Fault, Phase};

use super::operator::{Orders, Report};
use super::peril::{Fate, StorePeril};
use super::program::{Program, Stage};
use super::promises::{Measure, Promise, Violation, violation};
use super::story::Story;
use super::weaken::Weakness;
use super::world::World;

/// How often an operator runs the command again before it gives up. Types that wait for twenty minutes only must outlast an
/// operation that hangs.
const TRIES: u64 = 8;
/// How long an operation that hangs takes: longer than anybody waits.
const STUCK_MS: u64 = 2 * 60 * 60 * 1000;
/// The page of a proxy.
const HTML: &str = "<html><body><h1>502 Bad Gateway</h1></body></html>";

/// What goes wrong at a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Peril {
    /// The process dies while the request is on its way.
    KillBefore,
    /// The process dies after the service did it and before it heard of it.
    KillAfter,
    /// No answer comes, and nothing was done.
    TimeoutBefore,
    /// No answer comes, and it was done.
    TimeoutAfter,
    /// 429 with `Retry-After`.
    ThrottledFor,
    /// 429 without.
    Throttled,
    /// 500, and nothing was done.
    InternalBefore,
    /// 500, and it was done.
    InternalAfter,
    /// 502 with a page of HTML, and nothing was done.
    GatewayBefore,
    /// 502 with a page of HTML, and it was done.
    GatewayAfter,
    /// 503, and nothing was done.
    UnavailableBefore,
    /// 503, and it was done.
    UnavailableAfter,
    /// The connection breaks before an answer, and nothing was done.
    ResetBefore,
    /// The connection breaks before an answer, and it was done.
    ResetAfter,
    /// The connection breaks in the answer's body.
    ResetInBody,
    /// An answer of success whose JSON ends in the middle.
    Garbled,
    /// The next reads see the clouds as they were.
    Stale(u64),
    /// The long operation that begins hangs.
    Stuck,
    /// The long operation that begins fails in the end.
    Fails,
}

impl Peril {
    /// All of them.
    pub const ALL: [Self; 20] = [
        Self::KillBefore,
        Self::KillAfter,
        Self::TimeoutBefore,
        Self::TimeoutAfter,
        Self::ThrottledFor,
        Self::Throttled,
        Self::InternalBefore,
        Self::InternalAfter,
        Self::GatewayBefore,
        Self::GatewayAfter,
        Self::UnavailableBefore,
        Self::UnavailableAfter,
        Self::ResetBefore,
        Self::ResetAfter,
        Self::ResetInBody,
        Self::Garbled,
        Self::Stale(1),
        Self::Stale(4),
        Self::Stuck,
        Self::Fails,
    ];

    /// Whether the process dies of it.
    #[must_use]
    pub const fn kills(self) -> bool {
        matches!(self, Self::KillBefore | Self::KillAfter)
    }

    pub(crate) fn fault(self, run: &str, nth: u64) -> Fault {
        let status = |code, body: &str, retry_after| Action::Status {
            code,
            body: body.to_owned(),
            retry_after,
        };
        let json = r#"{"error":{"code":"Injected","message":"A fault of the sweep."}}"#;
        let (phase, action) = match self {
            Self::KillBefore | Self::TimeoutBefore => (Phase::Before, Action::Hold),
            Self::KillAfter | Self::TimeoutAfter => (Phase::AfterCommit, Action::Hold),
            Self::ThrottledFor => (Phase::Before, status(429, json, Some(7))),
            Self::Throttled => (Phase::Before, status(429, json, None)),
            Self::InternalBefore => (Phase::Before, status(500, json, None)),
            Self::InternalAfter => (Phase::AfterCommit, status(500, json, None)),
            Self::GatewayBefore => (Phase::Before, status(502, HTML, None)),
            Self::GatewayAfter => (Phase::AfterCommit, status(502, HTML, None)),
            Self::UnavailableBefore => (Phase::Before, status(503, json, None)),
            Self::UnavailableAfter => (Phase::AfterCommit, status(503, json, None)),
            Self::ResetBefore => (Phase::Before, Action::Drop),
            Self::ResetAfter => (Phase::AfterCommit, Action::Drop),
            Self::ResetInBody => (Phase::AfterCommit, Action::Truncate),
            Self::Garbled => (Phase::AfterCommit, Action::Garble),
            Self::Stale(reads) => (Phase::AfterCommit, Action::Stale { reads }),
            Self::Stuck => (
                Phase::AfterCommit,
                Action::Operation {
                    ms: STUCK_MS,
                    fails: false,
                },
            ),
            Self::Fails => (
                Phase::AfterCommit,
                Action::Operation {
                    ms: 3000,
                    fails: true,
                },
            ),
        };
        Fault {
            name: format!("{self:?} at request {nth}"),
            run: Some(run.to_owned()),
            ..Fault::at_request(nth, phase, action)
        }
    }
}

/// One run of the sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Case {
    /// At a request.
    Request(u64, Peril),
    /// At a write to the state.
    Write(u64, StorePeril),
}

impl fmt::Display for Case {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(nth, peril) => write!(out, "request:{nth}:{peril:?}"),
            Self::Write(nth, peril) => write!(out, "write:{nth}:{peril:?}"),
        }
    }
}

/// What came of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Promises that were not kept.
    pub violations: Vec<Violation>,
    /// Whether the fault struck.
    pub struck: bool,
    /// Whether the request that it struck had changed something.
    pub committed: bool,
    /// How many runs it took to come to the end.
    pub runs: u64,
    /// What happened, line by line, where that was asked for.
    pub story: Vec<String>,
}

/// One stage of one part, ready to be run again and again from where it begins.
pub struct Sweeper<'a> {
    program: &'a Program,
    stage: Stage,
    world: World,
    expected: Measure,
    requests: u64,
    writes: u64,
    story: bool,
}

impl<'a> Sweeper<'a> {
    /// Prepares every stage of a part: each is run once without a fault, and the next begins where it ended.
    ///
    /// # Errors
    /// With sentences, where a run without a fault does not keep the promises.
    pub fn prepare(program: &'a Program, weakness: Weakness) -> Result<Vec<Self>, Vec<String>> {
        let mut world = World::new(weakness);
        world.furnish(program).map_err(|error| vec![error.to_string()])?;
        let mut stages = Vec::new();
        for stage in Stage::ALL {
            let start = world.fork();
            let fate = Fate::none();
            let report = world
                .alone(orders(program, stage, "clean", (0, Arc::clone(&fate))))
                .map_err(|stuck| vec![stuck])?;
            if !report.success {
                return Err(report.errors);
            }
            let expected = world.measure();
            let after = world.fork();
            let checked = after
                .time
                .run(after.check_end((program, stage, 2), &expected, &report))
                .map_err(|_| vec!["the checks wait for something that never comes".to_owned()])?;
            if !checked.is_empty() {
                return Err(checked
                    .iter()
                    .map(|violation| format!("{stage:?}: {violation}"))
                    .collect());
            }
            stages.push(Self {
                program,
                stage,
                world: start,
                expected,
                requests: fate.requests(),
                writes: fate.writes(),
                story: false,
            });
        }
        Ok(stages)
    }

    /// The same, whose runs tell what happens in them.
    #[must_use]
    pub fn with_story(self) -> Self {
        Self { story: true, ..self }
    }

    /// The name of the part.
    #[must_use]
    pub const fn program(&self) -> &'static str {
        self.program.name
    }

    /// The stage.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        self.stage
    }

    /// How many requests and writes to the state a run without a fault makes.
    #[must_use]
    pub const fn size(&self) -> (u64, u64) {
        (self.requests, self.writes)
    }

    /// The world where the stage begins.
    pub(crate) fn world_as(&self, weakness: Weakness) -> World {
        let mut world = self.world.fork_as(weakness);
        if self.story {
            world.story = Story::asked();
        }
        world
    }

    /// What an operator of the stage is to do.
    pub(crate) fn orders(&self, name: &str, seed: u64, fate: Arc<Fate>) -> Orders<'_> {
        orders(self.program, self.stage, name, (seed, fate))
    }

    /// Every case.
    #[must_use]
    pub fn cases(&self) -> Vec<Case> {
        let requests = (1..=self.requests)
            .flat_map(|nth| Peril::ALL.into_iter().map(move |peril| Case::Request(nth, peril)));
        let writes = (1..=self.writes).flat_map(|nth| {
            StorePeril::ALL
                .into_iter()
                .map(move |peril| Case::Write(nth, peril))
        });
        requests.chain(writes).collect()
    }

    /// Runs one case.
    #[must_use]
    pub fn run(&self, case: Case) -> Outcome {
        self.run_as(case, Weakness::None)
    }

    /// Runs one case with a guard taken away.
    #[must_use]
    pub fn run_as(&self, case: Case, weakness: Weakness) -> Outcome {
        let world = self.world_as(weakness);
        let before = world.sandbox.ledger().last().map_or(0, |entry| entry.sequence);
        let (fate, fault) = match case {
            Case::Request(nth, peril) => {
                let fate = if peril.kills() {
                    Fate::killed_at_request(nth)
                } else {
                    Fate::default()
                };
                (fate, Some(peril.fault("first", nth)))
            }
            Case::Write(nth, peril) => (Fate::default().with_store(Some((nth, peril))), None),
        };
        let fate = Arc::new(fate);
        let by_ledger = fault.is_some();
        world.sandbox.schedule(fault.into_iter().collect());
        let first = orders(self.program, self.stage, "first", (1, Arc::clone(&fate)));
        let (violations, runs) = match world.alone(first) {
            Ok(report) => self.settle(&world, report, 2),
            Err(stuck) => (vec![violation(Promise::Recovery, stuck)], 1),
        };
        let ledger = world.sandbox.ledger();
        let met = ledger
            .iter()
            .find(|entry| entry.sequence > before && entry.fault.is_some());
        Outcome {
            struck: if by_ledger { met.is_some() } else { fate.struck() },
            committed: met.is_some_and(|entry| entry.committed),
            violations,
            runs,
            story: world.story.lines(),
        }
    }

    /// Runs the command again until it is done, as a person would, and checks what came of it with so many plans.
    pub(crate) fn settle(&self, world: &World, first: Report, plans: u64) -> (Vec<Violation>, u64) {
        let mut report = first;
        let mut runs = 1;
        let mut found = Vec::new();
        while !report.success {
            if report.killed {
                match world.time.run(world.check_death(&report)) {
                    Ok(more) => found.extend(more),
                    Err(_) => found.push(violation(Promise::Recovery, "a reader waits for ever")),
                }
            }
            if runs > TRIES {
                let what = format!("it does not come to its end: {}", report.errors.join("; "));
                found.push(violation(Promise::Recovery, what));
                return (found, runs);
            }
            let again = orders(self.program, self.stage, "again", (10 + runs, Fate::none()));
            report = match world.alone(again) {
                Ok(report) => report,
                Err(stuck) => {
                    found.push(violation(Promise::Recovery, stuck));
                    return (found, runs);
                }
            };
            runs += 1;
        }
        world.sandbox.calm();
        let end = world.check_end((self.program, self.stage, plans), &self.expected, &report);
        match world.time.run(end) {
            Ok(more) => found.extend(more),
            Err(_) => found.push(violation(Promise::Recovery, "the checks wait for ever")),
        }
        (found, runs)
    }
}

fn orders<'a>(program: &'a Program, stage: Stage, name: &str, how: (u64, Arc<Fate>)) -> Orders<'a> {
    Orders {
        program,
        stage,
        name: name.to_owned(),
        seed: how.0,
        fate: how.1,
    }
}
