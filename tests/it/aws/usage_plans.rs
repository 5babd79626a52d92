//! API keys, usage plans and throttling as AWS's client sets them and a client of the API meets them.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::listing::listed;
use super::node::Node;
use super::{Pets, text};
use crate::client::{Connection, Response};
use crate::gateway::request;
use crate::patience::{Stopwatch, wait_for};

const KEY: &str = "a-key-that-a-client-sends";

/// The second in which counts are written, and what a loaded machine and AWS's client take.
const WRITTEN_WITHIN: Duration = Duration::from_secs(5);

/// `GET /pets` for clients with an API key, and a plan for its stage with one key.
struct Shop {
    pets: Pets,
    plan: String,
    key: String,
}

impl Shop {
    fn new() -> Self {
        let pets = Pets::new();
        let operation = ["--patch-operations", "op=replace,path=/apiKeyRequired,value=true"];
        pets.method("update-method", &operation);
        pets.deploy("served", &[]);
        let node = &pets.node;
        let key = node.aws("apigateway create-api-key --enabled --name ada --value", &[KEY]);
        let key = text(&key["id"]);
        let stage = format!("apiId={},stage=prod", pets.api);
        let plan = node.aws("apigateway create-usage-plan --name gold --api-stages", &[&stage]);
        let plan = text(&plan["id"]);
        let members = ["--usage-plan-id", &plan, "--key-id", &key];
        node.aws("apigateway create-usage-plan-key --key-type API_KEY", &members);
        let shop = Self { pets, plan, key };
        wait_for("the plan to be served", || (shop.get(KEY).status == 200).then_some(()));
        shop
    }

    fn node(&self) -> &Node {
        &self.pets.node
    }

    fn get(&self, key: &str) -> Response {
        let host = format!("{}.execute-api.localhost", self.pets.api);
        let mut connection = Connection::open(self.node().http);
        connection.write(request("GET /prod/pets", &[("Host", &host), ("X-API-Key", key)], b""));
        connection.read()
    }

    fn patch_plan(&self, operations: &[&str]) {
        let more = [&["--usage-plan-id", &self.plan, "--patch-operations"], operations].concat();
        self.node().aws("apigateway update-usage-plan", &more);
    }

    /// Used and remaining of today, as AWS tells it; a test may run over midnight.
    fn usage(&self) -> Vec<(u64, u64)> {
        let [start, end] = days_around_today();
        let more = ["--usage-plan-id", &self.plan, "--start-date", &start, "--end-date", &end];
        let usage = self.node().aws("apigateway get-usage", &more);
        let days = usage["items"][&self.key].as_array().unwrap().clone();
        let pair = |day: &Value| (day[0].as_u64().unwrap(), day[1].as_u64().unwrap());
        days.iter().map(pair).collect()
    }

    fn used(&self) -> u64 {
        self.usage().iter().map(|(used, _)| used).sum()
    }
}

/// Yesterday and tomorrow.
#[expect(clippy::disallowed_methods, reason = "the node has the same clock")]
fn days_around_today() -> [String; 2] {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let today = throttle::Day::at(since.as_secs().try_into().unwrap());
    [today.minus(1), today.plus(1)].map(|day| day.date().to_string())
}

fn metrics(node: &Node) -> String {
    let mut connection = Connection::open(node.control);
    connection.write(request("GET /_edgeway/metrics", &[], b""));
    connection.read().text().to_owned()
}

