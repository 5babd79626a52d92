use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use expect_test::{Expect, expect};

use super::{CompileLimits, Compiler};
use crate::abi::Abi;
use crate::engine::compiling_engine;

/// What a shell script in place of the compiler comes to: the code, or why there is none.
async fn run(script: &str, limits: CompileLimits) -> String {
    let compiler = Compiler::Process {
        program: PathBuf::from("/bin/sh"),
        arguments: vec!["-c".to_owned(), script.to_owned()],
        environment: vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())],
        limits,
    };
    let engine = compiling_engine(Abi::Sync).expect("an engine");
    let mut code = tempfile::tempfile().expect("a file");
    let component = Bytes::from(vec![b'x'; 1_000_000]);
    match compiler.compile(&engine, component, &code).await {
        Ok(()) => {
            let mut text = String::new();
            std::io::Seek::rewind(&mut code).expect("seeks");
            std::io::Read::read_to_string(&mut code, &mut text).expect("text");
            text
        }
        Err(error) => error.to_string(),
    }
}

const LIMITS: CompileLimits =
    CompileLimits { cpu_time: Duration::from_secs(60), memory_bytes: 256 * 1024 * 1024 };

async fn check(script: &str, expected: Expect) {
    expected.assert_eq(&run(script, LIMITS).await);
}

#[tokio::test]
async fn process_gets_the_limits_and_the_component_and_writes_the_code() {
    // 24 bytes of limits stand before the million.
    check("head -c 1000024 | wc -c", expect!["1000024\n"]).await;
}

#[tokio::test]
async fn process_that_reads_nothing_or_talks_much_is_no_problem() {
    check("printf code", expect!["code"]).await;
    check("head -c 1000000 /dev/zero >&2; printf code", expect!["code"]).await;
}

#[tokio::test]
async fn each_end_has_a_reason() {
    check(
        "echo 'type mismatch at 0x7' >&2; exit 1",
        expect!["the component does not compile: type mismatch at 0x7"],
    )
    .await;
    check("kill -XCPU $$", expect!["compiling the component takes more than 60 s of processor time, and was stopped; make the component smaller, or raise what the node allows a compiler"]).await;
    check("kill -XFSZ $$", expect!["compiling the component takes more than 1024 MB of code, and was stopped; make the component smaller, or raise what the node allows a compiler"]).await;
    check("echo 'memory allocation of 8 bytes failed' >&2; kill -ABRT $$", expect!["compiling the component takes more than 256 MB of memory, and was stopped; make the component smaller, or raise what the node allows a compiler"]).await;
    check(
        "echo \"thread 'main' has overflowed its stack\" >&2; kill -ABRT $$",
        expect!["the component does not compile: its types or modules are nested too deeply"],
    )
    .await;
    check("kill -KILL $$", expect!["the component cannot be compiled: the compiler was killed, maybe because the machine ran out of memory"]).await;
    check(
        "kill -SEGV $$",
        expect!["the component cannot be compiled: the compiler ended with signal: 11 (SIGSEGV)"],
    )
    .await;
    check("echo 'panicked at x' >&2; exit 101", expect!["the component cannot be compiled: the compiler ended with exit status: 101: panicked at x"]).await;
}

#[tokio::test]
async fn process_that_never_ends_is_ended() {
    let limits = CompileLimits { cpu_time: Duration::from_millis(20), ..LIMITS };
    let refusal = run("exec sleep 1000", limits).await;
    assert!(refusal.contains("takes more than 0 s on the clock"), "{refusal}");
}

#[tokio::test]
async fn program_that_is_not_there_is_named() {
    let compiler = Compiler::Process {
        program: PathBuf::from("/nope/compiler"),
        arguments: Vec::new(),
        environment: Vec::new(),
        limits: LIMITS,
    };
    let engine = compiling_engine(Abi::Sync).expect("an engine");
    let code = tempfile::tempfile().expect("a file");
    let compiled = compiler.compile(&engine, Bytes::new(), &code).await;
    expect!["the component cannot be compiled: the compiler /nope/compiler does not start: No such file or directory (os error 2)"]
        .assert_eq(&compiled.expect_err("no program").to_string());
}
