use super::*;

/// `steps` is `a.b.[]` style: `[]` is an element, anything else a member.
#[track_caller]
fn check(path: &str, steps: &[&str], expected: bool) {
    let paths = [Path::parse(path).unwrap()];
    let mut position = Position::start(&paths);
    for (at, step) in steps.iter().enumerate() {
        let step = if *step == "[]" { Step::Element } else { Step::Member(step) };
        match position.step(step) {
            Reached::Field => {
                assert_eq!((true, at + 1), (expected, steps.len()), "{path} {steps:?}");
                return;
            }
            Reached::Position(next) => position = next,
        }
    }
    assert!(!expected, "{path} {steps:?}");
}

#[test]
fn names_lead_to_members() {
    check("owner.email", &["owner", "email"], true);
    check("owner.email", &["owner", "name"], false);
    check("owner.email", &["email"], false);
    check("owner", &["[]"], false);
}

#[test]
fn brackets_lead_to_elements() {
    check("items[].ssn", &["items", "[]", "ssn"], true);
    check("items[].ssn", &["items", "ssn"], false);
    check("[].ssn", &["[]", "ssn"], true);
    check("rows[][]", &["rows", "[]", "[]"], true);
    check("[]", &["[]"], true);
    check("*[].a", &["x", "[]", "a"], true);
}

#[test]
fn stars_lead_to_any_member_or_any_depth() {
    check("*.ssn", &["x", "ssn"], true);
    check("*.ssn", &["ssn"], false);
    check("*.ssn", &["[]", "ssn"], false);
    check("**.ssn", &["ssn"], true);
    check("**.ssn", &["a", "[]", "b", "ssn"], true);
    check("a.**.b.c", &["a", "b", "b", "c"], true);
    check("a.**.b.c", &["b", "c"], false);
}

#[test]
fn backslash_makes_a_character_plain() {
    check(r"a\.b", &["a.b"], true);
    check(r"\*", &["*"], true);
    check(r"\*", &["x"], false);
    check(r"a\[]", &["a[]"], true);
    check(r"\\", &[r"\"], true);
}

#[test]
fn unusable_path_says_why() {
    for (path, problem) in [
        ("", "has an empty segment; remove a dot"),
        ("a..b", "has an empty segment; remove a dot"),
        ("a.", "has an empty segment; remove a dot"),
        ("a[]b", "has text after []; put a dot between"),
        ("a[0]", "has [ without ]; write [] for every element, or \\["),
        ("a*", "has a * beside other text; write \\* for a plain one"),
        ("a.**", "ends in **, which would be everything; name a field after it"),
        ("**.**.a", "has ** twice in a row; once is enough"),
        ("a\\", "ends in a backslash; write \\\\ for a plain one"),
    ] {
        assert_eq!(Path::parse(path), Err(problem.to_owned()), "{path:?}");
    }
}
