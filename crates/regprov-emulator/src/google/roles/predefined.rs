//! Google's own roles, and what they permit.

/// A role of Google's, with its title and what it permits. In a permission one star stands for anything.
pub(in crate::google) struct Predefined {
    pub(in crate::google) name: &'static str,
    pub(in crate::google) title: &'static str,
    pub(in crate::google) permissions: &'static [&'static str],
    pub(in crate::google) except: &'static [&'static str],
}

const fn role(name: &'static str, title: &'static str, permissions: &'static [&'static str]) -> Predefined {
    Predefined {
        name,
        title,
        permissions,
        except: &[],
    }
}

const NOT_EDITORS: &[&str] = &[
    "*.setIamPolicy",
    "iam.roles.*",
    "iam.serviceAccounts.getAccessToken",
    "iam.serviceAccounts.signBlob",
    "iam.serviceAccounts.signJwt",
    "iam.serviceAccounts.getOpenIdToken",
    "iam.workloadIdentityPool*",
    "resourcemanager.projects.delete",
    "storage.objects.*",
];

const READER: &[&str] = &[
    "artifactregistry.repositories.get",
    "artifactregistry.repositories.list",
    "artifactregistry.repositories.downloadArtifacts",
    "artifactregistry.repositories.readViaVirtualRepository",
    "artifactregistry.repositories.listEffectiveTags",
    "artifactregistry.dockerimages.*",
    "artifactregistry.files.get",
    "artifactregistry.files.list",
    "artifactregistry.locations.*",
    "artifactregistry.packages.get",
    "artifactregistry.packages.list",
    "artifactregistry.projectsettings.get",
    "artifactregistry.tags.get",
    "artifactregistry.tags.list",
    "artifactregistry.versions.get",
    "artifactregistry.versions.list",
];

