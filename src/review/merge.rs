//! Labels of several readers put together: what they agree on once, what they differ on apart.

use std::collections::{BTreeMap, HashMap};

use crate::dataset::{Agreement, Example, LabelledFile, agreement, sentence_hash};
use crate::error::{Error, ErrorKind, Result};
use crate::taxonomy::Taxonomy;

/// The column in which the file of conflicts says what differs: `polarity`, `themes`, or both.
pub const CONFLICT: &str = "conflict";

/// Between several annotators, remarks or values in one cell.
const JOIN: &str = "; ";

/// One file of labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Labels {
    /// What messages call it.
    pub name: String,
    /// What is in it.
    pub file: LabelledFile,
}

/// Labels of several files put together.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// A row for each sentence on which nobody differs.
    pub labels: LabelledFile,
    /// All rows of the sentences on which some differ, together, with the column [`CONFLICT`].
    pub conflicts: LabelledFile,
    /// How many rows went in, without those that adjudicate.
    pub rows: usize,
    /// How many sentences have one row.
    pub single: usize,
    /// How many sentences have several rows that say the same.
    pub agreed: usize,
    /// How many sentences are in conflict.
    pub differing: usize,
    /// How many sentences got their labels from the adjudicated file.
    pub adjudicated: usize,
    /// How far every two files with a sentence in common agree.
    pub agreements: Vec<PairAgreement>,
}

/// How far two files agree.
#[derive(Debug, Clone, PartialEq)]
pub struct PairAgreement {
    /// The one file's place among those that were merged.
    pub first: usize,
    /// The other's.
    pub second: usize,
    /// On the sentences that both have.
    pub agreement: Agreement,
}

/// A row with its file's place.
#[derive(Clone, Copy)]
struct Row<'a> {
    file: usize,
    example: &'a Example,
    extra: &'a [String],
}

/// All that is said of one sentence at one place of one letter.
type Said<'a> = Vec<Row<'a>>;

/// Puts the labels of several files together.
///
/// Two rows are of one sentence when letter and [`sentence_hash`] are the same, and the index too. Rows without an index
/// are paired in order of appearance, each annotator's in a file by themselves. Rows say the same when polarity, main
/// theme and the set of themes are the same; they become one row that names all annotators and holds all remarks. Rows
/// that differ all go to [`Merged::conflicts`], unless `adjudicated` has the sentence: then its row counts alone. Every
/// row is in one of the two results, or was overruled. Columns of the users' own are kept.
///
/// # Errors
/// [`ErrorKind::Data`] when the adjudicated file itself says two things of a sentence.
pub fn merge(files: &[Labels], adjudicated: Option<&Labels>, taxonomy: &Taxonomy) -> Result<Merged> {
    let all: Vec<&Labels> = files.iter().chain(adjudicated).collect();
    let columns = Columns::of(&all);
    let said = gather(&all);
    let mut merged = Merged {
        labels: LabelledFile { extra_columns: columns.names.clone(), ..LabelledFile::default() },
        conflicts: LabelledFile {
            extra_columns: columns.names.iter().cloned().chain([CONFLICT.to_owned()]).collect(),
            ..LabelledFile::default()
        },
        rows: files.iter().map(|labels| labels.file.examples.len()).sum(),
        single: 0,
        agreed: 0,
        differing: 0,
        adjudicated: 0,
        agreements: agreements(files.len(), &said, taxonomy)?,
    };
    for rows in &said {
        let decided: Vec<Row<'_>> = rows.iter().copied().filter(|row| row.file == files.len()).collect();
        let counted = if decided.is_empty() { rows } else { &decided };
        match differences(counted) {
            differences if differences.is_empty() => {
                let (example, extra) = joined(counted, &columns);
                merged.labels.examples.push(example);
                merged.labels.extra.push(extra);
                match rows.len() {
                    _ if !decided.is_empty() => merged.adjudicated += 1,
                    1 => merged.single += 1,
                    _ => merged.agreed += 1,
                }
            }
            differences if decided.is_empty() => {
                merged.differing += 1;
                for row in rows {
                    merged.conflicts.examples.push(row.example.clone());
                    let conflict = std::iter::once(differences.join(";"));
                    merged.conflicts.extra.push(columns.cells(row).into_iter().chain(conflict).collect());
                }
            }
            _ => {
                let message = format!(
                    "says two things of {:?}; take all but one of its rows out",
                    decided[0].example.sentence.chars().take(80).collect::<String>()
                );
                return Err(Error::new(ErrorKind::Data, message).in_file(&all[files.len()].name));
            }
        }
    }
    Ok(merged)
}

/// The rows of each sentence, in the order in which the sentences first appear.
fn gather<'a>(all: &[&'a Labels]) -> Vec<Said<'a>> {
    type Key<'a> = (&'a str, String);
    let mut groups: Vec<Vec<Row<'a>>> = Vec::new();
    let mut places: HashMap<Key<'a>, usize> = HashMap::new();
    for (file, labels) in all.iter().enumerate() {
        for (at, example) in labels.file.examples.iter().enumerate() {
            let key = (example.letter.as_str(), sentence_hash(&example.sentence));
            let place = *places.entry(key).or_insert_with(|| {
                groups.push(Vec::new());
                groups.len() - 1
            });
            let extra = labels.file.extra.get(at).map_or(&[][..], Vec::as_slice);
            groups[place].push(Row { file, example, extra });
        }
    }
    groups.into_iter().flat_map(by_place).collect()
}

