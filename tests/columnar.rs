//! Parquet files and Arrow streams as a user of the command line meets them: the same findings as in every other format.

#[path = "common/program.rs"]
mod program;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::process::Command as Process;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, Int32Array, RecordBatch, StringArray};
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use predicates::prelude::*;
use predicates::str::contains;
use program::lettermark;
use serde_json::{Value, json};

const KINGSTON: &str = "datasets/letters/kingston-2018-send-letter.txt";

fn json_lines(bytes: &[u8]) -> Vec<Value> {
    bytes.split(|&b| b == b'\n').filter(|l| !l.is_empty()).map(|l| serde_json::from_slice(l).unwrap()).collect()
}

/// The rows of a batch as the JSON lines hold them.
fn rows(batch: &RecordBatch) -> Vec<Value> {
    let value = |array: &ArrayRef, row: usize| cell(array.as_ref(), row);
    let schema = batch.schema();
    let columns: Vec<_> = schema.fields().iter().map(|field| field.name()).zip(batch.columns()).collect();
    let row = |row| columns.iter().map(|(name, array)| ((*name).clone(), value(array, row))).collect();
    (0..batch.num_rows()).map(|at| Value::Object(row(at))).collect()
}

fn cell(array: &dyn Array, row: usize) -> Value {
    use arrow_schema::DataType::{Boolean, Date32, Float64, Int32, Int64, List, Utf8};
    if array.is_null(row) {
        return Value::Null;
    }
    match array.data_type() {
        Utf8 => json!(array.as_string::<i32>().value(row)),
        Int32 => json!(array.as_primitive::<Int32Type>().value(row)),
        Int64 => json!(array.as_primitive::<Int64Type>().value(row)),
        Float64 => json!(array.as_primitive::<Float64Type>().value(row)),
        Boolean => json!(array.as_boolean().value(row)),
        Date32 => {
            let date = array.as_primitive::<Date32Type>().value_as_date(row).unwrap();
            json!(date.format("%Y-%m-%d").to_string())
        }
        List(_) => {
            let items = array.as_list::<i32>().value(row);
            (0..items.len()).map(|at| cell(items.as_ref(), at)).collect()
        }
        other => panic!("no finding holds {other}"),
    }
}

fn parquet_rows(path: &Path) -> Vec<Value> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap().build().unwrap();
    reader.flat_map(|batch| rows(&batch.unwrap())).collect()
}

#[test]
fn a_parquet_file_holds_what_the_json_lines_hold() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("findings.parquet");
    lettermark().args(["classify", "datasets/letters", "-o"]).arg(&path).assert().success().stdout("");
    let lines = lettermark().args(["classify", "datasets/letters", "--format", "jsonl"]).output().unwrap().stdout;
    let (found, expected) = (parquet_rows(&path), json_lines(&lines));
    assert!(expected.len() > 250, "{}", expected.len());
    assert_eq!(found, expected);
}

#[test]
fn a_parquet_file_has_the_same_bytes_whatever_the_threads() {
    let run = |jobs| {
        lettermark().args(["classify", "datasets/letters", "--format", "parquet", "--jobs", jobs]).output().unwrap()
    };
    let (one, three) = (run("1"), run("3"));
    assert!(one.status.success() && one.stdout.starts_with(b"PAR1") && one.stdout.ends_with(b"PAR1"));
    assert!(one.stdout == three.stdout, "other bytes with three threads");
}

/// Sentences as a table: letter, page, heading, previous, sentence.
fn table() -> Vec<[Option<&'static str>; 5]> {
    vec![
        [Some("a.pdf"), Some("1"), Some("Main findings"), None, Some("Leaders know their area well.")],
        [
            Some("a.pdf"),
            None,
            Some("Main findings"),
            Some("Leaders know their area well."),
            Some("This is not so in all."),
        ],
        [Some("b.pdf"), Some("7"), None, None, Some("Plans are often\nlate.")],
    ]
}

const COLUMNS: [&str; 5] = ["letter", "page", "heading", "previous", "sentence"];

fn batch(rows: &[[Option<&str>; 5]]) -> RecordBatch {
    let column = |(at, name): (usize, &&'static str)| -> (&'static str, ArrayRef, bool) {
        let cells: Vec<Option<&str>> = rows.iter().map(|row| row[at]).collect();
        match *name {
            "page" => {
                let numbers = cells.iter().map(|cell| cell.map(|n| n.parse().unwrap()));
                (name, Arc::new(numbers.collect::<Int32Array>()), true)
            }
            _ => (name, Arc::new(StringArray::from(cells)), true),
        }
    };
    RecordBatch::try_from_iter_with_nullable(COLUMNS.iter().enumerate().map(column)).unwrap()
}

fn write_csv(path: &Path, rows: &[[Option<&str>; 5]]) {
    let mut writer = csv::Writer::from_path(path).unwrap();
    writer.write_record(COLUMNS).unwrap();
    for row in rows {
        writer.write_record(row.map(Option::unwrap_or_default)).unwrap();
    }
    writer.flush().unwrap();
}

