//! `console` at a terminal, as somebody who types meets it.

use crate::stage::directory;
use nix::pty::{Winsize, openpty};
use regprov_testkit::TestEnvironment;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// A program that waits this long for something will not say it any more.
const PATIENCE: Duration = Duration::from_secs(120);

/// A program at a terminal, and who sits there.
struct Terminal {
    child: Child,
    keys: File,
    screen: Receiver<Vec<u8>>,
    /// What was shown and not looked at yet.
    shown: String,
}

impl Terminal {
    fn start(environment: &TestEnvironment, arguments: &[&str]) -> Self {
        let size = Winsize {
            ws_row: 24,
            ws_col: 100,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        let pair = openpty(&size, None).unwrap();
        let end = || Stdio::from(pair.slave.try_clone().unwrap());
        let child = Command::new(environment.program())
            .args(arguments)
            .current_dir(environment.directory())
            .env_clear()
            .envs(environment.variables())
            .env("TERM", "xterm")
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .unwrap();
        let keys = File::from(pair.master);
        let (seen, screen) = channel();
        let mut eyes = keys.try_clone().unwrap();
        // Once the program is gone, reading fails, and nobody looks any more.
        std::thread::spawn(move || {
            let mut room = [0; 4096];
            while let Ok(length @ 1..) = eyes.read(&mut room) {
                if seen.send(room[..length].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            child,
            keys,
            screen,
            shown: String::new(),
        }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Looks at the screen until a text stands there.
    fn until(&mut self, text: &str) {
        loop {
            if let Some(at) = self.shown.find(text) {
                self.shown.drain(..at + text.len());
                return;
            }
            let Ok(more) = self.screen.recv_timeout(PATIENCE) else {
                panic!("{text:?} was not shown after {:?}", self.shown);
            };
            self.shown.push_str(&String::from_utf8_lossy(&more));
        }
    }
}

/// The names of files below a folder that hold a text.
fn holders(folder: &Path, text: &str, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            holders(&path, text, found);
        } else if std::fs::read(&path).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(text)) {
            found.push(path.display().to_string());
        }
    }
}

#[tokio::test]
async fn the_console_takes_entries_of_several_lines_and_remembers_what_was_typed_while_it_lasts() {
    let environment = directory();
    environment.write("main.tf", "locals {\n  answer = 42\n}\n");
    let mut terminal = Terminal::start(&environment, &["console"]);
    terminal.until("> ");
    terminal.press("local.answer * 2\r");
    terminal.until("84\r\n");
    terminal.until("> ");
    terminal.press("[\r");
    terminal.until(": ");
    terminal.press("upper(\"seen-once\"),\r");
    terminal.until(": ");
    terminal.press("]\r");
    terminal.until("  \"SEEN-ONCE\",\r\n]");
    terminal.until("> ");
    // An error ends nothing.
    terminal.press("local.anser\r");
    terminal.until("Reference to undeclared");
    terminal.until("> ");
    terminal.press("\"again-${1 + 1}\"\r");
    terminal.until("again-2\"\r\n");
    terminal.until("> ");
    // The key with the arrow upwards.
    terminal.press("\u{1b}[A\r");
    terminal.until("again-2\"\r\n");
    terminal.until("> ");
    // Control-D.
    terminal.press("\u{4}");
    assert_eq!(terminal.child.wait().unwrap().code(), Some(0));
    let mut found = Vec::new();
    holders(environment.root(), "seen-once", &mut found);
    assert!(found.is_empty(), "what is typed is written nowhere: {found:?}");
}
