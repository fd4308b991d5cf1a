//! `resource`, `data`, `module` and `check` blocks.

use super::meta::{conditions, depends_on, flag, missing_argument, provider_ref, repetition};
use crate::compile::{Names, compile_body};
use crate::configuration::OpenSource;
use crate::raw::{RawBlock, RawBody, RawExpr, problem};
use crate::{
    Body, IgnoreChanges, Lifecycle, ModuleCall, Provisioner, Resource, ResourceName, Spanned, Subject, codes,
};
use regprov_addr::{AttributePath, ResourceMode};
use regprov_diag::{Diagnostic, Diagnostics, Span};
use std::sync::Arc;

pub(super) fn resource(name: ResourceName, block: RawBlock, found: &mut Diagnostics) -> Resource {
    let mut body = block.body;
    let (count, for_each) = repetition(&mut body, found);
    let provider = body
        .take("provider")
        .and_then(|provider| provider_ref(&provider.expr, found));
    let depends_on = depends_on(&mut body, found);
    let lifecycle = one(&mut body, "lifecycle", found)
        .map(|block| lifecycle(block, name.mode, found))
        .unwrap_or_default();
    let timeouts = one(&mut body, "timeouts", found).map(|block| compiled(block.body, found));
    let provisioners = body.take_blocks("provisioner", 1, found);
    let provisioners = provisioners
        .into_iter()
        .filter_map(|block| provisioner(block, found))
        .collect();
    ignore_connections(&mut body, found);
    let name_span = block.labels.last().map_or(block.span, |(_, span)| *span);
    let body = compiled(body, found);
    Resource {
        name,
        body,
        count,
        for_each,
        provider,
        depends_on,
        lifecycle,
        timeouts,
        provisioners,
        span: block.span,
        name_span,
    }
}

fn compiled(body: RawBody, found: &mut Diagnostics) -> Body {
    compile_body(body, &Names::new(), found)
}

/// The one block of a type.
pub(super) fn one(body: &mut RawBody, kind: &str, found: &mut Diagnostics) -> Option<RawBlock> {
    let mut blocks = body.take_blocks(kind, 0, found).into_iter();
    let first = blocks.next()?;
    for more in blocks {
        let detail = format!("A block of type `{kind}` may stand here only once.");
        found
            .push(problem(&codes::DUPLICATE, more.span, detail).related(first.span, "the first one is here"));
    }
    Some(first)
}

fn lifecycle(block: RawBlock, mode: ResourceMode, found: &mut Diagnostics) -> Lifecycle {
    let mut body = block.body;
    let mut lifecycle = Lifecycle {
        span: Some(block.span),
        ..Lifecycle::default()
    };
    lifecycle.preconditions = conditions(&mut body, "precondition", found);
    lifecycle.postconditions = conditions(&mut body, "postcondition", found);
    if mode == ResourceMode::Managed {
        lifecycle.create_before_destroy = flag(&mut body, "create_before_destroy", found);
        let span = body
            .attributes
            .get("prevent_destroy")
            .map(|attribute| attribute.span);
        lifecycle.prevent_destroy = flag(&mut body, "prevent_destroy", found).zip(span);
        if let Some(attribute) = body.take("ignore_changes") {
            lifecycle.ignore_changes = ignore_changes(&attribute.expr, found);
        }
        if let Some(attribute) = body.take("replace_triggered_by") {
            match attribute.expr.as_list() {
                Some(items) => {
                    lifecycle.replace_triggered_by = items.iter().map(|item| trigger(item, found)).collect()
                }
                None => found.push(problem(
                    &codes::STATIC,
                    attribute.expr.span(),
                    "`replace_triggered_by` is a list of references.",
                )),
            }
        }
    }
    let known = [
        "create_before_destroy",
        "prevent_destroy",
        "ignore_changes",
        "replace_triggered_by",
        "precondition",
        "postcondition",
    ];
    body.finish("a `lifecycle` block", &known, found);
    lifecycle
}

