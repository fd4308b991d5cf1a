//! Tags that stay as they are: `/projects/{project}/immutabletagrules`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::api::{Api, Reply, done, told};
use super::failure::Failure;
use super::listing::list;
use super::project::{Project, admit};
use super::route::{Route, route};
use super::rows::{Row, Rows};
use super::selector::Selector;

/// A rule.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ImmutableRule {
    pub(super) id: u64,
    pub(super) project_id: u64,
    rule: Rule,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Rule {
    id: u64,
    priority: i64,
    disabled: bool,
    action: String,
    template: String,
    tag_selectors: Vec<Selector>,
    scope_selectors: BTreeMap<String, Vec<Selector>>,
}

impl Row for ImmutableRule {
    const TABLE: &'static str = "harbor/immutable_tag_rules";

    fn id(&self) -> u64 {
        self.id
    }
}

impl ImmutableRule {
    /// Whether the rule keeps a tag of a repository as it is; `repository` is named without its project.
    fn keeps(&self, repository: &str, tag: &str) -> bool {
        let scope = self.rule.scope_selectors.get("repository");
        !self.rule.disabled
            && scope.is_some_and(|selectors| selectors.iter().all(|selector| selector.takes(repository)))
            && self.rule.tag_selectors.iter().all(|selector| selector.takes(tag))
            && !self.rule.tag_selectors.is_empty()
    }
}

/// Whether a tag of a project may not be moved or deleted.
pub(super) fn is_immutable(rows: &Rows<'_>, project: u64, repository: &str, tag: &str) -> bool {
    rows.all::<ImmutableRule>()
        .iter()
        .any(|rule| rule.project_id == project && rule.keeps(repository, tag))
}

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/projects/{project}/immutabletagrules", list_rules),
    route("POST", "/projects/{project}/immutabletagrules", create),
    route(
        "PUT",
        "/projects/{project}/immutabletagrules/{immutable_rule_id}",
        update,
    ),
    route(
        "DELETE",
        "/projects/{project}/immutabletagrules/{immutable_rule_id}",
        delete,
    ),
];

fn shown(rule: &ImmutableRule) -> Value {
    let kept = &rule.rule;
    let selectors = |list: &Vec<Selector>| list.iter().map(Selector::shown).collect::<Vec<_>>();
    let scopes: BTreeMap<&String, Vec<Value>> = kept
        .scope_selectors
        .iter()
        .map(|(name, list)| (name, selectors(list)))
        .collect();
    told(
        json!({
            "id": rule.id, "priority": kept.priority, "disabled": kept.disabled, "action": kept.action,
            "template": kept.template, "tag_selectors": selectors(&kept.tag_selectors), "scope_selectors": scopes,
        }),
        &[],
    )
}

fn list_rules(api: &mut Api<'_>) -> Reply {
    let project = admit(api, "immutable-tag", "list")?;
    let rules = api.rows.all::<ImmutableRule>();
    let rows = rules
        .iter()
        .filter(|rule| rule.project_id == project.id)
        .map(shown)
        .collect();
    list(api, rows)
}

/// Refuses a rule that the project has already.
fn check_free(api: &Api<'_>, project: &Project, wish: &Rule, except: u64) -> Result<(), Failure> {
    let same = api.rows.find::<ImmutableRule>(|known| {
        known.project_id == project.id
            && known.id != except
            && known.rule.tag_selectors == wish.tag_selectors
            && known.rule.scope_selectors == wish.scope_selectors
    });
    match same {
        Some(_) => Err(Failure::conflict("immutable rule already exists")),
        None => Ok(()),
    }
}

fn create(api: &mut Api<'_>) -> Reply {
    let mut wish: Rule = api.body("ImmutableRule")?;
    let project = admit(api, "immutable-tag", "create")?;
    check_free(api, &project, &wish, 0)?;
    let id = api.rows.new_id::<ImmutableRule>();
    // A new rule is on, whatever the request says.
    (wish.id, wish.disabled) = (id, false);
    let rule = ImmutableRule {
        id,
        project_id: project.id,
        rule: wish,
    };
    api.rows.save(&rule);
    Ok(api.created(id))
}

fn named(api: &Api<'_>, project: &Project) -> Result<ImmutableRule, Failure> {
    let id = api.path_id("immutable_rule_id")?;
    match api.rows.row::<ImmutableRule>(id) {
        Some(rule) if rule.project_id == project.id => Ok(rule),
        Some(_) => Err(Failure::not_found(format!(
            "resource not found: project id {} does not match",
            project.id
        ))),
        None => Err(Failure::not_found(format!("the immutable rule {id} not found"))),
    }
}

fn update(api: &mut Api<'_>) -> Reply {
    let wish: Rule = api.body("ImmutableRule")?;
    if wish.id != api.path_id("immutable_rule_id")? {
        return Err(Failure::bad_request_because(
            "the immutable_rule_id doesn't match the id in the payload body of ImmutableRule",
        ));
    }
    let project = admit(api, "immutable-tag", "update")?;
    let mut rule = named(api, &project)?;
    check_free(api, &project, &wish, rule.id)?;
    rule.rule = wish;
    api.rows.save(&rule);
    Ok(done())
}

fn delete(api: &mut Api<'_>) -> Reply {
    let project = admit(api, "immutable-tag", "delete")?;
    let rule = named(api, &project)?;
    api.rows.remove::<ImmutableRule>(rule.id);
    Ok(done())
}
