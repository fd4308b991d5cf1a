//! `creds list`: the push credentials that the state holds.

use super::credentials;
use crate::arguments::ListArguments;
use crate::commands::Result;
use crate::context::Context;
use crate::outcome::Outcome;
use crate::realm::Clouds;
use crate::shell::Paint;
use regprov_provider::{PushCredential, Rights};
use serde_json::{Value, json};

/// Runs the command.
pub(crate) async fn run(context: &Context, arguments: &ListArguments) -> Result {
    let clouds = Clouds::open(context, Context::realm(&arguments.realm)).await?;
    let credentials = credentials(context, &arguments.realm, &clouds).await;
    clouds.close().await;
    let credentials = credentials?;
    if arguments.json {
        let rows: Vec<Value> = credentials.iter().map(row).collect();
        context.shell.line(json!(rows).to_string());
        return Ok(Outcome::Done);
    }
    if credentials.is_empty() {
        context.shell.line("The state holds no push credential.");
    }
    for credential in &credentials {
        print(context, credential);
    }
    Ok(Outcome::Done)
}

fn print(context: &Context, credential: &PushCredential) {
    let shell = &context.shell;
    shell.line(shell.paint(Paint::Bold, credential.address.to_string()));
    shell.line(format!("  registry    {}", credential.host));
    shell.line(format!("  username    {}", credential.username));
    shell.line(format!(
        "  secret      {}",
        if credential.secret.reveal().is_some() {
            "sealed in the state"
        } else {
            "not in the state"
        }
    ));
    shell.line(format!("  may         {}", rights(credential.rights)));
    if let Some(prefix) = &credential.repository_prefix {
        shell.line(format!("  only below  {prefix}"));
    }
    let expires = credential
        .expires
        .map_or_else(|| "never".to_owned(), |instant| instant.to_string());
    shell.line(format!("  expires     {expires}"));
    for warning in &credential.warnings {
        shell.line(shell.paint(Paint::Yellow, format!("  warning     {warning}")));
    }
    shell.line("");
}

fn rights(rights: Rights) -> String {
    let names = [
        (rights.pull, "pull"),
        (rights.push, "push"),
        (rights.delete, "delete"),
    ];
    let granted: Vec<&str> = names
        .iter()
        .filter(|(granted, _)| *granted)
        .map(|(_, name)| *name)
        .collect();
    if granted.is_empty() {
        "nothing".into()
    } else {
        granted.join(", ")
    }
}

fn row(credential: &PushCredential) -> Value {
    json!({
        "address": credential.address.to_string(),
        "registry": credential.host,
        "username": credential.username,
        "has_secret": credential.secret.reveal().is_some(),
        "pull": credential.rights.pull,
        "push": credential.rights.push,
        "delete": credential.rights.delete,
        "repository_prefix": credential.repository_prefix,
        "expires": credential.expires.map(|instant| instant.to_string()),
        "warnings": credential.warnings,
    })
}
