//! Answers what the planner asks: files, connections, objects, data, checks.

use crate::connect::Connections;
use crate::freshness::{Freshness, is_unseen};
use crate::patience::{Patience, Verdict};
use crate::{Engine, Event};
use futures::StreamExt as _;
use futures::future::LocalBoxFuture;
use futures::stream::FuturesUnordered;
use regprov_addr::{InstanceAddress, ProviderConfigAddress};
use regprov_plan::{Answer, Need, NeedId, Planner};
use regprov_provider::{AnyPreflight, AnyRead, AnyReadMany, Connection, Error, ErrorKind, Observed, Partial};
use regprov_value::Value;
use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Reads the files that a configuration names.
pub trait Disk: Send + Sync {
    /// The content of a file.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn read(&self, path: &Path) -> io::Result<Arc<[u8]>>;

    /// Whether there is something at a path and it is a regular file.
    ///
    /// # Errors
    /// Where that cannot be told.
    fn kind(&self, path: &Path) -> io::Result<Option<bool>>;

    /// The paths of all regular files below a directory, relative to it, with `/` between the parts.
    ///
    /// # Errors
    /// Where it cannot be listed.
    fn walk(&self, directory: &Path) -> io::Result<Vec<String>>;
}

type Answers = Vec<(NeedId, Answer)>;

/// One refresh among many of the same provider and type.
struct Wanted {
    need: NeedId,
    address: InstanceAddress,
    id: String,
    prior: Option<Value>,
}

/// How far a planner is driven.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// To the plan.
    Whole,
    /// To see what is declared and where it belongs: services are not asked whether they would accept it.
    Declarations,
}

impl Engine {
    /// Drives a planner until it needs nothing more.
    pub(crate) async fn satisfy(
        &self,
        planner: &mut Planner,
        world: (&Connections, &Freshness),
        disk: &dyn Disk,
        depth: Depth,
    ) {
        let (connections, fresh) = world;
        let mut running: FuturesUnordered<LocalBoxFuture<'_, Answers>> = FuturesUnordered::new();
        loop {
            let needs = planner.needs();
            let mut asked = false;
            let (refreshes, others): (Vec<_>, Vec<_>) = needs
                .into_iter()
                .partition(|(_, need)| matches!(need, Need::Refresh { .. }));
            for group in grouped(refreshes) {
                running.push(Box::pin(self.refresh(group, connections, fresh)));
            }
            for (id, need) in others {
                match (&need, depth) {
                    (Need::Existing { .. }, Depth::Declarations) => {
                        planner.supply(id, Answer::Observed(Ok(Observed::Absent)))
                    }
                    (Need::Preflight { .. }, Depth::Declarations) => {
                        planner.supply(id, Answer::Findings(Vec::new()))
                    }
                    (_, Depth::Declarations | Depth::Whole) => {
                        running.push(Box::pin(self.answer(id, need, connections, disk)))
                    }
                }
                asked = true;
            }
            match running.next().await {
                Some(answers) => answers
                    .into_iter()
                    .for_each(|(id, answer)| planner.supply(id, answer)),
                // What was answered at once may have raised further needs.
                None if asked => {}
                None => return,
            }
        }
    }

    async fn answer(&self, id: NeedId, need: Need, connections: &Connections, disk: &dyn Disk) -> Answers {
        let answer = match need {
            Need::ReadFile { path } => Answer::File(disk.read(&path)),
            Need::FileKind { path } => Answer::FileKind(disk.kind(&path)),
            Need::Walk { directory } => Answer::Walk(disk.walk(&directory)),
            Need::Connect {
                provider,
                config,
                major,
            } => {
                let connect = || self.connect(connections, &provider, &config, major);
                Answer::Connected(self.ask(connect).await)
            }
            Need::Refresh { .. } => return Vec::new(),
            Need::ReadData {
                provider,
                data_type,
                config,
                wanted,
                ..
            } => Answer::Data(
                self.read_data(connections, (&provider, &data_type), &config, wanted.as_deref())
                    .await,
            ),
            Need::Open {
                provider,
                ephemeral_type,
                config,
                ..
            } => Answer::Data(
                self.open(connections, (&provider, &ephemeral_type), &config)
                    .await,
            ),
            Need::Existing {
                provider,
                resource_type,
                id,
                ..
            } => Answer::Observed(
                self.read_one(connections, (&provider, &resource_type), &id, None)
                    .await,
            ),
            Need::Preflight {
                provider,
                resource_type,
                prior,
                replaced,
                desired,
                ..
            } => {
                let schemas = self.schemas();
                let findings = match (
                    schemas.resource(&provider.provider, &resource_type),
                    connections.get(&provider),
                ) {
                    (Some(resource), Some(connection)) => {
                        let request = AnyPreflight {
                            connection: &connection,
                            prior: prior.as_ref(),
                            replaced: replaced.as_ref(),
                            desired: Partial(&desired),
                        };
                        self.held(resource.preflight(request)).await
                    }
                    (None, _) | (_, None) => Vec::new(),
                };
                Answer::Findings(findings)
            }
        };
        vec![(id, answer)]
    }

