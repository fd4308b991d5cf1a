//! Expressions, compiled.

use crate::eval::Evaluator;
use crate::function::Function;
use crate::{Reference, ResourceName, Scope, Subject};
use hcl_edit::expr::{BinaryOperator, UnaryOperator};
use regprov_diag::{Diagnostics, Span};
use regprov_value::Value;
use std::fmt;
use std::sync::Arc;

/// An expression, compiled once: names are resolved, literals are values. Cheap to clone.
#[derive(Clone)]
pub struct Expr(Arc<Compiled>);

struct Compiled {
    node: Node,
    references: Vec<Reference>,
    provider_calls: Vec<ProviderCall>,
}

/// A call of a function that a provider offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderCall {
    /// The local name of the provider.
    pub provider: Arc<str>,
    /// The function.
    pub function: Arc<str>,
    /// The place.
    pub span: Span,
}

impl Expr {
    pub(crate) fn new(node: Node, references: Vec<Reference>) -> Self {
        Self(Arc::new(Compiled {
            node,
            references,
            provider_calls: Vec::new(),
        }))
    }

    /// The same with the calls of providers' functions in it.
    pub(crate) fn with_provider_calls(self, provider_calls: Vec<ProviderCall>) -> Self {
        if provider_calls.is_empty() {
            return self;
        }
        let Ok(compiled) = Arc::try_unwrap(self.0) else {
            unreachable!("an expression that was just made is held once")
        };
        Self(Arc::new(Compiled {
            provider_calls,
            ..compiled
        }))
    }

    /// The calls of functions that providers offer.
    pub fn provider_calls(&self) -> &[ProviderCall] {
        &self.0.provider_calls
    }

    /// An expression that is a value, as if it had been written at this place.
    pub fn literal(value: Value, span: Span) -> Self {
        Self::new(
            Node {
                kind: Kind::Literal(value),
                span,
            },
            Vec::new(),
        )
    }

    /// The place of the expression.
    pub fn span(&self) -> Span {
        self.0.node.span
    }

    /// Everything that the expression refers to, in the order written; names bound by `for` or `dynamic` excluded.
    pub fn references(&self) -> &[Reference] {
        &self.0.references
    }

    /// Evaluates the expression.
    ///
    /// # Errors
    /// When it cannot be evaluated.
    pub fn evaluate(&self, scope: &dyn Scope) -> Result<Value, Diagnostics> {
        self.evaluate_with(scope, &mut Vec::new())
    }

    /// What the expression refers to, as written, and what the values are: for errors about its value.
    pub fn involved(&self, scope: &dyn Scope) -> Vec<(String, String)> {
        self.involved_with(scope, &mut Vec::new())
    }

    pub(crate) fn involved_with(&self, scope: &dyn Scope, locals: &mut Vec<Value>) -> Vec<(String, String)> {
        Evaluator::new(scope, locals).involved(&self.0.node)
    }

    pub(crate) fn evaluate_with(
        &self,
        scope: &dyn Scope,
        locals: &mut Vec<Value>,
    ) -> Result<Value, Diagnostics> {
        Evaluator::new(scope, locals).all(&self.0.node)
    }

    /// The value, where the expression is a literal.
    pub fn as_literal(&self) -> Option<&Value> {
        match &self.0.node.kind {
            Kind::Literal(value) => Some(value),
            _ => None,
        }
    }

    /// The subject, where the expression is one reference and nothing more.
    pub fn as_reference(&self) -> Option<&Reference> {
        match (&self.0.node.kind, self.0.references.as_slice()) {
            (Kind::Subject(_) | Kind::Instance { .. }, [reference, ..]) => Some(reference),
            _ => None,
        }
    }

    /// The value, where the expression has one without anything around it: no reference, no function.
    pub fn as_constant(&self) -> Option<Value> {
        if self.0.node.calls() || !self.0.references.is_empty() {
            return None;
        }
        self.evaluate(&crate::EmptyScope)
            .ok()
            .filter(Value::is_wholly_known)
    }

    pub(crate) fn node(&self) -> &Node {
        &self.0.node
    }
}

/// Shows what is referred to, never a value.
impl fmt::Debug for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Expr")
            .field("span", &self.span())
            .field("references", &self.references())
            .finish()
    }
}

/// One node of a compiled expression.
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) span: Span,
}

impl Node {
    /// Whether it calls a function itself.
    pub(crate) fn is_call(&self) -> bool {
        matches!(
            self.kind,
            Kind::Call { .. } | Kind::Special { .. } | Kind::Broken(_)
        )
    }

    /// Whether a function is called anywhere in it.
    fn calls(&self) -> bool {
        self.is_call() || self.children().into_iter().any(Self::calls)
    }

