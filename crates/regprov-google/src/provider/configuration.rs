//! The schema of the provider configuration: the union of the versions.

use regprov_schema::{Attribute, Block, NestedBlock, Nesting};
use regprov_value::Type;

mod endpoints;

const TEXTS: &[(&str, &str)] = &[
    ("access_token", "An access token; it is not renewed."),
    (
        "billing_project",
        "The project that pays for requests, with `user_project_override`.",
    ),
    (
        "credentials",
        "The key of a service account or another file of credentials, or its path.",
    ),
    (
        "deletion_policy",
        "What `deletion_policy` is where an object does not say.",
    ),
    (
        "impersonate_service_account",
        "The service account in whose name requests are made.",
    ),
    (
        "poll_interval",
        "How often Google is asked about what it works on: `10s`.",
    ),
    ("project", "The project."),
    ("region", "The region: `us-central1`."),
    ("request_reason", "Why requests are made, for the audit log."),
    (
        "request_timeout",
        "How long a request may take. It is accepted and has no effect: regprov has limits of its own.",
    ),
    (
        "terraform_attribution_label_addition_strategy",
        "When the label of attribution is added. It is accepted; regprov adds it only to new objects.",
    ),
    (
        "universe_domain",
        "The domain of Google's services, where it is another.",
    ),
    ("zone", "The zone: `us-central1-a`."),
];

const TRUTHS: &[(&str, &str)] = &[
    (
        "add_terraform_attribution_label",
        "Whether new objects get the label `goog-terraform-provisioned`. Without it they do not.",
    ),
    (
        "prefer_global_endpoints",
        "It is accepted and has no effect: regprov asks global endpoints.",
    ),
    (
        "prefer_regional_endpoints",
        "It is accepted and has no effect: regprov asks global endpoints.",
    ),
    (
        "user_project_override",
        "Whether `billing_project`, or the project, pays for requests.",
    ),
];

/// Secrets among them. The public schema does not mark these; nothing that regprov writes may hold them.
const SECRET: &[&str] = &["access_token", "credentials"];

/// The configuration of `google`.
pub(super) fn block() -> Block {
    let mut block = Block {
        description: "Where and as whom to manage Google.",
        ..Block::default()
    };
    for (name, description) in TEXTS {
        let mut attribute = optional(Type::String, description);
        attribute.sensitive = SECRET.contains(name);
        block.attributes.insert(name, attribute);
    }
    for (name, description) in TRUTHS {
        block.attributes.insert(name, optional(Type::Bool, description));
    }
    let lists = [
        (
            "impersonate_service_account_delegates",
            "Service accounts between, each of which lends to the next.",
        ),
        ("scopes", "What tokens are asked for."),
    ];
    for (name, description) in lists {
        block
            .attributes
            .insert(name, optional(Type::list(Type::String), description));
    }
    block.attributes.insert(
        "default_labels",
        optional(
            Type::map(Type::String),
            "Labels of everything that can have labels.",
        ),
    );
    for name in endpoints::CUSTOM {
        block
            .attributes
            .insert(name, optional(Type::String, "Where a service of Google is."));
    }
    block.blocks.insert("batching", batching());
    block.blocks.insert("external_credentials", external());
    block
}

fn batching() -> NestedBlock {
    let mut block = Block {
        description: "How changes of one policy are gathered.",
        ..Block::default()
    };
    block.attributes.insert(
        "send_after",
        optional(Type::String, "How long they are gathered at most: `3s`."),
    );
    block.attributes.insert(
        "enable_batching",
        optional(Type::Bool, "Whether they are gathered at all."),
    );
    nested(block)
}

fn external() -> NestedBlock {
    let mut block = Block {
        description: "A token of another identity provider.",
        ..Block::default()
    };
    let required = |description: &'static str| Attribute {
        required: true,
        description,
        ..Attribute::new(Type::String)
    };
    block.attributes.insert(
        "audience",
        required("The full name of the provider of the workload identity pool."),
    );
    block.attributes.insert(
        "service_account_email",
        required("The service account in whose name requests are made."),
    );
    let mut token = required("The token.");
    token.sensitive = true;
    block.attributes.insert("identity_token", token);
    nested(block)
}

const fn nested(block: Block) -> NestedBlock {
    NestedBlock {
        nesting: Nesting::List,
        block,
        min_items: 0,
        max_items: 1,
        replaces: false,
        computed: false,
    }
}

fn optional(ty: Type, description: &'static str) -> Attribute {
    Attribute {
        optional: true,
        description,
        ..Attribute::new(ty)
    }
}
