//! Values and types in the form in which Terraform's console prints them: with the conversions that make the type plain.

use regprov_value::{Data, Marks, Type, Value};
use std::fmt::Write as _;
use std::sync::Arc;

/// A value over as many lines as it takes; secrets are withheld.
pub(crate) fn value(value: &Value) -> String {
    let mut out = String::new();
    write_value(value, 0, &mut out);
    out
}

/// A type over as many lines as it takes.
pub(crate) fn value_type(ty: &Type) -> String {
    let mut out = String::new();
    write_type(ty, 0, &mut out);
    out
}

fn write_value(value: &Value, indent: usize, out: &mut String) {
    if !value.is_known() {
        out.push_str("(known after apply)");
        return;
    }
    if value.marks.contains(Marks::SENSITIVE) {
        out.push_str("(sensitive value)");
        return;
    }
    if value.marks.contains(Marks::EPHEMERAL) {
        out.push_str("(ephemeral value)");
        return;
    }
    match &value.data {
        Data::Unknown(_) => out.push_str("(known after apply)"),
        Data::Null(ty) => out.push_str(&null(ty)),
        Data::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Data::Number(number) => {
            let _ = write!(out, "{number}");
        }
        Data::String(text) if text.contains('\n') => write_heredoc(text, indent, out),
        Data::String(text) => write_quoted(text, out),
        Data::List(_, items) => write_items(("tolist([", "])"), items, indent, out),
        Data::Set(_, items) => write_items(("toset([", "])"), items, indent, out),
        Data::Tuple(items) => write_items(("[", "]"), items, indent, out),
        Data::Map(_, entries) => write_entries(("tomap({", "})"), &**entries, indent, out),
        Data::Object(entries) => write_entries(("{", "}"), &**entries, indent, out),
    }
}

fn null(ty: &Type) -> String {
    match ty {
        Type::Dynamic => "null".to_owned(),
        Type::Bool => "tobool(null)".to_owned(),
        Type::Number => "tonumber(null)".to_owned(),
        Type::String => "tostring(null)".to_owned(),
        Type::List(element) => format!("tolist(null) /* of {} */", element.friendly_name()),
        Type::Set(element) => format!("toset(null) /* of {} */", element.friendly_name()),
        Type::Map(element) => format!("tomap(null) /* of {} */", element.friendly_name()),
        Type::Tuple(_) | Type::Object(_) => format!("null /* {} */", ty.friendly_name()),
    }
}

/// A heredoc whose marker no line of the text is.
fn write_heredoc(text: &str, indent: usize, out: &mut String) {
    let mut marker = "EOT".to_owned();
    while text.split('\n').any(|line| line.trim() == marker) {
        marker.push('_');
    }
    let (operator, pad) = (if indent > 0 { "<<-" } else { "<<" }, " ".repeat(indent));
    let _ = write!(out, "{operator}{marker}");
    for line in text.split('\n') {
        let _ = write!(out, "\n{pad}{line}");
    }
    let _ = write!(out, "\n{pad}{marker}");
}

/// A string as Go quotes it: `${` stays as it is.
fn write_quoted(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            control if control.is_ascii_control() => {
                let _ = write!(out, "\\x{:02x}", u32::from(control));
            }
            other if regprov_addr::is_printable(other) => out.push(other),
            other if u32::from(other) < 0x1_0000 => {
                let _ = write!(out, "\\u{:04x}", u32::from(other));
            }
            other => {
                let _ = write!(out, "\\U{:08x}", u32::from(other));
            }
        }
    }
    out.push('"');
}

fn write_items((open, close): (&str, &str), items: &[Value], indent: usize, out: &mut String) {
    out.push_str(open);
    for item in items {
        let _ = write!(out, "\n{:1$}", "", indent + 2);
        write_value(item, indent + 2, out);
        out.push(',');
    }
    if !items.is_empty() {
        let _ = write!(out, "\n{:1$}", "", indent);
    }
    out.push_str(close);
}

