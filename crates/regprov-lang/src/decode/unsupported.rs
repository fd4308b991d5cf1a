//! Arguments and blocks that a schema does not have.

use super::{Decoder, former};
use crate::raw::{problem, with_suggestion};
use crate::{BlockNode, Body, codes};
use regprov_diag::Diagnostic;
use regprov_schema::Block;
use std::sync::Arc;

impl Decoder<'_> {
    /// Tells of every argument and block of the body that the schema does not have.
    pub(super) fn unsupported(&mut self, body: &Body, schema: &Block) {
        let arguments = body
            .attributes
            .iter()
            .filter_map(|(name, attribute)| unsupported_argument(body, schema, name, attribute));
        let blocks = body
            .blocks
            .iter()
            .filter_map(|block| unsupported_block(body, schema, block));
        for diagnostic in arguments.chain(blocks) {
            self.found.push(diagnostic);
        }
    }
}

fn unsupported_argument(
    body: &Body,
    schema: &Block,
    name: &Arc<str>,
    attribute: &crate::body::Attribute,
) -> Option<Diagnostic> {
    let is_block = schema.blocks.contains_key(&**name);
    if schema.attributes.contains_key(&**name) || (is_block && attribute.json.is_some()) {
        return None;
    }
    let now = former::called_now(schema, name).map(|(now, _)| now);
    if now.is_some_and(|now| !written(body, now)) {
        return None;
    }
    let dropped = dropped(schema, name);
    let detail = match (is_block, now, &dropped) {
        (true, _, _) => {
            format!(
                "`{name}` is a nested block, not an argument: it is written `{name} {{ … }}`, without `=`."
            )
        }
        (false, Some(now), _) => format!("`{name}` is the older name of `{now}`, and both are set."),
        (false, None, Some(dropped)) => dropped.clone(),
        (false, None, None) => format!("There is no argument named `{name}` here."),
    };
    let diagnostic = problem(&codes::UNSUPPORTED_ARGUMENT, attribute.name_span, detail).context(body.span);
    if is_block || now.is_some() || dropped.is_some() {
        return Some(diagnostic);
    }
    let names: Vec<&str> = schema.names().collect();
    Some(with_suggestion(diagnostic, name, &names))
}

fn unsupported_block(body: &Body, schema: &Block, block: &BlockNode) -> Option<Diagnostic> {
    let kind = &*block.kind;
    let attribute = schema.attributes.get(kind);
    let older = former::called_now(schema, kind).filter(|(_, former)| former::as_blocks(former));
    if schema.blocks.contains_key(kind)
        || attribute.is_some_and(|attribute| attribute.as_blocks)
        || older.is_some_and(|(now, _)| !written(body, now))
    {
        return None;
    }
    let known = match (attribute, older) {
        (Some(_), _) => Some(format!(
            "`{kind}` is an argument, not a block: it is written `{kind} = …`."
        )),
        (None, Some((now, _))) => Some(format!(
            "`{kind}` is the older form of `{now}`, and both are set."
        )),
        (None, None) => dropped(schema, kind),
    };
    let is_known = known.is_some();
    let detail = known.unwrap_or_else(|| format!("There is no block of type `{kind}` here."));
    let diagnostic = problem(&codes::UNSUPPORTED_BLOCK, block.span, detail).context(body.span);
    if is_known {
        return Some(diagnostic);
    }
    let names: Vec<&str> = schema.names().collect();
    Some(with_suggestion(diagnostic, kind, &names))
}

/// Whether the body sets an argument of this name.
fn written(body: &Body, name: &str) -> bool {
    body.attributes.contains_key(name) || body.blocks.iter().any(|block| &*block.kind == name)
}

/// What to do about what older versions of the provider took here.
fn dropped(schema: &Block, name: &str) -> Option<String> {
    let dropped = schema.dropped.iter().find(|dropped| dropped.name == name)?;
    Some(format!(
        "`{name}` is not supported any more: {}.",
        dropped.instead
    ))
}
