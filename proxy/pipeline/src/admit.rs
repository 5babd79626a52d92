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
use std::time::Duration;

use model::{Membership, MethodThrottle};
use throttle::{BucketKey, Day, Exhausted, Level, Limit, SharedBucket};

use crate::Limiter;
use crate::authorize::Caller;
use crate::exchange::Exchange;
use crate::failure::{ApiKeyFlaw, Failure, Rejection, ThrottledBy};
use crate::ports::Ports;
use crate::rate_limit::{RateLimit, RateLimits};
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
    let is_told = exchange.stage.deployment.api().has_rate_limit_headers;
    let mut taken = Taken {
        ports,
        record,
        now: ports.ambient.now(),
        buckets: Vec::new(),
        counted: None,
        limits: is_told.then(RateLimits::default),
        is_admitted: false,
    };
    let caller = match exchange.method.is_api_key_required {
        true => with_key(exchange, caller, &mut taken)?,
        false => caller,
    };
    if let Some(MethodThrottle { limit, bucket }) = throttle {
        taken.take(bucket, &limit, ThrottledBy::Method)?;
    }
    if let Some(account) = account {
        taken.take_shared(account)?;
    }
    taken.is_admitted = true;
    exchange.tracer.note("apiKeyId", |_| taken.record.api_key_id.as_deref().into());
    Ok(caller)
}

/// Finds the key and its plan, and takes what they are held to.
fn with_key(
    exchange: &Exchange<'_>,
    caller: Caller,
    taken: &mut Taken<'_>,
) -> Result<Caller, Rejection> {
    let value = exchange.api_key(Some(&caller)).filter(|value| !value.is_empty());
    let value = value.ok_or(Rejection::InvalidApiKey(ApiKeyFlaw::Missing))?;
    let unknown = Rejection::InvalidApiKey(ApiKeyFlaw::Unknown);
    if KEY_BYTES_MAX < value.len() {
        return Err(unknown);
    }
    let key = exchange.snapshot.api_keys().get(value).ok_or(unknown)?;
    taken.record.api_key_id = Some(Arc::clone(&key.id));
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
    taken.count(membership, i64::try_from(seconds).unwrap_or(i64::MAX))?;
    Ok(caller.with_api_key(Arc::clone(&key.id)))
}

/// What a request took. It goes back unless the request is let in.
struct Taken<'a> {
    ports: &'a Ports<'a>,
    record: &'a mut Record,
    /// By the clock that buckets are filled by; quotas go by the calendar.
    now: Duration,
    buckets: Vec<BucketKey>,
    counted: Option<(i64, Day)>,
    /// None if clients are not told.
    limits: Option<RateLimits>,
    is_admitted: bool,
}

impl Taken<'_> {
    fn take(&mut self, bucket: BucketKey, limit: &Limit, by: ThrottledBy) -> Result<(), Rejection> {
        let taken = self.ports.limiter.buckets.take(bucket, limit, self.now);
        self.tell(by, limit, taken);
        taken.map_err(|_| Rejection::Throttled(by))?;
        self.buckets.push(bucket);
        Ok(())
    }

    /// The last one: nothing refuses after it, so that it is never given back. What others leave of it is
    /// not told, unless it is nothing.
    fn take_shared(&mut self, account: &SharedBucket) -> Result<(), Rejection> {
        let taken = account.take(self.now);
        if taken.is_err() {
            self.tell(ThrottledBy::Account, account.limit(), taken);
        }
        taken.map(|_| ()).map_err(|_| Rejection::Throttled(ThrottledBy::Account))
    }

    fn tell(&mut self, by: ThrottledBy, limit: &Limit, taken: Result<Level, Exhausted>) {
        let Some(limits) = &mut self.limits else { return };
        let (remaining, reset) = match &taken {
            Ok(level) => (level.remaining, Some(level.full_in)),
            Err(exhausted) => (0, exhausted.retry_in),
        };
        let name = match by {
            ThrottledBy::Account => "account",
            ThrottledBy::Key => "key",
            ThrottledBy::KeyAndMethod => "key-method",
            ThrottledBy::Method => "method",
        };
        let (quota, window) = (limit.burst().into(), limit.fill_time());
        let told = RateLimit { name, quota, window, remaining: remaining.into(), reset };
        match taken {
            Ok(_) => limits.add(&told),
            Err(_) => limits.refuse(&told),
        }
    }

    /// `now` is in seconds since 1970.
    fn count(&mut self, membership: &Membership, now: i64) -> Result<(), Rejection> {
        let (usage, today) = (self.ports.limiter.usage(), Day::at(now));
        let counted = usage.count(membership.number, membership.terms.as_ref(), today);
        if let (Some(terms), Some(limits)) = (&membership.terms, &mut self.limits) {
            let days = terms.quota.period.days(today);
            let (begin, end) = (days.start.epoch_seconds(), days.end.epoch_seconds());
            let time = |seconds: i64| u64::try_from(seconds).ok().map(Duration::from_secs);
            let remaining = counted.map_or(0, |counted| counted.remaining.unwrap_or_default());
            let (window, reset) = (time(end - begin), time(end - now));
            let quota = terms.limit_in(&days, today);
            let told = RateLimit { name: "quota", quota, window, remaining, reset };
            match counted {
                Ok(_) => limits.add(&told),
                Err(_) => limits.refuse(&told),
            }
        }
        counted.map_err(|_| Rejection::QuotaExceeded)?;
        self.counted = Some((membership.number, today));
        Ok(())
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if let Some(limits) = &self.limits {
            self.record.rate_limit = Some(Arc::new(limits.headers()));
        }
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
