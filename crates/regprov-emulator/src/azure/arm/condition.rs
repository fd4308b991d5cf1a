//! Conditions of role assignments: `(!(ActionMatches{'…'}) OR (@Request[…:name] StringEqualsIgnoreCase 'app'))`.

/// What a condition is asked about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'a> {
    /// The data action.
    pub(crate) action: &'a str,
    /// The repository that it is about; none where the action is about no repository.
    pub(crate) repository: Option<&'a str>,
}

/// A condition, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Condition {
    Any(Vec<Condition>),
    All(Vec<Condition>),
    Not(Box<Condition>),
    ActionMatches(String),
    Compare {
        attribute: String,
        operator: String,
        values: Vec<String>,
    },
}

/// The attribute that holds a repository's name.
const REPOSITORY: &str = "microsoft.containerregistry/registries/repositories:name";

impl Condition {
    /// Reads a condition; the error says what was not understood.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { rest: text };
        let condition = parser.any()?;
        parser.skip();
        if parser.rest.is_empty() {
            Ok(condition)
        } else {
            Err(format!("unexpected text at \"{}\"", parser.rest))
        }
    }

    /// Whether the condition holds.
    pub(crate) fn holds(&self, question: Question<'_>) -> bool {
        match self {
            Self::Any(parts) => parts.iter().any(|part| part.holds(question)),
            Self::All(parts) => parts.iter().all(|part| part.holds(question)),
            Self::Not(part) => !part.holds(question),
            Self::ActionMatches(pattern) => super::action::covers(pattern, question.action),
            Self::Compare {
                attribute,
                operator,
                values,
            } => {
                let Some(name) = question
                    .repository
                    .filter(|_| attribute.eq_ignore_ascii_case(REPOSITORY))
                else {
                    return false;
                };
                compare(operator, name, values)
            }
        }
    }
}

fn compare(operator: &str, name: &str, values: &[String]) -> bool {
    let operator = operator.rsplit(':').next().unwrap_or(operator);
    let (operator, fold) = match operator.strip_suffix("IgnoreCase") {
        Some(operator) => (operator, true),
        None => (operator, false),
    };
    let (operator, negated) = match operator.strip_prefix("StringNot") {
        Some(rest) => (format!("String{rest}"), true),
        None => (operator.to_owned(), false),
    };
    let lower = |text: &str| {
        if fold {
            text.to_lowercase()
        } else {
            text.to_owned()
        }
    };
    let name = lower(name);
    let found = values
        .iter()
        .map(|value| lower(value))
        .any(|value| match operator.as_str() {
            "StringEquals" => name == value,
            "StringStartsWith" => name.starts_with(&value),
            "StringLike" => super::action::covers(&value, &name),
            _ => false,
        });
    found != negated
}

/// How several values on both sides are held against each other.
const QUANTIFIERS: [&str; 4] = [
    "ForAnyOfAnyValues:",
    "ForAllOfAnyValues:",
    "ForAnyOfAllValues:",
    "ForAllOfAllValues:",
];

