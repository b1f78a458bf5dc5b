// The page of an evaluation: it can be read by anybody, at any width.
import { axe, drive, fitsWidth, shot, SCHEMES, WIDTHS } from './harness.mjs';

const [file] = process.argv.slice(2);
await drive(async ({ open }) => {
  for (const width of WIDTHS) {
    for (const scheme of SCHEMES) {
      const page = await open(file, { width, scheme });
      await axe(page);
      await fitsWidth(page);
    }
  }
  await shot(await open(file), 'evaluation');
});
