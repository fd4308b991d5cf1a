//! Values of variables, by Terraform's precedence: environment, `terraform.tfvars`, `*.auto.tfvars`, flags in order, prompts.

use super::Configured;
use crate::arguments::InputArguments;
use crate::context::Context;
use regprov_diag::{Diagnostic, Diagnostics, Sources};
use regprov_lang::{EmptyScope, parse_tfvars};
use regprov_plan::{Given, VariableInput, VariableOrigin};
use std::collections::BTreeMap;
use std::path::Path;

type Variables = BTreeMap<String, VariableInput>;

/// One flag, in the order of the command line.
enum Flag<'a> {
    Value(&'a str),
    File(&'a str),
}

/// Gathers the values of all variables.
pub(super) fn gather(
    context: &Context,
    inputs: &InputArguments,
    configured: &mut Configured,
) -> (Variables, Diagnostics) {
    let mut gathering = Gathering {
        context,
        configured,
        variables: Variables::new(),
        diagnostics: Diagnostics::new(),
    };
    gathering.environment();
    for name in default_files(&context.directory) {
        gathering.file(&name);
    }
    for flag in ordered(inputs, &context.command_line) {
        match flag {
            Flag::Value(text) => gathering.flag(text),
            Flag::File(name) => gathering.file(name),
        }
    }
    if inputs.input
        && context
            .environment
            .get("TF_INPUT")
            .is_none_or(|input| input != "0" && input != "false")
    {
        gathering.prompt();
    }
    (gathering.variables, gathering.diagnostics)
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
    configured: &'a mut Configured,
    variables: Variables,
    diagnostics: Diagnostics,
}

impl Gathering<'_> {
    fn environment(&mut self) {
        for (name, text) in self.context.environment.with_prefix("TF_VAR_") {
            let input = text_input(
                &mut self.configured.sources,
                (&format!("TF_VAR_{name}"), text),
                VariableOrigin::Environment,
            );
            self.variables.insert(name.to_owned(), input);
        }
    }

    fn flag(&mut self, text: &str) {
        let Some((name, value)) = text.split_once('=') else {
            self.diagnostics.push(
                Diagnostic::error(None, "Invalid -var").detail("A variable is given as `-var NAME=VALUE`; there is no `=` in what was given.")
                    .help("Write it in one word, in quotes where the value has spaces: -var 'region=westeurope'"),
            );
            return;
        };
        let name = name.trim();
        let input = text_input(
            &mut self.configured.sources,
            (&format!("-var {name}"), value),
            VariableOrigin::CommandLine,
        );
        self.variables.insert(name.to_owned(), input);
    }

    fn file(&mut self, name: &str) {
        let path = self.context.directory.join(name);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => {
                let text = format!("The variables file {} cannot be read: {error}.", path.display());
                let help = "-var-file names a file relative to the working directory, which -chdir changes.";
                self.diagnostics.push(
                    Diagnostic::error(None, "Variables file cannot be read")
                        .detail(text)
                        .help(help),
                );
                return;
            }
        };
        let source = self.configured.sources.add(name, &*text);
        let Some(values) = self.diagnostics.take(parse_tfvars(name, &text, source)) else {
            return;
        };
        for (variable, expression) in values {
            let Some(value) = self.diagnostics.take(expression.evaluate(&EmptyScope)) else {
                continue;
            };
            let origin = VariableOrigin::File(name.to_owned());
            let input = VariableInput {
                given: Given::Value(value),
                origin,
                span: Some(expression.span()),
            };
            self.variables.insert(variable.to_string(), input);
        }
    }

    /// Asks for variables that have neither a value nor a default.
    fn prompt(&mut self) {
        let Some(root) = self.configured.configuration.root() else {
            return;
        };
        let missing: Vec<(String, Option<String>)> = root
            .variables
            .iter()
            .filter(|(name, variable)| variable.is_required() && !self.variables.contains_key(name.as_ref()))
            .map(|(name, variable)| (name.to_string(), variable.description.clone()))
            .collect();
        for (name, description) in missing {
            let about = description.map(|text| format!(" ({text})")).unwrap_or_default();
            let Some(answer) = self.context.shell.ask(&format!("var.{name}{about}:")) else {
                return;
            };
            let input = text_input(
                &mut self.configured.sources,
                (&format!("var.{name}"), &answer),
                VariableOrigin::Prompt,
            );
            self.variables.insert(name, input);
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
