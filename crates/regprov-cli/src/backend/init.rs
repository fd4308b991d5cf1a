//! `init`, as far as the backend goes: open it, put it to the test, take the state along, record it.

use super::record::Record;
use super::{Block, Given, changed, checked, given, migrate, open};
use crate::arguments::InitArguments;
use crate::context::Context;
use crate::load::{self, Configured};
use regprov_backends::{Backend, Promise, Settings};
use regprov_diag::Diagnostics;
use regprov_engine::state_failure;
use std::sync::Arc;

/// Prepares the backend of a configuration.
pub(crate) async fn init(
    context: &Context,
    configured: &Configured,
    arguments: &InitArguments,
) -> Result<(), Diagnostics> {
    if !arguments.backend {
        return Ok(());
    }
    let block = Block::of(context, configured)?;
    let flags = given::of_flags(context, &arguments.backend_config)?;
    let record = if arguments.reconfigure {
        None
    } else {
        Record::read(context)?
    };
    let settings = checked(context, &block, &given::over(&block.given, &flags))?;
    let target = open(context, &block.kind, &settings)
        .await
        .map_err(|diagnostic| block.refuse(context, diagnostic))?;
    if let Some(record) = &record
        && record.fits(&block)
        && flags.is_empty()
    {
        // Prepared before: what was given then still counts.
        let all = record.settings(context, &block)?;
        let settings = checked(context, &block, &all)?;
        let target = open(context, &block.kind, &settings)
            .await
            .map_err(|diagnostic| block.refuse(context, diagnostic))?;
        prove(context, &block, target.as_ref()).await?;
        let _ = context.backend.set(target);
        return Ok(());
    }
    prove(context, &block, target.as_ref()).await?;
    take_along(context, (&block, &settings, &target), record, arguments).await?;
    if block.kind == "local" && block.span.is_none() {
        Record::remove(context)?;
    } else {
        Record::write(context, &block, &settings, &flags)?;
        context
            .shell
            .line(format!("\nThe state is kept in the backend `{}`.", block.kind));
    }
    let _ = context.backend.set(target);
    Ok(())
}

/// Puts the store to the test, and says where it promises less.
async fn prove(context: &Context, block: &Block, backend: &dyn Backend) -> Result<(), Diagnostics> {
    backend
        .probe(&context.new_id())
        .await
        .map_err(|error| block.refuse(context, state_failure(&error)))?;
    if let Promise::Weaker(how) = backend.promise() {
        context
            .shell
            .note(format!("warning: the backend `{}` {how}", block.kind));
    }
    Ok(())
}

/// Takes the state from where it was before.
async fn take_along(
    context: &Context,
    (block, settings, target): (&Block, &Settings, &Arc<dyn Backend>),
    record: Option<Record>,
    arguments: &InitArguments,
) -> Result<(), Diagnostics> {
    if arguments.reconfigure {
        return Ok(());
    }
    let migrate = arguments.migrate_state || arguments.force_copy;
    let (kind, before): (String, Given) = match &record {
        Some(record) => (record.kind.clone(), record.settings(context, block)?),
        // What was never recorded is in the default file.
        None => ("local".into(), Given::new()),
    };
    let schema = regprov_backends::schema(&kind).unwrap_or_default();
    let Ok((old, _)) = Settings::check(schema, &before, &context.environment.all()) else {
        return if migrate {
            Err(block.refuse(
                context,
                changed("The backend that was recorded before cannot be opened."),
            ))
        } else {
            Ok(())
        };
    };
    if kind == block.kind && old.record() == settings.record() {
        return Ok(());
    }
    if record.is_some() && !migrate {
        return Err(block.refuse(
            context,
            changed(&format!(
                "The backend is not the one that was recorded before (`{kind}`)."
            )),
        ));
    }
    let source = open(context, &kind, &old)
        .await
        .map_err(|diagnostic| block.refuse(context, diagnostic))?;
    let may_ask = load::may_ask(context, arguments.inputs.input) && !arguments.force_copy;
    let flags = migrate::Flags {
        copy: arguments.force_copy,
        may_ask,
    };
    migrate::run(
        context,
        (source.as_ref(), &kind),
        (target.as_ref(), &block.kind),
        &flags,
    )
    .await
}
