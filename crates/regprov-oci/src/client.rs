//! One registry, asked with one credential.

use crate::authentication::{Scheme, ScopedToken, basic};
use crate::challenge::parse_challenges;
use crate::error::{RegistryError, RegistryErrorKind};
use crate::{Credential, RegistryHost};
use http::header::AUTHORIZATION;
use regprov_http::{BaseUri, Clock, Redactor, Request, Response, Transport, TransportErrorKind};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::OnceCell;
use zeroize::Zeroizing;

/// Speaks the distribution API to one registry.
///
/// Guarantees: the credential is sent to the registry and to the token service in its own domain only; neither it
/// nor a token appears in an error or a log.
pub struct RegistryClient {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) host: RegistryHost,
    pub(crate) credential: Option<Credential>,
    pub(crate) redactor: Redactor,
    tokens: Mutex<BTreeMap<String, ScopedToken>>,
    access: OnceCell<Access>,
}

/// How the registry is reached.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    pub(crate) base: BaseUri,
    pub(crate) scheme: Scheme,
}

impl RegistryClient {
    /// A client that asks with a credential, or as anyone where there is none. Nothing is sent yet.
    pub fn new(
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        host: RegistryHost,
        credential: Option<Credential>,
    ) -> Self {
        let redactor = Redactor::new();
        if let Some(credential) = &credential {
            redactor.register(credential.secret());
        }
        Self {
            transport,
            clock,
            host,
            credential,
            redactor,
            tokens: Mutex::default(),
            access: OnceCell::new(),
        }
    }

    /// The registry.
    #[must_use]
    pub const fn host(&self) -> &RegistryHost {
        &self.host
    }

    /// The same registry, asked with another credential.
    pub(crate) fn asked_with(&self, credential: Option<Credential>) -> Self {
        Self::new(
            Arc::clone(&self.transport),
            Arc::clone(&self.clock),
            self.host.clone(),
            credential,
        )
    }

    pub(crate) fn tokens(&self) -> MutexGuard<'_, BTreeMap<String, ScopedToken>> {
        self.tokens.lock().expect("no holder of this lock panics")
    }

    /// Asks the registry how it wants to be asked; once.
    ///
    /// # Errors
    ///
    /// It cannot be reached, or is no registry.
    pub async fn ping(&self) -> Result<(), RegistryError> {
        self.access().await.map(|_| ())
    }

    /// Logs in: proves that the registry accepts the credential, without asking for any right.
    ///
    /// # Errors
    ///
    /// It does not, or cannot be reached.
    pub async fn log_in(&self) -> Result<(), RegistryError> {
        const OPERATION: &str = "log in to the registry";
        let access = self.access().await?;
        let request = Request::get(
            access.base.url().join("v2/").expect("a base joins a constant"),
            OPERATION,
        );
        let response = self.send(request, None).await?;
        if response.status.is_success() {
            Ok(())
        } else {
            Err(self.refusal(OPERATION, &response))
        }
    }

    pub(crate) async fn access(&self) -> Result<&Access, RegistryError> {
        self.access.get_or_try_init(|| self.discover()).await
    }

    async fn discover(&self) -> Result<Access, RegistryError> {
        const OPERATION: &str = "reach the registry";
        let mut candidates = self.host.candidates().into_iter().peekable();
        while let Some(base) = candidates.next() {
            let request = Request::get(
                base.url().join("v2/").expect("a base joins a constant"),
                OPERATION,
            );
            let response = match self.transport.send(request).await {
                Ok(response) => response,
                Err(error) if candidates.peek().is_some() && may_be_plain(error.kind) => continue,
                Err(error) => return Err(RegistryError::network(OPERATION, error)),
            };
            let scheme = match response.status.as_u16() {
                200 => Scheme::Open,
                401 => Scheme::choose(base.url(), &parse_challenges(&response.headers))?,
                _ => return Err(self.refusal(OPERATION, &response)),
            };
            return Ok(Access { base, scheme });
        }
        let message = format!(
            "failed to {OPERATION}: `{}` has no address that may be used",
            self.host
        );
        Err(RegistryError::new(RegistryErrorKind::Network, message))
    }

    /// Sends a request with what the registry asked for. `scope` is what the token must allow.
    pub(crate) async fn send(
        &self,
        request: Request,
        scope: Option<&str>,
    ) -> Result<Response, RegistryError> {
        let access = self.access().await?;
        let operation = request.operation;
        let request = match (&access.scheme, &self.credential) {
            _ if !access.base.owns(&request.url) => request,
            (Scheme::Open, None) | (Scheme::Basic, None) => request,
            (Scheme::Open | Scheme::Basic, Some(credential)) => basic(request, credential)?,
            (Scheme::Bearer { realm, service }, _) => {
                let token = self.token(realm, service.as_deref(), scope).await?;
                let header = Zeroizing::new(format!("Bearer {}", *token.secret));
                request.secret_header(AUTHORIZATION, &header).map_err(|_| {
                    let message = "failed to log in: the registry's token cannot be sent in a header";
                    RegistryError::new(RegistryErrorKind::NotARegistry, message)
                })?
            }
        };
        self.transport
            .send(request)
            .await
            .map_err(|error| RegistryError::network(operation, error))
    }

    /// The error that an answer means, without secrets.
    pub(crate) fn refusal(&self, operation: &str, response: &Response) -> RegistryError {
        let mut error = RegistryError::from_answer(operation, response, self.clock.now());
        error.message = self.redactor.scrub(&error.message).into_owned();
        error
    }

    /// The error of a request that carried an accepted login: 401 then means that the right is missing.
    pub(crate) fn denial(&self, operation: &str, response: &Response) -> RegistryError {
        let mut error = self.refusal(operation, response);
        let has_token = self
            .access
            .get()
            .is_some_and(|access| matches!(access.scheme, Scheme::Bearer { .. }));
        if error.kind == RegistryErrorKind::Unauthorized && has_token {
            error.kind = RegistryErrorKind::Denied;
        }
        error
    }
}

/// Whether a failure over HTTPS is what a server of plain HTTP causes.
const fn may_be_plain(kind: TransportErrorKind) -> bool {
    match kind {
        TransportErrorKind::Connect
        | TransportErrorKind::Tls
        | TransportErrorKind::Timeout { .. }
        | TransportErrorKind::Reset { .. }
        | TransportErrorKind::Other => true,
        TransportErrorKind::BodyTooLarge
        | TransportErrorKind::Refused
        | TransportErrorKind::Unauthenticated => false,
    }
}
