//! The schemas of a provider against its committed table, and against those of the public provider.
//!
//! The public schemas are files as `terraform providers schema -json` writes them. They are not part of the project:
//! [`FOLDER`] names the folder they are in, and where it is not set, the comparison says loudly that it was skipped.

use regprov_provider::Provider;
use regprov_schema::{Block, TableRow, table};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The environment variable that names the folder of the public schemas.
pub const FOLDER: &str = "REGPROV_PUBLIC_SCHEMAS";

/// The rows of a schema by their paths.
type Rows = BTreeMap<String, String>;

/// Schemas by their headings: `provider`, `resource TYPE version N`, `data TYPE`.
type Schemas = BTreeMap<String, Rows>;

/// The public schemas of one provider, and what ours owe them.
pub struct Public<'a> {
    /// The files, the newest first: where several have a row, its newest form counts.
    pub files: &'a [&'a str],
    /// Where ours differ on purpose: a heading with or without its version, a path, why.
    pub differences: &'a [(&'a str, &'a str, &'a str)],
    /// Headings of ours of which the files tell nothing.
    pub untold: &'a [&'a str],
    /// Data sources of the files that the provider does not have.
    pub sources_left_out: &'a [&'a str],
}

/// Every schema of a provider by its heading.
#[must_use]
pub fn blocks(provider: &dyn Provider) -> BTreeMap<String, Block> {
    let mut blocks = BTreeMap::from([("provider".to_owned(), provider.schema().block.clone())]);
    for resource in provider.resources() {
        let schema = resource.schema();
        let heading = format!("resource {} version {}", resource.type_name(), schema.version);
        blocks.insert(heading, schema.block.clone());
    }
    for source in provider.data_sources() {
        let heading = format!("data {}", source.type_name());
        blocks.insert(heading, source.schema().block.clone());
    }
    blocks
}

/// Holds the schemas of a provider to be those of the table that is committed in the crate's `schemas`, which `UPDATE_EXPECT` writes anew.
pub fn are_committed(provider: &dyn Provider, manifest: &str) {
    let mut text = String::new();
    for (heading, block) in blocks(provider) {
        let _ = writeln!(text, "{heading}");
        for row in table(&block) {
            let line = format!("{} {}", row.path, form(&row));
            let _ = writeln!(text, "  {}", line.trim_end());
        }
    }
    let file = Path::new(manifest).join(format!("schemas/{}.txt", provider.name()));
    expect_test::expect_file![file].assert_eq(&text);
}

fn form(row: &TableRow) -> String {
    format!("{} {}", row.flags, row.ty).trim_end().to_owned()
}

impl Public<'_> {
    /// Holds the schemas of a provider to be these, but for the differences that are named; and each of those is one.
    pub fn are_met_by(&self, provider: &dyn Provider) {
        let Some(public) = self.union() else { return };
        let wrong = self.compare(provider, &public);
        assert!(wrong.is_empty(), "{}:\n{}", provider.name(), wrong.join("\n"));
    }

    /// Holds every type of these to be offered by a provider, or to be among those that it says it leaves out.
    pub fn are_offered_by(&self, provider: &dyn Provider) {
        let Some(public) = self.union() else { return };
        let left = provider.left_out().iter().map(|(name, _)| *name);
        let resources = provider.resources().iter().map(|known| known.type_name());
        let sources = provider.data_sources().iter().map(|known| known.type_name());
        let resources: BTreeSet<&str> = resources.chain(left.clone()).collect();
        let sources = sources.chain(left).chain(self.sources_left_out.iter().copied());
        let sources: BTreeSet<&str> = sources.collect();
        for heading in public.keys() {
            let known = match heading.split(' ').collect::<Vec<_>>().as_slice() {
                ["resource", name, ..] => resources.contains(name),
                ["data", name] => sources.contains(name),
                _ => true,
            };
            assert!(known, "{heading} is neither offered nor listed as left out");
        }
    }

    /// The rows of all files together. None where there are no files to read.
    fn union(&self) -> Option<Schemas> {
        let folder = folder()?;
        let mut union = Schemas::new();
        for file in self.files {
            for (heading, rows) in read(&folder.join(file)) {
                let known = union.entry(heading).or_default();
                for (path, row) in rows {
                    known.entry(path).or_insert(row);
                }
            }
        }
        Some(union)
    }

    fn compare(&self, provider: &dyn Provider, public: &Schemas) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut different = vec![false; self.differences.len()];
        for (heading, block) in blocks(provider) {
            let Some(theirs) = public.get(&heading) else {
                if !self.untold.contains(&heading.as_str()) {
                    wrong.push(format!("{heading}: the public provider has no such schema"));
                }
                continue;
            };
            let ours: Rows = table(&block)
                .iter()
                .map(|row| (row.path.clone(), form(row)))
                .collect();
            for (path, difference) in rows_that_differ(&ours, theirs) {
                // A row of ours may differ; that one is missing is never excused.
                let excuse = self.excuse(&heading, path);
                match excuse.filter(|_| ours.contains_key(path)) {
                    Some(known) => different[known] = true,
                    None => wrong.push(format!("{heading}: {path}: {difference}")),
                }
            }
        }
        for ((heading, path, _), different) in self.differences.iter().zip(different) {
            if !different {
                wrong.push(format!("{heading}: {path}: it is listed as different and is not"));
            }
        }
        wrong
    }

    /// Which of the named differences this is.
    fn excuse(&self, heading: &str, path: &str) -> Option<usize> {
        self.differences.iter().position(|(place, known, _)| {
            let here = heading == *place || heading.starts_with(&format!("{place} version "));
            here && *known == path
        })
    }
}

