//! Confident learning: which given labels are likely wrong, told from probabilities of a model that had not seen them.
//!
//! After Northcutt, Jiang and Chuang (2021). A class's threshold is the mean probability of it among the examples that
//! are given it. An example is counted as another class than the given one where that class's probability reaches its
//! threshold and is the greatest of those that do. These, the off-diagonal of the confident joint, are the suspects, so
//! far as the model does not hold the given class the more probable after all.

use ndarray::ArrayView2;

/// An example whose given class is likely wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Doubt {
    /// The example, as a row of the probabilities.
    pub row: usize,
    /// The class that it is likely of.
    pub likelier: usize,
    /// How probable the given class is.
    pub given: f32,
    /// How probable the other is.
    pub other: f32,
}

/// The suspects among examples that are `given` a class each, by `probabilities` (examples × classes); the surest first,
/// by the difference of the two probabilities, then in the order of the rows.
///
/// A class that is given to nobody has no threshold and is suggested to nobody.
pub fn doubts(given: &[usize], probabilities: ArrayView2<'_, f32>) -> Vec<Doubt> {
    let classes = probabilities.ncols();
    let mut sums = vec![(0.0f64, 0usize); classes];
    for (row, &class) in given.iter().enumerate() {
        sums[class].0 += f64::from(probabilities[[row, class]]);
        sums[class].1 += 1;
    }
    let thresholds: Vec<f64> =
        sums.iter().map(|&(sum, n)| if n == 0 { f64::INFINITY } else { sum / n as f64 }).collect();
    let mut doubts = Vec::new();
    for (row, &class) in given.iter().enumerate() {
        let confident = (0..classes).filter(|&c| f64::from(probabilities[[row, c]]) >= thresholds[c]);
        let Some(likelier) = confident.max_by(|&a, &b| probabilities[[row, a]].total_cmp(&probabilities[[row, b]]))
        else {
            continue;
        };
        let (given, other) = (probabilities[[row, class]], probabilities[[row, likelier]]);
        if likelier != class && other > given {
            doubts.push(Doubt { row, likelier, given, other });
        }
    }
    doubts.sort_by(|a, b| (b.other - b.given).total_cmp(&(a.other - a.given)).then(a.row.cmp(&b.row)));
    doubts
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    #[test]
    fn a_label_is_doubted_where_another_class_is_as_sure_as_its_own_examples_are() {
        // The means of the given class: 0.7 for the first (0.9, 0.8, 0.4), 0.6 for the second (0.9, 0.8, 0.1).
        let probabilities = array![[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.1, 0.9], [0.2, 0.8], [0.9, 0.1f32]];
        let found = doubts(&[0, 0, 0, 1, 1, 1], probabilities.view());
        assert_eq!(
            found,
            [
                Doubt { row: 5, likelier: 0, given: 0.1, other: 0.9 },
                Doubt { row: 2, likelier: 1, given: 0.4, other: 0.6 }
            ]
        );
    }

    #[test]
    fn a_class_of_hesitant_examples_is_not_suggested_over_a_likelier_given_one() {
        // The second class reaches its low threshold in the first row, but the given one is likelier still.
        let probabilities = array![[0.6, 0.4], [0.9, 0.1], [0.65, 0.35f32]];
        assert!(doubts(&[0, 0, 1], probabilities.view()).iter().all(|d| d.row != 0));
    }

    #[test]
    fn where_all_agree_or_nothing_is_there_nothing_is_doubted() {
        assert!(doubts(&[0, 1], array![[0.9, 0.1], [0.2, 0.8f32]].view()).is_empty());
        assert!(doubts(&[], Array2::zeros((0, 4)).view()).is_empty());
        // Nobody is given the second class, whatever its probability.
        assert!(doubts(&[0, 0], array![[0.9, 0.1], [0.1, 0.9f32]].view()).is_empty());
    }

    #[test]
    fn planted_errors_are_found() {
        // A hundred examples of two classes, told apart with a little noise; every 25th and every 30th label is exchanged.
        let wrong = |i: usize| i.is_multiple_of(25) || i % 30 == 7;
        let truth: Vec<usize> = (0..100).map(|i| i % 2).collect();
        let given: Vec<usize> =
            truth.iter().enumerate().map(|(i, &class)| if wrong(i) { 1 - class } else { class }).collect();
        let probabilities = Array2::from_shape_fn((100, 2), |(i, c)| {
            // The threshold of a class lies at 0.75, under what the model gives where it is right.
            let sure = 0.8 + 0.1 * ((i * 7 % 11) as f32 / 11.0);
            if c == truth[i] { sure } else { 1.0 - sure }
        });
        let mut rows: Vec<usize> = doubts(&given, probabilities.view()).iter().map(|d| d.row).collect();
        rows.sort_unstable();
        assert_eq!(rows, (0..100).filter(|&i| wrong(i)).collect::<Vec<_>>());
    }
}
