//! The workbook as a reader meets it: what its cells hold, and what its summary counts when a spreadsheet calculates.

#[path = "common/program.rs"]
mod program;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};
use std::sync::LazyLock;

use lettermark::finding::{self, Finding};
use lettermark::taxonomy::{Polarity, Taxonomy};
use predicates::str::contains;
use program::lettermark;
use quick_xml::events::Event;

const KINGSTON: &str = "datasets/letters/kingston-2018-send-letter.txt";
/// A sentence of the Kingston letter, a formula, markup, a control character, and what lies beyond the basic plane.
const HOSTILE: &str = "# =HYPERLINK(\"http://x\")\n\n=1+1 is what leaders know well. Plans <script>alert(1)</script> are \
    late & poor.\n\nChildren say 😀 that they are heard. _x0041_ is not an A.\n";

/// Two letters that share sentences, one hostile letter and one that cannot be read; beside them `out.csv` and
/// `out.xlsx` of the same findings.
struct Written {
    workbook: Vec<u8>,
    findings: Vec<Finding>,
}

impl Written {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let letters = folder.path().join("letters");
        fs::create_dir(&letters).unwrap();
        let kingston = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(KINGSTON)).unwrap();
        fs::write(letters.join("kingston.txt"), &kingston).unwrap();
        let later: String = kingston.split_inclusive('\n').skip(kingston.lines().count() / 2).collect();
        fs::write(letters.join("later.txt"), later).unwrap();
        fs::write(letters.join("=cmd+'a'!A0.md"), HOSTILE).unwrap();
        fs::write(letters.join("broken.pdf"), "no pdf").unwrap();
        for format in ["csv", "xlsx"] {
            let mut command = lettermark();
            command.current_dir(folder.path()).args(["classify", "letters", "-q", "-o", &format!("out.{format}")]);
            command.assert().code(4).stderr(contains("broken.pdf"));
        }
        let findings = finding::read(&folder.path().join("out.csv")).unwrap();
        let workbook = fs::read(folder.path().join("out.xlsx")).unwrap();
        Written { findings: findings.into_iter().map(|located| located.finding).collect(), workbook }
    }

    /// The summary that the CSV's rows give.
    fn summary(&self, boilerplate: bool) -> BTreeMap<String, [usize; 6]> {
        let mut rows: BTreeMap<String, [usize; 6]> =
            Taxonomy::default().themes.iter().map(|theme| (theme.name.clone(), [0; 6])).collect();
        rows.insert("all sentences".into(), [0; 6]);
        let taxonomy = Taxonomy::default();
        for finding in self.findings.iter().filter(|finding| boilerplate || !finding.boilerplate) {
            let names = finding.themes.iter().map(|id| taxonomy.theme(taxonomy.find(id).unwrap()).name.clone());
            for row in names.chain(["all sentences".to_owned()]) {
                let counts = rows.get_mut(&row).unwrap();
                counts[finding.polarity.index()] += 1;
                counts[4] += 1;
                counts[5] += usize::from(finding.needs_review);
            }
        }
        rows
    }
}

/// What every test reads; written once, since letters take a while to read.
static WRITTEN: LazyLock<Written> = LazyLock::new(Written::new);

fn part(workbook: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(workbook)).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

/// What a cell of a sheet holds: its text or number as written, and whether a formula gives it.
#[derive(Debug, Default, Clone, PartialEq)]
struct Cell {
    value: String,
    formula: bool,
}

/// The cells of a sheet by their names; texts in the shared table are looked up.
fn cells(workbook: &[u8], sheet: &str) -> BTreeMap<String, Cell> {
    let shared = texts(&part(workbook, "xl/sharedStrings.xml"));
    let xml = part(workbook, sheet);
    let mut reader = quick_xml::Reader::from_str(&xml);
    let (mut cells, mut name, mut cell, mut is_shared) = (BTreeMap::new(), String::new(), Cell::default(), false);
    loop {
        match reader.read_event().unwrap() {
            Event::Start(e) if e.name().as_ref() == "c" => {
                let attribute = |key: &str| e.try_get_attribute(key).unwrap().map(|a| a.value.into_owned());
                (name, cell) = (attribute("r").unwrap(), Cell::default());
                is_shared = attribute("t").as_deref() == Some("s");
            }
            Event::Start(e) if e.name().as_ref() == "f" => {
                cell.formula = true;
                reader.read_text(e.name()).unwrap();
            }
            Event::Start(e) if matches!(e.name().as_ref(), "v" | "t") => {
                let text = unescaped(&reader.read_text(e.name()).unwrap());
                cell.value = if is_shared { shared[text.parse::<usize>().unwrap()].clone() } else { text };
            }
            Event::End(e) if e.name().as_ref() == "c" => drop(cells.insert(name.clone(), cell.clone())),
            Event::Eof => return cells,
            _ => {}
        }
    }
}

