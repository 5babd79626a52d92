//! Trust stores and chains, made as an operator would.

mod certificate;
mod maker;
mod trust_store;
mod verify;
