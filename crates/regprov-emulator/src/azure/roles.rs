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
    // Roles of services that the sandbox does not have: they can be assigned, and permit nothing here.
    role(
        "00482a5a-887f-4fb3-b363-3b7fe8e74483",
        "Key Vault Administrator",
        "Perform all data plane operations on a key vault and all objects in it.",
    ),
    role(
        "a4417e6f-fecd-4de8-b567-7b0420556985",
        "Key Vault Certificates Officer",
        "Perform any action on the certificates of a key vault, except manage permissions.",
    ),
    role(
        "f25e0fa2-a7c8-4377-a976-54943a77a395",
        "Key Vault Contributor",
        "Lets you manage key vaults, but not access to them.",
    ),
    role(
        "14b46e9e-c2b7-41b4-b07b-48a6ebf60603",
        "Key Vault Crypto Officer",
        "Perform any action on the keys of a key vault, except manage permissions.",
    ),
    role(
        "e147488a-f6f5-4113-8e2d-b22465e65bf6",
        "Key Vault Crypto Service Encryption User",
        "Read metadata of keys and perform wrap/unwrap operations.",
    ),
    role(
        "12338af0-0e69-4776-bea7-57ae8d297424",
        "Key Vault Crypto User",
        "Perform cryptographic operations using keys.",
    ),
    role(
        "21090545-7ca7-4776-b22c-e363652d74d2",
        "Key Vault Reader",
        "Read metadata of key vaults and its certificates, keys, and secrets.",
    ),
    role(
        "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
        "Key Vault Secrets Officer",
        "Perform any action on the secrets of a key vault, except manage permissions.",
    ),
    role(
        "4d97b98b-1d4f-4787-a291-c67834d212e7",
        "Network Contributor",
        "Lets you manage networks, but not access to them.",
    ),
    role(
        "b12aa53e-6015-4669-85d0-8515ebb3ae7f",
        "Private DNS Zone Contributor",
        "Lets you manage private DNS zone resources, but not the virtual networks they are linked to.",
    ),
    role(
        "befefa01-2a29-4197-83a8-272ff33ce314",
        "DNS Zone Contributor",
        "Lets you manage DNS zones and record sets in Azure DNS.",
    ),
    role(
        "17d1049b-9a84-46fb-8f53-869881c3d3ab",
        "Storage Account Contributor",
        "Lets you manage storage accounts, including accessing storage account keys.",
    ),
    role(
        "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
        "Storage Blob Data Contributor",
        "Allows for read, write and delete access to Azure Storage blob containers and data.",
    ),
    role(
        "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
        "Storage Blob Data Owner",
        "Allows for full access to Azure Storage blob containers and data.",
    ),
    role(
        "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
        "Storage Blob Data Reader",
        "Allows for read access to Azure Storage blob containers and data.",
    ),
    role(
        "ed7f3fbd-7b88-4dd4-9017-9adb7ce333f8",
        "Azure Kubernetes Service Contributor Role",
        "Grants access to read and write Azure Kubernetes Service clusters.",
    ),
    role(
        "0ab0b1a8-8aac-4efd-b8c2-3ee1fb270be8",
        "Azure Kubernetes Service Cluster Admin Role",
        "List cluster admin credential action.",
    ),
    role(
        "4abbcc35-e782-43d8-92c5-2d3f1bd2253f",
        "Azure Kubernetes Service Cluster User Role",
        "List cluster user credential action.",
    ),
    role(
        "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b",
        "Azure Kubernetes Service RBAC Cluster Admin",
        "Lets you manage all resources in the cluster.",
    ),
    role(
        "3498e952-d568-435e-9b2c-8d77e338d7f7",
        "Azure Kubernetes Service RBAC Admin",
        "Lets you manage all resources under cluster/namespace, except update or delete resource quotas and namespaces.",
    ),
    role(
        "7f6c6a51-bcf8-42ba-9220-52d62157d7db",
        "Azure Kubernetes Service RBAC Reader",
        "Allows read-only access to see most objects in a namespace.",
    ),
    role(
        "a7ffa36f-339b-4b5c-8bdf-e2c188b2c0eb",
        "Azure Kubernetes Service RBAC Writer",
        "Allows read/write access to most objects in a namespace.",
    ),
    role(
        "9980e02c-c2be-4d73-94e8-173b1dc7cf3c",
        "Virtual Machine Contributor",
        "Lets you manage virtual machines, but not access to them.",
    ),
    role(
        "de139f84-1756-47ae-9be6-808fbbe84772",
        "Website Contributor",
        "Lets you manage websites, but not access to them.",
    ),
    role(
        "92aaf0da-9dab-42b6-94a3-d43ce8d16293",
        "Log Analytics Contributor",
        "Can read all monitoring data and edit monitoring settings.",
    ),
    role(
        "43d0d8ad-25c7-4714-9337-8ba259a9fe05",
        "Monitoring Reader",
        "Can read all monitoring data.",
    ),
    role(
        "749f88d5-cbae-40b8-bcfc-e573ddc772fa",
        "Monitoring Contributor",
        "Can read all monitoring data and update monitoring settings.",
    ),
    role(
        "3913510d-42f4-4e42-8a64-420c390055eb",
        "Monitoring Metrics Publisher",
        "Enables publishing metrics against Azure resources.",
    ),
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