#[test]
fn a_key_opens_a_method_until_its_tokens_and_its_quota_are_spent() {
    let shop = Shop::new();
    for wrong in ["", "guessed", &KEY[1..]] {
        let answer = shop.get(wrong);
        assert_eq!((answer.status, answer.text()), (403, r#"{"message":"Forbidden"}"#));
        assert_eq!(answer.header("x-amzn-errortype"), Some("ForbiddenException"));
    }
    shop.patch_plan(&[
        "op=replace,path=/throttle/rateLimit,value=0.01",
        "op=replace,path=/throttle/burstLimit,value=3",
    ]);
    wait_for("the throttle", || (shop.get(KEY).status == 429).then_some(()));
    let answer = shop.get(KEY);
    assert_eq!(answer.text(), r#"{"message":"Too Many Requests"}"#);
    assert_eq!(answer.header("x-amzn-errortype"), Some("TooManyRequestsException"));
    // A larger bucket has as many tokens more as it is larger: what was spent is not forgotten.
    shop.patch_plan(&["op=replace,path=/throttle/burstLimit,value=5"]);
    wait_for("the larger bucket", || (shop.get(KEY).status == 200).then_some(()));
    let more = (0..10).filter(|_| shop.get(KEY).status == 200).count();
    assert_eq!(more, 1);
    shop.patch_plan(&[
        "op=remove,path=/throttle",
        "op=replace,path=/quota/limit,value=1",
        "op=replace,path=/quota/period,value=MONTH",
    ]);
    wait_for("the quota", || {
        (shop.get(KEY).text() == r#"{"message":"Limit Exceeded"}"#).then_some(())
    });
    assert_eq!(shop.get(KEY).header("x-amzn-errortype"), Some("LimitExceededException"));
    for name in ["throttled", "over_quota"] {
        let series = format!("edgeway_{name}_total{{api_id=\"{}\"", shop.pets.api);
        wait_for("the count", || metrics(shop.node()).contains(&series).then_some(()));
    }
    let update = ["--usage-plan-id", &shop.plan, "--key-id", &shop.key, "--patch-operations"];
    let update = [&update[..], &["op=replace,path=/remaining,value=2"]].concat();
    shop.node().aws("apigateway update-usage", &update);
    wait_for("the grant", || (shop.get(KEY).status == 200).then_some(()));
    let disable =
        ["--api-key", &shop.key, "--patch-operations", "op=replace,path=/enabled,value=false"];
    shop.node().aws("apigateway update-api-key", &disable);
    wait_for("the key to be disabled", || (shop.get(KEY).status == 403).then_some(()));
}

#[test]
fn what_was_used_more_than_a_second_ago_survives_a_kill() {
    let mut shop = Shop::new();
    // Counts are written from a start on, so that it is known how long ago it was done last.
    shop.pets.node = shop.pets.node.killed_and_started();
    let before = shop.used();
    for _ in 0..100 {
        assert_eq!(shop.get(KEY).status, 200);
    }
    let stopwatch = Stopwatch::start();
    wait_for("the counts to be written", || (before + 100 <= shop.used()).then_some(()));
    assert!(stopwatch.elapsed() < WRITTEN_WITHIN, "{:?}", stopwatch.elapsed());
    let used = shop.used();
    shop.pets.node = shop.pets.node.killed_and_started();
    assert_eq!(shop.used(), used);
    // More than may pass before the quota is served.
    let limit = used + 500;
    let quota = format!("op=replace,path=/quota/limit,value={limit}");
    shop.patch_plan(&[&quota, "op=replace,path=/quota/period,value=MONTH"]);
    let served = (0..1_000).filter(|_| shop.get(KEY).status == 200).count();
    // What was used before is held against it, and what was let in is counted to the last one.
    assert_eq!(served, 500);
    wait_for("the last counts", || (shop.used() == limit).then_some(()));
    let listed = listed(&["usage", "gold"], shop.node());
    let key = &listed["keys"][0];
    assert_eq!((&key["used"], &key["limit"]), (&limit.into(), &limit.into()));
    assert_eq!(key["name"], "ada");
}

#[test]
fn methods_of_a_stage_are_throttled_for_all_clients_together() {
    let pets = Pets::new();
    pets.deploy("served", &[]);
    pets.wait_for("served");
    pets.patch_stage(&[
        "op=replace,path=/~1pets/GET/throttling/rateLimit,value=0.01",
        "op=replace,path=/~1pets/GET/throttling/burstLimit,value=2",
        "op=replace,path=/*/*/metrics/enabled,value=true",
        "op=replace,path=/~1pets/GET/metrics/enabled,value=true",
    ]);
    let status = || pets.node.get(&pets.api, "/prod/pets").status;
    wait_for("the throttle", || (status() == 429).then_some(()));
    // A request is counted once its answer is sent.
    wait_for("the count", || {
        let metrics = metrics(&pets.node);
        let is_counted = metrics.contains("edgeway_method_throttled_total{")
            && metrics.contains("method=\"GET\",resource=\"/pets\"");
        is_counted.then_some(())
    });
}

#[test]
fn settings_of_a_method_hold_as_terraform_writes_them_and_once_there_is_the_method() {
    let mut pets = Pets::new();
    pets.deploy("served", &[]);
    pets.wait_for("served");
    let nothing = |key: &str| format!("op=replace,path=/{key}/throttling/rateLimit,value=0");
    let stage = pets.patch_stage(&[&nothing("pets/GET"), &nothing("~1cats/GET")]);
    assert!(stage["methodSettings"]["pets/GET"].is_object(), "found as it was written: {stage}");
    let status = |pets: &Pets, path: &str| pets.node.get(&pets.api, path).status;
    wait_for("the throttle", || (status(&pets, "/prod/pets") == 429).then_some(()));
    let resources = pets.node.aws("apigateway get-resources --rest-api-id", &[&pets.api]);
    let mut resources = resources["items"].as_array().unwrap().iter();
    let root = text(&resources.find(|resource| resource["path"] == "/").unwrap()["id"]);
    let cats = ["--path-part", "cats", "--rest-api-id", &pets.api, "--parent-id", &root];
    pets.resource = text(&pets.node.aws("apigateway create-resource", &cats)["id"]);
    pets.put_method();
    assert_eq!(status(&pets, "/prod/cats"), 403);
    pets.deploy("cats", &[]);
    wait_for("the cats", || (status(&pets, "/prod/cats") != 403).then_some(()));
    assert_eq!(status(&pets, "/prod/cats"), 429);
}
