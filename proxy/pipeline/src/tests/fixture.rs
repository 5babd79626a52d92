//! A gateway with one API and fake ports, and requests for it.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method as HttpMethod};
use jwt::KeySet;
use model::{
    AccountId, Api, ApiId, ApiKeySource, ApiKeys, Authorization, AuthorizationRequest, Authorizer,
    AuthorizerError, AuthorizerId, AuthorizerIndex, AuthorizerKind, AuthorizerTtl,
    BinaryMediaTypes, CacheClusterSettings, CacheKey, CallFault, Callers, CompressionSize, Cors,
    Denials, Deployment, DeploymentId, Digest, Domain, DomainTarget, Endpoint, EndpointType,
    Function, FunctionCredentials, FunctionIndex, FunctionIntegration, FunctionName,
    FunctionSettings, FunctionVersion, FunctionVersions, GatewayResponses, HandlerResponseHead,
    Integration, IntegrationTimeout, Interface, Invocation, InvocationError, Issuer, MediaType,
    Method, MethodAuthorization, MethodKey, Needs, PathTemplate, Plugin, PluginSlot, Region,
    RequestOutcome, RequestValidation, Resource, ResourceId, ResourcePolicy, ResponseOutcome,
    ResponseTransfer, ServiceKey, Snapshot, Stage, StageName, StageSettings, TrafficPercent,
    TransformRequest, TransformResponse, Verb,
};

use crate::*;

/// What the fake plugins answer, and what they were asked.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) authorization: Mutex<Option<Result<Authorization, AuthorizerError>>>,
    pub(crate) served: Mutex<Option<Result<(HandlerResponseHead, Bytes), CallFault>>>,
    pub(crate) result: Mutex<Option<Result<Bytes, InvocationError>>>,
    pub(crate) later: Mutex<Option<CallFault>>,
    pub(crate) request_outcome: Mutex<Option<Result<RequestOutcome, CallFault>>>,
    pub(crate) response_outcome: Mutex<Option<Result<ResponseOutcome, CallFault>>>,
    pub(crate) upstream: Mutex<Option<Result<UpstreamResponse, UpstreamError>>>,
    /// One line for each call.
    pub(crate) calls: Mutex<Vec<String>>,
    /// Event functions that were called.
    pub(crate) invoked: Mutex<Vec<PluginSlot>>,
    pub(crate) cache: AuthorizerCache,
    pub(crate) responses: OnceLock<ResponseCache>,
    pub(crate) limiter: OnceLock<Limiter>,
    pub(crate) tokens: TokenCache,
    /// What the issuer serves; none if it does not answer.
    pub(crate) served_keys: Mutex<Option<Arc<KeySet>>>,
    /// What is known of it.
    pub(crate) known_keys: Mutex<Option<Arc<KeySet>>>,
    pub(crate) now_millis: AtomicU64,
    /// How often a client's body was read.
    pub(crate) bodies_read: AtomicU64,
    pub(crate) epoch_millis: AtomicU64,
    /// What chance draws.
    pub(crate) percent: AtomicU64,
}

impl World {
    fn called(&self, line: String) {
        self.calls.lock().unwrap().push(line);
    }

    pub(crate) fn responses(&self) -> &ResponseCache {
        self.responses.get_or_init(|| ResponseCache::new(10_000_000_000, &[7; 32]))
    }

    pub(crate) fn take_calls(&self) -> Vec<String> {
        std::mem::take(&mut *self.calls.lock().unwrap())
    }
}

fn answer<T: Clone>(slot: &Mutex<Option<T>>) -> T {
    slot.lock().unwrap().clone().expect("the test says what is answered")
}

