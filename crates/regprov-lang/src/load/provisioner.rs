//! `provisioner` and `connection` blocks.

use super::literal::{Quoted, warn_quoted};
use super::resource::unescape;
use crate::compile::{Names, compile_body};
use crate::raw::{RawBlock, RawBody, problem};
use crate::{Body, Provisioner, Subject, codes};
use regprov_diag::{Diagnostic, Diagnostics};

/// Provisioners that Terraform has dropped.
const REMOVED: [&str; 4] = ["chef", "habitat", "puppet", "salt-masterless"];

/// Reads a `provisioner` block; `None` for one that regprov does not run, which is an error.
pub(super) fn provisioner(block: RawBlock, found: &mut Diagnostics) -> Option<Provisioner> {
    let span = block.span;
    let kind = block.labels.first().map(|(label, _)| label.to_string())?;
    let mut body = block.body;
    if REMOVED.contains(&kind.as_str()) {
        let summary = format!("The \"{kind}\" provisioner has been removed");
        let detail = "Terraform dropped it in version 0.15.";
        found.push(
            Diagnostic::error(&codes::UNSUPPORTED_BLOCK, summary)
                .at(span)
                .detail(detail)
                .help("Remove the block."),
        );
        return None;
    }
    let on_destroy = choice(&mut body, "when", ["create", "destroy"], found);
    let continue_on_failure = choice(&mut body, "on_failure", ["fail", "continue"], found);
    let connection = connection(&mut body, found);
    unescape(&mut body, found);
    let body = compile_body(body, &Names::new(), found);
    if on_destroy {
        only_self(&body, found);
        connection
            .iter()
            .for_each(|connection| only_self(connection, found));
    }
    if kind != "local-exec" {
        let detail = format!(
            "The provisioner {kind:?} is not supported: regprov works on registries and credentials, not inside machines."
        );
        let help = "Remove it, or run what it does from a provisioner \"local-exec\".";
        found.push(problem(&codes::UNSUPPORTED, span, detail).help(help));
        return None;
    }
    Some(Provisioner {
        kind,
        on_destroy,
        continue_on_failure,
        body,
        span,
    })
}

/// Takes a `connection` block out, which has no effect.
pub(super) fn connection(body: &mut RawBody, found: &mut Diagnostics) -> Option<Body> {
    let mut blocks = body.take_blocks("connection", 0, found).into_iter();
    let first = blocks.next()?;
    if let Some(second) = blocks.next() {
        let detail = "There is only one `connection` block in a block.";
        found.push(
            problem(&codes::DUPLICATE, second.span, detail).related(first.span, "the first one is here"),
        );
    }
    let detail = "The block has no effect: only provisioners that work inside machines use it, and regprov has none of them.";
    found.push(
        Diagnostic::warning(&codes::UNSUPPORTED, "Connection has no effect")
            .at(first.span)
            .detail(detail),
    );
    Some(compile_body(first.body, &Names::new(), found))
}

/// Takes a keyword out; answers whether it is the second of the two that are possible.
fn choice(body: &mut RawBody, name: &str, words: [&str; 2], found: &mut Diagnostics) -> bool {
    let Some(attribute) = body.take(name) else {
        return false;
    };
    warn_quoted(&attribute.expr, Quoted::Keyword, found);
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
pub(super) fn only_self(body: &Body, found: &mut Diagnostics) {
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
            found.push(
                Diagnostic::error(&codes::STATIC, "Invalid reference from destroy provisioner")
                    .at(reference.span)
                    .detail(detail)
                    .help(help),
            );
        }
    }
}
