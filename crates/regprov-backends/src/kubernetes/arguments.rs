//! The arguments of the block.

use crate::settings::{Argument, Kind, Remark, flag, other, secret, text};

pub(crate) const ARGUMENTS: &[Argument] = &[
    text("secret_suffix").required(),
    other("labels", Kind::TextMap),
    text("namespace").or_from(&["KUBE_NAMESPACE"]),
    flag("in_cluster_config").or_from(&["KUBE_IN_CLUSTER_CONFIG"]),
    flag("load_config_file").or_from(&["KUBE_LOAD_CONFIG_FILE"]),
    text("host").or_from(&["KUBE_HOST"]),
    text("username").or_from(&["KUBE_USER"]),
    secret("password").or_from(&["KUBE_PASSWORD"]),
    flag("insecure").or_from(&["KUBE_INSECURE"]).saying(Remark::Refuse(
        "is never done: certificates are always checked. Give the cluster's authority as `cluster_ca_certificate`.",
    )),
    text("client_certificate").or_from(&["KUBE_CLIENT_CERT_DATA"]),
    secret("client_key").or_from(&["KUBE_CLIENT_KEY_DATA"]),
    text("cluster_ca_certificate").or_from(&["KUBE_CLUSTER_CA_CERT_DATA"]),
    other("config_paths", Kind::Texts),
    text("config_path").or_from(&["KUBE_CONFIG_PATH"]),
    text("config_context").or_from(&["KUBE_CTX"]),
    text("config_context_auth_info").or_from(&["KUBE_CTX_AUTH_INFO"]),
    text("config_context_cluster").or_from(&["KUBE_CTX_CLUSTER"]),
    secret("token").or_from(&["KUBE_TOKEN"]),
    text("proxy_url").or_from(&["KUBE_PROXY_URL"]).saying(Remark::Refuse(
        "is not known. Set HTTPS_PROXY and NO_PROXY in the environment instead.",
    )),
    other("exec", Kind::Block(EXEC)),
];

const EXEC: &[Argument] = &[
    text("api_version"),
    text("command"),
    other("env", Kind::TextMap),
    other("args", Kind::Texts),
];
