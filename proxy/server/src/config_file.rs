//! `edgeway serve --config FILE`: arguments from a file, in YAML or JSON, under the names that they
//! have on the command line.
//!
//! What the command line says wins over the environment, and that over the file. A value of the
//! file becomes an argument that was not given, so that it is checked as one.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command, CommandFactory as _, Error, Parser as _};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::arguments::Arguments;

/// The command that has it.
const COMMAND: &str = "serve";

/// Read where arguments are, so not one of the file.
const ARGUMENT: &str = "config";

/// Reads the arguments of a command line, with those of the file that it names.
///
/// # Errors
/// What is wrong with either; and that help is wanted, which is printed as an error is.
pub(crate) fn arguments(mut given: Vec<OsString>) -> Result<Arguments, Error> {
    let command = Arguments::command();
    let Some((file, matches)) = named_file(&command, &given)? else {
        return Arguments::try_parse_from(given);
    };
    let in_file = |problem: String| {
        Error::raw(ErrorKind::InvalidValue, format!("{}: {problem}\n", file.display()))
    };
    let settings = read(&file).map_err(in_file)?;
    let known = known(&command);
    check_names(&settings, &known).map_err(in_file)?;
    for argument in known {
        let name = argument.get_long().unwrap_or_default();
        let source = matches.value_source(argument.get_id().as_str());
        let is_given = matches!(source, Some(ValueSource::CommandLine | ValueSource::EnvVariable));
        if let Some(values) = settings.0.get(in_file_as(name)).filter(|_| !is_given) {
            given.extend(values.texts().map(|value| format!("--{name}={value}").into()));
        }
    }
    Arguments::try_parse_from(given).map_err(|error| {
        let text = error.to_string();
        let problem = text.strip_prefix("error: ").unwrap_or(&text);
        Error::raw(error.kind(), format!("with the settings of {}: {problem}", file.display()))
    })
}

/// The file, and what else is given; whatever is wrong with that is told later.
fn named_file(
    command: &Command,
    given: &[OsString],
) -> Result<Option<(PathBuf, ArgMatches)>, Error> {
    let lenient = command.clone().ignore_errors(true);
    let matches = lenient.try_get_matches_from(given)?;
    let serve = matches.subcommand_matches(COMMAND);
    let file = serve.and_then(|serve| serve.get_one::<PathBuf>(ARGUMENT));
    Ok(file.cloned().zip(serve.cloned()))
}

/// Those that have a value.
fn known(command: &Command) -> Vec<&Arg> {
    let serve = command.find_subcommand(COMMAND);
    let arguments = serve.into_iter().chain([command]).flat_map(Command::get_arguments);
    let has_value = |argument: &&Arg| {
        argument.get_action().takes_values()
            && argument.get_long().is_some_and(|name| name != ARGUMENT)
    };
    let mut known: Vec<&Arg> = arguments.filter(has_value).collect();
    known.sort_by_key(|argument| argument.get_long());
    known
}

/// What is given once for each name is one map of the file.
const MAPS: &[(&str, &str)] = &[
    ("domain-certificate", "domain-certificates"),
    ("service", "services"),
    ("user-pool", "user-pools"),
    ("vpc-link", "vpc-links"),
];

/// What is given once for each address is one list of the file.
const LISTS: &[(&str, &str)] = &[("listener", "listeners")];

/// The key of an argument.
fn in_file_as(argument: &str) -> &str {
    MAPS.iter().chain(LISTS).find(|(known, _)| *known == argument).map_or(argument, |(_, key)| key)
}

/// What a key of the file says.
enum Setting {
    One(String),
    /// By name.
    Each(BTreeMap<String, Entry>),
    /// What each has, its address with it.
    List(Vec<BTreeMap<String, Texts>>),
}

impl Setting {
    /// As the arguments say it.
    fn texts(&self) -> impl Iterator<Item = String> {
        let texts: Vec<String> = match self {
            Self::One(text) => vec![text.clone()],
            Self::Each(map) => {
                map.iter().map(|(name, entry)| format!("{name}={}", entry.text())).collect()
            }
            Self::List(items) => items.iter().map(listed).collect(),
        };
        texts.into_iter()
    }
}