impl Plugins for World {
    fn authorize<'a>(
        &'a self,
        _plugin: PluginSlot,
        request: AuthorizationRequest<'a>,
    ) -> BoxFuture<'a, Result<Authorization, AuthorizerError>> {
        self.called(format!("authorize {:?} {}", request.token, request.method_arn));
        Box::pin(async { answer(&self.authorization) })
    }

    fn invoke<'a>(
        &'a self,
        plugin: PluginSlot,
        event: &'a [u8],
        _invocation: Invocation<'a>,
    ) -> BoxFuture<'a, Result<Bytes, InvocationError>> {
        self.invoked.lock().unwrap().push(plugin);
        self.called(String::from_utf8(event.to_vec()).unwrap());
        Box::pin(async { answer(&self.result) })
    }

    fn invoke_later(
        &self,
        plugin: PluginSlot,
        event: Bytes,
        _request_id: &str,
        _trace_id: &str,
    ) -> Result<(), CallFault> {
        self.invoked.lock().unwrap().push(plugin);
        self.called(format!("later {}", String::from_utf8_lossy(&event)));
        self.later.lock().unwrap().clone().map_or(Ok(()), Err)
    }

    fn on_request<'a>(
        &'a self,
        _plugin: PluginSlot,
        request: TransformRequest<'a>,
    ) -> BoxFuture<'a, Result<RequestOutcome, CallFault>> {
        self.called(format!("on-request body {:?}", request.body));
        Box::pin(async { answer(&self.request_outcome) })
    }

    fn serve<'a>(
        &'a self,
        _plugin: PluginSlot,
        request: http::Request<Bytes>,
        _invocation: Invocation<'a>,
    ) -> BoxFuture<'a, Result<(HandlerResponseHead, Bytes), CallFault>> {
        self.called(format!("{request:?}"));
        Box::pin(async { answer(&self.served) })
    }

    fn on_response<'a>(
        &'a self,
        _plugin: PluginSlot,
        response: TransformResponse<'a>,
    ) -> BoxFuture<'a, Result<ResponseOutcome, CallFault>> {
        self.called(format!("on-response {} body {:?}", response.status, response.body));
        Box::pin(async { answer(&self.response_outcome) })
    }
}

impl Upstreams for World {
    fn send<'a>(
        &'a self,
        head: &'a UpstreamHead,
        body: Bytes,
    ) -> BoxFuture<'a, Result<UpstreamResponse, UpstreamError>> {
        self.called(format!("{}\n\n{}", describe_head(head), String::from_utf8_lossy(&body)));
        Box::pin(async { answer(&self.upstream) })
    }
}

impl IssuerKeys for World {
    fn known(&self, _issuer: &Issuer) -> Option<Arc<KeySet>> {
        self.known_keys.lock().unwrap().clone()
    }

    fn fetch<'a>(
        &'a self,
        issuer: &'a Arc<Issuer>,
        known: Option<&'a Arc<KeySet>>,
    ) -> BoxFuture<'a, Option<Arc<KeySet>>> {
        self.called(format!("fetch {} beside {}", issuer.name, known.is_some()));
        if let Some(served) = &*self.served_keys.lock().unwrap() {
            *self.known_keys.lock().unwrap() = Some(Arc::clone(served));
        }
        Box::pin(async { self.known_keys.lock().unwrap().clone() })
    }
}

impl Ambient for World {
    fn now(&self) -> Duration {
        Duration::from_millis(self.now_millis.load(Ordering::Relaxed))
    }

    fn percent(&self) -> f64 {
        self.percent.load(Ordering::Relaxed) as f64
    }

    fn uuid(&self) -> String {
        "11111111-2222-4333-8444-555555555555".to_owned()
    }
}

/// As it would stand on the wire.
pub(crate) fn describe_head(head: &UpstreamHead) -> String {
    let target = &head.target;
    let mut lines = vec![format!(
        "{} {} -> {:?} {}:{}",
        head.method, head.path_and_query, target.scheme, target.host, target.port
    )];
    lines.extend(describe_headers(&head.headers));
    if let Some(UpstreamSignature { of, key }) = &head.signature {
        let ServiceKey { access_key_id, secret_access_key, session_token } = &**key;
        let token = session_token.as_deref().unwrap_or("none");
        lines.push(format!(
            "signed for {} by {access_key_id}, {secret_access_key:?}, token {token}",
            of.service
        ));
    }
    lines.join("\n")
}

fn describe_headers(headers: &HeaderMap) -> Vec<String> {
    let mut lines: Vec<String> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    lines.sort();
    lines
}

/// Functions of the fixture, by position.
pub(crate) const AUTHORIZER: FunctionIndex = FunctionIndex(0);
pub(crate) const EVENT_FUNCTION: FunctionIndex = FunctionIndex(1);
pub(crate) const TRANSFORM: FunctionIndex = FunctionIndex(2);
pub(crate) const HTTP_HANDLER: FunctionIndex = FunctionIndex(3);

/// An API `abc` of these methods, with the stages `prod`, `test`, and `split`, where a canary
/// takes a quarter of the traffic.
pub(crate) struct Gateway {
    pub(crate) world: World,
    pub(crate) snapshot: Snapshot,
}

