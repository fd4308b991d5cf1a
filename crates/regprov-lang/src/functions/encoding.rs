//! Functions that encode text: Base64, gzip, character sets, URLs.

use super::support::{Args, Outcome, blame, fail, text};
use crate::function::{Function, FunctionError, Parameter};
use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use encoding_rs::Encoding;
use flate2::{Compress, Compression, Crc, FlushCompress, Status};
use regprov_value::Value;

/// Standard Base64 with padding, not minding the unused bits of the last character.
pub(super) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

const STR: Parameter = Parameter::string("str");

pub(super) static FUNCTIONS: &[Function] = &[
    text("base64decode", &[STR], |arguments| {
        let bytes = decode(arguments, 0)?;
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Value::string(text)),
            Err(_) => fail(
                "the decoded bytes are not UTF-8 text; use textdecodebase64 with the name of their encoding, or keep them in Base64",
            ),
        }
    }),
    text("base64encode", &[STR], |arguments| {
        Ok(Value::string(BASE64.encode(arguments.text(0))))
    }),
    text("base64gzip", &[STR], |arguments| {
        Ok(Value::string(BASE64.encode(gzip(arguments.text(0).as_bytes())?)))
    }),
    text(
        "textdecodebase64",
        &[Parameter::string("source"), Parameter::string("encoding")],
        text_decode,
    ),
    text(
        "textencodebase64",
        &[Parameter::string("string"), Parameter::string("encoding")],
        text_encode,
    ),
    text("urlencode", &[STR], |arguments| {
        Ok(Value::string(url_encode(arguments.text(0))))
    }),
];

/// The bytes of a Base64 argument; line ends in it do not matter.
pub(super) fn decode(arguments: &Args<'_>, index: usize) -> Result<Vec<u8>, FunctionError> {
    let text: String = arguments
        .text(index)
        .chars()
        .filter(|character| !matches!(character, '\r' | '\n'))
        .collect();
    BASE64.decode(text).map_err(|error| {
        let reason = if arguments.secret {
            String::new()
        } else {
            format!(": {error}")
        };
        FunctionError::at(index, format!("the text is not Base64{reason}"))
    })
}

/// A gzip file without name and time, flushed before it ends, as Terraform writes it.
fn gzip(bytes: &[u8]) -> Result<Vec<u8>, FunctionError> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    let mut compress = Compress::new(Compression::default(), false);
    loop {
        out.reserve(bytes.len() / 2 + 64);
        let read = usize::try_from(compress.total_in()).unwrap_or(usize::MAX);
        let status = compress.compress_vec(
            bytes.get(read..).unwrap_or_default(),
            &mut out,
            FlushCompress::Sync,
        );
        match status {
            Ok(Status::Ok) if out.len() == out.capacity() => {}
            Ok(Status::Ok | Status::BufError | Status::StreamEnd) => break,
            Err(error) => return fail(format!("the text cannot be compressed: {error}")),
        }
    }
    // An empty last block.
    out.extend_from_slice(&[1, 0, 0, 0xff, 0xff]);
    let mut checksum = Crc::new();
    checksum.update(bytes);
    out.extend_from_slice(&checksum.sum().to_le_bytes());
    out.extend_from_slice(&checksum.amount().to_le_bytes());
    Ok(out)
}

