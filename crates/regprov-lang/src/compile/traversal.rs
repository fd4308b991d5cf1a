//! Names and the steps after them.

use super::{Compiler, literal_key};
use crate::expr::{Indexed, Kind, Node, Step, StepKind};
use crate::limits::SPLATS;
use crate::raw::{problem, with_suggestion};
use crate::{IndexRef, Reference, ResourceName, Subject, codes};
use hcl_edit::Decorated;
use hcl_edit::expr::{Expression, Traversal, TraversalOperator};
use regprov_addr::{AttributePath, AttributeStep, ResourceMode};
use regprov_diag::Span;
use regprov_value::{Data, Value};
use std::sync::Arc;

type Operators<'a> = &'a [Decorated<TraversalOperator>];

impl Compiler<'_> {
    /// A name that nothing follows.
    pub(super) fn name(&mut self, name: &str, span: Span) -> Node {
        self.root(name, span, &[], span)
    }

    pub(super) fn traversal(&mut self, traversal: &Traversal, span: Span) -> Node {
        let operators = traversal.operators.as_slice();
        match &traversal.expr {
            Expression::Variable(name) => {
                let name_span = self.span_of(name);
                let name_span = if name_span.is_empty() { span } else { name_span };
                self.root(name.value().as_str(), name_span, operators, span)
            }
            other => {
                let source = self.node(other);
                self.access(source, operators, span)
            }
        }
    }

    fn access(&mut self, source: Node, operators: Operators<'_>, span: Span) -> Node {
        if operators.is_empty() {
            return source;
        }
        let steps = self.steps(operators);
        Node {
            kind: Kind::Access {
                source: Box::new(source),
                steps,
            },
            span,
        }
    }

    fn steps(&mut self, operators: Operators<'_>) -> Vec<Step> {
        let is_splat = |operator: &&Decorated<TraversalOperator>| {
            matches!(
                operator.value(),
                TraversalOperator::FullSplat(_) | TraversalOperator::AttrSplat(_)
            )
        };
        if let Some(excess) = operators.iter().filter(is_splat).nth(SPLATS) {
            let detail = format!("At most {SPLATS} of `[*]` and `.*` may follow each other.");
            let at = self.span_of(excess);
            self.found.push(problem(&codes::NESTING, at, detail));
            return Vec::new();
        }
        let mut steps = Vec::with_capacity(operators.len());
        let mut rest = operators;
        while let Some((operator, after)) = rest.split_first() {
            let span = self.span_of_operator(operator);
            rest = after;
            let kind = match operator.value() {
                TraversalOperator::GetAttr(name) => StepKind::Attribute(name.value().as_str().into()),
                TraversalOperator::Index(index) => StepKind::Index(self.node(index)),
                TraversalOperator::LegacyIndex(index) => {
                    let number =
                        regprov_value::Number::from(i64::try_from(*index.value()).unwrap_or(i64::MAX));
                    StepKind::Index(Node {
                        kind: Kind::Literal(Data::Number(number).into()),
                        span,
                    })
                }
                TraversalOperator::FullSplat(_) => {
                    let each = self.steps(rest);
                    rest = &[];
                    StepKind::Splat(each)
                }
                TraversalOperator::AttrSplat(_) => {
                    let count = rest
                        .iter()
                        .take_while(|next| {
                            let next = next.value();
                            matches!(
                                next,
                                TraversalOperator::GetAttr(_) | TraversalOperator::LegacyIndex(_)
                            )
                        })
                        .count();
                    let (each, after) = rest.split_at(count);
                    rest = after;
                    StepKind::Splat(self.steps(each))
                }
            };
            steps.push(Step { kind, span });
        }
        steps
    }

    fn root(&mut self, name: &str, name_span: Span, operators: Operators<'_>, span: Span) -> Node {
        if let Some(slot) = self.names.iter().rposition(|bound| &**bound == name) {
            return self.access(
                Node {
                    kind: Kind::Local {
                        slot,
                        name: self.names[slot].clone(),
                    },
                    span: name_span,
                },
                operators,
                span,
            );
        }
        if let Some(template) = self.template {
            let detail = format!(
                "The variables of the template {template} do not contain `{name}`, which it refers to."
            );
            let names: Vec<&str> = self.names.iter().map(AsRef::as_ref).collect();
            let diagnostic = problem(&codes::UNDECLARED, span, detail);
            self.found.push(with_suggestion(diagnostic, name, &names));
            return Self::broken(span);
        }
        match name {
            "var" => self.named(operators, span, "var", Subject::Variable),
            "local" => self.named(operators, span, "local", Subject::Local),
            "self" => self.plain(Subject::SelfObject, operators, span),
            "each" => self.member(
                name,
                &[("key", Subject::EachKey), ("value", Subject::EachValue)],
                operators,
                span,
            ),
            "count" => self.member(name, &[("index", Subject::CountIndex)], operators, span),
            "path" => {
                let members = [
                    ("module", Subject::PathModule),
                    ("root", Subject::PathRoot),
                    ("cwd", Subject::PathCwd),
                ];
                self.member(name, &members, operators, span)
            }
            "terraform" | "tofu" => {
                let members = [("workspace", Subject::Workspace), ("applying", Subject::Applying)];
                self.member(name, &members, operators, span)
            }
            "module" => self.module(operators, span),
            "data" => self.resource(ResourceMode::Data, None, operators, span),
            "resource" => self.resource(ResourceMode::Managed, None, operators, span),
            "ephemeral" => self.resource(ResourceMode::Ephemeral, None, operators, span),
            resource_type => self.resource(ResourceMode::Managed, Some(resource_type), operators, span),
        }
    }

    fn refuse(&mut self, span: Span, detail: impl Into<String>) -> Node {
        self.found.push(problem(&codes::REFERENCE, span, detail));
        Self::broken(span)
    }

    fn plain(&mut self, subject: Subject, rest: Operators<'_>, span: Span) -> Node {
        let own = rest.first().map_or(span, |first| self.before(span, first));
        let attribute = self.leading_attribute(rest);
        self.references.push(Reference {
            subject: subject.clone(),
            path: literal_steps(rest),
            span: own,
            attribute,
        });
        self.access(
            Node {
                kind: Kind::Subject(subject),
                span: own,
            },
            rest,
            span,
        )
    }

    fn span_of_operator(&self, operator: &Decorated<TraversalOperator>) -> Span {
        let span = self.span_of(operator.value());
        if span.is_empty() {
            self.span_of(operator)
        } else {
            span
        }
    }

    fn leading_attribute(&self, operators: Operators<'_>) -> Option<Span> {
        let first = operators.first().filter(|first| attribute(first).is_some())?;
        Some(self.span_of_operator(first))
    }

    /// The part of a traversal before one of its operators.
    fn before(&self, span: Span, operator: &Decorated<TraversalOperator>) -> Span {
        let at = self.span_of(operator);
        if span.contains(at) && at.start > span.start {
            Span {
                end: at.start,
                ..span
            }
        } else {
            span
        }
    }

    fn named(
        &mut self,
        operators: Operators<'_>,
        span: Span,
        root: &str,
        make: fn(Arc<str>) -> Subject,
    ) -> Node {
        match operators.split_first() {
            Some((first, rest)) if attribute(first).is_some() => {
                let name = attribute(first).unwrap_or_default();
                self.plain(make(name.into()), rest, span)
            }
            Some(_) | None => {
                let detail = format!(
                    "`{root}` cannot be used as a whole; it is followed by a dot and the name of one of its attributes."
                );
                self.refuse(span, detail)
            }
        }
    }

    fn member(
        &mut self,
        root: &str,
        members: &[(&str, Subject)],
        operators: Operators<'_>,
        span: Span,
    ) -> Node {
        let name = operators.first().and_then(attribute);
        let found = name.and_then(|name| members.iter().find(|(member, _)| *member == name));
        match (found, operators.split_first()) {
            (Some((_, subject)), Some((_, rest))) => self.plain(subject.clone(), rest, span),
            (_, _) => {
                let known: Vec<String> = members
                    .iter()
                    .map(|(member, _)| format!("`{root}.{member}`"))
                    .collect();
                let wrong = name.map_or_else(
                    || format!("`{root}` cannot be used as a whole"),
                    |name| format!("There is no `{root}.{name}`"),
                );
                let detail = format!("{wrong}; there is {}.", known.join(" and "));
                let near = name
                    .and_then(|name| regprov_diag::suggest(name, members.iter().map(|(member, _)| *member)));
                let diagnostic = problem(&codes::REFERENCE, span, detail);
                self.found.push(match near {
                    Some(near) => diagnostic.help(format!("Did you mean `{root}.{near}`?")),
                    None => diagnostic,
                });
                Self::broken(span)
            }
        }
    }

    fn resource(
        &mut self,
        mode: ResourceMode,
        first: Option<&str>,
        operators: Operators<'_>,
        span: Span,
    ) -> Node {
        let mut rest = operators;
        let mut next = || {
            let (operator, after) = rest.split_first()?;
            let name = attribute(operator)?;
            rest = after;
            Some(Arc::<str>::from(name))
        };
        let resource_type = first.map(Arc::from).or_else(&mut next);
        let name = next();
        let (Some(resource_type), Some(name)) = (resource_type, name) else {
            let detail = match (mode, first) {
                (ResourceMode::Managed, Some(word)) => format!(
                    "`{word}` is not a known name here. A variable is written `var.{word}`, a local value `local.{word}`, \
                     a resource as its type, a dot and its name; text stands in double quotes."
                ),
                (_, _) => {
                    "A reference to a data source is `data`, its type and its name, with dots between them."
                        .to_owned()
                }
            };
            return self.refuse(span, detail);
        };
        let resource = ResourceName {
            mode,
            resource_type,
            name,
        };
        self.indexed(
            rest,
            span,
            &|index| Subject::Resource {
                resource: resource.clone(),
                index,
            },
            Indexed::Resource(resource.clone()),
        )
    }

    fn module(&mut self, operators: Operators<'_>, span: Span) -> Node {
        let Some((name, rest)) = operators
            .split_first()
            .and_then(|(first, rest)| Some((attribute(first)?, rest)))
        else {
            return self.refuse(
                span,
                "A reference to a module is `module`, a dot and the name of its call.",
            );
        };
        let name: Arc<str> = name.into();
        let at = usize::from(rest.first().is_some_and(|operator| index_of(operator).is_some()));
        let output: Option<Arc<str>> = rest.get(at).and_then(attribute).map(Arc::from);
        let make = |index| Subject::Module {
            name: name.clone(),
            index,
            output: output.clone(),
        };
        if at == 1 {
            // The output is taken by the scope, so its step is left out of the steps that follow.
            let skip = usize::from(output.is_some());
            let indexed = Indexed::Module {
                name: name.clone(),
                output: output.clone(),
            };
            return self.choose(rest, skip, span, &make, indexed);
        }
        match &output {
            Some(_) => self.plain(make(None), rest.get(1..).unwrap_or_default(), span),
            None => self.plain(make(None), rest, span),
        }
    }

    fn indexed(
        &mut self,
        rest: Operators<'_>,
        span: Span,
        make: &dyn Fn(Option<IndexRef>) -> Subject,
        of: Indexed,
    ) -> Node {
        match rest.first() {
            Some(first) if index_of(first).is_some() => self.choose(rest, 0, span, make, of),
            Some(_) | None => self.plain(make(None), rest, span),
        }
    }

    /// A reference whose first operator is an index; `skip` more operators belong to the reference.
    fn choose(
        &mut self,
        operators: Operators<'_>,
        skip: usize,
        span: Span,
        make: &dyn Fn(Option<IndexRef>) -> Subject,
        of: Indexed,
    ) -> Node {
        let Some((first, rest)) = operators.split_first() else {
            return self.plain(make(None), operators, span);
        };
        let rest = rest.get(skip..).unwrap_or_default();
        let own = rest.first().map_or(span, |next| self.before(span, next));
        let index_step = self.span_of(first);
        let (index_ref, index) = match index_of(first) {
            Some(Index::Number(number)) => {
                let key = IndexRef::Key(number.into());
                let value = Value::from(i64::try_from(number).unwrap_or(i64::MAX));
                (
                    key,
                    Node {
                        kind: Kind::Literal(value),
                        span: index_step,
                    },
                )
            }
            Some(Index::Expression(expr)) => {
                let at = self.references.len();
                let node = self.node(expr);
                let index_ref = match (literal_key(expr), &node.kind) {
                    (Some(key), _) => IndexRef::Key(key),
                    (None, Kind::Subject(Subject::CountIndex)) => IndexRef::CountIndex,
                    (None, Kind::Subject(Subject::EachKey)) => IndexRef::EachKey,
                    (None, _) => IndexRef::Expression,
                };
                let path = match index_ref {
                    IndexRef::Key(_) => literal_steps(rest),
                    IndexRef::CountIndex | IndexRef::EachKey | IndexRef::Expression => AttributePath::root(),
                };
                let subject = make(Some(index_ref));
                let reference = Reference {
                    subject,
                    path,
                    span: own,
                    attribute: self.leading_attribute(rest),
                };
                self.references.insert(at, reference);
                let node = Node {
                    kind: Kind::Instance {
                        of,
                        index: Box::new(node),
                        index_step,
                    },
                    span: own,
                };
                return self.access(node, rest, span);
            }
            None => return self.plain(make(None), operators, span),
        };
        let attribute = self.leading_attribute(rest);
        self.references.push(Reference {
            subject: make(Some(index_ref)),
            path: literal_steps(rest),
            span: own,
            attribute,
        });
        self.access(
            Node {
                kind: Kind::Instance {
                    of,
                    index: Box::new(index),
                    index_step,
                },
                span: own,
            },
            rest,
            span,
        )
    }
}