pub(crate) struct Description {
    pub(crate) endpoint_type: EndpointType,
    pub(crate) api: &'static str,
    pub(crate) methods: Vec<(&'static str, Method)>,
    pub(crate) authorizers: Vec<Authorizer>,
    pub(crate) transform_needs: Needs,
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) binary: Vec<&'static str>,
    pub(crate) compression: Option<CompressionSize>,
    pub(crate) api_key_source: ApiKeySource,
    pub(crate) has_rate_limit_headers: bool,
    pub(crate) api_keys: ApiKeys,
    /// Of every stage.
    pub(crate) settings: StageSettings,
    /// Of all stages, and of the canary.
    pub(crate) caches: [Option<CacheClusterSettings>; 2],
    pub(crate) is_default_endpoint_disabled: bool,
    pub(crate) gateway_responses: GatewayResponses,
    pub(crate) policy: Option<ResourcePolicy>,
    pub(crate) callers: Callers,
    pub(crate) cors: Option<Arc<Cors>>,
    /// Of the stage `prod`.
    pub(crate) denials: Denials,
    /// Of the versions of the event function.
    pub(crate) shares: Vec<f64>,
}

impl Default for Description {
    fn default() -> Self {
        Self {
            api: "abc",
            endpoint_type: EndpointType::Regional,
            methods: vec![("/pets/{id}", method(MethodKey::Verb(Verb::Get), function()))],
            authorizers: Vec::new(),
            transform_needs: Needs::default(),
            variables: Vec::new(),
            compression: None,
            binary: Vec::new(),
            api_key_source: ApiKeySource::default(),
            has_rate_limit_headers: false,
            api_keys: ApiKeys::default(),
            settings: StageSettings::default(),
            caches: [None; 2],
            is_default_endpoint_disabled: false,
            gateway_responses: GatewayResponses::default(),
            policy: None,
            callers: Callers::default(),
            cors: None,
            denials: Denials::default(),
            shares: vec![1.0],
        }
    }
}

pub(crate) fn function() -> Integration {
    Integration::Function(FunctionIntegration {
        function: EVENT_FUNCTION,
        credentials: FunctionCredentials::Gateway,
        timeout: IntegrationTimeout::DEFAULT,
        transfer: ResponseTransfer::default(),
        forbidden_header: None,
    })
}

/// Of the HTTP handler.
pub(crate) fn handler() -> Integration {
    Integration::Function(FunctionIntegration {
        function: HTTP_HANDLER,
        credentials: FunctionCredentials::Gateway,
        timeout: IntegrationTimeout::DEFAULT,
        transfer: ResponseTransfer::default(),
        forbidden_header: None,
    })
}

pub(crate) fn method(key: MethodKey, integration: Integration) -> Method {
    Method {
        key,
        authorization: MethodAuthorization::None,
        is_api_key_required: false,
        validation: RequestValidation::default(),
        request_transforms: Vec::new(),
        integration,
        cache_key: CacheKey::default(),
        response_transforms: Vec::new(),
    }
}

/// The same for clients with an API key.
pub(crate) fn keyed(mut method: Method) -> Method {
    method.is_api_key_required = true;
    method
}

pub(crate) fn authorized(mut method: Method) -> Method {
    method.authorization = MethodAuthorization::Custom(AuthorizerIndex(0));
    method
}

pub(crate) fn authorizer(kind: AuthorizerKind, function: FunctionIndex, ttl: u64) -> Authorizer {
    Authorizer {
        id: AuthorizerId::parse("auth01").unwrap(),
        name: "tokens".into(),
        kind,
        function,
        ttl: AuthorizerTtl::from_seconds(ttl).unwrap(),
    }
}

impl Gateway {
    pub(crate) fn new(description: Description) -> Self {
        let account = AccountId::parse("123456789012").unwrap();
        let mut snapshot = Snapshot::new(account, Region::parse("eu-west-1").unwrap());
        let current = Arc::new(deployment(&description, "dep001"));
        let stage = |name, deployment: &Arc<Deployment>| {
            let (name, deployment) = (StageName::parse(name).unwrap(), Arc::clone(deployment));
            let stage = Stage::new(name, description.variables.clone(), deployment, 0);
            stage.with_settings(&description.settings).with_cache(description.caches[0])
        };
        let canary = stage("split", &Arc::new(deployment(&description, "dep002")))
            .with_cache(description.caches[1]);
        let quarter = TrafficPercent::parse(25.0).unwrap();
        snapshot.add(stage("split", &current).with_canary(canary, quarter));
        for name in ["prod", "test"] {
            let denials = (name == "prod").then(|| description.denials.clone());
            let denials = Arc::new(denials.unwrap_or_default());
            snapshot.add(stage(name, &current).with_denials(denials));
        }
        for (domain, stage) in [("api.example.com", "prod"), ("split.example.com", "split")] {
            snapshot.add_domain(domain, Domain::new([(String::new(), target(Some(stage)))]));
        }
        let paths = [("pets/v1", Some("test")), ("pets", Some("prod")), ("any", None)];
        let paths = paths.map(|(path, stage)| (path.to_owned(), target(stage)));
        snapshot.set_callers(Arc::new(description.callers.clone()));
        snapshot.add_domain("*.example.net", Domain::new(paths));
        let snapshot = snapshot.with_api_keys(Arc::new(description.api_keys));
        let world = World { epoch_millis: AtomicU64::new(1_583_348_638_390), ..World::default() };
        world.responses().publish(snapshot.cache_clusters());
        Self { world, snapshot }
    }

