//! What stands in a table, as a value, so that each format can show it in its own way.

use std::fmt;

use serde::Serialize;

use crate::interval::Estimate;

/// A cell of a table.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Cell {
    /// Words.
    Text(String),
    /// How many.
    Count(u64),
    /// How many, of how many.
    Part(u64, u64),
    /// A number without an interval; `None` where it is not defined.
    Number(Option<f64>),
    /// A score from 0 to 1.
    Estimate(Estimate),
    /// A difference of scores, its sign always shown.
    Change(Estimate),
}

impl Cell {
    /// Whether it belongs to the right in its column.
    pub fn is_number(&self) -> bool {
        !matches!(self, Cell::Text(_))
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cell::Text(text) => f.write_str(text),
            Cell::Count(n) | Cell::Part(n, _) => write!(f, "{n}"),
            Cell::Number(Some(value)) => write!(f, "{value:.3}"),
            Cell::Number(None) => f.write_str("-"),
            Cell::Estimate(estimate) => write!(f, "{estimate}"),
            Cell::Change(Estimate { value: Some(value), interval: Some(i) }) => {
                write!(f, "{value:+.3} [{:+.3}, {:+.3}]", i.low, i.high)
            }
            Cell::Change(Estimate { value: Some(value), interval: None }) => write!(f, "{value:+.3}"),
            Cell::Change(_) => f.write_str("-"),
        }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Cell::Text(text)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Cell::Text(text.to_owned())
    }
}

impl From<u64> for Cell {
    fn from(n: u64) -> Self {
        Cell::Count(n)
    }
}

impl From<usize> for Cell {
    fn from(n: usize) -> Self {
        Cell::Count(n as u64)
    }
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Cell::Number(Some(value))
    }
}

impl From<Estimate> for Cell {
    fn from(estimate: Estimate) -> Self {
        Cell::Estimate(estimate)
    }
}
