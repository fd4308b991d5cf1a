//! What is done to an object: the planned value and the action, with the reasons.

use super::{Difference, differences, ignore_all, ignore_path, propose, reopen, schema_marks, set_at};
use crate::{Action, ReasonKind};
use regprov_addr::{AttributePath, AttributeStep};
use regprov_lang::IgnoreChanges;
use regprov_provider::{Advice, AnyResource, Connection, Finding, Partial, PlanRequest};
use regprov_value::Value;

/// What a decision is made from.
pub(crate) struct Question<'a> {
    /// The type.
    pub(crate) resource: &'a dyn AnyResource,
    /// Its provider, where it is connected.
    pub(crate) connection: Option<&'a Connection>,
    /// The arguments as evaluated.
    pub(crate) config: &'a Value,
    /// The object as it stands.
    pub(crate) prior: Option<&'a Value>,
    /// Why it is to be replaced whatever its arguments say.
    pub(crate) forced: Option<ReasonKind>,
    /// `ignore_changes`
    pub(crate) ignore: &'a IgnoreChanges,
    /// `create_before_destroy`
    pub(crate) create_first: bool,
}

/// What is decided.
pub(crate) struct Decision {
    pub(crate) action: Action,
    pub(crate) after: Value,
    pub(crate) reasons: Vec<(ReasonKind, Option<AttributePath>)>,
    pub(crate) findings: Vec<Finding>,
}

/// Decides.
pub(crate) fn decide(question: &Question<'_>) -> Decision {
    let block = &question.resource.schema().block;
    let decision = match question.prior {
        None => create(question),
        Some(prior) => change(question, prior),
    };
    Decision {
        after: schema_marks(block, &decision.after),
        ..decision
    }
}

fn create(question: &Question<'_>) -> Decision {
    let after = fresh(question, question.config);
    let advice = advice(question, None, &after, question.config);
    Decision {
        action: Action::Create,
        after,
        reasons: Vec::new(),
        findings: advice.findings,
    }
}

fn change(question: &Question<'_>, prior: &Value) -> Decision {
    let block = &question.resource.schema().block;
    let config = ignored(question, prior);
    let proposed = propose(block, &config, Some(prior));
    let planned = foreseen(question, reopen(block, &config, prior, proposed.clone()));
    let advice = advice(question, Some(prior), &planned, &config);
    let planned = if advice.suppress.is_empty() {
        planned
    } else {
        // What is no change opens nothing.
        reopen(block, &config, prior, suppress(&advice, prior, proposed))
    };
    let planned = foreseen(question, recompute(question, &advice, planned));
    let differences = differences(block, prior, &planned);
    let reasons = replace_reasons(question, &advice, &differences);
    if !reasons.is_empty() {
        let after = fresh(question, &config);
        let action = if question.create_first {
            Action::CreateThenDelete
        } else {
            Action::DeleteThenCreate
        };
        return Decision {
            action,
            after,
            reasons,
            findings: advice.findings,
        };
    }
    let action = if differences.is_empty() {
        Action::NoOp
    } else {
        Action::Update
    };
    Decision {
        action,
        after: planned,
        reasons,
        findings: advice.findings,
    }
}

/// A new object.
fn fresh(question: &Question<'_>, config: &Value) -> Value {
    foreseen(question, propose(&question.resource.schema().block, config, None))
}

fn ignored(question: &Question<'_>, prior: &Value) -> Value {
    match question.ignore {
        IgnoreChanges::All => ignore_all(&question.resource.schema().block, question.config, prior),
        IgnoreChanges::Paths(paths) => paths.iter().fold(question.config.clone(), |config, (path, _)| {
            ignore_path(config, prior, path)
        }),
    }
}

fn advice(question: &Question<'_>, prior: Option<&Value>, planned: &Value, config: &Value) -> Advice {
    question.resource.plan(PlanRequest {
        prior: prior.map(Partial),
        desired: Partial(planned),
        config: Partial(config),
    })
}

/// The planned object without the changes that are none, as the type advises.
fn suppress(advice: &Advice, prior: &Value, planned: Value) -> Value {
    advice
        .suppress
        .iter()
        .fold(planned, |planned, path| match prior.at(path) {
            Some(kept) => set_at(planned, &path.0, kept.clone()),
            None => planned,
        })
}

/// The planned object with what the type opens again.
fn recompute(question: &Question<'_>, advice: &Advice, planned: Value) -> Value {
    let block = &question.resource.schema().block;
    advice
        .recompute
        .iter()
        .fold(planned, |planned, name| match block.attributes.get(name) {
            Some(attribute) => {
                let open = Value::unknown(attribute.ty.clone());
                set_at(planned, &[AttributeStep::Name((*name).to_owned())], open)
            }
            None => planned,
        })
}

/// The planned object with what the type can tell beforehand.
fn foreseen(question: &Question<'_>, planned: Value) -> Value {
    let Some(connection) = question.connection else {
        return planned;
    };
    let told = question.resource.foresee(connection, Partial(&planned));
    told.into_iter()
        .fold(planned, |planned, (name, value)| match planned.get(name) {
            Some(open) if !open.is_known() => set_at(planned, &[AttributeStep::Name(name.to_owned())], value),
            Some(_) | None => planned,
        })
}

fn replace_reasons(
    question: &Question<'_>,
    advice: &Advice,
    differences: &[Difference],
) -> Vec<(ReasonKind, Option<AttributePath>)> {
    let forced = question.forced.map(|kind| (kind, None));
    let advised = |path: &AttributePath| {
        advice
            .replace
            .iter()
            .any(|advised| path.starts_with(advised) || advised.starts_with(path))
    };
    let immutable = differences
        .iter()
        .filter(|difference| difference.replaces || advised(&difference.path))
        .map(|difference| (ReasonKind::Immutable, Some(difference.path.clone())));
    forced.into_iter().chain(immutable).collect()
}
