//! Connection strings: an address (`postgres://…`), or `key=value` pairs; what neither says, the environment may.

use std::path::PathBuf;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;
use url::Url;

use crate::settings::Settings;

/// What is checked of the server's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Encryption {
    /// Nothing is encrypted.
    Off,
    /// The connection is encrypted; whose certificate it is, is not looked at.
    Unverified,
    /// The certificate is issued by an authority that is believed; for which name, is not looked at.
    Authority,
    /// The certificate is the host's.
    Full,
}

/// How to connect.
#[derive(Clone)]
pub(super) struct Parameters {
    pub(super) config: Config,
    pub(super) encryption: Encryption,
    pub(super) root_certificate: Option<PathBuf>,
    pub(super) client_certificate: Option<(PathBuf, PathBuf)>,
}

/// The environment's names for the parameters.
const VARIABLES: &[(&str, &str)] = &[
    ("host", "PGHOST"),
    ("hostaddr", "PGHOSTADDR"),
    ("port", "PGPORT"),
    ("dbname", "PGDATABASE"),
    ("user", "PGUSER"),
    ("password", "PGPASSWORD"),
    ("options", "PGOPTIONS"),
    ("application_name", "PGAPPNAME"),
    ("sslmode", "PGSSLMODE"),
    ("sslcert", "PGSSLCERT"),
    ("sslkey", "PGSSLKEY"),
    ("sslrootcert", "PGSSLROOTCERT"),
    ("connect_timeout", "PGCONNECT_TIMEOUT"),
];

impl Parameters {
    pub(super) fn parse(text: &str, settings: &Settings) -> Result<Self, String> {
        let mut pairs: Vec<(String, String)> = VARIABLES
            .iter()
            .filter_map(|(name, variable)| {
                Some(((*name).to_owned(), settings.variable(variable)?.to_owned()))
            })
            .collect();
        // What is said later counts.
        pairs.extend(
            if text.starts_with("postgres://") || text.starts_with("postgresql://") {
                of_address(text)?
            } else {
                of_pairs(text)?
            },
        );
        Self::of(&pairs, settings)
    }

    fn of(pairs: &[(String, String)], settings: &Settings) -> Result<Self, String> {
        let get = |name: &str| {
            pairs
                .iter()
                .rev()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.as_str())
                .filter(|value| !value.is_empty())
        };
        let mut config = Config::new();
        let user = get("user")
            .or_else(|| settings.variable("USER"))
            .unwrap_or("postgres");
        config
            .user(user)
            .host(get("host").or(get("hostaddr")).unwrap_or("localhost"))
            .dbname(get("dbname").unwrap_or(user))
            .application_name(get("application_name").unwrap_or("regprov"))
            .connect_timeout(Duration::from_secs(30))
            .keepalives_idle(Duration::from_secs(30));
        if let Some(port) = get("port") {
            config.port(port.parse().map_err(|_| "its port is no number".to_owned())?);
        }
        if let Some(password) = get("password") {
            config.password(password);
        }
        if let Some(seconds) = get("connect_timeout").and_then(|text| text.parse().ok()) {
            config.connect_timeout(Duration::from_secs(seconds));
        }
        let mut options: Vec<String> = get("options").map(str::to_owned).into_iter().collect();
        for (name, value) in pairs {
            let is_known = VARIABLES.iter().any(|(known, _)| known == name)
                || [
                    "fallback_application_name",
                    "target_session_attrs",
                    "binary_parameters",
                ]
                .contains(&name.as_str());
            if !is_known {
                // A parameter of the server's.
                options.push(format!(
                    "-c {name}={}",
                    value.replace('\\', r"\\").replace(' ', r"\ ")
                ));
            }
        }
        if !options.is_empty() {
            config.options(options.join(" "));
        }
        let (encryption, mode) = encryption(get("sslmode"), get("sslrootcert").is_some())?;
        config.ssl_mode(mode);
        Ok(Self {
            config,
            encryption,
            root_certificate: get("sslrootcert")
                .filter(|path| *path != "system")
                .map(PathBuf::from),
            client_certificate: get("sslcert")
                .zip(get("sslkey"))
                .map(|(certificate, key)| (certificate.into(), key.into())),
        })
    }
}

