//! From judgements to failure rates, with what failed and how.

use serde::{Deserialize, Serialize};

use super::{Case, Expectation, Suite};
use crate::classify::Judgement;
use crate::error::{Error, ErrorKind, Result};
use crate::evaluate::report::Section;
use crate::interval::Estimate;
use crate::taxonomy::{Polarity, Taxonomy, ThemeId};

/// Failures of a capability that the table shows; the JSON report has all.
pub const EXAMPLES: usize = 2;

/// What of a judgement is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Aspect {
    /// The polarity, or its probability.
    Polarity,
    /// The main theme.
    Theme,
}

/// The kinds of test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Given labels.
    MinimumFunctionality,
    /// The same labels for all variants.
    Invariance,
    /// A probability that must rise.
    Direction,
}

impl Kind {
    const ALL: [Kind; 3] = [Kind::MinimumFunctionality, Kind::Invariance, Kind::Direction];

    /// The name shown to people.
    pub fn name(self) -> &'static str {
        match self {
            Kind::MinimumFunctionality => "minimum functionality",
            Kind::Invariance => "invariance",
            Kind::Direction => "direction",
        }
    }

    fn of(expects: &Expectation) -> Self {
        match expects {
            Expectation::Labels { .. } => Kind::MinimumFunctionality,
            Expectation::Invariance { .. } => Kind::Invariance,
            Expectation::Direction { .. } => Kind::Direction,
        }
    }
}

/// How a model did on a [`Suite`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BehaviourReport {
    /// Cases.
    pub cases: usize,
    /// Cases of which anything failed.
    pub failed: usize,
    /// Their share, with Wilson's interval.
    pub failure_rate: Estimate,
    /// One row for each kind of test.
    pub kinds: Vec<KindResult>,
    /// One row for each capability, in the suite's order.
    pub capabilities: Vec<CapabilityResult>,
}

/// The cases of one kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KindResult {
    /// The kind.
    pub kind: Kind,
    /// Its cases.
    pub cases: usize,
    /// Those of which anything failed.
    pub failed: usize,
    /// Their share, with Wilson's interval.
    pub failure_rate: Estimate,
}

/// The cases of one capability.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CapabilityResult {
    /// The capability's identifier.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What is tested.
    pub about: String,
    /// Its cases.
    pub cases: usize,
    /// Those of which anything failed.
    pub failed: usize,
    /// Those whose polarity, or its probability, failed.
    pub failed_polarity: usize,
    /// Those whose main theme failed.
    pub failed_theme: usize,
    /// The share of failed cases, with Wilson's interval.
    pub failure_rate: Estimate,
    /// Everything that failed, in the order of the cases.
    pub failures: Vec<Failure>,
}

/// One thing that failed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Failure {
    /// The file of the case.
    pub file: String,
    /// The line on which it begins.
    pub line: u64,
    /// The kind of test.
    pub kind: Kind,
    /// What failed.
    pub aspect: Aspect,
    /// For an invariance test, which variant differs from the first, counted from one.
    pub variant: Option<usize>,
    /// The sentence that was judged otherwise.
    pub sentence: String,
    /// The sentence before it; empty where there is none.
    pub previous: String,
    /// What should have come.
    pub expected: String,
    /// What came.
    pub got: String,
    /// Its probability.
    pub score: f32,
}

impl Suite {
    /// Holds `judgements`, one for each of [`Suite::items`] and in their order, against the cases.
    ///
    /// # Errors
    /// When there are not as many judgements as sentences.
    pub fn report(&self, judgements: &[Judgement], taxonomy: &Taxonomy) -> Result<BehaviourReport> {
        let sentences = self.items().len();
        if judgements.len() != sentences {
            let message = format!("{sentences} sentences of behaviour cases but {} judgements", judgements.len());
            return Err(Error::new(ErrorKind::Data, message));
        }
        let mut left = judgements;
        let mut by_kind = [(0, 0); Kind::ALL.len()];
        let mut capabilities = Vec::new();
        for capability in &self.capabilities {
            let mut failures = Vec::new();
            let [mut failed, mut failed_polarity, mut failed_theme] = [0; 3];
            for case in &capability.cases {
                let (judged, rest) = left.split_at(case.sentences().len());
                left = rest;
                let of_case = failures_of(case, judged, taxonomy);
                let any = |aspect| usize::from(of_case.iter().any(|f| f.aspect == aspect));
                failed += usize::from(!of_case.is_empty());
                failed_polarity += any(Aspect::Polarity);
                failed_theme += any(Aspect::Theme);
                let (cases, failed_of_kind) = &mut by_kind[Kind::of(&case.expects) as usize];
                *cases += 1;
                *failed_of_kind += usize::from(!of_case.is_empty());
                failures.extend(of_case);
            }
            let cases = capability.cases.len();
            capabilities.push(CapabilityResult {
                id: capability.id.clone(),
                name: capability.name.clone(),
                about: capability.about.clone(),
                cases,
                failed,
                failed_polarity,
                failed_theme,
                failure_rate: Estimate::proportion(failed as u64, cases as u64),
                failures,
            });
        }
        let kinds = Kind::ALL.into_iter().zip(by_kind).map(|(kind, (cases, failed))| KindResult {
            kind,
            cases,
            failed,
            failure_rate: Estimate::proportion(failed as u64, cases as u64),
        });
        let (cases, failed) = (self.cases(), capabilities.iter().map(|c| c.failed).sum::<usize>());
        Ok(BehaviourReport {
            cases,
            failed,
            failure_rate: Estimate::proportion(failed as u64, cases as u64),
            kinds: kinds.collect(),
            capabilities,
        })
    }
}

