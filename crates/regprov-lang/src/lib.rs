//! HCL to configuration: syntax with spans, compiled expressions, evaluation, functions, modules.
//!
//! [`load`] reads a tree of modules through [`Files`] and gives a [`Configuration`] whose expressions are compiled
//! once: names are resolved to enum variants, functions to table rows, literals to values. [`Expr::evaluate`] then asks
//! a [`Scope`] for each object it refers to, and [`decode`] turns a [`Body`] into the value of a schema.
//! Nothing here knows state or providers, and nothing is read but through the traits that the caller gives.

mod body;
pub mod codes;
mod compile;
mod condition;
mod configuration;
mod decode;
mod early;
mod enclosing;
mod eval;
mod expr;
mod format;
mod function;
mod functions;
mod later;
mod limits;
mod load;
mod provider_functions;
mod raw;
mod reference;
mod scope;
mod signature;
mod source;
#[cfg(test)]
mod specsuite;
mod syntax;
mod text;
mod typeexpr;
mod variable;
mod version;

pub use body::{Attribute, BlockNode, Body, Dynamic};
pub use condition::{Condition, Verdict};
pub use configuration::{
    Backend, Check, Configuration, Extra, IgnoreChanges, Import, Lifecycle, Local, Module, ModuleCall, Moved,
    OpenKey, Output, ProviderConfig, ProviderRef, Provisioner, Removed, RequiredProvider, Resource, Spanned,
    StaticModulePath, WrittenAddress,
};
pub use decode::decode;
pub use early::{Early, EarlyValues, Given, early_values};
pub use enclosing::enclosing_block;
pub use expr::{Expr, ProviderCall};
pub use format::format;
pub use load::{Files, InstalledModule, InstalledModules, LoadOptions, Loaded, WantedModule, load};
pub use provider_functions::{ModuleFunctions, ProviderFunctions};
pub use reference::{IndexRef, Reference, ResourceName, Subject};
pub use scope::{EmptyScope, FunctionContext, NoSurroundings, Scope};
pub use signature::{FunctionSignature, ParameterSignature, function_signatures};
pub use source::{Method, ModuleSource, RegistrySource, RemoteSource, SourceError};
pub use syntax::readable;
pub use text::{ConsoleInput, parse_console, parse_expression, parse_tfvars};
pub use typeexpr::Defaults;
pub use variable::Variable;
pub use version::{Constraints, TERRAFORM_VERSION, Version, VersionError};
