//! The arguments of the block.

use crate::settings::{Argument, Kind, Remark, flag, number, other, secret, text};

const RENAMED_ENDPOINT: Remark = Remark::Warn("has a successor, which is `endpoints`.");
const NO_EFFECT: Remark = Remark::Warn("is of no effect here.");
const PROXY: Remark =
    Remark::Refuse("is not known. Set HTTPS_PROXY, HTTP_PROXY and NO_PROXY in the environment instead.");

pub(crate) const ARGUMENTS: &[Argument] = &[
    text("bucket").required(),
    text("key").required(),
    text("region").or_from(&["AWS_REGION", "AWS_DEFAULT_REGION"]),
    other("allowed_account_ids", Kind::Texts),
    text("dynamodb_endpoint").saying(DYNAMODB),
    text("ec2_metadata_service_endpoint").or_from(&["AWS_EC2_METADATA_SERVICE_ENDPOINT"]),
    text("ec2_metadata_service_endpoint_mode").or_from(&["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"]),
    text("endpoint").saying(RENAMED_ENDPOINT),
    other("endpoints", Kind::Object(ENDPOINTS)),
    other("forbidden_account_ids", Kind::Texts),
    text("iam_endpoint").saying(NO_EFFECT),
    text("sts_endpoint").saying(RENAMED_ENDPOINT),
    text("sts_region"),
    flag("encrypt"),
    text("acl"),
    text("access_key"),
    secret("secret_key"),
    text("kms_key_id"),
    text("dynamodb_table").saying(DYNAMODB),
    flag("use_lockfile"),
    text("profile"),
    text("retry_mode").saying(NO_EFFECT),
    other("shared_config_files", Kind::Texts),
    text("shared_credentials_file").saying(Remark::Warn(
        "has a successor, which is `shared_credentials_files`.",
    )),
    other("shared_credentials_files", Kind::Texts),
    secret("token"),
    flag("skip_credentials_validation"),
    flag("skip_requesting_account_id"),
    flag("skip_metadata_api_check"),
    flag("skip_region_validation"),
    flag("skip_s3_checksum"),
    secret("sse_customer_key").or_from(&["AWS_SSE_CUSTOMER_KEY"]),
    text("workspace_key_prefix"),
    flag("force_path_style").saying(Remark::Warn("has a successor, which is `use_path_style`.")),
    flag("use_path_style"),
    number("max_retries").or_from(&["AWS_MAX_ATTEMPTS"]),
    other("assume_role", Kind::Object(ASSUME_ROLE)),
    other("assume_role_with_web_identity", Kind::Object(WEB_IDENTITY)),
    text("custom_ca_bundle").saying(Remark::Refuse(
        "is not known. Name the file in the environment as REGPROV_CA_BUNDLE or SSL_CERT_FILE instead.",
    )),
    text("http_proxy").saying(PROXY),
    text("https_proxy").saying(PROXY),
    text("no_proxy").saying(PROXY),
    flag("insecure").saying(Remark::Refuse(
        "is never done: certificates are always checked. Name the authority of a certificate of your own in the \
         environment as REGPROV_CA_BUNDLE instead.",
    )),
    flag("use_fips_endpoint").or_from(&["AWS_USE_FIPS_ENDPOINT"]),
    flag("use_dualstack_endpoint").or_from(&["AWS_USE_DUALSTACK_ENDPOINT"]),
    // Of the arguments before `assume_role` was an object.
    text("role_arn").saying(MOVED_ROLE),
    text("session_name").saying(MOVED_ROLE),
    text("external_id").saying(MOVED_ROLE),
];

const MOVED_ROLE: Remark = Remark::Refuse("has moved into `assume_role = { … }`.");

const DYNAMODB: Remark = Remark::Refuse(
    "is the old way to lock: the lock stands in another service than the state, and does not keep a paused run from \
     overwriting it. Remove it, and set `use_lockfile = true` for Terraform (1.10 and later); regprov keeps its lock beside \
     the state either way. With both set in Terraform's files it would still write a digest there that only it keeps up \
     to date.",
);

const ENDPOINTS: &[Argument] = &[
    text("dynamodb").saying(DYNAMODB),
    text("iam").saying(NO_EFFECT),
    text("s3"),
    text("sso").saying(NO_EFFECT),
    text("sts"),
];

const ASSUME_ROLE: &[Argument] = &[
    text("role_arn").required(),
    text("duration"),
    text("external_id"),
    text("policy"),
    other("policy_arns", Kind::Texts),
    text("session_name"),
    text("source_identity"),
    other("tags", Kind::TextMap),
    other("transitive_tag_keys", Kind::Texts),
];

const WEB_IDENTITY: &[Argument] = &[
    text("role_arn").required().or_from(&["AWS_ROLE_ARN"]),
    text("duration"),
    text("policy"),
    other("policy_arns", Kind::Texts),
    text("session_name").or_from(&["AWS_ROLE_SESSION_NAME"]),
    secret("web_identity_token").or_from(&["AWS_WEB_IDENTITY_TOKEN"]),
    text("web_identity_token_file").or_from(&["AWS_WEB_IDENTITY_TOKEN_FILE"]),
];
