//! The whole configuration: modules and what is declared in them.

use crate::{Body, Condition, Expr, Reference, ResourceName};
use indexmap::IndexMap;
use regprov_addr::{ModuleAddress, ResourceMode};
use regprov_diag::Span;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// The names of the module calls that lead from the root to a module; empty for the root.
pub type StaticModulePath = Vec<String>;

/// The module tree.
#[derive(Debug, Clone, Default)]
pub struct Configuration {
    /// Every module by its path. A module that is called from two places stands here twice.
    pub modules: BTreeMap<StaticModulePath, Module>,
}

impl Configuration {
    /// The module at the top.
    pub fn root(&self) -> Option<&Module> {
        self.modules.get(&Vec::new())
    }

    /// The `backend` block of the root module: the only one that counts.
    pub fn backend(&self) -> Option<&Backend> {
        self.root()?.backend.as_ref()
    }

    /// The module of an address, whatever its keys.
    pub fn module(&self, address: &ModuleAddress) -> Option<&Module> {
        let path: StaticModulePath = address.0.iter().map(|step| step.name.clone()).collect();
        self.modules.get(&path)
    }
}

/// One module: everything that its files declare.
#[derive(Debug, Clone, Default)]
pub struct Module {
    /// Where it stands in the tree.
    pub path: StaticModulePath,
    /// Its directory, as the value of `path.module` shows it (`.` for the root).
    pub directory: PathBuf,
    /// Input variables.
    pub variables: IndexMap<Arc<str>, crate::Variable>,
    /// Local values.
    pub locals: IndexMap<Arc<str>, Local>,
    /// `resource` and `data` blocks.
    pub resources: IndexMap<ResourceName, Resource>,
    /// Calls of child modules.
    pub module_calls: IndexMap<Arc<str>, ModuleCall>,
    /// Outputs.
    pub outputs: IndexMap<Arc<str>, Output>,
    /// `provider` blocks.
    pub provider_configs: Vec<ProviderConfig>,
    /// `required_providers` by local name.
    pub required_providers: BTreeMap<Arc<str>, RequiredProvider>,
    /// The functions of the providers that it requires.
    pub functions: crate::ModuleFunctions,
    /// `moved` blocks.
    pub moved: Vec<Moved>,
    /// `import` blocks.
    pub imports: Vec<Import>,
    /// `removed` blocks.
    pub removed: Vec<Removed>,
    /// `check` blocks.
    pub checks: IndexMap<Arc<str>, Check>,
    /// The `backend` block.
    pub backend: Option<Backend>,
    /// `required_version` constraints.
    pub required_versions: Vec<Spanned>,
    /// Blocks inside `terraform` that are kept and not interpreted: `cloud`, `encryption`, `provider_meta`.
    pub terraform_extras: Vec<Extra>,
}

/// A text and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned {
    /// The text.
    pub text: String,
    /// The place.
    pub span: Span,
}

/// A local value.
#[derive(Debug, Clone)]
pub struct Local {
    /// What it is.
    pub expr: Expr,
    /// Its whole definition.
    pub span: Span,
}

/// A `resource` or `data` block.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Mode and labels.
    pub name: ResourceName,
    /// The arguments, without the meta-arguments, `lifecycle`, `timeouts`, `connection` and `provisioner`.
    pub body: Body,
    /// `count`
    pub count: Option<Expr>,
    /// `for_each`
    pub for_each: Option<Expr>,
    /// `provider`
    pub provider: Option<ProviderRef>,
    /// `depends_on`
    pub depends_on: Vec<Reference>,
    /// `lifecycle`
    pub lifecycle: Lifecycle,
    /// The body of the `timeouts` block.
    pub timeouts: Option<Body>,
    /// `provisioner` blocks.
    pub provisioners: Vec<Provisioner>,
    /// The header of the block.
    pub span: Span,
    /// The second label.
    pub name_span: Span,
}

impl Resource {
    /// Managed or data.
    pub fn mode(&self) -> ResourceMode {
        self.name.mode
    }

    /// The local name of the provider where the block does not choose: the first word of the type.
    pub fn implied_provider(&self) -> &str {
        let resource_type = &self.name.resource_type;
        resource_type
            .split_once('_')
            .map_or(resource_type, |(first, _)| first)
    }
}

/// `NAME` or `NAME.ALIAS`, where a provider configuration is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderRef {
    /// The local name of the provider.
    pub name: Arc<str>,
    /// The alias of the configuration.
    pub alias: Option<Arc<str>>,
    /// The place.
    pub span: Span,
}

/// The `lifecycle` block.
#[derive(Debug, Clone, Default)]
pub struct Lifecycle {
    /// `create_before_destroy`
    pub create_before_destroy: Option<bool>,
    /// `prevent_destroy`, with its place.
    pub prevent_destroy: Option<(bool, Span)>,
    /// `ignore_changes`
    pub ignore_changes: IgnoreChanges,
    /// `replace_triggered_by`
    pub replace_triggered_by: Vec<Expr>,
    /// `precondition` blocks.
    pub preconditions: Vec<Condition>,
    /// `postcondition` blocks.
    pub postconditions: Vec<Condition>,
    /// The block's header.
    pub span: Option<Span>,
}

