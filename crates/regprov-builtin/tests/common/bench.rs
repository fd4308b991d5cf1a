//! A configuration of built-in types, planned and applied without an engine.

use futures::executor::block_on;
use regprov_addr::InstanceAddress;
use regprov_builtin::{LocalFiles, Surroundings, providers};
use regprov_lang::{Files, LoadOptions, load};
use regprov_plan::{
    Action, Answer, ApplyContext, Execution, Mode, Need, Operation, Plan, Planner, PlannerInput, Prior,
    PriorInstance, Realm, Schemas, encode_attributes,
};
use regprov_provider::{
    AnyCreate, AnyRead, AnyResource, AnyUpdate, ConnectRequest, Connection, Created, Environment, Mark,
    Provider,
};
use regprov_value::Value;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

struct OneFile(String);

impl Files for OneFile {
    fn read(&self, _path: &Path) -> io::Result<Arc<[u8]>> {
        Ok(Arc::from(self.0.as_bytes()))
    }

    fn list(&self, _directory: &Path) -> io::Result<Vec<String>> {
        Ok(vec!["main.tf".to_owned()])
    }

    fn is_dir(&self, _path: &Path) -> bool {
        true
    }
}

/// Built-in types through plan and apply, driven by hand.
pub(crate) struct Bench {
    main: OneFile,
    /// Every provider.
    pub(crate) providers: Vec<Arc<dyn Provider>>,
    /// What is recorded.
    pub(crate) prior: Prior,
    /// The working directory.
    pub(crate) files: tempfile::TempDir,
}

impl Bench {
    pub(crate) fn new(main: &str) -> Self {
        let next = AtomicU8::new(0);
        let files = tempfile::tempdir().unwrap();
        let surroundings = Surroundings::new(
            Arc::new(|| "2026-01-01T00:00:00Z".parse().unwrap()),
            Arc::new(move |bytes| {
                bytes
                    .iter_mut()
                    .for_each(|byte| *byte = next.fetch_add(97, Ordering::Relaxed))
            }),
            LocalFiles::in_directory(files.path()),
        );
        Self {
            main: OneFile(main.to_owned()),
            providers: providers(&surroundings),
            prior: Prior::default(),
            files,
        }
    }

    /// Changes the configuration.
    pub(crate) fn configure(&mut self, main: &str) {
        self.main.0 = main.to_owned();
    }

    /// What reading an object by an import id gives.
    pub(crate) fn import(&self, resource_type: &str, id: &str) -> Result<Value, String> {
        let provider = self
            .providers
            .iter()
            .find(|provider| provider.resource(resource_type).is_some());
        let provider = provider.unwrap();
        let connection = self.connect(&Schemas::canonical_source(provider));
        let read = AnyRead {
            connection: &connection,
            id,
            prior: None,
        };
        match block_on(provider.resource(resource_type).unwrap().read(read)) {
            Ok(regprov_provider::Observed::Present(object)) => Ok(object),
            Ok(other) => Err(format!("{other:?}")),
            Err(error) => Err(error.message),
        }
    }

    pub(crate) fn schemas(&self) -> Schemas {
        Schemas::new(&self.providers)
    }

    pub(crate) fn connect(&self, source: &regprov_addr::ProviderSource) -> Connection {
        let schemas = self.schemas();
        let provider = schemas.provider(source).unwrap();
        let config = provider.empty_configuration();
        let request = ConnectRequest {
            config: &config,
            environment: &Environment::default(),
            major: None,
        };
        block_on(provider.connect(request)).unwrap()
    }

    pub(crate) fn plan(&self) -> Plan {
        let loaded = load(Path::new(""), &self.main, &LoadOptions::default());
        assert!(!loaded.diagnostics.has_errors(), "{}", loaded.diagnostics);
        let mut planner = Planner::new(PlannerInput {
            configuration: Arc::new(loaded.configuration),
            sources: loaded.sources,
            files: BTreeMap::new(),
            variables: BTreeMap::new(),
            prior: self.prior.clone(),
            schemas: self.schemas(),
            mode: Mode::Normal,
            targets: Vec::new(),
            replace: Vec::new(),
            refresh: true,
            skip_unsupported: false,
            adopt: false,
            realm: Realm::Live,
            workspace: "default".to_owned(),
            timestamp: "2026-01-01T00:00:00Z".parse().unwrap(),
            working_directory: PathBuf::from("."),
            home: None,
        });
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
        plan.unwrap_or_else(|| panic!("{diagnostics}"))
    }

