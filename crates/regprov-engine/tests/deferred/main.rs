//! Providers whose configuration is known only after apply, from nothing to a registry that is replaced.

#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps")]

mod bench;
mod cloud;

use bench::Bench;
use expect_test::expect;
use regprov_plan::Mode;
use regprov_provider::{Error, ErrorKind};

const MAIN: &str = r#"
provider "toy" {}
provider "toy" {
  alias = "inside"
  url   = toy_registry.one.url
}
resource "toy_registry" "one" {
  name = "one"
}
resource "toy_child" "a" {
  provider = toy.inside
  name     = "a"
}
resource "toy_child" "b" {
  provider = toy.inside
  name     = "b"
  depends_on = [toy_child.a]
}
"#;

#[test]
fn a_registry_and_what_is_in_it_are_made_in_one_apply() {
    let mut bench = Bench::new(MAIN);
    expect![[r#"
        + toy_registry.one
        + toy_child.a
        + toy_child.b
        -- there
        https://one-1: a b
        -- recorded
        toy_child.a = 0 https://one-1
        toy_child.b = 1 https://one-1
        toy_registry.one = one https://one-1
    "#]]
    .assert_eq(&bench.apply());
    expect![[r#"
        -- there
        https://one-1: a b
        -- recorded
        toy_child.a = 0 https://one-1
        toy_child.b = 1 https://one-1
        toy_registry.one = one https://one-1
    "#]]
    .assert_eq(&bench.apply());
    bench.mode = Mode::Destroy;
    expect![[r#"
        - toy_child.b
        - toy_child.a
        - toy_registry.one
        -- there
        -- recorded
    "#]]
    .assert_eq(&bench.apply());
}

#[test]
fn a_registry_that_does_not_answer_yet_is_waited_for() {
    let bench = Bench::new(MAIN);
    let refusals = [
        (ErrorKind::Transient, "the name cannot be resolved"),
        (ErrorKind::Transient, "the name cannot be resolved"),
        (ErrorKind::Throttled(None), "too many requests"),
        (ErrorKind::Unauthenticated, "the user is not known"),
    ];
    let refusals = refusals.map(|(kind, text)| Error::new(kind, text));
    bench.cloud.world().refusals.extend(refusals);
    expect![[r#"
        + toy_registry.one
        waits for hashicorp/toy: the name cannot be resolved
        waits for hashicorp/toy: too many requests
        waits for hashicorp/toy: the user is not known
        + toy_child.a
        + toy_child.b
        -- there
        https://one-1: a b
        -- recorded
        toy_child.a = 0 https://one-1
        toy_child.b = 1 https://one-1
        toy_registry.one = one https://one-1
    "#]]
    .assert_eq(&bench.apply());
    assert!((1..60).contains(&bench.seconds()), "{}", bench.seconds());
}

#[test]
fn a_registry_that_never_answers_ends_the_wait_and_the_next_run_goes_on() {
    let bench = Bench::new(MAIN);
    let refusals = vec![Error::new(ErrorKind::Transient, "the name cannot be resolved"); 1000];
    bench.cloud.world().refusals.extend(refusals);
    expect![[r#"
        + toy_registry.one
        waits for hashicorp/toy: the name cannot be resolved
        left out: + toy_child.a
        left out: + toy_child.b
        Provider cannot be connected: The provider registry.terraform.io/hashicorp/toy cannot be connected: the name cannot be resolved (waited for 607 s).
        -- there
        https://one-1:
        -- recorded
        toy_registry.one = one https://one-1
    "#]].assert_eq(&bench.apply());
    assert!((600..700).contains(&bench.seconds()), "{}", bench.seconds());
    bench.cloud.world().refusals.clear();
    expect![[r#"
        + toy_child.a
        + toy_child.b
        -- there
        https://one-1: a b
        -- recorded
        toy_child.a = 0 https://one-1
        toy_child.b = 1 https://one-1
        toy_registry.one = one https://one-1
    "#]]
    .assert_eq(&bench.apply());
}

#[test]
fn a_name_that_somebody_else_took_while_an_answer_was_lost_is_asked_for_a_few_times_only() {
    let (only_a, _) = MAIN.split_once("resource \"toy_child\" \"b\"").unwrap();
    let bench = Bench::new(only_a);
    let failures = [
        (ErrorKind::Ambiguous, "the connection broke"),
        (ErrorKind::Exists(None), "the name is taken"),
    ];
    let failures = failures.map(|(kind, text)| Error::new(kind, text));
    bench.cloud.world().failures.extend(failures);
    let told = bench.apply();
    assert!(told.contains("the name is taken"), "{told}");
    assert!(bench.cloud.world().failed < 10, "{}", bench.cloud.world().failed);
    assert!((1..60).contains(&bench.seconds()), "{}", bench.seconds());
}

#[test]
fn a_credential_that_stays_wrong_is_not_waited_for_long() {
    let bench = Bench::new(MAIN);
    let refusals = vec![Error::new(ErrorKind::Unauthenticated, "the password is wrong"); 1000];
    bench.cloud.world().refusals.extend(refusals);
    expect![[r#"
        + toy_registry.one
        waits for hashicorp/toy: the password is wrong
        left out: + toy_child.a
        left out: + toy_child.b
        Provider cannot be connected: The provider registry.terraform.io/hashicorp/toy cannot be connected: the password is wrong (waited for 63 s).
        -- there
        https://one-1:
        -- recorded
        toy_registry.one = one https://one-1
    "#]].assert_eq(&bench.apply());
    assert!((60..90).contains(&bench.seconds()), "{}", bench.seconds());
}

#[test]
fn a_half_finished_run_is_gone_on_with() {
    let bench = Bench::new(MAIN);
    bench.cloud.world().broken = Some("b".into());
    expect![[r#"
        + toy_registry.one
        + toy_child.a
        + toy_child.b
        Service request failed: it is broken.
        -- there
        https://one-1: a
        -- recorded
        toy_child.a = 0 https://one-1
        toy_registry.one = one https://one-1
    "#]]
    .assert_eq(&bench.apply());
    bench.cloud.world().broken = None;
    expect![[r#"
        + toy_child.b
        -- there
        https://one-1: a b
        -- recorded
        toy_child.a = 0 https://one-1
        toy_child.b = 1 https://one-1
        toy_registry.one = one https://one-1
    "#]]
    .assert_eq(&bench.apply());
}

#[test]
fn what_planning_could_not_check_is_checked_before_the_first_write() {
    let bench = Bench::new(&MAIN.replace("\"b\"\n", "\"wrong\"\n"));
    expect![[r#"
        + toy_registry.one
        left out: + toy_child.a
        left out: + toy_child.b
        Name refused: The name is wrong.
        -- there
        https://one-1:
        -- recorded
        toy_registry.one = one https://one-1
    "#]]
    .assert_eq(&bench.apply());
}

#[test]
fn what_is_there_already_in_a_new_registry_is_not_taken_over() {
    let bench = Bench::new(MAIN);
    let library = vec![Some("b".to_owned())];
    bench
        .cloud
        .world()
        .children
        .insert("https://one-1".into(), library);
    expect![[r#"
        + toy_registry.one
        left out: + toy_child.a
        left out: + toy_child.b
        Object already exists: An object with the id `b` exists, and the state does not know it, so toy_child.b would not be created but changed or refused.
        -- there
        https://one-1: b
        -- recorded
        toy_registry.one = one https://one-1
    "#]].assert_eq(&bench.apply());
}

#[test]
fn a_replaced_registry_gets_its_children_anew() {
    let mut bench = Bench::new(MAIN);
    bench.apply();
    bench.main = MAIN.replace("\"one\"\n}", "\"two\"\n}");
    expect![[r#"
        - toy_registry.one
        -/+ toy_registry.one
        + toy_child.a
        + toy_child.b
        Objects go with what they live in: 2 objects of hashicorp/toy live in what this plan takes away (toy_registry.one), and will be gone with it. What is declared is made anew, empty: images, and whatever else was put there, are lost.
        -- there
        https://two-2: a b
        -- recorded
        toy_child.a = 0 https://two-2
        toy_child.b = 1 https://two-2
        toy_registry.one = two https://two-2
    "#]].assert_eq(&bench.apply());
    expect![[r#"
        -- there
        https://two-2: a b
        -- recorded
        toy_child.a = 0 https://two-2
        toy_child.b = 1 https://two-2
        toy_registry.one = two https://two-2
    "#]]
    .assert_eq(&bench.apply());
}

#[test]
fn no_old_number_is_looked_up_in_the_new_registry_after_a_failure() {
    let mut bench = Bench::new(MAIN);
    bench.apply();
    bench.main = MAIN
        .replace("\"one\"\n}", "\"two\"\n}")
        .replace("depends_on = [toy_child.a]", "");
    bench.cloud.world().broken = Some("a".into());
    expect![[r#"
        - toy_registry.one
        -/+ toy_registry.one
        + toy_child.a
        + toy_child.b
        Objects go with what they live in: 2 objects of hashicorp/toy live in what this plan takes away (toy_registry.one), and will be gone with it. What is declared is made anew, empty: images, and whatever else was put there, are lost.
        Service request failed: it is broken.
        -- there
        https://two-2: b
        -- recorded
        toy_child.b = 0 https://two-2
        toy_registry.one = two https://two-2
    "#]].assert_eq(&bench.apply());
    bench.cloud.world().broken = None;
    expect![[r#"
        + toy_child.a
        -- there
        https://two-2: b a
        -- recorded
        toy_child.a = 1 https://two-2
        toy_child.b = 0 https://two-2
        toy_registry.one = two https://two-2
    "#]]
    .assert_eq(&bench.apply());
}

#[test]
fn a_registry_that_vanished_is_made_anew_with_what_was_in_it() {
    let mut bench = Bench::new(MAIN);
    bench.apply();
    bench.cloud.world().lose("one");
    expect![[r#"
        + toy_registry.one
        + toy_child.a
        + toy_child.b
        -- there
        https://one-2: a b
        -- recorded
        toy_child.a = 0 https://one-2
        toy_child.b = 1 https://one-2
        toy_registry.one = one https://one-2
    "#]]
    .assert_eq(&bench.apply());
    bench.cloud.world().lose("one");
    bench.mode = Mode::Destroy;
    expect![[r#"
        -- there
        -- recorded
    "#]]
    .assert_eq(&bench.apply());
}
