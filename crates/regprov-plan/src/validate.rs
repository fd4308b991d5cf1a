//! Checks a configuration by itself: nothing but literals is known, and no service is asked.

mod checking;
mod unsupported;

pub use unsupported::UnsupportedTypes;

use crate::Schemas;
use crate::planner::providers::ProviderTable;
use crate::planner::static_graph;
use crate::world::{StaticId, StaticModule, World};
use checking::Checking;
use foldhash::HashMap;
use regprov_addr::AttributeStep;
use regprov_diag::{Diagnostic, Diagnostics};
use regprov_lang::{
    Configuration, FunctionContext, IndexRef, Module, Reference, ResourceName, Subject, codes as lang, decode,
};
use regprov_schema::Block;
use std::path::PathBuf;
use unsupported::Unsupported;

/// Everything that can be found wrong with a configuration without values for its variables and without a service.
pub fn validate(
    configuration: &Configuration,
    schemas: &Schemas,
    functions: &dyn FunctionContext,
    unsupported: UnsupportedTypes,
) -> Diagnostics {
    let world = World::new(configuration, "default".to_owned(), PathBuf::new());
    let (providers, mut diagnostics) = ProviderTable::resolve(&world.statics, schemas);
    let (_, found) = static_graph::build(&world.statics, &providers);
    diagnostics.extend(found);
    let mut unknown = Unsupported::default();
    let mut references = Diagnostics::new();
    for (id, written) in (0..).zip(&world.statics) {
        let blocks = schemas_of(&providers, id, written);
        let types = checking::types(&blocks);
        let checking = Checking::new(&written.module, &types, functions);
        for ((name, resource), at) in written.module.resources.iter().zip(0..) {
            match blocks.get(name) {
                Some(block) => checking.resource((name, resource), block, &mut diagnostics),
                None => {
                    let repeats = resource.count.is_some() || resource.for_each.is_some();
                    let surely = !repeats && !is_repeated(&world.statics, id);
                    unknown.add((name, resource), surely, (&providers, id, at));
                }
            }
        }
        for config in &written.module.provider_configs {
            if let Some(provider) = schemas.provider_named(&config.name) {
                let (_, found) = decode(&config.body, &provider.schema().block, &checking);
                diagnostics.extend(found);
            }
        }
        checking.module(&mut diagnostics);
        diagnostics.extend(unsupported::calls(&written.module, unsupported));
        for reference in written.module.references() {
            // Where nothing is evaluated, or errors are caught by `can` and `try`.
            references.extend(no_such_instance(&written.module, &reference));
            references.extend(unknown_attribute(&blocks, &reference));
        }
    }
    diagnostics.add_further(references);
    diagnostics.extend(unknown.into_diagnostics(schemas, unsupported));
    diagnostics.remove_repeats();
    diagnostics.sort();
    diagnostics
}

/// The schemas of a module's blocks, as far as their types are known.
fn schemas_of<'a>(
    providers: &'a ProviderTable,
    id: StaticId,
    written: &'a StaticModule,
) -> HashMap<&'a ResourceName, &'a Block> {
    let block = |name: &ResourceName, at: u32| {
        let row = providers.of_block(id, at)?;
        let provider = providers.rows[row as usize].provider.as_ref()?;
        let schema = crate::schemas::schema_of(provider, name.mode, &name.resource_type);
        schema.map(|schema| &schema.block)
    };
    let names = written.module.resources.keys().zip(0..);
    names
        .filter_map(|(name, at)| Some((name, block(name, at)?)))
        .collect()
}

/// A reference to an attribute that the type of the block does not have, wherever it stands.
fn unknown_attribute(blocks: &HashMap<&ResourceName, &Block>, reference: &Reference) -> Option<Diagnostic> {
    let Subject::Resource { resource, .. } = &reference.subject else {
        return None;
    };
    let Some(AttributeStep::Name(name)) = reference.path.0.first() else {
        return None;
    };
    let block = blocks.get(resource)?;
    let former = block.attributes.values().flat_map(|attribute| attribute.former);
    let known = block.attributes.keys().chain(block.blocks.keys()).copied();
    let former = former.filter(|former| former.form.is_none());
    let known: Vec<&str> = known.chain(former.map(|former| former.name)).collect();
    if known.contains(&name.as_str()) {
        return None;
    }
    let diagnostic = Diagnostic::error(&lang::ATTRIBUTE, lang::ATTRIBUTE.title)
        .at(reference.attribute.unwrap_or(reference.span))
        .detail(format!(
            "`{resource}` has no argument, block or attribute named `{name}`."
        ));
    Some(match regprov_diag::suggest(name, known) {
        Some(near) => diagnostic.help(format!("Did you mean `{near}`?")),
        None => diagnostic,
    })
}

/// A reference to an instance of a block that has but one, without a key.
fn no_such_instance(module: &Module, reference: &Reference) -> Option<Diagnostic> {
    let Subject::Resource {
        resource,
        index: Some(index),
    } = &reference.subject
    else {
        return None;
    };
    let block = module.resources.get(resource)?;
    if block.count.is_some() || block.for_each.is_some() {
        return None;
    }
    let key = match index {
        IndexRef::Key(key) => key.to_string(),
        IndexRef::CountIndex | IndexRef::EachKey | IndexRef::Expression => "with a key".to_owned(),
    };
    Some(checking::no_instance(resource, &key).at(reference.span))
}

/// Whether a module is called with `count` or `for_each`, or within one that is.
fn is_repeated(statics: &[StaticModule], module: StaticId) -> bool {
    let Some((parent, call)) = statics[module as usize].parent else {
        return false;
    };
    let calls = &statics[parent as usize].module.module_calls;
    let repeats = calls
        .get_index(call as usize)
        .is_some_and(|(_, call)| call.count.is_some() || call.for_each.is_some());
    repeats || is_repeated(statics, parent)
}
