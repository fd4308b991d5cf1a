//! Members of policies: their forms, and whether they exist.

use std::collections::BTreeMap;

use super::failure::Failure;
use super::policy::Row;
use super::service_account;
use crate::store::Transaction;

/// The kinds of member that name an e-mail address or a domain.
const ADDRESSED: [&str; 4] = ["user", "serviceAccount", "group", "domain"];

/// The unique id of a member that is a service account of the sandbox.
pub(super) fn unique_id(tx: &Transaction, member: &str) -> Option<String> {
    let email = member.strip_prefix("serviceAccount:")?;
    service_account::by_email(tx, email).map(|account| account.unique_id)
}

/// The member as it is kept, with its unique id.
pub(super) fn check(
    tx: &Transaction,
    text: &str,
    resource: &str,
) -> Result<(String, Option<String>), Failure> {
    if let Some(rest) = text.strip_prefix("deleted:") {
        return deleted(tx, text, rest);
    }
    match text {
        "allUsers" | "allAuthenticatedUsers" => {
            if resource.starts_with("projects/") && resource.matches('/').count() == 1 {
                let message =
                    "Members allUsers and allAuthenticatedUsers are not allowed in the policy of a project.";
                return Err(Failure::invalid(message));
            }
            return Ok((text.to_owned(), None));
        }
        _ => {}
    }
    let Some((kind, rest)) = text.split_once(':') else {
        return Err(unknown(text));
    };
    match kind {
        "principal" | "principalSet" if rest.starts_with("//iam.googleapis.com/") => {
            Ok((text.to_owned(), None))
        }
        "projectOwner" | "projectEditor" | "projectViewer" if !rest.is_empty() => Ok((text.to_owned(), None)),
        "domain" if is_domain(rest) => Ok((text.to_lowercase(), None)),
        "serviceAccount" => {
            let email = rest.to_lowercase();
            let member = format!("serviceAccount:{email}");
            if email.ends_with(".svc.id.goog]") || email.contains(".svc.id.goog[") {
                return Ok((member, None));
            }
            if !is_address(&email) {
                return Err(malformed(kind, rest));
            }
            match service_account::as_member(tx, &email) {
                Some(id) => Ok((member, id)),
                None => Err(Failure::invalid(format!(
                    "Service account {email} does not exist."
                ))),
            }
        }
        _ if ADDRESSED.contains(&kind) => {
            let email = rest.to_lowercase();
            if is_address(&email) {
                return Ok((format!("{kind}:{email}"), None));
            }
            Err(malformed(kind, rest))
        }
        _ => Err(unknown(text)),
    }
}

/// That no service account is named both as it lives and as one that was deleted.
pub(super) fn check_deleted<'a>(rows: impl Iterator<Item = &'a Row>) -> Result<(), Failure> {
    let mut seen: BTreeMap<&str, &Option<String>> = BTreeMap::new();
    for row in rows {
        if seen
            .insert(&row.member, &row.unique_id)
            .is_some_and(|other| *other != row.unique_id)
        {
            return Err(Failure::invalid(format!(
                "Inconsistent representation of deleted member {}: the policy names it in both forms.",
                row.member
            )));
        }
    }
    Ok(())
}

fn deleted(tx: &Transaction, text: &str, rest: &str) -> Result<(String, Option<String>), Failure> {
    let (member, id) = rest.split_once("?uid=").ok_or_else(|| unknown(text))?;
    let gone = service_account::was(tx, id);
    if gone && service_account::by_unique_id(tx, id).is_none() {
        return Ok((
            member
                .to_lowercase()
                .replacen("serviceaccount:", "serviceAccount:", 1),
            Some(id.to_owned()),
        ));
    }
    Err(Failure::invalid(format!(
        "The member {text} is of an unknown type or was never there."
    )))
}

fn unknown(text: &str) -> Failure {
    Failure::invalid(format!(
        "The member {text} is of an unknown type. Please set a valid type prefix for the member."
    ))
}

fn malformed(kind: &str, rest: &str) -> Failure {
    let words = match kind {
        "serviceAccount" => "Service account",
        "group" => "Group",
        "domain" => "Domain",
        _ => "User",
    };
    Failure::invalid(format!(
        "Invalid {} identity: {words} {rest} is malformed.",
        kind.to_lowercase()
    ))
}

fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    !local.is_empty() && !text.contains(char::is_whitespace) && is_domain(domain)
}

fn is_domain(text: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
    };
    text.contains('.') && text.split('.').all(plain)
}
