//! Secrets of applications and service principals: added, found again by their mark, removed.
//!
//! The service names a secret and tells it once. Ours can be told from every other by the mark of the attempt: it is the
//! secret's name; where the configuration gives a name, the start date carries the mark. Other keys are never touched.

use crate::client::Client;
use jiff::{SignedDuration, Timestamp};
use regprov_http::sanitize;
use regprov_provider::{Error, ErrorKind, Mark};
use regprov_schema::Once;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroizing;

/// Clocks differ: a secret that starts a little earlier is good at once everywhere.
pub(crate) const EARLIER: SignedDuration = SignedDuration::from_mins(1);
/// The service keeps time in steps of 100 nanoseconds.
const TICKS: u64 = 10_000_000;
/// By how many seconds a start date may be earlier to carry the mark.
const SPREAD: u64 = 3600;

/// What a secret shall be.
#[derive(Clone, Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) display_name: Option<&'a str>,
    pub(crate) start_date: Option<&'a str>,
    pub(crate) end_date: Option<&'a str>,
    pub(crate) end_date_relative: Option<&'a str>,
}

/// A secret as it is.
#[derive(Clone, Debug)]
pub(crate) struct Password {
    pub(crate) key_id: String,
    pub(crate) display_name: String,
    pub(crate) start_date: String,
    pub(crate) end_date: String,
    /// Known only from the answer that made it.
    pub(crate) value: Once<String>,
}

#[derive(Serialize)]
struct Add {
    #[serde(rename = "passwordCredential")]
    credential: NewCredential,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewCredential {
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
    start_date_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_date_time: Option<String>,
}

#[derive(Serialize)]
struct Remove<'a> {
    #[serde(rename = "keyId")]
    key_id: &'a str,
}

/// A secret as Graph writes it.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Credential {
    key_id: String,
    display_name: Option<String>,
    start_date_time: Option<String>,
    end_date_time: Option<String>,
    secret_text: Option<Zeroizing<String>>,
}

#[derive(Deserialize)]
struct Holder {
    #[serde(rename = "passwordCredentials", default)]
    passwords: Vec<Credential>,
}

/// The start date that the mark gives: the wanted one or the attempt's, earlier by a number of seconds and a fraction of the
/// mark's. Where the name of the secret is the mark already, no more than the difference between clocks.
fn start(wanted: &Wanted<'_>, mark: &Mark) -> Result<Timestamp, Error> {
    let base: Timestamp = match wanted.start_date {
        Some(text) => instant(text, "start_date")?,
        None => mark.begun,
    };
    let number = u64::from_be_bytes(mark.nonce[..8].try_into().expect("eight bytes are eight bytes"));
    let seconds = if wanted.display_name.is_some() {
        number % SPREAD
    } else {
        0
    };
    let earlier = EARLIER + SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(0));
    let base = base
        .checked_sub(earlier)
        .map_err(|_| out_of_range("start_date"))?;
    let ticks = (number / SPREAD) % TICKS;
    let nanoseconds = i32::try_from(ticks * 100).unwrap_or(0);
    Timestamp::new(base.as_second(), nanoseconds).map_err(|_| out_of_range("start_date"))
}

/// Whether a start date that was read is the one that the mark gave. The service may keep whole seconds only.
fn is_ours(read: &str, start: Timestamp) -> bool {
    read.parse::<Timestamp>().is_ok_and(|read| {
        read.as_second() == start.as_second()
            && (read.subsec_nanosecond() == 0 || read.subsec_nanosecond() == start.subsec_nanosecond())
    })
}

fn instant(text: &str, argument: &str) -> Result<Timestamp, Error> {
    text.parse().map_err(|_| {
        let message = format!(
            "`{argument}` is `{}`, which is no instant in RFC 3339",
            sanitize(text)
        );
        Error::new(ErrorKind::Invalid(crate::client::attribute(argument)), message)
            .remedy("Write it as `2027-01-31T00:00:00Z`.")
    })
}

fn out_of_range(argument: &str) -> Error {
    Error::new(
        ErrorKind::Invalid(crate::client::attribute(argument)),
        format!("`{argument}` is out of range"),
    )
}

/// A duration as Go writes it: `240h30m`.
fn duration(text: &str) -> Option<SignedDuration> {
    let mut total = SignedDuration::ZERO;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.len()
            - rest
                .trim_start_matches(|letter: char| letter.is_ascii_digit())
                .len();
        let number: i64 = rest.get(..digits)?.parse().ok()?;
        rest = rest.get(digits..)?;
        let (unit, length) = match rest {
            _ if rest.starts_with("ms") => (SignedDuration::from_millis(1), 2),
            _ if rest.starts_with('h') => (SignedDuration::from_hours(1), 1),
            _ if rest.starts_with('m') => (SignedDuration::from_mins(1), 1),
            _ if rest.starts_with('s') => (SignedDuration::from_secs(1), 1),
            _ => return None,
        };
        let seconds = unit.as_millis().checked_mul(i128::from(number))?;
        total = total.checked_add(SignedDuration::from_millis(i64::try_from(seconds).ok()?))?;
        rest = rest.get(length..)?;
    }
    Some(total)
}

