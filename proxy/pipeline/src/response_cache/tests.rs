//! Who fetches and who waits, and how much is kept.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use model::{
    AccountId, Api, ApiId, ApiKeySource, BinaryMediaTypes, CacheClusterSettings, CacheClusterSize,
    CacheOwner, Deployment, DeploymentId, EndpointType, GatewayResponses, Invalidation, Region,
    Snapshot, Stage, StageName,
};

use super::*;
use crate::respond::Response;

const KEY: Key = [1; 32];

fn caching() -> Caching {
    Caching::new(Duration::from_secs(300), false, Invalidation::Anybody).unwrap()
}

/// A snapshot with stages whose caches have these sizes.
fn snapshot(sizes: &[&str]) -> Snapshot {
    let api = Api {
        id: ApiId::parse("abc").unwrap(),
        name: String::new(),
        resources: Vec::new(),
        authorizers: Vec::new(),
        functions: Vec::new(),
        binary_media_types: BinaryMediaTypes::default(),
        minimum_compression_size: None,
        policy: None,
        api_key_source: ApiKeySource::Header,
        endpoint_type: EndpointType::Regional,
        has_rate_limit_headers: false,
        is_default_endpoint_disabled: false,
        gateway_responses: GatewayResponses::default(),
        cors: None,
    };
    let id = DeploymentId::parse("dep001").unwrap();
    let deployment = Arc::new(Deployment::compile(id, api, Vec::new()).unwrap());
    let account = AccountId::parse("123456789012").unwrap();
    let mut snapshot = Snapshot::new(account, Region::parse("eu-west-1").unwrap());
    for (number, size) in sizes.iter().enumerate() {
        let name = StageName::parse(&format!("s{number}")).unwrap();
        let size = CacheClusterSize::parse(size).unwrap();
        let settings = CacheClusterSettings { size, generation: 0, owner: CacheOwner::Stage };
        let stage = Stage::new(name, Vec::new(), Arc::clone(&deployment), 0);
        snapshot.add(stage.with_cache(Some(settings)));
    }
    snapshot
}

fn cluster_of(cache: &ResponseCache, snapshot: &Snapshot, stage: &str) -> Arc<Cluster> {
    let stage = snapshot.stage("abc", stage).unwrap();
    cache.cluster(stage.cache_cluster().unwrap()).unwrap()
}

fn cluster(bytes_max: u64) -> Arc<Cluster> {
    let (cache, snapshot) = (ResponseCache::new(bytes_max, &[7; 32]), snapshot(&["0.5"]));
    cache.publish(snapshot.cache_clusters());
    cluster_of(&cache, &snapshot, "s0")
}

fn kept(body: impl Into<Bytes>) -> KeptResponse {
    let (status, headers) = (StatusCode::OK, HeaderMap::new());
    KeptResponse::new(&Response { status, headers, body: body.into() })
}

fn begin(cluster: &Arc<Cluster>) -> Begun {
    cluster.begin(KEY, &caching(), Duration::ZERO)
}

fn lead(cluster: &Arc<Cluster>) -> Fill {
    match begin(cluster) {
        Begun::Lead(fill) => fill,
        Begun::Hit(_) | Begun::Follow(_) => panic!("it does not fetch"),
    }
}

fn follow(cluster: &Arc<Cluster>) -> Wait {
    match begin(cluster) {
        Begun::Follow(wait) => wait,
        Begun::Hit(_) | Begun::Lead(_) => panic!("it does not wait"),
    }
}

/// What has come of it, if something has.
fn polled(wait: Wait) -> Poll<Option<String>> {
    let landed = pin!(wait.landed()).poll(&mut Context::from_waker(Waker::noop()));
    landed.map(|landed| match landed? {
        Landed::Kept(kept) => Some(String::from_utf8_lossy(&kept.response().body).into_owned()),
        Landed::NotKept => Some("not kept".to_owned()),
    })
}

fn hit(cluster: &Cluster) -> Option<Bytes> {
    Some(cluster.get(&KEY, &caching(), Duration::ZERO)?.body.clone())
}

fn keep(fill: Fill, body: &'static str) {
    fill.keep(kept(body), &caching(), Duration::ZERO);
}

