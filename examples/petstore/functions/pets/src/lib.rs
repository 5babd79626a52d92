//! The petstore's function: pets in a key-value namespace, which all instances share.
//!
//! `handle` maps a method and a resource to one operation; operations are in `operations`.

#![forbid(unsafe_code)]

mod merge_patch;
mod operations;
mod pet;
mod pet_store;
mod refusal;

use edgeway_plugin_sdk::{EventFunction, FunctionError, Invocation, ProxyRequest, ProxyResponse};

use refusal::Refusal;

struct Petstore;

impl EventFunction for Petstore {
    type Event = ProxyRequest;
    type Result = ProxyResponse;

    fn handle(request: ProxyRequest, _: Invocation) -> Result<ProxyResponse, FunctionError> {
        match answer(&request) {
            Ok(response) => Ok(response),
            Err(Refusal::Fault(error)) => Err(error),
            Err(refusal) => Ok(refusal.response()?),
        }
    }
}

edgeway_plugin_sdk::export_event_function!(Petstore);

fn answer(request: &ProxyRequest) -> Result<ProxyResponse, Refusal> {
    match (request.http_method.as_str(), request.resource.as_str()) {
        ("GET", "/pets") => operations::list(request),
        ("POST", "/pets") => operations::create(request),
        ("GET", "/pets/{petId}") => operations::read(request),
        ("PUT", "/pets/{petId}") => operations::replace(request),
        ("PATCH", "/pets/{petId}") => operations::patch(request),
        ("DELETE", "/pets/{petId}") => operations::delete(request),
        ("POST", "/pets/{petId}/adoption") => operations::adopt(request),
        ("GET", "/owners/{ownerId}/pets") => operations::list_of_owner(request),
        ("GET", "/stats") => operations::stats(),
        (method, resource) => {
            let message = format!("no operation for {method} {resource}");
            Err(Refusal::Fault(FunctionError::new("UnknownRoute", message)))
        }
    }
}

#[cfg(test)]
mod tests;
