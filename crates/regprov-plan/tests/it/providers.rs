//! Provider configurations that depend on objects of the same run.

use crate::drive::{Bench, bench};
use expect_test::expect;
use regprov_plan::Mode;

const TWO: &str = r#"
provider "toy" {}
provider "toy" {
  alias = "inner"
  url   = toy_thing.registry.url
}
resource "toy_thing" "registry" {
  name = "reg"
}
resource "toy_thing" "child" {
  provider = toy.inner
  name     = "child"
}
"#;

#[test]
fn children_of_a_registry_that_is_made_in_the_same_run() {
    let mut bench = bench(TWO);
    bench.clone().check(expect![[r#"
        + toy_thing.child
            id = (known after apply)
            name = "child"
            token = (sensitive value)
            url = (known after apply)
            needs toy_thing.registry
        + toy_thing.registry
            id = "id-reg"
            name = "reg"
            token = (sensitive value)
            url = (known after apply)
        unchecked toy_thing.child: It was not checked at the service: the configuration of hashicorp/toy is known only after apply.
    "#]]);
    expect![[r#"
        connect toy {"url" = null, "user" = null}
        create toy_thing.registry
        connect toy {"url" = "https://reg", "user" = null}
        create toy_thing.child
    "#]]
    .assert_eq(&bench.apply());
    bench.check(expect![[r#"
        no changes
    "#]]);
}

#[test]
fn children_go_with_a_registry_that_is_replaced() {
    let mut bench = bench(TWO);
    bench.apply();
    bench.edit(&TWO.replace("\"reg\"", "\"reg2\""));
    bench.check(expect![[r#"
        + toy_thing.child [LostWithParent]
            id = (known after apply)
            name = "child"
            token = (sensitive value)
            url = (known after apply)
            needs toy_thing.registry
        -/+ toy_thing.registry [Immutable name main.tf:8:10]
            id: "id-reg" → "id-reg2"
            name: "reg" → "reg2"
            url: "https://reg" → (known after apply)
        unchecked toy_thing.child: It was not checked at the service: the configuration of hashicorp/toy is known only after apply.
        warning : Objects go with what they live in: One object of hashicorp/toy lives in what this plan takes away (toy_thing.registry), and will be gone with it. What is declared is made anew, empty: images, and whatever else was put there, are lost.
    "#]]);
    expect![[r#"
        connect toy {"url" = null, "user" = null}
        delete toy_thing.registry
        forget toy_thing.child
        create toy_thing.registry
        connect toy {"url" = "https://reg2", "user" = null}
        create toy_thing.child
    "#]]
    .assert_eq(&bench.apply());
}

#[test]
fn children_go_before_their_registry() {
    let mut bench = bench(TWO);
    bench.apply();
    bench.mode = regprov_plan::Mode::Destroy;
    expect![[r#"
        connect toy {"url" = null, "user" = null}
        connect toy {"url" = "https://reg", "user" = null}
        delete toy_thing.child
        delete toy_thing.registry
    "#]]
    .assert_eq(&bench.apply());
}

/// A registry, a user of it, and a child that is made as that user.
const THREE: &str = r#"
provider "toy" {}
provider "toy" {
  alias = "inner"
  url   = toy_thing.registry.url
  user  = toy_thing.user.token
}
resource "toy_thing" "registry" {
  name = "reg"
}
resource "toy_thing" "user" {
  name = "user"
}
resource "toy_thing" "child" {
  provider = toy.inner
  name     = "child"
}
"#;

/// The lines of the plan that begin an action, a warning or an error.
fn heads(bench: &Bench) -> String {
    let (plan, diagnostics, _) = bench.plan();
    let changes = plan
        .iter()
        .flat_map(|plan| plan.changes.iter())
        .filter(|change| change.is_change());
    let changes = changes.map(|change| {
        let reasons: Vec<String> = change
            .reasons
            .iter()
            .map(|reason| format!(" {:?}", reason.kind))
            .collect();
        format!(
            "{} {}{}\n",
            change.action.symbol(),
            change.address,
            reasons.concat()
        )
    });
    let unchecked = plan.iter().flat_map(|plan| plan.unchecked.iter());
    let unchecked = unchecked.map(|unchecked| format!("? {} {}\n", unchecked.address, unchecked.what));
    let said = diagnostics
        .iter()
        .map(|diagnostic| format!("{}: {}\n", diagnostic.summary, diagnostic.detail));
    changes.chain(unchecked).chain(said).collect()
}

#[test]
fn children_stay_where_only_who_asks_for_them_is_made_anew() {
    let mut bench = bench(THREE);
    bench.apply();
    bench.edit(&THREE.replace("\"user\"\n", "\"user2\"\n"));
    expect![[r#"
        -/+ toy_thing.user Immutable
        ? toy_thing.child It was not read: the configuration of hashicorp/toy is known only after apply.
    "#]]
    .assert_eq(&heads(&bench));
    expect![[r#"
        connect toy {"url" = null, "user" = null}
        delete toy_thing.user
        create toy_thing.user
    "#]]
    .assert_eq(&bench.apply());
    bench.check(expect![[r#"
        no changes
    "#]]);
}

#[test]
fn a_child_is_deleted_as_the_user_that_is_made_anew() {
    let mut bench = bench(THREE);
    bench.apply();
    let without = &THREE[..THREE.find("resource \"toy_thing\" \"child\"").unwrap()];
    bench.edit(&without.replace("\"user\"\n", "\"user2\"\n"));
    expect![[r#"
        connect toy {"url" = null, "user" = null}
        delete toy_thing.user
        create toy_thing.user
        connect toy {"url" = "https://reg", "user" = "t0ken"}
        delete toy_thing.child
    "#]]
    .assert_eq(&bench.apply());
}

#[test]
fn what_vanished_with_its_registry_is_made_anew_in_the_next() {
    let mut bench = bench(TWO);
    bench.apply();
    bench.exists.clear();
    expect![[r#"
        + toy_thing.child LostWithParent
        + toy_thing.registry Vanished
        ? toy_thing.child It was not checked at the service: the configuration of hashicorp/toy is known only after apply.
    "#]].assert_eq(&heads(&bench));
    expect![[r#"
        connect toy {"url" = null, "user" = null}
        forget toy_thing.child
        create toy_thing.registry
        connect toy {"url" = "https://reg", "user" = null}
        create toy_thing.child
    "#]]
    .assert_eq(&bench.apply());
    bench.check(expect![[r#"
        no changes
    "#]]);
}

#[test]
fn what_vanished_with_its_registry_is_forgotten_when_all_goes() {
    let mut bench = bench(TWO);
    bench.apply();
    bench.exists.clear();
    bench.mode = Mode::Destroy;
    expect![[r#"
        . toy_thing.child LostWithParent
        . toy_thing.registry Vanished
    "#]]
    .assert_eq(&heads(&bench));
    expect![[r#"
        forget toy_thing.child
        forget toy_thing.registry
    "#]]
    .assert_eq(&bench.apply());
    assert!(bench.prior.instances.is_empty());
}

#[test]
fn what_vanished_with_its_registry_is_forgotten_when_looking() {
    let mut bench = bench(TWO);
    bench.apply();
    bench.exists.clear();
    bench.mode = Mode::RefreshOnly;
    expect![[r#"
        . toy_thing.child LostWithParent
        . toy_thing.registry Vanished
    "#]]
    .assert_eq(&heads(&bench));
}

#[test]
fn children_go_with_their_registry_where_their_user_is_gone() {
    let mut bench = bench(THREE);
    bench.apply();
    bench.exists.remove("id-user");
    bench.mode = Mode::Destroy;
    expect![[r#"
        . toy_thing.child LostWithParent
        - toy_thing.registry
        . toy_thing.user Vanished
        Objects go with what they live in: One object of hashicorp/toy lives in what this plan takes away (toy_thing.registry), and will be gone with it.
    "#]].assert_eq(&heads(&bench));
    expect![[r#"
        connect toy {"url" = null, "user" = null}
        delete toy_thing.registry
        forget toy_thing.user
        forget toy_thing.child
    "#]]
    .assert_eq(&bench.apply());
    assert!(bench.prior.instances.is_empty());
}

#[test]
fn children_that_cannot_be_reached_are_not_given_up() {
    let mut bench = bench(&THREE.replace("toy_thing.registry.url", "\"https://elsewhere\""));
    bench.apply();
    bench.exists.remove("id-user");
    bench.mode = Mode::Destroy;
    expect![[r#"
        Provider cannot be connected: toy_thing.child is to be deleted through the provider hashicorp/toy, whose configuration needs values that the state does not hold.
    "#]].assert_eq(&heads(&bench));
}

#[test]
fn an_orphan_of_a_registry_that_is_replaced_is_forgotten() {
    let mut bench = bench(TWO);
    bench.apply();
    let without = &TWO[..TWO.find("resource \"toy_thing\" \"child\"").unwrap()];
    bench.edit(&without.replace("\"reg\"", "\"reg2\""));
    expect![[r#"
        . toy_thing.child LostWithParent
        -/+ toy_thing.registry Immutable
        Objects go with what they live in: One object of hashicorp/toy lives in what this plan takes away (toy_thing.registry), and will be gone with it. What is declared is made anew, empty: images, and whatever else was put there, are lost.
    "#]].assert_eq(&heads(&bench));
    expect![[r#"
        connect toy {"url" = null, "user" = null}
        delete toy_thing.registry
        forget toy_thing.child
        create toy_thing.registry
    "#]]
    .assert_eq(&bench.apply());
}

#[test]
fn the_next_registry_comes_first_and_its_children_with_it() {
    let first = TWO.replace(
        "name = \"reg\"",
        "name = \"reg\"\n  lifecycle {\n    create_before_destroy = true\n  }",
    );
    let mut bench = bench(&first);
    bench.apply();
    bench.edit(&first.replace("\"reg\"", "\"reg2\""));
    expect![[r#"
        + toy_thing.child LostWithParent
        +/- toy_thing.registry Immutable
        ? toy_thing.child It was not checked at the service: the configuration of hashicorp/toy is known only after apply.
        Objects go with what they live in: One object of hashicorp/toy lives in what this plan takes away (toy_thing.registry), and will be gone with it. What is declared is made anew, empty: images, and whatever else was put there, are lost.
    "#]].assert_eq(&heads(&bench));
    expect![[r#"
        connect toy {"url" = null, "user" = null}
        create toy_thing.registry
        delete toy_thing.registry
        forget toy_thing.child
        connect toy {"url" = "https://reg2", "user" = null}
        create toy_thing.child
    "#]]
    .assert_eq(&bench.apply());
}

#[test]
fn a_protected_child_keeps_its_registry() {
    let protected = TWO.replace(
        "= \"child\"",
        "= \"child\"\n  lifecycle {\n    prevent_destroy = true\n  }",
    );
    let mut bench = bench(&protected);
    bench.apply();
    bench.edit(&protected.replace("\"reg\"", "\"reg2\""));
    expect![[r#"
        Instance cannot be destroyed: toy_thing.child has `prevent_destroy = true`, and the plan would destroy its object.
        Objects go with what they live in: One object of hashicorp/toy lives in what this plan takes away (toy_thing.registry), and will be gone with it. What is declared is made anew, empty: images, and whatever else was put there, are lost.
    "#]].assert_eq(&heads(&bench));
}

/// The provider is configured through a data source, which reads what the registry says of itself.
const LOOKED_UP: &str = r#"
provider "toy" {}
provider "toy" {
  alias = "inner"
  url   = data.toy_lookup.registry.found
}
data "toy_lookup" "registry" {
  key = toy_thing.registry.id
}
resource "toy_thing" "registry" {
  name = "reg"
}
resource "toy_thing" "child" {
  provider = toy.inner
  name     = "child"
}
"#;

#[test]
fn a_data_source_that_a_provider_needs_is_read_when_all_goes() {
    let mut bench = bench(LOOKED_UP);
    expect![[r#"
        connect toy {"url" = null, "user" = null}
        create toy_thing.registry
        connect toy {"url" = "ID-REG", "user" = null}
        create toy_thing.child
    "#]]
    .assert_eq(&bench.apply());
    bench.mode = Mode::Destroy;
    expect![[r#"
        connect toy {"url" = null, "user" = null}
        connect toy {"url" = "ID-REG", "user" = null}
        delete toy_thing.child
        delete toy_thing.registry
    "#]]
    .assert_eq(&bench.apply());
    assert!(bench.prior.instances.is_empty());
}

#[test]
fn children_go_with_a_registry_that_is_looked_up() {
    let mut bench = bench(LOOKED_UP);
    bench.apply();
    bench.edit(&LOOKED_UP.replace("\"reg\"", "\"reg2\""));
    expect![[r#"
        + toy_thing.child LostWithParent
        -/+ toy_thing.registry Immutable
        ? toy_thing.child It was not checked at the service: the configuration of hashicorp/toy is known only after apply.
        Objects go with what they live in: One object of hashicorp/toy lives in what this plan takes away (toy_thing.registry), and will be gone with it. What is declared is made anew, empty: images, and whatever else was put there, are lost.
    "#]]
    .assert_eq(&heads(&bench));
}

#[test]
fn data_behind_a_registry_of_the_same_run_is_read_once_it_is_there() {
    let mut bench = bench(&format!(
        "{TWO}\ndata \"toy_lookup\" \"inside\" {{\n  provider = toy.inner\n  key      = \"x\"\n}}\n\
         resource \"toy_thing\" \"after\" {{\n  name = lower(data.toy_lookup.inside.found)\n}}\n"
    ));
    expect![[r#"
        <= data.toy_lookup.inside ConfigUnknown
        + toy_thing.after
        + toy_thing.child
        + toy_thing.registry
        ? toy_thing.child It was not checked at the service: the configuration of hashicorp/toy is known only after apply.
    "#]].assert_eq(&heads(&bench));
    expect![[r#"
        connect toy {"url" = null, "user" = null}
        create toy_thing.registry
        connect toy {"url" = "https://reg", "user" = null}
        read data.toy_lookup.inside
        create toy_thing.child
        create toy_thing.after
    "#]]
    .assert_eq(&bench.apply());
}

#[test]
fn children_of_a_state_that_says_nothing_of_it_go_before_their_registry() {
    let mut bench = bench(TWO);
    bench.apply();
    bench
        .prior
        .instances
        .iter_mut()
        .for_each(|record| record.dependencies.clear());
    bench.prior.instances.reverse();
    bench.mode = Mode::Destroy;
    expect![[r#"
        connect toy {"url" = "https://reg", "user" = null}
        delete toy_thing.child
        connect toy {"url" = null, "user" = null}
        delete toy_thing.registry
    "#]]
    .assert_eq(&bench.apply());
}
