//! Functions on text.

use super::support::{
    Args, Outcome, STRINGS, blame, check_text, define, fail, later, size, strings, text, whole,
};
use crate::function::{Function, Kind, Parameter, Returns};
use regprov_value::{Data, Type, Value};
use unicode_segmentation::UnicodeSegmentation as _;

const STR: Parameter = Parameter::string("str");
const BOOL: Returns = Returns::Always(Kind::Bool);
const LIST: Returns = Returns::Always(STRINGS);

pub(super) static FUNCTIONS: &[Function] = &[
    text("chomp", &[STR], |arguments| {
        Ok(Value::string(arguments.text(0).trim_end_matches(['\n', '\r'])))
    }),
    define(
        "endswith",
        &[STR, Parameter::string("suffix")],
        BOOL,
        |arguments| Ok(arguments.text(0).ends_with(arguments.text(1)).into()),
    ),
    text("indent", &[Parameter::number("spaces"), STR], indent),
    Function {
        variadic: Some(Parameter::new("lists", STRINGS).wholly_known()),
        ..text("join", &[Parameter::string("separator")], join)
    },
    text("lower", &[STR], |arguments| {
        Ok(Value::string(map_case(arguments.text(0), lower)))
    }),
    define("split", &[Parameter::string("separator"), STR], LIST, split),
    define(
        "startswith",
        &[STR.open(), Parameter::string("prefix")],
        BOOL,
        starts_with,
    ),
    define(
        "strcontains",
        &[STR, Parameter::string("substr")],
        BOOL,
        |arguments| Ok(arguments.text(0).contains(arguments.text(1)).into()),
    ),
    text("strrev", &[STR], |arguments| {
        Ok(Value::string(
            arguments.text(0).graphemes(true).rev().collect::<String>(),
        ))
    }),
    text(
        "substr",
        &[STR, Parameter::number("offset"), Parameter::number("length")],
        substr,
    ),
    text("title", &[STR], |arguments| {
        Ok(Value::string(title(arguments.text(0))))
    }),
    text("trim", &[STR, Parameter::string("cutset")], |arguments| {
        let cutset: Vec<char> = arguments.text(1).chars().collect();
        Ok(Value::string(arguments.text(0).trim_matches(cutset.as_slice())))
    }),
    text("trimprefix", &[STR, Parameter::string("prefix")], |arguments| {
        let whole = arguments.text(0);
        Ok(Value::string(
            whole.strip_prefix(arguments.text(1)).unwrap_or(whole),
        ))
    }),
    text("trimspace", &[STR], |arguments| {
        Ok(Value::string(arguments.text(0).trim()))
    }),
    text("trimsuffix", &[STR, Parameter::string("suffix")], |arguments| {
        let whole = arguments.text(0);
        Ok(Value::string(
            whole.strip_suffix(arguments.text(1)).unwrap_or(whole),
        ))
    }),
    text("upper", &[STR], |arguments| {
        Ok(Value::string(map_case(arguments.text(0), upper)))
    }),
];

fn indent(arguments: &mut Args<'_>) -> Outcome {
    let spaces = size(arguments, 0)?;
    if spaces > 65_536 {
        return blame(0, "the number of spaces must not be greater than 65536");
    }
    let lines = arguments.text(1).matches('\n').count();
    check_text(
        lines
            .checked_mul(spaces)
            .and_then(|pads| pads.checked_add(arguments.text(1).len())),
    )?;
    let pad = format!("\n{}", " ".repeat(spaces));
    Ok(Value::string(arguments.text(1).replace('\n', &pad)))
}

