//! Live progress: a line for everything that begins and ends, and on a terminal one that says what is waited for.

use crate::shell::{Paint, Shell};
use regprov_diag::escape_control;
use regprov_engine::{Event, Observer};
use regprov_plan::Action;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long a wait lasts before it is worth a line where there is no terminal.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// Prints events as they happen.
pub(crate) struct Progress {
    shell: Arc<Shell>,
    told: Mutex<BTreeMap<String, Duration>>,
}

impl Progress {
    pub(crate) fn new(shell: Arc<Shell>) -> Self {
        Self {
            shell,
            told: Mutex::new(BTreeMap::new()),
        }
    }

    fn waiting(&self, address: &str, reason: &str, elapsed: Duration) {
        let text = format!("{address}: waiting, {reason} ({})", seconds(elapsed));
        let text = escape_control(&text).into_owned();
        self.shell.transient(&text);
        if self.shell.terminal {
            return;
        }
        let mut told = self.told.lock().expect("no holder panics");
        let last = told.get(address).copied().unwrap_or(Duration::ZERO);
        if elapsed >= last + HEARTBEAT {
            told.insert(address.to_owned(), elapsed);
            self.shell.line(text);
        }
    }
}

impl Observer for Progress {
    fn event(&self, event: Event) {
        match event {
            Event::Connected { .. } => {}
            Event::Connecting {
                provider,
                reason,
                elapsed,
            } => self.waiting(&format!("provider {provider}"), &reason, elapsed),
            Event::Refreshing { count } => self.shell.transient(&format!("Reading {count} objects")),
            Event::Started { address, action } => {
                self.shell.line(format!("{address}: {}", begun(action)));
            }
            Event::Waiting {
                address,
                reason,
                elapsed,
            } => self.waiting(&address.to_string(), &reason, elapsed),
            Event::Finished {
                address,
                action,
                id,
                elapsed,
            } => {
                let id = id
                    .map(|id| format!(" [{}]", escape_control(&id)))
                    .unwrap_or_default();
                let text = format!("{address}: {} after {}{id}", ended(action), seconds(elapsed));
                self.shell.line(self.shell.paint(Paint::Green, text));
            }
            Event::Failed { address, action } => {
                self.shell.line(
                    self.shell
                        .paint(Paint::Red, format!("{address}: {} failed", noun(action))),
                );
            }
            Event::LocalStarted {
                address,
                command,
                withheld,
            } => {
                let command = command
                    .map(|command| format!(": {}", one_line(&command)))
                    .unwrap_or_default();
                let withheld = if withheld {
                    " (a sensitive value is in it: neither it nor what it prints is shown)"
                } else {
                    ""
                };
                self.shell.line(format!(
                    "{address}: running a command on this machine{command}{withheld}"
                ));
            }
            Event::LocalPrinted { address, line } => self
                .shell
                .line(format!("{address} (local-exec): {}", escape_control(&line))),
            Event::LocalLeftOut { address, count } => {
                let commands = if count == 1 {
                    "its local-exec command was".to_owned()
                } else {
                    format!("its {count} local-exec commands were")
                };
                let text = format!(
                    "{address}: {commands} not run: the sandbox runs nothing on this machine without -allow-local-exec"
                );
                self.shell.line(self.shell.paint(Paint::Yellow, text));
            }
            Event::Recovered { address, what } => {
                self.shell.line(self.shell.paint(
                    Paint::Cyan,
                    format!("{address}: an earlier run was cut short: {what}"),
                ));
            }
        }
    }
}

/// The first line of a command, without control characters.
fn one_line(command: &str) -> String {
    let mut lines = command.trim().lines();
    let first = escape_control(lines.next().unwrap_or_default()).into_owned();
    if lines.next().is_some() {
        format!("{first} …")
    } else {
        first
    }
}

/// `3s`, `1m20s`.
pub(crate) fn seconds(elapsed: Duration) -> String {
    let whole = elapsed.as_secs();
    if whole >= 60 {
        format!("{}m{:02}s", whole / 60, whole % 60)
    } else {
        format!("{whole}s")
    }
}

const fn begun(action: Action) -> &'static str {
    match action {
        Action::Create => "creating",
        Action::Update => "changing",
        Action::DeleteThenCreate | Action::CreateThenDelete => "creating anew",
        Action::Delete => "deleting",
        Action::Read => "reading",
        Action::Forget | Action::NoOp => "recording",
    }
}

const fn ended(action: Action) -> &'static str {
    match action {
        Action::Create | Action::DeleteThenCreate | Action::CreateThenDelete => "created",
        Action::Update => "changed",
        Action::Delete => "deleted",
        Action::Read => "read",
        Action::Forget | Action::NoOp => "recorded",
    }
}

const fn noun(action: Action) -> &'static str {
    match action {
        Action::Create | Action::DeleteThenCreate | Action::CreateThenDelete => "create",
        Action::Update => "change",
        Action::Delete => "delete",
        Action::Read => "read",
        Action::Forget | Action::NoOp => "record",
    }
}
