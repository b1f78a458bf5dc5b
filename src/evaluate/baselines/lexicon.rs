//! A sentiment lexicon: counts pleasant and unpleasant words, as tools without a model do.
//!
//! The words are general English, chosen by hand for this file without looking at any letter; no published list was
//! copied. Words that name a subject of inspection ("risk", "need", "support") are left out: they praise and blame
//! nothing.

use super::tfidf::words;
use crate::taxonomy::Polarity;

const PLEASANT: [&str; 84] = [
    "able",
    "achieve",
    "achieved",
    "admirable",
    "appreciate",
    "appreciated",
    "benefit",
    "benefits",
    "best",
    "better",
    "caring",
    "clear",
    "commendable",
    "committed",
    "confident",
    "consistent",
    "consistently",
    "dedicated",
    "delighted",
    "easy",
    "effective",
    "effectively",
    "efficient",
    "encouraging",
    "enjoy",
    "enthusiastic",
    "excellent",
    "exceptional",
    "fair",
    "good",
    "great",
    "happy",
    "helpful",
    "high-quality",
    "impressive",
    "improve",
    "improved",
    "improvement",
    "improving",
    "innovative",
    "kind",
    "outstanding",
    "passionate",
    "pleased",
    "positive",
    "positively",
    "praise",
    "praised",
    "prompt",
    "promptly",
    "proud",
    "reliable",
    "respectful",
    "rich",
    "robust",
    "safe",
    "satisfied",
    "secure",
    "sensitive",
    "skilled",
    "smooth",
    "stable",
    "strength",
    "strengths",
    "strong",
    "strongly",
    "success",
    "successful",
    "successfully",
    "suitable",
    "swift",
    "swiftly",
    "thorough",
    "thoughtful",
    "thrive",
    "timely",
    "trust",
    "trusted",
    "valuable",
    "valued",
    "warm",
    "welcome",
    "well",
    "wonderful",
];

const UNPLEASANT: [&str; 83] = [
    "absence",
    "absent",
    "anxious",
    "bad",
    "barrier",
    "barriers",
    "complain",
    "complaint",
    "concern",
    "concerned",
    "concerning",
    "concerns",
    "confused",
    "confusing",
    "critical",
    "dangerous",
    "decline",
    "declined",
    "deficient",
    "delay",
    "delayed",
    "delays",
    "deteriorated",
    "difficult",
    "difficulties",
    "difficulty",
    "disappointing",
    "dissatisfied",
    "drift",
    "fail",
    "failed",
    "failing",
    "failings",
    "fails",
    "failure",
    "failures",
    "fault",
    "frustrated",
    "frustrating",
    "gap",
    "gaps",
    "harmful",
    "inadequate",
    "incomplete",
    "inconsistencies",
    "inconsistency",
    "inconsistent",
    "ineffective",
    "insufficient",
    "isolated",
    "lack",
    "lacking",
    "lacks",
    "late",
    "limited",
    "long",
    "low",
    "missed",
    "negative",
    "neglected",
    "overdue",
    "poor",
    "poorly",
    "problem",
    "problems",
    "shortage",
    "shortages",
    "shortcoming",
    "shortcomings",
    "slow",
    "slowly",
    "struggle",
    "struggling",
    "unable",
    "unacceptable",
    "unclear",
    "unhappy",
    "unsafe",
    "unsatisfactory",
    "weak",
    "weakness",
    "weaknesses",
    "worse",
];

/// Words that turn the next [`REACH`] words round.
const NEGATIONS: [&str; 9] = ["no", "not", "never", "nor", "neither", "without", "cannot", "none", "nobody"];

/// How far a negation reaches, in words.
const REACH: usize = 3;

/// More pleasant words than unpleasant ones: strength; fewer: weakness; as many: mixed; none of either: neutral.
pub fn polarity(sentence: &str) -> Polarity {
    let words = words(sentence);
    let [mut pleasant, mut unpleasant] = [0; 2];
    for (i, word) in words.iter().enumerate() {
        let negated = words[i.saturating_sub(REACH)..i].iter().any(|w| NEGATIONS.contains(&w.as_str()));
        match (PLEASANT.contains(&word.as_str()), UNPLEASANT.contains(&word.as_str())) {
            (true, _) if negated => unpleasant += 1,
            (true, _) => pleasant += 1,
            (_, true) if negated => pleasant += 1,
            (_, true) => unpleasant += 1,
            _ => {}
        }
    }
    match (pleasant, unpleasant) {
        (0, 0) => Polarity::Neutral,
        (p, u) if p > u => Polarity::Strength,
        (p, u) if p < u => Polarity::Weakness,
        _ => Polarity::Mixed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_and_negations_turn_them_round() {
        for (sentence, expected) in [
            ("Staff are warm and skilled.", Polarity::Strength),
            ("Plans are poor and late.", Polarity::Weakness),
            ("Assessments are not good.", Polarity::Weakness),
            ("There were no delays.", Polarity::Strength),
            ("Good schools, weak plans.", Polarity::Mixed),
            ("The team has six social workers.", Polarity::Neutral),
            ("", Polarity::Neutral),
        ] {
            assert_eq!(polarity(sentence), expected, "{sentence}");
        }
    }

    #[test]
    fn no_word_is_pleasant_and_unpleasant() {
        assert!(PLEASANT.iter().all(|word| !UNPLEASANT.contains(word)));
    }
}
