//! Findings as `lettermark classify` would write them, made up: nothing here is of a letter.

use std::path::{Path, PathBuf};

/// The columns that comparing needs.
pub const HEADER: [&str; 11] = [
    "letter",
    "authority",
    "framework",
    "published",
    "page",
    "heading",
    "sentence",
    "polarity",
    "themes",
    "boilerplate",
    "model",
];

/// One finding; `at` is its number, which keeps sentences apart.
pub struct Made<'a> {
    pub letter: &'a str,
    pub authority: &'a str,
    pub framework: &'a str,
    pub published: &'a str,
    pub sentence: &'a str,
    pub polarity: &'a str,
    pub themes: &'a str,
}

/// Writes findings as a CSV into a folder.
pub fn write(folder: &Path, name: &str, findings: &[Made<'_>]) -> PathBuf {
    let path = folder.join(name);
    let mut csv = csv::Writer::from_path(&path).unwrap();
    csv.write_record(HEADER).unwrap();
    for f in findings {
        let row = [
            f.letter,
            f.authority,
            f.framework,
            f.published,
            "2",
            "Findings",
            f.sentence,
            f.polarity,
            f.themes,
            "false",
            "made-up",
        ];
        csv.write_record(row).unwrap();
    }
    csv.flush().unwrap();
    path
}

/// Eight areas with 20 sentences each, of which `faults[i]` find fault; about leadership and, every second, workforce.
pub fn areas(folder: &Path, name: &str, hostile: &str) -> PathBuf {
    const FAULTS: [usize; 8] = [6, 7, 5, 6, 7, 6, 5, 20];
    let mut made: Vec<(String, String, String, &str, &str)> = Vec::new();
    for (area, faults) in FAULTS.iter().enumerate() {
        for n in 0..20 {
            let name = if area == 0 && !hostile.is_empty() { hostile.to_owned() } else { format!("Area {area}") };
            let polarity = if n < *faults { "weakness" } else { "strength" };
            let themes = if n % 2 == 0 { "leadership" } else { "leadership;workforce" };
            let sentence = format!("{hostile} Sentence {n} about the leaders of area {area}.");
            made.push((format!("{area}.pdf"), name, sentence, polarity, themes));
        }
    }
    let findings: Vec<Made<'_>> = made
        .iter()
        .map(|(letter, authority, sentence, polarity, themes)| Made {
            letter,
            authority,
            framework: "ilacs_2018",
            published: "2019-03-01",
            sentence,
            polarity,
            themes,
        })
        .collect();
    write(folder, name, &findings)
}
