//! lettermark reads inspection letters and tells, sentence by sentence, what inspectors credit and what they fault.
//!
//! ```no_run
//! use lettermark::Model;
//!
//! # fn main() -> lettermark::Result<()> {
//! let model = Model::default()?;
//! let findings = model.classify_path("letter.pdf")?;
//! for finding in findings.iter().filter(|f| !f.boilerplate) {
//!     println!("{} ({:.2}): {}", finding.polarity, finding.polarity_score, finding.sentence);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # The flow
//!
//! It goes one way, and a module uses only what stands before it:
//!
//! 1. [`ingest`] turns the bytes of a PDF, a Word file, a web page or a text into a [`Document`](ingest::Document): one
//!    text, with headings, lists, pages and the letter's own facts as ranges over it. Page furniture is gone.
//! 2. [`sentences`] splits the document. A sentence is a range of its text, knows its page and its headings.
//! 3. [`encode`] turns texts into vectors, with a small transformer on the processor.
//! 4. [`classify`] puts heads on the vectors: a polarity, one to three themes, how sure each is. Encoder, heads and
//!    labels are one model, a [`Bundle`](classify::Bundle); one is inside the program.
//! 5. [`pipeline`] runs all this over many letters, on all cores, in bounded memory, and gives out
//!    [`Finding`](finding::Finding)s letter by letter. [`Model`] is the short way to it.
//! 6. [`output`] writes findings as CSV, JSON lines or Parquet, as a workbook, as a project for qualitative tools, as pages
//!    for a browser, or as a table for a terminal.
//!
//! Beside the flow, [`stream`] judges sentences that come as an Arrow stream, for engines that spread the work over many
//! machines. [`dataset`] reads labelled sentences, [`train`] makes a model of them, and [`evaluate`] measures how
//! well a model agrees with them. [`review`] makes the page on which a person labels them. [`compare`] sets areas beside
//! each other and beside their own past, [`search`] finds sentences by meaning, [`explain`] shows the labelled sentences
//! nearest to one, all by [`vectors`]. [`taxonomy`] holds the labels. Every error is an [`Error`], which names the file and
//! the place in it.

pub mod beside;
mod caught;
pub mod classify;
mod columns;
pub mod compare;
pub mod contain;
pub mod dataset;
pub mod encode;
pub mod error;
pub mod evaluate;
pub mod explain;
pub mod finding;
pub mod ingest;
pub mod interval;
pub mod model;
pub mod output;
pub mod pipeline;
pub mod review;
pub mod runs;
pub mod search;
pub mod sentences;
pub mod stream;
pub mod taxonomy;
pub mod train;
pub mod vectors;
mod words;

pub use error::{Error, ErrorKind, Result};
pub use model::Model;
