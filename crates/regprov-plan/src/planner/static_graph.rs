//! What is declared, and what refers to what: one node per declaration, before any instance.

use super::providers::ProviderTable;
use crate::codes;
use crate::world::{StaticId, StaticModule};
use foldhash::{HashMap, HashMapExt};
use regprov_diag::{Diagnostic, Diagnostics, Span};
use regprov_graph::{Graph, NodeId};
use regprov_lang::{Body, Condition, Expr, ProviderCall, Reference, Resource, Subject};

/// One declaration: its module and its position there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Node {
    Variable(StaticId, u32),
    Local(StaticId, u32),
    Output(StaticId, u32),
    /// The instances of a module call.
    Call(StaticId, u32),
    /// A provider configuration, by its row.
    Provider(u32),
    /// A resource or data block.
    Resource(StaticId, u32),
    Check(StaticId, u32),
    /// Everything in a module and in the modules within it.
    Close(StaticId),
}

/// The graph of declarations.
pub(crate) struct StaticGraph {
    pub(crate) graph: Graph<Node>,
    pub(crate) ids: HashMap<Node, NodeId>,
    /// Declarations that call functions of providers that are not part of the program, with a call.
    pub(crate) foreign: HashMap<Node, ProviderCall>,
}

struct Builder<'a> {
    statics: &'a [StaticModule],
    providers: &'a ProviderTable,
    graph: Graph<Node>,
    ids: HashMap<Node, NodeId>,
    foreign: HashMap<Node, ProviderCall>,
    diagnostics: Diagnostics,
}

/// What a reference waits for.
pub(super) fn target(statics: &[StaticModule], id: StaticId, subject: &Subject) -> Option<Vec<Node>> {
    let module = &statics[id as usize].module;
    match subject {
        Subject::Variable(name) => Some(vec![Node::Variable(
            id,
            small(module.variables.get_index_of(name)?),
        )]),
        Subject::Local(name) => Some(vec![Node::Local(id, small(module.locals.get_index_of(name)?))]),
        Subject::Resource { resource, .. } => Some(vec![Node::Resource(
            id,
            small(module.resources.get_index_of(resource)?),
        )]),
        Subject::Module { name, output, index } => {
            let call = module.module_calls.get_index_of(name)?;
            // With `for_each`, `module.name.key` is an instance, and all of its outputs.
            let is_key = index.is_none() && module.module_calls[call].for_each.is_some();
            let output = output.as_ref().filter(|_| !is_key);
            let child = statics[id as usize].children[call]?;
            let outputs = &statics[child as usize].module.outputs;
            let mut targets = vec![Node::Call(id, small(call))];
            match output {
                Some(output) => targets.extend(
                    outputs
                        .get_index_of(output)
                        .map(|at| Node::Output(child, small(at))),
                ),
                None => targets.extend((0..small(outputs.len())).map(|at| Node::Output(child, at))),
            }
            Some(targets)
        }
        Subject::EachKey
        | Subject::EachValue
        | Subject::CountIndex
        | Subject::SelfObject
        | Subject::PathModule
        | Subject::PathRoot
        | Subject::PathCwd
        | Subject::Workspace
        | Subject::Applying => None,
    }
}

/// Builds the graph; references to what is not declared are left to evaluation, which knows the place.
pub(crate) fn build(statics: &[StaticModule], providers: &ProviderTable) -> (StaticGraph, Diagnostics) {
    let mut builder = Builder {
        statics,
        providers,
        graph: Graph::new(),
        ids: HashMap::new(),
        foreign: HashMap::new(),
        diagnostics: Diagnostics::new(),
    };
    builder.add_nodes();
    for id in 0..small(statics.len()) {
        builder.connect_module(id);
    }
    builder.connect_providers();
    builder.report_cycles();
    (
        StaticGraph {
            graph: builder.graph,
            ids: builder.ids,
            foreign: builder.foreign,
        },
        builder.diagnostics,
    )
}

fn small(size: usize) -> u32 {
    u32::try_from(size).expect("fewer than 2^32 declarations")
}

