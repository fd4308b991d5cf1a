//! The planner without I/O, the plan and its file, and what apply evaluates.
//!
//! [`Planner`] is a pure state machine: [`Planner::needs`] says what it must be told, [`Planner::supply`] tells it, and
//! [`Planner::finish`] answers the [`Plan`]. [`Execution`] evaluates during apply what the plan left *known after apply*
//! and checks that it agrees with the plan. What is deliberately absent: async, I/O, the clock, clouds.

mod change;
pub mod codes;
mod ephemeral;
mod evaluate;
mod evaluation;
mod execution;
mod execution_graph;
mod infinite;
mod input;
mod lifecycle;
mod need;
mod operation_graph;
mod plan;
mod planner;
mod prior;
mod provisioner;
mod requirements;
mod resource_graph;
mod schemas;
mod sensitive;
mod validate;
mod variables;
mod world;

pub use evaluation::{Evaluation, EvaluationInput};
pub use execution::{ApplyContext, Execution, Fill, Unasked};
pub use execution_graph::{ExecutionGraph, ExecutionNode, Operation};
pub use input::{Mode, PlannerInput, VariableInput, VariableOrigin};
pub use need::{Answer, Need, NeedId};
pub use operation_graph::{OperationGraph, OperationNode, Shape, operation_graph};
pub use plan::{
    Action, CheckKind, CheckResult, CheckStatus, LEFT_OUT, Note, OutputChange, Plan, PlanError, Realm,
    Reason, ReasonKind, ResourceChange, StateStamp, Unchecked,
};
pub use planner::Planner;
pub use prior::{Prior, PriorInstance, PriorOutput, decode_attributes, encode_attributes};
pub use provisioner::{LocalExec, Occasion};
pub use regprov_lang::Given;
pub use requirements::ModuleRequirements;
pub use resource_graph::{ResourceGraph, resource_graph};
pub use schemas::Schemas;
pub use validate::{UnsupportedTypes, validate};
pub use variables::complete_variables;
