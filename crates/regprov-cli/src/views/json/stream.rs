//! What `plan -json` and `apply -json` print while they run: one JSON object a line, in Terraform's format.

use super::shared::index;
use crate::context::TERRAFORM_VERSION;
use crate::shell::Shell;
use crate::views::plan::Counts;
use jiff::Timestamp;
use regprov_addr::InstanceAddress;
use regprov_diag::{Diagnostic, Severity, Sources};
use regprov_engine::{Applied, Event, Observer};
use regprov_http::Clock;
use regprov_plan::{Action, Plan};
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// The first line: from here on diagnostics are lines too.
pub(crate) fn begin(shell: &Shell, clock: &Arc<dyn Clock>) {
    let head = json!({ "type": "version", "terraform": TERRAFORM_VERSION, "ui": "1.2" });
    line(shell, ("info", "regprov"), head, clock.now());
    shell.stream(Arc::clone(clock));
}

/// A diagnostic as a line.
pub(crate) fn diagnostic(shell: &Shell, diagnostic: &Diagnostic, sources: &Sources, now: Timestamp) {
    let (level, word) = match diagnostic.severity {
        Severity::Error => ("error", "Error"),
        Severity::Warning => ("warn", "Warning"),
    };
    let message = format!("{word}: {}", diagnostic.summary);
    let diagnostic = regprov_diag::to_json(diagnostic, sources, regprov_lang::enclosing_block);
    let body = json!({ "type": "diagnostic", "diagnostic": diagnostic });
    line(shell, (level, &message), body, now);
}

/// The lines that `plan -json` prints: each planned change, the summary.
pub(crate) fn plan(shell: &Shell, plan: &Plan, now: Timestamp) {
    for change in plan.changes.iter().filter(|change| change.is_change()) {
        let action = hook_action(change.action);
        let message = format!("{}: Plan to {action}", change.address);
        let body = json!({ "type": "planned_change", "change": { "resource": hook_resource(&change.address), "action": action } });
        line(shell, ("info", &message), body, now);
    }
    let counts = Counts::of(plan);
    summary(shell, ("plan", counts), now);
}

/// Tells what `apply -json` does, a line for each event.
pub(crate) struct JsonProgress {
    /// Where the lines go.
    pub(crate) shell: Arc<Shell>,
    /// The time.
    pub(crate) clock: Arc<dyn Clock>,
}

impl JsonProgress {
    fn hook(&self, kind: &str, of: (&InstanceAddress, Action), more: Json) {
        let (address, action) = of;
        let mut hook = json!({ "resource": hook_resource(address), "action": hook_action(action) });
        if let (Json::Object(hook), Json::Object(more)) = (&mut hook, more) {
            hook.extend(more);
        }
        let message = format!(
            "{address}: {} {}",
            hook_action(action),
            kind.trim_start_matches("apply_")
        );
        let head = ("info", message.as_str());
        line(
            &self.shell,
            head,
            json!({ "type": kind, "hook": hook }),
            self.clock.now(),
        );
    }
}

impl Observer for JsonProgress {
    fn event(&self, event: Event) {
        match event {
            Event::Started { address, action } => self.hook("apply_start", (&address, action), Json::Null),
            Event::Waiting { address, elapsed, .. } => {
                let more = json!({ "elapsed_seconds": elapsed.as_secs() });
                self.hook("apply_progress", (&address, Action::Update), more);
            }
            Event::Finished {
                address,
                action,
                id,
                elapsed,
            } => {
                let more = json!({ "elapsed_seconds": elapsed.as_secs(), "id_key": "id", "id_value": id });
                self.hook("apply_complete", (&address, action), more);
            }
            Event::Failed { address, action } => self.hook("apply_errored", (&address, action), Json::Null),
            Event::Recovered { address, what } => {
                let message = format!("{address}: an earlier run was cut short: {what}");
                line(
                    &self.shell,
                    ("info", &message),
                    json!({ "type": "log" }),
                    self.clock.now(),
                );
            }
            Event::Connected { .. }
            | Event::Connecting { .. }
            | Event::Refreshing { .. }
            | Event::LocalStarted { .. }
            | Event::LocalPrinted { .. }
            | Event::LocalLeftOut { .. } => {}
        }
    }
}

/// The last line of `apply -json`: what it came to.
pub(crate) fn applied(shell: &Shell, plan: &Plan, applied: &Applied, now: Timestamp) {
    let counts = Counts::of_deeds(&applied.done);
    let destroys = plan.mode == regprov_plan::Mode::Destroy;
    summary(shell, (if destroys { "destroy" } else { "apply" }, counts), now);
}

fn summary(shell: &Shell, what: (&str, Counts), now: Timestamp) {
    let (operation, counts) = what;
    let text = format!(
        "{operation}: {} to add, {} to change, {} to destroy.",
        counts.add, counts.change, counts.destroy
    );
    let changes = json!({
        "add": counts.add, "change": counts.change, "import": counts.import, "remove": counts.destroy, "operation": operation,
    });
    line(
        shell,
        ("info", &text),
        json!({ "type": "change_summary", "changes": changes }),
        now,
    );
}

fn hook_resource(address: &InstanceAddress) -> Json {
    let resource = &address.resource;
    json!({
        "addr": address.to_string(), "module": resource.module.to_string(), "resource_type": resource.resource_type,
        "resource_name": resource.name, "resource_key": address.key.as_ref().map(index),
        "implied_provider": resource.resource_type.split('_').next(),
    })
}

const fn hook_action(action: Action) -> &'static str {
    match action {
        Action::NoOp => "noop",
        Action::Read => "read",
        Action::Create => "create",
        Action::Update => "update",
        Action::DeleteThenCreate | Action::CreateThenDelete => "replace",
        Action::Delete => "delete",
        Action::Forget => "remove",
    }
}

/// One line of the stream.
pub(crate) fn line(shell: &Shell, head: (&str, &str), body: Json, now: Timestamp) {
    let (level, message) = head;
    let mut row = json!({ "@level": level, "@message": message, "@module": "terraform.ui", "@timestamp": now.to_string() });
    if let (Json::Object(row), Json::Object(body)) = (&mut row, body) {
        row.extend(body);
    }
    shell.line(row.to_string());
}