    /// A stage as it is served.
    pub(crate) fn stage(&self, name: &str) -> Stage {
        let mut stages = self.snapshot.stages();
        Stage::clone(stages.find(|stage| stage.name.as_str() == name).unwrap())
    }

    /// A snapshot of one stage.
    pub(crate) fn with_stage(&self, stage: Stage) -> Snapshot {
        let account = AccountId::parse("123456789012").unwrap();
        let mut snapshot = Snapshot::new(account, Region::parse("eu-west-1").unwrap());
        snapshot.add(stage);
        snapshot
    }

    /// The answer as text: status, headers sorted, body.
    pub(crate) fn send(&self, request: &TestRequest) -> String {
        match self.outcome(request) {
            Outcome::Forward(forward) => format!("forward {}", describe_head(&forward.head)),
            Outcome::Serve(serve) => describe_serve(&serve),
            Outcome::Respond(response) => {
                let mut lines = vec![response.status.as_u16().to_string()];
                lines.extend(describe_headers(&response.headers));
                lines.push(String::new());
                lines.push(String::from_utf8_lossy(&response.body).into_owned());
                lines.join("\n")
            }
        }
    }

    /// Status and body.
    pub(crate) fn answer(&self, request: &TestRequest) -> String {
        let text = self.send(request);
        let (head, body) = text.split_once("\n\n").unwrap();
        format!("{} {body}", head.lines().next().unwrap())
    }

    pub(crate) fn outcome(&self, request: &TestRequest) -> Outcome {
        self.recorded(request, &mut Record::default())
    }

    pub(crate) fn recorded(&self, request: &TestRequest, record: &mut Record) -> Outcome {
        let ids = RequestIds {
            request_id: HeaderValue::from_static("c0ffee00-0000-4000-8000-000000000000"),
            extended_request_id: HeaderValue::from_static("AAAAAAAAAAAAAAA="),
            trace_id: HeaderValue::from_static("Root=1-00000000-000000000000000000000000"),
        };
        let request_view = Request {
            method: &request.method,
            path: &request.path,
            query: request.query.as_deref(),
            authority: &request.authority,
            headers: &request.headers,
            cased_headers: request,
            scheme: ClientScheme::Http,
            source_ip: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)),
            peer_ip: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)),
            local_port: 8080,
            endpoint: &request.endpoint,
            tester: request.tester,
            tls: request.tls.as_deref(),
            time_epoch_millis: self.world.epoch_millis.load(Ordering::Relaxed),
            ids: &ids,
        };
        let ports = Ports {
            plugins: &self.world,
            upstreams: &self.world,
            ambient: &self.world,
            authorizer_cache: &self.world.cache,
            limiter: self.world.limiter.get_or_init(|| Limiter::new(None)),
            response_cache: self.world.responses(),
            issuer_keys: &self.world,
            token_cache: &self.world.tokens,
        };
        let mut body = TestBody(request.body.clone(), &self.world);
        let handled = handle(&request_view, &mut body, &self.snapshot, &ports, record);
        futures_executor::block_on(handled)
    }
}

pub(crate) fn target(stage: Option<&str>) -> DomainTarget {
    let stage = stage.map(|name| StageName::parse(name).unwrap());
    DomainTarget { api: ApiId::parse("abc").unwrap(), stage }
}

fn describe_serve(serve: &Serve) -> String {
    let (request, body) = (&serve.request, &serve.body);
    let mut lines = vec![format!("serve {} {}", request.method(), request.uri())];
    lines.extend(describe_headers(request.headers()));
    lines.push(format!("body {body:?} within {:?}", serve.timeout));
    lines.join("\n")
}

