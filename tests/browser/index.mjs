// The page that lists a batch: sorted, filtered, from it into a letter and back.
import assert from 'node:assert/strict';
import { axe, drive, fitsWidth, shot, SCHEMES, WIDTHS } from './harness.mjs';

const [file] = process.argv.slice(2);
const column = (page, n) => page.locator(`#table tbody tr:visible > :nth-child(${n})`).allTextContents();

await drive(async ({ open }) => {
  const page = await open(file);
  const letters = await column(page, 1);
  assert.ok(letters.length > 2);
  assert.match(await page.locator('#status').textContent(), new RegExp(`^${letters.length} of ${letters.length} letters; `));

  // Each column sorts both ways, and says so.
  const heads = await page.locator('#table th button').all();
  assert.equal(heads.length, 12);
  for (const [n, head] of heads.entries()) {
    await head.click();
    const first = await column(page, n + 1);
    const way = await head.locator('..').getAttribute('aria-sort');
    await head.press('Enter');
    const second = await column(page, n + 1);
    assert.deepEqual([way, await head.locator('..').getAttribute('aria-sort')].sort(), ['ascending', 'descending']);
    const known = (cells) => cells.filter((cell) => cell !== '' && cell !== '–');
    assert.deepEqual(known(second), known(first).reverse(), `column ${n + 1}`);
    if (n >= 4) {
      const numbers = known(first).map(Number.parseFloat);
      assert.deepEqual(numbers, [...numbers].sort((a, b) => b - a), `column ${n + 1} begins with the highest`);
    }
  }

  // Search and filter; both are in the address.
  await page.getByRole('button', { name: 'Letter' }).click();
  const some = letters[0].slice(0, 7);
  await page.getByLabel('Search').fill(some.toUpperCase());
  const found = await column(page, 1);
  assert.ok(found.length > 0 && found.length < letters.length && found.every((name) => name.includes(some)));
  assert.match(await page.locator('#status').textContent(), new RegExp(`^${found.length} of ${letters.length} letters; `));
  const again = await open(file, { hash: new URL(page.url()).hash });
  assert.deepEqual(await column(again, 1), found);
  await page.getByRole('button', { name: 'Show all' }).click();
  assert.equal((await column(page, 1)).length, letters.length);
  await page.getByLabel('Published from').fill('9999');
  assert.equal((await column(page, 1)).length, 0);
  await page.getByRole('button', { name: 'Show all' }).click();

  // Into each letter, whose numbers are those of its row, and back.
  for (const name of letters) {
    const row = page.locator('#table tbody tr', { has: page.getByText(name, { exact: true }) });
    const counts = (await row.locator('td').allTextContents()).slice(3, 8).map(Number);
    await row.getByRole('link').click();
    assert.equal(await page.locator('h1').textContent(), name);
    const tiles = (await page.locator('.tiles button[data-p] strong').allTextContents()).map(Number);
    assert.deepEqual(counts, [await page.locator('.s:not(.common)').count(), ...tiles], 'boilerplate is not counted');
    for (const button of await page.locator('.tiles button').all()) {
      await button.click();
      assert.equal(await page.locator('.s:visible').count(), Number(await button.locator('strong').textContent()));
    }
    await page.getByRole('link', { name: 'All letters' }).click();
  }
  assert.ok(await page.getByRole('heading', { name: 'Not read' }).isVisible());

  for (const width of WIDTHS) {
    for (const scheme of SCHEMES) {
      const plain = await open(file, { width, scheme });
      await axe(plain);
      await fitsWidth(plain);
    }
  }
  const dead = await open(file, { script: false });
  assert.equal((await column(dead, 1)).length, letters.length);
  await shot(await open(file), 'page-index');
});
