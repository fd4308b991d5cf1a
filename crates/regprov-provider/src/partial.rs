//! An object of which some attributes are known only after apply.

use regprov_value::{Data, Number, Value};

/// A view of a planned object through which only what is known can be seen.
#[derive(Clone, Copy)]
pub struct Partial<'a>(pub &'a Value);

impl<'a> Partial<'a> {
    /// The attribute, where it is known and not null.
    #[must_use]
    pub fn known(&self, name: &str) -> Option<&'a Value> {
        self.0
            .get(name)
            .filter(|value| value.is_known() && !value.is_null())
    }

    /// The text of a known attribute.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.known(name)?.as_str()
    }

    /// The truth of a known attribute.
    #[must_use]
    pub fn truth(&self, name: &str) -> Option<bool> {
        self.known(name)?.as_bool()
    }

    /// The number of a known attribute.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<&'a Number> {
        self.known(name)?.as_number()
    }

    /// Whether the attribute is known only after apply.
    #[must_use]
    pub fn is_open(&self, name: &str) -> bool {
        self.0
            .get(name)
            .is_some_and(|value| matches!(value.data, Data::Unknown(_)))
    }

    /// Whether the attribute is null or absent.
    #[must_use]
    pub fn is_unset(&self, name: &str) -> bool {
        self.0.get(name).is_none_or(Value::is_null)
    }
}
