//! Deployment packages: a component, bare or alone in a zip.
//!
//! Everything here reads what a client sent: sizes are bounded before memory is taken for them.

use std::io::{Cursor, Read};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use zip::ZipArchive;

use super::unsupported;
use super::version::StoredPackage;
use crate::input::shown;
use crate::refusal::{Refusal, RefusalKind};

/// A package as it is uploaded, and the component in it (AWS).
const PACKAGE_BYTES_MAX: usize = 50 * 1024 * 1024;
const COMPONENT_BYTES_MAX: u64 = 250 * 1024 * 1024;

/// What a component can shrink to at most: more than that is made to fill the memory.
const COMPRESSION_RATIO_MAX: u64 = 200;

/// Entries of a zip that are looked at: with folders and what systems add, it has a handful.
const ENTRIES_MAX: usize = 1_000;

/// How a core module and a component begin: `\0asm`, a version and a layer (WebAssembly Component
/// Model, "Binary format").
const MODULE: &[u8] = b"\0asm\x01\0\0\0";
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

const HOW_TO_BUILD: &str = "Build one with `edgeway build` (Python, JavaScript, TypeScript, Rust, \
                            C), and upload the .wasm, bare or alone in a zip";

/// What was uploaded.
pub(crate) struct Package {
    pub(crate) component: Bytes,
    digest: String,
    code_sha256: String,
    code_size: usize,
}

impl Package {
    /// Reads the members of a structure that has `ZipFile`.
    pub(crate) fn read<'a>(text: impl Fn(&str) -> Option<&'a str>) -> Result<Self, Refusal> {
        for (member, instead) in [
            ("ImageUri", "there are no container images; send a component as ZipFile"),
            ("S3Bucket", "there is no S3; send the code as ZipFile"),
            ("S3Key", "there is no S3; send the code as ZipFile"),
            ("S3ObjectVersion", "there is no S3; send the code as ZipFile"),
            ("S3ObjectStorageMode", "there is no S3; send the code as ZipFile"),
            ("SourceKMSKeyArn", "there are no KMS keys"),
        ] {
            if text(member).is_some_and(|text| !text.is_empty()) {
                return Err(unsupported::refusal(member, instead));
            }
        }
        let zip_file = text("ZipFile").unwrap_or_default();
        if zip_file.is_empty() {
            return Err(Self::missing());
        }
        let bytes = STANDARD
            .decode(zip_file)
            .map_err(|_| Refusal::serialization("ZipFile must be bytes in base64"))?;
        Self::from_bytes(bytes.into())
    }

    /// What a call gets that must bring code, and does not.
    pub(crate) fn missing() -> Refusal {
        Refusal::bad_request("Please provide a source for function code.")
    }

    fn from_bytes(bytes: Bytes) -> Result<Self, Refusal> {
        if PACKAGE_BYTES_MAX < bytes.len() {
            return Err(Refusal::new(
                RefusalKind::RequestTooLarge,
                format!("Zipped size must be smaller than {PACKAGE_BYTES_MAX} bytes"),
            ));
        }
        let code_sha256 = STANDARD.encode(Sha256::digest(&bytes));
        let code_size = bytes.len();
        let component = match bytes.starts_with(b"\0asm") {
            true => bytes,
            false => unzip(&bytes)?.into(),
        };
        if component.starts_with(MODULE) {
            return Err(Refusal::bad_request(format!(
                "The code is a core WebAssembly module, not a component. {HOW_TO_BUILD}"
            )));
        }
        if !component.starts_with(COMPONENT) {
            return Err(Refusal::bad_request(format!(
                "The code is not a WebAssembly component. {HOW_TO_BUILD}"
            )));
        }
        let digest = store::digest(&component).to_string();
        Ok(Self { component, digest, code_sha256, code_size })
    }

    /// As a version keeps it.
    pub(crate) fn stored(&self) -> StoredPackage {
        StoredPackage {
            digest: self.digest.clone(),
            code_sha256: self.code_sha256.clone(),
            code_size: self.code_size,
        }
    }
}

/// The one `.wasm` of a zip.
fn unzip(bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| not_a_zip())?;
    if ENTRIES_MAX < archive.len() {
        return Err(Refusal::bad_request(format!(
            "The zip has {} entries, more than {ENTRIES_MAX}. {HOW_TO_BUILD}",
            archive.len()
        )));
    }
    let names: Vec<String> = archive.file_names().filter(is_content).map(str::to_owned).collect();
    let (components, others): (Vec<&String>, Vec<&String>) =
        names.iter().partition(|name| name.ends_with(".wasm"));
    let ([component], []) = (&components[..], &others[..]) else {
        return Err(unfit(&components, &others));
    };
    let mut entry = archive.by_name(component).map_err(|_| not_a_zip())?;
    let ratio_bytes_max = entry.compressed_size().saturating_mul(COMPRESSION_RATIO_MAX);
    let bytes_max = COMPONENT_BYTES_MAX.min(ratio_bytes_max);
    let too_large = || {
        Refusal::bad_request(format!(
            "Unzipped size must be smaller than {COMPONENT_BYTES_MAX} bytes"
        ))
    };
    if bytes_max < entry.size() {
        return Err(too_large());
    }
    let mut content = Vec::new();
    // What an entry says of its size need not be so.
    entry.by_ref().take(bytes_max + 1).read_to_end(&mut content).map_err(|_| not_a_zip())?;
    if u64::try_from(content.len()).unwrap_or(u64::MAX) > bytes_max {
        return Err(too_large());
    }
    Ok(content)
}

fn not_a_zip() -> Refusal {
    Refusal::bad_request(
        "Could not unzip uploaded file. Please check your file, then try to upload again.",
    )
}

/// Folders, and what macOS puts beside files, hold nothing.
fn is_content(name: &&str) -> bool {
    !name.ends_with('/') && !name.starts_with("__MACOSX/") && !name.ends_with(".DS_Store")
}

fn unfit(components: &[&String], others: &[&String]) -> Refusal {
    let first = |names: &[&String]| {
        let names: Vec<String> = names.iter().take(3).map(|name| shown(name)).collect();
        names.join(", ")
    };
    Refusal::bad_request(match (components.len(), others.len()) {
        (0, 0) => format!("The zip is empty. {HOW_TO_BUILD}"),
        (0, _) => format!(
            "The zip has no WebAssembly component, but {}. Source code does not run as it is. \
             {HOW_TO_BUILD}",
            first(others)
        ),
        (1, _) => format!(
            "The zip has {} beside its component, which has no files. {HOW_TO_BUILD}",
            first(others)
        ),
        (count, _) => format!(
            "The zip has {count} components, {}; a function is one. {HOW_TO_BUILD}",
            first(components)
        ),
    })
}
