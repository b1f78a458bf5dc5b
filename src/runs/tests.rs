use super::*;
use crate::finding::tests::finding;
use crate::ingest::Facts;
use crate::taxonomy::Polarity;

pub(super) fn header(letters: &[&str]) -> Header {
    Header {
        program: "0.1.0".to_owned(),
        model: "test-0123abcd".to_owned(),
        precision: "F32".to_owned(),
        taxonomy: Taxonomy::default(),
        limits: Limits::default(),
        shard: Shard::WHOLE,
        problems: Vec::new(),
        letters: letters.iter().map(|&name| name.to_owned()).collect(),
    }
}

fn said(letter: &str, sentences: &[&str]) -> Vec<LetterFindings> {
    let findings = sentences.iter().map(|sentence| finding(letter, sentence, Polarity::Strength)).collect();
    vec![LetterFindings { name: letter.to_owned(), facts: Facts::default(), findings, document: None }]
}

const SHARED: &str = "We visited the local area last week.";

/// Writes the folder of one shard of a run of "a", "b" and "c", of which "c" cannot be read.
fn shard(root: &Path, shard: &str) -> PathBuf {
    let folder = root.join(shard.replace('/', "-"));
    let shard: Shard = shard.parse().unwrap();
    let mut run = Run::open(&folder, Header { shard, ..header(&["a", "b", "c"]) }).unwrap();
    for name in ["b", "a"].into_iter().filter(|name| shard.holds(name)) {
        run.record(name, name, &said(name, &[SHARED, &format!("Part {name} is a part of it.")])).unwrap();
    }
    if shard.holds("c") {
        run.record_failure("c", "c: no text was found in it").unwrap();
    }
    folder
}

fn told(merge: &Merge) -> Vec<String> {
    let line = |merged: Merged| match merged {
        Merged::Unread(line) => line,
        Merged::Letters(letters) => letters[0]
            .findings
            .iter()
            .map(|f| format!("{}:{}:{};", f.letter, f.sentence.len(), f.boilerplate))
            .collect(),
    };
    merge.sources().map(|merged| line(merged.unwrap())).collect()
}

#[test]
fn shards_give_what_one_run_gives_in_its_order_and_share_their_boilerplate() {
    let root = tempfile::tempdir().unwrap();
    let whole = Merge::open(&[shard(root.path(), "1/1")]).unwrap();
    assert_eq!(told(&whole), ["a:36:true;a:23:false;", "b:36:true;b:23:false;", "c: no text was found in it"]);
    let folders: Vec<PathBuf> = ["3/3", "1/3", "2/3"].map(|name| shard(root.path(), name)).into();
    let merge = Merge::open(&folders).unwrap();
    assert_eq!((told(&merge), merge.findings()), (told(&whole), 4));
}

#[test]
fn what_is_not_one_whole_run_is_refused_with_the_reason() {
    let root = tempfile::tempdir().unwrap();
    let (one, two) = (shard(root.path(), "1/2"), shard(root.path(), "2/2"));
    let refused = |folders: &[PathBuf]| Merge::open(folders).unwrap_err().to_string();
    assert!(refused(std::slice::from_ref(&one)).contains("shard 2/2 is missing"));
    assert!(refused(&[one.clone(), two.clone(), one.clone()]).contains("is shard 1/2 as"));
    assert!(refused(&[one.clone(), shard(root.path(), "2/3")]).contains("they are not of one run"));
    assert!(refused(&[root.path().to_owned()]).contains("holds no run"));

    let other = root.path().join("other");
    let shard: Shard = "2/2".parse().unwrap();
    for (header, says) in [
        (Header { model: "other-1".into(), ..header(&["a", "b", "c"]) }, "has one model: other-1"),
        (Header { precision: "Bf16".into(), ..header(&["a", "b", "c"]) }, "has one arithmetic"),
        (header(&["a", "b"]), "(\"c\" is in only one)"),
        (
            Header { limits: Limits { max_pages: 3, ..Limits::default() }, ..header(&["a", "b", "c"]) },
            "has one --max-pages",
        ),
    ] {
        drop(Run::open(&other, Header { shard, ..header }).unwrap());
        let error = refused(&[one.clone(), other.clone()]);
        assert!(error.contains(says), "{error}");
        fs::remove_dir_all(&other).unwrap();
    }

    let unfinished = root.path().join("unfinished");
    drop(Run::open(&unfinished, header(&["a"])).unwrap());
    assert!(refused(&[unfinished]).contains("\"a\" is not done yet; run the same command again, with --resume"));
}

#[test]
fn a_damaged_file_of_a_letter_is_done_again_and_never_merged() {
    let root = tempfile::tempdir().unwrap();
    let folder = shard(root.path(), "1/1");
    let file = folder.join(LETTERS).join(part::name("a"));
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let error = Merge::open(std::slice::from_ref(&folder)).unwrap_err();
    assert!(error.to_string().contains("is not as it was written"), "{error}");
    let run = Run::open(&folder, header(&["a", "b", "c"])).unwrap();
    assert_eq!([run.is_done("a", "a"), run.is_done("b", "b"), run.is_done("b", "changed")], [false, true, false]);
}

#[test]
fn a_run_goes_on_only_as_what_it_was() {
    let root = tempfile::tempdir().unwrap();
    let folder = shard(root.path(), "1/1");
    let usual = || header(&["a", "b", "c"]);
    let limits = |max_pages| Limits { max_pages, ..Limits::default() };
    for (header, says) in [
        (Header { model: "other-1".into(), ..usual() }, "the model test-0123abcd, and this is other-1"),
        (Header { program: "0.2.0".into(), ..usual() }, "lettermark 0.1.0, and this is 0.2.0"),
        (Header { precision: "Bf16".into(), ..usual() }, "the arithmetic F32"),
        (Header { shard: "1/2".parse().unwrap(), ..usual() }, "shard 1/1, and this is 1/2"),
        (Header { limits: limits(9), ..usual() }, "a higher --max-pages"),
    ] {
        let error = Run::open(&folder, header).err().unwrap().to_string();
        assert!(error.contains(says) && error.contains("name another folder"), "{error}");
    }
    // Letters may come and go, and limits may rise: nothing that is done would be another.
    let run = Run::open(&folder, Header { limits: limits(9999), ..header(&["b", "new"]) }).unwrap();
    assert!(run.is_done("b", "b") && !run.is_done("new", "new"));
}

#[test]
fn one_program_works_in_a_folder_at_a_time_and_no_other_folder_is_touched() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("run");
    let run = Run::open(&folder, header(&["a"])).unwrap();
    let error = Run::open(&folder, header(&["a"])).err().unwrap();
    assert!(error.to_string().contains("another lettermark is working"), "{error}");
    drop(run);
    assert!(Run::open(&folder, header(&["a"])).is_ok());

    fs::write(root.path().join("thesis.docx"), "x").unwrap();
    let error = Run::open(root.path(), header(&["a"])).err().unwrap();
    assert!(error.to_string().contains("and no run; name a new folder"), "{error}");
    let error = Run::open(&folder, header(&["a", "a"])).err().unwrap();
    assert!(error.to_string().contains("are called \"a\""), "{error}");
}
