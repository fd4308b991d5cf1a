//! Who we are at a Harbor, as headers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, COOKIE};
use regprov_http::{BodyError, Request, Response};
use zeroize::Zeroizing;

/// A text that must not be shown.
pub(crate) type SecretText = Zeroizing<String>;

/// How requests say who sends them.
pub(crate) enum Authorization {
    /// A user or a robot account, with its password, CLI secret or secret.
    Basic { username: String, password: SecretText },
    /// The id token of an OIDC user.
    Bearer(SecretText),
    /// The session of a user who signed in with a browser.
    Session(SecretText),
}

impl Authorization {
    /// The name that we sign in with, where we have one.
    pub(crate) fn username(&self) -> Option<&str> {
        match self {
            Self::Basic { username, .. } => Some(username),
            Self::Bearer(_) | Self::Session(_) => None,
        }
    }

    /// Who we are, for the eyes of the operator.
    pub(crate) fn summary(&self) -> String {
        match self {
            Self::Basic { username, .. } => regprov_http::sanitize(username),
            Self::Bearer(_) => "the user of a bearer token".to_owned(),
            Self::Session(_) => "the user of a session".to_owned(),
        }
    }

    /// The request, signed.
    pub(crate) fn sign(&self, request: Request) -> Result<Request, BodyError> {
        match self {
            Self::Basic { username, password } => {
                let pair = Zeroizing::new(format!("{username}:{}", password.as_str()));
                let encoded = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
                request.secret_header(
                    AUTHORIZATION,
                    &Zeroizing::new(format!("Basic {}", encoded.as_str())),
                )
            }
            Self::Bearer(token) => request.secret_header(
                AUTHORIZATION,
                &Zeroizing::new(format!("Bearer {}", token.as_str())),
            ),
            Self::Session(id) => {
                request.secret_header(COOKIE, &Zeroizing::new(format!("sid={}", id.as_str())))
            }
        }
    }

    /// The request again, with what a refusal told against forged requests. Only sessions are asked for it.
    pub(crate) fn proven(&self, request: Request, refusal: &Response) -> Option<Request> {
        let Self::Session(id) = self else { return None };
        let token = refusal
            .header("x-harbor-csrf-token")
            .filter(|token| !token.is_empty())?;
        let cookies = refusal.headers.get_all(http::header::SET_COOKIE);
        let cookie = cookies
            .iter()
            .filter_map(|value| value.to_str().ok())
            .find_map(|cookie| {
                let (name, value) = cookie.split(';').next()?.split_once('=')?;
                (name.trim() == "_gorilla_csrf").then(|| value.trim().to_owned())
            })?;
        let cookies = Zeroizing::new(format!("sid={}; _gorilla_csrf={cookie}", id.as_str()));
        let token_name = http::HeaderName::from_static("x-harbor-csrf-token");
        let request = request.secret_header(COOKIE, &cookies).ok()?;
        request.secret_header(token_name, token).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{Method, StatusCode};
    use url::Url;

    fn request() -> Request {
        Request::new(
            Method::PUT,
            Url::parse("https://harbor.example/api/v2.0/x").unwrap(),
            "change it",
        )
    }

    #[test]
    fn a_refused_session_proves_that_the_request_is_its_own() {
        let mut refusal = Response::new(StatusCode::FORBIDDEN, "");
        refusal
            .headers
            .insert("x-harbor-csrf-token", "token".parse().unwrap());
        refusal.headers.insert(
            http::header::SET_COOKIE,
            "_gorilla_csrf=cookie; Path=/; Secure".parse().unwrap(),
        );
        let session = Authorization::Session(Zeroizing::new("abc".to_owned()));
        let again = session.proven(request(), &refusal).unwrap();
        assert_eq!(again.headers["cookie"], "sid=abc; _gorilla_csrf=cookie");
        assert_eq!(again.headers["x-harbor-csrf-token"], "token");
        let basic = Authorization::Basic {
            username: "admin".to_owned(),
            password: Zeroizing::new("secret".to_owned()),
        };
        assert!(basic.proven(request(), &refusal).is_none());
    }

    #[test]
    fn the_password_is_in_a_header_that_is_not_shown() {
        let basic = Authorization::Basic {
            username: "robot$app+ci".to_owned(),
            password: Zeroizing::new("secret".to_owned()),
        };
        let signed = basic.sign(request()).unwrap();
        assert_eq!(
            signed.headers["authorization"],
            "Basic cm9ib3QkYXBwK2NpOnNlY3JldA=="
        );
        assert!(signed.headers["authorization"].is_sensitive());
    }
}
