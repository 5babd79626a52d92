//! API keys.

use expect_test::expect;

use super::harness::{Gateway, patch};

#[test]
fn keys_are_made_shown_changed_and_removed() {
    let gateway = Gateway::new();
    let body =
        r#"{"name": "k", "value": "01234567890123456789", "description": "d", "tags": {"a": "b"}}"#;
    gateway.create("KEY", "POST /apikeys", body);
    gateway.check(
        &[
            ("GET /apikeys/KEY", ""),
            ("GET /apikeys/KEY?includeValue=true", ""),
            ("PATCH /apikeys/KEY", &patch("replace", "/enabled", "true")),
            ("PATCH /apikeys/KEY", &patch("replace", "/enabled", "perhaps")),
            ("PATCH /apikeys/KEY", &patch("replace", "/customerId", "c")),
            ("PATCH /apikeys/KEY", &patch("replace", "/id", "x")),
            ("PATCH /apikeys/KEY", &patch("add", "/stages", "x")),
            ("PATCH /apikeys/KEY", &patch("add", "/stages", "x/y")),
            ("PATCH /apikeys/KEY", &patch("add", "/labels", "l")),
            ("PATCH /apikeys/KEY", &patch("remove", "/labels", "l")),
            ("PATCH /apikeys/KEY", &patch("replace", "/labels", "l")),
            ("PATCH /apikeys/KEY", &patch("add", "/labels", &"l".repeat(257))),
            ("GET /apikeys?includeValues=true", ""),
            ("GET /apikeys?name=k", ""),
            ("GET /apikeys?name=K", ""),
            ("GET /apikeys?customerId=other", ""),
            ("GET /apikeys?limit=0", ""),
            ("DELETE /apikeys/KEY", ""),
            ("GET /apikeys/KEY", ""),
            ("DELETE /apikeys/KEY", ""),
            ("PATCH /apikeys/KEY", "{}"),
        ],
        expect![[r#"
            200 {"id":"KEY","name":"k","description":"d","enabled":false,"createdDate":1700000000,"lastUpdatedDate":1700000000,"stageKeys":[],"tags":{"a":"b"}}
            200 {"id":"KEY","value":"01234567890123456789","name":"k","description":"d","enabled":false,"createdDate":1700000000,"lastUpdatedDate":1700000000,"stageKeys":[],"tags":{"a":"b"}}
            200 {"id":"KEY","name":"k","description":"d","enabled":true,"createdDate":1700000000,"lastUpdatedDate":1700000000,"stageKeys":[],"tags":{"a":"b"}}
            200 {"id":"KEY","name":"k","description":"d","enabled":false,"createdDate":1700000000,"lastUpdatedDate":1700000000,"stageKeys":[],"tags":{"a":"b"}}
            200 {"id":"KEY","name":"k","customerId":"c","description":"d","enabled":false,"createdDate":1700000000,"lastUpdatedDate":1700000000,"stageKeys":[],"tags":{"a":"b"}}
            400 BadRequestException: Invalid patch path  '/id' specified for op 'replace'. Must be one of: [/description, /enabled, /name, /customerId]
            400 BadRequestException: Invalid stage key specified: x
            404 NotFoundException: Invalid API identifier specified 000000000000:x
            200 {"id":"KEY","name":"k","customerId":"c","description":"d","enabled":false,"createdDate":1700000000,"lastUpdatedDate":1700000000,"stageKeys":[],"tags":{"a":"b"}}
            200 {"id":"KEY","name":"k","customerId":"c","description":"d","enabled":false,"createdDate":1700000000,"lastUpdatedDate":1700000000,"stageKeys":[],"tags":{"a":"b"}}
            400 BadRequestException: Invalid patch path  '/labels' specified for op 'replace'. Must be one of: [/description, /enabled, /name, /customerId]
            400 BadRequestException: An API Key can have at most 50 labels of at most 256 characters
            200 {"item":[{"id":"KEY","value":"01234567890123456789","name":"k","customerId":"c","description":"d","enabled":false,"createdDate":1700000000,"lastUpdatedDate":1700000000,"stageKeys":[],"tags":{"a":"b"}}]}
            200 {"item":[{"id":"KEY","name":"k","customerId":"c","description":"d","enabled":false,"createdDate":1700000000,"lastUpdatedDate":1700000000,"stageKeys":[],"tags":{"a":"b"}}]}
            200 {"item":[]}
            200 {"item":[]}
            200 {"item":[]}
            202
            404 NotFoundException: Invalid API Key identifier specified
            404 NotFoundException: Invalid API Key identifier specified
            404 NotFoundException: Invalid API Key identifier specified
        "#]],
    );
}

#[test]
fn a_value_is_made_if_none_is_given_and_is_one_keys() {
    let gateway = Gateway::new();
    let value = |body: &str| {
        let (_, _, answer) = gateway.send("POST /apikeys", body);
        let key: serde_json::Value = serde_json::from_str(&answer).unwrap();
        key["value"].as_str().unwrap_or_default().to_owned()
    };
    let (one, other) = (value("{}"), value("{\"value\": \"\"}"));
    assert_eq!((one.len(), other.len()), (40, 40));
    assert_ne!(one, other);
    let with = |value: &str| format!("{{\"value\": \"{value}\"}}");
    gateway.check(
        &[
            ("POST /apikeys", &with(&one)),
            ("POST /apikeys", &with(&"x".repeat(19))),
            ("POST /apikeys", &with(&"x".repeat(129))),
            ("POST /apikeys", &format!("{{\"name\": \"{}\"}}", "x".repeat(1025))),
            ("POST /apikeys", &format!("{{\"description\": \"{}\"}}", "x".repeat(125_001))),
            ("POST /apikeys", r#"{"stageKeys": [{"restApiId": "nobody", "stageName": "s"}]}"#),
        ],
        expect![[r#"
            409 ConflictException: API Key already exists
            400 BadRequestException: API Key value should be at least 20 characters
            400 BadRequestException: API Key value exceeds maximum size of 128 characters
            400 BadRequestException: Invalid API Key name, can be at most 1024 characters.
            400 BadRequestException: Invalid API Key description specified.
            404 NotFoundException: Invalid API identifier specified 000000000000:nobody
        "#]],
    );
    assert_eq!(value(&with(&"x".repeat(20))).len(), 20);
    assert_eq!(value(&with(&"x".repeat(128))).len(), 128);
}

#[test]
fn keys_are_imported_with_their_plans_and_written_over() {
    let gateway = Gateway::new();
    gateway.create("PLAN", "POST /usageplans", r#"{"name": "p"}"#);
    let import = "POST /apikeys?mode=import&format=csv";
    let file = "name,KEY,description,Enabled,usagePlanIds,other\n\
        one,11111111111111111111,\"a, b\",TRUE,\"PLAN,PLAN\",x\n\
        two,22222222222222222222,,false,nobody,\n\
        short,3,,true,PLAN,\n";
    let again = "Key,Name\n11111111111111111111,uno\n";
    let answer = gateway.answer(import, file);
    assert!(answer.starts_with("201 {\"ids\":["), "{answer}");
    for warning in [
        "Key 2: Invalid Usage Plan ID specified",
        "Key 3: API Key value should be at least 20 characters",
    ] {
        assert!(answer.contains(warning), "{answer}");
    }
    let keys = || -> Vec<String> {
        let (_, _, text) = gateway.send("GET /apikeys?includeValues=true", "");
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let shown = |key: &serde_json::Value| {
            let member = |name: &str| key[name].to_string();
            ["name", "value", "enabled", "description"].map(member).join(" ")
        };
        value["item"].as_array().unwrap().iter().map(shown).collect()
    };
    assert_eq!(
        keys(),
        [
            r#""one" "11111111111111111111" true "a, b""#,
            r#""two" "22222222222222222222" false null"#
        ]
    );
    let (_, _, in_plan) = gateway.send("GET /usageplans/PLAN/keys", "");
    assert_eq!(in_plan.matches("11111111111111111111").count(), 1);
    gateway.ok(import, again);
    assert_eq!(keys()[0], r#""uno" "11111111111111111111" true null"#);
    assert_eq!(keys().len(), 2);
}

#[test]
fn what_cannot_be_imported_is_refused_whole() {
    let gateway = Gateway::new();
    let import = "POST /apikeys?mode=import&format=csv";
    gateway.check(
        &[
            (import, ""),
            (import, "Name\nx\n"),
            (import, "Name,Key\nx,\"1"),
            ("POST /apikeys?mode=import&format=xml", "Name,Key\n"),
            (
                "POST /apikeys?mode=import&format=csv&failonwarnings=true",
                "Name,Key\none,11111111111111111111\ntwo,2\n",
            ),
            ("GET /apikeys", ""),
        ],
        expect![[r#"
            400 BadRequestException: Invalid CSV: the column Name is missing
            400 BadRequestException: Invalid CSV: the column Key is missing
            400 BadRequestException: Invalid CSV: quotes are not closed
            400 ValidationException: 1 validation error detected: Value 'xml' at 'format' failed to satisfy constraint: Member must satisfy enum value set: [csv]
            400 BadRequestException: Warnings found: Key 2: API Key value should be at least 20 characters
            200 {"item":[]}
        "#]],
    );
}
