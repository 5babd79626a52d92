//! Usage plans and their keys.

use std::sync::{Arc, Mutex};

use expect_test::expect;
use model::{ApiId, ApiKeyDigester, ApiKeys, StageName, Verb};
use store::Store;
use throttle::{Day, Limit};

use super::harness::{Gateway, patch};
use crate::{Control, UsageCounts};

/// With the stages `prod` and `test` of an API, and a key.
fn gateway() -> Gateway {
    const METHOD: &str = "PUT /restapis/API/resources/ROOT/methods/GET";
    let gateway = Gateway::with_api();
    gateway.ok(METHOD, r#"{"authorizationType": "NONE"}"#);
    gateway.ok(&format!("{METHOD}/integration"), r#"{"type": "MOCK"}"#);
    for stage in ["prod", "test"] {
        let body = format!("{{\"stageName\": \"{stage}\"}}");
        gateway.ok("POST /restapis/API/deployments", &body);
    }
    gateway.create("KEY", "POST /apikeys", r#"{"name": "k", "value": "01234567890123456789"}"#);
    gateway
}

const PLAN: &str = "PATCH /usageplans/PLAN";

#[test]
fn plans_are_made_changed_and_removed() {
    let gateway = gateway();
    gateway.create("PLAN", "POST /usageplans", r#"{"name": "p"}"#);
    gateway.check(
        &[
            ("GET /usageplans/PLAN", ""),
            (PLAN, &patch("add", "/apiStages", "API:prod")),
            (PLAN, &patch("add", "/apiStages", "API")),
            (PLAN, &patch("add", "/apiStages", "API:nobody")),
            (PLAN, &patch("remove", "/apiStages", "API:test")),
            (PLAN, &patch("replace", "/throttle/rateLimit", "2.5")),
            (PLAN, &patch("add", "/throttle/burstLimit", "5")),
            (PLAN, &patch("replace", "/quota/limit", "10")),
            (
                PLAN,
                r#"{"patchOperations": [
                    {"op": "replace", "path": "/quota/limit", "value": "10"},
                    {"op": "replace", "path": "/quota/period", "value": "WEEK"}]}"#,
            ),
            (PLAN, &patch("replace", "/quota/offset", "7")),
            (PLAN, &patch("remove", "/quota", "")),
            (PLAN, &patch("remove", "/throttle", "")),
            (PLAN, &patch("replace", "/id", "x")),
            ("DELETE /usageplans/PLAN", ""),
            ("DELETE /restapis/API/stages/prod", ""),
            ("DELETE /restapis/API", ""),
            (PLAN, &patch("remove", "/apiStages", "API:prod")),
            ("DELETE /usageplans/PLAN", ""),
            ("GET /usageplans/PLAN", ""),
            ("GET /usageplans", ""),
        ],
        expect![[r#"
            200 {"id":"PLAN","name":"p","apiStages":[]}
            200 {"id":"PLAN","name":"p","apiStages":[{"apiId":"API","stage":"prod"}]}
            400 BadRequestException: Invalid API Stage specified
            404 NotFoundException: Invalid API Stage {api: API, stage: nobody} specified for usageplan PLAN
            404 NotFoundException: Invalid API Stage {api: API, stage: test} specified for usageplan PLAN
            200 {"id":"PLAN","name":"p","apiStages":[{"apiId":"API","stage":"prod"}],"throttle":{"burstLimit":0,"rateLimit":2.5}}
            200 {"id":"PLAN","name":"p","apiStages":[{"apiId":"API","stage":"prod"}],"throttle":{"burstLimit":5,"rateLimit":2.5}}
            400 BadRequestException: Usage Plan quota period must be one of DAY, WEEK, MONTH
            200 {"id":"PLAN","name":"p","apiStages":[{"apiId":"API","stage":"prod"}],"throttle":{"burstLimit":5,"rateLimit":2.5},"quota":{"limit":10,"offset":0,"period":"WEEK"}}
            400 BadRequestException: Usage Plan quota offset must be between zero and six inclusive in the WEEK period
            200 {"id":"PLAN","name":"p","apiStages":[{"apiId":"API","stage":"prod"}],"throttle":{"burstLimit":5,"rateLimit":2.5}}
            200 {"id":"PLAN","name":"p","apiStages":[{"apiId":"API","stage":"prod"}]}
            400 BadRequestException: Invalid patch path  '/id' specified for op 'replace'. Must be one of: [/name, /description, /productCode, /quota/limit, /quota/offset, /quota/period, /throttle/burstLimit, /throttle/rateLimit]
            400 BadRequestException: Cannot delete Usage Plan because it has one or more associated API stages
            400 BadRequestException: Cannot delete API/prod, which usage plan PLAN is for: remove it from the plan first
            400 BadRequestException: Cannot delete API/prod, which usage plan PLAN is for: remove it from the plan first
            200 {"id":"PLAN","name":"p","apiStages":[]}
            202
            404 NotFoundException: Invalid Usage Plan ID specified
            200 {"item":[]}
        "#]],
    );
}

#[test]
fn methods_of_a_stage_have_limits_of_their_own() {
    let gateway = gateway();
    let plan = r#"{"name": "p", "apiStages": [{"apiId": "API", "stage": "prod"}]}"#;
    gateway.create("PLAN", "POST /usageplans", plan);
    gateway.check(
        &[
            (PLAN, &patch("add", "/apiStages/API:prod/throttle/~1/GET/rateLimit", "1")),
            (
                PLAN,
                &patch(
                    "replace",
                    "/apiStages/API:prod/throttle",
                    r#"{"/pets/GET": {"burstLimit": 3}}"#,
                ),
            ),
            (PLAN, &patch("remove", "/apiStages/API:prod/throttle/~1pets/GET", "")),
            (PLAN, &patch("replace", "/apiStages/API:prod/throttle//a/b/GET/burstLimit", "4")),
            (PLAN, &patch("replace", "/apiStages/API:prod/throttle//a/b/GET/other", "4")),
            (PLAN, &patch("remove", "/apiStages/API:prod/throttle//a/b/GET", "")),
            (PLAN, &patch("replace", "/apiStages/API:test/throttle", "{}")),
            (PLAN, &patch("replace", "/apiStages/API:prod/throttle", "x")),
        ],
        expect![[r#"
            200 {"id":"PLAN","name":"p","apiStages":[{"apiId":"API","stage":"prod","throttle":{"//GET":{"burstLimit":0,"rateLimit":1.0}}}]}
            200 {"id":"PLAN","name":"p","apiStages":[{"apiId":"API","stage":"prod","throttle":{"/pets/GET":{"burstLimit":3,"rateLimit":0.0}}}]}
            200 {"id":"PLAN","name":"p","apiStages":[{"apiId":"API","stage":"prod"}]}
            200 {"id":"PLAN","name":"p","apiStages":[{"apiId":"API","stage":"prod","throttle":{"/a/b/GET":{"burstLimit":4,"rateLimit":0.0}}}]}
            400 BadRequestException: Invalid patch path  '/apiStages/API:prod/throttle//a/b/GET/other' specified for op 'replace'. Must be one of: [/name, /description, /productCode, /quota/limit, /quota/offset, /quota/period, /throttle/burstLimit, /throttle/rateLimit]
            200 {"id":"PLAN","name":"p","apiStages":[{"apiId":"API","stage":"prod"}]}
            404 NotFoundException: Invalid API Stage {api: API, stage: test} specified for usageplan PLAN
            400 BadRequestException: Invalid value 'x' specified for path '/apiStages/API:prod/throttle'
        "#]],
    );
}

#[test]
fn what_cannot_be_a_plan_is_refused() {
    let gateway = gateway();
    let with = |member: &str| format!("{{\"name\": \"p\", {member}}}");
    gateway.check(
        &[
            ("POST /usageplans", "{}"),
            ("POST /usageplans", "{\"name\": \"\"}"),
            ("POST /usageplans", &with(r#""throttle": {"burstLimit": -1}"#)),
            ("POST /usageplans", &with(r#""quota": {"limit": 1}"#)),
            ("POST /usageplans", &with(r#""quota": {"limit": 1, "period": "YEAR"}"#)),
            ("POST /usageplans", &with(r#""quota": {"limit": 1, "period": "DAY", "offset": 1}"#)),
            (
                "POST /usageplans",
                &with(r#""quota": {"limit": 1, "period": "MONTH", "offset": 28}"#),
            ),
            ("GET /usageplans", ""),
        ],
        expect![[r#"
            400 ValidationException: 1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null
            400 BadRequestException: Usage Plan name cannot be empty
            400 BadRequestException: Throttle limits must not be negative
            400 BadRequestException: Usage Plan quota period must be one of DAY, WEEK, MONTH
            400 ValidationException: 1 validation error detected: Value 'YEAR' at 'quota.period' failed to satisfy constraint: Member must satisfy enum value set: [DAY, WEEK, MONTH]
            400 BadRequestException: Usage Plan quota offset must be zero in the DAY period
            400 BadRequestException: Usage Plan quota offset must be between zero and 27 inclusive in the MONTH period
            200 {"item":[]}
        "#]],
    );
}

#[test]
fn keys_belong_to_plans() {
    let gateway = gateway();
    let plan = r#"{"name": "p", "apiStages": [{"apiId": "API", "stage": "prod"}]}"#;
    gateway.create("PLAN", "POST /usageplans", plan);
    gateway.create("OTHER", "POST /usageplans", plan);
    let key = r#"{"keyId": "KEY", "keyType": "API_KEY"}"#;
    gateway.check(
        &[
            ("POST /usageplans/PLAN/keys", key),
            ("POST /usageplans/PLAN/keys", key),
            ("POST /usageplans/OTHER/keys", key),
            ("POST /usageplans/PLAN/keys", r#"{"keyId": "nobody", "keyType": "API_KEY"}"#),
            ("POST /usageplans/PLAN/keys", r#"{"keyId": "KEY", "keyType": "X"}"#),
            ("POST /usageplans/nobody/keys", key),
            ("GET /usageplans/PLAN/keys", ""),
            ("GET /usageplans/PLAN/keys?name=x", ""),
            ("GET /usageplans/PLAN/keys/KEY", ""),
            ("GET /usageplans?keyId=KEY", ""),
            ("GET /usageplans?keyId=nobody", ""),
            ("DELETE /usageplans/PLAN/keys/KEY", ""),
            ("GET /usageplans/PLAN/keys/KEY", ""),
            ("POST /usageplans/OTHER/keys", key),
            ("DELETE /apikeys/KEY", ""),
            ("GET /usageplans/OTHER/keys", ""),
        ],
        expect![[r#"
            201 {"id":"KEY","type":"API_KEY","value":"01234567890123456789","name":"k"}
            409 ConflictException: Usage Plan already contains this API Key
            409 ConflictException: API Key KEY cannot be in usage plans PLAN and OTHER, which have a stage in common
            404 NotFoundException: Invalid API Key identifier specified
            400 BadRequestException: Usage plan key type must be API_KEY
            404 NotFoundException: Invalid Usage Plan ID specified
            200 {"item":[{"id":"KEY","type":"API_KEY","value":"01234567890123456789","name":"k"}]}
            200 {"item":[]}
            200 {"id":"KEY","type":"API_KEY","value":"01234567890123456789","name":"k"}
            200 {"item":[{"id":"PLAN","name":"p","apiStages":[{"apiId":"API","stage":"prod"}]}]}
            200 {"item":[]}
            202
            404 NotFoundException: Invalid API Key identifier specified
            201 {"id":"KEY","type":"API_KEY","value":"01234567890123456789","name":"k"}
            202
            200 {"item":[]}
        "#]],
    );
}

#[test]
fn a_key_reaches_a_stage_through_one_plan_whichever_way_it_comes_there() {
    let gateway = gateway();
    let plan = |stage: &str| {
        format!(r#"{{"name": "p", "apiStages": [{{"apiId": "API", "stage": "{stage}"}}]}}"#)
    };
    gateway.create("PLAN", "POST /usageplans", &plan("prod"));
    gateway.create("SAME", "POST /usageplans", &plan("prod"));
    gateway.create("OTHER", "POST /usageplans", &plan("test"));
    let import = "POST /apikeys?mode=import&format=csv";
    let file = "Name,Key,UsagePlanIds\n\
        k,01234567890123456789,\"PLAN,SAME,OTHER\"\n\
        k,01234567890123456789,SAME\n";
    let answer = gateway.answer(import, file);
    let conflict =
        "API Key KEY cannot be in usage plans PLAN and SAME, which have a stage in common";
    for warning in [format!("Key 1: {conflict}"), format!("Key 2: {conflict}")] {
        assert!(answer.contains(&warning), "{answer}");
    }
    gateway.check(
        &[
            ("GET /usageplans?keyId=KEY", ""),
            ("PATCH /usageplans/OTHER", &patch("add", "/apiStages", "API:prod")),
            ("PATCH /usageplans/SAME", &patch("add", "/apiStages", "API:test")),
        ],
        expect![[r#"
            200 {"item":[{"id":"PLAN","name":"p","apiStages":[{"apiId":"API","stage":"prod"}]},{"id":"OTHER","name":"p","apiStages":[{"apiId":"API","stage":"test"}]}]}
            409 ConflictException: API Key KEY cannot be in usage plans PLAN and OTHER, which have a stage in common
            200 {"id":"SAME","name":"p","apiStages":[{"apiId":"API","stage":"prod"},{"apiId":"API","stage":"test"}]}
        "#]],
    );
}

/// With two keys in a plan that has a quota of 100 a week.
fn gateway_with_quota() -> Gateway {
    with_quota(gateway())
}

fn with_quota(gateway: Gateway) -> Gateway {
    gateway.create("OTHER", "POST /apikeys", r#"{"name": "o"}"#);
    let plan = r#"{"name": "p", "quota": {"limit": 100, "offset": 3, "period": "WEEK"}}"#;
    gateway.create("PLAN", "POST /usageplans", plan);
    for key in ["KEY", "OTHER"] {
        let body = format!("{{\"keyId\": \"{key}\", \"keyType\": \"API_KEY\"}}");
        gateway.ok("POST /usageplans/PLAN/keys", &body);
    }
    gateway
}

/// The clock of the tests stands on Tuesday, 2023-11-14.
#[test]
fn a_key_has_its_quota_left() {
    let gateway = gateway_with_quota();
    let usage = |query: &str| format!("GET /usageplans/PLAN/usage?{query}");
    let update = "PATCH /usageplans/PLAN/keys/KEY/usage";
    gateway.check(
        &[
            (&usage("startDate=2023-11-12&endDate=2023-11-20&keyId=KEY"), ""),
            (&usage("startDate=2023-11-14&endDate=2023-11-14"), ""),
            (&usage("startDate=2023-11-14&endDate=2023-11-14&limit=1"), ""),
            (&usage("startDate=2023-11-14&endDate=2023-11-14&limit=0"), ""),
            (update, &patch("replace", "/remaining", "7")),
            (&usage("startDate=2023-11-12&endDate=2023-11-20&keyId=KEY"), ""),
            (&usage("startDate=2023-11-14&endDate=2023-11-14&keyId=OTHER"), ""),
            (PLAN, &patch("replace", "/quota/period", "MONTH")),
            (&usage("startDate=2023-11-14&endDate=2023-11-14&keyId=KEY"), ""),
            (PLAN, &patch("remove", "/quota", "")),
            (&usage("startDate=2023-11-14&endDate=2023-11-14&keyId=KEY"), ""),
            (update, &patch("replace", "/remaining", "7")),
            (update, "{}"),
        ],
        expect![[r#"
            200 {"usagePlanId":"PLAN","startDate":"2023-11-12","endDate":"2023-11-20","values":{"KEY":[[0,100],[0,100],[0,97],[0,97],[0,97],[0,97],[0,97],[0,97],[0,100]]}}
            200 {"usagePlanId":"PLAN","startDate":"2023-11-14","endDate":"2023-11-14","values":{"KEY":[[0,97]],"OTHER":[[0,97]]}}
            200 {"usagePlanId":"PLAN","startDate":"2023-11-14","endDate":"2023-11-14","values":{"KEY":[[0,97]]},"position":"f"}
            200 {"usagePlanId":"PLAN","startDate":"2023-11-14","endDate":"2023-11-14","values":{}}
            200 {"usagePlanId":"PLAN","startDate":"2023-11-14","endDate":"2023-11-14","values":{"KEY":[[0,7]]}}
            200 {"usagePlanId":"PLAN","startDate":"2023-11-12","endDate":"2023-11-20","values":{"KEY":[[0,100],[0,100],[0,7],[0,7],[0,7],[0,7],[0,7],[0,7],[0,100]]}}
            200 {"usagePlanId":"PLAN","startDate":"2023-11-14","endDate":"2023-11-14","values":{"OTHER":[[0,97]]}}
            200 {"id":"PLAN","name":"p","apiStages":[],"quota":{"limit":100,"offset":3,"period":"MONTH"}}
            200 {"usagePlanId":"PLAN","startDate":"2023-11-14","endDate":"2023-11-14","values":{"KEY":[[0,97]]}}
            200 {"id":"PLAN","name":"p","apiStages":[]}
            200 {"usagePlanId":"PLAN","startDate":"2023-11-14","endDate":"2023-11-14","values":{"KEY":[[0,0]]}}
            400 BadRequestException: Usage Plan PLAN has no quota
            200 {"usagePlanId":"PLAN","startDate":"2023-11-14","endDate":"2023-11-14","values":{"KEY":[[0,0]]}}
        "#]],
    );
}

#[test]
fn usage_that_cannot_be_asked_for_is_refused() {
    let gateway = gateway_with_quota();
    let usage = |query: &str| format!("GET /usageplans/PLAN/usage?{query}");
    let update = "PATCH /usageplans/PLAN/keys/KEY/usage";
    gateway.check(
        &[
            (&usage("startDate=2023-11-14"), ""),
            (&usage("startDate=2023-11-14&endDate="), ""),
            (&usage("startDate=2023-11-14&endDate=2023-11-31"), ""),
            (&usage("startDate=2023-1-1&endDate=2023-11-14"), ""),
            (&usage("startDate=%2B2023-11-14&endDate=2023-11-14"), ""),
            (&usage("startDate=2023-11-14&endDate=2023-11-13"), ""),
            (&usage("startDate=2023-08-15&endDate=2023-11-14"), ""),
            (&usage("startDate=2023-11-14&endDate=2024-02-13"), ""),
            (&usage("startDate=2023-11-14&endDate=2023-11-14&keyId=nobody"), ""),
            (&usage("startDate=2023-11-14&endDate=2023-11-14&position=~"), ""),
            ("GET /usageplans/nobody/usage?startDate=2023-11-14&endDate=2023-11-14", ""),
            (update, &patch("replace", "/remaining", "-1")),
            (update, &patch("replace", "/remaining", "many")),
            (update, &patch("add", "/remaining", "1")),
            (update, &patch("replace", "/used", "1")),
            ("PATCH /usageplans/PLAN/keys/nobody/usage", &patch("replace", "/remaining", "1")),
        ],
        expect![[r#"
            400 ValidationException: 1 validation error detected: Value null at 'endDate' failed to satisfy constraint: Member must not be null
            400 BadRequestException: Invalid endDate specified:
            400 BadRequestException: Invalid endDate specified: 2023-11-31
            400 BadRequestException: Invalid startDate specified: 2023-1-1
            400 BadRequestException: Invalid startDate specified: +2023-11-14
            400 BadRequestException: endDate must be startDate or at most 90 days after it
            400 BadRequestException: Usage is kept for the last 90 days
            400 BadRequestException: endDate must be startDate or at most 90 days after it
            404 NotFoundException: Invalid API Key identifier specified
            400 BadRequestException: Invalid position specified
            404 NotFoundException: Invalid Usage Plan ID specified
            400 BadRequestException: Invalid value '-1' specified for path '/remaining'
            400 BadRequestException: Invalid value 'many' specified for path '/remaining'
            400 BadRequestException: Invalid patch path  '/remaining' specified for op 'add'. Please choose supported operations
            400 BadRequestException: Invalid patch path  '/used' specified for op 'replace'. Must be one of: [/remaining]
            404 NotFoundException: Invalid API Key identifier specified
        "#]],
    );
    let whole = gateway.answer(&usage("startDate=2023-08-16&endDate=2023-11-14&keyId=KEY"), "");
    assert_eq!(whole.matches("[0,").count(), 91);
}

fn served_keys(gateway: &Gateway) -> ApiKeys {
    crate::api_keys(&gateway.store, &ApiKeyDigester::new(&[7; 32])).unwrap()
}

/// By which the data plane counts what a key uses.
fn number(gateway: &Gateway, key: &str) -> i64 {
    served_keys(gateway).get(key).unwrap().memberships[0].number
}

/// What the data plane counted of a key: so many requests on each of some days of November 2023.
fn count(gateway: &Gateway, key: &str, days: &[(i32, u64)]) {
    let key = number(gateway, key);
    // The first of November is day 19,662.
    let used = days.iter().map(|(day, requests)| throttle::DayUsage {
        key,
        day: Day::from_number(19_661 + day),
        requests: *requests,
    });
    crate::keep_usage(&gateway.store, &used.collect::<Vec<_>>()).unwrap();
}

/// Requests of the 14th of November that the data plane has counted and not written.
struct Unwritten {
    store: Arc<Store>,
    of_key: Mutex<Option<(i64, u64)>>,
}

impl UsageCounts for Unwritten {
    fn keep(&self) {
        let of_key = self.of_key.lock().unwrap().take();
        let day = Day::from_number(19_675);
        let used = of_key.map(|(key, requests)| throttle::DayUsage { key, day, requests });
        crate::keep_usage(&self.store, used.as_slice()).unwrap();
    }
}

#[test]
fn what_is_granted_is_beyond_what_was_used_to_the_last_request() {
    let mut counts = None;
    let gateway = Gateway::with(|control| {
        let unwritten = Unwritten { store: Arc::clone(&control.store), of_key: Mutex::default() };
        let usage_counts = Arc::clone(counts.insert(Arc::new(unwritten))) as Arc<dyn UsageCounts>;
        Control { usage_counts, ..control }
    });
    gateway.create("KEY", "POST /apikeys", r#"{"name": "k", "value": "01234567890123456789"}"#);
    let gateway = with_quota(gateway);
    let key = number(&gateway, "01234567890123456789");
    *counts.unwrap().of_key.lock().unwrap() = Some((key, 50));
    let update = "PATCH /usageplans/PLAN/keys/KEY/usage";
    gateway.check(
        &[(update, &patch("replace", "/remaining", "7"))],
        expect![[r#"
            200 {"usagePlanId":"PLAN","startDate":"2023-11-14","endDate":"2023-11-14","values":{"KEY":[[50,7]]}}
        "#]],
    );
}

/// As the clock of the tests stands.
const NOW: i64 = 1_700_000_000;

#[test]
fn what_was_counted_is_used() {
    let gateway = gateway_with_quota();
    count(&gateway, "01234567890123456789", &[(12, 5), (13, 10), (14, 20)]);
    count(&gateway, "01234567890123456789", &[(14, 1)]);
    let usage = |query: &str| format!("GET /usageplans/PLAN/usage?{query}&keyId=KEY");
    let update = "PATCH /usageplans/PLAN/keys/KEY/usage";
    gateway.check(
        &[
            (&usage("startDate=2023-11-12&endDate=2023-11-15"), ""),
            (&usage("startDate=2023-11-14&endDate=2023-11-14"), ""),
            (update, &patch("replace", "/remaining", "7")),
            (&usage("startDate=2023-11-12&endDate=2023-11-15"), ""),
            (PLAN, &patch("remove", "/quota", "")),
            (&usage("startDate=2023-11-12&endDate=2023-11-15"), ""),
        ],
        expect![[r#"
            200 {"usagePlanId":"PLAN","startDate":"2023-11-12","endDate":"2023-11-15","values":{"KEY":[[5,95],[10,90],[21,66],[0,66]]}}
            200 {"usagePlanId":"PLAN","startDate":"2023-11-14","endDate":"2023-11-14","values":{"KEY":[[21,66]]}}
            200 {"usagePlanId":"PLAN","startDate":"2023-11-14","endDate":"2023-11-14","values":{"KEY":[[21,7]]}}
            200 {"usagePlanId":"PLAN","startDate":"2023-11-12","endDate":"2023-11-15","values":{"KEY":[[5,95],[10,90],[21,7],[0,7]]}}
            200 {"id":"PLAN","name":"p","apiStages":[]}
            200 {"usagePlanId":"PLAN","startDate":"2023-11-12","endDate":"2023-11-15","values":{"KEY":[[5,0],[10,0],[21,0],[0,0]]}}
        "#]],
    );
    assert_eq!(loaded(&gateway), [5, 10, 21]);
}

fn loaded(gateway: &Gateway) -> Vec<u64> {
    let loaded = crate::load_usage(&gateway.store).unwrap();
    loaded.iter().map(|count| count.requests).collect()
}

#[test]
fn a_clock_that_is_ahead_forgets_nothing() {
    let gateway = gateway_with_quota();
    count(&gateway, "01234567890123456789", &[(12, 5), (13, 10), (14, 20)]);
    for days in [0, 2, 41, 91, 92, 40_000] {
        crate::forget_usage(&gateway.store, Day::at(NOW).plus(days)).unwrap();
    }
    count(&gateway, "01234567890123456789", &[(40_014, 1)]);
    crate::forget_usage(&gateway.store, Day::at(NOW).plus(40_000)).unwrap();
    assert_eq!(loaded(&gateway), [5, 10, 20, 1]);
}

#[test]
fn what_cannot_be_asked_for_any_more_is_forgotten() {
    let gateway = gateway_with_quota();
    let days: Vec<(i32, u64)> = (0..120).map(|day| (14 - day, 1)).collect();
    count(&gateway, "01234567890123456789", &days);
    crate::forget_usage(&gateway.store, Day::at(NOW)).unwrap();
    // Today, the 90 days that can be asked for, and one more.
    assert_eq!(loaded(&gateway).len(), 92);
}

#[test]
fn a_grant_holds_for_what_comes_after_it() {
    let gateway = gateway_with_quota();
    count(&gateway, "01234567890123456789", &[(14, 20)]);
    gateway.ok("PATCH /usageplans/PLAN/keys/KEY/usage", &patch("replace", "/remaining", "7"));
    count(&gateway, "01234567890123456789", &[(14, 3)]);
    gateway.check(
        &[("GET /usageplans/PLAN/usage?startDate=2023-11-14&endDate=2023-11-14&keyId=KEY", "")],
        expect![[r#"
            200 {"usagePlanId":"PLAN","startDate":"2023-11-14","endDate":"2023-11-14","values":{"KEY":[[23,4]]}}
        "#]],
    );
    let plan = |plan: &str, now| {
        gateway.store.read(|transaction| crate::usage_plan_overview(transaction, plan, now))
    };
    let overview = plan("p", NOW).unwrap();
    assert_eq!(overview, plan(&gateway.with_ids("PLAN"), NOW).unwrap());
    assert_eq!((overview.period.as_deref(), overview.since.as_str()), (Some("WEEK"), "2023-11-13"));
    assert_eq!((overview.keys[0].used, overview.keys[0].limit), (23, Some(27)));
    let next_week = plan("p", NOW + 7 * 86_400).unwrap();
    assert_eq!((next_week.keys[0].used, next_week.keys[0].limit), (0, Some(100)));
    assert!(plan("nobody", NOW).is_err());
}

#[test]
fn keys_and_plans_are_live() {
    let gateway = gateway();
    let plan = r#"{"name": "p", "throttle": {"rateLimit": 2.5, "burstLimit": 5},
        "quota": {"limit": 10, "period": "MONTH"},
        "apiStages": [{"apiId": "API", "stage": "prod", "throttle": {
            "/pets/GET": {"rateLimit": 1, "burstLimit": 1},
            "/pets/ANY": {"rateLimit": 3, "burstLimit": 3}}}]}"#;
    gateway.create("PLAN", "POST /usageplans", plan);
    gateway.ok("POST /usageplans/PLAN/keys", r#"{"keyId": "KEY", "keyType": "API_KEY"}"#);
    let value = "01234567890123456789";
    let (api, prod) = (gateway.with_ids("API"), "prod");
    let (api, prod) = (ApiId::parse(&api).unwrap(), StageName::parse(prod).unwrap());
    let keys = || served_keys(&gateway);
    let before = keys();
    assert!(!before.get(value).unwrap().is_enabled);
    gateway.ok("PATCH /apikeys/KEY", &patch("replace", "/enabled", "true"));
    assert_ne!(keys(), before);
    let enabled = keys();
    let key = enabled.get(value).unwrap();
    assert!(key.is_enabled);
    let (membership, stage) = key.plan_for(&api, &prod).unwrap();
    assert_eq!(membership.plan.throttle, Some(Limit::new(2.5, 5)));
    assert_eq!(membership.terms.unwrap().quota.limit, 10);
    let limit = |path, verb| stage.method(path, verb).map(|throttle| throttle.limit);
    assert_eq!(limit("/pets", Verb::Get), Some(Limit::new(1.0, 1)));
    assert_eq!(limit("/pets", Verb::Post), Some(Limit::new(3.0, 3)));
    assert_eq!(limit("/", Verb::Get), None);
    assert!(key.plan_for(&api, &StageName::parse("test").unwrap()).is_none());
    assert!(!format!("{enabled:?}").contains("0123456789"));
    gateway.ok("DELETE /apikeys/KEY", "");
    assert_eq!(keys(), ApiKeys::default());
}

#[test]
fn another_quota_ends_what_was_granted_of_the_one_before() {
    let gateway = gateway_with_quota();
    let usage = "GET /usageplans/PLAN/usage?startDate=2023-11-14&endDate=2023-11-14&keyId=KEY";
    let grant = "PATCH /usageplans/PLAN/keys/KEY/usage";
    gateway.check(
        &[
            (grant, &patch("replace", "/remaining", "500")),
            (usage, ""),
            (PLAN, &patch("replace", "/name", "other")),
            (usage, ""),
            (PLAN, &patch("replace", "/quota/limit", "50")),
            (usage, ""),
        ],
        expect![[r#"
            200 {"usagePlanId":"PLAN","startDate":"2023-11-14","endDate":"2023-11-14","values":{"KEY":[[0,500]]}}
            200 {"usagePlanId":"PLAN","startDate":"2023-11-14","endDate":"2023-11-14","values":{"KEY":[[0,500]]}}
            200 {"id":"PLAN","name":"other","apiStages":[],"quota":{"limit":100,"offset":3,"period":"WEEK"}}
            200 {"usagePlanId":"PLAN","startDate":"2023-11-14","endDate":"2023-11-14","values":{"KEY":[[0,500]]}}
            200 {"id":"PLAN","name":"other","apiStages":[],"quota":{"limit":50,"offset":3,"period":"WEEK"}}
            200 {"usagePlanId":"PLAN","startDate":"2023-11-14","endDate":"2023-11-14","values":{"KEY":[[0,47]]}}
        "#]],
    );
}

#[test]
fn limits_of_methods_are_of_a_path_and_a_method() {
    let gateway = gateway();
    let plan = |key: &str| {
        gateway.with_ids(&format!(
            r#"{{"name": "p", "apiStages": [{{"apiId": "API", "stage": "prod", "throttle": {{"{key}": {{"rateLimit": 1, "burstLimit": 1}}}}}}]}}"#
        ))
    };
    for key in ["pets/GET", "/GET", "GET", "/pets", "/pets/get", "/pets/", ""] {
        let answer = gateway.answer("POST /usageplans", &plan(key));
        assert!(
            answer.starts_with("400 BadRequestException: Invalid throttle key"),
            "{key}: {answer}"
        );
    }
    for key in ["/pets/GET", "//GET", "/pets/{id}/ANY"] {
        gateway.ok("POST /usageplans", &plan(key));
    }
}
