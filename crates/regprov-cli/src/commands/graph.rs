//! `graph`: print the graph of resources.

use super::Result;
use crate::arguments::{GraphArguments, InputArguments};
use crate::context::Context;
use crate::load;
use crate::outcome::Outcome;
use regprov_addr::ResourceAddress;
use regprov_plan::{ResourceGraph, Schemas, resource_graph};
use std::fmt::Write as _;

/// Runs the command.
pub(crate) fn run(context: &Context, arguments: &GraphArguments) -> Result {
    let inputs = InputArguments::default();
    let configured = load::configuration_if_any(context, &inputs)?;
    let schemas = Schemas::new(&crate::wiring::providers_without_clouds(context));
    let graph = resource_graph(&configured.configuration, &schemas);
    let text = if arguments.mermaid {
        mermaid(&graph)
    } else {
        dot(&graph)
    };
    context.shell.line(text.trim_end());
    Ok(Outcome::Done)
}

const WRITES: &str = "writing to a string does not fail";

/// Terraform's form: a cluster a module, arrows from dependents to dependencies.
fn dot(graph: &ResourceGraph) -> String {
    let mut out =
        String::from("digraph G {\n  rankdir = \"RL\";\n  node [shape = rect, fontname = \"sans-serif\"];\n");
    if graph.blocks.is_empty() {
        out.push_str("  /* This configuration does not contain any resources. */\n");
    }
    for group in by_module(graph) {
        let module = group[0].module.to_string();
        let indent = if module.is_empty() { "  " } else { "    " };
        if !module.is_empty() {
            let _ = writeln!(
                out,
                "  subgraph \"cluster_{module}\" {{\n    label = \"{module}\"\n    fontname = \"sans-serif\""
            );
        }
        for block in group {
            writeln!(out, "{indent}\"{block}\" [label=\"{}\"];", block.within_module()).expect(WRITES);
        }
        if !module.is_empty() {
            out.push_str("  }\n");
        }
    }
    for (from, to) in edges(graph) {
        writeln!(out, "  \"{from}\" -> \"{to}\";").expect(WRITES);
    }
    out + "}"
}

/// The same for Mermaid.
fn mermaid(graph: &ResourceGraph) -> String {
    let mut out = String::from("flowchart LR\n");
    for group in by_module(graph) {
        let module = group[0].module.to_string();
        let indent = if module.is_empty() { "  " } else { "    " };
        if !module.is_empty() {
            writeln!(out, "  subgraph {module}").expect(WRITES);
        }
        for block in group {
            writeln!(out, "{indent}{block}[\"{}\"]", block.within_module()).expect(WRITES);
        }
        if !module.is_empty() {
            out.push_str("  end\n");
        }
    }
    for (from, to) in edges(graph) {
        writeln!(out, "  {from} --> {to}").expect(WRITES);
    }
    out
}

fn by_module(graph: &ResourceGraph) -> impl Iterator<Item = &[ResourceAddress]> {
    graph.blocks.chunk_by(|one, other| one.module == other.module)
}

fn edges(graph: &ResourceGraph) -> impl Iterator<Item = (&ResourceAddress, &ResourceAddress)> {
    let rows = graph.blocks.iter().zip(&graph.dependencies);
    rows.flat_map(move |(from, dependencies)| dependencies.iter().map(move |to| (from, &graph.blocks[*to])))
}
