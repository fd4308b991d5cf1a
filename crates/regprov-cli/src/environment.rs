//! What the process was started with. The only place that reads the environment.

use regprov_provider::Environment as ProviderEnvironment;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::PathBuf;

/// What the process was started with.
#[derive(Clone)]
pub(crate) struct Environment {
    variables: BTreeMap<String, String>,
    /// The directory that it was started in.
    pub(crate) working_directory: PathBuf,
    /// Whether standard output is a terminal.
    pub(crate) terminal: bool,
    /// Whether standard input is a terminal.
    pub(crate) interactive: bool,
}

impl Environment {
    /// Looks at the process.
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub(crate) fn capture() -> std::io::Result<Self> {
        let text = |text: OsString| text.into_string().ok();
        let variables = std::env::vars_os().filter_map(|(name, value)| Some((text(name)?, text(value)?)));
        Ok(Self {
            variables: variables.collect(),
            working_directory: std::env::current_dir()?,
            terminal: std::io::stdout().is_terminal(),
            interactive: std::io::stdin().is_terminal(),
        })
    }

    /// A variable that is set and not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// The variables whose name begins with a prefix, without it.
    pub(crate) fn with_prefix(&self, prefix: &str) -> impl Iterator<Item = (&str, &str)> {
        let strip = move |(name, value): (&'_ String, &'_ String)| {
            name.starts_with(prefix).then_some((name.len(), value.len()))
        };
        self.variables
            .iter()
            .filter(move |pair| strip(*pair).is_some())
            .map(move |(name, value)| (&name[prefix.len()..], value.as_str()))
    }

    /// All of it.
    pub(crate) fn all(&self) -> BTreeMap<String, String> {
        self.variables.clone()
    }

    /// All of it, for providers.
    pub(crate) fn for_providers(&self) -> ProviderEnvironment {
        ProviderEnvironment(self.variables.clone())
    }

    /// The flags that `TF_CLI_ARGS` and `TF_CLI_ARGS_command` add.
    pub(crate) fn extra_arguments(&self, command: &str) -> Vec<OsString> {
        let names = ["TF_CLI_ARGS".to_owned(), format!("TF_CLI_ARGS_{command}")];
        names
            .iter()
            .filter_map(|name| self.get(name))
            .flat_map(words)
            .map(OsString::from)
            .collect()
    }

    /// The user's configuration directory of regprov: `$XDG_CONFIG_HOME/regprov`, else `~/.config/regprov`.
    pub(crate) fn configuration_directory(&self) -> Option<PathBuf> {
        let base = self
            .get("XDG_CONFIG_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute());
        let base = base.or_else(|| self.get("HOME").map(|home| PathBuf::from(home).join(".config")));
        base.map(|base| base.join("regprov"))
    }

    /// The user's name and machine, for the lock.
    pub(crate) fn who(&self) -> String {
        let user = self
            .get("USER")
            .or_else(|| self.get("LOGNAME"))
            .unwrap_or("unknown");
        let host = self
            .get("HOSTNAME")
            .map(str::to_owned)
            .or_else(|| std::fs::read_to_string("/etc/hostname").ok());
        format!("{user}@{}", host.as_deref().map_or("localhost", str::trim))
    }
}

/// Splits at spaces outside quotes.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut any) = (Vec::new(), String::new(), None, false);
    for character in text.chars() {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (None, '"' | '\'') => (quote, any) = (Some(character), true),
            (None, _) if character.is_whitespace() => {
                if any || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                any = false;
            }
            (Some(_) | None, _) => word.push(character),
        }
    }
    if any || !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_are_split_at_spaces_outside_quotes() {
        assert_eq!(
            words(" -lock=false -var 'a=b c'  \"\" "),
            ["-lock=false", "-var", "a=b c", ""]
        );
    }
}
