//! Training that moves the encoder too, on libtorch (feature `torch`).
//!
//! One linear head over the passage's unit vector gives the four polarities and the themes. The loss of a sentence is
//!
//! > cross-entropy of the polarity + `theme_weight` × mean binary cross-entropy of the themes
//! > + `main_theme_weight` × cross-entropy of the main theme among the themes' scores,
//!
//! with smoothed labels. AdamW (Loshchilov and Hutter, 2019) with a linear warm-up and a linear decay to zero; gradients
//! are clipped to a length of one. The word vectors stay as they are: most words of an inspection letter are rare in the
//! labels, and a vector that moves alone leaves its neighbours behind.
//!
//! After every epoch the model is scored on letters held out, and the best epoch is kept, also when training is
//! interrupted. Calibration and the scores in the manifest come from those letters; because the epoch was chosen on them
//! too, letters set aside beforehand judge the model harder.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use ndarray::{Array1, Array2, Axis};
use tch::{Device, Kind, Reduction, Tensor, nn, nn::OptimizerConfig};

use super::data::Labelled;
use super::held_letters::{self, Split, Verdict};
use super::{LabelFile, Options, Progress, Report};
use crate::classify::{Bundle, Calibration, Context, EncoderFiles, Heads, Linear, Parts, Training};
use crate::dataset;
use crate::encode::{ENCODER_GROUP, Encoder, Memory, Precision, Tokens, TorchBert};
use crate::error::{Error, ErrorKind, Result};
use crate::interval::Random;
use crate::taxonomy::{Polarity, Taxonomy};

const POLARITIES: usize = Polarity::ALL.len();

/// Unit vectors are lengthened by this before the heads, so that weights of usual size give scores of usual size.
const VECTOR_LENGTH: f64 = 8.0;

/// Batches whose passages are sorted by length together, so that little is padded and batches still differ.
const SORTED_TOGETHER: usize = 50;

/// The optimiser's parameter group of the heads.
const HEADS_GROUP: usize = ENCODER_GROUP + 1;

/// How to fine-tune. The defaults are what `models/EXPERIMENTS.md` settled on.
#[derive(Debug, Clone, PartialEq)]
pub struct FineTuneOptions {
    /// Passes over the labels.
    pub epochs: usize,
    /// Sentences of a step.
    pub batch: usize,
    /// Highest learning rate of the encoder.
    pub encoder_rate: f64,
    /// Highest learning rate of the heads.
    pub head_rate: f64,
    /// The share of the steps in which the rates rise.
    pub warm_up: f64,
    /// The share of each label's weight that is given to the others.
    pub label_smoothing: f64,
    /// Weight of the themes' loss.
    pub theme_weight: f64,
    /// Weight of the main theme's loss.
    pub main_theme_weight: f64,
    /// The share of sentences that are read without their surroundings, drawn anew each epoch; half as many more lose
    /// their heading only.
    pub dropped_context: f64,
    /// The letters to hold out; where empty, a tenth is drawn.
    pub valid_letters: BTreeSet<String>,
}

impl Default for FineTuneOptions {
    fn default() -> Self {
        FineTuneOptions {
            epochs: 4,
            batch: 16,
            encoder_rate: 1e-4,
            head_rate: 2e-3,
            warm_up: 0.06,
            label_smoothing: 0.03,
            theme_weight: 3.0,
            main_theme_weight: 0.5,
            dropped_context: 0.1,
            valid_letters: BTreeSet::new(),
        }
    }
}

