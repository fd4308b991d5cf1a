//! Azure locations: `West Europe` and `westeurope` are one.

use crate::client::{Ask, Client, attribute};
use regprov_http::sanitize;
use regprov_provider::Finding;
use serde::Deserialize;

/// The canonical form: lower case, no spaces.
pub(crate) fn normalize(location: &str) -> String {
    location
        .chars()
        .filter(|character| !character.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect()
}

/// What was written, where it means what the service answered; else the answer in canonical form.
pub(crate) fn spelled(answered: &str, written: Option<&str>) -> String {
    let canonical = normalize(answered);
    match written {
        Some(written) if normalize(written) == canonical => written.to_owned(),
        Some(_) | None => canonical,
    }
}

/// A region.
#[derive(Deserialize)]
pub(crate) struct Location {
    name: String,
    #[serde(rename = "displayName", default)]
    display_name: String,
}

/// Whether the subscription knows the region; a finding with near names where it does not. Where it cannot be asked, the
/// service will say so itself.
pub(crate) async fn unknown(client: &Client, written: &str, argument: &str) -> Option<Finding> {
    let path = format!("/subscriptions/{}/locations", client.subscription);
    let ask = Ask {
        path: &path,
        version: "2022-12-01",
        operation: "list the regions",
    };
    let known = client
        .locations
        .get_or_try_init(|| client.arm.list::<Location>(ask, &[]))
        .await
        .ok()?;
    let wanted = normalize(written);
    if known.is_empty() || known.iter().any(|location| normalize(&location.name) == wanted) {
        return None;
    }
    let mut near: Vec<(f64, &Location)> = known
        .iter()
        .map(|location| {
            (
                strsim::jaro_winkler(&wanted, &normalize(&location.name)),
                location,
            )
        })
        .filter(|(likeness, _)| *likeness > 0.8)
        .collect();
    near.sort_by(|(left, _), (right, _)| right.total_cmp(left));
    let near: Vec<String> = near
        .iter()
        .take(3)
        .map(|(_, location)| format!("`{}` ({})", location.name, location.display_name))
        .collect();
    let remedy = match near.as_slice() {
        [] => "`az account list-locations -o table` lists the regions.".to_owned(),
        near => format!("Did you mean {}?", near.join(" or ")),
    };
    Some(Finding {
        fatal: true,
        path: attribute(argument),
        summary: "Unknown region".to_owned(),
        detail: format!(
            "`{}` is no region that the subscription {} can use.",
            sanitize(written),
            client.subscription
        ),
        remedy: Some(remedy),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spelling_of_the_user_is_kept_where_it_means_the_same() {
        assert_eq!(spelled("westeurope", Some("West Europe")), "West Europe");
        assert_eq!(spelled("West US", Some("West Europe")), "westus");
        assert_eq!(spelled("West US", None), "westus");
    }
}
