//! The outside things that the control API needs, as traits that the shell implements.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderValue, StatusCode};
use model::{
    CallFault, CallerKey, ClientCertificate, Denials, Deployment, Digest, Function, FunctionName,
    Interface, InvocationError, Plugin, StageName, Verb,
};

use crate::callee::Callee;
use crate::refusal::Refusal;
use crate::trust_store::TrustStoreLocation;

/// Time and randomness.
pub trait Ambient: Send + Sync {
    /// Seconds since 1970-01-01T00:00:00Z.
    fn now(&self) -> i64;

    /// Fills with bytes that nobody can guess: keys are made of them.
    fn fill(&self, bytes: &mut [u8]);
}

/// The functions that integrations and authorizers may name.
pub trait Functions: Send + Sync {
    /// The component of a function as it is now, by its name and its version or alias.
    fn find(&self, name: &FunctionName, qualifier: Option<&str>) -> Option<Plugin>;

    /// What calls come to now of a function that a deployment calls: of a version or an alias what that
    /// is, of the function alone the component that the deployment was made with, or without one what it is. `roles` are those that a call
    /// is made as instead of being permitted.
    ///
    /// # Errors
    /// That it cannot be told. A function that is gone is none.
    fn callee(
        &self,
        name: &FunctionName,
        qualifier: Option<&str>,
        digest: Option<Digest>,
        roles: &[&str],
    ) -> Result<Callee, Refusal>;

    /// Whether there is a role of this ARN, and API Gateway may become it.
    ///
    /// # Errors
    /// That it cannot be told.
    fn lets_assume(&self, _role: &str) -> Result<bool, Refusal> {
        Ok(false)
    }
}

/// A future behind a port.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Compiles and calls the components of functions.
pub trait FunctionHost: Send + Sync {
    /// Compiles a component, and links it with what its function is granted, as if it were to serve.
    ///
    /// # Errors
    /// When it could not serve, and when that could not be told.
    fn check(
        &self,
        function: Function,
        component: Bytes,
    ) -> BoxFuture<'_, Result<Interface, CheckError>>;

    /// Calls an event function with an event in JSON. The component is that of the plugin's digest.
    fn invoke(&self, plugin: Plugin, event: Bytes, request_id: String) -> BoxFuture<'_, Invoked>;
}

/// Why a component has not been found fit to serve.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CheckError {
    /// It is not: the text is for whoever made it.
    #[error("{0}")]
    Component(String),
    /// It could not be told: the text is for the log.
    #[error("the component could not be checked: {0}")]
    Host(String),
}

/// What a call of a function came to.
#[derive(Clone, Debug)]
pub struct Invoked {
    /// What it returned: JSON.
    pub result: Result<Bytes, InvocationError>,
    /// What it logged, or the end of that.
    pub log: Bytes,
}

/// Calls an API that is not deployed.
pub trait TestInvoker: Send + Sync {
    /// Sends one request through the pipeline, within 29 seconds.
    ///
    /// # Errors
    /// When the pipeline cannot be made ready: a component cannot be loaded. What goes wrong in it is
    /// an outcome.
    fn invoke(
        &self,
        test: TestInvocation,
    ) -> BoxFuture<'_, Result<TestOutcome, TestInvocationError>>;
}

/// A request that nobody sent, for an API that is not deployed.
#[derive(Clone, Debug)]
pub struct TestInvocation {
    /// What is tested.
    pub subject: TestSubject,
    /// Who asked for it: the caller of the method, as on AWS.
    pub tester: Tester,
    /// The API with that alone.
    pub deployment: Deployment,
    /// Its stage.
    pub stage: StageName,
    /// What its functions do not let it call them for.
    pub denials: Denials,
    /// `GET`
    pub verb: Verb,
    /// Without a stage.
    pub path_and_query: PathAndQuery,
    /// With names as they were written.
    pub headers: Vec<(String, HeaderValue)>,
    /// The whole body.
    pub body: Bytes,
    /// `stageVariables`
    pub stage_variables: Vec<(String, String)>,
    /// What upstreams are shown.
    pub client_certificate: Option<Arc<ClientCertificate>>,
}

