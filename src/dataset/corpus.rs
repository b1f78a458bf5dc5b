//! The reports' text as the corpus holds it: `text.jsonl.gz`, one report a line.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use serde::Deserialize;

use crate::error::{Error, ErrorKind, Place, Result};

#[derive(Deserialize)]
struct Report {
    report: String,
    text: String,
}

/// The text of each report by its id, pages parted by form feeds.
///
/// `place` is that file, the folder that holds `text.jsonl.gz`, or the one above it.
///
/// # Errors
/// When the file is not there, is no gzip, or a line of it is no report.
pub fn read(place: &Path) -> Result<HashMap<String, String>> {
    let path = if place.is_file() { place.to_owned() } else { find(place)? };
    let failed = |e| Error::io("read the corpus", &path, e);
    let lines = BufReader::new(MultiGzDecoder::new(File::open(&path).map_err(failed)?)).lines();
    let mut reports = HashMap::new();
    for (i, line) in lines.enumerate() {
        let report: Report = serde_json::from_str(&line.map_err(failed)?).map_err(|e| {
            let message = format!("no report with an id and a text: {e}");
            Error::new(ErrorKind::Data, message).in_file(&path).at(Place::Line(i as u64 + 1)).caused_by(e)
        })?;
        reports.insert(report.report, report.text);
    }
    Ok(reports)
}

fn find(folder: &Path) -> Result<PathBuf> {
    const FILE: &str = "text.jsonl.gz";
    let places = [folder.join(FILE), folder.join("corpus").join(FILE)];
    places.into_iter().find(|p| p.is_file()).ok_or_else(|| {
        let message = format!("holds no {FILE}; name the folder of the reports with --corpus or LETTERMARK_CORPUS");
        Error::new(ErrorKind::Io, message).in_file(folder)
    })
}
