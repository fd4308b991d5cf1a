//! `provider` blocks, `required_providers`, and references to provider configurations.

use super::literal::{Quoted, warn_quoted};
use super::meta::text;
use super::resource::unescape;
use crate::compile::{Names, compile_body};
use crate::raw::{RawBlock, RawBody, RawExpr, problem};
use crate::{Module, ProviderConfig, ProviderRef, RequiredProvider, Spanned, codes};
use regprov_diag::{Diagnostic, Diagnostics, Span};
use std::sync::Arc;

/// Why a text is no name of a provider.
fn fault(name: &str) -> Option<String> {
    let part = |c: char| c.is_alphanumeric() || c == '-';
    if name.is_empty() || !name.chars().all(part) || name.starts_with('-') || name.ends_with('-') {
        return Some("holds only letters, digits and dashes, with no dash at its start or end".to_owned());
    }
    if name.contains("--") {
        return Some("has no two dashes in a row".to_owned());
    }
    let lower = name.to_lowercase();
    (lower != name).then(|| format!("is written in small letters: `{lower}`"))
}

/// Whether a text is the local name of a provider; reports it where it is not.
pub(super) fn is_local_name(name: &str, span: Span, found: &mut Diagnostics) -> bool {
    let Some(fault) = fault(name) else { return true };
    let detail = format!("{name:?} is no local name of a provider: such a name {fault}.");
    found.push(
        Diagnostic::error(&codes::NAME, "Invalid provider local name")
            .at(span)
            .detail(detail),
    );
    false
}

pub(super) fn provider(name: Arc<str>, block: RawBlock, found: &mut Diagnostics) -> Option<ProviderConfig> {
    let named = block
        .labels
        .first()
        .is_none_or(|(label, span)| is_local_name(label, *span, found));
    let mut body = block.body;
    let alias = text(&mut body, "alias", found);
    if let Some(alias) = &alias
        && !regprov_addr::is_identifier(&alias.text)
    {
        let detail = format!("The alias {:?} is not a name.", alias.text);
        found.push(problem(&codes::NAME, alias.span, detail));
    }
    if let Some(version) = body.take("version") {
        let detail = "A version in a `provider` block is an older form.";
        let help = "Write it in `required_providers` of the `terraform` block.";
        let summary = "Version constraints inside provider configuration blocks are deprecated";
        found.push(
            Diagnostic::warning(&codes::DEPRECATED, summary)
                .at(version.expr.span())
                .detail(detail)
                .help(help),
        );
    }
    for reserved in ["count", "depends_on", "for_each", "source"] {
        if let Some(attribute) = body.take(reserved) {
            let detail = format!("A `provider` block has no argument `{reserved}`: the name is reserved.");
            let diagnostic = problem(&codes::UNSUPPORTED_ARGUMENT, attribute.name_span, detail);
            found.push(match reserved {
                "for_each" => diagnostic.help("OpenTofu makes several configurations of one block by `for_each`; here each is written as a block of its own with an `alias`."),
                _ => diagnostic,
            });
        }
    }
    reserved_blocks(&mut body, &["lifecycle", "locals"], "a `provider` block", found);
    unescape(&mut body, found);
    let body = compile_body(body, &Names::new(), found);
    named.then(|| ProviderConfig {
        name,
        alias: alias.map(|alias| Arc::from(alias.text)),
        body,
        span: block.span,
    })
}

/// Refuses nested blocks whose types are reserved.
pub(super) fn reserved_blocks(body: &mut RawBody, kinds: &[&str], what: &str, found: &mut Diagnostics) {
    for kind in kinds {
        for block in body.take_every_block(kind) {
            let detail = format!("The block type `{kind}` is reserved in {what}.");
            found.push(problem(&codes::UNSUPPORTED_BLOCK, block.span, detail));
        }
    }
}

pub(super) fn required_providers(module: &mut Module, body: RawBody, found: &mut Diagnostics) {
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
                if !is_local_name(&name, span, found) {
                    continue;
                }
                for (key, key_span, value) in entries {
                    required_setting((&name, &mut required), (&key, key_span), &value, found);
                }
            }
            (None, None) => {
                let detail =
                    format!("The provider `{name}` is required as `{{ source = \"…\", version = \"…\" }}`.");
                found.push(problem(&codes::STATIC, span, detail));
            }
        }
        module.required_providers.insert(name, required);
    }
    for block in body.blocks {
        let detail = format!(
            "`required_providers` holds only arguments: write `{} = {{ source = … }}`.",
            block.kind
        );
        found.push(problem(&codes::UNSUPPORTED_BLOCK, block.span, detail));
    }
}