fn texts(shared: &str) -> Vec<String> {
    let mut reader = quick_xml::Reader::from_str(shared);
    let mut texts = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(e) if e.name().as_ref() == "t" => {
                texts.push(unescaped(&reader.read_text(e.name()).unwrap()));
            }
            Event::Eof => return texts,
            _ => {}
        }
    }
}

fn unescaped(text: &str) -> String {
    quick_xml::escape::unescape(text).unwrap().into_owned()
}

const SUMMARY: &str = "xl/worksheets/sheet1.xml";
const FINDINGS: &str = "xl/worksheets/sheet2.xml";
const LETTERS: &str = "xl/worksheets/sheet3.xml";
const ABOUT: &str = "xl/worksheets/sheet4.xml";

/// The rows of a table whose first column is a name and whose next six are counts.
fn rows(of: impl Iterator<Item = Vec<String>>) -> BTreeMap<String, [usize; 6]> {
    of.filter_map(|row| {
        let counts: Vec<usize> = row.get(1..7)?.iter().filter_map(|count| count.parse().ok()).collect();
        Some((row[0].clone(), counts.try_into().ok()?))
    })
    .collect()
}

#[test]
fn what_is_stored_for_the_summarys_formulas_is_what_the_csv_counts() {
    let written = &*WRITTEN;
    let expected = written.summary(false);
    let all = expected["all sentences"];
    assert!(all[4] > 50 && written.findings.iter().any(|f| f.boilerplate), "the letters test nothing: {all:?}");

    let cells = cells(&written.workbook, SUMMARY);
    let row = |n: usize| {
        "ABCDEFG".chars().map(|column| cells.get(&format!("{column}{n}")).cloned().unwrap_or_default().value).collect()
    };
    assert_eq!(rows((10..30).map(row)), expected);
    assert!(("BCDEFG".chars()).all(|column| cells[&format!("{column}10")].formula), "each count is a formula");
    assert_eq!(cells["B4"].value, written.findings.len().to_string());
    assert_eq!(cells["B5"].value, written.findings.iter().filter(|f| f.boilerplate).count().to_string());
    let themes: Vec<&str> = (10..26).map(|n| cells[&format!("A{n}")].value.as_str()).collect();
    assert_eq!(themes.last(), Some(&"None"), "{themes:?}");
}

#[test]
fn the_sheets_hold_what_the_csv_holds_and_what_could_not_be_read() {
    let written = &*WRITTEN;
    let workbook = &written.workbook;
    let findings = cells(workbook, FINDINGS);
    assert!(findings.values().all(|cell| !cell.formula), "no text became a formula");
    for (row, finding) in (2..).zip(&written.findings) {
        let cell = |column: &str| findings.get(&format!("{column}{row}")).cloned().unwrap_or_default().value;
        let yes = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
        assert_eq!(cell("A"), finding.letter);
        assert_eq!(cell("E"), finding.heading);
        assert_eq!(cell("F").replace("_x005F_", "_"), finding.sentence);
        assert_eq!(cell("G"), finding.polarity.id());
        assert_eq!(cell("H").parse::<f32>().unwrap(), finding.polarity_score);
        assert_eq!((cell("J"), cell("K")), (yes(finding.needs_review), yes(finding.boilerplate)));
        assert_eq!(cell("N"), finding.span.unwrap().start.to_string());
        for (place, theme) in Taxonomy::default().themes.iter().enumerate() {
            let column = ["Q", "R", "S", "T", "U", "V", "W", "X", "Y", "Z", "AA", "AB", "AC", "AD", "AE", "AF"][place];
            let score = finding.themes.iter().position(|id| *id == theme.id).map(|i| finding.theme_scores[i]);
            assert_eq!(cell(column).parse::<f32>().ok(), score, "row {row}, {}", theme.id);
        }
    }
    assert!(!findings.contains_key(&format!("A{}", written.findings.len() + 2)), "no row more");
    let sentences: Vec<&str> = findings.values().map(|cell| cell.value.as_str()).collect();
    assert!(sentences.contains(&"=1+1 is what leaders know well."), "the formula is text");

    let letters = cells(workbook, LETTERS);
    let kingston = letters.iter().find(|(_, cell)| cell.value == "kingston.txt").unwrap().0;
    let kingston = |column: &str| letters[&kingston.replace('A', column)].value.clone();
    assert_eq!((kingston("B").as_str(), kingston("C").as_str()), ("Kingston upon Thames", "send_2016"));
    assert_eq!(kingston("D"), "43396", "2018-10-23 as a day of the spreadsheet's calendar");
    let all = || written.findings.iter().filter(|f| f.letter == "kingston.txt");
    let mine: Vec<&Finding> = all().filter(|f| !f.boilerplate).collect();
    let count = |of: Polarity| mine.iter().filter(|f| f.polarity == of).count().to_string();
    assert_eq!((kingston("I"), kingston("J")), (mine.len().to_string(), (all().count() - mine.len()).to_string()));
    assert_eq!((kingston("K"), kingston("L")), (count(Polarity::Strength), count(Polarity::Weakness)));

    let about: Vec<String> = cells(workbook, ABOUT).into_values().map(|cell| cell.value).collect();
    assert!(about.iter().any(|text| text.contains("broken.pdf: ")), "{about:?}");
    assert!(about.iter().any(|text| text.contains(&written.findings[0].model)), "{about:?}");
}

