//! The end of planning: leftovers, the order of work, and the plan itself.

use super::{Planner, order};
use crate::plan::FORMAT;
use crate::{Action, CheckResult, Mode, Note, Plan, ResourceChange};
use foldhash::HashSet;
use regprov_addr::{InstanceAddress, ResourceMode};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What was found of each object, in the order of their addresses: an object may be judged before and after it is planned.
fn merged(mut results: Vec<CheckResult>) -> Vec<CheckResult> {
    results.sort_by_cached_key(CheckResult::subject);
    results.dedup_by(|next, kept| {
        let same = (&next.module, &next.name, &next.key) == (&kept.module, &kept.name, &kept.key);
        if same {
            kept.status = kept.status.max(next.status);
            kept.messages.append(&mut next.messages);
        }
        same
    });
    results
}

impl Planner {
    /// The steps after all declarations were walked, in order.
    pub(super) fn conclude(&mut self) -> Option<Plan> {
        if self.diagnostics.has_errors() {
            return None;
        }
        self.check_moved_instances();
        self.check_imports();
        match self.settings.mode {
            Mode::Normal => self.plan_orphans(),
            Mode::Destroy | Mode::RefreshOnly => self.plan_recorded(),
        }
        if self.diagnostics.has_errors() {
            return None;
        }
        self.note_drift();
        self.record_dependencies();
        let graph = match order::execution_graph(self) {
            Ok(graph) => graph,
            Err(diagnostic) => {
                self.diagnostics.push(diagnostic);
                return None;
            }
        };
        let untargeted = self.untargeted();
        let outputs = self.output_changes();
        let notes = self.notes();
        let (mut openings, mut changes): (Vec<ResourceChange>, Vec<ResourceChange>) = self
            .rows
            .take()
            .partition(|change| change.address.resource.mode == ResourceMode::Ephemeral);
        changes.append(&mut self.leftovers);
        openings.sort_by(|a, b| a.address.cmp(&b.address));
        changes.sort_by(|a, b| (&a.address, &a.deposed).cmp(&(&b.address, &b.deposed)));
        self.drift
            .sort_by(|a, b| (&a.address, &a.deposed).cmp(&(&b.address, &b.deposed)));
        self.unchecked.sort();
        let checks = merged(std::mem::take(&mut self.checks));
        let (files, kinds, walks) = self.carried();
        Some(Plan {
            format: FORMAT,
            mode: self.settings.mode,
            realm: self.settings.realm,
            created: self.settings.timestamp,
            state: self.settings.stamp.clone(),
            workspace: self.world.workspace.clone(),
            working_directory: self.world.working_directory.clone(),
            home: self.world.files.home.clone(),
            variables: std::mem::take(&mut self.world.root_variables),
            apply_time: std::mem::take(&mut self.settings.apply_time),
            changes,
            openings,
            untargeted,
            drift: std::mem::take(&mut self.drift),
            outputs,
            graph,
            unchecked: std::mem::take(&mut self.unchecked),
            checks,
            files,
            kinds,
            walks,
            targets: self.settings.targets.iter().map(ToString::to_string).collect(),
            notes,
        })
    }

    /// The rows of recorded objects that a plan for certain targets leaves as they are.
    fn untargeted(&self) -> Vec<ResourceChange> {
        if self.settings.targets.is_empty() {
            return Vec::new();
        }
        let planned: HashSet<(&InstanceAddress, Option<&String>)> = self
            .rows
            .iter()
            .map(|(_, change)| change)
            .chain(&self.leftovers)
            .map(|change| (&change.address, change.deposed.as_ref()))
            .collect();
        let rows = self.priors.objects.iter().enumerate();
        let rows =
            rows.filter(|(_, object)| !planned.contains(&(&object.address, object.record.deposed.as_ref())));
        rows.map(|(position, _)| self.leftover(position, Action::NoOp, None))
            .collect()
    }

    fn record_dependencies(&mut self) {
        let ids: Vec<u32> = self.rows.iter().map(|(id, _)| id).collect();
        for (id, dependencies) in order::recorded_dependencies(&self.world, ids) {
            if let Some(change) = self.rows.get_mut(id) {
                change.dependencies = dependencies;
            }
        }
    }

    fn notes(&self) -> Vec<Note> {
        let warnings = self.diagnostics.iter().map(|diagnostic| Note {
            summary: diagnostic.summary.clone(),
            detail: diagnostic.detail.clone(),
            place: diagnostic.subject.map(|span| self.settings.sources.place(span)),
        });
        warnings.chain(self.left_out_notes()).collect()
    }

    /// What the plan carries of files: the configuration, and what functions learned.
    #[expect(
        clippy::type_complexity,
        reason = "the three parts go to three fields of the plan at once"
    )]
    fn carried(
        &mut self,
    ) -> (
        BTreeMap<PathBuf, Vec<u8>>,
        BTreeMap<PathBuf, Option<bool>>,
        BTreeMap<PathBuf, Vec<String>>,
    ) {
        let read = self
            .world
            .files
            .contents
            .iter()
            .filter_map(|(path, content)| Some((path.clone(), content.as_ref().ok()?.to_vec())));
        let configuration = self
            .settings
            .files
            .iter()
            .map(|(path, content)| (path.clone(), content.to_vec()));
        let files = read.chain(configuration).collect();
        let kinds = self
            .world
            .files
            .kinds
            .iter()
            .filter_map(|(path, kind)| Some((path.clone(), *kind.as_ref().ok()?)))
            .collect();
        let walks = self
            .world
            .files
            .walks
            .iter()
            .filter_map(|(path, walk)| Some((path.clone(), walk.as_ref().ok()?.clone())))
            .collect();
        (files, kinds, walks)
    }
}
