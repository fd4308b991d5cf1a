//! Module sources: where a `module` block says that its module comes from.

mod remote;

use percent_encoding::percent_decode_str;
use remote::{checked, detect, forced, password, unclear, unsupported, without_password};
use std::fmt;

/// Where a module comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModuleSource {
    /// A directory beside the calling module: `./modules/x`.
    Local(String),
    /// A module of a registry.
    Registry(RegistrySource),
    /// A package that is downloaded whole.
    Remote(RemoteSource),
}

/// `[HOST/]NAMESPACE/NAME/SYSTEM[//DIRECTORY]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrySource {
    /// The host of the registry.
    pub host: String,
    /// The first part.
    pub namespace: String,
    /// The second part.
    pub name: String,
    /// The third part.
    pub system: String,
    /// The directory within the package; empty for its root.
    pub directory: String,
}

/// A package and the directory of the module in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteSource {
    /// How it is fetched.
    pub method: Method,
    /// The URL, with query and without directory: `https://example.com/x.git?ref=v1`.
    pub url: String,
    /// The directory within the package; empty for its root.
    pub directory: String,
}

/// How a package is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// A git repository.
    Git,
    /// An archive, or a page that says where the package is.
    Http,
    /// A directory or an archive of this machine.
    File,
}

/// A text is not a module source, or one of a kind that regprov does not fetch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SourceError {
    message: String,
    /// What to do.
    pub help: Option<String>,
}

/// The registry of a source that names none.
const PUBLIC_REGISTRY: &str = "registry.terraform.io";
/// Hosts whose short form means a git repository.
const GIT_HOSTS: [&str; 2] = ["github.com", "bitbucket.org"];

fn wrong(message: impl Into<String>) -> SourceError {
    SourceError {
        message: message.into(),
        help: None,
    }
}

impl SourceError {
    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl ModuleSource {
    /// Reads the `source` of a `module` block.
    ///
    /// # Errors
    /// It is not a source, or one of a kind that regprov does not fetch.
    pub fn parse(text: &str) -> Result<Self, SourceError> {
        if is_local(text) {
            return Ok(Self::Local(local(text)));
        }
        match RegistrySource::parse(text) {
            Ok(registry) => Ok(Self::Registry(registry)),
            Err(_) => RemoteSource::parse(text).map(Self::Remote),
        }
    }

    /// The directory of the module within its package.
    pub fn directory(&self) -> &str {
        match self {
            Self::Local(_) => "",
            Self::Registry(registry) => &registry.directory,
            Self::Remote(remote) => &remote.directory,
        }
    }
}

/// As the list of installed modules spells it: Terraform's normal form, without a password.
impl fmt::Display for ModuleSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(path) => f.write_str(path),
            Self::Registry(registry) => registry.fmt(f),
            Self::Remote(remote) => remote.fmt(f),
        }
    }
}

/// Whether a source is a path from the calling module.
fn is_local(text: &str) -> bool {
    ["./", "../", ".\\", "..\\"]
        .iter()
        .any(|start| text.starts_with(start))
}

/// A clean path that still begins with `./` or `../`.
fn local(text: &str) -> String {
    let clean = clean(&text.replace('\\', "/"));
    if clean == ".." || clean.starts_with("../") {
        clean
    } else if clean == "." {
        "./".to_owned()
    } else {
        format!("./{clean}")
    }
}

/// A path without `.`, `//` and `x/..`.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        match (part, parts.last()) {
            ("..", Some(last)) if *last != ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    if parts.is_empty() {
        ".".to_owned()
    } else {
        parts.join("/")
    }
}

/// Splits `package//directory?query` into package with query, and directory.
fn split_directory(text: &str) -> Result<(String, String), SourceError> {
    let (path, query) = text
        .split_once('?')
        .map_or((text, ""), |(path, query)| (path, query));
    let from = path.find("://").map_or(0, |at| at + 3);
    let (package, directory) = path[from..]
        .find("//")
        .map_or((path, ""), |at| (&path[..from + at], &path[from + at + 2..]));
    let query = if query.is_empty() {
        String::new()
    } else {
        format!("?{query}")
    };
    let directory = clean_directory(directory)?;
    Ok((format!("{package}{query}"), directory))
}

fn clean_directory(directory: &str) -> Result<String, SourceError> {
    if directory.is_empty() {
        return Ok(String::new());
    }
    let cleaned = clean(directory);
    if cleaned == ".." || cleaned.starts_with("../") {
        return Err(wrong(format!(
            "the directory `{cleaned}` after `//` leads out of the module's package"
        )));
    }
    Ok(if cleaned == "." { String::new() } else { cleaned })
}

