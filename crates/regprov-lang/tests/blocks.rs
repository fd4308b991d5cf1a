//! Blocks are judged as Terraform judges them.

#[path = "common/memory.rs"]
mod memory;

use memory::{Memory, main_tf, said};

#[track_caller]
fn refused(text: &str, word: &str) {
    let said = said(&main_tf(text));
    assert!(said.contains(word), "{word} is missing in:\n{said}");
}

#[track_caller]
fn accepted(text: &str) {
    let loaded = main_tf(text);
    assert!(!loaded.diagnostics.has_errors(), "{}", said(&loaded));
}

#[test]
fn settings_of_the_terraform_block_stand_once() {
    refused("terraform {\n  cloud {}\n  backend \"local\" {}\n}\n", "not both");
    refused(
        "terraform {\n  cloud {}\n}\nterraform {\n  cloud {}\n}\n",
        "only one `cloud` block",
    );
    refused(
        "terraform {\n  required_providers {}\n}\nterraform {\n  required_providers {}\n}\n",
        "only one `required_providers`",
    );
    refused(
        "terraform {\n  provider_meta \"a\" {\n    x = var.y\n  }\n}\nvariable \"y\" {}\n",
        "written literally",
    );
    refused(
        "terraform {\n  experiments = [x]\n}\n",
        "Experiments exist only in previews",
    );
    refused(
        "terraform {\n  language = TF2099\n}\n",
        "Unsupported language edition",
    );
    accepted(
        "terraform {\n  encryption {\n    key_provider \"pbkdf2\" \"a\" {\n      passphrase = \"x\"\n    }\n  }\n}\n",
    );
}

#[test]
fn conditions_say_something_and_not_of_themselves() {
    let block = |condition: &str| {
        format!(
            "resource \"a_b\" \"c\" {{\n  lifecycle {{\n    precondition {{\n      condition = {condition}\n      error_message = \"x\"\n    }}\n  }}\n}}\n"
        )
    };
    refused(&block("true"), "Invalid precondition expression");
    refused(&block("a_b.c.x == 1"), "Invalid reference in precondition");
    accepted(&block("path.module == \"\""));
    refused(
        "variable \"v\" {\n  validation {\n    condition = path.module == \"\"\n    error_message = \"x\"\n  }\n}\n",
        "must refer to `var.v`",
    );
}

#[test]
fn older_ways_to_write_are_warned_of_or_refused() {
    let reference = "resource \"a_b\" \"c\" {}\nresource \"a_b\" \"d\" {\n  depends_on = [\"a_b.c\"]\n}\n";
    refused(reference, "Quoted references are deprecated");
    accepted(reference);
    refused("variable \"v\" {\n  type = \"map\"\n}\n", "`type = map(string)`");
    refused(
        "resource \"a_b\" \"c\" {\n  lifecycle {\n    ignore_changes = [\"*\"]\n  }\n}\n",
        "Write `ignore_changes = all`",
    );
    refused(
        "resource \"a_b\" \"c\" {\n  provisioner \"chef\" {}\n}\n",
        "has been removed",
    );
    refused(
        "provider \"a\" {\n  version = \"1.0\"\n}\n",
        "Version constraints inside provider",
    );
}

#[test]
fn an_escaping_block_holds_arguments_that_are_called_like_settings() {
    let loaded = main_tf("resource \"a_b\" \"c\" {\n  count = 1\n  _ {\n    count = 2\n  }\n}\n");
    assert!(loaded.diagnostics.is_empty(), "{}", said(&loaded));
    let root = loaded.configuration.root().expect("there is a root module");
    let (_, block) = root.resources.first().expect("it declares a block");
    assert!(block.count.is_some() && block.body.attributes.contains_key("count"));
}

