//! The values that an error is about: those of the references in the failing part of an expression.

use super::Evaluator;
use crate::expr::{Kind, Node, Step, StepKind};
use regprov_diag::Diagnostic;
use regprov_value::{Value, describe};

/// The most values that one error shows.
const MOST: usize = 6;

impl Evaluator<'_> {
    /// Adds the values of what the innermost node around the error refers to. Called for each node on the way out.
    pub(super) fn explain(&mut self, node: &Node, error: Diagnostic) -> Diagnostic {
        let within = error.subject.is_some_and(|at| node.span.contains(at));
        if !within || self.explained == error.subject {
            return error;
        }
        let values = match error.values.is_empty() {
            true => self.involved(node),
            false => Vec::new(),
        };
        self.explained = error.subject;
        error.values(values)
    }

    /// The references in a node, as written, and what their values are.
    pub(crate) fn involved(&mut self, node: &Node) -> Vec<(String, String)> {
        let mut found = Vec::new();
        self.gather(node, &mut found);
        found
    }

    fn gather(&mut self, node: &Node, found: &mut Vec<(String, String)>) {
        if found.len() >= MOST {
            return;
        }
        if let Some((name, value)) = self.referred(node) {
            if !found.iter().any(|(known, _)| *known == name) {
                found.push((name, describe(&value)));
            }
            if let Kind::Access { steps, .. } = &node.kind {
                self.gather_keys(steps, found);
            }
            return;
        }
        match &node.kind {
            Kind::Literal(_) | Kind::Broken(_) | Kind::Local { .. } | Kind::Subject(_) => {}
            Kind::Instance { index, .. } => self.gather(index, found),
            Kind::Access { source, steps } => {
                self.gather(source, found);
                self.gather_keys(steps, found);
            }
            Kind::Template(nodes) | Kind::Tuple(nodes) => self.gather_all(nodes, found),
            Kind::Call { arguments, .. }
            | Kind::Special { arguments, .. }
            | Kind::Provider { arguments, .. } => {
                self.gather_all(arguments, found);
            }
            Kind::Object(entries) => {
                for (key, value) in entries {
                    self.gather(key, found);
                    self.gather(value, found);
                }
            }
            Kind::Conditional(parts) => self.gather_all(&**parts, found),
            Kind::Binary { sides, .. } => self.gather_all(&**sides, found),
            Kind::Unary { operand, .. } => self.gather(operand, found),
            // The names that the body binds have no value out here.
            Kind::For(body) => self.gather(&body.collection, found),
        }
    }

    fn gather_keys(&mut self, steps: &[Step], found: &mut Vec<(String, String)>) {
        for step in steps {
            match &step.kind {
                StepKind::Index(key) => self.gather(key, found),
                StepKind::Attribute(_) | StepKind::Splat(_) => {}
            }
        }
    }

    fn gather_all(&mut self, nodes: &[Node], found: &mut Vec<(String, String)>) {
        for node in nodes {
            self.gather(node, found);
        }
    }

    /// A reference with its steps, as far as they lead, and its value.
    fn referred(&mut self, node: &Node) -> Option<(String, Value)> {
        match &node.kind {
            Kind::Local { name, .. } if name.is_empty() => None,
            Kind::Local { name, .. } => Some((name.to_string(), self.compute(node).ok()?)),
            Kind::Subject(subject) => Some((subject.to_string(), self.compute(node).ok()?)),
            Kind::Access { source, steps } => {
                let (mut name, mut value) = self.referred(source)?;
                for step in steps {
                    let Some((text, next)) = self.step(&value, step) else {
                        break;
                    };
                    name.push_str(&text);
                    value = next;
                }
                Some((name, value))
            }
            _ => None,
        }
    }

    fn step(&mut self, value: &Value, step: &Step) -> Option<(String, Value)> {
        match &step.kind {
            StepKind::Attribute(name) => {
                let next = super::attribute(value, name, step.span).ok()?;
                Some((format!(".{name}"), next))
            }
            StepKind::Index(Node {
                kind: Kind::Literal(key),
                ..
            }) => {
                let next = super::index(value, key, step.span).ok()?;
                Some((format!("[{}]", regprov_value::render(key)), next))
            }
            StepKind::Index(_) | StepKind::Splat(_) => None,
        }
    }
}
