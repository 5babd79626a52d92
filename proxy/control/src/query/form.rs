//! The parameters of a call, checked: whoever holds a [`Form`] need not ask what they are made of.
//!
//! What a parameter may be depends on its name alone. The rules are those of the IAM API
//! reference; texts are AWS's.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::request::Parts;

use super::{Operation, QueryRefusal, QueryRefusalKind};
use crate::input::shown;

/// Names and values.
pub(crate) type Tags = BTreeMap<String, String>;

const TAGS_MAX: usize = 50;
const TAG_KEY_LENGTH_MAX: usize = 128;
const TAG_VALUE_LENGTH_MAX: usize = 256;

/// The parameters of a known operation.
pub(crate) struct Form {
    values: BTreeMap<String, String>,
    pub(crate) tags: Tags,
}

impl Form {
    pub(super) fn read(
        operation: &Operation,
        parameters: Vec<(String, String)>,
    ) -> Result<Self, QueryRefusal> {
        let mut values = BTreeMap::new();
        let mut tags: BTreeMap<&str, [Option<&str>; 2]> = BTreeMap::new();
        let takes =
            |name: &str| operation.required.contains(&name) || operation.optional.contains(&name);
        let mut seen = BTreeSet::new();
        for (name, value) in &parameters {
            if !seen.insert(name) {
                let message = format!("The parameter {} is given twice", shown(name));
                return Err(QueryRefusal::validation(message));
            }
            match name.strip_prefix("Tags.member.").and_then(|it| it.split_once('.')) {
                _ if matches!(name.as_str(), "Action" | "Version") => {}
                Some((number, part @ ("Key" | "Value"))) if takes("Tags") => {
                    tags.entry(number).or_default()[usize::from(part == "Value")] = Some(value);
                }
                // An empty list, as some clients send it.
                None if name == "Tags" && takes(name) && value.is_empty() => {}
                None if name != "Tags" && takes(name) => {
                    values.insert(name.clone(), value.clone());
                }
                Some(_) | None => return Err(not_taken(operation, name)),
            }
        }
        let tags = read_tags(tags.values())?;
        check(operation, &values)?;
        Ok(Self { values, tags })
    }

    /// A parameter that was given.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// A parameter that the operation requires.
    pub(crate) fn required(&self, name: &str) -> &str {
        self.text(name).unwrap_or_default()
    }

    pub(crate) fn number(&self, name: &str) -> Option<u32> {
        self.text(name)?.parse().ok()
    }

    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.text(name) == Some("true")
    }
}

/// What a request says, wherever it says it, but for its signature.
pub(super) fn parameters(head: &Parts, body: &[u8]) -> Result<Vec<(String, String)>, QueryRefusal> {
    let query = head.uri.query().unwrap_or_default().as_bytes();
    let query = form_urlencoded::parse(query).filter(|(name, _)| !name.starts_with("X-Amz-"));
    if std::str::from_utf8(body).is_err() {
        return Err(QueryRefusal::validation("The body is not a form in UTF-8"));
    }
    let all = query.chain(form_urlencoded::parse(body));
    Ok(all.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
}

/// Never ignored: what is asked for and not done, a boundary of permissions say, would be missed.
fn not_taken(operation: &Operation, name: &str) -> QueryRefusal {
    QueryRefusal::validation(format!(
        "The parameter {} of {} is not supported by this gateway",
        shown(name),
        operation.name
    ))
}

fn read_tags<'a>(
    tags: impl Iterator<Item = &'a [Option<&'a str>; 2]>,
) -> Result<Tags, QueryRefusal> {
    let mut read = Tags::new();
    for [key, value] in tags {
        let key = key.unwrap_or_default();
        let value = value.unwrap_or_default();
        if !(1..=TAG_KEY_LENGTH_MAX).contains(&key.chars().count()) {
            return Err(QueryRefusal::validation(format!(
                "1 validation error detected: Value '{}' at 'tags.member.key' failed to satisfy constraint: Member must have length between 1 and {TAG_KEY_LENGTH_MAX}",
                shown(key)
            )));
        }
        if value.chars().count() > TAG_VALUE_LENGTH_MAX {
            return Err(QueryRefusal::validation(format!(
                "1 validation error detected: Value '{}' at 'tags.member.value' failed to satisfy constraint: Member must have length less than or equal to {TAG_VALUE_LENGTH_MAX}",
                shown(value)
            )));
        }
        let is_plain = |text: &str| {
            text.chars().all(|it| it.is_alphanumeric() || it == ' ' || "_.:/=+-@".contains(it))
        };
        if !is_plain(key) || !is_plain(value) || key.to_lowercase().starts_with("aws:") {
            return Err(QueryRefusal::validation(format!(
                "The tag '{}' is invalid. Tags must contain only letters, digits, spaces and the following: _.:/=+-@, and a key must not begin with aws:",
                shown(key)
            )));
        }
        let is_taken = read.keys().any(|taken| taken.to_lowercase() == key.to_lowercase());
        if is_taken {
            let message =
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
            return Err(QueryRefusal::new(QueryRefusalKind::InvalidInput, message));
        }
        read.insert(key.to_owned(), value.to_owned());
    }
    if read.len() > TAGS_MAX {
        return Err(QueryRefusal::limit_exceeded(format!(
            "The number of tags has reached the maximum limit: {TAGS_MAX}"
        )));
    }
    Ok(read)
}

