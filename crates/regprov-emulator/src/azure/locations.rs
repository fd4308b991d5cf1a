//! Azure's locations.

/// One region.
#[derive(Debug)]
pub(crate) struct Location {
    /// `westeurope`.
    pub(crate) name: &'static str,
    /// `West Europe`.
    pub(crate) display_name: &'static str,
    /// `Europe`.
    pub(crate) geography_group: &'static str,
}

const fn location(name: &'static str, display_name: &'static str, geography_group: &'static str) -> Location {
    Location {
        name,
        display_name,
        geography_group,
    }
}

/// Every region that the sandbox knows, as of 2026.
pub(crate) const LOCATIONS: &[Location] = &[
    location("eastus", "East US", "US"),
    location("eastus2", "East US 2", "US"),
    location("southcentralus", "South Central US", "US"),
    location("westus2", "West US 2", "US"),
    location("westus3", "West US 3", "US"),
    location("centralus", "Central US", "US"),
    location("northcentralus", "North Central US", "US"),
    location("westus", "West US", "US"),
    location("westcentralus", "West Central US", "US"),
    location("canadacentral", "Canada Central", "Canada"),
    location("canadaeast", "Canada East", "Canada"),
    location("mexicocentral", "Mexico Central", "Mexico"),
    location("brazilsouth", "Brazil South", "South America"),
    location("brazilsoutheast", "Brazil Southeast", "South America"),
    location("chilecentral", "Chile Central", "South America"),
    location("northeurope", "North Europe", "Europe"),
    location("westeurope", "West Europe", "Europe"),
    location("swedencentral", "Sweden Central", "Europe"),
    location("uksouth", "UK South", "UK"),
    location("ukwest", "UK West", "UK"),
    location("francecentral", "France Central", "Europe"),
    location("francesouth", "France South", "Europe"),
    location("germanywestcentral", "Germany West Central", "Europe"),
    location("germanynorth", "Germany North", "Europe"),
    location("italynorth", "Italy North", "Europe"),
    location("norwayeast", "Norway East", "Europe"),
    location("norwaywest", "Norway West", "Europe"),
    location("polandcentral", "Poland Central", "Europe"),
    location("spaincentral", "Spain Central", "Europe"),
    location("austriaeast", "Austria East", "Europe"),
    location("belgiumcentral", "Belgium Central", "Europe"),
    location("switzerlandnorth", "Switzerland North", "Europe"),
    location("switzerlandwest", "Switzerland West", "Europe"),
    location("australiaeast", "Australia East", "Asia Pacific"),
    location("australiasoutheast", "Australia Southeast", "Asia Pacific"),
    location("australiacentral", "Australia Central", "Asia Pacific"),
    location("australiacentral2", "Australia Central 2", "Asia Pacific"),
    location("southeastasia", "Southeast Asia", "Asia Pacific"),
    location("eastasia", "East Asia", "Asia Pacific"),
    location("centralindia", "Central India", "Asia Pacific"),
    location("southindia", "South India", "Asia Pacific"),
    location("westindia", "West India", "Asia Pacific"),
    location("japaneast", "Japan East", "Asia Pacific"),
    location("japanwest", "Japan West", "Asia Pacific"),
    location("koreacentral", "Korea Central", "Asia Pacific"),
    location("koreasouth", "Korea South", "Asia Pacific"),
    location("indonesiacentral", "Indonesia Central", "Asia Pacific"),
    location("malaysiawest", "Malaysia West", "Asia Pacific"),
    location("newzealandnorth", "New Zealand North", "Asia Pacific"),
    location("israelcentral", "Israel Central", "Middle East"),
    location("qatarcentral", "Qatar Central", "Middle East"),
    location("uaenorth", "UAE North", "Middle East"),
    location("uaecentral", "UAE Central", "Middle East"),
    location("southafricanorth", "South Africa North", "Africa"),
    location("southafricawest", "South Africa West", "Africa"),
];

/// The location of this name, spelled either way: `West Europe` is `westeurope`.
pub(crate) fn find(name: &str) -> Option<&'static Location> {
    let plain = name.replace(' ', "").to_lowercase();
    LOCATIONS.iter().find(|location| location.name == plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_name_one_location() {
        assert_eq!(find("West Europe").map(|l| l.name), Some("westeurope"));
        assert_eq!(find("westeurope").map(|l| l.display_name), Some("West Europe"));
        assert!(find("atlantis").is_none());
    }
}
