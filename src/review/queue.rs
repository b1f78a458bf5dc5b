//! The order in which sentences are asked: those the model is least sure of first, and now and then one drawn by chance.
//!
//! The doubtful ones teach most, but of how often the model errs they give a wrong picture. So every few places one is
//! asked that was drawn by chance. All sentences are put in a random order once, the *audit order*; a random place takes
//! the first of it that was not asked before. Whatever stands before it in the audit order has then been asked, as random
//! or as doubtful: a beginning of the audit order is a simple random sample of all sentences, and how often the model is
//! right on it is an unbiased estimate for all of them.

use std::num::NonZero;

use crate::interval::Random;

/// How sure the model is of a sentence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Doubt {
    /// Score of the polarity, from 0 to 1.
    pub polarity: f32,
    /// Score of the main theme, from 0 to 1.
    pub theme: f32,
}

/// Why a sentence is asked where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The model is less sure of it than of those after it.
    Unsure,
    /// It was drawn by chance.
    Random,
    /// It is its turn in the letter.
    InOrder,
}

/// A sentence in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Its place among all sentences.
    pub place: usize,
    /// Why it is asked here.
    pub why: Why,
}

/// The order in which sentences are asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Queue {
    /// Every sentence, once.
    pub asked: Vec<Asked>,
    /// Every sentence, once, in an order drawn by chance; empty where nothing is drawn.
    pub audit: Vec<usize>,
}

impl Queue {
    /// These sentences one after the other.
    pub(super) fn in_order(places: &[usize]) -> Self {
        let asked = places.iter().map(|&place| Asked { place, why: Why::InOrder }).collect();
        Queue { asked, audit: Vec::new() }
    }

    /// The same queue where sentence `i` is `places[i]`.
    pub(super) fn of(mut self, places: &[usize]) -> Self {
        self.asked.iter_mut().for_each(|asked| asked.place = places[asked.place]);
        self.audit.iter_mut().for_each(|place| *place = places[*place]);
        self
    }
}

/// Puts sentences in the order in which they are asked.
///
/// The lowest score of polarity comes first, in whole percent; among equals the lowest score of the main theme, then the
/// order of the letters. Every `every`-th place goes to a random one; with 1 all do.
pub fn queue(doubts: &[Doubt], every: NonZero<usize>, seed: u64) -> Queue {
    let percent = |at: usize| (doubts[at].polarity * 100.0).round();
    let mut by_doubt: Vec<usize> = (0..doubts.len()).collect();
    by_doubt.sort_by(|&a, &b| {
        percent(a).total_cmp(&percent(b)).then(doubts[a].theme.total_cmp(&doubts[b].theme)).then(a.cmp(&b))
    });
    let audit = shuffled(doubts.len(), seed);
    let (mut unsure, mut random) = (by_doubt.into_iter(), audit.iter().copied());
    let mut is_asked = vec![false; doubts.len()];
    let asked = (1..=doubts.len()).map_while(|turn| {
        let why = if turn % every == 0 { Why::Random } else { Why::Unsure };
        let mut is_new = |place: &usize| !std::mem::replace(&mut is_asked[*place], true);
        let place = match why {
            Why::Random => random.find(&mut is_new),
            _ => unsure.find(&mut is_new),
        };
        Some(Asked { place: place?, why })
    });
    Queue { asked: asked.collect(), audit }
}

/// The numbers under `n` in an order drawn by chance (Fisher and Yates' shuffle).
fn shuffled(n: usize, seed: u64) -> Vec<usize> {
    let mut random = Random::new(seed);
    let mut order: Vec<usize> = (0..n).collect();
    for last in (1..n).rev() {
        order.swap(last, random.below(last + 1));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubts(n: usize) -> Vec<Doubt> {
        let mut random = Random::new(7);
        let mut score = || random.below(1000) as f32 / 1000.0;
        (0..n).map(|_| Doubt { polarity: score(), theme: score() }).collect()
    }

    fn every(n: usize) -> NonZero<usize> {
        NonZero::new(n).unwrap()
    }

    #[test]
    fn every_sentence_is_asked_once_and_every_fifth_by_chance() {
        for n in [0, 1, 4, 5, 6, 137] {
            let queue = queue(&doubts(n), every(5), 1);
            for order in [queue.asked.iter().map(|a| a.place).collect(), queue.audit.clone()] {
                let mut sorted: Vec<usize> = order;
                sorted.sort_unstable();
                assert!(sorted.into_iter().eq(0..n), "{n}");
            }
            for (turn, asked) in (1..).zip(&queue.asked) {
                assert_eq!(asked.why == Why::Random, turn % 5 == 0, "{n}, {turn}");
            }
        }
    }

    #[test]
    fn the_least_sure_comes_first_and_the_theme_decides_between_equals() {
        let doubt = |polarity, theme| Doubt { polarity, theme };
        let doubts = [doubt(0.9, 0.1), doubt(0.402, 0.9), doubt(0.398, 0.95), doubt(0.401, 0.2), doubt(0.95, 0.5)];
        let order: Vec<usize> = queue(&doubts, every(9), 1).asked.iter().map(|a| a.place).collect();
        assert_eq!(order, [3, 1, 2, 0, 4]);
    }

    #[test]
    fn what_stands_before_a_random_one_in_the_audit_order_was_asked_before_it() {
        let queue = queue(&doubts(200), every(5), 3);
        for (turn, asked) in queue.asked.iter().enumerate().filter(|(_, a)| a.why == Why::Random) {
            let before = queue.audit.iter().take_while(|&&place| place != asked.place);
            for place in before {
                assert!(queue.asked[..turn].iter().any(|earlier| earlier.place == *place));
            }
        }
    }

    #[test]
    fn the_seed_decides_what_is_drawn() {
        let doubts = doubts(50);
        assert_eq!(queue(&doubts, every(5), 1), queue(&doubts, every(5), 1));
        assert_ne!(queue(&doubts, every(5), 1), queue(&doubts, every(5), 2));
        assert!(queue(&doubts, every(1), 1).asked.iter().all(|a| a.why == Why::Random));
    }

    #[test]
    fn a_part_of_the_sentences_keeps_their_places() {
        let queue = queue(&doubts(3), every(2), 1).of(&[10, 20, 30]);
        let mut places: Vec<usize> = queue.asked.iter().map(|a| a.place).collect();
        places.sort_unstable();
        assert_eq!(places, [10, 20, 30]);
        assert!(queue.audit.iter().all(|place| [10, 20, 30].contains(place)));
    }
}
