//! What the engine works with: providers, time, randomness, environment.

use crate::write::Target;
use crate::{Event, LocalCommands, Observer};
use regprov_http::{Clock, Randomness};
use regprov_plan::Schemas;
use regprov_provider::{Environment, Mark};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Carries out operations.
pub struct Engine {
    /// Every provider that is compiled in.
    pub schemas: Schemas,
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
    /// Asks to begin nothing further.
    pub stop: Stop,
}

/// Asks an apply to begin nothing further: what is in flight is brought to its end. Clones are the same request.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Engine {
    /// The providers as the planner may know them.
    #[must_use]
    pub fn schemas(&self) -> Schemas {
        self.schemas.clone()
    }

    /// Makes a call to a service when one of the places is free.
    pub(crate) async fn held<T>(&self, call: impl Future<Output = T>) -> T {
        let _place = self.place().await;
        call.await
    }

    /// A place for one call to a service.
    pub(crate) async fn place(&self) -> SemaphorePermit<'_> {
        self.slots.acquire().await.expect("the places are never closed")
    }

    /// A place for a write; none for a type that joins the writes of many objects, which would wait for each other's places.
    pub(crate) async fn place_for(&self, target: &Target) -> Option<SemaphorePermit<'_>> {
        if target.resource.is_gathered() {
            return None;
        }
        Some(self.place().await)
    }

    /// Makes a write to a service when it has its place.
    pub(crate) async fn held_for<T>(&self, target: &Target, call: impl Future<Output = T>) -> T {
        let _place = self.place_for(target).await;
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
