//! `azurerm_container_registry_token_password`: the two passwords of a token.
//!
//! The service makes a password and tells it once. Each of the two is made by a request of its own, recorded before the next
//! is sent, and only where it is new, its expiry changes, or its text is not known: the other one stays. A password whose text
//! was lost is observed as absent, so that the next plan shows it being made anew; so is one whose expiry is not the recorded
//! one, as a password gets another expiry by being made anew.

mod wire;

use crate::client::{Client, attribute};
use crate::id::{Id, shape};
use crate::registry_part::{self, Part};
use crate::token::{LISTING, Properties, TokenId, TokenShape, ask};
use jiff::Timestamp;
use regprov_http::sanitize;
use regprov_provider::{
    Advice, CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, ErrorKind, FindRequest,
    Finding, Observed, Partial, PlanRequest, ReadManyRequest, ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, Meaning, Once, Rule, Schema};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::time::Duration;

shape!(
    /// `azurerm_container_registry_token_password`.
    TokenPasswordShape,
    "a token's passwords",
    "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.ContainerRegistry/registries/{}/tokens/{}/passwords/password"
);

/// The id of a token's passwords.
pub(crate) type TokenPasswordId = Id<TokenPasswordShape>;

/// The passwords of a token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct TokenPassword {
    /// The token.
    #[schema(replaces, meaning = Meaning::IgnoreCase, rules = &[Rule::Check(check_token)])]
    pub(crate) container_registry_token_id: String,
    /// The first password.
    #[schema(block, min = 1, max = 1)]
    pub(crate) password1: Vec<Slot>,
    /// The second password; with two, one can be changed while the other still works.
    #[schema(block, max = 1)]
    pub(crate) password2: Vec<Slot>,
    /// Their id.
    #[schema(optional)]
    pub(crate) id: Computed<String>,
}

/// One password. A change of its expiry makes this one anew, in place; the other stays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub(crate) struct Slot {
    /// Until when it is good; without it, for ever.
    #[schema(meaning = Meaning::Instant, rules = &[Rule::Instant])]
    pub(crate) expiry: Option<String>,
    /// The password.
    #[schema(recomputed_by = &["expiry"])]
    pub(crate) value: Once<String>,
}

/// The names of the slots.
const SLOTS: [&str; 2] = ["password1", "password2"];

fn check_token(value: &Value) -> Result<(), String> {
    registry_part::check_id::<TokenShape>(value, "`azurerm_container_registry_token.NAME.id`")
}

impl Slot {
    fn is_known(&self) -> bool {
        self.value.reveal().is_some_and(|text| !text.is_empty())
    }
}

fn same_instant(left: Option<&str>, right: Option<&str>) -> bool {
    // The public provider records no expiry as an empty text.
    match (
        left.filter(|text| !text.is_empty()),
        right.filter(|text| !text.is_empty()),
    ) {
        (Some(left), Some(right)) => match (left.parse::<Timestamp>(), right.parse::<Timestamp>()) {
            // The service may keep less than was sent.
            (Ok(left), Ok(right)) => left.as_second() == right.as_second(),
            (_, _) => left == right,
        },
        (left, right) => left == right,
    }
}

impl TokenPassword {
    fn token(&self) -> Result<TokenId, Error> {
        self.container_registry_token_id.parse()
    }

    fn slots(&self) -> [Option<&Slot>; 2] {
        [self.password1.first(), self.password2.first()]
    }

    fn with(&self, index: usize, slot: Option<Slot>) -> Self {
        let mut object = self.clone();
        let place = if index == 0 {
            &mut object.password1
        } else {
            &mut object.password2
        };
        *place = slot.into_iter().collect();
        object
    }