/// Fine-tunes the encoder that `base` describes with heads on it, and makes them a bundle.
///
/// Where `stop` becomes true, training ends after the step and the best epoch so far is kept.
///
/// # Errors
/// [`ErrorKind::Data`] when there is no example to train on or none to validate on, or a theme is not the taxonomy's;
/// [`ErrorKind::Bundle`] when the base cannot be trained.
pub fn fine_tune(
    files: &[LabelFile],
    taxonomy: &Taxonomy,
    base: &EncoderFiles,
    options: &Options,
    how: &FineTuneOptions,
    stop: &AtomicBool,
    progress: &mut dyn FnMut(Progress),
) -> Result<(Bundle, Report)> {
    let labelled = Labelled::gather(files, taxonomy)?;
    let split = Split::by_letter(&labelled, &how.valid_letters, options.seed)?;
    tch::manual_seed(options.seed as i64);
    tch::set_num_threads(options.threads as i32);
    let base = base.pooling_last_layer()?;
    let encoder = TorchBert::from_bytes(&base.weights, &base.tokenizer, &base.config()?, Device::cuda_if_available())?;
    let mut run = Run::new(&encoder, taxonomy, how, options.seed);
    let best = run.train(&labelled, &split, stop, progress)?;

    let trained = EncoderFiles { weights: crate::encode::to_f16(&best.weights)?.into(), ..base };
    // Calibrated with the encoder that will judge, in its own arithmetic.
    let judge = trained.encoder(Precision::best())?;
    let Verdict { calibrated, scores, warnings } =
        held_letters::verdict(&best.heads, &judge, &labelled, &split.valid, taxonomy, options);

    let report = Report {
        rows: split.train.len(),
        letters: dataset::letters(split.train.iter().map(|&i| labelled.examples[i])),
        loss: Some(best.loss),
        steps: best.steps as u64,
        scores: scores.clone(),
        calibrated: Some(calibrated.clone()),
        warnings,
    };
    let mut settings = how.settings();
    settings.push(("sentences held out to choose the epoch and to calibrate".to_owned(), split.valid.len() as f64));
    settings.push(("epochs kept".to_owned(), best.epochs as f64));
    let bundle = Bundle::new(Parts {
        name: options.name.clone(),
        dimension: judge.dimension(),
        encoder: trained,
        taxonomy: taxonomy.clone(),
        context: Context::Passage,
        heads: best.heads,
        calibration: calibrated.calibration,
        training: Training {
            method: "Encoder and heads fine-tuned together".to_owned(),
            seed: options.seed,
            settings,
            ..labelled.record(files, taxonomy, &report.warnings)
        },
        scores,
    })?;
    Ok((bundle, report))
}

impl FineTuneOptions {
    fn settings(&self) -> Vec<(String, f64)> {
        [
            ("epochs", self.epochs as f64),
            ("sentences of a step", self.batch as f64),
            ("learning rate of the encoder", self.encoder_rate),
            ("learning rate of the heads", self.head_rate),
            ("share of the steps to warm up", self.warm_up),
            ("label smoothing", self.label_smoothing),
            ("weight of the themes' loss", self.theme_weight),
            ("weight of the main theme's loss", self.main_theme_weight),
            ("share without context", self.dropped_context),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }
}

/// The best epoch so far.
struct Best {
    weights: Vec<u8>,
    heads: Heads,
    /// Mean of the four validation scores.
    merit: f64,
    loss: f64,
    steps: usize,
    epochs: usize,
}

/// One training run: the encoder, the heads on it, and what is drawn by chance.
struct Run<'a> {
    encoder: &'a TorchBert,
    head: nn::Linear,
    how: &'a FineTuneOptions,
    themes: usize,
    random: Random,
    seed: u64,
    memory: Memory,
}

impl<'a> Run<'a> {
    fn new(encoder: &'a TorchBert, taxonomy: &Taxonomy, how: &'a FineTuneOptions, seed: u64) -> Self {
        let path = encoder.store().root().set_group(HEADS_GROUP) / "heads";
        let outputs = (POLARITIES + taxonomy.len()) as i64;
        let head = nn::linear(&path, encoder.dimension() as i64, outputs, nn::LinearConfig::default());
        for (name, mut tensor) in encoder.store().variables() {
            if name == "embeddings.word_embeddings.weight" {
                let _frozen = tensor.requires_grad_(false);
            }
        }
        let random = Random::new(seed);
        Run { encoder, head, how, themes: taxonomy.len(), random, seed, memory: Memory::default() }
    }

