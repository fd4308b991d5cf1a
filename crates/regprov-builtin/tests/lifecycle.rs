//! Built-in resource types through plan and apply, driven by hand.

#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps")]

use futures::executor::block_on;
use regprov_addr::InstanceAddress;
use regprov_builtin::{Surroundings, providers};
use regprov_lang::{Files, LoadOptions, load};
use regprov_plan::{
    Action, Answer, ApplyContext, Execution, Mode, Need, Operation, Plan, Planner, PlannerInput, Prior,
    PriorInstance, Realm, Schemas, encode_attributes,
};
use regprov_provider::{
    AnyCreate, AnyRead, AnyResource, AnyUpdate, ConnectRequest, Connection, Created, Environment, Mark,
    Provider,
};
use regprov_value::{Value, render};
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

struct Bench {
    main: OneFile,
    providers: Vec<Arc<dyn Provider>>,
    prior: Prior,
}

impl Bench {
    fn new(main: &str) -> Self {
        let next = AtomicU8::new(0);
        let surroundings = Surroundings {
            now: Arc::new(|| "2026-01-01T00:00:00Z".parse().unwrap()),
            random: Arc::new(move |bytes| {
                bytes
                    .iter_mut()
                    .for_each(|byte| *byte = next.fetch_add(97, Ordering::Relaxed))
            }),
        };
        Self {
            main: OneFile(main.to_owned()),
            providers: providers(&surroundings),
            prior: Prior::default(),
        }
    }

    fn schemas(&self) -> Schemas {
        Schemas::new(&self.providers)
    }

    fn connect(&self, source: &regprov_addr::ProviderSource) -> Connection {
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

    fn plan(&self) -> Plan {
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
            realm: Realm::Live,
            workspace: "default".to_owned(),
            timestamp: "2026-01-01T00:00:00Z".parse().unwrap(),
            working_directory: PathBuf::from("."),
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
    fn apply(&mut self) -> BTreeMap<String, Value> {
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

#[test]
fn terraform_data_keeps_values_of_any_type() {
    let main = r#"
resource "terraform_data" "a" {
  input = toset(["b", "a"])
}
resource "terraform_data" "b" {
  input            = { list = tolist(["x"]), from = terraform_data.a.output }
  triggers_replace = [1, true]
}
"#;
    let mut bench = Bench::new(main);
    let objects = bench.apply();
    let output = objects["terraform_data.b"].get("output").unwrap();
    assert_eq!(render(output), r#"{"from" = ["a", "b"], "list" = ["x"]}"#);
    assert!(!bench.plan().has_changes(), "a plan after apply is empty");
    bench.main.0 = main.replace("\"a\"]", "\"c\"]");
    let plan = bench.plan();
    let actions: Vec<Action> = plan.changes.iter().map(|change| change.action).collect();
    assert_eq!(actions, [Action::Update, Action::Update]);
    bench.main.0 = main.replace("true", "false");
    assert_eq!(
        bench
            .plan()
            .change(&"terraform_data.b".parse().unwrap())
            .unwrap()
            .action,
        Action::DeleteThenCreate
    );
}

#[test]
fn every_other_type_is_stable_after_apply() {
    let mut bench = Bench::new(
        r#"
resource "null_resource" "n" {
  triggers = { a = "b" }
}
resource "random_id" "i" {
  byte_length = 4
  prefix      = "p-"
}
resource "random_password" "p" {
  length      = 20
  min_numeric = 3
  special     = false
}
resource "random_pet" "pet" {
  prefix = "my"
}
resource "random_string" "s" {
  length           = 12
  upper            = false
  override_special = "_"
}
resource "random_uuid" "u" {}
resource "time_static" "t" {}
resource "time_rotating" "r" {
  rotation_days = 30
}
resource "time_sleep" "z" {
  create_duration = "0s"
}
"#,
    );
    let objects = bench.apply();
    let text = |address: &str, name: &str| {
        objects[address]
            .get(name)
            .unwrap()
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    assert!(objects["random_password.p"].is_sensitive_deep());
    assert_eq!(text("random_password.p", "result").len(), 20);
    assert!(
        text("random_password.p", "result")
            .chars()
            .all(|c| c.is_ascii_alphanumeric())
    );
    assert!(
        text("random_string.s", "result")
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    );
    assert!(text("random_pet.pet", "id").starts_with("my-"));
    assert!(text("random_id.i", "hex").starts_with("p-"));
    assert_eq!(
        text("time_rotating.r", "rotation_rfc3339"),
        "2026-01-31T00:00:00Z"
    );
    assert_eq!(objects.len(), 9);
    let plan = bench.plan();
    let changed: Vec<String> = plan
        .changes
        .iter()
        .filter(|change| change.is_change())
        .map(|change| change.address.to_string())
        .collect();
    assert!(changed.is_empty(), "{changed:?}");
}