/// A reference; in JSON syntax, a string that holds one.
fn trigger(raw: &RawExpr, found: &mut Diagnostics) -> crate::Expr {
    match (raw, found.take(raw.native())) {
        (RawExpr::Json(_), Some((expr, origin))) => RawExpr::Hcl(expr, origin).compile(found),
        (_, _) => raw.compile(found),
    }
}

fn ignore_changes(raw: &RawExpr, found: &mut Diagnostics) -> IgnoreChanges {
    if raw.as_written().as_deref() == Some("all") {
        return IgnoreChanges::All;
    }
    let Some(items) = raw.as_list() else {
        let detail = "`ignore_changes` is `all`, or a list of arguments such as `[tags, sku]`.";
        found.push(problem(&codes::STATIC, raw.span(), detail));
        return IgnoreChanges::default();
    };
    let mut paths = Vec::with_capacity(items.len());
    for item in items {
        let span = item.span();
        let written = item.as_written();
        if written.as_deref() == Some("*") {
            return IgnoreChanges::All;
        }
        match written.as_deref().map(str::parse::<AttributePath>) {
            Some(Ok(path)) => paths.push((path, span)),
            Some(Err(_)) | None => {
                let detail = "An argument, or a part of one such as `tags[\"owner\"]`, is needed here.";
                found.push(problem(&codes::STATIC, span, detail));
            }
        }
    }
    IgnoreChanges::Paths(paths)
}

fn provisioner(block: RawBlock, found: &mut Diagnostics) -> Option<Provisioner> {
    let span = block.span;
    let kind = block.labels.first().map(|(label, _)| label.to_string())?;
    let mut body = block.body;
    if kind != "local-exec" {
        let detail = format!(
            "The provisioner {kind:?} is not supported: regprov works on registries and credentials, not inside machines."
        );
        let help = "Remove it, or run what it does from a provisioner \"local-exec\".";
        found.push(problem(&codes::UNSUPPORTED, span, detail).help(help));
        return None;
    }
    ignore_connections(&mut body, found);
    let on_destroy = choice(&mut body, "when", ["create", "destroy"], found);
    let continue_on_failure = choice(&mut body, "on_failure", ["fail", "continue"], found);
    let body = compiled(body, found);
    if on_destroy {
        only_self(&body, found);
    }
    Some(Provisioner {
        kind,
        on_destroy,
        continue_on_failure,
        body,
        span,
    })
}

/// Takes a keyword out; answers whether it is the second of the two that are possible.
fn choice(body: &mut RawBody, name: &str, words: [&str; 2], found: &mut Diagnostics) -> bool {
    let Some(attribute) = body.take(name) else {
        return false;
    };
    let written = attribute.expr.as_written();
    if !words.iter().any(|word| written.as_deref() == Some(word)) {
        let detail = format!(
            "`{name}` is one of the keywords `{}` and `{}`.",
            words[0], words[1]
        );
        found.push(problem(&codes::STATIC, attribute.expr.span(), detail));
    }
    written.as_deref() == Some(words[1])
}

/// When an object is deleted, what the rest of the configuration would say may be gone already.
fn only_self(body: &Body, found: &mut Diagnostics) {
    for reference in body.references() {
        let known = match &reference.subject {
            Subject::SelfObject
            | Subject::CountIndex
            | Subject::EachKey
            | Subject::PathModule
            | Subject::PathRoot
            | Subject::PathCwd
            | Subject::Workspace
            | Subject::Applying => true,
            Subject::Variable(_)
            | Subject::Local(_)
            | Subject::Resource { .. }
            | Subject::Module { .. }
            | Subject::EachValue => false,
        };
        if !known {
            let detail = format!(
                "A provisioner that runs on destroy cannot refer to `{}`: it runs with what the state holds of the object, and nothing else need exist by then.",
                reference.subject
            );
            let help = "Refer to `self`, `count.index` or `each.key`; keep other values in an argument of the resource, such as `triggers_replace` of a `terraform_data`.";
            found.push(problem(&codes::STATIC, reference.span, detail).help(help));
        }
    }
}

