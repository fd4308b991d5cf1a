//! The proof: push an image with the credential, pull it back, delete it, and see that others are refused.

use crate::error::{RegistryError, RegistryErrorKind};
use crate::{Credential, Digest, ProbeImage, RegistryClient};
use http::StatusCode;
use jiff::Timestamp;
use regprov_http::Randomness;
use std::fmt;
use std::time::Duration;

/// What a probe does beyond pushing and pulling.
#[derive(Clone, Debug)]
pub struct ProbeOptions {
    /// Makes the image unlike any other.
    pub nonce: String,
    /// The tag to push.
    pub tag: String,
    /// Whether to see that nobody may push without a credential.
    pub try_anonymous: bool,
    /// Whether to see that a wrong secret is refused. Some services count failed logins.
    pub try_wrong_secret: bool,
    /// A repository that the credential must not reach.
    pub forbidden_repository: Option<String>,
}

impl ProbeOptions {
    /// Pushes, pulls, deletes, and sees that nobody may push without a credential.
    pub fn new(nonce: impl Into<String>) -> Self {
        Self {
            nonce: nonce.into(),
            tag: "probe".into(),
            try_anonymous: true,
            try_wrong_secret: false,
            forbidden_repository: None,
        }
    }
}

/// A fresh name under a prefix: `<prefix>regprov-probe/<random>`.
#[must_use]
pub fn probe_repository(prefix: &str, randomness: &dyn Randomness) -> String {
    let mut bytes = [0; 8];
    randomness.fill(&mut bytes);
    format!("{prefix}regprov-probe/{}", hex::encode(bytes))
}

/// A step of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepName {
    /// The registry answers.
    Reach,
    /// It accepts the credential.
    LogIn,
    /// The token that it gives lets the credential pull and push; some services give one to whoever asks.
    Grant,
    /// The configuration and the layer are pushed.
    PushBlobs,
    /// The manifest is pushed.
    PushManifest,
    /// All comes back as it was pushed.
    Pull,
    /// The image is deleted.
    Delete,
    /// Nobody pushes without a credential.
    RefusesAnonymous,
    /// A wrong secret is refused.
    RefusesWrongSecret,
    /// The credential does not reach elsewhere.
    RefusesElsewhere,
    /// The credential may pull.
    MayPull,
    /// The credential may not push.
    RefusesPush,
}

impl fmt::Display for StepName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reach => "reach the registry",
            Self::LogIn => "log in",
            Self::Grant => "be granted pull and push",
            Self::PushBlobs => "push configuration and layer",
            Self::PushManifest => "push the manifest",
            Self::Pull => "pull it back and compare",
            Self::Delete => "delete the image",
            Self::RefusesAnonymous => "push without a credential is refused",
            Self::RefusesWrongSecret => "a wrong secret is refused",
            Self::RefusesElsewhere => "push elsewhere is refused",
            Self::MayPull => "pull is allowed",
            Self::RefusesPush => "push is refused, as it may only pull",
        })
    }
}

/// How a step ended.
#[derive(Debug)]
pub enum StepOutcome {
    /// As it should.
    Passed,
    /// The image could not be deleted and stays: many push credentials may not delete. Says why.
    LeftBehind(String),
    /// It works, and more is allowed than should be, or less could be checked. Says what.
    Warned(String),
    /// It failed; later steps were not tried.
    Failed(RegistryError),
}

/// One step of a probe.
#[derive(Debug)]
pub struct Step {
    /// Which.
    pub name: StepName,
    /// How it ended.
    pub outcome: StepOutcome,
    /// How long it took.
    pub elapsed: Duration,
}

/// What a probe did.
#[derive(Debug)]
pub struct ProbeReport {
    /// The registry.
    pub host: String,
    /// The repository that was pushed to.
    pub repository: String,
    /// The digest of the image, once it is pushed.
    pub digest: Option<Digest>,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

impl ProbeReport {
    /// Whether the credential pushes and pulls.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.failure().is_none()
    }

