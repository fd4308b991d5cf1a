//! The language of conditions and of attribute mappings: the Common Expression Language, as far as policies use it.

mod parse;

use jiff::Timestamp;
use serde_json::{Value, json};

/// An expression that was read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expression(Node);

/// A part of an expression.
#[derive(Clone, Debug, PartialEq)]
enum Node {
    Literal(Value),
    Name(String),
    Member(Box<Node>, String),
    Index(Box<Node>, Box<Node>),
    List(Vec<Node>),
    Call(Option<Box<Node>>, String, Vec<Node>),
    Not(Box<Node>),
    Negative(Box<Node>),
    Binary(&'static str, Box<Node>, Box<Node>),
    Choice(Box<Node>, Box<Node>, Box<Node>),
}

/// Why an expression has no value.
type Evaluated = Result<Value, String>;

impl Expression {
    /// Reads an expression.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        parse::parse(text).map(Self)
    }

    /// The value for some variables.
    pub(super) fn value(&self, variables: &Value) -> Evaluated {
        evaluate(&self.0, variables)
    }

    /// Whether the value is true; an expression without a value does not hold.
    pub(super) fn holds(&self, variables: &Value) -> bool {
        self.value(variables) == Ok(Value::Bool(true))
    }
}

fn evaluate(node: &Node, variables: &Value) -> Evaluated {
    match node {
        Node::Literal(value) => Ok(value.clone()),
        Node::Name(name) => variables
            .get(name)
            .cloned()
            .ok_or_else(|| format!("undeclared reference to '{name}'")),
        Node::Member(of, name) => {
            let of = evaluate(of, variables)?;
            of.get(name)
                .cloned()
                .ok_or_else(|| format!("no such key: {name}"))
        }
        Node::Index(of, index) => {
            let (of, index) = (evaluate(of, variables)?, evaluate(index, variables)?);
            let found = match &index {
                Value::String(name) => of.get(name),
                Value::Number(number) => number.as_u64().and_then(|at| of.get(usize::try_from(at).ok()?)),
                _ => None,
            };
            found.cloned().ok_or_else(|| format!("no such key: {index}"))
        }
        Node::List(items) => items
            .iter()
            .map(|item| evaluate(item, variables))
            .collect::<Result<Vec<Value>, String>>()
            .map(Value::from),
        Node::Not(of) => truth(&evaluate(of, variables)?).map(|truth| json!(!truth)),
        Node::Negative(of) => number(&evaluate(of, variables)?).map(|number| json!(-number)),
        Node::Binary(operator, left, right) => binary(operator, (left, right), variables),
        Node::Choice(condition, yes, no) => match truth(&evaluate(condition, variables)?)? {
            true => evaluate(yes, variables),
            false => evaluate(no, variables),
        },
        Node::Call(of, name, arguments) => call(of.as_deref(), (name, arguments), variables),
    }
}

fn truth(value: &Value) -> Result<bool, String> {
    value
        .as_bool()
        .ok_or_else(|| format!("no such overload: {value} is not a bool"))
}

fn number(value: &Value) -> Result<i64, String> {
    value
        .as_i64()
        .ok_or_else(|| format!("no such overload: {value} is not an int"))
}

fn text(value: &Value) -> Result<&str, String> {
    value
        .as_str()
        .ok_or_else(|| format!("no such overload: {value} is not a string"))
}

fn binary(operator: &str, (left, right): (&Node, &Node), variables: &Value) -> Evaluated {
    if matches!(operator, "&&" | "||") {
        let short = operator == "||";
        let first = evaluate(left, variables).and_then(|value| truth(&value));
        if first == Ok(short) {
            return Ok(json!(short));
        }
        let second = truth(&evaluate(right, variables)?)?;
        return if second == short {
            Ok(json!(short))
        } else {
            first.map(|_| json!(!short))
        };
    }
    let (left, right) = (evaluate(left, variables)?, evaluate(right, variables)?);
    let value = match operator {
        "==" => json!(left == right),
        "!=" => json!(left != right),
        "in" => match &right {
            Value::Array(items) => json!(items.contains(&left)),
            Value::Object(members) => json!(members.contains_key(text(&left)?)),
            _ => return Err("no such overload: in".to_owned()),
        },
        "+" => match (&left, &right) {
            (Value::String(left), Value::String(right)) => json!(format!("{left}{right}")),
            _ => json!(number(&left)?.saturating_add(number(&right)?)),
        },
        "-" => json!(number(&left)?.saturating_sub(number(&right)?)),
        _ => {
            let order = match (&left, &right) {
                (Value::String(left), Value::String(right)) => left.cmp(right),
                _ => number(&left)?.cmp(&number(&right)?),
            };
            json!(match operator {
                "<" => order.is_lt(),
                "<=" => order.is_le(),
                ">" => order.is_gt(),
                _ => order.is_ge(),
            })
        }
    };
    Ok(value)
}

