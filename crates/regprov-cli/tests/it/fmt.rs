//! `fmt`: which files, what is said, how it ends, and what becomes of the files.

use crate::stage::{check, directory, ends};
use expect_test::expect;
use regprov_testkit::TestEnvironment;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

fn text(environment: &TestEnvironment, name: &str) -> String {
    fs::read_to_string(environment.directory().join(name)).unwrap()
}

fn several() -> TestEnvironment {
    directory()
        .with_file("main.tf", "a=1\n")
        .with_file("right.tf", "a = 1\n")
        .with_file("x.tfvars", "b=1\n")
        .with_file("x.tofu", "c=1\n")
        .with_file("x.tftest.hcl", "d=1\n")
        .with_file("x.hcl", "e=1\n")
        .with_file("x.tf.json", "{}\n")
        .with_file(".hidden.tf", "f=1\n")
        .with_file("below/x.tf", "g=1\n")
}

#[tokio::test]
async fn the_files_of_the_directory_are_written_and_named() {
    let environment = several();
    check(
        &environment,
        &["fmt"],
        expect![[r"
            $ regprov fmt
            main.tf
            x.tftest.hcl
            x.tfvars
            x.tofu
            [exit 0]
        "]],
    )
    .await;
    assert_eq!(text(&environment, "main.tf"), "a = 1\n");
    assert_eq!(text(&environment, ".hidden.tf"), "f=1\n");
    assert_eq!(text(&environment, "below/x.tf"), "g=1\n");
    check(
        &environment,
        &["fmt"],
        expect![[r"
        $ regprov fmt

        [exit 0]
    "]],
    )
    .await;
}

#[tokio::test]
async fn directories_below_are_visited_when_asked_for() {
    let environment = several();
    check(
        &environment,
        &["fmt", "-recursive", "-write=false", "below", "right.tf"],
        expect![[r"
            $ regprov fmt -recursive -write=false below right.tf
            below/x.tf
            [exit 0]
        "]],
    )
    .await;
    assert_eq!(text(&environment, "below/x.tf"), "g=1\n");
}

#[tokio::test]
async fn a_check_ends_with_3_and_writes_nothing() {
    let environment = several();
    check(
        &environment,
        &["fmt", "-check", "-diff", "main.tf"],
        expect![[r"
            $ regprov fmt -check -diff main.tf
            main.tf
            --- old/main.tf
            +++ new/main.tf
            @@ -1 +1 @@
            -a=1
            +a = 1
            [exit 3]
        "]],
    )
    .await;
    ends(&environment, &["fmt", "-check", "-list=false"], 3).await;
    ends(&environment, &["fmt", "-check", "right.tf"], 0).await;
    assert_eq!(text(&environment, "main.tf"), "a=1\n");
}

#[tokio::test]
async fn a_file_with_an_error_is_told_and_left_and_the_others_are_written() {
    let environment = directory()
        .with_file("a.tf", "a = [1\n")
        .with_file("b.tf", "b=1\n");
    let finished = environment.run(&["fmt"]).await.expect(2);
    assert!(finished.text().contains("Invalid syntax"), "{}", finished.text());
    assert_eq!(text(&environment, "a.tf"), "a = [1\n");
    assert_eq!(text(&environment, "b.tf"), "b = 1\n");
}

#[tokio::test]
async fn a_target_that_is_not_there_or_of_another_kind_is_told() {
    let environment = several();
    check(
        &environment,
        &["fmt", "x.hcl", "nowhere", "main.tf"],
        expect![[r#"
            $ regprov fmt x.hcl nowhere main.tf
            error[RP0615]: File cannot be formatted
             │
             ╰ note: x.hcl is not formatted: only files whose names end in .tf, .tfvars, .tftest.hcl,
                     .tfmock.hcl, .tofu are.

            error[RP0615]: File cannot be formatted
             │
             ╰ note: There is no file or directory nowhere.
            [exit 2]
        "#]],
    )
    .await;
}

#[tokio::test]
async fn links_are_followed_and_permissions_stay() {
    let environment = directory().with_file("there/real", "a=1\n");
    let real = environment.directory().join("there/real");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&real, environment.directory().join("main.tf")).unwrap();
    ends(&environment, &["fmt"], 0).await;
    assert_eq!(fs::read_to_string(&real).unwrap(), "a = 1\n");
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(
        fs::symlink_metadata(environment.directory().join("main.tf"))
            .unwrap()
            .is_symlink()
    );
    assert_eq!(
        fs::read_dir(environment.directory().join("there"))
            .unwrap()
            .count(),
        1
    );
}

#[tokio::test]
async fn without_list_and_write_the_text_is_printed() {
    let environment = directory().with_file("main.tf", "a=1");
    check(
        &environment,
        &["fmt", "-list=false", "-write=false"],
        expect![[r"
            $ regprov fmt -list=false -write=false
            a = 1
            [exit 0]
        "]],
    )
    .await;
}
