//! Documents are written by hand here, part by part, so that each shows one thing.

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::error::ErrorKind;

const TRANSITIONAL: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const STRICT: &str = "http://purl.oclc.org/ooxml/wordprocessingml/main";
const STYLES: &str = r#"
  <w:style w:type="paragraph" w:default="1" w:styleId="Standard"><w:name w:val="Normal"/></w:style>
  <w:style w:type="paragraph" w:styleId="berschrift2"><w:name w:val="heading 2"/><w:basedOn w:val="Standard"/></w:style>
  <w:style w:type="paragraph" w:styleId="House"><w:name w:val="House"/><w:basedOn w:val="berschrift2"/></w:style>
  <w:style w:type="paragraph" w:styleId="Outline"><w:name w:val="Own"/><w:pPr><w:outlineLvl w:val="2"/></w:pPr></w:style>
  <w:style w:type="paragraph" w:styleId="ListBullet2"><w:name w:val="List Bullet 2"/></w:style>
  <w:style w:type="paragraph" w:styleId="Dots"><w:name w:val="Dots"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>
  <w:style w:type="paragraph" w:styleId="TOC1"><w:name w:val="toc 1"/></w:style>
  <w:style w:type="paragraph" w:styleId="Loop"><w:name w:val="Loop"/><w:basedOn w:val="Loop"/></w:style>"#;
const NUMBERING: &str = r#"
  <w:abstractNum w:abstractNumId="7"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/></w:lvl><w:lvl w:ilvl="1"><w:numFmt w:val="bullet"/></w:lvl></w:abstractNum>
  <w:abstractNum w:abstractNumId="8"><w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/></w:lvl></w:abstractNum>
  <w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="8"/></w:num>"#;

