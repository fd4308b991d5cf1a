//! `terraform`, `provider`, `moved`, `import`, `removed` and `check` blocks.

use super::build::Declared;
use super::meta::{conditions, flag, missing_argument, provider_ref, text};
use super::resource::{named, one, resource};
use crate::compile::{Names, compile_body};
use crate::raw::{RawBlock, RawBody, RawExpr, problem};
use crate::{
    Backend, Check, Extra, Import, Module, Moved, ProviderConfig, Removed, RequiredProvider, Spanned,
    WrittenAddress, codes,
};
use hcl_edit::expr::{Expression, TraversalOperator};
use regprov_addr::{ResourceMode, TargetAddress};
use regprov_diag::Diagnostics;
use std::sync::Arc;

pub(super) fn terraform(module: &mut Module, block: RawBlock, found: &mut Diagnostics) {
    let mut body = block.body;
    module
        .required_versions
        .extend(text(&mut body, "required_version", found));
    body.take("experiments");
    body.take("language");
    for inner in body.take_blocks("required_providers", 0, found) {
        required_providers(module, inner.body, found);
    }
    for inner in body.take_blocks("backend", 1, found) {
        let kind = inner
            .labels
            .first()
            .map(|(label, _)| label.to_string())
            .unwrap_or_default();
        if let Some(first) = &module.backend {
            let detail = "A module has only one `backend` block.";
            found.push(
                problem(&codes::DUPLICATE, inner.span, detail).related(first.span, "the first one is here"),
            );
            continue;
        }
        let body = compile_body(inner.body, &Names::new(), found);
        module.backend = Some(Backend {
            kind,
            body,
            span: inner.span,
        });
    }
    for (kind, labels) in [("cloud", 0), ("encryption", 0), ("provider_meta", 1)] {
        for inner in body.take_blocks(kind, labels, found) {
            let labels = inner.labels.iter().map(|(label, _)| label.to_string()).collect();
            // An `encryption` block refers to itself in ways of its own, which are kept and not judged.
            let mut ignored = Diagnostics::new();
            let body = compile_body(inner.body, &Names::new(), &mut ignored);
            module.terraform_extras.push(Extra {
                kind: kind.to_owned(),
                labels,
                body,
                span: inner.span,
            });
        }
    }
    let known = [
        "required_version",
        "required_providers",
        "backend",
        "cloud",
        "encryption",
        "provider_meta",
    ];
    body.finish("a `terraform` block", &known, found);
}

fn required_providers(module: &mut Module, body: RawBody, found: &mut Diagnostics) {
    for (name, attribute) in body.attributes {
        let span = attribute.expr.span();
        let mut required = RequiredProvider {
            span: Some(attribute.span),
            ..RequiredProvider::default()
        };
        match (attribute.expr.as_string(), attribute.expr.as_entries()) {
            // Before Terraform 0.13 the version stood alone.
            (Some(version), _) => required.version = Some(Spanned { text: version, span }),
            (None, Some(entries)) => {
                for (key, key_span, value) in entries {
                    required_setting(&mut required, (&key, key_span), &value, found);
                }
            }
            (None, None) => {
                let detail =
                    format!("The provider `{name}` is required as `{{ source = \"…\", version = \"…\" }}`.");
                found.push(problem(&codes::STATIC, span, detail));
            }
        }
        if let Some(first) = module.required_providers.get(&name) {
            let diagnostic = problem(
                &codes::DUPLICATE,
                attribute.name_span,
                format!("The provider `{name}` is required twice."),
            );
            let place = first.span.unwrap_or(attribute.name_span);
            found.push(diagnostic.related(place, "first required here"));
            continue;
        }
        module.required_providers.insert(name, required);
    }
}

fn required_setting(
    required: &mut RequiredProvider,
    (key, key_span): (&str, regprov_diag::Span),
    value: &RawExpr,
    found: &mut Diagnostics,
) {
    let span = value.span();
    match (key, value.as_string()) {
        ("source", Some(text)) => required.source = Some(Spanned { text, span }),
        ("version", Some(text)) => required.version = Some(Spanned { text, span }),
        ("configuration_aliases", _) => {
            let items = value.as_list().unwrap_or_default();
            required.configuration_aliases = items
                .iter()
                .filter_map(|item| provider_ref(item, found))
                .collect();
        }
        ("source" | "version", None) => {
            found.push(problem(
                &codes::STATIC,
                span,
                format!("`{key}` is a string in quotes."),
            ));
        }
        (_, _) => found.push(problem(
            &codes::UNSUPPORTED_ARGUMENT,
            key_span,
            format!("A required provider has no setting `{key}`."),
        )),
    }
}

pub(super) fn provider(name: Arc<str>, block: RawBlock, found: &mut Diagnostics) -> ProviderConfig {
    let mut body = block.body;
    let alias = text(&mut body, "alias", found).map(|alias| Arc::from(alias.text));
    body.take("version");
    let body = compile_body(body, &Names::new(), found);
    ProviderConfig {
        name,
        alias,
        body,
        span: block.span,
    }
}

