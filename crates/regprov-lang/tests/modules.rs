//! Module calls: what is installed is loaded, what is not is wanted, and nothing leaves its package.

#[path = "common/memory.rs"]
mod memory;

use memory::{Memory, said};
use regprov_lang::{InstalledModules, LoadOptions, Loaded, load};
use std::path::Path;

const CALL: &str = "module \"a\" {\n  source = \"git::https://h.example/r.git//sub?ref=v1\"\n}\n";

fn with(files: &[(&str, &str)], installed: &str) -> Loaded {
    let memory = files
        .iter()
        .fold(Memory::default(), |memory, (path, text)| memory.with(path, text));
    let installed = InstalledModules::from_json(installed.as_bytes()).expect("the list is readable");
    load(
        Path::new("."),
        &memory,
        &LoadOptions::default().with_installed(installed),
    )
}

fn list(rows: &str) -> String {
    format!("{{\"Modules\":[{rows}]}}")
}

#[test]
fn what_terraform_installed_is_loaded_from_where_it_is() {
    let installed = list(
        r#"{"Key":"","Source":"","Dir":"."},{"Key":"a","Source":"git::https://h.example/r.git//sub?ref=v1","Dir":".terraform/modules/a/sub"},{"Key":"a.i","Source":"./inner","Dir":".terraform/modules/a/sub/inner"}"#,
    );
    let loaded = with(
        &[
            ("main.tf", CALL),
            (
                ".terraform/modules/a/sub/main.tf",
                "module \"i\" {\n  source = \"./inner\"\n}\nmodule \"up\" {\n  source = \"../other\"\n}\n",
            ),
            (
                ".terraform/modules/a/sub/inner/main.tf",
                "output \"x\" {\n  value = 1\n}\n",
            ),
            (
                ".terraform/modules/a/other/main.tf",
                "output \"x\" {\n  value = 1\n}\n",
            ),
        ],
        &installed,
    );
    assert_eq!(said(&loaded), "");
    let path = ["a".to_owned(), "up".to_owned()];
    let directory = &loaded.configuration.modules[path.as_slice()].directory;
    assert_eq!(directory, Path::new(".terraform/modules/a/other"));
}

#[test]
fn a_module_that_is_not_installed_is_wanted() {
    let loaded = with(&[("main.tf", CALL)], &list(""));
    assert!(said(&loaded).contains("not installed yet"), "{}", said(&loaded));
    assert!(said(&loaded).contains("regprov init"));
    assert_eq!(loaded.wanted.len(), 1);
    assert_eq!(loaded.wanted[0].path, ["a"]);
}

