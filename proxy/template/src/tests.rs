use indexmap::IndexMap;

use crate::{Data, Inputs, Reads, Template};

mod bounds;
mod properties;
mod suite;

const BODY: &str = r#"{"a":1,"items":[{"id":1,"n":"x"},{"id":2,"n":"y"}],"d":1.0,"none":null}"#;

fn render(template: &str, inputs: &Inputs<'_>, context: &mut Data) -> String {
    match Template::parse(template) {
        Ok(template) => match template.render(inputs, context) {
            Ok(text) => text,
            Err(error) => format!("render error: {error}"),
        },
        Err(error) => format!("syntax error: {error}"),
    }
}

fn context() -> Data {
    let identity = IndexMap::from([("sourceIp".to_owned(), Data::Text("127.0.0.1".to_owned()))]);
    Data::Map(IndexMap::from([
        ("stage".to_owned(), Data::Text("prod".to_owned())),
        ("identity".to_owned(), Data::Map(identity)),
        ("authorizer".to_owned(), Data::Null),
    ]))
}

/// `t` is a text, `n` 7, `m` a map and `l` a list.
const PREAMBLE: &str =
    r#"#set($t="text")#set($e="")#set($n=7)#set($m={"k":"v"})#set($l=["a","b","c"])"#;

#[track_caller]
fn check(template: &str, expected: &str) {
    let inputs = Inputs { body: BODY, ..Inputs::default() };
    assert_eq!(render(template, &inputs, &mut context()), expected, "{template}");
}

#[test]
fn whitespace_around_a_template_is_not_part_of_it() {
    check(" \n a \n ", "a");
    check("  ", "");
    check("\n  #set($x = 1)\n", "");
}

#[test]
fn what_cannot_be_compiled_says_where_and_why() {
    for (template, error) in [
        ("#if(true)x", "line 1, column 11: expected #end, found the end"),
        ("a\n  é #end", "line 2, column 5: unexpected #end"),
        ("#set($a)", "line 1, column 8: expected `=`, found `)`"),
        ("#set(a = 1)", "line 1, column 6: expected a reference, found `a`"),
        ("#foreach($i $l)x#end", "line 1, column 13: expected `in`, found `$`"),
        ("#if()x#end", "line 1, column 5: expected a value, found `)`"),
        ("${t", "line 1, column 4: expected `}`, found the end"),
        ("#[[ x", "line 1, column 1: #[[ is not closed by ]]#"),
        ("#set($a = 'x)", "line 1, column 11: the quote is not closed"),
        ("x #evaluate('$x')", {
            "line 1, column 3: #evaluate is refused: no template is parsed while serving"
        }),
        ("#include('x')", "line 1, column 1: #include is refused: there is nothing to include"),
        ("#parse('x')", "line 1, column 1: #parse is refused: there is nothing to parse"),
        ("$x.getClass()", "line 1, column 3: reflection is refused: getClass"),
        ("#set($a = \"$b.c(\")", "line 1, column 11: expected a value, found the end"),
        ("$x.replaceAll('(?=a)', '')", {
            "line 1, column 3: the pattern `(?=a)`: looking ahead is not supported: \
             matching takes time in proportion to the text"
        }),
    ] {
        check(template, &format!("syntax error: {error}"));
    }
}

#[test]
fn what_ends_a_rendering_says_where_and_why() {
    for (template, error) in [
        ("#set($l = [1])\n $l[1]", "line 2, column 4: index 1 is out of range for length 1"),
        ("#set($l = [1])$l.get(-1)", {
            "line 1, column 17: get(): index -1 is out of range for length 1"
        }),
        ("#set($t = 'a')$t.substring(2)", {
            "line 1, column 17: substring(): index 2 is out of range for length 1"
        }),
        ("#set($t = 'a')$t.class.name", "line 1, column 17: reflection is refused: class"),
        ("#set($n = 0)$n.parseInt('x')", "line 1, column 15: parseInt(): `x` is no whole number"),
        ("#set($p = '(')#set($t = '')$t.split($p)", {
            "line 1, column 30: split(): the pattern `(`: unclosed group"
        }),
    ] {
        check(template, &format!("render error: {error}"));
    }
}

#[test]
fn a_template_says_what_it_reads() {
    let reads = |text: &str| Template::parse(text).unwrap().reads();
    assert_eq!(reads("x $y #set($z = 1)"), Reads::default());
    assert_eq!(reads("$input.json('$')"), Reads { body: true, ..Reads::default() });
    assert_eq!(reads("$input.body"), Reads { body: true, ..Reads::default() });
    assert_eq!(reads("$input.params('x')"), Reads { params: true, ..Reads::default() });
    assert_eq!(reads("#set($i = $input)"), Reads { body: true, params: true, ..Reads::default() });
    assert_eq!(reads("#if(\"$context.x\" == '')#end"), {
        Reads { context: true, ..Reads::default() }
    });
    assert_eq!(reads("${stageVariables.x}"), Reads { stage_variables: true, ..Reads::default() });
}

#[test]
fn a_template_without_references_is_what_it_renders_to() {
    let literal = |text: &str| Template::parse(text).unwrap().literal().map(str::to_owned);
    assert_eq!(literal(" {\"statusCode\": 200} ## ok").as_deref(), Some("{\"statusCode\": 200} "));
    assert_eq!(literal("").as_deref(), Some(""));
    assert_eq!(literal("#[[$x]]# $5").as_deref(), Some("$x $5"));
    assert_eq!(literal("$x"), None);
    assert_eq!(literal("#stop"), None);
}

#[test]
fn templates_are_shared_between_threads() {
    fn check<T: Send + Sync + Clone>() {}
    check::<Template>();
    check::<crate::Json>();
    check::<crate::JsonPath>();
}