/// As the client library of Terraform's backend reads it: `require` unless something is said.
fn encryption(mode: Option<&str>, has_root: bool) -> Result<(Encryption, SslMode), String> {
    Ok(match mode.unwrap_or("require") {
        "disable" => (Encryption::Off, SslMode::Disable),
        "allow" | "prefer" => (Encryption::Unverified, SslMode::Prefer),
        "require" if has_root => (Encryption::Authority, SslMode::Require),
        "require" => (Encryption::Unverified, SslMode::Require),
        "verify-ca" => (Encryption::Authority, SslMode::Require),
        "verify-full" => (Encryption::Full, SslMode::Require),
        other => return Err(format!("its `sslmode` is `{}`", other.escape_default())),
    })
}

fn of_address(text: &str) -> Result<Vec<(String, String)>, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    let plain = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let mut pairs = Vec::new();
    let mut add = |name: &str, value: String| {
        if !value.is_empty() {
            pairs.push((name.to_owned(), value));
        }
    };
    add("host", plain(url.host_str().unwrap_or_default()));
    add(
        "port",
        url.port().map(|port| port.to_string()).unwrap_or_default(),
    );
    add("user", plain(url.username()));
    add("password", plain(url.password().unwrap_or_default()));
    add("dbname", plain(url.path().trim_start_matches('/')));
    for (name, value) in url.query_pairs() {
        add(&name, value.into_owned());
    }
    Ok(pairs)
}

fn of_pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut pairs = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (name, after) = rest
            .split_once('=')
            .ok_or("it is neither an address nor a list of `key=value`")?;
        let (value, left) = value(after.trim_start())?;
        pairs.push((name.trim().to_owned(), value));
        rest = left.trim_start();
    }
    Ok(pairs)
}

/// Reads a value, in quotes or up to the next space.
fn value(text: &str) -> Result<(String, &str), String> {
    let quoted = text.starts_with('\'');
    let mut value = String::new();
    let mut characters = text.char_indices().skip(usize::from(quoted));
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => value.extend(characters.next().map(|(_, next)| next)),
            '\'' if quoted => return Ok((value, &text[at + 1..])),
            _ if character.is_whitespace() && !quoted => return Ok((value, &text[at..])),
            _ => value.push(character),
        }
    }
    if quoted {
        return Err("a quotation mark in it is not closed".into());
    }
    Ok((value, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Parameters {
        Parameters::parse(text, &Settings::default()).expect("parameters")
    }

    #[test]
    fn addresses_and_pairs_say_the_same() {
        let address =
            parse("postgres://ann:s%20ecret@db.example:6432/states?sslmode=verify-full&search_path=x");
        let pairs = parse(
            "host=db.example port=6432 user=ann password='s ecret' dbname=states sslmode=verify-full search_path=x",
        );
        assert_eq!(address.config, pairs.config);
        assert_eq!(address.encryption, Encryption::Full);
        assert_eq!(address.config.get_options(), Some("-c search_path=x"));
        assert_eq!(address.config.get_password(), Some(b"s ecret".as_slice()));
    }

    #[test]
    fn a_connection_is_encrypted_unless_it_is_told_otherwise() {
        assert_eq!(parse("postgres://h/d").encryption, Encryption::Unverified);
        assert_eq!(parse("postgres://h/d").config.get_ssl_mode(), SslMode::Require);
        assert_eq!(
            parse("postgres://h/d?sslmode=disable").encryption,
            Encryption::Off
        );
        assert!(Parameters::parse("sslmode=maybe", &Settings::default()).is_err());
        assert!(Parameters::parse("password='x", &Settings::default()).is_err());
    }
}
