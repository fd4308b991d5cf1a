//! Type constraints: `list(string)`, `object({ name = optional(string, "x") })`.

use crate::raw::{Origin, RawExpr, problem};
use crate::{EmptyScope, codes};
use hcl_edit::expr::{Expression, FuncCall, ObjectKey};
use regprov_diag::{Diagnostic, Diagnostics, Span};
use regprov_value::{Data, ObjectType, Type, Value, convert};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The default values inside a type constraint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Defaults {
    /// Defaults of an object's attributes.
    pub values: BTreeMap<Arc<str>, Value>,
    /// Defaults further inside: by attribute, by index of a tuple, or under `""` for all elements of a collection.
    pub children: BTreeMap<Arc<str>, Defaults>,
}

impl Defaults {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.children.is_empty()
    }

    /// Fills in what the value leaves out or sets to null.
    #[must_use]
    pub fn apply(&self, value: &Value) -> Value {
        if self.is_empty() {
            return value.clone();
        }
        let data = match &value.data {
            Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
                let all = self.children.get("");
                let items = items.iter().enumerate().map(|(index, item)| {
                    let child = all.or_else(|| self.children.get(index.to_string().as_str()));
                    child.map_or_else(|| item.clone(), |child| child.apply(item))
                });
                Data::Tuple(Arc::new(items.collect()))
            }
            Data::Map(_, entries) | Data::Object(entries) => {
                Data::Object(Arc::new(self.apply_entries(entries)))
            }
            Data::Null(_) | Data::Unknown(_) | Data::Bool(_) | Data::Number(_) | Data::String(_) => {
                return value.clone();
            }
        };
        Value::from(data).marked(value.marks)
    }

    fn apply_entries(&self, entries: &BTreeMap<Arc<str>, Value>) -> BTreeMap<Arc<str>, Value> {
        let mut filled = entries.clone();
        for (name, default) in &self.values {
            let given = filled.get(name).is_some_and(|item| !item.is_null());
            if !given {
                filled.insert(name.clone(), default.clone());
            }
        }
        let all = self.children.get("");
        for (name, item) in &mut filled {
            if let Some(child) = self.children.get(name).or(all) {
                *item = child.apply(item);
            }
        }
        filled
    }
}

/// Reads a type constraint.
pub(crate) fn type_constraint(raw: &RawExpr) -> Result<(Type, Defaults), Diagnostic> {
    let (expr, origin) = match raw {
        // Quoted types are the form before Terraform 0.12, and the only one in JSON syntax.
        RawExpr::Hcl(expr, origin) => match expr.as_str() {
            Some(text) => return Err(legacy(text, origin.span(hcl_edit::Span::span(&**expr)))),
            None => (expr.clone(), origin.clone()),
        },
        RawExpr::Json(_) => raw.native()?,
    };
    Reader { origin }.read(&expr)
}

fn legacy(text: &str, span: Span) -> Diagnostic {
    let (summary, now) = match text {
        "string" => ("Invalid quoted type constraints", "string"),
        "list" => ("Invalid quoted type constraints", "list(string)"),
        "map" => ("Invalid quoted type constraints", "map(string)"),
        other => ("Invalid legacy variable type hint", other),
    };
    Diagnostic::error(&codes::TYPE_CONSTRAINT, summary)
        .at(span)
        .detail("Types in quotes are the form of Terraform before 0.12.")
        .help(format!("Write it without quotes: `type = {now}`."))
}

struct Reader {
    origin: Origin,
}

impl Reader {
    fn wrong(&self, expr: &Expression, detail: impl Into<String>) -> Diagnostic {
        problem(
            &codes::TYPE_CONSTRAINT,
            self.origin.span(hcl_edit::Span::span(expr)),
            detail,
        )
    }

    fn read(&self, expr: &Expression) -> Result<(Type, Defaults), Diagnostic> {
        match expr {
            Expression::Parenthesis(inner) => self.read(inner.inner()),
            Expression::Variable(name) => {
                let ty = match name.value().as_str() {
                    "string" => Type::String,
                    "number" => Type::Number,
                    "bool" => Type::Bool,
                    "any" => Type::Dynamic,
                    "list" => Type::list(Type::Dynamic),
                    "map" => Type::map(Type::Dynamic),
                    word @ ("set" | "object" | "tuple") => {
                        return Err(self.wrong(
                            expr,
                            format!("The type `{word}` needs an argument that says what it holds."),
                        ));
                    }
                    other => {
                        let known = [
                            "string", "number", "bool", "any", "list", "map", "set", "object", "tuple",
                        ];
                        let diagnostic = self.wrong(expr, format!("`{other}` is not a type."));
                        return Err(crate::raw::with_suggestion(diagnostic, other, &known));
                    }
                };
                Ok((ty, Defaults::default()))
            }
            Expression::FuncCall(call) => self.call(expr, call),
            other => Err(self.wrong(
                other,
                "A type is a word such as `string`, or a call such as `list(string)`.",
            )),
        }
    }

