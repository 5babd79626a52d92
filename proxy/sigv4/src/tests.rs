mod exchange;
mod hostile;
mod message;
mod property;
mod refusal;
mod suite;
