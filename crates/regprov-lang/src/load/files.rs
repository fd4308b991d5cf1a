//! The files of one module directory.

use super::{Files, Loaded, join, unreadable};
use crate::raw::{Origin, RawBlock, RawBody, blocks_of, parse_json, parse_native, problem, with_suggestion};
use crate::syntax::{decode, readable};
use crate::{codes, later};
use regprov_diag::{Diagnostic, Diagnostics, Span};
use std::borrow::Cow;
use std::path::Path;

/// The top-level blocks of a module: those that declare, and those of override files.
#[derive(Default)]
pub(super) struct Parsed {
    pub(super) blocks: Vec<RawBlock>,
    pub(super) overrides: Vec<RawBlock>,
}

/// The top-level block types and their labels.
const KINDS: [(&str, usize); 13] = [
    ("terraform", 0),
    ("provider", 1),
    ("variable", 1),
    ("locals", 0),
    ("resource", 2),
    ("data", 2),
    ("ephemeral", 2),
    ("output", 1),
    ("module", 1),
    ("moved", 0),
    ("import", 0),
    ("removed", 0),
    ("check", 1),
];

/// Reads every configuration file of a directory, in the order of their names.
pub(super) fn parse(directory: &Path, files: &dyn Files, may_be_empty: bool, loaded: &mut Loaded) -> Parsed {
    let mut parsed = Parsed::default();
    let mut names = match files.list(directory) {
        Ok(names) => names,
        Err(error) => {
            loaded.diagnostics.push(unreadable(directory, &error));
            return parsed;
        }
    };
    names.sort();
    let chosen: Vec<&String> = names
        .iter()
        .filter(|name| is_configuration(name) && !is_replaced(name, &names))
        .collect();
    if chosen.is_empty() && !may_be_empty {
        let detail = format!(
            "The directory {} holds no configuration: no file in it ends in `.tf` or `.tf.json`.",
            directory.display()
        );
        loaded
            .diagnostics
            .push(Diagnostic::error(&codes::FILE, "No configuration files").detail(detail).help(
                "Change into the directory that holds the configuration, or name it: regprov -chdir=DIR plan",
            ));
    }
    for name in chosen {
        let path = join(directory, Path::new(name));
        let blocks = match files.read(&path) {
            Ok(bytes) => file(&path, &bytes, loaded),
            Err(error) => {
                loaded.diagnostics.push(unreadable(&path, &error));
                continue;
            }
        };
        if is_override(name) {
            parsed.overrides.extend(blocks)
        } else {
            parsed.blocks.extend(blocks)
        }
    }
    parsed
}

fn stem(name: &str) -> Option<&str> {
    [".tf.json", ".tofu.json", ".tofu", ".tf"]
        .iter()
        .find_map(|end| name.strip_suffix(end))
}

fn is_configuration(name: &str) -> bool {
    let hidden =
        name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'));
    !hidden && stem(name).is_some()
}

/// A `.tofu` file stands in for the `.tf` file of the same name.
fn is_replaced(name: &str, names: &[String]) -> bool {
    let twin = match (name.strip_suffix(".tf"), name.strip_suffix(".tf.json")) {
        (Some(stem), _) => format!("{stem}.tofu"),
        (None, Some(stem)) => format!("{stem}.tofu.json"),
        (None, None) => return false,
    };
    names.contains(&twin)
}

fn is_override(name: &str) -> bool {
    stem(name).is_some_and(|stem| stem == "override" || stem.ends_with("_override"))
}

fn file(path: &Path, bytes: &[u8], loaded: &mut Loaded) -> Vec<RawBlock> {
    let name = path.display().to_string();
    let text = match name.ends_with(".json") {
        true => std::str::from_utf8(bytes)
            .map(Cow::Borrowed)
            .map_err(|error| error.valid_up_to()),
        false => decode(bytes),
    };
    let text = match text {
        Ok(text) => text,
        Err(at) => {
            let source = loaded.sources.add(name, readable(bytes));
            let detail = "The file holds bytes that are not UTF-8 text.";
            loaded.diagnostics.push(problem(
                &codes::ENCODING,
                Span::from_range(source, at..at + 1),
                detail,
            ));
            return Vec::new();
        }
    };
    let source = loaded.sources.add(name.clone(), &*text);
    let found = &mut loaded.diagnostics;
    let (text, offset) = text
        .strip_prefix('\u{feff}')
        .map_or((&*text, 0), |rest| (rest, '\u{feff}'.len_utf8()));
    let origin = Origin {
        offset,
        ..Origin::file(source)
    };
    if name.ends_with(".json") {
        top_level_json(parse_json(text, source, found), found)
    } else {
        top_level(parse_native(text, origin, found), found)
    }
}

/// A block type that may not stand at the top of a file.
fn unknown(kind: &str, span: Span) -> Diagnostic {
    if kind == "required_providers" {
        return Diagnostic::error(&codes::UNSUPPORTED_BLOCK, "Invalid required_providers block")
            .at(span)
            .detail("A `required_providers` block stands in a `terraform` block.")
            .help("Write `terraform { required_providers { … } }`.");
    }
    let detail = format!("There is no top-level block of type `{kind}`.");
    let diagnostic = with_suggestion(problem(&codes::UNSUPPORTED_BLOCK, span, detail), kind, &kinds());
    later::with_version(diagnostic, later::TOP, kind)
}

fn kinds() -> Vec<&'static str> {
    KINDS.iter().map(|(kind, _)| *kind).collect()
}

fn top_level_json(body: RawBody, found: &mut Diagnostics) -> Vec<RawBlock> {
    let mut blocks = Vec::new();
    for (name, attribute) in body.attributes {
        match KINDS.iter().find(|(kind, _)| *kind == &*name) {
            Some((kind, labels)) => blocks.extend(
                found
                    .take(blocks_of(kind, &attribute, *labels))
                    .unwrap_or_default(),
            ),
            None => found.push(unknown(&name, attribute.name_span)),
        }
    }
    blocks
}

fn top_level(body: RawBody, found: &mut Diagnostics) -> Vec<RawBlock> {
    for (name, attribute) in &body.attributes {
        let detail = format!(
            "The argument `{name}` stands outside of any block. Variables are set in `terraform.tfvars`; values for reuse go into `locals`."
        );
        found.push(problem(&codes::UNSUPPORTED_ARGUMENT, attribute.name_span, detail));
    }
    let mut blocks = Vec::with_capacity(body.blocks.len());
    for block in body.blocks {
        match KINDS.iter().find(|(kind, _)| *kind == &*block.kind) {
            Some((kind, labels)) if block.labels.len() != *labels => {
                let names = match labels {
                    0 => "no label".to_owned(),
                    1 => "one label, its name".to_owned(),
                    _ => "two labels, its type and its name".to_owned(),
                };
                let detail = format!(
                    "A `{kind}` block has {names}; this one has {}.",
                    block.labels.len()
                );
                found.push(problem(&codes::LABELS, block.span, detail));
            }
            Some(_) => blocks.push(block),
            None => found.push(unknown(&block.kind, block.span)),
        }
    }
    blocks
}
