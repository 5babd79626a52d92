//! Runs the files of `suite/`.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::PREAMBLE;
use crate::{Data, Inputs, Template};

fn read(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("suite");
    fs::read_to_string(folder.join(name)).unwrap()
}

fn to_data(value: &Value) -> Data {
    match value {
        Value::Null => Data::Null,
        Value::Bool(value) => Data::Bool(*value),
        Value::Number(number) => {
            number.as_i64().map_or_else(|| Data::Decimal(number.as_f64().unwrap()), Data::Integer)
        }
        Value::String(text) => Data::Text(text.clone()),
        Value::Array(items) => Data::List(items.iter().map(to_data).collect()),
        Value::Object(members) => {
            Data::Map(members.iter().map(|(key, value)| (key.clone(), to_data(value))).collect())
        }
    }
}

#[test]
fn velocity_renders_the_same() {
    let body = read("velocity.json");
    let inputs = Inputs { body: &body, ..Inputs::default() };
    let text = read("velocity.txt");
    let mut count = 0;
    for line in text.lines().filter(|line| line.contains("   =>   ")) {
        let (template, expected) = line.split_once("   =>   ").unwrap();
        let unescaped = template.replace('⏎', "\n").replace('→', "\t");
        // Whitespace at the ends is no part of a template, but for comments around it.
        let template = Template::parse(&format!("{PREAMBLE}#*x*#{unescaped}#*x*#"));
        let rendered = template.unwrap().render(&inputs, &mut Data::Null).unwrap();
        let rendered = format!("[{}]", rendered.replace('\n', "⏎").replace('\t', "→"));
        assert_eq!(rendered, expected, "{line}");
        count += 1;
    }
    assert!(count > 100, "{count}");
}

/// The parts of a case, by their names.
type Case<'t> = Vec<(&'t str, String)>;

fn cases(text: &str) -> Vec<(&str, Case<'_>)> {
    let mut cases: Vec<(&str, Case<'_>)> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("=== ") {
            cases.push((name, Vec::new()));
        } else if let Some(part) = line.strip_prefix("--- ") {
            cases.last_mut().unwrap().1.push((part, String::new()));
        } else if let Some((_, part)) = cases.last_mut().and_then(|(_, case)| case.last_mut()) {
            part.push_str(line);
            part.push('\n');
        }
    }
    for (_, case) in &mut cases {
        for (_, part) in case {
            part.truncate(part.trim_end_matches('\n').len());
        }
    }
    cases
}

fn run(name: &str, case: &Case<'_>) {
    let known = [
        "body",
        "context",
        "context after",
        "error",
        "expected",
        "expected json",
        "headers",
        "path",
        "query",
        "stageVariables",
        "template",
    ];
    let part = |wanted: &str| {
        assert!(case.iter().all(|(part, _)| known.contains(part)), "{name}: an unknown part");
        case.iter().find(|(part, _)| *part == wanted).map(|(_, text)| text.as_str())
    };
    let pairs = |wanted: &str| -> Vec<(&str, &str)> {
        let lines = part(wanted).unwrap_or_default().lines();
        lines.map(|line| line.split_once(": ").unwrap()).collect()
    };
    let json = |text| to_data(&serde_json::from_str(text).unwrap());
    let (path, query) = (pairs("path"), pairs("query"));
    let (headers, stage_variables) = (pairs("headers"), pairs("stageVariables"));
    let inputs = Inputs {
        body: part("body").unwrap_or_default(),
        path: &path,
        query: &query,
        headers: &headers,
        stage_variables: &stage_variables,
        ..Inputs::default()
    };
    let mut context = part("context").map_or(Data::Null, json);
    let rendered = match Template::parse(part("template").unwrap()) {
        Ok(template) => {
            template.render(&inputs, &mut context).map_err(|error| format!("render: {error}"))
        }
        Err(error) => Err(format!("syntax: {error}")),
    };
    if let Some(error) = part("error") {
        assert_eq!(rendered.as_deref().map_err(String::as_str), Err(error), "{name}");
        return;
    }
    if let Some(expected) = part("expected json") {
        let strict = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(strict(&rendered.unwrap()), strict(expected), "{name}");
    } else {
        let rendered = rendered.as_ref().map(|text| text.trim_end_matches('\n'));
        let rendered = rendered.map_err(String::as_str);
        assert_eq!(rendered, Ok(part("expected").unwrap()), "{name}");
    }
    if let Some(after) = part("context after") {
        assert_eq!(context, json(after), "{name}");
    }
}

#[test]
fn cases_render_as_they_say() {
    for name in ["input.txt", "context.txt", "snippets.txt"] {
        let text = read(name);
        let cases = cases(&text);
        assert!(cases.len() > 5, "{}", Path::new(name).display());
        for (name, case) in &cases {
            run(name, case);
        }
    }
}
