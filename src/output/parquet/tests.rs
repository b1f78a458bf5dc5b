use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int32Type};
use arrow_array::{Array, RecordBatch};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;
use crate::output::sample;
use crate::taxonomy::Taxonomy;

fn about() -> About {
    About { taxonomy: Taxonomy::default(), model: "test-0123abcd".into() }
}

fn written(letters: usize) -> Vec<u8> {
    let mut file = File::new(&about()).unwrap();
    let mut bytes = Vec::new();
    for _ in 0..letters {
        bytes.extend(file.letter(&sample::letter()).unwrap());
    }
    bytes.extend(file.finish().unwrap());
    bytes
}

fn read(bytes: Vec<u8>) -> (ParquetRecordBatchReaderBuilder<bytes::Bytes>, Vec<RecordBatch>) {
    let open = |bytes: bytes::Bytes| ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
    let bytes = bytes::Bytes::from(bytes);
    let batches = open(bytes.clone()).build().unwrap().map(|batch| batch.unwrap()).collect();
    (open(bytes), batches)
}

#[test]
fn a_finding_is_a_typed_row() {
    let (file, batches) = read(written(1));
    let [batch] = &batches[..] else { panic!("{batches:?}") };
    let names: Vec<&str> = file.schema().fields().iter().map(|f| f.name().as_str()).collect();
    assert_eq!(names, COLUMNS);
    let column = |name: &str| batch.column_by_name(name).unwrap();
    let sentences = column("sentence").as_string::<i32>();
    assert_eq!(sentences.value(2), "=HYPERLINK(\"http://x\")", "text stands as it is");
    // 2024-02-29 is 19,782 days after 1970-01-01.
    assert_eq!(column("published").as_primitive::<Date32Type>().value(0), 19_782);
    let pages = column("page").as_primitive::<Int32Type>();
    assert_eq!((pages.value(0), pages.is_null(2), column("start").is_null(2)), (2, true, true));
    let themes = column("themes").as_list::<i32>().value(1);
    assert_eq!(themes.as_string::<i32>().iter().flatten().collect::<Vec<_>>(), ["ehc_plans", "timeliness_access"]);
    let scores = column("theme_scores").as_list::<i32>().value(1);
    assert_eq!(scores.as_primitive::<Float64Type>().values(), &[0.8, 0.555], "the digits that the CSV shows");
    let review = column("needs_review").as_boolean();
    assert_eq!((review.value(0), review.value(1)), (false, true));
}

#[test]
fn the_file_names_model_and_hash() {
    let (file, _) = read(written(1));
    let metadata = file.metadata().file_metadata().key_value_metadata().unwrap();
    let value = |key: &str| metadata.iter().find(|entry| entry.key == key).unwrap().value.clone().unwrap();
    assert_eq!((value("lettermark.model"), value("lettermark.model_hash")), ("test".into(), "0123abcd".into()));
    assert_eq!(value("lettermark.taxonomy").split(' ').next(), Some(Taxonomy::default().name.as_str()));
}

#[test]
fn the_same_findings_give_the_same_bytes() {
    assert_eq!(written(3), written(3));
}

#[test]
fn a_full_row_group_is_given_out_before_the_end() {
    let mut file = File::new(&about()).unwrap();
    let mut letter = sample::letter();
    let one = letter.findings[0].clone();
    letter.findings = vec![one; ROW_GROUP - 1];
    let first = file.letter(&letter).unwrap();
    assert_eq!(first, b"PAR1");
    letter.findings.truncate(3);
    let second = file.letter(&letter).unwrap();
    assert!(second.len() > 1_000);
    let bytes = [first, second, file.finish().unwrap()].concat();
    let (file, _) = read(bytes);
    let groups: Vec<i64> = file.metadata().row_groups().iter().map(|group| group.num_rows()).collect();
    assert_eq!(groups, [ROW_GROUP as i64, 2]);
}

#[test]
fn days_are_counted_from_1970_and_what_is_no_date_is_refused() {
    for (date, days) in [("1970-01-01", 0), ("2000-03-01", 11_017), ("2018-10-23", 17_827), ("1969-12-31", -1)] {
        assert_eq!(days_since_1970(date).unwrap(), days, "{date}");
    }
    for text in ["2018", "2018-13-01", "2018-02-29", "2018-1-001", "+018-10-23", "2018-10-23T00", ""] {
        assert!(days_since_1970(text).is_err(), "{text}");
    }
}