const OPERATORS: [&str; 12] = [
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringNotEquals",
    "StringNotEqualsIgnoreCase",
    "StringStartsWith",
    "StringStartsWithIgnoreCase",
    "StringNotStartsWith",
    "StringNotStartsWithIgnoreCase",
    "StringLike",
    "StringNotLike",
    "GuidEquals",
    "GuidNotEquals",
];

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, token: &str) -> bool {
        self.skip();
        match self.rest.get(..token.len()) {
            Some(head) if head.eq_ignore_ascii_case(token) => {
                self.rest = &self.rest[token.len()..];
                true
            }
            _ => false,
        }
    }

    fn expect(&mut self, token: &str) -> Result<(), String> {
        if self.take(token) {
            Ok(())
        } else {
            Err(format!("expected \"{token}\" at \"{}\"", self.rest))
        }
    }

    fn any(&mut self) -> Result<Condition, String> {
        let mut parts = vec![self.all()?];
        while self.take("OR") || self.take("||") {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 {
            parts.remove(0)
        } else {
            Condition::Any(parts)
        })
    }

    fn all(&mut self) -> Result<Condition, String> {
        let mut parts = vec![self.one()?];
        while self.take("AND") || self.take("&&") {
            parts.push(self.one()?);
        }
        Ok(if parts.len() == 1 {
            parts.remove(0)
        } else {
            Condition::All(parts)
        })
    }

    fn one(&mut self) -> Result<Condition, String> {
        if self.take("!") || self.take("NOT ") {
            return Ok(Condition::Not(Box::new(self.one()?)));
        }
        if self.take("(") {
            let inner = self.any()?;
            self.expect(")")?;
            return Ok(inner);
        }
        if self.take("ActionMatches") {
            self.expect("{")?;
            let action = self.literal()?;
            self.expect("}")?;
            return Ok(Condition::ActionMatches(action));
        }
        if self.take("@Request[") || self.take("@Resource[") {
            let (attribute, rest) = self
                .rest
                .split_once(']')
                .ok_or("an attribute has no closing bracket")?;
            let attribute = attribute.trim().to_owned();
            self.rest = rest;
            let operator = self.operator()?;
            let values = self.values(operator.contains("Guid"))?;
            return Ok(Condition::Compare {
                attribute,
                operator,
                values,
            });
        }
        Err(format!("expected an expression at \"{}\"", self.rest))
    }

    fn operator(&mut self) -> Result<String, String> {
        self.skip();
        let end = self
            .rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == ':'))
            .unwrap_or(self.rest.len());
        let (operator, rest) = self.rest.split_at(end);
        let bare = QUANTIFIERS
            .iter()
            .find_map(|quantifier| operator.strip_prefix(quantifier))
            .unwrap_or(operator);
        if !OPERATORS.contains(&bare) {
            return Err(format!("\"{operator}\" is not an operator that is known here"));
        }
        self.rest = rest;
        Ok(operator.to_owned())
    }

    fn values(&mut self, guids: bool) -> Result<Vec<String>, String> {
        let value = if guids { Self::guid } else { Self::literal };
        if !self.take("{") {
            return Ok(vec![value(self)?]);
        }
        let mut values = vec![value(self)?];
        while self.take(",") {
            values.push(value(self)?);
        }
        self.expect("}")?;
        Ok(values)
    }

    /// A GUID, which is written without quotes; with quotes is fine too.
    fn guid(&mut self) -> Result<String, String> {
        self.skip();
        if self.rest.starts_with('\'') {
            return self.literal();
        }
        let end = self
            .rest
            .find(|c: char| !(c.is_ascii_hexdigit() || c == '-'))
            .unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(end);
        if uuid::Uuid::parse_str(text).is_err() {
            return Err(format!("expected a GUID at \"{}\"", self.rest));
        }
        self.rest = rest;
        Ok(text.to_owned())
    }

    fn literal(&mut self) -> Result<String, String> {
        self.expect("'")?;
        let (text, rest) = self.rest.split_once('\'').ok_or("a text has no closing quote")?;
        let text = text.to_owned();
        self.rest = rest;
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::{Condition, Question};

    const READ: &str = "Microsoft.ContainerRegistry/registries/repositories/content/read";

    #[test]
    fn a_condition_on_a_repository_holds_for_that_repository_only() {
        let text = format!(
            "((!(ActionMatches{{'{READ}'}}) ) OR (@Request[Microsoft.ContainerRegistry/registries/repositories:name] \
             StringEqualsIgnoreCase 'app'))"
        );
        let condition = Condition::parse(&text).unwrap();
        let ask = |action, repository| {
            condition.holds(Question {
                action,
                repository: Some(repository),
            })
        };
        assert!(ask(READ, "App") && !ask(READ, "other"));
        assert!(ask(
            "Microsoft.ContainerRegistry/registries/repositories/content/write",
            "other"
        ));
    }

    #[test]
    fn prefixes_and_lists_of_values_are_known_and_the_rest_is_refused() {
        let text = "@Request[Microsoft.ContainerRegistry/registries/repositories:name] \
                    ForAnyOfAnyValues:StringStartsWithIgnoreCase {'a/', 'b/'}";
        let condition = Condition::parse(text).unwrap();
        assert!(condition.holds(Question {
            action: READ,
            repository: Some("B/x")
        }));
        assert!(!condition.holds(Question {
            action: READ,
            repository: Some("c/x")
        }));
        assert!(Condition::parse("@Request[a] Whatever 'x'").is_err());
        assert!(Condition::parse("ActionMatches{'x'} nonsense").is_err());
    }

    #[test]
    fn a_delegation_may_name_the_roles_that_can_be_assigned() {
        let text = "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR \
                    (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals \
                    {7f951dda-4ed3-4680-a7ca-43fe172d538d, 8311e382-0749-4cb8-b61a-304f252e45ec}))";
        assert!(Condition::parse(text).is_ok());
        assert!(Condition::parse("@Request[a:b] ForAllOfAllValues:GuidNotEquals {7f951dda}").is_err());
        assert!(Condition::parse("@Request[a:b] ForSomeValues:GuidEquals {7f951dda}").is_err());
    }
}
