//! No text is too deep, too long or too greedy: each gives an error that names the limit.

#[path = "common/console.rs"]
mod common;

use common::{Situation, evaluate};

/// The codes of what is wrong with an expression.
fn codes(expression: &str) -> Vec<&'static str> {
    match evaluate(expression, &Situation::default()) {
        Ok(_) => Vec::new(),
        Err(found) => found.iter().filter_map(|d| d.code.map(|code| code.id)).collect(),
    }
}

#[track_caller]
fn too_deep(expression: &str) {
    assert_eq!(
        codes(expression),
        ["RP0216"],
        "{}",
        &expression[..40.min(expression.len())]
    );
}

#[track_caller]
fn too_large(expression: &str) {
    assert_eq!(codes(expression), ["RP0217"], "{expression}");
}

/// One text around another, many times.
fn around(before: &str, inner: &str, after: &str, times: usize) -> String {
    format!("{}{inner}{}", before.repeat(times), after.repeat(times))
}

#[test]
fn what_stands_in_each_other_is_bounded() {
    for times in [100, 100_000] {
        too_deep(&around("(", "1", ")", times));
        too_deep(&around("[", "1", "]", times));
        too_deep(&around("{a=", "1", "}", times));
        too_deep(&around("\"${", "1", "}\"", times));
        too_deep(&around("abs(", "1", ")", times));
        too_deep(&around("[for a in [1]: ", "1", "]", times));
        too_deep(&around("[0][", "0", "]", times));
        too_deep(&around("true ? ", "1", " : 1", times));
        too_deep(&around("true ? 1 : ", "1", "", times));
        too_deep(&around("!", "true", "", times));
        too_deep(&around("- ", "1", "", times));
        too_deep(&format!("[0]{}", "[*]".repeat(times)));
        too_deep(&format!("\"{}\"", around("%{if true}", "x", "%{endif}", times)));
    }
}

#[test]
fn chains_of_operators_are_bounded() {
    for operator in [" + 1", " && true", " == 1", " * 2"] {
        too_deep(&format!("1{}", operator.repeat(200)));
        too_deep(&format!("1{}", operator.repeat(100_000)));
    }
    assert!(codes(&format!("1{}", " + 1".repeat(100))).is_empty());
}

#[test]
fn steps_into_a_value_are_not_nested_and_not_bounded() {
    let steps = ".a".repeat(50_000);
    assert_eq!(codes(&format!("{{a = 1}}{steps}")), ["RP0203"]);
}

#[test]
fn text_is_bounded_wherever_it_is_made() {
    let doubled = |times: usize| {
        let (mut before, mut after) = (String::new(), String::new());
        for at in 0..times {
            let inner = if at == 0 {
                "x".to_owned()
            } else {
                format!("v{}", at - 1)
            };
            before.push_str(&format!("[for v{at} in [\"${{{inner}}}${{{inner}}}\"]: "));
            after.push(']');
        }
        format!("{before}v{}{after}", times - 1).replace("${x}", "xxxxxxxx")
    };
    too_large(&doubled(40));
    assert!(codes(&doubled(10)).is_empty());
    let long = format!("join(\"\", flatten({}))", doubled(12));
    too_large(&format!("replace({long}, \"\", {long})"));
    too_large(&format!("replace({long}, \"/.?/\", {long})"));
    too_large(&format!(
        "join({long}, [for i in flatten([for i in range(100): range(100)]): \"x\"])"
    ));
    too_large("indent(60000, join(\"\\n\", [for i in flatten([range(1000), range(1000)]): \"x\"]))");
}

#[test]
fn elements_and_rounds_are_bounded_wherever_they_are_made() {
    too_large("setproduct(range(1000), range(1000), range(1000))");
    too_large("setproduct(range(200), range(200), range(200))");
    too_large(
        "length([for a in [[range(1000), range(1000)]]: [for b in range(1000): [for c in flatten(a): [for d in range(1000): 1]]]])",
    );
    // Shared parts count wherever they stand.
    let (before, after): (String, String) = (1..30)
        .map(|at| (format!("[for v{at} in [[v{0}, v{0}]]: ", at - 1), "]"))
        .unzip();
    too_large(&format!("[for v0 in [1]: {before}v29{after}]"));
    too_large("[for a in range(1000): [for b in range(1000): [for c in range(1000): 1 if false]]]");
}

#[test]
fn numbers_of_any_exponent_are_refused_or_cheap() {
    for (expression, code) in [
        ("1e1000000000", Some("RP0101")),
        ("tostring(1e1000000)", None),
        ("1e100000000 + 1", None),
        ("pow(10, 100000000)", None),
        ("1e-100000000 + 1", None),
        ("jsondecode(\"1e1000000000\")", Some("RP0302")),
        ("yamldecode(\"1e1000000000\")", None),
        ("format(\"%1000000000d\", 1)", Some("RP0302")),
        ("format(\"%.1000000000f\", 1)", Some("RP0302")),
        ("range(1000000000)", Some("RP0303")),
        ("substr(\"abc\", 1000000000, 1000000000000)", None),
    ] {
        assert_eq!(codes(expression).first().copied(), code, "{expression}");
    }
}

#[test]
fn decoded_documents_are_bounded() {
    let deep = |open: &str, close: &str| around(open, "1", close, 100_000);
    assert_eq!(codes(&format!("jsondecode(\"{}\")", deep("[", "]"))), ["RP0302"]);
    assert_eq!(codes(&format!("yamldecode(\"{}\")", deep("[", "]"))), ["RP0302"]);
    let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]");
    for at in 1..10 {
        let aliases = format!("*a{}", at - 1);
        bomb.push_str(&format!("\\na{at}: &a{at} [{}]", vec![aliases; 10].join(",")));
    }
    assert_eq!(codes(&format!("yamldecode(\"{bomb}\")")), ["RP0302"]);
}
