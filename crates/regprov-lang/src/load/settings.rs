//! `moved`, `import`, `removed` and `check` blocks.

use super::build::Declared;
use super::condition::{About, conditions};
use super::literal::is_quoted;
use super::meta::{flag, missing_argument};
use super::provider::provider_ref;
use super::provisioner::{connection, provisioner};

use super::resource::{named, one, resource};
use crate::raw::{RawBlock, RawBody, RawExpr, problem};
use crate::{Check, Import, Moved, OpenKey, Provisioner, Removed, Spanned, WrittenAddress, codes};
use hcl_edit::expr::{Expression, TraversalOperator};
use regprov_addr::{ResourceMode, TargetAddress};
use regprov_diag::Diagnostics;
use std::sync::Arc;

/// An address as it is written; checked, and kept as text.
fn address(
    body: &mut RawBody,
    name: &str,
    block: &str,
    span: regprov_diag::Span,
    found: &mut Diagnostics,
) -> Option<WrittenAddress> {
    let Some(attribute) = body.take(name) else {
        found.push(missing_argument(name, block, span));
        return None;
    };
    let span = attribute.expr.span();
    let text = attribute
        .expr
        .as_written()
        .filter(|text| !is_quoted(&attribute.expr) && text.parse::<TargetAddress>().is_ok());
    if text.is_none() {
        let detail = format!(
            "`{name}` is the address of a resource or module, such as `azurerm_resource_group.main[\"x\"]`."
        );
        found.push(problem(&codes::ADDRESS, span, detail));
    }
    text.map(|text| Spanned { text, span })
}

pub(super) fn moved(block: RawBlock, found: &mut Diagnostics) -> Option<Moved> {
    let mut body = block.body;
    let from = address(&mut body, "from", "a `moved` block", block.span, found);
    let to = address(&mut body, "to", "a `moved` block", block.span, found);
    body.finish("a `moved` block", &["from", "to"], found);
    let (from, to) = (from?, to?);
    let is_module = |text: &str| matches!(text.parse(), Ok(TargetAddress::Module(_)));
    if is_module(&from.text) != is_module(&to.text) {
        let detail = "`from` and `to` are both addresses of resources, or both addresses of modules.";
        found.push(problem(&codes::ADDRESS, block.span, detail));
        return None;
    }
    Some(Moved {
        from,
        to,
        span: block.span,
    })
}

pub(super) fn removed(block: RawBlock, found: &mut Diagnostics) -> Option<Removed> {
    let mut body = block.body;
    let from = address(&mut body, "from", "a `removed` block", block.span, found);
    let from = from.filter(|from| whole(from, found));
    let mut destroy = true;
    if let Some(mut lifecycle) = one(&mut body, "lifecycle", found) {
        destroy = flag(&mut lifecycle.body, "destroy", found).unwrap_or(true);
        lifecycle
            .body
            .finish("the `lifecycle` of a `removed` block", &["destroy"], found);
    }
    connection(&mut body, found);
    let blocks = body.take_blocks("provisioner", 1, found).into_iter();
    let read: Vec<Provisioner> = blocks.filter_map(|block| provisioner(block, found)).collect();
    for early in read.iter().filter(|provisioner| !provisioner.on_destroy) {
        let detail = "A `removed` block only has provisioners that run on destroy.";
        found.push(problem(&codes::UNSUPPORTED_BLOCK, early.span, detail).help("Add `when = destroy`."));
    }
    body.finish("a `removed` block", &["from", "lifecycle", "provisioner"], found);
    Some(Removed {
        from: from?,
        destroy,
        provisioners: read,
        span: block.span,
    })
}

/// Whether an address names a whole resource or module, and nothing that is only read.
fn whole(from: &WrittenAddress, found: &mut Diagnostics) -> bool {
    let keyed = |module: &regprov_addr::ModuleAddress| !module.has_no_keys();
    let wrong = match from.text.parse() {
        Ok(TargetAddress::Instance(_)) => {
            Some("one instance; a `removed` block is about a whole resource or module")
        }
        Ok(TargetAddress::Module(module)) if keyed(&module) => {
            Some("instances of a module; a `removed` block is about all of them")
        }
        Ok(TargetAddress::Resource(resource)) if keyed(&resource.module) => {
            Some("instances of a module; a `removed` block is about all of them")
        }
        Ok(TargetAddress::Resource(resource)) if resource.mode == ResourceMode::Data => {
            Some("a data source, which has no object that could be removed; its block is enough to remove")
        }
        _ => None,
    };
    if let Some(wrong) = wrong {
        let detail = format!("`{}` names {wrong}.", from.text);
        found.push(problem(&codes::ADDRESS, from.span, detail));
    }
    wrong.is_none()
}

