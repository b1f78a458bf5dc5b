//! PDFs made here, two encrypted ones from `tests/fixtures`, and the real reports where they are.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Read;
use std::path::PathBuf;

use super::*;
use crate::ingest::document::BlockKind;
use crate::ingest::furniture::folded;

fn limits(max_pages: u32) -> Limits {
    Limits { max_pages, ..Limits::default() }
}

/// A PDF whose pages have these content streams, with a regular font `/R` and a bold one `/B`.
fn pdf(pages: &[&str]) -> Vec<u8> {
    let kids: Vec<String> = (0..pages.len()).map(|i| format!("{} 0 R", 5 + 2 * i)).collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Kids [{}] /Count {} >>", kids.join(" "), pages.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>".to_owned(),
    ];
    for (i, content) in pages.iter().enumerate() {
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {} 0 R \
             /Resources << /Font << /R 3 0 R /B 4 0 R >> >> >>",
            6 + 2 * i
        ));
        objects.push(format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()));
    }
    let mut out = "%PDF-1.4\n".to_owned();
    let mut offsets = Vec::new();
    for (i, object) in objects.iter().enumerate() {
        offsets.push(out.len());
        out += &format!("{} 0 obj\n{object}\nendobj\n", i + 1);
    }
    let xref = out.len();
    out += &format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for offset in offsets {
        out += &format!("{offset:010} 00000 n \n");
    }
    out += &format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{xref}\n%%EOF\n", objects.len() + 1);
    out.into_bytes()
}

/// Text in a content stream; lengths in points.
fn at(x: u32, y: u32, font: &str, size: u32, text: &str) -> String {
    format!("BT /{font} {size} Tf {x} {y} Td ({text}) Tj ET\n")
}

fn outline(document: &Document) -> Vec<(BlockKind, &str)> {
    document.blocks.iter().map(|b| (b.kind, document.block_text(b))).collect()
}

#[test]
fn a_letter_is_read_as_headings_paragraphs_items_and_grades() {
    let footer = |n: u32| at(70, 40, "R", 10, &format!("Inspection report: Anytown, 6 to 10 March 2023 {n}"));
    let first = [
        at(70, 780, "B", 18, "Inspection of Anytown"),
        at(70, 750, "R", 12, "Lead inspector: A N Other"),
        at(70, 720, "R", 12, "Overall effectiveness"),
        at(430, 720, "R", 12, "Good"),
        at(70, 680, "B", 12, "The experiences of children who need help and their parents who"),
        at(70, 666, "B", 12, "ask for protection: Good"),
        at(70, 640, "R", 12, "1."),
        at(98, 640, "R", 12, "Leaders know their area well. They support good decision-"),
        at(98, 626, "R", 12, "making."),
        at(70, 600, "R", 12, "Inspectors found two strengths and both were of the early help:"),
        at(80, 586, "R", 12, "\\225"),
        at(98, 586, "R", 12, "Plans are clear."),
        at(100, 572, "R", 12, "\\226"),
        at(118, 572, "R", 12, "Each has a date."),
        at(70, 100, "R", 12, "Families wait too long for the help that they need, and Anytown"),
        footer(1),
    ];
    let second = [at(70, 780, "R", 12, "Council knows it."), footer(2)];
    let third = [at(70, 780, "R", 12, "Staff are kind."), footer(3)];
    let bytes = pdf(&[&first.concat(), &second.concat(), &third.concat()]);
    let document = read(&bytes, &limits(300)).unwrap();
    use BlockKind::*;
    assert_eq!(
        outline(&document),
        [
            (Heading { level: 1 }, "Inspection of Anytown"),
            (Aside, "Lead inspector: A N Other"),
            (Grade, "Overall effectiveness: Good"),
            (
                Heading { level: 2 },
                "The experiences of children who need help and their parents who ask for protection: Good"
            ),
            (Paragraph, "Leaders know their area well. They support good decision-making."),
            (Paragraph, "Inspectors found two strengths and both were of the early help:"),
            (Item { depth: 1 }, "Plans are clear."),
            (Item { depth: 2 }, "Each has a date."),
            (Paragraph, "Families wait too long for the help that they need, and Anytown Council knows it."),
            (Paragraph, "Staff are kind."),
        ]
    );
    let council = document.text.find("Council knows").unwrap();
    assert_eq!((document.page_of(council - 1), document.page_of(council)), (Some(1), Some(2)));
}

