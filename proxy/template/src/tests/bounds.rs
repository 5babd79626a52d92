//! What would take endless time, memory or stack ends early, on a stack of the size that threads have.

use std::thread;

use super::render;
use crate::{Data, Inputs, Limits, Template};

const STACK_BYTES: usize = 2 * 1024 * 1024;

fn on_a_thread<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    thread::Builder::new().stack_size(STACK_BYTES).spawn(run).unwrap().join().unwrap()
}

#[track_caller]
fn check_within(limits: Limits, template: &str, body: &str, error: &str) {
    let (template, body) = (template.to_owned(), body.to_owned());
    let rendered = on_a_thread(move || {
        let inputs = Inputs { body: &body, limits, ..Inputs::default() };
        render(&template, &inputs, &mut Data::Null)
    });
    let shown: String = rendered.chars().take(200).collect();
    assert!(rendered.ends_with(error), "expected {error}, got {shown}");
}

#[track_caller]
fn check(template: &str, error: &str) {
    check_within(Limits::default(), template, "", error);
}

/// Bounds that are reached soon without optimisation.
const SMALL: Limits = Limits {
    loop_iterations: 1_000,
    output_bytes: 100_000,
    steps: 200_000,
    depth: 20,
    memory_bytes: 10_000_000,
};

const STEPS: &str = "the rendering takes more than 200000 steps";

#[test]
fn loops() {
    check_within(SMALL, "#foreach($i in [1..1000])#end", "", "");
    check_within(
        SMALL,
        "#foreach($i in [1..1001])#end",
        "",
        "#foreach has more than 1000 iterations",
    );
    check_within(SMALL, "#foreach($i in [1..1001])#if($i == 1000)#break#end#end", "", "");
    let nested = "#foreach($a in $r)#foreach($b in $r)#foreach($c in $r)#end#end#end";
    check_within(SMALL, &format!("#set($r = [1..1000]){nested}"), "", STEPS);
    check_within(SMALL, "#set($l=[1])#foreach($i in $l)#set($x = $l.add(1))#end", "", {
        "#foreach has more than 1000 iterations"
    });
    check("#set($r = [1..1000000000])", "the rendering takes more than 268435456 bytes of memory");
    check("#set($r = [-9223372036854775808..9223372036854775807])", {
        "the rendering takes more than 268435456 bytes of memory"
    });
}

#[test]
fn texts_that_double() {
    let double = "#foreach($i in [1..100])#set($t = \"$t$t\")#end";
    let error = "the output has more than 100000 bytes";
    check_within(SMALL, &format!("#set($t = 'x'){double}"), "", error);
    let double = "#foreach($i in [1..100])#set($t = $t + $t)#end";
    check_within(SMALL, &format!("#set($t = 'x'){double}"), "", "bytes");
    let double = "#foreach($i in [1..100])#set($t = $t.concat($t))#end";
    check_within(SMALL, &format!("#set($t = 'x'){double}"), "", "bytes of memory");
    let double = "#foreach($i in [1..100])#set($t = $t.replaceAll('.', '$0$0'))#end";
    check_within(SMALL, &format!("#set($t = 'x'){double}"), "", "the text becomes too long");
    check("#set($t = 'x')$t.repeat(1000000000)", "bytes of memory");
    check("#set($t = 'x')$t.format('%1000000000d', 1)", "a width is at most 1000");
    check("#set($n = 10)#foreach($i in [1..100])#set($n = $n * $n)#end$n", {
        "a number has more than 128 bits"
    });
}

#[test]
fn macros_and_blocks_that_call_themselves() {
    check("#macro(m)#m()#end#m()", "macros are nested more than 20 deep");
    check("#macro(a)#b()#end#macro(b)#a()#end#a()", "macros are nested more than 20 deep");
    check("#define($b)$b#end$b", "defined blocks are nested more than 20 deep");
    check("#define($a)\"$b\"#end#define($b)#set($x = \"$a\")#end$a", {
        "defined blocks are nested more than 20 deep"
    });
    check_within(
        SMALL,
        "#macro(m $x)#m(\"$x$x\")#end#m('a')",
        "",
        "macros are nested more than 20 deep",
    );
    let doubling =
        "#macro(m $x $n)#if($n > 0)#set($k = $n - 1)#m(\"$x$x\" $k)#{else}$x#end#end#m('a' 18)";
    check_within(SMALL, doubling, "", "");
    check("#macro(m)#@m()$bodyContent#end#end#@m()x#end", "macros are nested more than 20 deep");
}

