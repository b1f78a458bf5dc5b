//! The tables of a report, the same in every format that has tables.

use super::{Cell, Report, Section, TOO_FEW};
use crate::evaluate::gate::{GateReport, Rule};
use crate::evaluate::{
    Calibration, Ceiling, Comparison, ConfusedThemes, Coverage, Dimension, EndToEnd, Evaluation, Kept, LabelScores,
    SHOWN_SCORES, Score, TOO_SMALL, Unit,
};
use crate::taxonomy::Polarity;

/// The titles of tables that some formats show in their own way.
pub(super) const GATE: &str = "Gate";
pub(super) const SCORES: &str = "Scores";
pub(super) const CHANGE: &str = "Change from the baseline";
pub(super) const CALIBRATION: &str = "Calibration";
pub(super) const COVERAGE: &str = "Risk and coverage";

/// What marks a row that is too small to read.
pub(super) const MARK: &str = " (*)";

/// One line that says what was evaluated and how sure the numbers are.
pub(super) fn summary(report: &Report) -> String {
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let evaluation = &report.evaluation;
    format!(
        "{} on {} of {}; 95% intervals by {}",
        report.model,
        plural(evaluation.sentences, "labelled sentence"),
        plural(evaluation.letters, "letter"),
        unit(evaluation.drawn)
    )
}

/// All tables, the most important first.
pub fn sections(report: &Report) -> Vec<Section> {
    let mut sections: Vec<Section> = report.gate.iter().map(gate).collect();
    sections.push(scores(&report.evaluation));
    sections.extend(report.letters_read.iter().map(end_to_end));
    sections.push(labels("Polarity", "polarity", &report.evaluation.polarities));
    sections.push(confusion(&report.evaluation));
    sections.push(labels("Themes", "theme", &report.evaluation.themes));
    if !report.confused_themes.is_empty() {
        sections.push(confused(&report.confused_themes));
    }
    sections.extend(report.comparison.iter().map(comparison));
    sections.extend(report.ceiling.iter().flat_map(ceiling));
    sections.extend(report.calibration.iter().map(calibration));
    sections.extend(report.coverage.iter().map(coverage));
    sections.extend(report.slices.iter().map(slices));
    sections.extend(report.measures.sections());
    sections.extend(report.sections.iter().cloned());
    sections
}

fn gate(gate: &GateReport) -> Section {
    let rows = gate.checks.iter().map(|c| {
        let value = if c.rule == Rule::Change { Cell::Change(c.estimate) } else { c.estimate.into() };
        vec![c.name().into(), c.minimum.into(), value, c.verdict.to_string().into(), c.because.clone().into()]
    });
    Section::new(GATE, &["score", "minimum", "value", "verdict", "because"], rows.collect())
}

fn scores(evaluation: &Evaluation) -> Section {
    let rows = evaluation.scores.iter().map(|(score, estimate)| vec![score.name().into(), (*estimate).into()]);
    Section::new(SCORES, &["score", "value"], rows.collect())
}

fn end_to_end(read: &EndToEnd) -> Section {
    let row = |what: &str, n: usize| vec![what.into(), n.into()];
    let rows = vec![
        row("letters read", read.letters),
        row("labelled sentences that are a finding", read.matched),
        row(
            "labelled sentences that were split otherwise (the finding that they overlap with answers)",
            read.overlapping,
        ),
        row("labelled sentences that are none (they count as wrong)", read.missed),
        row("findings that no label is about", read.unlabelled),
    ];
    let not_read = match read.not_read.is_empty() {
        true => String::new(),
        false => format!("letters of the labels that were not read: {}", some_of(&read.not_read)),
    };
    Section::new("End to end", &["from the letters' own files", "count"], rows).with_note(not_read)
}

/// The first ten, and how many more there are.
fn some_of(names: &[String]) -> String {
    const SOME: usize = 10;
    let more = match names.len().saturating_sub(SOME) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", names[..names.len().min(SOME)].join(", "))
}

fn labels(title: &str, kind: &str, labels: &[LabelScores]) -> Section {
    let few = labels.iter().any(|l| l.support < TOO_FEW);
    let rows = labels.iter().map(|l| {
        let mark = if l.support < TOO_FEW { MARK } else { "" };
        let name = format!("{}{mark}", l.label);
        vec![name.into(), l.support.into(), l.predicted.into(), l.precision.into(), l.recall.into(), l.f1.into()]
    });
    let note = match few {
        true => format!("(*) fewer than {TOO_FEW} labelled sentences: too few to read"),
        false => String::new(),
    };
    Section::new(title, &[kind, "labelled", "predicted", "precision", "recall", "F1"], rows.collect()).with_note(note)
}

fn confusion(evaluation: &Evaluation) -> Section {
    let names = Polarity::ALL.map(Polarity::id);
    let mut header = vec!["labelled \\ predicted"];
    header.extend(names);
    let missed = evaluation.missed.iter().any(|&n| n > 0);
    if missed {
        header.push("no answer");
    }
    let rows = names.iter().zip(&evaluation.confusion).zip(&evaluation.missed).map(|((&name, row), &none)| {
        let all = row.iter().sum::<u64>() + none;
        let counts = row.iter().chain(missed.then_some(&none)).map(|&n| Cell::Part(n, all));
        std::iter::once(name.into()).chain(counts).collect()
    });
    Section::new("Confusion of polarities", &header, rows.collect())
}

