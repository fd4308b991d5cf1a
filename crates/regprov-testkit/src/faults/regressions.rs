//! What went wrong in the tools and providers of others, as scenarios. Those of Harbor and Google are with their providers.

use std::time::Duration;

use regprov_emulator::{Action, Fault, Knobs, Phase, Scene};
use regprov_http::Clock as _;

use super::operator::{Orders, Report};
use super::peril::Fate;
use super::program::{Program, Stage};
use super::weaken::Weakness;
use super::world::World;

/// An account with a password and a role, in a directory that lags.
const ACCOUNT: &str = r#"
variable "stage" {
  type = number
}

provider "azurerm" {
  features {}
}

resource "azurerm_resource_group" "hub" {
  name     = "hub"
  location = "westeurope"
}

resource "azuread_application" "hub" {
  display_name = "hub"
}

resource "azuread_service_principal" "hub" {
  client_id = azuread_application.hub.client_id
}

resource "azuread_service_principal_password" "hub" {
  service_principal_id = azuread_service_principal.hub.id
  rotate_when_changed  = { stage = tostring(var.stage >= 3) }

  lifecycle {
    create_before_destroy = true
  }
}

resource "azurerm_role_assignment" "hub" {
  scope                = azurerm_resource_group.hub.id
  role_definition_name = "Reader"
  principal_id         = azuread_service_principal.hub.object_id
}
"#;

/// A role for somebody who does not exist.
const NOBODY: &str = r#"
provider "azurerm" {
  features {}
}

resource "azurerm_resource_group" "hub" {
  name     = "hub"
  location = "westeurope"
}

resource "azurerm_role_assignment" "hub" {
  scope                = azurerm_resource_group.hub.id
  role_definition_name = "Reader"
  principal_id         = "0badc0de-0000-4000-8000-000000000000"
}

variable "stage" {
  type = number
}
"#;

/// An application with a secret in a block, and something beside it that changes too.
const BLOCK: &str = r#"
variable "stage" {
  type = number
}

resource "azuread_application" "hub" {
  display_name = "hub"

  password {
    display_name = var.stage >= 3 ? "new" : "old"
  }
}

resource "azuread_service_principal" "hub" {
  client_id = azuread_application.hub.client_id
}

resource "azuread_application" "other" {
  display_name = "other"
  notes        = var.stage >= 3 ? "new" : "old"
}
"#;

/// An application that is made in two steps.
const STEPPED: &str = r#"
variable "stage" {
  type = number
}

data "azuread_client_config" "current" {}

resource "azuread_application" "hub" {
  display_name = "hub"
  owners       = [data.azuread_client_config.current.object_id]
}
"#;

fn world(lag: Duration) -> World {
    let ms = u64::try_from(lag.as_millis()).unwrap_or(u64::MAX);
    let world = World::new(Weakness::None);
    let knobs = Knobs {
        replication_graph_ms: ms,
        replication_rbac_ms: ms,
        ..Knobs::default()
    };
    let scene = Scene {
        knobs: Some(knobs),
        ..Scene::default()
    };
    world.sandbox.seed(&scene).expect("knobs can be turned");
    world
}

fn run(world: &World, program: &Program, of: (Stage, &str, u64)) -> Report {
    let (stage, name, seed) = of;
    let orders = Orders {
        program,
        stage,
        name: name.to_owned(),
        seed,
        fate: Fate::none(),
    };
    world.alone(orders).expect("it comes to an end")
}

/// Whatever a run that said that it is done must have left.
fn check(world: &World, program: &Program, of: (Stage, &Report)) {
    let (stage, report) = of;
    assert_eq!(report.errors, [""; 0]);
    world.sandbox.calm();
    let expected = world.measure();
    let found = world
        .time
        .run(world.check_end((program, stage, 2), &expected, report))
        .expect("the checks come to an end");
    assert_eq!(found, []);
}

/// The requests of a run that were carried out and whose target ends so.
fn carried_out(world: &World, run: &str, end: &str) -> Vec<u64> {
    let ledger = world.sandbox.ledger();
    let of_run = ledger
        .iter()
        .filter(|entry| entry.run.as_deref() == Some(run) && entry.committed);
    of_run
        .filter(|entry| entry.target.to_lowercase().ends_with(end))
        .map(|entry| entry.sequence)
        .collect()
}

/// The service refuses for good.
fn refused() -> Fault {
    let refusal = Action::Status {
        code: 403,
        body: r#"{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges."}}"#
            .to_owned(),
        retry_after: None,
    };
    Fault {
        times: 1000,
        ..Fault::at_request(1, Phase::Before, refusal)
    }
}