impl RegistrySource {
    /// Reads the address of a module in a registry.
    ///
    /// # Errors
    /// It is not such an address.
    pub fn parse(text: &str) -> Result<Self, SourceError> {
        let shape =
            || wrong("it is not `NAMESPACE/NAME/SYSTEM`, optionally with the host of a registry before it");
        if is_local(text) {
            return Err(wrong("it is a local directory"));
        }
        let (package, directory) = split_directory(text)?;
        let parts: Vec<&str> = package.split('/').collect();
        let (host, [namespace, name, system]) = match parts.as_slice() {
            [namespace, name, system] => (PUBLIC_REGISTRY.to_owned(), [*namespace, *name, *system]),
            [host, namespace, name, system] => (
                registry_host(host).ok_or_else(shape)?,
                [*namespace, *name, *system],
            ),
            _ => return Err(shape()),
        };
        let word = |text: &str| {
            let ends = [text.bytes().next(), text.bytes().last()];
            text.len() <= 64
                && ends
                    .iter()
                    .all(|end| end.is_some_and(|byte| byte.is_ascii_alphanumeric()))
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        };
        let is_system = !system.is_empty()
            && system.len() <= 64
            && system
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        if !word(namespace) || !word(name) || !is_system {
            return Err(shape());
        }
        if GIT_HOSTS.contains(&host.as_str()) {
            return Err(wrong(format!("{host} is not a module registry")));
        }
        Ok(Self {
            host,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            system: system.to_owned(),
            directory,
        })
    }

    /// The address without the directory: `registry.terraform.io/hashicorp/consul/aws`.
    pub fn package(&self) -> String {
        let Self {
            host,
            namespace,
            name,
            system,
            ..
        } = self;
        format!("{host}/{namespace}/{name}/{system}")
    }
}

/// A host with a dot in its name, or with a port, or `localhost`; in lower case.
fn registry_host(text: &str) -> Option<String> {
    let (name, port) = text
        .split_once(':')
        .map_or((text, None), |(name, port)| (name, Some(port)));
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    let named = name.contains('.') || name == "localhost" || port.is_some();
    let valid_port = port.is_none_or(|port| port.parse::<u16>().is_ok());
    let host = name.to_lowercase();
    let port = port.filter(|port| *port != "443");
    (named && valid_port && name.split('.').all(label))
        .then(|| port.map_or(host.clone(), |port| format!("{host}:{port}")))
}

impl fmt::Display for RegistrySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.package())?;
        if !self.directory.is_empty() {
            write!(f, "//{}", self.directory)?;
        }
        Ok(())
    }
}

impl RemoteSource {
    /// Reads the address of a package.
    ///
    /// # Errors
    /// It is not such an address, or one of a kind that regprov does not fetch.
    pub fn parse(text: &str) -> Result<Self, SourceError> {
        if text.chars().any(|c| c.is_control()) {
            return Err(wrong("it holds a control character"));
        }
        let (forced, rest) = forced(text);
        if let Some(forced) = forced
            && !["git", "http", "https", "file"].contains(&forced)
        {
            return Err(unsupported(forced));
        }
        let (package, directory) = split_directory(rest)?;
        let detected = detect(&package)?;
        let (inner_forced, url) = detected
            .split_once("::")
            .filter(|_| detected.starts_with("git::"))
            .map_or((None, detected.as_str()), |(forced, url)| (Some(forced), url));
        let (url, deeper) = split_directory(url)?;
        let directory = match (deeper.is_empty(), directory.is_empty()) {
            (true, _) => directory,
            (false, true) => deeper,
            (false, false) => format!("{deeper}/{directory}"),
        };
        let scheme = url
            .split_once("://")
            .map(|(scheme, _)| scheme.to_ascii_lowercase());
        let method = match (forced.or(inner_forced), scheme.as_deref()) {
            (Some("git"), Some("https" | "http" | "ssh" | "file")) => Method::Git,
            (Some("git"), other) => {
                let what = other.map_or("that is not a URL".to_owned(), |scheme| {
                    format!("over `{scheme}`")
                });
                return Err(wrong(format!("a git repository {what} cannot be fetched"))
                    .help("Use a repository over https, ssh or file."));
            }
            (_, Some("http" | "https")) => Method::Http,
            (_, Some("file")) => Method::File,
            (_, Some("git" | "ssh")) => {
                return Err(
                    wrong("how to fetch it is not said").help("Write `git::` before a git repository.")
                );
            }
            (_, Some(scheme)) => return Err(unsupported(scheme)),
            (_, None) => return Err(unclear(text)),
        };
        Ok(Self {
            method,
            url: checked(method, url)?,
            directory,
        })
    }

    /// The address of the package, with method and query, and without directory and password.
    pub fn package(&self) -> String {
        let prefix = match self.method {
            Method::Git => "git::",
            Method::Http | Method::File => "",
        };
        format!("{prefix}{}", without_password(&self.url))
    }

    /// The value of a query parameter.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let (_, query) = self.url.split_once('?')?;
        query.split('&').find_map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (key == name).then(|| {
                percent_decode_str(&value.replace('+', " "))
                    .decode_utf8_lossy()
                    .into_owned()
            })
        })
    }

    /// The password that the URL carries.
    pub fn password(&self) -> Option<&str> {
        password(&self.url)
    }
}

impl fmt::Display for RemoteSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let package = self.package();
        if self.directory.is_empty() {
            return f.write_str(&package);
        }
        match package.split_once('?') {
            Some((path, query)) => write!(f, "{path}//{}?{query}", self.directory),
            None => write!(f, "{package}//{}", self.directory),
        }
    }
}

#[cfg(test)]
mod tests;
