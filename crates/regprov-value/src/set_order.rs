//! The order in which a set gives its elements: texts by bytes, numbers by value, everything else by a written form,
//! as Terraform orders them.

use crate::{Data, Number, Value};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The distinct elements, and those that are open, in the order of a set.
pub(crate) fn in_order(items: BTreeSet<Value>, open: Vec<Value>) -> Vec<Value> {
    let mut items: Vec<Value> = items.into_iter().chain(open).collect();
    let plain = |item: &Value| matches!(item.data, Data::Bool(_) | Data::Number(_) | Data::String(_));
    if items.iter().all(plain) {
        // Already in the order of the values.
        return items;
    }
    items.sort_by_cached_key(|item| {
        let value = plain(item).then(|| item.clone());
        (rank(item), value, written(item))
    });
    items
}

/// Null comes after every value, what is not known yet after null.
const fn rank(item: &Value) -> u8 {
    match item.data {
        Data::Null(_) => 1,
        Data::Unknown(_) => 2,
        Data::Bool(_)
        | Data::Number(_)
        | Data::String(_)
        | Data::List(..)
        | Data::Set(..)
        | Data::Map(..)
        | Data::Tuple(_)
        | Data::Object(_) => 0,
    }
}

fn written(item: &Value) -> String {
    let mut out = String::new();
    write(item, &mut out);
    out
}

fn write(item: &Value, out: &mut String) {
    let each = |items: &[Value], (open, close): (char, char), out: &mut String| {
        out.push(open);
        for item in items {
            write(item, out);
            out.push(';');
        }
        out.push(close);
    };
    match &item.data {
        Data::Null(_) => out.push('~'),
        Data::Unknown(_) => out.push('?'),
        Data::Bool(truth) => out.push(if *truth { 'T' } else { 'F' }),
        Data::Number(number) => out.push_str(&ten_digits(number)),
        Data::String(text) => {
            let _ = write!(out, "{text:?}");
        }
        Data::List(_, items) | Data::Set(_, items) => each(items, ('[', ']'), out),
        Data::Tuple(items) => each(items, ('<', '>'), out),
        Data::Map(_, entries) => {
            out.push('{');
            for (key, item) in entries.iter() {
                let _ = write!(out, "{key:?}:");
                write(item, out);
                out.push(';');
            }
            out.push('}');
        }
        Data::Object(entries) => {
            out.push('<');
            for item in entries.values() {
                write(item, out);
                out.push(';');
            }
            out.push('>');
        }
    }
}

/// Ten significant digits, with an exponent where the number is far from one.
fn ten_digits(number: &Number) -> String {
    let text = number.to_string();
    if text.bytes().filter(u8::is_ascii_digit).count() <= 10 {
        return text;
    }
    let scientific = format!("{:.9e}", number.to_f64());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
    match exponent.parse::<i32>() {
        Ok(power @ -4..10) => {
            let places = usize::try_from(9 - power).unwrap_or(0);
            let plain = format!("{:.places$}", number.to_f64());
            if plain.contains('.') {
                plain.trim_end_matches('0').trim_end_matches('.').into()
            } else {
                plain
            }
        }
        Ok(power) => format!(
            "{mantissa}e{}{:02}",
            if power < 0 { '-' } else { '+' },
            power.abs()
        ),
        Err(_) => text,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Type, Value};
    use expect_test::expect;

    fn order(items: Vec<Value>) -> String {
        crate::render(&Value::set(Type::Dynamic, items))
    }

    #[test]
    fn primitives_are_in_the_order_of_their_values() {
        expect!["[3, 20, 100]"].assert_eq(&order(vec![Value::from(100), Value::from(20), Value::from(3)]));
        expect![[r#"["10", "9", "a", "é"]"#]]
            .assert_eq(&order(["é", "a", "9", "10"].map(Value::from).to_vec()));
    }

    #[test]
    fn null_comes_after_the_values() {
        expect![[r#"["a", null]"#]].assert_eq(&order(vec![Value::null(Type::String), Value::from("a")]));
    }

    #[test]
    fn objects_are_in_the_order_of_their_written_form() {
        let object = |number: i64| Value::object([("a", Value::from(number))]);
        expect![[r#"[{"a" = 10}, {"a" = 2}]"#]].assert_eq(&order(vec![object(2), object(10)]));
    }
}
