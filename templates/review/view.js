// What is seen: the sentence in its letter, the choices, how far one is. Only the neighbourhood of the sentence is in the page.

/// Sentences shown before and after the one that is judged; more on demand.
const NEIGHBOURS = 6, MORE_NEIGHBOURS = 40;
// What stands between two headings of a path, as `ingest::HEADING_JOIN`.
const HEADING_JOIN = ' > ';

const byId = (id) => document.getElementById(id);
const view = { neighbours: NEIGHBOURS };

/// An element with attributes and children; text is never read as markup.
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== undefined) element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children);
  return element;
}

const polarityTag = (p) => make('span', { class: `polarity p-${POLARITIES[p]}` }, POLARITIES[p]);
const hiddenText = (text) => make('span', { class: 'hidden-text' }, text);
const counted = (n, thing) => `${n.toLocaleString('en-GB')} ${thing}${n === 1 ? '' : 's'}`;

/// Shows everything anew.
function render() {
  renderSentence();
  renderChoices();
  renderProgress();
}

function renderSentence() {
  const id = here.at, s = SENTENCES[id], list = listed(), turn = list.indexOf(id);
  byId('position').textContent = turn < 0 ? 'not in this list' : `${(turn + 1).toLocaleString('en-GB')} of ${list.length.toLocaleString('en-GB')}`;
  byId('where').textContent = DATA.letters[s.letter].name;
  byId('path').textContent = [s.page ? `page ${s.page}` : '', nearest(s.heading)].filter(Boolean).join(' · ');
  const first = FIRST[s.letter], last = first + DATA.letters[s.letter].sentences.length - 1;
  const from = Math.max(first, id - view.neighbours), to = Math.min(last, id + view.neighbours);
  byId('context').replaceChildren(...paragraphs(from, to, first, last));
  byId('more').hidden = from === first && to === last;
  scrollToSentence();
}

/// A path of headings without its far end, which is the same for most of the letter.
function nearest(path) {
  const headings = path.split(HEADING_JOIN);
  return headings.length > 2 ? ['…', ...headings.slice(-2)].join(HEADING_JOIN) : path;
}

/// Brings the sentence a little above the middle of its box.
function scrollToSentence() {
  const current = byId('current'), box = byId('context');
  box.scrollTop = current.offsetTop - Math.max(0, (box.clientHeight - current.offsetHeight) / 2.5);
}

/// Of the headings above a sentence those that the sentence before had not; at the top the nearest.
function newHeadings(before, now) {
  const [old, headings] = [before?.split(HEADING_JOIN) ?? [], now.split(HEADING_JOIN)];
  const same = headings.findIndex((heading, at) => heading !== old[at]);
  return headings.slice(before === null || same < 0 ? -1 : same);
}

/// The sentences from one place to another, in their paragraphs and lists, under their headings.
function paragraphs(from, to, first, last) {
  const blocks = from > first ? [make('p', { class: 'soft' }, '…')] : [];
  let block = null, heading = null, page = from > first ? SENTENCES[from - 1].page : 0;
  for (let id = from; id <= to; id++) {
    const s = SENTENCES[id];
    if (s.heading !== heading) {
      if (s.heading) blocks.push(...newHeadings(heading, s.heading).map((words) => make('p', { class: 'heading' }, words)));
      block = null;
    }
    if (block === null || s.start > 0) {
      block = make('p', { class: s.start === 2 ? 'item' : undefined });
      blocks.push(block);
    }
    if (s.page && s.page !== page) block.append(make('span', { class: 'page-mark' }, `p. ${s.page}`), ' ');
    block.append(sentence(id), ' ');
    ({ heading, page } = s);
  }
  if (to < last) blocks.push(make('p', { class: 'soft' }, '…'));
  return blocks;
}

function sentence(id) {
  if (id === here.at) return make('mark', { id: 'current', tabindex: '-1', 'aria-current': 'true' }, SENTENCES[id].text);
  const l = label(id);
  if (l.p === null) return make('span', {}, SENTENCES[id].text);
  return make('span', { class: `marked p-${POLARITIES[l.p]}` }, SENTENCES[id].text, hiddenText(` (you: ${POLARITIES[l.p]})`));
}

