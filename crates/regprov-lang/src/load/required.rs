//! `required_version`: the version of Terraform that a module asks for.

use crate::raw::problem;
use crate::version::{Constraints, TERRAFORM_VERSION, Version};
use crate::{Module, codes};
use regprov_diag::Diagnostic;

/// What is wrong with the constraints of a module.
pub(super) fn check(module: &Module) -> impl Iterator<Item = Diagnostic> {
    let wrong = |constraint: &crate::Spanned| {
        let span = constraint.span;
        let constraints: Constraints = match constraint.text.parse() {
            Ok(constraints) => constraints,
            Err(error) => return Some(problem(&codes::REQUIRED_VERSION, span, format!("{error}."))),
        };
        if constraints.name_prerelease() {
            let detail = "A constraint on Terraform's version cannot name a prerelease. Leave out what follows the three numbers.";
            return Some(problem(&codes::REQUIRED_VERSION, span, detail));
        }
        let ours: Version = TERRAFORM_VERSION
            .parse()
            .expect("the version that we follow is a version");
        let who = match module.path.as_slice() {
            [] => "This configuration".to_owned(),
            path => format!("The module `{}`", path.join(".")),
        };
        if constraints.allow(&ours) {
            return None;
        }
        if let Some(newer) = constraints
            .oldest_after(&ours)
            .filter(|newer| newer.major() == ours.major())
        {
            let detail = format!(
                "{who} asks for Terraform {newer} or newer, and regprov has the language of Terraform {TERRAFORM_VERSION}. What it uses of a newer language is refused where it stands; whatever a newer Terraform merely does otherwise goes unnoticed."
            );
            return Some(
                Diagnostic::warning(&codes::NEWER_VERSION, codes::NEWER_VERSION.title)
                    .at(span)
                    .detail(detail),
            );
        }
        let detail =
            format!("{who} does not support Terraform {TERRAFORM_VERSION}, whose language regprov has.");
        Some(
            problem(&codes::REQUIRED_VERSION, span, detail)
                .help("Where nothing else in it needs another version, let the constraint include this one."),
        )
    };
    module.required_versions.iter().filter_map(wrong)
}
