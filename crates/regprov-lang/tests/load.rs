//! Files to a configuration.

#[path = "common/memory.rs"]
mod memory;

use memory::{Memory, main_tf, said};
use regprov_addr::ResourceMode;
use regprov_lang::{EmptyScope, IgnoreChanges, Loaded, Module, Resource, ResourceName};
use regprov_value::{Type, Value};

#[track_caller]
fn clean(loaded: &Loaded) -> &Module {
    assert!(loaded.diagnostics.is_empty(), "{}", said(loaded));
    loaded.configuration.root().expect("there is a root module")
}

fn resource<'m>(module: &'m Module, resource_type: &str, name: &str) -> &'m Resource {
    let name = ResourceName {
        mode: ResourceMode::Managed,
        resource_type: resource_type.into(),
        name: name.into(),
    };
    module.resources.get(&name).expect("the resource is declared")
}

/// One of each kind of block.
fn everything() -> Loaded {
    let child = "terraform {\n  required_providers {\n    azurerm = {\n      source = \"hashicorp/azurerm\"\n      configuration_aliases = [azurerm.inner]\n    }\n  }\n}\nvariable \"x\" {}\noutput \"id\" {\n  value = var.x\n}\n";
    let main = include_str!("fixtures/everything.tf");
    Memory::default()
        .with("main.tf", main)
        .with("child/a.tf", child)
        .load()
}

#[track_caller]
fn local(text: &str, expected: &str) {
    let loaded = main_tf(text);
    let value = clean(&loaded).locals["x"]
        .expr
        .evaluate(&EmptyScope)
        .expect("the local evaluates");
    assert_eq!(value.as_str(), Some(expected));
}

#[test]
fn every_meta_argument_is_read() {
    let loaded = everything();
    let root = clean(&loaded);
    let main = resource(root, "azurerm_resource_group", "main");
    assert!(main.for_each.is_some() && main.count.is_none());
    assert_eq!(
        main.provider
            .as_ref()
            .map(|provider| (&*provider.name, provider.alias.as_deref())),
        Some(("azurerm", Some("west")))
    );
    assert_eq!(
        main.depends_on
            .iter()
            .map(|reference| reference.subject.to_string())
            .collect::<Vec<_>>(),
        ["data.azurerm_client_config.current", "module.child"]
    );
    assert_eq!(
        main.body
            .attributes
            .keys()
            .map(AsRef::as_ref)
            .collect::<Vec<&str>>(),
        ["name", "tags"]
    );
    assert!(main.timeouts.is_some() && main.provisioners[0].on_destroy);
    assert_eq!(main.lifecycle.create_before_destroy, Some(true));
    let IgnoreChanges::Paths(paths) = &main.lifecycle.ignore_changes else {
        panic!("paths are ignored")
    };
    assert_eq!(
        paths.iter().map(|(path, _)| path.to_string()).collect::<Vec<_>>(),
        ["tags[\"x\"]", "name"]
    );
    assert_eq!(
        resource(root, "azurerm_resource_group", "other")
            .lifecycle
            .ignore_changes,
        IgnoreChanges::All
    );
}

#[test]
fn every_kind_of_block_is_read() {
    let loaded = everything();
    let root = clean(&loaded);
    let names = &root.variables["names"];
    assert_eq!(
        (
            &names.ty,
            names.nullable,
            names.sensitive,
            names.validations.len()
        ),
        (&Type::set(Type::String), false, true, 1)
    );
    assert_eq!(root.provider_configs.len(), 2);
    assert_eq!(
        root.required_providers["random"]
            .version
            .as_ref()
            .map(|version| version.text.as_str()),
        Some("3.0")
    );
    assert_eq!(root.required_providers["azurerm"].configuration_aliases.len(), 1);
    assert_eq!(
        root.backend.as_ref().map(|backend| backend.kind.as_str()),
        Some("azurerm")
    );
    assert_eq!(root.moved[0].to.text, "azurerm_resource_group.main[\"a\"]");
    assert_eq!(root.imports[0].to.text, "azurerm_resource_group.main");
    assert!(root.imports[0].open_keys.len() == 1);
    assert!(!root.removed[0].destroy);
    assert!(root.checks["healthy"].data.is_some());
    assert_eq!(root.module_calls["child"].providers.len(), 1);
    assert_eq!(
        loaded.configuration.modules[&vec!["child".to_owned()]].directory,
        std::path::Path::new("child")
    );
}

