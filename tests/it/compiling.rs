//! Components that are compiled while the gateway serves: large, slow, broken and hostile ones.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::components::ECHO;
use crate::document::{Document, function, mock};
use crate::event_text::EventText;
use crate::gateway::{Folder, Gateway, request, signal};
use crate::patience::{Stopwatch, wait_for};
use crate::process::children;
use crate::synthetic::{
    COMPONENT_HEAD, Module, deep_type, nested_component, nested_type, wide_type, with_module,
    with_note,
};

const SERVED: &str = "the change is served";
const REFUSED: &str = "the change is refused";

/// The line after the reasons of a refusal.
const REASONS_END: &str = "1 error in openapi.yaml";

/// As large as a component with a JavaScript engine, and some seconds for the compiler.
const LARGE: Module = Module { functions: 10_000, steps: 100, locals: 0 };

fn document() -> Document {
    Document::new()
        .function("echo", ECHO)
        .route("GET /echo", function("echo"))
        .route("GET /mock", mock("fine"))
}

/// A gateway that has compiled nothing but `echo`.
fn gateway(arguments: &[&str]) -> Gateway {
    Gateway::start_with(Folder::new(&document()).with_empty_code_cache(), arguments)
}

/// Puts bytes in the place of the component, and waits until they are refused for the reason.
#[track_caller]
fn check_refused(gateway: &mut Gateway, component: &[u8], reason: &str) {
    let turn = gateway.stderr.text().matches(REFUSED).count() + 1;
    gateway.folder.write_component(ECHO.0, component);
    gateway.stderr.wait_for_count(REASONS_END, turn);
    let log = gateway.stderr.text();
    let said = log.rsplit(REFUSED).next().unwrap().replace("\n  ", " ");
    assert!(said.contains(reason), "no {reason:?} in {said}");
    assert!(!log.contains("panicked"), "{log}");
    gateway.assert_alive();
    assert_eq!(gateway.get("/echo").status, 200, "the old one goes on serving");
}

/// The compiler that runs now.
fn compiler(gateway: &Gateway) -> u32 {
    wait_for("a compiler", || children(gateway.pid()).into_iter().next())
}

#[test]
fn traffic_goes_on_while_a_large_component_compiles() {
    let gateway = gateway(&["--threads", "1"]);
    let mut connection = gateway.connect();
    let mut slowest = Duration::ZERO;
    let mut answered = 0;
    gateway.folder.write_component(ECHO.0, &with_module(&ECHO.bytes(), &LARGE));
    let compiler = compiler(&gateway);
    wait_for("the lowest priority of the compiler", || {
        let stat = fs::read_to_string(format!("/proc/{compiler}/stat")).unwrap();
        (stat.rsplit(' ').nth(33) == Some("19")).then_some(())
    });
    while !gateway.stderr.text().contains(SERVED) {
        for path in ["GET /mock", "GET /echo"] {
            let stopwatch = Stopwatch::start();
            connection.write(request(path, &[], b""));
            assert_eq!(connection.read().status, 200);
            slowest = slowest.max(stopwatch.elapsed());
            answered += 1;
        }
        assert!(!gateway.stderr.text().contains(REFUSED), "{}", gateway.stderr.text());
    }
    eprintln!("{answered} requests while it compiled, the slowest took {slowest:?}");
    assert!(answered > 100, "{answered}");
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
    let calls: usize = gateway.get("/echo").header("x-calls").unwrap().parse().unwrap();
    assert!(calls < answered / 2, "the new version answers: {calls}");
}

#[test]
fn compiler_is_stopped_at_its_limits() {
    let echo = ECHO.bytes();
    // What serves first has been compiled before, within the usual limits.
    let compiled = || gateway(&[]).take_folder();
    let mut slow = Gateway::start_with(compiled(), &["--compile-seconds", "1"]);
    for module in [
        LARGE,
        Module { functions: 1, steps: 600_000, locals: 0 },
        Module { functions: 5_000, steps: 2, locals: 49_000 },
    ] {
        // 1 s of processor time; on a machine that is busy with other tests 5 s pass before.
        check_refused(
            &mut slow,
            &with_module(&echo, &module),
            "compiling the component takes more",
        );
    }
    let mut small = Gateway::start_with(compiled(), &["--compile-memory", "128"]);
    let module = Module { functions: 1, steps: 600_000, locals: 0 };
    check_refused(&mut small, &with_module(&echo, &module), "more than 128 MB of memory");
}

#[test]
fn compiler_that_dies_is_no_harm_and_ends_with_the_gateway() {
    let mut gateway = gateway(&[]);
    gateway.folder.write_component(ECHO.0, &with_module(&ECHO.bytes(), &LARGE));
    signal(compiler(&gateway), "KILL");
    gateway.stderr.wait_for("the compiler was killed");
    assert_eq!(gateway.get("/echo").status, 200, "the old one goes on serving");
    gateway.assert_alive();
    let other = with_module(&with_note(&ECHO.bytes(), "again"), &LARGE);
    gateway.folder.write_component(ECHO.0, &other);
    let orphan = compiler(&gateway);
    signal(gateway.pid(), "KILL");
    gateway.wait_until_exit();
    wait_for("the end of the compiler", || {
        let status = fs::read_to_string(format!("/proc/{orphan}/status"));
        // Nobody may be there to reap it.
        status.map_or(true, |status| status.contains("State:\tZ")).then_some(())
    });
}