#[test]
fn what_is_removed_or_imported_agrees_with_what_is_declared() {
    let declared = "resource \"a_b\" \"c\" {}\n";
    refused(
        &format!("{declared}removed {{\n  from = a_b.c\n}}\n"),
        "Removed resource still exists",
    );
    refused("removed {\n  from = a_b.c[0]\n}\n", "names one instance");
    refused("removed {\n  from = data.a_b.c\n}\n", "names a data source");
    refused(
        "removed {\n  from = a_b.c\n  provisioner \"local-exec\" {\n    command = \"x\"\n  }\n}\n",
        "run on destroy",
    );
    accepted("import {\n  to = a_b.c\n  id = \"x\"\n}\n");
    let twice = "import {\n  to = a_b.c\n  id = \"x\"\n}\n".repeat(2);
    refused(&format!("{declared}{twice}"), "is imported twice");
}

#[test]
fn keys_in_the_target_of_an_import_are_evaluated_wherever_they_stand() {
    let main = "import {\n  for_each = { a = \"1\" }\n  to = module.m[each.key].a_b.c[each.value]\n  id = each.value\n}\nmodule \"m\" {\n  source = \"./m\"\n}\n";
    let loaded = Memory::default()
        .with("main.tf", main)
        .with("m/main.tf", "resource \"a_b\" \"c\" {}\n")
        .load();
    assert!(loaded.diagnostics.is_empty(), "{}", said(&loaded));
    let import = &loaded
        .configuration
        .root()
        .expect("there is a root module")
        .imports[0];
    let steps: Vec<usize> = import.open_keys.iter().map(|open| open.step).collect();
    assert_eq!((steps, import.to.text.as_str()), (vec![0, 1], "module.m.a_b.c"));
}

#[test]
fn override_files_change_settings_and_not_conditions() {
    let main = "terraform {\n  required_providers {\n    a = {\n      source = \"x/a\"\n    }\n  }\n}\nresource \"a_b\" \"c\" {}\ncheck \"d\" {\n  assert {\n    condition = path.module == \"\"\n    error_message = \"x\"\n  }\n}\n";
    let files = |change: &str| {
        Memory::default()
            .with("main.tf", main)
            .with("main_override.tf", change)
            .load()
    };
    let good = files(
        "terraform {\n  required_providers {\n    a = {\n      source = \"y/a\"\n    }\n  }\n}\nresource \"a_b\" \"c\" {\n  count = 2\n}\n",
    );
    assert!(good.diagnostics.is_empty(), "{}", said(&good));
    for (change, word) in [
        ("check \"d\" {}\n", "cannot change a `check` block"),
        (
            "resource \"a_b\" \"c\" {\n  depends_on = []\n}\n",
            "cannot change `depends_on`",
        ),
        (
            "resource \"a_b\" \"c\" {\n  lifecycle {\n    precondition {}\n  }\n}\n",
            "cannot change a `precondition` block",
        ),
        (
            "terraform {\n  cloud {}\n  cloud {}\n}\n",
            "only one `cloud` block",
        ),
    ] {
        let said = said(&files(change));
        assert!(said.contains(word), "{word} is missing in:\n{said}");
    }
}

#[test]
fn provider_configurations_are_passed_as_declared() {
    let child = "terraform {\n  required_providers {\n    a = {\n      source = \"x/a\"\n      configuration_aliases = [a.b]\n    }\n  }\n}\n";
    let files = |main: &str, child: &str| {
        said(
            &Memory::default()
                .with("main.tf", main)
                .with("m/main.tf", child)
                .load(),
        )
    };
    let bare = "module \"m\" {\n  source = \"./m\"\n}\n";
    assert!(files(bare, child).contains("Missing required provider configuration"));
    let other = "module \"m\" {\n  source = \"./m\"\n  providers = {\n    a.b = a\n  }\n}\nterraform {\n  required_providers {\n    a = {\n      source = \"other/a\"\n    }\n  }\n}\n";
    assert!(files(other, child).contains("Provider type mismatch"));
    let counted = "module \"m\" {\n  source = \"./m\"\n  count = 2\n}\n";
    assert!(files(counted, "provider \"a\" {\n  x = 1\n}\n").contains("Module is incompatible with count"));
}