/// The roles whose permissions are known.
pub(in crate::google) const PREDEFINED: &[Predefined] = &[
    role("roles/owner", "Owner", &["*"]),
    Predefined {
        name: "roles/editor",
        title: "Editor",
        permissions: &["*"],
        except: NOT_EDITORS,
    },
    role(
        "roles/viewer",
        "Viewer",
        &[
            "*.get",
            "*.list",
            "*.getIamPolicy",
            "artifactregistry.repositories.downloadArtifacts",
        ],
    ),
    role(
        "roles/browser",
        "Browser",
        &[
            "resourcemanager.projects.get",
            "resourcemanager.projects.list",
            "resourcemanager.projects.getIamPolicy",
        ],
    ),
    role(
        "roles/artifactregistry.reader",
        "Artifact Registry Reader",
        READER,
    ),
    role(
        "roles/artifactregistry.writer",
        "Artifact Registry Writer",
        &[
            "+roles/artifactregistry.reader",
            "artifactregistry.repositories.uploadArtifacts",
            "artifactregistry.files.upload",
            "artifactregistry.tags.create",
            "artifactregistry.tags.update",
            "artifactregistry.packages.update",
        ],
    ),
    role(
        "roles/artifactregistry.createOnPushWriter",
        "Artifact Registry Create-on-push Writer",
        &[
            "+roles/artifactregistry.writer",
            "artifactregistry.repositories.createOnPush",
        ],
    ),
    role(
        "roles/artifactregistry.repoAdmin",
        "Artifact Registry Repository Administrator",
        &[
            "+roles/artifactregistry.writer",
            "artifactregistry.repositories.deleteArtifacts",
            "artifactregistry.files.delete",
            "artifactregistry.packages.delete",
            "artifactregistry.tags.delete",
            "artifactregistry.versions.delete",
        ],
    ),
    role(
        "roles/artifactregistry.createOnPushRepoAdmin",
        "Artifact Registry Create-on-push Repository Administrator",
        &[
            "+roles/artifactregistry.repoAdmin",
            "artifactregistry.repositories.createOnPush",
        ],
    ),
    role(
        "roles/artifactregistry.admin",
        "Artifact Registry Administrator",
        &["artifactregistry.*"],
    ),
    role(
        "roles/artifactregistry.containerRegistryMigrationAdmin",
        "Container Registry to Artifact Registry Migration Administrator",
        &["artifactregistry.*"],
    ),
    role(
        "roles/artifactregistry.serviceAgent",
        "Artifact Registry Service Agent",
        &["storage.objects.get", "storage.objects.list"],
    ),
    role(
        "roles/artifactregistry.attachmentsManager",
        "Artifact Registry Attachments Manager",
        &["artifactregistry.attachments.*"],
    ),
    role(
        "roles/artifactregistry.cleanupManager",
        "Artifact Registry Cleanup Manager",
        &["artifactregistry.versions.delete"],
    ),
    role(
        "roles/iam.securityAdmin",
        "Security Admin",
        &["*.getIamPolicy", "*.setIamPolicy", "*.list"],
    ),
    role(
        "roles/iam.securityReviewer",
        "Security Reviewer",
        &["*.getIamPolicy", "*.list"],
    ),
    role(
        "roles/iam.roleAdmin",
        "Role Administrator",
        &[
            "iam.roles.*",
            "resourcemanager.projects.get",
            "resourcemanager.projects.getIamPolicy",
        ],
    ),
    role(
        "roles/iam.roleViewer",
        "Role Viewer",
        &["iam.roles.get", "iam.roles.list"],
    ),
    role(
        "roles/iam.serviceAccountAdmin",
        "Service Account Admin",
        &[
            "iam.serviceAccounts.create",
            "iam.serviceAccounts.delete",
            "iam.serviceAccounts.disable",
            "iam.serviceAccounts.enable",
            "iam.serviceAccounts.get",
            "iam.serviceAccounts.getIamPolicy",
            "iam.serviceAccounts.list",
            "iam.serviceAccounts.setIamPolicy",
            "iam.serviceAccounts.undelete",
            "iam.serviceAccounts.update",
            "resourcemanager.projects.get",
            "resourcemanager.projects.list",
        ],
    ),
    role(
        "roles/iam.serviceAccountCreator",
        "Create Service Accounts",
        &[
            "iam.serviceAccounts.create",
            "iam.serviceAccounts.get",
            "iam.serviceAccounts.list",
        ],
    ),
    role(
        "roles/iam.serviceAccountDeleter",
        "Delete Service Accounts",
        &[
            "iam.serviceAccounts.delete",
            "iam.serviceAccounts.get",
            "iam.serviceAccounts.list",
        ],
    ),
    role(
        "roles/iam.serviceAccountKeyAdmin",
        "Service Account Key Admin",
        &[
            "iam.serviceAccountKeys.*",
            "iam.serviceAccounts.get",
            "iam.serviceAccounts.list",
        ],
    ),
    role(
        "roles/iam.serviceAccountOpenIdTokenCreator",
        "Service Account OpenID Connect Identity Token Creator",
        &["iam.serviceAccounts.getOpenIdToken"],
    ),
    role(
        "roles/iam.serviceAccountTokenCreator",
        "Service Account Token Creator",
        &[
            "iam.serviceAccounts.getAccessToken",
            "iam.serviceAccounts.getOpenIdToken",
            "iam.serviceAccounts.implicitDelegation",
            "iam.serviceAccounts.signBlob",
            "iam.serviceAccounts.signJwt",
            "iam.serviceAccounts.get",
            "iam.serviceAccounts.list",
        ],
    ),
    role(
        "roles/iam.serviceAccountUser",
        "Service Account User",
        &[
            "iam.serviceAccounts.actAs",
            "iam.serviceAccounts.get",
            "iam.serviceAccounts.list",
        ],
    ),
    role(
        "roles/iam.serviceAccountViewer",
        "View Service Accounts",
        &[
            "iam.serviceAccounts.get",
            "iam.serviceAccounts.getIamPolicy",
            "iam.serviceAccounts.list",
            "iam.serviceAccountKeys.get",
            "iam.serviceAccountKeys.list",
        ],
    ),
    role(
        "roles/iam.workloadIdentityPoolAdmin",
        "IAM Workload Identity Pool Admin",
        &["iam.workloadIdentityPool*"],
    ),
    role(
        "roles/iam.workloadIdentityPoolViewer",
        "IAM Workload Identity Pool Viewer",
        &[
            "iam.workloadIdentityPools.get",
            "iam.workloadIdentityPools.list",
            "iam.workloadIdentityPoolProviders.get",
            "iam.workloadIdentityPoolProviders.list",
        ],
    ),
    role(
        "roles/iam.workloadIdentityUser",
        "Workload Identity User",
        &[
            "iam.serviceAccounts.get",
            "iam.serviceAccounts.getAccessToken",
            "iam.serviceAccounts.getOpenIdToken",
            "iam.serviceAccounts.list",
        ],
    ),
    role(
        "roles/resourcemanager.projectIamAdmin",
        "Project IAM Admin",
        &[
            "resourcemanager.projects.get",
            "resourcemanager.projects.getIamPolicy",
            "resourcemanager.projects.setIamPolicy",
        ],
    ),
    role(
        "roles/resourcemanager.projectCreator",
        "Project Creator",
        &["resourcemanager.projects.create"],
    ),
    role(
        "roles/resourcemanager.projectDeleter",
        "Project Deleter",
        &["resourcemanager.projects.delete"],
    ),
    role(
        "roles/serviceusage.serviceUsageAdmin",
        "Service Usage Admin",
        &["serviceusage.*", "resourcemanager.projects.get"],
    ),
    role(
        "roles/serviceusage.serviceUsageConsumer",
        "Service Usage Consumer",
        &[
            "serviceusage.services.get",
            "serviceusage.services.list",
            "serviceusage.services.use",
        ],
    ),
    role(
        "roles/serviceusage.serviceUsageViewer",
        "Service Usage Viewer",
        &["serviceusage.services.get", "serviceusage.services.list"],
    ),
    role("roles/storage.admin", "Storage Admin", &["storage.*"]),
    role(
        "roles/storage.objectAdmin",
        "Storage Object Admin",
        &["storage.objects.*"],
    ),
    role(
        "roles/storage.objectCreator",
        "Storage Object Creator",
        &["storage.objects.create"],
    ),
    role(
        "roles/storage.objectUser",
        "Storage Object User",
        &[
            "storage.objects.create",
            "storage.objects.delete",
            "storage.objects.get",
            "storage.objects.list",
            "storage.objects.update",
        ],
    ),
    role(
        "roles/storage.objectViewer",
        "Storage Object Viewer",
        &["storage.objects.get", "storage.objects.list"],
    ),
    role(
        "roles/storage.bucketViewer",
        "Storage Bucket Viewer",
        &["storage.buckets.get", "storage.buckets.list"],
    ),
    role(
        "roles/storage.insightsCollectorService",
        "Storage Insights Collector Service",
        &["storage.buckets.get"],
    ),
    role(
        "roles/storage.hmacKeyAdmin",
        "Storage HMAC Key Admin",
        &["storage.hmacKeys.*"],
    ),
    role(
        "roles/storage.legacyBucketOwner",
        "Storage Legacy Bucket Owner",
        &[
            "storage.buckets.get",
            "storage.buckets.getIamPolicy",
            "storage.buckets.setIamPolicy",
            "storage.buckets.update",
            "storage.objects.create",
            "storage.objects.delete",
            "storage.objects.list",
        ],
    ),
    role(
        "roles/storage.legacyBucketReader",
        "Storage Legacy Bucket Reader",
        &["storage.buckets.get", "storage.objects.list"],
    ),
    role(
        "roles/storage.legacyBucketWriter",
        "Storage Legacy Bucket Writer",
        &[
            "storage.buckets.get",
            "storage.objects.create",
            "storage.objects.delete",
            "storage.objects.list",
        ],
    ),
    role(
        "roles/storage.legacyObjectOwner",
        "Storage Legacy Object Owner",
        &[
            "storage.objects.get",
            "storage.objects.getIamPolicy",
            "storage.objects.setIamPolicy",
            "storage.objects.update",
        ],
    ),
    role(
        "roles/storage.legacyObjectReader",
        "Storage Legacy Object Reader",
        &["storage.objects.get"],
    ),
];

/// Roles of the same services that permit nothing that the sandbox asks for.
pub(super) const FURTHER: &[&str] = &[
    "roles/iam.denyAdmin",
    "roles/iam.organizationRoleAdmin",
    "roles/iam.organizationRoleViewer",
    "roles/iam.serviceAccountApiKeyBindingAdmin",
    "roles/iam.workforcePoolAdmin",
    "roles/iam.workforcePoolViewer",
    "roles/resourcemanager.folderAdmin",
    "roles/resourcemanager.folderViewer",
    "roles/resourcemanager.lienModifier",
    "roles/resourcemanager.organizationAdmin",
    "roles/resourcemanager.organizationViewer",
    "roles/resourcemanager.projectMover",
    "roles/resourcemanager.tagAdmin",
    "roles/resourcemanager.tagUser",
    "roles/resourcemanager.tagViewer",
    "roles/serviceusage.apiKeysAdmin",
    "roles/serviceusage.apiKeysViewer",
    "roles/storage.folderAdmin",
    "roles/storageinsights.admin",
];