enum Index<'a> {
    Number(u64),
    Expression(&'a Expression),
}

/// The steps up to the first that has to be evaluated, or that goes over all elements.
fn literal_steps(operators: Operators<'_>) -> AttributePath {
    let step = |operator: &Decorated<TraversalOperator>| match operator.value() {
        TraversalOperator::GetAttr(name) => Some(AttributeStep::Name(name.value().as_str().to_owned())),
        TraversalOperator::LegacyIndex(index) => Some(AttributeStep::Index((*index.value()).into())),
        TraversalOperator::Index(expr) => literal_key(expr).map(AttributeStep::Index),
        TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => None,
    };
    AttributePath(operators.iter().map_while(step).collect())
}

fn attribute(operator: &Decorated<TraversalOperator>) -> Option<&str> {
    match operator.value() {
        TraversalOperator::GetAttr(name) => Some(name.value().as_str()),
        TraversalOperator::Index(_)
        | TraversalOperator::LegacyIndex(_)
        | TraversalOperator::AttrSplat(_)
        | TraversalOperator::FullSplat(_) => None,
    }
}

fn index_of(operator: &Decorated<TraversalOperator>) -> Option<Index<'_>> {
    match operator.value() {
        TraversalOperator::Index(expr) => Some(Index::Expression(expr)),
        TraversalOperator::LegacyIndex(index) => Some(Index::Number(*index.value())),
        TraversalOperator::GetAttr(_) | TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => {
            None
        }
    }
}
