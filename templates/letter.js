'use strict';
// Filters the letter, chooses sentences, and keeps both in the address after the `#`. All text stands on the page already;
// nothing is written into it as markup.
{
  const $ = (id) => document.getElementById(id);
  const letter = $('letter');
  const fields = ['q', 'p', 't', 'c', 'review', 'own', 'around'].map($).filter(Boolean);
  const isBox = (field) => field.type === 'checkbox';
  const fold = (text) => text.toLowerCase().replace(/[‘’]/g, "'").replace(/[“”]/g, '"');

  const sentences = [...letter.querySelectorAll('.s')].map((el, i) => ({
    el, number: i + 1,
    link: el.querySelector('a'),
    words: el.querySelector('.marked'),
    text: fold(el.querySelector('.marked').textContent),
    polarity: /(?:^| )p-(\w+)/.exec(el.className)[1],
    themes: el.dataset.t.split(' '),
    scores: el.dataset.c.split(' ').map(Number),
    review: el.classList.contains('unsure'),
    common: el.classList.contains('common'),
  }));
  // A sentence's page is that of the last mark before it.
  let page = '';
  for (const el of letter.querySelectorAll('.page-mark, .s')) {
    if (el.classList.contains('page-mark')) page = `, ${el.textContent}`;
    else sentences[Number(el.id.slice(1)) - 1].page = page;
  }
  const inAll = `${sentences.length} sentence${sentences.length === 1 ? '' : 's'}`;
  let hits = sentences;
  let chosen = null;

  // ---- what is asked for

  const value = (id) => ($(id) ? (isBox($(id)) ? $(id).checked : $(id).value.trim()) : false);
  const words = () => fold(value('q')).split(/\s+/).filter(Boolean);
  const isFiltered = () => ['q', 'p', 't', 'c', 'review', 'own'].some((id) => value(id));

  function set(wanted) {
    for (const field of fields) {
      if (isBox(field)) field.checked = Boolean(wanted[field.id]);
      else field.value = wanted[field.id] ?? '';
      if (field.value === '' && field.tagName === 'SELECT') field.selectedIndex = 0;
    }
  }

  function inWords() {
    const name = (id) => $(id).selectedOptions[0].textContent;
    return [
      value('p'), value('t') && name('t'), value('c') && `confidence ${name('c')}`, value('review') && 'needs review',
      value('own') && 'without boilerplate', value('q') && `with “${value('q')}”`,
    ].filter(Boolean).join(', ');
  }

  // ---- the text

  function apply({ keepAddress = false } = {}) {
    const asked = words();
    const [p, t, least] = [value('p'), value('t'), Number(value('c')) * 10];
    const wanted = (s) => (!p || s.polarity === p) && (!t || s.themes.includes(t)) && s.scores[0] >= least
      && (!value('review') || s.review) && (!value('own') || !s.common) && asked.every((word) => s.text.includes(word));
    const filtered = isFiltered();
    hits = sentences.filter(wanted);
    const found = new Set(hits);
    for (const s of sentences) s.el.classList.toggle('hit', filtered && found.has(s));
    letter.classList.toggle('filtered', filtered);
    letter.classList.toggle('around', filtered && value('around'));
    hideEmpty(filtered);
    highlight(asked);
    for (const button of document.querySelectorAll('button.count')) {
      button.setAttribute('aria-pressed', String(isPressed(button)));
    }
    $('none').hidden = hits.length > 0;
    $('clear').disabled = !filtered;
    const said = filtered
      ? `${hits.length} of ${inAll}: ${inWords()}` : `All ${inAll}`;
    if ($('status').textContent !== said) $('status').textContent = said;
    if (chosen && !found.has(chosen)) choose(null);
    else if (!keepAddress) writeAddress();
  }

  /// Hides paragraphs, items and headings under which nothing was found.
  function hideEmpty(filtered) {
    const below = [];
    for (const el of [...letter.querySelectorAll('p, li, ul, h3, h4, h5, h6, #letter > .page-mark')].reverse()) {
      const heading = /^H(\d)$/.exec(el.tagName);
      if (!heading) {
        const has = Boolean(el.querySelector('.hit'));
        el.hidden = filtered && !has;
        if (has) for (let level = 0; level < 7; level++) below[level] = true;
      } else {
        const level = Number(heading[1]);
        el.hidden = filtered && !below[level];
        for (let deeper = level; deeper < 7; deeper++) below[deeper] = false;
      }
    }
  }

  function highlight(asked) {
    if (!globalThis.CSS?.highlights) return;
    const ranges = [];
    for (const s of asked.length ? hits : []) {
      const node = s.words.firstChild;
      // Where folding changes the length, places in the folded text are not those in the text.
      if (!node || node.data.length !== s.text.length) continue;
      for (const word of asked) {
        for (let at = s.text.indexOf(word); at >= 0; at = s.text.indexOf(word, at + word.length)) {
          const range = new Range();
          range.setStart(node, at);
          range.setEnd(node, at + word.length);
          ranges.push(range);
        }
      }
    }
    CSS.highlights.set('search', new Highlight(...ranges));
  }

  // ---- numbers that filter

  const ofButton = (button) =>
    // No number counts boilerplate.
    ({ p: button.dataset.p ?? '', t: button.dataset.t ?? '', review: button.dataset.review !== undefined, own: Boolean($('own')) });

  function isPressed(button) {
    const { p, t, review, own } = ofButton(button);
    return !value('q') && !value('c') && value('own') === own && value('p') === p && value('t') === t && value('review') === review;
  }

  function onCount(button) {
    const clear = isPressed(button);
    set(clear ? {} : { ...ofButton(button), around: value('around') });
    apply();
    if (clear) return;
    $('text').focus({ preventScroll: true });
    $('panel').scrollIntoView({ block: 'start' });
  }

  // ---- one sentence

  function choose(sentence, { scroll = true, focus = true, keepAddress = false } = {}) {
    chosen?.el.classList.remove('at');
    chosen = sentence;
    $('chosen').hidden = !sentence;
    document.body.classList.toggle('chosen-open', Boolean(sentence));
    $('copied').textContent = '';
    if (sentence) {
      sentence.el.classList.add('at');
      tellChosen(sentence);
      if (focus) sentence.link.focus({ preventScroll: true });
      if (scroll) sentence.el.scrollIntoView({ block: 'center' });
    }
    if (!keepAddress) writeAddress();
  }

  function tellChosen(s) {
    const percent = (score) => (score >= 995 ? '>99%' : `${Math.round(score / 10)}%`);
    const tags = [s.review && 'needs review', s.common && 'boilerplate'].filter(Boolean).map((tag) => `; ${tag}`).join('');
    $('chosen-text').textContent = `Sentence ${s.number} of ${sentences.length}${s.page}: ${s.polarity} ${percent(s.scores[0])}${tags}`;
    const names = Object.fromEntries([...$('t').options].map((option) => [option.value, option.textContent]));
    $('chosen-themes').replaceChildren(...s.themes.map((theme, i) => {
      const item = document.createElement('li');
      item.textContent = `${names[theme] ?? theme} ${i + 1 < s.scores.length ? percent(s.scores[i + 1]) : ''}`;
      return item;
    }));
  }

  /// The next sentence that is shown, or the one before; where all are shown, of those that credit or fault.
  function step(by) {
    const among = isFiltered() ? hits : hits.filter((s) => s.polarity !== 'neutral');
    const here = chosen ? chosen.number : 0;
    const next = by > 0 ? among.find((s) => s.number > here) : among.findLast((s) => s.number < here);
    if (next) choose(next);
  }

  async function copyLink() {
    if (!chosen) return;
    const link = `${location.href.split('#')[0]}#s${chosen.number}`;
    let done = true;
    try {
      await navigator.clipboard.writeText(link);
    } catch {
      const field = document.createElement('textarea');
      field.value = link;
      $('chosen').append(field);
      field.select();
      done = document.execCommand('copy');
      field.remove();
      chosen.link.focus({ preventScroll: true });
    }
    $('copied').textContent = done ? 'Copied' : link;
  }

  // ---- the address

  function writeAddress() {
    const parts = new URLSearchParams();
    for (const field of fields) {
      if (value(field.id)) parts.set(field.id, isBox(field) ? '1' : value(field.id));
    }
    const filters = parts.toString();
    const hash = chosen ? (filters ? `s=${chosen.number}&${filters}` : `s${chosen.number}`) : filters;
    // Replaced, so that a filter is no step back in the browser's history.
    history.replaceState(null, '', hash ? `#${hash}` : location.pathname + location.search);
  }

  function readAddress() {
    const hash = location.hash.slice(1);
    if (/^(?:heading|page)-\d+$|^(?:content|text|numbers)$/.test(hash)) {
      if (isFiltered()) {
        set({});
        apply({ keepAddress: true });
        $(hash)?.scrollIntoView();
      }
      return;
    }
    const single = /^s(\d+)$/.exec(hash);
    const parts = new URLSearchParams(single ? '' : hash);
    set(Object.fromEntries(parts));
    apply({ keepAddress: true });
    const sentence = sentences[Number(single ? single[1] : parts.get('s')) - 1];
    if (sentence && hits.includes(sentence)) choose(sentence, { keepAddress: true });
  }

  // ---- what a person does

  for (const field of fields) field.addEventListener(field.type === 'search' ? 'input' : 'change', () => apply());
  for (const button of document.querySelectorAll('button.count')) {
    button.disabled = false;
    button.addEventListener('click', () => onCount(button));
  }
  $('clear').addEventListener('click', () => { set({}); apply(); $('q').focus(); });
  $('previous').addEventListener('click', () => step(-1));
  $('next').addEventListener('click', () => step(1));
  $('copy').addEventListener('click', copyLink);
  $('keys').addEventListener('click', () => $('help').showModal());
  $('close').addEventListener('click', () => $('help').close());
  letter.addEventListener('click', (event) => {
    const link = event.target.closest('a.polarity');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    choose(sentences.find((s) => s.link === link), { scroll: false });
  });
  addEventListener('hashchange', readAddress);

  const KEYS = 'lettermark-single-keys';
  const remembered = (() => { try { return localStorage.getItem(KEYS); } catch { return null; } })();
  $('single-keys').checked = remembered !== 'off';
  $('single-keys').addEventListener('change', () => {
    try { localStorage.setItem(KEYS, $('single-keys').checked ? 'on' : 'off'); } catch { /* it holds until the page is left */ }
  });

  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || $('help').open) return;
    if (event.key === 'Escape') {
      set({});
      choose(null, { keepAddress: true });
      apply();
      return;
    }
    if (event.target.matches('input, select, textarea') || !$('single-keys').checked) return;
    const act = { j: () => step(1), k: () => step(-1), c: copyLink, '/': () => { $('q').focus(); $('q').select(); }, '?': () => $('help').showModal() }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  letter.classList.add('live');
  $('panel').hidden = false;
  readAddress();
}