fn call(of: Option<&Node>, (name, arguments): (&str, &[Node]), variables: &Value) -> Evaluated {
    if let (None, "has", [argument]) = (of, name, arguments) {
        return Ok(json!(evaluate(argument, variables).is_ok()));
    }
    let values: Vec<Value> = arguments
        .iter()
        .map(|argument| evaluate(argument, variables))
        .collect::<Result<_, _>>()?;
    let Some(of) = of else {
        return function(name, &values);
    };
    if *of == Node::Name("api".to_owned()) && name == "getAttribute" {
        return values
            .get(1)
            .cloned()
            .ok_or_else(|| "api.getAttribute takes two arguments".to_owned());
    }
    method(&evaluate(of, variables)?, name, &values)
}

fn function(name: &str, values: &[Value]) -> Evaluated {
    match (name, values) {
        ("timestamp", [value]) => {
            let at: Timestamp = text(value)?
                .parse()
                .map_err(|_| format!("{value} is not a timestamp"))?;
            Ok(json!(at.as_millisecond()))
        }
        ("size", [value]) => size(value),
        ("string", [Value::String(text)]) => Ok(json!(text)),
        ("string", [value]) => Ok(json!(value.to_string())),
        ("int", [Value::String(text)]) => text
            .parse::<i64>()
            .map(Value::from)
            .map_err(|error| error.to_string()),
        _ => Err(format!("undeclared reference to '{name}'")),
    }
}

fn size(value: &Value) -> Evaluated {
    match value {
        Value::String(text) => Ok(json!(text.chars().count())),
        Value::Array(items) => Ok(json!(items.len())),
        Value::Object(members) => Ok(json!(members.len())),
        _ => Err("no such overload: size".to_owned()),
    }
}

fn method(of: &Value, name: &str, values: &[Value]) -> Evaluated {
    match (name, values) {
        ("size", []) => size(of),
        ("startsWith", [start]) => Ok(json!(text(of)?.starts_with(text(start)?))),
        ("endsWith", [end]) => Ok(json!(text(of)?.ends_with(text(end)?))),
        ("contains", [part]) => Ok(json!(text(of)?.contains(text(part)?))),
        ("lowerAscii", []) => Ok(json!(text(of)?.to_ascii_lowercase())),
        ("upperAscii", []) => Ok(json!(text(of)?.to_ascii_uppercase())),
        ("matches", [pattern]) => {
            let pattern = regex::Regex::new(text(pattern)?).map_err(|error| error.to_string())?;
            Ok(json!(pattern.is_match(text(of)?)))
        }
        ("split", [separator]) => {
            let parts: Vec<&str> = text(of)?.split(text(separator)?).collect();
            Ok(json!(parts))
        }
        ("extract", [template]) => Ok(json!(extract(text(of)?, text(template)?)?)),
        _ => Err(format!("found no matching overload for '{name}'")),
    }
}

/// What stands in a text where a template such as `/repositories/{name}/` has its braces; nothing where it does not fit.
fn extract(of: &str, template: &str) -> Result<String, String> {
    let wrong = || "the template of extract has no {part}".to_owned();
    let (before, rest) = template.split_once('{').ok_or_else(wrong)?;
    let (_, after) = rest.split_once('}').ok_or_else(wrong)?;
    let Some(start) = of.find(before) else {
        return Ok(String::new());
    };
    let found = &of[start + before.len()..];
    if after.is_empty() {
        return Ok(found.to_owned());
    }
    Ok(found
        .find(after)
        .map_or_else(String::new, |end| found[..end].to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Evaluated {
        let variables = json!({
            "assertion": { "sub": "repo:org/app:ref:refs/heads/main", "repository": "org/app", "aud": ["a", "b"] },
            "resource": { "name": "projects/p/locations/us/repositories/base" },
            "request": { "time": 1_767_225_600_000_i64 },
        });
        Expression::parse(text)?.value(&variables)
    }

    #[test]
    fn conditions_of_policies_and_providers_have_their_values() {
        let yes = [
            "resource.name.startsWith('projects/p/')",
            "request.time < timestamp(\"2030-01-01T00:00:00Z\") && !(1 > 2)",
            "assertion.repository == \"org/app\" || assertion.nothing == 'x'",
            "assertion.nothing == 'x' || assertion.repository == \"org/app\"",
            "'b' in assertion.aud",
            "has(assertion.sub) && !has(assertion.ref)",
            "assertion.repository.split('/')[0] == 'org'",
            "resource.name.extract('/locations/{place}/') == 'us'",
            "assertion['repository'].matches('^org/.+$') ? true : false",
            "size(assertion.aud) - 1 == 1",
            "'a' + 'b' == \"ab\"",
        ];
        for text in yes {
            assert_eq!(value(text), Ok(json!(true)), "{text}");
        }
        assert_eq!(value("assertion.sub.size()"), Ok(json!(32)));
        assert!(value("assertion.ref == 'x'").is_err());
    }

    #[test]
    fn what_is_not_an_expression_is_refused() {
        for text in ["", "a ==", "(a", "'a", "a b", "a.", "f(,)"] {
            assert!(Expression::parse(text).is_err(), "{text}");
        }
    }
}
