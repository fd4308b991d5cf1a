//! Functions on files and paths. Files are read through the context only.

mod glob;

use super::encoding::BASE64;
use super::hash;
use super::support::{Args, Outcome, blame, define, text};
use crate::function::{Function, FunctionError, Kind, Parameter, Returns};
use base64::Engine as _;
use regprov_value::{Type, Value};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const PATH: Parameter = Parameter::string("path");

pub(super) static FUNCTIONS: &[Function] = &[
    text("abspath", &[PATH], |arguments| {
        let base = arguments
            .context
            .working_directory()
            .to_string_lossy()
            .into_owned();
        let path = arguments.text(0);
        Ok(Value::string(if path.starts_with('/') {
            clean(path)
        } else {
            clean(&format!("{base}/{path}"))
        }))
    }),
    text("basename", &[PATH], |arguments| {
        Ok(Value::string(base_name(arguments.text(0))))
    }),
    text("dirname", &[PATH], |arguments| {
        Ok(Value::string(directory(arguments.text(0))))
    }),
    text("file", &[PATH], |arguments| {
        let bytes = read(arguments)?;
        match std::str::from_utf8(&bytes) {
            Ok(text) => Ok(Value::string(text)),
            Err(_) => blame(
                0,
                format!(
                    "the file {} is not UTF-8 text; use filebase64 for its content, or filesha256 and its like for a hash",
                    arguments.quote(arguments.text(0))
                ),
            ),
        }
    }),
    text("filebase64", &[PATH], |arguments| {
        Ok(Value::string(BASE64.encode(read(arguments)?)))
    }),
    text("filebase64sha256", &[PATH], |arguments| {
        Ok(Value::string(BASE64.encode(hash::sha256(&read(arguments)?))))
    }),
    text("filebase64sha512", &[PATH], |arguments| {
        Ok(Value::string(BASE64.encode(hash::sha512(&read(arguments)?))))
    }),
    define("fileexists", &[PATH], Returns::Always(Kind::Bool), exists),
    text("filemd5", &[PATH], |arguments| {
        Ok(Value::string(hex::encode(hash::md5(&read(arguments)?))))
    }),
    define(
        "fileset",
        &[PATH, Parameter::string("pattern")],
        Returns::Always(Kind::Set(&Kind::String)),
        file_set,
    ),
    text("filesha1", &[PATH], |arguments| {
        Ok(Value::string(hex::encode(hash::sha1(&read(arguments)?))))
    }),
    text("filesha256", &[PATH], |arguments| {
        Ok(Value::string(hex::encode(hash::sha256(&read(arguments)?))))
    }),
    text("filesha512", &[PATH], |arguments| {
        Ok(Value::string(hex::encode(hash::sha512(&read(arguments)?))))
    }),
    text("pathexpand", &[PATH], |arguments| {
        Ok(Value::string(expand(arguments)?))
    }),
];

/// The path with the home directory put in for a leading `~`.
fn expand(arguments: &Args<'_>) -> Result<String, FunctionError> {
    let path = arguments.text(0);
    let Some(rest) = path.strip_prefix('~') else {
        return Ok(path.to_owned());
    };
    if !rest.is_empty() && !rest.starts_with('/') {
        return blame(
            0,
            "the home directory of another user is not known; write the path in full",
        );
    }
    match arguments.context.home() {
        Some(home) => Ok(format!("{}{rest}", home.display())),
        None => blame(0, "the home directory is not known; write the path in full"),
    }
}

/// The place of a path argument.
fn location(arguments: &Args<'_>) -> Result<PathBuf, FunctionError> {
    let expanded = expand(arguments)?;
    let path = Path::new(&expanded);
    if path.is_absolute() {
        return Ok(PathBuf::from(clean(&expanded)));
    }
    let base = arguments.context.working_directory();
    if base == Path::new(".") {
        return Ok(PathBuf::from(clean(&expanded)));
    }
    Ok(PathBuf::from(clean(&base.join(path).to_string_lossy())))
}

/// The content of the file.
fn read(arguments: &Args<'_>) -> Result<Arc<[u8]>, FunctionError> {
    let path = location(arguments)?;
    arguments
        .context
        .read_file(&path)
        .map_err(|error| unreadable(arguments, &error))
}

fn unreadable(arguments: &Args<'_>, error: &io::Error) -> FunctionError {
    let shown = arguments.quote(arguments.text(0));
    FunctionError::at(
        0,
        match error.kind() {
            io::ErrorKind::NotFound => format!(
                "no file exists at {shown}; a file that a resource of this configuration makes cannot be read here, use an attribute of that resource"
            ),
            io::ErrorKind::IsADirectory => format!("{shown} is a directory, not a file"),
            io::ErrorKind::PermissionDenied => format!("{shown} must not be read; check its permissions"),
            _ if arguments.secret => format!("{shown} cannot be read"),
            _ => format!("{shown} cannot be read: {error}"),
        },
    )
}

fn exists(arguments: &mut Args<'_>) -> Outcome {
    let path = location(arguments)?;
    match arguments
        .context
        .file_kind(&path)
        .map_err(|error| unreadable(arguments, &error))?
    {
        None => Ok(false.into()),
        Some(true) => Ok(true.into()),
        Some(false) => blame(
            0,
            format!(
                "{} is a directory or something else that is not a file",
                arguments.quote(arguments.text(0))
            ),
        ),
    }
}

fn file_set(arguments: &mut Args<'_>) -> Outcome {
    let directory = location(arguments)?;
    let pattern = clean(arguments.text(1));
    if pattern == ".." || pattern.starts_with("../") || pattern.starts_with('/') {
        return blame(
            1,
            "the pattern must stay below the directory; give the directory above as the first argument",
        );
    }
    let glob = glob::compile(&pattern)
        .map_err(|reason| FunctionError::at(1, format!("the pattern is not valid: {reason}")))?;
    let files = match arguments.context.walk(&directory) {
        Ok(files) => files,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(unreadable(arguments, &error)),
    };
    Ok(Value::set(
        Type::String,
        files
            .iter()
            .filter(|file| glob.is_match(file))
            .map(Value::string)
            .collect(),
    ))
}

/// The shortest path that means the same, without looking at any file.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            other => parts.push(other),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".into(),
        (false, false) => joined,
    }
}

fn base_name(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() {
        return if path.is_empty() { "." } else { "/" };
    }
    trimmed.rsplit('/').next().unwrap_or(trimmed)
}

fn directory(path: &str) -> String {
    path.rfind('/')
        .map_or_else(|| ".".into(), |slash| clean(&path[..=slash]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_without_leaving_the_root() {
        for (path, cleaned) in [
            ("a/./b//c/..", "a/b"),
            ("/../a", "/a"),
            ("", "."),
            ("../../a", "../../a"),
            ("a/..", "."),
        ] {
            assert_eq!(clean(path), cleaned);
        }
    }
}
