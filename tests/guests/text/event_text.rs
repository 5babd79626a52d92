//! Event functions in the text format, for what no compiler would make. A module of the tests: those of
//! the host and those of the binary have it both.

/// The parts of one that a test replaces; the rest answers `ok`.
pub(crate) struct EventText<'a> {
    /// Of the core module, beside its first memory.
    pub(crate) definitions: &'a str,
    /// What it has at first, in pages.
    pub(crate) memory: &'a str,
    /// Before anything is called.
    pub(crate) start: &'a str,
    /// When the host wants memory for what it passes.
    pub(crate) realloc: &'a str,
    /// The call. It leaves where the result is, which is 1024 for `ok`.
    pub(crate) handle: &'a str,
    /// After the result was read.
    pub(crate) post_return: &'a str,
}

impl Default for EventText<'_> {
    fn default() -> Self {
        Self {
            definitions: "",
            memory: "2",
            start: "nop",
            realloc: "",
            handle: "(i32.const 1024)",
            post_return: "",
        }
    }
}

impl EventText<'_> {
    pub(crate) fn component(&self) -> Vec<u8> {
        let Self { definitions, memory, start, realloc, handle, post_return } = self;
        wat::parse_str(format!(
            r#"(component
            (core module $m
                (memory (export "memory") {memory})
                (global $next (mut i32) (i32.const 4096))
                (data (i32.const 1024) "\00\00\00\00\00\08\00\00\02\00\00\00")
                (data (i32.const 2048) "ok")
                {definitions}
                (func $start {start})
                (start $start)
                (func (export "realloc") (param i32 i32 i32 i32) (result i32)
                    {realloc}
                    (global.set $next (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
                    (global.get $next)
                    (global.set $next (i32.add (global.get $next) (local.get 3))))
                (func (export "handle")
                    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64 i32 i32 i32) (result i32)
                    (local $at i32) (local $end i32)
                    {handle})
                (func (export "post-return") (param i32)
                    {post_return}
                    (global.set $next (i32.const 4096))))
            (core instance $i (instantiate $m))
            {TYPES}
            (type $handle (func (param "event" (list u8)) (param "invocation" $invocation)
                (result (result (list u8) (error $function-error)))))
            (func $handle (type $handle) (canon lift (core func $i "handle")
                (memory (core memory $i "memory")) (realloc (core func $i "realloc"))
                (post-return (core func $i "post-return"))))
            (component $shape
                {TYPES}
                (import "invocation" (type $invocation-in (eq $invocation)))
                (import "function-error" (type $function-error-in (eq $function-error)))
                (import "handle" (func $handle-in
                    (param "event" (list u8)) (param "invocation" $invocation-in)
                    (result (result (list u8) (error $function-error-in)))))
                (export $invocation-out "invocation" (type $invocation))
                (export $function-error-out "function-error" (type $function-error))
                (export "handle" (func $handle-in) (func
                    (param "event" (list u8)) (param "invocation" $invocation-out)
                    (result (result (list u8) (error $function-error-out))))))
            (instance $exports (instantiate $shape
                (with "invocation" (type $invocation))
                (with "function-error" (type $function-error))
                (with "handle" (func $handle))))
            (export "edgeway:plugin/event-function@1.0.0" (instance $exports)))"#
        ))
        .expect("the text of a component")
    }
}

/// Those of `wit/function.wit`.
const TYPES: &str = r#"
    (type $invocation (record
        (field "request-id" string) (field "function-name" string)
        (field "function-version" string) (field "invoked-function-arn" string)
        (field "memory-limit-in-mb" u32) (field "deadline" u64)
        (field "trace-id" (option string))))
    (type $function-error (record
        (field "error-type" string) (field "error-message" string)
        (field "stack-trace" (list string))))
"#;