#[test]
fn one_fetches_and_the_others_get_the_same() {
    let cluster = cluster(1_000_000_000);
    let fill = lead(&cluster);
    let waiting = [0; 3].map(|_| follow(&cluster));
    assert_eq!(polled(follow(&cluster)), Poll::Pending);
    keep(fill, "fetched");
    for wait in waiting {
        assert_eq!(polled(wait), Poll::Ready(Some("fetched".to_owned())));
    }
    assert_eq!(hit(&cluster).unwrap(), "fetched");
    assert!(cluster.flights().is_empty());
}

#[test]
fn who_waits_for_what_is_not_kept_is_let_go() {
    let cluster = cluster(1_000_000_000);
    let fill = lead(&cluster);
    let wait = follow(&cluster);
    fill.keep_nothing(Duration::ZERO);
    assert_eq!(polled(wait), Poll::Ready(Some("not kept".to_owned())));
    assert_eq!(hit(&cluster), None);
}

fn begin_at(cluster: &Arc<Cluster>, seconds: u64) -> Begun {
    cluster.begin(KEY, &caching(), Duration::from_secs(seconds))
}

#[test]
fn nobody_waits_for_a_while_after_what_is_not_kept() {
    let cluster = cluster(1_000_000_000);
    lead(&cluster).keep_nothing(Duration::ZERO);
    // Any number at once, as each may get what is not for others.
    let [first, second, third] = [0; 3].map(|_| lead(&cluster));
    drop(first);
    second.keep_nothing(Duration::from_secs(4));
    assert!(matches!(begin_at(&cluster, 4), Begun::Lead(_)));
    // That did not begin another while: then one fetches and others wait.
    let Begun::Lead(waited_for) = begin_at(&cluster, 5) else { panic!("somebody is waited for") };
    assert!(matches!(begin_at(&cluster, 5), Begun::Follow(_)));
    drop(waited_for);
    keep(third, "kept after all");
    assert_eq!(hit(&cluster).unwrap(), "kept after all");
}

#[test]
fn what_nobody_waits_for_is_not_kept_after_an_invalidation_or_over_a_later_one() {
    let cluster = cluster(1_000_000_000);
    lead(&cluster).keep_nothing(Duration::ZERO);
    let [first, second] = [0; 2].map(|_| lead(&cluster));
    keep(first, "first");
    keep(second, "second");
    assert_eq!(hit(&cluster).unwrap(), "first");
    cluster.invalidate(KEY).keep_nothing(Duration::ZERO);
    let before = lead(&cluster);
    cluster.forget(&KEY);
    keep(before, "before");
    assert_eq!(hit(&cluster), None);
    let before = lead(&cluster);
    cluster.forget(&KEY);
    keep(before, "before");
    assert_eq!(hit(&cluster), None);
}

#[test]
fn who_waits_for_somebody_who_leaves_may_fetch() {
    let cluster = cluster(1_000_000_000);
    let fill = lead(&cluster);
    let [first, second] = [0; 2].map(|_| follow(&cluster));
    drop(fill);
    assert_eq!(polled(first), Poll::Ready(None));
    assert_eq!(polled(second), Poll::Ready(None));
    let fill = lead(&cluster);
    let wait = follow(&cluster);
    keep(fill, "fetched");
    assert_eq!(polled(wait), Poll::Ready(Some("fetched".to_owned())));
}

#[test]
fn what_was_begun_before_an_invalidation_is_not_kept_after_it() {
    let cluster = cluster(1_000_000_000);
    let before = lead(&cluster);
    let waits_for_before = follow(&cluster);
    let after = cluster.invalidate(KEY);
    let waits_for_after = follow(&cluster);
    keep(before, "before");
    assert_eq!(polled(waits_for_before), Poll::Ready(Some("before".to_owned())));
    assert_eq!(hit(&cluster), None);
    keep(after, "after");
    assert_eq!(polled(waits_for_after), Poll::Ready(Some("after".to_owned())));
    assert_eq!(hit(&cluster).unwrap(), "after");
}

#[test]
fn a_late_one_does_not_end_the_flight_of_another() {
    let cluster = cluster(1_000_000_000);
    let late = lead(&cluster);
    drop(cluster.invalidate(KEY));
    let current = lead(&cluster);
    drop(late);
    assert_eq!(polled(follow(&cluster)), Poll::Pending);
    keep(current, "current");
    assert_eq!(hit(&cluster).unwrap(), "current");
}