    fn call(&self, expr: &Expression, call: &FuncCall) -> Result<(Type, Defaults), Diagnostic> {
        let name = call.name.name.value().as_str();
        let Some((argument, true)) = call.args.get(0).map(|argument| (argument, call.args.len() == 1)) else {
            let detail = match name {
                "optional" => "`optional(…)` may stand only at an attribute of an object type.".to_owned(),
                _ => format!("The type `{name}(…)` takes exactly one argument."),
            };
            return Err(self.wrong(expr, detail));
        };
        let collection = |make: fn(Type) -> Type| {
            let (ty, inner) = self.read(argument)?;
            Ok((make(ty), nest("", inner)))
        };
        match name {
            "list" => collection(Type::list),
            "set" => collection(Type::set),
            "map" => collection(Type::map),
            "tuple" => self.tuple(argument),
            "object" => self.object(argument),
            "optional" => Err(self.wrong(
                expr,
                "`optional(…)` may stand only at an attribute of an object type.",
            )),
            other => Err(self.wrong(expr, format!("`{other}(…)` is not a type."))),
        }
    }

    fn tuple(&self, argument: &Expression) -> Result<(Type, Defaults), Diagnostic> {
        let Some(items) = argument.as_array() else {
            return Err(self.wrong(argument, "A tuple type is written `tuple([T, …])`."));
        };
        let mut types = Vec::new();
        let mut defaults = Defaults::default();
        for (index, item) in items.iter().enumerate() {
            let (ty, inner) = self.read(item)?;
            types.push(ty);
            if !inner.is_empty() {
                defaults.children.insert(index.to_string().into(), inner);
            }
        }
        Ok((Type::tuple(types), defaults))
    }

    fn object(&self, argument: &Expression) -> Result<(Type, Defaults), Diagnostic> {
        let Expression::Object(object) = argument else {
            return Err(self.wrong(argument, "An object type is written `object({ name = T, … })`."));
        };
        let mut attributes = BTreeMap::new();
        let mut optional = BTreeSet::new();
        let mut defaults = Defaults::default();
        for (key, value) in object {
            let name: Arc<str> = match key {
                ObjectKey::Ident(name) => name.value().as_str().into(),
                ObjectKey::Expression(expr) => match (expr.as_str(), expr) {
                    (Some(name), _) => name.into(),
                    (None, Expression::Bool(_) | Expression::Null(_)) => expr.to_string().trim().into(),
                    _ => return Err(self.wrong(expr, "The name of an attribute is written literally.")),
                },
            };
            let (inner, default) = match value.expr() {
                Expression::FuncCall(call) if call.name.name.value().as_str() == "optional" => {
                    optional.insert(name.clone());
                    let (Some(ty), true) = (call.args.get(0), call.args.len() <= 2) else {
                        return Err(self.wrong(
                            value.expr(),
                            "It is written `optional(T)` or `optional(T, default)`.",
                        ));
                    };
                    (ty, call.args.get(1))
                }
                other => (other, None),
            };
            let (ty, inner) = self.read(inner)?;
            if let Some(default) = default {
                defaults
                    .values
                    .insert(name.clone(), self.default(default, &ty, &inner)?);
            }
            if !inner.is_empty() {
                defaults.children.insert(name.clone(), inner);
            }
            attributes.insert(name, ty);
        }
        Ok((
            Type::Object(Arc::new(ObjectType { attributes, optional })),
            defaults,
        ))
    }

    fn default(&self, expr: &Expression, ty: &Type, inner: &Defaults) -> Result<Value, Diagnostic> {
        let mut found = Diagnostics::new();
        let raw = RawExpr::Hcl(Arc::new(expr.clone()), self.origin.clone());
        let compiled = raw.compile(&mut found);
        if let Some(first) = found.into_iter().next() {
            return Err(first);
        }
        let value = compiled
            .evaluate_with(&EmptyScope, &mut Vec::new())
            .map_err(crate::eval::first_of)?;
        let value = convert(&inner.apply(&value), ty).map_err(|error| {
            self.wrong(
                expr,
                format!(
                    "The default does not have the type of the attribute: {}.",
                    crate::eval::conversion_message(&error)
                ),
            )
        })?;
        Ok(value)
    }
}

fn nest(name: &str, inner: Defaults) -> Defaults {
    let mut defaults = Defaults::default();
    if !inner.is_empty() {
        defaults.children.insert(name.into(), inner);
    }
    defaults
}
