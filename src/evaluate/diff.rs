//! Two models on the same sentences: what the one says otherwise than the other, and which is right where labels are.

use std::collections::BTreeMap;
use std::fmt;

use super::{Cell, Section};
use crate::classify::Judgement;
use crate::dataset::Example;
use crate::finding::Finding;
use crate::interval::Estimate;
use crate::taxonomy::{Polarity, Taxonomy};

/// What a model, or a label, says of a sentence. Themes go by their identifiers, because two models may have two
/// taxonomies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The polarity.
    pub polarity: Polarity,
    /// The themes, the main one first.
    pub themes: Vec<String>,
}

impl Said {
    /// What a judgement by a model of this taxonomy says.
    pub fn by_model(judgement: &Judgement, taxonomy: &Taxonomy) -> Self {
        let themes = judgement.themes.iter().map(|&(id, _)| taxonomy.theme(id).id.clone());
        Said { polarity: judgement.polarity, themes: themes.collect() }
    }

    /// What a label says.
    pub fn by_label(example: &Example, taxonomy: &Taxonomy) -> Self {
        let themes = example.themes.iter().map(|&id| taxonomy.theme(id).id.clone());
        Said { polarity: example.polarity, themes: themes.collect() }
    }

    fn same_themes(&self, other: &Said) -> bool {
        self.themes.len() == other.themes.len() && self.themes.iter().all(|theme| other.themes.contains(theme))
    }

    /// F1 of the themes against those of a label.
    fn nearness(&self, label: &Said) -> f64 {
        let both = self.themes.iter().filter(|theme| label.themes.contains(theme)).count();
        2.0 * both as f64 / (self.themes.len() + label.themes.len()).max(1) as f64
    }
}

impl From<&Finding> for Said {
    fn from(finding: &Finding) -> Self {
        Said { polarity: finding.polarity, themes: finding.themes.clone() }
    }
}

impl fmt::Display for Said {
    /// `strength leadership;oversight`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.polarity, self.themes.join(";"))
    }
}

/// A sentence that both models judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedTwice {
    /// Its letter; empty where unknown.
    pub letter: String,
    /// The sentence.
    pub sentence: String,
    /// Its label, where it has one.
    pub label: Option<Said>,
    /// What the old model says.
    pub old: Said,
    /// What the new model says.
    pub new: Said,
}

/// Which of two models a label speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The old one.
    Old,
    /// The new one.
    New,
    /// Neither more than the other.
    Neither,
}

impl Verdict {
    fn of(old: f64, new: f64) -> Self {
        match old.total_cmp(&new) {
            std::cmp::Ordering::Greater => Verdict::Old,
            std::cmp::Ordering::Less => Verdict::New,
            std::cmp::Ordering::Equal => Verdict::Neither,
        }
    }

    /// `old`, `new` or `neither`.
    pub fn id(self) -> &'static str {
        match self {
            Verdict::Old => "old",
            Verdict::New => "new",
            Verdict::Neither => "neither",
        }
    }
}

impl JudgedTwice {
    /// Whether the two models see another polarity.
    pub fn polarity_flips(&self) -> bool {
        self.old.polarity != self.new.polarity
    }

    /// Whether they see another main theme.
    pub fn main_theme_flips(&self) -> bool {
        self.old.themes.first() != self.new.themes.first()
    }

    /// Whether they see another set of themes, their order left aside.
    pub fn themes_flip(&self) -> bool {
        !self.old.same_themes(&self.new)
    }

    /// Whether they differ in polarity, in the main theme or in the set.
    pub fn flips(&self) -> bool {
        self.polarity_flips() || self.main_theme_flips() || self.themes_flip()
    }

    /// Whose polarity is the labelled one; `None` without a label.
    pub fn right_polarity(&self) -> Option<Verdict> {
        let right = |said: &Said, label: &Said| f64::from(u8::from(said.polarity == label.polarity));
        self.label.as_ref().map(|label| Verdict::of(right(&self.old, label), right(&self.new, label)))
    }

    /// Whose main theme is among the labelled ones; `None` without a label.
    pub fn right_main_theme(&self) -> Option<Verdict> {
        let right = |said: &Said, label: &Said| {
            f64::from(u8::from(said.themes.first().is_some_and(|main| label.themes.contains(main))))
        };
        self.label.as_ref().map(|label| Verdict::of(right(&self.old, label), right(&self.new, label)))
    }

