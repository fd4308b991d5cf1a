//! The CLI configuration, where Terraform keeps it: tokens and services of registry hosts.

mod netrc;

pub use netrc::Netrc;

use crate::{InstallError, codes};
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Block, Body};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Where registry hosts are, and who we are to them.
#[derive(Default)]
pub struct Credentials {
    tokens: BTreeMap<String, Zeroizing<String>>,
    services: BTreeMap<String, BTreeMap<String, String>>,
    /// What `.netrc` says of hosts that serve archives.
    pub netrc: Netrc,
}

/// Where to look.
#[derive(Debug, Clone, Default)]
pub struct CredentialPlaces {
    /// The user's home directory.
    pub home: Option<PathBuf>,
    /// The CLI configuration, where it is not in its usual place.
    pub cli_config: Option<PathBuf>,
    /// The `.netrc`, where it is not in its usual place.
    pub netrc: Option<PathBuf>,
    /// The variables that begin with `TF_TOKEN_`, without that.
    pub token_variables: Vec<(String, String)>,
}

/// Shows hosts and no token.
impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("tokens_for", &self.tokens.keys())
            .field("services", &self.services)
            .finish_non_exhaustive()
    }
}

impl Credentials {
    /// Reads what is there.
    ///
    /// # Errors
    /// A file cannot be read or understood.
    pub fn read(places: &CredentialPlaces) -> Result<Self, InstallError> {
        let mut found = Self::default();
        if let Some(home) = &places.home {
            let stored = home.join(".terraform.d/credentials.tfrc.json");
            found.read_stored(&stored)?;
        }
        let usual = places.home.as_ref().map(|home| home.join(".terraformrc"));
        if let Some(path) = places.cli_config.as_ref().or(usual.as_ref()) {
            match std::fs::read_to_string(path) {
                Ok(text) => found.read_cli_config(path, &text)?,
                // As for Terraform, a file that was named need not be there.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(broken(path, &error)),
            }
        }
        for (name, token) in &places.token_variables {
            // A host is no valid name of a variable: `_` stands for `.`, and `__` for `-`.
            let host = name.replace("__", "-").replace('_', ".").to_lowercase();
            found.tokens.insert(host, Zeroizing::new(token.clone()));
        }
        let usual = places.home.as_ref().map(|home| home.join(".netrc"));
        if let Some(path) = places.netrc.as_ref().or(usual.as_ref())
            && let Ok(text) = std::fs::read_to_string(path)
        {
            found.netrc = Netrc::parse(&text);
        }
        Ok(found)
    }

    fn read_stored(&mut self, path: &Path) -> Result<(), InstallError> {
        #[derive(serde::Deserialize)]
        struct Stored {
            #[serde(default)]
            credentials: BTreeMap<String, Token>,
        }
        #[derive(serde::Deserialize)]
        struct Token {
            token: Option<String>,
        }
        let Ok(bytes) = std::fs::read(path) else {
            return Ok(());
        };
        let bytes = Zeroizing::new(bytes);
        let stored: Stored = serde_json::from_slice(&bytes)
            .map_err(|error| broken(path, &format!("not as expected in line {}", error.line())))?;
        for (host, token) in stored.credentials {
            if let Some(token) = token.token {
                self.tokens.insert(host.to_lowercase(), Zeroizing::new(token));
            }
        }
        Ok(())
    }