#[test]
fn prose_in_a_table_column_is_text_and_the_names_beside_it_are_not() {
    let page = [
        at(70, 780, "R", 12, "The partnership must act on the two areas that follow, and soon."),
        at(70, 740, "R", 12, "Anytown Council"),
        at(230, 740, "R", 12, "Leaders must shorten the wait"),
        at(70, 726, "R", 12, "and Anytown ICB"),
        at(230, 726, "R", 12, "for a plan, in particular by"),
        at(230, 712, "R", 12, "keeping to the law."),
    ];
    let document = read(&pdf(&[&page.concat()]), &limits(300)).unwrap();
    use BlockKind::*;
    assert_eq!(
        outline(&document),
        [
            (Paragraph, "The partnership must act on the two areas that follow, and soon."),
            (Aside, "Anytown Council and Anytown ICB"),
            (Paragraph, "Leaders must shorten the wait for a plan, in particular by keeping to the law."),
        ]
    );
}

#[test]
fn prose_in_a_table_column_goes_on_over_the_page() {
    let first = [
        at(70, 780, "R", 12, "The partnership must act on the two areas that follow, and soon."),
        at(70, 114, "R", 12, "Anytown Council"),
        at(230, 114, "R", 12, "Leaders must shorten the wait for a plan,"),
        at(70, 100, "R", 12, "and Anytown ICB"),
        at(230, 100, "R", 12, "in particular the wait of those who are"),
    ];
    let second = [at(230, 780, "R", 12, "not at school.")];
    let document = read(&pdf(&[&first.concat(), &second.concat()]), &limits(300)).unwrap();
    let text = "Leaders must shorten the wait for a plan, in particular the wait of those who are not at school.";
    assert!(outline(&document).contains(&(BlockKind::Paragraph, text)), "{:?}", outline(&document));
}

#[test]
fn a_judgement_on_the_front_page_keeps_the_grade_that_stands_under_it_or_ends_it() {
    let page = [
        at(70, 780, "B", 18, "Inspection of Anytown"),
        at(70, 740, "B", 14, "The effectiveness of the Anytown board is"),
        at(70, 710, "B", 12, "inadequate"),
        at(70, 690, "R", 12, "The board does not yet know which of the families of Anytown it helps, or"),
        at(70, 676, "R", 12, "how well it helps them."),
        at(70, 640, "R", 12, "The work of the Anytown panel is good"),
    ];
    let document = read(&pdf(&[&page.concat()]), &limits(300)).unwrap();
    let blocks = outline(&document);
    assert_eq!(blocks[1], (BlockKind::Grade, "The effectiveness of the Anytown board: inadequate"));
    assert_eq!(blocks[3], (BlockKind::Paragraph, "The work of the Anytown panel is good"));
}

#[test]
fn a_lone_graded_title_past_the_front_page_is_a_heading() {
    let first = [
        at(70, 780, "B", 18, "Inspection of Anytown"),
        at(70, 740, "R", 12, "Help for children who need it"),
        at(430, 740, "R", 12, "Good"),
        at(70, 700, "B", 14, "Summary for families"),
        at(70, 670, "R", 12, "Staff in Anytown are kind to the families whom they help, and they come"),
        at(70, 656, "R", 12, "on time to all of them."),
    ];
    let second = [
        at(70, 780, "B", 14, "The experiences of"),
        at(430, 772, "B", 14, "Inadequate"),
        at(70, 764, "B", 14, "children in Anytown"),
        at(70, 720, "B", 12, "Findings"),
        at(70, 700, "R", 12, "Plans are late."),
    ];
    let document = read(&pdf(&[&first.concat(), &second.concat()]), &limits(300)).unwrap();
    use BlockKind::*;
    assert_eq!(
        outline(&document)[1..],
        [
            (Grade, "Help for children who need it: Good"),
            (Heading { level: 2 }, "Summary for families"),
            (
                Paragraph,
                "Staff in Anytown are kind to the families whom they help, and they come on time to all of them."
            ),
            (Heading { level: 2 }, "The experiences of children in Anytown: Inadequate"),
            (Heading { level: 3 }, "Findings"),
            (Paragraph, "Plans are late."),
        ]
    );
}

