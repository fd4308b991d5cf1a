//! Values of variables, by Terraform's precedence: environment, `terraform.tfvars`, `*.auto.tfvars`, flags in order, prompts.

use super::Configured;
use crate::arguments::InputArguments;
use crate::context::Context;
use crate::shell::Question;
use regprov_diag::{Diagnostic, Diagnostics, Sources};
use regprov_lang::{EmptyScope, Variable, parse_tfvars};
use regprov_plan::{Given, VariableInput, VariableOrigin};
use std::collections::BTreeMap;
use std::path::Path;

type Variables = BTreeMap<String, VariableInput>;

/// One flag, in the order of the command line.
enum Flag<'a> {
    Value(&'a str),
    File(&'a str),
}

/// What was given for variables, before the configuration is read.
pub(super) struct Gathered {
    /// The sources of the texts.
    pub(super) sources: Sources,
    /// The values by name.
    pub(super) variables: Variables,
    /// What was wrong with them.
    pub(super) diagnostics: Diagnostics,
}

/// What environment, files and flags give.
pub(super) fn given(context: &Context, inputs: &InputArguments) -> Gathered {
    let mut gathering = Gathering::new(context);
    gathering.surroundings();
    for flag in ordered(inputs, &context.command_line) {
        match flag {
            Flag::Value(text) => gathering.flag(text),
            Flag::File(name) => gathering.file(name, VariableOrigin::NamedFile(name.to_owned())),
        }
    }
    gathering.gathered
}

/// What environment and files give that need no flags; what is wrong with them is for planning to report.
pub(super) fn surrounding(context: &Context) -> Gathered {
    let mut gathering = Gathering::new(context);
    gathering.surroundings();
    gathering.gathered
}

/// Whether questions may be asked.
pub(crate) fn may_ask(context: &Context, input: bool) -> bool {
    let refused = ["0", "f", "F", "false", "FALSE", "False"];
    input
        && context
            .environment
            .get("TF_INPUT")
            .is_none_or(|input| !refused.contains(&input))
}

/// Asks for the variables that have neither a value nor a default, in the order of their names.
pub(super) fn prompt(context: &Context, configured: &mut Configured) {
    let Some(root) = configured.configuration.root() else {
        return;
    };
    let unset = |variable: &&Variable| {
        variable.is_required() && !configured.variables.contains_key(variable.name.as_ref())
    };
    let mut missing: Vec<Variable> = root.variables.values().filter(unset).cloned().collect();
    missing.sort_by(|one, other| one.name.cmp(&other.name));
    for variable in missing {
        let name = variable.name.to_string();
        let note = if variable.ephemeral { " (ephemeral)" } else { "" };
        let question = Question {
            title: format!("var.{name}{note}"),
            description: variable.description.clone().unwrap_or_default(),
            secret: variable.sensitive,
        };
        let Some(answer) = context.shell.ask_value(&question) else {
            continue;
        };
        let input = text_input(
            &mut configured.sources,
            (&format!("var.{name}"), &answer),
            VariableOrigin::Prompt,
        );
        configured.variables.insert(name, input);
    }
}

/// `terraform.tfvars`, `terraform.tfvars.json`, then `*.auto.tfvars` and `*.auto.tfvars.json` in order of their names.
fn default_files(directory: &Path) -> Vec<String> {
    let names = std::fs::read_dir(directory)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut automatic: Vec<String> = names
        .filter(|name| name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json"))
        .collect();
    automatic.sort();
    let fixed = ["terraform.tfvars", "terraform.tfvars.json"]
        .map(str::to_owned)
        .into_iter();
    fixed
        .filter(|name| directory.join(name).is_file())
        .chain(automatic)
        .collect()
}

/// The flags in the order in which they were written; the last one counts.
fn ordered<'a>(inputs: &'a InputArguments, command_line: &[String]) -> Vec<Flag<'a>> {
    let (mut values, mut files) = (inputs.var.iter(), inputs.var_file.iter());
    let mut flags = Vec::new();
    for argument in command_line {
        let name = argument.split('=').next().unwrap_or(argument);
        let flag = match name {
            "--var" => values.next().map(|text| Flag::Value(text)),
            "--var-file" => files.next().and_then(|path| path.to_str()).map(Flag::File),
            _ => None,
        };
        flags.extend(flag);
    }
    flags.extend(values.map(|text| Flag::Value(text)));
    flags.extend(files.filter_map(|path| path.to_str()).map(Flag::File));
    flags
}

struct Gathering<'a> {
    context: &'a Context,
    gathered: Gathered,
}

impl<'a> Gathering<'a> {
    fn new(context: &'a Context) -> Self {
        Self {
            context,
            gathered: Gathered {
                sources: Sources::new(),
                variables: Variables::new(),
                diagnostics: Diagnostics::new(),
            },
        }
    }

    fn surroundings(&mut self) {
        self.environment();
        for name in default_files(&self.context.directory) {
            self.file(&name, VariableOrigin::File(name.clone()));
        }
    }

    fn environment(&mut self) {
        for (name, text) in self.context.environment.with_prefix("TF_VAR_") {
            let input = text_input(
                &mut self.gathered.sources,
                (&format!("TF_VAR_{name}"), text),
                VariableOrigin::Environment,
            );
            self.gathered.variables.insert(name.to_owned(), input);
        }
    }

    fn flag(&mut self, text: &str) {
        let Some((name, value)) = text.split_once('=') else {
            self.gathered.diagnostics.push(
                Diagnostic::error(None, "Invalid -var").detail("A variable is given as `-var NAME=VALUE`; there is no `=` in what was given.")
                    .help("Write it in one word, in quotes where the value has spaces: -var 'region=westeurope'"),
            );
            return;
        };
        if name.ends_with(' ') {
            let detail = format!("The name of the variable in `-var '{name}=…'` ends in a space.");
            self.gathered
                .diagnostics
                .push(
                    Diagnostic::error(None, "Invalid -var")
                        .detail(detail)
                        .help(format!(
                            "Leave the spaces around `=` out: -var '{}=…'",
                            name.trim()
                        )),
                );
            return;
        }
        let input = text_input(
            &mut self.gathered.sources,
            (&format!("-var {name}"), value),
            VariableOrigin::CommandLine,
        );
        self.gathered.variables.insert(name.to_owned(), input);
    }

    fn file(&mut self, name: &str, origin: VariableOrigin) {
        let path = self.context.directory.join(name);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => {
                let text = format!("The variables file {} cannot be read: {error}.", path.display());
                let help = "-var-file names a file relative to the working directory, which -chdir changes.";
                self.gathered.diagnostics.push(
                    Diagnostic::error(None, "Variables file cannot be read")
                        .detail(text)
                        .help(help),
                );
                return;
            }
        };
        let source = self.gathered.sources.add(name, &*text);
        let Some(values) = self.gathered.diagnostics.take(parse_tfvars(name, &text, source)) else {
            return;
        };
        for (variable, expression) in values {
            let Some(value) = self.gathered.diagnostics.take(expression.evaluate(&EmptyScope)) else {
                continue;
            };
            let input = VariableInput {
                given: Given::Value(value),
                origin: origin.clone(),
                span: Some(expression.span()),
            };
            self.gathered.variables.insert(variable.to_string(), input);
        }
    }
}

/// A value given as text. Its source is named for messages; the text itself may be a secret and is not shown.
fn text_input(sources: &mut Sources, given: (&str, &str), origin: VariableOrigin) -> VariableInput {
    let source = sources.add(given.0, given.1);
    VariableInput {
        given: Given::Text {
            text: given.1.to_owned(),
            source,
        },
        origin,
        span: None,
    }
}