#[test]
fn several_syntax_errors_are_reported_at_once_and_the_rest_is_read() {
    let loaded = main_tf(
        "resource \"a\" \"b\" {\n  x = \n}\n\nlocals {\n  y = 1\n}\n\noutput \"z\" {\n  value = [1\n}\n",
    );
    let said = said(&loaded);
    assert_eq!(loaded.diagnostics.len(), 2, "{said}");
    assert!(
        said.contains("main.tf:2:") && said.contains("main.tf:1"),
        "{said}"
    );
    assert!(
        loaded
            .configuration
            .root()
            .expect("a root")
            .locals
            .contains_key("y")
    );
}

#[test]
fn a_missing_brace_does_not_swallow_the_next_block() {
    let loaded = main_tf("resource \"a\" \"b\" {\n  x = {\n}\n\nlocals {\n  y = 1\n}\n");
    assert_eq!(loaded.diagnostics.len(), 1, "{}", said(&loaded));
    assert!(
        loaded
            .configuration
            .root()
            .expect("a root")
            .locals
            .contains_key("y")
    );
}

#[test]
fn undeclared_names_are_reported_with_the_near_one() {
    let loaded = main_tf(
        "variable \"name\" {}\nlocals {\n  a = var.nme\n  b = local.c\n  d = foo_x.y.id\n  e = module.m.x\n}\n",
    );
    let said = said(&loaded);
    assert_eq!(loaded.diagnostics.len(), 4, "{said}");
    assert!(
        said.contains("main.tf:3:7") && said.contains("Did you mean `name`?"),
        "{said}"
    );
}

#[test]
fn wrong_blocks_and_arguments_are_reported() {
    let loaded = main_tf(
        "resorce \"a\" \"b\" {}\nresource \"a\" {}\nvariable \"v\" {\n  tipe = string\n}\nresource \"a\" \"b\" {\n  count = 1\n  for_each = {}\n}\nresource \"a\" \"b\" {}\n",
    );
    let said = said(&loaded);
    for part in [
        "Did you mean `resource`?",
        "Wrong number of labels",
        "Did you mean `type`?",
        "Conflicting arguments",
        "`a.b` is declared twice",
    ] {
        assert!(said.contains(part), "{part} is missing in:\n{said}");
    }
}

#[test]
fn a_module_is_called_with_what_it_declares() {
    let root = "module \"m\" {\n  source = \"./m\"\n  nme = 1\n}\nmodule \"far\" {\n  source = \"hashicorp/x/y\"\n}\nmodule \"gone\" {\n  source = \"./gone\"\n}\nlocals {\n  x = module.m.idd\n}\n";
    let child = "variable \"name\" {}\noutput \"id\" {\n  value = 1\n}\n";
    let loaded = Memory::default()
        .with("main.tf", root)
        .with("m/main.tf", child)
        .load();
    let said = said(&loaded);
    for part in [
        "Did you mean `name`?",
        "needs a value for its variable `name`",
        "not installed yet",
        "does not exist",
        "Did you mean `id`?",
    ] {
        assert!(said.contains(part), "{part} is missing in:\n{said}");
    }
}

#[test]
fn a_module_that_calls_itself_is_refused() {
    let loaded = main_tf("module \"m\" {\n  source = \"./\"\n}\n");
    assert!(
        said(&loaded).contains("called from within itself"),
        "{}",
        said(&loaded)
    );
}

#[test]
fn override_files_change_what_is_declared() {
    let main = "resource \"a\" \"b\" {\n  x = 1\n  y = 1\n  inner {\n    z = 1\n  }\n  lifecycle {\n    prevent_destroy = true\n  }\n}\nlocals {\n  l = 1\n}\n";
    let change = "resource \"a\" \"b\" {\n  x = 2\n  inner {\n    z = 2\n  }\n  inner {\n    z = 3\n  }\n  lifecycle {\n    create_before_destroy = true\n  }\n}\nlocals {\n  l = 2\n}\n";
    let loaded = Memory::default()
        .with("main.tf", main)
        .with("a_override.tf", change)
        .load();
    let root = clean(&loaded);
    let changed = resource(root, "a", "b");
    assert_eq!(
        changed.body.attributes["x"].expr.as_literal(),
        Some(&Value::from(2))
    );
    assert_eq!(
        changed.body.attributes["y"].expr.as_literal(),
        Some(&Value::from(1))
    );
    assert_eq!(changed.body.blocks.len(), 2);
    assert!(
        changed.lifecycle.prevent_destroy.is_some() && changed.lifecycle.create_before_destroy == Some(true)
    );
    assert_eq!(root.locals["l"].expr.as_literal(), Some(&Value::from(2)));
}