    /// The passwords that the token has, with the texts that were recorded; `None` where it has none.
    fn of(token: &TokenId, part: &Part<Properties>, like: Option<&Self>) -> Option<Self> {
        let listed = part.properties.passwords();
        if listed.is_empty() {
            return None;
        }
        let slot = |index: usize| -> Vec<Slot> {
            let found = listed.iter().find(|password| password.name == SLOTS[index]);
            let (Some(found), recorded) = (found, like.map(|like| like.slots()[index])) else {
                return Vec::new();
            };
            let expiry = found.expiry.clone();
            match recorded {
                // Nothing is recorded yet: it is imported, and its text cannot be read.
                None => vec![Slot {
                    expiry,
                    value: Once::default(),
                }],
                Some(Some(known))
                    if known.is_known() && same_instant(known.expiry.as_deref(), expiry.as_deref()) =>
                {
                    vec![known.clone()]
                }
                Some(Some(_) | None) => Vec::new(),
            }
        };
        Some(Self {
            container_registry_token_id: match like {
                Some(like) => like.container_registry_token_id.clone(),
                None => token.to_string(),
            },
            password1: slot(0),
            password2: slot(1),
            id: Computed::known(id_of(token).to_string()),
        })
    }
}

fn id_of(token: &TokenId) -> TokenPasswordId {
    Id::new([token.part(0), token.part(1), token.part(2), token.part(3)])
}

fn token_of(id: &TokenPasswordId) -> TokenId {
    Id::new([id.part(0), id.part(1), id.part(2), id.part(3)])
}

/// The token, as the service has it.
async fn token(client: &Client, id: &TokenId) -> Result<Option<Part<Properties>>, Error> {
    client
        .arm
        .get(ask(&id.to_string(), "read the token's passwords"))
        .await
}

/// The next request towards what is desired: takes away what shall not be, else makes one password. `from` is what stands,
/// with the texts that are known.
async fn advance(
    client: &Client,
    id: &TokenId,
    from: &TokenPassword,
    desired: &TokenPassword,
) -> Result<Created<TokenPassword>, Error> {
    let wanted = desired.slots();
    let surplus = (0..2).any(|index| wanted[index].is_none() && from.slots()[index].is_some());
    if surplus {
        let kept = from.slots().into_iter().enumerate().filter_map(|(index, slot)| {
            let expiry = slot?.expiry.as_deref();
            wanted[index].map(|_| wire::Kept {
                name: SLOTS[index],
                expiry,
            })
        });
        keep(client, id, kept.collect()).await?;
        let remaining = (0..2)
            .filter(|index| wanted[*index].is_none())
            .fold(from.clone(), |object, index| object.with(index, None));
        return Ok(Created::Step(remaining));
    }
    for (index, slot) in wanted.into_iter().enumerate() {
        let Some(slot) = slot else { continue };
        let stands = from.slots()[index].is_some_and(|stands| {
            stands.is_known() && same_instant(stands.expiry.as_deref(), slot.expiry.as_deref())
        });
        if !stands {
            let made = generate(client, id, SLOTS[index], slot).await?;
            return Ok(Created::Step(from.with(index, Some(made))));
        }
    }
    let mut done = from.clone();
    for (index, slot) in wanted.into_iter().enumerate() {
        // The spelling of the user.
        if let (Some(slot), Some(stands)) = (slot, from.slots()[index]) {
            let spelled = Slot {
                expiry: slot.expiry.clone(),
                value: stands.value.clone(),
            };
            done = done.with(index, Some(spelled));
        }
    }
    Ok(Created::Done(done))
}

/// Makes the password of a slot.
async fn generate(client: &Client, token: &TokenId, name: &str, slot: &Slot) -> Result<Slot, Error> {
    let path = format!("{}/generateCredentials", registry_part::registry(token));
    let token = token.to_string();
    let body = wire::Generate {
        token_id: &token,
        name,
        expiry: slot.expiry.as_deref(),
    };
    let answer: wire::Generated = client
        .arm
        .post_secret(ask(&path, "generate the token's password"), &body)
        .await?;
    let made = answer
        .passwords
        .into_iter()
        .find(|password| password.name == name);
    let Some(text) = made.and_then(|password| password.value) else {
        let message = format!("Azure made the password `{name}` of the token but did not tell it");
        return Err(Error::new(ErrorKind::Ambiguous, message));
    };
    client.services.redactor.register(&text);
    Ok(Slot {
        expiry: slot.expiry.clone(),
        value: Once::new(text.as_str().to_owned()),
    })
}

