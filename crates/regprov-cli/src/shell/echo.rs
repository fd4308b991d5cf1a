//! The echo of the terminal, off while a secret is typed.

/// Turns the echo back on when dropped.
pub(super) struct Echo {
    #[cfg(unix)]
    before: Option<nix::sys::termios::Termios>,
}

impl Echo {
    /// Turns the echo of standard input off, where that is a terminal.
    #[cfg(unix)]
    pub(super) fn off() -> Self {
        use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};
        let input = std::io::stdin();
        let before = tcgetattr(&input).ok();
        if let Some(mut silent) = before.clone() {
            silent.local_flags.remove(LocalFlags::ECHO);
            silent.local_flags.insert(LocalFlags::ECHONL);
            // What cannot be set is no terminal.
            let _ = tcsetattr(&input, SetArg::TCSADRAIN, &silent);
        }
        Self { before }
    }

    /// Turns the echo of standard input off, where that is a terminal.
    #[cfg(not(unix))]
    pub(super) fn off() -> Self {
        Self {}
    }
}

#[cfg(unix)]
impl Drop for Echo {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            let input = std::io::stdin();
            let _ = nix::sys::termios::tcsetattr(&input, nix::sys::termios::SetArg::TCSADRAIN, before);
        }
    }
}
