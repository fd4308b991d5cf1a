//! Write-only arguments: null in plan and state, told to the service alone.

use regprov_schema::Block;
use regprov_value::{Data, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Whether something in a block, nested blocks included, is write-only.
pub(crate) fn has_write_only(block: &Block) -> bool {
    block.attributes.values().any(|attribute| attribute.write_only)
        || block.blocks.values().any(|nested| has_write_only(&nested.block))
}

/// The object with the write-only arguments of the configuration, without their marks.
pub(crate) fn with_write_only(block: &Block, object: &Value, config: &Value) -> Value {
    let Some(entries) = object.as_entries() else {
        return object.clone();
    };
    let mut told: BTreeMap<Arc<str>, Value> = entries.clone();
    for (name, item) in &mut told {
        let Some(given) = config.get(name) else { continue };
        if block
            .attributes
            .get(name.as_ref())
            .is_some_and(|attribute| attribute.write_only)
        {
            *item = given.unmark_deep().0;
        } else if let Some(nested) = block.blocks.get(name.as_ref()) {
            *item = nested_blocks(&nested.block, item, given);
        }
    }
    Value {
        data: Data::Object(Arc::new(told)),
        marks: object.marks,
    }
}

fn nested_blocks(block: &Block, object: &Value, config: &Value) -> Value {
    let items = |items: &[Value]| -> Vec<Value> {
        let given = config.as_items().unwrap_or_default();
        let told = items.iter().enumerate().map(|(at, item)| match given.get(at) {
            Some(given) => with_write_only(block, item, given),
            None => item.clone(),
        });
        told.collect()
    };
    let data = match &object.data {
        Data::List(ty, inner) => Data::List(ty.clone(), Arc::new(items(inner))),
        Data::Object(_) => return with_write_only(block, object, config),
        _ => return object.clone(),
    };
    Value {
        data,
        marks: object.marks,
    }
}
