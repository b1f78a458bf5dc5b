'use strict';
// The labelled CSV: reading and writing it, as `lettermark train` does.

/// Rows of fields. The delimiter is the one under which the first line has the most fields: comma, semicolon or tab.
function parseCsv(text) {
  const source = text.replace(/^\uFEFF/, '');
  const first = source.split(/\r?\n/, 1)[0];
  const delimiter = [',', ';', '\t'].reduce((best, d) => (first.split(d).length > first.split(best).length ? d : best));
  const rows = [];
  let row = [], field = '', quoted = false, line = 1, start = 1;
  const endField = () => { row.push(field); field = ''; };
  const endRow = () => {
    endField();
    if (row.length > 1 || row[0] !== '') rows.push({ line: start, fields: row });
    row = [];
  };
  for (let at = 0; at < source.length; at++) {
    const c = source[at];
    if (c === '\n') line++;
    if (quoted) {
      if (c !== '"') field += c;
      else if (source[at + 1] === '"') { field += '"'; at++; }
      else quoted = false;
    } else if (c === '"' && field === '') quoted = true;
    else if (c === delimiter) endField();
    else if (c === '\n') { endRow(); start = line; }
    else if (c !== '\r' || source[at + 1] !== '\n') field += c;
  }
  if (quoted) throw new Error(`a quotation mark on line ${start} is never closed`);
  if (field !== '' || row.length > 0) endRow();
  return rows;
}

// The characters are those of `finding::would_run`.
const RUNS = /^[=+\-@\t\r\n＝＋－＠][^]/u;

/// Text that no spreadsheet runs as a formula: an apostrophe stands before what would begin one.
function neutral(text) {
  return RUNS.test(text) ? `'${text}` : text;
}

/// Text without that apostrophe.
function shown(text) {
  return text.startsWith("'") && RUNS.test(text.slice(1)) ? text.slice(1) : text;
}

/// The file: UTF-8 with a mark, so that Excel knows the encoding; lines end as RFC 4180 says.
function writeCsv(rows) {
  const field = (value) => {
    const text = neutral(String(value));
    return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return `\uFEFF${rows.map((row) => row.map(field).join(',')).join('\r\n')}\r\n`;
}

/// What of a sentence is hashed elsewhere: its letters and digits in lower case.
function lettersAndDigits(text) {
  return text.toLowerCase().replace(/[^\p{Alphabetic}\p{N}]/gu, '');
}
