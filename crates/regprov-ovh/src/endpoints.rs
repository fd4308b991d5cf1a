//! Where the API is.

use regprov_http::{BaseUri, is_loopback, sanitize};
use regprov_provider::{Error, ErrorKind};
use url::Url;

/// The endpoint where nothing is said.
pub(crate) const DEFAULT: &str = "ovh-eu";

/// Name, base of the API, where service accounts get their tokens.
const KNOWN: &[(&str, &str, Option<&str>)] = &[
    (
        "ovh-eu",
        "https://eu.api.ovh.com/1.0",
        Some("https://www.ovh.com/auth/oauth2/token"),
    ),
    (
        "ovh-ca",
        "https://ca.api.ovh.com/1.0",
        Some("https://ca.ovh.com/auth/oauth2/token"),
    ),
    (
        "ovh-us",
        "https://api.us.ovhcloud.com/1.0",
        Some("https://us.ovhcloud.com/auth/oauth2/token"),
    ),
    ("kimsufi-eu", "https://eu.api.kimsufi.com/1.0", None),
    ("kimsufi-ca", "https://ca.api.kimsufi.com/1.0", None),
    ("soyoustart-eu", "https://eu.api.soyoustart.com/1.0", None),
    ("soyoustart-ca", "https://ca.api.soyoustart.com/1.0", None),
];

/// An endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    /// As it was asked for.
    pub(crate) name: String,
    /// The base of the API.
    pub(crate) base: BaseUri,
    /// Where service accounts get their tokens.
    pub(crate) token_url: Option<Url>,
}

/// Finds an endpoint by name or URL. `token_url`: where service accounts get their tokens, where that is told.
pub(crate) fn find(name: &str, token_url: Option<&str>) -> Result<Endpoint, Error> {
    if name.ends_with('/') {
        return Err(
            invalid("endpoint name cannot have a trailing slash").remedy(format!(
                "Write it without the slash: `{}`.",
                sanitize(name.trim_end_matches('/'))
            )),
        );
    }
    let known = KNOWN.iter().find(|(known, _, _)| *known == name);
    let base = match known {
        Some((_, base, _)) => base,
        None if name.contains('/') => name,
        None => {
            let names: Vec<&str> = KNOWN.iter().map(|(name, _, _)| *name).collect();
            let message = format!(
                "unknown endpoint '{}', consider checking 'Endpoints' list or using an URL",
                sanitize(name)
            );
            return Err(invalid(&message).remedy(format!("Endpoints are {}, or a URL.", names.join(", "))));
        }
    };
    let parsed = BaseUri::parse(base).map_err(|error| invalid(&format!("the endpoint {error}")))?;
    let told = match (token_url, known) {
        (Some(told), _) => Some(told.to_owned()),
        (None, Some((_, _, url))) => url.map(str::to_owned),
        (None, None) => on_this_machine(parsed.url()),
    };
    let token_url = match told {
        None => None,
        Some(text) => {
            let url = BaseUri::parse(&text).map_err(|error| invalid(&format!("the token URL {error}")))?;
            Some(url.url().clone())
        }
    };
    Ok(Endpoint {
        name: name.to_owned(),
        base: parsed,
        token_url,
    })
}

/// An endpoint on this machine gives its own tokens.
fn on_this_machine(base: &Url) -> Option<String> {
    is_loopback(base).then(|| {
        let mut url = base.clone();
        url.set_path("/auth/oauth2/token");
        url.to_string()
    })
}

fn invalid(message: &str) -> Error {
    Error::new(ErrorKind::Invalid(crate::client::attribute("endpoint")), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_name_or_a_url() {
        assert_eq!(
            find("ovh-us", None).unwrap().base.url().as_str(),
            "https://api.us.ovhcloud.com/1.0"
        );
        assert_eq!(find("kimsufi-eu", None).unwrap().token_url, None);
        assert_eq!(find("https://api.example.org/1.0", None).unwrap().token_url, None);
        let local = find("http://127.0.0.1:9000/1.0", None).unwrap();
        assert_eq!(
            local.token_url.unwrap().as_str(),
            "http://127.0.0.1:9000/auth/oauth2/token"
        );
    }

    #[test]
    fn what_is_no_endpoint_is_said_in_the_words_of_the_public_client() {
        let message = |name| find(name, None).unwrap_err().message;
        assert_eq!(
            message("ovh-asia"),
            "unknown endpoint 'ovh-asia', consider checking 'Endpoints' list or using an URL"
        );
        assert_eq!(
            message("https://api.example.org/1.0/"),
            "endpoint name cannot have a trailing slash"
        );
        assert!(message("http://api.example.org/1.0").contains("must begin with `https://`"));
    }
}
