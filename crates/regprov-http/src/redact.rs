//! Redaction by value: a registry of the secrets that live in this process scrubs them from any text.
//!
//! Redaction by key ("password": …) misses what a service quotes in an error. Here each secret is known in every
//! form in which it may turn up: raw, line by line, JSON-escaped, base64 in all three alignments, hex, URL-encoded.

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, RwLock};

/// What stands in the place of a secret.
pub const REDACTED: &str = "(sensitive)";

/// Shorter secrets are not looked for: they would blot out ordinary words.
const SHORTEST: usize = 4;
/// Shorter derived forms are not looked for.
const SHORTEST_DERIVED: usize = 8;

/// The secrets that live in this process. Clones share one registry.
#[derive(Clone, Default)]
pub struct Redactor(Arc<RwLock<Registry>>);

#[derive(Default)]
struct Registry {
    needles: BTreeSet<String>,
    automaton: Option<Arc<AhoCorasick>>,
}

impl Redactor {
    /// An empty registry.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a secret, in all its forms.
    pub fn register(&self, secret: &str) {
        if secret.chars().count() < SHORTEST {
            return;
        }
        let mut registry = self.0.write().expect("no holder of this lock panics");
        if !registry.needles.contains(secret) {
            registry.needles.extend(forms(secret));
            registry.automaton = None;
        }
    }

    /// The text without the secrets.
    #[must_use]
    pub fn scrub<'text>(&self, text: &'text str) -> Cow<'text, str> {
        let Some(automaton) = self.automaton() else {
            return Cow::Borrowed(text);
        };
        if !automaton.is_match(text) {
            return Cow::Borrowed(text);
        }
        let mut clean = String::with_capacity(text.len());
        automaton.replace_all_with(text, &mut clean, |_, _, output| {
            output.push_str(REDACTED);
            true
        });
        Cow::Owned(clean)
    }

    /// A writer that scrubs what goes through it, line by line.
    pub const fn writer<W: Write>(&self, inner: W) -> ScrubbingWriter<'_, W> {
        ScrubbingWriter {
            redactor: self,
            inner,
            line: Vec::new(),
        }
    }

    fn automaton(&self) -> Option<Arc<AhoCorasick>> {
        {
            let registry = self.0.read().expect("no holder of this lock panics");
            if registry.needles.is_empty() {
                return None;
            }
            if let Some(automaton) = &registry.automaton {
                return Some(Arc::clone(automaton));
            }
        }
        let mut registry = self.0.write().expect("no holder of this lock panics");
        let built = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&registry.needles)
            .expect("the secrets of one process fit into an automaton");
        let built = Arc::new(built);
        registry.automaton = Some(Arc::clone(&built));
        Some(built)
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

/// Every form in which a secret may turn up.
fn forms(secret: &str) -> BTreeSet<String> {
    let mut forms = BTreeSet::from([secret.to_owned()]);
    let mut parts = vec![secret];
    let lines: Vec<&str> = secret.lines().map(str::trim).collect();
    if lines.len() > 1 {
        parts.extend(
            lines
                .into_iter()
                .filter(|line| line.len() >= SHORTEST_DERIVED && !line.starts_with("-----")),
        );
    }
    for part in parts {
        forms.insert(part.to_owned());
        let mut derived = vec![
            json_escaped(part),
            html_safe(&json_escaped(part)),
            part.escape_debug().to_string(),
        ];
        // A JSON document quoted inside a JSON document.
        derived.push(json_escaped(&derived[0]));
        derived.push(hex::encode(part));
        derived.push(hex::encode_upper(part));
        derived.push(utf8_percent_encode(part, NON_ALPHANUMERIC).to_string());
        derived.push(
            utf8_percent_encode(part, NON_ALPHANUMERIC)
                .to_string()
                .to_lowercase(),
        );
        derived.push(url::form_urlencoded::byte_serialize(part.as_bytes()).collect());
        derived.push(percent_encoding::percent_encode(part.as_bytes(), PATH).to_string());
        for alphabet in [&STANDARD, &URL_SAFE] {
            derived
                .extend((0..3).map(|offset| base64_at(part, offset, &GeneralPurpose::new(alphabet, NO_PAD))));
        }
        forms.extend(derived.into_iter().filter(|form| form.len() >= SHORTEST_DERIVED));
    }
    forms
}

/// What RFC 3986 leaves as it is.
const PATH: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

