//! Long-running operations. What a poll needs is in its signed URL, so an operation outlives any restart.

use jiff::Timestamp;
use serde_json::json;

use super::context::{Arm, Reply};
use super::resource::Resource;
use crate::answer::Answer;
use crate::clock;
use crate::knobs::LroMode;

/// The path of an operation's status, its query, and how long is left.
struct Ticket {
    path: String,
    ends_ms: i64,
    outcome: String,
    doing: String,
}

impl Ticket {
    fn url(&self, arm: &Arm<'_>) -> String {
        let seal = self.seal(arm);
        format!(
            "{}&t={}&c={}&s={}&h={seal}",
            arm.link(&self.path),
            self.ends_ms,
            self.outcome,
            self.doing
        )
    }

    fn seal(&self, arm: &Arm<'_>) -> String {
        let text = format!(
            "{} {} {} {}",
            self.path.to_ascii_lowercase(),
            self.ends_ms,
            self.outcome,
            self.doing
        );
        arm.tx.keys().mac(&text)
    }

    /// The ticket that the request's URL is, if this sandbox signed it.
    fn of(arm: &Arm<'_>) -> Option<Self> {
        let ticket = Self {
            path: arm.call.path.clone(),
            ends_ms: arm.call.query("t")?.parse().ok()?,
            outcome: arm.call.query("c")?.to_owned(),
            doing: arm.call.query("s")?.to_owned(),
        };
        (arm.call.query("h") == Some(ticket.seal(arm).as_str())).then_some(ticket)
    }

    fn left_ms(&self, arm: &Arm<'_>) -> i64 {
        self.ends_ms - arm.tx.now().as_millisecond()
    }
}

/// Says when to ask again: whole seconds for everyone, milliseconds for who reads them.
fn with_delay(answer: Answer, left_ms: i64) -> Answer {
    let left = left_ms.max(0);
    let seconds = ((left + 999) / 1000).max(1);
    answer
        .header("retry-after", &seconds.to_string())
        .header("x-ms-retry-after-ms", &left.max(1).to_string())
        .header("x-go-azure-sdk-skip-polling-delay", "true")
}

/// Answers a PUT or PATCH that began an operation on a resource; `body` is the resource as it stands.
pub(super) fn begun(arm: &mut Arm<'_>, resource: &Resource, body: &serde_json::Value) -> Answer {
    let Some(pending) = &resource.pending else {
        return Answer::json(200, body);
    };
    let short = resource
        .kind
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let ticket = Ticket {
        path: format!("{}/operationStatuses/{short}-{}", resource.id, arm.tx.new_uuid()),
        ends_ms: pending.ends_at.as_millisecond(),
        outcome: pending.outcome.clone(),
        doing: pending.doing.clone(),
    };
    let header = match arm.tx.knobs().lro_mode {
        LroMode::Location => "location",
        LroMode::Async | LroMode::Fail | LroMode::Cancel | LroMode::Sync => "azure-asyncoperation",
    };
    let answer = Answer::json(201, body).header(header, &ticket.url(arm));
    with_delay(answer, ticket.left_ms(arm))
}

/// Answers a poll of an operation's status.
pub(super) fn status(arm: &Arm<'_>) -> Reply {
    let ticket = Ticket::of(arm).ok_or_else(|| unknown(arm))?;
    let left = ticket.left_ms(arm);
    if left > 0 {
        let answer = Answer::json(200, &json!({ "status": ticket.doing }));
        return Ok(with_delay(
            answer.header("azure-asyncoperation", &ticket.url(arm)),
            left,
        ));
    }
    if ticket.outcome == "Succeeded" {
        return Ok(Answer::json(200, &json!({ "status": "Succeeded" })));
    }
    Ok(Answer::json(
        200,
        &json!({
            "id": ticket.path, "name": ticket.path.rsplit('/').next(), "status": ticket.outcome,
            "error": { "code": "OperationFailed", "message": "The operation did not succeed." },
        }),
    ))
}

/// When a deletion that starts now is done, and whether it will happen at all.
pub(super) fn deletion(arm: &Arm<'_>) -> (Timestamp, bool) {
    let knobs = arm.tx.knobs();
    let duration = i64::try_from(knobs.lro_duration_ms).unwrap_or(i64::MAX);
    match knobs.lro_mode {
        LroMode::Sync => (arm.tx.now(), true),
        LroMode::Async | LroMode::Location => (clock::add(arm.tx.now(), duration), true),
        LroMode::Fail | LroMode::Cancel => (clock::add(arm.tx.now(), duration), false),
    }
}

/// Answers a DELETE whose operation ends at `until`; `path` is where its result is asked for, up to the operation's name.
pub(super) fn deleting(arm: &mut Arm<'_>, path: &str, until: Timestamp, happens: bool) -> Answer {
    if until <= arm.tx.now() {
        return Answer::empty(200);
    }
    let ticket = Ticket {
        path: format!("{path}-{}", arm.tx.new_uuid().simple()),
        ends_ms: until.as_millisecond(),
        outcome: if happens { "Succeeded" } else { "Failed" }.to_owned(),
        doing: "Deleting".to_owned(),
    };
    let answer = Answer::empty(202).header("location", &ticket.url(arm));
    with_delay(answer, ticket.left_ms(arm))
}

/// Answers a poll of a deletion's result.
pub(super) fn result(arm: &Arm<'_>, _name: &str) -> Reply {
    let ticket = Ticket::of(arm).ok_or_else(|| unknown(arm))?;
    let left = ticket.left_ms(arm);
    if left > 0 {
        return Ok(with_delay(
            Answer::empty(202).header("location", &ticket.url(arm)),
            left,
        ));
    }
    if ticket.outcome == "Succeeded" {
        return Ok(Answer::empty(200));
    }
    Err(Answer::arm_error(
        409,
        "OperationFailed",
        "The operation did not succeed.",
    ))
}

fn unknown(arm: &Arm<'_>) -> Answer {
    let message = format!("The operation '{}' was not found.", arm.call.path);
    Answer::arm_error(404, "OperationNotFound", &message)
}
