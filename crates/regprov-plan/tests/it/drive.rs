//! Drives planner and execution with answers from memory, and renders what comes out.

use crate::cloud;
use expect_test::Expect;
use regprov_addr::{InstanceAddress, ProviderConfigAddress};
use regprov_diag::{Diagnostics, Sources};
use regprov_lang::{Configuration, Files, LoadOptions, load};
use regprov_plan::{
    Action, Answer, ApplyContext, Execution, Given, Mode, Need, Operation, Plan, Planner, PlannerInput,
    Prior, PriorInstance, Realm, VariableInput, VariableOrigin, complete_variables, encode_attributes,
};
use regprov_provider::Observed;
use regprov_value::{Marks, Value, render};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A world in memory: files, what exists, what is recorded.
#[derive(Clone)]
pub(crate) struct Bench {
    pub(crate) files: BTreeMap<PathBuf, String>,
    pub(crate) exists: BTreeMap<String, Value>,
    pub(crate) prior: Prior,
    pub(crate) mode: Mode,
    pub(crate) targets: Vec<String>,
    pub(crate) replace: Vec<String>,
    pub(crate) skip_unsupported: bool,
    pub(crate) adopt: bool,
    pub(crate) variables: BTreeMap<String, Value>,
}

/// A bench with one file.
pub(crate) fn bench(main: &str) -> Bench {
    Bench {
        files: BTreeMap::from([(PathBuf::from("main.tf"), main.to_owned())]),
        exists: BTreeMap::new(),
        prior: Prior::default(),
        mode: Mode::Normal,
        targets: Vec::new(),
        replace: Vec::new(),
        skip_unsupported: false,
        adopt: false,
        variables: BTreeMap::new(),
    }
}

struct Memory<'a>(&'a BTreeMap<PathBuf, String>);

fn plain(path: &Path) -> PathBuf {
    path.components()
        .filter(|part| !matches!(part, std::path::Component::CurDir))
        .collect()
}

impl Files for Memory<'_> {
    fn read(&self, path: &Path) -> io::Result<Arc<[u8]>> {
        self.0
            .get(&plain(path))
            .map(|text| Arc::from(text.as_bytes()))
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<String>> {
        let directory = plain(directory);
        let inside = self.0.keys().filter(|path| path.parent() == Some(&directory));
        Ok(inside
            .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
            .collect())
    }

    fn is_dir(&self, path: &Path) -> bool {
        let directory = plain(path);
        self.0
            .keys()
            .any(|path| path.starts_with(&directory) && *path != directory)
    }
}

impl Bench {
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub(crate) fn edit(&mut self, main: &str) {
        self.files.insert(PathBuf::from("main.tf"), main.to_owned());
    }

    pub(crate) fn load(&self) -> (Arc<Configuration>, Sources, Diagnostics) {
        let loaded = load(Path::new(""), &Memory(&self.files), &LoadOptions::default());
        (Arc::new(loaded.configuration), loaded.sources, loaded.diagnostics)
    }

    pub(crate) fn input(&self) -> (PlannerInput, Sources) {
        let (configuration, sources, diagnostics) = self.load();
        assert!(!diagnostics.has_errors(), "{diagnostics}");
        let variables = self.variables.iter().map(|(name, value)| {
            let given = Given::Value(value.clone());
            (
                name.clone(),
                VariableInput {
                    given,
                    origin: VariableOrigin::CommandLine,
                    span: None,
                },
            )
        });
        let input = PlannerInput {
            configuration,
            sources: sources.clone(),
            files: BTreeMap::new(),
            variables: variables.collect(),
            prior: self.prior.clone(),
            schemas: cloud::schemas(),
            mode: self.mode,
            targets: self
                .targets
                .iter()
                .map(|target| target.parse().unwrap())
                .collect(),
            replace: self
                .replace
                .iter()
                .map(|target| target.parse().unwrap())
                .collect(),
            refresh: true,
            skip_unsupported: self.skip_unsupported,
            adopt: self.adopt,
            realm: Realm::Live,
            workspace: "default".to_owned(),
            timestamp: "2026-01-01T00:00:00Z".parse().unwrap(),
            working_directory: PathBuf::from("."),
            home: None,
        };
        (input, sources)
    }

    pub(crate) fn plan(&self) -> (Option<Plan>, Diagnostics, Sources) {
        let (input, sources) = self.input();
        let mut planner = Planner::new(input);
        loop {
            let needs = planner.needs();
            if needs.is_empty() {
                break;
            }
            for (id, need) in needs {
                planner.supply(id, self.answer(need));
            }
        }
        let (plan, diagnostics) = planner.finish();
        (plan, diagnostics, sources)
    }

