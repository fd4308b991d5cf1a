//! Checks over the whole tree: every reference names something, every call sets what its module needs.

mod providers;
mod refactoring;

use crate::provider_functions::no_such;
use crate::raw::{problem, with_suggestion};
use crate::{
    Body, Condition, Configuration, Expr, IndexRef, Module, ModuleCall, ProviderCall, Reference, Resource,
    Subject, codes,
};
use regprov_diag::{Diagnostic, Diagnostics, Sources, Span};
use std::sync::Arc;

pub(super) fn check(configuration: &Configuration, sources: &Sources, found: &mut Diagnostics) {
    providers::check(configuration, found);
    refactoring::check(configuration, found);
    let lost = Lost::of(sources, found);
    for module in configuration.modules.values() {
        let scope = InModule {
            configuration,
            module,
            lost: &lost,
        };
        found.extend(super::required::check(module));
        if !module.path.is_empty() {
            only_in_root(module, found);
        }
        let Seen(references, calls) = seen(module);
        for reference in references {
            found.extend(scope.wrong(&reference));
        }
        // Those of other providers are a matter of what is supported.
        let missing = |call: &&ProviderCall| {
            module.functions.get(&call.provider, &call.function).is_none()
                && !module.functions.is_foreign(&call.provider)
        };
        found.extend(
            calls
                .iter()
                .filter(missing)
                .map(|call| no_such(call, &module.functions)),
        );
        for call in module.module_calls.values() {
            if let Some(child) = scope.child(&call.name) {
                inputs(call, child, &lost, found);
            }
        }
    }
}

/// What has a meaning only in the root module.
fn only_in_root(module: &Module, found: &mut Diagnostics) {
    for import in &module.imports {
        let detail = "Only the root module has `import` blocks; an address such as `module.a.TYPE.NAME` reaches into a module.";
        found.push(
            Diagnostic::error(&codes::UNSUPPORTED_BLOCK, "Invalid import configuration")
                .at(import.span)
                .detail(detail),
        );
    }
    let ignored = |summary: &str, span| {
        let detail = "Only the root module says where the state is kept; this block has no effect.";
        Diagnostic::warning(&codes::UNSUPPORTED_BLOCK, summary)
            .at(span)
            .detail(detail)
    };
    found.extend(
        module
            .backend
            .iter()
            .map(|backend| ignored("Backend configuration ignored", backend.span)),
    );
    let cloud = module
        .terraform_extras
        .iter()
        .filter(|extra| extra.kind == "cloud");
    found.extend(cloud.map(|extra| ignored("Cloud configuration ignored", extra.span)));
}

/// The files that could not be read as a whole: what looks as if it were declared there is not reported as missing.
struct Lost<'a>(Vec<&'a str>);

impl<'a> Lost<'a> {
    fn of(sources: &'a Sources, found: &Diagnostics) -> Self {
        let broken = found.iter().filter(|error| {
            error
                .code
                .is_some_and(|code| [&codes::SYNTAX, &codes::NESTING, &codes::DUPLICATE].contains(&code))
        });
        let mut files: Vec<_> = broken
            .filter_map(|error| error.subject.map(|at| at.source))
            .collect();
        files.sort_unstable();
        files.dedup();
        let texts = files.into_iter().filter_map(|id| sources.get(id));
        Self(texts.map(|file| &*file.text).collect())
    }

    /// Whether a line of one of the files looks as if it declared this name: as a label of a block, or as an argument.
    fn may_declare(&self, name: &str) -> bool {
        let label = format!("\"{name}\"");
        let declares = |line: &str| {
            let line = line.trim_start();
            let rest = match line.strip_prefix(&label) {
                Some(rest) => rest,
                None => line.strip_prefix(name).unwrap_or(""),
            };
            let sets = rest.trim_start().starts_with(['=', ':']);
            let in_header = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '"' | ' ');
            let labels = line
                .find(&label)
                .is_some_and(|at| at > 0 && line[..at].chars().all(in_header));
            sets || labels
        };
        self.0.iter().any(|text| text.lines().any(declares))
    }
}