#[test]
fn a_workbook_goes_into_a_pipe_by_its_format() {
    let output = lettermark()
        .args(["classify", "-", "--format", "xlsx", "--quiet"])
        .write_stdin("Leaders know their area well. Plans are late.\n")
        .output()
        .unwrap();
    assert!(output.status.success());
    assert_eq!(cells(&output.stdout, FINDINGS)["F3"].value, "Plans are late.");
}

/// What needs LibreOffice's spreadsheet; its tests are skipped where it is absent.
mod libreoffice {
    use super::*;

    #[test]
    fn the_summary_that_libreoffice_calculates_is_what_the_csv_counts() {
        let Some(office) = office() else { return };
        let written = &*WRITTEN;
        // With other numbers stored, the right ones can only come from the formulas.
        let stale = altered(&written.workbook, SUMMARY, |xml| {
            let parts: Vec<&str> = xml.split("</f><v>").collect();
            let rest = parts[1..].iter().map(|part| format!("</f><v>77777{}", &part[part.find('<').unwrap()..]));
            [parts[0].to_owned()].into_iter().chain(rest).collect()
        });
        assert_eq!(rows(recalculated(&office, &stale).into_iter()), written.summary(false));
        let with_boilerplate = altered(&stale, "xl/sharedStrings.xml", |xml| xml.replace("<t>no</t>", "<t>yes</t>"));
        assert_eq!(rows(recalculated(&office, &with_boilerplate).into_iter()), written.summary(true));
        assert_ne!(written.summary(true), written.summary(false));
    }

    fn office() -> Option<PathBuf> {
        let found = ["soffice", "libreoffice"].into_iter().find(|name| {
            Process::new(name)
                .arg("--version")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|s| s.success())
        });
        if found.is_none() {
            eprintln!("skipped: needs soffice (LibreOffice Calc)");
        }
        found.map(PathBuf::from)
    }

    /// The first sheet as LibreOffice calculates it when it opens the workbook.
    fn recalculated(office: &Path, workbook: &[u8]) -> Vec<Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        let profile = folder.path().join("profile");
        fs::create_dir_all(profile.join("user")).unwrap();
        // 0 is "always": else it shows what is stored in the file.
        fs::write(
            profile.join("user/registrymodifications.xcu"),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <oor:items xmlns:oor=\"http://openoffice.org/2001/registry\">\
             <item oor:path=\"/org.openoffice.Office.Calc/Formula/Load\">\
             <prop oor:name=\"OOXMLRecalcMode\" oor:op=\"fuse\"><value>0</value></prop></item></oor:items>",
        )
        .unwrap();
        fs::write(folder.path().join("book.xlsx"), workbook).unwrap();
        let status = Process::new(office)
            .arg(format!("-env:UserInstallation=file://{}", profile.display()))
            .args([
                "--headless",
                "--convert-to",
                "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,1",
            ])
            .args(["--outdir", ".", "book.xlsx"])
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success(), "soffice: {status}");
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_path(folder.path().join("book.csv"))
            .expect("soffice writes book.csv");
        reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    /// The workbook with one part changed.
    fn altered(workbook: &[u8], name: &str, change: impl Fn(&str) -> String) -> Vec<u8> {
        let mut archive = zip::ZipArchive::new(Cursor::new(workbook)).unwrap();
        let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for i in 0..archive.len() {
            let mut entry = archive.by_index(i).unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            let entry_name = entry.name().unwrap().into_owned();
            if entry_name == name {
                let before = String::from_utf8(bytes).unwrap();
                let after = change(&before);
                assert_ne!(before, after, "{name} holds nothing to change");
                bytes = after.into_bytes();
            }
            out.start_file(entry_name, zip::write::SimpleFileOptions::default()).unwrap();
            out.write_all(&bytes).unwrap();
        }
        out.finish().unwrap().into_inner()
    }
}
