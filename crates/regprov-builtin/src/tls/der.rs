//! The distinguished encoding of ASN.1, as far as keys need it, and its text form.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// Bytes that may hold a secret; wiped when dropped.
pub(super) type Bytes = Zeroizing<Vec<u8>>;

/// Object identifiers, encoded.
pub(super) const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
pub(super) const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
pub(super) const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

fn tagged(tag: u8, content: &[u8]) -> Bytes {
    let mut out = Bytes::default();
    out.push(tag);
    match u8::try_from(content.len()) {
        Ok(short @ 0..=0x7f) => out.push(short),
        _ => {
            let length = content.len().to_be_bytes();
            let first = length.iter().position(|byte| *byte != 0).unwrap_or(0);
            let digits = &length[first..];
            out.push(0x80 | u8::try_from(digits.len()).expect("a length has at most eight bytes"));
            out.extend_from_slice(digits);
        }
    }
    out.extend_from_slice(content);
    out
}

/// `SEQUENCE`
pub(super) fn sequence(parts: &[Bytes]) -> Bytes {
    tagged(0x30, &concatenated(parts))
}

/// `INTEGER`, of a number without sign.
pub(super) fn integer(number: &[u8]) -> Bytes {
    tagged(0x02, &positive(number))
}

/// A number without sign in as few bytes as have a clear first bit.
pub(super) fn positive(number: &[u8]) -> Bytes {
    let first = number
        .iter()
        .position(|byte| *byte != 0)
        .unwrap_or(number.len().saturating_sub(1));
    let digits = &number[first..];
    let mut out = Bytes::default();
    if digits.first().is_none_or(|byte| byte & 0x80 != 0) {
        out.push(0);
    }
    out.extend_from_slice(digits);
    out
}

/// `OCTET STRING`
pub(super) fn octets(content: &[u8]) -> Bytes {
    tagged(0x04, content)
}

/// `BIT STRING` of whole bytes.
pub(super) fn bits(content: &[u8]) -> Bytes {
    tagged(
        0x03,
        &concatenated(&[Bytes::new(vec![0]), Bytes::new(content.to_vec())]),
    )
}

/// `OBJECT IDENTIFIER`
pub(super) fn object(identifier: &[u8]) -> Bytes {
    tagged(0x06, identifier)
}

/// `NULL`
pub(super) fn null() -> Bytes {
    tagged(0x05, &[])
}

/// An explicit tag of the context.
pub(super) fn explicit(number: u8, content: &[u8]) -> Bytes {
    tagged(0xa0 | number, content)
}

fn concatenated(parts: &[Bytes]) -> Bytes {
    let mut out = Bytes::default();
    parts.iter().for_each(|part| out.extend_from_slice(part));
    out
}

/// The numbers of a sequence of integers.
pub(super) fn integers(encoded: &[u8]) -> Option<Vec<Bytes>> {
    let (0x30, mut rest, _) = element(encoded)? else {
        return None;
    };
    let mut numbers = Vec::new();
    while !rest.is_empty() {
        let (0x02, content, after) = element(rest)? else {
            return None;
        };
        numbers.push(Bytes::new(content.to_vec()));
        rest = after;
    }
    Some(numbers)
}

/// The tag and content of the first element, and what follows it.
fn element(encoded: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = encoded.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = if first & 0x80 == 0 {
        (usize::from(*first), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        let length = digits.iter().try_fold(0_usize, |length, digit| {
            length.checked_mul(256)?.checked_add(usize::from(*digit))
        })?;
        (length, rest)
    };
    let (content, after) = rest.split_at_checked(length)?;
    Some((*tag, content, after))
}

/// The text form, with a label.
pub(super) fn pem(label: &str, content: &[u8]) -> String {
    let text = Zeroizing::new(STANDARD.encode(content));
    let mut out = format!("-----BEGIN {label}-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        out.push_str(line);
        out.push('\n');
        rest = after;
    }
    out + "-----END " + label + "-----\n"
}