impl Builder<'_> {
    fn add_nodes(&mut self) {
        for row in 0..small(self.providers.rows.len()) {
            self.add(Node::Provider(row));
        }
        for (id, written) in (0..).zip(self.statics) {
            let module = &written.module;
            (0..small(module.variables.len())).for_each(|at| self.add(Node::Variable(id, at)));
            (0..small(module.locals.len())).for_each(|at| self.add(Node::Local(id, at)));
            (0..small(module.module_calls.len())).for_each(|at| self.add(Node::Call(id, at)));
            (0..small(module.resources.len())).for_each(|at| self.add(Node::Resource(id, at)));
            (0..small(module.outputs.len())).for_each(|at| self.add(Node::Output(id, at)));
            (0..small(module.checks.len())).for_each(|at| self.add(Node::Check(id, at)));
            self.add(Node::Close(id));
        }
    }

    fn add(&mut self, node: Node) {
        let id = self.graph.add_node(node);
        self.ids.insert(node, id);
    }

    fn edge(&mut self, dependent: Node, dependency: Node) {
        self.graph.add_edge(self.ids[&dependent], self.ids[&dependency]);
    }

    fn connect_module(&mut self, id: StaticId) {
        let statics = self.statics;
        let written = &statics[id as usize];
        let module = &written.module;
        self.connect_inputs(id);
        for (local, at) in module.locals.values().zip(0..) {
            self.refer_all(id, Node::Local(id, at), [&local.expr]);
        }
        for (call, at) in module.module_calls.values().zip(0..) {
            self.refer_all(id, Node::Call(id, at), call.count.iter().chain(&call.for_each));
        }
        for (resource, at) in module.resources.values().zip(0..) {
            self.connect_resource(id, at, resource);
        }
        for (output, at) in module.outputs.values().zip(0..) {
            let node = Node::Output(id, at);
            self.refer_all(id, node, [&output.value]);
            self.refer_conditions(id, node, &output.preconditions);
            output
                .depends_on
                .iter()
                .for_each(|reference| self.refer_whole(id, node, reference));
            self.edge(Node::Close(id), node);
        }
        for (check, at) in module.checks.values().zip(0..) {
            self.refer_conditions(id, Node::Check(id, at), &check.asserts);
        }
        for child in written.children.iter().flatten() {
            self.edge(Node::Close(id), Node::Close(*child));
        }
    }

    /// Everything in a called module comes after the decision how many instances it has; variables after their inputs.
    fn connect_inputs(&mut self, id: StaticId) {
        let written = &self.statics[id as usize];
        let module = written.module.clone();
        if let Some((parent, call)) = written.parent {
            let owner = Node::Call(parent, call);
            for node in self.nodes_of(id) {
                self.edge(node, owner);
            }
            let parent_module = self.statics[parent as usize].module.clone();
            let (_, block) = parent_module
                .module_calls
                .get_index(call as usize)
                .expect("calls are numbered by their module");
            for (name, at) in module.variables.keys().zip(0..) {
                if let Some(attribute) = block.inputs.attributes.get(name) {
                    self.refer_all(parent, Node::Variable(id, at), [&attribute.expr]);
                }
            }
        }
        for (variable, at) in module.variables.values().zip(0..) {
            let node = Node::Variable(id, at);
            for condition in &variable.validations {
                let references = condition
                    .condition
                    .references()
                    .iter()
                    .chain(condition.error_message.references());
                for reference in references {
                    let own = matches!(&reference.subject, Subject::Variable(name) if module.variables.get_index_of(name) == Some(at as usize));
                    if !own {
                        self.refer(id, node, reference);
                    }
                }
            }
        }
    }

    fn nodes_of(&self, id: StaticId) -> Vec<Node> {
        let module = &self.statics[id as usize].module;
        let numbered =
            |count: usize, make: fn(StaticId, u32) -> Node| (0..small(count)).map(move |at| make(id, at));
        numbered(module.variables.len(), Node::Variable)
            .chain(numbered(module.locals.len(), Node::Local))
            .chain(numbered(module.module_calls.len(), Node::Call))
            .chain(numbered(module.resources.len(), Node::Resource))
            .chain(numbered(module.outputs.len(), Node::Output))
            .chain(numbered(module.checks.len(), Node::Check))
            .chain([Node::Close(id)])
            .collect()
    }

    fn connect_resource(&mut self, id: StaticId, at: u32, resource: &Resource) {
        let node = Node::Resource(id, at);
        self.edge(Node::Close(id), node);
        self.refer_body(id, node, &resource.body);
        self.refer_all(id, node, resource.count.iter().chain(&resource.for_each));
        self.refer_all(id, node, &resource.lifecycle.replace_triggered_by);
        self.refer_conditions(id, node, &resource.lifecycle.preconditions);
        self.refer_conditions(id, node, &resource.lifecycle.postconditions);
        resource
            .timeouts
            .iter()
            .for_each(|body| self.refer_body(id, node, body));
        for provisioner in &resource.provisioners {
            self.refer_body(id, node, &provisioner.body);
        }
        resource
            .depends_on
            .iter()
            .for_each(|reference| self.refer_whole(id, node, reference));
        for (module, reference) in inherited(self.statics, id) {
            self.refer_whole(module, node, &reference);
        }
        if let Some(row) = self.providers.of_block(id, at) {
            self.edge(node, Node::Provider(row));
        }
    }

    fn connect_providers(&mut self) {
        let providers = self.providers;
        for (row, at) in providers.rows.iter().zip(0..) {
            if let (Some((module, _)), Some(body)) = (row.written, row.body(self.statics)) {
                self.refer_body(module, Node::Provider(at), &body);
                if let Some((parent, call)) = self.statics[module as usize].parent {
                    self.edge(Node::Provider(at), Node::Call(parent, call));
                }
            }
        }
    }

    /// Notes a call of a function that nobody here has.
    fn call_all<'e>(&mut self, id: StaticId, node: Node, calls: impl IntoIterator<Item = &'e ProviderCall>) {
        let functions = &self.statics[id as usize].module.functions;
        let mut foreign = calls
            .into_iter()
            .filter(|call| functions.is_foreign(&call.provider));
        if let Some(call) = foreign.next() {
            self.foreign.entry(node).or_insert_with(|| call.clone());
        }
    }

    fn refer_body(&mut self, id: StaticId, node: Node, body: &Body) {
        self.call_all(id, node, body.provider_calls());
        for reference in body.references() {
            self.refer(id, node, reference);
        }
    }

    fn refer_all<'e>(&mut self, id: StaticId, node: Node, expressions: impl IntoIterator<Item = &'e Expr>) {
        for expression in expressions {
            self.call_all(id, node, expression.provider_calls());
            expression
                .references()
                .iter()
                .for_each(|reference| self.refer(id, node, reference));
        }
    }

    fn refer_conditions(&mut self, id: StaticId, node: Node, conditions: &[Condition]) {
        for condition in conditions {
            let (tested, message) = (&condition.condition, &condition.error_message);
            self.call_all(
                id,
                node,
                tested.provider_calls().iter().chain(message.provider_calls()),
            );
            let references = tested.references().iter().chain(message.references());
            for reference in references {
                // A postcondition may name its own block instead of `self`.
                if self
                    .target(id, &reference.subject)
                    .is_none_or(|target| !target.contains(&node))
                {
                    self.refer(id, node, reference);
                }
            }
        }
    }

    fn refer(&mut self, id: StaticId, node: Node, reference: &Reference) {
        for target in self.target(id, &reference.subject).unwrap_or_default() {
            if target == node {
                self.diagnostics.push(self_reference(reference));
            } else {
                self.edge(node, target);
            }
        }
    }

    fn target(&self, id: StaticId, subject: &Subject) -> Option<Vec<Node>> {
        target(self.statics, id, subject)
    }

    /// `depends_on`: a module call stands for everything in it.
    fn refer_whole(&mut self, id: StaticId, node: Node, reference: &Reference) {
        if let Subject::Module { name, .. } = &reference.subject {
            let written = &self.statics[id as usize];
            let call = written.module.module_calls.get_index_of(name);
            if let Some(child) = call.and_then(|call| written.children[call]) {
                self.edge(node, Node::Close(child));
                return;
            }
        }
        self.refer(id, node, reference);
    }

    fn report_cycles(&mut self) {
        for cycle in self.graph.cycles() {
            let nodes: Vec<Node> = cycle
                .nodes
                .iter()
                .map(|id| self.graph[*id])
                .filter(|node| !matches!(node, Node::Close(_)))
                .collect();
            let mut names: Vec<String> = nodes.iter().map(|node| self.name(*node)).collect();
            names.extend(names.first().cloned());
            let place = nodes.iter().find_map(|node| self.place(*node));
            let diagnostic = Diagnostic::error(&codes::CYCLE, "Dependency cycle")
                .detail(format!(
                    "These refer to each other in a circle, so none of them can come first: {}.",
                    names.join(" → ")
                ))
                .help("Remove one of these references, or split a block in two.")
                .at(place);
            let others = nodes
                .iter()
                .skip(1)
                .filter_map(|node| Some((self.place(*node)?, self.name(*node))));
            let diagnostic = others.fold(diagnostic, |diagnostic, (span, name)| {
                diagnostic.related(span, name)
            });
            self.diagnostics.push(diagnostic);
        }
    }

    fn name(&self, node: Node) -> String {
        name(self.statics, self.providers, node)
    }

    fn place(&self, node: Node) -> Option<Span> {
        place(self.statics, node)
    }
}

