//! The schema of the provider configuration: the union of the versions.

use regprov_schema::{Attribute, Block};
use regprov_value::Type;

const TEXTS: &[(&str, &str)] = &[
    ("access_token", "An access token."),
    ("application_key", "The application key of signed requests."),
    ("application_secret", "The application secret."),
    ("client_id", "The client id of a service account."),
    ("client_secret", "Its secret."),
    ("consumer_key", "The consumer key: what the application may do."),
    (
        "endpoint",
        "Where the API is: `ovh-eu`, `ovh-ca`, `ovh-us`, `kimsufi-eu`, `kimsufi-ca`, `soyoustart-eu`, `soyoustart-ca`, or a URL.",
    ),
    (
        "user_agent_extra",
        "What requests say of themselves beside regprov's name.",
    ),
];

/// Secrets among them. The public schema does not mark these; nothing that regprov writes may hold them.
const SECRET: &[&str] = &[
    "access_token",
    "application_secret",
    "client_secret",
    "consumer_key",
];

/// The configuration of `ovh`.
pub(super) fn block() -> Block {
    let mut block = Block {
        description: "Where and as whom to manage OVHcloud.",
        ..Block::default()
    };
    for (name, description) in TEXTS {
        let mut attribute = optional(Type::String, description);
        attribute.sensitive = SECRET.contains(name);
        block.attributes.insert(name, attribute);
    }
    block.attributes.insert(
        "api_rate_limit",
        optional(Type::Number, "The most requests per second."),
    );
    block.attributes.insert(
        "http_headers",
        optional(Type::map(Type::String), "More headers for every request."),
    );
    block.attributes.insert(
        "ignore_init_error",
        optional(
            Type::Bool,
            "Whether a connection that fails is an error only where it is used.",
        ),
    );
    block
}

fn optional(ty: Type, description: &'static str) -> Attribute {
    Attribute {
        optional: true,
        description,
        ..Attribute::new(ty)
    }
}