/// Whether a text is a duration that `end_date_relative` takes.
pub(crate) fn check_duration(value: &regprov_value::Value) -> Result<(), String> {
    match value.as_str() {
        Some(text) if duration(text).is_none() => Err(format!(
            "`{text}` is no duration: write hours, minutes and seconds, as in `8760h` or `1h30m`"
        )),
        Some(_) | None => Ok(()),
    }
}

fn end(wanted: &Wanted<'_>, start: Timestamp) -> Result<Option<Timestamp>, Error> {
    match (wanted.end_date, wanted.end_date_relative.and_then(duration)) {
        (Some(text), _) => instant(text, "end_date").map(Some),
        (None, Some(length)) => start
            .checked_add(length)
            .map(Some)
            .map_err(|_| out_of_range("end_date_relative")),
        (None, None) => Ok(None),
    }
}

impl Password {
    fn of(credential: Credential, wanted: Option<&Wanted<'_>>) -> Self {
        let spelled = |read: Option<String>, written: Option<&str>, earliest: i64| match (read, written) {
            (Some(read), Some(written)) if is_within(&read, written, earliest) => written.to_owned(),
            (Some(read), _) => whole_seconds(&read),
            (None, written) => written.unwrap_or_default().to_owned(),
        };
        let spread = EARLIER.as_secs() + i64::try_from(SPREAD).unwrap_or(0);
        Self {
            key_id: credential.key_id,
            display_name: credential.display_name.unwrap_or_default(),
            start_date: spelled(
                credential.start_date_time,
                wanted.and_then(|wanted| wanted.start_date),
                spread,
            ),
            end_date: spelled(
                credential.end_date_time,
                wanted.and_then(|wanted| wanted.end_date),
                0,
            ),
            value: credential
                .secret_text
                .map_or_else(Once::default, |text| Once::new(text.as_str().to_owned())),
        }
    }
}

/// Whether an instant that was read is the written one, or earlier by no more than some seconds.
fn is_within(read: &str, written: &str, earliest: i64) -> bool {
    match (read.parse::<Timestamp>(), written.parse::<Timestamp>()) {
        (Ok(read), Ok(written)) => (0..=earliest).contains(&(written.as_second() - read.as_second())),
        (_, _) => read == written,
    }
}

/// The instant without its fraction, which is our mark and of no use to the reader.
fn whole_seconds(text: &str) -> String {
    match text
        .parse::<Timestamp>()
        .and_then(|instant| Timestamp::from_second(instant.as_second()))
    {
        Ok(instant) => instant.to_string(),
        Err(_) => text.to_owned(),
    }
}

/// Adds a secret to the object at `path` (`/applications/{id}` or `/servicePrincipals/{id}`).
pub(crate) async fn add(
    client: &Client,
    path: &str,
    wanted: &Wanted<'_>,
    mark: &Mark,
) -> Result<Password, Error> {
    let start = start(wanted, mark)?;
    // Without an end the service takes two years from the start, of which clocks must not take away anything.
    let end = end(wanted, start)?;
    let body = Add {
        credential: NewCredential {
            display_name: Some(wanted.display_name.unwrap_or(&mark.text).to_owned()),
            start_date_time: start.to_string(),
            end_date_time: end.map(|end| end.to_string()),
        },
    };
    let made: Credential = client
        .graph
        .post("add the secret", &format!("{path}/addPassword"), &body)
        .await?;
    if let Some(secret) = &made.secret_text {
        client.services.redactor.register(secret);
    }
    let password = Password::of(made, Some(wanted));
    if password.value.reveal().is_none() {
        let message = format!(
            "Graph made the secret {} but did not tell it",
            sanitize(&password.key_id)
        );
        return Err(Error::new(ErrorKind::Ambiguous, message));
    }
    Ok(password)
}

/// The secrets of the object at `path`; `None` where the object is absent.
async fn held(client: &Client, path: &str) -> Result<Option<Vec<Credential>>, Error> {
    let query = [("$select", "id,passwordCredentials")];
    let holder: Option<Holder> = client.graph.get("read the secrets", path, &query).await?;
    Ok(holder.map(|holder| holder.passwords))
}

/// The secret of this key; `None` where it or its holder is absent.
pub(crate) async fn read(
    client: &Client,
    path: &str,
    key_id: &str,
    like: Option<&Wanted<'_>>,
) -> Result<Option<Password>, Error> {
    let held = held(client, path).await?.unwrap_or_default();
    let found = held
        .into_iter()
        .find(|credential| credential.key_id.eq_ignore_ascii_case(key_id));
    Ok(found.map(|credential| Password::of(credential, like)))
}

