//! What the engine works with: providers, time, randomness, environment.

use crate::{Event, LocalCommands, Observer};
use regprov_http::{Clock, Randomness};
use regprov_plan::Schemas;
use regprov_provider::{Environment, Mark, Provider};
use std::future::Future;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Carries out operations.
pub struct Engine {
    /// Every provider that is compiled in.
    pub providers: Vec<Arc<dyn Provider>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The source of marks.
    pub randomness: Arc<dyn Randomness>,
    /// The environment variables that providers may read.
    pub environment: Environment,
    /// Who is told what happens.
    pub observer: Arc<dyn Observer>,
    /// How many calls to services run at once; a wait holds no place.
    pub slots: Semaphore,
    /// What becomes of the commands of `local-exec`.
    pub local: LocalCommands,
}

impl Engine {
    /// The providers as the planner may know them.
    #[must_use]
    pub fn schemas(&self) -> Schemas {
        Schemas::new(&self.providers)
    }

    /// Makes a call to a service when one of the places is free.
    pub(crate) async fn held<T>(&self, call: impl Future<Output = T>) -> T {
        let _place = self.slots.acquire().await.expect("the places are never closed");
        call.await
    }

    pub(crate) fn tell(&self, event: Event) {
        self.observer.event(event);
    }

    /// A mark for one create attempt.
    pub(crate) fn mark(&self) -> Mark {
        let mut nonce = [0; 16];
        self.randomness.fill(&mut nonce);
        Mark {
            text: format!("regprov-{}", hex::encode(nonce)),
            nonce,
            begun: self.clock.now(),
        }
    }
}
