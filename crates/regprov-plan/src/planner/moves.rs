//! `moved` blocks: recorded objects get the addresses under which they are now declared.

use super::priors::{PriorObject, Priors};
use super::providers::ProviderTable;
use crate::codes;
use crate::world::StaticModule;
use foldhash::HashSet;
use regprov_addr::{InstanceAddress, ModuleAddress, ModuleStep, TargetAddress};
use regprov_diag::{Diagnostic, Diagnostics, Span};

struct Move {
    from: TargetAddress,
    to: TargetAddress,
    /// The module that says so, without keys.
    within: Vec<String>,
    span: Span,
}

/// Moves recorded objects, chains followed, until nothing moves any more.
pub(super) fn follow(
    statics: &[StaticModule],
    priors: &mut Priors,
    providers: &ProviderTable,
) -> Diagnostics {
    let (moves, mut diagnostics) = read(statics);
    diagnostics.extend(super::move_checks::check(statics));
    if moves.is_empty() {
        return diagnostics;
    }
    let mut occupied: HashSet<InstanceAddress> = priors
        .objects
        .iter()
        .map(|object| object.address.clone())
        .collect();
    for object in &mut priors.objects {
        let mut seen = HashSet::from_iter([object.address.clone()]);
        while let Some((to, span)) = moves
            .iter()
            .find_map(|one| Some((apply(one, &object.address)?, one.span)))
        {
            if !seen.insert(to.clone()) {
                diagnostics.push(
                    Diagnostic::error(&codes::MOVED, "Invalid move")
                        .detail(format!("The `moved` blocks move {to} in a circle."))
                        .at(span),
                );
                break;
            }
            if occupied.contains(&to) {
                let detail = format!(
                    "{} was to move to {to}, and the state holds an object there already, so it stays where it is.",
                    object.address
                );
                diagnostics.push(
                    Diagnostic::warning(&codes::MOVED, "Move not possible")
                        .detail(detail)
                        .at(span),
                );
                break;
            }
            occupied.remove(&object.address);
            occupied.insert(to.clone());
            object.address = to;
            diagnostics.extend(retype(object, statics, providers, span));
        }
    }
    priors.index();
    diagnostics
}

/// Gives an object that moved to another resource type the form of that type, where the type knows how.
fn retype(
    object: &mut PriorObject,
    statics: &[StaticModule],
    providers: &ProviderTable,
    span: Span,
) -> Option<Diagnostic> {
    let from = object.resource.type_name();
    let to = &object.address.resource;
    if from == to.resource_type {
        return None;
    }
    let blocks = crate::world::block_positions(statics);
    let row = blocks
        .get(&to.without_keys())
        .and_then(|(id, at)| providers.of_block(*id, *at))?;
    let provider = providers.rows[row as usize].provider.as_ref()?;
    let resource = provider.resource(&to.resource_type)?.clone();
    match resource.moved_from(from, &object.recorded) {
        Some(moved) => {
            object.recorded = moved;
            object.resource = resource;
            object.row = row;
            None
        }
        None => {
            let detail = format!(
                "The object of {} is a `{from}`, and a `{}` cannot take it over.",
                object.record.address, to.resource_type
            );
            Some(
                Diagnostic::error(&codes::MOVED, "Move between these types is not supported")
                    .detail(detail)
                    .at(span),
            )
        }
    }
}

fn read(statics: &[StaticModule]) -> (Vec<Move>, Diagnostics) {
    let mut moves = Vec::new();
    let mut diagnostics = Diagnostics::new();
    for written in statics {
        for moved in &written.module.moved {
            match (moved.from.text.parse(), moved.to.text.parse()) {
                (Ok(from), Ok(to)) if same_kind(&from, &to) => {
                    moves.push(Move {
                        from,
                        to,
                        within: written.path.clone(),
                        span: moved.span,
                    });
                }
                (Ok(_), Ok(_)) => {
                    let detail = format!(
                        "`{}` cannot move to `{}`: one names a module and the other a resource.",
                        moved.from.text, moved.to.text
                    );
                    diagnostics.push(
                        Diagnostic::error(&codes::MOVED, "Invalid move")
                            .detail(detail)
                            .at(moved.span),
                    );
                }
                (Err(error), _) => diagnostics.push(
                    Diagnostic::error(&codes::MOVED, "Invalid move")
                        .detail(error.to_string())
                        .at(moved.from.span),
                ),
                (_, Err(error)) => diagnostics.push(
                    Diagnostic::error(&codes::MOVED, "Invalid move")
                        .detail(error.to_string())
                        .at(moved.to.span),
                ),
            }
        }
    }
    (moves, diagnostics)
}

/// Both name a module, or both a resource.
fn same_kind(from: &TargetAddress, to: &TargetAddress) -> bool {
    let is_module = |target: &TargetAddress| matches!(target, TargetAddress::Module(_));
    is_module(from) == is_module(to)
}

/// Where a move leads an address, if it concerns it.
fn apply(one: &Move, address: &InstanceAddress) -> Option<InstanceAddress> {
    let steps = &address.resource.module.0;
    let depth = one.within.len();
    if steps.len() < depth
        || !steps
            .iter()
            .zip(&one.within)
            .all(|(step, name)| step.name == *name)
    {
        return None;
    }
    let (outer, inner) = steps.split_at(depth);
    let mut local = address.clone();
    local.resource.module = ModuleAddress(inner.to_vec());
    let moved = apply_local(&one.from, &one.to, &local)?;
    let mut moved_steps: Vec<ModuleStep> = outer.to_vec();
    moved_steps.extend(moved.resource.module.0.iter().cloned());
    let mut moved = moved;
    moved.resource.module = ModuleAddress(moved_steps);
    Some(moved).filter(|moved| moved != address)
}

fn apply_local(from: &TargetAddress, to: &TargetAddress, local: &InstanceAddress) -> Option<InstanceAddress> {
    match (from, to) {
        (TargetAddress::Module(from), TargetAddress::Module(to)) => {
            let steps = &local.resource.module.0;
            let (last, before) = from.0.split_last()?;
            let step = steps.get(before.len())?;
            let here = steps.starts_with(before)
                && step.name == last.name
                && (last.key.is_none() || last.key == step.key);
            if !here {
                return None;
            }
            let mut target = to.0.clone();
            if let Some(end) = target.last_mut()
                && last.key.is_none()
                && end.key.is_none()
            {
                end.key = step.key.clone();
            }
            target.extend(steps[before.len() + 1..].iter().cloned());
            let mut moved = local.clone();
            moved.resource.module = ModuleAddress(target);
            Some(moved)
        }
        (TargetAddress::Resource(from), TargetAddress::Resource(to)) if local.resource == *from => {
            Some(to.instance(local.key.clone()))
        }
        (TargetAddress::Resource(from), TargetAddress::Instance(to))
            if local.resource == *from && local.key.is_none() =>
        {
            Some(to.clone())
        }
        (TargetAddress::Instance(from), TargetAddress::Resource(to)) if local == from => {
            Some(to.instance(None))
        }
        (TargetAddress::Instance(from), TargetAddress::Instance(to)) if local == from => Some(to.clone()),
        (_, _) => None,
    }
}
