//! Authorizers of an API.

use model::Backends;
use serde::{Deserialize, Serialize};
use store::{Document, ReadTransaction, Stored, WriteTransaction};

use crate::answer::{Answer, to_wire};
use crate::call::{Call, ID_LENGTH};
use crate::jwt_configuration::JwtConfiguration;
use crate::patch::{
    self, ADD_REMOVE, ADD_REPLACE_REMOVE, PatchOperation, REPLACE, Rule, Target, Wording, rule,
};
use crate::refusal::{Refusal, RefusalKind};
use crate::rest_api::{self, RestApi};
use crate::service::Handler;
use crate::{method, page};

/// What decides who may call a method.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Authorizer {
    #[serde(default)]
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(rename = "providerARNs")]
    pub(crate) provider_arns: Option<Vec<String>>,
    auth_type: Option<String>,
    pub(crate) authorizer_uri: Option<String>,
    pub(crate) authorizer_credentials: Option<String>,
    pub(crate) identity_source: Option<String>,
    pub(crate) identity_validation_expression: Option<String>,
    pub(crate) authorizer_result_ttl_in_seconds: Option<i64>,
    pub(crate) jwt_configuration: Option<JwtConfiguration>,
}

impl Document for Authorizer {
    type Owner = RestApi;
    const KIND: &'static str = "authorizer";

    fn id(&self) -> &str {
        &self.id
    }
}

pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateAuthorizer", Handler::Write(create)),
    ("DeleteAuthorizer", Handler::Write(delete)),
    ("GetAuthorizer", Handler::Read(get)),
    ("GetAuthorizers", Handler::Read(list)),
    ("UpdateAuthorizer", Handler::Write(update)),
];

const RULES: &[Rule] = &[
    rule("/authorizerUri", REPLACE, Target::Text),
    rule("/authorizerCredentials", REPLACE, Target::TextOrNone),
    rule("/authorizerResultTtlInSeconds", REPLACE, Target::Integer),
    rule("/authType", REPLACE, Target::Text),
    rule("/identitySource", ADD_REPLACE_REMOVE, Target::TextOrNone),
    rule("/identityValidationExpression", REPLACE, Target::TextOrNone),
    rule("/name", REPLACE, Target::Text),
    rule("/providerARNs", ADD_REMOVE, Target::Item),
    rule("/type", REPLACE, Target::Text),
];

pub(crate) fn find(
    call: &Call,
    transaction: &ReadTransaction<'_>,
) -> Result<Stored<Authorizer>, Refusal> {
    let api = rest_api::find(call, transaction)?;
    let found = transaction.get(api.row, call.input.required("authorizerId"))?;
    found.ok_or_else(|| Refusal::not_found("Invalid Authorizer identifier specified"))
}

fn create(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    // As recorded, an API that is not there is a conflict here.
    let api = rest_api::find(call, transaction).map_err(|refusal| {
        if refusal.is(RefusalKind::NotFound) { Refusal::concurrent_modification() } else { refusal }
    })?;
    let mut authorizer: Authorizer = call.input.parse()?;
    authorizer.id = call.new_id(ID_LENGTH);
    let auth_type = match authorizer.kind.as_str() {
        "COGNITO_USER_POOLS" => "cognito_user_pools",
        "JWT" => "jwt",
        _ => "custom",
    };
    authorizer.auth_type.get_or_insert_with(|| auth_type.to_owned());
    authorizer.check(call, transaction, &api)?;
    transaction.insert(api.row, &authorizer)?;
    Answer::of(&authorizer)
}

fn get(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    Answer::of(&find(call, transaction)?.document)
}

fn list(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let api = rest_api::find(call, transaction)?;
    let show = |stored: Stored<Authorizer>| to_wire(&stored.document);
    page::list::<Authorizer>(call, transaction, api.row, |_| true, show)
}

