//! Providers whose configuration became known in mid-apply: connected once their service answers; and what could not be
//! checked while planning is checked before the first write.

use crate::applying::Run;
use crate::connect::Connections;
use crate::node::{Doing, Done, ready};
use crate::patience::{Patience, Verdict};
use crate::report::connect_failure;
use crate::{Engine, Event};
use futures::future::join_all;
use regprov_addr::{InstanceAddress, ProviderConfigAddress};
use regprov_diag::Diagnostics;
use regprov_graph::NodeId;
use regprov_plan::Unasked;
use regprov_provider::{
    AnyPreflight, AnyRead, Connection, CreateClass, Error, ErrorKind, Finding, Observed, Partial,
};
use regprov_value::Value;
use std::time::Duration;

/// How long a service that was made a moment ago may take to answer: its name and its certificate may come later than itself.
const ANSWERS_AT_MOST: Duration = Duration::from_secs(10 * 60);
/// How long such a service may refuse a credential that was made a moment ago, or something else may answer in its place.
const KNOWS_AT_MOST: Duration = Duration::from_secs(60);

/// What a service said to a planned write.
#[derive(Debug)]
pub(crate) struct Said {
    address: InstanceAddress,
    /// The identity of an object that is there already.
    exists: Option<String>,
    findings: Vec<Finding>,
}

impl<'a> Run<'a> {
    /// Connects a provider configuration with what is known by now.
    pub(crate) fn start_connect(
        &self,
        provider: &'a ProviderConfigAddress,
        deferred: bool,
        id: NodeId,
    ) -> Result<Doing<'a>, Diagnostics> {
        let (engine, connections) = (self.engine, self.connections);
        if !deferred && connections.get(provider).is_some() {
            return Ok(ready(id, Done::default()));
        }
        let (config, major) = self.execution.provider_config(provider)?;
        let unasked = match deferred {
            true => self.execution.unasked(provider),
            false => Vec::new(),
        };
        Ok(Box::pin(async move {
            let config = (&config, major);
            let connected = match deferred {
                true => engine.connect_patiently(connections, provider, config).await,
                false => {
                    let connect = || engine.connect(connections, provider, config.0, config.1);
                    engine.ask(connect).await
                }
            };
            let done = match connected {
                Ok(connection) => Done {
                    said: join_all(unasked.iter().map(|one| engine.ask_about(&connection, one))).await,
                    ..Done::default()
                },
                Err(error) => Done::failed(None, connect_failure(&provider.provider.to_string(), &error)),
            };
            (id, done)
        }))
    }

    /// What a service that was just connected says to the planned writes.
    pub(crate) fn judge(&self, provider: &ProviderConfigAddress, said: Vec<Said>) -> Diagnostics {
        let mut found = Diagnostics::new();
        for Said {
            address,
            exists,
            findings,
        } in said
        {
            let resource_type = &address.resource.resource_type;
            let exists = exists.filter(|id| !self.execution.is_planned_id(provider, resource_type, id));
            found.extend(exists.map(|id| self.execution.exists(&address, &id)));
            let findings = findings.into_iter();
            found.extend(findings.map(|finding| self.execution.finding(&address, finding)));
        }
        found
    }
}

impl Engine {
    /// Connects to a service that may have been made a moment ago: waits, and says for what, while it does not answer yet.
    async fn connect_patiently(
        &self,
        connections: &Connections,
        provider: &ProviderConfigAddress,
        config: (&Value, Option<u64>),
    ) -> Result<Connection, Error> {
        let mut patience = Patience::new(self, ANSWERS_AT_MOST, ANSWERS_AT_MOST);
        loop {
            let connect = self.connect(connections, provider, config.0, config.1);
            let error = match self.held(connect).await {
                Ok(connection) => return Ok(connection),
                Err(error) => error,
            };
            let elapsed = patience.elapsed(self);
            let refused = ErrorKind::Failed == error.kind
                || matches!(error.kind, ErrorKind::Unauthenticated | ErrorKind::Denied);
            let fresh = refused && elapsed < KNOWS_AT_MOST
                || matches!(error.kind, ErrorKind::Transient | ErrorKind::Ambiguous)
                    && elapsed < ANSWERS_AT_MOST;
            let (wait, reason) = match fresh {
                true => (patience.next_wait(None), error.message),
                false => match patience.judge(self, error) {
                    Verdict::Again(wait, reason) => (wait, reason),
                    Verdict::Look => (patience.next_wait(None), String::new()),
                    Verdict::Fail(error) => return Err(waited(error, elapsed)),
                },
            };
            self.tell(Event::Connecting {
                provider: provider.provider.short(),
                reason,
                elapsed,
            });
            self.clock.sleep(wait).await;
        }
    }

    /// Asks what planning would have asked.
    async fn ask_about(&self, connection: &Connection, unasked: &Unasked) -> Said {
        let desired = Partial(&unasked.desired);
        let named = matches!(
            unasked.resource.create_class(),
            CreateClass::ClientNamed | CreateClass::UniqueName | CreateClass::Upsert
        );
        let identity = match named && unasked.comes_new {
            true => unasked.resource.identify(connection, desired),
            false => None,
        };
        let mut exists = None;
        if let Some(id) = identity {
            let read = || {
                let prior = None;
                unasked.resource.read(AnyRead {
                    connection,
                    id: &id,
                    prior,
                })
            };
            // Where the question fails the create finds out.
            if let Ok(Observed::Present(_) | Observed::Settling(_)) = self.ask(read).await {
                exists = Some(id);
            }
        }
        let request = AnyPreflight {
            connection,
            prior: unasked.prior.as_ref(),
            replaced: unasked.replaced.as_ref(),
            desired: Partial(&unasked.desired),
        };
        Said {
            address: unasked.address.clone(),
            exists,
            findings: self.held(unasked.resource.preflight(request)).await,
        }
    }
}

/// A failure that did not pass while it was waited for.
fn waited(error: Error, elapsed: Duration) -> Error {
    if elapsed < Duration::from_secs(1) {
        return error;
    }
    let message = format!(
        "{} (waited for {} s)",
        error.message.trim_end_matches('.'),
        elapsed.as_secs()
    );
    Error {
        message,
        remedy: error.remedy.or_else(|| {
            Some("What was made before is recorded. Apply again to go on once the service answers.".into())
        }),
        ..error
    }
}
