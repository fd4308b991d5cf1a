//! Ctrl-C while changes are made: the first stops in good order, the second at once.

use crate::context::Context;
use crate::shell::Paint;
use regprov_addr::InstanceAddress;
use regprov_diag::Diagnostic;
use regprov_engine::{Event, Observer, Stop, codes};
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Passes events on, and keeps what a run that is stopped at once did.
pub(crate) struct Flight {
    inner: Arc<dyn Observer>,
    log: Mutex<Log>,
}

#[derive(Default)]
struct Log {
    done: Vec<InstanceAddress>,
    failed: Vec<InstanceAddress>,
    in_flight: Vec<InstanceAddress>,
}

impl Flight {
    /// Keeps what is told to another.
    pub(crate) fn over(inner: Arc<dyn Observer>) -> Self {
        Self {
            inner,
            log: Mutex::default(),
        }
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Flight {
    fn event(&self, event: Event) {
        match &event {
            Event::Started { address, .. } => self.log().in_flight.push(address.clone()),
            Event::Finished { address, .. } => {
                let mut log = self.log();
                log.in_flight.retain(|other| other != address);
                log.done.push(address.clone());
            }
            Event::Failed { address, .. } => {
                let mut log = self.log();
                log.in_flight.retain(|other| other != address);
                log.failed.push(address.clone());
            }
            Event::Connected { .. }
            | Event::Connecting { .. }
            | Event::Refreshing { .. }
            | Event::Waiting { .. }
            | Event::LocalStarted { .. }
            | Event::LocalPrinted { .. }
            | Event::LocalLeftOut { .. }
            | Event::Recovered { .. } => {}
        }
        self.inner.event(event);
    }
}

/// Runs to the end; the first Ctrl-C, or request to terminate, asks to begin nothing further. `None`: a second one came, and
/// the work was dropped as it stood.
pub(crate) async fn until_stopped<T>(
    context: &Context,
    stop: &Stop,
    work: impl Future<Output = T>,
) -> Option<T> {
    let mut work = pin!(work);
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return Some(work.await);
    };
    tokio::select! {
        output = &mut work => return Some(output),
        () = asked(&mut interrupt, &mut terminate) => {}
    }
    stop.ask();
    context.shell.note(
        "Stopping: what is in flight is brought to its end, and nothing further is begun. Press Ctrl-C again to stop at once.",
    );
    tokio::select! {
        output = &mut work => Some(output),
        () = asked(&mut interrupt, &mut terminate) => None,
    }
}

async fn asked(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

/// What was done by a run that was stopped at once.
pub(crate) fn tell_stopped(context: &Context, flight: &Flight) {
    let (shell, log) = (&context.shell, flight.log());
    let error = Diagnostic::error(&codes::STOPPED, "Stopped before the end")
        .detail(
            "It was stopped at once. What was asked of a service and not answered stays open in the journal.",
        )
        .help("Run the command again: it looks up what is in flight first, and goes on from here.");
    context.complain(&error.into());
    shell.line("");
    for address in &log.done {
        shell.line(format!("  done      {address}"));
    }
    for address in &log.failed {
        shell.line(shell.paint(Paint::Red, format!("  failed    {address}")));
    }
    for address in &log.in_flight {
        shell.line(shell.paint(Paint::Yellow, format!("  in flight {address}")));
    }
}
