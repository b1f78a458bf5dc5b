//! Does what is left of a run.

use crate::classify::hex_sha256;
use crate::error::{Error, Result};
use crate::finding::LetterFindings;
use crate::pipeline::{Pipeline, Source};

use super::Run;

/// Letters that are read at a time: enough for every core to have work, few enough that little is lost by a kill.
const AT_A_TIME: usize = 64;

/// What became of a letter.
#[derive(Debug)]
pub enum Step<'a> {
    /// It was done before.
    Kept {
        /// How many findings there are of it.
        findings: usize,
    },
    /// It is done.
    Done {
        /// How many findings there are of it.
        findings: usize,
    },
    /// It could not be read; the line says which and why.
    Failed(&'a str),
}

/// Judges those letters of the run's shard that are not done, and tells of each of them what became of it.
///
/// # Errors
/// [`ErrorKind::Io`](crate::ErrorKind::Io) when the run's folder cannot be written. A letter that cannot be read is none.
pub fn classify(
    pipeline: &Pipeline,
    sources: &[Source],
    run: &mut Run,
    progress: &mut dyn FnMut(Step<'_>),
) -> Result<()> {
    let mine: Vec<&Source> = sources.iter().filter(|source| run.header.shard.holds(&source.name)).collect();
    for some in mine.chunks(AT_A_TIME) {
        let mut left = Vec::new();
        for source in some {
            // Hashed before it is read: where it changes in between, the hash is that of no findings, and it is done again.
            match source.bytes(pipeline.limits()).map(|bytes| hex_sha256(&bytes)) {
                Ok(sha256) if run.is_done(&source.name, &sha256) => {
                    progress(Step::Kept { findings: run.findings_of(&source.name) });
                }
                Ok(sha256) => left.push((*source, sha256)),
                Err(error) => fail(run, &source.name, &error, progress)?,
            }
        }
        judge(pipeline, &left, run, progress)?;
    }
    Ok(())
}

/// Judges some sources; each is recorded as soon as all its letters are judged.
fn judge(
    pipeline: &Pipeline,
    sources: &[(&Source, String)],
    run: &mut Run,
    progress: &mut dyn FnMut(Step<'_>),
) -> Result<()> {
    let batch = pipeline.read(sources.iter().map(|(source, _)| (*source).clone()).collect(), &mut |_| {});
    let mut judged = pipeline.classify(batch);
    let mut next = judged.next_of_source();
    while let Some((at, first)) = next {
        let mut letters: Vec<Result<LetterFindings>> = vec![first];
        next = judged.next_of_source();
        while let Some((_, letter)) = next.take_if(|(source, _)| *source == at) {
            letters.push(letter);
            next = judged.next_of_source();
        }
        let (source, sha256) = &sources[at];
        match letters.into_iter().collect::<Result<Vec<_>>>() {
            Ok(mut letters) => {
                // What this group of letters shares is not what the run shares.
                letters.iter_mut().flat_map(|l| &mut l.findings).for_each(|finding| finding.boilerplate = false);
                run.record(&source.name, sha256, &letters)?;
                progress(Step::Done { findings: run.findings_of(&source.name) });
            }
            Err(error) => fail(run, &source.name, &error, progress)?,
        }
    }
    Ok(())
}

fn fail(run: &mut Run, name: &str, error: &Error, progress: &mut dyn FnMut(Step<'_>)) -> Result<()> {
    let why = error.to_string();
    run.record_failure(name, &why)?;
    progress(Step::Failed(&why));
    Ok(())
}
