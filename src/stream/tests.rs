use std::io::{self, Cursor};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow_array::builder::StringViewBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int8Type, Int32Type};
use arrow_array::{
    Array, ArrayRef, DictionaryArray, Int32Array, Int64Array, LargeStringArray, StringArray, StringViewArray,
};
use arrow_ipc::reader::StreamReader;

use super::*;
use crate::classify::Bundle;
use crate::encode::{Embedding, Encoder, Passage};

/// A vector that points where the wanted text's bytes say, and the texts before it a little; cut off over 40 bytes.
struct Bytes(usize);

impl Encoder for Bytes {
    fn dimension(&self) -> usize {
        self.0
    }

    fn max_tokens(&self) -> usize {
        40
    }

    fn encode(&self, passages: &[Passage<'_>], _threads: usize) -> Vec<Vec<Embedding>> {
        let one = |passage: &Passage<'_>| {
            let mut vector = vec![0.01; self.0];
            for (text, weight) in passage.texts.iter().rev().zip([1.0, 0.1, 0.01]) {
                text.bytes().for_each(|b| vector[usize::from(b) % self.0] += weight);
            }
            let wanted = passage.texts[passage.wanted.start];
            vec![Embedding { vector, truncated: wanted.len() > self.max_tokens() }]
        };
        passages.iter().map(one).collect()
    }
}

/// The shipped heads on an encoder that knows no language.
fn classifier() -> &'static Classifier {
    static CLASSIFIER: LazyLock<Classifier> = LazyLock::new(|| {
        let bundle = Bundle::built_in().unwrap();
        Classifier::with_encoder(&bundle, Box::new(Bytes(bundle.manifest().dimension))).unwrap()
    });
    &CLASSIFIER
}

fn stream(batches: &[RecordBatch]) -> Vec<u8> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batches[0].schema()).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.finish().unwrap();
    writer.into_inner().unwrap()
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap()
}

fn texts(rows: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(rows.to_vec()))
}

fn options() -> Options {
    Options { threads: 1, ..Options::default() }
}

fn run(input: &[u8], options: &Options) -> (Result<Passed>, Vec<u8>) {
    let mut output = Vec::new();
    let passed = judge(classifier(), options, input, &mut output);
    (passed, output)
}

fn read(bytes: &[u8]) -> Vec<RecordBatch> {
    StreamReader::try_new(Cursor::new(bytes), None).unwrap().map(|batch| batch.unwrap()).collect()
}

fn error(input: &[u8]) -> Error {
    run(input, &options()).0.unwrap_err()
}

#[test]
fn each_batch_comes_back_with_its_own_columns_and_the_findings() {
    let sent = [
        batch(vec![
            ("id", Arc::new(Int64Array::from(vec![Some(7), None]))),
            ("sentence", texts(&[Some(" Plans are\tlate. "), Some("Leaders know their area.")])),
            ("previous", texts(&[Some("Staff act."), None])),
            ("heading", texts(&[None, Some("Findings > Main")])),
        ]),
        batch(vec![
            ("id", Arc::new(Int64Array::new_null(0))),
            ("sentence", texts(&[])),
            ("previous", texts(&[])),
            ("heading", texts(&[])),
        ]),
        batch(vec![
            ("id", Arc::new(Int64Array::from(vec![9]))),
            ("sentence", texts(&[Some("A sentence that is longer than forty bytes is cut.")])),
            ("previous", texts(&[None])),
            ("heading", texts(&[None])),
        ]),
    ];
    let (passed, output) = run(&stream(&sent), &options());
    assert_eq!(passed.unwrap(), Passed { batches: 3, rows: 3, judged: 3 });
    let got = read(&output);
    assert_eq!(got.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(), [2, 0, 1]);
    for (got, sent) in got.iter().zip(&sent) {
        assert_eq!(&got.columns()[..4], sent.columns(), "what came goes through untouched");
    }
    let classifier = classifier();
    let items = [
        Item { sentence: "Plans are late.", previous: Some("Staff act."), heading: "", ..Item::default() },
        Item { sentence: "Leaders know their area.", previous: None, heading: "Findings > Main", ..Item::default() },
    ];
    for (row, judgement) in classifier.judge(&items, 1).iter().enumerate() {
        let column = |name: &str| got[0].column_by_name(name).unwrap();
        assert_eq!(column("polarity").as_string::<i32>().value(row), judgement.polarity.id());
        let score = column("polarity_score").as_primitive::<Float64Type>().value(row);
        assert!((score - f64::from(judgement.polarity_scores[judgement.polarity.index()])).abs() < 0.001);
        let themes = column("themes").as_list::<i32>().value(row);
        let expected: Vec<&str> =
            judgement.themes.iter().map(|&(id, _)| classifier.taxonomy().theme(id).id.as_str()).collect();
        assert_eq!(themes.as_string::<i32>().iter().flatten().collect::<Vec<_>>(), expected);
        assert_eq!(column("theme_scores").as_list::<i32>().value(row).len(), expected.len());
        assert_eq!(column("needs_review").as_boolean().value(row), judgement.needs_review);
        assert_eq!(column("model").as_string::<i32>().value(row), classifier.model_id());
    }
    assert!(got[2].column_by_name("truncated").unwrap().as_boolean().value(0));
}

