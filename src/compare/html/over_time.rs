//! The ledger on the page.

use super::super::{Comparison, Entry, Ledger, Letter, PERHAPS, Sentence, Status, Visit};
use super::{Mark, count};

pub(super) struct LedgerView {
    pub undated: String,
    pub statuses: [&'static str; 5],
    pub visits: Vec<VisitView>,
}

pub(super) struct VisitView {
    pub id: String,
    pub area: String,
    pub earlier: String,
    pub later: String,
    pub faults: usize,
    pub counts: [usize; 5],
    pub groups: Vec<StatusGroup>,
}

/// The faults of one status.
pub(super) struct StatusGroup {
    pub name: String,
    pub words: &'static str,
    pub entries: Vec<EntryView>,
}

pub(super) struct EntryView {
    pub fault: Quoted,
    pub candidates: Vec<CandidateView>,
    /// What opens the candidates that are not shown.
    pub others: String,
}

pub(super) struct CandidateView {
    pub said: Quoted,
    pub similarity: String,
    pub matches: bool,
}

/// A sentence and where it stands.
pub(super) struct Quoted {
    pub polarity: Mark,
    pub text: String,
    pub place: String,
}

impl LedgerView {
    pub(super) fn of(comparison: &Comparison, ledger: &Ledger) -> Self {
        let undated = &ledger.undated;
        LedgerView {
            undated: match undated.len() {
                0 => String::new(),
                n => format!(
                    "{} left out, because no date tells which letter of the area came first: {}; --facts FILE can give it",
                    count(n, "letter"),
                    undated.join(", ")
                ),
            },
            statuses: Status::ALL.map(name),
            visits: ledger.visits.iter().enumerate().map(|(i, visit)| view(comparison, i, visit)).collect(),
        }
    }
}

fn name(status: Status) -> &'static str {
    match status {
        Status::Resolved => "resolved",
        Status::Improved => "improved",
        Status::Persists => "persists",
        Status::Unclear => "unclear",
        Status::NotMentioned => "not mentioned",
    }
}

fn view(comparison: &Comparison, place: usize, visit: &Visit) -> VisitView {
    let (earlier, later) = (&comparison.letters.letters[visit.earlier], &comparison.letters.letters[visit.later]);
    let entries = |status: Status| visit.entries.iter().filter(move |e| e.status == status);
    let group = |status: Status| {
        let entries: Vec<EntryView> = entries(status).map(|e| entry(earlier, later, e)).collect();
        StatusGroup { name: format!("{} ({})", capital(name(status)), entries.len()), words: status.words(), entries }
    };
    VisitView {
        id: format!("v{place}"),
        area: comparison.letters.areas[visit.area].name.clone(),
        earlier: title(earlier),
        later: title(later),
        faults: visit.entries.len(),
        counts: Status::ALL.map(|status| entries(status).count()),
        groups: Status::ALL.map(group).into_iter().filter(|group| !group.entries.is_empty()).collect(),
    }
}

fn title(letter: &Letter) -> String {
    let date = letter.dated.as_ref().map(|dated| format!(" ({})", dated.words())).unwrap_or_default();
    format!("{}{date}", letter.name)
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn entry(earlier: &Letter, later: &Letter, entry: &Entry) -> EntryView {
    let candidates: Vec<CandidateView> = entry
        .candidates
        .iter()
        .map(|candidate| CandidateView {
            said: quoted(later, &later.sentences[candidate.sentence]),
            similarity: format!("{:.2}", candidate.similarity),
            matches: candidate.matches(),
        })
        .collect();
    let shown = usize::from(candidates.first().is_some_and(|first| first.matches));
    let near = candidates.first().is_some_and(|_| entry.candidates[0].similarity >= PERHAPS);
    let others = match (candidates.len() - shown, shown) {
        (0, _) => String::new(),
        (n, 1) => format!("the next {n} of the later letter"),
        (n, _) if near => format!("the nearest {n} of the later letter: about every second is about the same"),
        (n, _) => format!("the nearest {n} of the later letter, little like it"),
    };
    EntryView { fault: quoted(earlier, &earlier.sentences[entry.sentence]), candidates, others }
}

fn quoted(letter: &Letter, sentence: &Sentence) -> Quoted {
    let finding = &sentence.finding;
    let mut place: Vec<String> = vec![letter.date().unwrap_or(&letter.name).to_owned()];
    place.extend(finding.page.map(|page| format!("p. {page}")));
    place.extend(Some(finding.heading.clone()).filter(|heading| !heading.is_empty()));
    Quoted { polarity: finding.polarity.into(), text: finding.sentence.clone(), place: place.join(", ") }
}
