//! BinderHub's Helm values: one file with the secret, one without.
//!
//! The chart and the program have habits that decide the form: an unquoted number becomes a float, a missing username
//! becomes `<token>`, a missing `DockerRegistry.url` becomes the first registry in alphabetical order, and a
//! `token_url` for anything but `gcr.io` sends the parameter `service` twice, which Azure answers with 400.

use crate::login::Login;
use crate::yaml::quoted;
use crate::{HandoffError, SecretText};
use regprov_provider::{PushCredential, RegistryKind};
use std::fmt::Write as _;
use zeroize::Zeroizing;

/// Which BinderHub the values are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compatibility {
    /// Charts since 2022, which find the token service by themselves.
    #[default]
    Current,
    /// As BinderHub's guide shows it, with `token_url`: charts before 2022.
    Docs,
}

/// Whether user pods are given the login, to pull what was built. A private registry needs it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PullSecret {
    /// Yes, as `jupyterhub.imagePullSecret`.
    #[default]
    Included,
    /// No: images are public, or the cluster has its own way in.
    Omitted,
}

/// What the values say beyond the credential.
#[derive(Clone, Debug)]
pub struct BinderHubOptions {
    /// How image names begin after host and project: `binder-`.
    pub prefix: String,
    /// The level of image names before the prefix: a project, an organization, `PROJECT/REPOSITORY`. Where it is
    /// `None`, the credential tells it.
    pub project: Option<String>,
    /// Which BinderHub the values are for.
    pub compatibility: Compatibility,
    /// Whether user pods are given the login.
    pub pull_secret: PullSecret,
}

impl BinderHubOptions {
    /// The usual: the project as the credential tells it, for a current chart.
    pub fn new(prefix: impl Into<String>) -> Self {
        Self {
            prefix: prefix.into(),
            project: None,
            compatibility: Compatibility::default(),
            pull_secret: PullSecret::default(),
        }
    }
}

/// The two files.
#[derive(Clone, Debug)]
pub struct BinderHubValues {
    /// `secret.yaml`: what must stay secret.
    pub secret_yaml: SecretText,
    /// `config.yaml`: what may be public.
    pub config_yaml: String,
}

/// Writes a credential as BinderHub's Helm values.
///
/// # Errors
///
/// The credential has no secret or one that charts break, or the image names cannot be told, are not allowed, or are
/// outside the credential's scope.
pub fn binderhub(
    credential: &PushCredential,
    options: &BinderHubOptions,
) -> Result<BinderHubValues, HandoffError> {
    let login = Login::of(credential)?;
    let prefix = image_prefix(credential, options)?;
    Ok(BinderHubValues {
        secret_yaml: secret_yaml(&login, options),
        config_yaml: config_yaml(&login, &prefix, options.compatibility),
    })
}

fn secret_yaml(login: &Login<'_>, options: &BinderHubOptions) -> SecretText {
    let (username, password) = (quoted(login.username), quoted(login.password));
    let url = quoted(&login.url());
    let mut text = Zeroizing::new(String::with_capacity(password.len() * 2 + 4096));
    text.push_str("# Secret: keep this file out of version control, or encrypt it.\n");
    line(&mut text, format_args!("registry:\n  url: {}", *url));
    line(&mut text, format_args!("  username: {}", *username));
    line(&mut text, format_args!("  password: {}", *password));
    match options.pull_secret {
        PullSecret::Omitted => {}
        PullSecret::Included => {
            text.push_str("# User pods pull what was built with the same login.\n");
            line(
                &mut text,
                format_args!("jupyterhub:\n  imagePullSecret:\n    create: true"),
            );
            line(&mut text, format_args!("    registry: {}", *url));
            line(&mut text, format_args!("    username: {}", *username));
            line(&mut text, format_args!("    password: {}", *password));
        }
    }
    SecretText::new(std::mem::take(&mut *text))
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    writeln!(text, "{arguments}").expect("a string can be written to");
}

