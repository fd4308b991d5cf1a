//! The codes of this crate's diagnostics.

use regprov_diag::Code;

/// The state moved under a plan.
pub static STALE_PLAN: Code = Code {
    id: "RP0501",
    title: "Saved plan is stale",
    explanation: "A plan says what to do with the state that it was made from. Since then the state has moved: another run changed it, or an \
earlier run of this plan was cut short. Applying it could make objects twice. Make a new plan with `regprov plan -out FILE`.",
};

/// A plan of the sandbox outside it, or the other way round.
pub static OTHER_REALM: Code = Code {
    id: "RP0502",
    title: "Plan belongs to another realm",
    explanation: "A plan made with `-sandbox` is only applied with `-sandbox`, and a plan for real clouds only without it. The objects of the \
one mean nothing to the other.",
};

/// A service refused or failed.
pub static SERVICE: Code = Code {
    id: "RP0503",
    title: "Service refused or failed",
    explanation: "The service did not do what was asked. The message says what it answered; what was done before stands in the state, and \
applying again goes on from there.",
};

/// An object exists that is not ours.
pub static EXISTS: Code = Code {
    id: "RP0504",
    title: "Object already exists",
    explanation: "Something of this name exists and is not in the state. regprov never takes over an object silently. Import it, or choose \
another name.",
};

/// The journal or state could not be written.
pub static STATE: Code = Code {
    id: "RP0505",
    title: "State could not be written",
    explanation: "Every write to a service is recorded before it is sent and after it is answered. Where that is not possible nothing further \
is sent.",
};

/// An interrupted run cannot be put in order yet.
pub static INTERRUPTED: Code = Code {
    id: "RP0506",
    title: "An interrupted run is not in order yet",
    explanation: "A run was cut short between asking a service for a change and recording the answer. The next run looks at the service and \
puts it in order before it plans. For that it must be able to reach the service and to lock the state.",
};

/// A provider cannot be connected.
pub static CONNECT: Code = Code {
    id: "RP0507",
    title: "Provider cannot be connected",
    explanation: "The credentials of a provider are missing, wrong or expired, or its service cannot be reached. The message says each place \
that was looked at.",
};

/// An import is not possible.
pub static IMPORT: Code = Code {
    id: "RP0508",
    title: "Object cannot be imported",
    explanation: "Importing binds an object that exists to an address of the configuration. The resource block must exist, nothing may be \
bound to the address yet, and the id must name an object.",
};

/// A command of `local-exec` failed.
pub static LOCAL_EXEC: Code = Code {
    id: "RP0509",
    title: "Command of a provisioner failed",
    explanation: "A provisioner \"local-exec\" runs a command on this machine, by `/bin/sh -c` unless `interpreter` says otherwise. A command \
that fails after its object was created leaves the object tainted: the next apply makes it anew. A command that fails before its object is \
deleted keeps the object. `on_failure = continue` turns the failure into a warning.",
};

/// A run was stopped by the user or the system.
pub static STOPPED: Code = Code {
    id: "RP0510",
    title: "Stopped before the end",
    explanation: "Ctrl-C, or a request to terminate, stops a run in two steps. At the first, what is in flight is brought to its end and \
recorded, and nothing further is begun. At the second the run ends at once: what was asked of a service and not answered stays open in the \
journal, and the next run looks it up before it does anything else.",
};

/// Every code of this crate.
pub static CODES: &[&Code] = &[
    &STALE_PLAN,
    &OTHER_REALM,
    &SERVICE,
    &EXISTS,
    &STATE,
    &INTERRUPTED,
    &CONNECT,
    &IMPORT,
    &LOCAL_EXEC,
    &STOPPED,
];