/// Takes away all passwords but these.
async fn keep(client: &Client, token: &TokenId, kept: Vec<wire::Kept<'_>>) -> Result<(), Error> {
    let path = token.to_string();
    let ask = ask(&path, "take the token's passwords away");
    let body = wire::Keep::new(kept);
    client
        .arm
        .patch::<_, Part<Properties>>(ask, &body)
        .await
        .map(drop)
}

impl Resource for TokenPassword {
    const TYPE: &'static str = "azurerm_container_registry_token_password";
    const CREATE: CreateClass = CreateClass::ClientNamed;
    const VISIBILITY: Duration = Duration::from_secs(10);
    type Client = Client;
    type Id = TokenPasswordId;

    fn id(object: &Self) -> Option<TokenPasswordId> {
        object.id.get()?.parse().ok()
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        let id = token_of(request.id);
        let part = token(request.client, &id).await?;
        let object = part.and_then(|part| Self::of(&id, &part, request.prior));
        Ok(object.map_or(Observed::Absent, Observed::Present))
    }

    async fn read_many(request: ReadManyRequest<'_, Self>) -> Option<Result<Vec<Observed<Self>>, Error>> {
        let ids: Vec<TokenId> = request.wanted.iter().map(|(id, _)| token_of(id)).collect();
        let wanted: Vec<&TokenId> = ids.iter().collect();
        let read = LISTING.many::<_, Properties>(request.client, &wanted).await?;
        Some(read.map(|parts| {
            let pairs = parts.into_iter().zip(ids.iter().zip(request.wanted));
            pairs
                .map(|(part, (id, (_, prior)))| match part {
                    Observed::Absent => Observed::Absent,
                    Observed::Settling(reason) => Observed::Settling(reason),
                    Observed::Present(part) => {
                        Self::of(id, &part, prior.as_ref()).map_or(Observed::Absent, Observed::Present)
                    }
                })
                .collect()
        }))
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let (client, desired) = (request.client, request.desired);
        let id = desired.token()?;
        let none = Self {
            password1: Vec::new(),
            password2: Vec::new(),
            id: Computed::known(id_of(&id).to_string()),
            ..desired.clone()
        };
        // What was made and told stands, whether it is to be seen yet or not: one that is made again ends the first.
        advance(client, &id, request.step.unwrap_or(&none), desired).await
    }

    async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let from = request.step.unwrap_or(request.prior);
        advance(request.client, &token_of(request.id), from, request.desired).await
    }

    async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        let id = token_of(request.id);
        match token(request.client, &id).await? {
            Some(part) if !part.properties.passwords().is_empty() => {}
            Some(_) | None => return Ok(Deleted::Gone),
        }
        match keep(request.client, &id, Vec::new()).await {
            // The token was deleted in between.
            Err(error) if error.status == Some(404) => Ok(Deleted::Gone),
            asked => asked.map(|()| Deleted::Gone),
        }
    }

    fn identify(_client: &Client, desired: Partial<'_>) -> Option<TokenPasswordId> {
        let token: TokenId = desired.text("container_registry_token_id")?.parse().ok()?;
        Some(id_of(&token))
    }

    fn foresee(client: &Client, desired: Partial<'_>) -> Vec<(&'static str, Value)> {
        let id = Self::identify(client, desired);
        id.map(|id| ("id", Value::string(id.to_string())))
            .into_iter()
            .collect()
    }

    /// The token's passwords, where it has any: before the create it had none, so whatever is there was made by it.
    async fn find(request: FindRequest<'_, Self>) -> Result<Vec<TokenPasswordId>, Error> {
        let id = request.desired.token()?;
        let part = token(request.client, &id).await?;
        let has_some = part.is_some_and(|part| !part.properties.passwords().is_empty());
        Ok(has_some.then(|| id_of(&id)).into_iter().collect())
    }

    fn plan(request: PlanRequest<'_>) -> Advice {
        let findings = SLOTS
            .into_iter()
            .filter_map(|name| lost(name, &request))
            .collect();
        Advice {
            findings,
            ..Advice::default()
        }
    }

    fn parse_import(_client: &Client, text: &str) -> Result<TokenPasswordId, Error> {
        // Both the id of the passwords and that of their token are taken.
        match text.parse::<TokenId>() {
            Ok(token) => Ok(id_of(&token)),
            Err(_) => text.parse(),
        }
    }
}

