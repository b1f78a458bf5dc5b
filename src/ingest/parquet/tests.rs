use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, DictionaryArray, Float64Array, Int64Array, LargeStringArray, StringArray,
    StringViewArray, UInt8Array,
};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, GzipLevel, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::*;

fn file_with(columns: Vec<(&str, ArrayRef)>, compression: Compression) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let properties = WriterProperties::builder().set_compression(compression).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

fn file(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    file_with(columns, Compression::SNAPPY)
}

fn texts(rows: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(rows.to_vec()))
}

fn error(bytes: &[u8]) -> String {
    read(bytes, &Limits::default()).unwrap_err().to_string()
}

#[test]
fn rows_keep_their_order_and_context() {
    let bytes = file(vec![
        ("colour", Arc::new(BooleanArray::from(vec![true; 3]))),
        ("Sentence", texts(&[Some(" Plans are\nlate. "), None, Some("Good.")])),
        ("previous", Arc::new(LargeStringArray::from(vec![Some("Staff act."), None, None]))),
        ("heading", Arc::new(StringViewArray::from(vec![Some("Main"), Some(" "), None]))),
        ("letter", Arc::new(vec![Some("a"), None, Some("b")].into_iter().collect::<DictionaryArray<Int32Type>>())),
        ("page", Arc::new(Int64Array::from(vec![Some(3), None, None]))),
    ]);
    let rows = read(&bytes, &Limits::default()).unwrap();
    let [first, second] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!((first.sentence.as_str(), first.previous.as_str()), ("Plans are late.", "Staff act."));
    assert_eq!((first.heading.as_str(), first.letter.as_str(), first.page), ("Main", "a", Some(3)));
    assert_eq!((second.sentence.as_str(), second.letter.as_str(), second.page), ("Good.", "b", None));
    assert_eq!((first.line, second.line), (1, 3));
}

#[test]
fn what_other_programs_write_is_read() {
    let columns = || -> Vec<(&str, ArrayRef)> {
        vec![
            ("sentence", Arc::new(BinaryArray::from(vec![b"Old writers mark no text.".as_slice(), b"Good."]))),
            ("page", Arc::new(Float64Array::from(vec![f64::NAN, 2.0]))),
        ]
    };
    for compression in [
        Compression::UNCOMPRESSED,
        Compression::GZIP(GzipLevel::default()),
        Compression::ZSTD(ZstdLevel::default()),
        Compression::LZ4_RAW,
    ] {
        let rows = read(&file_with(columns(), compression), &Limits::default()).unwrap();
        assert_eq!(rows.iter().map(|row| row.page).collect::<Vec<_>>(), [None, Some(2)], "{compression:?}");
    }
}

#[test]
fn wrong_tables_are_refused_with_what_is_wrong() {
    let one = || texts(&[Some("Good.")]);
    let numbers = || -> ArrayRef { Arc::new(UInt8Array::from(vec![0])) };
    for (columns, says) in [
        (vec![("text", one()), ("page", numbers())], "its columns are [\"text\", \"page\"]"),
        (vec![("sentence", numbers())], "\"sentence\" holds no text (its type is UInt8)"),
        (vec![("sentence", one()), ("SENTENCE", one())], "two columns are named \"sentence\""),
        (vec![("sentence", one()), ("page", one())], "\"page\" holds no numbers"),
        (vec![("sentence", one()), ("page", numbers())], "row 1 has 0 for a page"),
        (vec![("sentence", texts(&[None])), ("letter", one())], "row 1 has no sentence"),
        (vec![("sentence", texts(&[None, Some(" ")]))], "no row with a sentence"),
    ] {
        let error = error(&file(columns));
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn a_damaged_file_is_an_error_wherever_it_is_cut() {
    let whole = file(vec![("sentence", texts(&[Some("Plans are late."), Some("Good.")]))]);
    for length in (4..whole.len()).step_by(7) {
        assert!(read(&whole[..length], &Limits::default()).is_err(), "cut after {length} bytes");
    }
    assert!(error(&whole[..whole.len() - 1]).contains("damaged"));
}

#[test]
fn what_makes_the_library_panic_is_an_error_of_the_file() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/regressions/parquet");
    let mut tried = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let refused = read(&bytes, &Limits::default()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Unreadable, "{refused}");
        assert!(refused.to_string().contains("damaged"), "{refused}");
        tried += 1;
    }
    assert!(tried > 0);
}

#[test]
fn a_small_file_of_much_text_is_refused() {
    let long = "long ".repeat(10_000);
    let bytes = file(vec![("sentence", texts(&vec![Some(long.as_str()); 1_000]))]);
    assert!(bytes.len() < 100_000, "{}", bytes.len());
    let limits = Limits { max_expanded: 1 << 20, ..Limits::default() };
    let error = read(&bytes, &limits).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert!(error.message().contains("more than 1 MiB of text"), "{error}");
}
