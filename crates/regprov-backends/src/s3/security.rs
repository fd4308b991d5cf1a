//! Amazon's security token service: keys of a role for keys, or for a token, of another identity.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::{Method, StatusCode};
use jiff::Timestamp;
use regprov_http::{BaseUri, Clock, Request, Transport};
use zeroize::Zeroizing;

use super::client::{lost, unfit};
use super::sign::{Keys, Scope, sign};
use crate::backend::{OpenError, Surroundings};
use crate::objects::ObjectError;
use crate::settings::Settings;
use crate::xml;

/// A role to be taken on.
#[derive(Default)]
pub(super) struct Role {
    arn: String,
    duration: Option<u64>,
    pub(super) external_id: Option<String>,
    policy: Option<String>,
    policies: Vec<String>,
    pub(super) session_name: Option<String>,
    source_identity: Option<String>,
    tags: BTreeMap<String, String>,
    transitive: Vec<String>,
}

impl Role {
    pub(super) fn named(arn: &str) -> Self {
        Self {
            arn: arn.to_owned(),
            ..Self::default()
        }
    }

    /// The role of an `assume_role` object.
    pub(super) fn of(settings: &Settings) -> Self {
        let text = |name| settings.text(name).map(str::to_owned);
        Self {
            arn: text("role_arn").unwrap_or_default(),
            duration: settings.text("duration").and_then(seconds),
            external_id: text("external_id"),
            policy: text("policy"),
            policies: settings.texts("policy_arns"),
            session_name: text("session_name"),
            source_identity: text("source_identity"),
            tags: settings.text_map("tags"),
            transitive: settings.texts("transitive_tag_keys"),
        }
    }

    fn form(&self, action: &str) -> Vec<(String, String)> {
        let mut form = vec![
            ("Action".to_owned(), action.to_owned()),
            ("Version".to_owned(), "2011-06-15".to_owned()),
            ("RoleArn".to_owned(), self.arn.clone()),
            (
                "RoleSessionName".to_owned(),
                self.session_name.clone().unwrap_or_else(|| "regprov".to_owned()),
            ),
        ];
        let mut add = |name: String, value: Option<&String>| {
            form.extend(value.map(|value| (name, value.clone())));
        };
        add(
            "DurationSeconds".into(),
            self.duration.map(|seconds| seconds.to_string()).as_ref(),
        );
        add("ExternalId".into(), self.external_id.as_ref());
        add("Policy".into(), self.policy.as_ref());
        add("SourceIdentity".into(), self.source_identity.as_ref());
        for (index, arn) in self.policies.iter().enumerate() {
            add(format!("PolicyArns.member.{}.arn", index + 1), Some(arn));
        }
        for (index, (key, value)) in self.tags.iter().enumerate() {
            add(format!("Tags.member.{}.Key", index + 1), Some(key));
            add(format!("Tags.member.{}.Value", index + 1), Some(value));
        }
        for (index, key) in self.transitive.iter().enumerate() {
            add(format!("TransitiveTagKeys.member.{}", index + 1), Some(key));
        }
        form
    }
}

/// The seconds of a duration such as `1h30m`.
fn seconds(text: &str) -> Option<u64> {
    let mut total = 0;
    let mut number = 0;
    for character in text.chars() {
        match character {
            '0'..='9' => number = number * 10 + u64::from(character.to_digit(10)?),
            'h' => (total, number) = (total + number * 3600, 0),
            'm' => (total, number) = (total + number * 60, 0),
            's' => (total, number) = (total + number, 0),
            _ => return None,
        }
    }
    (number == 0 && total > 0).then_some(total)
}

/// The service.
pub(super) struct SecurityService {
    address: BaseUri,
    region: String,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
}

impl SecurityService {
    pub(super) fn open(
        settings: &Settings,
        surroundings: &Surroundings,
        region: &str,
    ) -> Result<Self, OpenError> {
        let endpoints = settings.object("endpoints");
        let region = settings.text_or("sts_region", region).to_owned();
        let custom = endpoints
            .as_ref()
            .and_then(|endpoints| endpoints.text("sts"))
            .or_else(|| settings.text("sts_endpoint"))
            .or_else(|| settings.variable("AWS_ENDPOINT_URL_STS"))
            .or_else(|| settings.variable("AWS_STS_ENDPOINT"))
            .or_else(|| settings.variable("AWS_ENDPOINT_URL"));
        let address = custom.map_or_else(|| format!("https://sts.{region}.amazonaws.com"), str::to_owned);
        let address = BaseUri::parse(&address).map_err(|error| {
            OpenError::Settings(format!("The endpoint `{address}` cannot be used: {error}."))
        })?;
        Ok(Self {
            address,
            region,
            transport: Arc::clone(&surroundings.transport),
            clock: Arc::clone(&surroundings.clock),
        })
    }

    pub(super) async fn assume(&self, role: &Role, keys: &Keys) -> Result<Keys, ObjectError> {
        let request = self.request(&role.form("AssumeRole"));
        let scope = Scope {
            region: &self.region,
            service: "sts",
        };
        let request = sign(request, keys, scope, self.clock.now()).map_err(unfit)?;
        self.ask(request, role).await
    }

    pub(super) async fn assume_with_web_identity(
        &self,
        role: &Role,
        token: &str,
    ) -> Result<Keys, ObjectError> {
        let mut form = role.form("AssumeRoleWithWebIdentity");
        form.push(("WebIdentityToken".into(), token.to_owned()));
        self.ask(self.request(&form), role).await
    }

    fn request(&self, form: &[(String, String)]) -> Request {
        let pairs: Vec<(&str, &str)> = form
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        Request::new(
            Method::POST,
            self.address.path("/"),
            "take on the role for the state's bucket",
        )
        .form(&pairs)
        .idempotent()
        .sensitive()
    }

    async fn ask(&self, request: Request, role: &Role) -> Result<Keys, ObjectError> {
        let response = self.transport.send(request).await.map_err(|error| lost(&error))?;
        let body = Zeroizing::new(String::from_utf8_lossy(&response.body).into_owned());
        if response.status != StatusCode::OK {
            let code = xml::text(&body, "Code").unwrap_or_else(|| response.status.to_string());
            let message = xml::text(&body, "Message").unwrap_or_default();
            return Err(ObjectError::new(format!(
                "the role {} was not given: {}: {}",
                role.arn,
                regprov_http::sanitize(&code),
                regprov_http::sanitize(&message)
            ))
            .remedy("Check the role's trust policy, and the identity that asks for it."));
        }
        let keys = || {
            Some(Keys {
                access: xml::text(&body, "AccessKeyId")?,
                secret: Zeroizing::new(xml::text(&body, "SecretAccessKey")?),
                token: Some(Zeroizing::new(xml::text(&body, "SessionToken")?)),
                expires: xml::text(&body, "Expiration")?.parse::<Timestamp>().ok(),
            })
        };
        keys().ok_or_else(|| ObjectError::new("the security token service answered without keys"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_terraform_writes_them() {
        assert_eq!(seconds("1h30m"), Some(5400));
        assert_eq!(seconds("900s"), Some(900));
        assert_eq!(seconds("15"), None);
        assert_eq!(seconds("x"), None);
    }
}
