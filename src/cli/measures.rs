//! What `lettermark evaluate` measures beside the scores.

use std::path::PathBuf;

use anyhow::{Result, bail};
use lettermark::classify::{Classifier, Context, EncoderFiles, Item, Judgement, features};
use lettermark::dataset::Example;
use lettermark::encode::Precision;
use lettermark::evaluate::baselines::{self, BaselineReport, Means};
use lettermark::evaluate::behaviour::Suite;
use lettermark::evaluate::measures::Measures;
use lettermark::evaluate::{counts, external, findings, report};

use super::evaluate::{EvaluateArgs, ReportFormat};
use super::labels::CorpusArg;
use super::sink::Sink;
use super::{labels, threads};

/// The labelled sentences that measures are taken on, with what the model says of them.
pub struct HeldOut {
    /// The labels.
    pub examples: Vec<Example>,
    /// What the model says of each.
    pub judgements: Vec<Judgement>,
    /// Whether a sentence was chosen for being rare or hard.
    pub picked: Vec<bool>,
}

/// Measures what was asked for.
pub fn run(args: &EvaluateArgs, classifier: &Classifier) -> Result<Measures> {
    let (asked, taxonomy) = (&args.measures, classifier.taxonomy());
    let mut measures = Measures::default();
    if let Some(path) = &asked.behaviour {
        let suite = Suite::read(path, taxonomy)?;
        let judgements = classifier.judge(&suite.items(), threads(args.jobs));
        measures.behaviour = Some(suite.report(&judgements, taxonomy)?);
    }
    if let Some(path) = &asked.external {
        let findings = findings::read(path, taxonomy)?;
        let report = external::check(&findings, &external::read_reports(&args.labels.corpus.folder)?)?;
        if let Some(path) = &asked.box_plot {
            let mut sink = Sink::file(path)?;
            sink.write(report.box_plot().as_bytes())?;
            sink.finish()?;
        }
        measures.external = Some(report);
    }
    if asked.counts.is_some() || asked.simple_methods {
        let findings = asked.counts.as_deref().map(|path| findings::read(path, taxonomy)).transpose()?;
        let HeldOut { examples, judgements, picked } =
            HeldOut::judged(&args.labels.labels, &args.labels.corpus, classifier, threads(args.jobs))?;
        if let Some(findings) = findings {
            measures.counts = Some(counts::count(&findings, &examples, &judgements, &picked, taxonomy)?);
        }
        if asked.simple_methods {
            measures.baselines = Some(baselines(args, classifier, &examples, &judgements)?);
        }
    }
    Ok(measures)
}

impl HeldOut {
    /// Labels that the model was not trained on, judged by it.
    pub fn judged(labels: &[PathBuf], corpus: &CorpusArg, classifier: &Classifier, threads: usize) -> Result<Self> {
        let files = labels::read_files(labels, corpus, classifier.taxonomy())?;
        let picked = files.iter().flat_map(|f| (0..f.examples.len()).map(|i| f.picked.get(i) == Some(&true)));
        let picked = picked.collect();
        let examples: Vec<Example> = files.into_iter().flat_map(|f| f.examples).collect();
        let items: Vec<Item<'_>> = examples.iter().map(super::evaluate::item).collect();
        let judgements = classifier.judge(&items, threads);
        Ok(HeldOut { examples, judgements, picked })
    }
}

fn baselines(
    args: &EvaluateArgs,
    classifier: &Classifier,
    examples: &[Example],
    judgements: &[Judgement],
) -> Result<BaselineReport> {
    let files = labels::read_files(&args.measures.simple_labels, &args.labels.corpus, classifier.taxonomy())?;
    let name = files.iter().map(|f| f.name.clone()).collect::<Vec<_>>().join(", ");
    let training: Vec<Example> = files.into_iter().flat_map(|f| f.examples).collect();
    let encoder = match &args.measures.simple_encoder {
        None => Err("models/base/fetch.sh fetches the base encoder; name its folder with --simple-encoder".to_owned()),
        Some(folder) => {
            EncoderFiles::from_base(folder).and_then(|f| f.encoder(Precision::best())).map_err(|e| e.to_string())
        }
    };
    let encode = encoder
        .map(|encoder| move |items: &[Item<'_>]| features(&encoder, Context::Alone, items, threads(args.jobs)).rows);
    let means = Means {
        training: (!name.is_empty()).then_some((name.as_str(), training.as_slice())),
        encode: encode.as_ref().map(|encode| encode as &baselines::Encode<'_>).map_err(String::clone),
    };
    Ok(baselines::compare((classifier.model_id(), judgements), examples, &means, classifier.taxonomy())?)
}

/// Measures that need no labels, as a report of their own.
pub fn alone(measures: &Measures, format: ReportFormat) -> Result<String> {
    Ok(match format {
        ReportFormat::Table => report::plain(&measures.sections()).trim_start().to_owned(),
        ReportFormat::Md => report::markdown_of(&measures.sections()),
        ReportFormat::Json => serde_json::to_string_pretty(measures)? + "\n",
        ReportFormat::Junit | ReportFormat::Html => bail!("JUnit and the page show scores; name labels with --labels"),
    })
}