/// An address as it is written; checked, and kept as text.
fn address(
    body: &mut RawBody,
    name: &str,
    block: &str,
    span: regprov_diag::Span,
    found: &mut Diagnostics,
) -> Option<WrittenAddress> {
    let Some(attribute) = body.take(name) else {
        found.push(missing_argument(name, block, span));
        return None;
    };
    let span = attribute.expr.span();
    let text = attribute
        .expr
        .as_written()
        .filter(|text| text.parse::<TargetAddress>().is_ok());
    if text.is_none() {
        let detail = format!(
            "`{name}` is the address of a resource or module, such as `azurerm_resource_group.main[\"x\"]`."
        );
        found.push(problem(&codes::ADDRESS, span, detail));
    }
    text.map(|text| Spanned { text, span })
}

pub(super) fn moved(block: RawBlock, found: &mut Diagnostics) -> Option<Moved> {
    let mut body = block.body;
    let from = address(&mut body, "from", "a `moved` block", block.span, found);
    let to = address(&mut body, "to", "a `moved` block", block.span, found);
    body.finish("a `moved` block", &["from", "to"], found);
    Some(Moved {
        from: from?,
        to: to?,
        span: block.span,
    })
}

pub(super) fn removed(block: RawBlock, found: &mut Diagnostics) -> Option<Removed> {
    let mut body = block.body;
    let from = address(&mut body, "from", "a `removed` block", block.span, found);
    let mut destroy = true;
    if let Some(mut lifecycle) = one(&mut body, "lifecycle", found) {
        destroy = flag(&mut lifecycle.body, "destroy", found).unwrap_or(true);
        lifecycle
            .body
            .finish("the `lifecycle` of a `removed` block", &["destroy"], found);
    }
    body.take_blocks("provisioner", 1, found);
    body.finish("a `removed` block", &["from", "lifecycle"], found);
    Some(Removed {
        from: from?,
        destroy,
        span: block.span,
    })
}

pub(super) fn import(block: RawBlock, found: &mut Diagnostics) -> Option<Import> {
    let mut body = block.body;
    let mut optional =
        |body: &mut RawBody, name: &str| body.take(name).map(|attribute| attribute.expr.compile(found));
    let (id, identity, for_each) = (
        optional(&mut body, "id"),
        optional(&mut body, "identity"),
        optional(&mut body, "for_each"),
    );
    let provider = body
        .take("provider")
        .and_then(|provider| provider_ref(&provider.expr, found));
    let mut to_index = None;
    if let Some(attribute) = body.attributes.get_mut("to") {
        to_index = open_index(&mut attribute.expr, found);
    }
    let to = address(&mut body, "to", "an `import` block", block.span, found);
    body.finish(
        "an `import` block",
        &["to", "id", "identity", "for_each", "provider"],
        found,
    );
    if id.is_none() && identity.is_none() {
        found.push(missing_argument("id", "an `import` block", block.span));
    }
    Some(Import {
        to: to?,
        to_index,
        id,
        identity,
        for_each,
        provider,
        span: block.span,
    })
}

/// Takes the last index off an address where it has to be evaluated.
fn open_index(raw: &mut RawExpr, found: &mut Diagnostics) -> Option<crate::Expr> {
    let (expr, origin) = raw.native().ok()?;
    let Expression::Traversal(traversal) = &*expr else {
        return None;
    };
    let (last, rest) = traversal.operators.split_last()?;
    let TraversalOperator::Index(index) = last.value() else {
        return None;
    };
    if crate::compile::literal_key(index).is_some() {
        return None;
    }
    let compiled = RawExpr::Hcl(Arc::new(index.clone()), origin.clone()).compile(found);
    let shorter = hcl_edit::expr::Traversal::new(traversal.expr.clone(), rest.to_vec());
    *raw = RawExpr::Hcl(Arc::new(Expression::from(shorter)), origin);
    Some(compiled)
}

/// A `check` block; its scoped data source joins the module's.
pub(super) fn check(declared: &mut Declared<'_>, name: Arc<str>, block: RawBlock, found: &mut Diagnostics) {
    let mut body = block.body;
    let mut data = None;
    for inner in body.take_blocks("data", 2, found) {
        let Some((name, span)) = named(&inner, ResourceMode::Data, found) else {
            continue;
        };
        if declared.fresh(&format!("data {name}"), span, found) {
            let made = resource(name.clone(), inner, found);
            declared.module.resources.insert(name.clone(), made);
            data = Some(name);
        }
    }
    let asserts = conditions(&mut body, "assert", found);
    body.finish("a `check` block", &["data", "assert"], found);
    declared.module.checks.insert(
        name,
        Check {
            data,
            asserts,
            span: block.span,
        },
    );
}
