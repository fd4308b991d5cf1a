//! Azure's built-in roles, as far as container registries and the people who provision them need them.

/// A built-in role definition.
#[derive(Debug)]
pub(crate) struct BuiltInRole {
    /// Its GUID, lower-case.
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) actions: &'static [&'static str],
    pub(crate) not_actions: &'static [&'static str],
    pub(crate) data_actions: &'static [&'static str],
    pub(crate) not_data_actions: &'static [&'static str],
}

const fn role(id: &'static str, name: &'static str, description: &'static str) -> BuiltInRole {
    BuiltInRole {
        id,
        name,
        description,
        actions: &[],
        not_actions: &[],
        data_actions: &[],
        not_data_actions: &[],
    }
}

/// The roles that the sandbox knows.
pub(crate) const BUILT_IN: &[BuiltInRole] = &[
    BuiltInRole {
        actions: &["*"],
        ..role(
            OWNER,
            "Owner",
            "Grants full access to manage all resources, including the ability to assign roles in Azure RBAC.",
        )
    },
    BuiltInRole {
        actions: &["*"],
        not_actions: &[
            "Microsoft.Authorization/*/Delete",
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action",
            "Microsoft.Blueprint/blueprintAssignments/write",
            "Microsoft.Blueprint/blueprintAssignments/delete",
            "Microsoft.Compute/galleries/share/action",
            "Microsoft.Purview/consents/write",
            "Microsoft.Purview/consents/delete",
            "Microsoft.Resources/deploymentStacks/manageDenySetting/action",
        ],
        ..role(
            CONTRIBUTOR,
            "Contributor",
            "Grants full access to manage all resources, but does not allow you to assign roles in Azure RBAC, manage assignments in Azure Blueprints, or share image galleries.",
        )
    },
    BuiltInRole {
        actions: &["*/read"],
        ..role(
            READER,
            "Reader",
            "View all resources, but does not allow you to make any changes.",
        )
    },
    BuiltInRole {
        actions: &["*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"],
        ..role(
            "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
            "User Access Administrator",
            "Lets you manage user access to Azure resources.",
        )
    },
    BuiltInRole {
        actions: &[
            "Microsoft.Authorization/roleAssignments/write",
            "Microsoft.Authorization/roleAssignments/delete",
            "*/read",
            "Microsoft.Support/*",
        ],
        ..role(
            "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
            "Role Based Access Control Administrator",
            "Manage access to Azure resources by assigning roles using Azure RBAC. This role does not allow you to manage access using other ways, such as Azure Policy.",
        )
    },
    BuiltInRole {
        actions: &["Microsoft.ContainerRegistry/registries/pull/read"],
        ..role(ACR_PULL, "AcrPull", "acr pull")
    },
    BuiltInRole {
        actions: &[
            "Microsoft.ContainerRegistry/registries/pull/read",
            "Microsoft.ContainerRegistry/registries/push/write",
        ],
        ..role(ACR_PUSH, "AcrPush", "acr push")
    },
    BuiltInRole {
        actions: &["Microsoft.ContainerRegistry/registries/artifacts/delete"],
        ..role(ACR_DELETE, "AcrDelete", "acr delete")
    },
    BuiltInRole {
        actions: &["Microsoft.ContainerRegistry/registries/sign/write"],
        data_actions: &["Microsoft.ContainerRegistry/registries/trustedCollections/write"],
        ..role(
            "6cef56e8-d556-48e5-a04f-b8e64114680f",
            "AcrImageSigner",
            "acr image signer",
        )
    },
    BuiltInRole {
        actions: &["Microsoft.ContainerRegistry/registries/quarantine/read"],
        data_actions: &["Microsoft.ContainerRegistry/registries/quarantinedArtifacts/read"],
        ..role(
            "cdda3590-29a3-44f6-95f2-9f980659eb04",
            "AcrQuarantineReader",
            "acr quarantine data reader",
        )
    },
    BuiltInRole {
        actions: &[
            "Microsoft.ContainerRegistry/registries/quarantine/read",
            "Microsoft.ContainerRegistry/registries/quarantine/write",
        ],
        data_actions: &[
            "Microsoft.ContainerRegistry/registries/quarantinedArtifacts/read",
            "Microsoft.ContainerRegistry/registries/quarantinedArtifacts/write",
        ],
        ..role(
            "c8d4ff99-41c3-41a8-9f60-21dfdad59608",
            "AcrQuarantineWriter",
            "acr quarantine data writer",
        )
    },
    BuiltInRole {
        data_actions: &[
            "Microsoft.ContainerRegistry/registries/repositories/metadata/read",
            "Microsoft.ContainerRegistry/registries/repositories/content/read",
        ],
        ..role(
            "b93aa761-3e63-49ed-ac28-beffa264f7ac",
            "Container Registry Repository Reader",
            "Allow read access to Azure Container Registry repositories, but excluding catalog listing.",
        )
    },
    BuiltInRole {
        data_actions: &[
            "Microsoft.ContainerRegistry/registries/repositories/metadata/read",
            "Microsoft.ContainerRegistry/registries/repositories/content/read",
            "Microsoft.ContainerRegistry/registries/repositories/metadata/write",
            "Microsoft.ContainerRegistry/registries/repositories/content/write",
        ],
        ..role(
            "2a1e307c-b015-4ebd-883e-5b7698a07328",
            "Container Registry Repository Writer",
            "Allow read and write access to Azure Container Registry repositories, but excluding catalog listing.",
        )
    },
    BuiltInRole {
        data_actions: &[
            "Microsoft.ContainerRegistry/registries/repositories/metadata/read",
            "Microsoft.ContainerRegistry/registries/repositories/content/read",
            "Microsoft.ContainerRegistry/registries/repositories/metadata/write",
            "Microsoft.ContainerRegistry/registries/repositories/content/write",
            "Microsoft.ContainerRegistry/registries/repositories/metadata/delete",
            "Microsoft.ContainerRegistry/registries/repositories/content/delete",
        ],
        ..role(
            "2efddaa5-3f1f-4df3-97df-af3f13818f4c",
            "Container Registry Repository Contributor",
            "Allow read, write, and delete access to Azure Container Registry repositories, but excluding catalog listing.",
        )
    },
    BuiltInRole {
        data_actions: &["Microsoft.ContainerRegistry/registries/catalog/read"],
        ..role(
            "bfdb9389-c9a5-478a-bb2f-ba9ca092c3c7",
            "Container Registry Repository Catalog Lister",
            "Allow listing all repositories in an Azure Container Registry.",
        )
    },
    BuiltInRole {
        actions: &[
            "Microsoft.Authorization/*/read",
            "Microsoft.Resources/deployments/*",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
            "Microsoft.ContainerRegistry/checkNameAvailability/read",
            "Microsoft.ContainerRegistry/locations/operationResults/read",
            "Microsoft.ContainerRegistry/operations/read",
            "Microsoft.ContainerRegistry/registries/read",
            "Microsoft.ContainerRegistry/registries/write",
            "Microsoft.ContainerRegistry/registries/delete",
            "Microsoft.ContainerRegistry/registries/operationStatuses/read",
            "Microsoft.ContainerRegistry/registries/listUsages/read",
            "Microsoft.ContainerRegistry/registries/listCredentials/action",
            "Microsoft.ContainerRegistry/registries/regenerateCredential/action",
            "Microsoft.ContainerRegistry/registries/generateCredentials/action",
            "Microsoft.ContainerRegistry/registries/replications/*",
            "Microsoft.ContainerRegistry/registries/scopeMaps/*",
            "Microsoft.ContainerRegistry/registries/tokens/*",
            "Microsoft.ContainerRegistry/registries/webhooks/*",
            "Microsoft.ContainerRegistry/registries/privateEndpointConnections/*",
            "Microsoft.ContainerRegistry/registries/connectedRegistries/*",
        ],
        ..role(
            "3bc748fc-213d-45c1-8d91-9da5725539b9",
            "Container Registry Contributor and Data Access Configuration Administrator",
            "Provides permissions to create, list, and update container registries and registry configuration properties.",
        )
    },
    BuiltInRole {
        actions: &[
            "Microsoft.Authorization/*/read",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
            "Microsoft.ContainerRegistry/checkNameAvailability/read",
            "Microsoft.ContainerRegistry/operations/read",
            "Microsoft.ContainerRegistry/registries/read",
            "Microsoft.ContainerRegistry/registries/operationStatuses/read",
            "Microsoft.ContainerRegistry/registries/listUsages/read",
            "Microsoft.ContainerRegistry/registries/replications/read",
            "Microsoft.ContainerRegistry/registries/scopeMaps/read",
            "Microsoft.ContainerRegistry/registries/tokens/read",
            "Microsoft.ContainerRegistry/registries/webhooks/read",
            "Microsoft.ContainerRegistry/registries/privateEndpointConnections/read",
        ],
        ..role(
            "69b07be0-09bf-439a-b9a6-e73de851bd59",
            "Container Registry Configuration Reader and Data Access Configuration Reader",
            "Provides permissions to list container registries and registry configuration properties.",
        )
    },
    BuiltInRole {
        actions: &[
            "Microsoft.ContainerRegistry/registries/read",
            "Microsoft.ContainerRegistry/registries/importImage/action",
            "Microsoft.ContainerRegistry/locations/operationResults/read",
        ],
        data_actions: &[
            "Microsoft.ContainerRegistry/registries/repositories/metadata/read",
            "Microsoft.ContainerRegistry/registries/repositories/content/read",
        ],
        ..role(
            "577a9874-89fd-4f24-9dbd-b5034d0ad23a",
            "Container Registry Data Importer and Data Reader",
            "Provides the ability to import images into a registry through the registry import operation, and to read its data.",
        )
    },
    BuiltInRole {
        actions: &[
            "Microsoft.ContainerRegistry/registries/credentialSets/read",
            "Microsoft.ContainerRegistry/registries/credentialSets/write",
            "Microsoft.ContainerRegistry/registries/credentialSets/delete",
            "Microsoft.ContainerRegistry/registries/credentialSets/operationStatuses/read",
        ],
        ..role(
            "f094fb07-0703-4400-ad6a-e16dd8000e14",
            "Container Registry Credential Set Administrator",
            "Allows for creating, reading, updating and deleting credential sets of a container registry.",
        )
    },
    BuiltInRole {
        actions: &["Microsoft.ContainerRegistry/registries/credentialSets/read"],
        ..role(
            "29093635-9924-4f2c-913b-650a12949526",
            "Container Registry Credential Set Reader",
            "Allows for reading credential sets of a container registry.",
        )
    },
    BuiltInRole {
        actions: &[
            "Microsoft.ContainerRegistry/registries/read",
            "Microsoft.ContainerRegistry/registries/agentPools/*",
            "Microsoft.ContainerRegistry/registries/builds/*",
            "Microsoft.ContainerRegistry/registries/runs/*",
            "Microsoft.ContainerRegistry/registries/scheduleRun/action",
            "Microsoft.ContainerRegistry/registries/listBuildSourceUploadUrl/action",
            "Microsoft.ContainerRegistry/registries/tasks/*",
            "Microsoft.ContainerRegistry/registries/taskRuns/*",
        ],
        ..role(
            "fb382eab-e894-4461-af04-94435c366c3f",
            "Container Registry Tasks Contributor",
            "Provides permissions to configure, read, list, trigger, or cancel container registry tasks.",
        )
    },
    BuiltInRole {
        actions: &[
            "Microsoft.ContainerRegistry/registries/read",
            "Microsoft.ContainerRegistry/registries/exportPipelines/*",
            "Microsoft.ContainerRegistry/registries/importPipelines/*",
            "Microsoft.ContainerRegistry/registries/pipelineRuns/*",
        ],
        ..role(
            "bf94e731-3a51-4a7c-8c54-a1ab9971dfc1",
            "Container Registry Transfer Pipeline Contributor",
            "Provides the ability to transfer, import, and export artifacts through transfer pipelines.",
        )
    },
    BuiltInRole {
        data_actions: &[
            "Microsoft.KeyVault/vaults/secrets/getSecret/action",
            "Microsoft.KeyVault/vaults/secrets/readMetadata/action",
        ],
        ..role(
            "4633458b-17de-408a-b874-0445c86b69e6",
            "Key Vault Secrets User",
            "Read secret contents.",
        )
    },
    BuiltInRole {
        actions: &[
            "Microsoft.ManagedIdentity/userAssignedIdentities/*/read",
            "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
            "Microsoft.Authorization/*/read",
            "Microsoft.Resources/deployments/*",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
        ],
        ..role(
            "f1a07417-d97a-45cb-824c-7a7467783830",
            "Managed Identity Operator",
            "Read and Assign User Assigned Identity",
        )
    },
    BuiltInRole {
        actions: &[
            "Microsoft.ManagedIdentity/userAssignedIdentities/read",
            "Microsoft.ManagedIdentity/userAssignedIdentities/write",
            "Microsoft.ManagedIdentity/userAssignedIdentities/delete",
            "Microsoft.ManagedIdentity/userAssignedIdentities/*/read",
            "Microsoft.ManagedIdentity/userAssignedIdentities/*/write",
            "Microsoft.Authorization/*/read",
            "Microsoft.Resources/deployments/*",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
        ],
        ..role(
            "e40ec5ca-96e0-45a2-b4ff-59039f2c2b59",
            "Managed Identity Contributor",
            "Create, Read, Update, and Delete User Assigned Identity",
        )
    },
];

