//! The schemas of the two provider configurations: the union of the versions.

use regprov_schema::{Attribute, Block, NestedBlock, Nesting};
use regprov_value::Type;

/// Arguments that both providers have: name, and whether it is a flag.
const SHARED: &[(&str, bool)] = &[
    ("ado_pipeline_service_connection_id", false),
    ("client_certificate", false),
    ("client_certificate_password", false),
    ("client_certificate_path", false),
    ("client_id", false),
    ("client_id_file_path", false),
    ("client_secret", false),
    ("client_secret_file_path", false),
    ("disable_terraform_partner_id", true),
    ("environment", false),
    ("metadata_host", false),
    ("msi_endpoint", false),
    ("oidc_request_token", false),
    ("oidc_request_url", false),
    ("oidc_token", false),
    ("oidc_token_file_path", false),
    ("partner_id", false),
    ("tenant_id", false),
    ("use_aks_workload_identity", true),
    ("use_cli", true),
    ("use_msi", true),
    ("use_oidc", true),
];

/// Secrets among them. The public schema does not mark these; nothing that regprov writes may hold them.
const SECRET: &[&str] = &[
    "client_certificate",
    "client_certificate_password",
    "client_secret",
    "oidc_request_token",
    "oidc_token",
];

/// The blocks of `features`, with their flags. They set services that regprov does not manage, but for `resource_group`.
const FEATURES: &[(&str, &[&str])] = &[
    (
        "api_management",
        &["purge_soft_delete_on_destroy", "recover_soft_deleted"],
    ),
    (
        "app_configuration",
        &["purge_soft_delete_on_destroy", "recover_soft_deleted"],
    ),
    ("application_insights", &["disable_generated_rule"]),
    ("cognitive_account", &["purge_soft_delete_on_destroy"]),
    ("databricks_workspace", &["force_delete"]),
    (
        "key_vault",
        &[
            "purge_soft_delete_on_destroy",
            "purge_soft_deleted_certificates_on_destroy",
            "purge_soft_deleted_hardware_security_module_keys_on_destroy",
            "purge_soft_deleted_hardware_security_modules_on_destroy",
            "purge_soft_deleted_keys_on_destroy",
            "purge_soft_deleted_secrets_on_destroy",
            "recover_soft_deleted_certificates",
            "recover_soft_deleted_hardware_security_module_keys",
            "recover_soft_deleted_key_vaults",
            "recover_soft_deleted_keys",
            "recover_soft_deleted_secrets",
        ],
    ),
    ("log_analytics_workspace", &["permanently_delete_on_destroy"]),
    ("machine_learning", &["purge_soft_deleted_workspace_on_destroy"]),
    ("managed_disk", &["expand_without_downtime"]),
    (
        "netapp",
        &[
            "delete_backups_on_backup_vault_destroy",
            "prevent_volume_destruction",
        ],
    ),
    (
        "postgresql_flexible_server",
        &["restart_server_on_configuration_value_change"],
    ),
    (
        "recovery_service",
        &[
            "purge_protected_items_from_vault_on_destroy",
            "vm_backup_stop_protection_and_retain_data_on_destroy",
            "vm_backup_suspend_protection_and_retain_data_on_destroy",
        ],
    ),
    (
        "recovery_services_vaults",
        &["recover_soft_deleted_backup_protected_vm"],
    ),
    ("resource_group", &["prevent_deletion_if_contains_resources"]),
    ("servicebus", &["auto_delete_subscription_default_rule"]),
    ("storage", &["data_plane_available"]),
    ("subscription", &["prevent_cancellation_on_destroy"]),
    ("template_deployment", &["delete_nested_items_during_deletion"]),
    (
        "virtual_machine",
        &[
            "delete_os_disk_on_deletion",
            "detach_implicit_data_disk_on_deletion",
            "graceful_shutdown",
            "skip_shutdown_and_force_delete",
        ],
    ),
    (
        "virtual_machine_scale_set",
        &[
            "force_delete",
            "reimage_on_manual_upgrade",
            "roll_instances_when_required",
            "scale_to_zero_before_deletion",
        ],
    ),
];

/// The configuration of `azuread`.
pub(super) fn azuread() -> Block {
    let mut block = Block {
        description: "Where and as whom to manage Entra.",
        ..Block::default()
    };
    for (name, flag) in SHARED {
        block
            .attributes
            .insert(name, optional(if *flag { Type::Bool } else { Type::String }));
    }
    for name in SECRET {
        if let Some(attribute) = block.attributes.get_mut(name) {
            attribute.sensitive = true;
        }
    }
    block
}

/// The configuration of `azurerm`.
pub(super) fn azurerm() -> Block {
    let mut block = azuread();
    block.description = "Where and as whom to manage Azure.";
    for name in [
        "msi_api_version",
        "resource_provider_registrations",
        "subscription_id",
    ] {
        block.attributes.insert(name, optional(Type::String));
    }
    for name in ["auxiliary_tenant_ids", "resource_providers_to_register"] {
        block.attributes.insert(name, optional(Type::list(Type::String)));
    }
    for name in ["disable_correlation_request_id", "storage_use_azuread"] {
        block.attributes.insert(name, optional(Type::Bool));
    }
    let dropped = Attribute {
        deprecated: Some(
            "regprov registers a resource provider only when the service asks for it, so the argument has no effect; leave it away",
        ),
        ..optional(Type::Bool)
    };
    block.attributes.insert("skip_provider_registration", dropped);
    block.blocks.insert("features", nested(features()));
    let mut validation = flags(&["locations", "resource_providers"]);
    validation.deprecated =
        Some("azurerm 5 has it inside `features`; regprov always checks while planning, leave it away");
    block.blocks.insert("enhanced_validation", nested(validation));
    block
}

fn features() -> Block {
    let mut block = flags(&[
        "persist_id_on_create_before_polling_for_completion",
        "skip_import_check_on_create_and_allow_overwriting_existing_resources",
    ]);
    for (name, inner) in FEATURES {
        block.blocks.insert(name, nested(flags(inner)));
    }
    let mut validation = flags(&["locations", "preflight_enabled", "resource_providers"]);
    validation
        .attributes
        .insert("preflight_location_fallback", optional(Type::String));
    block.blocks.insert("enhanced_validation", nested(validation));
    let deployment = block
        .blocks
        .get_mut("template_deployment")
        .map(|nested| &mut nested.block);
    if let Some(flag) =
        deployment.and_then(|block| block.attributes.get_mut("delete_nested_items_during_deletion"))
    {
        flag.required = true;
        flag.optional = false;
    }
    let machine = block
        .blocks
        .get_mut("virtual_machine")
        .map(|nested| &mut nested.block);
    if let Some(flag) = machine.and_then(|block| block.attributes.get_mut("graceful_shutdown")) {
        flag.deprecated = Some("it has no effect; leave it away");
    }
    block
}

fn flags(names: &[&'static str]) -> Block {
    let mut block = Block::default();
    for name in names {
        block.attributes.insert(name, optional(Type::Bool));
    }
    block
}

fn optional(ty: Type) -> Attribute {
    Attribute {
        optional: true,
        ..Attribute::new(ty)
    }
}

fn nested(block: Block) -> NestedBlock {
    NestedBlock {
        nesting: Nesting::List,
        block,
        min_items: 0,
        max_items: 0,
        replaces: false,
        computed: false,
    }
}
