//! What can be typed: the commands. What can be typed after each stands beside it.

use clap::{Parser, Subcommand};

use super::{classify, compare, data, evaluate, explain, model, review, runs, search, text, train, worker};

/// Reads inspection letters and tells, sentence by sentence, what the inspectors credit and what they fault.
///
/// Nothing leaves this machine: the model is inside the program.
#[derive(Debug, Parser)]
#[command(
    name = "lettermark",
    bin_name = "lettermark",
    version,
    max_term_width = 100,
    after_help = "\
Examples:
  lettermark classify datasets/letters/kingston-2018-send-letter.txt
  lettermark classify datasets/letters -o findings.csv

Exit codes: 0 done, 1 could not, 2 wrong usage, 3 an evaluation gate failed,
4 done but some letters could not be read (each is named on stderr), 130 interrupted."
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Classify(classify::ClassifyArgs),
    Merge(runs::MergeArgs),
    Text(text::TextArgs),
    #[command(subcommand)]
    Model(model::ModelCommand),
    Compare(compare::CompareArgs),
    Search(search::SearchArgs),
    Explain(explain::ExplainArgs),
    Train(train::TrainArgs),
    Evaluate(evaluate::EvaluateArgs),
    #[command(subcommand)]
    Data(data::DataCommand),
    Review(review::ReviewArgs),
    #[command(name = worker::COMMAND, hide = true)]
    ReadLetters(worker::WorkerArgs),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_arguments_hold_together() {
        super::Cli::command().debug_assert();
    }
}
