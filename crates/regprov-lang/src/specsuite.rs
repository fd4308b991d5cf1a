//! The language test suite of HCL, where `cargo xtask specsuite` has put it: each case is a file, a description of what it
//! should hold, and the value, type or mistakes that are expected of it.

use crate::raw::{Origin, RawBody, RawExpr, parse_native, problem};
use crate::typeexpr::type_constraint;
use crate::{EmptyScope, Scope, codes};
use regprov_diag::{Diagnostics, Sources};
use regprov_value::{Type, Value, convert};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a body should hold.
enum Spec {
    Object(Vec<(String, Spec)>),
    Attribute {
        name: String,
        ty: Type,
    },
    Block {
        kind: String,
        content: Box<Spec>,
    },
    List {
        kind: String,
        content: Box<Spec>,
    },
    Map {
        kind: String,
        labels: usize,
        content: Box<Spec>,
    },
    Literal(Value),
}

/// The variables of a case. In the language here they stand behind `var.`.
struct Variables(BTreeMap<String, Value>);

impl Scope for Variables {
    fn variable(&self, name: &str) -> Option<Value> {
        self.0.get(name).cloned()
    }
}

fn read(path: &Path, sources: &mut Sources, found: &mut Diagnostics) -> RawBody {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let text = ["bar", "space_bar"].iter().fold(text, |text, name| {
        text.replace(&format!("${{{name}}}"), &format!("${{var.{name}}}"))
    });
    let source = sources.add(path.display().to_string(), text.as_str());
    parse_native(&text, Origin::file(source), found)
}

fn evaluate(expr: &RawExpr, scope: &dyn Scope, found: &mut Diagnostics) -> Value {
    let compiled = expr.compile(found);
    found
        .take(compiled.evaluate(scope))
        .unwrap_or_else(|| Value::null(Type::Dynamic))
}

fn literal(expr: &RawExpr) -> Value {
    let mut found = Diagnostics::new();
    let value = evaluate(expr, &EmptyScope, &mut found);
    assert!(found.is_empty(), "{found:?}");
    value
}

/// The specifications in a body, by the names that they have in the result.
fn specs(body: &mut RawBody) -> Vec<(String, Spec)> {
    let mut found = Vec::new();
    for mut block in std::mem::take(&mut body.blocks) {
        let label = block.labels.first().map(|(label, _)| label.to_string());
        let kind = block
            .body
            .take("block_type")
            .and_then(|kind| kind.expr.as_string());
        let kind = kind.or_else(|| label.clone()).unwrap_or_default();
        let content = |body: &mut RawBody| Box::new(only(specs(body)));
        let spec = match &*block.kind {
            "variables" => continue,
            "object" => Spec::Object(specs(&mut block.body)),
            "literal" => Spec::Literal(literal(&block.body.attributes["value"].expr)),
            "attr" => Spec::Attribute {
                name: label.clone().expect("an attribute has a name"),
                ty: type_constraint(&block.body.attributes["type"].expr)
                    .expect("a type is given")
                    .0,
            },
            "block" => Spec::Block {
                kind,
                content: content(&mut block.body),
            },
            "block_list" => Spec::List {
                kind,
                content: content(&mut block.body),
            },
            "block_map" => Spec::Map {
                kind,
                labels: block.body.attributes["labels"]
                    .expr
                    .as_list()
                    .map_or(1, |labels| labels.len()),
                content: content(&mut block.body),
            },
            other => panic!("the suite has a specification that is new here: {other}"),
        };
        found.push((label.unwrap_or_default(), spec));
    }
    found
}

fn only(mut specs: Vec<(String, Spec)>) -> Spec {
    assert_eq!(specs.len(), 1, "one specification is needed here");
    specs.remove(0).1
}

/// Takes what a specification wants out of a body.
fn decode(spec: &Spec, body: &mut RawBody, scope: &Variables, found: &mut Diagnostics) -> Value {
    match spec {
        Spec::Literal(value) => value.clone(),
        Spec::Object(parts) => {
            let values: Vec<_> = parts
                .iter()
                .map(|(name, spec)| (name.as_str(), decode(spec, body, scope, found)))
                .collect();
            Value::object(values)
        }
        Spec::Attribute { name, ty } => match body.take(name) {
            None => Value::null(ty.clone()),
            Some(attribute) => {
                let value = evaluate(&attribute.expr, scope, found);
                convert(&value, ty).unwrap_or_else(|error| {
                    found.push(problem(&codes::VALUE, attribute.span, error.to_string()));
                    Value::null(ty.clone())
                })
            }
        },
        Spec::Block { kind, content } => match body.take_blocks(kind, 0, found).into_iter().next() {
            None => Value::null(Type::Dynamic),
            Some(mut block) => whole(content, &mut block.body, scope, found),
        },
        Spec::List { kind, content } => {
            let blocks = body.take_blocks(kind, 0, found);
            let mut value = |mut body| whole(content, &mut body, scope, found);
            Value::tuple(blocks.into_iter().map(|block| value(block.body)).collect())
        }
        Spec::Map {
            kind,
            labels,
            content,
        } => {
            let blocks = body.take_blocks(kind, *labels, found);
            let mut entries: BTreeMap<Arc<str>, Value> = BTreeMap::new();
            for mut block in blocks {
                let value = whole(content, &mut block.body, scope, found);
                entries.insert(block.labels[0].0.clone(), value);
            }
            let element = entries.values().next().map_or(Type::Dynamic, Value::ty);
            Value::map(element, entries)
        }
    }
}

