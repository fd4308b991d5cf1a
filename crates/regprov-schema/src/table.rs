//! A schema as a compact table, for the comparison with the public one.

use crate::{Attribute, Block, Nesting};

/// One row: an attribute or a nested block, by its dotted path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableRow {
    /// The dotted path: `georeplications.location`.
    pub path: String,
    /// Flags in the order R O C S W, or `list`/`set`/`single` with its bounds for a block.
    pub flags: String,
    /// The type in the public JSON form; empty for a block.
    pub ty: String,
}

/// The rows of a block, sorted by path.
#[must_use]
pub fn table(block: &Block) -> Vec<TableRow> {
    let mut rows = Vec::new();
    collect(block, "", &mut rows);
    rows.sort();
    rows
}

fn collect(block: &Block, prefix: &str, rows: &mut Vec<TableRow>) {
    for (name, attribute) in &block.attributes {
        let (path, flags) = (format!("{prefix}{name}"), flags(attribute));
        rows.push(TableRow {
            path,
            flags,
            ty: attribute.ty.to_json().to_string(),
        });
    }
    for (name, nested) in &block.blocks {
        let nesting = match nested.nesting {
            Nesting::Single => "single",
            Nesting::List => "list",
            Nesting::Set => "set",
        };
        let flags = format!("{nesting} {}..{}", nested.min_items, nested.max_items);
        rows.push(TableRow {
            path: format!("{prefix}{name}"),
            flags,
            ty: String::new(),
        });
        collect(&nested.block, &format!("{prefix}{name}."), rows);
    }
}

fn flags(attribute: &Attribute) -> String {
    let flags = [
        (attribute.required, 'R'),
        (attribute.optional, 'O'),
        (attribute.computed, 'C'),
        (attribute.sensitive, 'S'),
        (attribute.write_only, 'W'),
    ];
    flags
        .iter()
        .filter(|(set, _)| *set)
        .map(|(_, flag)| *flag)
        .collect()
}