/// What `depends_on` of the calls that lead to a module names, with the module that says so.
pub(crate) fn inherited(statics: &[StaticModule], id: StaticId) -> Vec<(StaticId, Reference)> {
    let mut found = Vec::new();
    let mut at = id;
    while let Some((parent, call)) = statics[at as usize].parent {
        let calls = &statics[parent as usize].module.module_calls;
        let (_, block) = calls
            .get_index(call as usize)
            .expect("calls are numbered by their module");
        found.extend(
            block
                .depends_on
                .iter()
                .map(|reference| (parent, reference.clone())),
        );
        at = parent;
    }
    found
}

fn self_reference(reference: &Reference) -> Diagnostic {
    Diagnostic::error(&codes::CYCLE, "Self-referential block")
        .detail(format!("The block refers to itself by `{}`. Its values are known only once it exists; within provisioners and postconditions use `self`.", reference.subject))
        .at(reference.span)
}

/// The name of a declaration for people.
pub(crate) fn name(statics: &[StaticModule], providers: &ProviderTable, node: Node) -> String {
    let within = |id: StaticId, local: String| {
        let path = &statics[id as usize].path;
        let prefix: String = path.iter().map(|name| format!("module.{name}.")).collect();
        format!("{prefix}{local}")
    };
    let at = |position: u32| position as usize;
    match node {
        Node::Variable(id, index) => {
            let key = statics[at(id)]
                .module
                .variables
                .get_index(at(index))
                .map(|(name, _)| name.clone());
            within(id, format!("var.{}", key.unwrap_or_default()))
        }
        Node::Local(id, index) => {
            let key = statics[at(id)]
                .module
                .locals
                .get_index(at(index))
                .map(|(name, _)| name.clone());
            within(id, format!("local.{}", key.unwrap_or_default()))
        }
        Node::Output(id, index) => {
            let key = statics[at(id)]
                .module
                .outputs
                .get_index(at(index))
                .map(|(name, _)| name.clone());
            within(id, format!("output.{}", key.unwrap_or_default()))
        }
        Node::Call(id, index) => {
            let key = statics[at(id)]
                .module
                .module_calls
                .get_index(at(index))
                .map(|(name, _)| name.clone());
            within(id, format!("module.{}", key.unwrap_or_default()))
        }
        Node::Provider(row) => providers.rows[at(row)].address.to_string(),
        Node::Resource(id, index) => {
            let key = statics[at(id)]
                .module
                .resources
                .get_index(at(index))
                .map(|(name, _)| name.to_string());
            within(id, key.unwrap_or_default())
        }
        Node::Check(id, index) => {
            let key = statics[at(id)]
                .module
                .checks
                .get_index(at(index))
                .map(|(name, _)| name.clone());
            within(id, format!("check.{}", key.unwrap_or_default()))
        }
        Node::Close(id) => within(id, "(module)".to_owned()),
    }
}

fn place(statics: &[StaticModule], node: Node) -> Option<Span> {
    let module = |id: StaticId| &statics[id as usize].module;
    match node {
        Node::Variable(..) | Node::Provider(_) | Node::Close(_) => None,
        Node::Local(id, at) => module(id)
            .locals
            .get_index(at as usize)
            .map(|(_, local)| local.span),
        Node::Output(id, at) => module(id)
            .outputs
            .get_index(at as usize)
            .map(|(_, output)| output.span),
        Node::Call(id, at) => module(id)
            .module_calls
            .get_index(at as usize)
            .map(|(_, call)| call.span),
        Node::Resource(id, at) => module(id)
            .resources
            .get_index(at as usize)
            .map(|(_, block)| block.span),
        Node::Check(id, at) => module(id)
            .checks
            .get_index(at as usize)
            .map(|(_, check)| check.span),
    }
}
