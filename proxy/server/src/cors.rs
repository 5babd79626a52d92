//! `edgeway cors`: the calls that let pages of another origin call an API of a data directory.

use std::io::{self, Write as _};

use anyhow::{Context as _, bail};
use control::{CrossOrigin, cross_origin_calls};

use crate::arguments::Cors;

/// # Errors
/// That browsers would not take what is asked for, that there is no such API, or that its data
/// directory cannot be read.
pub(crate) fn print_calls(arguments: &Cors) -> anyhow::Result<()> {
    let Cors { api, origin, allow_headers, allow_credentials, max_age, data_dir } = arguments;
    if *allow_credentials && (origin == "*" || allow_headers.split(',').any(|name| name == "*")) {
        bail!("browsers take no * with credentials: name the origin and the headers");
    }
    if origin != "*" && !is_origin(origin) {
        bail!(
            "--origin must be one origin such as https://example.com, without a path, got {origin}"
        );
    }
    if !allow_headers.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_,*".contains(&byte)) {
        bail!("--allow-headers must be a comma list of names, got {allow_headers}");
    }
    let wanted = CrossOrigin {
        origin: origin.clone(),
        headers: allow_headers.clone(),
        allows_credentials: *allow_credentials,
        max_age: *max_age,
    };
    let calls =
        store::inspect(data_dir, |transaction| cross_origin_calls(transaction, api, &wanted))
            .with_context(|| format!("read {}", data_dir.display()))?;
    let Some(calls) = calls else { bail!("no API has the id {api}; `edgeway apis` lists them") };
    match io::stdout().lock().write_all(calls.as_bytes()) {
        // `| head` has what it wanted.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("write to stdout"),
    }
}

/// Scheme, host and perhaps a port, in lower case as browsers send it. Nothing that means something
/// to a shell.
fn is_origin(text: &str) -> bool {
    let is_host =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._:[]".contains(&byte);
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| !host.is_empty() && host.bytes().all(is_host))
}
