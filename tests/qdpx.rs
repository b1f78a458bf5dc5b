//! The project for qualitative tools: it obeys the schema's rules, and its positions lead to the sentences.

#[path = "common/program.rs"]
mod program;
mod refi_qda;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Cursor, Read};
use std::path::Path;

use lettermark::finding::{self, Finding};
use lettermark::taxonomy::Taxonomy;
use predicates::Predicate;
use predicates::str::contains;
use program::lettermark;
use refi_qda::Element;
use tempfile::TempDir;

/// Beyond the basic plane before, in and after a sentence; combining marks; markup; a heading that would be a formula.
const LETTER: &str = "# =1+1 😀 <Findings>\n\n😀😀 Leaders know their café well & act. Plans 𝒶𝓇𝑒 <b>late</b>.\n\n\
    Children’s e\u{301}ducation 日本語 is strong. The “offer” is poor.\n";

/// What was classified, as a project and as a CSV.
struct Written {
    _folder: TempDir,
    files: BTreeMap<String, String>,
    findings: Vec<Finding>,
    stderr: String,
}

fn write(inputs: &[(&str, &str)]) -> Written {
    let folder = tempfile::tempdir().unwrap();
    let mut stderr = String::new();
    for (name, text) in inputs {
        fs::write(folder.path().join(name), text).unwrap();
    }
    for format in ["csv", "qdpx"] {
        let mut command = lettermark();
        command.current_dir(folder.path()).arg("classify").args(inputs.iter().map(|(name, _)| format!("./{name}")));
        let output = command.args(["--quiet", "-o", &format!("out.{format}")]).output().unwrap();
        stderr = String::from_utf8(output.stderr).unwrap();
    }
    let findings = finding::read(&folder.path().join("out.csv")).unwrap();
    let files = files(&fs::read(folder.path().join("out.qdpx")).unwrap());
    Written { files, findings: findings.into_iter().map(|located| located.finding).collect(), _folder: folder, stderr }
}

fn files(project: &[u8]) -> BTreeMap<String, String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(project)).unwrap();
    let mut files = BTreeMap::new();
    for i in 0..archive.len() {
        let mut entry = archive.by_index(i).unwrap();
        let mut text = String::new();
        entry.read_to_string(&mut text).expect("UTF-8");
        files.insert(entry.name().unwrap().into_owned(), text);
    }
    files
}

impl Written {
    fn project(&self) -> Element {
        let (project, wrong) = refi_qda::check(&self.files["project.qde"]);
        assert!(wrong.is_empty(), "{wrong:#?}");
        project
    }

    fn text_of(&self, source: &Element) -> &str {
        let path = source.get("plainTextPath").strip_prefix("internal://").unwrap();
        &self.files[&format!("Sources/{path}")]
    }
}

/// The passage at a selection's positions, which count code points.
fn passage(text: &str, selection: &Element) -> String {
    let at = |name: &str| selection.get(name).parse::<usize>().unwrap();
    text.chars().skip(at("startPosition")).take(at("endPosition") - at("startPosition")).collect()
}

/// Names of codes by identifier.
fn codes(project: &Element) -> BTreeMap<String, String> {
    project.all("Code").iter().map(|code| (code.get("guid").to_owned(), code.get("name").to_owned())).collect()
}

#[test]
fn positions_lead_to_the_sentences_of_the_csv_whatever_the_characters() {
    let kingston = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/letters/kingston-2018-send-letter.txt");
    let written = write(&[("a.md", LETTER), ("kingston.txt", &fs::read_to_string(kingston).unwrap())]);
    let project = written.project();
    let passages: Vec<String> = project
        .all("TextSource")
        .into_iter()
        .flat_map(|source| source.all("PlainTextSelection").into_iter().map(move |s| (source, s)))
        .map(|(source, selection)| passage(written.text_of(source), selection))
        .collect();
    let sentences: Vec<&str> = written.findings.iter().map(|finding| finding.sentence.as_str()).collect();
    assert!(sentences.iter().any(|s| s.contains('😀')) && sentences.iter().any(|s| s.contains('𝓇')), "{sentences:?}");
    assert_eq!(passages, sentences);
    for (name, text) in &written.files {
        assert!(!text.starts_with('\u{FEFF}') && !text.contains('\r'), "{name}");
    }
}