fn ignore_connections(body: &mut RawBody, found: &mut Diagnostics) {
    for block in body.take_blocks("connection", 0, found) {
        let detail = "The block has no effect: only provisioners that work inside machines use it, and regprov has none of them.";
        found.push(
            Diagnostic::warning(&codes::UNSUPPORTED, "Connection has no effect")
                .at(block.span)
                .detail(detail),
        );
    }
}

pub(super) fn module_call(name: Arc<str>, block: RawBlock, found: &mut Diagnostics) -> Option<ModuleCall> {
    let span = block.span;
    let mut body = block.body;
    let mut open = OpenSource::default();
    let source = text_or_open(&mut body, "source", &mut open.source, found);
    let version = text_or_open(&mut body, "version", &mut open.version, found);
    let (count, for_each) = repetition(&mut body, found);
    let depends_on = depends_on(&mut body, found);
    let providers = body
        .take("providers")
        .map(|attribute| providers(&attribute.expr, found))
        .unwrap_or_default();
    let Some(source) = source else {
        found.push(missing_argument("source", "a `module` block", span));
        return None;
    };
    for block in std::mem::take(&mut body.blocks) {
        let detail = format!(
            "A `module` block holds only arguments; there is no block of type `{}` in it.",
            block.kind
        );
        found.push(problem(&codes::UNSUPPORTED_BLOCK, block.span, detail));
    }
    let inputs = compiled(body, found);
    Some(ModuleCall {
        name,
        source,
        version,
        open,
        inputs,
        count,
        for_each,
        depends_on,
        providers,
        span,
    })
}

/// A literal string; else what has to be evaluated before anything is planned, with an empty text in its place.
fn text_or_open(
    body: &mut RawBody,
    name: &str,
    open: &mut Option<crate::Expr>,
    found: &mut Diagnostics,
) -> Option<Spanned> {
    let attribute = body.take(name)?;
    let span = attribute.expr.span();
    let text = attribute.expr.as_literal_string().unwrap_or_else(|| {
        *open = Some(attribute.expr.compile(found));
        String::new()
    });
    Some(Spanned { text, span })
}

fn providers(raw: &RawExpr, found: &mut Diagnostics) -> Vec<(crate::ProviderRef, crate::ProviderRef)> {
    let Some(entries) = raw.as_entries() else {
        let detail = "`providers` is an object such as `{ azurerm = azurerm.west }`.";
        found.push(problem(&codes::STATIC, raw.span(), detail));
        return Vec::new();
    };
    let mut passed = Vec::with_capacity(entries.len());
    for (inside, span, outside) in entries {
        let (name, alias) = inside
            .split_once('.')
            .map_or((inside.as_str(), None), |(name, alias)| (name, Some(alias)));
        let child = crate::ProviderRef {
            name: name.into(),
            alias: alias.map(Arc::from),
            span,
        };
        if let Some(parent) = provider_ref(&outside, found) {
            passed.push((child, parent));
        }
    }
    passed
}

/// The labels of a `resource` or `data` block as a name.
pub(super) fn named(
    block: &RawBlock,
    mode: ResourceMode,
    found: &mut Diagnostics,
) -> Option<(ResourceName, Span)> {
    let [(resource_type, type_span), (name, span)] = block.labels.as_slice() else {
        return None;
    };
    for (label, span) in [(resource_type, type_span), (name, span)] {
        if !regprov_addr::is_identifier(label) {
            let detail = format!(
                "{label:?} is not a name: it starts with a letter or `_` and holds letters, digits, `_` and `-`."
            );
            found.push(problem(&codes::NAME, *span, detail));
            return None;
        }
    }
    Some((
        ResourceName {
            mode,
            resource_type: resource_type.clone(),
            name: name.clone(),
        },
        *span,
    ))
}
