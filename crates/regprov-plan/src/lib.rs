//! The planner without I/O, the plan and its file, and what apply evaluates.
//!
//! [`Planner`] is a pure state machine: [`Planner::needs`] says what it must be told, [`Planner::supply`] tells it, and
//! [`Planner::finish`] answers the [`Plan`]. [`Execution`] evaluates during apply what the plan left *known after apply*
//! and checks that it agrees with the plan. What is deliberately absent: async, I/O, the clock, clouds.
//!
//! ```text
//! impl Planner {
//!     fn new(input: PlannerInput) -> Planner;
//!     fn needs(&mut self) -> Vec<(NeedId, Need)>;            // empty: nothing outstanding that was not handed out; finish
//!     fn supply(&mut self, id: NeedId, answer: Answer);
//!     fn finish(self) -> (Option<Plan>, Diagnostics);
//! }
//! impl Execution {                                           // Send; not Sync
//!     fn new(plan: &Plan, configuration: Arc<Configuration>, schemas: Schemas, prior: Prior) -> Result<Execution, Diagnostics>;
//!     fn provider_config(&self, address: &ProviderConfigAddress) -> Result<(Value, Option<u64>), Diagnostics>;   // unmarked; major
//!     fn desired(&self, address: &InstanceAddress) -> Result<Value, Diagnostics>;      // with marks
//!     fn data_config(&self, address: &InstanceAddress) -> Result<Value, Diagnostics>;
//!     fn record(&mut self, address: &InstanceAddress, object: Value);                  // what create, update or read gave
//!     fn record_deleted(&mut self, address: &InstanceAddress);
//!     fn postconditions(&self, address: &InstanceAddress) -> Diagnostics;
//!     fn outputs(&self) -> (BTreeMap<String, PriorOutput>, Diagnostics);
//! }
//! ```

mod change;
pub mod codes;
mod evaluate;
mod execution_graph;
mod input;
mod need;
mod plan;
mod planner;
mod prior;
mod schemas;
mod variables;
mod world;

pub use execution_graph::{ExecutionGraph, ExecutionNode, Operation};
pub use input::{Given, Mode, PlannerInput, VariableInput, VariableOrigin};
pub use need::{Answer, Need, NeedId};
pub use plan::{
    Action, CheckResult, CheckStatus, Note, OutputChange, Plan, PlanError, Reason, ReasonKind, Realm, ResourceChange,
    StateStamp, Unchecked,
};
pub use planner::Planner;
pub use prior::{Prior, PriorInstance, PriorOutput, decode_attributes, encode_attributes};
pub use schemas::Schemas;
