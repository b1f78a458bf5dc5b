//! Every limit on a letter as a user meets it: the flag lowers it, the message names the flag, the default lets the letter
//! through.

use std::fmt::Write as _;
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const SENTENCE: &str = "Leaders know their area well and plans are made in good time. ";

fn lettermark(arguments: &[&str]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("lettermark"));
    command.env_remove("LETTERMARK_MODEL").args(arguments);
    command
}

fn docx(paragraphs: usize) -> Vec<u8> {
    let paragraph = format!("<w:p><w:r><w:t>{SENTENCE}</w:t></w:r></w:p>");
    let document = format!(
        "<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>{}</w:body></w:document>",
        paragraph.repeat(paragraphs)
    );
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in [("word/document.xml", document.as_str()), ("a.xml", ""), ("b.xml", "")] {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Objects numbered from one, the first the catalogue.
fn pdf(objects: &[String]) -> Vec<u8> {
    let mut file = String::from("%PDF-1.5\n");
    let mut table = String::from("0000000000 65535 f \n");
    for (number, object) in (1..).zip(objects) {
        let _ = writeln!(table, "{:010} 00000 n ", file.len());
        let _ = write!(file, "{number} 0 obj\n{object}\nendobj\n");
    }
    let (size, at) = (objects.len() + 1, file.len());
    let _ = write!(file, "xref\n0 {size}\n{table}trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{at}\n%%EOF");
    file.into_bytes()
}

fn stream(entries: &str, content: &str) -> String {
    format!("<<{entries}/Length {}>>stream\n{content}\nendstream", content.len())
}

/// A page for each of the contents; objects from the fourth on are `more`.
fn pages(contents: &[String], resources: &str, more: &[String]) -> Vec<u8> {
    let first = 4 + more.len();
    let kids: String = (0..contents.len()).map(|page| format!("{} 0 R ", first + 2 * page)).collect();
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        format!("<</Type/Pages/Kids[{kids}]/Count {}>>", contents.len()),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
    ];
    objects.extend_from_slice(more);
    for (page, content) in contents.iter().enumerate() {
        objects.push(format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents {} 0 R/Resources<</Font<</F 3 0 R>>{resources}>>>>",
            first + 2 * page + 1
        ));
        objects.push(stream("", content));
    }
    pdf(&objects)
}

/// Shows 61 characters.
fn shown(text: &str) -> String {
    format!("BT /F 9 Tf 20 400 Td ({text}) Tj ET\n")
}

/// Forms within forms, each of which draws the next twenty times: 20 to the power of eleven, in four kilobytes.
fn exponential() -> Vec<u8> {
    let form = |at: usize| {
        let next = format!("/Type/XObject/Subtype/Form/Resources<</XObject<</X {} 0 R>>>>", 5 + at);
        // The innermost shows nothing, so that the limit on a page's characters does not come first.
        if at < 11 { stream(&next, &"/X Do ".repeat(20)) } else { stream("/Type/XObject/Subtype/Form", "q Q") }
    };
    let content = shown(SENTENCE.trim()) + "/X Do";
    pages(&[content], "/XObject<</X 4 0 R>>", &(0..12).map(form).collect::<Vec<_>>())
}

/// Sets a font of two hundred maps of all characters 200,000 times: ever the same work.
fn endless_fonts() -> Vec<u8> {
    let map = format!(
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap 1 begincodespacerange <0000> <FFFF> \
         endcodespacerange\n{}endcmap end end",
        "1 beginbfrange <0000> <FFFF> <0000> endbfrange\n".repeat(200)
    );
    let font = "/Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H/ToUnicode 4 0 R";
    let content = "/F 9 Tf ".repeat(200_000) + &shown(SENTENCE.trim());
    // A font that stands in the page itself has no number by which it would be known again.
    let whole = String::from_utf8(pages(&[content], "", &[stream("", &map)])).unwrap();
    whole.replace("/Font<</F 3 0 R>>", &format!("/Font<</F <<{font}>>>>")).into_bytes()
}

