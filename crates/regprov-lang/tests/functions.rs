//! Functions with what is known after apply, with marks, and with surroundings.

#![expect(clippy::too_many_lines, reason = "a test is a table")]

use expect_test::{Expect, expect};
use regprov_diag::Sources;
use regprov_lang::{FunctionContext, Scope, parse_expression};
use regprov_value::{Marks, Refinements, Type, Value, render};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files in memory, a clock that stands, and bytes that are not random.
struct Surroundings {
    applying: bool,
}

const FILES: &[(&str, &[u8])] = &[
    ("/project/main.tf", b"resource"),
    ("/project/policies/a.json", b"{\"a\":1}"),
    ("/project/policies/deep/b.json", b"{}"),
    ("/project/binary", &[0xff, 0x00]),
    ("/home/somebody/key", b"key"),
];

impl FunctionContext for Surroundings {
    fn read_file(&self, path: &Path) -> io::Result<Arc<[u8]>> {
        if path == Path::new("/project/later") {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let found = FILES.iter().find(|(name, _)| Path::new(name) == path);
        found
            .map(|(_, bytes)| Arc::from(*bytes))
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn file_kind(&self, path: &Path) -> io::Result<Option<bool>> {
        let known = |(name, _): &(&str, &[u8])| Path::new(name) == path;
        let directory = |(name, _): &(&str, &[u8])| Path::new(name).starts_with(path);
        Ok(FILES
            .iter()
            .find(|file| directory(file))
            .map(|_| FILES.iter().any(known)))
    }

    fn walk(&self, directory: &Path) -> io::Result<Vec<String>> {
        let below = FILES
            .iter()
            .filter_map(|(name, _)| Path::new(name).strip_prefix(directory).ok());
        Ok(below.map(|path| path.to_string_lossy().into_owned()).collect())
    }

    fn working_directory(&self) -> &Path {
        Path::new("/project")
    }

    fn home(&self) -> Option<PathBuf> {
        Some("/home/somebody".into())
    }

    fn plan_timestamp(&self) -> Option<String> {
        Some("2025-01-02T03:04:05Z".into())
    }

    fn now(&self) -> Option<String> {
        self.applying.then(|| "2025-01-02T03:05:06Z".into())
    }

    fn random(&self, bytes: &mut [u8]) -> bool {
        bytes.fill(7);
        self.applying
    }
}

impl Scope for Surroundings {
    fn variable(&self, name: &str) -> Option<Value> {
        let refined = |ty, refinements| Some(Value::refined(ty, refinements));
        match name {
            "text" => Some(Value::unknown(Type::String)),
            "number" => Some(Value::unknown(Type::Number)),
            "list" => Some(Value::unknown(Type::list(Type::String))),
            "map" => Some(Value::unknown(Type::map(Type::String))),
            "any" => Some(Value::unknown(Type::Dynamic)),
            "object" => Some(Value::unknown(Type::object([("a", Type::Number)]))),
            "id" => refined(
                Type::String,
                Refinements {
                    not_null: true,
                    prefix: Some("/subscriptions/".into()),
                    ..Refinements::default()
                },
            ),
            "two" => refined(
                Type::list(Type::String),
                Refinements {
                    length_min: Some(2),
                    length_max: Some(2),
                    ..Refinements::default()
                },
            ),
            "secret" => Some(Value::string("hunter2").sensitive()),
            "passing" => Some(Value::string("token").marked(Marks::EPHEMERAL)),
            _ => None,
        }
    }

    fn functions(&self) -> &dyn FunctionContext {
        self
    }
}

fn evaluate(expression: &str, applying: bool) -> Result<Value, String> {
    let source = Sources::new().add("expression", expression);
    let parsed = parse_expression(expression, source);
    let value = parsed.and_then(|parsed| parsed.evaluate(&Surroundings { applying }));
    value.map_err(|found| {
        found
            .iter()
            .map(|one| format!("{}: {}", one.summary, one.detail))
            .collect()
    })
}

/// Each expression, and what it gives: its type too where it is known after apply.
fn check(expressions: &[&str], applying: bool, expected: Expect) {
    let mut out = String::new();
    for expression in expressions {
        let outcome = match evaluate(expression, applying) {
            Ok(value) if !value.is_known() => format!("{} of type {}", render(&value), value.ty()),
            Ok(value) => render(&value),
            Err(error) => format!("error: {error}"),
        };
        out.push_str(&format!("{expression}\n    {outcome}\n"));
    }
    expected.assert_eq(&out);
}

#[test]
fn what_is_known_after_apply_keeps_its_type() {
    let expressions = [
        "upper(var.text)",
        "split(\",\", var.text)",
        "length(var.list)",
        "length(var.object)",
        "length(var.two)",
        "length([var.text, var.text])",
        "length(toset([var.text, \"a\"]))",
        "keys(var.object)",
        "keys(var.map)",
        "values(var.map)",
        "lookup(var.map, \"a\", \"b\")",
        "lookup({ a = var.text }, \"b\", \"c\")",
        "merge(var.map, { a = 1 })",
        "merge({ a = var.text }, { b = 1 }).b",
        "concat(var.list, [\"a\"])",
        "concat([var.text], [\"a\"])[1]",
        "element([var.text, \"b\"], 1)",
        "flatten([[\"a\"], var.list])",
        "flatten([[\"a\"], [var.text]])[0]",
        "coalesce(var.text, \"a\")",
        "coalesce(\"a\", var.text)",
        "contains([\"a\", var.text], \"a\")",
        "contains([\"b\", var.text], \"a\")",
        "jsonencode({ a = var.text })",
        "format(\"%s\", var.text)",
        "join(\",\", [var.text])",
        "tolist(var.any)",
        "toset([var.text])",
        "zipmap([\"a\"], [var.text])",
        "startswith(var.id, \"/sub\")",
        "startswith(var.id, \"x\")",
        "startswith(var.text, \"x\")",
        "alltrue([var.number == 1, false])",
        "try(upper(var.any), \"x\")",
        "uuid()",
        "timestamp()",
        "bcrypt(\"x\")",
        "plantimestamp()",
    ];
    check(
        &expressions,
        false,
        expect![[r#"
        upper(var.text)
            (known after apply) of type string
        split(",", var.text)
            (known after apply) of type list(string)
        length(var.list)
            (known after apply) of type number
        length(var.object)
            1
        length(var.two)
            2
        length([var.text, var.text])
            2
        length(toset([var.text, "a"]))
            (known after apply) of type number
        keys(var.object)
            ["a"]
        keys(var.map)
            (known after apply) of type list(string)
        values(var.map)
            (known after apply) of type list(string)
        lookup(var.map, "a", "b")
            (known after apply) of type string
        lookup({ a = var.text }, "b", "c")
            "c"
        merge(var.map, { a = 1 })
            (known after apply) of type any
        merge({ a = var.text }, { b = 1 }).b
            1
        concat(var.list, ["a"])
            (known after apply) of type any
        concat([var.text], ["a"])[1]
            "a"
        element([var.text, "b"], 1)
            "b"
        flatten([["a"], var.list])
            (known after apply) of type any
        flatten([["a"], [var.text]])[0]
            "a"
        coalesce(var.text, "a")
            (known after apply) of type string
        coalesce("a", var.text)
            "a"
        contains(["a", var.text], "a")
            true
        contains(["b", var.text], "a")
            (known after apply) of type bool
        jsonencode({ a = var.text })
            (known after apply) of type string
        format("%s", var.text)
            (known after apply) of type string
        join(",", [var.text])
            (known after apply) of type string
        tolist(var.any)
            (known after apply) of type list(any)
        toset([var.text])
            [(known after apply)]
        zipmap(["a"], [var.text])
            {"a" = (known after apply)}
        startswith(var.id, "/sub")
            true
        startswith(var.id, "x")
            false
        startswith(var.text, "x")
            (known after apply) of type bool
        alltrue([var.number == 1, false])
            false
        try(upper(var.any), "x")
            (known after apply) of type any
        uuid()
            (known after apply) of type string
        timestamp()
            (known after apply) of type string
        bcrypt("x")
            (known after apply) of type string
        plantimestamp()
            "2025-01-02T03:04:05Z"
    "#]],
    );
}

#[test]
fn marks_reach_the_result_and_never_an_error() {
    let expressions = [
        "upper(var.secret)",
        "length([var.secret])",
        "tonumber(var.secret)",
        "regex(\"[0-9\", var.secret)",
        "regex(var.secret, \"x\")",
        "lookup({ a = 1 }, var.secret)",
        "file(var.secret)",
        "jsondecode(var.secret)",
        "yamldecode(\"[${var.secret}\")",
        "base64decode(var.secret)",
        "timeadd(\"2025-01-01T00:00:00Z\", var.secret)",
        "cidrhost(var.secret, 1)",
        "regex(\"\\\\q${var.secret}\", \"x\")",
        "cidrhost(\"10.0.0.0/8\", sensitive(99999999999))",
        "format(\"%!${var.secret}\", 1)",
        "formatdate(\"X${var.secret}\", \"2018-01-02T23:12:01Z\")",
        "uuidv5(var.secret, \"a\")",
        "nonsensitive(var.secret)",
        "ephemeralasnull({ a = var.passing, b = 1 })",
        "issensitive(var.passing)",
    ];
    check(
        &expressions,
        false,
        expect![[r#"
            upper(var.secret)
                (sensitive value)
            length([var.secret])
                1
            tonumber(var.secret)
                error: Invalid function argument: The value of argument 1 of `tonumber` is not accepted: cannot convert (sensitive value) to number; the string must be the decimal notation of a number.
            regex("[0-9", var.secret)
                error: Invalid function argument: The value of argument 1 of `regex` is not accepted: the pattern is not a regular expression: (sensitive value).
            regex(var.secret, "x")
                error: Error in function call: Call to function `regex` failed: the pattern does not match any part of the string; for an optional match use regexall or try.
            lookup({ a = 1 }, var.secret)
                error: Invalid function argument: The value of argument 2 of `lookup` is not accepted: there is no element with the key (sensitive value); give a default as the third argument.
            file(var.secret)
                error: Invalid function argument: The value of argument 1 of `file` is not accepted: no file exists at (sensitive value); a file that a resource of this configuration makes cannot be read here, use an attribute of that resource.
            jsondecode(var.secret)
                error: Invalid function argument: The value of argument 1 of `jsondecode` is not accepted: the text is not JSON: expected value at line 1 column 1.
            yamldecode("[${var.secret}")
                error: Invalid function argument: The value of argument 1 of `yamldecode` is not accepted: the text is not YAML that can be read: on line 2, column 1.
            base64decode(var.secret)
                error: Invalid function argument: The value of argument 1 of `base64decode` is not accepted: the text is not Base64.
            timeadd("2025-01-01T00:00:00Z", var.secret)
                error: Invalid function argument: The value of argument 2 of `timeadd` is not accepted: (sensitive value) is not a duration, such as "1h30m": a number is missing before a unit.
            cidrhost(var.secret, 1)
                error: Invalid function argument: The value of argument 1 of `cidrhost` is not accepted: (sensitive value) is not a CIDR address; write an address and a prefix length, such as "10.0.0.0/8".
            regex("\\q${var.secret}", "x")
                error: Invalid function argument: The value of argument 1 of `regex` is not accepted: the pattern is not a regular expression: (sensitive value).
            cidrhost("10.0.0.0/8", sensitive(99999999999))
                error: Invalid function argument: The value of argument 2 of `cidrhost` is not accepted: a prefix of 8 bits does not have a host numbered (sensitive value).
            format("%!${var.secret}", 1)
                error: Invalid function argument: The value of argument 1 of `format` is not accepted: the format is not valid; its parts are sensitive.
            formatdate("X${var.secret}", "2018-01-02T23:12:01Z")
                error: Invalid function argument: The value of argument 1 of `formatdate` is not accepted: the format is not valid.
            uuidv5(var.secret, "a")
                error: Invalid function argument: The value of argument 1 of `uuidv5` is not accepted: (sensitive value) is neither a UUID nor one of "dns", "url", "oid", "x500".
            nonsensitive(var.secret)
                "hunter2"
            ephemeralasnull({ a = var.passing, b = 1 })
                {"a" = null, "b" = 1}
            issensitive(var.passing)
                false
        "#]],
    );
}

#[test]
fn files_come_from_the_surroundings() {
    let expressions = [
        "file(\"main.tf\")",
        "file(\"./policies/../main.tf\")",
        "file(\"/project/main.tf\")",
        "file(\"~/key\")",
        "file(\"nothing\")",
        "file(\"binary\")",
        "file(\"later\")",
        "filebase64(\"binary\")",
        "filemd5(\"main.tf\")",
        "filesha1(\"main.tf\")",
        "filesha256(\"main.tf\") == sha256(\"resource\")",
        "filesha512(\"main.tf\") == sha512(\"resource\")",
        "filebase64sha256(\"main.tf\") == base64sha256(\"resource\")",
        "filebase64sha512(\"main.tf\") == base64sha512(\"resource\")",
        "fileexists(\"main.tf\")",
        "fileexists(\"nothing\")",
        "fileexists(\"policies\")",
        "fileset(\"policies\", \"*.json\")",
        "fileset(\".\", \"**/*.json\")",
        "fileset(\".\", \"{main,other}.t?\")",
        "fileset(\".\", \"../*\")",
        "fileset(\".\", \"[\")",
        "abspath(\"a/../b\")",
        "pathexpand(\"~/a\")",
        "jsondecode(file(\"policies/a.json\")).a",
    ];
    check(
        &expressions,
        false,
        expect![[r#"
        file("main.tf")
            "resource"
        file("./policies/../main.tf")
            "resource"
        file("/project/main.tf")
            "resource"
        file("~/key")
            "key"
        file("nothing")
            error: Invalid function argument: The value of argument 1 of `file` is not accepted: no file exists at "nothing"; a file that a resource of this configuration makes cannot be read here, use an attribute of that resource.
        file("binary")
            error: Invalid function argument: The value of argument 1 of `file` is not accepted: the file "binary" is not UTF-8 text; use filebase64 for its content, or filesha256 and its like for a hash.
        file("later")
            error: Invalid function argument: The value of argument 1 of `file` is not accepted: "later" cannot be read: operation would block.
        filebase64("binary")
            "/wA="
        filemd5("main.tf")
            "96ab4e163f4ee03aaa4d1051aa51d204"
        filesha1("main.tf")
            "7a104738973573b63f13bdc7a1d816e09b6016ad"
        filesha256("main.tf") == sha256("resource")
            true
        filesha512("main.tf") == sha512("resource")
            true
        filebase64sha256("main.tf") == base64sha256("resource")
            true
        filebase64sha512("main.tf") == base64sha512("resource")
            true
        fileexists("main.tf")
            true
        fileexists("nothing")
            false
        fileexists("policies")
            error: Invalid function argument: The value of argument 1 of `fileexists` is not accepted: "policies" is a directory or something else that is not a file.
        fileset("policies", "*.json")
            ["a.json"]
        fileset(".", "**/*.json")
            ["policies/a.json", "policies/deep/b.json"]
        fileset(".", "{main,other}.t?")
            ["main.tf"]
        fileset(".", "../*")
            error: Invalid function argument: The value of argument 2 of `fileset` is not accepted: the pattern must stay below the directory; give the directory above as the first argument.
        fileset(".", "[")
            error: Invalid function argument: The value of argument 2 of `fileset` is not accepted: the pattern is not valid: a bracket [ has no closing bracket.
        abspath("a/../b")
            "/project/b"
        pathexpand("~/a")
            "/home/somebody/a"
        jsondecode(file("policies/a.json")).a
            1
    "#]],
    );
}

#[test]
fn while_applying_there_is_a_clock_and_randomness() {
    let expressions = [
        "timestamp()",
        "uuid()",
        "substr(bcrypt(\"x\", 4), 0, 29)",
        "formatdate(\"YYYY\", timestamp())",
    ];
    check(
        &expressions,
        true,
        expect![[r#"
        timestamp()
            "2025-01-02T03:05:06Z"
        uuid()
            "07070707-0707-4707-8707-070707070707"
        substr(bcrypt("x", 4), 0, 29)
            "$2a$04$/uaF/uaF/uaF/uaF/uaF/u"
        formatdate("YYYY", timestamp())
            "2025"
    "#]],
    );
}

#[test]
fn errors_say_what_to_do() {
    let expressions = [
        "join(\",\", [\"a\", null])",
        "element([], 0)",
        "coalesce(\"\", null)",
        "format(\"%d\", 1.5)",
        "format(\"%s\", \"a\", \"b\")",
        "format(\"%s %s\", \"a\")",
        "format(\"%z\", \"a\")",
        "formatlist(\"%s%s\", [\"a\", \"b\"], [\"x\"])",
        "formatdate(\"YYY\", \"2018-01-02T23:12:01Z\")",
        "timeadd(\"2018-01-02\", \"1h\")",
        "timeadd(\"2018-01-02T23:12:01Z\", \"1d\")",
        "regex(\"a(?=b)\", \"ab\")",
        "regex(\"[a\", \"ab\")",
        "regex(\"x\", \"ab\")",
        "tolist([1, []])",
        "tonumber(\"0x10\")",
        "jsondecode(\"{\")",
        "yamldecode(\"a: [1\")",
        "csvdecode(\"a,b\\n1\")",
        "parseint(\"12\", 2)",
        "range(1, 2000)",
        "setproduct([1])",
        "cidrsubnet(\"10.0.0.0/8\", 30, 1)",
        "rsadecrypt(\"x\", \"y\")",
        "upper(null)",
        "upper()",
        "upper(\"a\", \"b\")",
        "merge(\"a\")",
    ];
    check(
        &expressions,
        false,
        expect![[r#"
        join(",", ["a", null])
            error: Invalid function argument: The value of argument 2 of `join` is not accepted: element 1 is null; a null value cannot be joined, take it out with a "for" expression.
        element([], 0)
            error: Invalid function argument: The value of argument 1 of `element` is not accepted: an empty list has no element.
        coalesce("", null)
            error: Error in function call: Call to function `coalesce` failed: no argument is other than null or an empty string; add a default as the last one.
        format("%d", 1.5)
            error: Error in function call: Call to function `format` failed: unsupported value for "%d" at 0: an integer is required.
        format("%s", "a", "b")
            error: Invalid function argument: The value of argument 3 of `format` is not accepted: too many arguments; only 1 is used by the format.
        format("%s %s", "a")
            error: Error in function call: Call to function `format` failed: not enough arguments for "%s" at 3: argument 2 is needed, 1 given.
        format("%z", "a")
            error: Invalid function argument: The value of argument 1 of `format` is not accepted: unsupported format verb 'z' in "%z" at offset 0; write %% for a percent sign.
        formatlist("%s%s", ["a", "b"], ["x"])
            error: Invalid function argument: The value of argument 3 of `formatlist` is not accepted: argument 2 has length 1, argument 1 has length 2; the lists must be of one length.
        formatdate("YYY", "2018-01-02T23:12:01Z")
            error: Invalid function argument: The value of argument 1 of `formatdate` is not accepted: "YYY" is not part of a date: a year is either "YY" or "YYYY".
        timeadd("2018-01-02", "1h")
            error: Invalid function argument: The value of argument 1 of `timeadd` is not accepted: "2018-01-02" is not a time in RFC 3339, such as "2006-01-02T15:04:05Z": "T" is missing after 10 characters.
        timeadd("2018-01-02T23:12:01Z", "1d")
            error: Invalid function argument: The value of argument 2 of `timeadd` is not accepted: "1d" is not a duration, such as "1h30m": the units are h, m, s, ms, us, ns; there is no day, write 24h.
        regex("a(?=b)", "ab")
            error: Invalid function argument: The value of argument 1 of `regex` is not accepted: the pattern is not a regular expression: invalid or unsupported syntax in (?=b; look-around is not supported.
        regex("[a", "ab")
            error: Invalid function argument: The value of argument 1 of `regex` is not accepted: the pattern is not a regular expression: missing closing ].
        regex("x", "ab")
            error: Error in function call: Call to function `regex` failed: the pattern does not match any part of the string; for an optional match use regexall or try.
        tolist([1, []])
            error: Invalid function argument: The value of argument 1 of `tolist` is not accepted: cannot convert tuple: the elements have no type in common.
        tonumber("0x10")
            error: Invalid function argument: The value of argument 1 of `tonumber` is not accepted: cannot convert "0x10" to number; the string must be the decimal notation of a number.
        jsondecode("{")
            error: Invalid function argument: The value of argument 1 of `jsondecode` is not accepted: the text is not JSON: EOF while parsing an object at line 1 column 1.
        yamldecode("a: [1")
            error: Invalid function argument: The value of argument 1 of `yamldecode` is not accepted: the text is not YAML that can be read: on line 2, column 1: while parsing a flow sequence, expected ',' or ']'.
        csvdecode("a,b\n1")
            error: Invalid function argument: The value of argument 1 of `csvdecode` is not accepted: line 2 has 1 fields, not 2 as the first line.
        parseint("12", 2)
            error: Invalid function argument: The value of argument 1 of `parseint` is not accepted: cannot parse "12" as a base 2 integer.
        range(1, 2000)
            error: Error in function call: Call to function `range` failed: more than 1024 numbers would be made; bring start and end closer together or use a larger step.
        setproduct([1])
            error: Error in function call: Call to function `setproduct` failed: at least two lists or sets are required.
        cidrsubnet("10.0.0.0/8", 30, 1)
            error: Invalid function argument: The value of argument 2 of `cidrsubnet` is not accepted: a prefix of 8 bits cannot be extended by 30.
        rsadecrypt("x", "y")
            error: Invalid function argument: The value of argument 1 of `rsadecrypt` is not accepted: it is not Base64.
        upper(null)
            error: Invalid function argument: The value of argument 1 of `upper` is not accepted: argument must not be null.
        upper()
            error: Wrong number of function arguments: Function "upper" expects 1 argument; the argument for "str" is missing.
        upper("a", "b")
            error: Wrong number of function arguments: Function "upper" expects only 1 argument.
        merge("a")
            error: Invalid function argument: The value of argument 1 of `merge` is not accepted: a map or object is required, not string.
    "#]],
    );
}
