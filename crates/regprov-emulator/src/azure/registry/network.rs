//! Which addresses a registry lets in. Every client of the sandbox is on this machine: 127.0.0.1.

use std::net::Ipv4Addr;

use http::StatusCode;

use crate::azure::arm::container_registry::parse_range;
use crate::azure::arm::resource::Resource;
use crate::oci::Failure;

/// Refuses clients that the registry's network rules keep out.
pub(super) fn admit(registry: &Resource) -> Result<(), Failure> {
    let rules = &registry.properties["networkRuleSet"];
    let premium = registry.sku.as_deref() == Some("Premium");
    let open = registry.text("publicNetworkAccess") != "Disabled";
    let listed = || {
        let rules = rules["ipRules"].as_array();
        rules
            .into_iter()
            .flatten()
            .filter_map(|rule| rule["value"].as_str())
            .any(|range| covers(range, Ipv4Addr::LOCALHOST))
    };
    if open && (!premium || rules["defaultAction"] != "Deny" || listed()) {
        return Ok(());
    }
    let message = "client with IP '127.0.0.1' is not allowed access. Refer https://aka.ms/acr/firewall to grant access.";
    Err(Failure::new(StatusCode::FORBIDDEN, "DENIED", message))
}

fn covers(range: &str, address: Ipv4Addr) -> bool {
    let Some((network, length)) = parse_range(range) else {
        return false;
    };
    let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
    u32::from(network) & mask == u32::from(address) & mask
}

#[cfg(test)]
mod tests {
    use super::{Ipv4Addr, covers};

    #[test]
    fn a_range_covers_the_addresses_with_its_prefix() {
        assert!(covers("127.0.0.0/8", Ipv4Addr::LOCALHOST) && covers("0.0.0.0/0", Ipv4Addr::LOCALHOST));
        assert!(covers("127.0.0.1", Ipv4Addr::LOCALHOST) && !covers("10.0.0.0/8", Ipv4Addr::LOCALHOST));
    }
}
