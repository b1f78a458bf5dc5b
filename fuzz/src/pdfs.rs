//! PDFs that are well formed around a hostile page: content, fonts and character maps.

use std::sync::{Mutex, Once, PoisonError};

use lettermark::ingest::{Limits, read_bytes};

use super::letters::read;
use super::parts;

/// The bytes of a PDF.
pub fn pdf(data: &[u8]) {
    read_watched(data);
}

/// A page's content stream, the dictionary of its font, the font's character map, the content of a form `/X`, more entries
/// of that form's dictionary, and the content of a form `/Y`. The page and either form can draw both, so forms stand in
/// forms, and in themselves. The file around them is made here, uncompressed, with the right offsets, so that what is tried
/// is what runs and shows them.
pub fn pdf_content(data: &[u8]) {
    let [content, font, map, form, entries, other] = parts::<6>(data);
    let mut pdf = b"%PDF-1.7\n".to_vec();
    let mut offsets = Vec::new();
    let stream = |dict: &[u8], bytes: &[u8]| {
        let length = format!(" /Length {} >>\nstream\n", bytes.len());
        [b"<< ", dict, length.as_bytes(), bytes, b"\nendstream"].concat()
    };
    let resources = "/Resources << /Font << /F 5 0 R /G 8 0 R >> /XObject << /X 7 0 R /Y 9 0 R >> >>";
    let form_entries = format!("/Type /XObject /Subtype /Form {resources} ");
    let objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        format!("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R {resources} >>").into_bytes(),
        stream(b"", content),
        [b"<< /Type /Font /ToUnicode 6 0 R ", font, b" >>"].concat(),
        stream(b"", map),
        stream(&[form_entries.as_bytes(), entries].concat(), form),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_vec(),
        stream(form_entries.as_bytes(), other),
    ];
    for (number, object) in (1..).zip(&objects) {
        offsets.push(pdf.len());
        pdf.extend(format!("{number} 0 obj\n").bytes());
        pdf.extend_from_slice(object);
        pdf.extend_from_slice(b"\nendobj\n");
    }
    let start = pdf.len();
    pdf.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
    for offset in offsets {
        pdf.extend(format!("{offset:010} 00000 n \n").bytes());
    }
    let trailer = format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n", objects.len() + 1);
    pdf.extend(trailer.bytes());
    read_watched(&pdf);
}

/// Remembers a panic in lettermark's own PDF code, though the reader contains it. One in the PDF library stays
/// contained: it costs the letter, as it is meant to, and would hide all else here.
fn watch_for_panics_of_ours() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // The reader sets its own hook when it first reads; this one goes before it.
        let _ = read_bytes("letter.pdf", b"%PDF-1.7\n", &Limits::default());
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let ours = info.location().is_some_and(|at| !at.file().contains("/registry/"));
            if ours && std::thread::current().name() == Some("lettermark-pdf") {
                *CONTAINED.lock().unwrap_or_else(PoisonError::into_inner) = Some(info.to_string());
            }
            before(info);
        }));
    });
}

static CONTAINED: Mutex<Option<String>> = Mutex::new(None);

/// Reads a PDF; a panic of ours inside it is a panic here.
fn read_watched(bytes: &[u8]) {
    watch_for_panics_of_ours();
    read("letter.pdf", bytes);
    let contained = CONTAINED.lock().unwrap_or_else(PoisonError::into_inner).take();
    assert!(contained.is_none(), "contained, but ours: {}", contained.unwrap_or_default());
}
