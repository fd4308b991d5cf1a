//! OData's `$filter`, as far as the directory takes it, over objects as Graph shows them.

use serde_json::Value;

use super::failure::Failure;

/// A parsed filter.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Filter {
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    Compare {
        path: String,
        operator: Operator,
        value: Value,
    },
    In {
        path: String,
        values: Vec<Value>,
    },
    StartsWith {
        path: String,
        start: String,
    },
    EndsWith {
        path: String,
        end: String,
    },
    /// `collection/any(x:…)`; in `inner`, the path `$it` is the item.
    Any {
        path: String,
        inner: Box<Filter>,
    },
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    AtLeast,
    AtMost,
}

/// The most values that `in` takes.
const MOST_VALUES: usize = 15;

impl Filter {
    /// Parses a filter.
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        let tokens = tokens(text)?;
        let mut parser = Parser {
            tokens,
            at: 0,
            item: None,
        };
        let filter = parser.any_of()?;
        if parser.at < parser.tokens.len() {
            Err(syntax(text))
        } else {
            Ok(filter)
        }
    }

    /// Whether the filter needs the directory's index: `ConsistencyLevel: eventual` and `$count=true`.
    pub(super) fn is_advanced(&self) -> bool {
        match self {
            Self::And(a, b) | Self::Or(a, b) => a.is_advanced() || b.is_advanced(),
            Self::Not(_) | Self::EndsWith { .. } => true,
            Self::Compare { operator, .. } => *operator == Operator::NotEqual,
            Self::In { .. } | Self::StartsWith { .. } => false,
            Self::Any { inner, .. } => inner.is_advanced(),
        }
    }

    /// The properties that the filter names.
    pub(super) fn paths(&self) -> Vec<&str> {
        match self {
            Self::And(a, b) | Self::Or(a, b) => [a.paths(), b.paths()].concat(),
            Self::Not(inner) => inner.paths(),
            Self::Compare { path, .. }
            | Self::In { path, .. }
            | Self::StartsWith { path, .. }
            | Self::EndsWith { path, .. }
            | Self::Any { path, .. } => vec![path],
        }
    }

    /// Whether `object` passes.
    pub(super) fn accepts(&self, object: &Value) -> bool {
        match self {
            Self::And(a, b) => a.accepts(object) && b.accepts(object),
            Self::Or(a, b) => a.accepts(object) || b.accepts(object),
            Self::Not(inner) => !inner.accepts(object),
            Self::Compare {
                path,
                operator,
                value,
            } => compare(look_up(object, path), *operator, value),
            Self::In { path, values } => values.iter().any(|value| equal(look_up(object, path), value)),
            Self::StartsWith { path, start } => {
                text(object, path).is_some_and(|t| t.starts_with(&start.to_lowercase()))
            }
            Self::EndsWith { path, end } => {
                text(object, path).is_some_and(|t| t.ends_with(&end.to_lowercase()))
            }
            Self::Any { path, inner } => look_up(object, path)
                .as_array()
                .is_some_and(|items| items.iter().any(|item| inner.accepts(item))),
        }
    }
}

fn look_up<'v>(object: &'v Value, path: &str) -> &'v Value {
    path.split('/')
        .filter(|step| *step != "$it")
        .fold(object, |value, step| value.get(step).unwrap_or(&Value::Null))
}

fn text(object: &Value, path: &str) -> Option<String> {
    look_up(object, path).as_str().map(str::to_lowercase)
}

/// Equality as the directory has it: texts compare without case.
fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::String(left), Value::String(right)) => left.to_lowercase() == right.to_lowercase(),
        _ => left == right,
    }
}

fn compare(left: &Value, operator: Operator, right: &Value) -> bool {
    let ordered = || match (left, right) {
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        (Value::Number(left), Value::Number(right)) => left.as_f64()?.partial_cmp(&right.as_f64()?),
        _ => None,
    };
    match operator {
        Operator::Equal => equal(left, right),
        Operator::NotEqual => !equal(left, right),
        Operator::AtLeast => ordered().is_some_and(std::cmp::Ordering::is_ge),
        Operator::AtMost => ordered().is_some_and(std::cmp::Ordering::is_le),
    }
}

