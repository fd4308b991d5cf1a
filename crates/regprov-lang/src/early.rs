//! Evaluation before anything is planned: the settings of a backend, the sources of modules.
//!
//! Only the variables that were given, the locals made of them, functions and `path` have a value by then.

use crate::raw::problem;
use crate::{
    Body, Expr, FunctionContext, Module, ModuleCall, Reference, Scope, Subject, Variable, codes, decode,
};
use regprov_diag::{Diagnostic, Diagnostics, SourceId};
use regprov_schema::Block;
use regprov_schema::ProviderFunction;
use regprov_value::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The form in which a variable's value was given.
#[derive(Clone)]
pub enum Given {
    /// Text from the command line or the environment: taken as it is where the variable is a primitive, else an
    /// expression.
    Text {
        /// The text.
        text: String,
        /// The source that holds it, for places in diagnostics.
        source: SourceId,
    },
    /// A value, as from a variables file.
    Value(Value),
}

/// The text is withheld: it may be a secret.
impl std::fmt::Debug for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Text { .. } => "Text(…)",
            Self::Value(_) => "Value(…)",
        })
    }
}

/// The values of a module's variables as far as they are known before planning, by name.
pub type EarlyValues = BTreeMap<String, Value>;

/// What was given for the variables of the root module, and their defaults. What does not fit is left out: planning
/// reports it.
pub fn early_values(root: &Module, given: &BTreeMap<String, Given>) -> EarlyValues {
    let value = |variable: &Variable| {
        let given = match given.get(variable.name.as_ref()) {
            Some(Given::Value(value)) => Some(value.clone()),
            Some(Given::Text { text, source }) => Some(variable.parse_text(text, *source).ok()?),
            None => None,
        };
        variable.accept(given, None).ok()
    };
    root.variables
        .values()
        .filter_map(|variable| Some((variable.name.to_string(), value(variable)?)))
        .collect()
}

/// One module before planning.
pub struct Early<'a> {
    module: &'a Module,
    values: &'a EarlyValues,
    functions: &'a dyn FunctionContext,
}

impl<'a> Early<'a> {
    /// A module with what is known of its variables.
    pub fn new(module: &'a Module, values: &'a EarlyValues, functions: &'a dyn FunctionContext) -> Self {
        Self {
            module,
            values,
            functions,
        }
    }

    /// Evaluates an expression; `what` names the setting in messages.
    ///
    /// # Errors
    /// When it refers to what is known only later, or cannot be evaluated.
    pub fn evaluate(&self, expr: &Expr, what: &str) -> Result<Value, Diagnostics> {
        self.admit(expr.references(), what)?;
        expr.evaluate(self)
    }

    /// Evaluates a body to the value of a schema; `what` names the block in messages.
    pub fn decode(&self, body: &Body, schema: &Block, what: &str) -> (Value, Diagnostics) {
        let references: Vec<Reference> = body.references().cloned().collect();
        match self.admit(&references, what) {
            Ok(()) => decode(body, schema, self),
            Err(found) => (Value::null(schema.implied_type()), found),
        }
    }

    /// What a call of this module gives to the variables of the module that it calls.
    pub fn inputs(&self, call: &ModuleCall, child: &Module) -> EarlyValues {
        let value = |variable: &Variable| {
            let given = match call.inputs.attributes.get(&variable.name) {
                Some(attribute) => Some(self.evaluate(&attribute.expr, "").ok()?),
                None => None,
            };
            variable.accept(given, None).ok()
        };
        let variables = child.variables.values();
        variables
            .filter_map(|variable| Some((variable.name.to_string(), value(variable)?)))
            .collect()
    }

    fn admit(&self, references: &[Reference], what: &str) -> Result<(), Diagnostics> {
        let mut found = Diagnostics::new();
        for reference in references {
            let mut seen = BTreeSet::new();
            match (self.obstacle(&reference.subject, &mut seen), &reference.subject) {
                (Some(why), _) => found.push(refused(reference, what, &why)),
                (None, Subject::Local(name)) => {
                    found.take(self.module.locals[name].expr.evaluate(self));
                }
                (None, _) => {}
            }
        }
        if found.has_errors() { Err(found) } else { Ok(()) }
    }

    /// Why a subject has no value yet.
    fn obstacle(&self, subject: &Subject, seen: &mut BTreeSet<Arc<str>>) -> Option<String> {
        match subject {
            Subject::Variable(name) => match self.module.variables.get(name) {
                None => Some(format!("`var.{name}` is not declared")),
                Some(_) if self.values.contains_key(name.as_ref()) => None,
                Some(_) => Some(format!(
                    "no value was given for `var.{name}` that is known before planning"
                )),
            },
            Subject::Local(name) => match self.module.locals.get(name) {
                None => Some(format!("`local.{name}` is not declared")),
                Some(_) if !seen.insert(Arc::clone(name)) => {
                    Some(format!("`local.{name}` depends on itself"))
                }
                Some(local) => {
                    let inner = local.expr.references().iter();
                    let why = inner
                        .map(|inner| self.obstacle(&inner.subject, seen))
                        .find(Option::is_some);
                    seen.remove(name);
                    why.flatten()
                }
            },
            Subject::PathModule | Subject::PathRoot => None,
            other => Some(format!("`{other}` has no value by then")),
        }
    }
}

fn refused(reference: &Reference, what: &str, why: &str) -> Diagnostic {
    let detail = format!("{what} is read before anything is planned, and {why}.");
    problem(&codes::STATIC, reference.span, detail)
        .help("Use literals, variables with a default or a given value, and locals made of them.")
}

impl Scope for Early<'_> {
    fn variable(&self, name: &str) -> Option<Value> {
        self.values.get(name).cloned()
    }

    fn local(&self, name: &str) -> Option<Value> {
        self.module.locals.get(name)?.expr.evaluate(self).ok()
    }

    fn path_module(&self) -> Option<Value> {
        Some(Value::string(self.module.directory.to_string_lossy()))
    }

    fn path_root(&self) -> Option<Value> {
        Some(Value::from("."))
    }

    fn provider_function(&self, provider: &str, function: &str) -> Option<&ProviderFunction> {
        self.module.functions.get(provider, function)
    }

    fn functions(&self) -> &dyn FunctionContext {
        self.functions
    }
}
