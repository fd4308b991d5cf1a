//! `creds verify`: prove with a real push and pull that a credential works.

use super::{choose, credentials};
use crate::arguments::VerifyArguments;
use crate::codes::VERIFY;
use crate::commands::Result;
use crate::context::Context;
use crate::outcome::Outcome;
use crate::realm::Clouds;
use crate::shell::Paint;
use crate::views::progress::seconds;
use regprov_diag::{Diagnostic, Diagnostics, escape_control};
use regprov_engine::parse_duration;
use regprov_oci::{
    Credential, Digest, ProbeImage, ProbeOptions, ProbeReport, RegistryClient, RegistryErrorKind,
    RegistryHost, StepOutcome, probe_repository,
};
use regprov_provider::{PushCredential, RegistryKind};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Runs the command.
pub(crate) async fn run(context: &Context, arguments: &VerifyArguments) -> Result {
    let patience = parse_duration(&arguments.timeout).ok_or_else(|| {
        Diagnostic::error(None, "Invalid duration").detail(format!(
            "`{}` is not a duration. Write it as `30s` or `5m`.",
            arguments.timeout
        ))
    })?;
    let clouds = Clouds::open(context, Context::realm(&arguments.realm)).await?;
    let outcome = verify(context, arguments, &clouds, patience).await;
    clouds.close().await;
    outcome
}

async fn verify(
    context: &Context,
    arguments: &VerifyArguments,
    clouds: &Clouds,
    patience: Duration,
) -> Result {
    let all = credentials(context, &arguments.realm, clouds).await?;
    let chosen: Vec<&PushCredential> = match &arguments.address {
        Some(wanted) => vec![choose(&all, Some(wanted))?],
        None if all.is_empty() => vec![choose(&all, None)?],
        None => all.iter().collect(),
    };
    let mut good = true;
    let (mut rows, mut found) = (Vec::new(), Diagnostics::new());
    for credential in chosen {
        // One that cannot be tried keeps no other from being tried.
        let report = match probe(context, arguments, (clouds, credential), patience).await {
            Ok(report) => report,
            Err(wrong) => {
                found.extend(wrong);
                continue;
            }
        };
        good &= report.succeeded();
        if arguments.json {
            rows.push(row(credential, &report));
        } else {
            print(context, credential, &report);
        }
    }
    if arguments.json {
        context.shell.line(Value::Array(rows).to_string());
    }
    if found.has_errors() {
        return Err(found);
    }
    Ok(if good { Outcome::Done } else { Outcome::Failed })
}

/// Pushes and pulls; waits where the registry has not heard of the credential yet.
async fn probe(
    context: &Context,
    arguments: &VerifyArguments,
    what: (&Clouds, &PushCredential),
    patience: Duration,
) -> std::result::Result<ProbeReport, Diagnostics> {
    let (clouds, credential) = what;
    let client = client(context, clouds, credential)?;
    let prefix = credential.repository_prefix.clone().unwrap_or_default();
    let repository = credential
        .probe
        .clone()
        .unwrap_or_else(|| probe_repository(&prefix, context.randomness.as_ref()));
    let begun = context.clock.now();
    let mut wait = Duration::from_secs(1);
    loop {
        let options = options(credential, format!("{}", context.clock.now().as_nanosecond()));
        let report = match credential.rights.push {
            true => client.probe(&repository, &options).await,
            false => client.probe_pull(&repository).await,
        };
        let elapsed: Duration = context
            .clock
            .now()
            .duration_since(begun)
            .try_into()
            .unwrap_or(Duration::ZERO);
        let propagating = report
            .failure()
            .is_some_and(|error| is_propagating(error.kind, credential, context));
        if !propagating || elapsed + wait > patience {
            return Ok(report);
        }
        if !arguments.json {
            let text = format!(
                "{}: not accepted yet; a new credential can take minutes to reach a registry ({})",
                credential.host,
                seconds(elapsed)
            );
            context.shell.transient(&text);
        }
        context.clock.sleep(wait).await;
        wait = (wait * 2).min(Duration::from_secs(15));
    }
}

/// A repository that is in use gets no tag: tags there may be kept from moving, and people see them.
fn options(credential: &PushCredential, nonce: String) -> ProbeOptions {
    let tag = credential
        .probe
        .as_ref()
        .map(|_| Digest::of(&ProbeImage::new(&nonce).manifest).to_string());
    let options = ProbeOptions::new(nonce);
    match tag {
        Some(tag) => ProbeOptions { tag, ..options },
        None => options,
    }
}

/// Whether waiting can help: the registry refuses a credential that was made in the last minutes.
fn is_propagating(kind: RegistryErrorKind, credential: &PushCredential, context: &Context) -> bool {
    if kind == RegistryErrorKind::NotYetVisible {
        return true;
    }
    let refused = matches!(kind, RegistryErrorKind::Unauthorized | RegistryErrorKind::Denied);
    let made = credential.made_at;
    refused && made.is_some_and(|made| context.clock.now().duration_since(made).as_secs() < 600)
}

