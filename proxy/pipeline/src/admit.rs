//! Phase: admit. Under which usage plan, and is there room?
//!
//! Source: API Gateway Developer Guide, "Usage plans and API keys for REST APIs" and "Throttle requests
//! to your REST APIs". The order is AWS's: the key must be good, then tokens of the key for the method,
//! of the key, the quota, tokens of the method of the stage, of the account; the first that is
//! exhausted answers. What a refused request took before is given back, so that it costs nothing but
//! its refusal.
//!
//! A request is counted here, once, when nothing refuses it: whatever its integration answers, also
//! that nobody waits for the answer. What is refused, here or before, is not counted, and nor is what
//! is called without a key.

use std::sync::Arc;

use model::{Digest, Membership, MethodThrottle};
use sha2::{Digest as _, Sha256};
use throttle::{BucketKey, Day, Exhausted, Limit, SharedBucket};

use crate::Limiter;
use crate::authorize::Caller;
use crate::exchange::Exchange;
use crate::failure::{ApiKeyFlaw, Failure, Rejection, ThrottledBy};
use crate::ports::Ports;
use crate::record::Record;
use crate::trace::Phase;

/// Longest value of a key (AWS: 128 characters). What is longer is no key, and is not digested.
const KEY_BYTES_MAX: usize = 4 * 128;

/// Lets the request in, or refuses it.
pub(crate) fn admit(
    exchange: &Exchange<'_>,
    caller: Caller,
    ports: &Ports<'_>,
    record: &mut Record,
) -> Result<Caller, Failure> {
    let throttle = exchange.stage.throttle(exchange.resource_position, exchange.verb);
    let account = ports.limiter.account.as_ref();
    if !exchange.method.is_api_key_required && throttle.is_none() && account.is_none() {
        return Ok(caller);
    }
    exchange.tracer.enter(Phase::Admit);
    let mut taken = Taken { ports, buckets: Vec::new(), counted: None, is_admitted: false };
    let caller = match exchange.method.is_api_key_required {
        true => with_key(exchange, caller, &mut taken, record)?,
        false => caller,
    };
    if let Some(MethodThrottle { limit, bucket }) = throttle {
        taken.take(bucket, &limit, ThrottledBy::Method)?;
    }
    if let Some(account) = account {
        taken.take_shared(account)?;
    }
    taken.is_admitted = true;
    exchange.tracer.note("apiKeyId", |_| record.api_key_id.as_deref().into());
    Ok(caller)
}

/// Finds the key and its plan, and takes what they are held to.
fn with_key(
    exchange: &Exchange<'_>,
    caller: Caller,
    taken: &mut Taken<'_>,
    record: &mut Record,
) -> Result<Caller, Rejection> {
    let value = exchange.api_key(Some(&caller)).filter(|value| !value.is_empty());
    let value = value.ok_or(Rejection::InvalidApiKey(ApiKeyFlaw::Missing))?;
    let unknown = Rejection::InvalidApiKey(ApiKeyFlaw::Unknown);
    if KEY_BYTES_MAX < value.len() {
        return Err(unknown);
    }
    let digest = Digest::new(Sha256::digest(value).into());
    let key = exchange.snapshot.api_keys().get(&digest).ok_or(unknown)?;
    record.api_key_id = Some(Arc::clone(&key.id));
    if !key.is_enabled {
        return Err(Rejection::InvalidApiKey(ApiKeyFlaw::Disabled));
    }
    let planned = key.plan_for(&exchange.stage.deployment.api().id, &exchange.stage.name);
    let unplanned = Rejection::InvalidApiKey(ApiKeyFlaw::Unplanned);
    let (membership, stage) = planned.ok_or(unplanned)?;
    let of_method = stage.method(exchange.resource.path.as_str(), exchange.verb);
    if let Some(MethodThrottle { limit, bucket }) = of_method {
        let bucket = membership.bucket.and(*bucket);
        taken.take(bucket, limit, ThrottledBy::KeyAndMethod)?;
    }
    if let Some(limit) = &membership.plan.throttle {
        taken.take(membership.bucket, limit, ThrottledBy::Key)?;
    }
    let seconds = exchange.request.time_epoch_millis / 1_000;
    let today = Day::at(i64::try_from(seconds).unwrap_or(i64::MAX));
    taken.count(membership, today)?;
    Ok(caller.with_api_key(Arc::clone(&key.id)))
}

/// What a request took. It goes back unless the request is let in.
struct Taken<'a> {
    ports: &'a Ports<'a>,
    buckets: Vec<BucketKey>,
    counted: Option<(i64, Day)>,
    is_admitted: bool,
}

impl Taken<'_> {
    fn take(&mut self, bucket: BucketKey, limit: &Limit, by: ThrottledBy) -> Result<(), Rejection> {
        let now = self.ports.ambient.now();
        self.ports
            .limiter
            .buckets
            .take(bucket, limit, now)
            .map_err(|_| Rejection::Throttled(by))?;
        self.buckets.push(bucket);
        Ok(())
    }

    /// The last one: nothing refuses after it, so that it is never given back.
    fn take_shared(&mut self, account: &SharedBucket) -> Result<(), Rejection> {
        let taken = account.take(self.ports.ambient.now());
        taken.map(|_| ()).map_err(|_: Exhausted| Rejection::Throttled(ThrottledBy::Account))
    }

    fn count(&mut self, membership: &Membership, today: Day) -> Result<(), Rejection> {
        let usage = self.ports.limiter.usage();
        let counted = usage.count(membership.number, membership.terms.as_ref(), today);
        counted.map_err(|_| Rejection::QuotaExceeded)?;
        self.counted = Some((membership.number, today));
        Ok(())
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if self.is_admitted {
            return;
        }
        let limiter: &Limiter = self.ports.limiter;
        for bucket in &self.buckets {
            limiter.buckets.give_back(*bucket);
        }
        if let Some((key, day)) = self.counted {
            limiter.usage().give_back(key, day);
        }
    }
}
