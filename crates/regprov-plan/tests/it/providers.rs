//! Provider configurations that depend on objects of the same run.

use crate::drive::bench;
use expect_test::expect;

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
        connect toy {"url" = null}
        create toy_thing.registry
        connect toy {"url" = "https://reg"}
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
        unchecked toy_thing.child: It was not read: the configuration of hashicorp/toy is known only after apply.
    "#]]);
    expect![[r#"
        connect toy {"url" = null}
        delete toy_thing.registry
        create toy_thing.registry
        connect toy {"url" = "https://reg2"}
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
        connect toy {"url" = null}
        connect toy {"url" = "https://reg"}
        delete toy_thing.child
        delete toy_thing.registry
    "#]]
    .assert_eq(&bench.apply());
}
