//! Sources as Terraform spells them in its list of installed modules.

use super::*;

#[track_caller]
fn normal(text: &str) -> String {
    ModuleSource::parse(text).map_or_else(|error| format!("error: {error}"), |source| source.to_string())
}

#[test]
fn sources_are_spelled_as_terraform_spells_them() {
    for (written, expected) in [
        ("./local/../local", "./local"),
        ("./local//sub", "./local/sub"),
        ("../../x/", "../../x"),
        ("./.", "./"),
        (
            "hashicorp/consul/aws",
            "registry.terraform.io/hashicorp/consul/aws",
        ),
        ("a/b/c//modules/x/", "registry.terraform.io/a/b/c//modules/x"),
        ("Foo.Example.com/a/b/c", "foo.example.com/a/b/c"),
        ("localhost:8080/a/b/c", "localhost:8080/a/b/c"),
        ("gitlab.com/a/b/c", "gitlab.com/a/b/c"),
        (
            "github.com/a/b//c?ref=v1",
            "git::https://github.com/a/b.git//c?ref=v1",
        ),
        (
            "github.com/a/b/c/d?ref=v1",
            "git::https://github.com/a/b.git//c/d?ref=v1",
        ),
        ("github.com/a/b.git", "git::https://github.com/a/b.git"),
        ("bitbucket.org/a/b", "git::https://bitbucket.org/a/b.git"),
        (
            "git@h.example:a/b.git//s?ref=x",
            "git::ssh://git@h.example/a/b.git//s?ref=x",
        ),
        ("git::git@h.example:a/b.git", "git::ssh://git@h.example/a/b.git"),
        (
            "git::ssh://git@h.example/a?ref=v",
            "git::ssh://git@h.example/a?ref=v",
        ),
        ("git::file:///r//sub?ref=v1", "git::file:///r//sub?ref=v1"),
        ("git::/r", "git::file:///r"),
        ("/r", "file:///r"),
        (
            "https://h.example/x.zip//s?archive=tgz",
            "https://h.example/x.zip//s?archive=tgz",
        ),
        (
            "git::https://user:pa55@h.example/x.git",
            "git::https://user@h.example/x.git",
        ),
    ] {
        assert_eq!(normal(written), expected, "{written}");
    }
}

#[test]
fn what_cannot_be_fetched_is_refused_with_the_reason() {
    for (written, part) in [
        ("foo", "names no directory"),
        (".", "names no directory"),
        ("git::ext::sh -c echo", "cannot be fetched"),
        ("git::file:///r?ref=-v2", "`ref` begins with `-`"),
        ("git::file:///r?ref=%2Dv2", "`ref` begins with `-`"),
        ("git::ssh://-oProxyCommand=x/y", "begins with `-`"),
        ("git::file:///r//../x", "leads out"),
        ("git::file:///r//a/../../x", "leads out"),
        ("github.com/a", "github.com/OWNER/NAME"),
        ("hg::https://h.example/x", "Mercurial"),
        ("s3::https://s3.amazonaws.com/b/k.zip", "Amazon S3"),
        ("s3-eu-west-1.amazonaws.com/b/k.zip", "Amazon S3"),
        (
            "gcs::https://www.googleapis.com/storage/v1/b/k.zip",
            "Google Cloud Storage",
        ),
        ("www.googleapis.com/storage/v1/b/k.zip", "Google Cloud Storage"),
        ("git::https://h.example/x?sshkey=AAAA", "private key"),
        ("git::https://h.example/x?depth=--x", "not a number"),
        ("ftp://h.example/x.zip", "`ftp`"),
    ] {
        let said = normal(written);
        assert!(
            said.starts_with("error: ") && said.contains(part),
            "{written}: {said}"
        );
    }
}

#[test]
fn a_git_host_is_no_registry() {
    for text in [
        "github.com/a/b/c",
        "bitbucket.org/a/b/c",
        "./a/b/c",
        "a/b",
        "a/b/C",
        "-a/b/c",
        "a/b_/c",
    ] {
        assert!(RegistrySource::parse(text).is_err(), "{text}");
    }
}
