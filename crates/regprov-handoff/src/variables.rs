//! Variables: a `.env` file, shell commands, PowerShell commands. Quoted so that the reader gets the same bytes:
//! `robot$project+name` has a dollar sign that shells would take for a variable.

use crate::login::Login;
use crate::{HandoffError, SecretText};
use regprov_provider::PushCredential;
use std::fmt::Write as _;
use zeroize::Zeroizing;

/// Writes a credential as a `.env` file, which a shell can read too (`set -a; . ./.env`).
///
/// # Errors
///
/// The credential has no secret or one that consumers break.
pub fn dotenv(credential: &PushCredential) -> Result<SecretText, HandoffError> {
    lines(credential, |text, name, value| {
        write!(text, "{name}={}", *dotenv_quoted(value))
    })
}

/// Writes a credential as commands for a POSIX shell.
///
/// # Errors
///
/// The credential has no secret or one that consumers break.
pub fn shell(credential: &PushCredential) -> Result<SecretText, HandoffError> {
    lines(credential, |text, name, value| {
        write!(text, "export {name}={}", *shell_quoted(value))
    })
}

/// Writes a credential as commands for PowerShell.
///
/// # Errors
///
/// The credential has no secret or one that consumers break.
pub fn powershell(credential: &PushCredential) -> Result<SecretText, HandoffError> {
    lines(credential, |text, name, value| {
        write!(text, "$env:{name} = {}", *powershell_quoted(value))
    })
}

fn lines(
    credential: &PushCredential,
    write_line: impl Fn(&mut String, &str, &str) -> std::fmt::Result,
) -> Result<SecretText, HandoffError> {
    let login = Login::of(credential)?;
    let mut text = String::with_capacity(login.password.len() * 4 + 1024);
    let variables = [
        ("REGISTRY_HOST", login.host),
        ("REGISTRY_USERNAME", login.username),
        ("REGISTRY_PASSWORD", login.password),
    ];
    for (name, value) in variables {
        write_line(&mut text, name, value).expect("a string can be written to");
        text.push('\n');
    }
    Ok(SecretText::new(text))
}

/// In single quotes nothing has a meaning but the single quote.
fn shell_quoted(value: &str) -> Zeroizing<String> {
    quoted_with(value, |out, character| match character {
        '\'' => out.push_str("'\\''"),
        _ => out.push(character),
    })
}

/// Readers of `.env` files know no `'\''`: a value with a single quote goes into double quotes, with what has a
/// meaning there escaped.
fn dotenv_quoted(value: &str) -> Zeroizing<String> {
    if !value.contains('\'') {
        return shell_quoted(value);
    }
    let mut out = Zeroizing::new(String::with_capacity(value.len() * 2 + 2));
    out.push('"');
    for character in value.chars() {
        if matches!(character, '"' | '\\' | '$' | '`') {
            out.push('\\');
        }
        out.push(character);
    }
    out.push('"');
    out
}

/// PowerShell takes the typographic quotes for single quotes too; doubled, each stands for itself.
fn powershell_quoted(value: &str) -> Zeroizing<String> {
    quoted_with(value, |out, character| {
        if matches!(character, '\'' | '\u{2018}'..='\u{201b}') {
            out.push(character);
        }
        out.push(character);
    })
}

fn quoted_with(value: &str, push: impl Fn(&mut String, char)) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(value.len() * 4 + 2));
    out.push('\'');
    for character in value.chars() {
        push(&mut out, character);
    }
    out.push('\'');
    out
}