#[test]
fn every_limit_has_a_flag_that_its_message_names_and_a_default_that_lets_letters_through() {
    let folder = tempfile::tempdir().unwrap();
    let letter = |name: &str, bytes: &[u8]| -> PathBuf {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let text = letter("a.txt", SENTENCE.repeat(100).as_bytes());
    let long = letter("long.txt", format!("{SENTENCE}\n\n").repeat(50_000).as_bytes());
    let word = letter("a.docx", &docx(100));
    let two = [
        "Leaders know their area well and plans are made in good time.",
        "Families wait too long for help, and \
               too few staff are trained.",
    ];
    let two_pages = letter("a.pdf", &pages(&two.map(shown), "", &[]));
    let page = letter("a.html", format!("<html><body>{}{SENTENCE}", "<div>".repeat(20)).as_bytes());
    for (path, flag, value, says) in [
        (&text, "--max-bytes", "1K", "is larger than 1 KiB"),
        (&two_pages, "--max-pages", "1", "has more than 1 pages"),
        (&two_pages, "--max-expanded", "150", "page 2: unpacks to more than 150 bytes"),
        (&word, "--max-expanded", "1K", "unpacks to more than 1 KiB"),
        (&word, "--max-entries", "2", "the zip holds 3 files (at most 2 are read)"),
        (&word, "--max-depth", "3", "more than 3 deep"),
        (&page, "--max-depth", "10", "more than 10 deep"),
        (&text, "--max-block", "1K", "one paragraph of 6 KiB (at most 1 KiB are read)"),
        (&text, "--max-sentence", "20", "one sentence of 61 bytes (at most 20 bytes are read)"),
        (&text, "--max-text", "5K", "holds 6 KiB of text (at most 5 KiB are read)"),
        (&two_pages, "--max-text", "100", "of text (at most 100 bytes are read)"),
        (&text, "--max-sentences", "99", "has 100 sentences (at most 99 are read)"),
        (&long, "--memory-per-letter", "8M", "takes more than 8 MiB of memory"),
    ] {
        let path = path.to_str().unwrap();
        lettermark(&["text", path, flag, value]).assert().code(1).stdout("").stderr(contains(says).and(contains(flag)));
        lettermark(&["text", path]).assert().success();
    }
}

#[test]
fn a_pdf_that_draws_forms_in_forms_without_end_stops_at_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("forms.pdf");
    fs::write(&path, exponential()).unwrap();
    lettermark(&["text", path.to_str().unwrap(), "--max-expanded", "10M"])
        .assert()
        .code(1)
        .stderr(contains("forms.pdf, page 1: unpacks to more than 10 MiB").and(contains("--max-expanded")));
}

#[test]
fn a_letter_that_takes_too_long_is_given_up_and_the_letters_beside_it_are_judged() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    // A parser of HTML compares each attribute with all before it: this one takes minutes. Widths of a font that never end
    // were minutes in a PDF too, until they were bounded.
    let attributes: String = (0..300_000).map(|i| format!(" a{i}=1")).collect();
    fs::write(at("fonts.pdf"), endless_fonts()).unwrap();
    fs::write(at("attributes.html"), format!("<html><body><p{attributes}>{SENTENCE}")).unwrap();
    fs::write(at("good.txt"), SENTENCE).unwrap();
    lettermark(&["classify", "-q", "--jobs", "2", "--time-per-letter", "4"])
        .arg(folder.path())
        .assert()
        .code(4)
        .stdout(contains("\ngood.txt,"))
        .stderr(contains("attributes.html: was not read within 4 s").and(contains("--time-per-letter")))
        .stderr(contains("fonts.pdf").not());
}

#[test]
fn a_table_that_makes_its_library_ask_for_all_memory_is_given_up_and_the_letter_beside_it_is_judged() {
    let folder = tempfile::tempdir().unwrap();
    let (table, letter) = (folder.path().join("table.parquet"), folder.path().join("letter.txt"));
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/dictionary-of-25-gigabytes.parquet");
    fs::copy(fixture, &table).unwrap();
    fs::write(&letter, SENTENCE).unwrap();
    lettermark(&["classify", table.to_str().unwrap(), letter.to_str().unwrap(), "--format", "csv"])
        .assert()
        .code(4)
        .stdout(contains("Leaders know their area well"))
        .stderr(contains("table.parquet: takes more than").and(contains("--memory-per-letter")));
}

#[test]
fn classify_and_review_keep_to_the_same_limits_and_name_the_letter() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("long.txt"), SENTENCE.repeat(100)).unwrap();
    fs::write(at("short.txt"), SENTENCE).unwrap();
    let inputs = [at("long.txt"), at("short.txt")];
    let run = |command: &str, output: &Path| {
        let mut run = lettermark(&[command, "-q", "--max-bytes", "1K", "-o"]);
        run.arg(output).args(&inputs).assert().code(4).stderr(contains("long.txt: is larger than 1 KiB"));
    };
    run("classify", &at("findings.csv"));
    run("review", &at("review.html"));
    assert!(fs::read_to_string(at("findings.csv")).unwrap().contains("\nshort.txt,"));
}