/// A character set by its registered name.
enum CharacterSet {
    Utf8,
    Utf16 { little: bool, mark: bool },
    Latin1,
    Ascii,
    Other(&'static Encoding),
}

fn character_set(arguments: &Args<'_>) -> Result<CharacterSet, FunctionError> {
    let name = arguments.text(1);
    Ok(match name.to_ascii_lowercase().as_str() {
        "utf-8" | "utf8" => CharacterSet::Utf8,
        "utf-16" => CharacterSet::Utf16 {
            little: false,
            mark: true,
        },
        "utf-16be" => CharacterSet::Utf16 {
            little: false,
            mark: false,
        },
        "utf-16le" => CharacterSet::Utf16 {
            little: true,
            mark: false,
        },
        "iso-8859-1" | "iso_8859-1" | "latin1" | "l1" | "ibm819" | "cp819" => CharacterSet::Latin1,
        "us-ascii" | "ascii" | "ansi_x3.4-1968" | "iso646-us" | "us" | "ibm367" | "cp367" => {
            CharacterSet::Ascii
        }
        _ => match Encoding::for_label_no_replacement(name.as_bytes()) {
            Some(encoding) => CharacterSet::Other(encoding),
            None => {
                return blame(
                    1,
                    format!(
                        "{} is not an encoding that is known here; give its IANA name, such as \"UTF-16LE\" or \"windows-1252\"",
                        arguments.quote(name)
                    ),
                );
            }
        },
    })
}

fn text_encode(arguments: &mut Args<'_>) -> Outcome {
    let text = arguments.text(0);
    let lacking = || {
        FunctionError::at(
            0,
            format!(
                "the text has characters that {} cannot express",
                arguments.quote(arguments.text(1))
            ),
        )
    };
    let bytes = match character_set(arguments)? {
        CharacterSet::Utf8 => text.as_bytes().to_vec(),
        CharacterSet::Utf16 { little, mark } => {
            let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
            units
                .flat_map(|unit: u16| {
                    if little {
                        unit.to_le_bytes()
                    } else {
                        unit.to_be_bytes()
                    }
                })
                .collect()
        }
        CharacterSet::Latin1 => text
            .chars()
            .map(u8::try_from)
            .collect::<Result<_, _>>()
            .map_err(|_| lacking())?,
        CharacterSet::Ascii if text.is_ascii() => text.as_bytes().to_vec(),
        CharacterSet::Ascii => return Err(lacking()),
        CharacterSet::Other(encoding) => match encoding.encode(text) {
            (bytes, _, false) => bytes.into_owned(),
            (_, _, true) => return Err(lacking()),
        },
    };
    Ok(Value::string(BASE64.encode(bytes)))
}

fn text_decode(arguments: &mut Args<'_>) -> Outcome {
    let bytes = decode(arguments, 0)?;
    let broken = || {
        FunctionError::at(
            0,
            format!(
                "the decoded bytes are not text in {}",
                arguments.quote(arguments.text(1))
            ),
        )
    };
    let text = match character_set(arguments)? {
        CharacterSet::Utf8 => String::from_utf8(bytes).map_err(|_| broken())?,
        CharacterSet::Utf16 { little, mark } => utf16(&bytes, little, mark).ok_or_else(broken)?,
        CharacterSet::Latin1 => bytes.iter().map(|byte| char::from(*byte)).collect(),
        CharacterSet::Ascii if bytes.is_ascii() => String::from_utf8(bytes).map_err(|_| broken())?,
        CharacterSet::Ascii => return Err(broken()),
        CharacterSet::Other(encoding) => {
            let text = encoding.decode_without_bom_handling_and_without_replacement(&bytes);
            text.ok_or_else(broken)?.into_owned()
        }
    };
    Ok(Value::string(text))
}

fn utf16(bytes: &[u8], little: bool, mark: bool) -> Option<String> {
    let (bytes, little) = match bytes {
        [0xff, 0xfe, rest @ ..] if mark => (rest, true),
        [0xfe, 0xff, rest @ ..] if mark => (rest, false),
        _ => (bytes, little),
    };
    let (pairs, odd) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs
        .iter()
        .map(|pair| {
            if little {
                u16::from_le_bytes(*pair)
            } else {
                u16::from_be_bytes(*pair)
            }
        })
        .collect();
    if odd.is_empty() {
        String::from_utf16(&units).ok()
    } else {
        None
    }
}

/// As in a query: everything but letters, digits and `-_.~` is escaped, a space becomes a plus sign.
fn url_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}
