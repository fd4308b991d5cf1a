//! `graph`: print the graph of resources.

use super::Result;
use crate::arguments::{GraphArguments, InputArguments};
use crate::context::Context;
use crate::load;
use crate::outcome::Outcome;
use crate::plan_file;
use regprov_addr::ResourceAddress;
use regprov_diag::Sources;
use regprov_plan::{OperationGraph, ResourceGraph, Schemas, Shape, operation_graph, resource_graph};
use std::fmt::Write as _;

/// Runs the command.
pub(crate) fn run(context: &Context, arguments: &GraphArguments) -> Result {
    let configured = match &arguments.plan {
        Some(path) => {
            let plan = plan_file::read(&context.directory.join(path), context)?;
            load::from_plan(context, &plan, Sources::new())?
        }
        None => load::configuration_if_any(context, &InputArguments::default())?,
    };
    let schemas = Schemas::new(&crate::wiring::providers_without_clouds(context));
    let text = if arguments.operation.is_some() || arguments.plan.is_some() {
        let graph = operation_graph(&configured.configuration, &schemas);
        operation_dot(&graph, arguments.draw_cycles)
    } else {
        let graph = resource_graph(&configured.configuration, &schemas);
        if arguments.mermaid {
            mermaid(&graph)
        } else {
            dot(&graph)
        }
    };
    context.shell.line(text.trim_end());
    Ok(Outcome::Done)
}

/// Terraform's form of operations: arrows from dependents to dependencies.
fn operation_dot(graph: &OperationGraph, draw_cycles: bool) -> String {
    let quoted = |name: &str| format!("\"[root] {}\"", name.replace('"', "\\\""));
    let mut out =
        String::from("digraph {\n\tcompound = \"true\"\n\tnewrank = \"true\"\n\tsubgraph \"root\" {\n");
    for node in &graph.nodes {
        let (label, shape) = match &node.shape {
            Some(Shape::Box(label)) => (label, "box"),
            Some(Shape::Note(label)) => (label, "note"),
            Some(Shape::Diamond(label)) => (label, "diamond"),
            None => continue,
        };
        let label = label.replace('"', "\\\"");
        writeln!(
            out,
            "\t\t{} [label = \"{label}\", shape = \"{shape}\"]",
            quoted(&node.name)
        )
        .expect(WRITES);
    }
    let mut arrows: Vec<String> = Vec::new();
    for (from, dependencies) in graph.dependencies.iter().enumerate() {
        for to in dependencies {
            let arrow = format!(
                "{} -> {}",
                quoted(&graph.nodes[from].name),
                quoted(&graph.nodes[*to].name)
            );
            arrows.push(match draw_cycles && graph.circular.contains(&(from, *to)) {
                true => arrow + " [color = \"red\", penwidth = \"2.0\"]",
                false => arrow,
            });
        }
    }
    arrows.sort();
    for arrow in arrows {
        writeln!(out, "\t\t{arrow}").expect(WRITES);
    }
    out + "\t}\n}"
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