/// A warning where a password is made anew because its text is not known.
fn lost(name: &str, request: &PlanRequest<'_>) -> Option<Finding> {
    let prior = request.prior?.known(name)?;
    let desired = request.desired.known(name)?;
    let filled = |value: &Value| value.as_items().is_some_and(|items| !items.is_empty());
    let first = name == SLOTS[0];
    // The first one always is wanted: without it, its text is lost, or somebody took it away.
    if !first || filled(prior) || !filled(desired) {
        return None;
    }
    Some(Finding {
        fatal: false,
        path: attribute(name),
        summary: "Password is made anew".to_owned(),
        detail: format!(
            "The text of `{}` is not known here, and Azure tells it only when it is made. It is made anew; an old one in its \
             place stops working.",
            sanitize(name)
        ),
        remedy: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(passwords: &str) -> Part<Properties> {
        let text = format!(
            r#"{{"id":"/t","name":"robot","properties":{{"status":"enabled","credentials":{{"certificates":[],"passwords":{passwords}}}}}}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    fn token() -> TokenId {
        Id::new(["s", "g", "registry1", "robot"])
    }

    fn recorded(first: Option<&str>, second: Option<&str>) -> TokenPassword {
        let slot = |text: Option<&str>| {
            text.map(|text| Slot {
                expiry: None,
                value: if text.is_empty() {
                    Once::default()
                } else {
                    Once::new(text.to_owned())
                },
            })
        };
        TokenPassword {
            container_registry_token_id: token().to_string(),
            password1: slot(first).into_iter().collect(),
            password2: slot(second).into_iter().collect(),
            id: Computed::known(id_of(&token()).to_string()),
        }
    }

    #[test]
    fn a_password_whose_text_is_not_known_is_observed_as_absent() {
        let both = part(r#"[{"name":"password1"},{"name":"password2"}]"#);
        let prior = recorded(Some("secret"), Some(""));
        let seen = TokenPassword::of(&token(), &both, Some(&prior)).unwrap();
        assert_eq!(seen.password1, prior.password1);
        assert!(seen.password2.is_empty());
        let imported = TokenPassword::of(&token(), &both, None).unwrap();
        assert_eq!((imported.password1.len(), imported.password2.len()), (1, 1));
        assert!(TokenPassword::of(&token(), &part("[]"), Some(&prior)).is_none());
    }

    #[test]
    fn an_expiry_keeps_its_spelling_where_it_is_the_same_instant() {
        let service = part(r#"[{"name":"password1","expiry":"2027-01-01T00:00:00.0000000+00:00"}]"#);
        let mut prior = recorded(Some("secret"), None);
        prior.password1[0].expiry = Some("2027-01-01T01:00:00+01:00".to_owned());
        let seen = TokenPassword::of(&token(), &service, Some(&prior)).unwrap();
        assert_eq!(seen, prior);
    }

    #[test]
    fn no_expiry_may_be_recorded_as_an_empty_text() {
        let service = part(r#"[{"name":"password1"}]"#);
        let mut prior = recorded(Some("secret"), None);
        prior.password1[0].expiry = Some(String::new());
        let seen = TokenPassword::of(&token(), &service, Some(&prior)).unwrap();
        assert_eq!(seen.password1, prior.password1);
    }

    #[test]
    fn the_recorded_text_is_not_that_of_a_password_with_another_expiry() {
        let service = part(r#"[{"name":"password1","expiry":"2027-06-01T00:00:00.0000000+00:00"}]"#);
        let mut prior = recorded(Some("secret"), None);
        for expiry in [None, Some("2027-01-01T00:00:00Z".to_owned())] {
            prior.password1[0].expiry = expiry;
            let seen = TokenPassword::of(&token(), &service, Some(&prior)).unwrap();
            assert!(seen.password1.is_empty());
        }
    }

    #[test]
    fn the_id_is_that_of_the_token_and_a_place_below_it() {
        let id = id_of(&token());
        assert!(id.to_string().ends_with("/tokens/robot/passwords/password"));
        assert!(token_of(&id).same(&token()));
    }
}
