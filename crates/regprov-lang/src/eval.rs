//! Evaluation of compiled expressions.

mod access;
mod call;
mod involved;
mod loops;
mod operator;
mod partial;

pub(crate) use loops::pairs;
pub(crate) use operator::equal;

use access::{attribute, index};

use crate::expr::{Indexed, Kind, Node};
use crate::limits::{Budget, check};
use crate::raw::problem;
use crate::{Scope, Subject, codes};
use regprov_addr::InstanceKey;
use regprov_diag::{Diagnostic, Diagnostics, Span};
use regprov_value::{ConversionError, Data, Marks, Refinements, Type, Value, convert};
use std::collections::BTreeMap;
use std::sync::Arc;

type Outcome = Result<Value, Diagnostic>;

/// Evaluates nodes within one scope; `locals` holds the values of bound names by slot.
pub(crate) struct Evaluator<'a> {
    pub(crate) scope: &'a dyn Scope,
    pub(crate) locals: &'a mut Vec<Value>,
    /// The place of the error that already carries the values that it is about.
    explained: Option<Span>,
    /// Errors beside the one on its way out: those of other elements of one list, object or call.
    also: Vec<Diagnostic>,
    /// What the expression may still make.
    budget: Budget,
}

/// The diagnostic of a reference to something that is not there; the evaluator adds the place.
pub(crate) fn undeclared(what: &str, written: &str) -> Diagnostic {
    Diagnostic::error(&codes::UNDECLARED, codes::UNDECLARED.title)
        .detail(format!("There is no {what} `{written}` in this module."))
}

/// The first of the errors, where only one can be told.
pub(crate) fn first_of(found: Diagnostics) -> Diagnostic {
    let first = found.into_iter().next();
    first.unwrap_or_else(|| Diagnostic::error(&codes::CALL, codes::CALL.title))
}

/// A fragment as a sentence.
pub(crate) fn sentence(fragment: &str) -> String {
    let mut letters = fragment.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    let stop = if fragment.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    format!("{first}{}{stop}", letters.as_str())
}

/// The message of a failed conversion with its place inside the value.
pub(crate) fn conversion_message(error: &ConversionError) -> String {
    if error.path.is_root() {
        error.message.clone()
    } else {
        format!("{}: {}", error.path, error.message)
    }
}

/// Why a conversion failed, where that says more than the type that was needed.
pub(crate) fn reason(error: &ConversionError) -> String {
    if error.message.ends_with("is required") || error.message.ends_with(" required") {
        String::new()
    } else {
        format!(": {}", error.message)
    }
}

impl<'a> Evaluator<'a> {
    pub(crate) fn new(scope: &'a dyn Scope, locals: &'a mut Vec<Value>) -> Self {
        Self {
            scope,
            locals,
            explained: None,
            also: Vec::new(),
            budget: Budget::default(),
        }
    }

    /// The value of an expression, or all its independent errors.
    pub(crate) fn all(&mut self, node: &Node) -> Result<Value, Diagnostics> {
        let base = self.locals.len();
        self.budget = Budget::default();
        let outcome = self
            .value(node)
            .and_then(|value| check(&value, node.span).map(|()| value));
        self.locals.truncate(base);
        self.explained = None;
        let also = std::mem::take(&mut self.also);
        outcome.map_err(|first| std::iter::once(first).chain(also).collect())
    }

    /// The value of a node.
    pub(crate) fn value(&mut self, node: &Node) -> Outcome {
        self.compute(node).map_err(|error| self.explain(node, error))
    }

    /// The values of nodes that do not depend on each other.
    fn values(&mut self, nodes: &[Node]) -> Result<Vec<Value>, Diagnostic> {
        let mut values = Vec::with_capacity(nodes.len());
        let mut failed = None;
        for node in nodes {
            match self.value(node) {
                Ok(value) => values.push(value),
                Err(error) => self.fail(&mut failed, error),
            }
        }
        failed.map_or(Ok(values), Err)
    }

    /// Keeps the first error apart, since it is what the expression fails with.
    fn fail(&mut self, failed: &mut Option<Diagnostic>, error: Diagnostic) {
        match failed {
            None => *failed = Some(error),
            Some(_) => self.also.push(error),
        }
    }

