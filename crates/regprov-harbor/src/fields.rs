//! Helpers of the fields that several types have.

use regprov_value::Value;

/// Lists of texts with the same elements, or both empty.
pub(crate) fn same_texts(left: &Value, right: &Value) -> bool {
    sorted(left) == sorted(right)
}

fn sorted(value: &Value) -> Vec<&str> {
    let mut texts: Vec<&str> = value
        .as_items()
        .unwrap_or_default()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    texts.sort_unstable();
    texts
}

/// The text; none for an empty one.
pub(crate) fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// The number of a name that repeats a path: both `7` and `/projects/7` name the project 7.
pub(crate) fn whole(value: &Value) -> Option<i64> {
    value.as_number()?.to_string().parse().ok()
}

/// Lets structs with a schema be the value of an attribute: an object type.
macro_rules! object_types {
    ($($rust:ty),* $(,)?) => {
        $(impl ::regprov_schema::FieldType for $rust {
            fn ty() -> ::regprov_value::Type {
                <Self as ::regprov_schema::Schematic>::block().implied_type()
            }
        })*
    };
}
pub(crate) use object_types;
