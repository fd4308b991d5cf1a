//! A plan for people: what is lost first, then what is made and changed, and what it comes to.

use super::value::{is_empty, object_text, shown};
use crate::shell::{Page, Paint, Shell};
use regprov_engine::Deed;
use regprov_plan::{Action, LEFT_OUT, Mode, Plan, Reason, ReasonKind, ResourceChange};
use regprov_value::{Type, Value};
use std::collections::BTreeSet;

/// Prints a plan.
pub(crate) fn print(shell: &Shell, plan: &Plan) {
    let page = &shell.page();
    let drift: Vec<&ResourceChange> = plan
        .drift
        .iter()
        .filter(|change| change.before != change.after)
        .collect();
    if !drift.is_empty() && (plan.mode == Mode::RefreshOnly || plan.has_changes()) {
        page.line("Changed outside regprov since the last run:\n");
        for change in &drift {
            print_change(page, change, drift_title(change));
        }
    }
    let mut changes: Vec<&ResourceChange> = plan.changes.iter().filter(|change| change.is_change()).collect();
    changes.sort_by_key(|change| severity(change.action));
    if !changes.is_empty() {
        page.line("regprov will do the following:\n");
    }
    for change in changes {
        print_change(page, change, title(change));
    }
    print_outputs(page, plan);
    let left_out: Vec<_> = plan
        .notes
        .iter()
        .filter(|note| note.summary == LEFT_OUT)
        .collect();
    if !left_out.is_empty() {
        page.line("Left out by -skip-unsupported:");
        for note in left_out {
            let place = note
                .place
                .as_ref()
                .map(|place| format!(" ({place})"))
                .unwrap_or_default();
            page.line(format!("  {}{place}", note.detail));
        }
        page.line("");
    }
    if !plan.unchecked.is_empty() {
        page.line("Not checked while planning:");
        for unchecked in &plan.unchecked {
            page.line(format!("  {}: {}", unchecked.address, unchecked.what));
        }
        page.line("");
    }
    page.line(summary(shell, plan));
}

/// What is lost comes first.
const fn severity(action: Action) -> u8 {
    match action {
        Action::Delete => 0,
        Action::DeleteThenCreate | Action::CreateThenDelete => 1,
        Action::Forget => 2,
        Action::Update => 3,
        Action::Create => 4,
        Action::Read => 5,
        Action::NoOp => 6,
    }
}

const fn paint(action: Action) -> Paint {
    match action {
        Action::Delete | Action::DeleteThenCreate | Action::CreateThenDelete => Paint::Red,
        Action::Update => Paint::Yellow,
        Action::Create => Paint::Green,
        Action::Forget | Action::Read | Action::NoOp => Paint::Cyan,
    }
}

fn title(change: &ResourceChange) -> String {
    let verb = match change.action {
        Action::Create => "will be created",
        Action::Update => "will be changed in place",
        Action::DeleteThenCreate => "will be deleted, then created anew",
        Action::CreateThenDelete => "will be created anew, then the old one deleted",
        Action::Delete => "will be deleted",
        Action::Read => "will be read during apply",
        Action::Forget => "will be dropped from the state; the object stays",
        Action::NoOp if change.importing.is_some() => "will be taken over",
        Action::NoOp => "has moved",
    };
    let address = match &change.deposed {
        Some(key) => format!("{} (deposed object {key})", change.address),
        None => change.address.to_string(),
    };
    let moved = change
        .previous_address
        .as_ref()
        .map(|from| format!(", moved from {from}"))
        .unwrap_or_default();
    let taken = match (&change.importing, change.action) {
        (Some(id), Action::NoOp) => format!(" (id {id})"),
        (Some(id), _) => format!(", and is taken over (id {id})"),
        (None, _) => String::new(),
    };
    format!("{address} {verb}{moved}{taken}")
}

fn drift_title(change: &ResourceChange) -> String {
    match change.after {
        Some(_) => format!("{} has changed", change.address),
        None => format!("{} is gone", change.address),
    }
}

