//! The progress bar: on stderr, and only where that is a terminal.

use std::fmt::Write;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use lettermark::train;

/// How a long run is going.
pub struct Progress {
    bar: ProgressBar,
    letters: usize,
    done: usize,
}

impl Progress {
    /// Progress over `letters` letters; nothing shows where `quiet`, or stderr is no terminal.
    pub fn new(letters: usize, quiet: bool) -> Self {
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(letters as u64), target);
        bar.set_style(style("reading {pos} of {len} letters {wide_bar}"));
        Progress { bar, letters, done: 0 }
    }

    /// Letters are read and judged one after the other.
    pub fn start_letters(&self) {
        self.bar.set_style(style("{pos} of {len} letters {wide_bar} {eta} left"));
    }

    /// So many letters have been read.
    pub fn read(&self, letters: usize) {
        self.bar.set_position(letters as u64);
    }

    /// Reading is done; `sentences` are to be judged.
    pub fn start_judging(&self, sentences: usize) {
        self.bar.set_style(style("{msg} {wide_bar} {rate} sentences/s, {eta} left"));
        self.bar.set_message(self.letters_done());
        self.bar.set_length(sentences as u64);
        self.bar.reset();
        self.bar.enable_steady_tick(Duration::from_millis(200));
    }

    /// A letter of so many sentences is done.
    pub fn judged(&mut self, sentences: usize) {
        self.done += 1;
        self.bar.set_message(self.letters_done());
        self.bar.inc(sentences as u64);
    }

    /// Does something that writes to the terminal, with the bar out of the way.
    pub fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }

    /// Takes the bar away.
    pub fn finish(self) {
        self.bar.finish_and_clear();
    }

    fn letters_done(&self) -> String {
        format!("{} of {} letters", self.done, self.letters)
    }
}

/// How work goes that has several stages, such as training.
pub struct StageProgress {
    bar: ProgressBar,
}

impl StageProgress {
    /// Nothing shows where `quiet`, or stderr is no terminal.
    pub fn new(quiet: bool) -> Self {
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(None, target);
        bar.set_style(style("{msg} {wide_bar} {pos} of {len}, {eta} left"));
        StageProgress { bar }
    }

    /// Training has come this far.
    pub fn at(&self, progress: train::Progress) {
        let (doing, done, of) = match progress {
            train::Progress::Encoding { done, of } => ("encoding texts".to_owned(), done, of),
            train::Progress::Fitting { done, of } => ("fitting heads".to_owned(), done, of),
            train::Progress::FineTuning { step, of, loss, validation } => {
                let validation = validation.map_or(String::new(), |v| format!(", validation {v:.3}"));
                (format!("fine-tuning, loss {loss:.3}{validation}"), step, of)
            }
            _ => return,
        };
        self.stage(doing, done, of);
    }

    /// A stage has come this far.
    pub fn stage(&self, doing: String, done: usize, of: usize) {
        // The first word tells the stage; numbers after it change at each step.
        let stage = |message: &str| message.split(',').next().unwrap_or_default().to_owned();
        if stage(&self.bar.message()) != stage(&doing) {
            self.bar.reset_eta();
        }
        if self.bar.message() != doing {
            self.bar.set_message(doing);
        }
        self.bar.set_length(of as u64);
        self.bar.set_position(done as u64);
    }

    /// Does something that writes to the terminal, with the bar out of the way.
    #[cfg(feature = "torch")]
    pub fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }

    /// Takes the bar away.
    pub fn finish(self) {
        self.bar.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    let style =
        ProgressStyle::with_template(template).expect("the templates in this file are valid; a test builds them");
    style.with_key("rate", |state: &ProgressState, out: &mut dyn Write| {
        let _ = write!(out, "{:.0}", state.per_sec());
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_counts_letters_and_sentences() {
        let mut progress = Progress::new(3, true);
        progress.read(3);
        progress.start_judging(50);
        progress.judged(20);
        assert_eq!((progress.bar.position(), progress.bar.message().as_str()), (20, "1 of 3 letters"));
    }
}
