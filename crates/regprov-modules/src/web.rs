//! Archives over HTTP, and pages that say where a package is.

use crate::archive::Kind;
use crate::error::chain;
use crate::{Credentials, InstallError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION};
use md5::Md5;
use regprov_http::{Request, Response, Transport};
use regprov_lang::{Method, RemoteSource};
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};
use url::Url;

/// The header in which a server says where a package is.
pub(crate) const GET_HEADER: &str = "x-terraform-get";

/// How much of a page is looked through.
const PAGE: usize = 1 << 20;

/// What lies at an address.
pub(crate) enum Found {
    /// An archive.
    Archive(Kind, Bytes),
    /// The address of something else.
    Elsewhere(RemoteSource),
}

/// Asks servers.
pub(crate) struct Web<'a> {
    pub(crate) transport: &'a dyn Transport,
    pub(crate) credentials: &'a Credentials,
}

impl Web<'_> {
    /// Gets what lies at an address.
    pub(crate) async fn get(&self, source: &RemoteSource) -> Result<Found, InstallError> {
        let mut url = parse(&source.url)?;
        let kind = Kind::of(source.parameter("archive").as_deref(), url.path())?;
        strip(&mut url);
        if let Some(kind) = kind {
            let body = self.body(url, "download the module").await?.body;
            check_parameter(source, &body)?;
            return Ok(Found::Archive(kind, body));
        }
        url.query_pairs_mut().append_pair("terraform-get", "1");
        let answer = self.body(url.clone(), "ask where the module is").await?;
        let said = match answer.header(GET_HEADER) {
            Some(text) => Some(text.to_owned()),
            None => meta(&answer.body[..answer.body.len().min(PAGE)]),
        };
        let said = said.ok_or_else(|| {
            InstallError::fetch(format!("{} is no archive, and does not say where the module is", source.package()))
                .help("The address of an archive ends in `.zip`, `.tar.gz` and the like, or says its kind: `?archive=zip`.")
        })?;
        let mut elsewhere = resolve(&said, &url)?;
        elsewhere.directory = join(&elsewhere.directory, &source.directory);
        Ok(Found::Elsewhere(elsewhere))
    }

    async fn body(&self, url: Url, what: &'static str) -> Result<Response, InstallError> {
        let mut request = Request::get(url, what);
        let host = request.url.host_str().unwrap_or_default().to_owned();
        if request.url.password().is_none()
            && let Some((login, password)) = self.credentials.netrc.find(&host)
        {
            let basic = format!("Basic {}", STANDARD.encode(format!("{login}:{password}")));
            request = request
                .secret_header(AUTHORIZATION, &basic)
                .map_err(|error| InstallError::fetch(chain(&error)))?;
        }
        self.send(request).await
    }

    /// Sends a request and wants it to succeed.
    pub(crate) async fn send(&self, request: Request) -> Result<Response, InstallError> {
        let (shown, what) = (request.shown_url(), request.operation);
        let request = request
            .header(ACCEPT, "*/*")
            .map_err(|error| InstallError::fetch(chain(&error)))?;
        let answer = self.transport.send(request).await.map_err(|error| {
            let refused = InstallError::fetch(chain(&error));
            match error.kind {
                regprov_http::TransportErrorKind::Refused if shown.starts_with("http:") => {
                    refused.help("Use https: what comes over plain HTTP can be changed on its way.")
                }
                _ => refused,
            }
        })?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        let error = InstallError::fetch(format!("failed to {what}: {shown} answered {}", answer.status));
        Err(match answer.status.as_u16() {
            401 | 403 => error.help("Give a token for the host: `TF_TOKEN_…`, a `credentials` block in the CLI configuration, or a line in `.netrc` for archives."),
            _ => error,
        })
    }
}

pub(crate) fn parse(text: &str) -> Result<Url, InstallError> {
    Url::parse(text).map_err(|error| InstallError::fetch(format!("its URL is not valid: {error}")))
}

/// Takes out the parameters that are for us.
fn strip(url: &mut Url) {
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| !["archive", "checksum", "filename"].contains(&name.as_ref()))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    url.set_query(None);
    if !kept.is_empty() {
        url.query_pairs_mut().extend_pairs(kept);
    }
}

/// What a server says of where a package is: never this machine.
pub(crate) fn resolve(said: &str, asked: &Url) -> Result<RemoteSource, InstallError> {
    let relative = said.starts_with('/') || said.starts_with("./") || said.starts_with("../");
    let joined = relative.then(|| asked.join(said).ok()).flatten();
    let text = joined.map_or_else(|| said.to_owned(), String::from);
    let source = RemoteSource::parse(&text).map_err(|error| {
        InstallError::fetch(format!(
            "the server says that the module is at `{}`: {error}",
            regprov_http::sanitize(said)
        ))
    })?;
    if source.method == Method::File || source.url.starts_with("file:") {
        let message = format!(
            "the server says that the module is on this machine, at `{}`",
            regprov_http::sanitize(said)
        );
        return Err(InstallError::unsafe_package(message));
    }
    Ok(source)
}

