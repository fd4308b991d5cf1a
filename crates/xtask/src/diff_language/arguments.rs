//! Every function with arguments that fit, and with one of them exchanged for what may not.

/// Calls that have a value.
const CALLS: &[(&str, &[&str])] = &[
    ("abs", &["-3"]),
    ("abspath", &["\"a\""]),
    ("alltrue", &["[true, \"true\"]"]),
    ("anytrue", &["[false, true]"]),
    ("base64decode", &["\"YQ==\""]),
    ("base64encode", &["\"a\""]),
    ("base64sha256", &["\"a\""]),
    ("base64sha512", &["\"a\""]),
    ("basename", &["\"a/b\""]),
    ("can", &["1"]),
    ("ceil", &["1.2"]),
    ("chomp", &["\"a\\n\""]),
    ("chunklist", &["[\"a\", \"b\"]", "1"]),
    ("cidrhost", &["\"10.0.0.0/8\"", "2"]),
    ("cidrnetmask", &["\"10.0.0.0/8\""]),
    ("cidrsubnet", &["\"10.0.0.0/8\"", "8", "2"]),
    ("cidrsubnets", &["\"10.0.0.0/8\"", "8", "4"]),
    ("coalesce", &["null", "\"a\"", "\"b\""]),
    ("coalescelist", &["[]", "[\"a\"]"]),
    ("compact", &["[\"a\", \"\"]"]),
    ("concat", &["[\"a\"]", "[\"b\"]"]),
    ("contains", &["[\"a\"]", "\"a\""]),
    ("csvdecode", &["\"a,b\\n1,2\""]),
    ("dirname", &["\"a/b\""]),
    ("distinct", &["[\"a\", \"a\"]"]),
    ("element", &["[\"a\", \"b\"]", "1"]),
    ("endswith", &["\"ab\"", "\"b\""]),
    ("ephemeralasnull", &["\"a\""]),
    ("flatten", &["[[\"a\"], [\"b\"]]"]),
    ("floor", &["1.7"]),
    ("format", &["\"%s-%v\"", "\"a\"", "[1]"]),
    ("formatdate", &["\"YYYY\"", "\"2020-01-02T03:04:05Z\""]),
    ("formatlist", &["\"%s-%s\"", "[\"a\"]", "\"b\""]),
    ("indent", &["2", "\"a\\nb\""]),
    ("index", &["[\"a\", \"b\"]", "\"b\""]),
    ("issensitive", &["\"a\""]),
    ("join", &["\",\"", "[\"a\", \"b\"]"]),
    ("jsondecode", &["\"{}\""]),
    ("jsonencode", &["{a = [1]}"]),
    ("keys", &["{a = 1}"]),
    ("length", &["[1]"]),
    ("log", &["8", "2"]),
    ("lookup", &["{a = \"x\"}", "\"a\"", "\"d\""]),
    ("lookup", &["{a = \"x\"}", "\"b\""]),
    ("lower", &["\"A\""]),
    ("matchkeys", &["[\"a\", \"b\"]", "[\"1\", \"2\"]", "[\"2\"]"]),
    ("max", &["1", "2"]),
    ("md5", &["\"a\""]),
    ("merge", &["{a = 1}", "{b = 2}"]),
    ("min", &["1", "2"]),
    ("nonsensitive", &["sensitive(\"a\")"]),
    ("one", &["[\"a\"]"]),
    ("parseint", &["\"ff\"", "16"]),
    ("pathexpand", &["\"a\""]),
    ("pow", &["2", "3"]),
    ("range", &["3"]),
    ("range", &["1", "3", "1"]),
    ("regex", &["\"[a-z]+\"", "\"abc\""]),
    ("regex", &["\"(?P<x>[a-z])\"", "\"abc\""]),
    ("regexall", &["\"[a-z]\"", "\"abc\""]),
    ("replace", &["\"abc\"", "\"b\"", "\"x\""]),
    ("reverse", &["[1, 2]"]),
    ("sensitive", &["\"a\""]),
    ("setintersection", &["[\"a\"]", "[\"a\", \"b\"]"]),
    ("setproduct", &["[\"a\"]", "[\"b\", \"c\"]"]),
    ("setsubtract", &["[\"a\", \"b\"]", "[\"b\"]"]),
    ("setunion", &["[\"a\"]", "[\"b\"]"]),
    ("sha1", &["\"a\""]),
    ("sha256", &["\"a\""]),
    ("sha512", &["\"a\""]),
    ("signum", &["-2"]),
    ("slice", &["[\"a\", \"b\", \"c\"]", "1", "2"]),
    ("sort", &["[\"b\", \"a\"]"]),
    ("split", &["\",\"", "\"a,b\""]),
    ("startswith", &["\"ab\"", "\"a\""]),
    ("strcontains", &["\"abc\"", "\"b\""]),
    ("strrev", &["\"abc\""]),
    ("substr", &["\"abc\"", "1", "1"]),
    ("sum", &["[1, 2]"]),
    ("templatestring", &["local.text", "{a = 1}"]),
    ("textdecodebase64", &["\"YQA=\"", "\"UTF-16LE\""]),
    ("textencodebase64", &["\"a\"", "\"UTF-8\""]),
    ("timeadd", &["\"2020-01-02T03:04:05Z\"", "\"1h\""]),
    (
        "timecmp",
        &["\"2020-01-02T03:04:05Z\"", "\"2020-01-02T03:04:05Z\""],
    ),
    ("title", &["\"a b\""]),
    ("tobool", &["\"true\""]),
    ("tolist", &["[1, \"a\"]"]),
    ("tomap", &["{a = 1}"]),
    ("tonumber", &["\"1\""]),
    ("toset", &["[1, \"a\"]"]),
    ("tostring", &["1"]),
    ("transpose", &["{a = [\"x\"]}"]),
    ("trim", &["\"xax\"", "\"x\""]),
    ("trimprefix", &["\"ab\"", "\"a\""]),
    ("trimspace", &["\" a \""]),
    ("trimsuffix", &["\"ab\"", "\"b\""]),
    ("try", &["1", "2"]),
    ("upper", &["\"a\""]),
    ("urlencode", &["\"a b\""]),
    ("uuidv5", &["\"dns\"", "\"a\""]),
    ("values", &["{a = 1, b = \"x\"}"]),
    ("yamldecode", &["\"a: 1\""]),
    ("yamlencode", &["{a = [1]}"]),
    ("zipmap", &["[\"a\"]", "[1]"]),
];

