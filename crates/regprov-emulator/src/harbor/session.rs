//! Sessions of the web interface: log-in, the session cookie, and the guard against forged requests that it brings.

use serde::{Deserialize, Serialize};

use super::failure::Failure;
use super::rows::Rows;
use super::user::User;
use crate::answer::Answer;
use crate::call::Call;

/// Sessions by `{instance}/{digest of sid}`.
pub(super) const SESSIONS: &str = "_harbor_sessions";

/// Bearer tokens of people, by `{instance}/{digest}`; whose they are.
pub(super) const TOKENS: &str = "_harbor_tokens";

const SESSION_COOKIE: &str = "sid";
const CSRF_COOKIE: &str = "_gorilla_csrf";
const CSRF_HEADER: &str = "x-harbor-csrf-token";

#[derive(Serialize, Deserialize)]
struct Session {
    user: u64,
}

fn cookie<'a>(call: &'a Call, name: &str) -> Option<&'a str> {
    let cookies = call.headers.get_all("cookie").iter();
    cookies
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value)
}

/// Whose session a request carries.
pub(super) fn user(rows: &Rows<'_>, call: &Call) -> Option<User> {
    let sid = cookie(call, SESSION_COOKIE)?;
    let session: Session = rows.tx.get(SESSIONS, &digest_key(rows, sid))?;
    rows.row(session.user)
}

/// Who a bearer token belongs to.
pub(super) fn token_user(rows: &Rows<'_>, token: &str) -> Option<User> {
    let session: Session = rows.tx.get(TOKENS, &digest_key(rows, token))?;
    rows.row(session.user)
}

fn digest_key(rows: &Rows<'_>, secret: &str) -> String {
    rows.key(rows.tx.keys().mac(secret))
}

/// Opens a session of this id for a person.
pub(super) fn admit(rows: &mut Rows<'_>, sid: &str, user: u64) {
    let key = digest_key(rows, sid);
    rows.tx.put(SESSIONS, &key, &Session { user });
}

/// Lets a bearer token in as the first administrator's.
pub(super) fn admit_token(rows: &mut Rows<'_>, token: &str) {
    let key = digest_key(rows, token);
    rows.tx.put(TOKENS, &key, &Session { user: 1 });
}

fn token_for(rows: &Rows<'_>, csrf_cookie: &str) -> String {
    rows.tx
        .keys()
        .mac(&format!("harbor csrf {} {csrf_cookie}", rows.name))
}

/// Refuses a change whose sender carries a session and cannot prove that its page sent it. Who sends no session cookie
/// need not prove anything.
pub(super) fn guard(rows: &Rows<'_>, call: &Call) -> Result<(), Answer> {
    let safe = matches!(call.method.as_str(), "GET" | "HEAD" | "OPTIONS" | "TRACE");
    if safe || cookie(call, SESSION_COOKIE).is_none() {
        return Ok(());
    }
    let refuse = |message: &str| {
        let answer = Failure::forbidden(message).into_answer();
        Err(with_token(rows, call, answer))
    };
    match (cookie(call, CSRF_COOKIE), call.header(CSRF_HEADER)) {
        (_, None) => refuse("CSRF token not found in request"),
        (Some(cookie), Some(token)) if token == token_for(rows, cookie) => Ok(()),
        (_, Some(_)) => refuse("CSRF token invalid"),
    }
}

/// The same answer with what the web interface takes from each: the cookies, and the token where a session is carried.
pub(super) fn with_cookies(rows: &Rows<'_>, call: &Call, answer: Answer) -> Answer {
    if cookie(call, SESSION_COOKIE).is_some() {
        return with_token(rows, call, answer);
    }
    let sid = fresh(rows, "session", call);
    set_cookie(answer, &format!("{SESSION_COOKIE}={sid}; Path=/; HttpOnly"))
}

fn with_token(rows: &Rows<'_>, call: &Call, answer: Answer) -> Answer {
    let (answer, value) = match cookie(call, CSRF_COOKIE) {
        Some(value) => (answer, value.to_owned()),
        None => {
            let value = fresh(rows, "csrf", call);
            let set = format!("{CSRF_COOKIE}={value}; Path=/; HttpOnly; Secure; SameSite=Strict");
            (set_cookie(answer, &set), value)
        }
    };
    answer.header(CSRF_HEADER, &token_for(rows, &value))
}

fn set_cookie(mut answer: Answer, cookie: &str) -> Answer {
    if let Ok(value) = cookie.parse() {
        answer.headers.append("set-cookie", value);
    }
    answer
}

/// A value that nobody can guess and that costs no draw: a request that changes nothing writes nothing.
fn fresh(rows: &Rows<'_>, what: &str, call: &Call) -> String {
    let text = format!("harbor {what} {} {} {}", rows.name, rows.tx.now(), call.path);
    rows.tx.keys().mac(&text)[..32].to_owned()
}

/// `POST /c/login`: the form `principal`, `password` opens a session.
pub(super) fn log_in(rows: &mut Rows<'_>, call: &Call) -> Answer {
    let form = call.form();
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let user = rows.find::<User>(|user| user.username == field("principal"));
    let Some(user) = user.filter(|user| user.password.matches(field("password"))) else {
        return Answer::empty(401);
    };
    let sid = rows.tx.draw().alphanumeric(32);
    admit(rows, &sid, user.id);
    set_cookie(
        Answer::empty(200),
        &format!("{SESSION_COOKIE}={sid}; Path=/; HttpOnly"),
    )
}
