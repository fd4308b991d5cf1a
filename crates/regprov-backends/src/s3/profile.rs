//! Amazon's shared files: `~/.aws/config` and `~/.aws/credentials`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::settings::Settings;

/// The settings of each profile, by its name.
#[derive(Default)]
pub(super) struct Profiles(BTreeMap<String, BTreeMap<String, String>>);

impl Profiles {
    /// Reads the files that the block or the environment name, or those in the home directory. A file that is not there is
    /// empty.
    pub(super) fn read(settings: &Settings, directory: &Path) -> Self {
        let mut profiles = Self::default();
        let config = files(settings, &["shared_config_files"], "AWS_CONFIG_FILE", "config");
        let credentials = files(
            settings,
            &["shared_credentials_files", "shared_credentials_file"],
            "AWS_SHARED_CREDENTIALS_FILE",
            "credentials",
        );
        for (paths, has_prefix) in [(config, true), (credentials, false)] {
            for path in paths {
                let text = std::fs::read_to_string(directory.join(&path)).unwrap_or_default();
                profiles.add(&text, has_prefix);
            }
        }
        profiles
    }

    fn add(&mut self, text: &str, has_prefix: bool) {
        let mut section: Option<String> = None;
        for line in text.lines() {
            let is_nested = line.starts_with([' ', '\t']);
            let line = line.trim();
            if line.is_empty() || line.starts_with(['#', ';']) || is_nested {
                continue;
            }
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
                let name = name.trim();
                section = match name.strip_prefix("profile ") {
                    Some(name) if has_prefix => Some(name.trim().to_owned()),
                    _ if !has_prefix || name == "default" => Some(name.to_owned()),
                    _ => None,
                };
                continue;
            }
            if let (Some(section), Some((name, value))) = (&section, line.split_once('=')) {
                self.0
                    .entry(section.clone())
                    .or_default()
                    .insert(name.trim().to_lowercase(), value.trim().to_owned());
            }
        }
    }

    pub(super) fn get(&self, profile: &str) -> Option<&BTreeMap<String, String>> {
        self.0.get(profile)
    }
}

fn files(settings: &Settings, arguments: &[&str], variable: &str, name: &str) -> Vec<PathBuf> {
    for argument in arguments {
        let mut given = settings.texts(argument);
        given.extend(settings.text(argument).map(str::to_owned));
        if !given.is_empty() {
            return given.iter().map(|path| expand(settings, path)).collect();
        }
    }
    if let Some(path) = settings.variable(variable) {
        return vec![expand(settings, path)];
    }
    let home = settings.variable("HOME").map(PathBuf::from);
    home.map(|home| home.join(".aws").join(name))
        .into_iter()
        .collect()
}

fn expand(settings: &Settings, path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), settings.variable("HOME")) {
        (Some(rest), Some(home)) => Path::new(home).join(rest),
        _ => PathBuf::from(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_have_a_prefix_in_one_file_and_none_in_the_other() {
        let mut profiles = Profiles::default();
        profiles.add(
            "[default]\nregion = eu-west-3\n# note\n[profile work]\nrole_arn=arn\ns3 =\n  use = x\n[sso-session y]\nregion=z\n",
            true,
        );
        profiles.add(
            "[work]\naws_access_key_id = A\naws_secret_access_key=b=c\n",
            false,
        );
        assert_eq!(profiles.get("default").expect("there")["region"], "eu-west-3");
        let work = profiles.get("work").expect("there");
        assert_eq!(work["role_arn"], "arn");
        assert_eq!(work["aws_secret_access_key"], "b=c");
        assert!(!work.contains_key("use"));
        assert!(profiles.get("sso-session y").is_none());
    }
}
