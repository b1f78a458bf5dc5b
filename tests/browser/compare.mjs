// The page of a comparison: a cell leads to the sentences behind it, by keyboard, by mouse, and without the script.
import assert from 'node:assert/strict';
import { axe, drive, fitsWidth, shot, SCHEMES, WIDTHS } from './harness.mjs';

const [file] = process.argv.slice(2);
const name = process.env.NAME ?? 'compare';

await drive(async ({ open }) => {
  for (const width of WIDTHS) {
    for (const scheme of SCHEMES) {
      const page = await open(file, { width, scheme });
      await axe(page);
      await fitsWidth(page);
      await page.locator('.map td a').nth(1).click();
      await axe(page);
      await fitsWidth(page);
    }
  }

  const page = await open(file);
  await shot(page, `${name}-map`);
  const cell = page.locator('.map tbody tr').nth(1).locator('td a').nth(2);
  const judging = Number((await cell.locator('small').textContent()).replace(/\D/g, ''));
  await cell.focus();
  await page.keyboard.press('Enter');
  const bar = page.locator('.shown:visible');
  assert.equal(await bar.count(), 1);
  assert.ok(await bar.evaluate((element) => element === document.activeElement), 'the focus is where the sentences are');
  assert.equal(await page.locator('details[open] .group li:visible').count(), judging, 'as many as the cell counts');
  assert.match(await bar.textContent(), new RegExp(`: ${judging} of `));
  await shot(page, `${name}-sentences`);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  assert.ok(await page.locator('details[open] .group li:visible').count() > judging, 'all of the area');
  await page.locator('.shown:visible button', { hasText: 'Back to the table' }).focus();
  await page.keyboard.press('Enter');
  assert.ok(await cell.evaluate((element) => element === document.activeElement), 'back at the cell');

  // A link to a cell's sentences works when it is opened afresh.
  const linked = await open(file, { hash: await cell.getAttribute('href') });
  assert.equal(await linked.locator('details[open] .group li:visible').count(), judging);

  const plain = await open(file, { script: false });
  await plain.locator('.map tbody tr').nth(1).locator('td a').nth(1).click();
  assert.ok(await plain.locator('.area[open] li').first().isVisible(), 'the browser opens the sentences without the script');

  const funnel = await open(file, { hash: '#s0-funnel-all' });
  await funnel.locator('#s0-funnel-all > details > summary').click();
  await axe(funnel);
  await shot(funnel, `${name}-funnel`);
});
