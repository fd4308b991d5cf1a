//! The documented kinds of diagnostics of planning.

use regprov_diag::Code;

macro_rules! codes {
    ($($name:ident = $id:literal, $title:literal, $explanation:literal;)*) => {
        $(#[doc = $title] pub static $name: Code = Code { id: $id, title: $title, explanation: $explanation };)*

        /// All codes of planning, for `explain`.
        pub static ALL: &[&Code] = &[$(&$name),*];
    };
}

codes! {
    CYCLE = "RP0401", "Dependency cycle",
        "Blocks refer to each other in a circle, so none of them can come first. Break the circle: remove one of the references, or split a block in two.";
    COUNT = "RP0402", "Invalid count argument",
        "`count` must be a whole number that is known while planning. If it depends on an object that does not exist yet, apply that object first with `-target`, or compute the number from the configuration alone.";
    FOR_EACH = "RP0403", "Invalid for_each argument",
        "`for_each` must be a map, or a set of strings, whose keys are known while planning. Put what is known after apply into the values of a map whose keys the configuration knows.";
    NO_INSTANCE = "RP0404", "Invalid index",
        "The block has no instance of this key. Its `count` or `for_each` decides which instances there are.";
    UNDECLARED = "RP0405", "Reference to undeclared object",
        "The configuration refers to something that it does not declare. It may be misspelled, or declared in another module.";
    UNSUPPORTED_TYPE = "RP0406", "Unsupported resource type",
        "regprov provisions container registries and what they need. It does not know this resource type. Plan with `-skip-unsupported` to leave such blocks out: what the state holds of them is kept, and what depends on them is skipped and listed.";
    VARIABLE = "RP0407", "Invalid value for variable",
        "A variable of the root module has no value, or one that its declaration does not allow.";
    UNDECLARED_VARIABLE = "RP0408", "Value for undeclared variable",
        "A value is given for a variable that the root module does not declare. Declare it with a `variable` block, or remove the value.";
    CONDITION = "RP0409", "Condition not met",
        "A `precondition`, `postcondition` or `validation` block of the configuration says that something must hold, and it does not.";
    CHECK = "RP0410", "Check block assertion failed",
        "A `check` block found that something does not hold. This is a warning; nothing stops.";
    PREVENT_DESTROY = "RP0411", "Instance cannot be destroyed",
        "The block has `lifecycle { prevent_destroy = true }`, and the plan would destroy its object. Remove the setting, or take back the change that replaces the object.";
    EXISTS = "RP0412", "Object already exists",
        "An object of this identity exists and is not in the state. Take it over with an `import` block, choose another name, or delete it.";
    PREFLIGHT = "RP0413", "The service would refuse this",
        "A check at the service while planning found that the change would fail.";
    PROVIDER = "RP0414", "Provider cannot be connected",
        "A provider configuration was refused, or credentials are missing.";
    NO_PROVIDER = "RP0415", "Unknown provider",
        "regprov has no provider of this source address compiled in.";
    READ = "RP0416", "Object cannot be read",
        "Reading an object or a data source failed.";
    STATE = "RP0417", "Unreadable object in state",
        "The state holds an object in a form that its resource type does not understand.";
    MOVED = "RP0418", "Invalid move",
        "A `moved` block names addresses that cannot be moved that way.";
    IMPORT = "RP0419", "Invalid import",
        "An `import` block cannot be carried out.";
    ARGUMENT = "RP0420", "Invalid argument",
        "An argument breaks a rule of its resource type.";
    INCONSISTENT = "RP0421", "Result contradicts the plan",
        "During apply a value became known that differs from what the plan promised. Nothing was done with it. Plan again.";
    TARGET = "RP0422", "Invalid target",
        "`-target` or `-replace` names something that is neither in the configuration nor in the state.";
    PROVISIONER = "RP0423", "Unsupported provisioner",
        "Of provisioners only `local-exec` is known.";
    OUTPUT = "RP0424", "Output refers to sensitive values",
        "An output of the root module derives from a sensitive value and does not say so. Add `sensitive = true` to it.";
    FORGOTTEN = "RP0427", "Object will no longer be managed",
        "A `removed` block with `destroy = false` takes an object out of the state. The object itself stays as it is. Delete it by hand, or import it again, where that is not meant.";
    EPHEMERAL = "RP0428", "Ephemeral value not allowed",
        "An ephemeral value is never stored, so it goes only where nothing is: provider configurations, write-only arguments, provisioners, variables and outputs of called modules that say `ephemeral = true`, locals, and conditions. `ephemeralasnull(…)` puts null in its place.";
    LIFECYCLE = "RP0425", "Invalid lifecycle",
        "A `lifecycle` setting cannot be followed.";
    INSTANCES = "RP0426", "Too many instances",
        "The instances of all blocks and modules together are limited to a million.";
}
