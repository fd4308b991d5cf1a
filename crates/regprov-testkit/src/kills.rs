//! Real kills of the real binary: SIGKILL at random moments and at system calls, against a sandbox that another process serves.
//! After each kill no file may be torn and nothing that was told may be missing; after each command that came to its end,
//! the clouds must hold what is declared and nothing else.

mod blow;
mod place;
mod script;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use script::{Script, Toll};

const USAGE: &str = "usage: cargo xtask kills [COUNT] [SEED] [--release]

  COUNT      how many kills, at least (40)
  SEED       the seed of the first working directory (0); each that follows has the next
  --release  kill the binary that is shipped, not the one of the tests";

/// How many working directories are in use at once. They wait more than they work.
const AT_ONCE: u64 = 32;
/// About how many kills one working directory sees.
const EACH: u64 = 10;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Kills {
    program: PathBuf,
    count: u64,
    seed: u64,
}

impl Kills {
    /// Reads arguments: the binary, how many kills, and the first seed.
    ///
    /// # Errors
    /// With the usage.
    pub fn parse(arguments: &[String]) -> Result<Self, String> {
        let number = |at: usize, otherwise: u64| match arguments.get(at) {
            None => Ok(otherwise),
            Some(text) => text.parse().map_err(|_| USAGE.to_owned()),
        };
        let program = arguments.first().ok_or(USAGE)?;
        Ok(Self {
            program: program.into(),
            count: number(1, 40)?,
            seed: number(2, 0)?,
        })
    }
}

/// Kills as often as is asked and tells of it; says whether all went well.
pub fn kill(asked: &Kills, tell: &mut dyn FnMut(&str)) -> bool {
    let begun = Instant::now();
    let script = match block_on(Script::learn(&asked.program)) {
        Ok(script) => script,
        Err(error) => {
            tell(&format!("without a kill it goes wrong:\n{error}"));
            return false;
        }
    };
    if !script.traces() {
        tell("SKIPPED: there is no strace here; nothing is killed at its system calls");
    }
    tell(&script.summary());
    let (next, toll, faults) = (
        AtomicU64::new(asked.seed),
        Mutex::new(Toll::default()),
        Mutex::new(Vec::new()),
    );
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(asked.count.div_ceil(EACH)) {
            scope.spawn(|| {
                while guard(&toll).kills() < asked.count {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if let Err(error) = block_on(script.play(seed, &toll)) {
                        guard(&faults).push((seed, error));
                        return;
                    }
                }
            });
        }
    });
    let faults = faults.into_inner().unwrap_or_else(PoisonError::into_inner);
    for (seed, error) in &faults {
        tell(&format!(
            "seed {seed}: {error}\n    again: cargo xtask kills 1 {seed}"
        ));
    }
    let mut line = guard(&toll).to_string();
    let _ = write!(
        line,
        "; {} went wrong; {:.0} s",
        faults.len(),
        begun.elapsed().as_secs_f64()
    );
    tell(&line);
    faults.is_empty()
}

fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be made")
        .block_on(work)
}
