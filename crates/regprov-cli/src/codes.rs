//! The codes of this crate's diagnostics, and the list of all.

use regprov_diag::Code;

/// The sandbox cannot be opened.
pub(crate) static SANDBOX: Code = Code {
    id: "RP0601",
    title: "Sandbox cannot be opened",
    explanation: "The clouds embedded in regprov keep their objects in `.regprov/sandbox` of the working directory and listen on loopback \
ports. One process owns them at a time; others talk to it. `regprov sandbox reset` starts anew.",
};

/// A command was refused because nobody could confirm it.
pub(crate) static NOT_CONFIRMED: Code = Code {
    id: "RP0602",
    title: "Not confirmed",
    explanation: "Changes are made only after `yes` at a terminal, with `-auto-approve`, or from a saved plan.",
};

/// No push credential, or more than one.
pub(crate) static CREDENTIAL: Code = Code {
    id: "RP0603",
    title: "No single push credential",
    explanation: "A push credential is what objects of the state yield together: a registry, an identity that may push to it, and its \
secret. `regprov creds list` shows those that the state holds.",
};

/// A push with a credential did not work.
pub(crate) static VERIFY: Code = Code {
    id: "RP0604",
    title: "Push credential does not work",
    explanation: "`regprov creds verify` logs in with the credential alone, pushes a tiny image, pulls it back and deletes it. The step that \
failed says what the registry answered. A new role assignment can take minutes to reach a registry.",
};

/// A plan file cannot be read.
pub(crate) static PLAN_FILE: Code = Code {
    id: "RP0605",
    title: "Plan file cannot be read",
    explanation: "A plan file is sealed for the recipients of the state. It is read with the same identity as the state, by the version of \
regprov that wrote it.",
};

/// Nothing of that name.
pub(crate) static NOT_FOUND: Code = Code {
    id: "RP0606",
    title: "Not found",
    explanation: "The state, its outputs, the configuration or the list of codes have nothing of this name. `regprov state list`, `regprov output` and \
`regprov explain` list what there is.",
};

/// A secret was about to be printed.
pub(crate) static SECRET: Code = Code {
    id: "RP0607",
    title: "Secret withheld",
    explanation: "Secrets are written to files of mode 0600 with `-out`, to a pipe, or to a terminal with `-reveal`.",
};

/// A backend that is not supported.
pub(crate) static BACKEND: Code = Code {
    id: "RP0608",
    title: "Backend cannot be used",
    explanation: "The `backend` block names where the state is kept: `local`, or one of Terraform's remote backends, with the same \
arguments. It is checked when it is opened: what it does not know, or cannot honour, is refused with what to do. The sandbox has its own \
state and uses no backend.",
};

/// The backend is not the one that was recorded.
pub(crate) static BACKEND_CHANGED: Code = Code {
    id: "RP0609",
    title: "Backend is not the recorded one",
    explanation: "`init` records which backend a directory uses, in `.terraform/terraform.tfstate`, as Terraform does. When the block says \
something else later, the state would be looked for in another place and everything would be made anew. So it must be said what is meant: \
`init -migrate-state` copies the state to the new place, `init -reconfigure` goes on from what is there.",
};

/// A workspace is missing, or in the way.
pub(crate) static WORKSPACE: Code = Code {
    id: "RP0610",
    title: "Workspace cannot be used",
    explanation: "A workspace is a state of its own for the same configuration. `workspace list` shows those that the backend has, \
`workspace new` makes one, `workspace select` goes there. One with resources in its state is not deleted, unless -force says so.",
};

/// A file that `fmt` was asked for cannot be formatted.
pub(crate) static FORMAT: Code = Code {
    id: "RP0615",
    title: "File cannot be formatted",
    explanation: "`regprov fmt` rewrites files in native syntax: `.tf`, `.tfvars`, `.tftest.hcl`, `.tfmock.hcl` and `.tofu`. The named \
file or directory does not exist, is of another kind, or cannot be read or written.",
};

/// Every code of this crate.
pub(crate) static CODES: &[&Code] = &[
    &SANDBOX,
    &NOT_CONFIRMED,
    &CREDENTIAL,
    &VERIFY,
    &PLAN_FILE,
    &NOT_FOUND,
    &SECRET,
    &BACKEND,
    &FORMAT,
    &BACKEND_CHANGED,
    &WORKSPACE,
];
