// How often the model was right, and whether more labels still help.

// The 97.5th percentile of the standard normal distribution.
const Z = 1.959963984540054;
/// How many of the last unsure sentences are looked at, and how many of each kind it takes to say anything.
const LAST = 40, FEWEST = 20;

/// Wilson's interval for a proportion at 95%, as `interval::wilson`.
function wilson(hits, trials) {
  if (trials === 0) return [0, 1];
  const p = hits / trials, scale = 1 + (Z * Z) / trials, centre = (p + (Z * Z) / (2 * trials)) / scale;
  const half = (Z / scale) * Math.sqrt((p * (1 - p)) / trials + (Z * Z) / (4 * trials * trials));
  return [hits <= 0 ? 0 : Math.max(centre - half, 0), hits >= trials ? 1 : Math.min(centre + half, 1)];
}

const percent = (share) => `${Math.round(share * 100)}%`;

/// "12 of 15 (80% [55%, 93%])"
function proportion(hits, trials) {
  if (trials === 0) return 'none yet';
  const [low, high] = wilson(hits, trials);
  return `${hits} of ${trials} (${percent(hits / trials)} [${percent(low)}, ${percent(high)}])`;
}

/// Whether the reader's label differs from the suggestion: in polarity, in the main theme.
function differs(id) {
  const l = label(id), given = suggestion(id);
  // Of another taxonomy's themes nothing is suggested, so nothing can be wrong.
  const themed = given[2].length > 0;
  return { polarity: l.p !== given[0], theme: themed && l.t[0] !== given[2][0], themed };
}

/// The audit sample so far: the beginning of the audit order up to the first sentence that was neither labelled nor
/// skipped. It is a simple random sample of all sentences, whatever else was labelled.
function auditSample() {
  const sample = [];
  let skipped = 0;
  for (const id of DATA.audit) {
    const l = label(id);
    if (isComplete(l)) sample.push(id);
    else if (l.k) skipped++;
    else break;
  }
  return { sample, skipped };
}

/// What is known of the model by now.
function figures() {
  const { sample, skipped } = auditSample();
  const wrong = sample.map(differs);
  const changed = (of) => of.filter((w) => w.polarity || w.theme).length;
  const unsure = DATA.queue.filter((id, at) => DATA.why[at] === 'u' && isComplete(label(id))).slice(-LAST).map(differs);
  return {
    random: sample.length, skipped,
    polarity: sample.length - wrong.filter((w) => w.polarity).length,
    themed: wrong.filter((w) => w.themed).length,
    theme: wrong.filter((w) => w.themed && !w.theme).length,
    changedRandom: changed(wrong),
    unsure: unsure.length, changedUnsure: changed(unsure),
  };
}

/// Whether more labels still help: they do as long as the model errs more often where it is unsure than anywhere.
function advice(f) {
  if (f.random < FEWEST || f.unsure < FEWEST) {
    return `Too few to say whether more labels help: it takes ${FEWEST} random and ${FEWEST} unsure sentences; there are ${f.random} and ${f.unsure}.`;
  }
  const [unsure, random] = [f.changedUnsure / f.unsure, f.changedRandom / f.random];
  const told = `You changed ${percent(unsure)} of the last ${f.unsure} unsure ones and ${percent(random)} of ${f.random} random ones.`;
  return unsure > random
    ? `${told} Mistakes still gather where the model is unsure: go on.`
    : `${told} Looking where the model is unsure finds no more mistakes than chance does: more labels of these letters will teach it little. Train, and take other letters.`;
}
