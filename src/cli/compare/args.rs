//! What can be typed after `lettermark compare`.

use std::path::PathBuf;

use clap::Args;
use lettermark::compare::LEAST;

use super::super::labels::TaxonomyArg;
use super::super::model::ModelArg;
use super::super::vectors::EncodingArgs;

/// Set areas beside each other, and an area beside its own past
///
/// Reads findings that "classify" wrote (CSV or JSON lines) and writes, by the ending of FILE, a page (.html), a workbook
/// (.xlsx) or a table (.csv). A heat map of areas and themes shows the share of fault among the sentences that judge;
/// funnel limits tell which areas lie outside what chance explains. Letters of different frameworks are compared apart.
/// What an area is comes from the authority that the letter names; --facts names it where the letter does not.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lettermark compare findings.csv -o compare.html
  lettermark compare findings.csv --framework send_2016 sif_2013 --latest -o compare.xlsx
  lettermark compare findings.csv --ledger -o compare.html")]
pub struct CompareArgs {
    /// Findings: CSV or JSON lines of "classify"
    #[arg(required = true, value_name = "FINDINGS")]
    pub findings: Vec<PathBuf>,

    /// The file to write: .html, .xlsx or .csv
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,

    /// Follow what an earlier letter of an area faults into its next letter; encodes the sentences, so it takes longer.
    /// Letters are put in order by publication, else by the inspection's last day, else by a date in the file's name
    #[arg(long)]
    pub ledger: bool,

    /// What the letters do not say: a CSV with the columns letter, authority, published (2019-03-31), framework
    #[arg(long, value_name = "FILE")]
    pub facts: Option<PathBuf>,

    /// Only letters of these frameworks: send_2016, send_2023, ilacs_2018, sif_2013, monitoring_visit, other
    #[arg(long, num_args = 1.., value_name = "ID")]
    pub framework: Vec<String>,

    /// Only letters published (else inspected, else named by a date) on this day or later: 2018, 2018-06 or 2018-06-30
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub since: Option<String>,

    /// The same for this day or earlier; 2018 means its last day
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub until: Option<String>,

    /// Only each area's latest letter of a framework; with --ledger the heat map has all
    #[arg(long, conflicts_with = "ledger")]
    pub latest: bool,

    /// Show no share where fewer sentences judge
    #[arg(long, value_name = "N", default_value_t = LEAST, value_parser = clap::value_parser!(u32).range(1..))]
    pub least: u32,

    #[command(flatten)]
    pub taxonomy: TaxonomyArg,

    #[command(flatten)]
    pub model: ModelArg,

    #[command(flatten)]
    pub encoding: EncodingArgs,
}

/// A year, a month or a day.
fn date(text: &str) -> Result<String, String> {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    let digits = text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    match lengths[..] {
        [4] | [4, 2] | [4, 2, 2] if digits => Ok(text.to_owned()),
        _ => Err("write 2018, 2018-06 or 2018-06-30".to_owned()),
    }
}
