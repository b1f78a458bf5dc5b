//! Files that are no letters: each is refused with a message that names the file and says what to do.

use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use lettermark::ingest::{BlockKind, Input, Limits, read_bytes, read_path};
use lettermark::{Error, ErrorKind};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

fn refused(name: &str, bytes: &[u8]) -> Error {
    match read_bytes(name, bytes, &Limits::default()) {
        Err(error) => {
            assert_eq!(error.path(), Some(Path::new(name)), "{error}");
            error
        }
        Ok(input) => panic!("{name} was read: {input:?}"),
    }
}

fn assert_refused(name: &str, bytes: &[u8], kind: ErrorKind, says: &[&str]) {
    let error = refused(name, bytes);
    assert_eq!(error.kind(), kind, "{error}");
    for part in says {
        assert!(error.message().contains(part), "{part:?} is not in: {error}");
    }
}

fn text_of(name: &str, bytes: &[u8]) -> String {
    match read_bytes(name, bytes, &Limits::default()) {
        Ok(Input::Letter(document)) => document.text,
        other => panic!("{name}: {other:?}"),
    }
}

fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn a_heading_as_long_as_a_page_is_a_paragraph() {
    let letter = |words: usize| format!("# {}\n\nPlans are late.\n", "word ".repeat(words));
    let headings = |words: usize| match read_bytes("letter.md", letter(words).as_bytes(), &Limits::default()) {
        Ok(Input::Letter(document)) => {
            document.blocks.iter().filter(|block| matches!(block.kind, BlockKind::Heading { .. })).count()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!((headings(20), headings(500)), (1, 0));
}

#[test]
fn an_empty_file_is_refused() {
    assert_refused("letter.pdf", b"", ErrorKind::Unreadable, &["is empty", "again"]);
    assert_refused("letter.txt", b" \r\n\n", ErrorKind::Unreadable, &["blank"]);
}

#[test]
fn a_web_page_named_pdf_is_refused() {
    let page = b"\n<!DOCTYPE html>\n<html lang=\"en\"><head><title>Page not found</title></head></html>";
    assert_refused("letter.pdf", page, ErrorKind::Format, &["is a web page, not a PDF", "download the letter again"]);
}

#[test]
fn the_web_page_named_pdf_of_the_corpus_is_refused() {
    let corpus = std::env::var_os("LETTERMARK_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let path = corpus.join("corpus/pdf/ilacs-2012-07-13-blackpool.pdf");
    if !path.exists() {
        println!("skipped: needs the corpus (LETTERMARK_CORPUS)");
        return;
    }
    let error = read_path(&path, &Limits::default()).unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Format, Some(path.as_path())));
    assert!(error.message().contains("not found"), "{error}");
}

#[test]
fn a_word_97_document_is_refused_whatever_its_name() {
    let ole = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0\0\0\0";
    assert_refused("letter.doc", ole, ErrorKind::Format, &["Word 97", "save it as .docx or PDF"]);
    assert_refused("letter.docx", ole, ErrorKind::Format, &["password", "Word 97", "save it as .docx or PDF"]);
}

#[test]
fn a_zip_that_is_no_word_document_is_refused_by_what_it_is() {
    for (name, parts, says) in [
        ("sheet.xlsx", &[("xl/workbook.xml", &b""[..])][..], "Excel"),
        ("slides.docx", &[("ppt/presentation.xml", b"")], "PowerPoint"),
        ("letter.odt", &[("mimetype", b""), ("content.xml", b"")], "OpenDocument"),
        ("book.epub", &[("mimetype", b""), ("META-INF/container.xml", b"")], "EPUB"),
        ("letters.zip", &[("a.pdf", b"")], "unpack it"),
        ("empty.zip", &[], "zip archive"),
    ] {
        assert_refused(name, &zipped(parts), ErrorKind::Format, &[says]);
    }
}

#[test]
fn a_zip_bomb_stops_at_the_limit_however_small_it_is() {
    let start = b"<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body><w:p>";
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("word/document.xml", SimpleFileOptions::default()).unwrap();
    zip.write_all(start).unwrap();
    let blank = vec![b' '; 1 << 20];
    (0..201).for_each(|_| zip.write_all(&blank).unwrap());
    let bomb = zip.finish().unwrap().into_inner();
    assert!(bomb.len() < 1 << 20);
    assert_refused("letter.docx", &bomb, ErrorKind::Limit, &["unpacks to more than 200 MiB"]);
}

#[test]
fn a_docx_with_a_broken_zip_is_refused() {
    let whole = zipped(&[("word/document.xml", b"<a/>")]);
    assert_refused("letter.docx", &whole[..whole.len() - 30], ErrorKind::Unreadable, &["damaged", "download it again"]);
}

#[test]
fn pictures_and_rich_text_are_refused() {
    assert_refused("scan.png", b"\x89PNG\r\n\x1a\n\0\0", ErrorKind::Format, &["picture (PNG)", "OCR"]);
    assert_refused("scan.pdf", b"\xFF\xD8\xFF\xE0\0\0", ErrorKind::Format, &["picture (JPEG)"]);
    assert_refused("letter.rtf", b"{\\rtf1\\ansi Text.}", ErrorKind::Format, &["RTF", ".docx"]);
}

#[test]
fn bytes_that_are_no_text_are_refused_with_their_place() {
    assert_refused("letter.txt", &[0; 4000], ErrorKind::Format, &["no text"]);
    assert_refused("letter.bin", &[1, 2, 3, 0, 200, 17, 5, 0, 0, 9], ErrorKind::Format, &["no text"]);
    let broken = "Leaders’ work\nis good –".as_bytes();
    let error = refused("letter.txt", &broken[..broken.len() - 1]);
    assert!(error.to_string().starts_with("letter.txt, line 2: byte"), "{error}");
}

#[test]
fn old_encodings_read_as_the_text_they_were_meant_to_be() {
    let wanted = "Leaders’ work is good.";
    let utf16: Vec<u8> = wanted.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(text_of("letter.txt", b"Leaders\x92 work is good."), wanted);
    assert_eq!(text_of("letter.txt", &utf16), wanted);
    assert_eq!(text_of("letter.txt", &[b"\xFF\xFE", utf16.as_slice()].concat()), wanted);
    assert_eq!(text_of("letter.html", b"<meta charset=windows-1252><p>Leaders\x92 work is good."), wanted);
}

#[test]
fn a_text_of_one_endless_line_is_refused_by_its_line() {
    let line = "Plans are weak. ".repeat(50 * 1024 * 1024 / 16);
    let error = refused("letter.txt", line.as_bytes());
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert!(error.to_string().contains("line 1: one paragraph of 50 MiB"), "{error}");
    let page = format!("<p>{line}");
    assert_refused("letter.html", page.as_bytes(), ErrorKind::Limit, &["one paragraph of 49 MiB"]);
}

#[test]
fn a_page_nested_without_end_is_refused() {
    assert_refused("letter.html", "<div>".repeat(100_000).as_bytes(), ErrorKind::Limit, &["512 deep"]);
}

#[test]
fn a_file_larger_than_the_limit_is_never_read_whole() {
    let mut file = tempfile::NamedTempFile::with_suffix(".txt").unwrap();
    file.write_all(b"Plans are weak.").unwrap();
    // A hole in the file: ten gigabytes that no disk holds.
    file.as_file().set_len(10 << 30).unwrap();
    let error = read_path(file.path(), &Limits { max_bytes: 1 << 20, ..Limits::default() }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert!(error.message().contains("larger than 1 MiB"), "{error}");
}

#[test]
fn what_cannot_be_opened_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.pdf");
    for path in [missing.as_path(), folder.path()] {
        let error = read_path(path, &Limits::default()).unwrap_err();
        assert_eq!((error.kind(), error.path()), (ErrorKind::Io, Some(path)), "{error}");
    }
    // Permissions do not stop root, under which CI may run; a link to nowhere stops everybody.
    #[cfg(unix)]
    {
        let link = folder.path().join("link.pdf");
        std::os::unix::fs::symlink(&missing, &link).unwrap();
        assert_eq!(read_path(&link, &Limits::default()).unwrap_err().kind(), ErrorKind::Io);
    }
}

#[test]
fn a_table_without_sentences_names_its_columns() {
    assert_refused(
        "a.csv",
        b"text;page\nOne.;1\n",
        ErrorKind::Data,
        &["no column \"sentence\"", "[\"text\", \"page\"]"],
    );
}
