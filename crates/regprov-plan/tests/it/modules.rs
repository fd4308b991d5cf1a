//! Modules, their inputs, outputs and repetition.

use crate::drive::bench;
use expect_test::expect;

#[test]
fn values_pass_through_repeated_modules() {
    let mut bench = bench(
        r#"
module "m" {
  source   = "./m"
  for_each = { x = "one", y = "two" }
  name     = each.value
}
output "ids" { value = { for key, m in module.m : key => m.id } }
output "x"   { value = module.m["x"].url }
resource "toy_thing" "after" {
  name       = "after"
  depends_on = [module.m]
}
"#,
    );
    bench.files.insert(
        "m/main.tf".into(),
        r#"
variable "name" {}
locals { full = "${var.name}-m" }
resource "toy_thing" "t" {
  name = local.full
}
output "id"  { value = toy_thing.t.id }
output "url" { value = toy_thing.t.url }
"#
        .to_owned(),
    );
    bench.clone().check(expect![[r#"
        + toy_thing.after
            id = "id-after"
            name = "after"
            token = (sensitive value)
            url = (known after apply)
            needs module.m.toy_thing.t
        + module.m["x"].toy_thing.t
            id = "id-one-m"
            name = "one-m"
            token = (sensitive value)
            url = (known after apply)
        + module.m["y"].toy_thing.t
            id = "id-two-m"
            name = "two-m"
            token = (sensitive value)
            url = (known after apply)
        output ids: - → {"x" = "id-one-m", "y" = "id-two-m"}
        output x: - → (known after apply)
    "#]]);
    expect![[r#"
        connect toy {"url" = null, "user" = null}
        create module.m["x"].toy_thing.t
        create module.m["y"].toy_thing.t
        create toy_thing.after
        output ids = {"x" = "id-one-m", "y" = "id-two-m"}
        output x = "https://one-m"
    "#]]
    .assert_eq(&bench.apply());
    bench.check(expect![[r#"
        no changes
    "#]]);
}

#[test]
fn an_instance_of_a_module_may_be_written_as_an_attribute() {
    let mut bench = bench(
        r#"
module "m" {
  source   = "./m"
  for_each = { x = "one" }
  name     = each.value
}
output "x" { value = module.m.x.name }
output "missing" { value = try(module.m.y.name, "none") }
"#,
    );
    bench.files.insert(
        "m/main.tf".into(),
        "variable \"name\" {}\noutput \"name\" { value = var.name }\n".to_owned(),
    );
    bench.clone().check(expect![[r#"
        output missing: - → "none"
        output x: - → "one"
    "#]]);
}
