//! Columns: a table of sentences as Parquet, and sentences as a stream of Arrow batches.

use std::sync::OnceLock;

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, RecordBatch};
use arrow_ipc::reader::StreamReader;
use lettermark::classify::{Bundle, Classifier};
use lettermark::encode::Precision;
use lettermark::stream::{Options, judge};

use super::bundles::sealed;
use super::letters::read;

/// A Parquet file of sentences.
pub fn parquet(data: &[u8]) {
    read("letter.parquet", data);
}

/// An Arrow stream, judged by the smallest model that opens. What comes back is a stream too, of the same batches with
/// their columns; after an error, of those before it.
pub fn stream(data: &[u8]) {
    let options = Options { threads: 1, ..Options::default() };
    let mut output = Vec::new();
    match judge(classifier(), &options, data, &mut output) {
        Ok(passed) => {
            let (sent, got) = (batches(data), batches(&output));
            assert_eq!((sent.len(), got.len()), (passed.batches as usize, passed.batches as usize));
            for (sent, got) in sent.iter().zip(&got) {
                assert_eq!(sent.num_rows(), got.num_rows(), "a batch comes back row for row");
                assert_eq!(sent.columns(), &got.columns()[..sent.num_columns()], "what came goes through untouched");
                let scores = got.column(sent.num_columns() + 1).as_primitive::<Float64Type>();
                assert!(scores.iter().flatten().all(|score| (0.0..=1.0).contains(&score)), "{scores:?}");
            }
            let judged: usize =
                got.iter().map(|batch| batch.num_rows() - batch.columns().last().unwrap().null_count()).sum();
            assert_eq!(judged as u64, passed.judged, "who had a sentence has findings");
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            if !output.is_empty() {
                batches(&output);
            }
        }
    }
}

/// The batches of a stream that can be read.
fn batches(stream: &[u8]) -> Vec<RecordBatch> {
    let reader = StreamReader::try_new(stream, None).expect("a schema");
    reader.map(|batch| batch.expect("a whole batch")).collect()
}

fn classifier() -> &'static Classifier {
    static CLASSIFIER: OnceLock<Classifier> = OnceLock::new();
    CLASSIFIER.get_or_init(|| {
        let folder = sealed(include_bytes!("../seeds/bundle/small")).expect("the smallest model's manifest");
        let bundle = Bundle::open(&folder).expect("the smallest model");
        Classifier::from_bundle(&bundle, Precision::F32).expect("the smallest model")
    })
}
