//! How many keys a service account may have, checked while planning.

use super::{ServiceAccountKey, account, list, wire};
use crate::client::{Client, attribute};
use crate::id::AccountName;
use regprov_http::sanitize;
use regprov_provider::{Finding, PreflightRequest};

/// How many keys of its users a service account may have.
const MOST: usize = 10;

/// The keys that there are, and those that the plan makes, are not too many.
pub(super) async fn preflight(request: PreflightRequest<'_, ServiceAccountKey>) -> Vec<Finding> {
    let client = request.client;
    let account_of = |text: Option<&str>| text.and_then(|text| account(client, text).ok());
    if request.prior.is_some() {
        return Vec::new();
    }
    let Some(account) = account_of(request.desired.text("service_account_id")) else {
        return Vec::new();
    };
    let Ok(keys) = list(client, &account).await else {
        return Vec::new();
    };
    let keys = keys.unwrap_or_default();
    let replaced = request.replaced.map(|key| key.service_account_id.as_str());
    if account_of(replaced).is_some_and(|of| of.part(1) == account.part(1)) {
        return tight(&account, &keys).into_iter().collect();
    }
    let planned = client.plans_key(account.part(1));
    if keys.len() + planned > MOST {
        return vec![full(&account, &keys, planned)];
    }
    Vec::new()
}

/// A key that takes the place of another one has room, unless it is made first.
fn tight(account: &AccountName, keys: &[wire::Key]) -> Option<Finding> {
    if !is_full(keys) {
        return None;
    }
    Some(Finding {
        fatal: false,
        path: attribute("service_account_id"),
        summary: "The service account has as many keys as it may have".to_owned(),
        detail: format!(
            "{} has {} keys, and {MOST} are the most. With `create_before_destroy` there is no room for the new one.",
            sanitize(account.part(1)),
            keys.len()
        ),
        remedy: Some(deletion(account)),
    })
}

/// Whether there is no room for another key.
pub(super) fn is_full(keys: &[wire::Key]) -> bool {
    keys.len() >= MOST
}

/// There is no room for a key.
pub(super) fn full(account: &AccountName, keys: &[wire::Key], planned: usize) -> Finding {
    let mut told: Vec<String> = keys
        .iter()
        .map(|key| {
            let id = key.name.rsplit('/').next().unwrap_or_default();
            let since = key.valid_after_time.as_deref().unwrap_or("an unknown date");
            format!("{} of {}", sanitize(id), sanitize(since))
        })
        .collect();
    told.sort();
    let email = sanitize(account.part(1));
    let have = match keys.len() {
        0 => format!("{email} has no key yet, and {MOST} are the most."),
        count => format!(
            "{email} has {count} keys, and {MOST} are the most:\n\n  {}",
            told.join("\n  ")
        ),
    };
    let more = match planned {
        0 | 1 => String::new(),
        planned => format!("\n\nThis is new key {planned} of the plan."),
    };
    Finding {
        fatal: true,
        path: attribute("service_account_id"),
        summary: "The service account would have more keys than it may have".to_owned(),
        detail: format!("{have}{more}"),
        remedy: Some(match keys.len() {
            0 => "Declare fewer keys, or another service account for some of them.".to_owned(),
            _ => deletion(account),
        }),
    }
}

fn deletion(account: &AccountName) -> String {
    format!(
        "Delete one that nobody uses: gcloud iam service-accounts keys delete KEY --iam-account={}",
        sanitize(account.part(1))
    )
}

impl Client {
    /// One more key of an account is planned; how many are, with it.
    fn plans_key(&self, email: &str) -> usize {
        let mut planned = self.planned_keys.lock().expect("no holder of this lock panics");
        let count = planned.entry(email.to_owned()).or_default();
        *count += 1;
        *count
    }
}