#[test]
fn the_bytes_of_what_is_kept_are_bounded() {
    const BYTES_MAX: u64 = 10_000_000;
    let cluster = cluster(BYTES_MAX);
    let body = Bytes::from(vec![0; 100_000]);
    for number in 0..1_000_u32 {
        let mut key = KEY;
        key[..4].copy_from_slice(&number.to_le_bytes());
        let Begun::Lead(fill) = cluster.begin(key, &caching(), Duration::ZERO) else {
            panic!("it is new")
        };
        fill.keep(kept(body.clone()), &caching(), Duration::ZERO);
        assert!(cluster.entries.weight() <= BYTES_MAX);
    }
    assert!(BYTES_MAX / 2 < cluster.entries.weight(), "{}", cluster.entries.weight());
}

#[test]
fn caches_that_want_more_than_there_is_share_it_by_their_sizes() {
    let cache = ResponseCache::new(2_100_000_000, &[7; 32]);
    let capacities = |snapshot: &Snapshot, stages: &[&str]| {
        cache.publish(snapshot.cache_clusters());
        let capacity = |stage: &&str| cluster_of(&cache, snapshot, stage).entries.capacity();
        stages.iter().map(capacity).collect::<Vec<_>>()
    };
    let both = snapshot(&["0.5", "1.6"]);
    assert_eq!(capacities(&both, &["s0", "s1"]), [500_000_000, 1_600_000_000]);
    let first = cluster_of(&cache, &both, "s0");
    let more = snapshot(&["0.5", "1.6", "6.1"]);
    let capacities = capacities(&more, &["s0", "s1", "s2"]);
    let sum: u64 = capacities.iter().sum();
    // Each shard has a whole number of bytes.
    assert!((2_099_999_000..=2_100_001_000).contains(&sum), "{capacities:?}");
    assert!(Arc::ptr_eq(&first, &cluster_of(&cache, &more, "s0")), "it keeps what it has");
}

#[test]
fn an_entry_is_as_old_as_the_method_lets_it_be_and_as_secret() {
    let cluster = cluster(1_000_000_000);
    keep(lead(&cluster), "kept");
    let get = |seconds, is_encrypted, now| {
        let invalidation = Invalidation::Anybody;
        let caching = Caching::new(Duration::from_secs(seconds), is_encrypted, invalidation);
        cluster.get(&KEY, &caching.unwrap(), Duration::from_secs(now)).is_some()
    };
    assert!(get(10, false, 9));
    assert!(!get(10, false, 10));
    assert!(get(11, false, 10));
    assert!(!get(10, true, 0), "it is not encrypted");
}

#[test]
fn what_is_not_there_any_more_takes_no_memory_while_somebody_fetches_for_it() {
    let (cache, snapshot) = (ResponseCache::new(1_000_000_000, &[7; 32]), snapshot(&["0.5"]));
    cache.publish(snapshot.cache_clusters());
    let cluster = cluster_of(&cache, &snapshot, "s0");
    let mut other = KEY;
    other[0] = 2;
    let Begun::Lead(fill) = cluster.begin(other, &caching(), Duration::ZERO) else { panic!() };
    keep(fill, "kept");
    let fill = lead(&cluster);
    assert!(0 < cluster.entries.weight());
    cache.publish([].into_iter());
    assert_eq!(cluster.entries.weight(), 0);
    keep(fill, "late");
}

#[test]
fn the_largest_response_fits_however_small_the_part_of_a_stage_is() {
    let largest = Bytes::from(vec![0; KEPT_BYTES_MAX]);
    for bytes_max in [2_000_000, 10_000_000, 500_000_000] {
        let cluster = cluster(bytes_max);
        lead(&cluster).keep(kept(largest.clone()), &caching(), Duration::ZERO);
        assert!(hit(&cluster).is_some(), "{bytes_max}");
    }
    // Also where there was more room before.
    let (cache, one) = (ResponseCache::new(500_000_000, &[7; 32]), snapshot(&["0.5"]));
    cache.publish(one.cache_clusters());
    let many = snapshot(&["0.5"; 100]);
    cache.publish(many.cache_clusters());
    let cluster = cluster_of(&cache, &many, "s0");
    assert!(cluster.entries.capacity() < 5_000_100);
    lead(&cluster).keep(kept(largest), &caching(), Duration::ZERO);
    assert!(hit(&cluster).is_some());
}
