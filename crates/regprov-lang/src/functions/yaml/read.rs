//! YAML to values, from the events of the parser.

use super::scalar;
use regprov_value::{Type, Value, convert};
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Tag};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// How deep collections may be nested.
const MAX_DEPTH: usize = 256;
/// How many nodes a document may have once its aliases are followed.
const MAX_NODES: usize = 1_000_000;

/// Why a text cannot be read: with words from the text, and without.
pub(super) struct Failure {
    pub(super) detailed: String,
    pub(super) plain: String,
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self {
            plain: message.clone(),
            detailed: message,
        }
    }
}

impl From<&str> for Failure {
    fn from(message: &str) -> Self {
        message.to_owned().into()
    }
}

/// The value of a text with one document.
pub(super) fn decode(text: &str) -> Result<Value, Failure> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| scan_failure(&error))?;
        builder.accept(event).map_err(|message| {
            let place = format!("on line {}, column {}: ", span.start.line(), span.start.col() + 1);
            Failure::from(place + &message)
        })?;
    }
    builder
        .root
        .map(|(value, _)| value)
        .ok_or_else(|| "there is no document in it".into())
}

fn scan_failure(error: &ScanError) -> Failure {
    let place = format!(
        "on line {}, column {}",
        error.marker().line(),
        error.marker().col() + 1
    );
    Failure {
        detailed: format!("{place}: {}", error.info()),
        plain: place,
    }
}

/// A value and the number of its nodes.
type Node = (Value, usize);

#[derive(Default)]
struct Builder {
    open: Vec<Frame>,
    anchors: HashMap<usize, Node>,
    root: Option<Node>,
    documents: usize,
}

/// A collection that is not complete yet.
struct Frame {
    anchor: usize,
    nodes: usize,
    parts: Parts,
}

enum Parts {
    Sequence(Vec<Value>),
    Mapping {
        entries: BTreeMap<Arc<str>, Value>,
        merged: Vec<Value>,
        key: Option<Key>,
    },
}

enum Key {
    Name(Arc<str>),
    Merge,
}

impl Builder {
    fn accept(&mut self, event: Event<'_>) -> Result<(), String> {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err("a second document starts here; only one can be read".into());
                }
                Ok(())
            }
            Event::Alias(anchor) => match self.anchors.get(&anchor).cloned() {
                Some(node) => self.add(node, false),
                None => Err("an alias refers to a collection that it is in".into()),
            },
            Event::Scalar(text, style, anchor, tag) => {
                let merge = style == ScalarStyle::Plain && text == "<<" && tag.is_none();
                let node = (scalar(&text, style, tag.as_deref())?, 1);
                if anchor > 0 {
                    self.anchors.insert(anchor, node.clone());
                }
                self.add(node, merge)
            }
            Event::SequenceStart(anchor, tag) => {
                self.start(anchor, tag.as_deref(), "seq", Parts::Sequence(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                let parts = Parts::Mapping {
                    entries: BTreeMap::new(),
                    merged: Vec::new(),
                    key: None,
                };
                self.start(anchor, tag.as_deref(), "map", parts)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
        }
    }

    fn start(&mut self, anchor: usize, tag: Option<&Tag>, kind: &str, parts: Parts) -> Result<(), String> {
        if let Some(tag) = tag
            && format!("{}{}", tag.handle, tag.suffix).strip_prefix(CORE) != Some(kind)
        {
            return Err("a tag on a collection is not supported".into());
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(format!("collections are nested more than {MAX_DEPTH} deep"));
        }
        self.open.push(Frame {
            anchor,
            nodes: 1,
            parts,
        });
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        let Some(frame) = self.open.pop() else {
            return Ok(());
        };
        let value = match frame.parts {
            Parts::Sequence(items) => Value::tuple(items),
            Parts::Mapping {
                mut entries, merged, ..
            } => {
                // What the mapping says itself comes before what it takes over.
                for (name, item) in merged.iter().filter_map(Value::as_entries).flatten() {
                    entries.entry(name.clone()).or_insert_with(|| item.clone());
                }
                Value::object(entries)
            }
        };
        let node = (value, frame.nodes);
        if frame.anchor > 0 {
            self.anchors.insert(frame.anchor, node.clone());
        }
        self.add(node, false)
    }

    fn add(&mut self, (value, nodes): Node, merge: bool) -> Result<(), String> {
        let Some(frame) = self.open.last_mut() else {
            self.root = Some((value, nodes));
            return Ok(());
        };
        frame.nodes += nodes;
        if frame.nodes > MAX_NODES {
            return Err(format!("the document has more than {MAX_NODES} nodes"));
        }
        match &mut frame.parts {
            Parts::Sequence(items) => items.push(value),
            Parts::Mapping { entries, merged, key } => match key.take() {
                None if merge => *key = Some(Key::Merge),
                None => *key = Some(Key::Name(name(&value)?)),
                Some(Key::Name(name)) => {
                    entries.insert(name, value);
                }
                Some(Key::Merge) => take_over(merged, value)?,
            },
        }
        Ok(())
    }
}

/// The mappings that `<<` names: one, or a list of them.
fn take_over(merged: &mut Vec<Value>, value: Value) -> Result<(), String> {
    let lacking = "the value of << must be a mapping or a list of mappings";
    if value.as_entries().is_some() {
        merged.push(value);
        return Ok(());
    }
    for item in value.as_items().ok_or(lacking)? {
        item.as_entries().ok_or(lacking)?;
        merged.push(item.clone());
    }
    Ok(())
}

fn name(key: &Value) -> Result<Arc<str>, String> {
    let converted = convert(key, &Type::String).ok();
    let text = converted.as_ref().and_then(Value::as_str);
    text.map(Arc::from)
        .ok_or_else(|| "a key must be a string, a number or a bool".into())
}

/// Where YAML's own tags come from.
const CORE: &str = "tag:yaml.org,2002:";

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, String> {
    let plain = style == ScalarStyle::Plain;
    let Some(tag) = tag else {
        return if plain {
            scalar::plain(text)
        } else {
            Ok(Value::string(text))
        };
    };
    let full = format!("{}{}", tag.handle, tag.suffix);
    match full.strip_prefix(CORE) {
        Some(kind) if plain => scalar::tagged(kind, text),
        Some(_) => Ok(Value::string(text)),
        None if full == "!" => Ok(Value::string(text)),
        None => Err("a tag of its own is not supported".into()),
    }
}
