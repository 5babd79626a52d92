use super::TABLE;
use crate::{Data, Inputs, Template};

#[test]
fn every_row_does_what_its_example_says() {
    let inputs = Inputs {
        body: r#"{"a":{"b":[1,{"c":"x"}]},"n":null}"#,
        path: &[("id", "7")],
        query: &[("q", "other"), ("q", "query")],
        headers: &[("X-H", "header")],
        ..Inputs::default()
    };
    for row in TABLE.into_iter().flatten() {
        assert!(row.doc.ends_with('.'), "{}", row.name);
        let (text, expected) = row.example;
        let getter = row.name.strip_prefix("get").unwrap_or(row.name).to_lowercase();
        assert!(
            text.to_lowercase().contains(&getter),
            "the example of {} does not call it",
            row.name
        );
        let template = Template::parse(text).unwrap();
        let rendered = template.render(&inputs, &mut Data::Null);
        assert_eq!(rendered.as_deref(), Ok(expected.trim_end_matches('\n')), "{text}");
    }
}

#[test]
fn names_are_in_the_table_once_for_each_kind() {
    let rows: Vec<_> = TABLE.into_iter().flatten().collect();
    for (index, row) in rows.iter().enumerate() {
        let same = |other: &&&super::Function| other.name == row.name && other.on == row.on;
        assert!(!rows[index + 1..].iter().any(|other| same(&other)), "{}", row.name);
    }
}
