//! What the service refuses although planning found nothing wrong.

use crate::stage::{GROUP, cloud, said, with_main};
use serde_json::json;

#[tokio::test]
async fn a_refusal_of_the_service_shows_the_block_that_is_refused() {
    let environment = with_main(GROUP);
    let body =
        r#"{"error":{"code":"RequestDisallowedByPolicy","message":"A policy does not allow this group."}}"#;
    let fault = json!({
        "name": "policy", "method": "PUT", "path": "/resourceGroups/binderhub",
        "phase": "before", "action": { "status": { "code": 403, "body": body } },
    });
    let _cloud = cloud(&environment, json!({ "faults": [fault] })).await;
    let applied = environment
        .run(&["apply", "-sandbox", "-auto-approve"])
        .await
        .expect(1);
    let text = said(&applied);
    for part in [
        "main.tf:5:1",
        "A policy does not allow this group.",
        "azurerm_resource_group.a",
    ] {
        assert!(text.contains(part), "`{part}` is missing in:\n{text}");
    }
}
