// The page of one letter, read as a person would: numbers that filter, search, keys, links to a sentence.
import assert from 'node:assert/strict';
import { axe, drive, fitsWidth, shot, SCHEMES, WIDTHS } from './harness.mjs';

const [file] = process.argv.slice(2);
const status = (page) => page.locator('#status').textContent();
const shown = (page) => page.locator('.s:visible').count();
const all = (page) => page.locator('.s').count();

await drive(async ({ open }) => {
  const page = await open(file);

  // Each number on top shows as many sentences as it says, announces it, and can be let go of.
  const total = await all(page);
  assert.equal(await shown(page), total);
  assert.equal(await status(page), `All ${total} sentences`);
  for (const button of await page.locator('.tiles button').all()) {
    const number = Number(await button.locator('strong').textContent());
    await button.click();
    assert.equal(await button.getAttribute('aria-pressed'), 'true');
    assert.equal(await shown(page), number);
    assert.match(await status(page), new RegExp(`^${number} of ${total} sentences: `));
    await button.click();
    assert.equal(await button.getAttribute('aria-pressed'), 'false');
    assert.equal(await shown(page), total);
  }
  const tiles = await page.locator('.tiles button[data-p] strong').allTextContents();
  assert.equal(tiles.map(Number).reduce((a, b) => a + b), total, 'the polarities make up all sentences');

  // So do all the numbers of the chart, by keyboard too.
  for (const button of await page.locator('.chart button').all()) {
    const number = Number(await button.textContent());
    await button.press('Enter');
    assert.equal(await shown(page), number, await button.getAttribute('aria-label'));
  }
  assert.equal(await page.evaluate(() => document.activeElement.id), 'text', 'reading goes on at the text');
  await shot(page, 'page-letter-filtered');

  // The filter is in the address: the page opened by it shows the same.
  const wanted = await page.locator('.chart button[data-p="weakness"]').first();
  const number = Number(await wanted.textContent());
  await wanted.click();
  const again = await open(file, { hash: new URL(page.url()).hash });
  assert.equal(await shown(again), number);
  assert.equal(await status(again), await status(page));

  // With the text around, nothing is lost from sight; headings without a hit stay away.
  await page.getByLabel('with the text around').check();
  assert.ok(await shown(page) > number);
  assert.equal(await page.locator('.hit').count(), number);
  await page.getByRole('button', { name: 'Show all' }).click();
  assert.equal(await shown(page), total);

  // Search by words in any order, case and quotes apart; with a confidence.
  const word = /[a-z]{7,}/i.exec(await page.locator('#s3 .marked').textContent())[0];
  await page.keyboard.press('Escape');
  await page.locator('h1').click();
  await page.keyboard.press('/');
  await page.keyboard.type(word.toUpperCase());
  const found = await page.locator('.s:visible .marked').allTextContents();
  assert.ok(found.length > 0 && found.every((text) => text.toLowerCase().includes(word.toLowerCase())), `${word}: ${found}`);
  await page.locator('#c').selectOption('99');
  for (const scores of await page.locator('.s:visible').evaluateAll((all) => all.map((s) => s.dataset.c))) {
    assert.ok(Number(scores.split(' ')[0]) >= 990, scores);
  }
  await page.locator('#q').fill('no letter says xyzzy');
  assert.equal(await shown(page), 0);
  assert.ok(await page.getByText('No sentence is like that.').isVisible());
  await page.keyboard.press('Escape');
  assert.equal(await shown(page), total);

  // Keys go from finding to finding, over neutral sentences, and back.
  await page.locator('h1').click();
  await page.keyboard.press('j');
  const first = await page.evaluate(() => document.activeElement.closest('.s').id);
  assert.ok(!(await page.locator(`#${first}`).getAttribute('class')).includes('p-neutral'));
  await page.keyboard.press('j');
  assert.notEqual(await page.evaluate(() => document.activeElement.closest('.s').id), first);
  await page.keyboard.press('k');
  assert.equal(await page.evaluate(() => document.activeElement.closest('.s').id), first);
  assert.equal(new URL(page.url()).hash, `#${first}`);
  assert.match(await page.locator('#chosen-text').textContent(), new RegExp(`^Sentence ${first.slice(1)} of ${total}(, page \\d+)?: `));
  await shot(page, 'page-letter-chosen');
  await page.keyboard.press('?');
  assert.ok(await page.getByRole('dialog').isVisible());
  await axe(page);
  await page.getByLabel('Single keys work').uncheck();
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  assert.equal(new URL(page.url()).hash, `#${first}`, 'single keys are off');

  // A link to a sentence opens at it, whatever was filtered; it can be copied.
  const deep = await open(file, { hash: `#s${total}`, permissions: ['clipboard-read', 'clipboard-write'] });
  assert.ok(await deep.locator(`#s${total}`).evaluate((s) => {
    const { top, bottom } = s.getBoundingClientRect();
    return s.classList.contains('at') && top >= 0 && bottom <= innerHeight;
  }), 'the last sentence is in sight');
  await deep.getByRole('button', { name: 'Copy link' }).click();
  await deep.getByText('Copied').waitFor();
  assert.equal(await deep.evaluate(() => navigator.clipboard.readText()), deep.url());
  await deep.locator('#s2 a').click();
  assert.equal(new URL(deep.url()).hash, '#s2');

  // Every filter by hand.
  await deep.locator('#p').selectOption('strength');
  assert.equal(await deep.locator('.s:visible:not(.p-strength)').count(), 0);
  await deep.locator('#review').check();
  assert.equal(await deep.locator('.s:visible:not(.unsure)').count(), 0);

  // Anybody can read it: at any width, light and dark, filtered or not, and without scripts.
  for (const width of WIDTHS) {
    for (const scheme of SCHEMES) {
      const plain = await open(file, { width, scheme });
      await axe(plain);
      await fitsWidth(plain);
      await plain.locator('.tiles button').nth(1).click();
      await plain.getByLabel('with the text around').check();
      await axe(plain);
      await plain.keyboard.press('j');
      await fitsWidth(plain);
      await axe(plain);
    }
  }
  const dead = await open(file, { script: false, hash: '#s2' });
  assert.equal(await shown(dead), total);
  assert.equal(await dead.locator('#panel').isVisible(), false);
  const whole = await open(file);
  await shot(whole, 'page-letter', { full: true });
  await shot(whole, 'page-letter-top');
  await whole.emulateMedia({ media: 'print' });
  await fitsWidth(whole);
  await shot(whole, 'page-letter-print', { full: true });
});