    fn answer(&self, need: Need) -> Answer {
        match need {
            Need::Connect { provider, .. } => Answer::Connected(Ok(self.connect(&provider.provider))),
            Need::Refresh {
                provider,
                resource_type,
                id,
                prior,
                ..
            } => {
                let schemas = self.schemas();
                let resource = schemas.resource(&provider.provider, &resource_type).unwrap();
                let connection = self.connect(&provider.provider);
                let read = AnyRead {
                    connection: &connection,
                    id: &id,
                    prior: prior.as_ref(),
                };
                Answer::Observed(block_on(resource.read(read)))
            }
            Need::Preflight { .. } => Answer::Findings(Vec::new()),
            Need::Open {
                provider,
                ephemeral_type,
                config,
                ..
            } => {
                let schemas = self.schemas();
                let resource = schemas
                    .ephemeral_resource(&provider.provider, &ephemeral_type)
                    .unwrap();
                let connection = self.connect(&provider.provider);
                let opened = block_on(resource.open(&connection, &config));
                Answer::Data(opened.map(|opened| opened.object))
            }
            Need::ReadFile { .. }
            | Need::FileKind { .. }
            | Need::Walk { .. }
            | Need::ReadData { .. }
            | Need::Existing { .. } => {
                panic!("built-in types ask for none of these")
            }
        }
    }

    /// Applies a plan; answers the objects by address.
    pub(crate) fn apply(&mut self) -> BTreeMap<String, Value> {
        let plan = self.plan();
        let loaded = load(Path::new(""), &self.main, &LoadOptions::default());
        let context = ApplyContext {
            now: "2026-01-02T00:00:00Z".parse().unwrap(),
            random: Box::new(|bytes| bytes.fill(7)),
        };
        let configuration = Arc::new(loaded.configuration);
        let mut execution = Execution::new(&plan, configuration, self.schemas(), self.prior.clone(), context)
            .unwrap_or_else(|errors| panic!("{errors}"));
        let mut objects = BTreeMap::new();
        for node in &plan.graph.nodes {
            if let Operation::Create { address } | Operation::Update { address } = &node.operation {
                let object = self.write(&plan, &execution, address);
                let (recorded, errors) = execution.record(address, object);
                assert!(errors.is_empty(), "{errors}");
                self.record(&plan, address, &recorded);
                objects.insert(address.to_string(), recorded);
            }
        }
        objects
    }

    fn write(&self, plan: &Plan, execution: &Execution, address: &InstanceAddress) -> Value {
        let change = plan.change(address).unwrap();
        let resource = self.resource(plan, address);
        let connection = self.connect(&change.provider.provider);
        let desired = execution
            .desired(address)
            .unwrap_or_else(|errors| panic!("{errors}"))
            .unmark_deep()
            .0;
        let mark = Mark {
            text: "regprov-test".to_owned(),
            nonce: [5; 16],
            begun: "2026-01-01T00:00:00Z".parse().unwrap(),
        };
        let created = match &change.before {
            Some(before) if change.action == Action::Update => {
                let (id, prior) = (change.id.clone().unwrap(), before.unmark_deep().0);
                block_on(resource.update(AnyUpdate {
                    connection: &connection,
                    id: &id,
                    prior: &prior,
                    desired: &desired,
                    mark: &mark,
                    step: None,
                }))
            }
            _ => {
                let desired = resource.prepare(&desired, &mark).unwrap();
                block_on(resource.create(AnyCreate {
                    connection: &connection,
                    desired: &desired,
                    mark: &mark,
                    step: None,
                }))
            }
        };
        match created.unwrap() {
            Created::Done(object) => object,
            other @ (Created::Pending { .. } | Created::Step(_)) => {
                panic!("{address} is not done: {other:?}")
            }
        }
    }

    fn resource(&self, plan: &Plan, address: &InstanceAddress) -> Arc<dyn AnyResource> {
        let provider = &plan.change(address).unwrap().provider.provider;
        self.schemas()
            .resource(provider, &address.resource.resource_type)
            .unwrap()
            .clone()
    }

    fn record(&mut self, plan: &Plan, address: &InstanceAddress, recorded: &Value) {
        let resource = self.resource(plan, address);
        self.prior.instances.retain(|record| record.address != *address);
        self.prior.instances.push(PriorInstance {
            address: address.clone(),
            deposed: None,
            provider: plan.change(address).unwrap().provider.clone(),
            schema_version: resource.schema().version,
            attributes: Arc::new(encode_attributes(recorded, &resource.schema().block).unwrap()),
            sensitive: Vec::new(),
            tainted: false,
            dependencies: Vec::new(),
            create_before_destroy: false,
        });
    }
}
