//! HTTP as the provider crates see it: one trait, and layers around it.
//!
//! [`Transport`] has one method. The real one is [`ReqwestTransport`]; a test or the embedded sandbox gives
//! another that calls a router directly. Around it stand layers, each a transport that wraps a transport:
//! [`Retry`], [`Throttle`], [`Trace`], [`Authorize`], [`LoopbackOnly`], [`Redirect`]. [`standard_stack`]
//! puts the usual ones together in the right order.
//!
//! Time and randomness enter by argument ([`Clock`], [`Randomness`]). Secrets that live in this process are
//! known to a [`Redactor`], which scrubs them from any text by value.
//!
//! Deliberately absent: knowledge of any cloud, and of resources.

mod auth;
mod base;
mod clock;
mod error;
mod isolation;
mod message;
mod paging;
mod randomness;
mod real;
mod redact;
mod redirect;
mod retry;
mod stack;
mod throttle;
mod trace;
mod transport;

pub use auth::{Authorize, Token, TokenCache, TokenError, TokenErrorKind, TokenSource};
pub use base::{BaseUri, BaseUriError, is_loopback};
pub use clock::{Clock, ManualClock, SystemClock};
pub use error::{TransportError, TransportErrorKind};
pub use isolation::LoopbackOnly;
pub use message::{BodyError, Request, Response, sanitize};
pub use paging::{Page, PagingError, collect_json, follow, link_next};
pub use randomness::{Randomness, SeededRandomness, SystemRandomness};
pub use real::{ClientIdentity, Reach, ReqwestOptions, ReqwestTransport, TransportSetupError, Trust};
pub use redact::{REDACTED, Redactor, ScrubbingWriter};
pub use redirect::Redirect;
pub use retry::{Retry, RetryPolicy, retry_after};
pub use stack::standard_stack;
pub use throttle::{Throttle, ThrottlePolicy};
pub use trace::{Trace, request_id};
pub use transport::Transport;