fn check(operation: &Operation, values: &BTreeMap<String, String>) -> Result<(), QueryRefusal> {
    let mut broken = Vec::new();
    for name in operation.required.iter().filter(|name| !values.contains_key(**name)) {
        broken.push(format!(
            "Value null at '{}' failed to satisfy constraint: Member must not be null",
            in_java(name)
        ));
    }
    for (name, value) in values {
        match Rule::of(operation, name).broken_by(value) {
            None => {}
            Some(Broken::Constraint(constraint)) => broken.push(format!(
                "Value '{}' at '{}' failed to satisfy constraint: {constraint}",
                shown(value),
                in_java(name)
            )),
            Some(Broken::Characters(allowed)) => {
                return Err(QueryRefusal::validation(format!(
                    "The specified value for {} is invalid. {allowed}",
                    in_java(name)
                )));
            }
        }
    }
    let errors = match broken.len() {
        0 => return Ok(()),
        1 => "1 validation error",
        count => &format!("{count} validation errors"),
    };
    Err(QueryRefusal::validation(format!("{errors} detected: {}", broken.join("; "))))
}

/// Members have their names in Java, whatever they are called on the wire.
fn in_java(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    first.to_ascii_lowercase() + rest
}

/// What a parameter may be.
enum Rule {
    Choice(&'static [&'static str]),
    Number { min: u32, max: u32 },
    Text { min: usize, max: usize, characters: Characters },
}

enum Characters {
    Any,
    /// Of names.
    Name,
    /// Of paths, which begin and end with a slash.
    Path,
    PathPrefix,
    /// Letters, digits and underscores.
    Word,
}

enum Broken {
    Constraint(String),
    Characters(&'static str),
}

impl Rule {
    fn of(operation: &Operation, name: &str) -> Self {
        let is_new = operation.name.starts_with("Create") || name.starts_with("New");
        let text = |min, max, characters| Self::Text { min, max, characters };
        match name {
            "AccessKeyId" => text(16, 128, Characters::Word),
            "AssumeRolePolicyDocument" | "PolicyDocument" => text(1, 131_072, Characters::Any),
            "Description" => text(0, 1_000, Characters::Any),
            "DurationSeconds" => Self::Number {
                min: 900,
                max: if operation.name == "AssumeRole" { 43_200 } else { 129_600 },
            },
            "ExternalId" => text(2, 1_224, Characters::Any),
            "Marker" => text(1, 320, Characters::Any),
            "MaxItems" => Self::Number { min: 1, max: 1_000 },
            "MaxSessionDuration" => Self::Number { min: 3_600, max: 43_200 },
            "OnlyAttached" | "SetAsDefault" => Self::Choice(&["true", "false"]),
            "NewPath" | "Path" => text(1, 512, Characters::Path),
            "PathPrefix" => text(1, 512, Characters::PathPrefix),
            "Policy" => text(1, 2_048, Characters::Any),
            "PolicyArn" | "RoleArn" => text(20, 2_048, Characters::Any),
            "RoleName" => text(1, 64, Characters::Name),
            "RoleSessionName" => text(2, 64, Characters::Name),
            "Scope" => Self::Choice(&["All", "AWS", "Local"]),
            "Status" => Self::Choice(&["Active", "Inactive"]),
            "NewUserName" | "UserName" if is_new => text(1, 64, Characters::Name),
            "VersionId" => text(2, 64, Characters::Any),
            // Names of users and policies.
            _ => text(1, 128, Characters::Name),
        }
    }

    fn broken_by(&self, value: &str) -> Option<Broken> {
        let constraint = |text: String| Some(Broken::Constraint(text));
        match self {
            Self::Choice(choices) if choices.contains(&value) => None,
            Self::Choice(choices) => {
                constraint(format!("Member must satisfy enum value set: [{}]", choices.join(", ")))
            }
            Self::Number { min, max } => match value.parse::<u32>() {
                Ok(number) if number < *min => {
                    constraint(format!("Member must have value greater than or equal to {min}"))
                }
                Ok(number) if *max < number => {
                    constraint(format!("Member must have value less than or equal to {max}"))
                }
                Ok(_) => None,
                Err(_) => constraint("Member must be an integer".to_owned()),
            },
            Self::Text { min, max, characters } => match value.chars().count() {
                length if length < *min => {
                    constraint(format!("Member must have length greater than or equal to {min}"))
                }
                length if *max < length => {
                    constraint(format!("Member must have length less than or equal to {max}"))
                }
                _ => characters.broken_by(value),
            },
        }
    }
}

impl Characters {
    fn broken_by(&self, value: &str) -> Option<Broken> {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let (holds, allowed) = match self {
            Self::Any => (true, ""),
            Self::Name => (
                value.bytes().all(|byte| is_word(byte) || b"+=,.@-".contains(&byte)),
                "It must contain only alphanumeric characters and/or the following: +=,.@_-",
            ),
            Self::Path => (
                value.bytes().all(|byte| byte.is_ascii_graphic())
                    && value.starts_with('/')
                    && value.ends_with('/'),
                "It must begin and end with / and contain only alphanumeric characters and/or / characters.",
            ),
            Self::PathPrefix => (
                value.bytes().all(|byte| byte.is_ascii_graphic()) && value.starts_with('/'),
                "It must begin with / and contain only alphanumeric characters and/or / characters.",
            ),
            Self::Word => (
                value.bytes().all(is_word),
                "It must contain only alphanumeric characters and/or the following: _",
            ),
        };
        (!holds).then_some(Broken::Characters(allowed))
    }
}
