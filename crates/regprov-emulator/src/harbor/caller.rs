//! Who sends a request.

use super::configuration;
use super::robot::{self, Robot};
use super::rows::Rows;
use super::session;
use super::user::User;
use crate::call::Call;

/// The sender of a request.
#[derive(Clone, Debug)]
pub(super) enum Caller {
    /// Nobody, or somebody whose credentials do not hold.
    Anonymous,
    /// A person.
    User(User),
    /// A robot account.
    Robot(Robot),
}

impl Caller {
    /// Who sends this request: its credentials are tried as a robot's, then as a person's; without any, its session.
    pub(super) fn of(rows: &Rows<'_>, call: &Call) -> Self {
        let Some((name, secret)) = call.basic() else {
            let by_token = call.bearer().and_then(|token| session::token_user(rows, token));
            let user = by_token.or_else(|| session::user(rows, call));
            return user.map_or(Self::Anonymous, Self::User);
        };
        let prefix = configuration::text(rows, "robot_name_prefix");
        if let Some(stored) = name.strip_prefix(&prefix)
            && let Some(robot) = rows.find::<Robot>(|robot| robot.name == stored)
            && robot::may_log_in(&robot, &secret, rows.tx.now())
        {
            return Self::Robot(robot);
        }
        let user = rows.find::<User>(|user| user.username == name || user.email == name);
        match user.filter(|user| user.password.matches(&secret) || user.has_cli_secret(&secret)) {
            Some(user) => Self::User(user),
            None => Self::Anonymous,
        }
    }

    /// Whether it is somebody.
    pub(super) const fn is_authenticated(&self) -> bool {
        !matches!(self, Self::Anonymous)
    }

    /// The name that it goes by.
    pub(super) fn name(&self, rows: &Rows<'_>) -> String {
        match self {
            Self::Anonymous => String::new(),
            Self::User(user) => user.username.clone(),
            Self::Robot(robot) => robot::full_name(rows, robot),
        }
    }

    /// The person, where it is one.
    pub(super) const fn user(&self) -> Option<&User> {
        match self {
            Self::User(user) => Some(user),
            Self::Anonymous | Self::Robot(_) => None,
        }
    }
}
