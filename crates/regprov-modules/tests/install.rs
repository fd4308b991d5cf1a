//! Installing: real git over `file://`, and servers that answer from a table.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

use async_trait::async_trait;
use http::StatusCode;
use regprov_http::{Request, Response, Transport, TransportError, TransportErrorKind};
use regprov_lang::{InstalledModules, ModuleSource, WantedModule};
use regprov_modules::{CredentialPlaces, Credentials, Installer, Limits, Lock, Settings, changed};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// Answers by URL without query: status, `X-Terraform-Get`, body.
type Answers = BTreeMap<String, (u16, Option<String>, Vec<u8>)>;

/// A server of a table, which remembers what it was asked.
#[derive(Default)]
struct Table {
    answers: Answers,
    asked: Mutex<Vec<String>>,
}

#[async_trait]
impl Transport for Table {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let token = request
            .headers
            .get("authorization")
            .map(|value| value.to_str().unwrap().to_owned());
        let line = format!("{} {}", request.url, token.unwrap_or_default());
        self.asked.lock().unwrap().push(line.trim_end().to_owned());
        let mut url = request.url.clone();
        url.set_query(None);
        let Some((status, header, body)) = self.answers.get(url.as_str()) else {
            return Err(TransportError::new(
                TransportErrorKind::Connect,
                format!("nothing listens at {url}"),
            ));
        };
        let mut response = Response::new(StatusCode::from_u16(*status).unwrap(), body.clone());
        if let Some(header) = header {
            response
                .headers
                .insert("x-terraform-get", header.parse().unwrap());
        }
        Ok(response)
    }
}

/// A working directory and a server.
struct Bench {
    folder: TempDir,
    table: Arc<Table>,
    cli: String,
    lock: Lock,
    upgrade: bool,
}

impl Bench {
    fn new(answers: Answers) -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            table: Arc::new(Table {
                answers,
                asked: Mutex::default(),
            }),
            cli: String::new(),
            lock: Lock::default(),
            upgrade: false,
        }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// Installs one module as `m`: its row, or what is said.
    fn install(&mut self, source: &str, version: &str) -> Result<String, String> {
        let cli = self.folder.path().join("cli.tfrc");
        std::fs::write(&cli, &self.cli).unwrap();
        let credentials = Credentials::read(&CredentialPlaces {
            cli_config: Some(cli),
            ..CredentialPlaces::default()
        });
        let settings = Settings {
            root: self.root(),
            data: PathBuf::from(".terraform"),
            transport: Arc::clone(&self.table) as Arc<dyn Transport>,
            credentials: credentials.unwrap(),
            limits: Limits::default(),
            may_ask: false,
            git_settings: 0,
            upgrade: self.upgrade,
        };
        let mut installer = Installer::new(settings, self.lock.clone());
        let mut sources = regprov_diag::Sources::new();
        let file = sources.add("main.tf", "m");
        let wanted = WantedModule {
            path: vec!["m".to_owned()],
            source: ModuleSource::parse(source).map_err(|error| error.to_string())?,
            version: if version.is_empty() {
                Default::default()
            } else {
                version.parse().unwrap()
            },
            span: regprov_diag::Span::from_range(file, 0..1),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let (rows, found) = runtime.block_on(installer.install(&[wanted], &|_| {}));
        if found.has_errors() {
            assert!(!self.root().join(".terraform/modules/.new-m").exists());
            return Err(found
                .iter()
                .map(|one| format!("{one} {} ", one.help.join(" ")))
                .collect());
        }
        self.lock = installer.finish(true);
        let (_, row) = &rows[0];
        let version = row.version.as_deref().unwrap_or("-");
        Ok(format!("{} {version} {}", row.source, row.directory.display()))
    }

    fn asked(&self) -> String {
        self.table.asked.lock().unwrap().join("\n")
    }
}

fn targz(files: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, text.as_bytes()).unwrap();
    }
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&builder.into_inner().unwrap()).unwrap();
    encoder.finish().unwrap()
}

