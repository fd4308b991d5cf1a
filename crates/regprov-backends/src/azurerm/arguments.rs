//! The arguments of the block.

use crate::settings::{Argument, Remark, flag, secret, text};

const NO_EFFECT: Remark = Remark::Warn("is of no effect here.");

pub(crate) const ARGUMENTS: &[Argument] = &[
    text("storage_account_name").required(),
    text("container_name").required(),
    text("key").required(),
    text("metadata_host").or_from(&["ARM_METADATA_HOST", "ARM_METADATA_HOSTNAME"]),
    text("environment").or_from(&["ARM_ENVIRONMENT"]),
    secret("access_key").or_from(&["ARM_ACCESS_KEY"]),
    secret("sas_token").or_from(&["ARM_SAS_TOKEN"]),
    flag("snapshot").or_from(&["ARM_SNAPSHOT"]),
    text("resource_group_name"),
    text("client_id").or_from(&["ARM_CLIENT_ID"]),
    text("client_id_file_path").or_from(&["ARM_CLIENT_ID_FILE_PATH"]),
    text("endpoint").saying(NO_EFFECT),
    text("subscription_id").or_from(&["ARM_SUBSCRIPTION_ID"]),
    text("tenant_id").or_from(&["ARM_TENANT_ID"]),
    secret("client_certificate").or_from(&["ARM_CLIENT_CERTIFICATE"]),
    secret("client_certificate_password").or_from(&["ARM_CLIENT_CERTIFICATE_PASSWORD"]),
    text("client_certificate_path").or_from(&["ARM_CLIENT_CERTIFICATE_PATH"]),
    secret("client_secret").or_from(&["ARM_CLIENT_SECRET"]),
    text("client_secret_file_path").or_from(&["ARM_CLIENT_SECRET_FILE_PATH"]),
    flag("use_msi").or_from(&["ARM_USE_MSI"]),
    text("msi_endpoint").or_from(&["ARM_MSI_ENDPOINT"]),
    flag("use_oidc").or_from(&["ARM_USE_OIDC"]),
    secret("oidc_token").or_from(&["ARM_OIDC_TOKEN"]),
    text("oidc_token_file_path").or_from(&["ARM_OIDC_TOKEN_FILE_PATH"]),
    text("oidc_request_url").or_from(&["ARM_OIDC_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_URL"]),
    secret("oidc_request_token").or_from(&["ARM_OIDC_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"]),
    text("ado_pipeline_service_connection_id").or_from(&["ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID"]),
    flag("use_azuread_auth").or_from(&["ARM_USE_AZUREAD"]),
    flag("use_cli").or_from(&["ARM_USE_CLI"]),
    flag("use_aks_workload_identity").or_from(&["ARM_USE_AKS_WORKLOAD_IDENTITY"]),
    flag("lookup_blob_endpoint")
        .or_from(&["ARM_USE_DNS_ZONE_ENDPOINT"])
        .saying(NO_EFFECT),
];

/// What a sign-in reads from the environment, by argument.
pub(super) const SIGN_IN: &[(&str, &str)] = &[
    ("metadata_host", "ARM_METADATA_HOSTNAME"),
    ("environment", "ARM_ENVIRONMENT"),
    ("client_id", "ARM_CLIENT_ID"),
    ("client_id_file_path", "ARM_CLIENT_ID_FILE_PATH"),
    ("subscription_id", "ARM_SUBSCRIPTION_ID"),
    ("tenant_id", "ARM_TENANT_ID"),
    ("client_certificate", "ARM_CLIENT_CERTIFICATE"),
    ("client_certificate_password", "ARM_CLIENT_CERTIFICATE_PASSWORD"),
    ("client_certificate_path", "ARM_CLIENT_CERTIFICATE_PATH"),
    ("client_secret", "ARM_CLIENT_SECRET"),
    ("client_secret_file_path", "ARM_CLIENT_SECRET_FILE_PATH"),
    ("msi_endpoint", "ARM_MSI_ENDPOINT"),
    ("oidc_token", "ARM_OIDC_TOKEN"),
    ("oidc_token_file_path", "ARM_OIDC_TOKEN_FILE_PATH"),
    ("oidc_request_url", "ARM_OIDC_REQUEST_URL"),
    ("oidc_request_token", "ARM_OIDC_REQUEST_TOKEN"),
    (
        "ado_pipeline_service_connection_id",
        "ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID",
    ),
];

/// The flags among them.
pub(super) const SIGN_IN_FLAGS: &[(&str, &str)] = &[
    ("use_msi", "ARM_USE_MSI"),
    ("use_oidc", "ARM_USE_OIDC"),
    ("use_cli", "ARM_USE_CLI"),
    ("use_aks_workload_identity", "ARM_USE_AKS_WORKLOAD_IDENTITY"),
];
