//! The types: one row for each kind of what has a policy.

use super::binding::{self, Binding, same_members};
use super::member::{self, Member};
use super::policy::{self, Whole, check_policy, same_policy};
use super::{ConditionBlock, Held, IamId, Naming, grant, same_name, whatever};
use crate::client::Client;
use crate::policy::{Grant, HolderKind, check_member};
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, FindRequest, Finding, Observed,
    Partial, PreflightRequest, ReadManyRequest, ReadRequest, Resource, UpdateRequest,
};
use regprov_schema::{Computed, Meaning, Rule, Schema};
use regprov_value::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::time::Duration;

/// A policy that was just written may be read as it was: IAM promises no more.
const VISIBILITY: Duration = Duration::from_secs(30);

macro_rules! common {
    ($module:ident) => {
        const CREATE: CreateClass = CreateClass::ClientNamed;
        const VISIBILITY: Duration = VISIBILITY;
        const GATHERED: bool = true;
        type Client = Client;
        type Id = IamId;

        fn id(object: &Self) -> Option<IamId> {
            $module::id(object)
        }

        async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
            $module::read(request).await
        }

        async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
            $module::create(request).await
        }

        async fn delete(request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
            $module::delete(request).await
        }

        async fn find(request: FindRequest<'_, Self>) -> Result<Vec<IamId>, Error> {
            $module::find(request).await
        }

        fn foresee(client: &Client, desired: Partial<'_>) -> Vec<(&'static str, Value)> {
            $module::foresee::<Self>(client, desired)
        }
    };
}

macro_rules! held {
    ($name:ident, $kind:expr, $($field:ident)*) => {
        impl Held for $name {
            const KIND: HolderKind = $kind;

            fn naming(&self, name: &str) -> Option<&str> {
                match name {
                    $(stringify!($field) => self.$field.text(),)*
                    _ => None,
                }
            }
        }
    };
}

/// The value of a naming argument: what is written, where there is something.
fn named<F: Naming>(id: &IamId, name: &str, like: Option<&F>) -> F {
    F::of(
        like.and_then(Naming::text)
            .unwrap_or_else(|| id.holder.field(name)),
    )
}

