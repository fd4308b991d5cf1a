//! The usual order of layers.

use crate::{Clock, Randomness, Retry, RetryPolicy, Throttle, ThrottlePolicy, Trace, Transport};
use std::sync::Arc;

/// Retry around throttle around trace around the transport: every attempt is throttled, and told to the log.
pub fn standard_stack(
    inner: Arc<dyn Transport>,
    retry: RetryPolicy,
    clock: &Arc<dyn Clock>,
    randomness: &Arc<dyn Randomness>,
) -> Arc<dyn Transport> {
    let traced = Trace::new(inner, Arc::clone(clock));
    let throttled = Throttle::new(traced, ThrottlePolicy::default(), Arc::clone(clock));
    Arc::new(Retry::new(
        throttled,
        retry,
        Arc::clone(clock),
        Arc::clone(randomness),
    ))
}
