//! Every form gives back, through its real reader, the bytes that went in.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use regprov_handoff::{
    BinderHubOptions, Compatibility, HandoffError, KubernetesOptions, PullSecret, binderhub, docker_config,
    dotenv, json, kubernetes_secret, powershell, shell,
};
use regprov_provider::{PushCredential, RegistryKind, Rights};
use regprov_schema::Secret;
use saphyr::{LoadableYamlNode, Yaml};
use std::io::Write;
use std::process::{Command, Stdio};

const USERNAMES: [&str; 7] = [
    "robot$p+n",
    "00000000-0000-0000-0000-000000000000",
    "_json_key",
    "<token>",
    "12345678901234567890",
    "it's",
    "Zoë \u{2019}",
];

fn passwords() -> Vec<String> {
    let key_file = "{\n  \"type\": \"service_account\",\n  \"private_key\": \"-----BEGIN PRIVATE KEY-----\\nMIIE+/==\\n-----END PRIVATE KEY-----\\n\",\n\t\"n\": 'x'\n}\n";
    let mut all: Vec<String> = [
        "~",
        "null",
        "yes",
        "0x10",
        "1e5",
        "12345678901234567890",
        "!x",
        "*x",
        "&x",
        "@x",
        "`x`",
        "#",
        "a #b",
        ": ",
        "a: b",
        "\"",
        "'",
        "''",
        "\"'\"",
        "\\",
        "\\n",
        "a\\",
        "$x",
        "${x}",
        "$(id)",
        "{{ .V }}",
        "{{ `x` }}",
        "%",
        "%s%d",
        "🔑",
        "\u{a0}x\u{a0}",
        "\u{2028}\u{2029}\u{feff}",
        "\u{202e}abc",
        "\u{2018}\u{2019}\u{201a}\u{201b}",
        " lead",
        "trail ",
        "- a",
        "? a",
        "|",
        ">",
        "---",
        "...",
        "[",
        "{",
        "a,b]",
        "true",
        "1_000",
        "2001-01-01",
        "<<",
        "=",
        ".inf",
        "\r\n",
        "line\nline\n",
        "\ttab\t",
        "é",
        "<>&",
        key_file,
    ]
    .map(str::to_owned)
    .to_vec();
    all.push("Aa1".repeat(43)[..128].to_owned());
    all
}

fn credential(kind: RegistryKind, host: &str, username: &str, password: &str) -> PushCredential {
    PushCredential {
        address: "azuread_service_principal_password.push".parse().unwrap(),
        host: host.into(),
        username: username.into(),
        secret: Secret::new(password.to_owned()),
        kind,
        rights: Rights {
            pull: true,
            push: true,
            delete: false,
        },
        repository_prefix: None,
        probe: None,
        made_at: None,
        expires: None,
        warnings: Vec::new(),
    }
}

fn azure(username: &str, password: &str) -> PushCredential {
    credential(RegistryKind::Azure, "example.azurecr.io", username, password)
}

/// Every username with every password.
fn corpus() -> Vec<(&'static str, String)> {
    let passwords = passwords();
    USERNAMES
        .iter()
        .flat_map(|username| passwords.iter().map(|password| (*username, password.clone())))
        .collect()
}

fn yaml(text: &str) -> Yaml<'_> {
    let mut documents = Yaml::load_from_str(text).unwrap_or_else(|error| panic!("{error} in\n{text}"));
    assert_eq!(documents.len(), 1);
    documents.remove(0)
}

fn text_at(document: &Yaml<'_>, path: &[&str]) -> String {
    let mut node = document;
    for key in path {
        node = node
            .as_mapping_get(key)
            .unwrap_or_else(|| panic!("{key} of {path:?}"));
    }
    node.as_str()
        .unwrap_or_else(|| panic!("{path:?} is a string"))
        .to_owned()
}

#[test]
fn binderhub_reads_the_username_and_password_that_went_in() {
    for (username, password) in corpus() {
        let values = binderhub(&azure(username, &password), &BinderHubOptions::new("binder-")).unwrap();
        let document = yaml(values.secret_yaml.reveal());
        for (path, register) in [
            (&["registry"][..], "url"),
            (&["jupyterhub", "imagePullSecret"][..], "registry"),
        ] {
            let at = |key| text_at(&document, &[path, &[key]].concat());
            assert_eq!(
                (at("username").as_str(), at("password")),
                (username, password.clone())
            );
            assert_eq!(at(register), "https://example.azurecr.io");
        }
        assert!(
            !values.config_yaml.contains(username),
            "the public part holds no part of the login"
        );
        yaml(&values.config_yaml);
    }
}

