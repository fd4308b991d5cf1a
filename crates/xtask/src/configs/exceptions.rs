//! What differs from Terraform on purpose; the reasons stand in the documentation too.

const EXCEPTIONS: &[(&str, &str)] = &[
    (
        "valid-files/ephemeral_inputs_outputs.tf",
        "an output of its root module is ephemeral; terraform validate refuses it too",
    ),
    (
        "valid-files/resources.tf",
        "it refers to a local value that it does not declare; terraform validate refuses it too",
    ),
    (
        "valid-files/required-version.tf",
        "it wants a Terraform 0.12; terraform validate refuses it too",
    ),
    (
        "testdata/provider-reqs",
        "its terraform_remote_state has no backend, which the schema of that type requires; terraform validate refuses it too",
    ),
    (
        "valid-modules/importable-resource",
        "its local_file has no file name, which the schema of that type requires",
    ),
    (
        "valid-files/outputs.tf",
        "it refers to a local value and a resource that it does not declare; terraform validate refuses it too",
    ),
    (
        "invalid-modules/tests-duplicate-run-blocks",
        "only its test files are wrong, and there is no command that runs test files",
    ),
    (
        "config-diagnostics/nested-provider",
        "its sources are relative to the root module, as no real configuration has them; the module is not found",
    ),
    (
        "config-diagnostics/tests-provider-mismatch",
        "only its test files are wrong, and there is no command that runs test files",
    ),
    (
        "config-diagnostics/tests-provider-mismatch-with-module",
        "only its test files are wrong, and there is no command that runs test files",
    ),
    (
        "invalid-modules/tests-invalid-run-blocks",
        "only its test files are wrong, and there is no command that runs test files",
    ),
];

/// Why a case is judged otherwise than Terraform judges it.
pub(super) fn reason(name: &str) -> Option<&'static str> {
    let row = EXCEPTIONS.iter().find(|(case, _)| *case == name);
    row.map(|(_, reason)| *reason)
}