fn client(
    context: &Context,
    clouds: &Clouds,
    credential: &PushCredential,
) -> std::result::Result<RegistryClient, Diagnostic> {
    let host = RegistryHost::parse(&credential.host).map_err(|error| {
        Diagnostic::error(&VERIFY, "Push credential cannot be verified")
            .address(&credential.address)
            .detail(format!("{error}."))
    })?;
    let Some(secret) = credential.secret.reveal() else {
        return Err(Diagnostic::error(&VERIFY, "Push credential cannot be verified")
            .address(&credential.address)
            .detail("The state does not hold its secret, so there is nothing to log in with.")
            .help(format!(
                "Have a new one made: regprov apply -replace='{}'",
                credential.address
            )));
    };
    let login = Credential::new(credential.username.clone(), secret.clone());
    Ok(RegistryClient::new(
        Arc::clone(&clouds.transport),
        Arc::clone(&context.clock),
        host,
        Some(login),
    ))
}

fn print(context: &Context, credential: &PushCredential, report: &ProbeReport) {
    let shell = &context.shell;
    shell.line(shell.paint(
        Paint::Bold,
        format!("{} at {}", credential.address, credential.host),
    ));
    for step in &report.steps {
        let time = format!("{} ms", step.elapsed.as_millis());
        let line = match &step.outcome {
            StepOutcome::Passed => shell.paint(Paint::Green, format!("  ok      {} ({time})", step.name)),
            StepOutcome::LeftBehind(why) => {
                let text = "  note    the probe image stays in the registry, as is normal where a credential may push and not delete:";
                shell.paint(Paint::Cyan, format!("{text}\n          {}", escape_control(why)))
            }
            StepOutcome::Warned(why) => shell.paint(
                Paint::Yellow,
                format!("  warning {}: {}", step.name, escape_control(why)),
            ),
            StepOutcome::Failed(error) => shell.paint(
                Paint::Red,
                format!("  failed  {}: {}", step.name, escape_control(&error.message)),
            ),
        };
        shell.line(line);
    }
    match report.failure() {
        None if !credential.rights.push => shell.line(shell.paint(
            Paint::Green,
            format!(
                "\nThe credential pulls from {}/{}, and is not meant to push.\n",
                report.host, report.repository
            ),
        )),
        None => {
            let digest = report
                .digest
                .as_ref()
                .map(|digest| format!(" as {digest}"))
                .unwrap_or_default();
            shell.line(shell.paint(
                Paint::Green,
                format!(
                    "\nThe credential pushes: {}/{}{digest} was pushed and pulled back.\n",
                    report.host, report.repository
                ),
            ));
        }
        Some(error) => {
            let what = if credential.rights.push { "push" } else { "pull" };
            let limited = matches!(error.kind, RegistryErrorKind::Throttled(_));
            let verdict = match limited {
                true => format!(
                    "\nWhether the credential can {what} was not seen to the end: the registry wants less to be asked."
                ),
                false => format!("\nThe credential does not {what}."),
            };
            shell.line(shell.paint(Paint::Red, verdict));
            if let Some(advice) = advice(error.kind, credential) {
                shell.line(advice);
            }
            shell.line(format!(
                "What the registry answered stands above. `regprov explain {}` says what to look at.\n",
                VERIFY.id
            ));
        }
    }
}

/// What to do about a refusal that one can tell the reason of.
fn advice(kind: RegistryErrorKind, credential: &PushCredential) -> Option<String> {
    match (kind, credential.kind) {
        (RegistryErrorKind::Throttled(_), RegistryKind::DockerHub) => Some(
            "Docker Hub counts the pulls of six hours, by account. Wait until some of them no longer count, or raise the plan of \
             the account, then verify again."
                .to_owned(),
        ),
        (RegistryErrorKind::Throttled(_), _) => Some("Wait a while, then verify again.".to_owned()),
        (RegistryErrorKind::Unauthorized, _) => Some(format!(
            "It was revoked, or has expired, or is not known there yet. Where it is gone, have a new one made:\n\n    regprov \
             apply -replace='{}'\n",
            credential.address
        )),
        (_, _) => None,
    }
}

fn row(credential: &PushCredential, report: &ProbeReport) -> Value {
    let steps: Vec<Value> = report
        .steps
        .iter()
        .map(|step| {
            let (outcome, text) = match &step.outcome {
                StepOutcome::Passed => ("passed", None),
                StepOutcome::LeftBehind(why) => ("left_behind", Some(why.clone())),
                StepOutcome::Warned(why) => ("warned", Some(why.clone())),
                StepOutcome::Failed(error) => ("failed", Some(error.message.clone())),
            };
            json!({ "step": step.name.to_string(), "outcome": outcome, "text": text, "milliseconds": step.elapsed.as_millis() as u64 })
        })
        .collect();
    json!({
        "address": credential.address.to_string(), "registry": report.host, "repository": report.repository,
        "digest": report.digest.as_ref().map(ToString::to_string), "works": report.succeeded(), "steps": steps,
    })
}
