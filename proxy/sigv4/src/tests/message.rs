//! A request written out as text, and who is to verify it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::NaiveDateTime;
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::{BodyDigest, Claim, Expected, Request, SignatureError, Signer, SigningKey};

/// Of the key `AKIDEXAMPLE` in AWS's suite.
pub(super) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

#[derive(Clone, Debug)]
pub(super) struct Message {
    pub method: Method,
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Message {
    pub(super) fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\n\n").unwrap_or((text.trim_end(), ""));
        // RFC 9112, section 5.2: a folded line reads as spaces.
        let head = head.replace("\n ", "  ");
        let mut lines = head.lines();
        let line = lines.next().unwrap();
        let (method, target) = line.split_once(' ').unwrap();
        let target = target.strip_suffix(" HTTP/1.1").unwrap_or(target);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut message = Self {
            method: method.parse().unwrap(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
        };
        for line in lines {
            let (name, value) = line.split_once(':').unwrap();
            message = message.with(name, value.trim());
        }
        message
    }

    /// With one more header.
    pub(super) fn with(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let value = HeaderValue::from_bytes(value.as_ref()).unwrap();
        self.headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), value);
        self
    }

    pub(super) fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    pub(super) fn request(&self) -> Request<'_> {
        Request {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &self.headers,
            authority: None,
        }
    }

    pub(super) fn digest(&self) -> BodyDigest {
        BodyDigest::of(&self.body)
    }

    pub(super) fn verify(
        &self,
        now: &str,
        region: &str,
        service: &str,
    ) -> Result<(), SignatureError> {
        let claim = Claim::parse(self.request())?;
        let claim = claim.check(&Expected { region, service, now: moment(now) })?;
        claim.verify(&SigningKey::derive(SECRET, claim.claim().scope()), self.digest())
    }

    /// As whom it claims to be of, when it claims to be sent.
    pub(super) fn verify_itself(&self) -> Result<(), SignatureError> {
        let claim = Claim::parse(self.request())?;
        let (now, scope) = (claim.date().to_string(), claim.scope());
        self.verify(&now, scope.region, scope.service)
    }

    pub(super) fn sign(&self, access_key_id: &str, scope: crate::Scope<'_>) -> String {
        let key = &SigningKey::derive(SECRET, scope);
        Signer { access_key_id, scope, key }.sign(&self.request(), self.digest()).unwrap()
    }
}

/// `20150830T123600Z` as a clock would tell it.
pub(super) fn moment(text: &str) -> SystemTime {
    let moment = NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%SZ").unwrap().and_utc();
    UNIX_EPOCH + Duration::from_secs(moment.timestamp().try_into().unwrap())
}
