//! Counts with intervals, by what the model confuses on labels that were named with `--counts-by`.

use std::sync::Arc;

use anyhow::Result;
use lettermark::classify::{Bundle, Classifier};
use lettermark::evaluate::counts::{CorrectedCount, Corrector, Counts, FEWEST};
use lettermark::evaluate::{Unit, findings::ReadFinding, report};
use lettermark::output::{Basis, Correct, Corrected, CorrectedCounts, Counted};

use super::super::measures::HeldOut;
use super::super::{model, tell, threads};
use super::ClassifyArgs;

/// What the model confuses, for pages and for the table at the end.
#[derive(Debug, Clone)]
pub struct Intervals {
    corrector: Arc<Corrector>,
    /// Labelled sentences that the model was trained on.
    trained_on: usize,
}

impl Intervals {
    /// Judges the labelled sentences that were named; `None` where none were.
    pub fn measured(args: &ClassifyArgs, bundle: &Bundle, classifier: &Classifier) -> Result<Option<Self>> {
        if args.counts_by.is_empty() {
            return Ok(None);
        }
        let HeldOut { examples, judgements, picked } =
            HeldOut::judged(&args.counts_by, &args.corpus, classifier, threads(args.jobs))?;
        let corrector = Arc::new(Corrector::new(&examples, &judgements, &picked, classifier.taxonomy())?);
        let seen = model::seen(bundle)?.unwrap_or_default();
        let trained_on = examples.iter().filter(|example| seen.holds(&example.sentence)).count();
        if trained_on > 0 {
            tell(&format!(
                "note: {trained_on} of the {} labelled sentences of --counts-by are among those that the model was \
                 trained on; it errs less on them than elsewhere, so the intervals are too narrow",
                examples.len()
            ));
        }
        Ok(Some(Intervals { corrector, trained_on }))
    }

    /// The counts of all findings, as a table.
    pub fn table(&self, findings: &[ReadFinding]) -> String {
        report::plain(&self.corrector.of_findings(findings).sections())
    }
}

impl Correct for Intervals {
    fn correct(&self, counted: &Counted) -> CorrectedCounts {
        let cells = |row: &[usize; 4]| row.map(|n| n as f64);
        let counts = Counts { polarity: cells(&counted.polarity), themes: counted.themes.iter().map(cells).collect() };
        let report = self.corrector.correct(&counts, &Counts::zero(counted.themes.len()));
        CorrectedCounts {
            polarity: four(&report.polarities),
            themes: report.themes.iter().map(|theme| four(&theme.polarities)).collect(),
            basis: Basis {
                sentences: report.labelled[0],
                letters: report.labelled[1],
                between_letters: report.drawn == Unit::Letter,
                fewest: FEWEST,
                trained_on: self.trained_on,
            },
        }
    }
}

/// A report has a row for each polarity, in their order.
fn four(rows: &[CorrectedCount]) -> [Corrected; 4] {
    std::array::from_fn(|place| {
        let row = &rows[place];
        Corrected { count: row.corrected, interval: row.interval.map(|interval| (interval.low, interval.high)) }
    })
}