fn json_escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// Go's encoder also escapes what HTML gives a meaning to.
fn html_safe(json: &str) -> String {
    json.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
}

/// The characters that base64 gives the text when it stands after `offset` bytes, without those at either end that
/// depend on its neighbours.
fn base64_at(text: &str, offset: usize, engine: &GeneralPurpose) -> String {
    let mut bytes = vec![0; offset];
    bytes.extend_from_slice(text.as_bytes());
    let encoded = engine.encode(&bytes);
    let start = (offset * 8).div_ceil(6);
    let end = bytes.len() * 8 / 6;
    encoded[start..end].to_owned()
}

/// A writer that scrubs secrets, line by line; what lacks its line end is written on flush or drop.
pub struct ScrubbingWriter<'redactor, W: Write> {
    redactor: &'redactor Redactor,
    inner: W,
    line: Vec<u8>,
}

impl<W: Write> ScrubbingWriter<'_, W> {
    fn pass_on(&mut self) -> io::Result<()> {
        let line = std::mem::take(&mut self.line);
        let text = String::from_utf8_lossy(&line);
        self.inner.write_all(self.redactor.scrub(&text).as_bytes())
    }
}

impl<W: Write> Write for ScrubbingWriter<'_, W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        for piece in buffer.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                self.pass_on()?;
            }
        }
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pass_on()?;
        self.inner.flush()
    }
}

impl<W: Write> Drop for ScrubbingWriter<'_, W> {
    fn drop(&mut self) {
        // A destructor has nobody to tell of a full disk.
        let _ = self.pass_on();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};

    const SECRET: &str = "p~8Q~a\"b\\c<d>&é+/=$x9Zk";

    fn scrubbed(text: &str) -> String {
        let redactor = Redactor::new();
        redactor.register(SECRET);
        redactor.scrub(text).into_owned()
    }

    #[test]
    fn a_secret_is_scrubbed_in_every_form() {
        let json = serde_json::json!({ "password": SECRET }).to_string();
        let twice = serde_json::json!({ "body": json }).to_string();
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("client_secret", SECRET)
            .finish();
        let texts = [
            format!("password is {SECRET}!"),
            json.clone(),
            twice,
            json.replace('<', "\\u003c")
                .replace('>', "\\u003e")
                .replace('&', "\\u0026"),
            form,
            format!("x={}", utf8_percent_encode(SECRET, PATH)),
            hex::encode(SECRET),
            format!("{SECRET:?}"),
        ];
        for text in texts {
            let clean = scrubbed(&text);
            assert!(clean.contains(REDACTED), "{text} -> {clean}");
            assert!(
                !clean.contains("9Zk") && !clean.contains("8Q~a"),
                "{text} -> {clean}"
            );
        }
    }

    #[test]
    fn base64_is_scrubbed_at_every_alignment() {
        for user in ["", "a", "ab", "abc", "00000000-0000-0000-0000-000000000000"] {
            for tail in ["", "z", "zz"] {
                for text in [
                    BASE64_STANDARD.encode(format!("{user}:{SECRET}{tail}")),
                    BASE64_URL_SAFE.encode(format!("{user}:{SECRET}{tail}")),
                ] {
                    assert!(scrubbed(&text).contains(REDACTED), "{user} {tail}");
                }
            }
        }
    }

    #[test]
    fn each_line_of_a_secret_of_many_lines_is_scrubbed() {
        let redactor = Redactor::new();
        redactor.register(
            "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n",
        );
        let mut out = Vec::new();
        {
            let mut writer = redactor.writer(&mut out);
            for piece in ["log: MIIEvQIB", "ADANBgkq and\n  hkiG9w0BAQEFAASC", "\nend"] {
                writer.write_all(piece.as_bytes()).unwrap();
            }
        }
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "log: (sensitive) and\n  (sensitive)\nend"
        );
    }

    #[test]
    fn text_without_secrets_is_untouched() {
        assert!(matches!(Redactor::new().scrub("abc"), Cow::Borrowed("abc")));
        assert_eq!(scrubbed("nothing here"), "nothing here");
    }

    #[test]
    fn a_secret_registered_later_is_known_at_once() {
        let redactor = Redactor::new();
        redactor.register("first-secret");
        assert_eq!(
            redactor.scrub("first-secret second-secret"),
            "(sensitive) second-secret"
        );
        redactor.register("second-secret");
        assert_eq!(
            redactor.scrub("first-secret second-secret"),
            "(sensitive) (sensitive)"
        );
    }
}
