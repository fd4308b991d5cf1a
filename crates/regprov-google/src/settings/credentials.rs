//! Which credentials are given, and where from.

use super::{invalid, written};
use regprov_provider::{Environment, Error, Partial};
use regprov_value::Value;
use zeroize::Zeroizing;

/// Credentials as they are given.
pub(crate) enum Given {
    /// A token.
    Token(Zeroizing<String>),
    /// A file of credentials, by its path or as it is; and who says so.
    File {
        text: Zeroizing<String>,
        place: &'static str,
    },
    /// A token of another identity provider, exchanged for one of a service account.
    Federated {
        audience: String,
        email: String,
        identity_token: Zeroizing<String>,
    },
    /// Nothing: the default credentials of the machine.
    Nothing {
        /// Where gcloud keeps the sign-in, as far as the environment tells.
        folders: Vec<String>,
        /// The host of the metadata server, where it is not the usual one.
        metadata: Option<String>,
        /// Every place that was looked at so far, in words.
        looked: Vec<String>,
    },
}

/// Variables that hold credentials, as a path or as they are.
const VARIABLES: [&str; 3] = [
    "GOOGLE_CREDENTIALS",
    "GOOGLE_CLOUD_KEYFILE_JSON",
    "GCLOUD_KEYFILE_JSON",
];

/// A path that begins at the home directory, in full; any other text as it is.
fn expanded(text: &str, environment: &Environment) -> Zeroizing<String> {
    let home = text.strip_prefix("~/").zip(environment.get("HOME"));
    Zeroizing::new(home.map_or_else(|| text.to_owned(), |(rest, home)| format!("{home}/{rest}")))
}

impl Given {
    pub(super) fn read(config: Partial<'_>, environment: &Environment) -> Result<Self, Error> {
        let token = written(config, "access_token")?;
        let file = written(config, "credentials")?;
        let federated = config
            .known("external_credentials")
            .and_then(Value::as_items)
            .and_then(<[Value]>::first);
        let set = [token.is_some(), file.is_some(), federated.is_some()];
        if set.into_iter().filter(|set| *set).count() > 1 {
            return Err(invalid(
                "credentials",
                "only one of `access_token`, `credentials` and `external_credentials` can be set",
            ));
        }
        if let Some(token) = token {
            return Ok(Self::Token(Zeroizing::new(token)));
        }
        if let Some(text) = file {
            return Ok(Self::File {
                text: expanded(&text, environment),
                place: "`credentials`",
            });
        }
        if let Some(block) = federated.map(Partial) {
            return Self::federated(block);
        }
        if let Some(token) = environment.get("GOOGLE_OAUTH_ACCESS_TOKEN") {
            return Ok(Self::Token(Zeroizing::new(token.to_owned())));
        }
        let names = VARIABLES.into_iter().chain(["GOOGLE_APPLICATION_CREDENTIALS"]);
        for place in names {
            if let Some(text) = environment.get(place) {
                return Ok(Self::File {
                    text: expanded(text, environment),
                    place,
                });
            }
        }
        Ok(Self::nothing(environment))
    }

    fn federated(block: Partial<'_>) -> Result<Self, Error> {
        let text = |name: &str| block.text(name).unwrap_or_default().to_owned();
        let email = text("service_account_email");
        if !email.ends_with(".iam.gserviceaccount.com") {
            return Err(invalid(
                "external_credentials",
                "`service_account_email` must be the e-mail address of a service account: NAME@PROJECT.iam.gserviceaccount.com",
            ));
        }
        Ok(Self::Federated {
            audience: text("audience"),
            email,
            identity_token: Zeroizing::new(text("identity_token")),
        })
    }

    fn nothing(environment: &Environment) -> Self {
        let home = environment
            .get("HOME")
            .map(|home| format!("{home}/.config/gcloud"));
        let own = environment.get("CLOUDSDK_CONFIG").map(str::to_owned);
        Self::Nothing {
            folders: own.or(home).into_iter().collect(),
            metadata: environment.get("GCE_METADATA_HOST").map(str::to_owned),
            looked: vec![
                "`access_token`, `credentials` and `external_credentials` of the provider block are not set"
                    .to_owned(),
                "GOOGLE_OAUTH_ACCESS_TOKEN is not set".to_owned(),
                format!("{} are not set", VARIABLES.join(", ")),
                "GOOGLE_APPLICATION_CREDENTIALS is not set".to_owned(),
            ],
        }
    }
}
