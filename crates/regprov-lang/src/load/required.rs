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
        let detail =
            format!("{who} does not support Terraform {TERRAFORM_VERSION}, whose language regprov has.");
        (!constraints.allow(&ours)).then(|| {
            problem(&codes::REQUIRED_VERSION, span, detail)
                .help("Where nothing else in it needs another version, let the constraint include this one.")
        })
    };
    module.required_versions.iter().filter_map(wrong)
}
