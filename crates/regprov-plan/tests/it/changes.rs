//! Later plans: what changes, what replaces, what stays.

use crate::drive::bench;
use expect_test::expect;
use regprov_value::Value;

const ONE: &str = r#"
resource "toy_thing" "a" {
  name   = "one"
  size   = 1
  region = "West Europe"
}
"#;

fn applied(main: &str) -> crate::drive::Bench {
    let mut bench = bench(main);
    bench.apply();
    bench
}

#[test]
fn a_plan_after_apply_is_empty() {
    applied(ONE).check(expect![[r#"
        no changes
    "#]]);
}

#[test]
fn an_update_opens_only_what_it_recomputes() {
    applied(ONE)
        .with(|bench| bench.edit(&ONE.replace("size   = 1", "size   = 2")))
        .check(expect![[r#"
        ~ toy_thing.a
            size: 1 → 2
            url: "https://one" → (known after apply)
    "#]]);
}

#[test]
fn an_immutable_argument_replaces() {
    applied(ONE)
        .with(|bench| bench.edit(&ONE.replace("\"one\"", "\"two\"")))
        .check(expect![[r#"
        -/+ toy_thing.a [Immutable name main.tf:3:12]
            id: "id-one" → "id-two"
            name: "one" → "two"
            url: "https://one" → (known after apply)
    "#]]);
}

#[test]
fn another_spelling_of_the_same_is_no_change() {
    applied(ONE)
        .with(|bench| bench.edit(&ONE.replace("West Europe", "westeurope")))
        .check(expect![[r#"
        no changes
    "#]]);
}

#[test]
fn drift_is_told_and_put_right() {
    applied(ONE)
        .with(|bench| {
            let object = bench.exists.get_mut("id-one").unwrap();
            let mut entries = object.as_entries().unwrap().clone();
            entries.insert("size".into(), Value::from(7));
            *object = Value::object(entries);
        })
        .check(expect![[r#"
            ~ toy_thing.a
                size: 7 → 1
                url: "https://one" → (known after apply)
            drift Update toy_thing.a
        "#]]);
}

#[test]
fn what_vanished_is_created_anew() {
    applied(ONE).with(|bench| bench.exists.clear()).check(expect![[r#"
        + toy_thing.a [Vanished]
            id = "id-one"
            name = "one"
            region = "West Europe"
            size = 1
            token = (sensitive value)
            url = (known after apply)
        drift Delete toy_thing.a
    "#]]);
}

#[test]
fn ignored_changes_stay() {
    let main = ONE.replace(
        "size   = 1",
        "size   = 1\n  lifecycle {\n    ignore_changes = [size, tags[\"x\"]]\n  }\n  tags = { y = \"1\" }",
    );
    applied(&main)
        .with(|bench| bench.edit(&main.replace("size   = 1", "size   = 5")))
        .check(expect![[r#"
        no changes
    "#]]);
}

#[test]
fn a_trigger_replaces() {
    let main = r#"
resource "toy_thing" "a" {
  name = "one"
  size = 1
}
resource "toy_thing" "b" {
  name = "b"
  lifecycle {
    replace_triggered_by = [toy_thing.a.size]
  }
}
"#;
    applied(main)
        .with(|bench| bench.edit(&main.replace("size = 1", "size = 2")))
        .check(expect![[r#"
        ~ toy_thing.a
            size: 1 → 2
            url: "https://one" → (known after apply)
        -/+ toy_thing.b [Triggered]
            url: "https://b" → (known after apply)
            needs toy_thing.a
    "#]]);
}

#[test]
fn replacement_on_request_and_of_tainted_objects() {
    applied(ONE)
        .with(|bench| bench.replace.push("toy_thing.a".to_owned()))
        .check(expect![[r#"
        -/+ toy_thing.a [Requested]
            url: "https://one" → (known after apply)
    "#]]);
    applied(ONE)
        .with(|bench| bench.prior.instances[0].tainted = true)
        .check(expect![[r#"
        -/+ toy_thing.a [Tainted]
            url: "https://one" → (known after apply)
    "#]]);
}

#[test]
fn a_moved_object_stays() {
    let main = format!(
        "{}\nmoved {{\n  from = toy_thing.a\n  to = toy_thing.b\n}}\n",
        ONE.replace("\"a\"", "\"b\"")
    );
    applied(ONE).with(|bench| bench.edit(&main)).check(expect![[r#"
        = toy_thing.b (was toy_thing.a)
    "#]]);
}

#[test]
fn count_that_comes_moves_the_object_to_the_first() {
    let main = ONE.replace("name   = \"one\"", "count = 1\n  name   = \"one\"");
    applied(ONE).with(|bench| bench.edit(&main)).check(expect![[r#"
        = toy_thing.a[0] (was toy_thing.a)
    "#]]);
}

#[test]
fn an_import_takes_over() {
    let mut first = applied(ONE);
    first.prior.instances.clear();
    let main = format!("{ONE}\nimport {{\n  to = toy_thing.a\n  id = \"id-one\"\n}}\n");
    first.with(|bench| bench.edit(&main)).check(expect![[r#"
        = toy_thing.a (import id-one)
    "#]]);
}

#[test]
fn an_object_that_exists_is_not_created() {
    let mut first = applied(ONE);
    first.prior.instances.clear();
    first.check(expect![[r#"
        error main.tf:2:1: Object already exists: An object with the id `id-one` exists, and the state does not know it, so toy_thing.a would not be created but changed or refused.
    "#]]);
}

#[test]
fn an_object_that_exists_is_adopted_where_that_is_asked_for_and_the_plan_says_so() {
    let mut first = applied(ONE);
    first.prior.instances.clear();
    first.with(|bench| bench.adopt = true).check(expect![[r#"
        = toy_thing.a (import id-one) [Adopted]
    "#]]);
}

#[test]
fn an_adopted_object_is_changed_in_place_and_never_replaced() {
    let mut first = applied(ONE);
    first.prior.instances.clear();
    first.adopt = true;
    first
        .clone()
        .with(|bench| bench.edit(&ONE.replace("size   = 1", "size   = 2")))
        .check(expect![[r#"
            ~ toy_thing.a (import id-one) [Adopted]
                size: 1 → 2
                url: "https://one" → (known after apply)
        "#]]);
    first
        .with(|bench| bench.edit(&ONE.replace("West Europe", "North Europe")))
        .check(expect![[r#"
            ~ toy_thing.a (import id-one) [Adopted]
                region: "West Europe" → "North Europe"
        "#]]);
}

#[test]
fn of_two_declarations_of_one_object_only_one_adopts_it() {
    let mut first = applied(ONE);
    first.prior.instances.clear();
    first.adopt = true;
    first
        .with(|bench| bench.edit(&format!("{ONE}{}", ONE.replace("\"a\"", "\"b\""))))
        .check(expect![[r#"
            = toy_thing.a (import id-one) [Adopted]
            + toy_thing.b
                id = "id-one"
                name = "one"
                region = "West Europe"
                size = 1
                token = (sensitive value)
                url = (known after apply)
        "#]]);
}

#[test]
fn where_nothing_exists_adoption_creates() {
    bench(ONE).with(|bench| bench.adopt = true).check(expect![[r#"
            + toy_thing.a
                id = "id-one"
                name = "one"
                region = "West Europe"
                size = 1
                token = (sensitive value)
                url = (known after apply)
        "#]]);
}

#[test]
fn an_older_state_is_upgraded() {
    applied(ONE)
        .with(|bench| {
            let record = &mut bench.prior.instances[0];
            let mut attributes = record.attributes.as_ref().clone();
            let object = attributes.as_object_mut().unwrap();
            let name = object.remove("name").unwrap();
            object.insert("title".to_owned(), name);
            record.attributes = attributes.into();
            record.schema_version = 0;
        })
        .check(expect![[r#"
            no changes
        "#]]);
}

#[test]
fn create_before_destroy_reaches_dependencies() {
    let main = r#"
resource "toy_thing" "base" {
  name = "base"
}
resource "toy_thing" "top" {
  name = "top-${toy_thing.base.size == null ? "x" : "y"}"
  any  = toy_thing.base.id
  lifecycle {
    create_before_destroy = true
  }
}
"#;
    applied(main)
        .with(|bench| bench.edit(&main.replace("\"base\"\n}", "\"base2\"\n}")))
        .check(expect![[r#"
        +/- toy_thing.base [Immutable name main.tf:3:10]
            id: "id-base" → "id-base2"
            name: "base" → "base2"
            url: "https://base" → (known after apply)
        ~ toy_thing.top
            any: "id-base" → "id-base2"
            needs toy_thing.base
    "#]]);
}
