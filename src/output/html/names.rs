//! Names of files that every system takes, made of names that letters bring with them.

use std::collections::HashSet;

/// The longest name without its ending, in bytes; paths on Windows end at 260 characters.
const LONGEST: usize = 80;
/// Names that Windows keeps for devices, whatever their ending.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// Gives out names, none of them twice, on systems too that see no difference between `A` and `a`.
#[derive(Debug, Default)]
pub(super) struct Names {
    given: HashSet<String>,
}

impl Names {
    /// Keeps a name from being given out.
    pub(super) fn keep(&mut self, name: &str) {
        self.given.insert(name.to_owned());
    }

    /// A name for the letter's page: `Kingston 2018.pdf` gives `kingston-2018.html`, and `kingston-2018-2.html` the
    /// second time.
    pub(super) fn page(&mut self, letter: &str) -> String {
        let stem = stem(letter);
        let names = (1..).map(|n| match n {
            1 => format!("{stem}.html"),
            _ => format!("{stem}-{n}.html"),
        });
        let name = names.into_iter().find(|name| !self.given.contains(name)).unwrap_or(stem);
        self.given.insert(name.clone());
        name
    }
}

fn stem(letter: &str) -> String {
    let file = letter.rsplit(['/', '\\']).next().unwrap_or(letter);
    let name = file.rsplit_once('.').map_or(file, |(name, _)| name);
    let mut stem = String::new();
    for c in name.chars().map(|c| c.to_ascii_lowercase()) {
        match c {
            'a'..='z' | '0'..='9' | '_' => stem.push(c),
            _ if stem.is_empty() || stem.ends_with('-') => {}
            _ => stem.push('-'),
        }
    }
    stem.truncate(LONGEST);
    let stem = stem.trim_end_matches('-');
    let port = |start: &str| stem.strip_prefix(start).is_some_and(|rest| rest.len() == 1);
    match stem {
        "" => "letter".to_owned(),
        _ if DEVICES.contains(&stem) || port("com") || port("lpt") => format!("letter-{stem}"),
        _ => stem.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_and_equal_names_give_safe_and_different_ones() {
        let mut names = Names::default();
        names.keep("index.html");
        for (letter, name) in [
            ("Kingston 2018.pdf", "kingston-2018.html"),
            ("KINGSTON 2018.docx", "kingston-2018-2.html"),
            ("folder/kingston (2018).txt", "kingston-2018-3.html"),
            ("index.txt", "index-2.html"),
            ("../../etc/passwd", "passwd.html"),
            ("..", "letter.html"),
            ("-", "letter-2.html"),
            ("a\\b\\CON.txt", "letter-con.html"),
            ("com1.pdf", "letter-com1.html"),
            ("\"><script>alert(1)<.txt", "script-alert-1.html"),
            ("\u{202E}fdp.exe", "fdp.html"),
            ("Sir Fôn 🎓.pdf", "sir-f-n.html"),
        ] {
            assert_eq!(names.page(letter), name, "{letter}");
        }
    }

    #[test]
    fn a_very_long_name_is_cut() {
        let mut names = Names::default();
        let long = "long name ".repeat(100);
        let (first, second) = (names.page(&long), names.page(&long));
        assert!(first.len() <= 85 && second.len() <= 87 && first != second, "{first} {second}");
    }
}
