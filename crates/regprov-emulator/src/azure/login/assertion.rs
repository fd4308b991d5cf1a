//! Client assertions: a JWT signed with a registered certificate, or the token of a trusted issuer.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use rustls::pki_types::CertificateDer;
use serde_json::Value;

use super::failure::Failure;
use super::token::secret_failure;
use super::{TOKEN_ISSUERS, issuer};
use crate::azure::directory::{
    self, FEDERATED_CREDENTIALS, FederatedCredential, KeyCredential, SecretProblem, ServicePrincipal,
};
use crate::call::Call;
use crate::jwt::Jwt;
use crate::store::Transaction;

/// The service principal that an assertion proves the client to be.
pub(super) fn authenticate(
    tx: &Transaction,
    call: &Call,
    client_id: &str,
    assertion: &str,
) -> Result<ServicePrincipal, Failure> {
    let jwt = Jwt::parse(assertion)
        .ok_or_else(|| Failure::request(50_027, "JWT token is invalid or malformed."))?;
    if !jwt.is_current(tx.now().as_second()) {
        return Err(Failure::client(
            700_024,
            "Client assertion is not within its valid time range. Review the documentation at https://aka.ms/certCreds .",
        ));
    }
    if jwt.claim("iss").eq_ignore_ascii_case(client_id) {
        by_certificate(tx, call, client_id, &jwt)
    } else {
        by_federation(tx, call, client_id, &jwt)
    }
}

fn by_certificate(
    tx: &Transaction,
    call: &Call,
    client_id: &str,
    jwt: &Jwt<'_>,
) -> Result<ServicePrincipal, Failure> {
    let principal = directory::acting_principal(tx, client_id)
        .map_err(|problem| secret_failure(tx, client_id, problem))?;
    let application = directory::application_by_app_id(tx, client_id)
        .ok_or_else(|| secret_failure(tx, client_id, SecretProblem::UnknownClient))?;
    let unknown = || {
        Failure::client(
            700_027,
            format!(
                "The certificate with identifier used to sign the client assertion is not registered on application '{client_id}'. [Reason - The key was not found.]"
            ),
        )
    };
    if !jwt.claim("sub").eq_ignore_ascii_case(client_id) || !audience_is_ours(tx, call, jwt) {
        return Err(Failure::client(
            700_023,
            "Client assertion audience claim does not match Realm issuer.",
        ));
    }
    let (key, certificate) = application
        .keys
        .iter()
        .chain(&principal.keys)
        .filter_map(|key| Some((key, STANDARD.decode(&key.certificate).ok()?)))
        .find(|(_, certificate)| names_certificate(&jwt.header, certificate))
        .ok_or_else(unknown)?;
    let now = tx.now();
    if !(key_is_valid(key, now) && signed_by_certificate(jwt, certificate)) {
        let reason = if key_is_valid(key, now) {
            "The signature is invalid"
        } else {
            "The key was found, but is expired"
        };
        return Err(Failure::client(
            700_027,
            format!(
                "Client assertion failed signature validation. [Reason - {reason}., Thumbprint of key used by client: '{}']",
                key.thumbprint
            ),
        ));
    }
    Ok(principal)
}

fn key_is_valid(key: &KeyCredential, now: jiff::Timestamp) -> bool {
    key.start <= now && now < key.end
}

/// The audience of a certificate's assertion is the token endpoint or the issuer, on whatever name of this machine.
fn audience_is_ours(tx: &Transaction, call: &Call, jwt: &Jwt<'_>) -> bool {
    let tenant = directory::tenant(tx);
    let known = [
        call.path.clone(),
        format!("/{}/v2.0", tenant.id),
        format!("/{}", tenant.id),
    ];
    jwt.audiences().iter().any(|audience| {
        url::Url::parse(audience).is_ok_and(|url| {
            known.iter().any(|path| {
                path.trim_matches('/')
                    .eq_ignore_ascii_case(url.path().trim_matches('/'))
            })
        })
    })
}

/// Whether the header names this certificate: `x5t` or `kid` by SHA-1, `x5t#S256` by SHA-256.
fn names_certificate(header: &Value, certificate: &[u8]) -> bool {
    let sha1 = digest(&SHA1_FOR_LEGACY_USE_ONLY, certificate);
    let sha256 = digest(&SHA256, certificate);
    let names = |field: &str, wanted: &[u8]| {
        let value = header.get(field).and_then(Value::as_str);
        value.is_some_and(|value| {
            URL_SAFE_NO_PAD
                .decode(value.trim_end_matches('='))
                .is_ok_and(|bytes| bytes == wanted)
                || value.eq_ignore_ascii_case(&hex::encode(wanted))
        })
    };
    names("x5t", sha1.as_ref()) || names("kid", sha1.as_ref()) || names("x5t#S256", sha256.as_ref())
}