/// The same, and nothing else may be left.
fn whole(spec: &Spec, body: &mut RawBody, scope: &Variables, found: &mut Diagnostics) -> Value {
    let value = decode(spec, body, scope, found);
    std::mem::replace(body, nothing(body)).finish("this body", &[], found);
    value
}

fn nothing(like: &RawBody) -> RawBody {
    RawBody {
        attributes: indexmap::IndexMap::new(),
        blocks: Vec::new(),
        span: like.span,
    }
}

/// The places of the mistakes that a case expects: line, column and byte of both ends.
fn expected_places(body: &mut RawBody) -> Option<BTreeSet<[String; 6]>> {
    let mut ignored = Diagnostics::new();
    let mut diagnostics = body.take_blocks("diagnostics", 0, &mut ignored).pop()?;
    let errors = diagnostics.body.take_blocks("error", 0, &mut ignored);
    let places = errors.into_iter().map(|mut error| {
        let mut end = |name: &str| {
            let block = error
                .body
                .take_blocks(name, 0, &mut ignored)
                .pop()
                .expect("both ends are given");
            ["line", "column", "byte"].map(|name| text(&literal(&block.body.attributes[name].expr)))
        };
        let ([line, column, byte], [to_line, to_column, to_byte]) = (end("from"), end("to"));
        [line, column, byte, to_line, to_column, to_byte]
    });
    Some(places.collect())
}

fn text(value: &Value) -> String {
    let converted = convert(value, &Type::String).expect("a number has a text");
    converted.as_str().unwrap_or_default().to_owned()
}

fn places(found: &Diagnostics, sources: &Sources) -> BTreeSet<[String; 6]> {
    let errors = found.iter().filter(|diagnostic| diagnostic.is_error());
    errors
        .map(|diagnostic| {
            let span = diagnostic.subject.expect("a mistake has a place");
            let file = sources.get(span.source).expect("the place is in a file");
            let (line, column) = file.line_column(span.start);
            let (to_line, to_column) = file.line_column(span.end);
            [
                line,
                column,
                span.start as usize,
                to_line,
                to_column,
                span.end as usize,
            ]
            .map(|number| number.to_string())
        })
        .collect()
}

/// What is wrong with a case.
fn judge(case: &Path) -> Result<(), String> {
    let (mut sources, mut found) = (Sources::new(), Diagnostics::new());
    let mut clean = Diagnostics::new();
    let mut description = read(&case.with_extension("hcldec"), &mut sources, &mut clean);
    let mut expected = read(&case.with_extension("t"), &mut sources, &mut clean);
    assert!(clean.is_empty(), "{clean:?}");
    let variables = description.take_blocks("variables", 0, &mut clean).pop();
    let scope = Variables(variables.map_or_else(BTreeMap::new, |block| {
        let values = block.body.attributes.iter();
        values
            .map(|(name, value)| (name.to_string(), literal(&value.expr)))
            .collect()
    }));
    let spec = only(specs(&mut description));
    let mut body = read(&case.with_extension("hcl"), &mut sources, &mut found);
    let value = match found.has_errors() {
        true => Value::null(Type::Dynamic),
        false => whole(&spec, &mut body, &scope, &mut found),
    };
    if let Some(wanted) = expected_places(&mut expected) {
        let ours = places(&found, &sources);
        return (ours == wanted)
            .then_some(())
            .ok_or_else(|| format!("mistakes at {ours:?}, expected at {wanted:?}"));
    }
    if found.has_errors() {
        return Err(format!("{found:?}"));
    }
    let ty = expected
        .take("result_type")
        .map(|ty| type_constraint(&ty.expr).expect("a type is given").0);
    if let Some(ty) = &ty
        && convert(&value, ty).as_ref() != Ok(&value)
    {
        return Err(format!("the value is {}, expected {ty}", value.ty()));
    }
    let Some(result) = expected.take("result") else {
        return Ok(());
    };
    let result = literal(&result.expr);
    let result = convert(&result, &value.ty()).map_err(|error| error.to_string())?;
    (result == value)
        .then_some(())
        .ok_or_else(|| format!("the value is {value:?}, expected {result:?}"))
}

fn cases(folder: &Path, cases: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        if path.is_dir() {
            self::cases(&path, cases);
        } else if path.extension().is_some_and(|extension| extension == "t") {
            cases.push(path);
        }
    }
}

#[test]
fn every_case_of_the_suite_passes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/specsuite");
    let mut found = Vec::new();
    cases(&folder, &mut found);
    found.sort();
    if found.is_empty() {
        println!("SKIPPED: the suite is not there; `cargo xtask specsuite DIRECTORY` brings it");
        return;
    }
    let wrong: Vec<String> = found
        .iter()
        .filter_map(|case| Some(format!("{}: {}", case.display(), judge(case).err()?)))
        .collect();
    println!("{} cases, {} of them wrong", found.len(), wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
