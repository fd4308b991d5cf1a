//! The built-in roles that registries are granted with.

/// A built-in role.
pub(crate) struct BuiltIn {
    /// The role's GUID.
    pub(crate) guid: &'static str,
    /// The role's name.
    pub(crate) name: &'static str,
    /// What it says of itself.
    pub(crate) description: &'static str,
    /// Control-plane actions.
    pub(crate) actions: &'static [&'static str],
    /// Actions taken away again.
    pub(crate) not_actions: &'static [&'static str],
    /// Data-plane actions.
    pub(crate) data_actions: &'static [&'static str],
}

/// GUID of the role that may do everything.
pub(crate) const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";

const fn role(
    guid: &'static str,
    name: &'static str,
    description: &'static str,
    actions: &'static [&'static str],
    data_actions: &'static [&'static str],
) -> BuiltIn {
    BuiltIn { guid, name, description, actions, not_actions: &[], data_actions }
}

const COMMON: &[&str] = &[
    "Microsoft.Authorization/*/read",
    "Microsoft.Insights/alertRules/*",
    "Microsoft.Resources/deployments/*",
    "Microsoft.Resources/subscriptions/resourceGroups/read",
];

/// All of them.
pub(crate) const BUILT_IN: &[BuiltIn] = &[
    role(OWNER, "Owner", "Grants full access to manage all resources, including the ability to assign roles in Azure RBAC.", &["*"], &[]),
    BuiltIn {
        guid: "b24988ac-6180-42a0-ab88-20f7382dd24c",
        name: "Contributor",
        description: "Grants full access to manage all resources, but does not allow you to assign roles in Azure RBAC, \
                      manage assignments in Azure Blueprints, or share image galleries.",
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
        data_actions: &[],
    },
    role(
        "acdd72a7-3385-48ef-bd42-f606fba81ae7",
        "Reader",
        "View all resources, but does not allow you to make any changes.",
        &["*/read"],
        &[],
    ),
    role(
        "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
        "User Access Administrator",
        "Lets you manage user access to Azure resources.",
        &["*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"],
        &[],
    ),
    role(
        "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
        "Role Based Access Control Administrator",
        "Manage access to Azure resources by assigning roles using Azure RBAC. This role does not allow you to manage \
         access using other ways, such as Azure Policy.",
        &[
            "Microsoft.Authorization/roleAssignments/write",
            "Microsoft.Authorization/roleAssignments/delete",
            "*/read",
            "Microsoft.Support/*",
        ],
        &[],
    ),
    role(
        "7f951dda-4ed3-4680-a7ca-43fe172d538d",
        "AcrPull",
        "acr pull",
        &["Microsoft.ContainerRegistry/registries/pull/read"],
        &[],
    ),
    role(
        "8311e382-0749-4cb8-b61a-304f252e45ec",
        "AcrPush",
        "acr push",
        &["Microsoft.ContainerRegistry/registries/pull/read", "Microsoft.ContainerRegistry/registries/push/write"],
        &[],
    ),
    role(
        "c2f4ef07-c644-48eb-af81-4b1b4947fb11",
        "AcrDelete",
        "acr delete",
        &["Microsoft.ContainerRegistry/registries/artifacts/delete"],
        &[],
    ),
    role(
        "6cef56e8-d556-48e5-a04f-b8e64114680f",
        "AcrImageSigner",
        "acr image signer",
        &["Microsoft.ContainerRegistry/registries/sign/write"],
        &["Microsoft.ContainerRegistry/registries/trustedCollections/write"],
    ),
    role(
        "cdda3590-29a3-44f6-95f2-9f980659eb04",
        "AcrQuarantineReader",
        "acr quarantine data reader",
        &["Microsoft.ContainerRegistry/registries/quarantine/read"],
        &["Microsoft.ContainerRegistry/registries/quarantinedArtifacts/read"],
    ),
    role(
        "c8d4ff99-41c3-41a8-9f60-21dfdad59608",
        "AcrQuarantineWriter",
        "acr quarantine data writer",
        &[
            "Microsoft.ContainerRegistry/registries/quarantine/read",
            "Microsoft.ContainerRegistry/registries/quarantine/write",
        ],
        &[
            "Microsoft.ContainerRegistry/registries/quarantinedArtifacts/read",
            "Microsoft.ContainerRegistry/registries/quarantinedArtifacts/write",
        ],
    ),
    role(
        "b93aa761-3e63-49ed-ac28-beffa264f7ac",
        "Container Registry Repository Reader",
        "Allows for read access to Azure Container Registry repositories, but excluding catalog listing.",
        &[],
        &[
            "Microsoft.ContainerRegistry/registries/repositories/metadata/read",
            "Microsoft.ContainerRegistry/registries/repositories/content/read",
        ],
    ),
    role(
        "2a1e307c-b015-4ebd-883e-5b7698a07328",
        "Container Registry Repository Writer",
        "Allows for read and write access to Azure Container Registry repositories, but excluding catalog listing.",
        &[],
        &[
            "Microsoft.ContainerRegistry/registries/repositories/metadata/read",
            "Microsoft.ContainerRegistry/registries/repositories/content/read",
            "Microsoft.ContainerRegistry/registries/repositories/metadata/write",
            "Microsoft.ContainerRegistry/registries/repositories/content/write",
        ],
    ),
    role(
        "2efddaa5-3f1f-4df3-97df-af3f13818f4c",
        "Container Registry Repository Contributor",
        "Allows for read, write, and delete access to Azure Container Registry repositories, but excluding catalog listing.",
        &[],
        &[
            "Microsoft.ContainerRegistry/registries/repositories/metadata/read",
            "Microsoft.ContainerRegistry/registries/repositories/content/read",
            "Microsoft.ContainerRegistry/registries/repositories/metadata/write",
            "Microsoft.ContainerRegistry/registries/repositories/content/write",
            "Microsoft.ContainerRegistry/registries/repositories/metadata/delete",
            "Microsoft.ContainerRegistry/registries/repositories/content/delete",
        ],
    ),
    role(
        "bfdb9389-c9a5-478a-bb2f-ba9ca092c3c7",
        "Container Registry Repository Catalog Lister",
        "Allows for listing all repositories in an Azure Container Registry.",
        &[],
        &["Microsoft.ContainerRegistry/registries/catalog/read"],
    ),
    BuiltIn {
        guid: "3bc748fc-213d-45c1-8d91-9da5725539b9",
        name: "Container Registry Contributor and Data Access Configuration Administrator",
        description: "Provides permissions to create, list, and update container registries and registry configuration \
                      properties, and to configure data access.",
        actions: &[
            "Microsoft.ContainerRegistry/registries/read",
            "Microsoft.ContainerRegistry/registries/write",
            "Microsoft.ContainerRegistry/registries/delete",
            "Microsoft.ContainerRegistry/registries/listCredentials/action",
            "Microsoft.ContainerRegistry/registries/regenerateCredential/action",
            "Microsoft.ContainerRegistry/registries/generateCredentials/action",
            "Microsoft.ContainerRegistry/registries/listUsages/read",
            "Microsoft.ContainerRegistry/registries/operationStatuses/read",
            "Microsoft.ContainerRegistry/registries/tokens/*",
            "Microsoft.ContainerRegistry/registries/scopeMaps/*",
            "Microsoft.ContainerRegistry/registries/webhooks/*",
            "Microsoft.ContainerRegistry/registries/replications/*",
            "Microsoft.ContainerRegistry/checkNameAvailability/read",
            "Microsoft.ContainerRegistry/locations/operationResults/read",
            "Microsoft.Authorization/*/read",
            "Microsoft.Resources/deployments/*",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
        ],
        not_actions: &[],
        data_actions: &[],
    },
    role(
        "69b07be0-09bf-439a-b9a6-e73de851bd59",
        "Container Registry Configuration Reader and Data Access Configuration Reader",
        "Provides permissions to list container registries and registry configuration properties.",
        &[
            "Microsoft.ContainerRegistry/registries/read",
            "Microsoft.ContainerRegistry/registries/*/read",
            "Microsoft.ContainerRegistry/registries/listCredentials/action",
            "Microsoft.ContainerRegistry/registries/webhooks/getCallbackConfig/action",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
        ],
        &[],
    ),
    role(
        "577a9874-89fd-4f24-9dbd-b5034d0ad23a",
        "Container Registry Data Importer and Data Reader",
        "Provides the ability to import images into a registry and to read data of all repositories.",
        &[
            "Microsoft.ContainerRegistry/registries/importImage/action",
            "Microsoft.ContainerRegistry/registries/read",
            "Microsoft.ContainerRegistry/registries/pull/read",
        ],
        &[
            "Microsoft.ContainerRegistry/registries/catalog/read",
            "Microsoft.ContainerRegistry/registries/repositories/content/read",
            "Microsoft.ContainerRegistry/registries/repositories/metadata/read",
        ],
    ),
    role(
        "f094fb07-0703-4400-ad6a-e16dd8000e14",
        "Container Registry Credential Set Administrator",
        "Full administrative access to credential sets.",
        &["Microsoft.ContainerRegistry/registries/credentialSets/*", "Microsoft.ContainerRegistry/registries/read"],
        &[],
    ),
    role(
        "29093635-9924-4f2c-913b-650a12949526",
        "Container Registry Credential Set Reader",
        "Read access to credential sets.",
        &["Microsoft.ContainerRegistry/registries/credentialSets/read", "Microsoft.ContainerRegistry/registries/read"],
        &[],
    ),
    role(
        "fb382eab-e894-4461-af04-94435c366c3f",
        "Container Registry Tasks Contributor",
        "Provides permissions to configure, read, list, trigger, or cancel Container Registry Tasks.",
        &[
            "Microsoft.ContainerRegistry/registries/tasks/*",
            "Microsoft.ContainerRegistry/registries/runs/*",
            "Microsoft.ContainerRegistry/registries/read",
            "Microsoft.ContainerRegistry/registries/scheduleRun/action",
        ],
        &[],
    ),
    role(
        "bf94e731-3a51-4a7c-8c54-a1ab9971dfc1",
        "Container Registry Transfer Pipeline Contributor",
        "Provides the ability to transfer, import, and export artifacts.",
        &[
            "Microsoft.ContainerRegistry/registries/exportPipelines/*",
            "Microsoft.ContainerRegistry/registries/importPipelines/*",
            "Microsoft.ContainerRegistry/registries/pipelineRuns/*",
            "Microsoft.ContainerRegistry/registries/read",
        ],
        &[],
    ),
    role(
        "e40ec5ca-96e0-45a2-b4ff-59039f2c2b59",
        "Managed Identity Contributor",
        "Create, Read, Update, and Delete User Assigned Identity",
        &[
            "Microsoft.ManagedIdentity/userAssignedIdentities/read",
            "Microsoft.ManagedIdentity/userAssignedIdentities/write",
            "Microsoft.ManagedIdentity/userAssignedIdentities/delete",
            "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/*",
            "Microsoft.Authorization/*/read",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
        ],
        &[],
    ),
    role(
        "f1a07417-d97a-45cb-824c-7a7467783830",
        "Managed Identity Operator",
        "Read and Assign User Assigned Identity",
        &[
            "Microsoft.ManagedIdentity/userAssignedIdentities/*/read",
            "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
            "Microsoft.Authorization/*/read",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
        ],
        &[],
    ),
    role(
        "4633458b-17de-408a-b874-0445c86b69e6",
        "Key Vault Secrets User",
        "Read secret contents. Only works for key vaults that use the 'Azure role-based access control' permission model.",
        &[],
        &["Microsoft.KeyVault/vaults/secrets/getSecret/action", "Microsoft.KeyVault/vaults/secrets/readMetadata/action"],
    ),
    role(
        "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
        "Key Vault Secrets Officer",
        "Perform any action on the secrets of a key vault, except manage permissions.",
        COMMON,
        &["Microsoft.KeyVault/vaults/secrets/*"],
    ),
];

#[cfg(test)]
mod tests {
    use super::BUILT_IN;

    #[test]
    fn every_built_in_role_has_a_guid_and_a_name_of_its_own() {
        for (at, role) in BUILT_IN.iter().enumerate() {
            assert!(role.guid.parse::<uuid::Uuid>().is_ok(), "{}", role.name);
            let twins = BUILT_IN[at + 1..].iter().filter(|other| other.guid == role.guid || other.name == role.name);
            assert_eq!(twins.count(), 0, "{}", role.name);
        }
    }
}
