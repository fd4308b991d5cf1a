//! The argument that a service's refusal is about.

use crate::{Error, ErrorKind};
use regprov_addr::{AttributePath, AttributeStep};
use regprov_schema::Block;

impl ErrorKind {
    /// A refusal of a field, by the name that the service has for it: `properties.adminUserEnabled`,
    /// `repository.cleanup_policies`. Where the type has an argument of this name, the user is shown its place.
    #[must_use]
    pub fn invalid_field(field: &str) -> Self {
        let names = field.split(['.', '/', '[', ']']).filter(|name| !name.is_empty());
        let steps: Vec<AttributeStep> = names.map(|name| AttributeStep::Name(snake(name))).collect();
        Self::Invalid(Some(AttributePath(steps)).filter(|path| !path.is_root()))
    }
}

/// `adminUserEnabled` as `admin_user_enabled`.
fn snake(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    let mut after_small = false;
    for letter in name.chars() {
        if letter.is_uppercase() && after_small {
            text.push('_');
        }
        after_small = letter.is_lowercase() || letter.is_ascii_digit();
        text.extend(letter.to_lowercase());
    }
    text
}

/// The error with the path of an argument of the block in the place of the service's path; services wrap their fields in
/// others, such as `properties`.
pub(crate) fn at_argument(mut error: Error, block: &Block) -> Error {
    if let ErrorKind::Invalid(path @ Some(_)) = &mut error.kind {
        *path = path.take().and_then(|path| within(&path.0, block));
    }
    error
}

fn within(steps: &[AttributeStep], block: &Block) -> Option<AttributePath> {
    let declared = |step: &AttributeStep| match step {
        AttributeStep::Name(name) => {
            block.attributes.contains_key(name.as_str()) || block.blocks.contains_key(name.as_str())
        }
        AttributeStep::Index(_) => false,
    };
    let start = steps.iter().position(declared)?;
    Some(AttributePath(steps[start..].to_vec()))
}

#[cfg(test)]
mod tests {
    use super::{at_argument, snake};
    use crate::{Error, ErrorKind};
    use regprov_addr::AttributePath;
    use regprov_schema::{Attribute, Block};
    use regprov_value::Type;
    use std::collections::BTreeMap;

    #[test]
    fn a_field_of_the_service_is_found_among_the_arguments() {
        let block = Block {
            attributes: BTreeMap::from([("admin_enabled", Attribute::new(Type::Bool))]),
            ..Block::default()
        };
        for (field, argument) in [
            ("admin_enabled", Some("admin_enabled")),
            ("properties.adminEnabled", Some("admin_enabled")),
            ("registry.admin_enabled", Some("admin_enabled")),
            ("adminUser", None),
            ("", None),
        ] {
            let error = at_argument(Error::new(ErrorKind::invalid_field(field), "no"), &block);
            let wanted = argument.map(|name| AttributePath::root().name(name));
            assert_eq!(error.kind, ErrorKind::Invalid(wanted), "{field}");
        }
    }

    #[test]
    fn other_errors_stay_as_they_are() {
        let error = Error::new(ErrorKind::Denied, "no");
        assert_eq!(at_argument(error.clone(), &Block::default()), error);
    }

    #[test]
    fn names_with_capitals_are_spelled_as_arguments_are() {
        assert_eq!(snake("retentionPolicyDays"), "retention_policy_days");
        assert_eq!(snake("ID"), "id");
        assert_eq!(snake("http2Enabled"), "http2_enabled");
    }
}
