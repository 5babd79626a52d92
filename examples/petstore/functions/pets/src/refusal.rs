//! Why a request is not granted, and what the client is told.

use edgeway_plugin_sdk::key_value::KeyValueError;
use edgeway_plugin_sdk::{FunctionError, InvalidBody, ProxyResponse};
use serde::Serialize;

#[derive(Debug)]
pub(crate) enum Refusal {
    /// 409: what is asked for does not fit what is there.
    Conflict(String),
    /// 502: not the client's fault.
    Fault(FunctionError),
    /// 400: what is wrong with each input.
    Invalid(Vec<String>),
    /// 404: what does not exist.
    NotFound(String),
}

#[derive(Serialize)]
struct Body<'a> {
    message: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    problems: &'a [String],
}

impl Refusal {
    pub(crate) fn invalid(problem: impl Into<String>) -> Self {
        Self::Invalid(vec![problem.into()])
    }

    pub(crate) fn response(&self) -> Result<ProxyResponse, FunctionError> {
        let body = |message| Body { message, problems: &[] };
        let response = match self {
            Self::Conflict(message) => ProxyResponse::json(409, &body(message)),
            Self::Fault(error) => return Err(error.clone()),
            Self::Invalid(problems) => {
                ProxyResponse::json(400, &Body { message: "invalid request", problems })
            }
            Self::NotFound(message) => ProxyResponse::json(404, &body(message)),
        };
        Ok(response?)
    }
}

impl From<InvalidBody> for Refusal {
    fn from(error: InvalidBody) -> Self {
        Self::invalid(error.to_string())
    }
}

impl From<KeyValueError> for Refusal {
    fn from(error: KeyValueError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<serde_json::Error> for Refusal {
    fn from(error: serde_json::Error) -> Self {
        Self::Fault(error.into())
    }
}