pub(super) fn import(block: RawBlock, found: &mut Diagnostics) -> Option<Import> {
    let mut body = block.body;
    let mut optional =
        |body: &mut RawBody, name: &str| body.take(name).map(|attribute| attribute.expr.compile(found));
    let (id, identity, for_each) = (
        optional(&mut body, "id"),
        optional(&mut body, "identity"),
        optional(&mut body, "for_each"),
    );
    let provider = body
        .take("provider")
        .and_then(|provider| provider_ref(&provider.expr, found));
    let mut open = Vec::new();
    if let Some(attribute) = body.attributes.get_mut("to") {
        open = open_keys(&mut attribute.expr, found);
    }
    let to = address(&mut body, "to", "an `import` block", block.span, found);
    body.finish(
        "an `import` block",
        &["to", "id", "identity", "for_each", "provider"],
        found,
    );
    if let Some(identity) = &identity {
        let detail =
            "Imports by `identity` are of newer versions of Terraform; an import names its object by `id`.";
        found.push(problem(&codes::UNSUPPORTED, identity.span(), detail));
    }
    let target = to.as_ref().and_then(|to| to.text.parse::<TargetAddress>().ok());
    if let (Some(to), Some(target)) = (&to, &target) {
        let managed = match target {
            TargetAddress::Module(_) => false,
            TargetAddress::Resource(resource) => resource.mode == ResourceMode::Managed,
            TargetAddress::Instance(instance) => instance.resource.mode == ResourceMode::Managed,
        };
        if !managed {
            let detail = format!(
                "`{}` is no resource; only objects of `resource` blocks are imported.",
                to.text
            );
            found.push(problem(&codes::ADDRESS, to.span, detail));
        }
    }
    if id.is_none() && identity.is_none() {
        found.push(missing_argument("id", "an `import` block", block.span));
    }
    Some(Import {
        to: to?,
        open_keys: open,
        id,
        identity,
        for_each,
        provider,
        span: block.span,
    })
}

/// Takes the keys off an address that have to be evaluated.
fn open_keys(raw: &mut RawExpr, found: &mut Diagnostics) -> Vec<OpenKey> {
    let Ok((expr, origin)) = raw.native() else {
        return Vec::new();
    };
    let Expression::Traversal(traversal) = &*expr else {
        return Vec::new();
    };
    let is_module = |name: &str| name == "module";
    let first = matches!(&traversal.expr, Expression::Variable(name) if is_module(name.value().as_str()));
    // How many modules were named, whether the next name is that of one, and whether the last was.
    let (mut modules, mut naming, mut at_module) = (0_usize, first, false);
    let (mut open, mut kept) = (Vec::new(), Vec::new());
    for operator in &traversal.operators {
        match operator.value() {
            TraversalOperator::GetAttr(_) if naming => {
                modules += 1;
                (naming, at_module) = (false, true);
            }
            TraversalOperator::GetAttr(name) => {
                naming = at_module && is_module(name.value().as_str());
                at_module = false;
            }
            TraversalOperator::Index(index) if crate::compile::literal_key(index).is_none() => {
                let expr = RawExpr::Hcl(Arc::new(index.clone()), origin.clone()).compile(found);
                let step = if at_module { modules - 1 } else { modules };
                open.push(OpenKey { step, expr });
                continue;
            }
            _ => {}
        }
        kept.push(operator.clone());
    }
    if !open.is_empty() {
        let shorter = hcl_edit::expr::Traversal::new(traversal.expr.clone(), kept);
        *raw = RawExpr::Hcl(Arc::new(Expression::from(shorter)), origin);
    }
    open
}

/// A `check` block; its scoped data source joins the module's.
pub(super) fn check(declared: &mut Declared<'_>, name: Arc<str>, block: RawBlock, found: &mut Diagnostics) {
    let mut body = block.body;
    let mut data = None;
    let mut inner_data = body.take_blocks("data", 2, found).into_iter();
    if let Some(second) = inner_data.clone().nth(1) {
        let detail = "A `check` block has at most one `data` block.";
        found.push(problem(&codes::DUPLICATE, second.span, detail));
    }
    if let Some(inner) = inner_data.next() {
        scoped(&inner, found);
        if let Some((name, span)) = named(&inner, ResourceMode::Data, found)
            && declared.fresh(&name.to_string(), span, found)
        {
            let made = resource(name.clone(), inner, found);
            declared.module.resources.insert(name.clone(), made);
            data = Some(name);
        }
    }
    let wrong = body
        .blocks
        .iter()
        .filter(|inner| &*inner.kind == "assert")
        .count();
    let asserts = conditions(&mut body, "assert", About::Other, found);
    if asserts.is_empty() && wrong == 0 && !found.has_errors() {
        let detail = "A `check` block has at least one `assert` block.";
        found.push(problem(&codes::MISSING_ARGUMENT, block.span, detail));
    }
    body.finish("a `check` block", &["data", "assert"], found);
    declared.module.checks.insert(
        name,
        Check {
            data,
            asserts,
            span: block.span,
        },
    );
}

/// A data source within a `check` block has no instances and no lifecycle of its own.
fn scoped(block: &RawBlock, found: &mut Diagnostics) {
    for name in ["count", "for_each", "lifecycle"] {
        let attribute = block
            .body
            .attributes
            .get(name)
            .map(|attribute| attribute.name_span);
        let inner = block.body.blocks.iter().find(|inner| &*inner.kind == name);
        if let Some(span) = attribute.or(inner.map(|inner| inner.span)) {
            let detail = format!("A `data` block in a `check` block has no `{name}`.");
            found.push(problem(&codes::UNSUPPORTED_ARGUMENT, span, detail));
        }
    }
}
