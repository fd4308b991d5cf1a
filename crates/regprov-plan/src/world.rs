//! The evaluator that plan and apply share: modules, their values, and the instances of their blocks.
//!
//! Variables, locals and outputs are evaluated when first asked for and remembered with what they depend on. The caller
//! decides the order in which blocks get instances and instances get objects.

mod expand;
mod files;
mod instances;
mod scope;
mod values;

pub(crate) use expand::{Expansion, Repetition, count_of, entries_of, expand};
pub(crate) use files::{Asked, FileFacts, Random, remember};
pub(crate) use scope::EvalScope;

use foldhash::{HashMap, HashMapExt};
use regprov_addr::{InstanceAddress, InstanceKey, ModuleAddress, ModuleStep, ResourceAddress};
use regprov_diag::Diagnostics;
use regprov_lang::{Configuration, Module, StaticModulePath};
use regprov_value::Value;
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use values::Slot;

/// A module as it is written.
pub(crate) type StaticId = u32;
/// An instance of a module.
pub(crate) type ModuleId = u32;
/// An instance of a resource or data block.
pub(crate) type InstanceId = u32;

/// Something that a value was computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Dep {
    /// One instance.
    Instance(InstanceId),
    /// All instances of a block.
    Block(ModuleId, u32),
    /// A variable of a module.
    Variable(ModuleId, u32),
    /// A local of a module.
    Local(ModuleId, u32),
    /// An output of a module.
    Output(ModuleId, u32),
    /// What the instances of a module call were decided by.
    Call(ModuleId, u32),
    /// Everything in a module, and in the modules within it.
    Subtree(ModuleId),
}

/// A module as it is written, with the modules that it calls.
pub(crate) struct StaticModule {
    pub(crate) path: StaticModulePath,
    pub(crate) module: Arc<Module>,
    pub(crate) parent: Option<(StaticId, u32)>,
    /// The module of each call, by position.
    pub(crate) children: Vec<Option<StaticId>>,
    pub(crate) instances: Vec<ModuleId>,
}

/// One instance of a module.
pub(crate) struct ModuleInstance {
    pub(crate) address: ModuleAddress,
    pub(crate) of: StaticId,
    pub(crate) parent: Option<ModuleId>,
    pub(crate) repetition: Repetition,
    pub(crate) blocks: Vec<BlockState>,
    variables: Vec<RefCell<Slot>>,
    locals: Vec<RefCell<Slot>>,
    outputs: Vec<RefCell<Slot>>,
    /// Per call: its instances, once decided, with what decided them.
    pub(crate) calls: Vec<Option<CallState>>,
}

/// The instances of a module call.
pub(crate) struct CallState {
    pub(crate) expansion: Expansion,
    /// The first instance; the others follow.
    pub(crate) first: ModuleId,
    pub(crate) deps: Arc<[Dep]>,
}

/// The instances of a block.
#[derive(Default)]
pub(crate) struct BlockState {
    pub(crate) expansion: Option<Expansion>,
    /// The first instance; the others follow.
    pub(crate) first: InstanceId,
    whole: OnceCell<Value>,
}

/// One instance of a block.
pub(crate) struct Instance {
    pub(crate) module: ModuleId,
    pub(crate) block: u32,
    pub(crate) key: Option<InstanceKey>,
    /// The object as it will be, or is.
    pub(crate) value: Option<Value>,
    /// The object as it stood before the plan.
    pub(crate) before: Option<Value>,
    /// What its configuration was computed from.
    pub(crate) deps: Arc<[Dep]>,
}

/// By block: older names of attributes, each with the name of now.
pub(crate) type FormerNames = HashMap<(StaticId, u32), Vec<(&'static str, &'static str)>>;

/// Everything that expressions can see.
pub(crate) struct World {
    pub(crate) statics: Vec<StaticModule>,
    pub(crate) modules: Vec<ModuleInstance>,
    pub(crate) instances: Vec<Instance>,
    pub(crate) files: FileFacts,
    /// The values of the root module's variables.
    pub(crate) root_variables: BTreeMap<String, Value>,
    pub(crate) workspace: String,
    pub(crate) working_directory: PathBuf,
    /// Whether values that are not wholly known may be remembered: while planning, not while applying.
    pub(crate) remember_open: bool,
    /// Names by which attributes can be referred to beside their own.
    pub(crate) former_names: FormerNames,
    errors: RefCell<Diagnostics>,
    by_address: HashMap<ModuleAddress, ModuleId>,
    /// Every declared block, by its address without keys.
    positions: HashMap<ResourceAddress, (StaticId, u32)>,
    /// How much of [`expand::LIMIT`] is taken.
    taken: usize,
}

impl World {
    pub(crate) fn new(configuration: &Configuration, workspace: String, working_directory: PathBuf) -> Self {
        let mut world = Self {
            statics: statics(configuration),
            modules: Vec::new(),
            instances: Vec::new(),
            files: FileFacts::default(),
            root_variables: BTreeMap::new(),
            workspace,
            working_directory,
            remember_open: true,
            former_names: HashMap::new(),
            errors: RefCell::new(Diagnostics::new()),
            by_address: HashMap::new(),
            positions: HashMap::new(),
            taken: 0,
        };
        world.positions = block_positions(&world.statics);
        if !world.statics.is_empty() {
            world.add_module(0, ModuleAddress::root(), None, Repetition::None);
        }
        world
    }

