//! What reads texts, and the laws that it keeps.

use super::plans;
use crate::shell::Result;
use regprov_diag::Sources;
use regprov_lang::{EmptyScope, Files, LoadOptions};
use regprov_state::{Segment, Snapshot};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// Where the texts of a target come from, besides its seeds.
pub(super) enum Shape {
    /// Whole files.
    Files,
    /// The lines of the list of expressions.
    Lines,
    /// The seeds, the JSON files of folders of the project, and folders that were named.
    Seeds(&'static [&'static str]),
    /// The same of one folder, each sealed.
    Sealed(&'static str),
}

pub(super) struct Target {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    pub(super) seeds: &'static [&'static str],
    pub(super) words: &'static [&'static str],
    /// Whether its texts are JSON.
    pub(super) is_json: bool,
    /// Whether the text was accepted; an error where a law is broken.
    pub(super) run: fn(&[u8]) -> Result<bool>,
}

pub(super) const TARGETS: &[Target] = &[
    Target {
        name: "parse",
        shape: Shape::Files,
        seeds: &["locals {\n  a = 1\n}\n"],
        words: LANGUAGE,
        is_json: false,
        run: parse,
    },
    Target {
        name: "evaluate",
        shape: Shape::Lines,
        seeds: &["[for x in [1, 2] : x * 2]"],
        words: LANGUAGE,
        is_json: false,
        run: evaluate,
    },
    Target {
        name: "fmt",
        shape: Shape::Files,
        seeds: &["a=1 # x\nbb = <<E\n${ x }\nE\n"],
        words: LANGUAGE,
        is_json: false,
        run: fmt,
    },
    Target {
        name: "tfvars",
        shape: Shape::Seeds(&[]),
        seeds: TFVARS,
        words: LANGUAGE,
        is_json: false,
        run: tfvars,
    },
    Target {
        name: "tfvars-json",
        shape: Shape::Seeds(&[]),
        seeds: &[r#"{"a":{"b":[1,"x",null,true,"${1 + 1}"]},"//":"said"}"#],
        words: JSON,
        is_json: true,
        run: tfvars_json,
    },
    Target {
        name: "state",
        shape: Shape::Seeds(&[
            "crates/regprov-cli/tests/states",
            "crates/regprov-state/tests/state",
        ]),
        seeds: &[STATE, "{}", "{\"version\":4}"],
        words: JSON,
        is_json: true,
        run: state,
    },
    Target {
        name: "plan",
        shape: Shape::Seeds(&["crates/regprov-plan/tests/it/plans"]),
        seeds: &["{\"format\":1}", "{\"format\":1,\"changes\":[],\"outputs\":{}}"],
        words: JSON,
        is_json: true,
        run: plans::clear,
    },
    Target {
        name: "plan-file",
        shape: Shape::Sealed("crates/regprov-plan/tests/it/plans"),
        seeds: &["{\"regprov_plan\":1}"],
        words: JSON,
        is_json: true,
        run: plans::sealed,
    },
];

/// Values of variables.
const TFVARS: &[&str] = &[
    "a = { b = [1, \"x\"] }\n",
    "name = \"registry\"\ntags = {\n  env = \"dev\"\n  \"a b\" : null\n}\n",
    "# said\nports = [80, 443, 1e3, 0.5]\nopen  = true\ntext  = <<-EOT\n  one\n    two\nEOT\n",
    "projects = [\n  {\n    name = \"base\" // first\n    members = []\n  },\n]\n/* last */ n = -(1 + 2) * 3\n",
    "x = [for n in [1, 2] : n if n > 1]\ny = true ? \"a\" : \"b\"\nz = {a = 1}.a\n",
];

/// The words of the language.
const LANGUAGE: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "${",
    "%{",
    "~}",
    "\"",
    "\"${",
    "}\"",
    "<<E\n",
    "<<-E\n",
    "\nE\n",
    "\n",
    "\r\n",
    " ",
    "\t",
    "#",
    "//",
    "/*",
    "*/",
    "=",
    "==",
    "=>",
    "!",
    "!=",
    "&&",
    "||",
    "?",
    " ? 1 : ",
    ":",
    "::",
    ",",
    ".",
    "...",
    ".*",
    "[*]",
    "-",
    "- ",
    "+ 1",
    "* 2",
    "/ 0",
    "% 3",
    "for x in ",
    "[for x in [1]: ",
    "{for k, v in {a = 1}: ",
    "if true",
    "in",
    "%{if true}",
    "%{else}",
    "%{endif}",
    "%{for x in [1]}",
    "%{endfor}",
    "true",
    "false",
    "null",
    "1",
    "0.1",
    "1e9",
    "1e400",
    "99999999999999999999",
    "\"a\"",
    "é",
    "\u{feff}",
    "e\u{301}",
    "x",
    "var.a",
    "local.a",
    "each.key",
    "count.index",
    "self",
    "path.module",
    "abs(",
    "range(",
    "join(\",\", ",
    "format(\"%s\", ",
    "regex(\"",
    "repeat",
    "merge(",
    "flatten([",
    "jsondecode(\"",
    "yamldecode(\"",
    "templatestring(",
    "setproduct(",
    "cidrsubnet(",
    "formatdate(\"",
    "resource \"a_b\" \"c\" {\n",
    "variable \"a\" {\n",
    "type = ",
    "dynamic \"a\" {\n",
    "for_each = ",
    "count = ",
    "locals {\n",
    "module \"m\" {\n",
    "\\",
    "\\u00e9",
    "\\\"",
    "$${",
    "%%{",
    "\0",
];