function renderChoices() {
  const id = here.at, l = label(id);
  for (const button of document.querySelectorAll('[data-polarity]')) {
    button.setAttribute('aria-pressed', String(l.p === Number(button.dataset.polarity)));
  }
  for (const button of document.querySelectorAll('[data-theme]')) {
    const rank = l.t.indexOf(Number(button.dataset.theme));
    button.setAttribute('aria-pressed', String(rank >= 0));
    button.querySelector('.rank').textContent = rank < 0 || l.t.length < 2 ? '' : rank === 0 ? 'main' : String(rank + 1);
  }
  byId('flag').setAttribute('aria-pressed', String(Boolean(l.f)));
  byId('skip').setAttribute('aria-pressed', String(Boolean(l.k)));
  byId('undo').disabled = state.undo.length === 0;
  const note = byId('note');
  note.value = l.n ?? '';
  note.dataset.sentence = id;
  if (document.activeElement !== note) byId('note-box').open = Boolean(l.n);
  renderSuggestion(id, l);
  renderOthers(id, l);
}

/// What the model says; a blind page has no place for it.
function renderSuggestion(id, l) {
  const box = byId('suggestion');
  if (!box) return;
  const [p, score, themes, scores, doubtful] = suggestion(id);
  const parts = [make('span', { class: 'soft' }, 'The model says:'), polarityTag(p), make('span', {}, percent(score))];
  themes.forEach((theme, at) => parts.push(make('span', { class: 'chip' }, `${DATA.themes[theme][1]} ${percent(scores[at])}`)));
  if (doubtful) parts.push(make('span', { class: 'review' }, 'unsure'));
  box.querySelector('.said').replaceChildren(...parts.flatMap((part) => [part, ' ']));
  byId('accept').lastElementChild.textContent = isComplete(l) ? 'Go on' : isBegun(l) ? 'Take the rest' : 'Accept';
}

/// What other readers said, where it differs.
function renderOthers(id, l) {
  const rows = (l.o ?? []).map((other, at) => make('li', {},
    `${other.by || 'Another reader'}: `, polarityTag(other.p), ` ${other.t.map((t) => DATA.themes[t][1]).join(', ')} `,
    make('button', { type: 'button', 'data-other': at }, 'Take this')));
  byId('others').hidden = rows.length === 0;
  byId('others').querySelector('ul').replaceChildren(...rows);
}

function renderProgress() {
  const counts = { done: 0, flagged: 0, skipped: 0, 'in conflict': 0, 'labelled before': DATA.labelled.length };
  for (const l of Object.values(state.labels)) {
    counts.done += isComplete(l);
    counts.flagged += Boolean(l.f);
    counts.skipped += Boolean(l.k);
    counts['in conflict'] += Boolean(l.o);
  }
  const { done, ...others } = counts;
  const parts = [`${done.toLocaleString('en-GB')} of ${counted(DATA.queue.length, 'sentence')} labelled`];
  for (const [word, n] of Object.entries(others)) if (n > 0) parts.push(`${n.toLocaleString('en-GB')} ${word}`);
  byId('progress').textContent = parts.join(' · ');
  byId('done').max = DATA.queue.length;
  byId('done').value = Math.min(done, DATA.queue.length);
  byId('unexported').textContent = state.unexported > 0 ? `· ${counted(state.unexported, 'change')} not exported yet` : '';
  byId('reader').textContent = state.annotator || 'name?';
  renderWarnings();
  if (byId('letters-box').open) renderLetters();
  if (byId('figures-box')?.open) renderFigures();
}

/// What may lose labels, where it cannot be missed.
function renderWarnings() {
  const warnings = [];
  if (storage.failure) warnings.push(`This browser does not keep your labels (${storage.failure}). They are in this window only: export them before you close it.`);
  if (view.otherWindow) warnings.push('This page is open in another window too, and labels were given there. Reload to see them; go on in one window only.');
  byId('warning').hidden = warnings.length === 0;
  byId('warning').textContent = warnings.join(' ');
}

function renderLetters() {
  const done = DATA.letters.map(() => 0);
  for (const [id, l] of Object.entries(state.labels)) if (isComplete(l)) done[SENTENCES[id].letter]++;
  byId('letters').replaceChildren(...DATA.letters.map((letter, at) => make('tr', {},
    make('th', { scope: 'row' }, make('button', { type: 'button', 'data-letter': at, 'aria-pressed': String(here.filter === `letter:${at}`) }, letter.name)),
    make('td', { class: 'number' }, `${done[at]} of ${letter.sentences.length}`))));
}

function renderFigures() {
  const f = figures();
  byId('right-polarity').textContent = proportion(f.polarity, f.random);
  byId('right-theme').textContent = proportion(f.theme, f.themed);
  byId('advice').textContent = advice(f) + (f.skipped > 0 ? ` ${counted(f.skipped, 'random sentence')} skipped: if they are the hard ones, the model is right less often than it says here.` : '');
}

/// A line that is read out.
function say(text) {
  byId('status').textContent = text;
}
