//! HCL to configuration: syntax with spans, compiled expressions, evaluation, functions, modules.
//!
//! [`load`] reads a tree of modules through [`Files`] and gives a [`Configuration`] whose expressions are compiled
//! once: names are resolved to enum variants, functions to table rows, literals to values. [`Expr::evaluate`] then asks
//! a [`Scope`] for each object it refers to, and [`decode`] turns a [`Body`] into the value of a schema.
//! Nothing here knows state or providers, and nothing is read but through the traits that the caller gives.

mod body;
mod compile;
mod decode;
mod eval;
mod load;
mod raw;
pub mod codes;
mod configuration;
mod expr;
mod function;
mod functions;
mod reference;
mod scope;
mod text;
mod typeexpr;
mod variable;

pub use body::{Attribute, BlockNode, Body, Dynamic};
pub use configuration::{
    Backend, Check, Condition, Configuration, Extra, IgnoreChanges, Import, Lifecycle, Local, Module, ModuleCall, Moved,
    Output, ProviderConfig, ProviderRef, Provisioner, Removed, RequiredProvider, Resource, Spanned, StaticModulePath,
    WrittenAddress,
};
pub use expr::Expr;
pub use reference::{IndexRef, Reference, ResourceName, Subject};
pub use scope::{EmptyScope, FunctionContext, NoSurroundings, Scope};
pub use decode::decode;
pub use text::{parse_expression, parse_tfvars};
pub use typeexpr::Defaults;
pub use variable::Variable;
pub use load::{Files, LoadOptions, Loaded, load};