fn deployment(description: &Description, id: &str) -> Deployment {
    let functions: Vec<Function> = ["authorizer", "function", "transform", "handler"]
        .into_iter()
        .map(|name| Function {
            name: FunctionName::parse(name).unwrap(),
            version: FunctionVersion::Latest,
            component: PathBuf::from("x.wasm"),
            settings: FunctionSettings::default(),
        })
        .collect();
    let interfaces = [
        Interface { authorizer: Some(Needs::default()), ..Interface::default() },
        Interface { event_function: true, ..Interface::default() },
        Interface {
            request_transform: Some(description.transform_needs.clone()),
            response_transform: Some(description.transform_needs.clone()),
            ..Interface::default()
        },
        Interface { http_handler: true, ..Interface::default() },
    ];
    let plugins = functions.iter().zip(interfaces).map(|(function, interface)| Plugin {
        function: function.clone(),
        arn: format!("arn:aws:lambda:eu-west-1:123456789012:function:{}", function.name).into(),
        digest: Digest::new([0; 32]),
        interface,
    });
    let mut versions: Vec<FunctionVersions> = plugins.map(FunctionVersions::from).collect();
    let of_event_function = &mut versions[EVENT_FUNCTION.0];
    let (_, plugin) = of_event_function.pick(0.0).unwrap();
    let shares = description.shares.iter().map(|share| (plugin.clone(), *share));
    *of_event_function = FunctionVersions::new(shares.collect());
    let mut resources: Vec<Resource> = Vec::new();
    for (path, method) in &description.methods {
        let path = PathTemplate::parse(path).unwrap();
        match resources.iter_mut().find(|resource| resource.path == path) {
            Some(resource) => resource.methods.push(method.clone()),
            None => resources.push(Resource {
                id: ResourceId::parse("res123").unwrap(),
                path,
                methods: vec![method.clone()],
                cors: description.cors.clone(),
            }),
        }
    }
    let binary = description.binary.iter().map(|text| MediaType::parse(text).unwrap()).collect();
    let api = Api {
        id: ApiId::parse(description.api).unwrap(),
        name: "Pets".into(),
        resources,
        authorizers: description.authorizers.clone(),
        functions,
        binary_media_types: BinaryMediaTypes::new(binary),
        minimum_compression_size: description.compression,
        api_key_source: description.api_key_source,
        has_rate_limit_headers: description.has_rate_limit_headers,
        is_default_endpoint_disabled: description.is_default_endpoint_disabled,
        gateway_responses: description.gateway_responses.clone(),
        policy: description.policy.clone(),
        endpoint_type: description.endpoint_type,
        cors: description.cors.clone(),
    };
    Deployment::compile(DeploymentId::parse(id).unwrap(), api, versions).unwrap()
}

struct TestBody<'w>(Bytes, &'w World);

impl RequestBody for TestBody<'_> {
    fn is_empty(&mut self) -> bool {
        self.0.is_empty()
    }

    fn read(&mut self, bytes_max: usize) -> BoxFuture<'_, Result<Bytes, BodyError>> {
        self.1.bodies_read.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move {
            if self.0.len() <= bytes_max { Ok(self.0.clone()) } else { Err(BodyError::TooLarge) }
        })
    }
}

/// A request of a client.
#[derive(Clone)]
pub(crate) struct TestRequest {
    pub(crate) method: HttpMethod,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) authority: String,
    pub(crate) headers: HeaderMap,
    pub(crate) cased: Vec<String>,
    pub(crate) body: Bytes,
    pub(crate) endpoint: Endpoint,
    pub(crate) tls: Option<Arc<TlsConnection>>,
    pub(crate) tester: Option<&'static str>,
}

impl TestRequest {
    /// `"GET /prod/pets/1?a=b"`, to the default host name.
    pub(crate) fn new(line: &str) -> Self {
        let (method, target) = line.split_once(' ').unwrap();
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (target, None),
        };
        Self {
            method: method.parse().unwrap(),
            path: path.to_owned(),
            query,
            authority: "abc.execute-api.eu-west-1.amazonaws.com".to_owned(),
            headers: HeaderMap::new(),
            cased: Vec::new(),
            body: Bytes::new(),
            endpoint: Endpoint::default(),
            tls: None,
            tester: None,
        }
    }

    pub(crate) fn host(mut self, authority: &str) -> Self {
        self.authority = authority.to_owned();
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        let header = HeaderName::try_from(name).unwrap();
        self.headers.append(header, HeaderValue::from_str(value).unwrap());
        self.cased.push(name.to_owned());
        self
    }

    /// As a signer sees it.
    pub(crate) fn to_sign(&self) -> sigv4::Request<'_> {
        sigv4::Request {
            method: &self.method,
            path: &self.path,
            query: self.query.as_deref().unwrap_or_default(),
            headers: &self.headers,
            authority: Some(&self.authority),
        }
    }

    pub(crate) fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }
}

impl CasedHeaders for TestRequest {
    fn names(&self) -> Vec<&str> {
        self.cased.iter().map(String::as_str).collect()
    }
}