/// As an argument says it: the address first, and each of several values by the name of all.
fn listed(item: &BTreeMap<String, Texts>) -> String {
    let address = item.get(ADDRESS).map(|texts| texts.0.concat());
    let mut text = address.unwrap_or_default();
    for (key, texts) in item.iter().filter(|(key, _)| *key != ADDRESS) {
        for value in &texts.0 {
            text += &format!(",{key}={value}");
        }
    }
    text
}

/// What the address is called in a list.
const ADDRESS: &str = "address";

/// A text, or several.
struct Texts(Vec<String>);

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextsVisitor)
    }
}

struct TextsVisitor;

impl<'de> Visitor<'de> for TextsVisitor {
    type Value = Texts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or a list of texts")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Texts, E> {
        Ok(Texts(vec![text.to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Texts, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(seq)).map(Texts)
    }
}

/// What comes first where more is said of a name.
const FIRST: [&str; 3] = ["certificate", "endpoint", "issuer"];

/// What is said of a name: a URL, or one with more.
enum Entry {
    Settings(BTreeMap<String, String>),
    Url(String),
}

impl Entry {
    /// As an argument says it: the URL first.
    fn text(&self) -> String {
        match self {
            Self::Url(url) => url.clone(),
            Self::Settings(settings) => with_settings(settings, &FIRST),
        }
    }
}

/// As an argument says it: one of them first, without its name.
fn with_settings(settings: &BTreeMap<String, String>, first: &[&str]) -> String {
    let found = first.iter().find_map(|name| settings.get(*name));
    let mut text = found.cloned().unwrap_or_default();
    for (key, value) in settings.iter().filter(|(key, _)| !first.contains(&key.as_str())) {
        text += &format!(",{key}={value}");
    }
    text
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EntryVisitor)
    }
}

struct EntryVisitor;

impl<'de> Visitor<'de> for EntryVisitor {
    type Value = Entry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a URL, or a map with an endpoint or an issuer")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Entry, E> {
        Ok(Entry::Url(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Entry, A::Error> {
        BTreeMap::deserialize(MapAccessDeserializer::new(map)).map(Entry::Settings)
    }
}

/// The keys of a file.
#[derive(Default)]
struct Settings(BTreeMap<String, Setting>);

impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(SettingsVisitor)
    }
}

struct SettingsVisitor;

impl<'de> Visitor<'de> for SettingsVisitor {
    type Value = Settings;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of arguments")
    }

    /// Texts are read as such: an account begins with a zero, and is no number.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Settings, A::Error> {
        let mut settings = BTreeMap::new();
        while let Some(key) = map.next_key::<String>()? {
            let is_in = |keys: &[(&str, &str)]| keys.iter().any(|(_, known)| *known == key);
            let setting = if is_in(MAPS) {
                Setting::Each(map.next_value()?)
            } else if is_in(LISTS) {
                Setting::List(map.next_value()?)
            } else {
                Setting::One(map.next_value()?)
            };
            if settings.contains_key(&key) {
                return Err(A::Error::custom(format!("the key {key} is there twice")));
            }
            settings.insert(key, setting);
        }
        Ok(Settings(settings))
    }
}

fn read(file: &Path) -> Result<Settings, String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    if text.trim().is_empty() {
        return Ok(Settings::default());
    }
    let options = serde_saphyr::options! { with_snippet: false };
    serde_saphyr::from_str_with_options(&text, options).map_err(|error| error.to_string())
}

fn check_names(settings: &Settings, known: &[&Arg]) -> Result<(), String> {
    let names = known.iter().filter_map(|argument| argument.get_long()).map(in_file_as);
    let names: Vec<&str> = names.collect();
    let unknown: Vec<&str> =
        settings.0.keys().map(String::as_str).filter(|name| !names.contains(name)).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let keys = if unknown.len() == 1 { "key" } else { "keys" };
    Err(format!("unknown {keys} {}; there are {}", unknown.join(", "), names.join(", ")))
}

#[cfg(test)]
mod tests;
