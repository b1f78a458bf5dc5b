//! Passages to token ids, laid out as `[CLS] t0 [SEP] t1 [SEP] …`.
//!
//! The ids are those of the `tokenizers` crate. BERT's normaliser and pre-tokeniser never look across white space, so
//! a text is read run by run between blanks, and each run's ids are remembered: letters repeat their words, and the
//! crate is asked for a run only once.

use std::collections::HashMap;
use std::ops::Range;

use crate::encode::Passage;
use crate::encode::weights::bundle_error;
use crate::error::Result;

/// A run without white space is read up to this many bytes, so that a damaged file cannot exhaust the memory.
const LONGEST_RUN: usize = 1 << 14;

/// Runs longer than this are not remembered; they rarely come again.
const LONGEST_REMEMBERED: usize = 48;

/// How many runs are remembered. English letters of one kind have some 40,000.
const MOST_REMEMBERED: usize = 60_000;

/// The ids of runs that were met before. One for each worker.
#[derive(Default)]
pub(crate) struct Memory(HashMap<Box<str>, Box<[u32]>>);

/// Token ids of one forward pass, and which of its rows make up each wanted text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sequence {
    pub(super) ids: Vec<u32>,
    pub(super) wanted: Vec<Piece>,
}

/// A wanted text within a sequence.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) rows: Range<usize>,
    pub(super) truncated: bool,
}

/// A text's ids, without special tokens.
struct Tokens {
    ids: Vec<u32>,
    /// Whether the ids are all there are.
    complete: bool,
}

/// The tokenizer of the encoder.
pub(super) struct Tokenizer {
    inner: tokenizers::Tokenizer,
    cls: u32,
    sep: u32,
    unknown: u32,
    max_tokens: usize,
}

impl Tokenizer {
    /// Reads a `tokenizer.json`. What it says of truncation and padding is ignored.
    pub(super) fn from_bytes(json: &[u8], max_tokens: usize) -> Result<Self> {
        let mut inner = tokenizers::Tokenizer::from_bytes(json)
            .map_err(|e| bundle_error(format!("tokenizer.json cannot be read ({e})")))?;
        inner.with_padding(None);
        inner.with_truncation(None).map_err(|e| bundle_error(format!("tokenizer.json cannot be used ({e})")))?;
        let special = |token: &str| {
            inner.token_to_id(token).ok_or_else(|| {
                bundle_error(format!("tokenizer.json lacks the token {token}; it is not the encoder's tokenizer"))
            })
        };
        let (cls, sep, unknown) = (special("[CLS]")?, special("[SEP]")?, special("[UNK]")?);
        Ok(Tokenizer { inner, cls, sep, unknown, max_tokens })
    }

    /// One more than the largest id.
    pub(super) fn vocabulary(&self) -> usize {
        self.inner.get_vocab(true).values().max().map_or(0, |&id| id as usize + 1)
    }

    /// The passes that a passage needs: one where it fits, which is nearly always.
    ///
    /// Where it does not, wanted texts go before context. The wanted texts are divided, in order, into as few passes as hold
    /// them; each pass is then filled with neighbouring texts of the passage, nearest first, as whole texts, as far
    /// as there is room: what is left out is the outermost. Only a wanted text that is too long for a pass of its
    /// own is cut, at its end, and says so.
    pub(super) fn sequences(&self, passage: &Passage<'_>, memory: &mut Memory) -> Vec<Sequence> {
        let texts: Vec<Tokens> = passage.texts.iter().map(|text| self.tokens(text, memory)).collect();
        let end = passage.wanted.end.min(texts.len());
        let mut next = passage.wanted.start;
        let mut sequences = Vec::with_capacity(1);
        while next < end {
            let mut group = next..next + 1;
            let mut size = 1 + cost(&texts[next]);
            while group.end < end && size + cost(&texts[group.end]) <= self.max_tokens {
                size += cost(&texts[group.end]);
                group.end += 1;
            }
            next = group.end;
            sequences.push(self.sequence(&texts, group.clone(), self.surround(&texts, group, size)));
        }
        sequences
    }

