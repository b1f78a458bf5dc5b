'use strict';
// The labelled CSV: reading and writing it, as `lettermark train` does.

/// Rows of fields. The delimiter is the one under which the first line has the most fields: comma, semicolon or tab.
function parseCsv(text) {
  const source = text.replace(/^\uFEFF/, '');
  const first = source.split(/\r?\n/, 1)[0];
  const delimiter = [',', ';', '\t'].reduce((best, d) => (first.split(d).length > first.split(best).length ? d : best));
  const stop = new RegExp(`[${delimiter}\n]`, 'g');
  const rows = [];
  let fields = [], at = 0, line = 1, start = 1;
  while (at < source.length) {
    let field = '';
    if (source[at] === '"') {
      for (at++; ; at++) {
        const end = source.indexOf('"', at);
        if (end < 0) throw new Error(`a quotation mark on line ${start} is never closed`);
        const piece = source.slice(at, end);
        line += piece.split('\n').length - 1;
        field += piece;
        at = end + 1;
        if (source[at] !== '"') break;
        field += '"';
      }
    }
    stop.lastIndex = at;
    const end = stop.exec(source)?.index ?? source.length;
    fields.push(field + source.slice(at, end).replace(/\r$/, ''));
    at = end + 1;
    if (source[end] === delimiter && at < source.length) continue;
    if (source[end] === delimiter) fields.push('');
    if (fields.length > 1 || fields[0] !== '') rows.push({ line: start, fields });
    fields = [];
    start = ++line;
  }
  return rows;
}

// The characters are those of `finding::would_run`.
const RUNS = /^'*[=+\-@\t\r\n＝＋－＠][^]/u;

/// Text that no spreadsheet runs as a formula: an apostrophe stands before what would begin one, and before apostrophes
/// that stand before it already.
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
