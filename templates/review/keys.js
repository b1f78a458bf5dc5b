// What a key or a button does.

const MOVES = {
  accept() {
    const id = here.at, l = label(id);
    if (isComplete(l)) {
      if (l.o) change([[id, chosen(id, {})]]);
      return goOn();
    }
    const taken = accepted(id);
    if (!taken || !isComplete(taken)) return say(l.p === null ? 'Choose a polarity and a theme.' : 'Choose a theme, or none.');
    change([[id, taken]]);
    goOn(`${POLARITIES[taken.p]}, ${taken.t.map((t) => DATA.themes[t][1]).join(', ')}. `);
  },
  next: () => step(1),
  back: () => step(-1),
  undo() {
    const at = undo();
    if (at === null) return say('There is nothing to undo.');
    show(at, 'Undone.');
  },
  skip() {
    const id = here.at, l = label(id);
    if (isComplete(l)) return step(1);
    change([[id, { ...l, k: !l.k }]]);
    if (l.k) show(id, 'No longer skipped.');
    else goOn('Skipped. ');
  },
  flag() {
    const id = here.at, l = label(id);
    change([[id, { ...l, f: !l.f }]]);
    render();
    say(l.f ? 'Flag taken away.' : 'Flagged.');
  },
  note() {
    byId('note-box').open = true;
    byId('note').focus();
  },
  help: () => byId('help').showModal(),
};

const KEYS = new Map([
  ['Enter', 'accept'], ['ArrowRight', 'next'], ['ArrowLeft', 'back'], ['Backspace', 'undo'], ['.', 'skip'], [',', 'flag'],
  ['/', 'note'], ['?', 'help'],
]);
const THEME_KEYS = new Map(DATA.themes.map(([, , key], at) => [key, at]).filter(([key]) => key !== ''));

function choosePolarity(p) {
  const id = here.at, now = label(id).p === p ? null : p;
  change([[id, chosen(id, { p: now })]]);
  render();
  say(now === null ? 'No polarity.' : `${POLARITIES[p]}.`);
}

function chooseTheme(theme) {
  const id = here.at, themes = pressed(label(id).t, theme);
  if (themes === null) return say(`At most ${MOST_THEMES} themes; press one again to take it away.`);
  change([[id, chosen(id, { t: themes })]]);
  render();
  say(themes.length > 0 ? themes.map((t) => DATA.themes[t][1]).join(', ') : 'No theme yet.');
}

/// Shows a sentence and puts the keyboard there.
function show(id, told = '') {
  here.at = id;
  view.neighbours = NEIGHBOURS;
  storage.mark();
  render();
  focusSentence();
  say(told);
}

const focusSentence = () => byId('current').focus({ preventScroll: true });

function step(by) {
  const list = listed(), turn = list.indexOf(here.at) + by;
  if (turn < 0 || turn >= list.length) return say(by < 0 ? 'This is the first.' : 'This is the last.');
  show(list[turn]);
}

/// The next sentence that is neither labelled nor skipped, from the first again after the last.
function goOn(told = '') {
  const list = listed(), turn = list.indexOf(here.at);
  const isOpen = (id) => !isComplete(label(id)) && !label(id).k && !LABELLED_BEFORE.has(id);
  const next = list.slice(turn + 1).find(isOpen) ?? list.slice(0, turn + 1).find(isOpen);
  if (next === undefined) {
    show(list[Math.min(turn + 1, list.length - 1)] ?? here.at, `${told}Everything in this list is labelled or skipped.`);
  } else show(next, told);
}

function choose(filter) {
  here.filter = filter;
  const list = listed();
  if (list.length === 0) {
    here.filter = 'queue';
    byId('filter').value = 'queue';
    render();
    return say('There are none.');
  }
  byId('filter').value = here.filter;
  const isOpen = (id) => !isComplete(label(id)) && !label(id).k;
  show(list.includes(here.at) ? here.at : list.find(isOpen) ?? list[0], `${counted(list.length, 'sentence')} in this list.`);
}

/// Exports once the reader has a name.
function save() {
  if (state.annotator === '') return askName(save);
  const count = saveCsv();
  const left = Object.values(state.labels).filter((l) => !isComplete(l) && (l.f || l.n || isBegun(l))).length;
  renderProgress();
  say(`${counted(count, 'row')} exported.${left > 0 ? ` ${counted(left, 'sentence')} with a flag, a note or half a label stay in this browser.` : ''}`);
}

