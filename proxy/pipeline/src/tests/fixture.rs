//! A gateway with one API and fake ports, and requests for it.

// By their paths, as the benches take this file in from elsewhere.
#[path = "fixture/request.rs"]
mod request;
#[path = "fixture/world.rs"]
mod world;

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::{HeaderMap, HeaderValue};
use model::{
    AccountId, Api, ApiId, ApiKeySource, ApiKeys, Authorizer, AuthorizerId, AuthorizerIndex,
    AuthorizerKind, AuthorizerTtl, BinaryMediaTypes, CacheClusterSettings, CacheKey, Callers,
    CompressionSize, Cors, Denials, Deployment, DeploymentId, Digest, Domain, DomainTarget,
    EndpointType, Function, FunctionCredentials, FunctionIndex, FunctionIntegration, FunctionName,
    FunctionSettings, FunctionVersion, FunctionVersions, GatewayResponses, Integration,
    IntegrationTimeout, Interface, MediaType, Method, MethodAuthorization, MethodKey, Needs,
    PathTemplate, Plugin, Region, RequestValidation, Resource, ResourceId, ResourcePolicy,
    ResponseTransfer, ServiceKey, Snapshot, Stage, StageName, StageSettings, TrafficPercent, Verb,
};

use request::TestBody;
pub(crate) use request::TestRequest;
pub(crate) use world::World;

use crate::*;

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
                let response = response.to_response();
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
            trace_id: TraceId::new(0, [0; 12]),
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