/// Owner.
pub(crate) const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
/// Contributor.
pub(crate) const CONTRIBUTOR: &str = "b24988ac-6180-42a0-ab88-20f7382dd24c";
/// Reader.
pub(crate) const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
/// AcrPull.
pub(crate) const ACR_PULL: &str = "7f951dda-4ed3-4680-a7ca-43fe172d538d";
/// AcrPush.
pub(crate) const ACR_PUSH: &str = "8311e382-0749-4cb8-b61a-304f252e45ec";
/// AcrDelete.
pub(crate) const ACR_DELETE: &str = "c2f4ef07-c644-48eb-af81-4b1b4947fb11";

/// The role of this GUID.
pub(crate) fn by_id(id: &str) -> Option<&'static BuiltInRole> {
    BUILT_IN.iter().find(|role| role.id.eq_ignore_ascii_case(id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_role_has_its_own_guid_and_name() {
        let ids: BTreeSet<&str> = BUILT_IN.iter().map(|role| role.id).collect();
        let names: BTreeSet<&str> = BUILT_IN.iter().map(|role| role.name).collect();
        assert_eq!((ids.len(), names.len()), (BUILT_IN.len(), BUILT_IN.len()));
        assert!(ids.iter().all(|id| uuid::Uuid::parse_str(id).is_ok()));
        assert_eq!(
            by_id(&ACR_PUSH.to_uppercase()).map(|role| role.name),
            Some("AcrPush")
        );
    }
}
