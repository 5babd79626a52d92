//! Tables, as people see them.

use control::{
    ApiOverview, CanaryOverview, FunctionOverview, KeyUsageOverview, StageOverview,
    UsagePlanOverview, VersionOverview,
};
use expect_test::expect;

use super::{api_table, function_table, invoke_url, usage_table};

#[test]
fn a_row_is_a_stage_of_an_api() {
    let stage = |name: &str, canary| StageOverview {
        name: name.to_owned(),
        deployment_id: "d1x2y3".to_owned(),
        invoke_url: invoke_url("127.0.0.1:8080".parse().unwrap(), "a1b2c3d4e5", name),
        canary,
    };
    let canary = CanaryOverview { deployment_id: "k9l8m7".to_owned(), percent_traffic: 12.5 };
    let api = |name: &str, stages| ApiOverview {
        id: "a1b2c3d4e5".to_owned(),
        name: name.to_owned(),
        created: "2023-11-14T22:13:20Z".to_owned(),
        stages,
    };
    let stages = vec![stage("beta", None), stage("prod", Some(canary))];
    // What a name may hold must not reach the terminal as it is.
    let apis = [api("pets", stages), api("Žofie\u{1b}[2J", vec![])];
    expect![[r"
        ID          NAME            CREATED               STAGE  DEPLOYMENT             INVOKE URL
        a1b2c3d4e5  pets            2023-11-14T22:13:20Z  beta   d1x2y3                 http://127.0.0.1:8080/_aws/execute-api/a1b2c3d4e5/beta/
        a1b2c3d4e5  pets            2023-11-14T22:13:20Z  prod   d1x2y3, 12.5 % k9l8m7  http://127.0.0.1:8080/_aws/execute-api/a1b2c3d4e5/prod/
        a1b2c3d4e5  Žofie\u{1b}[2J  2023-11-14T22:13:20Z  -      -                      -
    "]]
    .assert_eq(&api_table(&apis).to_string());
}

#[test]
fn a_row_is_a_version_of_a_function() {
    let version = |version: &str, state, reason: Option<&str>, code_size| VersionOverview {
        version: version.to_owned(),
        state,
        last_update_status: "Successful",
        reason: reason.map(str::to_owned),
        aliases: if version == "2" { vec!["blue".into(), "live".into()] } else { vec![] },
        code_size,
        modified: "2023-11-14T22:13:20Z".to_owned(),
        timeout: 3,
        memory_size: 128,
    };
    let function = |name: &str, versions| FunctionOverview { name: name.to_owned(), versions };
    let functions = [
        function(
            "pets",
            vec![
                version("$LATEST", "Active", Some("it exports nothing"), 12_345_678),
                version("2", "Active", None, 12_345),
            ],
        ),
        function("cats", vec![version("$LATEST", "Failed", Some("no plugin"), 123)]),
    ];
    expect![[r#"
        NAME  VERSION  STATE                                          ALIASES     SIZE     MODIFIED              TIMEOUT  MEMORY
        pets  $LATEST  Active, its update failed: it exports nothing  -           12.3 MB  2023-11-14T22:13:20Z  3 s      128 MB
        pets  2        Active                                         blue, live  12.3 kB  2023-11-14T22:13:20Z  3 s      128 MB
        cats  $LATEST  Failed: no plugin                              -           123 B    2023-11-14T22:13:20Z  3 s      128 MB
    "#]].assert_eq(&function_table(&functions).to_string());
}

#[test]
fn nothing_is_a_head() {
    assert_eq!(function_table(&[]).to_string().lines().count(), 1);
}

#[test]
fn a_row_is_a_key_of_a_usage_plan() {
    let key = |name: &str, enabled, used, limit| KeyUsageOverview {
        id: "k1b2c3d4e5".to_owned(),
        name: name.to_owned(),
        enabled,
        used,
        limit,
    };
    let plan = UsagePlanOverview {
        id: "a1b2c3".to_owned(),
        name: "gold".to_owned(),
        rate_limit: None,
        burst_limit: None,
        period: Some("MONTH".to_owned()),
        since: "2026-11-01".to_owned(),
        keys: vec![key("ada", true, 990, Some(1_000)), key("", false, 7, None)],
    };
    expect![[r"
        KEY         NAME  ENABLED  SINCE       USED  OF    LEFT
        k1b2c3d4e5  ada   yes      2026-11-01  990   1000  10
        k1b2c3d4e5  -     no       2026-11-01  7     -     -
    "]]
    .assert_eq(&usage_table(&plan).to_string());
}
