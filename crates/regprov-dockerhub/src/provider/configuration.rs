//! The schema of the provider configuration.

use regprov_schema::{Attribute, Block};
use regprov_value::Type;

const TEXTS: &[(&str, bool, &str)] = &[
    ("host", false, "Where Docker Hub is: `hub.docker.com`."),
    (
        "username",
        false,
        "The Docker ID, or the organization of an organization access token.",
    ),
    (
        "password",
        true,
        "The password, a personal access token, or an organization access token.",
    ),
];

/// The configuration of `docker`.
pub(crate) fn block() -> Block {
    let mut block = Block {
        description: "Where and as whom to manage Docker Hub.",
        ..Block::default()
    };
    for (name, sensitive, description) in TEXTS {
        let attribute = Attribute {
            optional: true,
            sensitive: *sensitive,
            description,
            ..Attribute::new(Type::String)
        };
        block.attributes.insert(name, attribute);
    }
    let pages = Attribute {
        optional: true,
        description: "The most pages of a list; 0: all.",
        ..Attribute::new(Type::Number)
    };
    block.attributes.insert("max_page_results", pages);
    block
}