fn syntax(text: &str) -> Failure {
    Failure::bad_request(format!("Invalid filter clause: Syntax error in '{text}'."))
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Open,
    Close,
    Comma,
    Colon,
}

fn tokens(text: &str) -> Result<Vec<Token>, Failure> {
    let mut found = Vec::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        found.push(match character {
            ' ' => continue,
            '(' => Token::Open,
            ')' => Token::Close,
            ',' => Token::Comma,
            ':' => Token::Colon,
            '\'' => {
                let mut value = String::new();
                loop {
                    match characters.next() {
                        Some('\'') if characters.peek() == Some(&'\'') => {
                            characters.next();
                            value.push('\'');
                        }
                        Some('\'') => break,
                        Some(other) => value.push(other),
                        None => {
                            return Err(Failure::bad_request(format!(
                                "There is an unterminated string literal in '{text}'."
                            )));
                        }
                    }
                }
                Token::Text(value)
            }
            first => {
                let mut word = String::from(first);
                // An instant such as 2026-01-01T00:00:00Z holds colons.
                while let Some(next) = characters.peek().copied().filter(|c| {
                    !matches!(c, ' ' | '(' | ')' | ',' | '\'' | ':') || (*c == ':' && first.is_ascii_digit())
                }) {
                    word.push(next);
                    characters.next();
                }
                Token::Word(word)
            }
        });
    }
    Ok(found)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    item: Option<String>,
}

