//! `edgeway new` and `edgeway build`: from nothing to a component, in any of the languages there is an
//! adapter for.
//!
//! Works with a binary and nothing else of Edgeway: adapters, templates and the contract are in it
//! ([`sdk`]). Not for what happens to a component afterwards: see `dev`.

mod build;
mod contents;
mod language;
mod new;
mod package_name;
mod project;
mod sdk;
mod toolchain;

use std::io::Write as _;

pub(crate) use build::build;
pub(crate) use language::{Kind, Language};
pub(crate) use new::new;

/// Tells the user, on stdout: this is what these commands are for.
fn tell(text: &str) {
    // Whoever closed stdout does not want to know.
    let _ = writeln!(std::io::stdout(), "{text}");
}