#[test]
fn a_row_without_a_sentence_has_null_findings() {
    let sent = batch(vec![("sentence", texts(&[None, Some("Good."), Some(" \n")]))]);
    let (passed, output) = run(&stream(&[sent]), &options());
    assert_eq!(passed.unwrap(), Passed { batches: 1, rows: 3, judged: 1 });
    let got = &read(&output)[0];
    for name in VERDICT {
        let column = got.column_by_name(name).unwrap();
        assert_eq!([0, 1, 2].map(|row| column.is_null(row)), [true, false, true], "{name}");
    }
}

#[test]
fn sentences_are_read_from_every_type_of_text_and_judged_the_same() {
    let rows = || vec![Some("Plans are late."), None, Some("Leaders know their area well."), Some("Plans are late.")];
    let columns: [ArrayRef; 5] = [
        Arc::new(StringArray::from(rows())),
        Arc::new(LargeStringArray::from(rows())),
        Arc::new(StringViewArray::from(rows())),
        Arc::new(rows().into_iter().collect::<DictionaryArray<Int8Type>>()),
        Arc::new(rows().into_iter().collect::<DictionaryArray<Int32Type>>()),
    ];
    let findings = columns.map(|column| {
        let kind = column.data_type().clone();
        let (passed, output) = run(&stream(&[batch(vec![("sentence", column)])]), &options());
        assert_eq!(passed.unwrap().judged, 3, "{kind}");
        let got = &read(&output)[0];
        assert_eq!(got.column(0).data_type(), &kind, "its type stays");
        got.columns()[1..].to_vec()
    });
    assert!(findings.iter().all(|columns| *columns == findings[0]));
}

#[test]
fn a_dictionary_may_change_between_batches() {
    let words = |words: [&str; 2]| -> RecordBatch {
        batch(vec![("sentence", Arc::new(words.into_iter().map(Some).collect::<DictionaryArray<Int32Type>>()))])
    };
    let sent = [words(["Good.", "Late."]), words(["Poor.", "Good."])];
    let (passed, output) = run(&stream(&sent), &options());
    assert_eq!(passed.unwrap().judged, 4);
    for (got, sent) in read(&output).iter().zip(&sent) {
        assert_eq!(got.column(0), sent.column(0));
    }
}