fn join(arguments: &mut Args<'_>) -> Outcome {
    if arguments.len() < 2 {
        return fail("at least one list is required after the separator");
    }
    let mut parts: Vec<&str> = Vec::new();
    for list in 1..arguments.len() {
        for (index, item) in arguments.items(list).iter().enumerate() {
            match item.as_str() {
                Some(part) => parts.push(part),
                None if arguments.len() == 2 => {
                    return blame(
                        list,
                        format!(
                            "element {index} is null; a null value cannot be joined, take it out with a \"for\" expression"
                        ),
                    );
                }
                None => {
                    return blame(
                        list,
                        format!(
                            "element {index} of list {} is null; a null value cannot be joined",
                            list - 1
                        ),
                    );
                }
            }
        }
    }
    let separators = parts.len().saturating_sub(1).checked_mul(arguments.text(0).len());
    let texts = parts.iter().map(|part| part.len()).sum::<usize>();
    check_text(separators.and_then(|bytes| bytes.checked_add(texts)))?;
    Ok(Value::string(parts.join(arguments.text(0))))
}

fn split(arguments: &mut Args<'_>) -> Outcome {
    let (separator, whole) = (arguments.text(0), arguments.text(1));
    if separator.is_empty() {
        let mut buffer = [0; 4];
        return Ok(Value::list(
            Type::String,
            whole
                .chars()
                .map(|c| Value::string(&*c.encode_utf8(&mut buffer)))
                .collect(),
        ));
    }
    Ok(strings(whole.split(separator)))
}

/// A text that is known only after apply may have a beginning that is known already.
fn starts_with(arguments: &mut Args<'_>) -> Outcome {
    let prefix = arguments.text(1);
    let Some(Data::Unknown(unknown)) = arguments.get(0).map(|value| &value.data) else {
        return Ok(arguments.text(0).starts_with(prefix).into());
    };
    match unknown.refinements.prefix.as_deref() {
        _ if prefix.is_empty() => Ok(true.into()),
        Some(known) if known.starts_with(prefix) => Ok(true.into()),
        // As in Terraform, a beginning shorter than what is looked for does not tell.
        Some(known) if known.len() >= prefix.len() => Ok(false.into()),
        _ => Ok(later(Type::Bool)),
    }
}

fn substr(arguments: &mut Args<'_>) -> Outcome {
    let (text, offset, length) = (arguments.text(0), whole(arguments, 1)?, whole(arguments, 2)?);
    let start = if offset < 0 {
        let total = i64::try_from(text.graphemes(true).count()).unwrap_or(i64::MAX);
        total.saturating_add(offset)
    } else {
        offset
    };
    let rest = text.graphemes(true).skip(usize::try_from(start).unwrap_or(0));
    Ok(Value::string(match usize::try_from(length) {
        Ok(length) => rest.take(length).collect::<String>(),
        Err(_) => rest.collect(),
    }))
}

/// One character becomes one character, as in Terraform: "ß" stays as it is.
fn map_case(text: &str, map: fn(char) -> char) -> String {
    text.chars().map(map).collect()
}

fn upper(character: char) -> char {
    single(character.to_uppercase(), character)
}

fn lower(character: char) -> char {
    // The one letter whose lower case has a combining dot.
    if character == 'İ' {
        'i'
    } else {
        single(character.to_lowercase(), character)
    }
}

fn single(mut mapped: impl Iterator<Item = char>, otherwise: char) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(only), None) => only,
        _ => otherwise,
    }
}

fn title(text: &str) -> String {
    let mut previous = ' ';
    text.chars()
        .map(|character| {
            let first = separates(previous);
            previous = character;
            if first { title_case(character) } else { character }
        })
        .collect()
}

fn separates(character: char) -> bool {
    if character.is_ascii() {
        return !character.is_ascii_alphanumeric() && character != '_';
    }
    character.is_whitespace()
}

/// The digraphs have a form of their own between upper and lower case.
fn title_case(character: char) -> char {
    match character {
        'ǆ' | 'Ǆ' => 'ǅ',
        'ǉ' | 'Ǉ' => 'ǈ',
        'ǌ' | 'Ǌ' => 'ǋ',
        'ǳ' | 'Ǳ' => 'ǲ',
        other => upper(other),
    }
}