/// What is tested.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TestSubject {
    /// The authorizer of a method that the gateway answers itself.
    Authorizer,
    /// A method that everyone may call.
    Method,
}

/// Whose identity the request of a test has.
#[derive(Clone, Debug)]
pub struct Tester {
    /// `$context.identity.accessKey`
    pub access_key_id: String,
    /// What services are called with that are called as the caller.
    pub key: CallerKey,
}

/// What came of a test.
#[derive(Clone, Debug)]
pub struct TestOutcome {
    /// What a client would have been answered.
    pub status: StatusCode,
    /// With names in the letter case of AWS.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Bytes,
    /// As AWS's execution log.
    pub log: String,
    /// Of the whole request.
    pub latency: Duration,
    /// What the authorizer answered; none if none was called, or it gave no answer.
    pub authorization: Option<TestAuthorization>,
    /// What the token claims, as text; none if none was believed.
    pub claims: Option<Vec<(String, String)>>,
}

/// What an authorizer answered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TestAuthorization {
    /// Who calls.
    pub principal_id: String,
    /// What they may do: a policy document in JSON.
    pub policy: String,
}

/// Why a test could not begin.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct TestInvocationError(pub String);

/// Fetches the trust stores of domain names.
pub trait TrustStores: Send + Sync {
    /// The bundle at a location, at most [`mutual_tls::TrustStore::BYTES_MAX`]. It may wait for some seconds: it
    /// is called where that holds nobody up.
    ///
    /// # Errors
    /// Why there is none: for whoever called.
    fn fetch(&self, location: &TrustStoreLocation) -> Result<Vec<u8>, String>;
}

/// What the data plane has counted of API keys.
pub trait UsageCounts: Send + Sync {
    /// Puts it in the store now, so that what is read next is all that was used. What cannot be written is tried
    /// again later.
    fn keep(&self);
}

/// What happened to requests of methods that have data trace on.
pub trait Explanations: Send + Sync {
    /// Of a request, by its id; none if nothing is kept of it.
    fn find(&self, request_id: &str) -> Option<Explanation>;
}

/// What happened to one request.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// Of the API it was for.
    pub api: String,
    /// Of its stage.
    pub stage: String,
    /// What the access log says of it, and each phase.
    pub json: Bytes,
    /// The same for people.
    pub text: String,
}

/// Has no components: what stands where no host was given.
pub struct NoHost;

impl TestInvoker for NoHost {
    fn invoke(&self, _: TestInvocation) -> BoxFuture<'_, Result<TestOutcome, TestInvocationError>> {
        let error = TestInvocationError("this process serves no APIs".to_owned());
        Box::pin(std::future::ready(Err(error)))
    }
}

impl Explanations for NoHost {
    fn find(&self, _: &str) -> Option<Explanation> {
        None
    }
}

impl UsageCounts for NoHost {
    fn keep(&self) {}
}

impl TrustStores for NoHost {
    fn fetch(&self, _: &TrustStoreLocation) -> Result<Vec<u8>, String> {
        Err("this process fetches none".to_owned())
    }
}

impl FunctionHost for NoHost {
    fn check(&self, _: Function, _: Bytes) -> BoxFuture<'_, Result<Interface, CheckError>> {
        let error = CheckError::Host("this process runs no functions".to_owned());
        Box::pin(std::future::ready(Err(error)))
    }

    fn invoke(&self, _: Plugin, _: Bytes, _: String) -> BoxFuture<'_, Invoked> {
        let fault = CallFault::NoInstance("this process runs no functions".to_owned());
        let invoked = Invoked { result: Err(fault.into()), log: Bytes::new() };
        Box::pin(std::future::ready(invoked))
    }
}
