//! One function for each operation of the API: reads the request, asks the store, answers.

use edgeway_plugin_sdk::{ProxyRequest, ProxyResponse, info};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::pet::{Owner, Pet, PetDescription, PetId, Status, is_owner_id};
use crate::refusal::Refusal;
use crate::{merge_patch, pet_store};

const PAGE_PETS_DEFAULT: usize = 20;
const PAGE_PETS_MAX: usize = 100;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PetList {
    pets: Vec<Pet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
struct Stats {
    adopted: usize,
    available: usize,
    pending: usize,
}

/// A description, and the version that the client means to replace.
#[derive(Deserialize)]
struct Replacement {
    version: Option<u64>,
    #[serde(flatten)]
    description: Value,
}

pub(crate) fn list(request: &ProxyRequest) -> Result<ProxyResponse, Refusal> {
    let tag = request.query_parameter("tag");
    let status = request.query_parameter("status").map(parse_status).transpose()?;
    let limit = request.query_parameter("limit").map(parse_limit).transpose()?;
    let after = request.query_parameter("nextToken").map(parse_next_token).transpose()?;
    let page = pet_store::list(after, limit.unwrap_or(PAGE_PETS_DEFAULT), |pet| {
        let description = &pet.description;
        tag.is_none_or(|tag| description.tag.as_deref() == Some(tag))
            && status.is_none_or(|status| description.status == status)
    })?;
    let next_token = page.next.map(|id| id.to_string());
    Ok(ProxyResponse::json(200, &PetList { pets: page.pets, next_token })?)
}

pub(crate) fn create(request: &ProxyRequest) -> Result<ProxyResponse, Refusal> {
    let description: PetDescription = request.json()?;
    description.check()?;
    let by = request.authorizer_value("principalId").unwrap_or("nobody");
    let pet = pet_store::create(description, by)?;
    info!("{by} registered pet {}", pet.id);
    let location = format!("/pets/{}", pet.id);
    Ok(ProxyResponse::json(201, &pet)?.with_header("location", location))
}

pub(crate) fn read(request: &ProxyRequest) -> Result<ProxyResponse, Refusal> {
    Ok(ProxyResponse::json(200, &pet_store::read(pet_id(request)?)?)?)
}

pub(crate) fn replace(request: &ProxyRequest) -> Result<ProxyResponse, Refusal> {
    let id = pet_id(request)?;
    let replacement: Replacement = request.json()?;
    let description = parse_description(replacement.description)?;
    let pet = pet_store::update(id, |pet| {
        check_version(pet, replacement.version)?;
        Ok(description.clone())
    })?;
    Ok(ProxyResponse::json(200, &pet)?)
}

pub(crate) fn patch(request: &ProxyRequest) -> Result<ProxyResponse, Refusal> {
    let id = pet_id(request)?;
    let patch: Replacement = request.json()?;
    let pet = pet_store::update(id, |pet| {
        check_version(pet, patch.version)?;
        let mut description = serde_json::to_value(&pet.description)?;
        merge_patch::apply(&mut description, patch.description.clone());
        parse_description(description)
    })?;
    Ok(ProxyResponse::json(200, &pet)?)
}

pub(crate) fn delete(request: &ProxyRequest) -> Result<ProxyResponse, Refusal> {
    pet_store::delete(pet_id(request)?)?;
    Ok(ProxyResponse::empty(204))
}

pub(crate) fn adopt(request: &ProxyRequest) -> Result<ProxyResponse, Refusal> {
    let id = pet_id(request)?;
    let owner: Owner = request.json()?;
    owner.check()?;
    let pet = pet_store::update(id, |pet| {
        let mut description = pet.description.clone();
        match description.status {
            Status::Adopted => Err(Refusal::Conflict(format!("pet {id} is adopted already"))),
            Status::Available | Status::Pending => {
                description.status = Status::Adopted;
                description.owner = Some(owner.clone());
                Ok(description)
            }
        }
    })?;
    Ok(ProxyResponse::json(200, &pet)?)
}

pub(crate) fn list_of_owner(request: &ProxyRequest) -> Result<ProxyResponse, Refusal> {
    let owner = request.path_parameter("ownerId").unwrap_or_default();
    if !is_owner_id(owner) {
        return Err(Refusal::NotFound(format!("owner {owner} does not exist")));
    }
    let pets = pet_store::list_of_owner(owner)?;
    Ok(ProxyResponse::json(200, &PetList { pets, next_token: None })?)
}

pub(crate) fn stats() -> Result<ProxyResponse, Refusal> {
    let [adopted, available, pending] =
        pet_store::count([Status::Adopted, Status::Available, Status::Pending])?;
    Ok(ProxyResponse::json(200, &Stats { adopted, available, pending })?)
}

fn pet_id(request: &ProxyRequest) -> Result<PetId, Refusal> {
    let text = request.path_parameter("petId").unwrap_or_default();
    PetId::parse(text).ok_or_else(|| Refusal::NotFound(format!("pet {text} does not exist")))
}

fn parse_description(value: Value) -> Result<PetDescription, Refusal> {
    serde_json::from_value(value)
        .map_err(|error| Refusal::invalid(format!("the body is not valid: {error}")))
}

fn check_version(pet: &Pet, expected: Option<u64>) -> Result<(), Refusal> {
    match expected {
        Some(expected) if expected != pet.version => {
            let (id, version) = (pet.id, pet.version);
            Err(Refusal::Conflict(format!("pet {id} has version {version}, not {expected}")))
        }
        Some(_) | None => Ok(()),
    }
}

fn parse_status(text: &str) -> Result<Status, Refusal> {
    Status::parse(text)
        .ok_or_else(|| Refusal::invalid("status: must be adopted, available or pending"))
}

fn parse_limit(text: &str) -> Result<usize, Refusal> {
    match text.parse() {
        Ok(limit) if (1..=PAGE_PETS_MAX).contains(&limit) => Ok(limit),
        _ => Err(Refusal::invalid(format!("limit: must be 1 to {PAGE_PETS_MAX}"))),
    }
}

fn parse_next_token(text: &str) -> Result<PetId, Refusal> {
    PetId::parse(text).ok_or_else(|| Refusal::invalid("nextToken: is not one of this API"))
}