fn signed_by_certificate(jwt: &Jwt<'_>, certificate: Vec<u8>) -> bool {
    let certificate = CertificateDer::from(certificate);
    let Ok(certificate) = webpki::EndEntityCert::try_from(&certificate) else {
        return false;
    };
    let verify = |algorithm: &dyn rustls::pki_types::SignatureVerificationAlgorithm, signature: &[u8]| {
        certificate
            .verify_signature(algorithm, jwt.signed.as_bytes(), signature)
            .is_ok()
    };
    match jwt.algorithm() {
        "RS256" => verify(webpki::ring::RSA_PKCS1_2048_8192_SHA256, &jwt.signature),
        "PS256" => verify(webpki::ring::RSA_PSS_2048_8192_SHA256_LEGACY_KEY, &jwt.signature),
        "ES256" => verify(webpki::ring::ECDSA_P256_SHA256, &der_signature(&jwt.signature)),
        _ => false,
    }
}

/// An ECDSA signature as certificates have it: the two halves of a JWT's, as DER integers.
fn der_signature(fixed: &[u8]) -> Vec<u8> {
    let integer = |half: &[u8]| {
        let start = half.iter().position(|byte| *byte != 0).unwrap_or(half.len());
        let mut bytes = half[start..].to_vec();
        if bytes.first().is_none_or(|byte| *byte >= 0x80) {
            bytes.insert(0, 0);
        }
        let mut der = vec![0x02, u8::try_from(bytes.len()).unwrap_or(0)];
        der.extend(bytes);
        der
    };
    let (r, s) = fixed.split_at(fixed.len() / 2);
    let body = [integer(r), integer(s)].concat();
    let mut der = vec![0x30, u8::try_from(body.len()).unwrap_or(0)];
    der.extend(body);
    der
}

fn by_federation(
    tx: &Transaction,
    call: &Call,
    client_id: &str,
    jwt: &Jwt<'_>,
) -> Result<ServicePrincipal, Failure> {
    let unknown = || secret_failure(tx, client_id, SecretProblem::UnknownClient);
    let identity = directory::service_principal_by_app_id(tx, client_id).filter(|p| p.managed_identity);
    let (parent, principal) = match identity {
        Some(identity) => (identity.id.clone(), identity),
        None => {
            let principal = directory::acting_principal(tx, client_id)
                .map_err(|problem| secret_failure(tx, client_id, problem))?;
            (
                directory::application_by_app_id(tx, client_id)
                    .ok_or_else(unknown)?
                    .id,
                principal,
            )
        }
    };
    let credentials: Vec<FederatedCredential> = tx
        .scan::<FederatedCredential>(FEDERATED_CREDENTIALS, &format!("{parent}/"))
        .into_iter()
        .map(|(_, credential)| credential)
        .filter(|credential| credential.effective_from <= tx.now())
        .collect();
    let (issuer, subject) = (jwt.claim("iss"), jwt.claim("sub"));
    let no_match = |code, what: &str, value: &str| {
        Failure::client(
            code,
            format!(
                "No matching federated identity record found for presented assertion {what} '{value}'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation"
            ),
        )
    };
    let by_issuer: Vec<_> = credentials
        .iter()
        .filter(|credential| credential.issuer == issuer)
        .collect();
    if by_issuer.is_empty() {
        return Err(no_match(700_211, "issuer", issuer));
    }
    let by_subject: Vec<_> = by_issuer
        .into_iter()
        .filter(|credential| credential.subject == subject)
        .collect();
    if by_subject.is_empty() {
        return Err(no_match(700_213, "subject", subject));
    }
    let audiences = jwt.audiences();
    if !by_subject.iter().any(|c| {
        c.audiences
            .iter()
            .any(|audience| audiences.contains(&audience.as_str()))
    }) {
        return Err(no_match(700_212, "audience", &audiences.join(" ")));
    }
    verify_foreign(tx, call, jwt, issuer)?;
    Ok(principal)
}

/// Checks a federated token's signature against the keys of its issuer.
fn verify_foreign(tx: &Transaction, call: &Call, jwt: &Jwt<'_>, issuer: &str) -> Result<(), Failure> {
    let own_tenant = directory::tenant(tx).id;
    let own = issuer == issuer::GITHUB
        || issuer == format!("{}/{own_tenant}/v2.0", call.base_url())
        || issuer == format!("https://login.microsoftonline.com/{own_tenant}/v2.0");
    let keys: Vec<Value> = if own {
        vec![tx.keys().jwk()]
    } else {
        let jwks: Value = tx.get(TOKEN_ISSUERS, issuer).ok_or_else(|| {
            Failure::request(
                50_166,
                format!("Request to External OIDC endpoint failed: the sandbox knows no keys of the issuer '{issuer}'; a scene can name them under token_issuers."),
            )
        })?;
        jwks.get("keys")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    if keys.iter().any(|key| jwt.is_signed_by(key)) {
        return Ok(());
    }
    Err(Failure::client(
        500_061,
        "Client assertion failed signature validation: no key of the issuer verifies it.",
    ))
}