#[test]
fn json_files_mean_the_same_as_native_ones() {
    let json = r#"{
      "//": "a comment",
      "terraform": {"required_providers": {"azurerm": {"source": "hashicorp/azurerm"}}},
      "provider": {"azurerm": [{"features": {}}, {"alias": "west", "features": {}}]},
      "variable": {"v": {"type": "map(string)", "default": {"a": "b"}}},
      "locals": {"l": "${upper(\"a\")}-${var.v.a}", "n": 1.50},
      "resource": {"a": {
        "b": {"count": 2, "x": "${count.index}", "depends_on": ["a.c"], "provider": "azurerm.west",
              "lifecycle": {"ignore_changes": ["x"]}, "provisioner": [{"local-exec": {"command": "true"}}]},
        "c": [{"y": [1, "${local.n}"]}]
      }},
      "output": {"o": {"value": "${a.b[0].x}"}}
    }"#;
    let loaded = Memory::default().with("main.tf.json", json).load();
    let root = clean(&loaded);
    assert_eq!(root.provider_configs.len(), 2);
    assert_eq!(root.variables["v"].ty, Type::map(Type::String));
    assert_eq!(
        root.outputs["o"].value.references()[0].subject.to_string(),
        "a.b[0]"
    );
    let b = resource(root, "a", "b");
    assert_eq!(b.depends_on[0].subject.to_string(), "a.c");
    assert_eq!(b.provisioners.len(), 1);
    assert_eq!(b.body.attributes.len(), 1);
    assert!(matches!(&b.lifecycle.ignore_changes, IgnoreChanges::Paths(paths) if paths.len() == 1));
}

#[test]
fn odd_files_are_read_as_terraform_reads_them() {
    local("\u{feff}locals {\r\n  x = \"a\"\r\n}\r\n", "a");
    local("locals {\n  x = <<EOT\na\n  b\nEOT\n}\n", "a\n  b\n");
    local(
        "locals {\n  x = <<-EOT\n    a\n      b\n\n    c\n  EOT\n}\n",
        "a\n  b\n\nc\n",
    );
    local(
        "locals {\n  x = <<-EOT\n    %{ if true ~}\n    a\n    %{ endif ~}\n    b\n  EOT\n}\n",
        "    a\n    b\n",
    );
    local(
        "locals {\n  x = <<-EOT\n    %{ for n in [1, 2] }\n    n${n}\n    %{ endfor }\n  EOT\n}\n",
        "\nn1\n\nn2\n\n",
    );
    local(
        "locals {\n  x = <<EOT\n%{ for n in [1, 2] ~}\n  n${n}\n%{ endfor ~}\nEOT\n}\n",
        "  n1\n  n2\n",
    );
    local(
        "locals {\n  x = <<-EOT\n    x\n      ${\"y\"}\n   ${~ \"z\"}\n    %{~ if true }\n      q\n    %{~ endif }\n  EOT\n}\n",
        "    x\n      y\nz\n\n      q\n\n",
    );
    local("locals {\n  x = <<-EOT\n\ttab\n\t  x\n  EOT\n}\n", "tab\n  x\n");
    local(
        "locals {\n  x = <<-EOT\n    a\n\n      b\n    EOT\n}\n",
        "a\n\n  b\n",
    );
    local(
        "locals {\n  x = <<-EOT\n      ${\"i\"}\n    a\n  EOT\n}\n",
        "  i\na\n",
    );
    local(
        "locals {\n  x = <<-EOT\n    ${\"i\"} b\n      c ${\"d\"}\n   EOT\n}\n",
        "i b\n  c d\n",
    );
    local("locals { x = upper(<<EOT\na\nEOT\n) }\n", "A\n");
}

