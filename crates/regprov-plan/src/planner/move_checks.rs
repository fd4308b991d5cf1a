//! What `moved` blocks may not say: moves to the same address, of what is still declared, or that contradict one another.

use super::Planner;
use crate::codes;
use crate::world::StaticModule;
use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use regprov_addr::{InstanceAddress, ModuleAddress, ModuleStep, ResourceAddress, TargetAddress};
use regprov_diag::{Diagnostic, Diagnostics, Span};

/// One statement with whole addresses.
struct Statement {
    from: TargetAddress,
    to: TargetAddress,
    span: Span,
}

/// Checks what is written, before anything is expanded.
pub(super) fn check(statics: &[StaticModule]) -> Diagnostics {
    let mut found = Diagnostics::new();
    let (mut sources, mut targets): (
        HashMap<TargetAddress, Statement>,
        HashMap<TargetAddress, Statement>,
    ) = (HashMap::new(), HashMap::new());
    for statement in statements(statics) {
        if statement.from == statement.to {
            let detail = format!("This moves {} to where it is.", written(&statement.from));
            found.push(wrong("Redundant move statement", detail, statement.span).help("Remove the block."));
            continue;
        }
        if is_declared(statics, &statement) {
            found.push(still_there(&statement));
        }
        if let Some(first) = sources
            .get(&statement.from)
            .filter(|first| first.to != statement.to)
        {
            let detail = format!(
                "{} moves to {} and to {}; it can move to one address only.",
                written(&statement.from),
                written(&first.to),
                written(&statement.to)
            );
            found.push(
                wrong("Ambiguous move statements", detail, statement.span)
                    .related(first.span, "the other one is here"),
            );
        }
        if let Some(first) = targets
            .get(&statement.to)
            .filter(|first| first.from != statement.from)
        {
            let detail = format!(
                "{} and {} both move to {}; only one thing can have moved there.",
                written(&first.from),
                written(&statement.from),
                written(&statement.to)
            );
            found.push(
                wrong("Ambiguous move statements", detail, statement.span)
                    .related(first.span, "the other one is here"),
            );
        }
        let copy = || Statement {
            from: statement.from.clone(),
            to: statement.to.clone(),
            span: statement.span,
        };
        sources.entry(statement.from.clone()).or_insert_with(copy);
        targets.entry(statement.to.clone()).or_insert_with(copy);
    }
    found.extend(cycles(&sources));
    found
}

fn circle(steps: &[&Statement], first: &Statement) -> Diagnostic {
    let way: Vec<String> = steps.iter().map(|step| written(&step.from)).collect();
    let detail = format!(
        "These moves lead round in a circle, so nothing has a place: {} -> {}.",
        way.join(" -> "),
        written(&first.from)
    );
    wrong("Cyclic move statements", detail, first.span)
}

/// Moves that lead back to where they began, each circle told once.
fn cycles(sources: &HashMap<TargetAddress, Statement>) -> Diagnostics {
    let (mut found, mut known) = (Diagnostics::new(), HashSet::new());
    let mut starts: Vec<&Statement> = sources.values().collect();
    starts.sort_by_key(|statement| statement.span);
    for start in starts {
        let mut way = vec![start];
        while let Some(next) = way.last().and_then(|last| sources.get(&last.to)) {
            if known.contains(&next.span) {
                break;
            }
            if let Some(at) = way.iter().position(|step| step.span == next.span) {
                found.push(circle(&way[at..], next));
                break;
            }
            way.push(next);
        }
        known.extend(way.iter().map(|step| step.span));
    }
    found
}

impl Planner {
    /// Checks moves of single instances, once it is known which instances there are.
    pub(super) fn check_moved_instances(&mut self) {
        for statement in statements(&self.world.statics) {
            let declared = match &statement.from {
                TargetAddress::Instance(instance) => self.world.find_instance(instance).is_some(),
                TargetAddress::Module(module) => {
                    let keyed = module.0.last().is_some_and(|step| step.key.is_some());
                    keyed && self.world.module_at(module).is_some()
                }
                TargetAddress::Resource(_) => false,
            };
            if declared && statement.from != statement.to {
                self.diagnostics.push(still_there(&statement));
            }
        }
    }
}

fn statements(statics: &[StaticModule]) -> Vec<Statement> {
    let read = |written: &StaticModule| {
        let prefix: Vec<ModuleStep> = written
            .path
            .iter()
            .map(|name| ModuleStep {
                name: name.clone(),
                key: None,
            })
            .collect();
        let whole = move |text: &str| Some(absolute(&prefix, text.parse().ok()?));
        let moved = written.module.moved.iter().filter_map(|moved| {
            Some(Statement {
                from: whole(&moved.from.text)?,
                to: whole(&moved.to.text)?,
                span: moved.span,
            })
        });
        moved.collect::<Vec<_>>()
    };
    statics.iter().flat_map(read).collect()
}

fn absolute(prefix: &[ModuleStep], address: TargetAddress) -> TargetAddress {
    let module = |module: ModuleAddress| {
        let mut steps = prefix.to_vec();
        steps.extend(module.0);
        ModuleAddress(steps)
    };
    let resource = |resource: ResourceAddress| ResourceAddress {
        module: module(resource.module.clone()),
        ..resource
    };
    match address {
        TargetAddress::Module(inner) => TargetAddress::Module(module(inner)),
        TargetAddress::Resource(inner) => TargetAddress::Resource(resource(inner)),
        TargetAddress::Instance(InstanceAddress { resource: inner, key }) => {
            TargetAddress::Instance(InstanceAddress {
                resource: resource(inner),
                key,
            })
        }
    }
}

/// Whether what moves away is still written. An address without a key means the one instance where the other has one.
fn is_declared(statics: &[StaticModule], statement: &Statement) -> bool {
    let find = |module: &ModuleAddress| {
        let steps = module.0.iter().map(|step| &step.name);
        statics
            .iter()
            .find(|written| steps.clone().eq(written.path.iter()))
    };
    match &statement.from {
        TargetAddress::Resource(from) => {
            let Some(written) = find(&from.module) else {
                return false;
            };
            let block = written.module.resources.iter().find(|(name, _)| {
                name.mode == from.mode
                    && *name.resource_type == *from.resource_type
                    && *name.name == *from.name
            });
            let single = matches!(statement.to, TargetAddress::Instance(_));
            block.is_some_and(|(_, block)| !single || (block.count.is_none() && block.for_each.is_none()))
        }
        TargetAddress::Module(from) => {
            let Some((last, before)) = from.0.split_last() else {
                return false;
            };
            let parent = find(&ModuleAddress(before.to_vec()));
            let call = parent.and_then(|parent| parent.module.module_calls.get(last.name.as_str()));
            let single = matches!(&statement.to, TargetAddress::Module(to) if to.0.last().is_some_and(|step| step.key.is_some()));
            last.key.is_none()
                && call.is_some_and(|call| !single || (call.count.is_none() && call.for_each.is_none()))
        }
        TargetAddress::Instance(_) => false,
    }
}

fn written(address: &TargetAddress) -> String {
    address.to_string()
}

fn wrong(summary: &str, detail: String, span: Span) -> Diagnostic {
    Diagnostic::error(&codes::MOVED, summary).detail(detail).at(span)
}

fn still_there(statement: &Statement) -> Diagnostic {
    let detail = format!(
        "{} is to move to {}, and it is still declared.",
        written(&statement.from),
        written(&statement.to)
    );
    wrong("Moved object still exists", detail, statement.span).help(format!(
        "Declare it as {} instead, or remove the `moved` block.",
        written(&statement.to)
    ))
}
