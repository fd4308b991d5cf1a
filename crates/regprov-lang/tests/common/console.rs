//! What the tests of expressions share.
#![allow(dead_code, reason = "each test file uses its own part")]

use regprov_diag::{Diagnostics, Sources};
use regprov_lang::{Expr, FunctionContext, NoSurroundings, Scope, parse_expression};
use regprov_value::{Data, Type, Value};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A scope with variables and nothing else.
pub(crate) struct Situation {
    pub(crate) variables: BTreeMap<String, Value>,
    pub(crate) functions: Box<dyn FunctionContext>,
}

impl Default for Situation {
    fn default() -> Self {
        Self {
            variables: BTreeMap::new(),
            functions: Box::new(NoSurroundings),
        }
    }
}

impl Scope for Situation {
    fn variable(&self, name: &str) -> Option<Value> {
        self.variables.get(name).cloned()
    }

    fn functions(&self) -> &dyn FunctionContext {
        &*self.functions
    }
}

pub(crate) fn compile(text: &str) -> Result<Expr, Diagnostics> {
    let mut sources = Sources::new();
    let source = sources.add("expression", text);
    parse_expression(text, source)
}

pub(crate) fn evaluate(text: &str, scope: &dyn Scope) -> Result<Value, Diagnostics> {
    compile(text)?.evaluate(scope)
}

/// A value as `terraform console` prints it.
pub(crate) fn console(value: &Value) -> String {
    let mut out = String::new();
    write(value, 0, &mut out);
    out
}

fn write(value: &Value, indent: usize, out: &mut String) {
    if value.marks.contains(regprov_value::Marks::SENSITIVE) {
        out.push_str("(sensitive value)");
        return;
    }
    match &value.data {
        Data::Null(ty) => out.push_str(&null(ty)),
        Data::Unknown(_) => out.push_str("(known after apply)"),
        Data::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Data::Number(number) => out.push_str(&number.to_string()),
        Data::String(text) => string(text, indent, out),
        Data::List(_, items) => items_of("tolist([", "])", items, indent, out),
        Data::Set(_, items) => items_of("toset([", "])", items, indent, out),
        Data::Tuple(items) => items_of("[", "]", items, indent, out),
        Data::Map(_, entries) => entries_of("tomap({", "})", &**entries, indent, out),
        Data::Object(entries) => entries_of("{", "}", &**entries, indent, out),
    }
}

fn null(ty: &Type) -> String {
    match ty {
        Type::Dynamic => "null".to_owned(),
        Type::Bool => "tobool(null)".to_owned(),
        Type::Number => "tonumber(null)".to_owned(),
        Type::String => "tostring(null)".to_owned(),
        Type::List(_) => "tolist(null)".to_owned(),
        Type::Set(_) => "toset(null)".to_owned(),
        Type::Map(_) => "tomap(null)".to_owned(),
        Type::Tuple(_) | Type::Object(_) => format!("null /* {} */", ty.friendly_name()),
    }
}

fn string(text: &str, indent: usize, out: &mut String) {
    if text.contains('\n') && indent == 0 {
        let _ = write!(out, "<<EOT\n{text}\nEOT");
        return;
    }
    if text.contains('\n') {
        let pad = " ".repeat(indent);
        let _ = writeln!(out, "<<-EOT");
        for line in text.split('\n') {
            let _ = writeln!(out, "{pad}{line}");
        }
        let _ = write!(out, "{pad}EOT");
        return;
    }
    out.push_str(&regprov_value::render(&Value::string(text)));
}

fn items_of(open: &str, close: &str, items: &[Value], indent: usize, out: &mut String) {
    out.push_str(open);
    for item in items {
        let _ = write!(out, "\n{}", " ".repeat(indent + 2));
        write(item, indent + 2, out);
        out.push(',');
    }
    if !items.is_empty() {
        let _ = write!(out, "\n{}", " ".repeat(indent));
    }
    out.push_str(close);
}

fn entries_of<'v>(
    open: &str,
    close: &str,
    entries: impl IntoIterator<Item = (&'v std::sync::Arc<str>, &'v Value)>,
    indent: usize,
    out: &mut String,
) {
    out.push_str(open);
    let mut any = false;
    for (key, item) in entries {
        any = true;
        let key = regprov_value::render(&Value::string(key));
        let _ = write!(out, "\n{}{key} = ", " ".repeat(indent + 2));
        write(item, indent + 2, out);
    }
    if any {
        let _ = write!(out, "\n{}", " ".repeat(indent));
    }
    out.push_str(close);
}