    /// Whose themes are nearer to the labelled ones, by F1; `None` without a label.
    pub fn nearer_themes(&self) -> Option<Verdict> {
        self.label.as_ref().map(|label| Verdict::of(self.old.nearness(label), self.new.nearness(label)))
    }
}

/// The tables of a comparison: how much flips, from where to where, and by theme.
pub fn sections(judged: &[JudgedTwice]) -> Vec<Section> {
    vec![summary(judged), transitions(judged), by_theme(judged)]
}

fn summary(judged: &[JudgedTwice]) -> Section {
    let labelled = judged.iter().any(|j| j.label.is_some());
    let mut header = vec!["what flips", "sentences", "share"];
    if labelled {
        header.extend(["old is right", "new is right", "neither more"]);
    }
    type Flips = fn(&JudgedTwice) -> bool;
    type Right = fn(&JudgedTwice) -> Option<Verdict>;
    let kinds: [(&str, Flips, Right); 3] = [
        ("polarity", JudgedTwice::polarity_flips, JudgedTwice::right_polarity),
        ("main theme", JudgedTwice::main_theme_flips, JudgedTwice::right_main_theme),
        ("set of themes", JudgedTwice::themes_flip, JudgedTwice::nearer_themes),
    ];
    let mut remarks = Vec::new();
    let rows = kinds.map(|(name, flips, right)| {
        let flipped: Vec<&JudgedTwice> = judged.iter().filter(|j| flips(j)).collect();
        let share = Estimate::proportion(flipped.len() as u64, judged.len() as u64);
        let mut row: Vec<Cell> = vec![name.into(), flipped.len().into(), share.into()];
        if labelled {
            let count = |verdict| flipped.iter().filter(|j| right(j) == Some(verdict)).count();
            let [old, new, neither] = [Verdict::Old, Verdict::New, Verdict::Neither].map(count);
            row.extend([old, new, neither].map(Cell::from));
            remarks.push(format!("{name} {:.3}", sign_test(old as u64, new as u64)));
        }
        row
    });
    let section = Section::new("What flips", &header, rows.into());
    match labelled {
        true => section.with_note(format!(
            "how often chance alone makes as large a difference between the two that are right (sign test): {}",
            remarks.join(", ")
        )),
        false => section,
    }
}

fn transitions(judged: &[JudgedTwice]) -> Section {
    let mut header = vec!["old \\ new"];
    header.extend(Polarity::ALL.map(Polarity::id));
    let rows = Polarity::ALL.iter().map(|&from| {
        let count = |to| judged.iter().filter(|j| j.old.polarity == from && j.new.polarity == to).count();
        std::iter::once(from.id().into()).chain(Polarity::ALL.map(|to| count(to).into())).collect()
    });
    Section::new("Polarity, from old to new", &header, rows.collect())
}

fn by_theme(judged: &[JudgedTwice]) -> Section {
    #[derive(Default)]
    struct Counts {
        old: usize,
        new: usize,
        lost: usize,
        gained: usize,
        polarity: usize,
    }
    let mut themes: BTreeMap<&str, Counts> = BTreeMap::new();
    for j in judged {
        for theme in &j.old.themes {
            let counts = themes.entry(theme).or_default();
            counts.old += 1;
            counts.lost += usize::from(!j.new.themes.contains(theme));
            counts.polarity += usize::from(j.polarity_flips());
        }
        for theme in &j.new.themes {
            let counts = themes.entry(theme).or_default();
            let gained = !j.old.themes.contains(theme);
            counts.new += 1;
            counts.gained += usize::from(gained);
            counts.polarity += usize::from(gained && j.polarity_flips());
        }
    }
    let rows = themes.into_iter().map(|(theme, c)| {
        std::iter::once(theme.into()).chain([c.old, c.new, c.lost, c.gained, c.polarity].map(Cell::from)).collect()
    });
    Section::new("By theme", &["theme", "old", "new", "lost", "gained", "polarity flips"], rows.collect())
}

/// How probable it is that a fair coin falls at least as unevenly as `a` to `b`: the exact two-sided sign test, which for
/// two models on the same sentences is McNemar's. One where nothing was thrown.
fn sign_test(a: u64, b: u64) -> f64 {
    let (few, all) = (a.min(b), a + b);
    // Terms of the binomial distribution, each from the one before; in logarithms, as 2^-all underflows from 1,100 on.
    let mut term = -(all as f64) * std::f64::consts::LN_2;
    let mut sum = 0.0;
    for k in 0..=few {
        sum += term.exp();
        term += ((all - k) as f64).ln() - ((k + 1) as f64).ln();
    }
    (2.0 * sum).min(1.0)
}

