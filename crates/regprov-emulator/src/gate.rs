//! The gate: every request of a client passes here, whether it came over a socket or by a direct call.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use tokio::sync::watch;

use crate::answer::Answer;
use crate::call::Call;
use crate::control;
use crate::core::Shared;
use crate::dockerhub;
use crate::faults::Action;
use crate::google;
use crate::listen::Listeners;
use crate::ovh;
use crate::service::Service;

/// Why a request gets no whole answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Cut {
    /// The connection is closed without an answer.
    #[error("the sandbox dropped the connection")]
    Dropped,
    /// The connection is closed within the body; this much of it still comes.
    #[error("the sandbox cut the answer short")]
    Truncated(Box<Response<Bytes>>),
}

/// What the listeners and the direct calls share.
#[derive(Clone)]
pub(crate) struct Gate {
    pub(crate) shared: Shared,
    pub(crate) held: Arc<watch::Sender<u64>>,
    pub(crate) control_token: Arc<str>,
    pub(crate) listeners: Arc<Mutex<Listeners>>,
}

impl Gate {
    /// Passes one request to its service, faults and latency included.
    pub(crate) async fn pass(&self, service: &Service, call: &Call) -> Result<Response<Bytes>, Cut> {
        if *service == Service::AzureMain && call.segments.first().is_some_and(|first| first == "_sandbox") {
            return Ok(control::handle(self, call).into_http());
        }
        let processed = match service {
            Service::AzureMain if ovh::is_for(call) => self.shared.lock().process(&Service::Ovh, call),
            Service::AzureMain if dockerhub::is_for(call) => {
                self.shared.lock().process(&Service::DockerHub, call)
            }
            Service::AzureMain => match google::below_main(call) {
                Some((service, call)) => self.shared.lock().process(&service, &call),
                None => self.shared.lock().process(service, call),
            },
            other => self.shared.lock().process(other, call),
        };
        self.follow_ports(processed.bound, processed.doors);
        if processed.latency_ms > 0 {
            tokio::time::sleep(Duration::from_millis(processed.latency_ms)).await;
        }
        let Some(fault) = processed.fault else {
            return Ok(processed.answer.unwrap_or_else(unprocessed).into_http());
        };
        tracing::debug!(fault = %fault.name, "a scheduled fault strikes");
        match fault.action {
            Action::Hold => {
                self.held.send_modify(|count| *count += 1);
                std::future::pending().await
            }
            Action::Drop => Err(Cut::Dropped),
            Action::Status {
                code,
                body,
                retry_after,
            } => Ok(replaced(code, &body, retry_after).into_http()),
            Action::Truncate => match processed.answer {
                Some(answer) => Err(Cut::Truncated(Box::new(answer.into_http()))),
                None => Err(Cut::Dropped),
            },
            Action::Garble => match processed.answer {
                Some(answer) => Ok(garbled(answer).into_http()),
                None => Err(Cut::Dropped),
            },
            Action::Stale { .. } | Action::Operation { .. } => {
                Ok(processed.answer.unwrap_or_else(unprocessed).into_http())
            }
            Action::Delay { ms } => {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                Ok(processed.answer.unwrap_or_else(unprocessed).into_http())
            }
        }
    }

    /// Starts and stops the listeners of services after a commit.
    pub(crate) fn follow_ports(
        &self,
        bound: Vec<(Service, std::net::TcpListener)>,
        doors: Option<Vec<Service>>,
    ) {
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        for (service, listener) in bound {
            listeners.start(self, &service, listener);
        }
        if let Some(doors) = doors {
            listeners.keep_only(&doors);
        }
    }
}

fn replaced(code: u16, body: &str, retry_after: Option<u64>) -> Answer {
    let status = if (100..1000).contains(&code) { code } else { 500 };
    let answer = if body.is_empty() {
        Answer::empty(status)
    } else {
        let kind = if body.starts_with('<') {
            "text/html"
        } else {
            "application/json"
        };
        Answer::bytes(status, kind, Bytes::copy_from_slice(body.as_bytes()))
    };
    match retry_after {
        Some(seconds) => answer.header("retry-after", &seconds.to_string()),
        None => answer,
    }
}

/// The same answer with half of its body.
fn garbled(answer: Answer) -> Answer {
    let half = answer.body.slice(..answer.body.len() / 2);
    Answer { body: half, ..answer }
}

fn unprocessed() -> Answer {
    Answer::arm_error(
        500,
        "SandboxFault",
        "A scheduled fault kept this request from being processed.",
    )
}
