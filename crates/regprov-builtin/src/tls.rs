//! `tls_private_key`: asymmetric keys drawn once and kept in the state.

mod der;
mod key;
mod openssh;
mod private_key;

use crate::package::{Package, Surroundings};
use regprov_provider::Provider;
use std::sync::Arc;

pub(crate) fn provider(surroundings: &Surroundings) -> Arc<dyn Provider> {
    let mut package = Package::new("tls", &["hashicorp/tls"], surroundings);
    package.major = 4;
    package.resources = vec![regprov_provider::resource::<private_key::TlsPrivateKey>()];
    package.left_out = &[
        (
            "tls_cert_request",
            "Make the request with openssl and read it with `file`.",
        ),
        (
            "tls_locally_signed_cert",
            "Sign the certificate with openssl and read it with `file`.",
        ),
        (
            "tls_self_signed_cert",
            "Make the certificate with openssl and read it with `file`.",
        ),
        (
            "tls_certificate",
            "Fetch the certificate with openssl and read it with `file`.",
        ),
        (
            "tls_public_key",
            "Use the attributes of `tls_private_key`, or `ssh-keygen -y`.",
        ),
    ];
    Arc::new(package)
}