#[test]
fn a_large_batch_is_judged_as_small_ones_are() {
    let rows: Vec<String> = (0..2 * PART + 5).map(|i| format!("Part {i} is weak.")).collect();
    let column = |rows: &[String]| -> ArrayRef { Arc::new(rows.iter().map(Some).collect::<StringArray>()) };
    let whole = stream(&[batch(vec![("sentence", column(&rows))])]);
    let parts: Vec<RecordBatch> = rows.chunks(999).map(|part| batch(vec![("sentence", column(part))])).collect();
    let scores = |input: &[u8]| -> Vec<f64> {
        let batches = read(&run(input, &options()).1);
        let scores =
            |b: &RecordBatch| b.column_by_name("polarity_score").unwrap().as_primitive::<Float64Type>().clone();
        batches.iter().flat_map(|b| scores(b).values().to_vec()).collect()
    };
    let scores_of_whole = scores(&whole);
    assert_eq!(scores_of_whole.len(), rows.len());
    assert_eq!(scores_of_whole, scores(&stream(&parts)));
}

/// Keeps the most bytes of text that it was given at a time.
struct Most(Arc<AtomicUsize>, Bytes);

impl Encoder for Most {
    fn dimension(&self) -> usize {
        self.1.dimension()
    }

    fn max_tokens(&self) -> usize {
        self.1.max_tokens()
    }

    fn encode(&self, passages: &[Passage<'_>], threads: usize) -> Vec<Vec<Embedding>> {
        let given = passages.iter().flat_map(|passage| &passage.texts).map(|text| text.len()).sum();
        self.0.fetch_max(given, Ordering::Relaxed);
        self.1.encode(passages, threads)
    }
}

#[test]
fn a_small_batch_that_shows_a_long_text_in_every_row_is_judged_in_small_parts() {
    const LONG: u32 = 1 << 20;
    let mut rows = StringViewBuilder::new();
    // Counting up, so that no two rows show the same text: what is the same is encoded once.
    let text: String = (0..LONG / 4).map(|number| format!("{number} ")).collect();
    let block = rows.append_block(text.into_bytes().into());
    (0..40).for_each(|row| rows.try_append_view(block, row, LONG).unwrap());
    let sent = stream(&[batch(vec![("sentence", Arc::new(rows.finish()))])]);
    assert!(sent.len() < 40 * LONG as usize / 4);
    let (bundle, most) = (Bundle::built_in().unwrap(), Arc::new(AtomicUsize::new(0)));
    let encoder = Most(most.clone(), Bytes(bundle.manifest().dimension));
    let classifier = Classifier::with_encoder(&bundle, Box::new(encoder)).unwrap();
    let passed = judge(&classifier, &options(), sent.as_slice(), Vec::new()).unwrap();
    assert_eq!(passed.judged, 40);
    let most = most.load(Ordering::Relaxed);
    assert!(most > PART_BYTES / 2 && most <= PART_BYTES + LONG as usize, "{most}");
}

#[test]
fn the_schema_names_the_model_and_keeps_what_it_said() {
    let sent = batch(vec![("sentence", texts(&[Some("Good.")]))]);
    let schema = sent.schema().as_ref().clone().with_metadata([("owner", "me")]);
    let sent = sent.with_schema(Arc::new(schema)).unwrap();
    let (_, output) = run(&stream(&[sent]), &options());
    let schema = read(&output)[0].schema();
    let value = |key: &str| schema.metadata().get(key).unwrap().clone();
    let classifier = classifier();
    let (name, hash) = classifier.model_id().rsplit_once('-').unwrap();
    assert_eq!([value("owner"), value("lettermark.model"), value("lettermark.model_hash")], ["me", name, hash]);
}

#[test]
fn a_name_that_is_there_already_is_refused_and_a_prefix_helps() {
    let sent = stream(&[batch(vec![("sentence", texts(&[Some("Good.")])), ("Polarity", texts(&[Some("+")]))])]);
    let refused = error(&sent);
    assert_eq!(refused.kind(), ErrorKind::Data);
    assert!(refused.message().contains("\"polarity\" already") && refused.message().contains("--prefix"), "{refused}");
    let (passed, output) = run(&sent, &Options { prefix: "lm_".into(), ..options() });
    assert_eq!(passed.unwrap().judged, 1);
    assert!(read(&output)[0].column_by_name("lm_polarity").is_some());
}

#[test]
fn wrong_columns_are_named_and_nothing_is_written() {
    let numbers = || -> ArrayRef { Arc::new(Int32Array::from(vec![1])) };
    let good = || texts(&[Some("Good.")]);
    for (columns, says) in [
        (vec![("text", good())], "no column \"sentence\"; its columns are [\"text\"]"),
        (vec![("sentence", numbers())], "\"sentence\" of the stream holds no text (its type is Int32)"),
        (vec![("sentence", good()), ("previous", numbers())], "\"previous\" of the stream holds no text"),
        (vec![("sentence", good()), ("Sentence", good())], "two columns are named \"sentence\""),
    ] {
        let (passed, output) = run(&stream(&[batch(columns)]), &options());
        let error = passed.unwrap_err();
        assert!(error.kind() == ErrorKind::Data && error.message().contains(says), "{error}");
        assert!(output.is_empty());
    }
}

#[test]
fn what_is_no_stream_is_told_by_what_it_is() {
    for (input, says) in [
        (&b""[..], "empty"),
        (b"sentence\nGood.\n", "no Arrow stream"),
        (b"PAR1....", "Parquet"),
        (b"ARROW1\0\0", "Feather"),
        (b"\xFF\xFF", "no Arrow stream"),
    ] {
        let error = error(input);
        assert!(error.kind() == ErrorKind::Format && error.message().contains(says), "{error}");
    }
}

#[test]
fn a_stream_that_is_cut_off_gives_whole_batches_and_an_error() {
    let one = batch(vec![("sentence", texts(&[Some("Good."), Some("Late.")]))]);
    let whole = stream(&[one.clone(), one.clone()]);
    let (passed, all) = run(&whole, &options());
    assert!(passed.is_ok());
    for length in 5..whole.len() {
        let (passed, output) = run(&whole[..length], &options());
        let error = passed.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unreadable, "{length} bytes: {error}");
        assert!(error.message().contains("was its writer stopped?"), "{length} bytes: {error}");
        assert!(all.starts_with(&output) && output.len() < all.len(), "{length} bytes");
        if !output.is_empty() {
            read(&output).iter().for_each(|batch| assert_eq!(batch.num_rows(), 2, "{length} bytes"));
        }
    }
}