    /// `group` with as many whole neighbours as fit beside it.
    fn surround(&self, texts: &[Tokens], group: Range<usize>, mut size: usize) -> Range<usize> {
        let (mut before, mut after) = (true, true);
        let mut kept = group;
        while before || after {
            before = before && kept.start > 0 && size + cost(&texts[kept.start - 1]) <= self.max_tokens;
            if before {
                kept.start -= 1;
                size += cost(&texts[kept.start]);
            }
            after = after && kept.end < texts.len() && size + cost(&texts[kept.end]) <= self.max_tokens;
            if after {
                size += cost(&texts[kept.end]);
                kept.end += 1;
            }
        }
        kept
    }

    fn sequence(&self, texts: &[Tokens], wanted: Range<usize>, kept: Range<usize>) -> Sequence {
        let mut ids = vec![self.cls];
        let mut pieces = Vec::with_capacity(wanted.len());
        for index in kept.clone() {
            let text = &texts[index];
            // The first text owns the [CLS] before it.
            let start = if index == kept.start { 0 } else { ids.len() };
            let room = self.max_tokens.saturating_sub(ids.len() + 1);
            ids.extend(text.ids.iter().take(room));
            ids.push(self.sep);
            if wanted.contains(&index) {
                let truncated = !text.complete || text.ids.len() > room;
                pieces.push(Piece { rows: start..ids.len(), truncated });
            }
        }
        Sequence { ids, wanted: pieces }
    }

    /// The ids of a text; reading stops where there are more than a pass can hold.
    fn tokens(&self, text: &str, memory: &mut Memory) -> Tokens {
        let mut ids = Vec::with_capacity(text.len() / 4);
        // Other white space, such as the form feed, is a control character to BERT, which removes it and joins the words.
        for run in text.split([' ', '\t', '\n', '\r']).filter(|run| !run.is_empty()) {
            if ids.len() >= self.max_tokens {
                return Tokens { ids, complete: false };
            }
            if let Some(known) = memory.0.get(run) {
                ids.extend_from_slice(known);
                continue;
            }
            let read = &run[..run.floor_char_boundary(LONGEST_RUN)];
            // It fails only for want of an unknown token, which `from_bytes` made sure of.
            let found: Box<[u32]> = match self.inner.encode_fast(read, false) {
                Ok(encoding) => encoding.get_ids().into(),
                Err(_) => [self.unknown].into(),
            };
            ids.extend_from_slice(&found);
            if read.len() < run.len() {
                return Tokens { ids, complete: false };
            }
            if run.len() <= LONGEST_REMEMBERED && memory.0.len() < MOST_REMEMBERED {
                memory.0.insert(run.into(), found);
            }
        }
        Tokens { ids, complete: true }
    }
}