#[test]
fn a_changed_source_or_version_is_wanted_anew() {
    let installed = list(r#"{"Key":"a","Source":"registry.terraform.io/x/y/z","Version":"1.2.0","Dir":"m"}"#);
    let call =
        |version: &str| format!("module \"a\" {{\n  source  = \"x/y/z\"\n  version = \"{version}\"\n}}\n");
    let module = ("m/main.tf", "");
    assert_eq!(
        said(&with(&[("main.tf", &call("~> 1.0")), module], &installed)),
        ""
    );
    let other = with(&[("main.tf", &call("~> 2.0")), module], &installed);
    assert!(said(&other).contains("does not allow"), "{}", said(&other));
    let other = with(&[("main.tf", CALL), module], &installed);
    assert!(
        said(&other).contains("came from registry.terraform.io/x/y/z"),
        "{}",
        said(&other)
    );
    let gone = with(&[("main.tf", &call("1.2.0"))], &installed);
    assert!(said(&gone).contains("does not exist"), "{}", said(&gone));
    assert_eq!(gone.wanted.len(), 1);
}

#[test]
fn a_downloaded_module_cannot_call_what_lies_outside_of_its_package() {
    let installed = list(
        r#"{"Key":"a","Source":"git::https://h.example/r.git//sub?ref=v1","Dir":".terraform/modules/a/sub"}"#,
    );
    let loaded = with(
        &[
            ("main.tf", CALL),
            ("secret/main.tf", ""),
            (
                ".terraform/modules/a/sub/main.tf",
                "module \"i\" {\n  source = \"../../../../secret\"\n}\n",
            ),
        ],
        &installed,
    );
    assert!(
        said(&loaded).contains("leads out of the package"),
        "{}",
        said(&loaded)
    );
}

#[test]
fn a_package_that_calls_itself_is_refused() {
    let source = "git::https://h.example/r.git//sub?ref=v1";
    let installed = list(&format!(
        r#"{{"Key":"a","Source":"{source}","Dir":"a/sub"}},{{"Key":"a.a","Source":"{source}","Dir":"b/sub"}}"#
    ));
    let files = [
        ("main.tf", CALL),
        ("a/sub/main.tf", CALL),
        ("b/sub/main.tf", CALL),
    ];
    let loaded = with(&files, &installed);
    assert!(
        said(&loaded).contains("called from within itself"),
        "{}",
        said(&loaded)
    );
    assert!(loaded.wanted.is_empty());
}

#[test]
fn a_version_is_for_registries_only() {
    let loaded = with(
        &[
            (
                "main.tf",
                "module \"a\" {\n  source  = \"./m\"\n  version = \"1.0\"\n}\n",
            ),
            ("m/a.tf", ""),
        ],
        &list(""),
    );
    assert!(
        said(&loaded).contains("only modules of a registry have versions"),
        "{}",
        said(&loaded)
    );
    let loaded = with(
        &[(
            "main.tf",
            "module \"a\" {\n  source  = \"a/b/c\"\n  version = \"1.x\"\n}\n",
        )],
        &list(""),
    );
    assert!(said(&loaded).contains("main.tf:3"), "{}", said(&loaded));
}

#[test]
fn the_list_of_installed_modules_reads_as_it_was_written() {
    let text = list(
        r#"{"Key":"","Source":"","Dir":"."},{"Key":"a","Source":"registry.terraform.io/x/y/z","Version":"1.2.0","Dir":"m"}"#,
    );
    let read = InstalledModules::from_json(text.as_bytes()).expect("the list is readable");
    assert_eq!(read.to_json(), text);
}

#[test]
fn an_instance_of_a_module_may_be_written_as_an_attribute() {
    let root = "module \"m\" {\n  source   = \"./m\"\n  for_each = { west = 1 }\n}\noutput \"x\" {\n  value = module.m.west.id\n}\n";
    let loaded = with(
        &[
            ("main.tf", root),
            ("m/main.tf", "output \"id\" {\n  value = 1\n}\n"),
        ],
        &list(""),
    );
    assert_eq!(said(&loaded), "");
}

#[test]
fn comments_beside_a_reference_are_not_part_of_it() {
    let root = "resource \"terraform_data\" \"a\" {\n  depends_on = [\n    /** why\n    **/\n    terraform_data.b,\n  ]\n  lifecycle {\n    ignore_changes = [\n      # why\n      input, # because\n      triggers_replace\n    ]\n  }\n}\nresource \"terraform_data\" \"b\" {}\n";
    assert_eq!(said(&with(&[("main.tf", root)], &list(""))), "");
}

#[test]
fn of_a_key_that_stands_twice_the_last_counts() {
    let root = "locals {\n  x = {\n    a = 1\n    \"b\" = 2\n    a = 3\n    \"b\" = 4\n    a = 5\n  }\n}\n";
    let loaded = with(&[("main.tf", root)], &list(""));
    assert_eq!(said(&loaded), "");
    let module = loaded.configuration.root().expect("there is a root module");
    let value = module.locals["x"]
        .expr
        .evaluate(&regprov_lang::EmptyScope)
        .expect("it evaluates");
    assert_eq!(
        regprov_value::to_json(&value)
            .expect("it has a JSON form")
            .to_string(),
        r#"{"a":5,"b":4}"#
    );
}
