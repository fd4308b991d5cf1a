//! What functions learn of files: remembered answers, and what is still to be asked.

use regprov_lang::FunctionContext;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A question about files that has no answer yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Asked {
    Read(PathBuf),
    Kind(PathBuf),
    Walk(PathBuf),
}

/// An I/O error that can be told again.
type Remembered<T> = Result<T, (io::ErrorKind, String)>;
/// What fills bytes with randomness.
pub(crate) type Random = Box<dyn FnMut(&mut [u8]) + Send>;

/// The surroundings of functions.
#[derive(Default)]
pub(crate) struct FileFacts {
    pub(crate) contents: BTreeMap<PathBuf, Remembered<Arc<[u8]>>>,
    pub(crate) kinds: BTreeMap<PathBuf, Remembered<Option<bool>>>,
    pub(crate) walks: BTreeMap<PathBuf, Remembered<Vec<String>>>,
    pub(crate) working_directory: PathBuf,
    pub(crate) home: Option<PathBuf>,
    pub(crate) plan_timestamp: String,
    /// The instant of the apply; `None` while planning.
    pub(crate) now: Option<String>,
    pub(crate) random: Option<RefCell<Random>>,
    /// Whether what is not remembered does not exist: while applying.
    pub(crate) complete: bool,
    missing: RefCell<BTreeSet<Asked>>,
}

/// An I/O result that can be told again.
pub(crate) fn remember<T>(result: io::Result<T>) -> Remembered<T> {
    result.map_err(|error| (error.kind(), error.to_string()))
}

impl FileFacts {
    /// What evaluation asked for in vain since this was last asked.
    pub(crate) fn take_missing(&self) -> BTreeSet<Asked> {
        std::mem::take(&mut *self.missing.borrow_mut())
    }

    pub(crate) fn is_missing_some(&self) -> bool {
        !self.missing.borrow().is_empty()
    }

    fn recall<T: Clone>(&self, known: Option<&Remembered<T>>, asked: Asked) -> io::Result<T> {
        match known {
            Some(Ok(value)) => Ok(value.clone()),
            Some(Err((kind, text))) => Err(io::Error::new(*kind, text.clone())),
            None if self.complete => Err(io::Error::new(
                io::ErrorKind::NotFound,
                "the plan does not hold this file",
            )),
            None => {
                self.missing.borrow_mut().insert(asked);
                Err(io::ErrorKind::WouldBlock.into())
            }
        }
    }
}

impl FunctionContext for FileFacts {
    fn read_file(&self, path: &Path) -> io::Result<Arc<[u8]>> {
        self.recall(self.contents.get(path), Asked::Read(path.to_owned()))
    }

    fn file_kind(&self, path: &Path) -> io::Result<Option<bool>> {
        if self.complete && !self.kinds.contains_key(path) {
            return Ok(None);
        }
        self.recall(self.kinds.get(path), Asked::Kind(path.to_owned()))
    }

    fn walk(&self, directory: &Path) -> io::Result<Vec<String>> {
        self.recall(self.walks.get(directory), Asked::Walk(directory.to_owned()))
    }

    fn working_directory(&self) -> &Path {
        &self.working_directory
    }

    fn home(&self) -> Option<PathBuf> {
        self.home.clone()
    }

    fn plan_timestamp(&self) -> Option<String> {
        Some(self.plan_timestamp.clone())
    }

    fn now(&self) -> Option<String> {
        self.now.clone()
    }

    fn random(&self, bytes: &mut [u8]) -> bool {
        match &self.random {
            Some(random) => {
                (random.borrow_mut())(bytes);
                true
            }
            None => false,
        }
    }
}
