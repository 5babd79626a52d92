mod sample;

mod blob;
mod document;
mod faults;
mod key_value;
mod secrets;
mod usage;
