// The review page, by the keyboard alone: label, take back, reload, go on, export; then the pages that nobody should trip over.
//
// review.mjs PAGE BLIND HOSTILE EXPORT-FOLDER
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { axe, drive, fitsWidth, shot, SCHEMES, WIDTHS } from './harness.mjs';

const [file, blind, hostile, folder] = process.argv.slice(2);

/// The data of a page, as its scripts read it.
const dataOf = (page) => page.evaluate(() => JSON.parse(document.getElementById('data').textContent));
const text = (page, id) => page.locator(`#${id}`).innerText();
const press = async (page, ...keys) => { for (const key of keys) await page.keyboard.press(key); };

async function begin(page, name) {
  await page.keyboard.type(name);
  await press(page, 'Enter');
  await page.waitForSelector('#who', { state: 'hidden' });
}

/// Reaches an element by Tab alone.
async function tabTo(page, id) {
  for (let steps = 0; steps < 80; steps++) {
    await press(page, 'Tab');
    if (await page.evaluate(() => document.activeElement?.id) === id) return;
  }
  assert.fail(`Tab does not reach #${id}`);
}

/// Exports by the keyboard: the CSV's text.
async function exportTo(page, name) {
  await page.locator('body').press('Escape');
  await tabTo(page, 'export');
  const [download] = await Promise.all([page.waitForEvent('download'), press(page, 'Enter')]);
  const path = join(folder, name);
  await download.saveAs(path);
  return readFileSync(path, 'utf8');
}

