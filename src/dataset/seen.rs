//! The sentences that a model was trained on, as a bundle carries them: one [`Sketch`] a line, no text.

use super::near::{Likeness, Sketch};
use crate::error::{Error, ErrorKind, Place, Result};

/// The first line of the file, which names its format.
const HEADER: &str = "# lettermark training sentences 1: hash, sketch";

/// Sketches of different sentences, in the order of their hashes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    sketches: Vec<Sketch>,
}

impl Seen {
    /// The record of these sentences. Their order does not matter, and each counts once.
    pub fn of<'a>(sentences: impl IntoIterator<Item = &'a str>) -> Self {
        Seen::default().with(sentences)
    }

    /// This record with these sentences added.
    #[must_use]
    pub fn with<'a>(&self, sentences: impl IntoIterator<Item = &'a str>) -> Self {
        let mut sketches = self.sketches.clone();
        sketches.extend(sentences.into_iter().map(Sketch::of));
        sketches.sort_unstable();
        sketches.dedup_by_key(|sketch| sketch.hash());
        Seen { sketches }
    }

    /// Reads what [`Seen::to_text`] wrote.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] with the line that is no sketch, or when the format is another.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let wrong = |message| Error::new(ErrorKind::Data, message);
        let text = std::str::from_utf8(bytes).map_err(|e| wrong("not UTF-8").caused_by(e))?;
        let mut lines = text.lines();
        if lines.next() != Some(HEADER) {
            return Err(wrong("no record of training sentences that this program reads; train the model again"));
        }
        let sketch = |(i, line): (usize, &str)| line.parse().map_err(|e: Error| e.at(Place::Line(i as u64 + 2)));
        let mut sketches: Vec<Sketch> = lines.enumerate().map(sketch).collect::<Result<_>>()?;
        sketches.sort_unstable();
        Ok(Seen { sketches })
    }

    /// One line a sentence, after a line that names the format.
    pub fn to_text(&self) -> String {
        std::iter::once(HEADER.to_owned()).chain(self.sketches.iter().map(Sketch::to_string)).fold(
            String::new(),
            |mut text, line| {
                text.push_str(&line);
                text.push('\n');
                text
            },
        )
    }

    /// How many different sentences there are.
    pub fn len(&self) -> usize {
        self.sketches.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.sketches.is_empty()
    }

    /// Whether `sentence` is among them, word for word.
    pub fn holds(&self, sentence: &str) -> bool {
        let hash = Sketch::of(sentence).hash();
        self.sketches.binary_search_by_key(&hash, Sketch::hash).is_ok()
    }

    /// Whether `sentence` is among them, word for word or nearly so.
    pub fn likeness(&self, sentence: &str) -> Option<Likeness> {
        let sketch = Sketch::of(sentence);
        self.sketches.iter().filter_map(|seen| seen.likeness(&sketch)).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_and_read_in_one_order() {
        let seen = Seen::of(["Leaders know their area well.", "Good", "leaders know their area well"]);
        assert_eq!(seen.len(), 2);
        assert_eq!(seen, Seen::of(["Good", "Leaders know their area well."]));
        assert_eq!(Seen::parse(seen.to_text().as_bytes()).unwrap(), seen);
        assert!(Seen::parse(Seen::default().to_text().as_bytes()).unwrap().is_empty());
    }

    #[test]
    fn exact_wins_over_near() {
        let seen = Seen::of(["The team met 30 parents in all.", "The team met 20 parents in all."]);
        assert_eq!(seen.likeness("The team met 20 parents, in all"), Some(Likeness::Exact));
        assert_eq!(seen.likeness("The team met 25 parents in all."), Some(Likeness::Near));
        assert_eq!(seen.likeness("Leaders know their area well."), None);
        assert!(seen.holds("the team met 20 parents in all") && !seen.holds("The team met 25 parents in all."));
    }

    #[test]
    fn what_is_no_record_is_refused_with_its_line() {
        let text = format!("{HEADER}\n8bb9f4d631e33384\nchildren\n");
        assert_eq!(Seen::parse(text.as_bytes()).unwrap_err().place(), Place::Line(3));
        for bytes in [&b""[..], b"# something else\n", b"\xff"] {
            assert!(Seen::parse(bytes).is_err());
        }
    }
}
