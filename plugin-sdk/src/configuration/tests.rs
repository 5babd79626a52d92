use super::*;

fn configuration(value: &str) -> Configuration {
    Configuration::from_iter([("SETTING", value)])
}

#[test]
fn missing_variable_is_named_with_the_fix() {
    let error = Configuration::default().text("SETTING").unwrap_err();
    assert_eq!(
        error.to_string(),
        "environment variable SETTING is missing; set it in `environment` of the function's settings"
    );
}

#[test]
fn json_is_read_into_a_type() {
    assert_eq!(configuration("[1, 2]").json::<Vec<u8>>("SETTING"), Ok(vec![1, 2]));
    assert_eq!(configuration("7").optional_json::<u8>("OTHER"), Ok(None));
}

#[test]
fn invalid_json_is_named_with_its_place() {
    let error = configuration("[1, 300]").json::<Vec<u8>>("SETTING").unwrap_err();
    assert_eq!(
        error.to_string(),
        "environment variable SETTING: invalid JSON: invalid value: integer `300`, expected u8 at line 1 column 7"
    );
}

#[test]
fn secret_is_not_quoted() {
    let error = configuration(r#"["hunter2"]"#).secret_json::<Vec<u8>>("SETTING").unwrap_err();
    assert_eq!(
        error.to_string(),
        "environment variable SETTING: unexpected or missing value at line 1 column 10 (not shown: it is secret)"
    );
}

#[test]
fn flag_is_true_or_false_and_nothing_else() {
    assert_eq!(configuration("true").flag("SETTING"), Ok(true));
    assert_eq!(configuration("false").flag("SETTING"), Ok(false));
    assert_eq!(configuration("true").flag("OTHER"), Ok(false));
    assert!(configuration("yes").flag("SETTING").is_err());
}