struct InModule<'a> {
    configuration: &'a Configuration,
    module: &'a Module,
    lost: &'a Lost<'a>,
}

impl<'a> InModule<'a> {
    fn child(&self, name: &str) -> Option<&'a Module> {
        let mut path = self.module.path.clone();
        path.push(name.to_owned());
        self.configuration.modules.get(&path)
    }

    fn wrong(&self, reference: &Reference) -> Option<Diagnostic> {
        let module = self.module;
        let span = reference.span;
        let missing = |what: &str, name: &str, known: Vec<&str>| {
            if self.lost.may_declare(name.rsplit('.').next().unwrap_or(name)) {
                return None;
            }
            let place = if module.path.is_empty() {
                "the root module".to_owned()
            } else {
                format!("the module `{}`", module.path.join("."))
            };
            let detail = format!("{what} `{name}` is not declared in {place}.");
            Some(with_suggestion(
                problem(&codes::UNDECLARED, span, detail),
                name,
                &known,
            ))
        };
        match &reference.subject {
            Subject::Variable(name) if !module.variables.contains_key(name) => {
                let known = module.variables.keys().map(AsRef::as_ref).collect();
                let diagnostic = missing("The input variable", name, known)?;
                Some(match diagnostic.help.is_empty() {
                    true => diagnostic.help(format!("Declare it with `variable \"{name}\" {{}}`.")),
                    false => diagnostic,
                })
            }
            Subject::Local(name) if !module.locals.contains_key(name) => missing(
                "The local value",
                name,
                module.locals.keys().map(AsRef::as_ref).collect(),
            ),
            Subject::Resource { resource, .. } if !module.resources.contains_key(resource) => {
                let names: Vec<String> = module.resources.keys().map(ToString::to_string).collect();
                missing(
                    "The object",
                    &resource.to_string(),
                    names.iter().map(String::as_str).collect(),
                )
            }
            Subject::Resource { resource, index } => {
                let block = module.resources.get(resource)?;
                wrong_instance(block, index.as_ref(), reference)
            }
            Subject::Module { name, .. } if !module.module_calls.contains_key(name) => missing(
                "The module call",
                name,
                module.module_calls.keys().map(AsRef::as_ref).collect(),
            ),
            Subject::Module {
                name,
                output: Some(output),
                index,
            } => {
                // With `for_each`, `module.name.key` is an instance.
                let call = module.module_calls.get(name);
                let is_key = index.is_none() && call.is_some_and(|call| call.for_each.is_some());
                if is_key {
                    None
                } else {
                    self.output(name, output, span)
                }
            }
            _ => None,
        }
    }

    fn output(&self, name: &str, output: &Arc<str>, span: Span) -> Option<Diagnostic> {
        let child = self.child(name)?;
        if child.outputs.contains_key(output) || self.lost.may_declare(output) {
            return None;
        }
        let known: Vec<&str> = child.outputs.keys().map(AsRef::as_ref).collect();
        let detail = format!("The module `{name}` has no output named `{output}`.");
        Some(with_suggestion(
            problem(&codes::ATTRIBUTE, span, detail),
            output,
            &known,
        ))
    }
}

/// An attribute of a block that repeats needs the key of an instance. A key where nothing repeats is found later, so
/// that other errors are told beside it.
fn wrong_instance(block: &Resource, index: Option<&IndexRef>, reference: &Reference) -> Option<Diagnostic> {
    let name = &block.name;
    let repeats = match (&block.count, &block.for_each) {
        (Some(_), _) => Some(("count", "count.index")),
        (None, Some(_)) => Some(("for_each", "each.key")),
        (None, None) => None,
    };
    match (index, repeats, reference.attribute) {
        (None, Some((argument, key)), Some(attribute)) => Some(
            Diagnostic::error(&codes::REFERENCE, "Missing resource instance key")
                .at(Span {
                    end: attribute.end,
                    ..reference.span
                })
                .detail(format!(
                    "`{name}` has `{argument}`, so its attributes are those of one of its instances."
                ))
                .help(format!(
                    "`{name}[{key}]` is the instance that belongs to this one; `{name}[*]` goes over all."
                )),
        ),
        (_, _, _) => None,
    }
}

