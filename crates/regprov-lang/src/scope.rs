//! What evaluation asks of its surroundings.

use crate::ResourceName;
use regprov_addr::InstanceKey;
use regprov_diag::Diagnostic;
use regprov_schema::ProviderFunction;
use regprov_value::Value;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The objects that an expression can see. Every question is about one thing, so that nothing is cloned in bulk.
///
/// `None` means that no such thing exists here; the evaluator says so at the place of the reference. The defaults know
/// nothing at all.
pub trait Scope {
    /// The value of an input variable.
    fn variable(&self, _name: &str) -> Option<Value> {
        None
    }

    /// The value of a local.
    fn local(&self, _name: &str) -> Option<Value> {
        None
    }

    /// The object of one instance (`key` given), or the value of the whole block: an object, a tuple (`count`) or an
    /// object by key (`for_each`). A literal key arrives as it is written: the scope converts `["0"]` for `count`.
    ///
    /// # Errors
    /// When there is no such block or instance; a diagnostic without place gets that of the reference.
    fn resource(&self, resource: &ResourceName, _key: Option<&InstanceKey>) -> Result<Value, Diagnostic> {
        Err(crate::eval::undeclared("resource", &resource.to_string()))
    }

    /// The outputs of a module call: of one instance (`key` given) or of all, one output or all as an object.
    ///
    /// # Errors
    /// When there is no such call, instance or output; a diagnostic without place gets that of the reference.
    fn module(
        &self,
        name: &str,
        _key: Option<&InstanceKey>,
        _output: Option<&str>,
    ) -> Result<Value, Diagnostic> {
        Err(crate::eval::undeclared("module", &format!("module.{name}")))
    }

    /// `each.key`
    fn each_key(&self) -> Option<Value> {
        None
    }

    /// `each.value`
    fn each_value(&self) -> Option<Value> {
        None
    }

    /// `count.index`
    fn count_index(&self) -> Option<Value> {
        None
    }

    /// `self`
    fn self_object(&self) -> Option<Value> {
        None
    }

    /// `path.module`
    fn path_module(&self) -> Option<Value> {
        None
    }

    /// `path.root`
    fn path_root(&self) -> Option<Value> {
        None
    }

    /// `path.cwd`
    fn path_cwd(&self) -> Option<Value> {
        None
    }

    /// `terraform.workspace`
    fn workspace(&self) -> Option<Value> {
        None
    }

    /// `terraform.applying`
    fn applying(&self) -> Option<Value> {
        None
    }

    /// A function of the provider of this local name.
    fn provider_function(&self, _provider: &str, _function: &str) -> Option<&ProviderFunction> {
        None
    }

    /// Whether this is a provider that is not part of the program, whose functions have any value here.
    fn is_foreign(&self, _provider: &str) -> bool {
        false
    }

    /// The surroundings of functions that are not pure.
    fn functions(&self) -> &dyn FunctionContext {
        &NoSurroundings
    }
}

/// A scope without anything in it: literals and pure functions only.
#[derive(Debug, Clone, Copy, Default)]
pub struct EmptyScope;

impl Scope for EmptyScope {}

/// What functions that are not pure ask for. The defaults have no files, no clock and no randomness.
///
/// A caller that cannot read right now answers [`io::ErrorKind::WouldBlock`] and notes what was asked: the evaluation
/// fails, and is to be repeated once the answer is there. This holds even when the evaluation *succeeds*, since `try`
/// and `can` catch the failure.
pub trait FunctionContext {
    /// The content of a file.
    ///
    /// # Errors
    /// When it cannot be read.
    fn read_file(&self, path: &Path) -> io::Result<Arc<[u8]>> {
        Err(io::Error::new(
            io::ErrorKind::NotFound,
            format!("no file exists at {}", path.display()),
        ))
    }

    /// Whether a file exists, and is a regular file (`Some(true)`) or something else (`Some(false)`).
    ///
    /// # Errors
    /// When that cannot be told.
    fn file_kind(&self, _path: &Path) -> io::Result<Option<bool>> {
        Ok(None)
    }

    /// The paths of all regular files below a directory, relative to it, with `/` between the parts.
    ///
    /// # Errors
    /// When it cannot be read.
    fn walk(&self, _directory: &Path) -> io::Result<Vec<String>> {
        Ok(Vec::new())
    }

    /// The directory that relative paths start from.
    fn working_directory(&self) -> &Path {
        Path::new(".")
    }

    /// The user's home, for `pathexpand`.
    fn home(&self) -> Option<PathBuf> {
        None
    }

    /// The instant of the plan in RFC 3339, for `plantimestamp`.
    fn plan_timestamp(&self) -> Option<String> {
        None
    }

    /// The current instant in RFC 3339, only while applying: `timestamp` is known after apply.
    fn now(&self) -> Option<String> {
        None
    }

    /// Random bytes, only while applying: `uuid` and `bcrypt` are known after apply. Answers whether it filled them.
    fn random(&self, _bytes: &mut [u8]) -> bool {
        false
    }
}

/// Surroundings without files, clock and randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSurroundings;

impl FunctionContext for NoSurroundings {}