fn config_yaml(login: &Login<'_>, prefix: &str, compatibility: Compatibility) -> String {
    let mut text = String::from("config:\n  BinderHub:\n    use_registry: true\n");
    line(&mut text, format_args!("    image_prefix: {}", *quoted(prefix)));
    text.push_str("  DockerRegistry:\n");
    if login.kind == RegistryKind::DockerHub {
        // Its images and its logins have different addresses.
        line(
            &mut text,
            format_args!("    url: {}", *quoted("https://registry-1.docker.io")),
        );
        line(
            &mut text,
            format_args!("    auth_config_url: {}", *quoted(&login.url())),
        );
    } else {
        line(&mut text, format_args!("    url: {}", *quoted(&login.url())));
    }
    let token_url = match compatibility {
        Compatibility::Current => None,
        Compatibility::Docs => token_url(login),
    };
    if let Some(token_url) = token_url {
        line(&mut text, format_args!("    token_url: {}", *quoted(&token_url)));
    }
    text
}

/// Where the token service is, for charts that do not ask the registry. BinderHub knows those of Google's old hosts
/// and of Docker Hub.
fn token_url(login: &Login<'_>) -> Option<String> {
    let host = login.host;
    match login.kind {
        RegistryKind::Azure => Some(format!("https://{host}/oauth2/token?service={host}")),
        RegistryKind::ArtifactRegistry => Some(format!("https://{host}/v2/token?service={host}")),
        RegistryKind::Harbor => Some(format!("https://{host}/service/token?service=harbor-registry")),
        RegistryKind::Gcr | RegistryKind::DockerHub | RegistryKind::Generic => None,
    }
}

/// How the names of all images begin.
fn image_prefix(credential: &PushCredential, options: &BinderHubOptions) -> Result<String, HandoffError> {
    let path = format!("{}{}", level(credential, options)?, options.prefix);
    if !begins_a_name(&path) {
        return Err(HandoffError::ImagePrefix(path.escape_debug().to_string()));
    }
    if let Some(allowed) = credential.repository_prefix.as_deref()
        && !path.starts_with(allowed)
    {
        return Err(HandoffError::OutsideScope {
            prefix: path,
            allowed: allowed.to_owned(),
        });
    }
    // Docker Hub's host must be there: a name of two parts loses the first where it looks like no organization.
    let host = if credential.kind == RegistryKind::DockerHub {
        "docker.io"
    } else {
        &credential.host
    };
    Ok(format!("{host}/{path}"))
}

/// What stands between the host and the prefix, with its slash.
fn level(credential: &PushCredential, options: &BinderHubOptions) -> Result<String, HandoffError> {
    let named = options
        .project
        .as_deref()
        .or(credential.repository_prefix.as_deref());
    if let Some(named) = named
        .map(|named| named.trim_matches('/'))
        .filter(|named| !named.is_empty())
    {
        let whole = credential.kind != RegistryKind::ArtifactRegistry || named.contains('/');
        let needed = HandoffError::ProjectNeeded {
            wanted: "`PROJECT/REPOSITORY`",
        };
        return if whole {
            Ok(format!("{named}/"))
        } else {
            Err(needed)
        };
    }
    match credential.kind {
        // Any name will do; older programs lose the first level where there is but one.
        RegistryKind::Azure => Ok("binderhub/".to_owned()),
        RegistryKind::DockerHub => Ok(format!("{}/", credential.username)),
        RegistryKind::Harbor => match robots_project(&credential.username) {
            Some(project) => Ok(format!("{project}/")),
            None => Err(HandoffError::ProjectNeeded {
                wanted: "the project",
            }),
        },
        RegistryKind::ArtifactRegistry => Err(HandoffError::ProjectNeeded {
            wanted: "`PROJECT/REPOSITORY`",
        }),
        RegistryKind::Gcr => Err(HandoffError::ProjectNeeded {
            wanted: "the project",
        }),
        RegistryKind::Generic => Ok(String::new()),
    }
}

/// The project in `robot$project+name`; the part before the dollar sign can be another.
fn robots_project(username: &str) -> Option<&str> {
    let (_, rest) = username.split_once('$')?;
    let (project, _) = rest.split_once('+')?;
    Some(project)
}

/// Whether an image name can begin like this. It need not end like a name.
fn begins_a_name(path: &str) -> bool {
    let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    // A project of Google can have a domain: `example.com:project`.
    let fits = |byte: u8| is_name(byte) || matches!(byte, b'.' | b'_' | b'-' | b'/' | b':');
    path.bytes().all(fits)
        && path
            .split('/')
            .all(|part| part.is_empty() && path.ends_with('/') || part.bytes().next().is_some_and(is_name))
        && !path.contains("//")
        && !path.starts_with('/')
}
