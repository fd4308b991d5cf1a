//! The documented kinds of diagnostics of planning.

use regprov_diag::Code;

macro_rules! codes {
    ($($name:ident = $id:literal, $title:literal, $explanation:literal $(, $example:literal)?;)*) => {
        $(#[doc = $title] pub static $name: Code = Code {
            id: $id,
            title: $title,
            explanation: concat!($explanation $(, "\n\n", include_str!($example))?),
        };)*

        /// All codes of planning, for `explain`.
        pub static ALL: &[&Code] = &[$(&$name),*];
    };
}

codes! {
    CYCLE = "RP0401", "Dependency cycle",
        "Blocks refer to each other in a circle, so none of them can come first. Break the circle: remove one of the references, or split a block in two.", "codes/RP0401.md";
    COUNT = "RP0402", "Invalid count argument",
        "`count` must be a whole number that is known while planning. If it depends on an object that does not exist yet, apply that object first with `-target`, or compute the number from the configuration alone.", "codes/RP0402.md";
    FOR_EACH = "RP0403", "Invalid for_each argument",
        "`for_each` must be a map, or a set of strings, whose keys are known while planning. Put what is known after apply into the values of a map whose keys the configuration knows.", "codes/RP0403.md";
    NO_INSTANCE = "RP0404", "Invalid index",
        "The block has no instance of this key. Its `count` or `for_each` decides which instances there are; `count = 2` makes `[0]` and `[1]`.", "codes/RP0404.md";
    UNDECLARED = "RP0405", "Reference to undeclared object",
        "The configuration refers to something that it does not declare. It may be misspelled, or declared in another module.";
    UNSUPPORTED_TYPE = "RP0406", "Unsupported resource type",
        "regprov provisions container registries and what they need. It does not know this resource type. Plan with `-skip-unsupported` to leave such blocks out: what the state holds of them is kept, and what depends on them is skipped and listed.", "codes/RP0406.md";
    VARIABLE = "RP0407", "Invalid value for variable",
        "A variable of the root module has no value, or one that its declaration or a `validation` block does not allow. The message says where the value came from: a file, `-var`, or the environment.", "codes/RP0407.md";
    UNDECLARED_VARIABLE = "RP0408", "Value for undeclared variable",
        "A value is given for a variable that the root module does not declare. Declare it with a `variable` block, or remove the value.", "codes/RP0408.md";
    CONDITION = "RP0409", "Condition not met",
        "A `precondition`, `postcondition` or `validation` block of the configuration says that something must hold, and it does not.", "codes/RP0409.md";
    CHECK = "RP0410", "Check block assertion failed",
        "A `check` block found that something does not hold. This is a warning; nothing stops. Where it should stop the run, use a `precondition` or `postcondition`.", "codes/RP0410.md";
    PREVENT_DESTROY = "RP0411", "Instance cannot be destroyed",
        "The block has `lifecycle { prevent_destroy = true }`, and the plan would destroy its object. Remove the setting, or take back the change that replaces the object.";
    EXISTS = "RP0412", "Object already exists",
        "An object of this identity exists and is not in the state. Take it over with an `import` block, or with `-adopt`, which takes over everything that a plan would create and that exists already under its name; or choose another name, or delete it. What is taken over is listed in the plan, and is never deleted by that plan: an object that would have to be replaced is refused. Objects that only a number or a random id names are not found that way, and nor are those of a provider whose configuration is known after apply: these need an `import` block.";
    PREFLIGHT = "RP0413", "The service would refuse this",
        "Before anything is made, planning asks the services what would go wrong: names that are taken, regions and SKUs that do not exist, permissions and quotas that lack. One of these checks found that the change would fail; the message says which, and what to do.";
    PROVIDER = "RP0414", "Provider cannot be connected",
        "A provider configuration was refused, or credentials are missing, wrong or expired. The message lists each place that was looked at: arguments of the `provider` block, environment variables, and the sign-in of the cloud's own command. In the sandbox (`-sandbox`) no credentials are needed.";
    NO_PROVIDER = "RP0415", "Unknown provider",
        "regprov has its providers compiled in, and none has this source address. Check the `source` in `required_providers`; `regprov providers` lists what the configuration asks for. Blocks of other providers can be left out with `-skip-unsupported`.";
    READ = "RP0416", "Object cannot be read",
        "Reading an object or a data source failed. The message holds what the service answered. What the state records stays as it is; run again once the service answers.";
    STATE = "RP0417", "Unreadable object in state",
        "The state holds an object in a form that its resource type does not understand: it was written by a version of the provider with another schema, or changed by hand. `regprov state show ADDRESS` shows it. Remove it with `regprov state rm` and take the object over again with an `import` block.";
    MOVED = "RP0418", "Invalid move",
        "A `moved` block names addresses that cannot be moved that way: both must be resources of one type or both modules, the old one must no longer be declared, and no two blocks may move to the same place.";
    IMPORT = "RP0419", "Invalid import",
        "An `import` block cannot be carried out: its id has another form than the type needs, there is no such object, or its target is already in the state. The documentation of the resource type says what its import id looks like.";
    ARGUMENT = "RP0420", "Invalid argument",
        "An argument breaks a rule of its resource type: a value that is not allowed, too long or too short, or arguments that need or exclude each other. The message names the rule.", "codes/RP0420.md";
    INCONSISTENT = "RP0421", "Result contradicts the plan",
        "During apply a value became known that differs from what the plan promised. Nothing was done with it. Plan again.";
    TARGET = "RP0422", "Invalid target",
        "`-target` or `-replace` names something that is neither in the configuration nor in the state, or targets leave out one of the addresses of an object that moved.";
    PROVISIONER = "RP0423", "Unsupported provisioner",
        "Of provisioners only `local-exec` is known. Provisioners that sign in to machines (`remote-exec`, `file`) have no use with registries; the others were removed from Terraform.";
    OUTPUT = "RP0424", "Output refers to sensitive values",
        "An output of the root module derives from a sensitive value and does not say so. Add `sensitive = true` to it.", "codes/RP0424.md";
    FORGOTTEN = "RP0427", "Object will no longer be managed",
        "A `removed` block with `destroy = false` takes an object out of the state. The object itself stays as it is. Delete it by hand, or import it again, where that is not meant.";
    EPHEMERAL = "RP0428", "Ephemeral value not allowed",
        "An ephemeral value is never stored, so it goes only where nothing is: provider configurations, write-only arguments, provisioners, variables and outputs of called modules that say `ephemeral = true`, locals, and conditions. `ephemeralasnull(…)` puts null in its place.", "codes/RP0428.md";
    LOST = "RP0429", "Objects go with what they live in",
        "A provider may be configured from an object of the same run: the URL of a registry configures the provider of the projects in it. Where that object is replaced or deleted, everything in it goes with it. What the configuration declares is made anew in the new one, without its content: images, and what was put there by other means, are not brought along. Copy them first where they are needed.";
    LIFECYCLE = "RP0425", "Invalid lifecycle",
        "A setting of a `lifecycle` block cannot be followed: it names something that the block does not have, or that cannot be had together with another setting.";
    INSTANCES = "RP0426", "Too many instances",
        "All blocks and modules together may have 1,000,000 instances, counting each variable, local, output and block of a module once for each instance of the module, so that a slip cannot take all memory. Look at the `count` or `for_each` that the message points at.", "codes/RP0426.md";
}
