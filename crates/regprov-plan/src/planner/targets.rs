//! `-target`: what a plan is limited to.

use super::Planner;
use super::priors::PriorObject;
use super::static_graph::Node;
use crate::{Mode, codes};
use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use regprov_addr::{InstanceAddress, ResourceAddress, TargetAddress};
use regprov_diag::Diagnostic;
use regprov_graph::NodeId as GraphId;
use std::collections::BTreeSet;

/// The declarations that a plan looks at.
pub(super) fn wanted(planner: &mut Planner) -> HashSet<Node> {
    planner.doomed = doomed(planner);
    let graph = &planner.graph.graph;
    let all = || graph.iter().map(|(_, node)| *node);
    let starts: Vec<Node> = match planner.settings.mode {
        Mode::Destroy => all()
            .filter(|node| matches!(node, Node::Provider(row) if planner.is_row_used(*row)))
            .collect(),
        Mode::Normal | Mode::RefreshOnly if planner.settings.targets.is_empty() => return all().collect(),
        Mode::Normal | Mode::RefreshOnly => all().filter(|node| planner.names(*node).is_some()).collect(),
    };
    let ids: Vec<_> = starts.iter().map(|node| planner.graph.ids[node]).collect();
    let mut wanted: HashSet<Node> = graph
        .transitive_dependencies(ids)
        .into_iter()
        .map(|id| graph[id])
        .collect();
    planner.limited = starts
        .iter()
        .filter(|node| !wanted.contains(node) && planner.names(**node) == Some(false))
        .copied()
        .collect();
    wanted.extend(starts);
    if planner.settings.mode != Mode::Destroy {
        let told = outputs_of(planner, &wanted);
        wanted.extend(told);
    }
    report_unknown(planner);
    wanted
}

/// The declarations that configurations of used providers are computed from.
pub(super) fn behind_providers(planner: &Planner) -> HashSet<GraphId> {
    let graph = &planner.graph.graph;
    let used = graph
        .iter()
        .filter(|(_, node)| matches!(node, Node::Provider(row) if planner.is_row_used(*row)));
    let ids: Vec<GraphId> = used.map(|(id, _)| id).collect();
    graph.transitive_dependencies(ids).into_iter().collect()
}

/// The outputs of the root module that derive from wanted blocks and from no other, with what they need.
fn outputs_of(planner: &Planner, wanted: &HashSet<Node>) -> HashSet<Node> {
    let graph = &planner.graph.graph;
    let mut told = HashSet::new();
    for (id, node) in graph.iter() {
        if !matches!(node, Node::Output(0, _)) {
            continue;
        }
        let needed = graph.transitive_dependencies(vec![id]);
        let needed: Vec<Node> = needed.into_iter().map(|id| graph[id]).collect();
        let mut blocks = needed
            .iter()
            .filter(|node| matches!(node, Node::Resource(..)))
            .peekable();
        if blocks.peek().is_some() && blocks.all(|block| wanted.contains(block)) {
            told.insert(*node);
            told.extend(needed);
        }
    }
    told
}

/// Blocks whose recorded objects depend, directly or through others, on a targeted one.
fn doomed(planner: &Planner) -> HashSet<ResourceAddress> {
    let targets = &planner.settings.targets;
    if planner.settings.mode != Mode::Destroy || targets.is_empty() {
        return HashSet::new();
    }
    let objects = &planner.priors.objects;
    let mut dependents: HashMap<&ResourceAddress, Vec<ResourceAddress>> = HashMap::new();
    for object in objects {
        for dependency in &object.record.dependencies {
            dependents
                .entry(dependency)
                .or_default()
                .push(object.address.resource.without_keys());
        }
    }
    let targeted = objects
        .iter()
        .filter(|object| targets.iter().any(|target| target.contains(&object.address)));
    let mut pending: Vec<ResourceAddress> = targeted
        .map(|object| object.address.resource.without_keys())
        .collect();
    let mut found = HashSet::new();
    while let Some(block) = pending.pop() {
        for dependent in dependents.get(&block).into_iter().flatten() {
            if found.insert(dependent.clone()) {
                pending.push(dependent.clone());
            }
        }
    }
    found
}

