//! What a program reads.

use expect_test::{Expect, expect};
use regprov_diag::{Code, Diagnostic, Source, Sources, Span, to_json};

static UNSUPPORTED: Code = Code {
    id: "RP0012",
    title: "Unsupported argument",
    explanation: "",
};

/// A language in which all but the first byte of a file is one block.
fn enclosing(file: &Source, at: usize) -> Option<String> {
    (at > 0).then(|| format!("all of {}", file.name))
}

fn check(diagnostic: &Diagnostic, sources: &Sources, expected: Expect) {
    expected.assert_eq(&format!("{:#}", to_json(diagnostic, sources, enclosing)));
}

#[test]
fn the_shape_is_that_of_terraform_validate() {
    let mut sources = Sources::new();
    let text = "resource \"x\" \"é\" {\n  name = \"é\" + bad\n}\n";
    let id = sources.add("main.tf", text);
    let at = text.find("bad").unwrap();
    let diagnostic = Diagnostic::error(&UNSUPPORTED, "Unsupported argument")
        .detail("It is not known.")
        .address("x.é")
        .at(Span::from_range(id, at..at + 3))
        .context(Span::from_range(id, 0..text.len()))
        .related(Span::new(id, 0, 8), "in this block")
        .value("bad", "known after apply")
        .help("Remove it.");
    check(
        &diagnostic,
        &sources,
        expect![[r#"
        {
          "severity": "error",
          "code": "RP0012",
          "summary": "Unsupported argument",
          "detail": "It is not known.\n\nRemove it.",
          "address": "x.é",
          "range": {
            "filename": "main.tf",
            "start": {
              "line": 2,
              "column": 16,
              "byte": 36
            },
            "end": {
              "line": 2,
              "column": 19,
              "byte": 39
            }
          },
          "snippet": {
            "context": "all of main.tf",
            "code": "  name = \"é\" + bad",
            "start_line": 2,
            "highlight_start_offset": 16,
            "highlight_end_offset": 19,
            "values": [
              {
                "traversal": "bad",
                "statement": "is known after apply"
              }
            ]
          },
          "related": [
            {
              "range": {
                "filename": "main.tf",
                "start": {
                  "line": 1,
                  "column": 1,
                  "byte": 0
                },
                "end": {
                  "line": 1,
                  "column": 9,
                  "byte": 8
                }
              },
              "text": "in this block"
            }
          ]
        }"#]],
    );
}

#[test]
fn what_is_absent_is_left_out() {
    let diagnostic = Diagnostic::warning(None, "Old").label("only a label");
    check(
        &diagnostic,
        &Sources::new(),
        expect![[r#"
        {
          "severity": "warning",
          "summary": "Old",
          "detail": "only a label"
        }"#]],
    );
}

#[test]
fn highlights_of_several_lines_are_offsets_into_the_code_given() {
    let mut sources = Sources::new();
    let text = "a = 1\r\nb = [\r\n  2,\r\n]\r\nc = 3\r\n";
    let id = sources.add("main.tf", text);
    let (start, end) = (text.find('[').unwrap(), text.find(']').unwrap() + 1);
    let json = to_json(
        &Diagnostic::error(None, "x").at(Span::from_range(id, start..end)),
        &sources,
        enclosing,
    );
    let snippet = &json["snippet"];
    let offset = |name: &str| usize::try_from(snippet[name].as_u64().unwrap()).unwrap();
    let code = snippet["code"].as_str().unwrap();
    assert_eq!(code, "b = [\r\n  2,\r\n]");
    let highlight = &code[offset("highlight_start_offset")..offset("highlight_end_offset")];
    assert_eq!(highlight, "[\r\n  2,\r\n]");
    assert_eq!(snippet["start_line"], 2);
}