fn confused(pairs: &[ConfusedThemes]) -> Section {
    let row = |c: &ConfusedThemes| vec![c.labelled.as_str().into(), c.given.as_str().into(), c.sentences.into()];
    Section::new("Confusion of main themes", &["labelled", "predicted", "sentences"], pairs.iter().map(row).collect())
        .with_note("the commonest pairs, where the predicted main theme is none of the labelled")
}

fn comparison(comparison: &Comparison) -> Section {
    let rows = comparison.changes.iter().map(|change| {
        let (then, now) = (Cell::Number(change.then), Cell::Number(change.now));
        vec![change.score.name().into(), then, now, Cell::Change(change.difference)]
    });
    let note = format!(
        "{} on the {} sentences of both; {} only here, {} only there; intervals by {}, paired",
        comparison.model,
        comparison.sentences,
        comparison.only_now,
        comparison.only_then,
        unit(comparison.drawn)
    );
    Section::new(CHANGE, &["score", "baseline", "now", "difference"], rows.collect()).with_note(note)
}

fn ceiling(ceiling: &Ceiling) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for annotator in &ceiling.annotators {
        let rows = annotator
            .annotator
            .iter()
            .zip(&annotator.model)
            .map(|((score, theirs), (_, models))| vec![score.name().into(), (*models).into(), (*theirs).into()]);
        let title = format!("Human ceiling: {} on {} sentences", annotator.name, annotator.sentences);
        sections.push(Section::new(&title, &["score", "model", "annotator"], rows.collect()));
    }
    let rows = vec![
        vec!["polarity of any annotator".into(), ceiling.polarity_of_any.into()],
        vec!["main theme of any annotator".into(), ceiling.main_theme_of_any.into()],
        vec!["main theme among those of any annotator".into(), ceiling.main_theme_among_any.into()],
    ];
    let title = format!("The model against any annotator, {} sentences that all labelled", ceiling.shared);
    let note = "The labels count as one annotator. Where they were settled with the other annotators' in sight, these \
                agree with them more than a stranger would.";
    sections.push(Section::new(&title, &["share of sentences with the", "model"], rows).with_note(note));
    sections
}

fn calibration(calibration: &Calibration) -> Section {
    let rows = calibration.bins.iter().filter(|bin| bin.sentences > 0).map(|bin| {
        let range = format!("{:.1} to {:.1}", bin.over, bin.up_to);
        vec![range.into(), bin.sentences.into(), Cell::Number(bin.mean_score), bin.right.into()]
    });
    let note = format!(
        "expected calibration error {}, {} bins of equal width; a perfectly calibrated model stays under {} nineteen times \
         in twenty",
        calibration.error,
        calibration.bins.len(),
        Cell::Number(calibration.by_chance)
    );
    Section::new(CALIBRATION, &["polarity score", "sentences", "mean score", "polarity right"], rows.collect())
        .with_note(note)
}

fn coverage(coverage: &Coverage) -> Section {
    let row = |name: String, kept: &Kept| {
        let least = Cell::from(kept.least_score);
        vec![name.into(), kept.sentences.into(), least, kept.polarity.into(), kept.polarity_and_theme.into()]
    };
    let unmarked =
        coverage.unmarked.iter().map(|kept| row(format!("not marked for review, {}", percent(kept.share)), kept));
    // Every second step is enough for a table.
    let points = coverage.points.iter().rev().step_by(2).collect::<Vec<_>>();
    let points = points.into_iter().rev().map(|kept| row(format!("surest {}", percent(kept.share)), kept));
    let header =
        ["kept", "sentences", "least score", "polarity right", "polarity right, main theme among the labelled"];
    Section::new(COVERAGE, &header, unmarked.chain(points).collect())
}

fn slices(dimension: &Dimension) -> Section {
    let rows = dimension.slices.iter().map(|slice| {
        let mark = if slice.too_small { MARK } else { "" };
        let mut row = vec![format!("{}{mark}", slice.name).into(), slice.sentences.into()];
        row.extend(slice.scores.iter().map(|(_, estimate)| Cell::from(*estimate)));
        row
    });
    let note = match dimension.slices.iter().any(|slice| slice.too_small) {
        true => format!("(*) fewer than {TOO_SMALL} sentences: too small to read"),
        false => String::new(),
    };
    let mut header = vec![dimension.by, "sentences"];
    header.extend(SHOWN_SCORES.map(Score::name));
    Section::new(&format!("By {}", dimension.by), &header, rows.collect()).with_note(note)
}

fn unit(drawn: Unit) -> &'static str {
    match drawn {
        Unit::Letter => "letter",
        Unit::Sentence => "sentence",
    }
}

pub(super) fn percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}
