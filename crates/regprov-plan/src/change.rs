//! What becomes of one object: the proposed value, its difference from the prior one, what that forces.
//!
//! Pure functions over schema and values; nothing here knows of configuration files or of other objects.

mod decide;
mod differ;
mod fill;
mod ignore;
mod merge;
mod propose;
mod rules;
mod same;
mod write_only;

pub(crate) use decide::{Decision, Question, decide};
pub(crate) use differ::{Difference, differences, same_nested};
pub(crate) use fill::{fill, fits};
pub(crate) use ignore::{ignore_all, ignore_path};
pub(crate) use merge::{answered, as_recorded, contradictions, merge_observed, schema_marks};
pub(crate) use propose::{propose, reopen, set_at, with_defaults};
pub(crate) use rules::violations;
pub(crate) use same::{content_equal, same};
pub(crate) use write_only::{has_write_only, with_write_only};
