//! `graph`: print the graph of resources.

use super::Result;
use crate::arguments::GraphArguments;
use crate::context::Context;
use crate::load;
use crate::outcome::Outcome;
use regprov_plan::{Schemas, resource_graph};

/// Runs the command.
pub(crate) fn run(context: &Context, arguments: &GraphArguments) -> Result {
    let configured = load::files(context)?;
    let schemas = Schemas::new(&crate::wiring::providers_without_clouds(context));
    let graph = resource_graph(&configured.configuration, &schemas);
    let name = |name: &String| name.clone();
    if !arguments.mermaid {
        context.shell.line(graph.to_dot(name).trim_end());
        return Ok(Outcome::Done);
    }
    context.shell.line("flowchart LR");
    for (id, name) in graph.iter() {
        context.shell.line(format!("  n{}[\"{name}\"]", id.index()));
    }
    for (dependent, dependency) in graph.edges() {
        context
            .shell
            .line(format!("  n{} --> n{}", dependent.index(), dependency.index()));
    }
    Ok(Outcome::Done)
}
