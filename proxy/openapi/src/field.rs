//! Tables of the settings that a map of the document may have.

/// A setting by its name.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Field {
    /// It is read, or it changes nothing of what is served.
    Known(&'static str),
    /// AWS has it and this gateway does not: what to do instead.
    Refused(&'static str, &'static str),
}

impl Field {
    /// As the document writes it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Known(name) | Self::Refused(name, _) => name,
        }
    }
}
