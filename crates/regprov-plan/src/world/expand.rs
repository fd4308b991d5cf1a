//! `count` and `for_each`: which instances there are.

use crate::codes;
use foldhash::HashMap;
use regprov_addr::InstanceKey;
use regprov_diag::{Diagnostic, Diagnostics, Span};
use regprov_lang::{Expr, Scope};
use regprov_value::{Data, Marks, Type, Value, convert};
use std::sync::Arc;

/// Which instance of a block is meant, for `count.index` and `each`.
#[derive(Clone, Debug)]
pub(crate) enum Repetition {
    /// The block does not repeat.
    None,
    /// `count.index`
    Count(u64),
    /// `each.key` and `each.value`
    Each(Arc<str>, Value),
}

/// The instances of a block or a module call.
#[derive(Clone, Debug)]
pub(crate) enum Expansion {
    /// One, without key.
    Single,
    /// So many, numbered.
    Count(u64),
    /// One for each key, in order.
    Each {
        /// Keys in order, with `each.value`.
        entries: Vec<(Arc<str>, Value)>,
        /// Position by key.
        positions: HashMap<Arc<str>, u32>,
    },
}

impl Expansion {
    pub(crate) fn len(&self) -> u32 {
        match self {
            Self::Single => 1,
            Self::Count(count) => u32::try_from(*count).unwrap_or(u32::MAX),
            Self::Each { entries, .. } => u32::try_from(entries.len()).unwrap_or(u32::MAX),
        }
    }

    /// The position of a key among the instances.
    pub(crate) fn position(&self, key: Option<&InstanceKey>) -> Option<u32> {
        match (self, key) {
            (Self::Single, None) => Some(0),
            (Self::Count(count), Some(InstanceKey::Int(index))) if index < count => {
                u32::try_from(*index).ok()
            }
            (Self::Count(_), Some(InstanceKey::String(text))) => {
                self.position(Some(&InstanceKey::Int(text.parse().ok()?)))
            }
            (Self::Each { positions, .. }, Some(InstanceKey::String(key))) => {
                positions.get(key.as_str()).copied()
            }
            (Self::Each { positions, .. }, Some(InstanceKey::Int(index))) => {
                positions.get(index.to_string().as_str()).copied()
            }
            (Self::Single | Self::Count(_) | Self::Each { .. }, _) => None,
        }
    }

    pub(crate) fn key(&self, position: u32) -> Option<InstanceKey> {
        match self {
            Self::Single => None,
            Self::Count(_) => Some(InstanceKey::Int(u64::from(position))),
            Self::Each { entries, .. } => {
                let (key, _) = entries.get(position as usize)?;
                Some(InstanceKey::String(key.to_string()))
            }
        }
    }

    pub(crate) fn repetition(&self, position: u32) -> Repetition {
        match self {
            Self::Single => Repetition::None,
            Self::Count(_) => Repetition::Count(u64::from(position)),
            Self::Each { entries, .. } => match entries.get(position as usize) {
                Some((key, value)) => Repetition::Each(key.clone(), value.clone()),
                None => Repetition::None,
            },
        }
    }

    pub(crate) fn each(entries: Vec<(Arc<str>, Value)>) -> Self {
        let positions = entries.iter().map(|(key, _)| key.clone()).zip(0..).collect();
        Self::Each { entries, positions }
    }
}

/// The most instances of blocks, and values of module instances, that one configuration may have.
pub(crate) const LIMIT: usize = 1_000_000;

impl super::World {
    /// Takes room for further instances, each with so many values of its own.
    ///
    /// # Errors
    /// When there would be more than [`LIMIT`].
    pub(crate) fn take_room(
        &mut self,
        expansion: &Expansion,
        values: usize,
        place: Option<Span>,
    ) -> Result<(), Diagnostic> {
        let wanted = (expansion.len() as usize).saturating_mul(values.max(1));
        if wanted > LIMIT - self.taken {
            let detail = format!(
                "The block would have {} instances. A configuration may have {LIMIT} in all, counting each variable, local, output and block of a module for each of its instances.",
                expansion.len(),
            );
            let error = Diagnostic::error(&codes::INSTANCES, codes::INSTANCES.title);
            return Err(error.detail(detail).at(place));
        }
        self.taken += wanted;
        Ok(())
    }
}

