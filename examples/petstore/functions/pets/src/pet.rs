//! A pet, and what makes one valid.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;

const NAME_CHARACTERS_MAX: usize = 64;
const TAG_CHARACTERS_MAX: usize = 32;
const OWNER_ID_CHARACTERS_MAX: usize = 64;
/// RFC 3696, erratum 1690: the longest address that SMTP can carry.
const EMAIL_CHARACTERS_MAX: usize = 254;

/// Number of a pet, counted from 1.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub(crate) struct PetId(u64);

impl PetId {
    pub(crate) fn new(number: u64) -> Self {
        Self(number)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
        is_plain.then(|| text.parse().ok()).flatten().map(Self)
    }

    /// With as many digits as the largest number has, so that keys sort as numbers do.
    pub(crate) fn sortable(self) -> String {
        format!("{:020}", self.0)
    }
}

impl fmt::Display for PetId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Adopted,
    #[default]
    Available,
    Pending,
}

impl Status {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "adopted" => Some(Self::Adopted),
            "available" => Some(Self::Available),
            "pending" => Some(Self::Pending),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Owner {
    pub(crate) id: String,
    pub(crate) email: String,
}

/// What a client says of a pet.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PetDescription {
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tag: Option<String>,
    #[serde(default)]
    pub(crate) status: Status,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) owner: Option<Owner>,
}

/// A pet, as it is kept and shown.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pet {
    pub(crate) id: PetId,
    #[serde(flatten)]
    pub(crate) description: PetDescription,
    /// The principal who created it.
    pub(crate) registered_by: String,
    /// How often it was written.
    pub(crate) version: u64,
}

impl Owner {
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        refuse(self.problems("").collect())
    }

    fn problems(&self, prefix: &str) -> impl Iterator<Item = String> {
        let id = (!is_owner_id(&self.id)).then(|| {
            format!(
                "{prefix}id: must have 1 to {OWNER_ID_CHARACTERS_MAX} letters, digits or hyphens"
            )
        });
        let email = (!is_email(&self.email)).then(|| {
            format!(
                "{prefix}email: must be an address of at most {EMAIL_CHARACTERS_MAX} characters"
            )
        });
        id.into_iter().chain(email)
    }
}

impl PetDescription {
    /// Reports every problem at once.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        let mut problems = Vec::new();
        let characters = self.name.trim().chars().count();
        if characters == 0 || NAME_CHARACTERS_MAX < characters {
            problems.push(format!("name: must have 1 to {NAME_CHARACTERS_MAX} characters"));
        }
        if self.tag.as_deref().is_some_and(|tag| !is_tag(tag)) {
            problems.push(format!(
                "tag: must have 1 to {TAG_CHARACTERS_MAX} lower-case letters, digits or hyphens"
            ));
        }
        if let Some(owner) = &self.owner {
            problems.extend(owner.problems("owner."));
        }
        match (self.status, &self.owner) {
            (Status::Adopted, None) => problems.push("owner: an adopted pet has one".to_owned()),
            (Status::Available | Status::Pending, Some(_)) => {
                problems.push("owner: only an adopted pet has one".to_owned());
            }
            (Status::Adopted, Some(_)) | (Status::Available | Status::Pending, None) => {}
        }
        refuse(problems)
    }
}

fn refuse(problems: Vec<String>) -> Result<(), Refusal> {
    if problems.is_empty() { Ok(()) } else { Err(Refusal::Invalid(problems)) }
}

pub(crate) fn is_owner_id(text: &str) -> bool {
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !text.is_empty() && text.len() <= OWNER_ID_CHARACTERS_MAX && text.bytes().all(is_known)
}

fn is_tag(text: &str) -> bool {
    let is_known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.len() <= TAG_CHARACTERS_MAX && text.bytes().all(is_known)
}

fn is_email(text: &str) -> bool {
    let is_plain = !text.contains(|c: char| c.is_whitespace() || c.is_control());
    let parts = text.rsplit_once('@');
    let has_parts = parts.is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'));
    is_plain && has_parts && text.len() <= EMAIL_CHARACTERS_MAX
}
