//! Pets in the key-value namespace `pets`.
//!
//! | key                    | value                                     |
//! |------------------------|-------------------------------------------|
//! | `last-id`              | the number given last                     |
//! | `pet/{id}`             | the pet, as JSON                          |
//! | `owner/{owner}/{id}`   | nothing: this owner may own this pet      |
//!
//! An owner's entry is written before the pet's and removed after it, so a list of an owner's pets
//! never misses one; whether an entry still holds, the pet itself says.

use edgeway_plugin_sdk::key_value::{KeyValueError, Namespace};

use crate::pet::{Owner, Pet, PetDescription, PetId, Status};
use crate::refusal::Refusal;

/// How many keys one request looks at, at most; what lies beyond is for the next page.
const KEYS_SCANNED_MAX: u32 = 1_000;

const NAMESPACE: Namespace<'static> = Namespace::open("pets");
const PETS: &str = "pet/";

/// Some pets, and where the next page begins.
pub(crate) struct Page {
    pub(crate) pets: Vec<Pet>,
    pub(crate) next: Option<PetId>,
}

pub(crate) fn create(description: PetDescription, by: &str) -> Result<Pet, Refusal> {
    let number = NAMESPACE.increment("last-id", 1)?;
    let number = u64::try_from(number).map_err(edgeway_plugin_sdk::FunctionError::from);
    let id = PetId::new(number.map_err(Refusal::Fault)?);
    let pet = Pet { id, description, registered_by: by.to_owned(), version: 1 };
    index(pet.description.owner.as_ref(), id)?;
    NAMESPACE.set_json(&pet_key(id), &pet)?;
    Ok(pet)
}

pub(crate) fn read(id: PetId) -> Result<Pet, Refusal> {
    NAMESPACE.get_json(&pet_key(id))?.ok_or_else(|| not_found(id))
}

/// Writes what `change` makes of a pet, unless another request was faster: then it starts again.
pub(crate) fn update(
    id: PetId,
    mut change: impl FnMut(&Pet) -> Result<PetDescription, Refusal>,
) -> Result<Pet, Refusal> {
    let mut owner_before = None;
    let updated = NAMESPACE.update(&pet_key(id), |pet: Option<Pet>| {
        let pet = pet.ok_or_else(|| not_found(id))?;
        let description = change(&pet)?;
        description.check()?;
        index(description.owner.as_ref(), id)?;
        owner_before = pet.description.owner;
        let registered_by = pet.registered_by;
        Ok::<_, Refusal>(Some(Pet { id, description, registered_by, version: pet.version + 1 }))
    })?;
    let pet = updated.ok_or_else(|| not_found(id))?;
    let owner_after = pet.description.owner.as_ref().map(|owner| &owner.id);
    match owner_before {
        Some(before) if Some(&before.id) != owner_after => unindex(&before, id)?,
        Some(_) | None => {}
    }
    Ok(pet)
}

pub(crate) fn delete(id: PetId) -> Result<(), Refusal> {
    let pet = read(id)?;
    if !NAMESPACE.delete(&pet_key(id))? {
        return Err(not_found(id));
    }
    if let Some(owner) = &pet.description.owner {
        unindex(owner, id)?;
    }
    Ok(())
}

/// The pets after `after` for which `keep` holds, at most `limit`.
pub(crate) fn list(
    after: Option<PetId>,
    limit: usize,
    keep: impl Fn(&Pet) -> bool,
) -> Result<Page, Refusal> {
    let after = after.map(pet_key);
    let keys = NAMESPACE.list_keys(PETS, after.as_deref(), KEYS_SCANNED_MAX)?;
    let more = keys.len() == KEYS_SCANNED_MAX as usize;
    let mut page = Page { pets: Vec::new(), next: None };
    let mut last = None;
    for key in keys {
        if page.pets.len() == limit {
            page.next = last;
            return Ok(page);
        }
        // A pet that was deleted since its key was listed is not there.
        if let Some(pet) = NAMESPACE.get_json::<Pet>(&key)? {
            last = Some(pet.id);
            if keep(&pet) {
                page.pets.push(pet);
            }
        }
    }
    page.next = last.filter(|_| more);
    Ok(page)
}

/// At most 1,000 of them: more pets than anyone should own.
pub(crate) fn list_of_owner(owner: &str) -> Result<Vec<Pet>, Refusal> {
    let prefix = format!("owner/{owner}/");
    let mut pets = Vec::new();
    for key in NAMESPACE.list_keys(&prefix, None, KEYS_SCANNED_MAX)? {
        let Some(id) = key.strip_prefix(&prefix) else { continue };
        let pet = NAMESPACE.get_json::<Pet>(&format!("{PETS}{id}"))?;
        let is_owner = |pet: &Pet| pet.description.owner.as_ref().is_some_and(|o| o.id == owner);
        pets.extend(pet.filter(is_owner));
    }
    Ok(pets)
}

/// How many pets there are of each status, among the first 1,000.
pub(crate) fn count(statuses: [Status; 3]) -> Result<[usize; 3], Refusal> {
    let pets = list(None, KEYS_SCANNED_MAX as usize, |_| true)?.pets;
    Ok(statuses.map(|status| pets.iter().filter(|pet| pet.description.status == status).count()))
}

fn index(owner: Option<&Owner>, id: PetId) -> Result<(), KeyValueError> {
    owner.map_or(Ok(()), |owner| NAMESPACE.set(&owner_key(owner, id), b""))
}

fn unindex(owner: &Owner, id: PetId) -> Result<(), KeyValueError> {
    NAMESPACE.delete(&owner_key(owner, id)).map(drop)
}

fn pet_key(id: PetId) -> String {
    format!("{PETS}{}", id.sortable())
}

fn owner_key(owner: &Owner, id: PetId) -> String {
    format!("owner/{}/{}", owner.id, id.sortable())
}

fn not_found(id: PetId) -> Refusal {
    Refusal::NotFound(format!("pet {id} does not exist"))
}