    /// Adds an instance of a module.
    pub(crate) fn add_module(
        &mut self,
        of: StaticId,
        address: ModuleAddress,
        parent: Option<ModuleId>,
        repetition: Repetition,
    ) -> ModuleId {
        let id = u32::try_from(self.modules.len()).expect("fewer than 2^32 modules");
        let module = &self.statics[of as usize].module;
        let slots = |count: usize| (0..count).map(|_| RefCell::new(Slot::Empty)).collect();
        self.modules.push(ModuleInstance {
            address: address.clone(),
            of,
            parent,
            repetition,
            blocks: module.resources.iter().map(|_| BlockState::default()).collect(),
            variables: slots(module.variables.len()),
            locals: slots(module.locals.len()),
            outputs: slots(module.outputs.len()),
            calls: module.module_calls.iter().map(|_| None).collect(),
        });
        self.statics[of as usize].instances.push(id);
        self.by_address.insert(address, id);
        id
    }

    pub(crate) fn module_at(&self, address: &ModuleAddress) -> Option<ModuleId> {
        self.by_address.get(address).copied()
    }

    /// The module as it is written of a module instance.
    pub(crate) fn written(&self, module: ModuleId) -> &Arc<Module> {
        &self.statics[self.modules[module as usize].of as usize].module
    }

    pub(crate) fn instance_address(&self, id: InstanceId) -> InstanceAddress {
        let instance = &self.instances[id as usize];
        self.block_address(instance.module, instance.block)
            .instance(instance.key.clone())
    }

    pub(crate) fn block_address(&self, module: ModuleId, block: u32) -> ResourceAddress {
        let (name, _) = self
            .written(module)
            .resources
            .get_index(block as usize)
            .expect("blocks are numbered by their module");
        ResourceAddress {
            module: self.modules[module as usize].address.clone(),
            mode: name.mode,
            resource_type: name.resource_type.to_string(),
            name: name.name.to_string(),
        }
    }

    /// The address of a block as it is written.
    pub(crate) fn static_address(&self, module: StaticId, block: u32) -> ResourceAddress {
        let written = &self.statics[module as usize];
        let (name, _) = written
            .module
            .resources
            .get_index(block as usize)
            .expect("blocks are numbered by their module");
        let steps = written.path.iter().map(|name| ModuleStep {
            name: name.clone(),
            key: None,
        });
        ResourceAddress {
            module: ModuleAddress(steps.collect()),
            mode: name.mode,
            resource_type: name.resource_type.to_string(),
            name: name.name.to_string(),
        }
    }

    /// The instance of an address.
    pub(crate) fn find_instance(&self, address: &InstanceAddress) -> Option<InstanceId> {
        let module = self.module_at(&address.resource.module)?;
        let (_, block) = self.declared(&address.resource)?;
        let state = &self.modules[module as usize].blocks[block as usize];
        Some(state.first + state.expansion.as_ref()?.position(address.key.as_ref())?)
    }

    /// The declaration of a block, whatever the keys of its modules.
    pub(crate) fn declared(&self, block: &ResourceAddress) -> Option<(StaticId, u32)> {
        match block.module.has_no_keys() {
            true => self.positions.get(block).copied(),
            false => self.positions.get(&block.without_keys()).copied(),
        }
    }

    /// What went wrong in variables, locals and outputs since this was last asked.
    pub(crate) fn take_errors(&self) -> Diagnostics {
        std::mem::take(&mut *self.errors.borrow_mut())
    }
}

/// The modules as they are written, parents before children, the root first.
fn statics(configuration: &Configuration) -> Vec<StaticModule> {
    let mut paths: Vec<&StaticModulePath> = configuration.modules.keys().collect();
    paths.sort_by_key(|path| (path.len(), (*path).clone()));
    let ids: HashMap<&StaticModulePath, u32> = paths.iter().copied().zip(0..).collect();
    let build = |path: &&StaticModulePath| {
        let module = &configuration.modules[*path];
        let children = module.module_calls.keys().map(|name| {
            let mut child = (*path).clone();
            child.push(name.to_string());
            ids.get(&child).copied()
        });
        let parent = path.split_last().and_then(|(name, before)| {
            let parent = *ids.get(&before.to_vec())?;
            let calls = &configuration.modules[before].module_calls;
            let call = calls.get_index_of(name.as_str())?;
            Some((parent, u32::try_from(call).ok()?))
        });
        StaticModule {
            path: (*path).clone(),
            module: Arc::new(module.clone()),
            parent,
            children: children.collect(),
            instances: Vec::new(),
        }
    };
    paths.iter().map(build).collect()
}

/// Every declared block, by its address without keys.
pub(crate) fn block_positions(statics: &[StaticModule]) -> HashMap<ResourceAddress, (StaticId, u32)> {
    let mut positions = HashMap::new();
    for (id, written) in (0..).zip(statics) {
        let steps = written.path.iter().map(|name| ModuleStep {
            name: name.clone(),
            key: None,
        });
        let module = ModuleAddress(steps.collect());
        for (name, at) in written.module.resources.keys().zip(0..) {
            let address = ResourceAddress {
                module: module.clone(),
                mode: name.mode,
                resource_type: name.resource_type.to_string(),
                name: name.name.to_string(),
            };
            positions.insert(address, (id, at));
        }
    }
    positions
}