await drive(async ({ open }) => {
  const page = await open(file);
  page.answer = (dialog) => dialog.accept();
  const data = await dataOf(page);
  const sentences = data.letters.flatMap((letter) => letter.sentences.map(([words]) => words));
  await begin(page, 'Anna');
  assert.equal(await text(page, 'current'), sentences[data.queue[0]], 'the least sure sentence stands first');

  // The first ten as the model says, the next nine by hand, one with the polarity alone and the rest accepted.
  for (let n = 0; n < 10; n++) await press(page, 'Enter');
  for (let n = 0; n < 9; n++) await press(page, '2', 'e', 'l', 'Enter');
  await press(page, '1', 'Enter');
  assert.match(await text(page, 'progress'), /^20 of /);
  assert.equal(await text(page, 'current'), sentences[data.queue[20]]);

  // A fourth theme is refused; `none` stands alone; a key pressed again takes its label away.
  await press(page, 'e', 'l', 'f', 's');
  assert.match(await text(page, 'status'), /At most 3/);
  await press(page, '0');
  assert.equal(await page.locator('[data-theme][aria-pressed="true"]').count(), 1);
  await press(page, '0');
  assert.equal(await page.locator('[data-theme][aria-pressed="true"]').count(), 0);

  // Half a label is no label: without a theme nothing goes on in a page that says nothing of themes.
  await press(page, 'Backspace', 'Backspace', 'Backspace', 'Backspace', 'Backspace');
  assert.match(await text(page, 'progress'), /^20 of /);
  // Back through the labels themselves, one step at a time.
  await press(page, 'Backspace', 'Backspace');
  assert.match(await text(page, 'progress'), /^19 of /);
  assert.equal(await text(page, 'current'), sentences[data.queue[19]]);
  await press(page, '3', 'Enter');

  // A flag, a note, a skip.
  await press(page, ',', '/');
  await page.keyboard.type('Is this = one finding, or "two"?');
  await press(page, 'Escape', '.');
  assert.match(await text(page, 'progress'), /^20 of .* 1 flagged · 1 skipped/);

  // All of it is there after a reload, and so is what can be undone.
  const before = await text(page, 'progress');
  await page.reload();
  assert.equal(await text(page, 'progress'), before);
  assert.equal(await text(page, 'current'), sentences[data.queue[21]]);
  await press(page, 'Backspace');
  assert.doesNotMatch(await text(page, 'progress'), /skipped/);
  await press(page, 'Enter');
  assert.match(await text(page, 'progress'), /^21 of /);

  // Keys can be switched off, for who dictates or shakes.
  await tabTo(page, 'single');
  await press(page, 'Space');
  await page.locator('#context').press('2');
  assert.match(await text(page, 'progress'), /^21 of /);
  await page.locator('#single').press('Space');

  const csv = await exportTo(page, 'anna.csv');
  assert.ok(csv.startsWith('\uFEFFletter,index,page,heading,previous,sentence,polarity,themes,annotator,note,suggested_polarity'));
  assert.equal(csv.trimEnd().split('\r\n').length, 22);
  assert.match(csv, /"Is this = one finding, or ""two""\?"/);
  assert.equal(await text(page, 'unexported'), '');

  // What the model got right is told from the random ones alone.
  await page.locator('#figures-box > summary').press('Enter');
  const random = await page.evaluate(() => figures().random);
  assert.ok(random >= 3, `${random} random sentences`);
  // A box is filled by its `toggle` event, which the browser sends after the key.
  await page.waitForFunction((n) => document.getElementById('right-polarity').innerText.includes(`of ${n} (`), random);
  await page.locator('#letters-box > summary').press('Enter');
  // scipy.stats.binomtest(81, 263).proportion_ci(method="wilson")
  const interval = await page.evaluate(() => wilson(81, 263));
  assert.ok(Math.abs(interval[0] - 0.2552885) < 1e-6 && Math.abs(interval[1] - 0.3662096) < 1e-6, String(interval));
  assert.deepEqual(await page.evaluate(() => [wilson(0, 0), wilson(10, 10)[1], wilson(0, 10)[0]]), [[0, 1], 1, 0]);
  // The sample ends at the first sentence of the audit order that is open, whatever was labelled after it.
  const sample = await page.evaluate(() => auditSample().sample);
  assert.deepEqual(sample, data.audit.slice(0, sample.length));
  assert.ok(sample.length < 21, 'what was labelled because the model is unsure is no sample by itself');
  const advised = (random, changedRandom, unsure, changedUnsure) =>
    page.evaluate((f) => advice(f), { random, changedRandom, unsure, changedUnsure });
  assert.match(await advised(19, 1, 40, 9), /^Too few/);
  assert.match(await advised(20, 2, 40, 9), /go on\.$/);
  assert.match(await advised(20, 2, 40, 4), /Train, and take other letters\.$/);
  await axe(page);
  await shot(page, 'review', { full: true });

  // A second reader labels the same, differs once, and imports the first one's file.
  const second = await open(file);
  second.answer = (dialog) => dialog.accept();
  await begin(second, 'Ben');
  await press(second, '4', '0', 'Enter');
  for (let n = 1; n < 25; n++) await press(second, 'Enter');
  await exportTo(second, 'ben.csv');
  await second.setInputFiles('#file', join(folder, 'anna.csv'));
  await second.waitForFunction(() => document.getElementById('status').textContent.startsWith('Imported'));
  assert.match(await text(second, 'progress'), /in conflict/);
  assert.match(await text(second, 'others'), /Anna/);
  await axe(second);
  await shot(second, 'review-conflict');
  const both = await exportTo(second, 'both.csv');
  assert.match(both, /Ben; Anna/);
  const rows = await second.evaluate((text) => parseCsv(text).length, both);
  const conflicts = Number(/(\d+) in conflict/.exec(await text(second, 'progress'))[1]);
  assert.equal(rows, 1 + 25 + conflicts, 'a row for each sentence, and one more for each conflict');
  await second.locator('body').press('Escape');
  await second.evaluate(() => focusSentence());
  await press(second, 'Enter');
  assert.doesNotMatch(await text(second, 'progress'), new RegExp(`\\b${conflicts} in conflict`));

  // A storage that refuses is told, and the export still works.
  const refused = await open(file);
  refused.answer = (dialog) => dialog.accept();
  await refused.evaluate(() => { Storage.prototype.setItem = () => { throw new Error('full'); }; });
  await begin(refused, 'Cleo');
  await press(refused, 'Enter');
  assert.match(await text(refused, 'warning'), /does not keep your labels/);
  assert.equal((await exportTo(refused, 'cleo.csv')).trimEnd().split('\r\n').length, 2);

  // Closing with labels that were not exported asks first.
  let asked = '';
  await page.locator('body').press('Escape');
  await page.evaluate(() => focusSentence());
  await press(page, 'Enter');
  page.answer = (dialog) => { asked = dialog.type(); return dialog.accept(); };
  await page.reload();
  assert.equal(asked, 'beforeunload');

  // Blind: nothing of the model, in the order of the letter.
  const unseen = await open(blind);
  unseen.answer = (dialog) => dialog.accept();
  await begin(unseen, 'Dora');
  const hidden = await dataOf(unseen);
  assert.deepEqual(hidden.suggestions, []);
  assert.deepEqual(hidden.queue, [...hidden.queue].sort((a, b) => a - b));
  assert.doesNotMatch(readFileSync(blind, 'utf8'), /id="suggestion"|id="accept"|id="figures-box"/);
  await press(unseen, 'Enter');
  assert.match(await text(unseen, 'status'), /Choose/);
  await press(unseen, '4', '0', 'Enter', '2', 'a', 'Enter');
  assert.match(await text(unseen, 'progress'), /^2 of /);
  const blindCsv = await exportTo(unseen, 'dora.csv');
  assert.equal(await unseen.evaluate((text) => parseCsv(text)[1].fields.slice(10, 14).join('|'), blindCsv), '|||in_order');
  await unseen.setInputFiles('#file', join(folder, 'anna.csv'));
  await unseen.waitForFunction(() => /left out/.test(document.getElementById('status').textContent));
  await axe(unseen);
  await shot(unseen, 'review-blind');

  // A letter and a name that mean harm do nothing, and words that a spreadsheet would run come back as they were.
  const evil = await open(hostile);
  evil.answer = (dialog) => dialog.accept();
  await begin(evil, '=Eve');
  const count = (await dataOf(evil)).queue.length;
  for (let n = 0; n < count; n++) await press(evil, '2', 'a', 'Enter');
  const evilCsv = await exportTo(evil, 'hostile.csv');
  assert.match(evilCsv, /,'=HYPERLINK|,"'=HYPERLINK/);
  assert.equal(await evil.locator('#context script, #context img, #filter script').count(), 0);
  writeFileSync(join(folder, 'again.csv'), evilCsv);
  await evil.setInputFiles('#file', join(folder, 'again.csv'));
  await evil.waitForFunction((n) => document.getElementById('status').textContent.includes(`${n} the same`), count);
  await axe(evil);

  // At every width, light and dark, with all that can be opened open.
  for (const width of WIDTHS) {
    for (const scheme of SCHEMES) {
      const shown = await open(file, { width, scheme });
      await axe(shown);
      await begin(shown, 'Emil');
      await press(shown, '2', 'e', 'l');
      await fitsWidth(shown);
      await axe(shown);
      await press(shown, '?');
      await axe(shown);
      await fitsWidth(shown);
      await press(shown, 'Escape');
    }
  }
  // Without JavaScript the letters can be read.
  const still = await open(file, { script: false });
  assert.ok((await still.locator('noscript').innerText()).includes(sentences[0]));
});
