//! The backend `local`: files of this machine.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use regprov_state::{LocalStore, StateError, StateStore};

use crate::backend::{Backend, DEFAULT, OpenError, Promise, Surroundings};
use crate::settings::{Argument, Settings, text};

pub(crate) const ARGUMENTS: &[Argument] = &[text("path"), text("workspace_dir")];

const STATE: &str = "terraform.tfstate";
const WORKSPACES: &str = "terraform.tfstate.d";

struct Local {
    state: PathBuf,
    workspaces: PathBuf,
}

pub(crate) fn open(settings: &Settings, surroundings: &Surroundings) -> Result<Arc<dyn Backend>, OpenError> {
    Ok(Arc::new(Local {
        state: surroundings.directory.join(settings.text_or("path", STATE)),
        workspaces: surroundings
            .directory
            .join(settings.text_or("workspace_dir", WORKSPACES)),
    }))
}

impl Local {
    fn path(&self, workspace: &str) -> PathBuf {
        if workspace == DEFAULT {
            self.state.clone()
        } else {
            self.workspaces.join(workspace).join(STATE)
        }
    }
}

fn failed(operation: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> StateError {
    let path = path.to_owned();
    move |source| StateError::Io {
        operation,
        path,
        source,
    }
}

#[async_trait]
impl Backend for Local {
    fn promise(&self) -> Promise {
        Promise::Fenced
    }

    async fn store(&self, workspace: &str) -> Result<Arc<dyn StateStore>, StateError> {
        Ok(Arc::new(LocalStore::new(self.path(workspace))))
    }

    async fn workspaces(&self) -> Result<Vec<String>, StateError> {
        let mut workspaces = Vec::new();
        match std::fs::read_dir(&self.workspaces) {
            Ok(entries) => {
                for entry in entries {
                    let entry = entry.map_err(failed("list the directory", &self.workspaces))?;
                    if entry.path().is_dir() {
                        workspaces.extend(entry.file_name().into_string().ok());
                    }
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed("list the directory", &self.workspaces)(error)),
        }
        workspaces.sort();
        workspaces.insert(0, DEFAULT.to_owned());
        Ok(workspaces)
    }

    async fn create_workspace(&self, name: &str) -> Result<(), StateError> {
        // As Terraform: the directory says that there is one.
        let path = self.workspaces.join(name);
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .create(&path)
            .map_err(failed("create the directory", &path))
    }

    async fn delete_workspace(&self, name: &str) -> Result<(), StateError> {
        let path = self.workspaces.join(name);
        std::fs::remove_dir_all(&path).map_err(failed("remove the directory", &path))
    }

    async fn probe(&self, _id: &str) -> Result<(), StateError> {
        Ok(())
    }
}
