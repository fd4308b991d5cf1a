//! Addresses as users and states write them.

use std::collections::BTreeSet;
use std::fmt::{Debug, Display};
use std::str::FromStr;

use regprov_addr::{
    AddressError, AttributePath, AttributeStep, InstanceAddress, InstanceKey, LocalProvider, ModuleAddress,
    ProviderConfigAddress, ProviderSource, ResourceAddress, ResourceMode, TargetAddress, same_provider,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Parses, prints the same text, and survives JSON.
fn round_trip<T>(text: &str) -> T
where
    T: FromStr<Err = AddressError> + Display + Debug + PartialEq + Serialize + DeserializeOwned,
{
    let address: T = text.parse().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(address.to_string(), text);
    let json = serde_json::to_string(&address).expect("an address is a string");
    assert_eq!(json, serde_json::to_string(text).expect("a string"));
    assert_eq!(
        serde_json::from_str::<T>(&json).expect("it was written by us"),
        address
    );
    address
}

fn problem<T: FromStr<Err = AddressError> + Debug>(text: &str) -> String {
    match text.parse::<T>() {
        Ok(address) => panic!("{text:?} was read as {address:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn instances_print_as_they_are_written() {
    let address: InstanceAddress =
        round_trip(r#"module.a.module.b["x.y"].data.azurerm_container_registry.main-1["k\"$${\n"]"#);
    assert_eq!(address.resource.mode, ResourceMode::Data);
    assert_eq!(address.resource.module.0[1].key, Some("x.y".into()));
    assert_eq!(address.key, Some("k\"${\n".into()));
    let plain: InstanceAddress = round_trip("azurerm_container_registry.main[10]");
    assert_eq!(plain.key, Some(InstanceKey::Int(10)));
    assert!(plain.resource.module.is_root());
}

#[test]
fn resources_modules_targets_and_providers_print_as_they_are_written() {
    let resource: ResourceAddress = round_trip("module.a[0].random_password.x");
    assert_eq!(resource.without_keys().to_string(), "module.a.random_password.x");
    assert_eq!(resource.within_module().to_string(), "random_password.x");
    let module: ModuleAddress = round_trip("module.a.module.b[\"x\"]");
    assert_eq!(module.parent(), Some(round_trip("module.a")));
    assert_eq!(round_trip::<ModuleAddress>(""), ModuleAddress::root());
    assert!(matches!(round_trip("module.a[1]"), TargetAddress::Module(_)));
    assert!(matches!(round_trip("module.a.x.y"), TargetAddress::Resource(_)));
    assert!(matches!(round_trip("x.y[\"k\"]"), TargetAddress::Instance(_)));
    let local: LocalProvider = round_trip("azurerm.west");
    assert_eq!(
        (local.name.as_str(), local.alias.as_deref()),
        ("azurerm", Some("west"))
    );
    round_trip::<LocalProvider>("azurerm");
}

#[test]
fn a_resource_may_be_called_data_or_module_where_terraform_allows_it() {
    let address: ResourceAddress = round_trip("data.data.data");
    assert_eq!(
        (address.resource_type.as_str(), address.name.as_str()),
        ("data", "data")
    );
    round_trip::<ResourceAddress>("module.module.data.module_x.y");
    round_trip::<ResourceAddress>("data_x.y");
}

#[test]
fn provider_configurations_have_the_form_of_the_state() {
    let text = r#"module.a.provider["registry.terraform.io/hashicorp/azurerm"].west"#;
    let address: ProviderConfigAddress = round_trip(text);
    assert_eq!(address.provider, ProviderSource::hashicorp("azurerm"));
    assert_eq!(address.alias.as_deref(), Some("west"));
    round_trip::<ProviderConfigAddress>(r#"provider["terraform.io/builtin/terraform"]"#);
    let old: ProviderConfigAddress = "module.a.provider.azurerm.west"
        .parse()
        .expect("the form of old states");
    assert_eq!(
        old.to_string(),
        r#"module.a.provider["registry.terraform.io/-/azurerm"].west"#
    );
    round_trip::<ProviderConfigAddress>(&old.to_string());
}

#[test]
fn provider_sources_are_completed_and_compared_across_both_registries() {
    let source = |text: &str| text.parse::<ProviderSource>().expect("a provider source");
    assert_eq!(
        source("azurerm").to_string(),
        "registry.terraform.io/hashicorp/azurerm"
    );
    assert_eq!(source("OVH/ovh").to_string(), "registry.terraform.io/ovh/ovh");
    assert_eq!(source("ovh/ovh").short(), "ovh/ovh");
    assert_eq!(source("localhost:8443/a/b").short(), "localhost:8443/a/b");
    assert_eq!(
        source("terraform.io/builtin/terraform"),
        ProviderSource::builtin()
    );
    let tofu = source("registry.opentofu.org/hashicorp/azurerm");
    assert!(same_provider(&source("azurerm"), &tofu) && source("azurerm") != tofu);
    assert!(!same_provider(&source("example.com/hashicorp/azurerm"), &tofu));
    assert!(!same_provider(&source("ovh/azurerm"), &tofu));
}

#[test]
fn wrong_provider_sources_say_what_is_wrong() {
    let wrong = problem::<ProviderSource>;
    assert_eq!(
        wrong("a/b/c/d"),
        r#""a/b/c/d" is not a provider source: expected at most three parts (character 1)"#
    );
    assert!(wrong("hashicorp/terraform-provider-aws").contains("leave `terraform-provider-` out"));
    for text in [
        "",
        "a/",
        "/a",
        "a b",
        "-a",
        "a-",
        "h:x/a/b",
        "h..i/a/b",
        "h:99999/a/b",
        "a/..",
    ] {
        assert!(wrong(text).contains("cannot stand there"), "{text}");
    }
}

#[test]
fn attribute_paths_lead_into_blocks_lists_and_maps() {
    let path: AttributePath = round_trip(r#"network_rule_set[0].ip_rule["x"].cidr"#);
    assert_eq!(path.0.len(), 5);
    assert_eq!(path.argument(), Some("network_rule_set"));
    let built = AttributePath::root()
        .name("network_rule_set")
        .index(0)
        .name("ip_rule")
        .index("x")
        .name("cidr");
    assert_eq!(path, built);
    assert!(path.starts_with(&path.parent().expect("it has steps")));
    assert_eq!(round_trip::<AttributePath>(""), AttributePath::root());
    round_trip::<AttributePath>("[0].a");
    assert_eq!(
        AttributePath::root().name("tags").name("a b").to_string(),
        r#"tags["a b"]"#
    );
}

#[test]
fn wrong_addresses_say_where_and_why() {
    let wrong = problem::<InstanceAddress>;
    assert_eq!(
        wrong("azurerm_container_registry"),
        r#""azurerm_container_registry" is not a resource instance address: expected a dot after the resource type, found the end (character 27)"#
    );
    for (text, why) in [
        ("", "expected a resource type, found the end"),
        ("a.", "expected a resource name"),
        ("a.b[", "expected a whole number or a quoted string"),
        ("a.b[-1]", "expected a whole number"),
        ("a.b[1.5]", "expected `]`"),
        ("a.b[01]", "no leading zeros"),
        ("a.b[99999999999999999999]", "too large"),
        ("a.b[\"x]", "has no end"),
        ("a.b[\"${x}\"]", "a template cannot be part"),
        ("a.b[\"\\q\"]", "not an escape sequence"),
        ("a.b[\"\\ud800\"]", "hexadecimal digits that name a character"),
        ("a.b[\"\\u00e\"]", "hexadecimal digits that name a character"),
        ("a.b[\"x\ny\"]", "ends on its line"),
        (
            "a.b[0].id",
            "expected nothing after the resource instance, found '.'",
        ),
        ("module.a", "expected a resource type, found the end"),
        ("module.a.", "expected something after the dot"),
        ("module.a.b", "expected a dot after the resource type"),
        ("ü[0]", "expected a dot"),
        (" a.b", "found ' '"),
    ] {
        assert!(wrong(text).contains(why), "{text}: {}", wrong(text));
    }
    assert!(problem::<ResourceAddress>("a.b[0]").contains("leave the key out"));
    assert!(problem::<ModuleAddress>("module.a.b").contains("expected `module.`"));
    assert!(problem::<TargetAddress>("").contains("expected a resource type"));
    assert!(problem::<AttributePath>("a..b").contains("expected an attribute name"));
}

#[test]
fn numbers_order_by_size_and_modules_stay_together() {
    let texts = [
        "data.a.z",
        "a.b",
        "a.b[2]",
        "a.b[10]",
        "a.b[\"1\"]",
        "a.c",
        "module.m.a.a",
        "module.m[2].a.a",
        "module.m[10].a.a",
        "module.n.a.a",
    ];
    let parsed = texts
        .iter()
        .rev()
        .map(|text| text.parse::<InstanceAddress>().expect("an address"));
    let sorted: BTreeSet<InstanceAddress> = parsed.collect();
    assert_eq!(sorted.iter().map(ToString::to_string).collect::<Vec<_>>(), texts);
}

#[test]
fn targets_contain_what_terraform_takes_them_to_contain() {
    let contains = |target: &str, instance: &str| {
        let target: TargetAddress = target.parse().expect("a target");
        target.contains(&instance.parse().expect("an instance"))
    };
    assert!(contains("module.a", "module.a[1].x.y"));
    assert!(contains("module.a", "module.a.module.b.x.y[0]"));
    assert!(contains("module.a[1]", "module.a[1].module.b.x.y"));
    assert!(!contains("module.a[1]", "module.a[2].x.y"));
    assert!(!contains("module.a.module.b", "module.a[1].module.b.x.y"));
    assert!(!contains("module.a", "x.y"));
    assert!(!contains("module.a", "module.ab.x.y"));
    assert!(contains("x.y", "x.y[0]") && contains("x.y", "x.y"));
    assert!(contains("x.y[0]", "x.y[0]"));
    assert!(!contains("x.y[0]", "x.y[1]") && !contains("x.y[0]", "x.y"));
    assert!(!contains("x.y", "data.x.y"));
}

#[test]
fn keys_have_the_form_of_the_state_in_json() {
    let json = |key: InstanceKey| serde_json::to_string(&key).expect("a number or a string");
    assert_eq!(json(InstanceKey::Int(3)), "3");
    assert_eq!(json("a".into()), "\"a\"");
    let read = |text: &str| serde_json::from_str::<InstanceKey>(text).ok();
    assert_eq!(read("3"), Some(InstanceKey::Int(3)));
    assert_eq!(read("\"3\""), Some("3".into()));
    assert_eq!(read("-1"), None);
    let value = serde_json::json!([18_446_744_073_709_551_615_u64, "a", 1.5]);
    let from = |index: usize| serde_json::from_value::<InstanceKey>(value[index].clone()).ok();
    assert_eq!(
        [from(0), from(1), from(2)],
        [Some(u64::MAX.into()), Some("a".into()), None]
    );
}

#[test]
fn strings_are_escaped_as_hcl_does() {
    let printed = |key: &str| InstanceKey::from(key).to_string();
    assert_eq!(printed("a\"b\\c\n\r\t"), r#"["a\"b\\c\n\r\t"]"#);
    assert_eq!(
        printed("${a} %{b} $a % $$ $${"),
        r#"["$${a} %%{b} $a % $$ $$${"]"#
    );
    assert_eq!(
        printed("é中👍e\u{301}\u{200b}\u{1b}\u{a0}\u{e0001}"),
        "[\"é中👍e\u{301}\\u200b\\u001b\\u00a0\\U000e0001\"]"
    );
}

/// A small generator of numbers, so that each run sees the same cases.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % limit
    }

    fn text(&mut self, pieces: &[&str], least: usize, most: usize) -> String {
        (0..least + self.below(most - least + 1))
            .map(|_| pieces[self.below(pieces.len())])
            .collect()
    }

    fn name(&mut self) -> String {
        let first = self.text(&["a", "_", "é", "module", "data", "Z"], 1, 1);
        first + &self.text(&["a", "_", "-", "0", "9", "ü", "provider"], 0, 4)
    }

    fn key(&mut self) -> Option<InstanceKey> {
        let odd = [
            "a",
            "\"",
            "\\",
            "$",
            "%",
            "{",
            "}",
            "[",
            "]",
            ".",
            "\n",
            "\r",
            "\t",
            "\u{0}",
            "\u{7f}",
            "é",
            "👍",
            "\u{200d}",
            "\u{feff}",
            "\u{10ffff}",
            " ",
        ];
        match self.below(4) {
            0 => Some(InstanceKey::Int(u64::try_from(self.below(1_000)).expect("small"))),
            1 => Some(InstanceKey::Int(u64::MAX)),
            2 => Some(InstanceKey::String(self.text(&odd, 0, 8))),
            _ => None,
        }
    }

    fn module(&mut self) -> ModuleAddress {
        (0..self.below(4)).fold(ModuleAddress::root(), |module, _| {
            module.child(self.name(), self.key())
        })
    }

    fn resource(&mut self) -> ResourceAddress {
        let mut resource = ResourceAddress::managed(self.module(), self.name(), self.name());
        // `module` and `data` are words of their own where a type stands.
        resource.resource_type.push('x');
        resource.mode = if self.below(3) == 0 {
            ResourceMode::Data
        } else {
            ResourceMode::Managed
        };
        resource
    }

    fn path(&mut self) -> AttributePath {
        (0..self.below(6))
            .map(|_| match self.key() {
                Some(key) => AttributeStep::Index(key),
                None => AttributeStep::Name(self.name()),
            })
            .collect()
    }
}

#[test]
fn what_is_printed_is_read_back_as_the_same() {
    fn check<T>(value: &T)
    where
        T: FromStr<Err = AddressError> + Display + Debug + PartialEq + Serialize + DeserializeOwned,
    {
        assert_eq!(&round_trip::<T>(&value.to_string()), value);
    }
    let mut random = Random(42);
    for _ in 0..3_000 {
        check(&random.module());
        check(&random.resource());
        check(&random.path());
        let instance = random.resource().instance(random.key());
        check(&instance);
        check(&match instance.key {
            Some(_) => TargetAddress::Instance(instance),
            None => TargetAddress::Resource(instance.resource),
        });
        let alias = (random.below(2) == 0).then(|| random.name());
        check(&LocalProvider {
            name: random.name(),
            alias: alias.clone(),
        });
        let provider = ProviderSource::in_default_registry("ns", "azurerm");
        check(&ProviderConfigAddress {
            module: random.module(),
            provider,
            alias,
        });
    }
}

#[test]
fn no_text_stops_the_parsers() {
    let pieces = [
        "module", "data", ".", "[", "]", "\"", "0", "a", "é", "\\u", "\\", "$", "{", "provider", "/", " ",
        "👍", ":",
    ];
    let mut random = Random(7);
    for _ in 0..20_000 {
        let text = random.text(&pieces, 0, 12);
        let printed = [
            text.parse::<TargetAddress>().map(|address| address.to_string()),
            text.parse::<AttributePath>().map(|address| address.to_string()),
            text.parse::<ProviderConfigAddress>()
                .map(|address| address.to_string()),
            text.parse::<ProviderSource>().map(|address| address.to_string()),
        ];
        for error in printed.into_iter().filter_map(Result::err) {
            assert!(text.is_char_boundary(error.offset()), "{error}");
        }
        if let Ok(path) = text.parse::<AttributePath>() {
            assert_eq!(path.to_string().parse(), Ok(path));
        }
    }
}
