//! Faults: what goes wrong, at which request, and whether the service had done its work by then.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::service::Service;

/// The table of scheduled faults, by number.
pub(crate) const FAULTS: &str = "_faults";

/// When a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The request arrived and was not processed.
    Before,
    /// The request was processed and is durable; its answer is what suffers.
    AfterCommit,
}

/// What a fault does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// No answer ever comes, and the connection stays open. The count of held requests rises.
    Hold,
    /// The connection is closed without an answer.
    Drop,
    /// This answer comes instead.
    Status {
        /// The status code.
        code: u16,
        /// The body; JSON text, or empty.
        #[serde(default)]
        body: String,
        /// Seconds for `Retry-After`.
        #[serde(default)]
        retry_after: Option<u64>,
    },
    /// Half of the answer's body comes, then the connection is closed.
    Truncate,
    /// The answer comes whole as HTTP has it, with half of its body: JSON that ends in the middle.
    Garble,
    /// The answer comes this much later.
    Delay {
        /// Milliseconds of real time.
        ms: u64,
    },
    /// The answer comes; the next so many reads see the clouds as they were before the request.
    Stale {
        /// How many requests by GET.
        reads: u64,
    },
    /// The answer comes; the long operation that the request begins takes this long, and may fail in the end.
    Operation {
        /// Milliseconds on the sandbox's clock.
        ms: u64,
        /// Whether it fails once that is over.
        fails: bool,
    },
}

impl Action {
    /// Whether the request is processed and answered as ever, whatever the phase.
    const fn answers(&self) -> bool {
        match self {
            Self::Delay { .. } | Self::Stale { .. } | Self::Operation { .. } => true,
            Self::Hold | Self::Drop | Self::Status { .. } | Self::Truncate | Self::Garble => false,
        }
    }
}

/// One scheduled fault. It counts the requests that all its filters match, and fires at the `nth` of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Its name in the ledger.
    pub name: String,
    /// The front door: `azure`, `registry/{name}`, or `registry/*` for all of them.
    #[serde(default)]
    pub service: Option<String>,
    /// The HTTP method.
    #[serde(default)]
    pub method: Option<String>,
    /// A regular expression that the path and query must match somewhere, without case.
    #[serde(default)]
    pub path: Option<String>,
    /// The run that sent the request.
    #[serde(default)]
    pub run: Option<String>,
    /// At which of the matching requests it first fires, from 1.
    #[serde(default = "one")]
    pub nth: u64,
    /// How many matching requests in a row it fires at.
    #[serde(default = "one")]
    pub times: u64,
    /// When it strikes.
    pub phase: Phase,
    /// What it does.
    pub action: Action,
}

const fn one() -> u64 {
    1
}

impl Fault {
    /// A fault at the `nth` request of all.
    pub fn at_request(nth: u64, phase: Phase, action: Action) -> Self {
        let name = format!("request {nth}");
        Self {
            name,
            service: None,
            method: None,
            path: None,
            run: None,
            nth,
            times: 1,
            phase,
            action,
        }
    }

    /// The same fault, for requests of this method whose path and query match `path`.
    #[must_use]
    pub fn on(mut self, method: &str, path: &str) -> Self {
        self.method = Some(method.to_owned());
        self.path = Some(path.to_owned());
        self.name = format!("{method} {path} #{}", self.nth);
        self
    }

    /// Whether the request is not processed.
    pub(crate) fn prevents_processing(&self) -> bool {
        self.phase == Phase::Before && !self.action.answers()
    }

    fn matches(&self, service: &Service, call: &Call, run: Option<&str>) -> bool {
        let service_name = service.to_string();
        let service_matches = self
            .service
            .as_ref()
            .is_none_or(|wanted| match wanted.strip_suffix('*') {
                Some(start) => service_name.starts_with(start),
                None => service_name == *wanted,
            });
        service_matches
            && self
                .method
                .as_ref()
                .is_none_or(|method| call.method.as_str().eq_ignore_ascii_case(method))
            && self.run.as_ref().is_none_or(|wanted| run == Some(wanted))
            && self.path.as_ref().is_none_or(|pattern| {
                let target = if call.raw_query.is_empty() {
                    call.path.clone()
                } else {
                    format!("{}?{}", call.path, call.raw_query)
                };
                compile(pattern).is_some_and(|pattern| pattern.is_match(&target))
            })
    }
}

/// The pattern of a fault's path; `None` when it is not a regular expression.
pub(crate) fn compile(pattern: &str) -> Option<regex::Regex> {
    regex::RegexBuilder::new(pattern)
        .case_insensitive(true)
        .build()
        .ok()
}

/// A scheduled fault and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Scheduled {
    pub(crate) fault: Fault,
    pub(crate) seen: u64,
}

/// Counts a request against every scheduled fault; returns what changed, and the first fault that fires.
pub(crate) fn advance(
    schedule: &BTreeMap<String, Scheduled>,
    service: &Service,
    call: &Call,
    run: Option<&str>,
) -> (BTreeMap<String, Scheduled>, Option<Fault>) {
    let mut moved = BTreeMap::new();
    let mut fired = None;
    for (key, scheduled) in schedule {
        let fault = &scheduled.fault;
        let done = scheduled.seen >= fault.nth.saturating_add(fault.times).saturating_sub(1);
        if done || !fault.matches(service, call, run) {
            continue;
        }
        let seen = scheduled.seen + 1;
        if fired.is_none() && seen >= fault.nth {
            fired = Some(fault.clone());
        }
        moved.insert(
            key.clone(),
            Scheduled {
                seen,
                ..scheduled.clone()
            },
        );
    }
    (moved, fired)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::{HeaderMap, Method};

    #[test]
    fn a_fault_fires_at_the_nth_matching_request_and_only_then() {
        let fault = Fault::at_request(2, Phase::Before, Action::Drop).on("PUT", "roleAssignments");
        let mut schedule = BTreeMap::from([("1".to_owned(), Scheduled { fault, seen: 0 })]);
        let mut fired = Vec::new();
        let requests = [
            ("PUT", "/x/roleassignments/1"),
            ("GET", "/x/roleAssignments/1"),
            ("PUT", "/y"),
            ("PUT", "/roleAssignments/2"),
            ("PUT", "/roleAssignments/3"),
        ];
        for (method, path) in requests {
            let call = Call::new(
                Method::from_bytes(method.as_bytes()).unwrap(),
                path,
                HeaderMap::new(),
                Bytes::new(),
            );
            let (moved, hit) = advance(&schedule, &Service::AzureMain, &call, None);
            schedule.extend(moved);
            fired.push(hit.is_some());
        }
        assert_eq!(fired, [false, false, false, true, false]);
    }
}
