//! Whatever is put together of what templates are made of: it ends within its bounds, and what is
//! printed is parsed to the same tree and renders to the same text.

use proptest::prelude::*;
use proptest::sample::select;

use crate::{Data, Inputs, Json, JsonPath, Limits, Template};

/// What templates are made of, and what breaks them.
const PIECES: [&str; 72] = [
    "$",
    "#",
    "\\",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "\"",
    "'",
    ".",
    "..",
    ",",
    "!",
    "=",
    "==",
    "&&",
    "+",
    "-",
    "*",
    "%",
    "<",
    " ",
    "\n",
    "\t",
    "##",
    "#*",
    "*#",
    "#[[",
    "]]#",
    "$x",
    "$y",
    "${x}",
    "$!x",
    "$!{x.y}",
    "$x.y",
    "$x[0]",
    "$x.z('a')",
    "#set($x = ",
    "#set($y = [1, 'a', $x])",
    "#set($x = {'k': $y})",
    "#set($x.y = 1)",
    "#set($x = $y + 1)",
    "#if($x)",
    "#elseif($y)",
    "#else",
    "#end",
    "#{end}",
    "#foreach($i in $y)",
    "#foreach($i in [1..3])",
    "$i",
    "$foreach.hasNext",
    "#break",
    "#stop",
    "#macro(m $x)",
    "#m($y)",
    "#m",
    "#@m()",
    "#define($x)",
    "$input.json('$')",
    "$input.path('$.a')",
    "$input.params()",
    "$context.z",
    "$util.urlEncode($x)",
    "\"$x\"",
    "\"a\"\"b $y.k\"",
    "true",
    "12",
    "1.5",
    "é",
    "$x.add($y)",
];

/// Statements that are whole.
fn statement() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        select(vec![
            "1",
            "-7",
            "2.5",
            "true",
            "'t'",
            "\"a $x b\"",
            "$x",
            "$y",
            "$x.k",
            "$y[0]",
            "[1..3]",
            "[]",
            "{}",
            "$y.size()",
            "$input.path('$.a')",
            "$x.split(',')",
            "12345678901234567890",
        ])
        .prop_map(str::to_owned),
    ];
    let value = value.prop_recursive(3, 12, 3, |inner| {
        let operator = select(vec!["+", "-", "*", "/", "%", "==", "<", "&&", "||", "ne", "ge"]);
        prop_oneof![
            (inner.clone(), operator, inner.clone()).prop_map(|(l, o, r)| format!("({l} {o} {r})")),
            (inner.clone(), inner.clone()).prop_map(|(l, r)| format!("{l} * {r} + {l}")),
            (inner.clone(), inner.clone()).prop_map(|(l, r)| format!("[{l}, {r}]")),
            (inner.clone(), inner.clone()).prop_map(|(l, r)| format!("{{{l} : {r}}}")),
            inner.prop_map(|inner| format!("!{inner}")),
        ]
    });
    let text = select(vec!["a", " ", "\n", "\\", "$ ", "# ", "]]#", "é", "#[[ $x ]]#", "## c\n"]);
    let leaf = prop_oneof![
        text.prop_map(str::to_owned),
        select(vec![
            "$x",
            "\\$x",
            "$!{y.k}",
            "$x.get('k')",
            "$y.add(1)",
            "#stop",
            "#break",
            "#m(1)"
        ])
        .prop_map(str::to_owned),
        (select(vec!["$x", "$y", "$x.k", "$y[0]"]), value.clone())
            .prop_map(|(target, value)| format!("#set({target} = {value})")),
    ];
    leaf.prop_recursive(4, 40, 4, move |inner| {
        let body = prop::collection::vec(inner, 0..4).prop_map(|bodies| bodies.concat());
        prop_oneof![
            (value.clone(), body.clone(), body.clone())
                .prop_map(|(v, t, e)| format!("#if({v})\n{t}#{{else}}{e}#end")),
            (value.clone(), body.clone()).prop_map(|(v, b)| format!("#foreach($i in {v}){b}#end")),
            body.clone().prop_map(|b| format!("#macro(m $p){b}#end")),
            body.clone().prop_map(|b| format!("#define($y){b}#end")),
            body.prop_map(|b| format!("\"{}\"", b.replace('"', ""))),
        ]
    })
}

const LIMITS: Limits = Limits {
    loop_iterations: 20,
    output_bytes: 2_000,
    steps: 20_000,
    depth: 5,
    memory_bytes: 200_000,
};

fn render(template: &Template) -> Result<String, String> {
    let inputs = Inputs { body: r#"{"a":[1,{"k":"v"}]}"#, limits: LIMITS, ..Inputs::default() };
    let mut context = Data::Null;
    template.render(&inputs, &mut context).map_err(|error| error.cause)
}

fn check(text: &str) -> Result<(), TestCaseError> {
    let Ok(template) = Template::parse(text) else { return Ok(()) };
    let rendered = render(&template);
    if let Ok(text) = &rendered {
        prop_assert!(text.len() <= LIMITS.output_bytes);
    }
    let printed = template.to_string();
    let Ok(again) = Template::parse(&printed) else {
        // A chain is printed in parentheses: what was as deep as may be, is deeper.
        prop_assert!(printed.contains('('), "{printed}");
        return Ok(());
    };
    prop_assert!(again == template, "{printed}");
    prop_assert_eq!(again.to_string(), printed);
    // What is not defined prints as it was written.
    if rendered.as_ref().is_ok_and(|text| !text.contains(['$', '#'])) {
        prop_assert_eq!(render(&again), rendered);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_pieces_end_within_bounds_and_print_what_they_are(
        pieces in prop::collection::vec(select(PIECES.to_vec()), 0..40),
    ) {
        check(&pieces.concat())?;
    }

    #[test]
    fn whole_statements_print_what_they_are(statements in prop::collection::vec(statement(), 0..6)) {
        check(&statements.concat())?;
    }

    #[test]
    fn any_text_ends(text in "\\PC{0,60}") {
        check(&text)?;
    }

    #[test]
    fn any_path_ends(path in r"[$@.*\[\]'a-c0-2:,?()=<&|! /-]{0,30}", json in r#"[\[\]{}",:a-c0-2 .e-]{0,30}"#) {
        let document = Json::parse(r#"{"a":[{"b":1},{"b":"c"}],"c":{"a":null}}"#).unwrap();
        if let Ok(path) = JsonPath::parse(&path) {
            let _ = path.text(&document);
        }
        if let Ok(json) = Json::parse(&json) {
            let printed = JsonPath::parse("$").unwrap().text(&json);
            prop_assert!(printed.is_none_or(|text| text.len() <= 64));
        }
    }
}
