//! `MODEL_CARD.md`: the manifest in words, for the person who must decide whether to trust a model.

use std::fmt::Write;

use super::heads::REVIEW_ALL;
use super::manifest::Manifest;
use super::{Context, MAX_THEMES};
use crate::taxonomy::Taxonomy;

/// The card of a bundle. It is made of the manifest alone, so it says nothing that the manifest does not.
pub fn render(manifest: &Manifest, taxonomy: &Taxonomy) -> String {
    let mut card = String::new();
    // Writing to a string cannot fail.
    let _ = write_card(&mut card, manifest, taxonomy);
    card
}

fn write_card(card: &mut String, manifest: &Manifest, taxonomy: &Taxonomy) -> std::fmt::Result {
    let training = &manifest.training;
    writeln!(card, "# Model card: {}\n", manifest.id)?;
    writeln!(
        card,
        "Tells for each sentence of an inspection letter its polarity (strength, weakness, mixed, neutral) and one to \
         {MAX_THEMES} of the {} themes of the taxonomy \"{}\" {}. Written by lettermark {} from `manifest.json`.\n",
        taxonomy.len(),
        taxonomy.name,
        taxonomy.version,
        manifest.code_version
    )?;

    writeln!(card, "## How it was made\n")?;
    writeln!(card, "* {}, seed {}.", training.method, training.seed)?;
    writeln!(
        card,
        "* It reads {}.",
        match manifest.context {
            Context::Alone => "each sentence alone",
            Context::Passage =>
                "each sentence together with its heading and the sentence before it, where they are known",
            Context::Section =>
                "the sentences of a section together, with their heading and the sentence before them, where they are known",
        }
    )?;
    for (name, value) in &training.settings {
        writeln!(card, "* {name}: {value}")?;
    }
    for input in &training.inputs {
        writeln!(
            card,
            "* Labels: `{}`, {} sentences of {} letters, SHA-256 `{}`",
            input.name, input.rows, input.letters, input.sha256
        )?;
    }

    writeln!(card, "\n## Scores\n")?;
    if manifest.scores.is_empty() {
        writeln!(card, "None were recorded.")?;
    } else {
        writeln!(card, "| measure | on | value | 95% interval | sentences |\n| --- | --- | --- | --- | --- |")?;
        for score in &manifest.scores {
            let interval = score.interval.map_or("not made".to_owned(), |(low, high)| format!("{low:.3} to {high:.3}"));
            writeln!(card, "| {} | {} | {:.3} | {interval} | {} |", score.name, score.on, score.value, score.rows)?;
        }
    }

    writeln!(card, "\n## Labels and thresholds\n")?;
    writeln!(card, "| polarity | training sentences |\n| --- | --- |")?;
    for (label, rows) in &training.polarities {
        writeln!(card, "| {label} | {rows} |")?;
    }
    writeln!(card, "\n| theme | training sentences | threshold |\n| --- | --- | --- |")?;
    for ((label, rows), threshold) in training.themes.iter().zip(&manifest.calibration.thresholds) {
        writeln!(card, "| {label} | {rows} | {threshold} |")?;
    }

    writeln!(card, "\n## Before you quote its counts\n")?;
    let cut = manifest.calibration.review_cut;
    if cut >= REVIEW_ALL {
        writeln!(card, "* Every finding is marked `needs_review`: none could be shown to be right often enough.")?;
    } else {
        writeln!(card, "* Findings whose polarity is less probable than {cut} are marked `needs_review`.")?;
    }
    for warning in &training.warnings {
        writeln!(card, "* {warning}")?;
    }
    writeln!(card, "* It judges what a sentence says, not whether what it says is true.")
}