#[test]
fn a_parquet_table_of_sentences_is_judged_as_the_same_csv() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    write_csv(&path("s.csv"), &table());
    let batch = batch(&table());
    let mut writer = ArrowWriter::try_new(File::create(path("s.parquet")).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    // Content tells the format, not the name.
    fs::copy(path("s.parquet"), path("s")).unwrap();
    let run = |name: &str| lettermark().arg("classify").arg(path(name)).output().unwrap();
    let from_csv = run("s.csv");
    assert!(from_csv.status.success());
    for name in ["s.parquet", "s"] {
        let found = run(name);
        assert_eq!(String::from_utf8_lossy(&found.stdout), String::from_utf8_lossy(&from_csv.stdout), "{name}");
    }
    lettermark().args(["classify", "-"]).write_stdin(fs::read(path("s.parquet")).unwrap()).assert().success();
}

#[test]
fn a_parquet_file_of_no_sentences_is_named_and_stops_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("numbers.parquet");
    let numbers = RecordBatch::try_from_iter([("n", Arc::new(Int32Array::from(vec![1])) as ArrayRef)]).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), numbers.schema(), None).unwrap();
    writer.write(&numbers).unwrap();
    writer.close().unwrap();
    lettermark()
        .args(["classify", KINGSTON])
        .arg(&path)
        .assert()
        .code(4)
        .stdout(contains("kingston-2018-send-letter.txt,"))
        .stderr(contains("numbers.parquet: has no column \"sentence\"; its columns are [\"n\"]"));
}

fn stream(batches: &[RecordBatch]) -> Vec<u8> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batches[0].schema()).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.finish().unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn a_stream_is_judged_as_the_same_table() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.csv");
    write_csv(&path, &table());
    let lines = lettermark().args(["classify", "--format", "jsonl"]).arg(&path).output().unwrap().stdout;
    let expected: BTreeMap<String, Value> =
        json_lines(&lines).into_iter().map(|f| (f["sentence"].as_str().unwrap().to_owned(), f)).collect();

    let all = batch(&table());
    let input = stream(&[all.slice(0, 2), all.slice(2, 1)]);
    let output = lettermark().args(["classify", "--ipc"]).write_stdin(input).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "3 of 3 rows in 2 batches were judged\n");
    assert!(output.status.success());
    let batches: Vec<_> = StreamReader::try_new(&output.stdout[..], None).unwrap().map(Result::unwrap).collect();
    assert_eq!(batches.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(&batches[0].columns()[..COLUMNS.len()], all.slice(0, 2).columns());
    for row in batches.iter().flat_map(rows) {
        let finding = &expected[&row["sentence"].as_str().unwrap().replace('\n', " ")];
        for name in ["polarity", "polarity_score", "themes", "theme_scores", "needs_review", "truncated", "model"] {
            assert_eq!(row[name], finding[name], "{name} of {row}");
        }
    }
}

#[test]
fn a_stream_that_cannot_be_judged_ends_with_one_and_leaves_stdout_empty() {
    let text = RecordBatch::try_from_iter([("text", Arc::new(StringArray::from(vec!["Good."])) as ArrayRef)]).unwrap();
    for (input, says) in [
        (stream(&[text]), "no column \"sentence\"; its columns are [\"text\"]"),
        (b"letter,sentence\n".to_vec(), "no Arrow stream"),
        (Vec::new(), "the stream is empty"),
    ] {
        let run = lettermark().args(["classify", "--ipc"]).write_stdin(input).assert();
        run.code(1).stdout("").stderr(contains("lettermark: ").and(contains(says)));
    }
}

#[test]
fn a_stream_on_which_the_library_panics_is_called_damaged_and_nothing_else() {
    let damaged = fs::read("fuzz/regressions/stream/a-buffer-longer-than-its-message").unwrap();
    let said = contains("the stream is damaged").and(contains("internal error").not());
    lettermark().args(["classify", "--ipc", "-q"]).write_stdin(damaged).assert().code(1).stderr(said);
}

#[test]
fn a_stream_takes_no_letters_and_no_format() {
    for arguments in
        [&["classify", "--ipc", KINGSTON][..], &["classify", "--ipc", "-o", "x.csv"], &["classify", "--prefix", "x"]]
    {
        lettermark().args(arguments).write_stdin("").assert().code(2);
    }
}

#[test]
fn python_reads_and_drives_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("target/integrations/bin/python");
    if !python.exists() {
        println!("skipped: needs target/integrations, which integrations/test.sh makes");
        return;
    }
    let tests = ["integrations/test_parquet.py", "integrations/test_stream.py"];
    let status = Process::new(python)
        .args(["-m", "pytest", "-q", "-p", "no:cacheprovider"])
        .args(tests)
        .current_dir(root)
        .env("LETTERMARK", assert_cmd::cargo::cargo_bin!("lettermark"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .status();
    assert!(status.unwrap().success());
}
