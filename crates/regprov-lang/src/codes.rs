//! The documented kinds of diagnostics of the language.

use regprov_diag::Code;

macro_rules! codes {
    ($($name:ident = $id:literal, $title:literal, $explanation:literal $(, $example:literal)?;)*) => {
        $(#[doc = $title] pub static $name: Code = Code {
            id: $id,
            title: $title,
            explanation: concat!($explanation $(, "\n\n", include_str!($example))?),
        };)*

        /// All codes of the language, for `explain`.
        pub static ALL: &[&Code] = &[$(&$name),*];
    };
}

codes! {
    SYNTAX = "RP0101", "Invalid syntax",
        "The file could not be read as HCL (or JSON) at the marked place. Check for a missing brace, quote or comma shortly before it. Reading goes on at the next top-level block, so further errors may be reported in the same run.", "codes/RP0101.md";
    ENCODING = "RP0102", "Invalid character encoding",
        "Configuration files are UTF-8. Convert the file to UTF-8, or remove the bytes that are not.";
    FILE = "RP0103", "Unreadable file",
        "A file or directory of the configuration could not be read. Check that it exists, that its name is spelled as written, and that the user who runs regprov may read it.";
    UNSUPPORTED_ARGUMENT = "RP0104", "Unsupported argument",
        "The block has no argument of this name. It may be misspelled, belong to another block, or be a nested block (written without `=`).", "codes/RP0104.md";
    UNSUPPORTED_BLOCK = "RP0105", "Unsupported block type",
        "No block of this type may stand here. It may be misspelled, belong to another block, or be an argument (written with `=`).", "codes/RP0105.md";
    MISSING_ARGUMENT = "RP0106", "Missing required argument",
        "The block needs an argument that is not set. A misspelled name counts as not set: look for an `Unsupported argument` beside it.", "codes/RP0106.md";
    LABELS = "RP0107", "Wrong number of labels",
        "Block types have a fixed number of labels: `resource \"TYPE\" \"NAME\"`, `variable \"NAME\"`, `locals`.", "codes/RP0107.md";
    DUPLICATE = "RP0108", "Duplicate declaration",
        "The same thing is declared twice in one module. Rename or remove one of them; files named `override.tf` or `*_override.tf` may change an existing declaration.", "codes/RP0108.md";
    NAME = "RP0109", "Invalid name",
        "Names start with a letter or underscore and hold only letters, digits, underscores and dashes. They name things within the configuration; what a service calls its object stands in an argument.", "codes/RP0109.md";
    STATIC = "RP0110", "Unsuitable expression",
        "This setting is read before anything is evaluated, so it must be written literally: no variables, no function calls. Where it has to differ between environments, use two blocks with `count`, or generate the file.", "codes/RP0110.md";
    ADDRESS = "RP0111", "Invalid address",
        "An address such as `azurerm_resource_group.main` or `module.a.azurerm_resource_group.main[\"x\"]` is needed here.", "codes/RP0111.md";
    CONFLICT = "RP0112", "Conflicting arguments",
        "Two settings of the block exclude each other, such as `count` and `for_each`. Keep the one that says what you mean: `for_each` where instances have names, `count` where they are alike.", "codes/RP0112.md";
    TYPE_CONSTRAINT = "RP0113", "Invalid type specification",
        "A type is `string`, `number`, `bool`, `any`, `list(T)`, `set(T)`, `map(T)`, `tuple([T, …])` or `object({ name = T, other = optional(T, default) })`.", "codes/RP0113.md";
    MODULE_SOURCE = "RP0114", "Invalid module source",
        "A module comes from a directory beside the configuration (`./modules/x`), from a git repository (`git::https://…`, `github.com/OWNER/NAME`), from an archive over https, or from a module registry (`NAMESPACE/NAME/SYSTEM`, with `version`).";
    MODULE_DEPTH = "RP0115", "Module calls itself",
        "A module may not call itself, directly or through others: it would never end. Modules may stand in each other 32 deep.", "codes/RP0115.md";
    BLOCK_COUNT = "RP0116", "Wrong number of blocks",
        "A nested block stands more often, or less often, than its type allows: many may stand once only, some must stand at least once. `regprov providers schema -json` tells the numbers as `min_items` and `max_items`. Where a block stands too often, join its arguments in one.";
    OVERRIDE = "RP0117", "Missing base for override",
        "An override file (`override.tf` or `*_override.tf`) can only change what another file of the module declares. Check the type and the name of the block, or rename the file if it should declare something new.", "codes/RP0117.md";
    DEPRECATED = "RP0118", "Deprecated argument",
        "The argument still works; newer versions of the provider name it differently or drop it. The message says what to write instead. This is a warning: nothing stops.", "codes/RP0118.md";
    MODULE_INPUT = "RP0119", "Unsupported module argument",
        "The arguments of a `module` block are the variables of the module that it calls. Check the spelling against the `variable` blocks of the module, or declare a variable there.", "codes/RP0119.md";
    UNSUPPORTED = "RP0120", "Unsupported feature",
        "The configuration uses something that regprov does not offer. The message names it, and what to do instead where there is something.";
    MODULE_MISSING = "RP0121", "Module not installed",
        "A module from a repository, an archive or a registry is downloaded by `regprov init` (or `regprov get`) before it is used. The installed modules stand in `.terraform/modules`, in the layout that Terraform uses. After a change of `source` or `version` they are installed anew.";
    MODULE_ESCAPE = "RP0122", "Module path leaves its package",
        "A module that was downloaded can only call modules within the package that was downloaded with it, or name a source of its own.";
    PROVIDER_PASSED = "RP0123", "Provider configurations do not match",
        "A module gets provider configurations from its caller: what `providers` passes must be what the module declares in `required_providers`, of the same source, and each of its `configuration_aliases` must be passed. A module that configures a provider itself cannot be repeated.", "codes/RP0123.md";
    REQUIRED_VERSION = "RP0124", "Unsupported Terraform version",
        "`required_version` of this module leaves out the version of Terraform that regprov follows, which `regprov version` prints. Where nothing in the module needs another version, let the constraint include it, as in `required_version = \">= 1.5\"`.", "codes/RP0124.md";
    NEWER_VERSION = "RP0125", "Newer Terraform version required",
        "`required_version` of this module asks for a release of Terraform 1 that is newer than the one whose language regprov has, which `regprov version` prints. The configuration is read all the same: blocks, arguments and functions that came later are refused where they stand, by name. Where none is refused, the configuration uses none. This is a warning: nothing stops.", "codes/RP0125.md";

    UNDECLARED = "RP0201", "Reference to undeclared object",
        "The expression refers to something that the module does not declare. Each module sees only its own variables, locals, resources and module calls.", "codes/RP0201.md";
    REFERENCE = "RP0202", "Invalid reference",
        "A reference is `var.NAME`, `local.NAME`, `TYPE.NAME`, `data.TYPE.NAME`, `module.NAME.OUTPUT`, `each.key`, `each.value`, `count.index`, `self.NAME`, `path.module` or `terraform.workspace`.", "codes/RP0202.md";
    ATTRIBUTE = "RP0203", "Unsupported attribute",
        "The value has no attribute of this name. Attributes of a resource are its arguments and what its service decides; those of an object are the names between its braces. A resource with `count` or `for_each` has instances, and they have the attributes: `TYPE.NAME[0].id`.", "codes/RP0203.md";
    INDEX = "RP0204", "Invalid index",
        "The value has no element at this index, or cannot be indexed at all. Lists count from 0; maps and objects are indexed by a string. `lookup(map, key, default)` and `try(list[2], default)` give a default.", "codes/RP0204.md";
    NULL = "RP0205", "Attempt to use null value",
        "The operation needs a value, and it is null. `try(…, default)`, `coalesce(…)` or a conditional gives a default.", "codes/RP0205.md";
    OPERAND = "RP0206", "Invalid operand",
        "An operator got a value of the wrong type: arithmetic and order need numbers, logic needs bools.", "codes/RP0206.md";
    CONDITIONAL = "RP0207", "Inconsistent conditional result types",
        "Both results of `condition ? a : b` must have types that convert to one another, since the type of the whole must not depend on the condition.", "codes/RP0207.md";
    CONDITION = "RP0208", "Incorrect condition type",
        "A condition must be true or false. Compare the value with something, as in `var.stage == \"production\"`. The texts \"true\" and \"false\" count as their values; other texts and numbers do not.", "codes/RP0208.md";
    TEMPLATE = "RP0209", "Invalid template interpolation value",
        "Only strings, numbers and bools can stand in text. `jsonencode(…)` or `join(…)` turns other values into text.", "codes/RP0209.md";
    ITERATION = "RP0210", "Iteration over non-iterable value",
        "`for` and `dynamic` go over lists, sets, maps, tuples and objects. `split(\",\", text)` makes a list of a text, `[value]` of a single value.", "codes/RP0210.md";
    FOR_KEY = "RP0211", "Invalid object key",
        "The key of an object element must be a string and, without `...` grouping, occur once. With `...` after the value all values of one key are collected in a list.", "codes/RP0211.md";
    VALUE = "RP0212", "Incorrect value type",
        "The value does not convert to the type that is needed here. A number in quotes converts to a number and the other way round, as do the texts \"true\" and \"false\" and bools; nothing else does by itself.", "codes/RP0212.md";
    INFINITE = "RP0213", "Infinite number",
        "A number divided by zero is infinite, as is what some functions give beyond their range. Infinite numbers can be compared and printed, but no state, service or JSON text can hold one; and zero by zero, or infinity less infinity, is no number at all. Where the divisor can be zero, ask first: `x == 0 ? 0 : y / x`.", "codes/RP0213.md";
    DYNAMIC = "RP0214", "Invalid dynamic block",
        "A `dynamic` block has one label, `for_each` and one `content` block, and may have `iterator` and `labels`.", "codes/RP0214.md";
    VARIABLE = "RP0215", "Invalid value for variable",
        "The value of a variable does not fit its declaration: it has another type, is null where `nullable = false`, or there is none. The message says where the value came from.", "codes/RP0215.md";
    NESTING = "RP0216", "Nested too deeply",
        "Expressions, blocks and values stand in each other more deeply than is supported: 64 levels of brackets, templates and blocks, 128 operators in one chain, 64 splats, values 256 deep. Give inner parts names of their own with `locals`, and use `sum`, `join`, `alltrue` or `anytrue` in place of long chains.", "codes/RP0216.md";
    SIZE = "RP0217", "Value too large",
        "One expression may make at most 64 MiB of text and 4,000,000 elements, and its loops may go round 16,000,000 times, so that a slip cannot take all memory. Mostly a product of lists (`setproduct`, `for` within `for`) has grown beyond what was meant.", "codes/RP0217.md";

    FUNCTION = "RP0301", "Call to unknown function",
        "There is no function of this name. `regprov metadata functions -json` lists all. Functions of providers are called `provider::NAME::FUNCTION`.", "codes/RP0301.md";
    ARGUMENT = "RP0302", "Invalid function argument",
        "An argument of a function call has the wrong type or a value that the function does not accept. The values shown below the message are those that the argument refers to.", "codes/RP0302.md";
    CALL = "RP0303", "Error in function call",
        "The function could not compute a result from its arguments. `try(…, default)` gives a default where that is expected.", "codes/RP0303.md";
    ARGUMENTS = "RP0304", "Wrong number of function arguments",
        "The function takes a different number of arguments. Optional arguments stand at the end; a list is expanded into arguments by `...` after it.", "codes/RP0304.md";
    EXPANSION = "RP0305", "Invalid expanding argument value",
        "Only a list, set or tuple can be expanded into arguments with `...`; it stands after the last argument.", "codes/RP0305.md";
}