fn rows_that_differ<'r>(ours: &'r Rows, theirs: &'r Rows) -> Vec<(&'r str, String)> {
    let mut found = Vec::new();
    for (path, row) in theirs {
        match ours.get(path) {
            Some(known) if known == row => {}
            Some(known) => found.push((path.as_str(), format!("public `{row}`, ours `{known}`"))),
            None => found.push((path.as_str(), format!("missing, public `{row}`"))),
        }
    }
    for path in ours.keys().filter(|path| !theirs.contains_key(*path)) {
        found.push((path.as_str(), "the public schema has no such row".to_owned()));
    }
    found
}

/// The folder of the public schemas.
///
/// # Panics
/// Where the variable names something that is not a folder: a comparison that was asked for must not be left out.
#[expect(
    clippy::disallowed_methods,
    reason = "a test has no shell to read the environment for it"
)]
#[expect(clippy::print_stderr, reason = "a check that is left out says so")]
fn folder() -> Option<PathBuf> {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else {
        eprintln!("SKIPPED: {FOLDER} does not name the folder of the public schemas");
        return None;
    };
    assert!(
        folder.is_dir(),
        "{FOLDER} is {}, which is no folder",
        folder.display()
    );
    Some(folder)
}

/// The schemas of a file.
fn read(file: &Path) -> Schemas {
    let text = std::fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let json: Json = serde_json::from_slice(&text).expect("the file is JSON");
    let providers = json["provider_schemas"].as_object();
    let provider = providers
        .and_then(|providers| providers.values().next())
        .expect("the file has the schemas of a provider");
    let mut schemas = Schemas::new();
    let mut add = |heading: String, block: &Json| {
        let mut rows = Rows::new();
        add_rows(block, "", &mut rows);
        schemas.insert(heading, rows);
    };
    if provider["provider"]["block"].is_object() {
        add("provider".to_owned(), &provider["provider"]["block"]);
    }
    for (name, schema) in provider["resource_schemas"].as_object().into_iter().flatten() {
        let heading = format!("resource {name} version {}", schema["version"]);
        add(heading, &schema["block"]);
    }
    for (name, schema) in provider["data_source_schemas"].as_object().into_iter().flatten() {
        add(format!("data {name}"), &schema["block"]);
    }
    schemas
}

fn add_rows(block: &Json, prefix: &str, rows: &mut Rows) {
    for (name, attribute) in block["attributes"].as_object().into_iter().flatten() {
        let row = format!("{} {}", flags(attribute), attribute_type(attribute));
        rows.insert(format!("{prefix}{name}"), row);
    }
    for (name, nested) in block["block_types"].as_object().into_iter().flatten() {
        if name == "timeouts" {
            continue;
        }
        let mode = nested["nesting_mode"]
            .as_str()
            .expect("a block is nested somehow");
        let bound = |name: &str| nested[name].as_u64().unwrap_or(0);
        let row = format!("{mode} {}..{}", bound("min_items"), bound("max_items"));
        rows.insert(format!("{prefix}{name}"), row);
        add_rows(&nested["block"], &format!("{prefix}{name}."), rows);
    }
}

fn flags(attribute: &Json) -> String {
    let flags = [
        ("required", 'R'),
        ("optional", 'O'),
        ("computed", 'C'),
        ("sensitive", 'S'),
        ("write_only", 'W'),
    ];
    let set = flags.iter().filter(|(name, _)| attribute[*name] == true);
    set.map(|(_, flag)| *flag).collect()
}

/// The type of an attribute, of one that has attributes itself too.
fn attribute_type(attribute: &Json) -> Json {
    match attribute.get("nested_type") {
        Some(nested) => nested_type(nested),
        None => attribute["type"].clone(),
    }
}

fn nested_type(nested: &Json) -> Json {
    let attributes = nested["attributes"].as_object().expect("it has attributes");
    let types: serde_json::Map<String, Json> = attributes
        .iter()
        .map(|(name, attribute)| (name.clone(), attribute_type(attribute)))
        .collect();
    let optional: Vec<&String> = attributes
        .iter()
        .filter(|(_, attribute)| attribute["optional"] == true)
        .map(|(name, _)| name)
        .collect();
    let object = if optional.is_empty() {
        json!(["object", types])
    } else {
        json!(["object", types, optional])
    };
    match nested["nesting_mode"].as_str().expect("it is nested somehow") {
        "single" => object,
        mode => json!([mode, object]),
    }
}