    fn read_cli_config(&mut self, path: &Path, text: &str) -> Result<(), InstallError> {
        let body: Body = text.parse().map_err(|error: hcl_edit::parser::Error| {
            // The text around the place may be a token.
            let place = error.location();
            broken(
                path,
                &format!(
                    "invalid syntax in line {} column {}",
                    place.line(),
                    place.column()
                ),
            )
        })?;
        for block in body.get_blocks("credentials") {
            if let (Some(host), Some(token)) = (label(block), text_of(block, "token")) {
                self.tokens.insert(host, Zeroizing::new(token));
            }
        }
        for block in body.get_blocks("host") {
            let Some(host) = label(block) else { continue };
            let services = block
                .body
                .get_attribute("services")
                .map(|attribute| &attribute.value);
            let Some(Expression::Object(services)) = services else {
                continue;
            };
            let entries = services.iter().filter_map(|(key, value)| {
                let key = match key {
                    hcl_edit::expr::ObjectKey::Ident(ident) => ident.as_str().to_owned(),
                    hcl_edit::expr::ObjectKey::Expression(expr) => match expr {
                        Expression::Variable(name) => name.as_str().to_owned(),
                        other => other.as_str()?.to_owned(),
                    },
                };
                Some((key, value.expr().as_str()?.to_owned()))
            });
            self.services.insert(host, entries.collect());
        }
        Ok(())
    }

    /// The token for a host.
    pub(crate) fn token(&self, host: &str) -> Option<&str> {
        self.tokens.get(host).map(|token| token.as_str())
    }

    /// The address of a service of a host, where the CLI configuration says it. `Some(None)` says that it has none.
    pub(crate) fn service(&self, host: &str, service: &str) -> Option<Option<&str>> {
        let services = self.services.get(host)?;
        Some(services.get(service).map(String::as_str))
    }

    /// Every secret, so that it can be kept out of texts.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        let tokens = self.tokens.values().map(|token| token.as_str());
        tokens.chain(self.netrc.secrets())
    }
}

fn label(block: &Block) -> Option<String> {
    block.labels.first().map(|label| label.as_str().to_lowercase())
}

fn text_of(block: &Block, name: &str) -> Option<String> {
    let attribute = block.body.get_attribute(name)?;
    attribute.value.as_str().map(str::to_owned)
}

fn broken(path: &Path, error: &dyn std::fmt::Display) -> InstallError {
    InstallError::new(
        &codes::CLI_CONFIGURATION,
        format!("{} cannot be read: {error}", path.display()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cli: &str, variables: &[(&str, &str)]) -> Credentials {
        let folder = tempfile::tempdir().unwrap();
        let cli_config = folder.path().join("cli.tfrc");
        std::fs::write(&cli_config, cli).unwrap();
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Credentials::read(&CredentialPlaces {
            cli_config: Some(cli_config),
            token_variables: variables.iter().map(owned).collect(),
            ..CredentialPlaces::default()
        })
        .unwrap()
    }

    #[test]
    fn tokens_and_services_are_read_from_the_cli_configuration() {
        let cli = "plugin_cache_dir = \"x\"\ncredentials \"H.example\" {\n  token = \"t1\"\n}\nhost \"r.example\" {\n  services = {\n    \"modules.v1\" = \"https://m.example/v1/\"\n  }\n}\nprovider_installation {\n  direct {}\n}\n";
        let found = read(cli, &[("my__host_example", "t2"), ("h_example", "t3")]);
        assert_eq!(found.token("my-host.example"), Some("t2"));
        assert_eq!(found.token("h.example"), Some("t3"));
        assert_eq!(
            found.service("r.example", "modules.v1"),
            Some(Some("https://m.example/v1/"))
        );
        assert_eq!(found.service("other.example", "modules.v1"), None);
        let shown = format!("{found:?}");
        assert!(
            !shown.contains("t2") && shown.contains("my-host.example"),
            "{shown}"
        );
    }

    #[test]
    fn a_syntax_error_does_not_quote_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cli.tfrc");
        std::fs::write(&path, "credentials \"h\" {\n  token = \"hunter2\n}\n").unwrap();
        let places = CredentialPlaces {
            cli_config: Some(path),
            ..CredentialPlaces::default()
        };
        let error = Credentials::read(&places).unwrap_err().to_string();
        assert!(error.contains("line") && !error.contains("hunter2"), "{error}");
    }
}
