//! Columns of Arrow, which Parquet files and streams share: text out of whatever type a column has, and what the model
//! says of each row as columns.
//!
//! Other modules know no Arrow beyond these, except the two formats and the stream themselves.

use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, Float64Builder, ListBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::ArrowDictionaryKeyType;
use arrow_array::{Array, ArrayRef, LargeStringArray, StringArray, StringViewArray, downcast_dictionary_array};
use arrow_schema::{DataType, Field, Schema};

use crate::error::{Error, ErrorKind, Result};

/// The place of the column of this name, whatever its case; `None` where there is none.
///
/// # Errors
/// When two columns have the name.
pub(crate) fn find(schema: &Schema, name: &str) -> Result<Option<usize>> {
    let mut at = (0..schema.fields().len()).filter(|&i| schema.field(i).name().trim().eq_ignore_ascii_case(name));
    match (at.next(), at.next()) {
        (_, Some(_)) => Err(data(format!("two columns are named {name:?}"))),
        (first, None) => Ok(first),
    }
}

/// The names of the columns, for a message.
pub(crate) fn names(schema: &Schema) -> Vec<&str> {
    schema.fields().iter().map(|field| field.name().as_str()).collect()
}

/// Whether a column of this type holds text, plain or by a dictionary.
pub(crate) fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

/// A column of text, row by row.
#[derive(Debug)]
pub(crate) enum Texts<'a> {
    Utf8(&'a StringArray),
    Large(&'a LargeStringArray),
    View(&'a StringViewArray),
    /// The values, and which of them each row has.
    Dictionary(Box<Texts<'a>>, Vec<Option<usize>>),
    /// A column that is not there: no row has a text.
    Absent,
}

impl<'a> Texts<'a> {
    /// The texts of a column; `None` where it holds something else.
    pub(crate) fn of(array: &'a dyn Array) -> Option<Self> {
        match array.data_type() {
            DataType::Utf8 => Some(Texts::Utf8(array.as_string())),
            DataType::LargeUtf8 => Some(Texts::Large(array.as_string())),
            DataType::Utf8View => Some(Texts::View(array.as_string_view())),
            DataType::Dictionary(..) => downcast_dictionary_array!(
                array => Texts::of_dictionary(array),
                _ => None
            ),
            _ => None,
        }
    }

    fn of_dictionary<K: ArrowDictionaryKeyType>(array: &'a arrow_array::DictionaryArray<K>) -> Option<Self> {
        let values = Texts::of(array.values().as_ref())?;
        Some(Texts::Dictionary(Box::new(values), (0..array.len()).map(|row| array.key(row)).collect()))
    }

    /// The text of a row; `None` where it is null.
    pub(crate) fn get(&self, row: usize) -> Option<&'a str> {
        match self {
            Texts::Utf8(array) => array.is_valid(row).then(|| array.value(row)),
            Texts::Large(array) => array.is_valid(row).then(|| array.value(row)),
            Texts::View(array) => array.is_valid(row).then(|| array.value(row)),
            Texts::Dictionary(values, keys) => values.get((*keys.get(row)?)?),
            Texts::Absent => None,
        }
    }
}

/// What a model says of one row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Verdict<'a> {
    pub(crate) polarity: &'a str,
    pub(crate) polarity_score: f32,
    /// Identifiers of themes, the main one first, each with its score.
    pub(crate) themes: &'a [(&'a str, f32)],
    pub(crate) needs_review: bool,
    pub(crate) truncated: bool,
    pub(crate) model: &'a str,
}

/// The columns of what a model says, being filled.
#[derive(Debug)]
pub(crate) struct VerdictColumns {
    polarity: StringBuilder,
    polarity_score: Float64Builder,
    themes: ListBuilder<StringBuilder>,
    theme_scores: ListBuilder<Float64Builder>,
    needs_review: BooleanBuilder,
    truncated: BooleanBuilder,
    model: StringBuilder,
}

/// The columns of [`VerdictColumns`], in the order of [`VerdictColumns::fields`].
pub(crate) const VERDICT: [&str; 7] =
    ["polarity", "polarity_score", "themes", "theme_scores", "needs_review", "truncated", "model"];

impl VerdictColumns {
    pub(crate) fn new() -> Self {
        VerdictColumns {
            polarity: StringBuilder::new(),
            polarity_score: Float64Builder::new(),
            themes: ListBuilder::new(StringBuilder::new()).with_field(element(DataType::Utf8)),
            theme_scores: ListBuilder::new(Float64Builder::new()).with_field(element(DataType::Float64)),
            needs_review: BooleanBuilder::new(),
            truncated: BooleanBuilder::new(),
            model: StringBuilder::new(),
        }
    }

    /// Their names and types; `nullable` where some rows are not judged.
    pub(crate) fn fields(nullable: bool) -> [Field; 7] {
        let list = |of| DataType::List(Arc::new(element(of)));
        let types = [
            DataType::Utf8,
            DataType::Float64,
            list(DataType::Utf8),
            list(DataType::Float64),
            DataType::Boolean,
            DataType::Boolean,
            DataType::Utf8,
        ];
        let mut types = types.into_iter();
        VERDICT.map(|name| Field::new(name, types.next().unwrap_or(DataType::Null), nullable))
    }

