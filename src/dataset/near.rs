//! Sentences that stand in several letters, word for word or nearly so, told from a record that holds no text.
//!
//! Exact: the same [`sentence_hash`](super::sentence_hash). Near: the word trigrams of the two sentences overlap by half
//! or more (Jaccard), estimated by MinHash (Broder, 1997) of which four bits a minimum are kept (Li and König, 2010).
//! Before the trigrams are taken, what makes two uses of one template differ is masked: numbers, and capitalised words
//! that do not open the sentence. Grades ("Good", "Inadequate") and abbreviations ("EHC", "CAMHS") stay, because they
//! make the label.
//!
//! Half was chosen by reading pairs of the 13,361 national sentences with Kingston's and Croydon's: nearly all pairs
//! from 0.5 up are one sentence with other names, numbers or one changed phrase; from 0.4 to 0.5 some say something new;
//! under 0.4 most do. Sentences with fewer than [`FEWEST_WORDS`] words that are not masked are near to nothing.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::hash::{from_hex, hex, value};
use crate::error::{Error, ErrorKind};
use crate::interval::Random;

/// The share of trigrams in common from which two sentences are near.
pub const NEAR: f64 = 0.5;

/// The fewest unmasked words of a sentence that can be near to another.
pub const FEWEST_WORDS: usize = 4;

/// Words of a shingle.
const SHINGLE: usize = 3;

/// Minima of a sketch: the estimated overlap has a standard error of at most 0.07.
const MINIMA: usize = 64;

/// Bits kept of each minimum.
const BITS: usize = 4;

const WORDS: usize = MINIMA * BITS / 64;

/// The seed of the hash functions. Sketches made with another one cannot be compared.
const SEED: u64 = 0x6c65_7474_6572;

/// Capitalised or not, these are kept: they are what a sentence says.
const GRADES: [&str; 9] =
    ["good", "outstanding", "inadequate", "requires", "improvement", "adequate", "satisfactory", "strong", "poor"];

/// Numbers in words are masked as those in digits; "one" is not, it is seldom a number.
const NUMBERS: [&str; 11] =
    ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

/// How two sentences are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// They share at least [`NEAR`] of their masked trigrams.
    Near,
    /// They have the same letters and digits in the same order.
    Exact,
}

/// What is kept of a sentence to know it, or one like it, again. The text cannot be read back from it, but who guesses
/// a sentence can test whether it is the one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sketch {
    hash: u64,
    /// Four bits of each of [`MINIMA`] minima; `None` for a sentence that is near to nothing.
    minima: Option<[u64; WORDS]>,
}

impl Sketch {
    /// The sketch of a sentence.
    pub fn of(sentence: &str) -> Self {
        let words = masked(sentence);
        let plain = words.iter().filter(|word| !matches!(word, Word::Name | Word::Number)).count();
        Sketch { hash: value(sentence), minima: (plain >= FEWEST_WORDS).then(|| minima(&words)) }
    }

    /// The number of which [`sentence_hash`](super::sentence_hash) gives the digits.
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// The estimated share of masked trigrams in common, from 0 to 1; 0 where one of the two is near to nothing.
    pub fn overlap(&self, other: &Sketch) -> f64 {
        let (Some(a), Some(b)) = (&self.minima, &other.minima) else { return 0.0 };
        // Minima that differ still agree in the bits that are kept once in 16.
        let by_chance = 1.0 / f64::from(1u32 << BITS);
        let share = f64::from(agreeing(a, b)) / MINIMA as f64;
        ((share - by_chance) / (1.0 - by_chance)).max(0.0)
    }

    /// How the two sentences are alike, if they are.
    pub fn likeness(&self, other: &Sketch) -> Option<Likeness> {
        match self.hash == other.hash {
            true => Some(Likeness::Exact),
            false => (self.overlap(other) >= NEAR).then_some(Likeness::Near),
        }
    }
}

impl fmt::Display for Sketch {
    /// The hash, then a space and the minima where there are some, in hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(self.hash))?;
        let Some(minima) = &self.minima else { return Ok(()) };
        f.write_str(" ")?;
        minima.iter().try_for_each(|word| f.write_str(&hex(*word)))
    }
}

impl FromStr for Sketch {
    type Err = Error;

