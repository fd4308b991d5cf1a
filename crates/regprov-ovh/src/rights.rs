//! What the consumer key may do.

use crate::client::Client;
use http::Method;
use regprov_provider::Finding;
use serde::Deserialize;

/// The access rules of a consumer key; `None` where they are not told.
pub(crate) struct Rights(Option<Vec<Rule>>);

#[derive(Clone, Deserialize)]
pub(crate) struct Rule {
    method: String,
    path: String,
}

#[derive(Deserialize)]
struct Credential {
    #[serde(default)]
    rules: Option<Vec<Rule>>,
}

impl Rights {
    /// Asks for the rules of the credential. Service accounts have none, and what is not told forbids nothing.
    async fn read(client: &Client) -> Self {
        let path = ["auth", "currentCredential"];
        let read = match client.api() {
            Ok(api) => {
                api.get::<Credential>(&path, "read the rules of the consumer key")
                    .await
            }
            Err(error) => Err(error),
        };
        Self(read.ok().flatten().and_then(|credential| credential.rules))
    }

    fn allows(&self, method: &Method, path: &str) -> bool {
        self.0.as_ref().is_none_or(|rules| {
            rules
                .iter()
                .any(|rule| rule.method == method.as_str() && matches(&rule.path, path))
        })
    }
}

/// Whether a path fits a rule, in which `*` stands for anything.
fn matches(rule: &str, path: &str) -> bool {
    match rule.split_once('*') {
        None => rule == path,
        Some((start, rest)) => path.strip_prefix(start).is_some_and(|left| {
            rest.is_empty()
                || (0..=left.len()).any(|at| left.get(at..).is_some_and(|tail| matches(rest, tail)))
        }),
    }
}

/// Which rule allows a call, as a sentence.
pub(crate) fn grant(method: &Method, path: &str) -> String {
    let wide = path
        .strip_prefix("/cloud/project/")
        .map(|rest| format!("/cloud/project/{}/*", rest.split('/').next().unwrap_or("*")));
    let wide = wide.unwrap_or_else(|| path.to_owned());
    format!(
        "The consumer key needs the access rule `{method} {path}`. Make one that has it, or `{method} {wide}` for the whole \
         project, at https://www.ovh.com/auth/api/createToken (with ovh-us: https://us.ovhcloud.com/auth/api/createToken), and \
         set it as `consumer_key` or OVH_CONSUMER_KEY."
    )
}

/// A finding where the consumer key may not make a call that the plan will make.
pub(crate) async fn missing(client: &Client, method: &Method, path: &str) -> Option<Finding> {
    let rights = client.rights.get_or_init(|| Rights::read(client)).await;
    if rights.allows(method, path) {
        return None;
    }
    Some(Finding {
        fatal: true,
        path: None,
        summary: "Access rule missing".to_owned(),
        detail: format!("The consumer key may not do `{method} {path}`, which this plan needs."),
        remedy: Some(grant(method, path)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_covers_what_its_star_stands_for() {
        let rights = Rights(Some(vec![Rule {
            method: "GET".into(),
            path: "/cloud/project/*/containerRegistry*".into(),
        }]));
        assert!(rights.allows(&Method::GET, "/cloud/project/p/containerRegistry/r/users"));
        assert!(!rights.allows(&Method::POST, "/cloud/project/p/containerRegistry"));
        assert!(!rights.allows(&Method::GET, "/cloud/project/p/user"));
    }

    #[test]
    fn the_rule_to_grant_is_told_narrow_and_wide() {
        let text = grant(&Method::POST, "/cloud/project/p/containerRegistry");
        assert!(text.contains("`POST /cloud/project/p/containerRegistry`"));
        assert!(text.contains("`POST /cloud/project/p/*`"));
    }
}