fn zipped(parts: &[(&str, String)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn docx(body: &str, namespace: &str) -> Vec<u8> {
    let part = |root: &str, inner: &str| {
        format!(
            "<?xml version=\"1.0\"?><w:{root} xmlns:w=\"{namespace}\" \
             xmlns:mc=\"http://schemas.openxmlformats.org/markup-compatibility/2006\" xmlns:a=\"urn:drawing\">{inner}</w:{root}>"
        )
    };
    zipped(&[
        ("word/document.xml", part("document", &format!("<w:body>{body}</w:body>"))),
        ("word/styles.xml", part("styles", STYLES)),
        ("word/numbering.xml", part("numbering", NUMBERING)),
    ])
}

fn blocks(body: &str) -> Vec<(BlockKind, String)> {
    let document = read(&docx(body, TRANSITIONAL), &Limits::default()).unwrap();
    document.blocks.iter().map(|b| (b.kind, document.block_text(b).to_owned())).collect()
}

fn text(body: &str) -> String {
    blocks(body).into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("|")
}

fn paragraph(properties: &str, text: &str) -> String {
    format!("<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>")
}

#[test]
fn styles_and_lists_tell_what_a_paragraph_is() {
    use BlockKind::{Aside, Heading, Item, Paragraph};
    let list = |id: u8, level: u8| format!("<w:numPr><w:ilvl w:val=\"{level}\"/><w:numId w:val=\"{id}\"/></w:numPr>");
    for (properties, kind) in [
        ("<w:pStyle w:val=\"berschrift2\"/>".to_owned(), Heading { level: 2 }),
        ("<w:pStyle w:val=\"House\"/>".to_owned(), Heading { level: 2 }),
        ("<w:pStyle w:val=\"Outline\"/>".to_owned(), Heading { level: 3 }),
        ("<w:pStyle w:val=\"Heading1\"/>".to_owned(), Heading { level: 1 }),
        ("<w:pStyle w:val=\"Loop\"/>".to_owned(), Paragraph),
        ("<w:outlineLvl w:val=\"0\"/>".to_owned(), Heading { level: 1 }),
        ("<w:pStyle w:val=\"House\"/><w:outlineLvl w:val=\"9\"/>".to_owned(), Paragraph),
        ("<w:pStyle w:val=\"TOC1\"/>".to_owned(), Aside),
        ("<w:pStyle w:val=\"ListBullet2\"/>".to_owned(), Item { depth: 2 }),
        ("<w:pStyle w:val=\"Dots\"/>".to_owned(), Item { depth: 1 }),
        ("<w:pStyle w:val=\"Dots\"/><w:numPr><w:ilvl w:val=\"1\"/></w:numPr>".to_owned(), Item { depth: 2 }),
        (format!("<w:pStyle w:val=\"Dots\"/>{}", list(0, 0)), Paragraph),
        (list(1, 1), Item { depth: 2 }),
        (list(2, 0), Paragraph),
        (String::new(), Paragraph),
    ] {
        assert_eq!(blocks(&paragraph(&properties, "Text")), [(kind, "Text".to_owned())], "{properties}");
    }
}

#[test]
fn a_number_after_a_colon_makes_an_item() {
    let number = "<w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"2\"/></w:numPr>";
    let body = paragraph("", "Leaders should:") + &paragraph(number, "plan") + &paragraph(number, "act");
    let kinds: Vec<_> = blocks(&body).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [BlockKind::Paragraph, BlockKind::Item { depth: 1 }, BlockKind::Item { depth: 1 }]);
}

#[test]
fn marks_that_were_typed_are_told_from_text() {
    for (typed, kind, rest) in [
        ("•\tPlans", BlockKind::Item { depth: 1 }, "Plans"),
        ("- Plans", BlockKind::Item { depth: 1 }, "Plans"),
        ("16.\tPlans", BlockKind::Paragraph, "Plans"),
        ("16 plans", BlockKind::Paragraph, "16 plans"),
        ("2018. Plans", BlockKind::Paragraph, "2018. Plans"),
    ] {
        let typed = typed.replace('\t', "</w:t><w:tab/><w:t>");
        assert_eq!(blocks(&paragraph("", &typed)), [(kind, rest.to_owned())], "{typed}");
    }
}

#[test]
fn only_the_text_of_the_finished_letter_is_read() {
    for (body, wanted) in [
        (
            "<w:p><w:del><w:r><w:delText>old</w:delText><w:t>x</w:t></w:r></w:del><w:ins><w:r><w:t>new</w:t></w:r></w:ins></w:p>",
            "new",
        ),
        (
            "<w:p><w:moveFrom><w:r><w:t>here</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>there</w:t></w:r></w:moveTo></w:p>",
            "there",
        ),
        (
            "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t>One </w:t></w:r></w:p><w:p><w:r><w:t>two.</w:t></w:r></w:p>",
            "One two.",
        ),
        ("<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r><w:r><w:t>seen</w:t></w:r></w:p>", "seen"),
        ("<w:p><w:r><w:fldChar/><w:instrText>PAGE</w:instrText><w:t>3</w:t></w:r></w:p>", "3"),
        (
            "<w:p><w:fldSimple><w:r><w:t>result</w:t></w:r></w:fldSimple><w:hyperlink><w:r><w:t> link</w:t></w:r></w:hyperlink></w:p>",
            "result link",
        ),
        (
            "<w:p><w:r><w:t>well</w:t><w:noBreakHyphen/><w:t>led</w:t><w:softHyphen/><w:t>ge</w:t><w:tab/><w:t>a</w:t><w:br/><w:t>b</w:t></w:r></w:p>",
            "well-ledge a b",
        ),
        ("<w:p><w:r><w:t>a &amp; b&#x2019;s &unknown;</w:t><w:footnoteReference w:id=\"1\"/></w:r></w:p>", "a & b’s"),
        (
            "<w:sdt><w:sdtPr><w:alias w:val=\"x\"/></w:sdtPr><w:sdtContent><w:p><w:r><w:t>content</w:t></w:r></w:p></w:sdtContent></w:sdt>",
            "content",
        ),
        (
            "<w:p><w:r><w:sym w:font=\"Symbol\" w:char=\"F0B3\"/><w:sym w:font=\"Calibri\" w:char=\"2019\"/></w:r></w:p>",
            "≥’",
        ),
        ("<w:p><w:r><a:t>picture</a:t><w:t>text</w:t></w:r></w:p>", "text"),
        ("<w:p><w:r><w:t>one</w:t><w:br/><w:br/><w:t>two</w:t></w:r></w:p>", "one|two"),
    ] {
        assert_eq!(text(body), wanted, "{body}");
    }
}

#[test]
fn a_text_box_is_read_once_after_its_paragraph() {
    let inner = "<w:txbxContent><w:p><w:r><w:t>box</w:t></w:r></w:p></w:txbxContent>";
    let body = format!(
        "<w:p><w:r><w:t>be</w:t><mc:AlternateContent><mc:Choice>{inner}</mc:Choice><mc:Fallback>{inner}</mc:Fallback>\
         </mc:AlternateContent><w:t>fore</w:t></w:r></w:p>"
    );
    assert_eq!(text(&body), "before|box");
}

#[test]
fn grade_tables_and_layout_tables_are_told_apart() {
    let cell = |text: &str| format!("<w:tc><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>");
    let row = |a: &str, b: &str| format!("<w:tr>{}{}</w:tr>", cell(a), cell(b));
    let grades = format!("<w:tbl>{}{}</w:tbl>", row("Judgement", "Grade"), row("Overall effectiveness", "Good"));
    let layout = format!("<w:tbl><w:tr><w:tc>{grades}<w:p/></w:tc>{}</w:tr></w:tbl>", cell("Beside."));
    let wanted = [
        (BlockKind::Aside, "Judgement Grade"),
        (BlockKind::Grade, "Overall effectiveness: Good"),
        (BlockKind::Paragraph, "Beside."),
    ];
    assert_eq!(blocks(&layout), wanted.map(|(k, t)| (k, t.to_owned())));
}

#[test]
fn bold_lines_are_headings_only_where_there_are_no_others() {
    let bold = "<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>Main findings</w:t></w:r></w:p>";
    let body = bold.to_owned() + &paragraph("", "Plans are weak.");
    assert_eq!(blocks(&body)[0].0, BlockKind::Heading { level: 1 });
    let body = paragraph("<w:pStyle w:val=\"Outline\"/>", "Heading") + bold;
    assert_eq!(blocks(&body)[1].0, BlockKind::Paragraph);
    let off = bold.replace("<w:b/>", "<w:b w:val=\"false\"/>");
    assert_eq!(blocks(&off)[0].0, BlockKind::Paragraph);
}

#[test]
fn strict_documents_read_alike() {
    let document = read(&docx(&paragraph("", "Text."), STRICT), &Limits::default()).unwrap();
    assert_eq!(document.text, "Text.");
}

#[test]
fn relations_say_where_the_parts_stand() {
    let relations = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
        <Relationship Id="1" Type="http://x/relationships/officeDocument" Target="/word/letter.xml"/></Relationships>"#;
    let letter = format!("<w:document xmlns:w=\"{TRANSITIONAL}\">{}</w:document>", paragraph("", "Text."));
    let bytes = zipped(&[("_rels/.rels", relations.to_owned()), ("word/letter.xml", letter)]);
    assert_eq!(read(&bytes, &Limits::default()).unwrap().text, "Text.");
}

#[test]
fn harmful_and_damaged_documents_are_refused() {
    let limits = Limits { max_expanded: 10_000, max_entries: 5, ..Limits::default() };
    let whole = docx(&paragraph("", "Text."), TRANSITIONAL);
    let cut_xml = zipped(&[("word/document.xml", format!("<w:document xmlns:w=\"{TRANSITIONAL}\"><w:body>"))]);
    let crossed = zipped(&[("word/document.xml", "<a><b></a>".to_owned())]);
    let many: Vec<_> = (0..6).map(|i| (["a", "b", "c", "d", "e", "word/f"][i], String::new())).collect();
    for (case, bytes, kind) in [
        ("bomb", docx(&paragraph("", &"a".repeat(20_000)), TRANSITIONAL), ErrorKind::Limit),
        ("deep", docx(&"<w:sdt>".repeat(600), TRANSITIONAL), ErrorKind::Limit),
        ("many entries", zipped(&many), ErrorKind::Limit),
        ("embedded", docx("<w:altChunk/>", TRANSITIONAL), ErrorKind::Unreadable),
        ("no text", zipped(&[("word/other.xml", String::new())]), ErrorKind::Unreadable),
        ("cut zip", whole[..whole.len() / 2].to_vec(), ErrorKind::Unreadable),
        ("cut XML", cut_xml, ErrorKind::Unreadable),
        ("crossed tags", crossed, ErrorKind::Unreadable),
    ] {
        let error = read(&bytes, &limits).unwrap_err();
        assert_eq!(error.kind(), kind, "{case}: {error}");
    }
}