    fn answer(&self, need: Need) -> Answer {
        match need {
            Need::ReadFile { path } => Answer::File(Memory(&self.files).read(&path)),
            Need::FileKind { path } => {
                Answer::FileKind(Ok(self.files.contains_key(&plain(&path)).then_some(true)))
            }
            Need::Walk { .. } => Answer::Walk(Ok(self
                .files
                .keys()
                .map(|path| path.display().to_string())
                .collect())),
            Need::Connect { .. } => Answer::Connected(Ok(cloud::connection())),
            Need::Refresh { id, .. } | Need::Existing { id, .. } => Answer::Observed(Ok(self
                .exists
                .get(&id)
                .cloned()
                .map_or(Observed::Absent, Observed::Present))),
            Need::ReadData { config, .. } | Need::Open { config, .. } => {
                Answer::Data(Ok(cloud::found(&config)))
            }
            Need::Preflight { .. } => Answer::Findings(Vec::new()),
        }
    }

    /// Plans and applies; what exists and what is recorded is so afterwards. Answers what was done.
    pub(crate) fn apply(&mut self) -> String {
        let (plan, diagnostics, _) = self.plan();
        let plan = plan.unwrap_or_else(|| panic!("{diagnostics}"));
        let mut plan = Plan::from_bytes(&plan.to_bytes()).unwrap();
        let (configuration, _, _) = self.load();
        let found = complete_variables(&mut plan, &configuration, BTreeMap::new());
        assert!(found.is_empty(), "{found}");
        let context = ApplyContext {
            now: "2026-01-02T00:00:00Z".parse().unwrap(),
            random: Box::new(|bytes| bytes.fill(7)),
        };
        let mut execution = Execution::new(
            &plan,
            configuration,
            cloud::schemas(),
            self.prior.clone(),
            context,
        )
        .unwrap_or_else(|errors| panic!("{errors}"));
        let mut done = String::new();
        for node in &plan.graph.nodes {
            self.carry_out(&plan, &mut execution, &node.operation, &mut done);
        }
        let (outputs, errors) = execution.outputs();
        assert!(!errors.has_errors(), "{errors}");
        for (name, output) in &outputs {
            let _ = writeln!(done, "output {name} = {}", render(&output.value));
        }
        self.prior.outputs = outputs;
        self.prior.stamp.serial += 1;
        done
    }

    fn carry_out(
        &mut self,
        plan: &Plan,
        execution: &mut Execution,
        operation: &Operation,
        done: &mut String,
    ) {
        match operation {
            Operation::Connect { provider, .. } => {
                let (config, _) = execution
                    .provider_config(provider)
                    .unwrap_or_else(|errors| panic!("{errors}"));
                let _ = writeln!(done, "connect {} {}", provider.provider.name, render(&config));
            }
            Operation::ReadData { address } => {
                let config = execution
                    .data_config(address)
                    .unwrap_or_else(|errors| panic!("{errors}"));
                let (_, errors) = execution.record(address, cloud::found(&config));
                assert!(errors.is_empty(), "{errors}");
                let _ = writeln!(done, "read {address}");
            }
            Operation::Create { address } | Operation::Update { address } => {
                let desired = execution
                    .desired(address)
                    .unwrap_or_else(|errors| panic!("{errors}"));
                let object = cloud::make(&desired.unmark_deep().0);
                let (recorded, errors) = execution.record(address, object.clone());
                assert!(!errors.has_errors(), "{errors}");
                let id = object
                    .get("id")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned();
                self.exists.insert(id, object);
                let change = plan.change(address).unwrap();
                let verb = if matches!(operation, Operation::Create { .. }) {
                    "create"
                } else {
                    "update"
                };
                let _ = writeln!(done, "{verb} {address}");
                self.forget(address);
                self.record(address, &recorded, change.provider.clone(), |record| {
                    record.dependencies.clone_from(&change.dependencies)
                });
            }
            Operation::Delete { address, .. } => {
                let change = plan.change(address).unwrap();
                if change.action != Action::CreateThenDelete {
                    self.forget(address);
                }
                if let Some(id) = &change.id {
                    self.exists.remove(id);
                }
                execution.record_deleted(address);
                let _ = writeln!(done, "delete {address}");
            }
            Operation::Forget { address, .. } => {
                self.forget(address);
                let _ = writeln!(done, "forget {address}");
            }
            Operation::Join => {}
        }
    }