fn git(directory: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args([
            "-c",
            "user.name=n",
            "-c",
            "user.email=e@x.example",
            "-c",
            "init.defaultBranch=main",
            "-c",
            "commit.gpgSign=false",
        ])
        .args(arguments)
        .current_dir(directory)
        .output()
        .expect("git is installed");
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// A repository with the tag `v1` and a later commit.
fn repository(folder: &Path) -> PathBuf {
    let path = folder.join("repository");
    std::fs::create_dir_all(path.join("sub")).unwrap();
    git(&path, &["init", "--quiet"]);
    std::fs::write(path.join("sub/main.tf"), "# one\n").unwrap();
    git(&path, &["add", "."]);
    git(&path, &["commit", "--quiet", "-m", "one"]);
    git(&path, &["tag", "v1"]);
    std::fs::write(path.join("sub/main.tf"), "# two\n").unwrap();
    git(&path, &["commit", "--quiet", "-a", "-m", "two"]);
    path
}

fn text(bench: &Bench, path: &str) -> String {
    std::fs::read_to_string(bench.root().join(path)).unwrap()
}

#[test]
fn a_git_repository_is_fetched_at_a_tag_a_branch_or_a_commit() {
    let mut bench = Bench::new(Answers::new());
    let repository = repository(bench.folder.path());
    let url = format!("git::file://{}", repository.display());
    let short = git(&repository, &["rev-parse", "--short", "v1"]);
    let branch = git(&repository, &["rev-parse", "--abbrev-ref", "HEAD"]);
    for (name, expected) in [
        ("v1", "# one\n"),
        (&short, "# one\n"),
        (&branch, "# two\n"),
        ("HEAD~1", "# one\n"),
    ] {
        bench.lock = Lock::default();
        let row = bench.install(&format!("{url}//sub?ref={name}"), "").unwrap();
        assert_eq!(row, format!("{url}//sub?ref={name} - .terraform/modules/m/sub"));
        assert_eq!(
            text(&bench, ".terraform/modules/m/sub/main.tf"),
            expected,
            "{name}"
        );
        assert!(!bench.root().join(".terraform/modules/m/.git").exists());
    }
    let said = bench.install(&format!("{url}?ref=v2"), "").unwrap_err();
    assert!(said.contains("no tag, branch or commit `v2`"), "{said}");
    let said = bench.install(&format!("{url}//nosub"), "").unwrap_err();
    assert!(said.contains("no directory `nosub`"), "{said}");
}

#[test]
fn a_tag_that_moved_does_not_move_what_is_pinned() {
    let mut bench = Bench::new(Answers::new());
    let repository = repository(bench.folder.path());
    let source = format!("git::file://{}//sub?ref=v1", repository.display());
    bench.install(&source, "").unwrap();
    git(&repository, &["tag", "--force", "v1", "HEAD"]);
    bench.install(&source, "").unwrap();
    assert_eq!(text(&bench, ".terraform/modules/m/sub/main.tf"), "# one\n");
    bench.upgrade = true;
    bench.install(&source, "").unwrap();
    assert_eq!(text(&bench, ".terraform/modules/m/sub/main.tf"), "# two\n");
}

#[cfg(unix)]
#[test]
fn a_repository_with_a_link_out_of_it_is_refused() {
    let mut bench = Bench::new(Answers::new());
    let repository = repository(bench.folder.path());
    std::os::unix::fs::symlink("/etc", repository.join("sub/etc")).unwrap();
    git(&repository, &["add", "."]);
    git(&repository, &["commit", "--quiet", "-m", "link"]);
    let said = bench
        .install(&format!("git::file://{}", repository.display()), "")
        .unwrap_err();
    assert!(said.contains("outside of the package"), "{said}");
}

#[test]
fn an_archive_is_unpacked_and_pinned_by_its_content() {
    let url = "https://h.example/m.tar.gz";
    let answers = |text: &str| Answers::from([(url.to_owned(), (200, None, targz(&[("x/main.tf", text)])))]);
    let mut bench = Bench::new(answers("# one\n"));
    let row = bench
        .install("https://h.example/m.tar.gz//x?archive=tar.gz&token=t", "")
        .unwrap();
    assert!(row.ends_with(".terraform/modules/m/x"), "{row}");
    assert_eq!(bench.asked(), "https://h.example/m.tar.gz?token=t");
    bench
        .install("https://h.example/m.tar.gz//x?archive=tar.gz&token=t", "")
        .unwrap();
    let lock = bench.lock.clone();
    let mut bench = Bench::new(answers("# two\n"));
    bench.lock = lock;
    let said = bench
        .install("https://h.example/m.tar.gz//x?archive=tar.gz&token=t", "")
        .unwrap_err();
    assert!(
        said.contains("is pinned with the digest") && said.contains("init -upgrade"),
        "{said}"
    );
    bench.upgrade = true;
    bench
        .install("https://h.example/m.tar.gz//x?archive=tar.gz&token=t", "")
        .unwrap();
}

#[test]
fn a_wrong_checksum_and_a_refusal_are_told() {
    let url = "https://h.example/m.tar.gz".to_owned();
    let mut bench = Bench::new(Answers::from([(
        url.clone(),
        (200, None, targz(&[("main.tf", "")])),
    )]));
    let said = bench
        .install(&format!("{url}?checksum=sha256:{}", "0".repeat(64)), "")
        .unwrap_err();
    assert!(said.contains("its source says 000"), "{said}");
    let mut bench = Bench::new(Answers::from([(url.clone(), (403, None, Vec::new()))]));
    let said = bench.install(&url, "").unwrap_err();
    assert!(said.contains("403") && said.contains("TF_TOKEN_"), "{said}");
    assert!(
        bench
            .install("https://nowhere.example/m.zip", "")
            .unwrap_err()
            .contains("nothing listens")
    );
}

#[test]
fn a_page_leads_to_the_package_and_never_to_this_machine() {
    let mut bench = Bench::new(Answers::from([
        (
            "https://h.example/m".to_owned(),
            (
                200,
                None,
                b"<meta name=\"terraform-get\" content=\"https://h.example/a.tgz//x\">".to_vec(),
            ),
        ),
        (
            "https://h.example/a.tgz".to_owned(),
            (200, None, targz(&[("x/y/main.tf", "# m\n")])),
        ),
        (
            "https://h.example/evil".to_owned(),
            (204, Some("file:///etc".to_owned()), Vec::new()),
        ),
        (
            "https://h.example/loop".to_owned(),
            (204, Some("/loop".to_owned()), Vec::new()),
        ),
        (
            "https://h.example/silent".to_owned(),
            (200, None, b"<html>".to_vec()),
        ),
    ]));
    let row = bench.install("https://h.example/m//y", "").unwrap();
    assert!(row.ends_with(".terraform/modules/m/x/y"), "{row}");
    for (path, part) in [
        ("evil", "on this machine"),
        ("loop", "points on to yet another"),
        ("silent", "does not say where"),
    ] {
        let said = bench
            .install(&format!("https://h.example/{path}"), "")
            .unwrap_err();
        assert!(said.contains(part), "{path}: {said}");
    }
}

/// A registry at `r.example` with three versions.
fn registry() -> Answers {
    let versions = r#"{"modules":[{"versions":[{"version":"1.0.0"},{"version":"1.2.0"},{"version":"2.0.0-beta"},{"version":"0.9.0"}]}]}"#;
    let base = "https://r.example/api/modules/n/m/s";
    let archive = |text: &str| {
        (
            200,
            None,
            targz(&[("top/main.tf", text), ("top/modules/x/main.tf", text)]),
        )
    };
    Answers::from([
        (
            "https://r.example/.well-known/terraform.json".to_owned(),
            (
                200,
                None,
                br#"{"modules.v1":"/api/modules/","login.v1":{}}"#.to_vec(),
            ),
        ),
        (
            format!("{base}/versions"),
            (200, None, versions.as_bytes().to_vec()),
        ),
        (
            format!("{base}/1.2.0/download"),
            (
                204,
                Some("/files/1.2.0.tar.gz//*?archive=tar.gz".to_owned()),
                Vec::new(),
            ),
        ),
        (
            format!("{base}/1.0.0/download"),
            (
                200,
                None,
                br#"{"location":"https://r.example/files/1.0.0.tar.gz//top"}"#.to_vec(),
            ),
        ),
        (
            format!("{base}/2.0.0-beta/download"),
            (
                200,
                Some("../../../../../../files/beta.tgz//top".to_owned()),
                b"{}".to_vec(),
            ),
        ),
        (
            "https://r.example/files/1.2.0.tar.gz".to_owned(),
            archive("# 1.2\n"),
        ),
        (
            "https://r.example/files/1.0.0.tar.gz".to_owned(),
            archive("# 1.0\n"),
        ),
        ("https://r.example/files/beta.tgz".to_owned(), archive("# beta\n")),
    ])
}

#[test]
fn a_registry_gives_the_newest_version_that_is_allowed() {
    for (version, expected, content) in [
        ("", "1.2.0", "# 1.2\n"),
        ("~> 1.0.0", "1.0.0", "# 1.0\n"),
        ("2.0.0-beta", "2.0.0-beta", "# beta\n"),
    ] {
        let mut bench = Bench::new(registry());
        let row = bench.install("r.example/n/m/s//modules/x", version).unwrap();
        assert_eq!(
            row,
            format!("r.example/n/m/s//modules/x {expected} .terraform/modules/m/top/modules/x")
        );
        assert_eq!(
            text(&bench, ".terraform/modules/m/top/modules/x/main.tf"),
            content
        );
    }
    let mut bench = Bench::new(registry());
    let said = bench.install("r.example/n/m/s", ">= 3.0").unwrap_err();
    assert!(
        said.contains("no version that `version` allows; the newest is 2.0.0-beta"),
        "{said}"
    );
    let said = bench.install("r.example/n/other/s", "").unwrap_err();
    assert!(said.contains("nothing listens"), "{said}");
}

#[test]
fn a_pinned_version_is_kept_while_it_is_allowed() {
    let mut bench = Bench::new(registry());
    bench.install("r.example/n/m/s", "1.0.0").unwrap();
    assert!(
        bench
            .install("r.example/n/m/s", ">= 1.0.0")
            .unwrap()
            .contains(" 1.0.0 ")
    );
    assert!(
        bench
            .install("r.example/n/m/s", ">= 1.1.0")
            .unwrap()
            .contains(" 1.2.0 ")
    );
    bench.upgrade = true;
    assert!(
        bench
            .install("r.example/n/m/s", "<= 1.0.0")
            .unwrap()
            .contains(" 1.0.0 ")
    );
}

#[test]
fn the_cli_configuration_says_where_a_registry_is_and_who_asks() {
    let mut bench = Bench::new(registry());
    bench.cli = "credentials \"mirror.example\" {\n  token = \"s3cret\"\n}\nhost \"mirror.example\" {\n  services = {\n    \"modules.v1\" = \"https://r.example/api/modules/\"\n  }\n}\n".to_owned();
    bench.install("mirror.example/n/m/s", "1.2.0").unwrap();
    let asked = bench.asked();
    assert!(!asked.contains("well-known"), "{asked}");
    assert!(asked.contains("/versions Bearer s3cret"), "{asked}");
    assert!(
        asked.contains("/files/1.2.0.tar.gz") && !asked.contains("1.2.0.tar.gz Bearer"),
        "{asked}"
    );
}

#[test]
fn what_was_edited_after_it_was_installed_is_noticed_and_installed_anew() {
    let mut bench = Bench::new(registry());
    bench.install("r.example/n/m/s", "1.2.0").unwrap();
    let list = r#"{"Modules":[{"Key":"m","Source":"r.example/n/m/s","Version":"1.2.0","Dir":".terraform/modules/m/top"}]}"#;
    let installed = InstalledModules::from_json(list.as_bytes()).unwrap();
    let data = Path::new(".terraform");
    assert!(changed(&bench.root(), data, &installed, &bench.lock).is_empty());
    std::fs::write(
        bench.root().join(".terraform/modules/m/top/main.tf"),
        "# edited\n",
    )
    .unwrap();
    let found = changed(&bench.root(), data, &installed, &bench.lock);
    assert_eq!(found.len(), 1);
    assert!(found[0].1.to_string().contains("is pinned"), "{}", found[0].1);
}
