//! What a user reads.

use expect_test::{Expect, expect};
use regprov_diag::{Code, Diagnostic, RenderOptions, SourceId, Sources, Span, render_text};

static UNSUPPORTED: Code = Code {
    id: "RP0012",
    title: "Unsupported argument",
    explanation: "",
};

const FILE: &str = "\
# registries

resource \"aws_ecr_repository\" \"base\" {
  name         = \"base\"
  scan_on_pull = true
  tags = {
    a = 1
  }
}
";

fn file(text: &str) -> (Sources, SourceId) {
    let mut sources = Sources::new();
    let id = sources.add("registries.tf", text);
    (sources, id)
}

fn span(sources: &Sources, id: SourceId, needle: &str) -> Span {
    let start = sources
        .get(id)
        .expect("the file is there")
        .text
        .find(needle)
        .expect("the needle is there");
    Span::from_range(id, start..start + needle.len())
}

fn check(diagnostic: &Diagnostic, sources: &Sources, expected: Expect) {
    expected.assert_eq(&render_text(diagnostic, sources, RenderOptions::PLAIN));
}

#[test]
fn the_excerpt_shows_the_argument_under_the_header_of_its_block() {
    let (sources, id) = file(FILE);
    let diagnostic = Diagnostic::error(&UNSUPPORTED, UNSUPPORTED.title)
        .at(span(&sources, id, "scan_on_pull"))
        .label("`aws_ecr_repository` has no argument of this name")
        .context(span(&sources, id, "resource \"aws_ecr_repository\" \"base\" {"))
        .help("Did you mean `scan_on_push`?");
    check(
        &diagnostic,
        &sources,
        expect![[r#"
        error[RP0012]: Unsupported argument
         --> registries.tf:5:3
          |
        3 | resource "aws_ecr_repository" "base" {
        4 |   name         = "base"
        5 |   scan_on_pull = true
          |   ^^^^^^^^^^^^ `aws_ecr_repository` has no argument of this name
          |
          = help: Did you mean `scan_on_push`?"#]],
    );
}

#[test]
fn detail_is_wrapped_and_commands_keep_their_line() {
    let (sources, id) = file(FILE);
    let diagnostic = Diagnostic::warning(None, "Registry name taken")
        .at(span(&sources, id, "\"base\"\n"))
        .detail("The name \"base\" belongs to a registry of another subscription, so that it cannot be created here.\n\n    regprov import aws_ecr_repository.base base --with a very long line that is not to be wrapped")
        .address("aws_ecr_repository.base")
        .value("var.name", "\"base\"");
    check(
        &diagnostic,
        &sources,
        expect![[r#"
            warning: Registry name taken
             --> registries.tf:4:18
              |
            4 |   name         = "base"
              |                  ^^^^^^
              |
              = note: The name "base" belongs to a registry of another subscription, so that
                      it cannot be created here.

                          regprov import aws_ecr_repository.base base --with a very long line that is not to be wrapped
              = address: aws_ecr_repository.base
              = value: `var.name` is "base""#]],
    );
}

#[test]
fn related_places_show_in_the_same_excerpt_or_in_their_own() {
    let (mut sources, id) = file(FILE);
    let other = sources.add("other.tf", "resource \"aws_ecr_repository\" \"base\" {}\n");
    let diagnostic = Diagnostic::error(None, "Duplicate resource")
        .at(span(&sources, id, "\"aws_ecr_repository\" \"base\""))
        .label("declared again here")
        .related(
            span(&sources, other, "\"aws_ecr_repository\" \"base\""),
            "first declared here",
        )
        .related(span(&sources, id, "a = 1"), "with this tag");
    check(
        &diagnostic,
        &sources,
        expect![[r#"
        error: Duplicate resource
         --> registries.tf:3:10
          |
        3 | resource "aws_ecr_repository" "base" {
          |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^ declared again here
        ...
        7 |     a = 1
          |     ----- with this tag
          |
         ::: other.tf:1:10
          |
        1 | resource "aws_ecr_repository" "base" {}
          |          --------------------------- first declared here"#]],
    );
}

#[test]
fn a_diagnostic_without_a_place_is_title_and_notes() {
    let diagnostic = Diagnostic::error(None, "No configuration").detail("There is no `.tf` file here.");
    check(
        &diagnostic,
        &Sources::new(),
        expect![[r#"
        error: No configuration
         |
         = note: There is no `.tf` file here."#]],
    );
}

#[test]
fn a_span_of_an_unheard_of_file_or_beyond_the_end_does_no_harm() {
    let (sources, id) = file("a = \"ü\"\n");
    let lost = Diagnostic::error(None, "Lost").at(Span::new(SourceId(9), 3, 4));
    check(&lost, &sources, expect!["error: Lost"]);
    let beyond = Diagnostic::error(None, "Beyond")
        .at(Span::new(id, 500, 900))
        .label("here");
    check(
        &beyond,
        &sources,
        expect![[r#"
        error: Beyond
         --> registries.tf:2:1
          |
        2 |
          | ^ here"#]],
    );
    let within_a_character = Diagnostic::error(None, "Within")
        .at(Span::new(id, 6, 6))
        .label("here");
    check(
        &within_a_character,
        &sources,
        expect![[r#"
        error: Within
         --> registries.tf:1:6
          |
        1 | a = "ü"
          |      ^ here"#]],
    );
}

#[test]
fn the_end_of_a_file_can_be_pointed_at() {
    let (sources, id) = file("a = {\n");
    let diagnostic = Diagnostic::error(None, "Unclosed brace")
        .at(Span::new(id, 6, 6))
        .label("expected `}`");
    check(
        &diagnostic,
        &sources,
        expect![[r#"
        error: Unclosed brace
         --> registries.tf:2:1
          |
        2 |
          | ^ expected `}`"#]],
    );
}

#[test]
fn nothing_in_names_texts_or_sources_can_steer_the_terminal() {
    let (sources, id) = file("a = \"\u{1b}[2J\u{202e}x\u{9b}\" + oops\r\nb = 1\r\n");
    let diagnostic = Diagnostic::error(None, "Bad \u{1b}]0;title\u{7}")
        .at(span(&sources, id, "oops"))
        .label("\u{1b}[31mhere")
        .detail("Remote said \u{9b}31m\u{200b}.\rgone")
        .address("x[\"\u{1b}\"]");
    let text = render_text(&diagnostic, &sources, RenderOptions::PLAIN);
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    check(
        &diagnostic,
        &sources,
        expect![[r#"
        error: Bad \u{1b}]0;title\u{7}
         --> registries.tf:1:34
          |
        1 | a = "\u{1b}[2J\u{202e}x\u{9b}" + oops
          |                                  ^^^^ \u{1b}[31mhere
          |
          = note: Remote said \u{9b}31m\u{200b}.\rgone
          = address: x["\u{1b}"]"#]],
    );
}

#[test]
fn windows_line_ends_and_tabs_keep_the_mark_in_place() {
    let (sources, id) = file("x {\r\n\tbad = 1\r\n}\r\n");
    let diagnostic = Diagnostic::error(None, "Bad")
        .at(span(&sources, id, "bad = 1\r\n"))
        .label("here");
    check(
        &diagnostic,
        &sources,
        expect![[r#"
        error: Bad
         --> registries.tf:2:2
          |
        2 |     bad = 1
          |     ^^^^^^^ here"#]],
    );
}

#[test]
fn colour_and_unicode_are_asked_for() {
    let (sources, id) = file(FILE);
    let diagnostic =
        Diagnostic::error(&UNSUPPORTED, "Unsupported argument").at(span(&sources, id, "scan_on_pull"));
    let shown = |color, unicode| {
        render_text(
            &diagnostic,
            &sources,
            RenderOptions {
                color,
                width: 80,
                unicode,
            },
        )
    };
    assert!(shown(true, false).contains("\u{1b}["));
    assert!(!shown(false, true).contains("\u{1b}["));
    assert!(shown(false, true).contains('│'));
    assert!(shown(false, false).is_ascii());
}

#[test]
fn a_place_far_down_a_long_file_has_its_own_line_number() {
    let text = format!("{}here = 1\n", "filler = 0\n".repeat(120_000));
    let (sources, id) = file(&text);
    let diagnostic = Diagnostic::error(None, "Bad")
        .at(span(&sources, id, "here"))
        .label("this");
    check(
        &diagnostic,
        &sources,
        expect![[r#"
        error: Bad
              --> registries.tf:120001:1
               |
        120001 | here = 1
               | ^^^^ this"#]],
    );
}

#[test]
fn a_long_block_shows_its_first_and_last_lines() {
    let text = format!("x {{\n{}}}\n", "  filler = 0\n".repeat(50));
    let (sources, id) = file(&text);
    let diagnostic = Diagnostic::error(None, "Bad")
        .at(Span::from_range(id, 0..text.len()))
        .label("this block");
    check(
        &diagnostic,
        &sources,
        expect![[r#"
        error: Bad
          --> registries.tf:1:1
           |
         1 | / x {
         2 | |   filler = 0
         3 | |   filler = 0
         4 | |   filler = 0
        ...  |
        51 | |   filler = 0
        52 | | }
           | |_^ this block"#]],
    );
}

#[test]
fn no_text_and_no_span_can_stop_the_rendering() {
    let mut seed = 7_u64;
    let mut random = move |below: usize| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    let pieces = [
        "a",
        " ",
        "\t",
        "\n",
        "\r\n",
        "\r",
        "é",
        "👩\u{200d}👧",
        "\u{1b}[2J",
        "\u{301}",
        "中",
        "\u{9b}",
        "}",
    ];
    for _ in 0..2_000 {
        let text: String = (0..random(30)).map(|_| pieces[random(pieces.len())]).collect();
        let (sources, id) = file(&text);
        let mut span = || {
            let start = random(text.len() + 3);
            Span::from_range(id, start..start + random(12))
        };
        let diagnostic = Diagnostic::error(None, "Any")
            .at(span())
            .label("here")
            .context(span());
        let diagnostic = diagnostic.related(span(), "there").related(span(), "");
        let shown = render_text(&diagnostic, &sources, RenderOptions::PLAIN);
        assert!(
            !shown.chars().any(|c| c.is_control() && c != '\n'),
            "{text:?} {diagnostic:?} {shown:?}"
        );
        regprov_diag::to_json(&diagnostic, &sources, |_, _| None);
    }
}
