use super::*;

/// As Graph answers, with explicit nulls.
fn recorded() -> wire::Application {
    serde_json::from_str(
        r#"{"id":"o1","deletedDateTime":null,"appId":"c1","applicationTemplateId":null,"disabledByMicrosoftStatus":null,
        "createdDateTime":"2026-01-01T00:00:00Z","displayName":"pusher","description":null,"groupMembershipClaims":"SecurityGroup,DirectoryRole",
        "identifierUris":[],"isDeviceOnlyAuthSupported":null,"isFallbackPublicClient":null,"notes":null,"publisherDomain":"x.onmicrosoft.com",
        "serviceManagementReference":null,"signInAudience":"AzureADMyOrg","tags":["HideApp"],"tokenEncryptionKeyId":null,"uniqueName":"regprov-1",
        "optionalClaims":null,"addIns":[],"api":{"acceptMappedClaims":null,"knownClientApplications":[],"requestedAccessTokenVersion":null,
        "oauth2PermissionScopes":[],"preAuthorizedApplications":[]},
        "appRoles":[{"allowedMemberTypes":["Application"],"description":"d","displayName":"n","id":"r1","isEnabled":true,"origin":"Application","value":"Push"}],
        "info":{"logoUrl":null,"marketingUrl":null,"privacyStatementUrl":null,"supportUrl":null,"termsOfServiceUrl":null},
        "keyCredentials":[],"passwordCredentials":[],"publicClient":{"redirectUris":[]},"requiredResourceAccess":[],
        "web":{"homePageUrl":null,"logoutUrl":null,"redirectUris":[],"implicitGrantSettings":{"enableAccessTokenIssuance":false,"enableIdTokenIssuance":false}},
        "spa":{"redirectUris":[]}}"#,
    )
    .unwrap()
}

#[test]
fn the_recorded_answer_becomes_an_object_without_blocks_that_say_nothing() {
    let application = Application::from_wire(recorded(), None);
    assert_eq!(application.id.0.as_deref(), Some("/applications/o1"));
    assert_eq!(application.client_id.0.as_deref(), Some("c1"));
    assert!(application.api.is_empty() && application.web.is_empty() && application.public_client.is_empty());
    assert_eq!(application.app_role_ids.0.unwrap()["Push"], "r1");
    assert_eq!(application.feature_tags[0].hide, Some(true));
    assert_eq!(application.group_membership_claims.unwrap().len(), 2);
}

#[test]
fn a_block_that_was_written_stays_even_where_it_says_nothing() {
    let mut like = Application::from_wire(recorded(), None);
    like.web = vec![Web {
        homepage_url: None,
        logout_url: None,
        redirect_uris: None,
        implicit_grant: Vec::new(),
    }];
    let application = Application::from_wire(recorded(), Some(&like));
    assert_eq!(application.web, like.web);
    assert!(application.api.is_empty());
}

#[test]
fn what_is_written_is_what_is_read() {
    let application = Application::from_wire(recorded(), None);
    let settings = application.settings();
    let text = serde_json::to_string(&settings).unwrap();
    assert!(
        text.contains(r#""groupMembershipClaims":"DirectoryRole,SecurityGroup""#),
        "{text}"
    );
    let again = wire::Application {
        settings,
        ..recorded()
    };
    assert_eq!(Application::from_wire(again, None), application);
}
