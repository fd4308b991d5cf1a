//! The `terraform` block.

use super::literal::literal;
use super::meta::text;
use super::provider::required_providers;
use crate::compile::{Names, compile_body};
use crate::raw::{RawBlock, RawBody, problem};
use crate::{Backend, Extra, Module, codes};
use regprov_diag::{Diagnostic, Diagnostics, Span};

/// The one edition of the language.
const EDITION: &str = "TF2021";

/// Settings that a module has once, and where.
#[derive(Default)]
pub(super) struct Once {
    required_providers: Option<Span>,
    cloud: Option<Span>,
}

pub(super) fn terraform(module: &mut Module, once: &mut Once, block: RawBlock, found: &mut Diagnostics) {
    let mut body = block.body;
    module
        .required_versions
        .extend(text(&mut body, "required_version", found));
    language(&mut body, found);
    for inner in body.take_blocks("required_providers", 0, found) {
        if let Some(first) = once.required_providers.replace(inner.span) {
            let detail = "A module has only one `required_providers` block.";
            found
                .push(problem(&codes::DUPLICATE, inner.span, detail).related(first, "the first one is here"));
        }
        required_providers(module, inner.body, found);
    }
    for inner in body.take_blocks("backend", 1, found) {
        backend(module, inner, found);
    }
    for inner in body.take_blocks("cloud", 0, found) {
        if let Some(first) = once.cloud.replace(inner.span) {
            let detail = "A module has only one `cloud` block.";
            found
                .push(problem(&codes::DUPLICATE, inner.span, detail).related(first, "the first one is here"));
            continue;
        }
        module.terraform_extras.push(extra(inner, found));
    }
    if let (Some(cloud), Some(backend)) = (once.cloud, &module.backend) {
        let detail = "A module has a `cloud` block or a `backend` block, not both.";
        found.push(
            problem(&codes::CONFLICT, backend.span, detail).related(cloud, "the `cloud` block is here"),
        );
    }
    for inner in body.take_blocks("provider_meta", 1, found) {
        provider_meta(module, inner, found);
    }
    for inner in body.take_blocks("encryption", 0, found) {
        encryption(module, inner, found);
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

fn language(body: &mut RawBody, found: &mut Diagnostics) {
    if let Some(edition) = body.take("language") {
        let span = edition.expr.span();
        let written = edition
            .expr
            .as_written()
            .filter(|_| edition.expr.as_string().is_none());
        let error = |summary: &str, detail: String| {
            Diagnostic::error(&codes::STATIC, summary).at(span).detail(detail)
        };
        match written.as_deref() {
            Some(EDITION) => {}
            Some(other) => found.push(error(
                "Unsupported language edition",
                format!("The edition `{other}` of the language is not known; the only one is `{EDITION}`."),
            )),
            None => found.push(error(
                "Invalid language edition",
                format!(
                    "The edition of the language is a keyword without quotes; the only one is `{EDITION}`."
                ),
            )),
        }
    }
    if let Some(experiments) = body.take("experiments") {
        let detail = "Experiments exist only in previews of Terraform; regprov has none.";
        found.push(
            problem(&codes::UNSUPPORTED_ARGUMENT, experiments.name_span, detail)
                .help("Remove `experiments`."),
        );
    }
}

fn backend(module: &mut Module, block: RawBlock, found: &mut Diagnostics) {
    let kind = block
        .labels
        .first()
        .map(|(label, _)| label.to_string())
        .unwrap_or_default();
    if let Some(first) = &module.backend {
        let detail = "A module has only one `backend` block.";
        found.push(
            problem(&codes::DUPLICATE, block.span, detail).related(first.span, "the first one is here"),
        );
        return;
    }
    let body = compile_body(block.body, &Names::new(), found);
    module.backend = Some(Backend {
        kind,
        body,
        span: block.span,
    });
}

fn extra(block: RawBlock, found: &mut Diagnostics) -> Extra {
    Extra {
        kind: block.kind.to_string(),
        labels: block.labels.iter().map(|(label, _)| label.to_string()).collect(),
        body: compile_body(block.body, &Names::new(), found),
        span: block.span,
    }
}

fn provider_meta(module: &mut Module, block: RawBlock, found: &mut Diagnostics) {
    let made = extra(block, found);
    for attribute in made.body.attributes.values() {
        literal(&attribute.expr, "A `provider_meta` block", found);
    }
    let same = |other: &&Extra| other.kind == made.kind && other.labels == made.labels;
    if let Some(first) = module.terraform_extras.iter().find(same) {
        let detail = "A module has only one `provider_meta` block for a provider.";
        found
            .push(problem(&codes::DUPLICATE, made.span, detail).related(first.span, "the first one is here"));
    }
    module.terraform_extras.push(made);
}

/// OpenTofu's encryption of the whole state. It refers to itself in ways of its own, which are kept and not judged.
fn encryption(module: &mut Module, block: RawBlock, found: &mut Diagnostics) {
    let detail = "The block has no effect: regprov seals each secret value in the state with age, and does not encrypt the state as a whole.";
    found.push(
        Diagnostic::warning(&codes::UNSUPPORTED, "Encryption has no effect")
            .at(block.span)
            .detail(detail)
            .help("A state that OpenTofu has encrypted cannot be read; decrypt it first with OpenTofu's `fallback` method `unencrypted`."),
    );
    module
        .terraform_extras
        .push(extra(block, &mut Diagnostics::new()));
}