#[test]
fn a_heading_that_a_table_repeats_in_its_first_row_stands_once() {
    let page = [
        at(70, 780, "B", 14, "Areas to improve"),
        at(70, 750, "B", 12, "Areas to improve"),
        at(70, 730, "R", 12, "Leaders should shorten the wait for plans in all the parts of Anytown."),
    ];
    let document = read(&pdf(&[&page.concat()]), &limits(300)).unwrap();
    let kinds: Vec<BlockKind> = document.blocks.iter().map(|b| b.kind).collect();
    assert_eq!(kinds, [BlockKind::Heading { level: 1 }, BlockKind::Aside, BlockKind::Paragraph]);
}

#[test]
fn a_tagged_running_header_is_left_out() {
    let page = "/Artifact << /Type /Pagination >> BDC\n".to_owned()
        + &at(70, 800, "R", 10, "Running")
        + "EMC\n"
        + &at(70, 700, "R", 12, "Staff are kind.");
    assert_eq!(read(&pdf(&[&page]), &limits(300)).unwrap().text, "Staff are kind.");
}

#[test]
fn text_in_a_form_is_moved_by_the_matrix_in_force() {
    let page =
        "q 2 0 0 2 10 20 cm\n".to_owned() + &at(30, 340, "R", 6, "Larger") + "Q\n" + &at(70, 660, "R", 12, "Staff.");
    let pages = pages(&pdf(&[&page]), &limits(300)).unwrap();
    let line = &pages[0].lines[0];
    assert_eq!((line.x0(), line.y, line.size), (70.0, 700.0, 12.0));
}

#[test]
fn what_cannot_be_read_says_what_to_do() {
    let good = pdf(&[&at(70, 700, "R", 12, "Staff are kind.")]);
    let picture = pdf(&["q 595 0 0 842 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \u{1} EI Q"]);
    let cases: [(&str, Vec<u8>, ErrorKind, &str); 6] = [
        ("empty", Vec::new(), ErrorKind::Unreadable, "damaged"),
        ("no PDF", b"<html>Not found</html>".to_vec(), ErrorKind::Unreadable, "damaged"),
        ("cut off", good[..good.len() / 3].to_vec(), ErrorKind::Unreadable, "damaged"),
        ("picture", picture, ErrorKind::Unreadable, "OCR"),
        ("blank", pdf(&[""]), ErrorKind::Unreadable, "no text"),
        ("locked", fixture("encrypted.pdf"), ErrorKind::Unreadable, "encrypted"),
    ];
    for (name, bytes, kind, word) in cases {
        let error = read(&bytes, &limits(300)).expect_err(name);
        assert_eq!(error.kind(), kind, "{name}: {error}");
        assert!(error.message().contains(word), "{name}: {error}");
    }
    let error = read(&pdf(&["", ""]), &limits(1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
}

#[test]
fn an_encrypted_pdf_that_opens_without_a_password_is_read() {
    let document = read(&fixture("encrypted-empty-password.pdf"), &limits(300)).unwrap();
    assert_eq!(document.text, "Leaders know their area well.");
}

#[test]
fn no_damage_to_a_pdf_brings_a_panic() {
    let good = pdf(&[&at(70, 700, "R", 12, "Staff are kind.")]);
    for at in (0..good.len()).step_by(7) {
        let mut bad = good.clone();
        bad[at] ^= 0x15;
        let _ = read_unguarded(&bad, &limits(300));
        let _ = read_unguarded(&good[..at], &limits(300));
    }
}

#[test]
fn a_panic_while_reading_is_a_damaged_pdf() {
    let error = on_guarded_thread(|| panic!("the library gave up")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreadable);
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
}

/// The real reports with the text that `pdftotext` reads in them, or nothing where the corpus is absent.
fn reports() -> Vec<(String, Vec<u8>, String)> {
    let root = std::env::var_os("LETTERMARK_CORPUS").map(PathBuf::from);
    let root = root.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared")).join("corpus");
    let Ok(packed) = std::fs::File::open(root.join("text.jsonl.gz")) else {
        eprintln!("skipped: needs the corpus (LETTERMARK_CORPUS)");
        return Vec::new();
    };
    let mut lines = String::new();
    flate2::read::GzDecoder::new(packed).read_to_string(&mut lines).unwrap();
    let mut reports = Vec::new();
    for line in lines.lines() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        let (id, text) = (record["report"].as_str().unwrap(), record["text"].as_str().unwrap());
        if let Ok(bytes) = std::fs::read(root.join("pdf").join(format!("{id}.pdf")))
            && bytes.starts_with(b"%PDF")
        {
            reports.push((id.to_owned(), bytes, text.to_owned()));
        }
    }
    reports
}

/// Words as letters and digits only, so that a hyphen at a line end makes no difference.
fn bag<'a>(text: impl IntoIterator<Item = &'a str>) -> HashMap<String, usize> {
    let mut bag = HashMap::new();
    for word in text {
        let word: String = word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        if !word.is_empty() {
            *bag.entry(word).or_default() += 1;
        }
    }
    bag
}

