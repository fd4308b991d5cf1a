//! `creds render`: write a credential in the form of its consumer.

use super::{choose, credentials};
use crate::arguments::{Compatibility as CompatibilityFlag, RenderArguments, RenderFormat};
use crate::codes::{CREDENTIAL, SECRET};
use crate::commands::Result;
use crate::context::Context;
use crate::outcome::Outcome;
use crate::private;
use crate::realm::Clouds;
use regprov_diag::Diagnostic;
use regprov_handoff::{
    BinderHubOptions, Compatibility, HandoffError, KubernetesOptions, PullSecret, SecretText, binderhub,
    docker_config, dotenv, json, kubernetes_secret, powershell, shell,
};
use regprov_provider::PushCredential;
use std::path::Path;
use zeroize::Zeroizing;

/// One file of a rendering.
struct Rendered {
    name: &'static str,
    text: Zeroizing<String>,
    notes: Vec<String>,
    secret: bool,
}

/// Runs the command.
pub(crate) async fn run(context: &Context, arguments: &RenderArguments) -> Result {
    let clouds = Clouds::open(context, Context::realm(&arguments.realm)).await?;
    let credentials = credentials(context, &arguments.realm, &clouds).await;
    clouds.close().await;
    let credentials = credentials?;
    let credential = choose(&credentials, arguments.address.as_deref())?;
    let files = render(context, arguments, credential).map_err(|error| unfit(credential, &error))?;
    match &arguments.out {
        Some(folder) => save(context, folder, &files)?,
        None => print(context, arguments, &files)?,
    }
    Ok(Outcome::Done)
}

fn render(
    context: &Context,
    arguments: &RenderArguments,
    credential: &PushCredential,
) -> std::result::Result<Vec<Rendered>, HandoffError> {
    let plain = |text: &SecretText| Zeroizing::new(text.reveal().to_owned());
    let one = |name, text: SecretText| {
        vec![Rendered {
            name,
            text: plain(&text),
            notes: Vec::new(),
            secret: true,
        }]
    };
    Ok(match arguments.format {
        RenderFormat::Binderhub => {
            let mut options = BinderHubOptions::new(arguments.prefix.clone());
            options.project.clone_from(&arguments.project);
            if arguments.compat == Some(CompatibilityFlag::Docs) {
                options.compatibility = Compatibility::Docs;
                options.pull_secret = PullSecret::Omitted;
            }
            let values = binderhub(credential, &options)?;
            let config = Zeroizing::new(values.config_yaml);
            vec![
                Rendered {
                    name: "secret.yaml",
                    text: plain(&values.secret_yaml),
                    notes: Vec::new(),
                    secret: true,
                },
                Rendered {
                    name: "config.yaml",
                    text: config,
                    notes: Vec::new(),
                    secret: false,
                },
            ]
        }
        RenderFormat::Docker => {
            let folder = arguments
                .out
                .as_ref()
                .map(|folder| context.directory.join(folder));
            let existing = folder.and_then(|folder| std::fs::read_to_string(folder.join("config.json")).ok());
            let rendered = docker_config(credential, existing.as_deref())?;
            vec![Rendered {
                name: "config.json",
                text: plain(&rendered.text),
                notes: rendered.notes,
                secret: true,
            }]
        }
        RenderFormat::Kubernetes => {
            let options = KubernetesOptions {
                name: arguments.name.clone(),
                namespace: arguments.namespace.clone(),
            };
            one("pull-secret.yaml", kubernetes_secret(credential, &options)?)
        }
        RenderFormat::Env => one("registry.env", dotenv(credential)?),
        RenderFormat::Shell => one("registry.sh", shell(credential)?),
        RenderFormat::Powershell => one("registry.ps1", powershell(credential)?),
        RenderFormat::Json => one("registry.json", json(credential)?),
    })
}

/// Writes the files; those with a secret are readable by their owner alone.
fn save(context: &Context, folder: &Path, files: &[Rendered]) -> std::result::Result<(), Diagnostic> {
    let path = context.directory.join(folder);
    std::fs::create_dir_all(&path).map_err(|error| {
        Diagnostic::error(&SECRET, "Directory cannot be made").detail(format!("{}: {error}.", path.display()))
    })?;
    for file in files {
        private::write(&path.join(file.name), file.text.as_bytes())?;
        let note = if file.secret {
            "  holds the secret; mode 0600"
        } else {
            ""
        };
        context
            .shell
            .line(format!("{}{note}", folder.join(file.name).display()));
        for note in &file.notes {
            context.shell.note(format!("note: {note}"));
        }
    }
    Ok(())
}

/// Prints the files: into a pipe as they are, on a terminal only with `-reveal`.
fn print(
    context: &Context,
    arguments: &RenderArguments,
    files: &[Rendered],
) -> std::result::Result<(), Diagnostic> {
    if context.environment.terminal && !arguments.reveal {
        return Err(Diagnostic::error(&SECRET, "Secret withheld")
            .detail("What is rendered holds a secret, and standard output is a terminal.")
            .help("Give -out DIR to write files of mode 0600, send it into a pipe, or give -reveal."));
    }
    for (index, file) in files.iter().enumerate() {
        if files.len() > 1 {
            context.shell.reveal(&format!(
                "{}# {}\n",
                if index > 0 { "---\n" } else { "" },
                file.name
            ));
        }
        context.shell.reveal(&file.text);
        for note in &file.notes {
            context.shell.note(format!("note: {note}"));
        }
    }
    Ok(())
}

fn unfit(credential: &PushCredential, error: &HandoffError) -> Diagnostic {
    Diagnostic::error(&CREDENTIAL, "Credential cannot be rendered")
        .address(&credential.address)
        .detail(format!("{error}."))
}