    fn from_str(line: &str) -> Result<Self, Error> {
        let wrong = || Error::new(ErrorKind::Data, "not the hash and sketch of a sentence");
        let (hash, minima) = line.split_once(' ').map_or((line, None), |(hash, minima)| (hash, Some(minima)));
        let minima = match minima {
            None => None,
            Some(digits) if digits.len() == 16 * WORDS && digits.is_ascii() => {
                let mut words = [0; WORDS];
                for (i, word) in words.iter_mut().enumerate() {
                    *word = from_hex(&digits[16 * i..16 * (i + 1)]).ok_or_else(wrong)?;
                }
                Some(words)
            }
            Some(_) => return Err(wrong()),
        };
        Ok(Sketch { hash: from_hex(hash).ok_or_else(wrong)?, minima })
    }
}

/// Groups of sentences that are alike, directly or through others of the group; indices in order, groups by their first.
///
/// Every pair is compared: 13,000 sentences take under a second, 100,000 a minute.
pub fn groups(sketches: &[Sketch]) -> Vec<Vec<usize>> {
    let mut first_with = BTreeMap::new();
    let mut parent: Vec<usize> =
        sketches.iter().enumerate().map(|(i, s)| *first_with.entry(s.hash).or_insert(i)).collect();
    let different: Vec<(usize, [u64; WORDS])> =
        first_with.values().filter_map(|&i| Some((i, sketches[i].minima?))).collect();
    let enough = fewest_agreeing();
    for (n, (i, a)) in different.iter().enumerate() {
        for (j, b) in &different[n + 1..] {
            if agreeing(a, b) >= enough {
                let (a, b) = (root(&mut parent, *i), root(&mut parent, *j));
                parent[a.max(b)] = a.min(b);
            }
        }
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for i in 0..sketches.len() {
        groups.entry(root(&mut parent, i)).or_default().push(i);
    }
    groups.into_values().filter(|group| group.len() > 1).collect()
}

/// The smallest index of the set that `i` is in; shortens the way there.
fn root(parent: &mut [usize], mut i: usize) -> usize {
    while parent[i] != i {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    i
}

/// A word of a sentence as shingles hold it.
#[derive(Debug, PartialEq, Eq)]
enum Word {
    /// A word or several that are written as names are.
    Name,
    /// A number or several.
    Number,
    /// Anything else, in lower case.
    Plain(String),
}

fn masked(sentence: &str) -> Vec<Word> {
    let sentence = sentence.replace('\u{2019}', "'");
    let mut words = Vec::new();
    let texts = sentence.split(|c: char| !c.is_alphanumeric() && c != '\'').map(|text| text.trim_matches('\''));
    for (place, text) in texts.filter(|text| !text.is_empty()).enumerate() {
        let lower = text.to_lowercase().replace('\'', "");
        let abbreviation = text.chars().filter(|c| c.is_uppercase()).count() > 1;
        let word = if text.contains(char::is_numeric) || NUMBERS.contains(&lower.as_str()) {
            Word::Number
        } else if place > 0
            && text.starts_with(char::is_uppercase)
            && !abbreviation
            && !GRADES.contains(&lower.as_str())
        {
            Word::Name
        } else {
            Word::Plain(lower)
        };
        if matches!(word, Word::Plain(_)) || words.last() != Some(&word) {
            words.push(word);
        }
    }
    words
}

fn minima(words: &[Word]) -> [u64; WORDS] {
    let shingles: Vec<u64> = words.windows(SHINGLE.min(words.len())).map(fnv).collect();
    let mut seeds = Random::new(SEED);
    let mut packed = [0; WORDS];
    for i in 0..MINIMA {
        let seed = seeds.bits();
        let least = shingles.iter().map(|shingle| Random::new(shingle ^ seed).bits()).min().unwrap_or(0);
        packed[i * BITS / 64] |= (least & ((1 << BITS) - 1)) << (i * BITS % 64);
    }
    packed
}

/// FNV-1a over the words, each ended by a zero.
fn fnv(words: &[Word]) -> u64 {
    let bytes = words.iter().flat_map(|word| {
        let text = match word {
            Word::Name => "@",
            Word::Number => "#",
            Word::Plain(text) => text,
        };
        text.bytes().chain([0])
    });
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// How many of the minima agree in the bits that are kept.
fn agreeing(a: &[u64; WORDS], b: &[u64; WORDS]) -> u32 {
    const LOWEST: u64 = 0x1111_1111_1111_1111;
    let differing = |(a, b): (&u64, &u64)| {
        let x = a ^ b;
        let x = x | x >> 1;
        ((x | x >> 2) & LOWEST).count_ones()
    };
    MINIMA as u32 - a.iter().zip(b).map(differing).sum::<u32>()
}

/// The fewest agreeing minima of near sentences: [`NEAR`] and what chance adds.
fn fewest_agreeing() -> u32 {
    let by_chance = 1.0 / f64::from(1u32 << BITS);
    (MINIMA as f64 * (NEAR * (1.0 - by_chance) + by_chance)).ceil() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn likeness(a: &str, b: &str) -> Option<Likeness> {
        Sketch::of(a).likeness(&Sketch::of(b))
    }

    #[test]
    fn one_template_with_other_names_and_numbers_is_near() {
        let a = "On 1 May 2031, North West Anywhere ICB became responsible for the commissioning of health services in Westmere.";
        let b = "On 1 October 2033, Harrowby Country ICB became responsible for the commissioning of health services in Eastholm.";
        assert_eq!(likeness(a, b), Some(Likeness::Near));
        assert_eq!(likeness(a, &a.to_uppercase()), Some(Likeness::Exact));
        assert_eq!(
            likeness("Some EHC plans are very much out of date.", "However, some EHC plans are very much out of date."),
            Some(Likeness::Near)
        );
    }

    #[test]
    fn other_words_of_the_same_subject_are_not_near() {
        for (a, b) in [
            (
                "A few young people with SEND still do not attend their schools regularly.",
                "Young people with SEND are helped to attend school regularly.",
            ),
            (
                "The impact of that work is evaluated and takes in what families say.",
                "The impact of that work is not yet evident.",
            ),
            ("Good", "Inadequate"),
            ("In Bexley.", "In Sandwell."),
        ] {
            assert_eq!(likeness(a, b), None, "{a} {b}");
        }
    }

    #[test]
    fn grades_and_abbreviations_are_not_masked() {
        let word = |text: &str| Word::Plain(text.to_owned());
        assert_eq!(
            masked("Bexley’s 2,304 EHC plans in South London are Good"),
            [
                word("bexleys"),
                Word::Number,
                word("ehc"),
                word("plans"),
                word("in"),
                Word::Name,
                word("are"),
                word("good")
            ]
        );
    }

    #[test]
    fn the_overlap_is_near_the_true_one() {
        // Twenty words of which the last ten differ: 8 trigrams of 28 in common; then of which the last four differ.
        let sentence = |same: usize, mark: char| {
            let words: Vec<String> = (0..20)
                .map(|i| {
                    format!("{}{}", char::from(b'a' + i as u8), if i < same { '_' } else { mark }).replace('_', "w")
                })
                .collect();
            Sketch::of(&words.join(" "))
        };
        for (same, overlap) in [(20, 1.0), (16, 14.0 / 22.0), (10, 8.0 / 28.0), (0, 0.0)] {
            let found = sentence(same, 'x').overlap(&sentence(same, 'y'));
            assert!((found - overlap).abs() < 0.15, "{same}: {found} is not {overlap}");
        }
    }

    #[test]
    fn a_sketch_is_written_and_read() {
        for sentence in ["Leaders know their area well.", "Good", ""] {
            let sketch = Sketch::of(sentence);
            assert_eq!(sketch.to_string().parse::<Sketch>().unwrap(), sketch);
        }
        // A change of the hash functions would make every bundle's record unreadable without a word.
        assert_eq!(
            Sketch::of("Leaders know their area well.").to_string(),
            "0ab48b25e489cfd7 00b738d4661b2afedc0aa5756393c8a5822fb413535960935a20711b917e8efa"
        );
        for line in ["", "ff", "00ff00000000000a ", "00ff00000000000a 12", "00ff00000000000aé"] {
            assert!(line.parse::<Sketch>().is_err(), "{line}");
        }
    }

    #[test]
    fn groups_join_what_is_alike_in_any_order() {
        let sentences = [
            "This is an increase from 209 children at 31 March 2016.",
            "Leaders know their area well and plan for it.",
            "Good",
            "This is an increase from 12 children at 30 April 2013.",
            "leaders know their area well, and plan for it",
            "Good.",
            "Nothing else is like this sentence of eight words.",
        ];
        let mut sketches: Vec<Sketch> = sentences.iter().map(|s| Sketch::of(s)).collect();
        assert_eq!(groups(&sketches), [vec![0, 3], vec![1, 4], vec![2, 5]]);
        sketches.reverse();
        assert_eq!(groups(&sketches), [vec![1, 4], vec![2, 5], vec![3, 6]]);
        assert!(groups(&[]).is_empty());
    }
}
