//! `time_*`: instants kept in the state.

mod rotating;
mod sleep;
mod stamp;

use crate::package::{Package, Surroundings};
use jiff::Timestamp;
use regprov_provider::{Error, ErrorKind, Provider};
use std::sync::Arc;

pub(crate) fn provider(surroundings: &Surroundings) -> Arc<dyn Provider> {
    let mut package = Package::new("time", &["hashicorp/time"], surroundings);
    package.resources = vec![
        regprov_provider::resource::<rotating::TimeRotating>(),
        regprov_provider::resource::<sleep::TimeSleep>(),
        regprov_provider::resource::<stamp::TimeStatic>(),
    ];
    package.left_out = &[("time_offset", "Use `time_static` and the function `timeadd`.")];
    Arc::new(package)
}

/// An instant of whole seconds as text.
fn text(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn parse(text: &str) -> Result<Timestamp, Error> {
    text.parse().map_err(|_| {
        Error::new(
            ErrorKind::Invalid(None),
            format!("{text:?} is not an instant in RFC 3339 such as \"2026-01-31T12:00:00Z\""),
        )
    })
}
