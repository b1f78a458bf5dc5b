//! Which letters of a run are one machine's.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::classify::hex_sha256;
use crate::error::{Error, ErrorKind, Result};

/// One of so many equal parts of a run; written `2/8`, counted from one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shard {
    number: u32,
    of: u32,
}

impl Shard {
    /// The whole run.
    pub const WHOLE: Shard = Shard { number: 1, of: 1 };

    /// The shards that a run has together with this one.
    pub fn all(self) -> impl Iterator<Item = Shard> {
        (1..=self.of).map(move |number| Shard { number, of: self.of })
    }

    /// Whether the letter of this name is in it.
    pub fn holds(self, name: &str) -> bool {
        self.number == Shard::number_of(name, self.of)
    }

    /// The number of the shard, of so many, that a letter is in.
    fn number_of(name: &str, of: u32) -> u32 {
        let digits = &hex_sha256(name.as_bytes())[..16];
        let hash = u64::from_str_radix(digits, 16).unwrap_or_default();
        (hash % u64::from(of)) as u32 + 1
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Shard {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let numbers = text.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        match numbers {
            Some((number, of)) if (1..=of).contains(&number) => Ok(Shard { number, of }),
            _ => Err(Error::new(ErrorKind::Data, format!("{text:?} is no shard; the second of eight is 2/8"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_is_in_one_shard_and_shards_are_about_equal() {
        let shards: Vec<Shard> = "1/4".parse::<Shard>().unwrap().all().collect();
        let mut sizes = [0; 4];
        for letter in 0..1000 {
            let name = format!("letter-{letter}.pdf");
            let holding: Vec<usize> = (0..4).filter(|&i| shards[i].holds(&name)).collect();
            assert_eq!(holding.len(), 1, "{name}");
            sizes[holding[0]] += 1;
        }
        assert!(sizes.iter().all(|size| (200..300).contains(size)), "{sizes:?}");
    }

    #[test]
    fn shards_are_written_as_they_are_read() {
        assert_eq!("2/8".parse::<Shard>().unwrap().to_string(), "2/8");
        for wrong in ["0/8", "9/8", "2", "a/b", "2/8/1", "/", "0/0", "-1/2"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
