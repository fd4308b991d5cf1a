//! `console`: evaluate expressions.

mod entry;

use super::Result;
use crate::arguments::ConsoleArguments;
use crate::backend;
use crate::context::{Access, Context};
use crate::load::{self, Configured};
use crate::outcome::Outcome;
use crate::shell::LineEditor;
use crate::views::console as views;
use crate::wiring;
use crate::workbench::{Setup, Workbench};
use regprov_addr::ModuleAddress;
use regprov_diag::{Diagnostic, Diagnostics, Sources};
use regprov_engine::prior;
use regprov_lang::{ConsoleInput, parse_console};
use regprov_plan::{Evaluation, EvaluationInput, Schemas};
use std::io::{self, BufRead as _};
use std::sync::Arc;

/// The name that messages have for what was typed.
const INPUT: &str = "<console-input>";

/// What `help` answers.
const HELP: &str =
    "Type an expression and press enter to see its value: 1 + 1, var.name, azurerm_resource_group.a.id.
Objects are those of the state, or of the plan where the console was started with -plan.
type(…) around an expression tells its type. An expression with an open bracket goes on with the next line.

To leave, type exit, or press Control-C or Control-D.";

/// Runs the command.
pub(crate) async fn run(context: &Context, arguments: &ConsoleArguments) -> Result {
    let configured = load::configuration_if_any(context, &arguments.inputs())?;
    let (evaluation, found) = if arguments.plan {
        planned(context, arguments, &configured).await?
    } else {
        recorded(context, arguments, &configured).await?
    };
    context.shell.diagnostics(&found, &configured.sources);
    if found.has_errors() {
        context
            .shell
            .note("warning: because of the problems above, some expressions may not have the value that they should have\n");
    }
    let mut console = Console {
        context,
        sources: configured.sources.clone(),
        configured: &configured,
        evaluation,
    };
    console.enter(arguments.scope.as_deref())?;
    Ok(if context.environment.interactive {
        console.converse()
    } else {
        console.drain(arguments.each)
    })
}

/// The configuration against the state.
async fn recorded(
    context: &Context,
    arguments: &ConsoleArguments,
    configured: &Configured,
) -> std::result::Result<(Evaluation, Diagnostics), Diagnostics> {
    let realm = Context::realm(&arguments.realm);
    let session = match &arguments.state {
        Some(path) => context.session_of(&context.directory.join(path)).await?,
        None => context.session(realm, &Access::Read).await?,
    };
    let snapshot = session.snapshot();
    let randomness = Arc::clone(&context.randomness);
    let input = EvaluationInput {
        configuration: Arc::clone(&configured.configuration),
        variables: configured.variables.clone(),
        prior: prior(&snapshot, true),
        schemas: Schemas::new(&wiring::providers_without_clouds(context)),
        workspace: context.workspace(),
        working_directory: context.directory.clone(),
        home: context.environment.get("HOME").map(std::path::PathBuf::from),
        now: context.clock.now(),
        random: Box::new(move |bytes| randomness.fill(bytes)),
    };
    Ok(Evaluation::of_state(input, &configured.disk))
}

/// The configuration against what is planned.
async fn planned(
    context: &Context,
    arguments: &ConsoleArguments,
    configured: &Configured,
) -> std::result::Result<(Evaluation, Diagnostics), Diagnostics> {
    backend::settle(context, configured, Context::realm(&arguments.realm)).await?;
    let setup = Setup {
        realm: &arguments.realm,
        locking: &arguments.locking,
        operation: "OperationTypePlan",
        parallelism: 10,
        allow_local_exec: false,
        json: false,
    };
    let request = load::plain_request(context, configured, Context::realm(&arguments.realm));
    let mut bench = Workbench::open(context, &setup).await?;
    let outcome = match bench.recover(context, &setup, configured, &request).await {
        Ok(()) => Ok(bench
            .engine
            .evaluation(&request, &bench.session, &bench.connections, &configured.disk)
            .await),
        Err(found) => Err(found),
    };
    bench.close(context).await;
    outcome
}

