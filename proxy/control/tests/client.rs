//! What calls the API in this process, in tests and in measurements: a gateway that has the root key
//! and no functions, whose clock stands still, and requests with real signatures.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use axum::http::{HeaderValue, Request};
use control::{
    Ambient, Callee, Control, Credentials, Functions, Identity, Lambda, NoHost, Refusal,
    ensure_root_key,
};
use model::{AccountId, Digest, FunctionName, Plugin, Region};
use sigv4::{BodyDigest, Scope, Signer, SigningKey};
use store::{DataDirectory, SecretsKey, Store};

/// The root key of every gateway.
pub(crate) fn root_key() -> Credentials {
    Credentials {
        access_key_id: "AKIAROOT".to_owned(),
        secret_access_key: "root-secret".to_owned(),
    }
}

/// The state in a folder, its secrets sealed with a key that everybody knows.
pub(crate) fn open(folder: &Path) -> Arc<Store> {
    Store::open(DataDirectory::lock(folder).unwrap(), SecretsKey::new(&[7; 32])).unwrap()
}

/// The API over a store.
pub(crate) fn control(store: &Arc<Store>, seed: u64) -> Control {
    let ambient = Arc::new(Still(AtomicU64::new(seed)));
    let saved = |_: &Credentials| panic!("a key was given");
    ensure_root_key(store, &*ambient, Some(root_key()), saved).unwrap();
    Control {
        store: Arc::clone(store),
        ambient,
        functions: Arc::new(NoFunctions),
        lambda: Arc::new(Lambda::default()),
        test_invoker: Arc::new(NoHost),
        identity: identity(),
        backends: Arc::default(),
        trust_stores: Arc::new(NoHost),
        usage_counts: Arc::new(NoHost),
        explanations: Arc::new(NoHost),
        account_throttle: None,
    }
}

/// Of every gateway.
pub(crate) fn identity() -> Identity {
    Identity {
        account: AccountId::parse("000000000000").unwrap(),
        region: Region::parse("us-east-1").unwrap(),
    }
}

/// A clock that stands still, and bytes that follow from a seed and differ from call to call.
pub(crate) struct Still(pub(crate) AtomicU64);

impl Ambient for Still {
    fn now(&self) -> i64 {
        1_700_000_000
    }

    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            // SplitMix64: no two ids are equal.
            let mut x = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            *byte = (x ^ (x >> 31)).to_le_bytes()[0];
        }
    }
}

/// Nothing that an integration could name.
pub(crate) struct NoFunctions;

impl Functions for NoFunctions {
    fn find(&self, _: &FunctionName, _: Option<&str>) -> Option<Plugin> {
        None
    }

    fn callee(
        &self,
        _: &FunctionName,
        _: Option<&str>,
        _: Option<Digest>,
        _: &[&str],
    ) -> Result<Callee, Refusal> {
        Ok(Callee::default())
    }
}

/// What a request is made of. `Default` is let in.
pub(crate) struct Signed<'a> {
    /// `METHOD /path`
    pub(crate) line: &'a str,
    /// Beside those of every request.
    pub(crate) headers: &'a [(&'a str, &'a str)],
    pub(crate) body: &'a str,
    /// Another one than what is sent.
    pub(crate) signed_body: Option<&'a str>,
    pub(crate) key: Credentials,
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
    pub(crate) date: &'a str,
    pub(crate) token: Option<&'a str>,
}

impl Default for Signed<'_> {
    fn default() -> Self {
        Self {
            line: "GET /restapis",
            headers: &[],
            body: "",
            signed_body: None,
            key: root_key(),
            region: "us-east-1",
            service: "apigateway",
            date: "20231114T221320Z",
            token: None,
        }
    }
}

impl Signed<'_> {
    pub(crate) fn request(&self) -> Request<Body> {
        let (verb, uri) = self.line.split_once(' ').unwrap();
        let mut builder = Request::builder()
            .method(verb)
            .uri(uri)
            .header("host", "127.0.0.1:9080")
            .header("x-amz-date", self.date);
        for (name, value) in self.headers {
            builder = builder.header(*name, *value);
        }
        if let Some(token) = self.token {
            builder = builder.header("x-amz-security-token", token);
        }
        let (mut head, ()) = builder.body(()).unwrap().into_parts();
        let scope = Scope { date: &self.date[..8], region: self.region, service: self.service };
        let key = SigningKey::derive(&self.key.secret_access_key, scope);
        let signer = Signer { access_key_id: &self.key.access_key_id, scope, key: &key };
        let body = self.signed_body.unwrap_or(self.body);
        let signature = signer.sign(&(&head).into(), BodyDigest::of(body.as_bytes())).unwrap();
        head.headers.insert("authorization", HeaderValue::try_from(signature).unwrap());
        Request::from_parts(head, Body::from(self.body.to_owned()))
    }
}