/// The secrets of these holders, each holder asked once and twenty by one request.
pub(crate) async fn read_many(
    client: &Client,
    wanted: &[(String, String, Option<Wanted<'_>>)],
) -> Result<Vec<Option<Password>>, Error> {
    let holders: BTreeSet<&String> = wanted.iter().map(|(path, _, _)| path).collect();
    let paths: Vec<String> = holders
        .iter()
        .map(|path| format!("{path}?$select=id,passwordCredentials"))
        .collect();
    let read: Vec<Option<Holder>> = client.graph.get_many("read the secrets", &paths).await?;
    let held: BTreeMap<&String, Vec<Credential>> = holders
        .into_iter()
        .zip(read)
        .map(|(path, holder)| (path, holder.map(|holder| holder.passwords).unwrap_or_default()))
        .collect();
    let found = wanted.iter().map(|(path, key, like)| {
        let credentials = held.get(path).map_or(&[][..], Vec::as_slice);
        let credential = credentials
            .iter()
            .find(|known| known.key_id.eq_ignore_ascii_case(key))?;
        Some(Password::of(credential.clone(), like.as_ref()))
    });
    Ok(found.collect())
}

/// The keys that the attempt with this mark made.
pub(crate) async fn find(
    client: &Client,
    path: &str,
    wanted: &Wanted<'_>,
    mark: &Mark,
) -> Result<Vec<String>, Error> {
    let start = start(wanted, mark)?;
    let name = wanted.display_name.unwrap_or(&mark.text);
    let held = held(client, path).await?.unwrap_or_default();
    let ours = held.into_iter().filter(|credential| {
        let begins = credential.start_date_time.as_deref();
        begins.is_some_and(|read| is_ours(read, start)) && credential.display_name.as_deref() == Some(name)
    });
    Ok(ours.map(|credential| credential.key_id).collect())
}

/// Removes the secret of this key; one that is gone is success.
pub(crate) async fn remove(client: &Client, path: &str, key_id: &str) -> Result<(), Error> {
    let asked = client
        .graph
        .act(
            "remove the secret",
            &format!("{path}/removePassword"),
            &Remove { key_id },
        )
        .await;
    let error = match asked {
        Ok(()) => return Ok(()),
        Err(error) => error,
    };
    let unknown = matches!(error.kind, ErrorKind::Invalid(_) | ErrorKind::NotYetVisible);
    if unknown && read(client, path, key_id, None).await?.is_none() {
        return Ok(());
    }
    Err(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(first: u8) -> Mark {
        let mut nonce = [0; 16];
        nonce[0] = first;
        Mark {
            text: "regprov-00".to_owned(),
            nonce,
            begun: "2026-01-01T00:10:00.5Z".parse().unwrap(),
        }
    }

    #[test]
    fn the_start_date_carries_the_mark_and_lies_before_the_attempt() {
        let wanted = |display_name, start_date| Wanted {
            display_name,
            start_date,
            end_date: None,
            end_date_relative: None,
        };
        let ours = start(&wanted(None, None), &mark(1)).unwrap();
        assert_eq!(
            ours.as_second(),
            "2026-01-01T00:09:00Z".parse::<Timestamp>().unwrap().as_second()
        );
        assert_ne!(ours, start(&wanted(None, None), &mark(2)).unwrap());
        let given = |first| start(&wanted(Some("ci"), Some("2026-05-01T00:00:00Z")), &mark(first)).unwrap();
        assert!(is_within(&given(1).to_string(), "2026-05-01T00:00:00Z", 3660));
        let whole = |instant: Timestamp| Timestamp::from_second(instant.as_second()).unwrap().to_string();
        assert!(is_ours(&whole(given(1)), given(1)) && !is_ours(&whole(given(2)), given(1)));
    }

    #[test]
    fn dates_keep_the_spelling_of_the_user() {
        let credential: Credential = serde_json::from_str(
            r#"{"customKeyIdentifier":null,"displayName":"rbac","endDateTime":"2028-05-01T00:00:00Z","hint":"Abc",
                "keyId":"k","secretText":null,"startDateTime":"2026-04-30T23:30:00.1234567Z"}"#,
        )
        .unwrap();
        let wanted = Wanted {
            display_name: None,
            start_date: Some("2026-05-01T02:00:00+02:00"),
            end_date: None,
            end_date_relative: None,
        };
        let password = Password::of(credential, Some(&wanted));
        assert_eq!(password.start_date, "2026-05-01T02:00:00+02:00");
        assert_eq!(password.end_date, "2028-05-01T00:00:00Z");
        assert!(password.value.reveal().is_none());
    }

    #[test]
    fn durations_are_read_as_go_writes_them() {
        assert_eq!(duration("8760h"), Some(SignedDuration::from_hours(8760)));
        assert_eq!(duration("1h30m"), Some(SignedDuration::from_mins(90)));
        assert_eq!(duration("1 day"), None);
    }
}