#[test]
fn more_after_the_end_is_an_error() {
    let one = stream(&[batch(vec![("sentence", texts(&[Some("Good.")]))])]);
    let two = [one.clone(), one].concat();
    assert!(error(&two).message().contains("one stream at a time"));
}

#[test]
fn a_damaged_stream_is_an_error_or_a_stream_but_never_a_panic() {
    let column: ArrayRef = Arc::new(vec![Some("Good."), None].into_iter().collect::<DictionaryArray<Int32Type>>());
    let whole = stream(&[batch(vec![("sentence", column), ("id", Arc::new(Int32Array::from(vec![1, 2])))])]);
    let classifier = classifier();
    for at in 4..whole.len() {
        for flip in [0x01, 0x80] {
            let mut damaged = whole.clone();
            damaged[at] ^= flip;
            let mut output = Vec::new();
            if judge(classifier, &options(), damaged.as_slice(), &mut output).is_ok() {
                read(&output);
            }
        }
    }
}

#[test]
fn a_text_without_end_is_cut_off_and_says_so() {
    let sent = stream(&[batch(vec![("sentence", texts(&[Some("Äääää bbbb cccc"), Some("Short.")]))])]);
    let (_, output) = run(&sent, &Options { max_text: 8, ..options() });
    let got = &read(&output)[0];
    let truncated = got.column_by_name("truncated").unwrap().as_boolean();
    assert_eq!((truncated.value(0), truncated.value(1)), (true, false));
    assert_eq!(got.column(0).as_string::<i32>().value(0), "Äääää bbbb cccc", "what goes through is whole");
}

#[test]
fn an_output_that_fails_is_an_error_with_its_cause() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let sent = stream(&[batch(vec![("sentence", texts(&[Some("Good.")]))])]);
    let error = judge(classifier(), &options(), sent.as_slice(), Full).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(std::error::Error::source(&error).unwrap().is::<io::Error>());
}