    /// Reads the objects of one type: all at once where the service can, else one by one.
    async fn refresh(
        &self,
        group: (ProviderConfigAddress, String, Vec<Wanted>),
        connections: &Connections,
        fresh: &Freshness,
    ) -> Answers {
        let (provider, resource_type, wanted) = group;
        let of = (&provider, resource_type.as_str());
        self.tell(Event::Refreshing { count: wanted.len() });
        let mut found: Vec<Option<Observed<Value>>> = Vec::new();
        if wanted.len() > 1
            && let Some(many) = self.read_many(connections, of, &wanted).await
        {
            found = many.into_iter().map(Some).collect();
        }
        found.resize_with(wanted.len(), || None);
        let reads = wanted.iter().zip(found).map(|(wanted, found)| async move {
            let read = self.read_fresh(connections, of, wanted, (found, fresh)).await;
            (wanted.need, Answer::Observed(read))
        });
        futures::future::join_all(reads).await
    }

    /// Reads an object, unless it was found already; what was written a moment ago and is not to be seen is read again.
    async fn read_fresh(
        &self,
        connections: &Connections,
        of: (&ProviderConfigAddress, &str),
        wanted: &Wanted,
        known: (Option<Observed<Value>>, &Freshness),
    ) -> Result<Observed<Value>, Error> {
        let (mut found, fresh) = known;
        let schemas = self.schemas();
        let resource = schemas.resource(&of.0.provider, of.1);
        let resource = resource.ok_or_else(|| unsupported(of.1))?;
        let (begun, mut pause) = (self.clock.now(), Duration::from_millis(250));
        loop {
            let observed = match found.take() {
                Some(observed) => observed,
                None => {
                    self.read_one(connections, of, &wanted.id, wanted.prior.as_ref())
                        .await?
                }
            };
            let now = self.clock.now();
            let until = fresh.until(&wanted.address, resource.visibility(), now);
            let unseen = is_unseen(&**resource, &observed, wanted.prior.as_ref());
            if !unseen || until.is_none_or(|until| now >= until) {
                return Ok(observed);
            }
            self.tell(Event::Waiting {
                address: wanted.address.clone(),
                reason: "it was written a moment ago and is not visible yet".to_owned(),
                elapsed: self.since(begun),
            });
            self.clock.sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(5));
        }
    }

    async fn read_many(
        &self,
        connections: &Connections,
        of: (&ProviderConfigAddress, &str),
        wanted: &[Wanted],
    ) -> Option<Vec<Observed<Value>>> {
        let connection = connections.get(of.0)?;
        let schemas = self.schemas();
        let resource = schemas.resource(&of.0.provider, of.1)?;
        let ids: Vec<(String, Option<Value>)> = wanted
            .iter()
            .map(|wanted| (wanted.id.clone(), wanted.prior.clone()))
            .collect();
        let request = AnyReadMany {
            connection: &connection,
            wanted: &ids,
        };
        let found = self.held(resource.read_many(request)).await?.ok()?;
        (found.len() == wanted.len()).then_some(found)
    }

    pub(crate) async fn read_one(
        &self,
        connections: &Connections,
        of: (&ProviderConfigAddress, &str),
        id: &str,
        prior: Option<&Value>,
    ) -> Result<Observed<Value>, Error> {
        let connection = connected(connections, of.0)?;
        let schemas = self.schemas();
        let resource = schemas
            .resource(&of.0.provider, of.1)
            .ok_or_else(|| unsupported(of.1))?;
        self.ask(|| {
            resource.read(AnyRead {
                connection: &connection,
                id,
                prior,
            })
        })
        .await
    }

    pub(crate) async fn read_data(
        &self,
        connections: &Connections,
        of: (&ProviderConfigAddress, &str),
        config: &Value,
        wanted: Option<&[String]>,
    ) -> Result<Value, Error> {
        let connection = connected(connections, of.0)?;
        let schemas = self.schemas();
        let source = schemas
            .data_source(&of.0.provider, of.1)
            .ok_or_else(|| unsupported(of.1))?;
        self.ask(|| source.read(&connection, config, wanted)).await
    }

    /// Asks a question that changes nothing; a passing failure is asked again.
    pub(crate) async fn ask<T, F: Future<Output = Result<T, Error>>>(
        &self,
        question: impl Fn() -> F,
    ) -> Result<T, Error> {
        let mut patience = Patience::new(self, Duration::from_secs(5 * 60), Duration::ZERO);
        loop {
            let error = match self.held(question()).await {
                Ok(answer) => return Ok(answer),
                Err(error) if error.kind == ErrorKind::NotYetVisible => return Err(error),
                Err(error) => error,
            };
            match patience.judge(self, error) {
                Verdict::Again(wait, _) => self.clock.sleep(wait).await,
                Verdict::Look => self.clock.sleep(Duration::from_millis(250)).await,
                Verdict::Fail(error) => return Err(error),
            }
        }
    }
}

fn grouped(refreshes: Vec<(NeedId, Need)>) -> Vec<(ProviderConfigAddress, String, Vec<Wanted>)> {
    let mut groups: BTreeMap<(ProviderConfigAddress, String), Vec<Wanted>> = BTreeMap::new();
    for (need, wanted) in refreshes {
        if let Need::Refresh {
            provider,
            resource_type,
            id,
            prior,
            address,
        } = wanted
        {
            groups.entry((provider, resource_type)).or_default().push(Wanted {
                need,
                address,
                id,
                prior,
            });
        }
    }
    groups
        .into_iter()
        .map(|((provider, resource_type), wanted)| (provider, resource_type, wanted))
        .collect()
}

pub(crate) fn connected(
    connections: &Connections,
    address: &ProviderConfigAddress,
) -> Result<Connection, Error> {
    connections.get(address).ok_or_else(|| {
        Error::new(
            ErrorKind::Failed,
            format!("the provider {address} is not connected"),
        )
    })
}

pub(crate) fn unsupported(name: &str) -> Error {
    Error::new(ErrorKind::Unsupported, format!("regprov has no {name}"))
}