fn update(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let api = rest_api::find(call, transaction)?;
    let mut stored = find(call, transaction)?;
    let operations = PatchOperation::read(call)?;
    stored.document = patch::apply(&stored.document, &operations, RULES, Wording::Listing)?;
    stored.document.check(call, transaction, &api)?;
    transaction.update(&stored)?;
    Answer::of(&stored.document)
}

fn delete(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let api = rest_api::find(call, transaction)?;
    let stored = find(call, transaction)?;
    for (resource, method) in method::all(transaction, &api)? {
        if method.authorizer_id.as_ref() == Some(&stored.document.id) {
            return Err(Refusal::conflict(format!(
                "Cannot delete authorizer '{}', is referenced in method: {}",
                stored.document.id,
                resource.method_path(&method.http_method)
            )));
        }
    }
    transaction.delete(stored.row)?;
    Ok(Answer::Empty)
}

impl Authorizer {
    /// Whether a function decides.
    pub(crate) fn is_lambda(&self) -> bool {
        matches!(self.kind.as_str(), "TOKEN" | "REQUEST")
    }

    fn check(
        &self,
        call: &Call,
        transaction: &ReadTransaction<'_>,
        api: &Stored<RestApi>,
    ) -> Result<(), Refusal> {
        let refuse = |message: &str| Err(Refusal::bad_request(message));
        if self.name.is_empty() {
            return refuse("Authorizer name cannot be empty");
        }
        let others = transaction.list::<Self>(api.row)?;
        let is_taken =
            |other: &Stored<Self>| other.document.name == self.name && other.document.id != self.id;
        if others.iter().any(is_taken) {
            return refuse(
                "Authorizer name must be unique. Authorizer with this name already exists.",
            );
        }
        if self.authorizer_result_ttl_in_seconds.is_some_and(|ttl| !(0..=3_600).contains(&ttl)) {
            return refuse("Authorizer result TTL must be between 0 and 3600 seconds");
        }
        let is_empty = |text: &Option<String>| text.as_deref().is_none_or(str::is_empty);
        let has_uri = !is_empty(&self.authorizer_uri);
        match self.kind.as_str() {
            "TOKEN" | "REQUEST" if !has_uri => {
                refuse("Authorizer URI is a required parameter for this authorizer type")
            }
            "TOKEN" if is_empty(&self.identity_source) => {
                refuse("Identity source is a required parameter for TOKEN authorizers")
            }
            "REQUEST"
                if is_empty(&self.identity_source)
                    && self.authorizer_result_ttl_in_seconds != Some(0) =>
            {
                refuse("Identity source must be specified when caching is enabled")
            }
            "COGNITO_USER_POOLS" if self.provider_arns.iter().flatten().next().is_none() => {
                refuse("Invalid Provider ARNs specified in the request")
            }
            "JWT" => self.check_jwt(&call.backends),
            "TOKEN" | "REQUEST" | "COGNITO_USER_POOLS" if self.jwt_configuration.is_some() => {
                refuse("JWT configuration is only supported for authorizers of type JWT")
            }
            "TOKEN" | "REQUEST" | "COGNITO_USER_POOLS" => Ok(()),
            _ => refuse("Invalid authorizer type specified"),
        }
    }

    fn check_jwt(&self, backends: &Backends) -> Result<(), Refusal> {
        let others = [
            ("authorizerCredentials", self.authorizer_credentials.is_some()),
            ("authorizerResultTtlInSeconds", self.authorizer_result_ttl_in_seconds.is_some()),
            ("authorizerUri", self.authorizer_uri.is_some()),
            ("identityValidationExpression", self.identity_validation_expression.is_some()),
            ("providerARNs", self.provider_arns.is_some()),
        ];
        if let Some((name, _)) = others.iter().find(|(_, is_there)| *is_there) {
            let problem = format!("{name} is not supported for authorizers of type JWT");
            return Err(Refusal::bad_request(problem));
        }
        let configuration = self.jwt_configuration.as_ref().ok_or_else(|| {
            Refusal::bad_request(
                "JWT configuration is a required parameter for this authorizer type",
            )
        });
        configuration?.check(backends)
    }
}