/// A conversation.
struct Console<'a> {
    context: &'a Context,
    configured: &'a Configured,
    sources: Sources,
    evaluation: Evaluation,
}

/// What becomes of an entry.
enum Reply {
    /// This is printed.
    Text(String),
    /// The conversation ends.
    Exit,
}

impl Console<'_> {
    fn enter(&mut self, scope: Option<&str>) -> std::result::Result<(), Diagnostic> {
        let Some(text) = scope else { return Ok(()) };
        let refused = |why: String| {
            Diagnostic::error(&crate::codes::NOT_FOUND, "Invalid module")
                .detail(format!("-scope `{text}`: {why}."))
                .help("Name an instance of a module that is called here: -scope='module.a[\"x\"]'")
        };
        let module: ModuleAddress = text
            .parse()
            .map_err(|error: regprov_addr::AddressError| refused(error.to_string()))?;
        match self.evaluation.enter(&module) {
            true => Ok(()),
            false => Err(refused("the configuration has no such module instance".into())),
        }
    }

    /// Answers every line of what is piped in; like Terraform, tells only the last result, and stops at the first error.
    fn drain(&mut self, each: bool) -> Outcome {
        let mut last = String::new();
        let mut outcome = Outcome::Done;
        for line in io::stdin().lock().lines() {
            let line = match line {
                Ok(line) => line,
                Err(error) => {
                    self.context
                        .shell
                        .note(format!("error: standard input cannot be read: {error}"));
                    return Outcome::Failed;
                }
            };
            match self.answer(line.trim()) {
                Ok(Reply::Text(text)) if each => self.context.shell.reveal(&format!("{text}\n")),
                Ok(Reply::Text(text)) => last = text,
                Ok(Reply::Exit) => return outcome,
                Err(found) => {
                    self.context.shell.diagnostics(&found, &self.sources);
                    outcome = Outcome::Failed;
                    if !each {
                        return outcome;
                    }
                }
            }
        }
        if !each {
            self.context.shell.reveal(&format!("{last}\n"));
        }
        outcome
    }

    /// Prompts until the user leaves.
    fn converse(&mut self) -> Outcome {
        let mut lines: Vec<String> = Vec::new();
        let mut editor = LineEditor::new();
        loop {
            let prompt = if lines.is_empty() { "> " } else { ": " };
            let Some(line) = self.context.shell.prompt(prompt, &mut editor) else {
                return Outcome::Done;
            };
            lines.push(line);
            if entry::may_go_on(&lines) {
                continue;
            }
            let text = std::mem::take(&mut lines).join("\n");
            match self.answer(&text) {
                Ok(Reply::Text(text)) => self.context.shell.reveal(&format!("{text}\n")),
                Ok(Reply::Exit) => return Outcome::Done,
                Err(found) => self.context.shell.diagnostics(&found, &self.sources),
            }
        }
    }

    fn answer(&mut self, text: &str) -> std::result::Result<Reply, Diagnostics> {
        match text.trim() {
            "" => Ok(Reply::Text(String::new())),
            "exit" => Ok(Reply::Exit),
            "help" => Ok(Reply::Text(HELP.to_owned())),
            _ => self.evaluate(text).map(Reply::Text),
        }
    }

    fn evaluate(&mut self, text: &str) -> std::result::Result<String, Diagnostics> {
        // Only the present entry is shown in messages.
        self.sources = self.configured.sources.clone();
        let source = self.sources.add(INPUT, text);
        self.evaluation.set_now(self.context.clock.now());
        let disk = &self.configured.disk;
        match parse_console(text, source)? {
            ConsoleInput::Value(expr) => Ok(views::value(&self.evaluation.evaluate(&expr, disk)?)),
            ConsoleInput::Type(expr) => Ok(views::value_type(&self.evaluation.evaluate(&expr, disk)?.ty())),
            ConsoleInput::TypeOfType => Ok("type".to_owned()),
        }
    }
}
