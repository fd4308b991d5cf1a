//! Certificates of applications and service principals.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use rustls::pki_types::CertificateDer;

use super::body::{Fields, invalid, required};
use super::failure::Failure;
use crate::azure::directory::KeyCredential;
use crate::clock;
use crate::store::Transaction;

const ONE_YEAR_MS: i64 = 365 * 24 * 3600 * 1000;
const TYPE: &str = "KeyCredential";

/// The credentials that a request lists: those known by their id stay, others bring their certificate.
pub(super) fn replace(
    tx: &mut Transaction,
    old: &[KeyCredential],
    wanted: Vec<Fields>,
) -> Result<Vec<KeyCredential>, Failure> {
    wanted.into_iter().map(|fields| one(tx, old, fields)).collect()
}

fn one(tx: &mut Transaction, old: &[KeyCredential], mut fields: Fields) -> Result<KeyCredential, Failure> {
    let id = fields.text("keyId")?;
    let key = fields.text("key")?;
    if key.is_none() {
        let known = id.and_then(|id| old.iter().find(|key| key.key_id.eq_ignore_ascii_case(&id)));
        return known.cloned().ok_or_else(|| required("key", TYPE));
    }
    let (usage, kind) = (fields.text("usage")?, fields.text("type")?);
    if usage.as_deref() != Some("Verify") {
        return Err(invalid("usage"));
    }
    if kind.as_deref() != Some("AsymmetricX509Cert") {
        return Err(invalid("type"));
    }
    let certificate = STANDARD
        .decode(key.unwrap_or_default())
        .map_err(|_| invalid("key"))?;
    if webpki::EndEntityCert::try_from(&CertificateDer::from(certificate.as_slice())).is_err() {
        return Err(Failure::bad_request("Key credential has an invalid certificate."));
    }
    let display_name = fields.text("displayName")?;
    let start = fields.instant("startDateTime")?.unwrap_or_else(|| tx.now());
    let end = fields
        .instant("endDateTime")?
        .unwrap_or_else(|| clock::add(start, ONE_YEAR_MS));
    fields.text("customKeyIdentifier")?;
    fields.nothing_left(TYPE)?;
    if end <= start {
        return Err(invalid("endDateTime"));
    }
    Ok(KeyCredential {
        key_id: id.unwrap_or_else(|| tx.new_uuid().to_string()),
        display_name,
        start,
        end,
        thumbprint: hex::encode_upper(digest(&SHA1_FOR_LEGACY_USE_ONLY, &certificate)),
        certificate: STANDARD.encode(certificate),
    })
}