#[test]
fn component_that_is_no_component_is_refused_with_the_reason() {
    let echo = ECHO.bytes();
    let mut gateway = gateway(&[]);
    let code = fs::read_dir(gateway.folder.code_cache()).unwrap();
    let code = code.map(|entry| entry.unwrap().path());
    let code = code.into_iter().find(|path| path.extension().is_some_and(|text| text == "cwasm"));
    let code = fs::read(code.unwrap()).unwrap();
    let invalid = "does not compile: ";
    for (component, reason) in [
        (&b"export const handler = () => 1"[..], "not WebAssembly"),
        (b"", "not WebAssembly"),
        (b"\0asm\x01\0\0\0", "core WebAssembly module"),
        (&code, "machine code (such as a .cwasm)"),
        (COMPONENT_HEAD, "exports nothing"),
        (&echo[..echo.len() / 2], invalid),
        (&echo[..9], invalid),
        (&wide_type(60), invalid),
        (&deep_type(5_000), invalid),
        (&nested_type(50_000), invalid),
        (&nested_component(2_000), "exports nothing"),
    ] {
        check_refused(&mut gateway, component, reason);
    }
}

#[test]
fn component_with_a_flipped_bit_is_refused_or_works() {
    let mut gateway = gateway(&[]);
    let handled = |gateway: &Gateway| {
        let log = gateway.stderr.text();
        log.matches(SERVED).count() + log.matches(REFUSED).count()
    };
    for (sound, flips) in [(ECHO.bytes(), 8), (EventText::default().component(), 40)] {
        for flip in 0..flips {
            let position = sound.len() * flip / flips + flip % 8;
            let mut flipped = sound.clone();
            flipped[position] ^= 1 << (flip % 8);
            let before = handled(&gateway);
            gateway.folder.write_component(ECHO.0, &flipped);
            wait_for("an answer to a flipped bit", || (handled(&gateway) > before).then_some(()));
            assert_eq!(gateway.get("/mock").status, 200, "after a flip at {position}");
            // It may be anything, but an answer it is.
            gateway.get("/echo");
            gateway.assert_alive();
        }
    }
    let log = gateway.stderr.text();
    assert!(log.contains(SERVED) && log.contains(REFUSED), "{log}");
    assert!(!log.contains("panicked"), "{log}");
}

#[test]
fn component_that_is_too_large_is_not_even_read() {
    let mut gateway = gateway(&[]);
    let path = gateway.folder.dir().join("components/echo.wasm");
    let huge = path.with_extension("huge");
    fs::write(&huge, COMPONENT_HEAD).unwrap();
    fs::File::options().write(true).open(&huge).unwrap().set_len(200 * 1024 * 1024).unwrap();
    let before = crate::process::resident_kilobytes(gateway.pid());
    fs::rename(&huge, &path).unwrap();
    gateway.stderr.wait_for("has 209715200 bytes, and at most 67108864 are allowed");
    let after = crate::process::resident_kilobytes(gateway.pid());
    assert!(after < before + 50_000, "{before} KiB before, {after} KiB after");
    gateway.assert_alive();
}

#[test]
fn code_that_was_changed_on_disk_is_compiled_anew() {
    let mut gateway = gateway(&[]);
    let code = only_code(&gateway.folder.code_cache());
    gateway.signal("KILL");
    gateway.wait_until_exit();
    let mut bytes = fs::read(&code).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::remove_file(&code).unwrap();
    fs::write(&code, &bytes).unwrap();
    let folder = gateway.take_folder();
    let gateway = Gateway::start_with(folder, &[]);
    assert_eq!(gateway.get("/echo").status, 200);
    gateway.stderr.wait_for("compiled code is compiled anew");
    assert_ne!(fs::read(only_code(&gateway.folder.code_cache())).unwrap(), bytes);
}

fn only_code(directory: &Path) -> std::path::PathBuf {
    let paths = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut code = paths.filter(|path| path.extension().is_some_and(|text| text == "cwasm"));
    let only = code.next().unwrap();
    assert_eq!(code.next(), None);
    only
}

#[test]
fn fifty_functions_start_at_once_when_they_have_been_compiled() {
    const FUNCTIONS: usize = 50;
    const COMPILED_AT_ONCE: usize = 5;
    let mut document = Document::new();
    let mut folder = Folder::new(&document);
    for index in 0..FUNCTIONS {
        let name = format!("echo{index}");
        document = document
            .function_at(&name, &format!("components/{name}.wasm"))
            .route(&format!("GET /{name}"), function(&name));
        let component = with_note(&ECHO.bytes(), &format!("number {index}"));
        folder.write_component(&name, &component);
        if (index + 1) % COMPILED_AT_ONCE == 0 {
            folder.write_document(&document);
            folder = Gateway::start_with(folder, &[]).take_folder();
        }
    }
    let stopwatch = Stopwatch::start();
    let gateway = Gateway::start_with(folder, &[]);
    assert_eq!(gateway.get("/echo49").status, 200);
    let ready = stopwatch.elapsed();
    eprintln!("start to first answer with {FUNCTIONS} functions: {ready:?}");
    // Of an unoptimised build beside other tests: without the cache it is 10 times as much.
    assert!(ready < Duration::from_secs(3), "{ready:?}");
}
