/** Takes the pictures of the documentation from the demo, at a moment at which it has something to show. */
import path from 'node:path';
import { startProduct } from '../test/support/product.ts';
import { launch } from '../test/ui/browser.ts';

const docs = path.join(import.meta.dirname, '..', 'docs');
/** By then an image cannot be pulled, a container crashes, a rollout is paused and a quota refuses. */
const storyMs = 36_000;

const pictures: readonly (readonly [
  file: string,
  path: string,
  scheme: 'light' | 'dark',
  width: number,
  height: number,
])[] = [
  ['board.png', '', 'light', 1280, 900],
  ['board-dark.png', '', 'dark', 1280, 900],
  ['detail.png', 'w/shop/Deployment/checkout', 'light', 1280, 900],
  ['workloads.png', 'workloads', 'light', 1600, 900],
  ['activity.png', 'activity', 'light', 1280, 900],
  ['logs.png', 'w/shop/Deployment/web?tab=logs', 'dark', 1280, 900],
  ['doctor.png', 'doctor', 'light', 1280, 900],
  ['phone.png', '', 'light', 360, 780],
];

await using product = await startProduct({ args: ['demo'] });
await new Promise((resolve) => setTimeout(resolve, storyMs));
const browser = await launch();
try {
  for (const [file, target, colorScheme, width, height] of pictures) {
    const page = await browser.newPage({
      viewport: { width, height },
      colorScheme,
      locale: 'en-GB',
      timezoneId: 'UTC',
    });
    await page.goto(new URL(target, product.url).href, { waitUntil: 'load' });
    await page.waitForTimeout(1_500);
    await page.screenshot({ path: path.join(docs, file) });
    await page.close();
  }
} finally {
  await browser.close();
}