/// Joins directories within a package.
pub(crate) fn join(outer: &str, inner: &str) -> String {
    match (outer.is_empty(), inner.is_empty()) {
        (true, _) => inner.to_owned(),
        (_, true) => outer.to_owned(),
        (false, false) => format!("{outer}/{inner}"),
    }
}

/// The `content` of `<meta name="terraform-get" content="…">`.
fn meta(page: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(page);
    // Only ASCII changes, so that places stay the same.
    let lower = text.to_ascii_lowercase();
    let mut from = 0;
    while let Some(at) = lower[from..].find("<meta") {
        let start = from + at;
        let end = lower[start..].find('>').map(|length| start + length)?;
        let tag = &text[start..end];
        if attribute(tag, "name").as_deref() == Some("terraform-get") {
            return attribute(tag, "content").map(|content| content.replace("&amp;", "&"));
        }
        from = end;
    }
    None
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let lower = tag.to_ascii_lowercase();
    let mut from = 0;
    loop {
        let at = from + lower[from..].find(name)?;
        from = at + name.len();
        if !lower[..at].ends_with(char::is_whitespace) {
            continue;
        }
        let rest = tag[from..].trim_start().strip_prefix('=')?.trim_start();
        let quote = rest
            .chars()
            .next()
            .filter(|first| *first == '"' || *first == '\'')?;
        return rest[1..].split(quote).next().map(str::to_owned);
    }
}

/// Compares an archive with the checksum that its source says.
pub(crate) fn check_parameter(source: &RemoteSource, body: &[u8]) -> Result<(), InstallError> {
    source
        .parameter("checksum")
        .map_or(Ok(()), |checksum| check(&checksum, body))
}

/// Compares an archive with `TYPE:HEX` or `HEX`.
fn check(checksum: &str, body: &[u8]) -> Result<(), InstallError> {
    let (named, expected) = checksum
        .split_once(':')
        .map_or((None, checksum), |(kind, hex)| (Some(kind), hex));
    let kind = named.unwrap_or(match expected.len() {
        32 => "md5",
        40 => "sha1",
        64 => "sha256",
        128 => "sha512",
        _ => "",
    });
    let found = match kind {
        "md5" => hex::encode(Md5::digest(body)),
        "sha1" => hex::encode(Sha1::digest(body)),
        "sha256" => hex::encode(Sha256::digest(body)),
        "sha512" => hex::encode(Sha512::digest(body)),
        _ => {
            return Err(InstallError::fetch(format!(
                "`checksum={checksum}` is not a checksum that can be compared"
            ))
            .help("Write it as `md5:…`, `sha1:…`, `sha256:…` or `sha512:…`."));
        }
    };
    if found.eq_ignore_ascii_case(expected) {
        return Ok(());
    }
    let message = format!("the archive has the {kind} {found}, and its source says {expected}");
    Err(InstallError::new(&crate::codes::CHANGED, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_where_the_module_is() {
        let page = "<html><META charset='x'><meta content = \"git::https://h.example/x?a=1&amp;b=2\" name='terraform-get'></html>";
        assert_eq!(meta(page.as_bytes()).unwrap(), "git::https://h.example/x?a=1&b=2");
        assert_eq!(meta(b"<meta name=\"other\" content=\"x\">"), None);
        assert_eq!(meta(b"<meta name=\"terraform-get\""), None);
    }

    #[test]
    fn a_server_cannot_point_at_this_machine() {
        let asked = Url::parse("https://h.example/a/b").unwrap();
        for said in ["file:///etc", "git::file:///r", "/r?x=file:///", "ext::sh"] {
            let answer = resolve(said, &asked);
            match said {
                "/r?x=file:///" => assert_eq!(answer.unwrap().url, "https://h.example/r?x=file:///"),
                _ => assert!(answer.is_err(), "{said}"),
            }
        }
        assert_eq!(
            resolve("../c.zip", &asked).unwrap().url,
            "https://h.example/c.zip"
        );
    }

    #[test]
    fn checksums_are_compared_by_kind_or_length() {
        let empty = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
        check(empty, b"").unwrap();
        check(&format!("sha1:{empty}"), b"").unwrap();
        assert!(check(empty, b"x").is_err());
        assert!(check("crc:1", b"").is_err());
    }
}
