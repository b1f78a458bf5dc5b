//! A comparison as one page: heat maps, funnels, the sentences behind them, areas over time.
//!
//! Nothing is loaded. Without its script the page is whole: a cell's link leads to the theme's sentences in its area.

mod chart;
mod over_time;

use askama::Template;

use super::{Comparison, Counts, FEWEST_AREAS, Funnel, Row, Section, Sentence, Standing, Tally, definitions};
use crate::error::{Error, ErrorKind, Result};
use crate::taxonomy::{NONE, Polarity};
use chart::{Chart, chart};
use over_time::LedgerView;

/// The most sentences of which all that judge are listed; over it, only those that find fault. 40,000 are about 9 MB.
const MOST_LISTED: usize = 40_000;

#[derive(Template)]
#[template(path = "compare.html")]
struct Page {
    model: String,
    version: &'static str,
    summary: String,
    warnings: Vec<String>,
    least: u32,
    fewest_areas: usize,
    listed: String,
    sections: Vec<SectionView>,
    ledger: Option<LedgerView>,
    definitions: Vec<(&'static str, String)>,
}

struct SectionView {
    id: String,
    name: String,
    summary: String,
    heads: Vec<String>,
    rows: Vec<RowView>,
    pooled: Vec<Cell>,
    suppressed: String,
    funnels: Vec<FunnelView>,
}

struct RowView {
    id: String,
    name: String,
    summary: String,
    cells: Vec<Cell>,
    groups: Vec<Group>,
}

/// A cell of the heat map.
struct Cell {
    /// In per cent; `None` where too few judge.
    share: Option<u32>,
    judged: u32,
    /// How dark, from 0 to 10.
    shade: u32,
    /// What the link's target ends with: the theme, or nothing for all.
    theme: String,
}

/// The sentences of an area that have one main theme.
struct Group {
    theme: String,
    name: String,
    sentences: Vec<Said>,
}

/// A sentence.
struct Said {
    polarity: Mark,
    text: String,
    review: bool,
    /// Where it stands, and its other themes.
    place: String,
    /// The places of its other themes among the columns.
    others: String,
}

/// A polarity: its class and its word; the style adds the sign.
#[derive(Clone, Copy)]
struct Mark {
    class: &'static str,
    word: &'static str,
}

impl From<Polarity> for Mark {
    fn from(polarity: Polarity) -> Self {
        Mark { class: &polarity.id()[..1], word: polarity.id() }
    }
}

struct FunnelView {
    id: String,
    name: String,
    summary: String,
    outside: String,
    chart: Chart,
    rows: Vec<FunnelRow>,
}

struct FunnelRow {
    name: String,
    cells: [String; 5],
    standing: &'static str,
}

/// The page.
///
/// # Errors
/// [`ErrorKind::Internal`] when it cannot be put together, which is a fault of this program.
pub fn html(comparison: &Comparison) -> Result<String> {
    let judging = comparison.letters.letters.iter().flat_map(|l| &l.sentences);
    let judging = judging.filter(|s| s.finding.polarity != Polarity::Neutral).count();
    let faults_only = judging > MOST_LISTED;
    let page = Page {
        model: comparison.models(),
        version: env!("CARGO_PKG_VERSION"),
        summary: summary(comparison),
        warnings: comparison.letters.warnings.iter().map(ToString::to_string).collect(),
        least: comparison.least,
        fewest_areas: FEWEST_AREAS,
        listed: match faults_only {
            true => "There are too many for one page, so only those that find fault are listed, under their main \
                     theme. Compare fewer letters to see all."
                .to_owned(),
            false => "Those that judge, under their main theme, faults first. “check” marks those that the model is \
                      unsure of."
                .to_owned(),
        },
        sections: comparison.sections.iter().enumerate().map(|(i, s)| section(comparison, i, s, faults_only)).collect(),
        ledger: comparison.ledger.as_ref().map(|ledger| LedgerView::of(comparison, ledger)),
        definitions: definitions(comparison.least),
    };
    page.render().map_err(|e| {
        Error::new(ErrorKind::Internal, format!("internal error: the page could not be written: {e}")).caused_by(e)
    })
}

fn summary(comparison: &Comparison) -> String {
    let letters = &comparison.letters;
    let left_out = letters.left_out;
    let mut parts =
        vec![format!("{} of {}", count(letters.letters.len(), "letter"), count(letters.areas.len(), "area"))];
    let counted = letters.letters.iter().map(|l| l.sentences.len()).sum();
    parts.push(format!("{} counted", count(counted, "sentence")));
    if left_out.boilerplate > 0 {
        parts.push(format!("{} of boilerplate left out", count(left_out.boilerplate, "sentence")));
    }
    if left_out.repeats > 0 {
        parts.push(format!("{} within a letter counted once", count(left_out.repeats, "repeat")));
    }
    if left_out.letters > 0 {
        parts.push(format!("{} left out by the filters", count(left_out.letters, "letter")));
    }
    format!("{}.", parts.join("; "))
}

fn section(comparison: &Comparison, place: usize, section: &Section, faults_only: bool) -> SectionView {
    let id = format!("s{place}");
    let rows: Vec<RowView> =
        section.rows.iter().enumerate().map(|(i, r)| row(comparison, format!("{id}r{i}"), r, faults_only)).collect();
    let few = rows.iter().flat_map(|r| &r.cells).filter(|c| c.share.is_none() && c.judged > 0).count();
    let dates = section.dates.as_ref().map_or_else(String::new, |(first, last)| format!(", dated {first} to {last}"));
    let letters = section.rows.iter().map(|r| r.letters.len()).sum();
    let themes = std::iter::once(None).chain((0..comparison.themes.len()).map(Some));
    let funnels = themes.filter_map(|theme| {
        let name = theme.map_or("All sentences".to_owned(), |theme| comparison.themes[theme].name.clone());
        let part = theme.map_or("all".to_owned(), |theme| format!("t{theme}"));
        comparison
            .funnel(section, theme)
            .map(|funnel| funnel_view(comparison, format!("{id}-funnel-{part}"), name, &funnel))
    });
    SectionView {
        name: framework_name(section.framework).to_owned(),
        summary: format!("{} of {}{dates}.", count(letters, "letter"), count(section.rows.len(), "area")),
        heads: std::iter::once("All".to_owned()).chain(comparison.themes.iter().map(|t| t.name.clone())).collect(),
        pooled: cells(comparison, &section.pooled),
        suppressed: match few {
            0 => String::new(),
            n => format!(
                "{} without a share, because fewer than {} sentences judge: “n” is how many do. “–”: none does.",
                count(n, "cell"),
                comparison.least
            ),
        },
        funnels: funnels.collect(),
        rows,
        id,
    }
}

fn row(comparison: &Comparison, id: String, row: &Row, faults_only: bool) -> RowView {
    let letters: Vec<_> = row.letters.iter().map(|&l| &comparison.letters.letters[l]).collect();
    let names: Vec<String> = letters
        .iter()
        .map(|l| l.dated.as_ref().map_or(l.name.clone(), |dated| format!("{} ({})", l.name, dated.words())))
        .collect();
    let mut of_theme: Vec<Vec<Said>> = comparison.themes.iter().map(|_| Vec::new()).collect();
    let mut without = Vec::new();
    for polarity in [Polarity::Weakness, Polarity::Mixed, Polarity::Strength] {
        if faults_only && polarity == Polarity::Strength {
            continue;
        }
        for letter in &letters {
            let date = letter.date().filter(|_| letters.len() > 1).unwrap_or_default();
            for sentence in letter.sentences.iter().filter(|s| s.finding.polarity == polarity) {
                let themes: Vec<usize> = sentence.finding.themes.iter().filter_map(|t| column(comparison, t)).collect();
                let said = said(comparison, sentence, date, themes.get(1..).unwrap_or_default());
                match themes.first() {
                    Some(&main) => of_theme[main].push(said),
                    None => without.push(said),
                }
            }
        }
    }
    let there = |theme: usize| row.counts.themes[theme].judged() > 0;
    let mut groups: Vec<Group> = of_theme
        .into_iter()
        .enumerate()
        .filter(|(theme, _)| there(*theme))
        .map(|(theme, sentences)| Group {
            theme: format!("t{theme}"),
            name: comparison.themes[theme].name.clone(),
            sentences,
        })
        .collect();
    if !without.is_empty() {
        groups.push(Group { theme: format!("t{NONE}"), name: "No theme".to_owned(), sentences: without });
    }
    RowView {
        cells: cells(comparison, &row.counts),
        name: comparison.letters.areas[row.area].name.clone(),
        summary: format!("{} judging sentences; {}", row.counts.all.judged(), names.join(", ")),
        groups,
        id,
    }
}

/// Where a theme stands among the columns.
fn column(comparison: &Comparison, theme: &str) -> Option<usize> {
    comparison.themes.iter().position(|column| column.id == theme)
}

fn said(comparison: &Comparison, sentence: &Sentence, date: &str, others: &[usize]) -> Said {
    let mut place: Vec<String> = Vec::new();
    place.extend(Some(date.to_owned()).filter(|date| !date.is_empty()));
    place.extend(sentence.finding.page.map(|page| format!("p. {page}")));
    let again: Vec<String> = sentence.again.iter().flatten().map(u32::to_string).collect();
    if !again.is_empty() {
        place.push(format!("again p. {}", again.join(", ")));
    }
    if !others.is_empty() {
        let names: Vec<&str> = others.iter().map(|&theme| comparison.themes[theme].name.as_str()).collect();
        place.push(format!("also {}", names.join(", ")));
    }
    Said {
        polarity: sentence.finding.polarity.into(),
        text: sentence.finding.sentence.clone(),
        review: sentence.finding.needs_review,
        place: place.join("; "),
        others: others.iter().map(usize::to_string).collect::<Vec<_>>().join(" "),
    }
}

fn cells(comparison: &Comparison, counts: &Counts) -> Vec<Cell> {
    let cell = |(tally, theme): (&Tally, String)| {
        let share = tally.share(comparison.least);
        Cell {
            share: share.map(|share| (share * 100.0).round() as u32),
            judged: tally.judged(),
            shade: share.map_or(0, |share| (share * 10.0).round() as u32),
            theme,
        }
    };
    let themes = counts.themes.iter().enumerate().map(|(theme, tally)| (tally, format!("t{theme}")));
    std::iter::once((&counts.all, String::new())).chain(themes).map(cell).collect()
}

fn funnel_view(comparison: &Comparison, id: String, name: String, funnel: &Funnel) -> FunnelView {
    let area = |point: &super::Point| comparison.letters.areas[point.observed.area].name.clone();
    let named = |standing: Standing| funnel.points.iter().filter(move |p| p.standing == standing).map(area);
    let mut outside: Vec<String> = Vec::new();
    for (standing, words) in [
        (Standing::FarAbove, "Above the 99.8% limit, so more fault than chance explains"),
        (Standing::Above, "Above the 95% limit only"),
        (Standing::Below, "Below the 95% limit only"),
        (Standing::FarBelow, "Below the 99.8% limit, so less fault than chance explains"),
    ] {
        let names: Vec<String> = named(standing).collect();
        if !names.is_empty() {
            outside.push(format!("{words}: {}.", names.join(", ")));
        }
    }
    if outside.is_empty() {
        outside.push("No area lies outside the 95% limits.".to_owned());
    }
    let beyond = funnel.outside().count();
    let wide = match funnel.dispersion > 1.0 {
        true => format!("limits widened, dispersion {:.1}", funnel.dispersion),
        false => format!("exact binomial limits, dispersion {:.1}", funnel.dispersion),
    };
    let percent = |share: f64| format!("{:.0}%", share * 100.0);
    let between = |(low, high): (f64, f64)| format!("{:.0}–{:.0}%", low * 100.0, high * 100.0);
    let row = |point: &super::Point| FunnelRow {
        name: area(point),
        cells: [
            point.observed.faulted.to_string(),
            point.observed.judged.to_string(),
            percent(point.share),
            between(point.limits.inner),
            between(point.limits.outer),
        ],
        standing: point.standing.words(),
    };
    FunnelView {
        summary: format!(
            "{} of all areas’ judging sentences find fault; {beyond} of {} outside the 95% limits, where chance alone \
             puts about {}; {wide}",
            percent(funnel.pooled),
            count(funnel.points.len(), "area"),
            (funnel.points.len() as f64 * 0.05).round()
        ),
        outside: outside.join(" "),
        chart: chart(funnel, &comparison.letters),
        rows: funnel.points.iter().map(row).collect(),
        id,
        name,
    }
}

fn framework_name(id: &str) -> &str {
    match id {
        "send_2016" => "Local area SEND inspections, 2016 to 2022",
        "send_2023" => "Area SEND inspections, from 2023",
        "ilacs_2018" => "Children’s services (ILACS, from 2018)",
        "sif_2013" => "Children’s services (single inspection framework, 2013 to 2017)",
        "monitoring_visit" => "Monitoring visits",
        "other" => "Other inspections and visits",
        "" => "Framework not known",
        other => other,
    }
}

fn count(n: usize, what: &str) -> String {
    match n {
        1 => format!("one {what}"),
        n => format!("{n} {what}s"),
    }
}

#[cfg(test)]
mod tests;