    /// Why it does not.
    #[must_use]
    pub fn failure(&self) -> Option<&RegistryError> {
        self.steps.iter().find_map(|step| match &step.outcome {
            StepOutcome::Failed(error) => Some(error),
            StepOutcome::Passed | StepOutcome::LeftBehind(_) | StepOutcome::Warned(_) => None,
        })
    }

    /// Whether the image is still in the registry.
    #[must_use]
    pub fn left_behind(&self) -> bool {
        self.digest.is_some()
            && !self
                .steps
                .iter()
                .any(|step| step.name == StepName::Delete && matches!(step.outcome, StepOutcome::Passed))
    }

    fn record(&mut self, name: StepName, outcome: StepOutcome, elapsed: Duration) {
        self.steps.push(Step {
            name,
            outcome,
            elapsed,
        });
    }
}

impl RegistryClient {
    /// Proves that the credential works: pushes a tiny image to the repository, pulls it back, deletes it.
    /// What fails is in the report.
    pub async fn probe(&self, repository: &str, options: &ProbeOptions) -> ProbeReport {
        let mut report = ProbeReport {
            host: self.host().to_string(),
            repository: repository.to_owned(),
            digest: None,
            steps: Vec::new(),
        };
        if self.push_and_pull(&mut report, options).await.is_some() {
            self.see_refusals(&mut report, options).await;
        }
        if let Some(digest) = report.digest.clone() {
            let start = self.clock.now();
            let outcome = self.clean_up(repository, &digest).await;
            report.record(StepName::Delete, outcome, self.since(start));
        }
        report
    }

    /// Proves of a credential that is for pulling alone that it logs in, may pull from the repository, and may not push to it.
    pub async fn probe_pull(&self, repository: &str) -> ProbeReport {
        let mut report = ProbeReport {
            host: self.host().to_string(),
            repository: repository.to_owned(),
            digest: None,
            steps: Vec::new(),
        };
        if self.see_pull(&mut report).await.is_some() {
            let start = self.clock.now();
            let outcome = self.is_refused(repository, "the credential may also push").await;
            report.record(StepName::RefusesPush, outcome, self.since(start));
        }
        report
    }

    async fn see_pull(&self, report: &mut ProbeReport) -> Option<()> {
        let repository = report.repository.clone();
        let start = self.clock.now();
        self.must(report, StepName::Reach, start, self.ping().await)?;
        let start = self.clock.now();
        self.must(report, StepName::LogIn, start, self.log_in().await)?;
        let start = self.clock.now();
        let pulled = match self.pull_manifest(&repository, "probe").await {
            // Nothing was pushed there: who hears so may look.
            Err(error) if error.status == Some(StatusCode::NOT_FOUND) => Ok(()),
            pulled => pulled.map(|_| ()),
        };
        self.must(report, StepName::MayPull, start, pulled)
    }

    /// The steps that must pass; `None` where one failed.
    async fn push_and_pull(&self, report: &mut ProbeReport, options: &ProbeOptions) -> Option<()> {
        let repository = report.repository.clone();
        let image = ProbeImage::new(&options.nonce);
        let start = self.clock.now();
        self.must(report, StepName::Reach, start, self.ping().await)?;
        let start = self.clock.now();
        self.must(report, StepName::LogIn, start, self.log_in().await)?;
        let start = self.clock.now();
        if let Some(error) = self.is_not_granted(&repository).await {
            return self.must(report, StepName::Grant, start, Err(error));
        }
        let start = self.clock.now();
        self.must(
            report,
            StepName::PushBlobs,
            start,
            self.push_blobs(&repository, &image).await,
        )?;
        let start = self.clock.now();
        let pushed = self
            .push_manifest(&repository, &options.tag, &image.manifest)
            .await;
        if pushed.is_ok() {
            report.digest = Some(Digest::of(&image.manifest));
        }
        self.must(report, StepName::PushManifest, start, pushed)?;
        let start = self.clock.now();
        let pulled = self.pull_back(&repository, &options.tag, &image).await;
        self.must(report, StepName::Pull, start, pulled)
    }

