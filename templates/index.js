'use strict';
// Sorts and filters the table of letters, and keeps both in the address after the `#`.
{
  const $ = (id) => document.getElementById(id);
  const body = $('table').tBodies[0];
  const heads = [...$('table').tHead.rows[0].cells];
  const fields = ['q', 'f', 'from', 'to'].map($);
  const fold = (text) => text.toLowerCase().replace(/[‘’]/g, "'");
  const NUMBERS = { sentences: 4, strength: 5, weakness: 6, mixed: 7, neutral: 8 };

  const rows = [...body.rows].map((el, order) => {
    const cells = [...el.cells];
    return {
      el, order,
      framework: el.dataset.f || '-',
      published: cells[3].textContent,
      words: fold(cells.slice(0, 4).map((cell) => cell.textContent).join(' ')),
      values: cells.map((cell, i) => (heads[i].dataset.sort === 'number' ? Number(cell.dataset.v ?? cell.textContent) : cell.textContent)),
    };
  });
  let sorted = { column: -1, down: false };

  function sort(column, down) {
    sorted = { column, down };
    const compare = (a, b) => {
      const [x, y] = [a.values[column], b.values[column]];
      // What is not known stands last, whichever way.
      const unknown = (value) => value === '' || value === -1;
      if (unknown(x) !== unknown(y)) return unknown(x) ? 1 : -1;
      const by = typeof x === 'number' ? x - y : x.localeCompare(y, 'en', { numeric: true });
      return (down ? -by : by) || a.order - b.order;
    };
    const order = column < 0 ? rows : [...rows].sort(compare);
    body.append(...order.map((row) => row.el));
    heads.forEach((head, i) => {
      if (i === column) head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      else head.removeAttribute('aria-sort');
    });
  }

  function filter() {
    const words = fold($('q').value).split(/\s+/).filter(Boolean);
    const [f, from, to] = [$('f').value, $('from').value.trim(), $('to').value.trim()];
    // A year, or a year and a month, stand for their first day and their last.
    const shown = rows.filter((row) => {
      const inTime = (!from || row.published >= from) && (!to || (row.published && row.published.slice(0, to.length) <= to));
      const is = words.every((word) => row.words.includes(word)) && (!f || row.framework === f) && inTime;
      row.el.hidden = !is;
      return is;
    });
    const sum = (column) => shown.reduce((all, row) => all + row.values[column], 0);
    const counts = ['strength', 'weakness', 'mixed', 'neutral'].map((name) => `${sum(NUMBERS[name])} ${name}`).join(', ');
    const said = `${shown.length} of ${rows.length} letters; ${sum(NUMBERS.sentences)} sentences: ${counts}`;
    if ($('status').textContent !== said) $('status').textContent = said;
    $('clear').disabled = fields.every((field) => !field.value);
  }

  function writeAddress() {
    const parts = new URLSearchParams();
    for (const field of fields) if (field.value.trim()) parts.set(field.id, field.value.trim());
    if (sorted.column >= 0) parts.set('sort', `${sorted.column}${sorted.down ? 'down' : 'up'}`);
    const hash = parts.toString();
    history.replaceState(null, '', hash ? `#${hash}` : location.pathname + location.search);
  }

  function readAddress() {
    if (/^(?:content|unread|letters|themes)$/.test(location.hash.slice(1))) return filter();
    const parts = new URLSearchParams(location.hash.slice(1));
    for (const field of fields) {
      field.value = parts.get(field.id) ?? '';
      if (field.value === '' && field.tagName === 'SELECT') field.selectedIndex = 0;
    }
    const by = /^(\d+)(up|down)$/.exec(parts.get('sort') ?? '');
    if (by && Number(by[1]) < heads.length) sort(Number(by[1]), by[2] === 'down');
    else sort(-1, false);
    return filter();
  }

  heads.forEach((head, column) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener('click', () => {
      // Numbers begin with the highest.
      const first = head.dataset.sort === 'number';
      sort(column, sorted.column === column ? !sorted.down : first);
      writeAddress();
    });
  });
  for (const field of fields) {
    field.addEventListener(field.tagName === 'SELECT' ? 'change' : 'input', () => { filter(); writeAddress(); });
  }
  $('clear').addEventListener('click', () => { fields.forEach((field) => { field.value = ''; }); $('f').selectedIndex = 0; filter(); writeAddress(); $('q').focus(); });
  addEventListener('hashchange', readAddress);
  $('filters').hidden = false;
  readAddress();
}
