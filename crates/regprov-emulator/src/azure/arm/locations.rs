//! The regions of Azure's public cloud.

/// A region: name, display name, geography group, paired region.
pub(crate) struct Location {
    /// The name in ids and bodies, such as `westeurope`.
    pub(crate) name: &'static str,
    /// The name for people, such as `West Europe`.
    pub(crate) display: &'static str,
    /// The group of geographies.
    pub(crate) group: &'static str,
    /// The paired region, where there is one.
    pub(crate) paired: Option<&'static str>,
}

const fn at(name: &'static str, display: &'static str, group: &'static str, paired: Option<&'static str>) -> Location {
    Location { name, display, group, paired }
}

/// All regions.
pub(crate) const LOCATIONS: &[Location] = &[
    at("eastus", "East US", "US", Some("westus")),
    at("eastus2", "East US 2", "US", Some("centralus")),
    at("southcentralus", "South Central US", "US", Some("northcentralus")),
    at("westus2", "West US 2", "US", Some("westcentralus")),
    at("westus3", "West US 3", "US", Some("eastus")),
    at("australiaeast", "Australia East", "Asia Pacific", Some("australiasoutheast")),
    at("southeastasia", "Southeast Asia", "Asia Pacific", Some("eastasia")),
    at("northeurope", "North Europe", "Europe", Some("westeurope")),
    at("swedencentral", "Sweden Central", "Europe", Some("swedensouth")),
    at("uksouth", "UK South", "Europe", Some("ukwest")),
    at("westeurope", "West Europe", "Europe", Some("northeurope")),
    at("centralus", "Central US", "US", Some("eastus2")),
    at("southafricanorth", "South Africa North", "Africa", Some("southafricawest")),
    at("centralindia", "Central India", "Asia Pacific", Some("southindia")),
    at("eastasia", "East Asia", "Asia Pacific", Some("southeastasia")),
    at("indonesiacentral", "Indonesia Central", "Asia Pacific", None),
    at("japaneast", "Japan East", "Asia Pacific", Some("japanwest")),
    at("japanwest", "Japan West", "Asia Pacific", Some("japaneast")),
    at("koreacentral", "Korea Central", "Asia Pacific", Some("koreasouth")),
    at("malaysiawest", "Malaysia West", "Asia Pacific", None),
    at("newzealandnorth", "New Zealand North", "Asia Pacific", None),
    at("canadacentral", "Canada Central", "Canada", Some("canadaeast")),
    at("austriaeast", "Austria East", "Europe", None),
    at("belgiumcentral", "Belgium Central", "Europe", None),
    at("francecentral", "France Central", "Europe", Some("francesouth")),
    at("germanywestcentral", "Germany West Central", "Europe", Some("germanynorth")),
    at("italynorth", "Italy North", "Europe", None),
    at("norwayeast", "Norway East", "Europe", Some("norwaywest")),
    at("polandcentral", "Poland Central", "Europe", None),
    at("spaincentral", "Spain Central", "Europe", None),
    at("switzerlandnorth", "Switzerland North", "Europe", Some("switzerlandwest")),
    at("mexicocentral", "Mexico Central", "Mexico", None),
    at("uaenorth", "UAE North", "Middle East", Some("uaecentral")),
    at("brazilsouth", "Brazil South", "South America", Some("southcentralus")),
    at("chilecentral", "Chile Central", "South America", None),
    at("israelcentral", "Israel Central", "Middle East", None),
    at("qatarcentral", "Qatar Central", "Middle East", None),
    at("northcentralus", "North Central US", "US", Some("southcentralus")),
    at("westus", "West US", "US", Some("eastus")),
    at("westcentralus", "West Central US", "US", Some("westus2")),
    at("southafricawest", "South Africa West", "Africa", Some("southafricanorth")),
    at("australiacentral", "Australia Central", "Asia Pacific", Some("australiacentral2")),
    at("australiacentral2", "Australia Central 2", "Asia Pacific", Some("australiacentral")),
    at("australiasoutheast", "Australia Southeast", "Asia Pacific", Some("australiaeast")),
    at("koreasouth", "Korea South", "Asia Pacific", Some("koreacentral")),
    at("southindia", "South India", "Asia Pacific", Some("centralindia")),
    at("westindia", "West India", "Asia Pacific", Some("southindia")),
    at("canadaeast", "Canada East", "Canada", Some("canadacentral")),
    at("francesouth", "France South", "Europe", Some("francecentral")),
    at("germanynorth", "Germany North", "Europe", Some("germanywestcentral")),
    at("norwaywest", "Norway West", "Europe", Some("norwayeast")),
    at("switzerlandwest", "Switzerland West", "Europe", Some("switzerlandnorth")),
    at("ukwest", "UK West", "Europe", Some("uksouth")),
    at("uaecentral", "UAE Central", "Middle East", Some("uaenorth")),
];

/// A location as ARM keeps it: lower case, no spaces.
pub(crate) fn normalized(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// The region of a name, spelled in any way.
pub(crate) fn find(text: &str) -> Option<&'static Location> {
    let name = normalized(text);
    LOCATIONS.iter().find(|location| location.name == name)
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn a_region_is_found_by_either_of_its_names() {
        assert_eq!(find("West Europe").map(|l| l.name), Some("westeurope"));
        assert_eq!(find("westeurope").map(|l| l.display), Some("West Europe"));
        assert!(find("atlantis").is_none());
    }
}
