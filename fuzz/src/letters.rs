//! Letters in every format, held to what is promised of a document and of its sentences.

use std::io::{Cursor, Write};

use lettermark::ingest::{Block, BlockKind, Document, Input, Limits, read_bytes};
use lettermark::sentences::split;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// The bytes of a Word document.
pub fn docx(data: &[u8]) {
    read("letter.docx", data);
}

/// The XML of a Word document: text, styles, numbering, relations. The zip is made here, so that what is tried is what
/// stands in it.
pub fn docx_parts(data: &[u8]) {
    const NAMES: [&str; 4] =
        ["word/document.xml", "word/styles.xml", "word/numbering.xml", "word/_rels/document.xml.rels"];
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, part) in NAMES.into_iter().zip(super::parts::<4>(data)) {
        if !part.is_empty() {
            zip.start_file(name, stored).expect("a new name in a zip in memory");
            zip.write_all(part).expect("a zip in memory");
        }
    }
    let zip = zip.finish().expect("a zip in memory").into_inner();
    read("letter.docx", &zip);
}

/// A saved web page.
pub fn html(data: &[u8]) {
    read("letter.html", data);
}

/// Plain text, and the same bytes as Markdown.
pub fn text(data: &[u8]) {
    read("letter.txt", data);
    read("letter.md", data);
}

/// A table of sentences.
pub fn sentence_csv(data: &[u8]) {
    read("letter.csv", data);
}

/// Text as the only paragraph of a document, then as list items and grades, a line each.
pub fn sentences(data: &[u8]) {
    let text = String::from_utf8_lossy(data).into_owned();
    let whole = vec![Block { kind: BlockKind::Paragraph, span: 0..text.len() }];
    check(&Document { text: text.clone(), blocks: whole, ..Document::default() });
    const KINDS: [BlockKind; 5] = [
        BlockKind::Paragraph,
        BlockKind::Item { depth: 1 },
        BlockKind::Item { depth: 2 },
        BlockKind::Heading { level: 2 },
        BlockKind::Grade,
    ];
    let mut blocks = Vec::new();
    let mut at = 0;
    for (line, kind) in text.split('\n').zip(KINDS.into_iter().cycle()) {
        blocks.push(Block { kind, span: at..at + line.len() });
        at += line.len() + 1;
    }
    check(&Document { text, blocks, ..Document::default() });
}

/// Reads a letter or a table; an error has to have words.
pub(super) fn read(name: &str, data: &[u8]) {
    match read_bytes(name, data, &Limits::default()) {
        Ok(Input::Letter(document)) => check(&document),
        Ok(Input::Sentences(rows)) => {
            assert!(!rows.is_empty(), "a table without rows is an error");
            for row in rows {
                assert!(!row.sentence.trim().is_empty(), "line {} has no sentence", row.line);
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// What is promised of a document and of the sentences in it.
fn check(document: &Document) {
    let mut end = 0;
    for block in &document.blocks {
        assert!(block.span.start >= end, "blocks stand in order and do not overlap");
        assert!(document.text.get(block.span.clone()).is_some(), "a block stands on character boundaries");
        end = block.span.end;
    }
    assert!(document.pages.is_sorted_by_key(|page| page.at), "pages stand in order");

    let mut said = vec![String::new(); document.blocks.len()];
    let mut end = 0;
    for sentence in split(document) {
        assert!(sentence.span.start >= end, "sentences stand in order and do not overlap");
        end = sentence.span.end;
        let text = document.text.get(sentence.span.clone()).expect("a sentence stands on character boundaries");
        assert!(!text.is_empty() && text == text.trim(), "a sentence has text, and no space around it");
        let block = &document.blocks[sentence.block].span;
        assert!(block.start <= sentence.span.start && sentence.span.end <= block.end, "a sentence stands in its block");
        assert!(sentence.headings.iter().all(|&at| matches!(document.blocks[at].kind, BlockKind::Heading { .. })));
        said[sentence.block].push_str(text);
        let _ = sentence.heading_path(document);
    }
    for (block, said) in document.blocks.iter().zip(&said) {
        if !matches!(block.kind, BlockKind::Heading { .. } | BlockKind::Aside) {
            let words = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            assert_eq!(words(said), words(document.block_text(block)), "splitting loses nothing");
        }
    }
}
