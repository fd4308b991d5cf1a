//! The codes of this crate's diagnostics.

use regprov_diag::Code;

/// A package could not be fetched.
pub static FETCH: Code = Code {
    id: "RP0801",
    title: "Module could not be downloaded",
    explanation: "Modules come from git repositories (fetched by the `git` program), from archives over https, and from module registries. \
The message says what was asked and what the answer was. Tokens for registries stand in the CLI configuration (`credentials \"HOST\" { token = … }`), \
in `TF_TOKEN_HOST`, or in `credentials.tfrc.json`; `.netrc` is read for archives.",
};

/// A package holds what could do harm.
pub static UNSAFE: Code = Code {
    id: "RP0802",
    title: "Module package is refused",
    explanation: "A package may not hold paths or links that lead out of it, devices, or more than it should: so many entries or bytes, or so \
much more than was packed, that unpacking it would exhaust the machine. Nothing of a refused package is kept.",
};

/// A package is not what it was.
pub static CHANGED: Code = Code {
    id: "RP0803",
    title: "Module is not what was pinned",
    explanation: "`.regprov.lock.hcl` holds, for each downloaded module, its version or commit and the sha256 of its files. What was found \
differs: a tag was moved, an archive was replaced, or a file in `.terraform/modules` was edited. `regprov init` installs what is pinned; \
`regprov init -upgrade` pins what is there now. The digest is that of the lines `SHA256  PATH` of all files, in the order of their paths.",
};

/// A lock file cannot be used.
pub static LOCK: Code = Code {
    id: "RP0804",
    title: "Module lock file cannot be used",
    explanation: "`.regprov.lock.hcl` is written by `regprov init` and belongs into version control. Put the last good version back, or delete \
it and run `regprov init -upgrade`.",
};

/// The CLI configuration cannot be used.
pub static CLI_CONFIGURATION: Code = Code {
    id: "RP0805",
    title: "CLI configuration cannot be used",
    explanation: "Tokens and hosts of module registries are read where Terraform reads them: the file that `TF_CLI_CONFIG_FILE` names, else \
`~/.terraformrc`, and `~/.terraform.d/credentials.tfrc.json`. Of it `credentials` and `host` blocks are used.",
};

/// Every code of this crate.
pub static ALL: &[&Code] = &[&FETCH, &UNSAFE, &CHANGED, &LOCK, &CLI_CONFIGURATION];