/// Refuses targets that leave out where an object moved from, or where it moved to.
pub(super) fn excluded_moves(objects: &[PriorObject], targets: &[TargetAddress]) -> Option<Diagnostic> {
    let moved = objects
        .iter()
        .filter(|object| object.record.address != object.address);
    let ends = moved.flat_map(|object| [&object.record.address, &object.address]);
    let excluded: BTreeSet<String> = ends
        .filter(|address| !targets.iter().any(|target| target.contains(address)))
        .map(|address| address.resource.without_keys().to_string())
        .collect();
    if targets.is_empty() || excluded.is_empty() {
        return None;
    }
    let missing: Vec<String> = excluded
        .iter()
        .map(|address| format!("  -target={address}"))
        .collect();
    let detail = format!(
        "Recorded objects have moved, and the targets name only one of the addresses, or neither. Add these targets, or plan without any:\n{}",
        missing.join("\n")
    );
    Some(Diagnostic::error(&codes::TARGET, "Moved objects are not targeted").detail(detail))
}

fn report_unknown(planner: &mut Planner) {
    for target in planner.settings.targets.clone() {
        let declared = planner
            .graph
            .graph
            .iter()
            .any(|(_, node)| planner.is_named_by(*node, &target).is_some());
        let recorded = planner
            .priors
            .objects
            .iter()
            .any(|object| target.contains(&object.address));
        if !declared && !recorded {
            let detail = format!("`-target={target}` names nothing that is declared or in the state.");
            planner
                .diagnostics
                .push(Diagnostic::warning(&codes::TARGET, "Target without effect").detail(detail));
        }
    }
}

impl Planner {
    /// Whether targets name a block: as a whole, or (`Some(false)`) only some of its instances.
    fn names(&self, node: Node) -> Option<bool> {
        self.settings
            .targets
            .iter()
            .filter_map(|target| self.is_named_by(node, target))
            .max()
    }

    fn is_named_by(&self, node: Node, target: &TargetAddress) -> Option<bool> {
        let Node::Resource(module, block) = node else {
            return None;
        };
        let written = &self.world.statics[module as usize];
        let (name, _) = written.module.resources.get_index(block as usize)?;
        let path = |address: &regprov_addr::ModuleAddress| {
            address.0.iter().map(|step| step.name.clone()).collect::<Vec<_>>()
        };
        let keyed = !target.module().has_no_keys();
        let same = |resource: &regprov_addr::ResourceAddress| {
            path(&resource.module) == written.path
                && resource.mode == name.mode
                && *resource.resource_type == *name.resource_type
                && *resource.name == *name.name
        };
        match target {
            TargetAddress::Module(address) => written.path.starts_with(&path(address)).then_some(!keyed),
            TargetAddress::Resource(resource) => same(resource).then_some(!keyed),
            TargetAddress::Instance(instance) => same(&instance.resource).then_some(false),
        }
    }

    /// Whether an instance of a wanted block is planned.
    pub(super) fn is_targeted(&self, address: &InstanceAddress) -> bool {
        self.limited.is_empty()
            || self
                .block_node(&address.resource)
                .is_none_or(|node| !self.limited.contains(&node))
            || self
                .settings
                .targets
                .iter()
                .any(|target| target.contains(address))
    }

    /// Whether a recorded object may be read and deleted by this plan.
    pub(super) fn is_targeted_prior(&self, address: &InstanceAddress) -> bool {
        if self.settings.targets.is_empty()
            || self
                .settings
                .targets
                .iter()
                .any(|target| target.contains(address))
        {
            return true;
        }
        match self.settings.mode {
            Mode::Destroy => self.doomed.contains(&address.resource.without_keys()),
            Mode::Normal | Mode::RefreshOnly => self
                .block_node(&address.resource)
                .is_some_and(|node| self.wanted.contains(&node) && !self.limited.contains(&node)),
        }
    }

    fn is_row_used(&self, row: u32) -> bool {
        self.priors.objects.iter().any(|object| object.row == row)
    }
}
