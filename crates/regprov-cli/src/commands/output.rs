//! `output`: show the outputs of the configuration.

use super::Result;
use crate::arguments::OutputArguments;
use crate::codes::NOT_FOUND;
use crate::context::{Access, Context};
use crate::outcome::Outcome;
use crate::views;
use regprov_diag::{Diagnostic, suggest};
use regprov_state::{OutputState, Snapshot};
use serde_json::{Map, Value, json};

/// Runs the command.
pub(crate) async fn run(context: &Context, arguments: &OutputArguments) -> Result {
    let session = context
        .session(Context::realm(&arguments.realm), &Access::Read)
        .await?;
    let snapshot = session.snapshot();
    match &arguments.name {
        Some(name) => one(context, arguments, named(&snapshot, name)?),
        None => Ok(all(context, arguments, &snapshot)),
    }
}

fn named<'a>(snapshot: &'a Snapshot, name: &str) -> std::result::Result<&'a OutputState, Diagnostic> {
    snapshot.outputs.get(name).ok_or_else(|| {
        let error = Diagnostic::error(&NOT_FOUND, "Output not found")
            .detail(format!("The state has no output `{name}`."));
        match suggest(name, snapshot.outputs.keys()) {
            Some(near) => error.help(format!("Did you mean `{near}`?")),
            None => error.help("Outputs are recorded by apply: run it first if the output is new."),
        }
    })
}

/// One output is printed even if it is sensitive: it was asked for by name.
fn one(context: &Context, arguments: &OutputArguments, output: &OutputState) -> Result {
    if arguments.json {
        context.shell.reveal(&format!("{}\n", output.value));
        return Ok(Outcome::Done);
    }
    if arguments.raw {
        let text = match &output.value {
            Value::String(text) => text.clone(),
            Value::Number(_) | Value::Bool(_) => output.value.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => {
                return Err(Diagnostic::error(&NOT_FOUND, "Output has no bare text")
                    .detail("-raw prints a string, a number or a bool.")
                    .help("Use -json for lists, maps and objects.")
                    .into());
            }
        };
        context.shell.reveal(&text);
        return Ok(Outcome::Done);
    }
    let shown = views::value::shown(&regprov_value::from_json_implied(&output.value));
    context.shell.reveal(&format!("{shown}\n"));
    Ok(Outcome::Done)
}

fn all(context: &Context, arguments: &OutputArguments, snapshot: &Snapshot) -> Outcome {
    if arguments.json {
        let row = |output: &OutputState| {
            let mut row = json!({ "sensitive": output.sensitive, "type": output.value_type });
            if !output.sensitive {
                row["value"] = output.value.clone();
            }
            row
        };
        let rows: Map<String, Value> = snapshot
            .outputs
            .iter()
            .map(|(name, output)| (name.clone(), row(output)))
            .collect();
        context.shell.line(Value::Object(rows).to_string());
    } else if snapshot.outputs.is_empty() {
        context
            .shell
            .line("The state has no outputs. They are recorded by apply.");
    } else {
        views::state::print_outputs(&context.shell, snapshot);
    }
    Outcome::Done
}
