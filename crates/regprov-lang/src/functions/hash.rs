//! Hashes, identifiers, passwords.

use super::encoding::BASE64;
use super::support::{Args, Outcome, blame, fail, later, text};
use crate::function::{Function, FunctionError, Parameter};
use base64::Engine as _;
use regprov_value::{Type, Value};
use sha2::Digest as _;
use uuid::Uuid;

const STR: Parameter = Parameter::string("str");
const CIPHERTEXT: Parameter = Parameter::string("ciphertext").open();
/// The cost of a password hash where none is given.
const BCRYPT_COST: u32 = 10;
/// The longest password that the algorithm takes into account.
const BCRYPT_LENGTH: usize = 72;

pub(super) static FUNCTIONS: &[Function] = &[
    text("base64sha256", &[STR], |arguments| {
        Ok(Value::string(BASE64.encode(sha256(arguments.text(0).as_bytes()))))
    }),
    text("base64sha512", &[STR], |arguments| {
        Ok(Value::string(BASE64.encode(sha512(arguments.text(0).as_bytes()))))
    }),
    Function {
        variadic: Some(Parameter::number("cost")),
        ..text("bcrypt", &[STR], bcrypt)
    },
    text("md5", &[STR], |arguments| {
        Ok(Value::string(hex::encode(md5(arguments.text(0).as_bytes()))))
    }),
    text(
        "rsadecrypt",
        &[CIPHERTEXT, Parameter::string("privatekey").open()],
        super::decrypt::rsadecrypt,
    ),
    text("sha1", &[STR], |arguments| {
        Ok(Value::string(hex::encode(sha1(arguments.text(0).as_bytes()))))
    }),
    text("sha256", &[STR], |arguments| {
        Ok(Value::string(hex::encode(sha256(arguments.text(0).as_bytes()))))
    }),
    text("sha512", &[STR], |arguments| {
        Ok(Value::string(hex::encode(sha512(arguments.text(0).as_bytes()))))
    }),
    text("uuid", &[], |arguments| {
        let mut bytes = [0; 16];
        if !arguments.context.random(&mut bytes) {
            return Ok(later(Type::String));
        }
        Ok(Value::string(
            uuid::Builder::from_random_bytes(bytes).into_uuid().to_string(),
        ))
    }),
    text(
        "uuidv5",
        &[Parameter::string("namespace"), Parameter::string("name")],
        |arguments| {
            let namespace = namespace(arguments)?;
            Ok(Value::string(
                Uuid::new_v5(&namespace, arguments.text(1).as_bytes()).to_string(),
            ))
        },
    ),
];

/// The MD5 hash.
pub(super) fn md5(bytes: &[u8]) -> Vec<u8> {
    md5::Md5::digest(bytes).to_vec()
}

/// The SHA-1 hash.
pub(super) fn sha1(bytes: &[u8]) -> Vec<u8> {
    sha1::Sha1::digest(bytes).to_vec()
}

/// The SHA-256 hash.
pub(super) fn sha256(bytes: &[u8]) -> Vec<u8> {
    sha2::Sha256::digest(bytes).to_vec()
}

/// The SHA-512 hash.
pub(super) fn sha512(bytes: &[u8]) -> Vec<u8> {
    sha2::Sha512::digest(bytes).to_vec()
}

fn namespace(arguments: &Args<'_>) -> Result<Uuid, FunctionError> {
    match arguments.text(0) {
        "dns" => Ok(Uuid::NAMESPACE_DNS),
        "url" => Ok(Uuid::NAMESPACE_URL),
        "oid" => Ok(Uuid::NAMESPACE_OID),
        "x500" => Ok(Uuid::NAMESPACE_X500),
        other => Uuid::parse_str(other).map_err(|_| {
            FunctionError::at(
                0,
                format!(
                    "{} is neither a UUID nor one of \"dns\", \"url\", \"oid\", \"x500\"",
                    arguments.quote(other)
                ),
            )
        }),
    }
}

/// A password hash; salted anew each time, so known only after apply.
fn bcrypt(arguments: &mut Args<'_>) -> Outcome {
    if arguments.len() > 2 {
        return blame(2, "only the text and a cost are expected");
    }
    let cost = match arguments.get(1) {
        None => BCRYPT_COST,
        Some(_) => match arguments
            .number(1)
            .to_usize()
            .and_then(|cost| u32::try_from(cost).ok())
        {
            Some(cost @ 0..=3) => cost.max(BCRYPT_COST),
            Some(cost @ 4..=31) => cost,
            _ => return blame(1, "the cost must be a whole number between 4 and 31"),
        },
    };
    if arguments.text(0).len() > BCRYPT_LENGTH {
        return blame(
            0,
            format!("the text is longer than {BCRYPT_LENGTH} bytes, and bcrypt would not see the rest"),
        );
    }
    let mut salt = [0; 16];
    if !arguments.context.random(&mut salt) {
        return Ok(later(Type::String));
    }
    match bcrypt::hash_with_salt(arguments.text(0), cost, salt) {
        Ok(hash) => Ok(Value::string(hash.format_for_version(bcrypt::Version::TwoA))),
        Err(error) => fail(error.to_string()),
    }
}
