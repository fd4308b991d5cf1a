//! What `init` recorded of the backend, where Terraform records it: `.terraform/terraform.tfstate`.
//!
//! Secrets are not written into it in clear. Those of `-backend-config` are sealed for the recipients of the state, and so are those of
//! the block, apart from the others: as long as the block is there, nothing has to be opened for them, and once it is
//! gone, the state can still be taken from where it was.

use super::{Block, Given, given, set};
use crate::codes::BACKEND;
use crate::context::{Context, TERRAFORM_VERSION};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regprov_backends::Settings;
use regprov_diag::{Diagnostic, Diagnostics};
use regprov_engine::state_failure;
use regprov_state::{KeySource as _, SealError, Sealer, SealingHeader, StateError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use std::sync::Arc;

const NAME: &str = "terraform.tfstate";
/// What the sealed arguments are bound to, in place of a lineage.
const PLACE: &str = "backend arguments";

/// The backend that the directory was prepared for.
pub(super) struct Record {
    pub(super) kind: String,
    config: Given,
    /// Of the block that it was made from; `None` in a record of Terraform's.
    block: Option<String>,
    /// The secrets of `-backend-config`.
    sealed: Option<Sealed>,
    /// The secrets of the block.
    sealed_block: Option<Sealed>,
}

/// Secrets, sealed, and for whom.
#[derive(Deserialize, Serialize)]
struct Sealed {
    #[serde(rename = "regprov_sealing")]
    header: SealingHeader,
    #[serde(rename = "regprov_sealed")]
    text: String,
}

impl Sealed {
    fn seal(context: &Context, kind: &str, secrets: &Given) -> Result<Self, SealError> {
        let randomness: Arc<_> = context.state_randomness();
        let sealer = Sealer::create(PLACE, &context.keys().recipients()?, randomness)?;
        let plain = serde_json::to_vec(secrets).unwrap_or_default();
        let sealed = sealer.seal_blob(kind, &plain)?;
        Ok(Self {
            header: sealer.header().clone(),
            text: STANDARD.encode(sealed),
        })
    }

    fn open(&self, context: &Context, kind: &str) -> Result<Given, SealError> {
        let identities = context.keys().identities()?;
        let sealer = Sealer::open(&self.header, PLACE, &identities, context.state_randomness())?;
        let bytes = STANDARD.decode(&self.text).unwrap_or_default();
        let plain = sealer.open_blob(kind, &bytes)?;
        Ok(serde_json::from_slice(&plain).unwrap_or_default())
    }
}

fn path(context: &Context) -> PathBuf {
    context.directory.join(context.data_directory()).join(NAME)
}

fn unreadable(context: &Context, problem: &str) -> Diagnostic {
    Diagnostic::error(&BACKEND, "Backend record cannot be used")
        .detail(format!("{}: {problem}.", path(context).display()))
        .help("Make it anew:\n\n    regprov init -reconfigure")
}

impl Record {
    pub(super) fn read(context: &Context) -> Result<Option<Self>, Diagnostics> {
        let bytes = match std::fs::read(path(context)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(context, &error.to_string()).into()),
        };
        let record: Value =
            serde_json::from_slice(&bytes).map_err(|_| unreadable(context, "it is not valid JSON"))?;
        let backend = &record["backend"];
        let Some(kind) = backend["type"].as_str().filter(|kind| !kind.is_empty()) else {
            return Ok(None);
        };
        Ok(Some(Self {
            kind: kind.to_owned(),
            config: backend["config"].as_object().cloned().unwrap_or_default(),
            block: backend["regprov_block"].as_str().map(str::to_owned),
            sealed: Sealed::deserialize(backend).ok(),
            sealed_block: Sealed::deserialize(&backend["regprov_block_secrets"]).ok(),
        }))
    }

    /// Whether the block is the one that it was made from.
    pub(super) fn fits(&self, block: &Block) -> bool {
        if block.span.is_none() {
            return self.is_default();
        }
        if self.kind != block.kind {
            return false;
        }
        match &self.block {
            Some(digest) => *digest == digest_of(block),
            None => set(&block.given)
                .iter()
                .all(|(name, value)| self.config.get(*name) == Some(value)),
        }
    }

    /// Whether it means what the lack of a block means: the file in the working directory.
    fn is_default(&self) -> bool {
        self.kind == "local" && self.sealed.is_none() && set(&self.config).is_empty()
    }

    /// The arguments that the backend is opened with.
    pub(super) fn settings(&self, context: &Context, block: &Block) -> Result<Given, Diagnostics> {
        let recorded: Given = self
            .config
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        // Of a block that is not the recorded one, what it says itself is old.
        let base = if self.fits(block) {
            block.given.clone()
        } else {
            self.unseal(context, self.sealed_block.as_ref())?
        };
        let mut settings = given::over(&base, &recorded);
        settings.extend(self.unseal(context, self.sealed.as_ref())?);
        Ok(settings)
    }

    fn unseal(&self, context: &Context, sealed: Option<&Sealed>) -> Result<Given, Diagnostics> {
        let Some(sealed) = sealed else {
            return Ok(Given::new());
        };
        sealed
            .open(context, &self.kind)
            .map_err(|error| state_failure(&StateError::from(error)).into())
    }

    /// Records a backend. `flags` are the arguments that are not in the block.
    pub(super) fn write(
        context: &Context,
        block: &Block,
        settings: &Settings,
        flags: &Given,
    ) -> Result<(), Diagnostics> {
        let schema = regprov_backends::schema(&block.kind).unwrap_or_default();
        let (clear, secret) = given::split(schema, &settings.record());
        let mut config: Map<String, Value> = clear;
        for name in secret.keys() {
            config.insert(name.clone(), Value::Null);
        }
        let mut backend = json!({
            "type": block.kind,
            "config": config,
            "hash": 0,
            "regprov_block": digest_of(block),
        });
        let (_, secret) = given::split(schema, flags);
        if !secret.is_empty() {
            let sealed = Sealed::seal(context, &block.kind, &secret)
                .map_err(|error| state_failure(&StateError::from(error)))?;
            backend["regprov_sealing"] = serde_json::to_value(sealed.header).unwrap_or_default();
            backend["regprov_sealed"] = Value::String(sealed.text);
        }
        let (_, secret) = given::split(schema, &block.given);
        if !secret.is_empty()
            // Without a key the block alone has them; who takes the state elsewhere then says them once more.
            && let Ok(sealed) = Sealed::seal(context, &block.kind, &secret)
        {
            backend["regprov_block_secrets"] = serde_json::to_value(sealed).unwrap_or_default();
        }
        let record = json!({
            "version": 3,
            "terraform_version": TERRAFORM_VERSION,
            "backend": backend,
        });
        let text = serde_json::to_vec_pretty(&record).unwrap_or_default();
        context.make_data_directory()?;
        crate::private::write(&path(context), &text).map_err(Diagnostics::from)
    }

    /// Forgets the backend: the state is in a local file again.
    pub(super) fn remove(context: &Context) -> Result<(), Diagnostics> {
        match std::fs::remove_file(path(context)) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(unreadable(context, &error.to_string()).into()),
        }
    }
}

/// The digest of what a block says.
fn digest_of(block: &Block) -> String {
    let text = serde_json::to_string(&(&block.kind, set(&block.given))).unwrap_or_default();
    hex::encode(Sha256::digest(text))
}
