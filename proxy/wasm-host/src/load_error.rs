//! Why a component cannot be used: said once, when it is deployed, with what to do about it.

use model::CallFault;

/// Of [`crate::Host::load`].
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It is not valid WebAssembly, or uses what the engine does not.
    #[error("the component does not compile: {reason}")]
    Compile {
        /// Of the compiler.
        reason: String,
    },
    /// It takes more to compile it than there is.
    #[error(
        "compiling the component takes more than {limit}, and was stopped; make the component \
         smaller, or raise what the node allows a compiler"
    )]
    CompileLimit {
        /// What there is.
        limit: String,
    },
    /// It is not the component's fault, as far as one can tell.
    #[error("the component cannot be compiled: {reason}")]
    CompilerFailed {
        /// The operating system's, or the last words of the compiler.
        reason: String,
    },
    /// It is a module, not a component.
    #[error(
        "this is a core WebAssembly module, not a component; build it for wasm32-wasip2, or wrap \
         it with `wasm-tools component new`"
    )]
    CoreModule,
    /// It imports what no plugin gets.
    #[error("the component cannot be linked: {reason}")]
    Link {
        /// Names the import.
        reason: String,
    },
    /// It is code that was compiled already: nothing tells whether it keeps within its sandbox.
    #[error(
        "this is machine code (such as a .cwasm), not a component; deploy the .wasm that it was \
         compiled from"
    )]
    MachineCode,
    /// It exports nothing that the gateway calls.
    #[error("the component is not a plugin: {hint}")]
    NotAPlugin {
        /// What it exports, and what to do.
        hint: String,
    },
    /// It imports what its configuration does not grant.
    #[error("the component imports `{import}`, which it is not granted; grant it with `{setting}`")]
    NotGranted {
        /// The WIT interface.
        import: String,
        /// Of the function's configuration.
        setting: &'static str,
    },
    /// It is no WebAssembly at all.
    #[error("this is not WebAssembly: it does not begin with \\0asm")]
    NotWebAssembly,
    /// Its first instance failed: in its start code, or in `needs`.
    #[error("the component does not start: {0}")]
    Start(CallFault),
    /// It is too big.
    #[error("the component has {bytes} bytes, and at most {bytes_max} are allowed")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// An export has the right name and the wrong type.
    #[error("the component's export `{export}` is not of the type that its WIT gives it: {reason}")]
    WrongType {
        /// The WIT interface.
        export: String,
        /// What differs.
        reason: String,
    },
}