/// Rows with one letter and hash, by the place in the letter.
fn by_place(rows: Vec<Row<'_>>) -> Vec<Said<'_>> {
    let mut indices: Vec<u32> = Vec::new();
    for index in rows.iter().filter_map(|row| row.example.index) {
        if !indices.contains(&index) {
            indices.push(index);
        }
    }
    // Rows without an index mean the places in the letter's order.
    let mut in_order = indices.clone();
    in_order.sort_unstable();
    let mut turns: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    let mut said: Vec<Said<'_>> = vec![Vec::new(); indices.len()];
    for row in rows {
        let place = match row.example.index {
            Some(index) => indices.iter().position(|&i| i == index).unwrap_or_default(),
            None => {
                let turn = turns.entry((row.file, &row.example.annotator)).or_default();
                let place = in_order.get(*turn).and_then(|index| indices.iter().position(|i| i == index));
                let place = place.unwrap_or(*turn);
                *turn += 1;
                place
            }
        };
        if said.len() <= place {
            said.resize(place + 1, Vec::new());
        }
        said[place].push(row);
    }
    said.into_iter().filter(|rows| !rows.is_empty()).collect()
}

/// The columns in which rows differ.
fn differences(rows: &[Row<'_>]) -> Vec<&'static str> {
    let themes = |row: &Row<'_>| {
        let mut set = row.example.themes.clone();
        set.sort_unstable();
        (row.example.themes.first().copied(), set)
    };
    let first = &rows[0];
    let differs = [
        ("polarity", rows.iter().any(|row| row.example.polarity != first.example.polarity)),
        ("themes", rows.iter().any(|row| themes(row) != themes(first))),
    ];
    differs.into_iter().filter(|(_, differs)| *differs).map(|(column, _)| column).collect()
}

/// Rows that say the same as one.
fn joined(rows: &[Row<'_>], columns: &Columns) -> (Example, Vec<String>) {
    let words = |word: fn(&Example) -> &str| {
        let cells = rows.iter().map(|row| word(row.example)).collect::<Vec<_>>();
        distinct(cells.iter().flat_map(|cell| cell.split(JOIN)))
    };
    let first_known = |word: fn(&Example) -> &str| {
        rows.iter().map(|row| word(row.example)).find(|word| !word.is_empty()).unwrap_or_default().to_owned()
    };
    let example = Example {
        index: rows.iter().find_map(|row| row.example.index),
        page: rows.iter().find_map(|row| row.example.page),
        heading: first_known(|e| &e.heading),
        previous: first_known(|e| &e.previous),
        annotator: words(|e| &e.annotator),
        note: words(|e| &e.note),
        ..rows[0].example.clone()
    };
    let cells: Vec<Vec<String>> = rows.iter().map(|row| columns.cells(row)).collect();
    let extra = (0..columns.names.len()).map(|c| distinct(cells.iter().map(|row| row[c].as_str()))).collect();
    (example, extra)
}

/// Words joined, each once.
fn distinct<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for word in words.filter(|word| !word.is_empty()) {
        if !kept.contains(&word) {
            kept.push(word);
        }
    }
    kept.join(JOIN)
}

/// The users' own columns of all files.
struct Columns {
    names: Vec<String>,
    /// For each file, where each of its columns stands among the names; `None` for [`CONFLICT`].
    places: Vec<Vec<Option<usize>>>,
}

impl Columns {
    fn of(all: &[&Labels]) -> Self {
        let mut names: Vec<String> = Vec::new();
        let mut place = |name: &String| {
            if name == CONFLICT {
                return None;
            }
            let known = names.iter().position(|known| known == name);
            Some(known.unwrap_or_else(|| {
                names.push(name.clone());
                names.len() - 1
            }))
        };
        let places = all.iter().map(|labels| labels.file.extra_columns.iter().map(&mut place).collect()).collect();
        Columns { names, places }
    }

    /// A row's cells under the names.
    fn cells(&self, row: &Row<'_>) -> Vec<String> {
        let mut cells = vec![String::new(); self.names.len()];
        for (place, value) in self.places[row.file].iter().zip(row.extra) {
            if let Some(place) = place {
                cells[*place] = value.clone();
            }
        }
        cells
    }
}

/// How far every two of the first `files` files agree, where they have a sentence in common.
fn agreements(files: usize, said: &[Said<'_>], taxonomy: &Taxonomy) -> Result<Vec<PairAgreement>> {
    // Each place gets a name of its own in the place of the letter's, so that exactly the rows of one place are paired.
    let of_file = |file: usize| {
        let places = said.iter().enumerate();
        places.filter_map(move |(place, rows)| Some((place, rows.iter().find(|row| row.file == file)?.example)))
    };
    let sides: Vec<Vec<Example>> = (0..files)
        .map(|file| of_file(file).map(|(place, e)| Example { letter: place.to_string(), ..e.clone() }).collect())
        .collect();
    let mut agreements = Vec::new();
    for first in 0..files {
        for second in first + 1..files {
            let shares = |a: &Example| sides[second].iter().any(|b| a.letter == b.letter);
            if sides[first].iter().any(shares) {
                let agreement = agreement(&sides[first], &sides[second], taxonomy)?;
                agreements.push(PairAgreement { first, second, agreement });
            }
        }
    }
    Ok(agreements)
}

#[cfg(test)]
mod tests;
