//! The arguments of backend blocks, as data; and the values given for them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// What an argument takes.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A text.
    Text,
    /// A text that is never shown.
    Secret,
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Number,
    /// A list or set of texts.
    Texts,
    /// A map of texts.
    TextMap,
    /// An object, written `name = { … }`.
    Object(&'static [Argument]),
    /// A nested block, at most one.
    Block(&'static [Argument]),
}

/// What is to be said of an argument that is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remark {
    /// Nothing.
    None,
    /// It works, and has a successor, or is of no effect here: the text says which.
    Warn(&'static str),
    /// It cannot be honoured: the text says why and what to do.
    Refuse(&'static str),
}

/// An argument of a backend block.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Whether it must be set, here or in the environment.
    pub required: bool,
    /// The environment variables that stand in for it, first one first.
    pub environment: &'static [&'static str],
    /// What is to be said where it is set.
    pub remark: Remark,
}

/// An optional text.
pub(crate) const fn text(name: &'static str) -> Argument {
    Argument {
        name,
        kind: Kind::Text,
        required: false,
        environment: &[],
        remark: Remark::None,
    }
}

/// An optional secret text.
pub(crate) const fn secret(name: &'static str) -> Argument {
    Argument {
        kind: Kind::Secret,
        ..text(name)
    }
}

/// An optional flag.
pub(crate) const fn flag(name: &'static str) -> Argument {
    Argument {
        kind: Kind::Flag,
        ..text(name)
    }
}

/// An optional number.
pub(crate) const fn number(name: &'static str) -> Argument {
    Argument {
        kind: Kind::Number,
        ..text(name)
    }
}

/// An optional argument of another kind.
pub(crate) const fn other(name: &'static str, kind: Kind) -> Argument {
    Argument { kind, ..text(name) }
}

impl Argument {
    /// The same argument, which must be set.
    pub(crate) const fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }

    /// The same argument, with variables that stand in for it.
    pub(crate) const fn or_from(self, environment: &'static [&'static str]) -> Self {
        Self { environment, ..self }
    }

    /// The same argument, with something to say where it is set.
    pub(crate) const fn saying(self, remark: Remark) -> Self {
        Self { remark, ..self }
    }
}

/// What is wrong with, or to be said of, the arguments of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingProblem {
    /// The argument, with that of the object around it: `assume_role.role_arn`.
    pub argument: String,
    /// Sentences.
    pub detail: String,
    /// Whether the backend can be used all the same.
    pub warning: bool,
}

/// The values of the arguments of a block. Absent and null are the same.
#[derive(Clone, Default)]
pub struct Settings {
    values: Map<String, Value>,
    environment: BTreeMap<String, String>,
    schema: &'static [Argument],
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Values may be secret.
        formatter
            .debug_set()
            .entries(
                self.values
                    .iter()
                    .filter(|(_, value)| !value.is_null())
                    .map(|(name, _)| name),
            )
            .finish()
    }
}

impl Settings {
    /// Brings given values into the form that the arguments take.
    ///
    /// # Errors
    /// All that is wrong with them. Where there are only warnings, the settings come with them.
    pub fn check(
        schema: &'static [Argument],
        given: &Map<String, Value>,
        environment: &BTreeMap<String, String>,
    ) -> Result<(Self, Vec<SettingProblem>), Vec<SettingProblem>> {
        let mut problems = Vec::new();
        let values = check_object(schema, given, "", &mut problems);
        let settings = Self {
            values,
            environment: environment.clone(),
            schema,
        };
        for argument in schema.iter().filter(|argument| argument.required) {
            if settings.text(argument.name).is_none() {
                problems.push(SettingProblem {
                    argument: argument.name.to_owned(),
                    detail: missing(argument),
                    warning: false,
                });
            }
        }
        if problems.iter().all(|problem| problem.warning) {
            Ok((settings, problems))
        } else {
            Err(problems)
        }
    }

    /// The values in the form that Terraform records: every argument of the block, null where it is not set.
    #[must_use]
    pub fn record(&self) -> Map<String, Value> {
        self.schema
            .iter()
            .map(|argument| {
                let value = self.values.get(argument.name).cloned();
                let empty = match argument.kind {
                    Kind::Block(_) => Value::Array(Vec::new()),
                    _ => Value::Null,
                };
                (argument.name.to_owned(), value.unwrap_or(empty))
            })
            .collect()
    }