impl Parser {
    fn fail<T>(&self) -> Result<T, Failure> {
        Err(syntax(&format!("{:?}", self.tokens.get(self.at))))
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn take_word(&mut self, word: &str) -> bool {
        let matches =
            matches!(self.tokens.get(self.at), Some(Token::Word(w)) if w.eq_ignore_ascii_case(word));
        self.at += usize::from(matches);
        matches
    }

    fn take(&mut self, token: &Token) -> Result<(), Failure> {
        if self.tokens.get(self.at) == Some(token) {
            self.at += 1;
            Ok(())
        } else {
            self.fail()
        }
    }

    fn any_of(&mut self) -> Result<Filter, Failure> {
        let mut filter = self.all_of()?;
        while self.take_word("or") {
            filter = Filter::Or(Box::new(filter), Box::new(self.all_of()?));
        }
        Ok(filter)
    }

    fn all_of(&mut self) -> Result<Filter, Failure> {
        let mut filter = self.one()?;
        while self.take_word("and") {
            filter = Filter::And(Box::new(filter), Box::new(self.one()?));
        }
        Ok(filter)
    }

    fn one(&mut self) -> Result<Filter, Failure> {
        if self.take_word("not") {
            return Ok(Filter::Not(Box::new(self.one()?)));
        }
        if self.tokens.get(self.at) == Some(&Token::Open) {
            self.at += 1;
            let filter = self.any_of()?;
            self.take(&Token::Close)?;
            return Ok(filter);
        }
        let Some(Token::Word(word)) = self.next() else {
            return self.fail();
        };
        match word.to_lowercase().as_str() {
            "startswith" => self
                .function()
                .map(|(path, start)| Filter::StartsWith { path, start }),
            "endswith" => self.function().map(|(path, end)| Filter::EndsWith { path, end }),
            _ => match word.strip_suffix("/any") {
                Some(path) => self.any(path),
                None => self.comparison(&word),
            },
        }
    }

    /// A path, relative to the item of the enclosing `any` if it starts with its name.
    fn path(&self, word: &str) -> String {
        match &self.item {
            Some(item) if word == item => "$it".to_owned(),
            Some(item) => word.strip_prefix(&format!("{item}/")).unwrap_or(word).to_owned(),
            None => word.to_owned(),
        }
    }

    fn function(&mut self) -> Result<(String, String), Failure> {
        self.take(&Token::Open)?;
        let Some(Token::Word(word)) = self.next() else {
            return self.fail();
        };
        self.take(&Token::Comma)?;
        let Some(Token::Text(text)) = self.next() else {
            return self.fail();
        };
        self.take(&Token::Close)?;
        Ok((self.path(&word), text))
    }

    fn any(&mut self, path: &str) -> Result<Filter, Failure> {
        self.take(&Token::Open)?;
        let Some(Token::Word(item)) = self.next() else {
            return self.fail();
        };
        self.take(&Token::Colon)?;
        let path = self.path(path);
        let outer = self.item.replace(item);
        let inner = self.any_of();
        self.item = outer;
        self.take(&Token::Close)?;
        Ok(Filter::Any {
            path,
            inner: Box::new(inner?),
        })
    }

    fn comparison(&mut self, word: &str) -> Result<Filter, Failure> {
        let path = self.path(word);
        let Some(Token::Word(operator)) = self.next() else {
            return self.fail();
        };
        let operator = match operator.to_lowercase().as_str() {
            "eq" => Operator::Equal,
            "ne" => Operator::NotEqual,
            "ge" => Operator::AtLeast,
            "le" => Operator::AtMost,
            "in" => return self.values().map(|values| Filter::In { path, values }),
            _ => return self.fail(),
        };
        let value = self.literal()?;
        Ok(Filter::Compare {
            path,
            operator,
            value,
        })
    }

    fn values(&mut self) -> Result<Vec<Value>, Failure> {
        self.take(&Token::Open)?;
        let mut values = vec![self.literal()?];
        while self.tokens.get(self.at) == Some(&Token::Comma) {
            self.at += 1;
            values.push(self.literal()?);
        }
        self.take(&Token::Close)?;
        if values.len() > MOST_VALUES {
            let text = format!(
                "Too many child clauses specified in search filter expression containing 'OR' operators: {}. Max allowed: {MOST_VALUES}.",
                values.len()
            );
            return Err(Failure::bad_request(text));
        }
        Ok(values)
    }

    fn literal(&mut self) -> Result<Value, Failure> {
        match self.next() {
            Some(Token::Text(text)) => Ok(Value::String(text)),
            Some(Token::Word(word)) => match word.as_str() {
                "null" => Ok(Value::Null),
                "true" => Ok(Value::Bool(true)),
                "false" => Ok(Value::Bool(false)),
                other => Ok(serde_json::from_str::<serde_json::Number>(other)
                    .map_or_else(|_| Value::String(other.to_owned()), Value::Number)),
            },
            Some(Token::Open | Token::Close | Token::Comma | Token::Colon) | None => self.fail(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn accepts(filter: &str, object: &Value) -> bool {
        Filter::parse(filter).unwrap().accepts(object)
    }

    #[test]
    fn filters_that_clients_send_find_their_objects() {
        let app = json!({ "appId": "A-1", "displayName": "it's Mine", "tags": ["x", "y"], "description": null, "accountEnabled": true });
        for filter in [
            "appId eq 'a-1'",
            "displayName eq 'it''s mine'",
            "startswith(displayName,'IT')",
            "appId in ('b','a-1')",
            "tags/any(t:t eq 'y')",
            "tags/any(t: startswith(t, 'y'))",
            "description eq null and accountEnabled eq true",
            "not(appId eq 'b')",
            "appId eq 'b' or (displayName ne 'x' and appId eq 'A-1')",
        ] {
            assert!(accepts(filter, &app), "{filter}");
        }
        for filter in [
            "appId eq 'b'",
            "tags/any(t:t eq 'z')",
            "startswith(displayName,'x')",
            "accountEnabled eq false",
        ] {
            assert!(!accepts(filter, &app), "{filter}");
        }
    }

    #[test]
    fn a_broken_filter_is_refused_and_an_advanced_one_is_known() {
        for filter in [
            "appId",
            "appId eq",
            "appId eq 'x",
            "appId eq 'x' and",
            "(appId eq 'x'",
            "appId eq 'x' 'y'",
        ] {
            assert!(Filter::parse(filter).is_err(), "{filter}");
        }
        assert!(Filter::parse("appId ne 'x'").unwrap().is_advanced());
        assert!(!Filter::parse("appId eq 'x'").unwrap().is_advanced());
        let many: Vec<String> = (0..16).map(|n| format!("'{n}'")).collect();
        assert!(Filter::parse(&format!("appId in ({})", many.join(","))).is_err());
    }
}
