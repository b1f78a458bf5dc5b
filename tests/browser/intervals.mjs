// Counts with intervals: on the page of a letter and on the list of letters, in words and as whiskers.
import assert from 'node:assert/strict';
import { axe, drive, fitsWidth, shot, SCHEMES, WIDTHS } from './harness.mjs';

const [letter, index] = process.argv.slice(2);
const RANGE = /95% interval (?:(\d+) to (\d+)|not known)$/;

/// The count that a cell shows and the two ends of its interval, as a screen reader would read them.
function read(text) {
  const count = Number.parseInt(text, 10);
  const [, low = 0, high = 0] = RANGE.exec(text.trim()) ?? assert.fail(`no interval in ${text}`);
  assert.ok(Number(low) <= Number(high), text);
  return [count, Number(low), Number(high)];
}

await drive(async ({ open }) => {
  const page = await open(letter);
  const tiles = (await page.locator('.tiles button[data-p]').allTextContents()).map(read);
  assert.ok(tiles.slice(0, 2).every(([, low, high]) => low < high), `strengths and weaknesses are known: ${tiles}`);

  // Each row of the chart has a whisker for what credits and what faults; it spans the words' numbers.
  const scale = async (row) => row.locator('path.whisker').evaluateAll((paths) => paths.map((path) => {
    const [, low, high] = /^M(\d+) \d+H(\d+)/.exec(path.getAttribute('d'));
    return [Number(low), Number(high)];
  }));
  let pixels = 0;
  for (const row of await page.locator('.chart tbody tr').all()) {
    const cells = await row.locator('td.number').allTextContents();
    const [strength, weakness, mixed] = cells.slice(0, 3).map(read);
    const known = [0, 2, 1].filter((at) => !cells[at].endsWith('not known')).map((at) => [strength, weakness, mixed][at]);
    const whiskers = await scale(row);
    assert.equal(whiskers.length, known.length, cells.join());
    for (const [i, [, low, high]] of known.entries()) {
      const [from, to] = whiskers[i];
      assert.ok(from <= to && low <= high);
      if (high > 10) pixels = Math.max(pixels, to / high);
    }
  }
  assert.ok(pixels > 0, 'some theme has an interval that can be seen');
  assert.ok(await page.getByText('labelled sentences of').isVisible());
  await shot(page, 'page-letter-intervals');

  // The numbers still filter.
  const first = page.locator('.chart button').first();
  const number = Number(await first.textContent());
  await first.press('Enter');
  assert.equal(await page.locator('.s:visible').count(), number);

  const list = await open(index);
  const rows = await list.locator('#table tbody tr').all();
  const sum = [0, 0, 0, 0];
  for (const row of rows) {
    const cells = await row.locator('td').allTextContents();
    cells.slice(4, 8).map(read).forEach(([count], i) => { sum[i] += count; });
  }
  const totals = (await list.locator('header .total').allTextContents()).slice(0, 4).map((text) => Number.parseInt(text, 10));
  assert.deepEqual(totals, sum, 'the totals are those of the letters');
  assert.ok(await list.locator('#table + *, .chart').first().isVisible());
  await list.getByRole('button', { name: 'Weakness' }).click();
  const sorted = (await list.locator('#table tbody td:nth-child(7)').allTextContents()).map((text) => Number.parseInt(text, 10));
  assert.deepEqual(sorted, [...sorted].sort((a, b) => b - a));
  await shot(list, 'page-index-intervals', { full: true });

  for (const file of [letter, index]) {
    // Each width and each scheme once: the other pairs are those of the pages without intervals.
    for (const [at, width] of WIDTHS.entries()) {
      const plain = await open(file, { width, scheme: SCHEMES[at] });
      await axe(plain);
      await fitsWidth(plain);
    }
  }
});
