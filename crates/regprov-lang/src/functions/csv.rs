//! `csvdecode`.

use super::support::{Args, Outcome, any, blame, define};
use crate::function::{Function, FunctionError, Parameter, Returns};
use regprov_value::{Type, Value};
use std::iter::Peekable;
use std::str::Chars;

pub(super) static FUNCTIONS: &[Function] = &[define(
    "csvdecode",
    &[Parameter::string("str")],
    Returns::From(any),
    decode,
)];

/// Every row as an object by the names of the first row.
fn decode(arguments: &mut Args<'_>) -> Outcome {
    let mut rows = parse(arguments.text(0))?.into_iter();
    let Some((_, header)) = rows.next() else {
        return blame(0, "there is no first row with the names of the columns");
    };
    for (index, name) in header.iter().enumerate() {
        if header[..index].contains(name) {
            return blame(0, format!("two columns have the name {}", arguments.quote(name)));
        }
    }
    let mut objects = Vec::new();
    for (line, row) in rows {
        if row.len() != header.len() {
            return blame(
                0,
                format!(
                    "line {line} has {} fields, not {} as the first line",
                    row.len(),
                    header.len()
                ),
            );
        }
        objects.push(Value::object(
            header
                .iter()
                .map(String::as_str)
                .zip(row.iter().map(Value::string)),
        ));
    }
    let ty = Type::object(header.iter().map(|name| (name.as_str(), Type::String)));
    Ok(Value::list(ty, objects))
}

/// The rows, each with the number of its first line. Empty lines are no rows.
fn parse(text: &str) -> Result<Vec<(usize, Vec<String>)>, FunctionError> {
    let text = text.replace("\r\n", "\n");
    let mut input = text.chars().peekable();
    let mut rows = Vec::new();
    let mut line = 1;
    while input.peek().is_some() {
        if input.next_if_eq(&'\n').is_some() {
            line += 1;
            continue;
        }
        let first = line;
        let mut row = Vec::new();
        loop {
            row.push(field(&mut input, &mut line)?);
            match input.next() {
                Some(',') => {}
                _ => break,
            }
        }
        rows.push((first, row));
        line += 1;
    }
    Ok(rows)
}

fn field(input: &mut Peekable<Chars<'_>>, line: &mut usize) -> Result<String, FunctionError> {
    let mut field = String::new();
    if input.next_if_eq(&'"').is_none() {
        while let Some(character) = input.next_if(|character| !matches!(character, ',' | '\n')) {
            if character == '"' {
                return blame(
                    0,
                    format!(
                        "line {line} has a quote inside of a field without quotes; put the field in quotes and write the quote twice"
                    ),
                );
            }
            field.push(character);
        }
        return Ok(field);
    }
    loop {
        match input.next() {
            Some('"') if input.next_if_eq(&'"').is_some() => field.push('"'),
            Some('"') => break,
            Some(character) => {
                *line += usize::from(character == '\n');
                field.push(character);
            }
            None => {
                return blame(
                    0,
                    format!("the quoted field that reaches line {line} has no closing quote"),
                );
            }
        }
    }
    match input.peek() {
        None | Some(',' | '\n') => Ok(field),
        Some(_) => blame(
            0,
            format!("line {line} goes on after a closing quote; write a quote inside of a field twice"),
        ),
    }
}
