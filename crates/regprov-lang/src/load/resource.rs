//! `resource`, `data`, `module` and `check` blocks.

use super::condition::{About, conditions};
use super::literal::{Quoted, warn_quoted};
use super::meta::{depends_on, flag, missing_argument, repetition};
use super::provider::{is_local_name, provider_ref, reserved_blocks};
use super::provisioner::{connection, only_self, provisioner};
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
        .map(|block| lifecycle(block, &name, found))
        .unwrap_or_default();
    let timeouts = one(&mut body, "timeouts", found).map(|block| compiled(block.body, found));
    reserved_blocks(&mut body, &["locals"], "this block", found);
    let provisioners = match name.mode {
        ResourceMode::Managed => provisioners(&mut body, found),
        ResourceMode::Data | ResourceMode::Ephemeral => Vec::new(),
    };
    unescape(&mut body, found);
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

fn provisioners(body: &mut RawBody, found: &mut Diagnostics) -> Vec<Provisioner> {
    let blocks = body.take_blocks("provisioner", 1, found);
    let connection = connection(body, found);
    let destroys = |block: &RawBlock| {
        let when = block.body.attributes.get("when");
        when.is_some_and(|when| when.expr.as_written().as_deref() == Some("destroy"))
    };
    if let Some(connection) = connection.filter(|_| blocks.iter().any(destroys)) {
        only_self(&connection, found);
    }
    let read = blocks.into_iter().filter_map(|block| provisioner(block, found));
    read.collect()
}

/// Puts what an escaping block `_ { … }` holds among the arguments, whatever it is called there.
pub(super) fn unescape(body: &mut RawBody, found: &mut Diagnostics) {
    let Some(block) = one(body, "_", found) else {
        return;
    };
    body.attributes.extend(block.body.attributes);
    body.blocks.extend(block.body.blocks);
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

/// The settings of a `lifecycle` block that only managed resources have.
const MANAGED_LIFECYCLE: [&str; 4] = [
    "create_before_destroy",
    "prevent_destroy",
    "ignore_changes",
    "replace_triggered_by",
];

fn lifecycle(block: RawBlock, name: &ResourceName, found: &mut Diagnostics) -> Lifecycle {
    let mut body = block.body;
    let mut lifecycle = Lifecycle {
        span: Some(block.span),
        ..Lifecycle::default()
    };
    lifecycle.preconditions = conditions(&mut body, "precondition", About::Block(name), found);
    lifecycle.postconditions = conditions(&mut body, "postcondition", About::Block(name), found);
    match name.mode {
        ResourceMode::Managed => managed_lifecycle(&mut lifecycle, &mut body, found),
        ResourceMode::Data | ResourceMode::Ephemeral => {
            for setting in MANAGED_LIFECYCLE {
                if let Some(attribute) = body.take(setting) {
                    let detail = format!("Only a `resource` block has `{setting}` in its `lifecycle`.");
                    found.push(
                        Diagnostic::error(&codes::UNSUPPORTED_ARGUMENT, unmanaged(name.mode))
                            .at(attribute.name_span)
                            .detail(detail),
                    );
                }
            }
        }
    }
    let known = [&MANAGED_LIFECYCLE[..], &["precondition", "postcondition"]].concat();
    body.finish("a `lifecycle` block", &known, found);
    lifecycle
}

/// The summary for a setting in the `lifecycle` of what is not managed.
fn unmanaged(mode: ResourceMode) -> &'static str {
    match mode {
        ResourceMode::Ephemeral => "Invalid ephemeral resource lifecycle argument",
        ResourceMode::Managed | ResourceMode::Data => "Invalid data resource lifecycle argument",
    }
}

fn managed_lifecycle(lifecycle: &mut Lifecycle, body: &mut RawBody, found: &mut Diagnostics) {
    lifecycle.create_before_destroy = flag(body, "create_before_destroy", found);
    let span = body
        .attributes
        .get("prevent_destroy")
        .map(|attribute| attribute.span);
    lifecycle.prevent_destroy = flag(body, "prevent_destroy", found).zip(span);
    if let Some(attribute) = body.take("ignore_changes") {
        lifecycle.ignore_changes = ignore_changes(&attribute.expr, found);
    }
    let Some(attribute) = body.take("replace_triggered_by") else {
        return;
    };
    match attribute.expr.as_list() {
        Some(items) => {
            lifecycle.replace_triggered_by = items.iter().map(|item| trigger(item, found)).collect();
        }
        None => found.push(problem(
            &codes::STATIC,
            attribute.expr.span(),
            "`replace_triggered_by` is a list of references.",
        )),
    }
}

/// A reference; in JSON syntax, a string that holds one.
fn trigger(raw: &RawExpr, found: &mut Diagnostics) -> crate::Expr {
    let before = found.len();
    let expr = match (raw, found.take(raw.native())) {
        (RawExpr::Json(_), Some((expr, origin))) => RawExpr::Hcl(expr, origin).compile(found),
        (_, _) => raw.compile(found),
    };
    if found.len() == before {
        one_resource(&expr, found);
    }
    expr
}

/// A trigger refers to one resource, its instance chosen by a literal, `count.index` or `each.key`.
fn one_resource(expr: &crate::Expr, found: &mut Diagnostics) {
    let mut resources = 0;
    for reference in expr.references() {
        match &reference.subject {
            Subject::Resource { .. } => resources += 1,
            Subject::CountIndex | Subject::EachKey => {}
            other => {
                let detail = format!(
                    "`replace_triggered_by` refers to resources, and to `count.index` or `each.key` in their index, not to `{other}`."
                );
                found.push(problem(&codes::REFERENCE, reference.span, detail));
                return;
            }
        }
    }
    if resources != 1 {
        let detail = format!(
            "Each element of `replace_triggered_by` refers to one resource, and this one refers to {resources}."
        );
        found.push(problem(&codes::REFERENCE, expr.span(), detail));
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
        warn_quoted(&item, Quoted::Reference, found);
        let written = item.as_written();
        if written.as_deref() == Some("*") {
            let detail = "`[\"*\"]` is the form of Terraform before 0.12.";
            found.push(
                Diagnostic::error(&codes::STATIC, "Invalid ignore_changes wildcard")
                    .at(raw.span())
                    .detail(detail)
                    .help("Write `ignore_changes = all`."),
            );
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
    reserved_blocks(
        &mut body,
        &["lifecycle", "locals", "provider"],
        "a `module` block",
        found,
    );
    unescape(&mut body, found);
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
    let mut passed: Vec<(crate::ProviderRef, crate::ProviderRef)> = Vec::with_capacity(entries.len());
    for (inside, span, outside) in entries {
        let Some(child) = super::provider::named(&inside, span) else {
            let detail =
                format!("{inside:?} is no name of a provider configuration: that is `NAME` or `NAME.ALIAS`.");
            found.push(problem(&codes::STATIC, span, detail));
            continue;
        };
        is_local_name(&child.name, span, found);
        let same = |(other, _): &&(crate::ProviderRef, crate::ProviderRef)| {
            other.name == child.name && other.alias == child.alias
        };
        if let Some((first, _)) = passed.iter().find(same) {
            let detail = format!("The provider configuration `{inside}` of the module is passed twice.");
            found.push(problem(&codes::DUPLICATE, span, detail).related(first.span, "first passed here"));
            continue;
        }
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
