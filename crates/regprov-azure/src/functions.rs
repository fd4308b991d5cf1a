//! The functions of `hashicorp/azurerm`: identities of the resource manager, taken apart and put into canonical case.

use regprov_schema::{FunctionCall, FunctionFault, FunctionParameter, ProviderFunction};
use regprov_value::{Type, Value};

/// Namespaces and types in canonical case: those that configurations of registries refer to.
const KNOWN: &[&str] = &[
    "Microsoft.Authorization/roleAssignments",
    "Microsoft.Authorization/roleDefinitions",
    "Microsoft.ContainerRegistry/registries/agentPools",
    "Microsoft.ContainerRegistry/registries/cacheRules",
    "Microsoft.ContainerRegistry/registries/connectedRegistries",
    "Microsoft.ContainerRegistry/registries/credentialSets",
    "Microsoft.ContainerRegistry/registries/replications",
    "Microsoft.ContainerRegistry/registries/scopeMaps",
    "Microsoft.ContainerRegistry/registries/tasks",
    "Microsoft.ContainerRegistry/registries/tokens",
    "Microsoft.ContainerRegistry/registries/webhooks",
    "Microsoft.ContainerService/managedClusters",
    "Microsoft.KeyVault/vaults",
    "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
    "Microsoft.Network/privateDnsZones",
    "Microsoft.Network/privateEndpoints",
    "Microsoft.Network/virtualNetworks/subnets",
    "Microsoft.OperationalInsights/workspaces",
    "Microsoft.Storage/storageAccounts",
    "Microsoft.Web/sites",
];

/// Every function.
pub(crate) fn functions() -> Vec<ProviderFunction> {
    let id = || {
        vec![FunctionParameter {
            name: "id",
            ty: Type::String,
        }]
    };
    let texts = TEXTS.into_iter().map(|name| (name, Type::String));
    vec![
        ProviderFunction {
            name: "normalise_resource_id",
            summary: "Writes the id of a resource in the case that its resource type has.",
            parameters: id(),
            returns: Type::String,
            call: normalise,
        },
        ProviderFunction {
            name: "parse_resource_id",
            summary: "Takes the id of a resource apart.",
            parameters: id(),
            returns: Type::object(texts.chain([("parent_resources", Type::map(Type::String))])),
            call: parse,
        },
    ]
}

const TEXTS: [&str; 7] = [
    "full_resource_type",
    "resource_group_name",
    "resource_name",
    "resource_provider",
    "resource_scope",
    "resource_type",
    "subscription_id",
];

/// An id in canonical case: what it is in, and its own parts.
struct Parsed {
    subscription: Option<String>,
    group: Option<String>,
    scope: Option<String>,
    namespace: String,
    /// Types and names, the outermost first.
    parts: Vec<(String, String)>,
}

fn normalise(call: &FunctionCall<'_>) -> Result<Value, FunctionFault> {
    let parsed = take_apart(call.text(0))?;
    let mut id = parsed.scope.unwrap_or_default();
    if let Some(subscription) = parsed.subscription {
        id.push_str(&format!("/subscriptions/{subscription}"));
    }
    if let Some(group) = parsed.group {
        id.push_str(&format!("/resourceGroups/{group}"));
    }
    if !parsed.namespace.is_empty() {
        id.push_str(&format!("/providers/{}", parsed.namespace));
    }
    for (kind, name) in parsed.parts {
        id.push_str(&format!("/{kind}/{name}"));
    }
    Ok(Value::string(id))
}

fn parse(call: &FunctionCall<'_>) -> Result<Value, FunctionFault> {
    let parsed = take_apart(call.text(0))?;
    let group = || {
        (
            "resourceGroups".to_owned(),
            parsed.group.clone().unwrap_or_default(),
        )
    };
    let (kind, name) = parsed.parts.last().cloned().unwrap_or_else(group);
    let parents = parsed.parts.split_last().map_or(&[][..], |(_, parents)| parents);
    let parents = parents
        .iter()
        .map(|(kind, name)| (kind.as_str().into(), Value::from(name.as_str())));
    let full = std::iter::once(parsed.namespace.as_str())
        .chain(parsed.parts.iter().map(|(kind, _)| kind.as_str()))
        .collect::<Vec<_>>()
        .join("/");
    let text = |text: Option<&str>| Value::from(text.unwrap_or_default());
    Ok(Value::object([
        ("full_resource_type", Value::from(full.as_str())),
        ("resource_group_name", text(parsed.group.as_deref())),
        ("resource_name", Value::from(name.as_str())),
        ("resource_provider", Value::from(parsed.namespace.as_str())),
        ("resource_scope", text(parsed.scope.as_deref())),
        ("resource_type", Value::from(kind.as_str())),
        ("subscription_id", text(parsed.subscription.as_deref())),
        ("parent_resources", Value::map(Type::String, parents.collect())),
    ]))
}

