//! Structs as the whole value of an attribute.

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