fn required_setting(
    (name, required): (&str, &mut RequiredProvider),
    (key, key_span): (&str, Span),
    value: &RawExpr,
    found: &mut Diagnostics,
) {
    let span = value.span();
    match (key, value.as_string()) {
        ("source", Some(text)) => {
            source(&text, span, found);
            required.source = Some(Spanned { text, span });
        }
        ("version", Some(text)) => required.version = Some(Spanned { text, span }),
        ("configuration_aliases", _) => match value.as_list() {
            Some(items) => {
                let aliases = items.iter().filter_map(|item| alias(name, item, found));
                required.configuration_aliases = aliases.collect();
            }
            None => {
                let detail = format!("`configuration_aliases` is a list such as `[{name}.west]`.");
                found.push(problem(&codes::STATIC, span, detail));
            }
        },
        ("source" | "version", None) => {
            let detail = format!("`{key}` is a string in quotes.");
            found.push(problem(&codes::STATIC, span, detail));
        }
        (_, _) => {
            let detail = format!("A required provider has no setting `{key}`.");
            found.push(problem(&codes::UNSUPPORTED_ARGUMENT, key_span, detail));
        }
    }
}

fn alias(name: &str, raw: &RawExpr, found: &mut Diagnostics) -> Option<ProviderRef> {
    let reference = provider_ref(raw, found)?;
    if *reference.name != *name {
        let detail = format!(
            "An alias of the provider `{name}` begins with `{name}.`, and this one begins with `{}`.",
            reference.name
        );
        found.push(problem(&codes::STATIC, raw.span(), detail));
        return None;
    }
    Some(reference)
}

/// Checks `[HOST/][NAMESPACE/]TYPE`.
fn source(text: &str, span: Span, found: &mut Diagnostics) {
    let parts: Vec<&str> = text.split('/').collect();
    let (host, names) = match parts.as_slice() {
        [host, rest @ ..] if rest.len() == 2 => (Some(*host), rest),
        all => (None, all),
    };
    let wrong = match names {
        [] => None,
        _ if names.len() > 2 || names.iter().any(|part| part.is_empty()) => {
            Some("it has the form `[HOST/][NAMESPACE/]TYPE`".to_owned())
        }
        _ if host.is_some_and(|host| host.is_empty() || host.contains(char::is_whitespace)) => {
            Some("its host is not valid".to_owned())
        }
        _ => names
            .iter()
            .find_map(|part| fault(&part.to_lowercase()).map(|fault| format!("a part of it {fault}"))),
    };
    if let Some(wrong) = wrong {
        let detail = format!("{text:?} is no source of a provider: {wrong}.");
        found.push(problem(&codes::STATIC, span, detail).help("An example is `hashicorp/azurerm`."));
        return;
    }
    let kind = names.last().copied().unwrap_or_default();
    let prefix = ["terraform-provider-", "terraform-"]
        .into_iter()
        .find(|prefix| kind.starts_with(prefix));
    if let Some(prefix) = prefix {
        let short = text.replace(kind, &kind[prefix.len()..]);
        let detail = format!(
            "The type in the source of a provider does not begin with `{prefix}`: that is how its repository is called."
        );
        found.push(
            Diagnostic::error(&codes::STATIC, "Invalid provider type")
                .at(span)
                .detail(detail)
                .help(format!("Write `{short}`.")),
        );
    }
}

/// `NAME` or `NAME.ALIAS`.
pub(super) fn provider_ref(raw: &RawExpr, found: &mut Diagnostics) -> Option<ProviderRef> {
    let span = raw.span();
    warn_quoted(raw, Quoted::Reference, found);
    let written = raw.as_written();
    let Some(reference) = written.as_deref().and_then(|text| named(text, span)) else {
        found.push(problem(
            &codes::STATIC,
            span,
            "A provider configuration is named `NAME` or `NAME.ALIAS`, such as `azurerm.west`.",
        ));
        return None;
    };
    is_local_name(&reference.name, span, found).then_some(reference)
}

/// A text as a reference to a provider configuration.
pub(super) fn named(text: &str, span: Span) -> Option<ProviderRef> {
    let (name, alias) = match text.split_once('.') {
        Some((name, alias)) => (name, Some(alias)),
        None => (text, None),
    };
    let valid = [Some(name), alias]
        .into_iter()
        .flatten()
        .all(regprov_addr::is_identifier);
    valid.then(|| ProviderRef {
        name: name.into(),
        alias: alias.map(Arc::from),
        span,
    })
}