#[test]
fn each_finding_is_coded_with_its_labels_by_the_model() {
    let written = write(&[("a.md", LETTER), ("b.md", "The “offer” is poor. Another sentence stands here.\n")]);
    let (project, taxonomy) = (written.project(), Taxonomy::default());
    let names = codes(&project);
    let selections = project.all("PlainTextSelection");
    assert_eq!(selections.len(), written.findings.len());
    for (selection, finding) in selections.iter().zip(&written.findings) {
        let coded: BTreeSet<String> =
            selection.all("CodeRef").iter().map(|r| names[r.get("targetGUID")].clone()).collect();
        let mut expected: BTreeSet<String> =
            finding.themes.iter().map(|id| taxonomy.theme(taxonomy.find(id).unwrap()).name.clone()).collect();
        let polarity = finding.polarity.id();
        expected.insert(format!("{}{}", polarity[..1].to_uppercase(), &polarity[1..]));
        expected.extend(finding.needs_review.then(|| "Needs review".to_owned()));
        expected.extend(finding.boilerplate.then(|| "Boilerplate".to_owned()));
        assert_eq!(coded, expected, "{}", finding.sentence);
        let memo = &selection.child("Description").unwrap().text;
        assert!(memo.contains(&format!("Polarity: {polarity} {:.3}", finding.polarity_score)), "{memo}");
        assert!(memo.contains(&format!("Model: {}", finding.model)), "{memo}");
        assert!(memo.contains(&format!("Needs review: {}", if finding.needs_review { "yes" } else { "no" })), "{memo}");
    }
    assert!(written.findings.iter().any(|f| f.boilerplate), "the letters share a sentence");
    let user = project.all("User")[0];
    assert_eq!(user.get("name"), format!("lettermark model {}", written.findings[0].model));
    assert!(project.all("Coding").iter().all(|coding| coding.get("creatingUser") == user.get("guid")));
}

#[test]
fn the_taxonomy_is_the_code_book_with_colours_and_definitions() {
    let project = write(&[("a.md", LETTER)]).project();
    let heads = &project.child("CodeBook").unwrap().child("Codes").unwrap().children;
    let children =
        |head: &Element| head.children.iter().filter(|child| child.name == "Code").cloned().collect::<Vec<_>>();
    assert_eq!(heads.iter().map(|head| head.get("name")).collect::<Vec<_>>(), ["Polarity", "Themes", "Marks"]);
    assert_eq!(children(&heads[0]).len(), 4);
    for (code, theme) in children(&heads[1]).iter().zip(&Taxonomy::default().themes) {
        assert_eq!(code.get("name"), theme.name);
        assert!(
            code.get("color").starts_with('#') && code.child("Description").unwrap().text.contains(&theme.definition)
        );
    }
}

#[test]
fn sentences_of_a_table_get_a_text_of_their_own() {
    let csv = "letter,heading,sentence\n../../x.pdf,Findings,\"Leaders 😀 know\r\ntheir area.\"\n\
        ../../x.pdf,Findings,Plans are late.\n../../x.pdf,<Next>,\"=1+1 & \u{1}more.\"\n";
    let written = write(&[("rows.csv", csv)]);
    let project = written.project();
    let source = project.all("TextSource")[0];
    let text = written.text_of(source);
    assert!(text.starts_with("Findings\n\n") && text.contains("\n\n<Next>\n\n"), "{text:?}");
    let passages: Vec<String> = project.all("PlainTextSelection").iter().map(|s| passage(text, s)).collect();
    assert_eq!(passages.len(), 3);
    assert_eq!(passages[1], "Plans are late.");
    assert!(passages[0].starts_with("Leaders 😀 know") && passages[0].ends_with("their area."), "{passages:?}");
    assert!(passages[2].starts_with("=1+1 & ") && passages[2].ends_with("more."), "{passages:?}");
    assert!(!source.get("name").contains(['/', '\\']), "no importer is led out of its folder: {}", source.get("name"));
}

#[test]
fn the_letters_facts_are_variables_and_what_could_not_be_read_is_said() {
    let kingston = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/letters/kingston-2018-send-letter.txt");
    let written = write(&[("kingston.txt", &fs::read_to_string(kingston).unwrap()), ("broken.pdf", "no pdf")]);
    assert!(contains("broken.pdf").eval(&written.stderr), "{}", written.stderr);
    let project = written.project();
    let texts: Vec<&str> = project.all("TextValue").iter().map(|value| value.text.as_str()).collect();
    assert!(texts.contains(&"Kingston upon Thames") && texts.contains(&"send_2016"), "{texts:?}");
    assert_eq!(project.all("DateValue")[0].text, "2018-10-23");
    let description = &project.child("Description").unwrap().text;
    assert!(description.contains("Could not be read: 1.") && description.contains("broken.pdf: "), "{description}");
}

/// The rules find what is wrong; else a project that breaks them would pass.
#[test]
fn the_rules_name_what_a_project_breaks() {
    let xml = &write(&[("a.md", LETTER)]).files["project.qde"];
    for (from, to, says) in [
        (" xmlns=\"urn:QDA-XML:project:1.0\"", "", "not in the namespace"),
        ("startPosition=\"", "start=\"", "lacks startPosition"),
        ("isCodable=\"true\"", "isCodable=\"yes\"", "is no boolean"),
        ("<CodeBook>", "<Description>x</Description><CodeBook>", "out of place"),
        ("targetGUID=\"", "targetGUID=\"{", "is no guid"),
        ("<Users>", "<Users><Code/>", "out of place"),
        ("plainTextPath=", "richTextPath=", "a text has a path or a content"),
    ] {
        let broken = xml.replacen(from, to, if from.starts_with(" xmlns") { 1 } else { usize::MAX });
        assert_ne!(&broken, xml, "{from}");
        let (_, wrong) = refi_qda::check(&broken);
        assert!(wrong.iter().any(|w| w.contains(says)), "{from}: {wrong:?}");
    }
}