/// What stands in for an argument.
const OTHERS: &[&str] = &[
    "null",
    "\"text\"",
    "1.5",
    "-1",
    "true",
    "[]",
    "{}",
    "[[\"a\"], null]",
    "[null, \"a\"]",
    "toset([\"a\", \"b\"])",
    "tomap({a = \"x\"})",
    "tolist([])",
    "local.secret",
    "local.secret_list",
    "local.secret_map",
    "sensitive([\"a\"])",
    "sensitive(1)",
    "local.unknown_id",
    "local.prefixed",
    "local.unknown_number",
    "local.unknown_bool",
    "local.unknown_list",
    "local.unknown_set",
    "local.unknown_map",
    "local.part_known",
    "local.part_object",
    "[local.unknown_number, 1]",
    "[[local.unknown_id], local.unknown_list]",
    "toset([local.unknown_id, \"a\"])",
    "tolist([local.unknown_id])",
    "tomap({a = local.unknown_id})",
    "jsondecode(local.unknown_id)",
    "[jsondecode(local.unknown_id), 1]",
    "sensitive(local.unknown_id)",
    "sensitive(local.unknown_list)",
    "terraform_data.one",
    "local.objects",
];

/// All of them.
pub(super) fn calls() -> Vec<String> {
    let mut all = Vec::new();
    for (function, arguments) in CALLS {
        all.push(call(function, arguments));
        for at in 0..arguments.len() {
            for other in OTHERS {
                let mut exchanged = arguments.to_vec();
                exchanged[at] = other;
                all.push(call(function, &exchanged));
            }
        }
        all.push(format!("{function}({}...)", list(arguments)));
        for other in ["local.unknown_list", "local.secret_list", "null"] {
            all.push(format!("{function}({other}...)"));
        }
    }
    all
}

fn call(function: &str, arguments: &[&str]) -> String {
    format!("{function}({})", arguments.join(", "))
}

fn list(arguments: &[&str]) -> String {
    format!("[{}]", arguments.join(", "))
}
