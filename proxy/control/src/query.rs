//! The Query protocol of IAM and STS: an action and its parameters as a form, answers in XML.
//!
//! Requests come to the root path. Which of the services one is for, its signature says.

mod form;
mod query_refusal;
mod xml;

use std::sync::Arc;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Response, StatusCode, header};
use model::CallerKind;
use serde_json::Value;
use sigv4::{Claim, SignatureError};
use store::{ReadTransaction, WriteTransaction};

use crate::authentication::{Caller, Unauthorized};
use crate::authorization::RequestContext;
use crate::call::Identity;
use crate::port::Ambient;
use crate::request_body::HeldBody;
use crate::{Control, iam, sts};

pub(crate) use form::{Form, Tags};
pub(crate) use query_refusal::{QueryRefusal, QueryRefusalKind};

/// Largest form: a policy document has 131,072 characters, which are three each when encoded.
pub(crate) const FORM_BYTES_MAX: usize = 1024 * 1024;

/// A service that speaks this protocol.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Service {
    Iam,
    Sts,
}

/// One operation of such a service.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) required: &'static [&'static str],
    pub(crate) optional: &'static [&'static str],
    pub(crate) subject: Subject,
    pub(crate) handler: Handler,
}

/// What an operation is about: what must be allowed to the caller.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Subject {
    /// Nothing: everybody may.
    Anyone,
    /// The policy of `PolicyArn`, or of a new `PolicyName`.
    Policy,
    /// Managed policies, as a list.
    Policies,
    /// The role of `RoleName`.
    Role,
    Roles,
    /// The user of `UserName`, or the caller.
    User,
    Users,
}

/// What does an operation, within one transaction. It answers a structure, or null for none.
#[derive(Clone, Copy)]
pub(crate) enum Handler {
    Read(fn(&QueryCall, &ReadTransaction<'_>) -> Result<Value, QueryRefusal>),
    Write(fn(&QueryCall, &WriteTransaction<'_>) -> Result<Value, QueryRefusal>),
}

/// One authorized call of a known operation, its parameters checked.
pub(crate) struct QueryCall {
    pub(crate) form: Form,
    pub(crate) caller: Caller,
    pub(crate) now: i64,
    pub(crate) identity: Identity,
    /// What policies see of it.
    pub(crate) context: RequestContext,
    pub(crate) ambient: Arc<dyn Ambient>,
}

impl Service {
    /// As signatures name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Iam => "iam",
            Self::Sts => "sts",
        }
    }

    fn version(self) -> &'static str {
        match self {
            Self::Iam => "2010-05-08",
            Self::Sts => "2011-06-15",
        }
    }

    fn namespace(self) -> String {
        format!("https://{}.amazonaws.com/doc/{}/", self.name(), self.version())
    }

    pub(crate) fn operation(self, name: &str) -> Option<&'static Operation> {
        let families: &[&[Operation]] = match self {
            Self::Iam => iam::OPERATIONS,
            Self::Sts => &[sts::OPERATIONS],
        };
        families.iter().copied().flatten().find(|operation| operation.name == name)
    }

    /// The one that a request is signed for; it is not proven yet.
    fn of(head: &Parts) -> Self {
        match Claim::parse(head.into()) {
            Ok(claim) if claim.scope().service == Self::Sts.name() => Self::Sts,
            Ok(_) | Err(_) => Self::Iam,
        }
    }
}

/// Condition keys that parameters give values.
const CONDITION_KEYS: [(&str, &str); 3] = [
    ("iam:policyarn", "PolicyArn"),
    ("sts:externalid", "ExternalId"),
    ("sts:rolesessionname", "RoleSessionName"),
];

/// Whether a request speaks this protocol.
pub(crate) fn is_query(head: &Parts) -> bool {
    head.uri.path() == "/"
}

/// The service that a request is signed for, as signatures name it.
pub(crate) fn signing_name(head: &Parts) -> &'static str {
    Service::of(head).name()
}

/// Does what a request asks for, if its body could be read, and answers it.
pub(crate) fn answer(
    control: &Control,
    head: &Parts,
    body: Result<HeldBody, QueryRefusal>,
    request_id: &str,
) -> Response<Body> {
    let service = Service::of(head);
    let done = body.and_then(|body| call(control, service, head, &body));
    let (status, document) = match done {
        Ok((action, result)) => {
            (StatusCode::OK, xml::response(action, &service.namespace(), &result, request_id))
        }
        Err(refusal) => (refusal.status(), xml::error(&service.namespace(), &refusal, request_id)),
    };
    let mut response = Response::new(Body::from(document));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    response
}

fn call(
    control: &Control,
    service: Service,
    head: &Parts,
    body: &[u8],
) -> Result<(&'static str, Value), QueryRefusal> {
    let caller = control.authentication().authenticate(service.name(), head, body)?;
    let is_temporary = caller.identity.session_issued.is_some();
    // "You cannot call any IAM API operations" with what GetSessionToken gave, unless one has MFA.
    if service == Service::Iam && is_temporary && caller.identity.kind != CallerKind::AssumedRole {
        return Err(Unauthorized::from(SignatureError::UnknownToken).into());
    }
    let parameters = form::parameters(head, body)?;
    let operation = find(service, &parameters)?;
    let now = control.ambient.now();
    let form = Form::read(operation, parameters)?;
    let mut context = RequestContext::new(head, &caller, &control.identity, now);
    for (key, parameter) in CONDITION_KEYS {
        if let Some(value) = form.text(parameter) {
            context.set(key, value);
        }
    }
    let identity = control.identity.clone();
    let ambient = Arc::clone(&control.ambient);
    let call = QueryCall { form, caller, now, identity, context, ambient };
    let action = format!("{}:{}", service.name(), operation.name);
    let store = &control.store;
    for resource in store.read(|transaction| iam::resources(&call, operation, transaction))? {
        call.caller.authorize(&action, &resource, &call.context)?;
    }
    let result = match operation.handler {
        Handler::Read(read) => store.read(|transaction| read(&call, transaction))?,
        Handler::Write(write) => store.write(move |transaction| write(&call, transaction))?,
    };
    Ok((operation.name, result))
}

fn find(
    service: Service,
    parameters: &[(String, String)],
) -> Result<&'static Operation, QueryRefusal> {
    let value = |wanted| {
        let found = parameters.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.as_str())
    };
    let action = value("Action").ok_or_else(|| {
        QueryRefusal::new(QueryRefusalKind::MissingAction, "Missing Action parameter")
    })?;
    let version = value("Version").unwrap_or("NO_VERSION_SPECIFIED");
    let operation = service.operation(action).filter(|_| version == service.version());
    operation.ok_or_else(|| {
        QueryRefusal::new(
            QueryRefusalKind::InvalidAction,
            format!(
                "Could not find operation {} for version {}",
                crate::input::shown(action),
                crate::input::shown(version)
            ),
        )
    })
}
