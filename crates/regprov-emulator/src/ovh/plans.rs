//! Plans and regions of managed registries.

use serde_json::{Value, json};

const GIB: u64 = 1024 * 1024 * 1024;

/// A plan.
pub(crate) struct Plan {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    code: &'static str,
    /// In bytes.
    pub(crate) storage: u64,
    parallel: u64,
    scans: bool,
}

/// From the smallest to the largest.
pub(crate) const PLANS: &[Plan] = &[
    Plan {
        id: "9f728ba5-998b-4401-ab0f-497cd8bc6a89",
        name: "SMALL",
        code: "registry.s-plan-equivalent-hour-consumption",
        storage: 200 * GIB,
        parallel: 15,
        scans: false,
    },
    Plan {
        id: "c5ddc763-be75-48f7-b7ec-e923ca040bee",
        name: "MEDIUM",
        code: "registry.m-plan-equivalent-hour-consumption",
        storage: 600 * GIB,
        parallel: 45,
        scans: true,
    },
    Plan {
        id: "2f4c1e0a-4e0e-4b0c-9a0e-5c6b8c3a7d11",
        name: "LARGE",
        code: "registry.l-plan-equivalent-hour-consumption",
        storage: 5 * 1024 * GIB,
        parallel: 90,
        scans: true,
    },
];

/// Where registries can be.
pub(crate) const REGIONS: &[&str] = &[
    "BHS",
    "DE",
    "EU-WEST-PAR",
    "GRA",
    "SBG",
    "US-EAST-VA",
    "US-WEST-OR",
];

/// The plan of an id.
pub(crate) fn find(id: &str) -> Option<&'static Plan> {
    PLANS.iter().find(|plan| plan.id == id)
}

/// A plan as the API writes it.
pub(crate) fn body(plan: &Plan) -> Value {
    json!({
        "id": plan.id, "code": plan.code, "name": plan.name,
        "createdAt": "2020-03-02T10:00:00Z", "updatedAt": "2023-06-01T10:00:00Z",
        "features": { "vulnerability": plan.scans },
        "registryLimits": { "imageStorage": plan.storage, "parallelRequest": plan.parallel },
    })
}

/// What can be ordered where.
pub(crate) fn capabilities() -> Value {
    let plans: Vec<Value> = PLANS.iter().map(body).collect();
    let regions = REGIONS
        .iter()
        .map(|region| json!({ "regionName": region, "plans": plans }));
    regions.collect()
}
