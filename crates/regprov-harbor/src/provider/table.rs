//! What the provider offers: one row per type.

use regprov_provider::{AnyDataSource, AnyResource, resource};
use std::sync::Arc;

/// The resource types.
pub(super) fn resources() -> Vec<Arc<dyn AnyResource>> {
    vec![
        resource::<crate::project::Project>(),
        resource::<crate::robot_account::RobotAccount>(),
    ]
}

/// The data sources.
pub(super) fn data_sources() -> Vec<Arc<dyn AnyDataSource>> {
    vec![]
}