fn print_change(page: &Page<'_>, change: &ResourceChange, title: String) {
    let color = paint(change.action);
    page.write(format_args!(
        "  {}\n",
        page.paint(Paint::Bold, format!("# {title}"))
    ));
    for reason in &change.reasons {
        page.line(format!("  # {}", reason_text(reason)));
    }
    let resource = &change.address.resource;
    let keyword = match resource.mode {
        regprov_addr::ResourceMode::Managed => "resource",
        regprov_addr::ResourceMode::Data => "data",
        regprov_addr::ResourceMode::Ephemeral => "ephemeral",
    };
    let symbol = page.paint(color, change.action.symbol());
    page.write(format_args!(
        "  {symbol} {keyword} {:?} {:?} {{\n",
        resource.resource_type, resource.name
    ));
    print_body(page, &body(change));
    page.line("    }\n");
}

/// The lines of a body, each in the colour of its sign.
fn print_body(page: &Page<'_>, body: &str) {
    if !page.is_colored() {
        page.write(format_args!("{body}"));
        return;
    }
    for line in body.lines() {
        let sign = line.trim_start().chars().next();
        let color = match sign {
            Some('+') => Paint::Green,
            Some('-') => Paint::Red,
            Some('~') => Paint::Yellow,
            Some(_) | None => Paint::Dim,
        };
        page.line(page.paint(color, line));
    }
}

/// What is shown of a change, each line ended.
fn body(change: &ResourceChange) -> String {
    let forcing: BTreeSet<String> = change
        .reasons
        .iter()
        .filter(|reason| reason.kind == ReasonKind::Immutable)
        .filter_map(|reason| reason.path.as_ref()?.argument().map(str::to_owned))
        .collect();
    match (&change.before, &change.after) {
        (None, Some(after)) => object_text(after, "+", 6),
        (Some(before), None) => object_text(before, "-", 6),
        (Some(before), Some(after)) => differences(before, after, &forcing),
        (None, None) => String::new(),
    }
}

/// Only what differs, with both values.
fn differences(before: &Value, after: &Value, forcing: &BTreeSet<String>) -> String {
    let (Some(old), Some(new)) = (before.as_entries(), after.as_entries()) else {
        return format!("      ~ {} -> {}\n", shown(before), shown(after));
    };
    let names: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let null = Value::null(Type::Dynamic);
    let changed: Vec<_> = names
        .iter()
        .map(|name| {
            (
                name.as_ref(),
                old.get(*name).unwrap_or(&null),
                new.get(*name).unwrap_or(&null),
            )
        })
        .filter(|(_, before, after)| {
            before.unmark_deep().0 != after.unmark_deep().0 && !(is_empty(before) && is_empty(after))
        })
        .collect();
    let width = changed
        .iter()
        .map(|(name, _, _)| name.chars().count())
        .max()
        .unwrap_or(0);
    let mut lines: String = changed
        .iter()
        .map(|(name, before, after)| {
            let forced = if forcing.contains(*name) {
                "  # forces replacement"
            } else {
                ""
            };
            match (is_empty(before), is_empty(after)) {
                (true, _) => format!("      + {name:width$} = {}{forced}\n", shown(after)),
                (false, true) => format!("      - {name:width$} = {} -> null{forced}\n", shown(before)),
                (false, false) => format!(
                    "      ~ {name:width$} = {} -> {}{forced}\n",
                    shown(before),
                    shown(after)
                ),
            }
        })
        .collect();
    let same = names.len() - changed.len();
    if same > 0 {
        lines.push_str(&format!("        # ({same} unchanged)\n"));
    }
    lines
}

fn reason_text(reason: &Reason) -> String {
    let argument = reason
        .path
        .as_ref()
        .map(|path| format!("`{path}`"))
        .unwrap_or_else(|| "an argument".into());
    let text = match reason.kind {
        ReasonKind::Immutable => format!("because {argument} cannot change in place"),
        ReasonKind::Tainted => "because it was left half-made or is marked tainted".into(),
        ReasonKind::Requested => "because -replace asks for it".into(),
        ReasonKind::Triggered => "because replace_triggered_by names something that changes".into(),
        ReasonKind::NotDeclared => "because its block is no longer in the configuration".into(),
        ReasonKind::CountIndex => "because its index is beyond `count` now".into(),
        ReasonKind::ForEachKey => "because its key is no longer in `for_each`".into(),
        ReasonKind::WrongRepetition => "because its block has or lost `count` or `for_each`".into(),
        ReasonKind::NoModule => "because its module instance is gone".into(),
        ReasonKind::Deposed => "because it is left over from a replacement".into(),
        ReasonKind::LostWithParent => "because what it lives in is made anew, and it goes with it".into(),
        ReasonKind::Vanished => "because it was deleted outside regprov".into(),
        ReasonKind::ConfigUnknown => "because its configuration is known after apply".into(),
        ReasonKind::DependencyPending => "because something that it depends on changes".into(),
        ReasonKind::Removed => "because a `removed` block says so".into(),
        ReasonKind::Adopted => "because it exists already, and -adopt takes it over".into(),
    };
    match &reason.place {
        Some(place) => format!("{text} ({place})"),
        None => text,
    }
}