    fn compute(&mut self, node: &Node) -> Outcome {
        match &node.kind {
            Kind::Literal(value) => Ok(value.clone()),
            Kind::Broken(diagnostic) => Err((**diagnostic).clone()),
            Kind::Template(parts) => self.template(parts, node.span),
            Kind::Local { slot, .. } => Ok(self
                .locals
                .get(*slot)
                .cloned()
                .expect("a bound name has a value while it is in scope")),
            Kind::Subject(subject) => self.subject(subject, node.span),
            Kind::Instance {
                of,
                index,
                index_step,
            } => self.instance(of, index, *index_step, node.span),
            Kind::Access { source, steps } => {
                let value = self.value(source)?;
                self.steps(value, steps)
            }
            Kind::Tuple(items) => self.values(items).map(Value::tuple),
            Kind::Object(entries) => self.object(entries),
            Kind::Conditional(parts) => self.conditional(parts, node.span),
            Kind::Binary { operator, sides } => self.binary(*operator, sides, node.span),
            Kind::Unary { operator, operand } => self.unary(*operator, operand),
            Kind::For(body) => self.for_each(body),
            Kind::Call {
                function,
                arguments,
                expand,
            } => self.call(function, arguments, *expand, node.span),
            Kind::Provider {
                call,
                arguments,
                expand,
            } => self.provider_call(call, arguments, *expand),
            Kind::Special {
                function,
                arguments,
                expand,
            } => self.special(*function, arguments, *expand, node.span),
        }
    }

    fn subject(&self, subject: &Subject, span: Span) -> Outcome {
        let missing = |what: &str| undeclared(what, &subject.to_string()).at(span);
        let outside = |where_: &str| {
            let detail = format!("`{subject}` has a value only in {where_}.");
            problem(&codes::REFERENCE, span, detail)
        };
        match subject {
            Subject::Variable(name) => self.scope.variable(name).ok_or_else(|| missing("variable")),
            Subject::Local(name) => self.scope.local(name).ok_or_else(|| missing("local value")),
            Subject::Resource { resource, .. } => placed(self.scope.resource(resource, None), span),
            Subject::Module { name, output, .. } => {
                placed(self.scope.module(name, None, output.as_deref()), span)
            }
            Subject::EachKey => self
                .scope
                .each_key()
                .ok_or_else(|| outside("a block with `for_each`")),
            Subject::EachValue => self
                .scope
                .each_value()
                .ok_or_else(|| outside("a block with `for_each`")),
            Subject::CountIndex => self
                .scope
                .count_index()
                .ok_or_else(|| outside("a block with `count`")),
            Subject::SelfObject => self
                .scope
                .self_object()
                .ok_or_else(|| outside("postconditions, provisioners and connections")),
            Subject::PathModule => self.scope.path_module().ok_or_else(|| outside("a module")),
            Subject::PathRoot => self.scope.path_root().ok_or_else(|| outside("a module")),
            Subject::PathCwd => self.scope.path_cwd().ok_or_else(|| outside("a module")),
            Subject::Workspace => self.scope.workspace().ok_or_else(|| outside("a module")),
            Subject::Applying => self.scope.applying().ok_or_else(|| outside("a module")),
        }
    }

    /// One instance of a block. Only where the index itself is open, the whole block is asked for.
    fn instance(&mut self, of: &Indexed, node: &Node, step: Span, span: Span) -> Outcome {
        let key = self.value(node)?;
        if let Some(chosen) = instance_key(&key) {
            let value = match of {
                Indexed::Resource(resource) => self.scope.resource(resource, Some(&chosen)),
                Indexed::Module { name, output } => self.scope.module(name, Some(&chosen), output.as_deref()),
            };
            return placed(value, span).map(|value| value.marked(key.marks));
        }
        match of {
            Indexed::Resource(resource) => {
                let whole = placed(self.scope.resource(resource, None), span)?;
                index(&whole, &key, step)
            }
            Indexed::Module { name, output } => {
                let whole = placed(self.scope.module(name, None, None), span)?;
                let one = index(&whole, &key, step)?;
                output
                    .as_ref()
                    .map_or(Ok(one.clone()), |output| attribute(&one, output, span))
            }
        }
    }

