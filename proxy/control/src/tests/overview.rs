//! What is told at a glance.

use expect_test::{Expect, expect};
use serde::Serialize;
use serde_json::json;
use store::{ReadTransaction, StoreError};

use super::harness::Gateway;
use super::lambda::f;

#[track_caller]
fn check<T: Serialize>(
    gateway: &Gateway,
    overviews: impl FnOnce(&ReadTransaction<'_>) -> Result<Vec<T>, StoreError>,
    expected: Expect,
) {
    let overviews = gateway.store.read(overviews).unwrap();
    let text = serde_json::to_string_pretty(&overviews).unwrap();
    expected.assert_eq(&gateway.with_names(&text));
}

#[test]
fn apis_are_listed_with_their_stages_and_canaries() {
    const METHOD: &str = "PUT /restapis/API/resources/ROOT/methods/GET";
    let gateway = Gateway::with_api();
    gateway.ok(METHOD, r#"{"authorizationType": "NONE"}"#);
    gateway.ok(&format!("{METHOD}/integration"), r#"{"type": "MOCK"}"#);
    gateway.create("D1", "POST /restapis/API/deployments", r#"{"stageName": "prod"}"#);
    gateway.create("D2", "POST /restapis/API/deployments", r#"{"stageName": "beta"}"#);
    let canary = r#"{"stageName": "prod", "canarySettings": {"percentTraffic": 12.5}}"#;
    gateway.create("D3", "POST /restapis/API/deployments", canary);
    gateway.create("EMPTY", "POST /restapis", r#"{"name": "not deployed"}"#);
    let invoke_url = |api: &str, stage: &str| format!("http://h/{api}/{stage}/");
    let overviews = |it: &ReadTransaction<'_>| crate::api_overviews(it, invoke_url);
    check(
        &gateway,
        overviews,
        expect![[r#"
            [
              {
                "id": "API",
                "name": "pets",
                "created": "2023-11-14T22:13:20Z",
                "stages": [
                  {
                    "name": "beta",
                    "deploymentId": "D2",
                    "invokeUrl": "http://h/API/beta/"
                  },
                  {
                    "name": "prod",
                    "deploymentId": "D1",
                    "invokeUrl": "http://h/API/prod/",
                    "canary": {
                      "deploymentId": "D3",
                      "percentTraffic": 12.5
                    }
                  }
                ]
              },
              {
                "id": "EMPTY",
                "name": "not deployed",
                "created": "2023-11-14T22:13:20Z",
                "stages": []
              }
            ]"#]],
    );
}

#[test]
fn functions_are_listed_with_their_versions_and_aliases() {
    let gateway = Gateway::with_function();
    gateway.ok(&f("POST", "/versions"), "{}");
    gateway.update_code("two");
    gateway.ok(&f("POST", "/versions"), "{}");
    let alias = json!({ "Name": "live", "FunctionVersion": "1",
        "RoutingConfig": { "AdditionalVersionWeights": { "2": 0.1 } } });
    gateway.ok(&f("POST", "/aliases"), &alias.to_string());
    check(
        &gateway,
        crate::function_overviews,
        expect![[r#"
        [
          {
            "name": "f",
            "versions": [
              {
                "version": "$LATEST",
                "state": "Active",
                "lastUpdateStatus": "Successful",
                "aliases": [],
                "codeSize": 11,
                "modified": "2023-11-14T22:13:20Z",
                "timeout": 3,
                "memorySize": 128
              },
              {
                "version": "2",
                "state": "Active",
                "lastUpdateStatus": "Successful",
                "aliases": [
                  "live"
                ],
                "codeSize": 11,
                "modified": "2023-11-14T22:13:20Z",
                "timeout": 3,
                "memorySize": 128
              },
              {
                "version": "1",
                "state": "Active",
                "lastUpdateStatus": "Successful",
                "aliases": [
                  "live"
                ],
                "codeSize": 11,
                "modified": "2023-11-14T22:13:20Z",
                "timeout": 3,
                "memorySize": 128
              }
            ]
          }
        ]"#]],
    );
}