/// Evaluates `count` or `for_each`.
pub(crate) fn expand(
    count: Option<&Expr>,
    for_each: Option<&Expr>,
    scope: &dyn Scope,
) -> Result<Expansion, Diagnostics> {
    match (count, for_each) {
        (Some(count), _) => {
            let value = count.evaluate(scope)?;
            let count = count_of(&value, count).map_err(|error| error.values(count.involved(scope)))?;
            Ok(Expansion::Count(count))
        }
        (None, Some(for_each)) => {
            let value = for_each.evaluate(scope)?;
            let entries =
                entries_of(&value, for_each).map_err(|error| error.values(for_each.involved(scope)))?;
            Ok(Expansion::each(entries))
        }
        (None, None) => Ok(Expansion::Single),
    }
}

pub(crate) fn count_of(value: &Value, expr: &Expr) -> Result<u64, Diagnostic> {
    let invalid = |detail: &str| {
        Diagnostic::error(&codes::COUNT, "Invalid count argument")
            .detail(detail)
            .at(expr.span())
    };
    if value.marks.contains(Marks::EPHEMERAL) {
        return Err(invalid(
            "The `count` value is ephemeral, and the instances of a block outlast the run. Use a value that is not ephemeral.",
        ));
    }
    let number = convert(value, &Type::Number)
        .map_err(|_| invalid("The `count` value is no number. A whole number is needed."))?;
    match &number.data {
        Data::Null(_) => Err(invalid("The `count` value is null. A whole number is needed.")),
        Data::Number(number) => {
            let text = number.to_string();
            let count = text.parse::<u64>().ok().filter(|count| *count <= u64::from(u32::MAX));
            count.ok_or_else(|| invalid(&format!("The `count` value is {text}. A whole number, zero or greater, is needed.")))
        }
        _ => Err(invalid("The `count` value depends on something that is known only after apply, so it cannot be said how many instances there will be.")
            .help("Apply what it depends on first with `-target`, or use a value that the configuration knows.")),
    }
}

pub(crate) fn entries_of(value: &Value, expr: &Expr) -> Result<Vec<(Arc<str>, Value)>, Diagnostic> {
    let invalid = |detail: String| {
        Diagnostic::error(&codes::FOR_EACH, "Invalid for_each argument")
            .detail(detail)
            .at(expr.span())
    };
    if value.marks_deep_of_keys().contains(Marks::EPHEMERAL) {
        return Err(invalid("The `for_each` value is ephemeral, and the instances of a block outlast the run. Use a value that is not ephemeral.".into()));
    }
    if value.marks_deep_of_keys().contains(Marks::SENSITIVE) {
        return Err(invalid("The `for_each` value is sensitive, and the addresses of the instances would tell it. Use `nonsensitive(…)` on the keys if they are no secret.".into()));
    }
    let open = || {
        invalid("The `for_each` keys depend on something that is known only after apply, so it cannot be said which instances there will be.".into())
            .help("Use a map whose keys the configuration knows, and put what is known after apply into its values.")
            .help("Or apply what it depends on first with `-target`.")
    };
    match &value.data {
        Data::Map(_, entries) | Data::Object(entries) => Ok(entries
            .iter()
            .map(|(key, item)| (key.clone(), item.clone().marked(value.marks)))
            .collect()),
        Data::Set(_, items) => items
            .iter()
            .map(|item| match &item.data {
                Data::String(text) => Ok((text.clone(), item.clone())),
                Data::Unknown(_) => Err(open()),
                Data::Null(_) => Err(invalid(
                    "The `for_each` set holds null. All its elements must be strings.".into(),
                )),
                _ => Err(invalid(format!(
                    "The `for_each` set holds {}. All its elements must be strings.",
                    item.ty().friendly_name()
                ))),
            })
            .collect(),
        Data::Unknown(_) => Err(open()),
        Data::Null(_) => Err(invalid(
            "The `for_each` value is null. A map, or a set of strings, is needed.".into(),
        )),
        _ => Err(invalid(format!(
            "The `for_each` value is a {}. A map, or a set of strings, is needed.",
            value.ty().friendly_name()
        ))
        .help("Use `toset(…)` to make a set of a list of strings.")),
    }
}

/// The marks that keys carry: those of the whole, and of a set's elements.
trait KeyMarks {
    fn marks_deep_of_keys(&self) -> Marks;
}

impl KeyMarks for Value {
    fn marks_deep_of_keys(&self) -> Marks {
        match &self.data {
            Data::Set(..) => self.marks_deep(),
            _ => self.marks,
        }
    }
}
