//! When tokens are valid, and whom they are for.

use serde_json::{Value, json};

use crate::{Claims, InvalidTime};

fn claims(value: Value) -> Claims {
    Claims::new(value.as_object().unwrap().clone())
}

#[track_caller]
fn check(value: Value, expected: Result<(), InvalidTime>) {
    assert_eq!(claims(value).check_time(1_000), expected);
}

#[test]
fn a_token_has_a_time() {
    check(json!({ "exp": 1_001 }), Ok(()));
    check(json!({ "exp": 1_000.5 }), Ok(()));
    check(json!({ "exp": 1_000 }), Err(InvalidTime::Expired));
    check(json!({ "exp": -1 }), Err(InvalidTime::Expired));
    check(json!({}), Err(InvalidTime::Missing));
    check(json!({ "exp": "2000" }), Err(InvalidTime::Missing));
    check(json!({ "exp": null }), Err(InvalidTime::Missing));
    for name in ["nbf", "iat"] {
        let with = |time: Value| {
            let mut value = json!({ "exp": 2_000 });
            value[name] = time;
            value
        };
        check(with(json!(1_000)), Ok(()));
        check(with(json!(1_010)), Ok(()));
        check(with(json!(1_011)), Err(InvalidTime::NotYet));
        check(with(json!("1")), Err(InvalidTime::Missing));
    }
}

#[test]
fn audiences_and_scopes_are_one_or_several() {
    let texts = |value: Value| {
        let claims = claims(value);
        let list = |texts: &mut dyn Iterator<Item = &str>| texts.collect::<Vec<_>>().join("|");
        (list(&mut claims.audiences()), list(&mut claims.scopes()))
    };
    let expected = |audiences: &str, scopes: &str| (audiences.to_owned(), scopes.to_owned());
    assert_eq!(texts(json!({ "aud": "a", "scope": "x y  z" })), expected("a", "x|y|z"));
    assert_eq!(texts(json!({ "aud": ["a", 7, "b"], "scp": ["x", "y"] })), expected("a|b", "x|y"));
    assert_eq!(texts(json!({ "aud": 7, "scope": null, "scp": "x" })), expected("", "x"));
}
