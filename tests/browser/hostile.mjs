// Pages of letters that bring markup, scripts and marks that turn the writing direction: nothing of it may run or hide.
import assert from 'node:assert/strict';
import { axe, drive, fitsWidth, shot } from './harness.mjs';

await drive(async ({ open }) => {
  for (const file of process.argv.slice(2)) {
    const page = await open(file);
    // A dialog, a request or an error of a script would be trouble; what was brought is text.
    assert.ok((await page.locator('body').innerText()).includes('<script>alert(1)</script>'), file);
    assert.equal(await page.locator('img, iframe, object, #letter script').count(), 0);
    assert.equal(await page.locator('script').count(), 1);
    if (await page.locator('#q').count()) {
      await page.locator('#q').fill('<script>');
      await page.locator('#q').fill('"\'><img src=x onerror=alert(1)>');
      await page.keyboard.press('Escape');
      await page.goto(`${page.url().split('#')[0]}#q=%3Cimg%20src=x%20onerror=alert(1)%3E&t=nothing&s=99999`);
      await page.reload();
    }
    await axe(page);
    await page.setViewportSize({ width: 390, height: 844 });
    await fitsWidth(page);
    await shot(page, 'page-hostile');
  }
});
