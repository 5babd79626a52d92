//! The agency's routes: its hours, and the requests that it was sent.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// More requests than these are refused: nobody empties the box.
const REQUESTS_MAX: usize = 1_000;

/// A request is two short fields.
const BODY_BYTES_MAX: usize = 4 * 1024;

/// What a client sends.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AdoptionRequest {
    pet_id: u64,
    message: String,
}

#[derive(Clone, Debug, Serialize)]
struct NumberedRequest {
    id: usize,
    #[serde(flatten)]
    request: AdoptionRequest,
}

#[derive(Clone, Default)]
struct Agency {
    requests: Arc<Mutex<Vec<AdoptionRequest>>>,
}

impl Agency {
    fn requests(&self) -> MutexGuard<'_, Vec<AdoptionRequest>> {
        // Every change is one push: a panic elsewhere leaves nothing half done.
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) fn router() -> Router {
    Router::new()
        .route("/hours", get(hours))
        .route("/requests", get(list).post(create))
        .route("/requests/{id}", get(read))
        .fallback(|| async { refusal(StatusCode::NOT_FOUND, "the agency has no such page") })
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(Agency::default())
}

async fn hours() -> Response {
    Json(json!({"opens": "09:00", "closes": "17:00"})).into_response()
}

async fn list(State(agency): State<Agency>) -> Response {
    let requests = agency.requests();
    let requests: Vec<_> =
        requests.iter().cloned().enumerate().map(|(at, request)| numbered(at, request)).collect();
    Json(json!({"requests": requests})).into_response()
}

async fn create(State(agency): State<Agency>, Json(request): Json<AdoptionRequest>) -> Response {
    let mut requests = agency.requests();
    if requests.len() == REQUESTS_MAX {
        return refusal(StatusCode::INSUFFICIENT_STORAGE, "the agency's box is full");
    }
    requests.push(request.clone());
    (StatusCode::CREATED, Json(numbered(requests.len() - 1, request))).into_response()
}

async fn read(State(agency): State<Agency>, Path(id): Path<usize>) -> Response {
    let at = id.wrapping_sub(1);
    let request = agency.requests().get(at).cloned();
    match request {
        Some(request) => Json(numbered(at, request)).into_response(),
        None => refusal(StatusCode::NOT_FOUND, "the agency has no such request"),
    }
}

fn numbered(at: usize, request: AdoptionRequest) -> NumberedRequest {
    NumberedRequest { id: at + 1, request }
}

fn refusal(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({"message": message}))).into_response()
}