    fn train(
        &mut self,
        labelled: &Labelled<'_>,
        split: &Split,
        stop: &AtomicBool,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Best> {
        let internal = |e: tch::TchError| Error::new(ErrorKind::Internal, "libtorch has no optimiser").caused_by(e);
        let mut optimizer =
            nn::AdamW::default().build(self.encoder.store(), self.how.encoder_rate).map_err(internal)?;
        let in_an_epoch = split.train.len().div_ceil(self.how.batch);
        let of = in_an_epoch * self.how.epochs;
        let mut best: Option<Best> = None;
        let (mut step, mut validation) = (0, None);
        for epoch in 1..=self.how.epochs {
            let mut sum = 0.0;
            let batches = self.batches(labelled, &split.train);
            let mut in_epoch = 0;
            for batch in &batches {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let rate = schedule(step, of, self.how.warm_up);
                optimizer.set_lr_group(ENCODER_GROUP, self.how.encoder_rate * rate);
                optimizer.set_lr_group(HEADS_GROUP, self.how.head_rate * rate);
                let loss = self.loss(labelled, batch)?;
                optimizer.backward_step_clip_norm(&loss, 1.0);
                sum += loss.double_value(&[]);
                step += 1;
                in_epoch += 1;
                progress(Progress::FineTuning { step, of, loss: sum / f64::from(in_epoch), validation });
            }
            if in_epoch > 0 {
                let heads = self.heads()?;
                let merit = self.merit(labelled, &split.valid, &heads);
                validation = Some(merit);
                progress(Progress::FineTuning { step, of, loss: sum / f64::from(in_epoch), validation });
                if best.as_ref().is_none_or(|b| merit > b.merit) {
                    let loss = sum / f64::from(in_epoch);
                    let weights = self.encoder.weights()?;
                    best = Some(Best { weights, heads, merit, loss, steps: step, epochs: epoch });
                }
            }
            if stop.load(Ordering::Relaxed) {
                break;
            }
        }
        best.ok_or_else(|| Error::new(ErrorKind::Data, "training was stopped before its first step; nothing is kept"))
    }

    /// The training sentences in a new order, with the tokens that are read this time.
    fn batches(&mut self, labelled: &Labelled<'_>, train: &[usize]) -> Vec<Vec<(usize, Tokens)>> {
        let mut order = train.to_vec();
        self.shuffle(&mut order);
        let mut passages: Vec<(usize, Tokens)> = Vec::with_capacity(order.len());
        for i in order {
            let mut item = labelled.item(i);
            let drawn = self.random.below(1_000_000) as f64 / 1e6;
            if drawn < self.how.dropped_context {
                (item.previous, item.heading) = (None, "");
            } else if drawn < 1.5 * self.how.dropped_context {
                item.heading = "";
            }
            passages.extend(self.encoder.tokens(&item.passage(Context::Passage), &mut self.memory).map(|t| (i, t)));
        }
        let mut batches: Vec<Vec<(usize, Tokens)>> = Vec::new();
        while !passages.is_empty() {
            let rest = passages.split_off(passages.len().min(self.how.batch * SORTED_TOGETHER));
            let mut pool = std::mem::replace(&mut passages, rest);
            pool.sort_by_key(|(_, tokens)| tokens.len());
            while !pool.is_empty() {
                let rest = pool.split_off(pool.len().min(self.how.batch));
                batches.push(std::mem::replace(&mut pool, rest));
            }
        }
        self.shuffle(&mut batches);
        batches
    }

    /// Fisher and Yates.
    fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.random.below(i + 1));
        }
    }

    fn loss(&self, labelled: &Labelled<'_>, batch: &[(usize, Tokens)]) -> Result<Tensor> {
        let tokens: Vec<&Tokens> = batch.iter().map(|(_, tokens)| tokens).collect();
        let vectors = self.encoder.vectors(&tokens, true)? * VECTOR_LENGTH;
        let scores = vectors.dropout(0.1, true).apply(&self.head);
        let (polarity_scores, theme_scores) =
            (scores.narrow(1, 0, POLARITIES as i64), scores.narrow(1, POLARITIES as i64, self.themes as i64));
        let smoothing = self.how.label_smoothing;
        let (mut polarity, mut main) = (Vec::new(), Vec::new());
        let mut themes = vec![0f32; batch.len() * self.themes];
        for (row, &(i, _)) in batch.iter().enumerate() {
            let example = labelled.examples[i];
            polarity.push(example.polarity.index() as i64);
            main.push(i64::from(example.themes[0].0));
            for theme in &example.themes {
                themes[row * self.themes + usize::from(theme.0)] = 1.0 - smoothing as f32;
            }
        }
        let device = scores.device();
        let labels = |labels: &[i64]| Tensor::from_slice(labels).to_device(device);
        let themes = Tensor::from_slice(&themes).reshape([batch.len() as i64, self.themes as i64]).to_device(device);
        let none = None::<Tensor>;
        let of_polarity =
            polarity_scores.cross_entropy_loss(&labels(&polarity), none.as_ref(), Reduction::Mean, -100, smoothing);
        let of_themes =
            theme_scores.binary_cross_entropy_with_logits(&themes, none.as_ref(), none.as_ref(), Reduction::Mean);
        let of_main = theme_scores.cross_entropy_loss(&labels(&main), none.as_ref(), Reduction::Mean, -100, smoothing);
        Ok(of_polarity + of_themes * self.how.theme_weight + of_main * self.how.main_theme_weight)
    }

    /// The heads as a bundle holds them: over unit vectors.
    fn heads(&self) -> Result<Heads> {
        let numbers = |tensor: &Tensor| {
            let flat = tensor.detach().to_device(Device::Cpu).to_kind(Kind::Float).contiguous().view([-1]);
            Vec::<f32>::try_from(flat)
                .map_err(|e| Error::new(ErrorKind::Internal, "a weight of the heads could not be read").caused_by(e))
        };
        let (weights, bias) = (
            numbers(&self.head.ws)?,
            match &self.head.bs {
                Some(bias) => numbers(bias)?,
                None => vec![0.0; POLARITIES + self.themes],
            },
        );
        let shape = (POLARITIES + self.themes, self.encoder.dimension());
        let weights = Array2::from_shape_vec(shape, weights)
            .map_err(|e| Error::new(ErrorKind::Internal, "the heads have another shape").caused_by(e))?
            * VECTOR_LENGTH as f32;
        let bias = Array1::from(bias);
        let head = |from: usize, to: usize| Linear {
            weights: weights.slice_axis(Axis(0), (from..to).into()).to_owned(),
            bias: bias.slice_axis(Axis(0), (from..to).into()).to_owned(),
        };
        Ok(Heads { polarity: head(0, POLARITIES), themes: head(POLARITIES, POLARITIES + self.themes) })
    }

    /// The mean of the four scores on the natural sentences held out, before calibration.
    fn merit(&self, labelled: &Labelled<'_>, valid: &[usize], heads: &Heads) -> f64 {
        let options = Options { seed: self.seed, ..Options::default() };
        let held_out = held_letters::rows(self.encoder, labelled, valid, &options, Context::Passage);
        let neutral = Calibration::neutral(self.themes);
        let scores = held_letters::scored(heads, held_out.view(), &neutral, labelled, valid, "validation", self.seed);
        scores.iter().map(|s| s.value).sum::<f64>() / scores.len().max(1) as f64
    }
}

/// The share of the highest learning rate at a step: up to one in the warm-up, then down to zero.
fn schedule(step: usize, of: usize, warm_up: f64) -> f64 {
    let (step, of) = (step as f64, of as f64);
    let rising = (of * warm_up).max(1.0);
    ((step + 1.0) / rising).min((of - step) / (of - rising).max(1.0)).min(1.0)
}
