//! What a request says for the condition keys of policies.
//!
//! Source: API Gateway Developer Guide, "AWS condition keys that can be used in API Gateway resource
//! policies". Each text is made when a policy asks for it.

use std::cell::OnceCell;

use chrono::{DateTime, SecondsFormat};
use http::HeaderName;
use http::header::{REFERER, USER_AGENT};
use model::{CallerIdentity, CallerKind, Domain, Snapshot};
use policy::{ConditionContext, Values};

use crate::exchange::Exchange;
use crate::request::{ClientScheme, Request};

/// The condition keys of every request, and those of who signed it.
pub(super) struct RequestConditions<'e, 'a> {
    request: &'e Request<'a>,
    snapshot: &'e Snapshot,
    /// The ARN of the private domain name that it came to.
    via_domain: Option<&'e str>,
    signer: Option<&'e CallerIdentity>,
    /// Whether it is this gateway that calls, as who signed.
    via_service: bool,
    current_time: OnceCell<String>,
    epoch_seconds: OnceCell<String>,
    source_ip: OnceCell<String>,
}

impl<'e, 'a> RequestConditions<'e, 'a> {
    pub(super) fn new(exchange: &'e Exchange<'a>) -> Self {
        let private = exchange.domain.and_then(Domain::private);
        let via_domain = private.map(|private| private.arn.as_str());
        Self { via_domain, ..Self::of_domain(exchange.request, exchange.snapshot) }
    }

    /// Before it is known which API it is for.
    pub(super) fn of_domain(request: &'e Request<'a>, snapshot: &'e Snapshot) -> Self {
        let (current_time, epoch_seconds, source_ip) = Default::default();
        Self {
            request,
            snapshot,
            via_domain: None,
            signer: None,
            via_service: false,
            current_time,
            epoch_seconds,
            source_ip,
        }
    }

    pub(super) fn of_signer(exchange: &'e Exchange<'a>, signer: &'e CallerIdentity) -> Self {
        Self { signer: Some(signer), ..Self::new(exchange) }
    }

    /// Of a call that is made as who signed, to answer them.
    pub(super) fn on_behalf_of(exchange: &'e Exchange<'a>, signer: &'e CallerIdentity) -> Self {
        Self { via_service: true, ..Self::of_signer(exchange, signer) }
    }

    fn of_principal(&self, signer: &'e CallerIdentity, key: &str) -> Option<&str> {
        Some(match key {
            "aws:principalaccount" => signer.account.as_str(),
            "aws:principalisawsservice" => "false",
            "aws:multifactorauthpresent" if signer.session_issued.is_some() => "false",
            "aws:principalarn" => &signer.principal_arn,
            "aws:principaltype" => signer.kind.as_str(),
            "aws:requestedregion" => self.snapshot.region().as_str(),
            "aws:tokenissuetime" => signer.session_issued.as_deref()?,
            "aws:userid" => &signer.id,
            "aws:username" => match &signer.kind {
                CallerKind::User { name } => name,
                CallerKind::Account | CallerKind::AssumedRole => return None,
            },
            key => {
                let wanted = key.strip_prefix("aws:principaltag/")?;
                let tag = signer.tags.iter().find(|(known, _)| known == wanted)?;
                &tag.1
            }
        })
    }

    fn source_ip(&self) -> &str {
        self.source_ip.get_or_init(|| self.request.source_ip.to_string())
    }

    fn header(&self, name: &HeaderName) -> Values<'_> {
        self.request.header(name).map_or(Values::Missing, Values::One)
    }
}

impl ConditionContext for RequestConditions<'_, '_> {
    fn values(&self, key: &str) -> Values<'_> {
        let request = self.request;
        Values::One(match key {
            "aws:currenttime" => {
                self.current_time.get_or_init(|| iso_8601(request.time_epoch_millis))
            }
            "aws:epochtime" => {
                self.epoch_seconds.get_or_init(|| (request.time_epoch_millis / 1_000).to_string())
            }
            "aws:referer" => return self.header(&REFERER),
            "aws:securetransport" => match request.scheme {
                ClientScheme::Http => "false",
                ClientScheme::Https => "true",
            },
            // "aws:SourceIp does not work for private APIs".
            "aws:sourceip" if request.vpc_endpoint().is_some() => return Values::Missing,
            "aws:sourcevpc" | "aws:sourcevpce" | "aws:vpcsourceip" => {
                let Some(endpoint) = request.vpc_endpoint() else { return Values::Missing };
                match (key, &endpoint.vpc) {
                    ("aws:sourcevpc", None) => return Values::Missing,
                    ("aws:sourcevpc", Some(vpc)) => vpc,
                    ("aws:sourcevpce", _) => &endpoint.id,
                    _ => self.source_ip(),
                }
            }
            "aws:sourceip" => self.source_ip(),
            "aws:useragent" => return self.header(&USER_AGENT),
            "aws:viaawsservice" if self.via_service => "true",
            "aws:viaawsservice" => "false",
            "execute-api:viadomainarn" => {
                return self.via_domain.map_or(Values::Missing, Values::One);
            }
            key => match self.signer.and_then(|signer| self.of_principal(signer, key)) {
                Some(value) => value,
                None => return Values::Missing,
            },
        })
    }
}

fn iso_8601(epoch_millis: u64) -> String {
    let moment = i64::try_from(epoch_millis).ok().and_then(DateTime::from_timestamp_millis);
    moment.unwrap_or_default().to_rfc3339_opts(SecondsFormat::Secs, true)
}
