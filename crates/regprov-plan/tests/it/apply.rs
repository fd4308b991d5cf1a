//! What apply evaluates.

use crate::drive::bench;
use expect_test::expect;

#[test]
fn open_arguments_are_filled_in_during_apply() {
    let mut bench = bench(
        r#"
resource "toy_thing" "a" {
  count = 2
  name  = "a${count.index}"
}
locals {
  urls = toy_thing.a[*].url
}
resource "toy_thing" "b" {
  for_each = { x = toy_thing.a[0].url, y = "known" }
  name     = each.key
  any      = [each.value, join(",", local.urls), timestamp()]
  rule {
    port = length(each.value)
  }
}
data "toy_lookup" "later" {
  key = toy_thing.b["x"].url
}
output "any"   { value = toy_thing.b["x"].any }
output "found" { value = data.toy_lookup.later.found }
"#,
    );
    expect![[r#"
        connect toy {"url" = null, "user" = null}
        create toy_thing.a[0]
        create toy_thing.a[1]
        create toy_thing.b["x"]
        create toy_thing.b["y"]
        read data.toy_lookup.later
        output any = ["https://a0", "https://a0,https://a1", "2026-01-02T00:00:00Z"]
        output found = "HTTPS://X"
    "#]]
    .assert_eq(&bench.apply());
}

#[test]
fn two_blocks_of_a_thousand_have_one_edge_per_instance() {
    let bench = bench(
        r#"
resource "toy_thing" "a" {
  count = 1000
}
resource "toy_thing" "b" {
  count = 1000
  any   = toy_thing.a[count.index].id
}
resource "toy_thing" "c" {
  count = 1000
  any   = toy_thing.b[*].id
}
"#,
    );
    let (plan, diagnostics, _) = bench.plan();
    let plan = plan.unwrap_or_else(|| panic!("{diagnostics}"));
    let edges: usize = plan.graph.nodes.iter().map(|node| node.after.len()).sum();
    // Every instance waits for the connection; b for one a each; c for one join, which waits for all b.
    assert_eq!(edges, 3000 + 1000 + 1000 + 1000);
}

#[test]
fn what_a_data_source_was_asked_with_stays_secret_in_its_answer() {
    let mut bench = bench(
        r#"
resource "toy_thing" "a" {
  name = "a"
}
data "toy_lookup" "now" {
  key = sensitive("k1")
}
data "toy_lookup" "later" {
  key = sensitive(toy_thing.a.url)
}
output "secret" {
  value     = [data.toy_lookup.now.key, data.toy_lookup.later.key]
  sensitive = true
}
output "told" { value = [issensitive(data.toy_lookup.now.key), issensitive(data.toy_lookup.later.key), data.toy_lookup.now.found] }
"#,
    );
    let done = bench.apply();
    assert!(done.contains(r#"output told = [true, true, "K1"]"#), "{done}");
}