#[test]
fn text_that_is_not_utf8_is_a_diagnostic() {
    let loaded = Memory::default()
        .with("main.tf", b"locals {\n x = \"\xff\"\n}\n")
        .load();
    assert!(
        said(&loaded).contains("Invalid character encoding"),
        "{}",
        said(&loaded)
    );
}

#[test]
fn types_with_optional_attributes_fill_in_their_defaults() {
    let loaded = main_tf(
        "variable \"v\" {\n  type = list(object({\n    name = string\n    size = optional(number, 3)\n    tags = optional(map(string))\n    inner = optional(object({ on = optional(bool, true) }), {})\n  }))\n}\nvariable \"n\" {\n  type = number\n  nullable = false\n  default = \"7\"\n}\n",
    );
    let root = clean(&loaded);
    let given = Value::tuple(vec![Value::object([("name", Value::from("a"))])]);
    let value = root.variables["v"]
        .accept(Some(given), None)
        .expect("the value fits");
    let item = &value.as_items().expect("a list")[0];
    assert_eq!(item.get("size"), Some(&Value::from(3)));
    assert_eq!(item.get("tags"), Some(&Value::null(Type::map(Type::String))));
    assert_eq!(
        item.get("inner").and_then(|inner| inner.get("on")),
        Some(&Value::from(true))
    );
    let n = &root.variables["n"];
    assert_eq!(n.accept(None, None).expect("it has a default"), Value::from(7));
    assert_eq!(
        n.accept(Some(Value::null(Type::Dynamic)), None)
            .expect("null takes the default"),
        Value::from(7)
    );
    assert!(n.accept(Some(Value::from("x")), None).is_err());
    assert!(root.variables["v"].accept(None, None).is_err());
}

#[test]
fn a_file_cut_off_anywhere_gives_diagnostics_and_no_panic() {
    let text = "# é\nresource \"a\" \"b\" {\n  x = <<-EOT\n    é${var.a[\"k\"]}\n  EOT\n  y = [for k, v in { a = 1 } : \"%{ if v }é%{ endif }\"]\n  dynamic \"d\" {\n    for_each = [1]\n    content {}\n  }\n}\nvariable \"a\" {\n  type = map(string)\n}\n";
    assert!(main_tf(text).diagnostics.is_empty(), "{}", said(&main_tf(text)));
    for (at, _) in text.char_indices() {
        let _ = said(&main_tf(&text[..at]));
    }
    let json = "{\"resource\": {\"a\": {\"b\": {\"x\": \"é${1}\", \"d\": [{\"y\": 1.5e3}]}}}}";
    for (at, _) in json.char_indices() {
        let loaded = Memory::default().with("main.tf.json", &json[..at]).load();
        assert!(loaded.diagnostics.has_errors());
    }
}

/// Every variable is 2.
struct Two;

impl regprov_lang::Scope for Two {
    fn variable(&self, _name: &str) -> Option<Value> {
        Some(Value::from(2))
    }
}

#[test]
fn conditions_hold_fail_or_wait() {
    use regprov_lang::Verdict;
    let loaded = main_tf(
        "variable \"v\" {\n  validation {\n    condition     = var.v == 3\n    error_message = \"${1 + 1} is wrong.\"\n  }\n  validation {\n    condition     = var.v == 2\n    error_message = \"x\"\n  }\n}\n",
    );
    let validations = &clean(&loaded).variables["v"].validations;
    assert_eq!(
        validations[0].check(&Two),
        Ok(Verdict::Fails("2 is wrong.".to_owned()))
    );
    assert_eq!(validations[1].check(&Two), Ok(Verdict::Holds));
}

#[test]
fn comments_may_hold_bytes_that_are_not_utf_8_and_lone_carriage_returns() {
    let mut text = b"# caf\xe9\nlocals {\n  x = \"a\" /* \xff */ # b\rc\n}\n".to_vec();
    let loaded = Memory::default().with("main.tf", &text).load();
    clean(&loaded);
    text.extend_from_slice(b"locals {\n  y = \"\xe9\"\n}\n");
    let loaded = Memory::default().with("main.tf", text).load();
    assert!(said(&loaded).contains("not UTF-8"), "{}", said(&loaded));
}
