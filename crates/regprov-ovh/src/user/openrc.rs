//! What OpenStack's clients need, read from the file that the service writes for them.

use super::wire;
use crate::client::Client;
use regprov_provider::Error;
use std::collections::BTreeMap;

/// The variables that are kept.
const KEPT: &[&str] = &["OS_AUTH_URL", "OS_TENANT_ID", "OS_TENANT_NAME", "OS_USERNAME"];
/// The file is asked for with a region that its readers replace.
const REGION: &str = "to_be_overriden";

/// Reads the file of a user.
pub(super) async fn read(
    client: &Client,
    project: &str,
    id: &str,
) -> Result<BTreeMap<String, String>, Error> {
    let path = ["cloud", "project", project, "user", id, "openrc"];
    let read: Option<wire::Openrc> = client
        .api()?
        .get_with(
            &path,
            &[("region", REGION)],
            "read the OpenStack file of the user",
        )
        .await?;
    Ok(read.map(|read| variables(&read.content)).unwrap_or_default())
}

fn variables(content: &str) -> BTreeMap<String, String> {
    let exported = content
        .lines()
        .filter_map(|line| line.trim().strip_prefix("export ")?.split_once('='));
    exported
        .filter(|(name, _)| KEPT.contains(&name.trim()))
        .map(|(name, value)| {
            let bare = value.trim().trim_matches('"');
            (name.trim().to_owned(), bare.to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::variables;

    #[test]
    fn a_name_with_a_hyphen_is_kept_whole() {
        let text = "#!/usr/bin/env bash\nexport OS_AUTH_URL=https://auth.example/v3\nexport OS_USERNAME=\"user-Ab12\"\nexport OS_X=1\n";
        let variables = variables(text);
        assert_eq!(variables["OS_USERNAME"], "user-Ab12");
        assert_eq!(variables["OS_AUTH_URL"], "https://auth.example/v3");
        assert_eq!(variables.len(), 2);
    }
}
