//! The functions of `hashicorp/google`: parts of the ids and links of resources.

use regprov_schema::{FunctionCall, FunctionFault, FunctionParameter, ProviderFunction};
use regprov_value::{Type, Value};

/// Every function.
pub(crate) fn functions() -> Vec<ProviderFunction> {
    let function = |name, summary, parameter, call| ProviderFunction {
        name,
        summary,
        parameters: vec![FunctionParameter {
            name: parameter,
            ty: Type::String,
        }],
        returns: Type::String,
        call,
    };
    vec![
        function(
            "location_from_id",
            "The location in the id or link of a resource.",
            "id",
            |call| after(call, "locations"),
        ),
        function(
            "name_from_id",
            "The last part of the id or link of a resource: its name.",
            "id",
            name,
        ),
        function(
            "project_from_id",
            "The project in the id or link of a resource.",
            "id",
            |call| after(call, "projects"),
        ),
        function(
            "region_from_id",
            "The region in the id or link of a resource.",
            "id",
            |call| after(call, "regions"),
        ),
        function(
            "region_from_zone",
            "The region that a zone lies in.",
            "zone",
            region,
        ),
        function(
            "zone_from_id",
            "The zone in the id or link of a resource.",
            "id",
            |call| after(call, "zones"),
        ),
    ]
}

/// What stands behind the first `COLLECTION/` and before another slash.
fn after(call: &FunctionCall<'_>, collection: &str) -> Result<Value, FunctionFault> {
    let id = call.text(0);
    let found = id
        .match_indices(&format!("{collection}/"))
        .find_map(|(at, found)| {
            let (name, _) = id[at + found.len()..].split_once('/')?;
            (!name.is_empty()).then_some(name)
        });
    found
        .map(Value::string)
        .ok_or_else(|| FunctionFault::at(0, format!("{id:?} does not hold `{collection}/NAME/`")))
}

fn name(call: &FunctionCall<'_>) -> Result<Value, FunctionFault> {
    let id = call.text(0);
    let last = id.rsplit_once('/').map(|(_, name)| name);
    last.filter(|name| !name.is_empty())
        .map(Value::string)
        .ok_or_else(|| FunctionFault::at(0, format!("{id:?} does not end with `/NAME`")))
}

fn region(call: &FunctionCall<'_>) -> Result<Value, FunctionFault> {
    let zone = call.text(0);
    let region = zone.rsplit_once('-').map(|(region, _)| region);
    region
        .filter(|region| region.contains('-'))
        .map(Value::string)
        .ok_or_else(|| FunctionFault::at(0, format!("{zone:?} is no zone, such as `europe-west1-b`")))
}

#[cfg(test)]
mod tests {
    use super::functions;
    use regprov_schema::FunctionCall;
    use regprov_value::Value;

    fn call(function: &str, text: &str) -> Option<String> {
        let all = functions();
        let found = all.iter().find(|known| known.name == function).unwrap();
        let arguments = [Value::from(text)];
        let call = FunctionCall {
            arguments: &arguments,
            file_kind: &|_| Ok(None),
        };
        let value = (found.call)(&call).ok()?;
        value.as_str().map(str::to_owned)
    }

    #[test]
    fn parts_are_found_in_ids_links_and_full_names() {
        let repository = "projects/my-project/locations/europe-west1/repositories/images";
        let link = "https://www.googleapis.com/compute/v1/projects/p/zones/us-central1-c/instances/i";
        let full = "//compute.googleapis.com/projects/p/regions/us-east4/subnetworks/s";
        for (function, text, part) in [
            ("project_from_id", repository, Some("my-project")),
            ("location_from_id", repository, Some("europe-west1")),
            ("name_from_id", repository, Some("images")),
            ("zone_from_id", link, Some("us-central1-c")),
            ("name_from_id", link, Some("i")),
            ("region_from_id", full, Some("us-east4")),
            ("region_from_id", repository, None),
            ("project_from_id", "projects/p", None),
            ("project_from_id", "projects//projects/q/x", Some("q")),
            ("name_from_id", "images", None),
            ("name_from_id", "images/", None),
            ("region_from_zone", "europe-west1-b", Some("europe-west1")),
            ("region_from_zone", "europe-west1", None),
            ("region_from_zone", "", None),
        ] {
            assert_eq!(call(function, text).as_deref(), part, "{function} {text}");
        }
    }
}