macro_rules! members {
    ($name:ident, $type:literal, $kind:expr, $what:literal, { $($(#[$meta:meta])* $field:ident: $ty:ty),* $(,)? }) => {
        #[doc = concat!("One member of a role on ", $what, "; others are left alone.")]
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
        pub(crate) struct $name {
            $($(#[$meta])* pub(crate) $field: $ty,)*
            /// The role.
            #[schema(replaces)]
            pub(crate) role: String,
            /// Who has it: `serviceAccount:EMAIL`, `user:EMAIL`, `group:EMAIL`, `principalSet://…`.
            #[schema(replaces, rules = &[Rule::Check(check_member)], meaning = Meaning::By(super::same_member))]
            pub(crate) member: String,
            /// When the role counts.
            #[schema(block, max = 1, replaces)]
            pub(crate) condition: Vec<ConditionBlock>,
            /// The version of the policy.
            #[schema(meaning = Meaning::By(whatever))]
            pub(crate) etag: Computed<String>,
            /// Its id.
            #[schema(optional)]
            pub(crate) id: Computed<String>,
        }

        held!($name, $kind, $($field)*);

        impl Member for $name {
            fn grant(&self) -> Grant {
                grant(&self.role, &self.condition)
            }

            fn member(&self) -> &str {
                &self.member
            }

            fn build(id: &IamId, like: Option<&Self>, grant: &Grant, etag: Option<String>) -> Self {
                let (member, _) = id.member_and_title();
                Self {
                    $($field: named(id, stringify!($field), like.map(|like| &like.$field)),)*
                    role: grant.role.clone(),
                    member: member::spelled(member, like.map(|like| like.member.as_str())),
                    condition: match like {
                        Some(like) => like.condition.clone(),
                        None => grant.condition.iter().map(ConditionBlock::from).collect(),
                    },
                    etag: Computed(etag),
                    id: Computed::known(member::text(id)),
                }
            }
        }

        impl Resource for $name {
            const TYPE: &'static str = $type;
            common!(member);

            async fn read_many(request: ReadManyRequest<'_, Self>) -> Option<Result<Vec<Observed<Self>>, Error>> {
                Some(member::read_many(request).await)
            }

            async fn preflight(request: PreflightRequest<'_, Self>) -> Vec<Finding> {
                member::preflight(request).await
            }

            fn parse_import(client: &Client, text: &str) -> Result<IamId, Error> {
                IamId::imported(text, client, $kind, 3)
            }
        }
    };
}

macro_rules! bindings {
    ($name:ident, $type:literal, $kind:expr, $what:literal, { $($(#[$meta:meta])* $field:ident: $ty:ty),* $(,)? }) => {
        #[doc = concat!("All members of a role on ", $what, "; who is not named loses it.")]
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
        pub(crate) struct $name {
            $($(#[$meta])* pub(crate) $field: $ty,)*
            /// The role.
            #[schema(replaces)]
            pub(crate) role: String,
            /// Who has it, and nobody else.
            #[schema(rules = &[Rule::Check(super::check_members)], meaning = Meaning::By(same_members))]
            pub(crate) members: BTreeSet<String>,
            /// When the role counts.
            #[schema(block, max = 1, replaces)]
            pub(crate) condition: Vec<ConditionBlock>,
            /// The version of the policy.
            #[schema(meaning = Meaning::By(whatever))]
            pub(crate) etag: Computed<String>,
            /// Its id.
            #[schema(optional)]
            pub(crate) id: Computed<String>,
        }

        held!($name, $kind, $($field)*);

        impl Binding for $name {
            fn grant(&self) -> Grant {
                grant(&self.role, &self.condition)
            }

            fn members(&self) -> &BTreeSet<String> {
                &self.members
            }

            fn build(
                id: &IamId,
                like: Option<&Self>,
                (grant, members): (&Grant, BTreeSet<String>),
                etag: Option<String>,
            ) -> Self {
                Self {
                    $($field: named(id, stringify!($field), like.map(|like| &like.$field)),)*
                    role: grant.role.clone(),
                    members,
                    condition: match like {
                        Some(like) => like.condition.clone(),
                        None => grant.condition.iter().map(ConditionBlock::from).collect(),
                    },
                    etag: Computed(etag),
                    id: Computed::known(binding::text(id)),
                }
            }
        }

        impl Resource for $name {
            const TYPE: &'static str = $type;
            common!(binding);

            async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
                binding::update(request).await
            }

            async fn preflight(request: PreflightRequest<'_, Self>) -> Vec<Finding> {
                binding::preflight(request).await
            }

            fn parse_import(client: &Client, text: &str) -> Result<IamId, Error> {
                IamId::imported(text, client, $kind, 2)
            }
        }
    };
}

macro_rules! policies {
    ($name:ident, $type:literal, $kind:expr, $what:literal, { $($(#[$meta:meta])* $field:ident: $ty:ty),* $(,)? }) => {
        #[doc = concat!("The whole policy of ", $what, "; every role that is not in it is lost.")]
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
        pub(crate) struct $name {
            $($(#[$meta])* pub(crate) $field: $ty,)*
            /// The policy as JSON, which the data source `google_iam_policy` gives.
            #[schema(rules = &[Rule::Check(check_policy)], meaning = Meaning::By(same_policy))]
            pub(crate) policy_data: String,
            /// The version of the policy.
            #[schema(meaning = Meaning::By(whatever))]
            pub(crate) etag: Computed<String>,
            /// Its id.
            #[schema(optional)]
            pub(crate) id: Computed<String>,
        }

        held!($name, $kind, $($field)*);

        impl Whole for $name {
            fn policy_data(&self) -> &str {
                &self.policy_data
            }

            fn build(id: &IamId, like: Option<&Self>, policy_data: String, etag: Option<String>) -> Self {
                Self {
                    $($field: named(id, stringify!($field), like.map(|like| &like.$field)),)*
                    policy_data,
                    etag: Computed(etag),
                    id: Computed::known(id.holder.path()),
                }
            }
        }

        impl Resource for $name {
            const TYPE: &'static str = $type;
            common!(policy);

            async fn update(request: UpdateRequest<'_, Self>) -> Result<Created<Self>, Error> {
                policy::update(request).await
            }

            async fn preflight(request: PreflightRequest<'_, Self>) -> Vec<Finding> {
                policy::preflight(request).await
            }

            fn parse_import(client: &Client, text: &str) -> Result<IamId, Error> {
                IamId::imported(text, client, $kind, 1)
            }
        }
    };
}

macro_rules! repository {
    ($make:ident, $name:ident, $type:literal) => {
        $make!($name, $type, HolderKind::Repository, "a repository", {
            /// The repository, by its id or its full name.
            #[schema(replaces, meaning = Meaning::By(same_name))]
            repository: String,
            /// Its location.
            #[schema(optional, replaces)]
            location: Computed<String>,
            /// Its project.
            #[schema(optional, replaces, meaning = Meaning::By(same_name))]
            project: Computed<String>,
        });
    };
}

macro_rules! project {
    ($make:ident, $name:ident, $type:literal) => {
        $make!($name, $type, HolderKind::Project, "a project", {
            /// The project.
            #[schema(replaces, meaning = Meaning::By(same_name))]
            project: String,
        });
    };
}

macro_rules! service_account {
    ($make:ident, $name:ident, $type:literal) => {
        $make!($name, $type, HolderKind::ServiceAccount, "a service account", {
            /// The full name of the service account.
            #[schema(replaces, meaning = Meaning::By(same_name))]
            service_account_id: String,
        });
    };
}

macro_rules! bucket {
    ($make:ident, $name:ident, $type:literal) => {
        $make!($name, $type, HolderKind::Bucket, "a bucket", {
            /// The bucket.
            #[schema(replaces, meaning = Meaning::By(same_name))]
            bucket: String,
        });
    };
}

repository!(
    members,
    RepositoryMember,
    "google_artifact_registry_repository_iam_member"
);
repository!(
    bindings,
    RepositoryBinding,
    "google_artifact_registry_repository_iam_binding"
);
repository!(
    policies,
    RepositoryPolicy,
    "google_artifact_registry_repository_iam_policy"
);
project!(members, ProjectMember, "google_project_iam_member");
project!(bindings, ProjectBinding, "google_project_iam_binding");
project!(policies, ProjectPolicy, "google_project_iam_policy");
service_account!(members, AccountMember, "google_service_account_iam_member");
service_account!(bindings, AccountBinding, "google_service_account_iam_binding");
service_account!(policies, AccountPolicy, "google_service_account_iam_policy");
bucket!(members, BucketMember, "google_storage_bucket_iam_member");
bucket!(bindings, BucketBinding, "google_storage_bucket_iam_binding");
