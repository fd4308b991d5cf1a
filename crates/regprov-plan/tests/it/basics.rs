//! First plans: expressions, repetition, references, outputs.

use crate::drive::bench;
use expect_test::expect;

#[test]
fn a_new_object_is_created_with_what_is_foreseen() {
    bench(
        r#"
resource "toy_thing" "a" {
  name = "one"
  tags = { k = "v" }
}
output "id"    { value = toy_thing.a.id }
output "token" {
  value     = toy_thing.a.token
  sensitive = true
}
"#,
    )
    .check(expect![[r#"
        + toy_thing.a
            id = "id-one"
            name = "one"
            tags = {"k" = "v"}
            token = (sensitive value)
            url = (known after apply)
        output id: - → "id-one"
        output token: - → (sensitive value)
    "#]]);
}

#[test]
fn an_instance_refers_to_the_instance_of_the_same_index() {
    bench(
        r#"
resource "toy_thing" "a" {
  count = 2
  name  = "a${count.index}"
}
resource "toy_thing" "b" {
  count = length(toy_thing.a)
  any   = toy_thing.a[count.index].url
}
"#,
    )
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
        + toy_thing.b[0]
            any = (known after apply)
            id = (known after apply)
            token = (sensitive value)
            url = (known after apply)
            needs toy_thing.a
        + toy_thing.b[1]
            any = (known after apply)
            id = (known after apply)
            token = (sensitive value)
            url = (known after apply)
            needs toy_thing.a
    "#]]);
}

#[test]
fn for_each_gives_keys_and_values() {
    bench(
        r#"
locals {
  sizes = { small = 1, large = 10 }
}
resource "toy_thing" "a" {
  for_each = local.sizes
  name     = each.key
  size     = each.value
}
output "ids" { value = { for key, thing in toy_thing.a : key => thing.id } }
"#,
    )
    .check(expect![[r#"
        + toy_thing.a["large"]
            id = "id-large"
            name = "large"
            size = 10
            token = (sensitive value)
            url = (known after apply)
        + toy_thing.a["small"]
            id = "id-small"
            name = "small"
            size = 1
            token = (sensitive value)
            url = (known after apply)
        output ids: - → {"large" = "id-large", "small" = "id-small"}
    "#]]);
}

#[test]
fn a_data_source_is_read_while_planning_where_its_arguments_are_known() {
    bench(
        r#"
data "toy_lookup" "now" {
  key = "abc"
}
resource "toy_thing" "a" {
  name = "a"
  any  = data.toy_lookup.now.found
}
data "toy_lookup" "later" {
  key = toy_thing.a.url
}
output "later" { value = data.toy_lookup.later.found }
"#,
    )
    .check(expect![[r#"
        <= data.toy_lookup.later [ConfigUnknown]
            found = (known after apply)
            key = (known after apply)
            needs toy_thing.a
        + toy_thing.a
            any = "ABC"
            id = "id-a"
            name = "a"
            token = (sensitive value)
            url = (known after apply)
            needs data.toy_lookup.now
        output later: - → (known after apply)
    "#]]);
}

#[test]
fn files_are_asked_for() {
    bench(
        r#"
resource "toy_thing" "a" {
  any = "${file("note.txt")} ${fileexists("other.txt")}"
}
"#,
    )
    .with(|bench| {
        bench.files.insert("note.txt".into(), "hello".to_owned());
    })
    .check(expect![[r#"
        + toy_thing.a
            any = "hello false"
            id = (known after apply)
            token = (sensitive value)
            url = (known after apply)
    "#]]);
}

#[test]
fn variables_are_checked_and_kept_secret() {
    bench(
        r#"
variable "password" {
  type      = string
  sensitive = true
}
variable "size" {
  type = number
  validation {
    condition     = var.size < 3
    error_message = "Too large: ${var.size}."
  }
}
resource "toy_thing" "a" {
  any  = var.password
  size = var.size
}
"#,
    )
    .with(|bench| {
        bench.variables.insert("password".to_owned(), "hunter2".into());
        bench.variables.insert("size".to_owned(), 2.into());
    })
    .check(expect![[r#"
        + toy_thing.a
            any = (sensitive value)
            id = (known after apply)
            size = 2
            token = (sensitive value)
            url = (known after apply)
    "#]]);
}