fn write_entries<'v>(
    (open, close): (&str, &str),
    entries: impl IntoIterator<Item = (&'v Arc<str>, &'v Value)>,
    indent: usize,
    out: &mut String,
) {
    out.push_str(open);
    let mut any = false;
    for (name, item) in entries {
        any = true;
        let _ = write!(out, "\n{:1$}", "", indent + 2);
        write_value(&Value::from(&**name), indent + 2, out);
        out.push_str(" = ");
        write_value(item, indent + 2, out);
    }
    if any {
        let _ = write!(out, "\n{:1$}", "", indent);
    }
    out.push_str(close);
}

/// Spaces for a level of types.
const LEVEL: &str = "    ";

fn write_type(ty: &Type, level: usize, out: &mut String) {
    let line = |level: usize, out: &mut String| {
        out.push('\n');
        out.push_str(&LEVEL.repeat(level));
    };
    match ty {
        Type::Object(object) if object.attributes.is_empty() => out.push_str("object({})"),
        Type::Object(object) => {
            out.push_str("object({");
            for (name, ty) in &object.attributes {
                line(level + 1, out);
                let _ = write!(out, "{name}: ");
                write_type(ty, level + 1, out);
                out.push(',');
            }
            line(level, out);
            out.push_str("})");
        }
        Type::Tuple(elements) if elements.is_empty() => out.push_str("tuple([])"),
        Type::Tuple(elements) => {
            out.push_str("tuple([");
            for element in elements.iter() {
                line(level + 1, out);
                write_type(element, level + 1, out);
                out.push(',');
            }
            line(level, out);
            out.push_str("])");
        }
        Type::List(element) | Type::Set(element) | Type::Map(element) => {
            out.push_str(match ty {
                Type::List(_) => "list(",
                Type::Set(_) => "set(",
                _ => "map(",
            });
            if matches!(&**element, Type::Object(_) | Type::Tuple(_)) {
                line(level + 1, out);
                write_type(element, level + 1, out);
                out.push(',');
                line(level, out);
            } else {
                write_type(element, level, out);
            }
            out.push(')');
        }
        Type::Dynamic | Type::Bool | Type::Number | Type::String => out.push_str(&ty.friendly_name()),
    }
}

#[cfg(test)]
mod tests {
    use super::{value, value_type};
    use regprov_value::{Type, Value};

    #[test]
    fn the_marker_of_a_heredoc_is_no_line_of_the_text() {
        assert_eq!(
            value(&Value::from("a\n EOT \nEOT_")),
            "<<EOT__\na\n EOT \nEOT_\nEOT__"
        );
        let nested = Value::tuple(vec![Value::from("a\nb")]);
        assert_eq!(value(&nested), "[\n  <<-EOT\n  a\n  b\n  EOT,\n]");
    }

    #[test]
    fn strings_are_quoted_as_go_quotes_them() {
        assert_eq!(
            value(&Value::from(
                "${a} \u{1}\u{7f}\u{a0}\u{2028}\u{e000}\u{1f600}\t\"\\"
            )),
            "\"${a} \\x01\\x7f\\u00a0\\u2028\\ue000\u{1f600}\\t\\\"\\\\\""
        );
    }

    #[test]
    fn what_is_withheld_says_why() {
        let secret = Value::from("x").sensitive();
        assert_eq!(value(&secret), "(sensitive value)");
        assert_eq!(
            value(&Value::unknown(Type::String).sensitive()),
            "(known after apply)"
        );
        assert_eq!(
            value(&Value::object([("a", secret)])),
            "{\n  \"a\" = (sensitive value)\n}"
        );
    }

    #[test]
    fn collections_of_structures_stand_on_lines_of_their_own() {
        let ty = Type::map(Type::object([
            ("a", Type::list(Type::String)),
            ("b", Type::tuple(vec![])),
        ]));
        assert_eq!(
            value_type(&ty),
            "map(\n    object({\n        a: list(string),\n        b: tuple([]),\n    }),\n)"
        );
    }
}
