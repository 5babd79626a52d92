//! The folder that `edgeway dev` serves: which document it has, and where its components are.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

/// Tried in this order.
const DOCUMENTS: [&str; 5] =
    ["openapi.yaml", "openapi.yml", "openapi.json", "swagger.yaml", "swagger.json"];

/// A folder with one API document.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    dir: PathBuf,
    document: PathBuf,
}

impl Folder {
    /// # Errors
    /// If there is no such folder, or no document in it.
    pub(crate) fn open(dir: &Path) -> anyhow::Result<Self> {
        let dir = dir.canonicalize().with_context(|| format!("open {}", dir.display()))?;
        let candidates = DOCUMENTS.iter().map(|name| dir.join(name));
        let Some(document) = candidates.into_iter().find(|path| path.is_file()) else {
            bail!("{} has no document; it needs one of {}", dir.display(), DOCUMENTS.join(", "));
        };
        Ok(Self { dir, document })
    }

    pub(crate) fn document(&self) -> &Path {
        &self.document
    }

    /// The document as messages name it.
    pub(crate) fn document_name(&self) -> String {
        self.document.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Where a component is, relative to the document.
    pub(crate) fn component(&self, relative: &Path) -> PathBuf {
        self.dir.join(relative)
    }
}
