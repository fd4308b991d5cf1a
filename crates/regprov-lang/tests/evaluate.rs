//! Expressions, by text: what they give, and what is wrong with them.

#[path = "common/console.rs"]
mod common;

use common::{Situation, console, evaluate};
use regprov_value::{Refinements, Type, Value};

/// Each line: an expression, `=>`, what Terraform's console prints for it.
#[track_caller]
fn check(cases: &str) {
    let situation = Situation::default();
    let mut wrong = Vec::new();
    for case in cases.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (expression, expected) = case.split_once("=>>").expect("a case has an arrow");
        let outcome = match evaluate(expression.trim(), &situation) {
            Ok(value) => console(&value).replace('\n', " "),
            Err(found) => format!(
                "error: {}",
                found
                    .iter()
                    .map(|d| d.summary.clone())
                    .collect::<Vec<_>>()
                    .join("; ")
            ),
        };
        let squeezed: Vec<&str> = outcome.split_whitespace().collect();
        if squeezed.join(" ") != expected.trim() {
            wrong.push(format!(
                "{expression}\n  expected {}\n  got      {}",
                expected.trim(),
                squeezed.join(" ")
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_conditional_within_a_for_goes_on_with_the_next_line() {
    let text = "{ for k in [\"x\"] : k => true ?\n k : # no\n false ? \"b\" :\n \"c\"\n}";
    let value = evaluate(text, &Situation::default()).unwrap();
    assert_eq!(console(&value).replace('\n', ""), r#"{  "x" = "x"}"#);
}

#[test]
fn numbers_are_what_is_written_however_large_and_with_nothing_behind_their_point() {
    check(
        r#"
        1e400 / 1e399 =>> 10
        -1e400 < 1.E2 =>> true
        1.e5 + 1e-1 =>> 100000.1
        "${[1e400 / 1E399][0]}" =>> 10
        {a = 1.e1}["a"] =>> 10
        "#,
    );
}

#[test]
fn operators_follow_their_precedence_and_convert_their_operands() {
    check(
        r#"
        1 + 2 * 3 =>> 7
        (1 + 2) * 3 =>> 9
        "3" * "4" =>> 12
        -2 - -3 =>> 1
        10 / 4 =>> 2.5
        -7 % 3 =>> -1
        !false && true =>> true
        "true" || false =>> true
        1 == "1" =>> false
        null == null =>> true
        "a" != "b" =>> true
        [1] == [1] =>> true
        {a = 1} == {a = 2} =>> false
        2 >= 2 && 1 < 2 =>> true
        0 / 0 =>> error: Result is no number
        1 / 0 =>> +Inf
        -1 / 0 < 1 =>> true
        -0 =>> -0
        1 + "x" =>> error: Invalid operand
        1 + null =>> error: Invalid operand
        [1] < 2 =>> error: Invalid operand
        !1 =>> error: Invalid operand
        false && null.x =>> error: Attempt to use null value
        123456789012345678901234567890 + 1 =>> 123456789012345678901234567891
        "#,
    );
}

#[test]
fn conditionals_unify_their_results_and_blame_only_the_chosen_one() {
    check(
        r#"
        true ? 1 : "a" =>> "1"
        false ? 1 : null =>> tonumber(null)
        true ? [1] : ["a", "b"] =>> tolist([ "1", ])
        true ? 1 : [1].x =>> 1
        true ? [1].x : 1 =>> error: Unsupported attribute
        null ? 1 : 2 =>> error: Incorrect condition type
        "maybe" ? 1 : 2 =>> error: Incorrect condition type
        true ? 1 : [1] =>> error: Inconsistent conditional result types
        true ? {a = 1} : {} =>> tomap({ "a" = 1 })
        "#,
    );
}

#[test]
fn templates_join_text_and_trim_at_tildes() {
    check(
        r#"
        "a${1 + 1}b" =>> "a2b"
        "${[1]}" =>> [ 1, ]
        "x${[1]}" =>> error: Invalid template interpolation value
        "x${null}" =>> error: Invalid template interpolation value
        "$${a} %%{b}" =>> "$${a} %%{b}"
        "a  ${~ 1 ~}  b" =>> "a1b"
        "%{ if true }yes%{ else }no%{ endif }" =>> "yes"
        "%{ if false }yes%{ endif }" =>> ""
        "%{ for x in [1, 2] }<${x}>%{ endfor }" =>> "<1><2>"
        "%{ for i, x in ["a", "b"] ~} ${i}${x} %{ endfor ~} " =>> "0a 1b "
        "#,
    );
}

#[test]
fn for_expressions_filter_group_and_refuse_double_keys() {
    check(
        r#"
        [for x in [1, 2, 3] : x * 2 if x != 2] =>> [ 2, 6, ]
        [for i, x in ["a"] : "${i}${x}"] =>> [ "0a", ]
        [for k, v in {b = 1, a = 2} : "${k}${v}"] =>> [ "a2", "b1", ]
        {for x in ["a", "b"] : x => upper(x)} =>> { "a" = "A" "b" = "B" }
        {for x in ["a", "b", "a"] : x => 1...} =>> { "a" = [ 1, 1, ] "b" = [ 1, ] }
        {for x in ["a", "a"] : x => 1} =>> error: Invalid object key
        {for x in ["a"] : null => 1} =>> error: Invalid object key
        [for x in 1 : x] =>> error: Iteration over non-iterable value
        [for x in null : x] =>> error: Attempt to use null value
        [for x in [1, 2] : [for y in [10, 20] : x + y]] =>> [ [ 11, 21, ], [ 12, 22, ], ]
        "#,
    );
}

#[test]
fn steps_reach_into_values() {
    check(
        r#"
        {a = {b = [1, 2]}}.a.b[1] =>> 2
        {a = 1}["a"] =>> 1
        {a = 1}.b =>> error: Unsupported attribute
        [1][1] =>> error: Invalid index
        [1]["0"] =>> 1
        [[1, 2]].0.1 =>> error: Invalid syntax
        [{a = 1}, {a = 2}][*].a =>> [ 1, 2, ]
        [{a = 1}, {a = 2}].*.a =>> [ 1, 2, ]
        null[*] =>> []
        "x"[*] =>> [ "x", ]
        {a = 1}[*].a =>> [ 1, ]
        [{a = [1]}, {a = [2]}][*].a[0] =>> [ 1, 2, ]
        [{a = [1]}, {a = [2]}].*.a[0] =>> [ 1, ]
        "x".y =>> error: Unsupported attribute
        null.y =>> error: Attempt to use null value
        {(upper("k")) = 1, "q${1}" = 2, 3 = 4} =>> { "3" = 4 "K" = 1 "q1" = 2 }
        {"a.b" = 1}["a.b"] =>> 1
        "#,
    );
}

#[test]
fn try_and_can_catch_errors_of_evaluation() {
    check(
        r#"
        try({}.a, "none") =>> "none"
        try([1][0], 2) =>> 1
        try({}.a) =>> error: Error in function call
        can({}.a) =>> false
        can({a = 1}.a) =>> true
        [for t in ["<%%{ for x in xs }$${x},%%{ endfor }>"] : templatestring(t, {xs = [1, 2]})][0] =>> "<1,2,>"
        [for t in ["$${missing}"] : templatestring(t, {})][0] =>> error: Reference to undeclared object
        nothing("x") =>> error: Call to unknown function
        upper() =>> error: Wrong number of function arguments
        upper(null) =>> error: Invalid function argument
        upper([]) =>> error: Invalid function argument
        upper(["a"]...) =>> "A"
        "#,
    );
}

#[test]
fn what_is_known_after_apply_stays_so_with_what_is_known_of_it() {
    let mut situation = Situation::default();
    situation
        .variables
        .insert("open".into(), Value::unknown(Type::String));
    situation
        .variables
        .insert("any".into(), Value::unknown(Type::Dynamic));
    situation.variables.insert(
        "list".into(),
        Value::unknown(Type::list(Type::object([("id", Type::String)]))),
    );
    situation
        .variables
        .insert("flag".into(), Value::unknown(Type::Bool));
    let value = |text: &str| evaluate(text, &situation).unwrap_or_else(|found| panic!("{text}: {found}"));
    assert_eq!(value("\"x-${var.open}\"").ty(), Type::String);
    let text = Value::refined(
        Type::String,
        Refinements {
            not_null: true,
            prefix: Some("x-".into()),
            ..Refinements::default()
        },
    );
    assert_eq!(value("\"x-${var.open}\""), text);
    assert_eq!(value("\"x-${var.open}\" == \"y\""), Value::from(false));
    assert_eq!(value("var.list[0].id"), Value::unknown(Type::String));
    assert_eq!(value("var.list[*].id").ty(), Type::list(Type::String));
    assert_eq!(value("[for x in var.list : x.id]"), Value::unknown(Type::Dynamic));
    assert!(!value("var.flag && false").is_known());
    assert_eq!(value("var.flag ? 1 : 2").ty(), Type::Number);
    assert_eq!(value("try(var.any.a, 1)"), Value::unknown(Type::Dynamic));
    assert!(!value("can(var.any.a)").is_known());
    assert_eq!(value("upper(var.open)").ty(), Type::String);
    assert_eq!(value("{a = var.open}.a"), Value::unknown(Type::String));
    assert!(evaluate("var.open.x", &situation).is_err());
}

#[test]
fn marks_follow_a_value_through_every_operation() {
    let mut situation = Situation::default();
    situation
        .variables
        .insert("s".into(), Value::from("pass").sensitive());
    situation
        .variables
        .insert("b".into(), Value::from(true).sensitive());
    situation.variables.insert(
        "l".into(),
        Value::list(Type::String, vec![Value::from("a")]).sensitive(),
    );
    for text in [
        "var.s",
        "\"x${var.s}\"",
        "var.s == \"a\"",
        "var.b ? 1 : 2",
        "!var.b",
        "var.b && true",
        "upper(var.s)",
        "[for x in [1] : x if var.b]",
        "{(var.s) = 1}",
        "var.l[0]",
        "[for x in var.l : x]",
        "var.l[*]",
        "{pass = 1}[var.s]",
        "[for t in [\"$${x}!\"] : templatestring(t, {x = var.s})][0]",
        "try(var.s, 1)",
        "\"%{ if var.b }x%{ endif }\"",
        "\"%{ for x in var.l }x%{ endfor }\"",
    ] {
        let value = evaluate(text, &situation).unwrap_or_else(|found| panic!("{text}: {found}"));
        assert!(
            value.marks.contains(regprov_value::Marks::SENSITIVE),
            "{text} gives {value:?}"
        );
    }
    let kept = evaluate("{a = var.s, b = 1}", &situation).unwrap();
    assert!(kept.marks.is_empty() && kept.is_sensitive_deep());
}

#[test]
fn an_index_selects_one_instance_and_is_recorded() {
    let references = |text: &str| -> Vec<String> {
        let expr = common::compile(text).unwrap_or_else(|found| panic!("{text}: {found}"));
        expr.references()
            .iter()
            .map(|reference| reference.subject.to_string())
            .collect()
    };
    assert_eq!(references("a.b[0].c"), ["a.b[0]"]);
    assert_eq!(references("a.b[\"k\"].c"), ["a.b[\"k\"]"]);
    assert_eq!(
        references("a.b[count.index].c"),
        ["a.b[count.index]", "count.index"]
    );
    assert_eq!(references("a.b[each.key].c"), ["a.b[each.key]", "each.key"]);
    assert_eq!(references("a.b[var.k].c"), ["a.b[…]", "var.k"]);
    assert_eq!(references("a.b[*].c"), ["a.b"]);
    assert_eq!(references("a.b.*.c"), ["a.b"]);
    assert_eq!(references("a.b.0.c"), ["a.b[0]"]);
    assert_eq!(references("data.a.b.c"), ["data.a.b"]);
    assert_eq!(references("module.m[\"x\"].out.y"), ["module.m[\"x\"].out"]);
    assert_eq!(references("module.m.out"), ["module.m.out"]);
    assert_eq!(references("module.m"), ["module.m"]);
    assert_eq!(references("[for a in var.l : a.b]"), ["var.l"]);
    assert_eq!(references("path.module"), ["path.module"]);
}

#[test]
fn names_that_cannot_be_references_are_explained() {
    for (text, detail) in [
        ("foo", "not a known name"),
        ("var", "cannot be used as a whole"),
        ("each.foo", "There is no `each.foo`"),
        ("{a.b = 1}", "put it in parentheses"),
    ] {
        let found = common::compile(text).expect_err("the expression is refused");
        assert!(found.to_string().contains(detail), "{text}: {found}");
    }
}