    fn object(&mut self, entries: &[(Node, Node)]) -> Outcome {
        let mut object: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        let mut marks = Marks::NONE;
        let mut open = false;
        let mut failed = None;
        for (key, value) in entries {
            match self.entry(key, value) {
                Ok((name, item)) => {
                    marks |= name.marks;
                    match name.data {
                        Data::String(name) => {
                            object.insert(name, item);
                        }
                        _ => open = true,
                    }
                }
                Err(error) => self.fail(&mut failed, error),
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        if open {
            return Ok(Value::unknown(Type::Dynamic).marked(marks));
        }
        Ok(Value::from(Data::Object(Arc::new(object))).marked(marks))
    }

    fn entry(&mut self, key: &Node, value: &Node) -> Result<(Value, Value), Diagnostic> {
        let (name, item) = (self.value(key), self.value(value));
        if let (Err(_), Err(second)) = (&name, &item) {
            self.also.push(second.clone());
        }
        let (name, item) = (name?, item?);
        if name.is_null() {
            let detail = "The key of an object element is null; it must be a string.";
            return Err(self.explain(key, problem(&codes::NULL, key.span, detail)));
        }
        match convert(&name, &Type::String) {
            Ok(name) => Ok((name, item)),
            Err(_) => {
                let detail = format!(
                    "The key of an object element must be a string, and this is {}.",
                    article(&name.ty())
                );
                Err(self.explain(key, problem(&codes::FOR_KEY, key.span, detail)))
            }
        }
    }

    fn template(&mut self, parts: &[Node], span: Span) -> Outcome {
        let mut text = String::new();
        let mut marks = Marks::NONE;
        let mut open = false;
        for part in parts {
            let value = self.value(part)?;
            marks |= value.marks;
            if value.is_null() {
                let detail = "The value is null, and null cannot stand in text.";
                return Err(problem(&codes::TEMPLATE, part.span, detail));
            }
            if !value.is_known() {
                open = true;
                continue;
            }
            let converted = convert(&value, &Type::String).map_err(|_| {
                let detail = format!(
                    "Text can hold strings, numbers and bools, and this is {}. `jsonencode(…)` or `join(…)` turns it into text.",
                    article(&value.ty())
                );
                problem(&codes::TEMPLATE, part.span, detail)
            })?;
            match converted.data {
                Data::String(more) if !open => text.push_str(&more),
                _ => {}
            }
        }
        if open {
            let refinements = Refinements {
                not_null: true,
                prefix: safe_prefix(&text),
                ..Refinements::default()
            };
            return Ok(Value::refined(Type::String, refinements).marked(marks));
        }
        self.budget.text(text.len(), span)?;
        Ok(Value::string(text).marked(marks))
    }

    fn conditional(&mut self, [condition, yes, no]: &[Node; 3], span: Span) -> Outcome {
        let chosen = self.value(condition)?;
        if chosen.is_null() {
            return Err(problem(
                &codes::CONDITION,
                condition.span,
                "The condition is null; it must be true or false.",
            ));
        }
        let chosen = convert(&chosen, &Type::Bool).map_err(|error| {
            let detail = format!(
                "The condition must be true or false, and this is {}{}.",
                article(&chosen.ty()),
                reason(&error)
            );
            problem(&codes::CONDITION, condition.span, detail)
        })?;
        let decided = chosen.as_bool();
        // What is wrong with a result matters only where it is chosen; its type matters always.
        let (picked, other) = match decided {
            Some(true) => (self.guarded(yes)?, self.partial(no)),
            Some(false) => (self.guarded(no)?, self.partial(yes)),
            None => (self.partial(yes), self.partial(no)),
        };
        let marks = chosen.marks | picked.marks | other.marks;
        let ty = match operator::common_type(&picked, &other) {
            Ok(ty) => ty,
            Err(()) => return Err(inconsistent(&picked, &other, decided, span)),
        };
        let result = match (decided, ty) {
            (None, ty) => either(&picked, &other, ty),
            (Some(_), None) => picked,
            (Some(_), Some(ty)) => {
                convert(&picked, &ty).map_err(|_| inconsistent(&picked, &other, decided, span))?
            }
        };
        Ok(result.marked(marks))
    }
}

/// What is known of a result before it is decided which of two it is.
fn either(one: &Value, other: &Value, ty: Option<Type>) -> Value {
    let ty = ty.unwrap_or_else(|| one.ty());
    if one.is_null() && other.is_null() {
        return Value::null(ty);
    }
    let mut refinements = Refinements {
        not_null: definitely_not_null(one) && definitely_not_null(other),
        ..Refinements::default()
    };
    if let (Some(one), Some(other)) = (operator::bounds(one), operator::bounds(other)) {
        refinements.number_min = one.0.zip(other.0).map(|(one, other)| one.min(other).clone());
        refinements.number_max = one.1.zip(other.1).map(|(one, other)| one.max(other).clone());
    }
    if matches!(ty, Type::List(_) | Type::Set(_) | Type::Map(_)) && one.ty() == other.ty() {
        let (one, other) = (lengths(one), lengths(other));
        refinements.length_min = Some(one.0.min(other.0)).filter(|least| *least > 0);
        refinements.length_max = one.1.zip(other.1).map(|(one, other)| one.max(other));
    }
    Value::refined(ty, refinements)
}

/// The least and the greatest number of elements of a collection.
fn lengths(value: &Value) -> (usize, Option<usize>) {
    match &value.data {
        Data::List(_, items) => (items.len(), Some(items.len())),
        Data::Map(_, entries) => (entries.len(), Some(entries.len())),
        Data::Set(_, items) if value.is_wholly_known() => (items.len(), Some(items.len())),
        // What is open in a set may turn out to be the same.
        Data::Set(_, items) => (items.len().min(1), Some(items.len())),
        Data::Unknown(unknown) => (
            unknown.refinements.length_min.unwrap_or(0),
            unknown.refinements.length_max,
        ),
        Data::Null(_)
        | Data::Bool(_)
        | Data::Number(_)
        | Data::String(_)
        | Data::Tuple(_)
        | Data::Object(_) => (0, None),
    }
}

/// Prefixes that are kept are no longer than this.
const PREFIX: usize = 128;

/// The part of a beginning that no following character can change.
fn safe_prefix(text: &str) -> Option<Arc<str>> {
    let mut end = text.len().min(PREFIX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = &text[..end];
    let last = text.chars().next_back()?;
    // A letter may combine with an accent that follows it; these signs end what a reader takes for one character.
    let kept = if "-_:;/\\,.(){}[]|?!~ \t@#$%^&*+\"'".contains(last) {
        text
    } else {
        &text[..text.len() - last.len_utf8()]
    };
    (!kept.is_empty()).then(|| kept.into())
}

fn inconsistent(picked: &Value, other: &Value, decided: Option<bool>, span: Span) -> Diagnostic {
    let (yes, no) = if decided == Some(false) {
        (other, picked)
    } else {
        (picked, other)
    };
    let detail = format!(
        "The two results must have types that convert to one another: the one for true is {}, the one for false is {}.",
        article(&yes.ty()),
        article(&no.ty())
    );
    problem(&codes::CONDITIONAL, span, detail)
}

pub(crate) fn definitely_not_null(value: &Value) -> bool {
    match &value.data {
        Data::Null(_) => false,
        Data::Unknown(unknown) => unknown.refinements.not_null,
        _ => true,
    }
}

/// A type in words, with its article.
pub(crate) fn article(ty: &Type) -> String {
    let name = match ty {
        Type::Dynamic => return "a value of any type".to_owned(),
        other => other.friendly_name(),
    };
    let article = if name.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {name}")
}

fn placed(outcome: Outcome, span: Span) -> Outcome {
    outcome.map_err(|diagnostic| match diagnostic.subject {
        Some(_) => diagnostic,
        None => diagnostic.at(span),
    })
}

/// The instance that a known index selects.
fn instance_key(index: &Value) -> Option<InstanceKey> {
    match &index.data {
        Data::String(text) => Some(InstanceKey::String(text.to_string())),
        Data::Number(number) => number
            .to_i64()
            .and_then(|index| u64::try_from(index).ok())
            .map(InstanceKey::Int),
        _ => None,
    }
}
