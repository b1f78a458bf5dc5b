// What was labelled, how to take it back, and keeping it in this browser.
//
// A label is { p: polarity or null, t: [themes, the main one first], n: note, f: flagged, k: skipped, by: annotators,
// o: [labels of others that differ], x: { columns that the page does not know } }. All but what is set is left out.

const DATA = JSON.parse(document.getElementById('data').textContent);
const POLARITIES = ['strength', 'weakness', 'mixed', 'neutral'];
const SIGNS = ['+', '−', '±', '·'];
const MOST_THEMES = 3;
const NONE = DATA.themes.length - 1;
const UNDO_LEVELS = 500;
const STORE = `lettermark-review:${DATA.id}`;

/// Every sentence, in the order of the letters.
const SENTENCES = DATA.letters.flatMap((letter, number) =>
  letter.sentences.map(([text, heading, page, start, previous], index) => ({
    text, page, start, letter: number, index, heading: letter.headings[heading],
    previous: previous < 0 ? '' : letter.sentences[previous][0],
  })));
/// The place of each letter's first sentence among all.
const FIRST = [];
DATA.letters.reduce((at, letter) => { FIRST.push(at); return at + letter.sentences.length; }, 0);
/// Why each sentence is asked: unsure, random, or in order.
const WHY = new Map(DATA.queue.map((id, at) => [id, { u: 'unsure', r: 'random', o: 'in_order' }[DATA.why[at]]]));
const LABELLED_BEFORE = new Set(DATA.labelled);

const EMPTY = Object.freeze({ p: null, t: Object.freeze([]) });
const fresh = () => ({ annotator: '', keys: true, labels: {}, undo: [], other: null, unexported: 0 });
let state = fresh();
/// Where the reader is: the sentence, and which ones are listed. Kept apart, because it changes with every step.
let here = { at: DATA.queue[0], filter: 'queue' };

const label = (id) => state.labels[id] ?? EMPTY;
const isComplete = (l) => l.p !== null && l.t.length > 0;
const isBegun = (l) => l.p !== null || l.t.length > 0;
const suggestion = (id) => DATA.suggestions[id] ?? null;

const storage = {
  /// Why labels are not kept, in words; null while they are.
  failure: null,
  waiting: false,
  read() {
    try {
      const [labels, place] = [localStorage.getItem(STORE), localStorage.getItem(`${STORE}:here`)];
      if (labels !== null) state = { ...fresh(), ...JSON.parse(labels) };
      if (place !== null) here = { ...here, ...JSON.parse(place) };
      if (!SENTENCES[here.at]) here.at = DATA.queue[0];
    } catch (error) {
      this.failure = error.message;
    }
  },
  /// Keeps the labels, once for all changes of one key press.
  write() {
    if (this.waiting) return;
    this.waiting = true;
    queueMicrotask(() => {
      this.waiting = false;
      this.put(STORE, state);
    });
  },
  /// Keeps the place.
  mark() {
    this.put(`${STORE}:here`, here);
  },
  put(key, value) {
    const before = this.failure;
    try {
      localStorage.setItem(key, JSON.stringify(value));
      this.failure = null;
    } catch (error) {
      this.failure = error.message;
    }
    if (this.failure !== before) renderWarnings();
  },
};

/// Changes labels, given as [id, new label] pairs, as one step that can be taken back.
function change(pairs, counts = true) {
  state.undo.push({ at: here.at, counts, was: pairs.map(([id]) => [id, state.labels[id] ?? null]) });
  if (state.undo.length > UNDO_LEVELS) state.undo.shift();
  for (const [id, now] of pairs) put(id, now);
  if (counts) state.unexported++;
  storage.write();
}

function put(id, now) {
  const isEmpty = now === null || (!isBegun(now) && !now.n && !now.f && !now.k && !now.o);
  if (isEmpty) delete state.labels[id];
  else state.labels[id] = now;
}

/// Takes the last step back; the sentence where it was made, or null where there is none.
function undo() {
  const step = state.undo.pop();
  if (!step) return null;
  for (const [id, was] of step.was) put(id, was);
  if (step.counts) state.unexported++;
  storage.write();
  return step.at;
}

/// A label after a choice of the reader's own: skipping ends, and what others said and was decided becomes a remark.
function chosen(id, change) {
  const { k, o, by, ...kept } = label(id);
  const now = { ...kept, ...change };
  if (!o) return now;
  // The decision stands once the label is whole; until then the others' labels stay beside it.
  return isComplete(now) ? { ...now, n: [now.n, ...o.map(saidBy)].filter(Boolean).join('; ') } : { ...now, o };
}

const saidBy = (other) => `${other.by || 'another reader'}: ${POLARITIES[other.p]} ${themeIds(other.t)}`;
const themeIds = (themes) => themes.map((t) => DATA.themes[t][0]).join(';');

/// The themes after the key of one was pressed; null where it would be one too many.
function pressed(themes, theme) {
  if (themes.includes(theme)) return themes.filter((t) => t !== theme);
  if (theme === NONE) return [NONE];
  const others = themes.filter((t) => t !== NONE);
  return others.length < MOST_THEMES ? [...others, theme] : null;
}

/// The label that the suggestion makes of what is there: what the reader chose stays.
function accepted(id) {
  const given = suggestion(id), now = label(id);
  if (!given) return null;
  const themes = now.t.length > 0 ? now.t : given[2];
  return chosen(id, { p: now.p ?? given[0], t: [...themes] });
}

/// The sentences that the chosen filter lets through, in their order.
function listed() {
  const all = SENTENCES.keys();
  const where = (test) => [...all].filter((id) => test(label(id)));
  if (here.filter === 'flagged') return where((l) => l.f);
  if (here.filter === 'skipped') return where((l) => l.k);
  if (here.filter === 'conflicts') return where((l) => l.o);
  if (here.filter === 'labelled') return where(isComplete);
  const letter = /^letter:(\d+)$/.exec(here.filter)?.[1];
  if (letter !== undefined && DATA.letters[letter]) {
    return DATA.letters[letter].sentences.map((_, index) => FIRST[letter] + index);
  }
  return DATA.queue;
}
