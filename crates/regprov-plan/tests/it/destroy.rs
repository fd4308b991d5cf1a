//! Objects that go.

use crate::drive::{Bench, bench};
use expect_test::expect;
use regprov_plan::{Action, Mode};

const CHAIN: &str = r#"
resource "toy_thing" "a" {
  count = 2
  name  = "a${count.index}"
}
resource "toy_thing" "b" {
  name = "b"
  any  = toy_thing.a[*].id
}
resource "toy_thing" "c" {
  name = "c"
  any  = toy_thing.b.id
}
"#;

#[test]
fn everything_goes_in_reverse_order() {
    let mut bench = bench(CHAIN);
    expect![[r#"
        connect toy {"url" = null, "user" = null}
        create toy_thing.a[0]
        create toy_thing.a[1]
        create toy_thing.b
        create toy_thing.c
    "#]]
    .assert_eq(&bench.apply());
    bench.mode = Mode::Destroy;
    expect![[r#"
        connect toy {"url" = null, "user" = null}
        delete toy_thing.c
        delete toy_thing.b
        delete toy_thing.a[0]
        delete toy_thing.a[1]
    "#]]
    .assert_eq(&bench.apply());
    assert!(bench.exists.is_empty() && bench.prior.instances.is_empty());
}

#[test]
fn orphans_go_after_what_depended_on_them() {
    let mut bench = bench(CHAIN);
    bench.apply();
    bench.edit("resource \"toy_thing\" \"c\" {\n  name = \"c\"\n}\n");
    bench.check(expect![[r#"
        - toy_thing.a[0] [NotDeclared]
        - toy_thing.a[1] [NotDeclared]
        - toy_thing.b [NotDeclared]
            needs toy_thing.a
        ~ toy_thing.c
            any: "id-b" → null
    "#]]);
    expect![[r#"
        connect toy {"url" = null, "user" = null}
        update toy_thing.c
        delete toy_thing.b
        delete toy_thing.a[0]
        delete toy_thing.a[1]
    "#]]
    .assert_eq(&bench.apply());
}

#[test]
fn a_protected_object_is_not_destroyed() {
    let main = "resource \"toy_thing\" \"a\" {\n  name = \"one\"\n  lifecycle {\n    prevent_destroy = true\n  }\n}\n";
    let mut bench = bench(main);
    bench.apply();
    bench.clone().with(|bench| bench.edit(&main.replace("\"one\"", "\"two\""))).check(expect![[r#"
        error main.tf:4:5: Instance cannot be destroyed: toy_thing.a has `prevent_destroy = true`, and the plan would destroy its object. It would be replaced because of `name`.
    "#]]);
    bench.with(|bench| bench.mode = Mode::Destroy).check(expect![[r#"
        error main.tf:1:1: Instance cannot be destroyed: toy_thing.a has `prevent_destroy = true`, and the plan would destroy its object.
    "#]]);
}

#[test]
fn a_removed_block_lets_the_object_be() {
    let mut bench = bench("resource \"toy_thing\" \"a\" {\n  name = \"one\"\n}\n");
    bench.apply();
    bench.edit("removed {\n  from = toy_thing.a\n  lifecycle {\n    destroy = false\n  }\n}\n");
    bench.check(expect![[r#"
        . toy_thing.a [Removed]
        warning : Object will no longer be managed: toy_thing.a is taken out of the state by a `removed` block. Its object stays, and nothing manages it any more.
    "#]]);
}

#[test]
fn refreshing_only_records() {
    let mut bench = bench(CHAIN);
    bench.apply();
    bench.exists.remove("id-c");
    bench.mode = Mode::RefreshOnly;
    bench.check(expect![[r#"
        . toy_thing.c [Vanished]
            needs toy_thing.b
        drift Delete toy_thing.c
    "#]]);
}

#[test]
fn targets_limit_the_plan() {
    bench(CHAIN)
        .with(|bench| bench.targets.push("toy_thing.b".to_owned()))
        .check(expect![[r#"
            + toy_thing.a[0]
                id = "id-a0"
                name = "a0"
                token = (sensitive value)
                url = (known after apply)
            + toy_thing.a[1]
                id = "id-a1"
                name = "a1"
                token = (sensitive value)
                url = (known after apply)
            + toy_thing.b
                any = ["id-a0", "id-a1"]
                id = "id-b"
                name = "b"
                token = (sensitive value)
                url = (known after apply)
                needs toy_thing.a
            warning : Resource targeting is in effect: The plan is limited by `-target`: it may leave out changes that the configuration asks for. That is meant for exceptions, such as mending what went wrong.
        "#]]);
    bench(CHAIN)
        .with(|bench| bench.targets.push("toy_thing.a[1]".to_owned()))
        .check(expect![[r#"
            + toy_thing.a[1]
                id = "id-a1"
                name = "a1"
                token = (sensitive value)
                url = (known after apply)
            warning : Resource targeting is in effect: The plan is limited by `-target`: it may leave out changes that the configuration asks for. That is meant for exceptions, such as mending what went wrong.
        "#]]);
    let mut bench = bench(CHAIN);
    bench.apply();
    bench
        .with(|bench| {
            bench.mode = Mode::Destroy;
            bench.targets.push("toy_thing.b".to_owned());
        })
        .check(expect![[r#"
            - toy_thing.b
                needs toy_thing.a
            - toy_thing.c
                needs toy_thing.b
            warning : Resource targeting is in effect: The plan is limited by `-target`: it may leave out changes that the configuration asks for. That is meant for exceptions, such as mending what went wrong.
        "#]]);
}

/// What a plan says of outputs, as `name: before → after`.
fn outputs(bench: &Bench) -> Vec<String> {
    let (plan, diagnostics, _) = bench.plan();
    let plan = plan.unwrap_or_else(|| panic!("{diagnostics}"));
    plan.outputs
        .iter()
        .filter(|(_, output)| output.action() != Action::NoOp)
        .map(|(name, output)| format!("{name}: {:?}", output.action()))
        .collect()
}

const OUTPUTS: &str = r#"
output "of_a" { value = toy_thing.a[*].id }
output "of_c" { value = toy_thing.c.id }
output "fixed" { value = 1 }
"#;

#[test]
fn a_destroy_drops_every_output() {
    let mut bench = bench(&format!("{CHAIN}{OUTPUTS}"));
    assert!(bench.apply().contains("output fixed = 1"));
    bench.mode = Mode::Destroy;
    assert_eq!(outputs(&bench), ["fixed: Delete", "of_a: Delete", "of_c: Delete"]);
    let done = bench.apply();
    assert!(!done.contains("output"), "{done}");
    assert!(bench.prior.outputs.is_empty());
}

#[test]
fn a_limited_plan_tells_the_outputs_of_what_it_looks_at() {
    let mut bench =
        bench(&format!("{CHAIN}{OUTPUTS}")).with(|bench| bench.targets.push("toy_thing.a".to_owned()));
    assert_eq!(outputs(&bench), ["of_a: Create"]);
    let done = bench.apply();
    assert!(done.contains("output of_a = [\"id-a0\", \"id-a1\"]"), "{done}");
    assert!(!done.contains("of_c") && !done.contains("fixed"), "{done}");

    bench.targets.clear();
    bench.apply();
    bench.targets.push("toy_thing.a[0]".to_owned());
    let done = bench.apply();
    assert!(
        done.contains("output of_c") && done.contains("output fixed"),
        "what is left out is kept: {done}"
    );
}

#[test]
fn an_identity_is_given_up_before_it_is_taken() {
    let main = "resource \"toy_thing\" \"a\" {\n  name = \"one\"\n}\n";
    let mut bench = bench(main);
    bench.apply();
    bench.edit(&main.replace("\"a\"", "\"b\""));
    expect![[r#"
        connect toy {"url" = null, "user" = null}
        delete toy_thing.a
        create toy_thing.b
    "#]]
    .assert_eq(&bench.apply());
}
