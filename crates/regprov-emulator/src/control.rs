//! The control API of a sandbox: `/_sandbox/…` on the main port, for those who hold its token.
//!
//! | route | does |
//! |---|---|
//! | `GET ping` | proves that the owner lives |
//! | `GET ledger[?since=N]` | the requests after number N |
//! | `GET inventory` | every object |
//! | `GET faults`, `POST faults`, `DELETE faults` | shows, adds to, clears the schedule |
//! | `GET held` | how many requests a `Hold` keeps waiting |
//! | `POST seed` | makes a scene |
//! | `GET knobs`, `PATCH knobs` | shows and turns the knobs |
//! | `GET clock`, `POST clock {"advance_ms"}` | shows and moves the clock |
//! | `GET endpoints` | registries and their ports |
//! | `GET google` | Google's registries and their ports |
//! | `GET harbors` | Harbor instances, and where they are |

pub(crate) mod client;

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::call::Call;
use crate::faults::{FAULTS, Fault, compile};
use crate::gate::Gate;
use crate::harbor;
use crate::knobs::Knobs;
use crate::scene::{self, Scene};
use crate::store::SETTINGS;

/// Answers a request to the control API.
pub(crate) fn handle(gate: &Gate, call: &Call) -> Answer {
    if call.bearer() != Some(&*gate.control_token) {
        return failure(
            401,
            "The control API takes the token of the sandbox's endpoints file as a bearer token.",
        );
    }
    let parts = call.parts();
    let [_, route] = parts.as_slice() else {
        return failure(404, "There is no such control route.");
    };
    match (&call.method, *route) {
        (&Method::GET, "ping") => Answer::json(200, &json!({ "sandbox": true })),
        (&Method::GET, "ledger") => ledger(gate, call),
        (&Method::GET, "inventory") => Answer::json(200, &gate.shared.lock().inventory()),
        (&Method::GET, "held") => Answer::json(200, &json!({ "held": *gate.held.borrow() })),
        (&Method::GET, "faults") => Answer::json(200, &gate.shared.lock().tables.get(FAULTS)),
        (&Method::POST, "faults") => schedule(gate, call),
        (&Method::DELETE, "faults") => clear_faults(gate),
        (&Method::POST, "seed") => seed(gate, call),
        (&Method::GET, "knobs") => Answer::json(200, &gate.shared.lock().begin().knobs()),
        (&Method::PATCH, "knobs") => turn_knobs(gate, call),
        (&Method::GET, "clock") => Answer::json(200, &json!({ "now": gate.shared.lock().now() })),
        (&Method::POST, "clock") => advance(gate, call),
        (&Method::GET, "harbors") => {
            Answer::json(200, &harbor::provide::instances(&gate.shared.lock().begin()))
        }
        (&Method::GET, "google") => Answer::json(200, &gate.shared.lock().google_registries()),
        (&Method::GET, "endpoints") => Answer::json(200, &gate.shared.lock().registries()),
        _ => failure(404, "There is no such control route."),
    }
}

fn failure(status: u16, message: &str) -> Answer {
    Answer::json(status, &json!({ "message": message }))
}

fn ledger(gate: &Gate, call: &Call) -> Answer {
    let since: u64 = call
        .query("since")
        .and_then(|since| since.parse().ok())
        .unwrap_or(0);
    let core = gate.shared.lock();
    let entries: Vec<_> = core
        .ledger
        .iter()
        .filter(|entry| entry.sequence > since)
        .collect();
    Answer::json(200, &entries)
}

fn schedule(gate: &Gate, call: &Call) -> Answer {
    let faults: Vec<Fault> = match call.json() {
        Ok(faults) => faults,
        Err(error) => return failure(400, &error.to_string()),
    };
    if let Some(fault) = faults
        .iter()
        .find(|f| f.path.as_deref().is_some_and(|path| compile(path).is_none()))
    {
        return failure(
            400,
            &format!(
                "The path of the fault {:?} is not a regular expression.",
                fault.name
            ),
        );
    }
    match gate.shared.lock().schedule(faults) {
        Ok(()) => Answer::empty(204),
        Err(error) => failure(500, &error.to_string()),
    }
}

fn clear_faults(gate: &Gate) -> Answer {
    let cleared = gate.shared.lock().transact(|tx| {
        for (key, _) in tx.scan::<Value>(FAULTS, "") {
            tx.delete(FAULTS, &key);
        }
        Ok::<(), std::io::Error>(())
    });
    cleared.map_or_else(|error| failure(500, &error.to_string()), |_| Answer::empty(204))
}

fn seed(gate: &Gate, call: &Call) -> Answer {
    let scene: Scene = match call.json() {
        Ok(scene) => scene,
        Err(error) => return failure(400, &error.to_string()),
    };
    let seeded = gate.shared.lock().transact(|tx| scene::seed(tx, &scene));
    match seeded {
        Ok((report, bound)) => {
            gate.follow_ports(bound, None);
            Answer::json(200, &report)
        }
        Err(error) => failure(400, &error.to_string()),
    }
}

fn turn_knobs(gate: &Gate, call: &Call) -> Answer {
    let change: serde_json::Map<String, Value> = match call.json() {
        Ok(change) => change,
        Err(error) => return failure(400, &error.to_string()),
    };
    let mut core = gate.shared.lock();
    let mut knobs = serde_json::to_value(core.begin().knobs()).expect("knobs are plain data");
    for (name, value) in change {
        knobs[name] = value;
    }
    let knobs: Knobs = match serde_json::from_value(knobs) {
        Ok(knobs) => knobs,
        Err(error) => return failure(400, &error.to_string()),
    };
    let turned = core.transact(|tx| {
        tx.put(SETTINGS, "knobs", &knobs);
        Ok::<(), std::io::Error>(())
    });
    turned.map_or_else(
        |error| failure(500, &error.to_string()),
        |_| Answer::json(200, &knobs),
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_ms: u64,
}

fn advance(gate: &Gate, call: &Call) -> Answer {
    match call.json::<Advance>() {
        Ok(advance) => {
            let mut core = gate.shared.lock();
            core.advance_clock(i64::try_from(advance.advance_ms).unwrap_or(i64::MAX));
            Answer::json(200, &json!({ "now": core.now() }))
        }
        Err(error) => failure(400, &error.to_string()),
    }
}
