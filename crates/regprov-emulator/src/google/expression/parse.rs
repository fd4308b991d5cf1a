//! Reading an expression.

use serde_json::{Value, json};

use super::Node;

/// How deep an expression may be nested.
const DEEPEST: usize = 64;

/// The operators of two sides, from the loosest to the tightest.
const LEVELS: [&[&str]; 4] = [
    &["||"],
    &["&&"],
    &["==", "!=", "<=", ">=", "<", ">", "in"],
    &["+", "-"],
];

pub(super) fn parse(text: &str) -> Result<Node, String> {
    let mut reader = Reader { rest: text, depth: 0 };
    let node = reader.choice()?;
    reader.skip();
    if reader.rest.is_empty() {
        return Ok(node);
    }
    Err(format!("mismatched input '{}'", reader.rest))
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl Reader<'_> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Takes a sign that comes next.
    fn take(&mut self, sign: &str) -> bool {
        self.skip();
        let Some(rest) = self.rest.strip_prefix(sign) else {
            return false;
        };
        let word = sign.chars().all(char::is_alphabetic);
        if word && rest.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_') {
            return false;
        }
        self.rest = rest;
        true
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        if self.take(sign) {
            return Ok(());
        }
        Err(format!("expected '{sign}' before '{}'", self.rest))
    }

    fn choice(&mut self) -> Result<Node, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("the expression is nested too deep".to_owned());
        }
        let condition = self.level(0)?;
        let node = if self.take("?") {
            let yes = self.choice()?;
            self.expect(":")?;
            Node::Choice(Box::new(condition), Box::new(yes), Box::new(self.choice()?))
        } else {
            condition
        };
        self.depth -= 1;
        Ok(node)
    }

    fn level(&mut self, level: usize) -> Result<Node, String> {
        let Some(operators) = LEVELS.get(level) else {
            return self.unary();
        };
        let mut left = self.level(level + 1)?;
        while let Some(operator) = operators.iter().find(|operator| self.take(operator)) {
            let right = self.level(level + 1)?;
            left = Node::Binary(operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Node, String> {
        let mut signs = Vec::new();
        loop {
            self.skip();
            if !self.rest.starts_with("!=") && self.take("!") {
                signs.push('!');
            } else if self.take("-") {
                signs.push('-');
            } else {
                break;
            }
        }
        let node = self.postfix()?;
        Ok(signs.into_iter().rev().fold(node, |node, sign| match sign {
            '!' => Node::Not(Box::new(node)),
            _ => Node::Negative(Box::new(node)),
        }))
    }

    fn postfix(&mut self) -> Result<Node, String> {
        let mut node = self.primary()?;
        loop {
            if self.take(".") {
                self.skip();
                let name = self
                    .name()
                    .ok_or_else(|| format!("no name before '{}'", self.rest))?;
                node = match self.take("(") {
                    true => Node::Call(Some(Box::new(node)), name, self.items(")")?),
                    false => Node::Member(Box::new(node), name),
                };
            } else if self.take("[") {
                let index = self.choice()?;
                self.expect("]")?;
                node = Node::Index(Box::new(node), Box::new(index));
            } else {
                return Ok(node);
            }
        }
    }

    fn primary(&mut self) -> Result<Node, String> {
        self.skip();
        if self.take("(") {
            let node = self.choice()?;
            self.expect(")")?;
            return Ok(node);
        }
        if self.take("[") {
            return Ok(Node::List(self.items("]")?));
        }
        if let Some(quote) = self
            .rest
            .chars()
            .next()
            .filter(|letter| matches!(letter, '"' | '\''))
        {
            return self.string(quote).map(Node::Literal);
        }
        let digits: usize = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            let (number, rest) = self.rest.split_at(digits);
            let number: i64 = number.parse().map_err(|_| format!("{number} is too great"))?;
            self.rest = rest;
            return Ok(Node::Literal(json!(number)));
        }
        let name = self.name().ok_or_else(|| format!("unexpected '{}'", self.rest))?;
        match name.as_str() {
            "true" => return Ok(Node::Literal(Value::Bool(true))),
            "false" => return Ok(Node::Literal(Value::Bool(false))),
            "null" => return Ok(Node::Literal(Value::Null)),
            _ => {}
        }
        match self.take("(") {
            true => Ok(Node::Call(None, name, self.items(")")?)),
            false => Ok(Node::Name(name)),
        }
    }

    fn items(&mut self, end: &str) -> Result<Vec<Node>, String> {
        let mut items = Vec::new();
        if self.take(end) {
            return Ok(items);
        }
        loop {
            items.push(self.choice()?);
            if self.take(end) {
                return Ok(items);
            }
            self.expect(",")?;
        }
    }

    fn name(&mut self) -> Option<String> {
        let length = self
            .rest
            .bytes()
            .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
            .count();
        let (name, rest) = self.rest.split_at(length);
        let starts = name.starts_with(|letter: char| !letter.is_ascii_digit());
        self.rest = rest;
        starts.then(|| name.to_owned())
    }

    fn string(&mut self, quote: char) -> Result<Value, String> {
        let mut text = String::new();
        let mut letters = self.rest.char_indices().skip(1);
        while let Some((at, letter)) = letters.next() {
            match letter {
                '\\' => match letters.next().map(|(_, letter)| letter) {
                    Some('n') => text.push('\n'),
                    Some('t') => text.push('\t'),
                    Some(other) => text.push(other),
                    None => break,
                },
                _ if letter == quote => {
                    self.rest = &self.rest[at + 1..];
                    return Ok(Value::String(text));
                }
                other => text.push(other),
            }
        }
        Err("a string has no end".to_owned())
    }
}
