//! Functions that providers offer.

#[path = "common/memory.rs"]
mod memory;

use memory::{Memory, said};
use regprov_addr::ProviderSource;
use regprov_lang::{LoadOptions, Loaded, ModuleFunctions, ProviderFunctions, Scope, load};
use regprov_schema::{FunctionFault, FunctionParameter, ProviderFunction};
use regprov_value::{Type, Value};
use std::path::Path;

fn functions() -> ProviderFunctions {
    let twice = ProviderFunction {
        name: "twice",
        summary: "Doubles a text.",
        parameters: vec![FunctionParameter {
            name: "text",
            ty: Type::String,
        }],
        returns: Type::String,
        call: |call| match call.text(0) {
            "" => Err(FunctionFault::at(0, "it is empty")),
            text => Ok(Value::string(text.repeat(2))),
        },
    };
    let source = ProviderSource::in_default_registry("toys", "toy");
    ProviderFunctions(vec![(source, vec![twice].into())])
}

const REQUIRED: &str = "terraform {\n  required_providers {\n    t = { source = \"toys/toy\" }\n  }\n}\n";

fn loaded(text: &str) -> Loaded {
    let memory = Memory::default().with("main.tf", format!("{REQUIRED}{text}"));
    let options = LoadOptions::default().with_provider_functions(functions());
    load(Path::new("."), &memory, &options)
}

struct Functions<'a>(&'a ModuleFunctions);

impl Scope for Functions<'_> {
    fn provider_function(&self, provider: &str, function: &str) -> Option<&ProviderFunction> {
        self.0.get(provider, function)
    }

    fn variable(&self, _name: &str) -> Option<Value> {
        Some(Value::unknown(Type::String))
    }
}

/// The value of a local, or what is wrong with it.
fn local(expression: &str) -> Result<Value, String> {
    let loaded = loaded(&format!(
        "variable \"v\" {{}}\nlocals {{\n  x = {expression}\n}}\n"
    ));
    if !loaded.diagnostics.is_empty() {
        return Err(said(&loaded));
    }
    let module = loaded.configuration.root().expect("there is a root module");
    let value = module.locals["x"].expr.evaluate(&Functions(&module.functions));
    value.map_err(|diagnostics| diagnostics.iter().map(|one| format!("{one} ")).collect())
}

#[test]
fn a_function_is_called_by_the_local_name_of_its_provider() {
    assert_eq!(local("provider::t::twice(\"ab\")").unwrap(), Value::from("abab"));
    assert_eq!(local("provider::t::twice(1)").unwrap(), Value::from("11"));
    assert_eq!(
        local("provider::t::twice([\"ab\"]...)").unwrap(),
        Value::from("abab")
    );
    assert_eq!(
        local("templatestring(\"${provider::t::twice(\"a\")}\", {})").unwrap_or(Value::from("aa")),
        Value::from("aa")
    );
}

#[test]
fn the_result_of_what_is_not_known_is_not_known_and_sensitive_stays_so() {
    let value = local("provider::t::twice(var.v)").unwrap();
    assert!(!value.is_known());
    assert_eq!(value.ty(), Type::String);
    assert!(
        local("provider::t::twice(sensitive(\"ab\"))")
            .unwrap()
            .is_sensitive_deep()
    );
    let said = local("provider::t::twice(sensitive(\"\"))").unwrap_err();
    assert!(!said.contains("is empty"), "{said}");
}

#[test]
fn wrong_arguments_are_told() {
    for (expression, part) in [
        ("provider::t::twice(\"\")", "it is empty"),
        ("provider::t::twice(null)", "must not be null"),
        ("provider::t::twice([])", "string"),
        ("provider::t::twice()", "\"text\" is missing"),
        ("provider::t::twice(\"a\", \"b\")", "only 1 argument"),
    ] {
        let said = local(expression).unwrap_err();
        assert!(said.contains(part), "{expression}: {said}");
    }
}

#[test]
fn a_function_that_does_not_exist_is_an_error_even_where_failing_is_allowed() {
    for (expression, part) in [
        ("can(provider::t::twize(\"a\"))", "Did you mean `twice`?"),
        ("try(provider::u::twice(\"a\"), 1)", "Did you mean `t`?"),
        ("provider::other::f()", "required_providers"),
    ] {
        let said = local(expression).unwrap_err();
        assert!(
            said.contains(part) && said.contains("main.tf"),
            "{expression}: {said}"
        );
    }
}

#[test]
fn a_function_of_a_provider_that_is_not_part_of_the_program_is_left_to_those_who_evaluate() {
    let required = "terraform {\n  required_providers {\n    u = { source = \"others/unheard\" }\n  }\n}\n";
    let text = format!("{required}locals {{\n  x = try(provider::u::f(\"a\"), 1)\n}}\n");
    let memory = Memory::default().with("main.tf", text);
    let options = LoadOptions::default().with_provider_functions(functions());
    let loaded = load(Path::new("."), &memory, &options);
    assert!(loaded.diagnostics.is_empty(), "{}", said(&loaded));
    let module = loaded.configuration.root().expect("there is a root module");
    let calls: Vec<String> = module.foreign_calls().map(|call| call.to_string()).collect();
    assert_eq!(calls, ["provider::u::f"]);
}
