//! What each fuzz target does with its bytes.
//!
//! The targets under `fuzz_targets/` call these under libFuzzer; `tests/fuzz_regressions.rs` calls them on the committed
//! seeds and on every input that once broke something. A function returns on any input: a panic, a hang or a great deal
//! of memory is a finding. Beyond that each one holds what was read to what the library promises of it.

mod bundles;
mod columnar;
mod letters;
mod pdfs;
mod tables;

pub use bundles::bundle;
pub use columnar::{parquet, stream};
pub use letters::{docx, docx_parts, html, sentence_csv, sentences, text};
pub use pdfs::{pdf, pdf_content};
pub use tables::{findings, labelled_csv, taxonomy};

/// A target's name and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// Every target, by the name of its file under `fuzz_targets/`.
pub const TARGETS: [Target; 14] = [
    ("pdf", pdf),
    ("pdf_content", pdf_content),
    ("docx", docx),
    ("docx_parts", docx_parts),
    ("html", html),
    ("text", text),
    ("sentence_csv", sentence_csv),
    ("parquet", parquet),
    ("stream", stream),
    ("sentences", sentences),
    ("labelled_csv", labelled_csv),
    ("taxonomy", taxonomy),
    ("bundle", bundle),
    ("findings", findings),
];

/// What stands between the parts of an input that stands for several files.
const BETWEEN: &[u8] = b"\n%%%%\n";

/// The parts of an input, `N` of them; those that are not there are empty.
fn parts<const N: usize>(data: &[u8]) -> [&[u8]; N] {
    let mut rest = Some(data);
    std::array::from_fn(|place| {
        let Some(bytes) = rest.take() else { return &[][..] };
        match bytes.windows(BETWEEN.len()).position(|window| window == BETWEEN).filter(|_| place + 1 < N) {
            Some(at) => {
                rest = Some(&bytes[at + BETWEEN.len()..]);
                &bytes[..at]
            }
            None => bytes,
        }
    })
}
