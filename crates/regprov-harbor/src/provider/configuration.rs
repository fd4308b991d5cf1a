//! The schema of the provider configuration.

use regprov_schema::{Attribute, Block};
use regprov_value::Type;

/// Every argument, whether it is secret, and what it is.
const ARGUMENTS: &[(&str, bool, Type, &str)] = &[
    (
        "api_version",
        false,
        Type::Number,
        "The version of the API: 2, or 1 for a Harbor before 2.0.",
    ),
    (
        "bearer_token",
        true,
        Type::String,
        "The id token of an OIDC user.",
    ),
    (
        "insecure",
        false,
        Type::Bool,
        "Whether any certificate is accepted; off where it is not written.",
    ),
    (
        "password",
        true,
        Type::String,
        "The password of the user, or the secret of the robot account.",
    ),
    (
        "robot_prefix",
        false,
        Type::String,
        "What this Harbor puts before the names of robot accounts.",
    ),
    (
        "session_id",
        true,
        Type::String,
        "The session of a user who signed in with a browser.",
    ),
    (
        "url",
        false,
        Type::String,
        "The address of the Harbor: `https://harbor.example.com`.",
    ),
    ("username", false, Type::String, "The user or robot account."),
];

/// The configuration of `harbor`.
pub(super) fn harbor() -> Block {
    let mut block = Block {
        description: "Which Harbor to manage, and as whom.",
        ..Block::default()
    };
    for (name, secret, ty, description) in ARGUMENTS {
        let attribute = Attribute {
            optional: true,
            sensitive: *secret,
            description,
            ..Attribute::new(ty.clone())
        };
        block.attributes.insert(name, attribute);
    }
    let headers = Attribute {
        optional: true,
        sensitive: true,
        description: "Headers that are sent with every request.",
        ..Attribute::new(Type::map(Type::String))
    };
    block.attributes.insert("headers", headers);
    block
}
