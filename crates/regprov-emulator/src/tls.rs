//! The sandbox's certificate authority and the certificate of its listeners.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::owner::{OpenError, write_private};

const NAMES: [&str; 4] = ["localhost", "*.localhost", "127.0.0.1", "::1"];

/// Where the authority's certificate is, for clients to trust.
pub(crate) fn ca_path(root: &Path) -> PathBuf {
    root.join("ca.pem")
}

/// The listeners' TLS configuration; authority and certificate are made once and kept.
pub(crate) fn server_config(root: &Path) -> Result<Arc<ServerConfig>, OpenError> {
    let (certificate, key) = (root.join("tls.pem"), root.join("tls.key"));
    if !(certificate.exists() && key.exists() && ca_path(root).exists()) {
        generate(root, &certificate, &key)?;
    }
    let damaged = |_| OpenError::damaged(root, &"its TLS certificate is damaged");
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&certificate)
        .and_then(Iterator::collect)
        .map_err(damaged)?;
    let key = PrivateKeyDer::from_pem_file(&key).map_err(damaged)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| OpenError::damaged(root, &error))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn generate(root: &Path, certificate: &Path, key: &Path) -> Result<(), OpenError> {
    let made = certificates().map_err(|error| OpenError::damaged(root, &error))?;
    write_private(key, made.key.as_bytes()).map_err(OpenError::io("write", key))?;
    write_private(certificate, made.certificate.as_bytes()).map_err(OpenError::io("write", certificate))?;
    let ca = ca_path(root);
    write_private(&ca, made.ca.as_bytes()).map_err(OpenError::io("write", &ca))
}

struct Made {
    ca: String,
    certificate: String,
    key: String,
}

fn certificates() -> Result<Made, rcgen::Error> {
    let mut authority = CertificateParams::new(Vec::<String>::new())?;
    authority
        .distinguished_name
        .push(DnType::CommonName, "regprov sandbox");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![
        KeyUsagePurpose::KeyCertSign,
        KeyUsagePurpose::CrlSign,
        KeyUsagePurpose::DigitalSignature,
    ];
    (authority.not_before, authority.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2049, 1, 1));
    let authority_key = KeyPair::generate()?;
    let ca = authority.self_signed(&authority_key)?.pem();
    let issuer = Issuer::new(authority, authority_key);

    let mut leaf = CertificateParams::new(NAMES.map(str::to_owned))?;
    leaf.distinguished_name.push(DnType::CommonName, "localhost");
    leaf.use_authority_key_identifier_extension = true;
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    (leaf.not_before, leaf.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2049, 1, 1));
    let key = KeyPair::generate()?;
    let certificate = leaf.signed_by(&key, &issuer)?.pem();
    Ok(Made {
        ca,
        certificate,
        key: key.serialize_pem(),
    })
}
