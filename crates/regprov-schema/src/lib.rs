//! Schema as data: the arguments and attributes of a resource type, data source or provider configuration.
//!
//! A [`Block`] is plain data, derived from the struct of a resource type by `#[derive(Schema)]` or built by hand. The
//! planner and the language read it; nothing here knows a provider.

mod block;
mod flags;
mod function;
mod schematic;
mod table;

pub use block::{Attribute, Block, Dropped, Former, Meaning, NestedBlock, Nesting, Rule, Schema, Timeouts};
pub use flags::{Computed, Local, Once, Secret, WriteOnly};
pub use function::{FunctionCall, FunctionFault, FunctionParameter, ProviderFunction};
pub use regprov_schema_derive::Schema;
pub use schematic::{AttributeKind, BlockKind, FieldType, Schematic};
pub use table::{TableRow, table};
