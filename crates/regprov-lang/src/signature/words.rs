//! What each function does, in a sentence.

/// The description of a function; empty where there is none.
pub(super) fn of(name: &str) -> &'static str {
    let found = WORDS.binary_search_by_key(&name, |(name, _)| *name);
    found.map_or("", |at| WORDS[at].1)
}

#[cfg(test)]
pub(super) const fn count() -> usize {
    WORDS.len()
}

/// By name.
const WORDS: &[(&str, &str)] = &[
    ("abs", "The number without its sign."),
    (
        "abspath",
        "The path from the root of the file system, without `.` and `..`.",
    ),
    ("alltrue", "Whether every element is true."),
    ("anytrue", "Whether at least one element is true."),
    (
        "base64decode",
        "The text that Base64 stands for, which must be UTF-8.",
    ),
    ("base64encode", "The UTF-8 text in Base64."),
    ("base64gzip", "The UTF-8 text compressed with gzip, in Base64."),
    ("base64sha256", "The SHA-256 of the text, in Base64."),
    ("base64sha512", "The SHA-512 of the text, in Base64."),
    ("basename", "The last part of a path."),
    (
        "bcrypt",
        "A bcrypt hash of the text, with the cost that is given or 10.",
    ),
    ("can", "Whether the expression can be evaluated."),
    ("ceil", "The nearest whole number that is not smaller."),
    ("chomp", "The text without line breaks at its end."),
    ("chunklist", "The list cut into lists of a length."),
    ("cidrhost", "The address of a host in a network, by its number."),
    ("cidrnetmask", "The mask of an IPv4 network."),
    (
        "cidrsubnet",
        "One network within a network, by additional bits and a number.",
    ),
    (
        "cidrsubnets",
        "Networks within a network, one after the other, by their additional bits.",
    ),
    (
        "coalesce",
        "The first argument that is neither null nor empty text.",
    ),
    ("coalescelist", "The first list that is not empty."),
    ("compact", "The list without empty and null texts."),
    ("concat", "The lists joined to one."),
    ("contains", "Whether a list or set has an element."),
    (
        "csvdecode",
        "The rows of a CSV text as objects, named by its first line.",
    ),
    ("dirname", "A path without its last part."),
    (
        "distinct",
        "The list without repeated elements; the first of each stays.",
    ),
    (
        "element",
        "The element at an index, counted on from the start behind the end.",
    ),
    ("endswith", "Whether a text ends with another."),
    (
        "ephemeralasnull",
        "The value, with null for everything ephemeral.",
    ),
    ("file", "The content of a file as text."),
    ("filebase64", "The content of a file in Base64."),
    ("filebase64sha256", "The SHA-256 of a file, in Base64."),
    ("filebase64sha512", "The SHA-512 of a file, in Base64."),
    ("fileexists", "Whether a file exists."),
    ("filemd5", "The MD5 of a file, in hexadecimal."),
    (
        "fileset",
        "The files below a directory whose paths match a pattern.",
    ),
    ("filesha1", "The SHA-1 of a file, in hexadecimal."),
    ("filesha256", "The SHA-256 of a file, in hexadecimal."),
    ("filesha512", "The SHA-512 of a file, in hexadecimal."),
    (
        "flatten",
        "The list with the elements of its lists in their place, at every depth.",
    ),
    ("floor", "The nearest whole number that is not greater."),
    (
        "format",
        "The text of a pattern with the arguments in place of its verbs.",
    ),
    ("formatdate", "An instant in a form that a pattern describes."),
    (
        "formatlist",
        "The texts of a pattern for every element of the lists.",
    ),
    ("indent", "The text with spaces before every line but the first."),
    ("index", "The place of an element in a list."),
    ("issensitive", "Whether a value is sensitive."),
    ("join", "The texts of a list with a separator between them."),
    ("jsondecode", "The value that a JSON text stands for."),
    ("jsonencode", "The value as JSON text."),
    ("keys", "The keys of a map, in order."),
    (
        "length",
        "How many elements a collection or characters a text has.",
    ),
    ("log", "The logarithm of a number to a base."),
    (
        "lookup",
        "The element of a map with a key, or what is given instead.",
    ),
    ("lower", "The text in lower case."),
    (
        "matchkeys",
        "The values whose keys, at the same places, are wanted.",
    ),
    ("max", "The greatest of the numbers."),
    ("md5", "The MD5 of the text, in hexadecimal."),
    ("merge", "The maps joined to one; the last of equal keys counts."),
    ("min", "The smallest of the numbers."),
    ("nonsensitive", "The value without its sensitive mark."),
    ("one", "The only element of a list, or null where it is empty."),
    ("parseint", "The whole number that a text is in a base."),
    ("pathexpand", "The path with the user's home in place of `~`."),
    ("plantimestamp", "The instant of the plan, in RFC 3339."),
    ("pow", "A number to a power."),
    ("range", "The numbers from a start to a limit by a step."),
    ("regex", "What a regular expression matches first in a text."),
    ("regexall", "All that a regular expression matches in a text."),
    (
        "replace",
        "The text with one part, or what `/…/` matches, replaced by another.",
    ),
    ("reverse", "The list from its end to its start."),
    ("rsadecrypt", "The text that an RSA key decrypts from Base64."),
    ("sensitive", "The value marked sensitive."),
    ("setintersection", "What all the sets have."),
    ("setproduct", "All combinations of the elements of the sets."),
    ("setsubtract", "What the first set has and the second does not."),
    ("setunion", "What at least one of the sets has."),
    ("sha1", "The SHA-1 of the text, in hexadecimal."),
    ("sha256", "The SHA-256 of the text, in hexadecimal."),
    ("sha512", "The SHA-512 of the text, in hexadecimal."),
    ("signum", "-1, 0 or 1: the sign of a number."),
    (
        "slice",
        "The elements of a list from one index up to another, which is left out.",
    ),
    ("sort", "The texts of a list in order of their characters."),
    ("split", "The parts of a text between separators."),
    ("startswith", "Whether a text begins with another."),
    ("strcontains", "Whether a text has another in it."),
    ("strrev", "The text from its end to its start."),
    ("substr", "The part of a text from a place, of a length."),
    ("sum", "The sum of the numbers."),
    (
        "templatefile",
        "The text of a file as a template, with these variables.",
    ),
    ("templatestring", "The text as a template, with these variables."),
    (
        "textdecodebase64",
        "The text that Base64 stands for in an encoding.",
    ),
    ("textencodebase64", "The text in an encoding, in Base64."),
    ("timeadd", "An instant after a duration."),
    (
        "timecmp",
        "-1, 0 or 1: whether an instant is before, at or after another.",
    ),
    ("timestamp", "The present instant, in RFC 3339."),
    (
        "title",
        "The text with the first letter of each word in upper case.",
    ),
    ("tobool", "The value as a bool."),
    ("tolist", "The value as a list."),
    ("tomap", "The value as a map."),
    ("tonumber", "The value as a number."),
    ("toset", "The value as a set."),
    ("tostring", "The value as a text."),
    (
        "transpose",
        "The map of lists with elements as keys and keys as elements.",
    ),
    ("trim", "The text without these characters at its start and end."),
    ("trimprefix", "The text without another at its start."),
    (
        "trimspace",
        "The text without spaces and line breaks at its start and end.",
    ),
    ("trimsuffix", "The text without another at its end."),
    ("try", "The first of the expressions that can be evaluated."),
    ("upper", "The text in upper case."),
    ("urlencode", "The text as it may stand in the query of a URL."),
    ("uuid", "A new random UUID."),
    ("uuidv5", "The UUID of a name in a namespace."),
    ("values", "The values of a map, in order of their keys."),
    ("yamldecode", "The value that a YAML text stands for."),
    ("yamlencode", "The value as YAML text."),
    ("zipmap", "The map of keys and values from two lists."),
];
