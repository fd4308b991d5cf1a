//! What formatting changes, as `diff -u` tells it.

use similar::TextDiff;

/// The changes of a file as a unified diff.
pub(super) fn unified(name: &str, before: &[u8], after: &[u8]) -> String {
    let (before, after) = (String::from_utf8_lossy(before), String::from_utf8_lossy(after));
    TextDiff::from_lines(&before, &after)
        .unified_diff()
        .context_radius(3)
        .header(&format!("old/{name}"), &format!("new/{name}"))
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::unified;
    use expect_test::expect;

    #[test]
    fn a_change_stands_among_three_lines_of_its_surroundings() {
        let before = b"1\n2\n3\n4\na=1\n5\n6\n7\n8";
        let after = b"1\n2\n3\n4\na = 1\n5\n6\n7\n8";
        expect![[r"
            --- old/main.tf
            +++ new/main.tf
            @@ -2,7 +2,7 @@
             2
             3
             4
            -a=1
            +a = 1
             5
             6
             7
        "]]
        .assert_eq(&unified("main.tf", before, after));
    }

    #[test]
    fn a_last_line_without_its_newline_is_marked() {
        expect![[r"
            --- old/a.tf
            +++ new/a.tf
            @@ -1 +1 @@
            -a=1
            \ No newline at end of file
            +a = 1
            \ No newline at end of file
        "]]
        .assert_eq(&unified("a.tf", b"a=1", b"a = 1"));
    }
}
