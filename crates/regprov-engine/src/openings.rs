//! Ephemeral resources that are open: prolonged while they are needed, closed at the end of the run.

use crate::Engine;
use crate::connect::Connections;
use crate::satisfy::{connected, unsupported};
use futures::FutureExt as _;
use futures::future::{Either, select};
use regprov_addr::ProviderConfigAddress;
use regprov_diag::{Code, Diagnostic, Diagnostics};
use regprov_provider::{AnyEphemeral, Connection, Error, Opened};
use regprov_value::Value;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;

/// What is open.
#[derive(Default)]
pub(crate) struct Openings {
    open: Mutex<Vec<Opening>>,
    /// Told when something was opened.
    changed: Notify,
}

#[derive(Clone)]
struct Opening {
    resource: Arc<dyn AnyEphemeral>,
    connection: Connection,
    value: Value,
    /// When it must be prolonged.
    due: Option<jiff::Timestamp>,
}

impl Openings {
    fn push(&self, opening: Opening) {
        self.open.lock().expect("no holder panics").push(opening);
        self.changed.notify_one();
    }

    fn take(&self) -> Vec<Opening> {
        std::mem::take(&mut *self.open.lock().expect("no holder panics"))
    }

    fn first_due(&self) -> Option<jiff::Timestamp> {
        let open = self.open.lock().expect("no holder panics");
        open.iter().filter_map(|opening| opening.due).min()
    }
}

impl Engine {
    /// Opens an ephemeral resource.
    pub(crate) async fn open(
        &self,
        connections: &Connections,
        of: (&ProviderConfigAddress, &str),
        config: &Value,
    ) -> Result<Value, Error> {
        let connection = connected(connections, of.0)?;
        let schemas = self.schemas();
        let resource = schemas
            .ephemeral_resource(&of.0.provider, of.1)
            .ok_or_else(|| unsupported(of.1))?
            .clone();
        let Opened { object, renew_after } = self.ask(|| resource.open(&connection, config)).await?;
        connections.1.push(Opening {
            resource,
            connection,
            value: object.clone(),
            due: renew_after.map(|after| self.due(after)),
        });
        Ok(object)
    }

    /// Does some work while what is open is prolonged in time, and closes it at the end.
    pub(crate) async fn while_open<T>(
        &self,
        connections: &Connections,
        work: impl Future<Output = T>,
    ) -> (T, Diagnostics) {
        let mut work = Box::pin(work);
        let mut found = Diagnostics::new();
        let done = loop {
            let wake = self.wake(connections).boxed_local();
            match select(work, wake).await {
                Either::Left((done, _)) => break done,
                Either::Right(((), unfinished)) => work = unfinished,
            }
            self.prolong(connections, &mut found).await;
        };
        for opening in connections.1.take() {
            let closed = self
                .ask(|| opening.resource.close(&opening.connection, &opening.value))
                .await;
            if let Err(error) = closed {
                found.push(failed("closed", &opening, &error));
            }
        }
        (done, found)
    }

    /// Ends when something must be prolonged, or something was opened.
    async fn wake(&self, connections: &Connections) {
        let changed = connections.1.changed.notified();
        let Some(due) = connections.1.first_due() else {
            return changed.await;
        };
        let rest = due.duration_since(self.clock.now());
        let rest = Duration::try_from(rest).unwrap_or_default();
        let (changed, sleep) = (Box::pin(changed), self.clock.sleep(rest));
        select(changed, Box::pin(sleep)).await;
    }

    async fn prolong(&self, connections: &Connections, found: &mut Diagnostics) {
        let now = self.clock.now();
        let mut open = connections.1.take();
        for opening in open
            .iter_mut()
            .filter(|opening| opening.due.is_some_and(|due| due <= now))
        {
            let renewed = self
                .ask(|| opening.resource.renew(&opening.connection, &opening.value))
                .await;
            match renewed {
                Ok(after) => opening.due = after.map(|after| self.due(after)),
                Err(error) => {
                    opening.due = None;
                    found.push(failed("prolonged", opening, &error));
                }
            }
        }
        connections
            .1
            .open
            .lock()
            .expect("no holder panics")
            .append(&mut open);
    }

    fn due(&self, after: Duration) -> jiff::Timestamp {
        self.clock
            .now()
            .checked_add(after)
            .unwrap_or(jiff::Timestamp::MAX)
    }
}

fn failed(what: &str, opening: &Opening, error: &Error) -> Diagnostic {
    let code: Option<&'static Code> = None;
    let detail = format!(
        "An ephemeral `{}` could not be {what}: {}",
        opening.resource.type_name(),
        error.message
    );
    Diagnostic::warning(code, format!("Ephemeral resource could not be {what}")).detail(detail)
}