/// The names of the columns of [`record`].
pub const COLUMNS: [&str; 12] = [
    "letter",
    "sentence",
    "old_polarity",
    "new_polarity",
    "old_themes",
    "new_themes",
    "label_polarity",
    "label_themes",
    "flips",
    "polarity_right",
    "main_theme_right",
    "themes_nearer",
];

/// One sentence as a row of a table, under [`COLUMNS`]. What needs a label is empty without one; who is right is said only
/// where there is a difference.
pub fn record(j: &JudgedTwice) -> [String; COLUMNS.len()] {
    let kinds = [(j.polarity_flips(), "polarity"), (j.main_theme_flips(), "main_theme"), (j.themes_flip(), "themes")];
    let flips: Vec<&str> = kinds.into_iter().filter(|(flips, _)| *flips).map(|(_, name)| name).collect();
    let verdict = |flips: bool, verdict: Option<Verdict>| {
        verdict.filter(|_| flips).map_or(String::new(), |verdict| verdict.id().to_owned())
    };
    let label = |part: fn(&Said) -> String| j.label.as_ref().map(part).unwrap_or_default();
    let (polarity, themes) = (|s: &Said| s.polarity.to_string(), |s: &Said| s.themes.join(";"));
    [
        j.letter.clone(),
        j.sentence.clone(),
        polarity(&j.old),
        polarity(&j.new),
        themes(&j.old),
        themes(&j.new),
        label(polarity),
        label(themes),
        flips.join(";"),
        verdict(j.polarity_flips(), j.right_polarity()),
        verdict(j.main_theme_flips(), j.right_main_theme()),
        verdict(j.themes_flip(), j.nearer_themes()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(polarity: Polarity, themes: &[&str]) -> Said {
        Said { polarity, themes: themes.iter().map(|&theme| theme.to_owned()).collect() }
    }

    fn judged(old: Said, new: Said, label: Option<Said>) -> JudgedTwice {
        JudgedTwice { letter: "a".to_owned(), sentence: "One.".to_owned(), label, old, new }
    }

    fn some() -> Vec<JudgedTwice> {
        use Polarity::{Mixed, Strength, Weakness};
        vec![
            judged(
                said(Strength, &["education"]),
                said(Weakness, &["education"]),
                Some(said(Weakness, &["education"])),
            ),
            judged(said(Strength, &["education", "workforce"]), said(Strength, &["workforce", "education"]), None),
            judged(
                said(Mixed, &["oversight"]),
                said(Mixed, &["leadership", "oversight"]),
                Some(said(Mixed, &["oversight"])),
            ),
            judged(said(Mixed, &["none"]), said(Mixed, &["none"]), None),
        ]
    }

    #[test]
    fn flips_are_told_by_kind_and_by_who_is_right() {
        let some = some();
        let kinds: Vec<_> = some.iter().map(|j| (j.polarity_flips(), j.main_theme_flips(), j.themes_flip())).collect();
        assert_eq!(kinds, [(true, false, false), (false, true, false), (false, true, true), (false, false, false)]);
        assert_eq!(some[0].right_polarity(), Some(Verdict::New));
        assert_eq!(some[2].right_polarity(), Some(Verdict::Neither));
        assert_eq!((some[2].right_main_theme(), some[2].nearer_themes()), (Some(Verdict::Old), Some(Verdict::Old)));
        assert_eq!(some[1].right_polarity(), None);
        assert_eq!(
            record(&some[2])[2..],
            [
                "mixed",
                "mixed",
                "oversight",
                "leadership;oversight",
                "mixed",
                "oversight",
                "main_theme;themes",
                "",
                "old",
                "old"
            ]
        );
    }

    #[test]
    fn tables_count_what_flips() {
        let text = super::super::report::plain(&sections(&some()));
        insta::assert_snapshot!(text);
    }

    #[test]
    fn the_sign_test_is_that_of_the_tables() {
        // scipy.stats.binomtest(min(a, b), a + b).pvalue
        for (a, b, p) in [(0, 0, 1.0), (3, 8, 0.226_562_5), (0, 5, 0.0625), (10, 10, 1.0), (1, 14, 0.000_976_562_5)] {
            assert!((sign_test(a, b) - p).abs() < 1e-9, "{a} {b}: {}", sign_test(a, b));
        }
        assert!(sign_test(1000, 1000) == 1.0 && sign_test(500, 5000) < 1e-9);
    }
}