#[test]
fn an_application_whose_second_step_is_refused_is_not_taken_for_gone_while_it_is_not_visible() {
    let (world, program) = (world(Duration::from_secs(40)), Program::of("stepped", STEPPED));
    world.sandbox.schedule(vec![refused().on("POST", "owners")]);
    for (name, seed) in [("first", 1), ("second", 2)] {
        assert!(!run(&world, &program, (Stage::Create, name, seed)).success);
        assert_eq!(world.sandbox.inventory().live_of("azure/applications").len(), 1);
    }
    world.sandbox.calm();
    let report = run(&world, &program, (Stage::Create, "third", 3));
    check(&world, &program, (Stage::Create, &report));
    assert_eq!(world.sandbox.inventory().live_of("azure/applications").len(), 1);
}

#[test]
fn a_service_principal_whose_application_is_not_replicated_yet_is_waited_for() {
    let (world, program) = (world(Duration::from_secs(40)), Program::of("account", ACCOUNT));
    let report = run(&world, &program, (Stage::Create, "first", 1));
    check(&world, &program, (Stage::Create, &report));
    for kind in [
        "azure/applications",
        "azure/service_principals",
        "azure/role_assignments",
    ] {
        assert_eq!(world.sandbox.inventory().live_of(kind).len(), 1, "{kind}");
    }
}

#[test]
fn a_principal_that_does_not_exist_is_told_after_minutes_and_not_after_half_an_hour() {
    let (world, program) = (world(Duration::from_secs(5)), Program::of("nobody", NOBODY));
    let begun = world.time.now();
    let report = run(&world, &program, (Stage::Create, "first", 1));
    let took = world.time.now().duration_since(begun);
    assert!(!report.success);
    let told = report.errors.join("\n");
    assert!(
        told.contains("0badc0de-0000-4000-8000-000000000000") || told.contains("principal"),
        "{told}"
    );
    assert!(took.as_secs() <= 5 * 60, "it took {took}");
}

#[test]
fn a_password_that_is_not_seen_right_after_it_was_made_is_kept_with_its_secret() {
    let (world, program) = (world(Duration::from_secs(20)), Program::of("account", ACCOUNT));
    let stale = Fault::at_request(1, Phase::AfterCommit, Action::Stale { reads: 6 });
    world.sandbox.schedule(vec![stale.on("POST", "addPassword$")]);
    let report = run(&world, &program, (Stage::Create, "first", 1));
    check(&world, &program, (Stage::Create, &report));
    assert_eq!(carried_out(&world, "first", "/addpassword").len(), 1);
}

#[test]
fn a_rotation_makes_the_new_secret_before_the_old_one_goes() {
    for (name, text) in [("account", ACCOUNT), ("block", BLOCK)] {
        let (world, program) = (world(Duration::from_secs(5)), Program::of(name, text));
        let report = run(&world, &program, (Stage::Create, "first", 1));
        check(&world, &program, (Stage::Create, &report));
        let report = run(&world, &program, (Stage::Rotate, "second", 2));
        check(&world, &program, (Stage::Rotate, &report));
        let made = carried_out(&world, "second", "/addpassword");
        let removed = carried_out(&world, "second", "/removepassword");
        assert_eq!((made.len(), removed.len()), (1, 1), "{name}");
        assert!(made < removed, "{name}");
    }
}

#[test]
fn an_old_secret_that_the_service_will_not_remove_stays_in_the_state_and_holds_up_nothing() {
    let (world, program) = (world(Duration::from_secs(5)), Program::of("block", BLOCK));
    let report = run(&world, &program, (Stage::Create, "first", 1));
    check(&world, &program, (Stage::Create, &report));
    let refusal = Action::Status {
        code: 403,
        body: r#"{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges."}}"#
            .to_owned(),
        retry_after: None,
    };
    let refusal = Fault {
        times: 1000,
        ..Fault::at_request(1, Phase::Before, refusal)
    };
    world
        .sandbox
        .schedule(vec![refusal.on("POST", "removePassword$")]);
    for (name, seed) in [("second", 2), ("third", 3)] {
        let report = run(&world, &program, (Stage::Rotate, name, seed));
        assert!(!report.success);
        let [told] = report.errors.as_slice() else {
            panic!("one error: {:?}", report.errors);
        };
        assert!(told.contains("remove the secret"), "{told}");
        let session = world
            .time
            .run(world.look())
            .expect("it opens at once")
            .expect("it opens");
        assert_eq!(session.open_begins().len(), 0);
        let standing = session.read(|snapshot| {
            let hub = snapshot
                .instances
                .iter()
                .find(|(key, _)| key.address.to_string() == "azuread_application.hub");
            hub.map_or(0, |(_, state)| {
                state.attributes["password"].as_array().map_or(0, Vec::len)
            })
        });
        assert_eq!(standing, 2, "both are valid, and the state says so");
    }
    assert_eq!(carried_out(&world, "second", "/addpassword").len(), 1);
    assert_eq!(carried_out(&world, "third", "/addpassword").len(), 0);
    world.sandbox.calm();
    let report = run(&world, &program, (Stage::Rotate, "fourth", 4));
    check(&world, &program, (Stage::Rotate, &report));
}

