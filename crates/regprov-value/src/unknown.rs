//! A value that is *known after apply*: its type, and what is known about it already.

use crate::{Number, Type};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A value that only apply can tell.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unknown {
    /// The type that the value will have; `Dynamic` where even that is open.
    pub ty: Type,
    /// What is known about the value beforehand.
    pub refinements: Refinements,
}

/// Facts about a value that is known after apply.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Refinements {
    /// The value will not be null.
    pub not_null: bool,
    /// A string will start with this.
    pub prefix: Option<Arc<str>>,
    /// The least number of elements of a collection.
    pub length_min: Option<usize>,
    /// The greatest number of elements of a collection.
    pub length_max: Option<usize>,
    /// The least that a number will be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number_min: Option<Number>,
    /// The greatest that a number will be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number_max: Option<Number>,
}