    fn must<T>(
        &self,
        report: &mut ProbeReport,
        name: StepName,
        start: Timestamp,
        outcome: Result<T, RegistryError>,
    ) -> Option<T> {
        let elapsed = self.since(start);
        match outcome {
            Ok(value) => {
                report.record(name, StepOutcome::Passed, elapsed);
                Some(value)
            }
            Err(error) => {
                report.record(name, StepOutcome::Failed(error), elapsed);
                None
            }
        }
    }

    fn since(&self, start: Timestamp) -> Duration {
        Duration::try_from(self.clock.now().duration_since(start)).unwrap_or(Duration::ZERO)
    }

    async fn push_blobs(&self, repository: &str, image: &ProbeImage) -> Result<(), RegistryError> {
        self.push_blob(repository, &image.config).await?;
        self.push_blob(repository, &image.layer).await?;
        Ok(())
    }

    async fn pull_back(&self, repository: &str, tag: &str, image: &ProbeImage) -> Result<(), RegistryError> {
        for reference in [tag, Digest::of(&image.manifest).as_str()] {
            let manifest = self.pull_manifest(repository, reference).await?;
            if manifest != image.manifest {
                let message = "failed to pull the manifest: it is not the one that was pushed";
                return Err(RegistryError::new(RegistryErrorKind::Mismatch, message));
            }
        }
        for blob in [&image.config, &image.layer] {
            self.pull_blob(repository, &Digest::of(blob)).await?;
        }
        Ok(())
    }

    async fn clean_up(&self, repository: &str, digest: &Digest) -> StepOutcome {
        match self.delete_manifest(repository, digest).await {
            Ok(()) => {}
            Err(error) => return StepOutcome::LeftBehind(error.message),
        }
        match self.pull_manifest(repository, digest.as_str()).await {
            Ok(_) => StepOutcome::LeftBehind(
                "the registry says that it deleted the image, and still gives it".into(),
            ),
            Err(_) => StepOutcome::Passed,
        }
    }

    async fn see_refusals(&self, report: &mut ProbeReport, options: &ProbeOptions) {
        let repository = report.repository.clone();
        if options.try_anonymous {
            let start = self.clock.now();
            let outcome = self
                .asked_with(None)
                .is_refused(&repository, "anyone may push without a credential")
                .await;
            report.record(StepName::RefusesAnonymous, outcome, self.since(start));
        }
        if let (true, Some(credential)) = (options.try_wrong_secret, &self.credential) {
            let start = self.clock.now();
            let wrong = Credential::new(credential.username(), format!("{}-wrong", options.nonce));
            let stranger = self.asked_with(Some(wrong));
            let outcome = stranger
                .is_refused(&repository, "a wrong secret is accepted")
                .await;
            report.record(StepName::RefusesWrongSecret, outcome, self.since(start));
        }
        if let Some(elsewhere) = &options.forbidden_repository {
            let start = self.clock.now();
            let meaning = format!("the credential may also push to `{elsewhere}`");
            let outcome = self.is_refused(elsewhere, &meaning).await;
            report.record(StepName::RefusesElsewhere, outcome, self.since(start));
        }
    }

    /// Passes where an upload is refused for lack of a right.
    async fn is_refused(&self, repository: &str, meaning: &str) -> StepOutcome {
        match self.start_upload(repository, "start an upload").await {
            Ok(upload) => {
                self.cancel_upload(repository, upload).await;
                StepOutcome::Warned(meaning.to_owned())
            }
            Err(error) => match error.kind {
                RegistryErrorKind::Unauthorized
                | RegistryErrorKind::Denied
                | RegistryErrorKind::NotYetVisible => StepOutcome::Passed,
                RegistryErrorKind::Throttled(_)
                | RegistryErrorKind::Unavailable
                | RegistryErrorKind::Network
                | RegistryErrorKind::NotARegistry
                | RegistryErrorKind::UntrustedRealm
                | RegistryErrorKind::Mismatch
                | RegistryErrorKind::Rejected
                | RegistryErrorKind::Unsupported => {
                    StepOutcome::Warned(format!("this could not be checked: {}", error.message))
                }
            },
        }
    }
}