/// A token of a registry, and what it logs in with.
const TOKEN: &str = r#"
variable "stage" {
  type = number
}

provider "azurerm" {
  features {}
}

resource "azurerm_resource_group" "hub" {
  name     = "hub"
  location = "westeurope"
}

resource "azurerm_container_registry" "hub" {
  name                = "hubtokens"
  resource_group_name = azurerm_resource_group.hub.name
  location            = azurerm_resource_group.hub.location
  sku                 = "Premium"
}

resource "azurerm_container_registry_scope_map" "push" {
  name                    = "pushers"
  container_registry_name = azurerm_container_registry.hub.name
  resource_group_name     = azurerm_resource_group.hub.name
  actions                 = ["repositories/hub/content/read"]
}

resource "azurerm_container_registry_token" "push" {
  name                    = "pushers"
  container_registry_name = azurerm_container_registry.hub.name
  resource_group_name     = azurerm_resource_group.hub.name
  scope_map_id            = azurerm_container_registry_scope_map.push.id
}

resource "azurerm_container_registry_token_password" "push" {
  container_registry_token_id = azurerm_container_registry_token.push.id

  password1 {
    expiry = var.stage >= 3 ? "2027-06-01T00:00:00Z" : "2027-01-01T00:00:00Z"
  }

  password2 {}
}
"#;

#[test]
fn a_password_of_a_token_that_is_not_seen_right_after_it_was_made_is_made_once() {
    let (world, program) = (world(Duration::ZERO), Program::of("token", TOKEN));
    let stale = Fault::at_request(1, Phase::AfterCommit, Action::Stale { reads: 6 });
    world
        .sandbox
        .schedule(vec![stale.on("POST", "generateCredentials")]);
    let report = run(&world, &program, (Stage::Create, "first", 1));
    check(&world, &program, (Stage::Create, &report));
    let ledger = world.sandbox.ledger();
    let made = ledger
        .iter()
        .filter(|entry| entry.committed && entry.target.contains("/generateCredentials"));
    assert_eq!(made.count(), 2, "one for each password");
}

#[test]
fn a_password_of_a_token_whose_text_was_lost_is_made_anew_although_its_expiry_is_the_wanted_one() {
    let (world, program) = (world(Duration::ZERO), Program::of("token", TOKEN));
    let report = run(&world, &program, (Stage::Create, "first", 1));
    check(&world, &program, (Stage::Create, &report));
    let lost = Fault::at_request(1, Phase::AfterCommit, Action::Drop).on("POST", "generateCredentials");
    let refused = refused().on("POST", "generateCredentials");
    world.sandbox.schedule(vec![lost, refused]);
    assert!(!run(&world, &program, (Stage::Rotate, "second", 2)).success);
    world.sandbox.calm();
    let report = run(&world, &program, (Stage::Rotate, "third", 3));
    check(&world, &program, (Stage::Rotate, &report));
}

/// A managed registry, which costs money.
const REGISTRY: &str = r#"
variable "stage" {
  type = number
}

resource "ovh_cloud_project_containerregistry" "hub" {
  service_name = "0123456789abcdef0123456789abcdef"
  name         = "hub"
  region       = "GRA"
}
"#;

/// Issue 1294 of the provider of OVHcloud: a wait that ended too early tainted the registry, and the next run destroyed it.
#[test]
fn a_registry_whose_installation_outlasts_the_run_is_waited_for_by_the_next_and_not_ordered_again() {
    let (world, program) = (World::new(Weakness::None), Program::of("registry", REGISTRY));
    let knobs = Knobs {
        lro_duration_ms: 100 * 60 * 1000,
        ..Knobs::default()
    };
    let scene = Scene {
        knobs: Some(knobs),
        ..Scene::default()
    };
    world.sandbox.seed(&scene).expect("knobs can be turned");
    let report = run(&world, &program, (Stage::Create, "first", 1));
    assert!(!report.success);
    assert!(
        report.errors.join("\n").contains("it took longer than 3600 s"),
        "{:?}",
        report.errors
    );
    let standing = world.sandbox.inventory();
    let [registry] = standing.live_of("ovh/container_registries")[..] else {
        panic!("one registry was ordered");
    };
    let report = run(&world, &program, (Stage::Create, "second", 2));
    check(&world, &program, (Stage::Create, &report));
    let now = world.sandbox.inventory();
    let now: Vec<&str> = now
        .live_of("ovh/container_registries")
        .iter()
        .map(|item| item.id.as_str())
        .collect();
    assert_eq!(now, [registry.id.as_str()]);
}