fn inputs(call: &ModuleCall, child: &Module, lost: &Lost<'_>, found: &mut Diagnostics) {
    let known: Vec<&str> = child.variables.keys().map(AsRef::as_ref).collect();
    for (name, attribute) in &call.inputs.attributes {
        if !child.variables.contains_key(name) && !lost.may_declare(name) {
            let detail = format!("The module `{}` has no variable named `{name}`.", call.name);
            found.push(with_suggestion(
                problem(&codes::MODULE_INPUT, attribute.name_span, detail),
                name,
                &known,
            ));
        }
    }
    for variable in child.variables.values().filter(|variable| variable.is_required()) {
        if !call.inputs.attributes.contains_key(&variable.name) {
            let detail = format!(
                "The module `{}` needs a value for its variable `{}`, which has no default.",
                call.name, variable.name
            );
            let diagnostic = problem(&codes::MISSING_ARGUMENT, call.span, detail);
            found.push(diagnostic.related(variable.span, "declared here"));
        }
    }
}

/// Everything that is referred to anywhere in the module.
impl Module {
    /// Everything that its blocks refer to.
    pub fn references(&self) -> Vec<Reference> {
        seen(self).0
    }

    /// The calls of functions of providers that are not part of the program.
    pub fn foreign_calls(&self) -> impl Iterator<Item = ProviderCall> {
        let calls = seen(self).1.into_iter();
        calls.filter(|call| self.functions.is_foreign(&call.provider))
    }
}

fn seen(module: &Module) -> Seen {
    let mut seen = Seen::default();
    module.locals.values().for_each(|local| seen.expr(&local.expr));
    module
        .variables
        .values()
        .for_each(|variable| seen.conditions(&variable.validations));
    module
        .resources
        .values()
        .for_each(|resource| seen.resource(resource));
    module
        .provider_configs
        .iter()
        .for_each(|provider| seen.body(&provider.body));
    module
        .checks
        .values()
        .for_each(|check| seen.conditions(&check.asserts));
    for output in module.outputs.values() {
        seen.expr(&output.value);
        seen.0.extend(output.depends_on.iter().cloned());
        seen.conditions(&output.preconditions);
    }
    for call in module.module_calls.values() {
        seen.body(&call.inputs);
        call.count
            .iter()
            .chain(&call.for_each)
            .for_each(|expr| seen.expr(expr));
        seen.0.extend(call.depends_on.iter().cloned());
    }
    for import in &module.imports {
        import
            .id
            .iter()
            .chain(&import.identity)
            .chain(&import.for_each)
            .chain(import.open_keys.iter().map(|open| &open.expr))
            .for_each(|expr| seen.expr(expr));
    }
    seen
}

/// What is referred to, and what of providers is called.
#[derive(Default)]
struct Seen(Vec<Reference>, Vec<ProviderCall>);

impl Seen {
    fn expr(&mut self, expr: &Expr) {
        self.0.extend(expr.references().iter().cloned());
        self.1.extend(expr.provider_calls().iter().cloned());
    }

    fn body(&mut self, body: &Body) {
        self.0.extend(body.references().cloned());
        self.1.extend(body.provider_calls().into_iter().cloned());
    }

    fn conditions(&mut self, conditions: &[Condition]) {
        for condition in conditions {
            self.expr(&condition.condition);
            self.expr(&condition.error_message);
        }
    }

    fn resource(&mut self, resource: &Resource) {
        self.body(&resource.body);
        resource
            .count
            .iter()
            .chain(&resource.for_each)
            .for_each(|expr| self.expr(expr));
        self.0.extend(resource.depends_on.iter().cloned());
        resource
            .lifecycle
            .replace_triggered_by
            .iter()
            .for_each(|expr| self.expr(expr));
        self.conditions(&resource.lifecycle.preconditions);
        self.conditions(&resource.lifecycle.postconditions);
        resource
            .provisioners
            .iter()
            .for_each(|provisioner| self.body(&provisioner.body));
    }
}
