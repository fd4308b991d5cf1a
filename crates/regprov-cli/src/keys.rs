//! Where the keys of the state come from: settings of the environment, files, commands, and the person at the terminal.

use crate::context::Context;
use crate::shell::Shell;
use regprov_state::{FileKeys, FileKeysSettings, GiveText, Passphrase};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use zeroize::Zeroizing;

/// The keys of this user. Commands run, and questions are asked, only where a key is needed that nothing else gives.
pub(crate) fn of(context: &Context, user_directory: &Path) -> FileKeys {
    let get = |name: &str| {
        context
            .environment
            .get(name)
            .filter(|text| !text.trim().is_empty())
    };
    let secret = |name: &str| get(name).map(|text| Zeroizing::new(text.to_owned()));
    let command = |name: &str| get(name).map(|text| printed_by(text.to_owned(), context.directory.clone()));
    let passphrase = secret("REGPROV_PASSPHRASE")
        .map(Passphrase::Text)
        .or_else(|| get("REGPROV_PASSPHRASE_FILE").map(|path| Passphrase::File(path.into())))
        .or_else(|| command("REGPROV_PASSPHRASE_COMMAND").map(Passphrase::Command));
    if let Some(Passphrase::Text(text)) = &passphrase {
        context.guard(text);
    }
    FileKeys::new(FileKeysSettings {
        identity: secret("REGPROV_IDENTITY"),
        identity_command: command("REGPROV_IDENTITY_COMMAND"),
        passphrase,
        ask_passphrase: Some(asked(Arc::clone(&context.shell))),
        recipients: get("REGPROV_RECIPIENTS").map(str::to_owned),
        directory: context.directory.clone(),
        default_identity: user_directory.join("identity.txt"),
        created: context.clock.now().to_string(),
    })
}

/// Runs a line in the user's shell and takes what it prints. It may talk to the person through standard error.
fn printed_by(line: String, directory: PathBuf) -> GiveText {
    Arc::new(move || {
        let output = Command::new("sh")
            .args(["-c", &line])
            .current_dir(&directory)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| format!("it could not be started: {error}"))?;
        if !output.status.success() {
            return Err(format!("it ended with {}", output.status));
        }
        let text = String::from_utf8(output.stdout).map_err(|_| "what it printed is not text".to_owned())?;
        Ok(Zeroizing::new(text))
    })
}

fn asked(shell: Arc<Shell>) -> GiveText {
    Arc::new(move || {
        let answer = shell.ask_secret("The passphrase of the state:");
        answer.map(Zeroizing::new).ok_or_else(|| {
            "nobody can be asked here: set REGPROV_PASSPHRASE, REGPROV_PASSPHRASE_FILE or REGPROV_PASSPHRASE_COMMAND".into()
        })
    })
}
