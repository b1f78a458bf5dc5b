//! The hash by which a sentence is recognised where its text may not be kept.

use sha2::{Digest, Sha256};

/// The first 16 hexadecimal digits of the SHA-256 of a sentence's letters and digits in lower case.
///
/// Letters and digits are Unicode's (`char::is_alphanumeric`, after `str::to_lowercase`), as UTF-8: "é" counts, "’" and
/// "–" do not. So white space, punctuation, bullets and line breaks change nothing; a word more or less does.
///
/// ```
/// use lettermark::dataset::sentence_hash;
/// assert_eq!(sentence_hash("Leaders’ plans  are clear."), sentence_hash("leaders' plans\nare clear"));
/// ```
pub fn sentence_hash(text: &str) -> String {
    hex(value(text))
}

/// The number of which [`sentence_hash`] gives the digits.
pub(super) fn value(text: &str) -> u64 {
    let mut hash = Running::default();
    hash.push(&letters_and_digits(text));
    hash.value()
}

/// What of a text is hashed.
pub fn letters_and_digits(text: &str) -> String {
    text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
}

/// A hash as files hold it.
pub(super) fn hex(hash: u64) -> String {
    format!("{hash:016x}")
}

/// The hash that 16 hexadecimal digits stand for.
pub(super) fn from_hex(digits: &str) -> Option<u64> {
    let plain = digits.len() == 16 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    plain.then(|| u64::from_str_radix(digits, 16).ok()).flatten()
}

/// The hash of a sentence that is still being added to.
#[derive(Debug, Clone, Default)]
pub(super) struct Running(Sha256);

impl Running {
    /// Adds text that has been through [`letters_and_digits`].
    pub(super) fn push(&mut self, kept: &str) {
        self.0.update(kept);
    }

    /// The hash of all that was added.
    pub(super) fn value(&self) -> u64 {
        let digest = self.0.clone().finalize();
        u64::from_be_bytes(std::array::from_fn(|i| digest[i]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_start_of_the_sha_256_of_the_bare_letters() {
        // printf 'childrenareseen2times' | sha256sum
        assert_eq!(sentence_hash("Children are seen 2 times!"), "8bb9f4d631e33384");
        assert_eq!(sentence_hash(""), "e3b0c44298fc1c14");
    }

    #[test]
    fn only_words_count() {
        let hash = sentence_hash("The café’s “offer” is well-used.");
        assert_eq!(sentence_hash("\u{2022} THE CAFÉ'S OFFER\r\nis well used"), hash);
        assert_ne!(sentence_hash("The cafe’s offer is well used."), hash);
    }

    #[test]
    fn digits_go_there_and_back() {
        assert_eq!(from_hex("00ff00000000000a").map(hex).as_deref(), Some("00ff00000000000a"));
        assert_eq!((from_hex("ff"), from_hex("+0ff00000000000a"), from_hex("")), (None, None, None));
    }
}