    /// The nodes that it is computed from.
    pub(crate) fn children(&self) -> Vec<&Node> {
        match &self.kind {
            Kind::Literal(_) | Kind::Broken(_) | Kind::Local { .. } | Kind::Subject(_) => Vec::new(),
            Kind::Template(nodes) | Kind::Tuple(nodes) => nodes.iter().collect(),
            Kind::Instance { index, .. } => vec![index],
            Kind::Access { source, steps } => {
                let mut nodes = vec![&**source];
                Step::collect(steps, &mut nodes);
                nodes
            }
            Kind::Object(entries) => entries.iter().flat_map(|(key, value)| [key, value]).collect(),
            Kind::Conditional(parts) => parts.iter().collect(),
            Kind::Binary { sides, .. } => sides.iter().collect(),
            Kind::Unary { operand, .. } => vec![operand],
            Kind::For(parts) => {
                let optional = parts.key.iter().chain(&parts.condition);
                [&parts.collection, &parts.value]
                    .into_iter()
                    .chain(optional)
                    .collect()
            }
            Kind::Call { arguments, .. }
            | Kind::Special { arguments, .. }
            | Kind::Provider { arguments, .. } => arguments.iter().collect(),
        }
    }
}

/// What a node computes.
pub(crate) enum Kind {
    /// A value known since compilation.
    Literal(Value),
    /// What is wrong, where it matters only once it is evaluated.
    Broken(Box<regprov_diag::Diagnostic>),
    /// Text with interpolations; always a string.
    Template(Vec<Node>),
    /// A name bound by `for`, `dynamic` or a template call, by its slot.
    Local { slot: usize, name: Arc<str> },
    /// Something that the scope is asked for.
    Subject(Subject),
    /// One instance of a block, chosen by an index that has to be evaluated.
    Instance {
        of: Indexed,
        index: Box<Node>,
        index_step: Span,
    },
    /// Steps into a value.
    Access { source: Box<Node>, steps: Vec<Step> },
    /// `[…]`
    Tuple(Vec<Node>),
    /// `{…}`
    Object(Vec<(Node, Node)>),
    /// `a ? b : c`
    Conditional(Box<[Node; 3]>),
    /// `a + b`
    Binary {
        operator: BinaryOperator,
        sides: Box<[Node; 2]>,
    },
    /// `-a`
    Unary {
        operator: UnaryOperator,
        operand: Box<Node>,
    },
    /// `[for …]`, `{for …}`, `%{ for }`
    For(Box<For>),
    /// A function of the table.
    Call {
        function: &'static Function,
        arguments: Vec<Node>,
        expand: bool,
    },
    /// A function that a provider offers.
    Provider {
        call: ProviderCall,
        arguments: Vec<Node>,
        expand: bool,
    },
    /// A function with its own rules.
    Special {
        function: Special,
        arguments: Vec<Node>,
        expand: bool,
    },
}

/// A block whose instances have keys.
pub(crate) enum Indexed {
    Resource(ResourceName),
    Module {
        name: Arc<str>,
        output: Option<Arc<str>>,
    },
}

/// Functions with their own rules of evaluation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Special {
    Try,
    Can,
    TemplateFile,
    TemplateString,
}

impl Special {
    pub(crate) fn find(name: &str) -> Option<Self> {
        match name {
            "try" => Some(Self::Try),
            "can" => Some(Self::Can),
            "templatefile" => Some(Self::TemplateFile),
            "templatestring" => Some(Self::TemplateString),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Try => "try",
            Self::Can => "can",
            Self::TemplateFile => "templatefile",
            Self::TemplateString => "templatestring",
        }
    }
}

/// One step into a value.
pub(crate) struct Step {
    pub(crate) kind: StepKind,
    pub(crate) span: Span,
}

impl Step {
    fn collect<'a>(steps: &'a [Step], nodes: &mut Vec<&'a Node>) {
        for step in steps {
            match &step.kind {
                StepKind::Attribute(_) => {}
                StepKind::Index(node) => nodes.push(node),
                StepKind::Splat(inner) => Self::collect(inner, nodes),
            }
        }
    }
}

pub(crate) enum StepKind {
    /// `.name`
    Attribute(Arc<str>),
    /// `[key]`
    Index(Node),
    /// `[*]` or `.*`, with the steps that apply to each element
    Splat(Vec<Step>),
}

/// A `for` expression or directive. Its variables live in the next two slots: key, value.
pub(crate) struct For {
    pub(crate) collection: Node,
    pub(crate) key: Option<Node>,
    pub(crate) value: Node,
    pub(crate) condition: Option<Node>,
    pub(crate) grouping: bool,
    pub(crate) form: ForForm,
}

/// What a `for` makes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ForForm {
    Tuple,
    Object,
    Text,
}
