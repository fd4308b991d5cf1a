//! The value tree: types, conversion, *known after apply*, sensitive and ephemeral marks.
//!
//! Values are immutable and cheap to clone: collections and strings are shared. What is deliberately absent: HCL,
//! schemas, files.

mod convert;
mod describe;
mod display;
mod json;
mod marks;
mod number;
mod set_order;
mod types;
mod unify;
mod unknown;
mod value;

pub use convert::{ConversionError, convert};
pub use describe::describe;
pub use display::{render, render_into};
pub use json::{JsonError, from_json, from_json_implied, to_json};
pub use marks::Marks;
pub use number::{Number, ParseNumberError};
pub use types::{ObjectType, Type};
pub use unify::unify;
pub use unknown::{Refinements, Unknown};
pub use value::{Data, Value};