    fn forget(&mut self, address: &InstanceAddress) {
        self.prior.instances.retain(|record| record.address != *address);
    }

    fn record(
        &mut self,
        address: &InstanceAddress,
        value: &Value,
        provider: ProviderConfigAddress,
        change: impl FnOnce(&mut PriorInstance),
    ) {
        let schemas = cloud::schemas();
        let block = &schemas
            .resource(&provider.provider, &address.resource.resource_type)
            .unwrap()
            .schema()
            .block;
        let mut record = PriorInstance {
            address: address.clone(),
            deposed: None,
            provider,
            schema_version: 1,
            attributes: Arc::new(encode_attributes(value, block).unwrap()),
            sensitive: Vec::new(),
            tainted: false,
            dependencies: Vec::new(),
            create_before_destroy: false,
        };
        change(&mut record);
        self.prior.instances.push(record);
    }

    /// The plan as text: changes, drift, outputs, order, what was said.
    pub(crate) fn check(&self, expect: Expect) {
        let (plan, diagnostics, sources) = self.plan();
        let mut text = String::new();
        if let Some(mut plan) = plan {
            let again = Plan::from_bytes(&plan.to_bytes()).unwrap();
            let ephemeral = |value: &Value| value.marks_deep().contains(Marks::EPHEMERAL);
            plan.variables.retain(|_, value| !ephemeral(value));
            assert_eq!(again, plan, "a plan survives its file");
            text = show(&plan);
        }
        for diagnostic in &diagnostics {
            let place = diagnostic
                .subject
                .map(|span| sources.place(span))
                .unwrap_or_default();
            let severity = if diagnostic.is_error() { "error" } else { "warning" };
            let _ = writeln!(text, "{severity} {place}: {diagnostic}");
        }
        expect.assert_eq(&text);
    }
}

/// The sign of an action; `=` for what only moves or is taken over.
fn sign(action: Action) -> &'static str {
    match action.symbol().trim() {
        "" => "=",
        sign => sign,
    }
}

fn show(plan: &Plan) -> String {
    let mut text = String::new();
    for change in plan.changes.iter().filter(|change| change.is_change()) {
        let _ = write!(text, "{} {}", sign(change.action), change.address);
        if let Some(previous) = &change.previous_address {
            let _ = write!(text, " (was {previous})");
        }
        if let Some(id) = &change.importing {
            let _ = write!(text, " (import {id})");
        }
        for reason in &change.reasons {
            let path = reason
                .path
                .as_ref()
                .map(|path| format!(" {path}"))
                .unwrap_or_default();
            let place = reason
                .place
                .as_ref()
                .map(|place| format!(" {place}"))
                .unwrap_or_default();
            let _ = write!(text, " [{:?}{path}{place}]", reason.kind);
        }
        text.push('\n');
        show_attributes(change.before.as_ref(), change.after.as_ref(), &mut text);
        if !change.dependencies.is_empty() {
            let names: Vec<String> = change.dependencies.iter().map(ToString::to_string).collect();
            let _ = writeln!(text, "    needs {}", names.join(", "));
        }
    }
    for change in &plan.drift {
        let _ = writeln!(text, "drift {:?} {}", change.action, change.address);
    }
    for (name, output) in plan
        .outputs
        .iter()
        .filter(|(_, output)| output.before != output.after)
    {
        let shown = |value: &Option<Value>| value.as_ref().map_or_else(|| "-".to_owned(), render);
        let _ = writeln!(
            text,
            "output {name}: {} → {}",
            shown(&output.before),
            shown(&output.after)
        );
    }
    for unchecked in &plan.unchecked {
        let _ = writeln!(text, "unchecked {}: {}", unchecked.address, unchecked.what);
    }
    for note in plan.notes.iter().filter(|note| note.summary == "Left out") {
        let _ = writeln!(text, "note {}", note.detail);
    }
    if text.is_empty() {
        "no changes\n".to_owned()
    } else {
        text
    }
}

fn show_attributes(before: Option<&Value>, after: Option<&Value>, text: &mut String) {
    let entries = after
        .or(before)
        .and_then(Value::as_entries)
        .cloned()
        .unwrap_or_default();
    for name in entries.keys() {
        let part = |value: Option<&Value>| value.and_then(|value| value.get(name)).map(render);
        match (part(before), part(after)) {
            (None, Some(new)) if new != "null" && new != "[]" => {
                let _ = writeln!(text, "    {name} = {new}");
            }
            (Some(old), Some(new)) if old != new => {
                let _ = writeln!(text, "    {name}: {old} → {new}");
            }
            (_, _) => {}
        }
    }
}