    /// A text, from the block or from the environment; empty is the same as not set.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let value = self.values.get(name).and_then(Value::as_str);
        value.filter(|text| !text.is_empty()).or_else(|| {
            let argument = self.schema.iter().find(|argument| argument.name == name)?;
            argument.environment.iter().find_map(|name| self.variable(name))
        })
    }

    /// A text, or what stands for it where there is none.
    pub(crate) fn text_or<'a>(&'a self, name: &str, fallback: &'a str) -> &'a str {
        self.text(name).unwrap_or(fallback)
    }

    /// A flag, from the block or from the environment; `None` where neither says.
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        match self.values.get(name) {
            Some(Value::Bool(value)) => Some(*value),
            Some(_) | None => match self.text(name)? {
                "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
                _ => Some(false),
            },
        }
    }

    #[expect(dead_code, reason = "other stores have it")]
    /// A number, from the block or from the environment.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        match self.values.get(name) {
            Some(Value::Number(value)) => value.as_u64(),
            Some(_) | None => self.text(name)?.parse().ok(),
        }
    }

    /// The texts of a list.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        let items = self.values.get(name).and_then(Value::as_array);
        items
            .into_iter()
            .flatten()
            .filter_map(|item| item.as_str().map(str::to_owned))
            .collect()
    }

    /// The texts of a map.
    pub(crate) fn text_map(&self, name: &str) -> BTreeMap<String, String> {
        let items = self.values.get(name).and_then(Value::as_object);
        items
            .into_iter()
            .flatten()
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect()
    }

    /// An object or block, as settings of its own.
    pub(crate) fn object(&self, name: &str) -> Option<Self> {
        let argument = self.schema.iter().find(|argument| argument.name == name)?;
        let (Kind::Object(schema) | Kind::Block(schema)) = argument.kind else {
            return None;
        };
        let value = self.values.get(name)?;
        let fields = match value {
            Value::Array(items) => items.first()?.as_object()?,
            other => other.as_object()?,
        };
        Some(Self {
            values: fields.clone(),
            environment: self.environment.clone(),
            schema,
        })
    }

    /// A variable of the environment that is set and not empty.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.environment
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }
}

fn missing(argument: &Argument) -> String {
    let name = argument.name;
    match argument.environment {
        [] => format!("The argument `{name}` is required, but it is not set."),
        variables => format!(
            "The argument `{name}` is required. Set it here, or in the environment as {}.",
            variables.join(" or ")
        ),
    }
}

fn check_object(
    schema: &'static [Argument],
    given: &Map<String, Value>,
    within: &str,
    problems: &mut Vec<SettingProblem>,
) -> Map<String, Value> {
    let mut values = Map::new();
    for (name, value) in given.iter().filter(|(_, value)| !value.is_null()) {
        let path = format!("{within}{name}");
        let mut say = |detail: String, warning: bool| {
            problems.push(SettingProblem {
                argument: path.clone(),
                detail,
                warning,
            });
        };
        let Some(argument) = schema.iter().find(|argument| argument.name == name) else {
            say(format!("There is no argument `{path}` in this backend."), false);
            continue;
        };
        match argument.remark {
            Remark::None => {}
            // `false` asks for nothing.
            _ if *value == Value::Bool(false) => {}
            Remark::Warn(text) => say(format!("`{path}`: {text}"), true),
            Remark::Refuse(text) => say(format!("`{path}`: {text}"), false),
        }
        match argument.kind {
            Kind::Object(inner) | Kind::Block(inner) => {
                let fields = match value {
                    Value::Object(fields) => Some(fields),
                    Value::Array(items) if items.is_empty() => continue,
                    Value::Array(items) if items.len() == 1 => items[0].as_object(),
                    _ => None,
                };
                let Some(fields) = fields else {
                    say(format!("`{path}` is an object."), false);
                    continue;
                };
                let fields = check_object(inner, fields, &format!("{path}."), problems);
                let record = inner
                    .iter()
                    .map(|argument| {
                        let value = fields.get(argument.name).cloned().unwrap_or_default();
                        (argument.name.to_owned(), value)
                    })
                    .collect();
                let value = match argument.kind {
                    Kind::Block(_) => Value::Array(vec![Value::Object(record)]),
                    _ => Value::Object(record),
                };
                values.insert(name.clone(), value);
            }
            _ => match convert(argument.kind, value) {
                Some(value) => {
                    values.insert(name.clone(), value);
                }
                None => say(format!("`{path}` takes {}.", expected(argument.kind)), false),
            },
        }
    }
    values
}

const fn expected(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Secret => "a text",
        Kind::Flag => "`true` or `false`",
        Kind::Number => "a whole number",
        Kind::Texts => "a list of texts",
        Kind::TextMap => "a map of texts",
        Kind::Object(_) | Kind::Block(_) => "an object",
    }
}

/// Converts as the language converts: texts, numbers and flags into each other where they mean the same.
fn convert(kind: Kind, value: &Value) -> Option<Value> {
    match (kind, value) {
        (Kind::Text | Kind::Secret, Value::String(_))
        | (Kind::Flag, Value::Bool(_))
        | (Kind::Number, Value::Number(_)) => Some(value.clone()),
        (Kind::Text | Kind::Secret, Value::Number(_) | Value::Bool(_)) => {
            Some(Value::String(value.to_string()))
        }
        (Kind::Flag, Value::String(text)) => match text.as_str() {
            "true" | "1" => Some(Value::Bool(true)),
            "false" | "0" => Some(Value::Bool(false)),
            _ => None,
        },
        (Kind::Number, Value::String(text)) => text.parse::<u64>().ok().map(Value::from),
        (Kind::Texts, Value::Array(items)) => items
            .iter()
            .map(|item| convert(Kind::Text, item))
            .collect::<Option<Vec<_>>>()
            .map(Value::Array),
        (Kind::TextMap, Value::Object(fields)) => fields
            .iter()
            .map(|(name, value)| Some((name.clone(), convert(Kind::Text, value)?)))
            .collect::<Option<Map<_, _>>>()
            .map(Value::Object),
        _ => None,
    }
}
