//! Places within an object.

use std::fmt;
use std::str::FromStr;

use crate::scan::{Scanner, is_identifier, write_quoted};
use crate::text::serde_as_text;
use crate::{AddressError, InstanceKey};

/// One step into a value. Names order before indexes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AttributeStep {
    /// An attribute of an object, or a nested block.
    Name(String),
    /// An element of a list, or of a map.
    Index(InstanceKey),
}

impl fmt::Display for AttributeStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AttributeStep::Name(name) if is_identifier(name) => f.write_str(name),
            AttributeStep::Name(name) => {
                f.write_str("[")?;
                write_quoted(f, name)?;
                f.write_str("]")
            }
            AttributeStep::Index(key) => key.fmt(f),
        }
    }
}

/// The way to a part of an object: `network_rule_set[0].ip_rule["x"]`; empty for the object itself.
///
/// A name that is no identifier prints as an index (`tags["a b"]`), and is read back as one.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributePath(pub Vec<AttributeStep>);

impl AttributePath {
    /// The object itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// Whether it is the object itself.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The path one step further in.
    #[must_use]
    pub fn step(&self, step: AttributeStep) -> Self {
        let mut steps = Vec::with_capacity(self.0.len() + 1);
        steps.extend_from_slice(&self.0);
        steps.push(step);
        AttributePath(steps)
    }

    /// The path to an attribute of what is here.
    #[must_use]
    pub fn name(&self, name: impl Into<String>) -> Self {
        self.step(AttributeStep::Name(name.into()))
    }

    /// The path to an element of what is here.
    #[must_use]
    pub fn index(&self, key: impl Into<InstanceKey>) -> Self {
        self.step(AttributeStep::Index(key.into()))
    }

    /// The path one step less far in; `None` for the object itself.
    pub fn parent(&self) -> Option<Self> {
        let (_, parent) = self.0.split_last()?;
        Some(AttributePath(parent.to_vec()))
    }

    /// This path, and then the other from there.
    #[must_use]
    pub fn join(&self, further: &AttributePath) -> Self {
        AttributePath([self.0.as_slice(), further.0.as_slice()].concat())
    }

    /// Whether `prefix` leads to this place or to something that holds it.
    pub fn starts_with(&self, prefix: &AttributePath) -> bool {
        self.0.starts_with(&prefix.0)
    }

    /// The first name on the way, which is the argument of the block.
    pub fn argument(&self) -> Option<&str> {
        self.0.first().and_then(|step| match step {
            AttributeStep::Name(name) => Some(name.as_str()),
            AttributeStep::Index(_) => None,
        })
    }
}

impl FromIterator<AttributeStep> for AttributePath {
    fn from_iter<I: IntoIterator<Item = AttributeStep>>(steps: I) -> Self {
        AttributePath(steps.into_iter().collect())
    }
}

impl fmt::Display for AttributePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.0.iter().enumerate() {
            match step {
                AttributeStep::Name(name) if index > 0 && is_identifier(name) => f.write_str(".")?,
                AttributeStep::Name(_) | AttributeStep::Index(_) => {}
            }
            step.fmt(f)?;
        }
        Ok(())
    }
}

/// The empty text is the object itself.
impl FromStr for AttributePath {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let mut scanner = Scanner::new(text, "an attribute path");
        let mut steps = Vec::new();
        while !scanner.is_at_end() {
            if let Some(key) = scanner.key()? {
                steps.push(AttributeStep::Index(key));
                continue;
            }
            if !steps.is_empty() {
                scanner.dot("the step before")?;
            }
            steps.push(AttributeStep::Name(scanner.identifier("an attribute name")?));
        }
        Ok(AttributePath(steps))
    }
}

serde_as_text!(AttributePath, "an attribute path");
