// Opens pages in Chromium as a person would, and fails on whatever a person must never meet: an error on the console, an
// error of a script, a request to anywhere. `drive` runs one test; its result is the exit code.

import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

const require = createRequire(import.meta.url);
const { source: AXE } = require('axe-core');

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'];
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
/// Widths of a desk and of a telephone, in CSS pixels.
export const WIDTHS = [1280, 390];
export const SCHEMES = ['light', 'dark'];

/// Runs `test({ open, browser })` in a fresh browser. Every page that `open` gave is checked at the end.
export async function drive(test) {
  const executablePath = process.env.CHROMIUM ?? BROWSERS.find((path) => existsSync(path));
  const browser = await chromium.launch({ executablePath, args: FLAGS, headless: true });
  const pages = [];
  const open = async (file, options = {}) => {
    const page = await openPage(browser, file, options);
    pages.push(page);
    return page;
  };
  try {
    await test({ open, browser });
    for (const page of pages) assert.deepEqual(page.trouble, [], `trouble on ${page.url()}`);
  } catch (error) {
    console.error(error);
    for (const page of pages.filter((page) => page.trouble.length > 0)) console.error(page.url(), page.trouble);
    process.exitCode = 1;
  } finally {
    await browser.close();
  }
}

/// A page of a file. Options: `width` (1280), `height` (900), `scheme` ('light' or 'dark'), `hash` ('#s12'), `script` (true),
/// `permissions` (such as 'clipboard-read'). `page.trouble` collects what went wrong; it has to be empty at the end.
async function openPage(browser, file, { width = 1280, height = 900, scheme = 'light', hash = '', script = true, permissions = [] }) {
  const context = await browser.newContext({
    viewport: { width, height }, colorScheme: scheme, javaScriptEnabled: script, acceptDownloads: true, permissions,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.trouble = [];
  page.setDefaultTimeout(15_000);
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) page.trouble.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => page.trouble.push(`error: ${error}`));
  page.on('dialog', (dialog) => {
    // A test that wants a dialog sets `page.answer`; any other is a script that should not have run.
    if (page.answer) return page.answer(dialog);
    page.trouble.push(`dialog: ${dialog.message()}`);
    return dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!/^(file|data|blob|about):/.test(request.url())) page.trouble.push(`request: ${request.url()}`);
  });
  await page.goto(pathToFileURL(resolve(file)).href + hash);
  return page;
}

/// Fails where axe-core finds a violation of WCAG 2.2 AA.
export async function axe(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate((values) => globalThis.axe.run({ runOnly: { type: 'tag', values } }), WCAG);
  const found = violations.map(({ id, help, nodes }) =>
    `${id}: ${help}\n${nodes.slice(0, 5).map((node) => `    ${node.html}\n      ${node.failureSummary}`).join('\n')}`);
  assert.deepEqual(found, [], `axe: ${violations.length} violations on ${page.url()}\n${found.join('\n')}`);
}

/// Fails where the page has to be scrolled sideways.
export async function fitsWidth(page) {
  const [wide, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  assert.ok(wide <= screen, `the page is ${wide} pixels wide on a screen of ${screen}`);
}

/// Pictures at both widths, light and dark, into the folder that `SHOTS` names; none where it names none.
export async function shot(page, name, { full = false } = {}) {
  const folder = process.env.SHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  const before = page.viewportSize();
  for (const width of WIDTHS) {
    for (const scheme of SCHEMES) {
      await page.setViewportSize({ width, height: width > 600 ? 900 : 844 });
      await page.emulateMedia({ colorScheme: scheme });
      await page.screenshot({ path: `${folder}/${name}-${width}-${scheme}.png`, fullPage: full });
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(before);
}