fn take_apart(id: &str) -> Result<Parsed, FunctionFault> {
    let wrong = |why: &str| FunctionFault::at(0, format!("{id:?} is not the id of an Azure resource: {why}"));
    let segments: Vec<&str> = id.strip_prefix('/').unwrap_or(id).split('/').collect();
    if id.is_empty() || segments.iter().any(|segment| segment.is_empty()) {
        return Err(wrong("it has an empty part"));
    }
    let provider = segments
        .iter()
        .rposition(|segment| segment.eq_ignore_ascii_case("providers"));
    let (above, own) = provider.map_or((&segments[..], &[][..]), |at| {
        (&segments[..at], &segments[at + 1..])
    });
    let mut parsed = Parsed {
        subscription: None,
        group: None,
        scope: None,
        namespace: String::new(),
        parts: Vec::new(),
    };
    if let Some((namespace, rest)) = own.split_first() {
        let (pairs, []) = rest.as_chunks::<2>() else {
            return Err(wrong("each type needs a name behind it"));
        };
        (parsed.namespace, parsed.parts) = canonical(namespace, pairs);
    } else if provider.is_some() {
        return Err(wrong("`providers` needs a namespace behind it"));
    }
    let nested = above
        .iter()
        .any(|segment| segment.eq_ignore_ascii_case("providers"));
    if nested || parsed.namespace == "Microsoft.Authorization" {
        parsed.scope = Some(format!("/{}", above.join("/")));
        return Ok(parsed);
    }
    let (pairs, []) = above.as_chunks::<2>() else {
        return Err(wrong("it holds `/subscriptions/ID` and `/resourceGroups/NAME`"));
    };
    for [kind, name] in pairs {
        match kind.to_ascii_lowercase().as_str() {
            "subscriptions" => parsed.subscription = Some((*name).to_owned()),
            "resourcegroups" => parsed.group = Some((*name).to_owned()),
            _ => {
                return Err(wrong(&format!(
                    "`{kind}` is not `subscriptions`, `resourceGroups` or `providers`"
                )));
            }
        }
    }
    if parsed.subscription.is_none() {
        return Err(wrong("it does not begin with `/subscriptions/`"));
    }
    Ok(parsed)
}

/// Namespace and types in the case that is known; what is not known stays as it is written.
fn canonical(namespace: &str, pairs: &[[&str; 2]]) -> (String, Vec<(String, String)>) {
    let written: Vec<&str> = std::iter::once(namespace)
        .chain(pairs.iter().map(|[kind, _]| *kind))
        .collect();
    let shared = |known: &&&str| {
        known
            .split('/')
            .zip(&written)
            .take_while(|(known, written)| known.eq_ignore_ascii_case(written))
            .count()
    };
    let best = KNOWN.iter().max_by_key(shared);
    let names: Vec<&str> = best.map(|known| known.split('/').collect()).unwrap_or_default();
    let count = best.map_or(0, |known| shared(&known));
    let cased = |at: usize| if at < count { names[at] } else { written[at] };
    let parts = pairs
        .iter()
        .enumerate()
        .map(|(at, [_, name])| (cased(at + 1).to_owned(), (*name).to_owned()));
    (cased(0).to_owned(), parts.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(name: &str, id: &str) -> Result<String, FunctionFault> {
        let function = functions()
            .into_iter()
            .find(|function| function.name == name)
            .unwrap();
        let value = (function.call)(&FunctionCall {
            arguments: &[Value::from(id)],
            file_kind: &|_| Ok(None),
        })?;
        assert_eq!(value.ty(), function.returns);
        Ok(regprov_value::to_json(&value).unwrap().to_string())
    }

    const TOKEN: &str =
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/r/tokens/t";

    #[test]
    fn ids_are_taken_apart() {
        assert_eq!(
            call("parse_resource_id", TOKEN).unwrap(),
            r#"{"full_resource_type":"Microsoft.ContainerRegistry/registries/tokens","parent_resources":{"registries":"r"},"resource_group_name":"g","resource_name":"t","resource_provider":"Microsoft.ContainerRegistry","resource_scope":"","resource_type":"tokens","subscription_id":"s"}"#
        );
        let scoped = format!("{TOKEN}/providers/Microsoft.Authorization/roleAssignments/a");
        let text = call("parse_resource_id", &scoped).unwrap();
        assert!(text.contains(&format!(r#""resource_scope":"{TOKEN}""#)), "{text}");
    }

    #[test]
    fn ids_are_put_into_canonical_case() {
        let written =
            "/SUBSCRIPTIONS/s/resourcegroups/g/PROVIDERS/microsoft.containerregistry/Registries/r/TOKENS/t";
        assert_eq!(
            call("normalise_resource_id", written).unwrap(),
            format!("\"{TOKEN}\"")
        );
        let written = "subscriptions/s/resourcegroups/G/providers/microsoft.web/siTes/site1";
        assert_eq!(
            call("normalise_resource_id", written).unwrap(),
            "\"/subscriptions/s/resourceGroups/G/providers/Microsoft.Web/sites/site1\""
        );
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for id in [
            "",
            "/",
            "x",
            "/subscriptions",
            "/subscriptions/s/providers",
            "/subscriptions/s/providers/M.X/y",
            "/resourceGroups/g",
            "/a/b",
        ] {
            assert!(call("parse_resource_id", id).is_err(), "{id}");
        }
    }
}
