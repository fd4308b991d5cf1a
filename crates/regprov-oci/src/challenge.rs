//! `WWW-Authenticate`.

use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;
use std::collections::BTreeMap;

/// How a registry wants to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// With a token from a token service.
    Bearer {
        /// Where the token service is.
        realm: String,
        /// The name that the token service knows the registry by.
        service: Option<String>,
        /// What the token must allow.
        scope: Option<String>,
        /// Why the last token was not good enough.
        error: Option<String>,
    },
    /// With user name and secret.
    Basic,
}

/// Reads all challenges that we understand; others are left out.
#[must_use]
pub fn parse_challenges(headers: &HeaderMap) -> Vec<Challenge> {
    let values = headers.get_all(WWW_AUTHENTICATE).iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(parse)
        .collect()
}

fn parse(text: &str) -> Vec<Challenge> {
    let mut found: Vec<(String, BTreeMap<String, String>)> = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let end = rest.find(['=', ' ', '\t', ',']).unwrap_or(rest.len());
        if end == 0 {
            break;
        }
        let word = rest[..end].to_ascii_lowercase();
        rest = rest[end..].trim_start();
        match (rest.strip_prefix('='), found.last_mut()) {
            (Some(after), Some((_, parameters))) => {
                let (value, tail) = value(after.trim_start());
                parameters.entry(word).or_insert(value);
                rest = tail;
            }
            (Some(_), None) => break,
            (None, _) => found.push((word, BTreeMap::new())),
        }
    }
    found
        .into_iter()
        .filter_map(|(scheme, parameters)| challenge(&scheme, parameters))
        .collect()
}

/// A token or a quoted string, and what follows.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '"' => return (value, &quoted[index + 1..]),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}

fn challenge(scheme: &str, mut parameters: BTreeMap<String, String>) -> Option<Challenge> {
    match scheme {
        "basic" => Some(Challenge::Basic),
        "bearer" => Some(Challenge::Bearer {
            realm: parameters.remove("realm")?,
            service: parameters.remove("service"),
            scope: parameters.remove("scope"),
            error: parameters.remove("error"),
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(realm: &str, service: Option<&str>, scope: Option<&str>) -> Challenge {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Challenge::Bearer {
            realm: realm.into(),
            service: owned(service),
            scope: owned(scope),
            error: None,
        }
    }

    #[test]
    fn challenges_of_real_registries_are_read() {
        assert_eq!(
            parse(
                r#"Bearer realm="https://x.azurecr.io/oauth2/token",service="x.azurecr.io",scope="repository:a:pull,push""#
            ),
            [bearer(
                "https://x.azurecr.io/oauth2/token",
                Some("x.azurecr.io"),
                Some("repository:a:pull,push")
            )]
        );
        assert_eq!(parse(r#"Basic realm="Registry Realm""#), [Challenge::Basic]);
        assert_eq!(
            parse(r#"Basic realm="harbor", bearer realm="https://h/t" , service=harbor-registry"#),
            [
                Challenge::Basic,
                bearer("https://h/t", Some("harbor-registry"), None)
            ]
        );
        assert_eq!(parse(r#"Bearer realm="a\"b""#), [bearer("a\"b", None, None)]);
    }

    #[test]
    fn what_is_no_challenge_is_left_out() {
        for text in [
            "",
            "=",
            "Bearer",
            "Negotiate",
            "realm=\"x\"",
            "Bearer service=\"x\"",
            ",,,",
            "Bearer realm",
            "\"",
        ] {
            assert_eq!(parse(text), [], "{text}");
        }
    }
}
