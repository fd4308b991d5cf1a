//! What an expression refers to.

use regprov_addr::{AttributePath, InstanceKey, ResourceMode};
use regprov_diag::Span;
use std::fmt;
use std::sync::Arc;

/// One reference in an expression, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// What is referred to.
    pub subject: Subject,
    /// The literal steps that follow the subject.
    pub path: AttributePath,
    /// The place of the subject.
    pub span: Span,
    /// The place of the attribute that follows the subject, where one does.
    pub attribute: Option<Span>,
}

/// What a reference names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// `var.NAME`
    Variable(Arc<str>),
    /// `local.NAME`
    Local(Arc<str>),
    /// `TYPE.NAME` or `data.TYPE.NAME`, with the index that follows it at once.
    Resource {
        /// The block.
        resource: ResourceName,
        /// The index that selects one instance; `None` refers to the whole block.
        index: Option<IndexRef>,
    },
    /// `module.NAME`, with the index that follows it at once and the output that is taken.
    Module {
        /// The name of the call.
        name: Arc<str>,
        /// The index that selects one instance; `None` refers to the whole call.
        index: Option<IndexRef>,
        /// The output; `None` refers to all outputs.
        output: Option<Arc<str>>,
    },
    /// `each.key`
    EachKey,
    /// `each.value`
    EachValue,
    /// `count.index`
    CountIndex,
    /// `self`
    SelfObject,
    /// `path.module`
    PathModule,
    /// `path.root`
    PathRoot,
    /// `path.cwd`
    PathCwd,
    /// `terraform.workspace`
    Workspace,
    /// `terraform.applying`
    Applying,
}

/// A `resource` or `data` block by its labels, within one module.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceName {
    /// Managed or data.
    pub mode: ResourceMode,
    /// The first label.
    pub resource_type: Arc<str>,
    /// The second label.
    pub name: Arc<str>,
}

/// An index as far as it is known without evaluating.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IndexRef {
    /// A literal.
    Key(InstanceKey),
    /// `count.index`
    CountIndex,
    /// `each.key`
    EachKey,
    /// Anything else: only evaluation tells which instance.
    Expression,
}

impl fmt::Display for ResourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mode {
            ResourceMode::Managed => write!(f, "{}.{}", self.resource_type, self.name),
            ResourceMode::Data => write!(f, "data.{}.{}", self.resource_type, self.name),
            ResourceMode::Ephemeral => write!(f, "ephemeral.{}.{}", self.resource_type, self.name),
        }
    }
}

impl fmt::Display for IndexRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => key.fmt(f),
            Self::CountIndex => f.write_str("[count.index]"),
            Self::EachKey => f.write_str("[each.key]"),
            Self::Expression => f.write_str("[…]"),
        }
    }
}

/// The reference as it is written, an index expression shortened.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let index = |f: &mut fmt::Formatter<'_>, index: &Option<IndexRef>| {
            index.iter().try_for_each(|index| index.fmt(f))
        };
        match self {
            Self::Variable(name) => write!(f, "var.{name}"),
            Self::Local(name) => write!(f, "local.{name}"),
            Self::Resource { resource, index: at } => {
                resource.fmt(f)?;
                index(f, at)
            }
            Self::Module {
                name,
                index: at,
                output,
            } => {
                write!(f, "module.{name}")?;
                index(f, at)?;
                output.iter().try_for_each(|output| write!(f, ".{output}"))
            }
            Self::EachKey => f.write_str("each.key"),
            Self::EachValue => f.write_str("each.value"),
            Self::CountIndex => f.write_str("count.index"),
            Self::SelfObject => f.write_str("self"),
            Self::PathModule => f.write_str("path.module"),
            Self::PathRoot => f.write_str("path.root"),
            Self::PathCwd => f.write_str("path.cwd"),
            Self::Workspace => f.write_str("terraform.workspace"),
            Self::Applying => f.write_str("terraform.applying"),
        }
    }
}