impl BehaviourReport {
    /// Failure rates by kind and by capability, and [`EXAMPLES`] failures of each capability.
    pub fn sections(&self) -> Vec<Section> {
        let row = |name: &str, cases: usize, failed: usize, rate: &Estimate| {
            [name.to_owned(), cases.to_string(), failed.to_string(), rate.to_string()]
        };
        let kinds = self.kinds.iter().map(|k| row(k.kind.name(), k.cases, k.failed, &k.failure_rate));
        let all = row("all", self.cases, self.failed, &self.failure_rate);
        let mut tables = vec![
            Section::of_text(
                "Behaviour suite",
                ["kind of test", "cases", "failed", "failure rate"],
                kinds.chain([all]),
            )
            .with_note(
                "A case fails when its polarity or its main theme does. Cases are written to be hard, so the rate is \
                     not that of a letter's sentences. Wilson intervals at 95%.",
            ),
        ];
        let rows = self.capabilities.iter().map(|c| {
            let [name, cases, failed, rate] = row(&c.name, c.cases, c.failed, &c.failure_rate);
            [name, cases, failed, rate, c.failed_polarity.to_string(), c.failed_theme.to_string()]
        });
        let header = ["capability", "cases", "failed", "failure rate", "polarity failed", "theme failed"];
        tables.push(Section::of_text("Behaviour by capability", header, rows));
        let examples = self.capabilities.iter().flat_map(|c| c.failures.iter().take(EXAMPLES).map(move |f| (c, f)));
        let rows: Vec<_> = examples.map(|(capability, failure)| failure.row(&capability.id)).collect();
        if !rows.is_empty() {
            let header = ["capability", "case", "test", "expected", "got", "sentence"];
            let note = format!("At most {EXAMPLES} a capability; the JSON report has all.");
            tables.push(Section::of_text("Examples of failures", header, rows).with_note(note));
        }
        tables
    }
}

impl Failure {
    fn row(&self, capability: &str) -> [String; 6] {
        let test = match self.variant {
            Some(variant) => format!("{}, variant {variant}", self.kind.name()),
            None => self.kind.name().to_owned(),
        };
        let got = match self.kind {
            Kind::Direction => self.got.clone(),
            _ => format!("{} ({:.2})", self.got, self.score),
        };
        let sentence = match self.previous.as_str() {
            "" => self.sentence.clone(),
            previous => format!("[{previous}] {}", self.sentence),
        };
        let place = format!("{}:{}", self.file, self.line);
        // A line break may be what flipped the answer, so it is shown.
        [capability.to_owned(), place, test, self.expected.clone(), got, sentence.replace('\n', "⏎")]
    }
}

/// Everything that fails of one case; `judged` has a judgement for each of its sentences.
fn failures_of(case: &Case, judged: &[Judgement], taxonomy: &Taxonomy) -> Vec<Failure> {
    let sentences = case.sentences();
    let failure = |place: usize, aspect, expected: String, got: String, score: f32| Failure {
        file: case.file.clone(),
        line: case.line,
        kind: Kind::of(&case.expects),
        aspect,
        variant: matches!(case.expects, Expectation::Invariance { .. }).then_some(place + 1),
        sentence: sentences[place].to_owned(),
        previous: case.previous.clone(),
        expected,
        got,
        score,
    };
    let polarity_of = |place: usize| {
        let polarity = judged[place].polarity;
        (polarity.to_string(), probability(&judged[place], polarity))
    };
    let mut failures = Vec::new();
    match &case.expects {
        Expectation::Labels { polarities, themes, .. } => {
            if !polarities.contains(&judged[0].polarity) {
                let (got, score) = polarity_of(0);
                failures.push(failure(0, Aspect::Polarity, any_of(polarities.iter().map(|p| p.id())), got, score));
            }
            let (main, score) = main_theme(&judged[0]);
            if !themes.is_empty() && !main.is_some_and(|theme| themes.contains(&theme)) {
                let expected = any_of(themes.iter().map(|&t| taxonomy.theme(t).id.as_str()));
                failures.push(failure(0, Aspect::Theme, expected, theme_name(main, taxonomy), score));
            }
        }
        Expectation::Invariance { variants, keep } => {
            let (first, _) = main_theme(&judged[0]);
            for place in 1..variants.len() {
                if keep.contains(&Aspect::Polarity) && judged[place].polarity != judged[0].polarity {
                    let (got, score) = polarity_of(place);
                    let expected = format!("{} as variant 1", judged[0].polarity);
                    failures.push(failure(place, Aspect::Polarity, expected, got, score));
                }
                let (main, score) = main_theme(&judged[place]);
                if keep.contains(&Aspect::Theme) && main != first {
                    let expected = format!("{} as variant 1", theme_name(first, taxonomy));
                    failures.push(failure(place, Aspect::Theme, expected, theme_name(main, taxonomy), score));
                }
            }
        }
        Expectation::Direction { toward, .. } => {
            let (before, after) = (probability(&judged[0], *toward), probability(&judged[1], *toward));
            if after <= before {
                let expected = format!("{toward} over {before:.3}");
                failures.push(failure(1, Aspect::Polarity, expected, format!("{after:.3}"), after));
            }
        }
    }
    failures
}

fn probability(judgement: &Judgement, polarity: Polarity) -> f32 {
    judgement.polarity_scores[polarity.index()]
}

fn main_theme(judgement: &Judgement) -> (Option<ThemeId>, f32) {
    judgement.themes.first().map_or((None, 0.0), |&(theme, score)| (Some(theme), score))
}

fn theme_name(theme: Option<ThemeId>, taxonomy: &Taxonomy) -> String {
    theme.map_or_else(|| "no theme".to_owned(), |theme| taxonomy.theme(theme).id.clone())
}

fn any_of<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(" or ")
}