/// The words of JSON and of states.
const JSON: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\u0000",
    "\\ud800",
    "null",
    "true",
    "1",
    "-1",
    "1e400",
    "4",
    "\"version\":4",
    "\"format\":1",
    "\"resources\":[",
    "\"instances\":[",
    "\"index_key\":",
    "\"deposed\":\"00000000\"",
    "\"attributes\":{",
    "\"sensitive_attributes\":[",
    "\"module\":\"module.a\"",
    "\"mode\":\"managed\"",
    "\"type\":\"a_b\"",
    "\"name\":\"c\"",
    "\"outputs\":{",
    "\"value\":",
    "\"changes\":[",
    "\"provider\":\"provider[\\\"x/y/z\\\"]\"",
    "\"serial\":18446744073709551615",
    "\"lineage\":\"\"",
    "[[",
    "{\"a\":",
];

const STATE: &str = r#"{"version":4,"terraform_version":"1.11.4","serial":3,"lineage":"3f1a5f9e-9c1e-4b5a-8a57-1d7f5d3c2b1a",
"outputs":{"a":{"value":[1,"x",null],"type":["tuple",["number","string","dynamic"]],"sensitive":true}},
"resources":[{"module":"module.m[\"k\"]","mode":"managed","type":"terraform_data","name":"a","provider":"provider[\"terraform.io/builtin/terraform\"]",
"instances":[{"index_key":0,"schema_version":0,"attributes":{"id":"x","input":{"value":"y","type":"string"},"output":null,"triggers_replace":null},
"sensitive_attributes":[[{"type":"get_attr","value":"input"}]],"dependencies":["terraform_data.b"]},
{"index_key":1,"status":"tainted","deposed":"0badcafe","schema_version":0,"attributes":{"id":"z"},"private":"bnVsbA=="}]}],
"check_results":null}"#;

/// One file as a module.
struct Module<'a>(&'a [u8]);

impl Files for Module<'_> {
    fn read(&self, path: &Path) -> io::Result<Arc<[u8]>> {
        match path.ends_with("main.tf") {
            true => Ok(self.0.into()),
            false => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<String>> {
        match directory == Path::new(".") || directory == Path::new("") {
            true => Ok(vec!["main.tf".into()]),
            false => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn is_dir(&self, path: &Path) -> bool {
        path == Path::new(".")
    }
}

fn parse(text: &[u8]) -> Result<bool> {
    let loaded = regprov_lang::load(Path::new("."), &Module(text), &LoadOptions::default());
    Ok(!loaded.diagnostics.has_errors())
}

fn evaluate(text: &[u8]) -> Result<bool> {
    let Ok(text) = std::str::from_utf8(text) else {
        return Ok(false);
    };
    let mut sources = Sources::new();
    let source = sources.add("expression", text);
    let Ok(expression) = regprov_lang::parse_expression(text, source) else {
        return Ok(false);
    };
    Ok(expression.evaluate(&EmptyScope).is_ok())
}

fn formatted(text: &[u8]) -> Option<Vec<u8>> {
    let mut sources = Sources::new();
    let source = sources.add("main.tf", regprov_lang::readable(text));
    regprov_lang::format(text, source).ok()
}

/// A formatted text stays as it is, and holds what the text before held.
fn fmt(text: &[u8]) -> Result<bool> {
    let Some(once) = formatted(text) else {
        return Ok(false);
    };
    match formatted(&once) {
        None => return Err("the formatted text is no syntax any more".into()),
        Some(twice) if twice != once => return Err("formatting again changes the text".into()),
        Some(_) => {}
    }
    if is_respelled(text) || essence(text) == essence(&once) {
        return Ok(true);
    }
    Err("formatting changes more than blanks".into())
}

/// Whether the text may hold something that has an idiomatic spelling beyond the quotes of interpolations: types, comments
/// between labels, and labels with escapes or with characters that are written as such.
fn is_respelled(text: &[u8]) -> bool {
    let is_escaped = |byte: &u8| !byte.is_ascii() || (byte.is_ascii_control() && !b"\t\r\n".contains(byte));
    let words = String::from_utf8_lossy(text);
    let holds_tab = |line: &str| {
        let within = line.split_once('"').and_then(|(_, rest)| rest.rsplit_once('"'));
        within.is_some_and(|(within, _)| within.contains('\t'))
    };
    ["variable", "/*", "\\"].iter().any(|part| words.contains(part))
        || text.iter().any(is_escaped)
        || words.lines().any(holds_tab)
}

/// The text without what the layout and the quotes of interpolations and labels may change.
fn essence(text: &[u8]) -> Vec<u8> {
    let left_out = |byte: &u8| !b" \t\r\n\"${}()~".contains(byte);
    text.iter().copied().filter(left_out).collect()
}

fn tfvars(text: &[u8]) -> Result<bool> {
    Ok(variables("x.tfvars", text))
}

fn tfvars_json(text: &[u8]) -> Result<bool> {
    Ok(variables("x.tfvars.json", text))
}

fn variables(name: &str, text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else {
        return false;
    };
    let mut sources = Sources::new();
    let source = sources.add(name, text);
    let Ok(values) = regprov_lang::parse_tfvars(name, text, source) else {
        return false;
    };
    for expression in values.values() {
        let _ = expression.evaluate(&EmptyScope);
    }
    true
}

/// A state that was read is written and read again as the same.
fn state(text: &[u8]) -> Result<bool> {
    let _ = Segment::parse(text, 1, "segment");
    let Ok(Some(snapshot)) = Snapshot::parse(text, "state") else {
        return Ok(false);
    };
    let written = snapshot.to_clear_bytes().map_err(|error| error.to_string())?;
    match Snapshot::parse(&written, "state") {
        Ok(Some(again)) if again.same_content(&snapshot) => Ok(true),
        Ok(_) => Err("the state that was written is another one".into()),
        Err(error) => Err(format!("the state that was written is refused: {error}")),
    }
}
