//! Many robot accounts by few lists: one for those of the system, and one for each project that has several.

use super::{RobotAccount, RobotId, WireRobot, names};
use crate::client::{Ask, Client};
use regprov_provider::{Error, Observed};
use std::collections::BTreeMap;

/// From how many accounts on a list costs less than to read each: the project has to be looked up as well.
const SEVERAL: usize = 3;

/// Reads many accounts; `None` where lists would save nothing, or may not be asked for.
pub(super) async fn read(
    client: &Client,
    wanted: &[(RobotId, Option<RobotAccount>)],
) -> Option<Result<Vec<Observed<RobotAccount>>, Error>> {
    let mut places: BTreeMap<Option<&str>, usize> = BTreeMap::new();
    for prior in wanted.iter().filter_map(|(_, prior)| prior.as_ref()) {
        *places.entry(prior.project()).or_default() += 1;
    }
    places.retain(|_, accounts| *accounts >= SEVERAL);
    if places.is_empty() {
        return None;
    }
    let mut known = BTreeMap::new();
    for project in places.into_keys() {
        let robots = names::all_of(client, project).await.ok()?;
        known.extend(robots.into_iter().map(|robot| (robot.id, robot)));
    }
    Some(observe(client, wanted, known).await)
}

/// What was listed; what was not is read by itself.
async fn observe(
    client: &Client,
    wanted: &[(RobotId, Option<RobotAccount>)],
    mut known: BTreeMap<i64, WireRobot>,
) -> Result<Vec<Observed<RobotAccount>>, Error> {
    let mut found = Vec::with_capacity(wanted.len());
    for (id, prior) in wanted {
        let wire = match known.remove(&id.number()) {
            Some(wire) => Some(wire),
            None => {
                client
                    .api
                    .get(Ask::new(id.path(), "read the robot account"))
                    .await?
            }
        };
        found.push(match wire {
            Some(wire) => RobotAccount::seen(client, wire, prior.as_ref()).await?,
            None => Observed::Absent,
        });
    }
    Ok(found)
}