/// Which arguments keep their prior value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IgnoreChanges {
    /// `all`
    All,
    /// These paths and what is below them.
    Paths(Vec<(regprov_addr::AttributePath, Span)>),
}

impl Default for IgnoreChanges {
    fn default() -> Self {
        Self::Paths(Vec::new())
    }
}

/// A `provisioner` block.
#[derive(Debug, Clone)]
pub struct Provisioner {
    /// The label: `local-exec`.
    pub kind: String,
    /// Whether it runs on destroy.
    pub on_destroy: bool,
    /// Whether its failure lets the apply go on.
    pub continue_on_failure: bool,
    /// The arguments.
    pub body: Body,
    /// The block's header.
    pub span: Span,
}

/// A `module` block.
#[derive(Debug, Clone)]
pub struct ModuleCall {
    /// The label.
    pub name: Arc<str>,
    /// Where the module comes from.
    pub source: Spanned,
    /// `version`
    pub version: Option<Spanned>,
    /// `source` and `version` where they are not literal; loading evaluates them.
    pub(crate) open: OpenSource,
    /// The inputs, without the meta-arguments.
    pub inputs: Body,
    /// `count`
    pub count: Option<Expr>,
    /// `for_each`
    pub for_each: Option<Expr>,
    /// `depends_on`
    pub depends_on: Vec<Reference>,
    /// `providers`: (name in the child, configuration here).
    pub providers: Vec<(ProviderRef, ProviderRef)>,
    /// The block's header.
    pub span: Span,
}

/// What says where a module comes from, before it is evaluated.
#[derive(Debug, Clone, Default)]
pub(crate) struct OpenSource {
    pub(crate) source: Option<Expr>,
    pub(crate) version: Option<Expr>,
}

/// An `output` block.
#[derive(Debug, Clone)]
pub struct Output {
    /// `value`
    pub value: Expr,
    /// `sensitive`
    pub sensitive: bool,
    /// `ephemeral`
    pub ephemeral: bool,
    /// `description`
    pub description: Option<String>,
    /// `depends_on`
    pub depends_on: Vec<Reference>,
    /// `precondition` blocks.
    pub preconditions: Vec<Condition>,
    /// The block's header.
    pub span: Span,
}

/// A `provider` block.
#[derive(Debug, Clone)]
pub struct ProviderConfig {
    /// The label.
    pub name: Arc<str>,
    /// `alias`
    pub alias: Option<Arc<str>>,
    /// The arguments, without `alias` and `version`.
    pub body: Body,
    /// The block's header.
    pub span: Span,
}

/// An entry of `required_providers`.
#[derive(Debug, Clone, Default)]
pub struct RequiredProvider {
    /// `source`
    pub source: Option<Spanned>,
    /// `version`
    pub version: Option<Spanned>,
    /// `configuration_aliases`
    pub configuration_aliases: Vec<ProviderRef>,
    /// The place of the entry.
    pub span: Option<Span>,
}

/// The address in a `moved`, `import` or `removed` block, as it is written (relative to its module).
pub type WrittenAddress = Spanned;

/// A `moved` block.
#[derive(Debug, Clone)]
pub struct Moved {
    /// `from`
    pub from: WrittenAddress,
    /// `to`
    pub to: WrittenAddress,
    /// The block's header.
    pub span: Span,
}

/// An `import` block.
#[derive(Debug, Clone)]
pub struct Import {
    /// `to`, without an index that has to be evaluated.
    pub to: WrittenAddress,
    /// The keys in `to` that have to be evaluated; `to` is without them.
    pub open_keys: Vec<OpenKey>,
    /// `id`
    pub id: Option<Expr>,
    /// `identity`
    pub identity: Option<Expr>,
    /// `for_each`
    pub for_each: Option<Expr>,
    /// `provider`
    pub provider: Option<ProviderRef>,
    /// The block's header.
    pub span: Span,
}

/// A key in an address that has to be evaluated.
#[derive(Debug, Clone)]
pub struct OpenKey {
    /// The module step that it belongs to, counted from 0; one more than there are: the resource.
    pub step: usize,
    /// The key.
    pub expr: Expr,
}

/// A `removed` block.
#[derive(Debug, Clone)]
pub struct Removed {
    /// `from`
    pub from: WrittenAddress,
    /// `lifecycle { destroy = … }`; true where it is not written.
    pub destroy: bool,
    /// `provisioner` blocks, which run before the object is deleted.
    pub provisioners: Vec<Provisioner>,
    /// The block's header.
    pub span: Span,
}

/// A `check` block.
#[derive(Debug, Clone)]
pub struct Check {
    /// The scoped data source; it is also among the module's resources.
    pub data: Option<ResourceName>,
    /// `assert` blocks.
    pub asserts: Vec<Condition>,
    /// The block's header.
    pub span: Span,
}

/// The `backend` block.
#[derive(Debug, Clone)]
pub struct Backend {
    /// The label: `azurerm`.
    pub kind: String,
    /// The settings.
    pub body: Body,
    /// The block's header.
    pub span: Span,
}

/// A block that is kept and not interpreted.
#[derive(Debug, Clone)]
pub struct Extra {
    /// The type of the block.
    pub kind: String,
    /// Its labels.
    pub labels: Vec<String>,
    /// What is in it.
    pub body: Body,
    /// The block's header.
    pub span: Span,
}
