//! The documented kinds of diagnostics of the language.

use regprov_diag::Code;

macro_rules! codes {
    ($($name:ident = $id:literal, $title:literal, $explanation:literal;)*) => {
        $(#[doc = $title] pub static $name: Code = Code { id: $id, title: $title, explanation: $explanation };)*

        /// All codes of the language, for `explain`.
        pub static ALL: &[&Code] = &[$(&$name),*];
    };
}

codes! {
    SYNTAX = "RP0101", "Invalid syntax",
        "The file could not be read as HCL (or JSON) at the marked place. Check for a missing brace, quote or comma shortly before it. Reading goes on at the next top-level block, so further errors may be reported in the same run.";
    ENCODING = "RP0102", "Invalid character encoding",
        "Configuration files are UTF-8. Convert the file to UTF-8, or remove the bytes that are not.";
    FILE = "RP0103", "Unreadable file",
        "A file or directory of the configuration could not be read. Check that it exists and may be read.";
    UNSUPPORTED_ARGUMENT = "RP0104", "Unsupported argument",
        "The block has no argument of this name. It may be misspelled, belong to another block, or be a nested block (written without `=`).";
    UNSUPPORTED_BLOCK = "RP0105", "Unsupported block type",
        "No block of this type may stand here. It may be misspelled, belong to another block, or be an argument (written with `=`).";
    MISSING_ARGUMENT = "RP0106", "Missing required argument",
        "The block needs an argument that is not set.";
    LABELS = "RP0107", "Wrong number of labels",
        "Block types have a fixed number of labels: `resource \"TYPE\" \"NAME\"`, `variable \"NAME\"`, `locals`.";
    DUPLICATE = "RP0108", "Duplicate declaration",
        "The same thing is declared twice in one module. Rename or remove one of them; files named `override.tf` or `*_override.tf` may change an existing declaration.";
    NAME = "RP0109", "Invalid name",
        "Names start with a letter or underscore and hold only letters, digits, underscores and dashes.";
    STATIC = "RP0110", "Unsuitable expression",
        "This setting is read before anything is evaluated, so it must be written literally: no variables, no function calls.";
    ADDRESS = "RP0111", "Invalid address",
        "An address such as `azurerm_resource_group.main` or `module.a.azurerm_resource_group.main[\"x\"]` is needed here.";
    CONFLICT = "RP0112", "Conflicting arguments",
        "Two settings of the block exclude each other, such as `count` and `for_each`.";
    TYPE_CONSTRAINT = "RP0113", "Invalid type specification",
        "A type is `string`, `number`, `bool`, `any`, `list(T)`, `set(T)`, `map(T)`, `tuple([T, …])` or `object({ name = T, other = optional(T, default) })`.";
    MODULE_SOURCE = "RP0114", "Invalid module source",
        "A module comes from a directory beside the configuration (`./modules/x`), from a git repository (`git::https://…`, `github.com/OWNER/NAME`), from an archive over https, or from a module registry (`NAMESPACE/NAME/SYSTEM`, with `version`).";
    MODULE_DEPTH = "RP0115", "Module calls itself",
        "A module may not call itself, directly or through others: it would never end.";
    BLOCK_COUNT = "RP0116", "Wrong number of blocks",
        "The schema says how often a nested block may stand.";
    OVERRIDE = "RP0117", "Missing base for override",
        "An override file can only change what another file of the module declares.";
    DEPRECATED = "RP0118", "Deprecated argument",
        "The argument still works; newer versions of the provider name it differently or drop it.";
    MODULE_INPUT = "RP0119", "Unsupported module argument",
        "The arguments of a `module` block are the variables of the module that it calls.";
    UNSUPPORTED = "RP0120", "Unsupported feature",
        "The configuration uses something that regprov does not offer.";
    MODULE_MISSING = "RP0121", "Module not installed",
        "A module from a repository, an archive or a registry is downloaded by `regprov init` (or `regprov get`) before it is used. The installed modules stand in `.terraform/modules`, in the layout that Terraform uses. After a change of `source` or `version` they are installed anew.";
    MODULE_ESCAPE = "RP0122", "Module path leaves its package",
        "A module that was downloaded can only call modules within the package that was downloaded with it, or name a source of its own.";
    PROVIDER_PASSED = "RP0123", "Provider configurations do not match",
        "A module gets provider configurations from its caller: what `providers` passes must be what the module declares in `required_providers`, of the same source, and each of its `configuration_aliases` must be passed. A module that configures a provider itself cannot be repeated.";

    UNDECLARED = "RP0201", "Reference to undeclared object",
        "The expression refers to something that the module does not declare. Each module sees only its own variables, locals, resources and module calls.";
    REFERENCE = "RP0202", "Invalid reference",
        "A reference is `var.NAME`, `local.NAME`, `TYPE.NAME`, `data.TYPE.NAME`, `module.NAME.OUTPUT`, `each.key`, `each.value`, `count.index`, `self.NAME`, `path.module` or `terraform.workspace`.";
    ATTRIBUTE = "RP0203", "Unsupported attribute",
        "The value has no attribute of this name.";
    INDEX = "RP0204", "Invalid index",
        "The value has no element at this index, or cannot be indexed at all.";
    NULL = "RP0205", "Attempt to use null value",
        "The operation needs a value, and it is null. `try(…, default)`, `coalesce(…)` or a conditional gives a default.";
    OPERAND = "RP0206", "Invalid operand",
        "An operator got a value of the wrong type: arithmetic and order need numbers, logic needs bools.";
    CONDITIONAL = "RP0207", "Inconsistent conditional result types",
        "Both results of `condition ? a : b` must have types that convert to one another.";
    CONDITION = "RP0208", "Incorrect condition type",
        "A condition must be true or false.";
    TEMPLATE = "RP0209", "Invalid template interpolation value",
        "Only strings, numbers and bools can stand in text. `jsonencode(…)` or `join(…)` turns other values into text.";
    ITERATION = "RP0210", "Iteration over non-iterable value",
        "`for` and `dynamic` go over lists, sets, maps, tuples and objects.";
    FOR_KEY = "RP0211", "Invalid object key",
        "The key of an object element must be a string and, without `...` grouping, occur once.";
    VALUE = "RP0212", "Incorrect value type",
        "The value does not convert to the type that is needed here.";
    DIVISION = "RP0213", "Division by zero",
        "A number cannot be divided by zero.";
    DYNAMIC = "RP0214", "Invalid dynamic block",
        "A `dynamic` block has one label, `for_each` and one `content` block, and may have `iterator` and `labels`.";
    VARIABLE = "RP0215", "Invalid value for variable",
        "The value does not fit the declaration of the variable.";
    NESTING = "RP0216", "Nested too deeply",
        "Expressions, blocks and values stand in each other more deeply than is supported.";
    SIZE = "RP0217", "Value too large",
        "One expression may make only so much text and so many elements.";

    FUNCTION = "RP0301", "Call to unknown function",
        "There is no function of this name.";
    ARGUMENT = "RP0302", "Invalid function argument",
        "An argument of a function call has the wrong type or a value that the function does not accept.";
    CALL = "RP0303", "Error in function call",
        "The function could not compute a result from its arguments.";
    ARGUMENTS = "RP0304", "Wrong number of function arguments",
        "The function takes a different number of arguments.";
    EXPANSION = "RP0305", "Invalid expanding argument value",
        "Only a list, set or tuple can be expanded into arguments with `...`.";
}
