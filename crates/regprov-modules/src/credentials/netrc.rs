//! `.netrc`: names and passwords for hosts.

use zeroize::Zeroizing;

/// Names and passwords for hosts.
#[derive(Default)]
pub struct Netrc(Vec<Machine>);

#[derive(Default)]
struct Machine {
    /// `None` stands for every host.
    host: Option<String>,
    login: String,
    password: Zeroizing<String>,
}

impl Netrc {
    /// Reads the text of the file; what is not understood is passed over.
    pub fn parse(text: &str) -> Self {
        let mut machines: Vec<Machine> = Vec::new();
        let mut words = text
            .lines()
            .filter(|line| !line.trim_start().starts_with('#'))
            .flat_map(str::split_whitespace);
        while let Some(word) = words.next() {
            match word {
                "machine" => machines.push(Machine {
                    host: Some(words.next().unwrap_or_default().to_lowercase()),
                    ..Machine::default()
                }),
                "default" => machines.push(Machine::default()),
                "login" | "password" | "account" => {
                    let value = words.next().unwrap_or_default();
                    match (machines.last_mut(), word) {
                        (Some(machine), "login") => value.clone_into(&mut machine.login),
                        (Some(machine), "password") => machine.password = Zeroizing::new(value.to_owned()),
                        (Some(_) | None, _) => {}
                    }
                }
                _ => {}
            }
        }
        Self(machines)
    }

    /// The name and password for a host.
    pub(crate) fn find(&self, host: &str) -> Option<(&str, &str)> {
        let named = self
            .0
            .iter()
            .find(|machine| machine.host.as_deref() == Some(host));
        let found = named.or_else(|| self.0.iter().find(|machine| machine.host.is_none()))?;
        Some((&found.login, &found.password))
    }

    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|machine| machine.password.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_are_found_by_name_and_the_default_last() {
        let netrc = Netrc::parse(
            "# mine\nmachine a.example login me password p1\nmachine b.example\n  login you\n  password p2\ndefault login any password p3\n",
        );
        assert_eq!(netrc.find("a.example"), Some(("me", "p1")));
        assert_eq!(netrc.find("b.example"), Some(("you", "p2")));
        assert_eq!(netrc.find("c.example"), Some(("any", "p3")));
        assert_eq!(Netrc::parse("").find("a"), None);
    }
}
