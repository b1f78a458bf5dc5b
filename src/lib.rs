//! lettermark reads inspection letters and tells, sentence by sentence, what inspectors credit and what they fault.

pub mod classify;
pub mod dataset;
pub mod encode;
pub mod error;
pub mod evaluate;
pub mod ingest;
pub mod interval;
pub mod sentences;
pub mod taxonomy;
pub mod train;

pub use error::{Error, ErrorKind, Result};
