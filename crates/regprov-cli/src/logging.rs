//! The log, on standard error: off unless `REGPROV_LOG` asks for it, or `TF_LOG` as Terraform does.

use crate::environment::Environment;
use crate::shell::Shell;
use std::io;
use std::sync::Arc;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// What is logged below a bare level: regprov itself. Other libraries only where a filter names them.
const OWN: &[&str] = &[
    "regprov",
    "regprov_azure",
    "regprov_dockerhub",
    "regprov_emulator",
    "regprov_engine",
    "regprov_google",
    "regprov_harbor",
    "regprov_http",
    "regprov_oci",
    "regprov_ovh",
    "regprov_state",
];

/// Starts the log where the environment asks for one. Every line passes the redactor of the shell.
pub(crate) fn start(environment: &Environment, shell: &Arc<Shell>) {
    let Some(wanted) = environment
        .get("REGPROV_LOG")
        .or_else(|| environment.get("TF_LOG"))
    else {
        return;
    };
    let filter = match EnvFilter::builder().parse(directives(wanted)) {
        Ok(filter) => filter,
        Err(error) => {
            shell.note(format!(
                "warning: no log is written: `{wanted}` is no filter ({error}). Write error, warn, info, debug or trace, or TARGET=LEVEL, with commas between."
            ));
            return;
        }
    };
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(ToShell(Arc::clone(shell)));
    // A second log in one process would be a test's; the first one stays.
    let _ = log.try_init();
}

/// A bare level is about regprov; Terraform's `JSON` is its highest level.
fn directives(wanted: &str) -> String {
    let level = match wanted.trim().to_ascii_lowercase().as_str() {
        "json" => "trace".to_owned(),
        level @ ("trace" | "debug" | "info" | "warn" | "error" | "off") => level.to_owned(),
        _ => return wanted.to_owned(),
    };
    OWN.iter()
        .map(|name| format!("{name}={level}"))
        .collect::<Vec<_>>()
        .join(",")
}

/// Gives every record a writer of its own.
struct ToShell(Arc<Shell>);

impl<'a> MakeWriter<'a> for ToShell {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line {
            shell: &self.0,
            text: Vec::new(),
        }
    }
}

/// One record; it goes to the shell when it is whole, so that no secret is cut in two.
struct Line<'a> {
    shell: &'a Shell,
    text: Vec<u8>,
}

impl io::Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        let text = String::from_utf8_lossy(&self.text);
        if !text.is_empty() {
            self.shell.note(regprov_diag::escape_control(text.trim_end()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::directives;

    #[test]
    fn a_bare_level_is_about_regprov_and_a_filter_stays_as_it_is() {
        assert!(directives("DEBUG").starts_with("regprov=debug,"));
        assert!(directives("json").contains("regprov_http=trace"));
        assert_eq!(
            directives("hyper=trace,regprov_http=debug"),
            "hyper=trace,regprov_http=debug"
        );
    }
}