async function load(file) {
  try {
    const told = importCsv(new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer()));
    const parts = [`${told.read} new labels`, `${told.same} the same`, `${told.conflicts} in conflict`];
    if (told.elsewhere > 0) parts.push(`${told.elsewhere} of other letters, kept for the next export`);
    if (told.blind > 0) parts.push(`${told.blind} of other readers left out, because this page is blind: put them together with "lettermark review merge"`);
    if (told.bad.length > 0) parts.push(`not understood: lines ${told.bad.slice(0, 10).join(', ')}${told.bad.length > 10 ? ' and more' : ''}`);
    if (told.conflicts > 0) return choose('conflicts'), say(`Imported: ${parts.join('; ')}.`);
    show(here.at, `Imported: ${parts.join('; ')}.`);
  } catch (error) {
    const reason = error instanceof TypeError ? 'it is not UTF-8; save it as "CSV UTF-8"' : error.message;
    say(`${file.name} was not imported: ${reason}`);
  }
}

function askName(then) {
  const dialog = byId('who');
  byId('name').value = state.annotator;
  dialog.onclose = () => {
    renderProgress();
    focusSentence();
    if (state.annotator !== '') then?.();
  };
  dialog.showModal();
}

document.addEventListener('keydown', (event) => {
  const inField = event.target.closest('input, select, textarea, dialog');
  if (event.key === 'Escape' && event.target === byId('note')) return focusSentence();
  if (inField || event.altKey) return;
  if (event.ctrlKey || event.metaKey) {
    if (event.key.toLowerCase() === 'z' && !event.shiftKey) { event.preventDefault(); MOVES.undo(); }
    return;
  }
  if (!state.keys) return;
  // A button that has the focus is pressed by Enter, as everywhere.
  if (event.key === 'Enter' && event.target.closest('button, summary, a, label')) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const move = KEYS.get(key), theme = THEME_KEYS.get(key), polarity = '1234'.indexOf(key);
  if (move === undefined && theme === undefined && (polarity < 0 || key.length !== 1)) return;
  event.preventDefault();
  // A key that is held down would label what was not read.
  if (event.repeat && !key.startsWith('Arrow')) return;
  if (move) MOVES[move]();
  else if (theme !== undefined) chooseTheme(theme);
  else choosePolarity(polarity);
});

document.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  const { move, polarity, theme, letter, other } = button.dataset;
  if (move) MOVES[move]();
  else if (polarity !== undefined) choosePolarity(Number(polarity));
  else if (theme !== undefined) chooseTheme(Number(theme));
  else if (letter !== undefined) choose(`letter:${letter}`);
  else if (other !== undefined) takeOther(Number(other));
  else return;
  // After a click the keys go on at the sentence; who walks with Tab stays where she is.
  if (event.detail > 0 && !['note', 'help'].includes(move)) focusSentence();
});

function takeOther(at) {
  const id = here.at, l = label(id), other = l.o[at];
  const { o, ...mine } = l;
  const left = [{ ...mine, by: mine.by ?? state.annotator }, ...o.filter((_, i) => i !== at)];
  const n = [other.n, ...left.map(saidBy)].filter(Boolean).join('; ');
  change([[id, { ...other, n, f: l.f }]]);
  show(id, 'Taken. What else was said is in the note.');
}

byId('note').addEventListener('change', (event) => {
  const id = Number(event.target.dataset.sentence), text = event.target.value.trim();
  change([[id, { ...label(id), n: text }]]);
  renderProgress();
  byId('undo').disabled = false;
});
byId('filter').addEventListener('change', (event) => choose(event.target.value));
byId('single').addEventListener('change', (event) => {
  state.keys = event.target.checked;
  storage.write();
  document.body.classList.toggle('no-keys', !state.keys);
});
byId('more').addEventListener('click', () => {
  view.neighbours += MORE_NEIGHBOURS;
  renderSentence();
  focusSentence();
});
byId('export').addEventListener('click', save);
byId('import').addEventListener('click', () => byId('file').click());
byId('file').addEventListener('change', async (event) => {
  const [file] = event.target.files;
  if (file) await load(file);
  event.target.value = '';
});
byId('rename').addEventListener('click', () => askName());
byId('name-form').addEventListener('submit', (event) => {
  event.preventDefault();
  state.annotator = byId('name').value.trim();
  storage.write();
  byId('who').close();
});
byId('letters-box').addEventListener('toggle', renderProgress);
byId('figures-box')?.addEventListener('toggle', renderProgress);
window.addEventListener('resize', scrollToSentence);
window.addEventListener('beforeunload', (event) => {
  if (state.unexported > 0) event.preventDefault();
});
window.addEventListener('storage', (event) => {
  if (event.key !== STORE) return;
  view.otherWindow = true;
  renderProgress();
});

storage.read();
storage.write();
DATA.letters.forEach((letter, at) => byId('filter').append(make('option', { value: `letter:${at}` }, letter.name)));
if (listed().length === 0) here.filter = 'queue';
byId('filter').value = here.filter;
byId('single').checked = state.keys;
document.body.classList.toggle('no-keys', !state.keys);
byId('app').hidden = false;
render();
if (state.annotator === '') askName();
else focusSentence();