    /// One more row that was judged.
    pub(crate) fn push(&mut self, verdict: &Verdict<'_>) {
        self.polarity.append_value(verdict.polarity);
        self.polarity_score.append_value(three_decimals(verdict.polarity_score));
        for &(theme, score) in verdict.themes {
            self.themes.values().append_value(theme);
            self.theme_scores.values().append_value(three_decimals(score));
        }
        self.themes.append(true);
        self.theme_scores.append(true);
        self.needs_review.append_value(verdict.needs_review);
        self.truncated.append_value(verdict.truncated);
        self.model.append_value(verdict.model);
    }

    /// One more row, which has nothing that could be judged.
    pub(crate) fn push_null(&mut self) {
        self.polarity.append_null();
        self.polarity_score.append_null();
        self.themes.append(false);
        self.theme_scores.append(false);
        self.needs_review.append_null();
        self.truncated.append_null();
        self.model.append_null();
    }

    /// The columns, in the order of [`VerdictColumns::fields`]; none of their rows stays.
    pub(crate) fn finish(&mut self) -> [ArrayRef; 7] {
        [
            Arc::new(self.polarity.finish()),
            Arc::new(self.polarity_score.finish()),
            Arc::new(self.themes.finish()),
            Arc::new(self.theme_scores.finish()),
            Arc::new(self.needs_review.finish()),
            Arc::new(self.truncated.finish()),
            Arc::new(self.model.finish()),
        ]
    }
}

/// What metadata of a schema says of where its findings come from, by its keys.
///
/// `model` is what findings call the model: its name, `-`, the start of its hash.
pub(crate) fn provenance(model: &str, taxonomy: &str) -> [(String, String); 4] {
    let (name, hash) = model.rsplit_once('-').unwrap_or((model, ""));
    [
        ("lettermark.version", env!("CARGO_PKG_VERSION")),
        ("lettermark.model", name),
        ("lettermark.model_hash", hash),
        ("lettermark.taxonomy", taxonomy),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
}

/// What a list holds, under the name that Parquet's specification gives it.
fn element(data_type: DataType) -> Field {
    Field::new("element", data_type, false)
}

/// A score with the digits that every other format shows, so that findings are equal whatever they went through.
fn three_decimals(score: f32) -> f64 {
    format!("{score:.3}").parse().unwrap_or(f64::NAN)
}

fn data(message: String) -> Error {
    Error::new(ErrorKind::Data, message)
}

#[cfg(test)]
mod tests {
    use arrow_array::types::Int8Type;
    use arrow_array::{DictionaryArray, Int32Array, ListArray};

    use super::*;

    #[test]
    fn text_is_read_from_every_type_that_holds_it() {
        let rows = vec![Some("one"), None, Some("a text that is longer than a view holds"), Some("one")];
        let columns: [ArrayRef; 4] = [
            Arc::new(StringArray::from(rows.clone())),
            Arc::new(LargeStringArray::from(rows.clone())),
            Arc::new(StringViewArray::from(rows.clone())),
            Arc::new(rows.iter().copied().collect::<DictionaryArray<Int8Type>>()),
        ];
        for column in &columns {
            assert!(is_text(column.data_type()));
            let texts = Texts::of(column.as_ref()).unwrap();
            assert_eq!((0..4).map(|row| texts.get(row)).collect::<Vec<_>>(), rows, "{:?}", column.data_type());
            let tail = column.slice(2, 2);
            assert_eq!(Texts::of(tail.as_ref()).unwrap().get(1), Some("one"), "a slice counts its own rows");
        }
        assert!(Texts::of(&Int32Array::from(vec![1])).is_none() && !is_text(&DataType::Int32));
    }

    #[test]
    fn a_column_is_found_whatever_its_case_and_twice_is_an_error() {
        let schema = |names: &[&str]| {
            Schema::new(names.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect::<Vec<_>>())
        };
        assert_eq!(find(&schema(&["id", "Sentence"]), "sentence").unwrap(), Some(1));
        assert_eq!(find(&schema(&["id"]), "sentence").unwrap(), None);
        assert!(find(&schema(&["sentence", "SENTENCE"]), "sentence").unwrap_err().message().contains("two columns"));
    }

    #[test]
    fn a_row_is_a_verdict_or_null_in_every_column() {
        let mut columns = VerdictColumns::new();
        let themes = [("leadership", 0.8), ("ehc_plans", 0.5555)];
        columns.push_null();
        columns.push(&Verdict {
            polarity: "strength",
            polarity_score: 0.9871,
            themes: &themes,
            needs_review: true,
            truncated: false,
            model: "m-1",
        });
        let arrays = columns.finish();
        for (array, field) in arrays.iter().zip(VerdictColumns::fields(true)) {
            assert_eq!((array.len(), array.null_count()), (2, 1), "{field:?}");
            assert_eq!(array.data_type(), field.data_type());
        }
        assert_eq!(arrays[1].as_primitive::<arrow_array::types::Float64Type>().value(1), 0.987);
        let scores: &ListArray = arrays[3].as_list();
        assert_eq!(scores.value(1).as_primitive::<arrow_array::types::Float64Type>().values(), &[0.8, 0.555]);
    }

    #[test]
    fn a_model_is_told_by_name_and_hash() {
        let [_, model, hash, _] = provenance("my-model-0123abcd", "send 1");
        assert_eq!((model.1.as_str(), hash.1.as_str()), ("my-model", "0123abcd"));
    }
}
