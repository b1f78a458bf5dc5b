// Labels out as CSV, and in again.

const COLUMNS = ['letter', 'index', 'page', 'heading', 'previous', 'sentence', 'polarity', 'themes', 'annotator', 'note'];
const OWN = ['suggested_polarity', 'suggested_polarity_score', 'suggested_themes', 'queue', 'flagged'];

/// The CSV of everything that is labelled: in the order of the letters, then rows that belong to no sentence of this page.
function exported() {
  const other = state.other ?? { columns: [], rows: [] };
  const ids = [...SENTENCES.keys()].filter((id) => isComplete(label(id)));
  const found = ids.flatMap((id) => [label(id), ...(label(id).o ?? [])]).flatMap((l) => Object.keys(l.x ?? {}));
  const extra = [...new Set([...found, ...other.columns])].filter((c) => !COLUMNS.includes(c) && !OWN.includes(c));
  const columns = [...COLUMNS, ...OWN, ...extra];
  const rows = ids.flatMap((id) => {
    const l = label(id);
    return [l, ...(l.o ?? [])].map((each) => record(id, each));
  });
  return { count: rows.length, text: writeCsv([columns, ...[...rows, ...other.rows].map((r) => columns.map((c) => r[c] ?? ''))]) };
}

function record(id, l) {
  const s = SENTENCES[id], given = suggestion(id);
  return {
    ...l.x,
    letter: DATA.letters[s.letter].name, index: s.index, page: s.page || '', heading: s.heading, previous: s.previous,
    sentence: s.text, polarity: POLARITIES[l.p], themes: themeIds(l.t), annotator: l.by ?? state.annotator, note: l.n ?? '',
    suggested_polarity: given ? POLARITIES[given[0]] : '', suggested_polarity_score: given ? given[1].toFixed(3) : '',
    suggested_themes: given ? themeIds(given[2]) : '', queue: WHY.get(id) ?? 'labelled_before', flagged: l.f ? 'true' : '',
  };
}

/// Offers the CSV as a file to save; how many rows it has.
function saveCsv() {
  const { count, text } = exported();
  const name = state.annotator.normalize('NFC').replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '');
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  link.download = `labels-${name || 'reader'}-${DATA.id.slice(0, 6)}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  state.unexported = 0;
  storage.write();
  return count;
}

/// A reader of theme sets: places of themes, or null where one is unknown, twice there, too many or beside `none`.
const themePlaces = (() => {
  const words = new Map(DATA.themes.flatMap(([id, , , aliases], at) => [id, ...aliases].map((w) => [w.toLowerCase(), at])));
  return (text) => {
    const set = text.split(';').map((w) => w.trim().toLowerCase()).filter(Boolean).map((w) => words.get(w));
    const isSet = set.length > 0 && !set.includes(undefined) && new Set(set).size === set.length;
    return isSet && set.length <= MOST_THEMES && (set.length === 1 || !set.includes(NONE)) ? set : null;
  };
})();

/// Joins the labels of a CSV to the sentences of this page: by letter and words, and by index where that is there. What is
/// here stays: a label that says the same adds its annotator, one that differs stands beside it as a conflict. Rows of other
/// letters are kept and go out again. Tells what it did, or throws where the file is no labelled CSV.
function importCsv(text) {
  const [header, ...rows] = parseCsv(text);
  const names = (header?.fields ?? []).map((name) => name.trim());
  const lower = names.map((name) => name.toLowerCase());
  const missing = ['sentence', 'polarity', 'themes'].filter((name) => !lower.includes(name));
  if (missing.length > 0) throw new Error(`no column ${missing.join(', ')}: this is no CSV of labels`);
  const columns = names.map((name, at) => (COLUMNS.includes(lower[at]) || OWN.includes(lower[at]) ? lower[at] : name));

  const places = new Map();
  SENTENCES.forEach((s, id) => {
    const key = `${DATA.letters[s.letter].name}\n${lettersAndDigits(s.text)}`;
    places.set(key, [...(places.get(key) ?? []), id]);
  });
  const told = { read: 0, same: 0, conflicts: 0, elsewhere: 0, blind: 0, bad: [] };
  const next = new Map(), now = new Map();
  const other = structuredClone(state.other ?? { columns: [], rows: [] });
  const known = new Set(other.rows.map((row) => JSON.stringify(row)));
  for (const { line, fields } of rows) {
    const row = Object.fromEntries(columns.map((name, at) => [name, shown((fields[at] ?? '').trim())]));
    const p = POLARITIES.indexOf((row.polarity ?? '').toLowerCase()), t = themePlaces(row.themes ?? '');
    if (p < 0 || t === null || fields.length !== columns.length) { told.bad.push(line); continue; }
    const by = row.annotator ?? '';
    if (DATA.blind && by !== state.annotator) { told.blind++; continue; }
    const key = `${row.letter ?? ''}\n${lettersAndDigits(row.sentence)}`;
    const id = place(places.get(key) ?? [], row.index ?? '', `${by}\n${key}`, next);
    if (id === undefined) {
      const text = JSON.stringify(row);
      if (!known.has(text)) { other.rows.push(row); known.add(text); }
      told.elsewhere++;
      continue;
    }
    const x = Object.fromEntries(Object.entries(row).filter(([c]) => !COLUMNS.includes(c) && !OWN.includes(c) && c !== 'conflict'));
    const theirs = { p, t, by, ...(row.note && { n: row.note }), ...(row.flagged === 'true' && { f: true }), ...(Object.keys(x).length > 0 && { x }) };
    now.set(id, joined(now.get(id) ?? label(id), theirs, told));
  }
  other.columns = [...new Set([...other.columns, ...columns])];
  if (other.rows.length > 0) state.other = other;
  change([...now]);
  return told;
}

/// Which of several equal sentences a row means: the one with its index, else the next that this annotator did not have.
function place(ids, index, key, next) {
  if (index !== '') return ids.find((id) => String(SENTENCES[id].index) === index);
  const turn = next.get(key) ?? 0;
  next.set(key, turn + 1);
  return ids[turn];
}

/// A label with that of another reader.
function joined(mine, theirs, told) {
  if (!isComplete(mine)) {
    told.read++;
    return { ...mine, ...theirs, n: joinedWords(mine.n, theirs.n), f: mine.f || theirs.f, k: undefined };
  }
  const all = [mine, ...(mine.o ?? [])];
  const same = all.find((l) => l.p === theirs.p && l.t[0] === theirs.t[0] && themeSet(l) === themeSet(theirs));
  if (!same) {
    told.conflicts++;
    return { ...mine, o: [...(mine.o ?? []), theirs] };
  }
  told.same++;
  const both = {
    ...same, n: joinedWords(same.n, theirs.n), f: same.f || theirs.f, x: theirs.x || same.x ? { ...theirs.x, ...same.x } : undefined,
    by: joinedWords(same.by ?? state.annotator, theirs.by),
  };
  return same === mine ? both : { ...mine, o: mine.o.map((l) => (l === same ? both : l)) };
}

const themeSet = (l) => [...l.t].sort((a, b) => a - b).join();
/// Words joined by `; `, none twice.
function joinedWords(one = '', two = '') {
  return [...new Set([...one.split('; '), ...two.split('; ')])].filter(Boolean).join('; ') || undefined;
}