#[test]
fn a_strange_file_is_plain_ascii_or_printable() {
    let secret = "\u{2028}\u{85}".replace('\u{85}', "\u{ad}\u{feff}");
    let values = binderhub(&azure("u", &secret), &BinderHubOptions::new("binder-")).unwrap();
    assert!(
        values
            .secret_yaml
            .reveal()
            .contains(r#"password: "\u2028\u00AD\uFEFF""#)
    );
}

#[test]
fn docker_reads_the_login_that_went_in() {
    for (username, password) in corpus() {
        let config = docker_config(&azure(username, &password), None).unwrap();
        let document: serde_json::Value = serde_json::from_str(config.text.reveal()).unwrap();
        let auth = document["auths"]["example.azurecr.io"]["auth"].as_str().unwrap();
        assert_eq!(
            BASE64_STANDARD.decode(auth).unwrap(),
            format!("{username}:{password}").into_bytes()
        );
    }
}

#[test]
fn kubernetes_reads_the_login_that_went_in() {
    let options = KubernetesOptions {
        name: "pull".into(),
        namespace: Some("hub".into()),
    };
    for (username, password) in corpus() {
        let manifest = kubernetes_secret(&azure(username, &password), &options).unwrap();
        let document = yaml(manifest.reveal());
        assert_eq!(text_at(&document, &["type"]), "kubernetes.io/dockerconfigjson");
        assert_eq!(text_at(&document, &["metadata", "namespace"]), "hub");
        let data = BASE64_STANDARD
            .decode(text_at(&document, &["data", ".dockerconfigjson"]))
            .unwrap();
        let config: serde_json::Value = serde_json::from_slice(&data).unwrap();
        let entry = &config["auths"]["example.azurecr.io"];
        let auth = BASE64_STANDARD.encode(format!("{username}:{password}"));
        assert_eq!(
            *entry,
            serde_json::json!({ "username": username, "password": password, "auth": auth })
        );
    }
}

#[test]
fn programs_read_the_login_that_went_in() {
    for (username, password) in corpus() {
        let text = json(&azure(username, &password)).unwrap();
        let document: serde_json::Value = serde_json::from_str(text.reveal()).unwrap();
        assert_eq!(
            (document["username"].as_str(), document["password"].as_str()),
            (Some(username), Some(&*password))
        );
    }
}

/// Runs a script in a real shell that then prints the three variables, NUL-terminated; `None` where it is absent.
fn evaluate(program: &str, script: &str) -> Option<Vec<u8>> {
    let spawned = Command::new(program)
        .arg("-s")
        .env_clear()
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut shell = spawned.ok()?;
    shell.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    let output = shell.wait_with_output().unwrap();
    assert!(output.status.success());
    Some(output.stdout)
}

#[test]
fn real_shells_read_the_login_that_went_in() {
    for program in ["/bin/bash", "/bin/dash"] {
        let (mut script, mut expected) = (String::new(), Vec::new());
        for (username, password) in corpus() {
            for form in [shell, dotenv] {
                script.push_str(form(&azure(username, &password)).unwrap().reveal());
                script.push_str(
                    "printf '%s\\0' \"$REGISTRY_HOST\" \"$REGISTRY_USERNAME\" \"$REGISTRY_PASSWORD\"\n",
                );
                expected
                    .extend_from_slice(format!("example.azurecr.io\0{username}\0{password}\0").as_bytes());
            }
        }
        match evaluate(program, &script) {
            Some(output) => assert!(output == expected, "{program} reads other bytes"),
            None => println!("skipped: no {program} on this machine"),
        }
    }
}

/// Reads a single-quoted PowerShell string by PowerShell's rule: any of five quotes, doubled, is the first of the two.
fn powershell_read(text: &str) -> (String, &str) {
    let is_quote = |character: char| matches!(character, '\'' | '\u{2018}'..='\u{201b}');
    let mut characters = text.char_indices().peekable();
    assert!(characters.next().is_some_and(|(_, first)| is_quote(first)));
    let mut value = String::new();
    while let Some((index, character)) = characters.next() {
        if is_quote(character) {
            match characters.peek() {
                Some((_, next)) if is_quote(*next) => characters.next(),
                _ => return (value, &text[index + character.len_utf8()..]),
            };
        }
        value.push(character);
    }
    panic!("the string does not end");
}

#[test]
fn powershell_reads_the_login_that_went_in() {
    for (username, password) in corpus() {
        let text = powershell(&azure(username, &password)).unwrap();
        let mut rest = text.reveal();
        for (name, value) in [
            ("HOST", "example.azurecr.io"),
            ("USERNAME", username),
            ("PASSWORD", password.as_str()),
        ] {
            rest = rest.strip_prefix(&format!("$env:REGISTRY_{name} = ")).unwrap();
            let (read, after) = powershell_read(rest);
            assert_eq!(read, value);
            rest = after.strip_prefix('\n').unwrap();
        }
        assert_eq!(rest, "");
    }
}

fn config_of(credential: &PushCredential, options: &BinderHubOptions) -> String {
    binderhub(credential, options).unwrap().config_yaml
}

#[test]
fn the_public_values_of_each_registry_are_those_that_work() {
    let mut options = BinderHubOptions::new("binder-");
    assert_eq!(
        config_of(&azure("app", "secret"), &options),
        "config:\n  BinderHub:\n    use_registry: true\n    image_prefix: \"example.azurecr.io/binderhub/binder-\"\n  \
         DockerRegistry:\n    url: \"https://example.azurecr.io\"\n"
    );
    let expect = |credential: &PushCredential, options: &BinderHubOptions, prefix: &str, url: &str| {
        let text = config_of(credential, options);
        let document = yaml(&text);
        assert_eq!(
            text_at(&document, &["config", "BinderHub", "image_prefix"]),
            prefix
        );
        assert_eq!(text_at(&document, &["config", "DockerRegistry", "url"]), url);
        assert!(!text.contains("token_url"));
    };
    let harbor = credential(RegistryKind::Harbor, "h.example.com", "robot$binder+push", "s");
    expect(
        &harbor,
        &options,
        "h.example.com/binder/binder-",
        "https://h.example.com",
    );
    let hub = credential(RegistryKind::DockerHub, "docker.io", "my-org", "dckr_pat_x");
    expect(
        &hub,
        &options,
        "docker.io/my-org/binder-",
        "https://registry-1.docker.io",
    );
    let secret = binderhub(&hub, &options).unwrap().secret_yaml;
    assert_eq!(
        text_at(&yaml(secret.reveal()), &["registry", "url"]),
        "https://index.docker.io/v1/"
    );
    options.project = Some("project/repository".into());
    let artifact = credential(
        RegistryKind::ArtifactRegistry,
        "europe-docker.pkg.dev",
        "_json_key",
        "{}",
    );
    expect(
        &artifact,
        &options,
        "europe-docker.pkg.dev/project/repository/binder-",
        "https://europe-docker.pkg.dev",
    );
    options.project = Some("example.com:project".into());
    let gcr = credential(RegistryKind::Gcr, "eu.gcr.io", "_json_key", "{}");
    expect(
        &gcr,
        &options,
        "eu.gcr.io/example.com:project/binder-",
        "https://eu.gcr.io",
    );
}

#[test]
fn the_form_of_the_guide_names_the_token_service() {
    let options = BinderHubOptions {
        compatibility: Compatibility::Docs,
        pull_secret: PullSecret::Omitted,
        ..BinderHubOptions::new("binder-")
    };
    let values = binderhub(&azure("app", "secret"), &options).unwrap();
    assert!(values.config_yaml.ends_with(
        "    token_url: \"https://example.azurecr.io/oauth2/token?service=example.azurecr.io\"\n"
    ));
    assert!(!values.secret_yaml.reveal().contains("jupyterhub"));
}

#[test]
fn image_names_stay_where_the_credential_may_push() {
    let mut scoped = azure("token", "secret");
    scoped.repository_prefix = Some("binder/".into());
    let mut options = BinderHubOptions::new("b-");
    assert!(config_of(&scoped, &options).contains("\"example.azurecr.io/binder/b-\""));
    options.project = Some("other".into());
    assert!(matches!(
        binderhub(&scoped, &options),
        Err(HandoffError::OutsideScope { .. })
    ));
    for project in ["Upper", "a//b", "-a", "a b"] {
        options.project = Some(project.into());
        assert!(
            matches!(
                binderhub(&azure("u", "p"), &options),
                Err(HandoffError::ImagePrefix(_))
            ),
            "{project}"
        );
    }
}

#[test]
fn what_the_credential_does_not_tell_is_asked_for() {
    let options = BinderHubOptions::new("binder-");
    for (kind, project) in [
        (RegistryKind::ArtifactRegistry, None),
        (RegistryKind::ArtifactRegistry, Some("project-only")),
        (RegistryKind::Gcr, None),
        (RegistryKind::Harbor, None),
    ] {
        let options = BinderHubOptions {
            project: project.map(str::to_owned),
            ..options.clone()
        };
        let outcome = binderhub(&credential(kind, "h.example.com", "robot$system", "s"), &options);
        assert!(
            matches!(outcome, Err(HandoffError::ProjectNeeded { .. })),
            "{kind:?}"
        );
    }
}

#[test]
fn what_consumers_break_is_refused_by_every_form_without_being_shown() {
    let kubernetes = KubernetesOptions {
        name: "pull".into(),
        namespace: None,
    };
    let broken = [
        azure("u", "canary\u{7}"),
        azure("u", "canary\u{0}"),
        azure("u", "canary\u{7f}"),
        azure("u", "canary\u{9b}"),
        azure("u\n", "canary"),
        azure("a:b", "canary"),
        azure("u", ""),
        credential(RegistryKind::Generic, "h.example.com/path", "u", "canary"),
        credential(RegistryKind::Generic, "", "u", "canary"),
    ];
    for credential in &broken {
        let outcomes = [
            binderhub(credential, &BinderHubOptions::new("b-")).map(|values| values.secret_yaml),
            docker_config(credential, None).map(|config| config.text),
            kubernetes_secret(credential, &kubernetes),
            dotenv(credential),
            shell(credential),
            powershell(credential),
            json(credential),
        ];
        for outcome in outcomes {
            let error = outcome.unwrap_err();
            assert!(!format!("{error} {error:?}").contains("canary"));
        }
    }
}

#[test]
fn an_existing_docker_configuration_keeps_all_that_it_had() {
    let existing = r#"{"HttpHeaders":{"X":"y"},"auths":{"z.example":{"auth":"eg=="},"example.azurecr.io":{"auth":"b2xk","email":"e"},"a.example":{}},"n":12345678901234567890.5}"#;
    let config = docker_config(&azure("app", "new"), Some(existing)).unwrap();
    let text = config.text.reveal();
    let document: serde_json::Value = serde_json::from_str(text).unwrap();
    let mut expected: serde_json::Value = serde_json::from_str(existing).unwrap();
    expected["auths"]["example.azurecr.io"] =
        serde_json::json!({ "auth": BASE64_STANDARD.encode("app:new") });
    assert_eq!(document, expected);
    assert!(text.starts_with("{\n\t\"HttpHeaders\": {\n\t\t\"X\": \"y\"\n") && config.notes.is_empty());
    let hub = credential(RegistryKind::DockerHub, "docker.io", "u", "p");
    assert!(
        docker_config(&hub, Some(""))
            .unwrap()
            .text
            .reveal()
            .contains("\"https://index.docker.io/v1/\"")
    );
}

#[test]
fn a_credential_helper_that_would_win_is_told_of() {
    for existing in [
        r#"{"credsStore":"desktop"}"#,
        r#"{"credHelpers":{"example.azurecr.io":"acr"}}"#,
    ] {
        assert_eq!(
            docker_config(&azure("u", "p"), Some(existing))
                .unwrap()
                .notes
                .len(),
            1
        );
    }
    let elsewhere = r#"{"credHelpers":{"other.azurecr.io":"acr"}}"#;
    assert!(
        docker_config(&azure("u", "p"), Some(elsewhere))
            .unwrap()
            .notes
            .is_empty()
    );
}

#[test]
fn a_file_that_is_not_dockers_is_refused_and_not_quoted() {
    for existing in [
        "canary",
        "[\"canary\"]",
        r#"{"auths":["canary"]}"#,
        "{\"canary\":",
    ] {
        let error = docker_config(&azure("u", "p"), Some(existing)).unwrap_err();
        assert!(matches!(error, HandoffError::ExistingConfig(_)), "{existing}");
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
}

#[test]
fn names_that_kubernetes_refuses_are_refused_here() {
    for (name, namespace) in [
        ("Upper", None),
        ("", None),
        ("a_b", None),
        ("-a", None),
        ("a", Some("a.b")),
        ("a", Some("")),
    ] {
        let options = KubernetesOptions {
            name: name.into(),
            namespace: namespace.map(str::to_owned),
        };
        let outcome = kubernetes_secret(&azure("u", "p"), &options);
        assert!(
            matches!(outcome, Err(HandoffError::KubernetesName(_))),
            "{name} {namespace:?}"
        );
    }
}

#[test]
fn nothing_shows_a_secret_by_accident() {
    let values = binderhub(&azure("app", "canary"), &BinderHubOptions::new("b-")).unwrap();
    let config = docker_config(&azure("app", "canary"), None).unwrap();
    assert!(!format!("{values:?} {config:?}").contains("canary"));
}