fn print_outputs(page: &Page<'_>, plan: &Plan) {
    let changed: Vec<_> = plan
        .outputs
        .iter()
        .filter(|(_, output)| output.action() != Action::NoOp)
        .collect();
    if changed.is_empty() {
        return;
    }
    page.line("Outputs:");
    let width = changed
        .iter()
        .map(|(name, _)| name.chars().count())
        .max()
        .unwrap_or(0);
    for (name, output) in changed {
        let text = |value: &Value| {
            if output.sensitive {
                "(sensitive value)".to_owned()
            } else {
                shown(value)
            }
        };
        let line = match (&output.before, &output.after) {
            (None, Some(after)) => page.paint(Paint::Green, format!("  + {name:width$} = {}", text(after))),
            (Some(before), Some(after)) => page.paint(
                Paint::Yellow,
                format!("  ~ {name:width$} = {} -> {}", text(before), text(after)),
            ),
            (Some(before), None) => page.paint(
                Paint::Red,
                format!("  - {name:width$} = {} -> null", text(before)),
            ),
            (None, None) => continue,
        };
        page.line(line);
    }
    page.line("");
}

/// `Plan: 6 to add, 0 to change, 0 to destroy.`
pub(crate) fn summary(shell: &Shell, plan: &Plan) -> String {
    let counts = Counts::of(plan);
    if !plan.has_changes() {
        return match plan.mode {
            Mode::Destroy => "Nothing to destroy: the state is empty.".into(),
            Mode::Normal | Mode::RefreshOnly if plan.changes.is_empty() => {
                "No changes. There is nothing declared, and nothing in the state.".into()
            }
            Mode::Normal | Mode::RefreshOnly => {
                shell.paint(Paint::Green, "No changes. What exists matches the configuration.")
            }
        };
    }
    let import = if counts.import > 0 {
        format!("{} to import, ", counts.import)
    } else {
        String::new()
    };
    let forget = if counts.forget > 0 {
        format!(", {} to forget", counts.forget)
    } else {
        String::new()
    };
    let text = format!(
        "Plan: {import}{} to add, {} to change, {} to destroy{forget}.",
        counts.add, counts.change, counts.destroy
    );
    shell.paint(Paint::Bold, text)
}

/// How many objects a plan touches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) import: usize,
    pub(crate) add: usize,
    pub(crate) change: usize,
    pub(crate) destroy: usize,
    pub(crate) forget: usize,
}

impl Counts {
    pub(crate) fn of(plan: &Plan) -> Self {
        let mut counts = Self::default();
        for change in &plan.changes {
            counts.import += usize::from(change.importing.is_some());
            counts.count(change.action);
        }
        counts
    }

    /// What was done. The delete of what is replaced is a deed of its own.
    pub(crate) fn of_deeds(deeds: &[Deed]) -> Self {
        let mut counts = Self::default();
        for deed in deeds {
            match deed.action.is_replace() {
                true => counts.add += 1,
                false => counts.count(deed.action),
            }
        }
        counts
    }

    fn count(&mut self, action: Action) {
        match action {
            Action::Create => self.add += 1,
            Action::Update => self.change += 1,
            Action::DeleteThenCreate | Action::CreateThenDelete => {
                self.add += 1;
                self.destroy += 1;
            }
            Action::Delete => self.destroy += 1,
            Action::Forget => self.forget += 1,
            Action::NoOp | Action::Read => {}
        }
    }
}