/// Rows that a text takes with the `[SEP]` that closes it.
fn cost(text: &Tokens) -> usize {
    text.ids.len() + 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A tokenizer of a few words, written as the real one is.
    fn tokenizer(max_tokens: usize) -> Tokenizer {
        let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "b", "c", "##s", "##a", ".", "’", "é", "e"];
        let vocabulary: serde_json::Map<String, serde_json::Value> =
            words.iter().enumerate().map(|(id, word)| (word.to_string(), id.into())).collect();
        let special = |id: u32, content: &str| {
            serde_json::json!({"id": id, "content": content, "single_word": false, "lstrip": false,
                "rstrip": false, "normalized": false, "special": true})
        };
        let json = serde_json::json!({
            "version": "1.0",
            "truncation": {"max_length": 3, "strategy": "LongestFirst", "stride": 0},
            "padding": {"strategy": {"Fixed": 8}, "direction": "Right", "pad_to_multiple_of": null, "pad_id": 0,
                "pad_type_id": 0, "pad_token": "[PAD]"},
            "added_tokens": [special(0, "[PAD]"), special(1, "[UNK]"), special(2, "[CLS]"), special(3, "[SEP]")],
            "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                "strip_accents": null, "lowercase": true},
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "post_processor": null, "decoder": null,
            "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                "max_input_chars_per_word": 100, "vocab": vocabulary},
        });
        Tokenizer::from_bytes(json.to_string().as_bytes(), max_tokens).expect("a valid tokenizer")
    }

    const A: u32 = 4;
    const CLS: u32 = 2;
    const SEP: u32 = 3;

    fn sequences(max_tokens: usize, texts: &[&str], wanted: Range<usize>) -> Vec<Sequence> {
        tokenizer(max_tokens).sequences(&Passage { texts: texts.to_vec(), wanted }, &mut Memory::default())
    }

    fn piece(rows: Range<usize>, truncated: bool) -> Piece {
        Piece { rows, truncated }
    }

    #[test]
    fn a_single_text_stands_between_cls_and_sep() {
        let expected = Sequence { ids: vec![CLS, A, A, SEP], wanted: vec![piece(0..4, false)] };
        assert_eq!(sequences(8, &["a a"], 0..1), [expected]);
    }

    #[test]
    fn an_empty_text_has_cls_and_sep() {
        let expected = Sequence { ids: vec![CLS, SEP], wanted: vec![piece(0..2, false)] };
        assert_eq!(sequences(8, &["  "], 0..1), [expected]);
    }

    #[test]
    fn a_text_owns_the_sep_that_closes_it_and_the_first_one_cls() {
        let [sequence] = &sequences(16, &["a", "a a", "a"], 0..3)[..] else { panic!("one pass") };
        assert_eq!(sequence.ids, [CLS, A, SEP, A, A, SEP, A, SEP]);
        assert_eq!(sequence.wanted, [piece(0..3, false), piece(3..6, false), piece(6..8, false)]);
    }

    #[test]
    fn too_long_a_text_is_cut_at_its_end_and_says_so() {
        let [sequence] = &sequences(5, &["a a a a"], 0..1)[..] else { panic!("one pass") };
        assert_eq!(sequence.ids, [CLS, A, A, A, SEP]);
        assert_eq!(sequence.wanted, [piece(0..5, true)]);
        assert!(!sequences(5, &["a a a"], 0..1)[0].wanted[0].truncated);
    }

    #[test]
    fn outermost_context_goes_first_and_no_wanted_text_is_cut_for_it() {
        let [sequence] = &sequences(7, &["b", "c", "a a", "c", "b"], 2..3)[..] else { panic!("one pass") };
        assert_eq!(sequence.ids, [CLS, 6, SEP, A, A, SEP]);
        assert_eq!(sequence.wanted, [piece(3..6, false)]);
    }

    #[test]
    fn wanted_texts_that_do_not_fit_together_are_read_in_several_passes() {
        let found = sequences(6, &["a a", "b b", "c"], 0..3);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].ids, [CLS, A, A, SEP]);
        assert_eq!(found[1].ids, [CLS, 5, 5, SEP, 6, SEP]);
        assert!(found.iter().flat_map(|s| &s.wanted).all(|p| !p.truncated));
    }

    #[test]
    fn a_wanted_range_beyond_the_texts_is_no_panic() {
        assert_eq!(sequences(8, &["a"], 0..3).len(), 1);
        assert!(sequences(8, &["a"], 4..9).is_empty());
        assert!(sequences(8, &[], 0..0).is_empty());
    }

    #[test]
    fn an_endless_word_is_read_in_part_and_says_so() {
        let endless = ".".repeat(3 * LONGEST_RUN);
        let long_word = "a".repeat(3 * LONGEST_RUN);
        for text in [endless, long_word] {
            let [sequence] = &sequences(64, &[&text], 0..1)[..] else { panic!("one pass") };
            assert!(sequence.wanted[0].truncated && sequence.ids.len() <= 64);
        }
    }

    #[test]
    fn bytes_that_are_no_tokenizer_are_refused() {
        for bytes in [&b""[..], b"{}", b"\xff"] {
            assert!(Tokenizer::from_bytes(bytes, 8).is_err());
        }
    }

    proptest! {
        #[test]
        fn reading_run_by_run_gives_the_ids_of_the_whole(text in "[abcsABé’. \t\n\u{0c}\u{a0}\u{200b}\u{301}世]{0,40}") {
            let tokenizer = tokenizer(1000);
            let whole = tokenizer.inner.encode_fast(text.as_str(), false).expect("encodes");
            let mut memory = Memory::default();
            prop_assert_eq!(&tokenizer.tokens(&text, &mut memory).ids[..], whole.get_ids());
            prop_assert_eq!(&tokenizer.tokens(&text, &mut memory).ids[..], whole.get_ids());
        }
    }
}
