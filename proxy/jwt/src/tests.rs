//! Tokens and keys that are published, made here, and made to harm.

mod claims;
mod hostile;
mod key_cache;
mod key_set;
mod published;
mod sample;
