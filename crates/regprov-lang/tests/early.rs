//! What is evaluated before anything is planned.

#[path = "common/memory.rs"]
mod memory;

use memory::{Memory, said};
use regprov_lang::{Early, NoSurroundings};
use regprov_schema::{Attribute, Block};
use regprov_value::{Type, Value};
use std::collections::BTreeMap;

fn settings() -> Block {
    let text = Attribute {
        optional: true,
        ..Attribute::new(Type::String)
    };
    Block {
        attributes: BTreeMap::from([("path", text)]),
        ..Block::default()
    }
}

/// The `path` of the backend, or what is wrong with it.
fn path(body: &str, variables: &[(&str, Value)]) -> Result<String, String> {
    let text = format!("terraform {{\n  backend \"local\" {{\n    path = {body}\n  }}\n}}\n");
    let declared = "variable \"a\" {}\nvariable \"b\" {\n  default = \"b\"\n}\nlocals {\n  both = \"${var.a}-${var.b}\"\n  one = local.two\n  two = local.one\n}\nresource \"terraform_data\" \"x\" {}\n";
    let mut loaded = Memory::default()
        .with("main.tf", format!("{text}{declared}"))
        .load_with(variables);
    let root = loaded.configuration.root().expect("there is a root module");
    let backend = loaded.configuration.backend().expect("it has a backend");
    let early = Early::new(root, &loaded.early, &NoSurroundings);
    let (value, found) = early.decode(&backend.body, &settings(), "A `backend` block");
    loaded.diagnostics = found;
    match loaded.diagnostics.has_errors() {
        true => Err(said(&loaded)),
        false => {
            let path = value.get("path").and_then(Value::as_str);
            Ok(path.expect("the path is a string").to_owned())
        }
    }
}

#[test]
fn a_backend_refers_to_variables_locals_and_functions() {
    let given = [("a", Value::from("x"))];
    assert_eq!(
        path("\"${upper(local.both)}.tfstate\"", &given),
        Ok("X-B.tfstate".into())
    );
    assert_eq!(path("var.b", &[]), Ok("b".into()));
}

#[test]
fn a_backend_does_not_refer_to_what_is_known_later() {
    for (body, word) in [
        ("var.a", "no value was given for `var.a`"),
        ("local.both", "no value was given for `var.a`"),
        ("local.one", "depends on itself"),
        ("terraform_data.x.id", "`terraform_data.x` has no value by then"),
        ("var.c", "`var.c` is not declared"),
    ] {
        let said = path(body, &[]).unwrap_err();
        assert!(said.contains(word), "{body}: {said}");
    }
}

#[test]
fn the_source_of_a_module_is_evaluated_with_the_variables() {
    let files = Memory::default()
        .with(
            "main.tf",
            "variable \"name\" {}\nmodule \"a\" {\n  source = \"./${var.name}\"\n  inner = \"deep\"\n}\n",
        )
        .with(
            "child/a.tf",
            "variable \"inner\" {}\nmodule \"b\" {\n  source = \"./${var.inner}\"\n}\n",
        )
        .with("child/deep/a.tf", "output \"x\" {\n  value = 1\n}\n");
    let loaded = files.load_with(&[("name", Value::from("child"))]);
    assert!(loaded.diagnostics.is_empty(), "{}", said(&loaded));
    assert_eq!(loaded.configuration.modules.len(), 3);
    let without = said(&files.load());
    assert!(without.contains("no value was given for `var.name`"), "{without}");
    let secret = files.load_with(&[("name", Value::from("child").sensitive())]);
    assert!(
        said(&secret).contains("neither sensitive nor null"),
        "{}",
        said(&secret)
    );
}
