//! Keys of service accounts: made by Google or uploaded, told once, and what verifies their signatures.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_RSA_SHA256};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, pem::PemObject as _};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::context::{Ask, Google, Reply, pruned};
use super::failure::Failure;
use super::service_account::{self, Account};
use crate::answer::Answer;
use crate::clock;
use crate::jwt::Jwt;
use crate::scene::Condition;
use crate::store::{PORTS, Transaction};

/// Keys by `{unique id}/{key id}`.
pub(super) const KEYS: &str = "google/service_account_keys";
/// The end of time, as keys without an end have it.
const FOREVER: &str = "9999-12-31T23:59:59Z";

/// A key, without its private half.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Key {
    pub(super) id: String,
    name: String,
    pub(super) algorithm: String,
    /// `GOOGLE_PROVIDED` or `USER_PROVIDED`.
    origin: String,
    /// The certificate, as PEM.
    certificate: String,
    /// The public key as PKCS #1, base64.
    public_key: String,
    valid_after: Timestamp,
    valid_before: String,
    disabled: bool,
    /// From when on it is of use.
    usable_from: Timestamp,
    soft_deleted_at: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateRequest {
    key_algorithm: Option<String>,
    private_key_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UploadRequest {
    #[serde(default)]
    public_key_data: String,
}

impl Key {
    fn is_live(&self, now: Timestamp) -> bool {
        let ended = self.valid_before.parse::<Timestamp>().is_ok_and(|end| end <= now);
        self.soft_deleted_at.is_none()
            && !self.disabled
            && !ended
            && self.valid_after <= now
            && self.usable_from <= now
    }

    fn body(&self, public: Option<&str>) -> Value {
        let data = match public {
            Some("TYPE_X509_PEM_FILE") => STANDARD.encode(&self.certificate),
            Some("TYPE_RAW_PUBLIC_KEY") => STANDARD.encode(raw_public_key(&self.public_key)),
            Some(_) | None => String::new(),
        };
        pruned(json!({
            "name": self.name, "keyAlgorithm": self.algorithm, "validAfterTime": clock::seconds(self.valid_after),
            "validBeforeTime": self.valid_before, "keyOrigin": self.origin, "keyType": "USER_MANAGED",
            "disabled": self.disabled, "publicKeyData": data,
        }))
    }
}

/// The key as the PEM text of a public key.
fn raw_public_key(pkcs1: &str) -> String {
    let der = STANDARD.decode(pkcs1).unwrap_or_default();
    // SubjectPublicKeyInfo: the algorithm rsaEncryption without parameters, then the key as a bit string.
    let algorithm = [
        0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
    ];
    let bits = der_of(0x03, &[&[0], der.as_slice()].concat());
    let whole = STANDARD.encode(der_of(0x30, &[&algorithm, bits.as_slice()].concat()));
    pem_of("PUBLIC KEY", &whole)
}

/// PEM of what is base64 already.
fn pem_of(label: &str, whole: &str) -> String {
    let lines: Vec<&str> = (0..whole.len())
        .step_by(64)
        .map(|at| &whole[at..whole.len().min(at + 64)])
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

fn der_of(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let bytes = length.to_be_bytes();
    let head = match length {
        0..=0x7f => vec![tag, bytes[bytes.len() - 1]],
        0x80..=0xff => vec![tag, 0x81, bytes[bytes.len() - 1]],
        _ => vec![tag, 0x82, bytes[bytes.len() - 2], bytes[bytes.len() - 1]],
    };
    [head, content.to_vec()].concat()
}

/// Whether a key of an account signed a token; the token's header may name the key.
pub(super) fn verifies(tx: &Transaction, account: &Account, jwt: &Jwt<'_>) -> bool {
    let named = jwt.header.get("kid").and_then(Value::as_str);
    let keys = of_account(tx, &account.unique_id);
    jwt.algorithm() == "RS256"
        && keys
            .iter()
            .filter(|key| key.is_live(tx.now()) && named.is_none_or(|named| named == key.id))
            .any(|key| {
                let public = STANDARD.decode(&key.public_key).unwrap_or_default();
                UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public)
                    .verify(jwt.signed.as_bytes(), &jwt.signature)
                    .is_ok()
            })
}

/// The account of a key file, where its private key is that of a key in use.
pub(super) fn account_of_file(tx: &Transaction, file: &Value) -> Option<Account> {
    let field = |name: &str| file.get(name).and_then(Value::as_str).unwrap_or_default();
    let account = service_account::by_email(tx, field("client_email")).filter(|account| !account.disabled)?;
    let der = PrivatePkcs8KeyDer::from_pem_slice(field("private_key").as_bytes()).ok()?;
    let pair = ring::rsa::KeyPair::from_pkcs8(der.secret_pkcs8_der()).ok()?;
    let public = STANDARD.encode(pair.public().as_ref());
    let live = of_account(tx, &account.unique_id);
    live.iter()
        .any(|key| key.is_live(tx.now()) && key.public_key == public)
        .then_some(account)
}

fn of_account(tx: &Transaction, unique_id: &str) -> Vec<Key> {
    let keys: Vec<(String, Key)> = tx.scan(KEYS, &format!("{unique_id}/"));
    keys.into_iter().map(|(_, key)| key).collect()
}

/// Puts all keys of an account into the recycle bin with it, or takes them out.
pub(super) fn set_deleted(tx: &mut Transaction, unique_id: &str, at: Option<Timestamp>) {
    for mut key in of_account(tx, unique_id) {
        key.soft_deleted_at = at;
        tx.put(KEYS, &format!("{unique_id}/{}", key.id), &key);
    }
}

/// Forgets all keys of an account.
pub(super) fn forget_all(tx: &mut Transaction, unique_id: &str) {
    for key in of_account(tx, unique_id) {
        tx.delete(KEYS, &format!("{unique_id}/{}", key.id));
    }
}

/// Answers what stands below an account's `keys`.
pub(super) fn handle(google: &mut Google<'_>, place: (&str, &str), (ask, rest): (&Ask, &[&str])) -> Reply {
    let (permission, verb) = match (ask.method, rest, ask.verb.as_deref()) {
        ("POST", [], None | Some("upload")) => ("iam.serviceAccountKeys.create", ask.verb.as_deref()),
        ("GET", [], None) => ("iam.serviceAccountKeys.list", None),
        ("GET", [_], None) => ("iam.serviceAccountKeys.get", None),
        ("DELETE", [_], None) => ("iam.serviceAccountKeys.delete", None),
        ("POST", [_], Some(verb @ "enable")) => ("iam.serviceAccountKeys.enable", Some(verb)),
        ("POST", [_], Some(verb @ "disable")) => ("iam.serviceAccountKeys.disable", Some(verb)),
        _ => return Err(Failure::unknown(google.call)),
    };
    let account = service_account::named(google, place, permission)?;
    match (ask.method, rest, verb) {
        ("POST", [], None) => create(google, &account),
        ("POST", [], _) => upload(google, &account),
        ("GET", [], _) => list(google, &account),
        (method, [id, ..], verb) => {
            let key: Option<Key> = google.tx.get(KEYS, &format!("{}/{id}", account.unique_id));
            let key =
                key.ok_or_else(|| Failure::absent(format!("Service account key {id} does not exist.")))?;
            one(google, &account, (method, verb, key))
        }
        _ => Err(Failure::unknown(google.call)),
    }
}

fn one(
    google: &mut Google<'_>,
    account: &Account,
    (method, verb, mut key): (&str, Option<&str>, Key),
) -> Reply {
    let place = format!("{}/{}", account.unique_id, key.id);
    match (method, verb) {
        ("GET", _) => {
            let wanted = google
                .call
                .query("publicKeyType")
                .or_else(|| google.call.query("public_key_type"));
            if let Some(other) = wanted
                .filter(|kind| !["TYPE_NONE", "TYPE_X509_PEM_FILE", "TYPE_RAW_PUBLIC_KEY"].contains(kind))
            {
                return Err(Failure::invalid_field(
                    "public_key_type",
                    &format!(
                        "Invalid value at 'public_key_type' (type.googleapis.com/google.iam.admin.v1.ServiceAccountPublicKeyType), \"{other}\""
                    ),
                ));
            }
            return Ok(Answer::json(200, &key.body(wanted)));
        }
        ("DELETE", _) => {
            google.tx.delete(KEYS, &place);
            return Ok(Answer::json(200, &json!({})));
        }
        (_, verb) => key.disabled = verb == Some("disable"),
    }
    google.tx.put(KEYS, &place, &key);
    Ok(Answer::json(200, &json!({})))
}

fn list(google: &mut Google<'_>, account: &Account) -> Reply {
    let asked = google
        .call
        .query
        .iter()
        .filter(|(name, _)| name == "keyTypes" || name == "key_types");
    let kinds: Vec<&str> = asked.map(|(_, value)| value.as_str()).collect();
    let mut bodies: Vec<Value> = Vec::new();
    if kinds.is_empty() || kinds.contains(&"USER_MANAGED") {
        bodies.extend(
            of_account(google.tx, &account.unique_id)
                .iter()
                .map(|key| key.body(None)),
        );
    }
    if kinds.is_empty() || kinds.contains(&"SYSTEM_MANAGED") {
        let id = google
            .tx
            .keys()
            .mac(&format!("system key of {}", account.unique_id))[..40]
            .to_owned();
        let now = google.tx.now();
        bodies.push(json!({
            "name": format!("{}/keys/{id}", account.path()), "keyAlgorithm": "KEY_ALG_RSA_2048",
            "validAfterTime": clock::seconds(clock::add(now, -24 * 3600 * 1000)),
            "validBeforeTime": clock::seconds(clock::add(now, 14 * 24 * 3600 * 1000)),
            "keyOrigin": "GOOGLE_PROVIDED", "keyType": "SYSTEM_MANAGED",
        }));
    }
    Ok(Answer::json(
        200,
        &if bodies.is_empty() {
            json!({})
        } else {
            json!({ "keys": bodies })
        },
    ))
}

/// That an account may have one more key, made in the way that `constraint` forbids.
fn check(google: &Google<'_>, account: &Account, (constraint, verb): (&str, &str)) -> Result<(), Failure> {
    let forbidden = google.tx.conditions().iter().any(|condition| match condition {
        Condition::GoogleOrganizationPolicy { constraint: other } => other == constraint,
        _ => false,
    });
    if forbidden {
        let detail = json!({
            "@type": "type.googleapis.com/google.rpc.PreconditionFailure",
            "violations": [{
                "type": format!("constraints/{constraint}"), "subject": format!("{}?configvalue={}", account.path(), account.email),
                "description": format!("{verb} is not allowed on this service account."),
            }],
        });
        return Err(
            Failure::precondition(format!("{verb} is not allowed on this service account.")).with(detail),
        );
    }
    if of_account(google.tx, &account.unique_id).len() as u64 >= google.tx.knobs().quota_google_keys {
        return Err(Failure::precondition("Precondition check failed."));
    }
    Ok(())
}

fn create(google: &mut Google<'_>, account: &Account) -> Reply {
    let request: CreateRequest = google.body()?;
    check(
        google,
        account,
        ("iam.disableServiceAccountKeyCreation", "Key creation"),
    )?;
    match request.key_algorithm.as_deref() {
        None | Some("KEY_ALG_UNSPECIFIED" | "KEY_ALG_RSA_2048") => {}
        Some("KEY_ALG_RSA_1024") => {
            return Err(Failure::invalid("Keys of 1024 bits are not supported any more."));
        }
        Some(other) => {
            return Err(Failure::invalid_field(
                "key_algorithm",
                &format!("Invalid value at 'key_algorithm', \"{other}\""),
            ));
        }
    }
    match request.private_key_type.as_deref() {
        None | Some("TYPE_UNSPECIFIED" | "TYPE_GOOGLE_CREDENTIALS_FILE") => {}
        Some("TYPE_PKCS12_FILE") => return Err(Failure::unsupported("keys as PKCS #12 files")),
        Some(other) => {
            return Err(Failure::invalid_field(
                "private_key_type",
                &format!("Invalid value at 'private_key_type', \"{other}\""),
            ));
        }
    }
    let damaged = |error: &dyn std::fmt::Display| Failure::unsupported(&format!("this key ({error})"));
    let der = google.tx.new_rsa_key().map_err(|error| damaged(&error))?;
    let pem = pem_of("PRIVATE KEY", &STANDARD.encode(&der));
    let pair =
        KeyPair::from_pkcs8_der_and_sign_algo(&PrivatePkcs8KeyDer::from(der.as_slice()), &PKCS_RSA_SHA256)
            .map_err(|error| damaged(&error))?;
    let mut params = CertificateParams::new(Vec::<String>::new()).map_err(|error| damaged(&error))?;
    params
        .distinguished_name
        .push(DnType::CommonName, account.unique_id.as_str());
    let certificate = params.self_signed(&pair).map_err(|error| damaged(&error))?.pem();
    let public = ring::rsa::KeyPair::from_pkcs8(&der).map_err(|error| damaged(&error))?;
    let public_key = STANDARD.encode(public.public().as_ref());
    let key = keep(
        google,
        account,
        ("GOOGLE_PROVIDED", FOREVER.to_owned()),
        (certificate, public_key),
    );
    let file = json!({
        "type": "service_account", "project_id": account.project, "private_key_id": key.id,
        "private_key": pem, "client_email": account.email, "client_id": account.unique_id,
        "auth_uri": "https://accounts.google.com/o/oauth2/auth", "token_uri": token_uri(google.tx),
        "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
        "client_x509_cert_url": format!("https://www.googleapis.com/robot/v1/metadata/x509/{}", account.email.replace('@', "%40")),
        "universe_domain": "googleapis.com",
    });
    let text = serde_json::to_string_pretty(&file).expect("a key file is plain data");
    let mut body = key.body(None);
    body["privateKeyType"] = "TYPE_GOOGLE_CREDENTIALS_FILE".into();
    body["privateKeyData"] = STANDARD.encode(format!("{text}\n")).into();
    Ok(Answer::json(200, &body))
}

/// Where a key's owner gets tokens: the sandbox itself, where it listens.
fn token_uri(tx: &Transaction) -> String {
    match tx.get::<u16>(PORTS, "main") {
        Some(port) => format!(
            "https://localhost:{port}/{}/oauth2.googleapis.com/token",
            super::BELOW
        ),
        None => "https://oauth2.googleapis.com/token".to_owned(),
    }
}

fn keep(
    google: &mut Google<'_>,
    account: &Account,
    (origin, valid_before): (&str, String),
    (certificate, public_key): (String, String),
) -> Key {
    let id = google.tx.draw().text(40, b"0123456789abcdef");
    let now = google.tx.now();
    let lag = i64::try_from(google.tx.knobs().google_key_ms).unwrap_or(i64::MAX);
    let key = Key {
        name: format!("{}/keys/{id}", account.path()),
        id,
        algorithm: "KEY_ALG_RSA_2048".to_owned(),
        origin: origin.to_owned(),
        certificate,
        public_key,
        valid_after: now,
        valid_before,
        disabled: false,
        usable_from: clock::add(now, lag),
        soft_deleted_at: None,
    };
    google
        .tx
        .put(KEYS, &format!("{}/{}", account.unique_id, key.id), &key);
    key
}

fn upload(google: &mut Google<'_>, account: &Account) -> Reply {
    let request: UploadRequest = google.body()?;
    check(
        google,
        account,
        ("iam.disableServiceAccountKeyUpload", "Key upload"),
    )?;
    let invalid = || Failure::invalid_field("public_key_data", "Invalid public key data provided.");
    let pem = STANDARD.decode(&request.public_key_data).map_err(|_| invalid())?;
    let certificate = CertificateDer::from_pem_slice(&pem).map_err(|_| invalid())?;
    let entity = webpki::EndEntityCert::try_from(&certificate).map_err(|_| invalid())?;
    let public = rsa_public_key(entity.subject_public_key_info().as_ref()).ok_or_else(invalid)?;
    if !(256..=514).contains(&(public.len().saturating_sub(14))) {
        return Err(Failure::invalid_field(
            "public_key_data",
            "The public key must be RSA of 2048 or 4096 bits.",
        ));
    }
    let public_key = STANDARD.encode(&public);
    if of_account(google.tx, &account.unique_id)
        .iter()
        .any(|key| key.public_key == public_key)
    {
        return Err(Failure::exists(
            "The public key is already uploaded to this service account.",
        ));
    }
    let text = String::from_utf8(pem).map_err(|_| invalid())?;
    let key = keep(
        google,
        account,
        ("USER_PROVIDED", FOREVER.to_owned()),
        (text, public_key),
    );
    Ok(Answer::json(200, &key.body(None)))
}

/// The PKCS #1 key inside of a SubjectPublicKeyInfo.
fn rsa_public_key(info: &[u8]) -> Option<Vec<u8>> {
    let (_, content) = element(info)?;
    let (algorithm, rest) = split(content)?;
    let rsa = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    if !algorithm.windows(rsa.len()).any(|part| part == rsa) {
        return None;
    }
    let (_, bits) = element(rest)?;
    bits.strip_prefix(&[0]).map(<[u8]>::to_vec)
}

/// The content of the first element, and what the element's head takes.
fn element(der: &[u8]) -> Option<(usize, &[u8])> {
    let (&first, rest) = der.get(1..)?.split_first()?;
    let (head, length): (usize, usize) = match first {
        0..=0x7f => (2, usize::from(first)),
        0x81 => (3, usize::from(*rest.first()?)),
        0x82 => (4, usize::from(*rest.first()?) << 8 | usize::from(*rest.get(1)?)),
        _ => return None,
    };
    der.get(head..head.checked_add(length)?)
        .map(|content| (head, content))
}

/// The first element's content, and what follows the element.
fn split(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (head, content) = element(der)?;
    Some((content, &der[head + content.len()..]))
}