fn shared(a: &HashMap<String, usize>, b: &HashMap<String, usize>) -> usize {
    a.iter().map(|(word, n)| (*n).min(b.get(word).copied().unwrap_or(0))).sum()
}

#[test]
fn the_words_of_real_reports_are_those_that_pdftotext_reads() {
    let (mut f1, mut kept, mut letters) = (0.0, 0.0, 0);
    for (id, bytes, text) in reports() {
        let reference = bag(text.split_whitespace());
        let lines = pages(&bytes, &limits(300)).unwrap();
        let raw = bag(lines.iter().flat_map(|p| &p.lines).flat_map(|l| &l.words).map(|w| w.text.as_str()));
        let document = read(&bytes, &limits(300)).unwrap();
        let body = bag(document.text.split_whitespace());
        let (of_reference, of_raw) = (reference.values().sum::<usize>(), raw.values().sum::<usize>());
        let score = 2.0 * shared(&raw, &reference) as f64 / (of_reference + of_raw) as f64;
        let recall = shared(&body, &reference) as f64 / of_reference as f64;
        let precision = shared(&body, &reference) as f64 / body.values().sum::<usize>() as f64;
        // What is missing are running lines and page numbers.
        assert!(recall > 0.93 && precision > 0.99, "{id}: recall {recall:.4}, precision {precision:.4}");
        (f1, kept, letters) = (f1 + score, kept + recall, letters + 1);
    }
    if letters > 0 {
        let (f1, kept) = (f1 / f64::from(letters), kept / f64::from(letters));
        eprintln!("{letters} reports: word F1 before furniture is taken off {f1:.4}, words kept in the text {kept:.4}");
        assert!(f1 > 0.98, "mean word F1 is {f1:.4}");
    }
}

#[test]
fn no_running_line_mark_or_open_sentence_is_left_in_real_reports() {
    let (mut blocks, mut open) = (0, Vec::new());
    for (id, bytes, text) in reports() {
        let mut edges: BTreeMap<String, usize> = BTreeMap::new();
        for page in text.split('\u{C}') {
            let lines: Vec<&str> = page.lines().filter(|l| !l.trim().is_empty()).collect();
            let outer: HashSet<String> =
                lines.iter().take(2).chain(lines.iter().rev().take(3)).map(|l| folded(l)).collect();
            for line in outer {
                *edges.entry(line).or_default() += 1;
            }
        }
        let document = read(&bytes, &limits(300)).unwrap();
        for block in document.blocks.iter().filter(|b| matches!(b.kind, BlockKind::Paragraph | BlockKind::Item { .. }))
        {
            let text = document.block_text(block);
            let page = document.page_of(block.span.start).unwrap();
            let as_running = folded(text);
            // Short edge lines, and the letter's own title, can be words of the text.
            let left = |line: &str| match line.contains('#') {
                true => line.chars().count() > 24 && as_running.contains(line),
                false => line.chars().count() > 40 && (as_running.starts_with(line) || as_running.ends_with(line)),
            };
            let running = edges.iter().find(|(line, n)| **n >= 4 && left(line));
            assert!(running.is_none(), "{id}, page {page}: a running line in a block");
            assert!(!text.contains(crate::ingest::marks::is_bullet), "{id}, page {page}: a mark in a block");
            assert!(
                !text.contains("0300 123") && !text.contains("Crown copyright"),
                "{id}, page {page}: contact details"
            );
            blocks += 1;
            let last = text.trim_end_matches(['’', '”', '"', '\'', ')', ']']);
            if block.kind == BlockKind::Paragraph
                && text.len() == last.len()
                && !text.ends_with(['.', '?', '!', ':', ';'])
            {
                open.push(format!("{id}, page {page}"));
            }
        }
    }
    eprintln!("{blocks} blocks, {} paragraphs that end in no sentence's end: {open:?}", open.len());
    assert!(open.len() * 200 <= blocks, "{open:?}");
}