#[test]
fn values_within_themselves() {
    check("#set($l = [1])#set($x = $l.add($l))$l", "[1, (this Collection)]");
    check(
        "#set($a = [])#set($b = [$a])#set($x = $a.add($b))$a",
        "a value is nested more than 512 deep",
    );
    check("#set($m = {})#set($m.m = {'n': $m})$m", "a value is nested more than 512 deep");
    check(
        "#set($a = [])#set($b = [])#set($x = $a.add($b))#set($x = $b.add($a))#if($a == $b)#end",
        "values are compared that are nested more than 64 deep",
    );
    let shared = "#set($l = ['xxxxxxxx'])#foreach($i in [1..60])#set($l = [$l, $l])#end";
    check_within(SMALL, &format!("{shared}$l"), "", "the output has more than 100000 bytes");
    check_within(SMALL, &format!("{shared}#set($context.x = $l)"), "", "bytes of memory");
    let other = "#set($k = ['xxxxxxxx'])#foreach($i in [1..60])#set($k = [$k, $k])#end";
    check_within(SMALL, &format!("{shared}{other}#if($l == $k)#end"), "", STEPS);
    check("#set($m = {})#set($m.m = $m)#set($context.x = $m)", "$context is nested too deeply");
}

#[test]
fn templates_that_are_nested_deeply() {
    let error = "nested more than 100 deep";
    for part in ["#if(true)", "$a[", "$a.b(", "#foreach($i in [1])"] {
        check(&part.repeat(10_000), error);
    }
    check(&format!("#set($x = {})", "[".repeat(200_000)), error);
    check(&format!("#set($x = {}", "!".repeat(200_000)), error);
    check(&format!("#set($x = \"{}", "$a.b(".repeat(20_000)), "the quote is not closed");
    check(&format!("#set($x = \"{}\")", "$a.b(".repeat(20_000)), error);
    let many = format!("#set($x = 1{})$x", " + 1".repeat(50_000));
    check(&many, "50001");
    check(&format!("$a{}", ".b".repeat(100_000)), &".b".repeat(100));
    check(&"x".repeat(300 * 1024 + 1), "a template has at most 307200 bytes, got 307201");
}

#[test]
fn a_template_as_deep_as_is_taken_is_rendered() {
    let depth = 97;
    let nested = format!("{}x{}", "#if(true)".repeat(depth), "#end".repeat(depth));
    check(&nested, "x");
    let nested = format!("#set($x = {}1{})$x", "[".repeat(48), "]".repeat(48));
    check(&nested, &"]".repeat(48));
    let within = "#macro(m $n)".to_owned()
        + &"#if(true)".repeat(14)
        + "#set($k = $n - 1)#if($k > 0)#m($k)#{else}x#end"
        + &"#end".repeat(14)
        + "#end#m(19)";
    check(&within, "nested more than 300 deep");
    let within = within.replace("#m(19)", "#m(10)");
    check(&within, "x");
}

#[test]
fn payloads() {
    check_within(Limits::default(), "$input.json('$')", &"[".repeat(1_000_000), "\"\"");
    let deep = format!("{}1{}", "[".repeat(512), "]".repeat(512));
    check_within(Limits::default(), "$input.path('$')", &deep, &"]".repeat(512));
    check_within(Limits::default(), "$input.json('$')", &deep, &"]".repeat(512));
    check_within(
        SMALL,
        "$input.path('$..*..*..*')",
        &deep,
        "the JSONPath looks at too many values",
    );
    check_within(SMALL, "$input.json('$..[?(@..[?(@..[?(@..x)])])]')", &deep, {
        "the JSONPath looks at too many values"
    });
    let wide = format!("[{}1]", "1,".repeat(300_000));
    check_within(SMALL, "$input.path('$')", &wide, STEPS);
    let texts = format!("[{}1]", format!("\"{}\",", "x".repeat(200)).repeat(400));
    let repeated = "$input.json('$..*')$input.json('$..*')";
    check_within(SMALL, repeated, &texts, "the output has more than 100000 bytes");
}

#[test]
fn patterns_take_time_in_proportion() {
    let text = "a".repeat(10_000);
    let template = "#set($t = $input.body)$t.matches('(a+)+b') $t.replaceAll('(a|aa)+$', 'x')";
    check_within(Limits::default(), template, &text, "false x");
}

#[test]
fn bounds_are_kept_exactly() {
    let limits = Limits { output_bytes: 10, ..Limits::default() };
    check_within(limits, "#set($t = 'xxxxx')$t$t", "", "xxxxxxxxxx");
    check_within(limits, "#set($t = 'xxxxx')$t$t.", "", "the output has more than 10 bytes");
    check_within(limits, "xxxxxxxxxxx", "", "the output has more than 10 bytes");
    let limits = Limits { depth: 3, ..Limits::default() };
    let counting = "#macro(m $n)#if($n > 0)#set($k = $n - 1)#m($k)#end#end#m";
    check_within(limits, &format!("{counting}(2)."), "", ".");
    check_within(limits, &format!("{counting}(3)"), "", "macros are nested more than 3 deep");
}

#[test]
fn a_failed_rendering_leaves_the_context_as_it_was() {
    let template = Template::parse("#set($context.x = 1)#set($l = [])$l[0]").unwrap();
    let mut context = Data::Null;
    assert!(template.render(&Inputs::default(), &mut context).is_err());
    assert_eq!(context, Data::Null);
}
