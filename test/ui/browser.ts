import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';

/** A real chromium and what every test of the page asks of it: no error in the console, nothing blocked by policy. */

const axeSource = readFileSync(
  path.join(import.meta.dirname, '..', '..', 'node_modules', 'axe-core', 'axe.min.js'),
  'utf8',
);

export const launchArguments = {
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
    '--font-render-hinting=none',
  ],
};

export function launch(): Promise<Browser> {
  return chromium.launch(launchArguments);
}

export interface OpenOptions {
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: 'light' | 'dark';
  readonly forcedColors?: 'active' | 'none';
  readonly reducedMotion?: 'reduce' | 'no-preference';
  readonly locale?: string;
}

export interface OpenPage {
  readonly page: Page;
  /** What the console said that it should not have. */
  readonly complaints: string[];
  [Symbol.asyncDispose](): Promise<void>;
}

/** A fresh context: no storage, no worker of another test. */
export async function open(browser: Browser, url: string, options: OpenOptions = {}): Promise<OpenPage> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1440, height: options.height ?? 900 },
    colorScheme: options.scheme ?? 'light',
    forcedColors: options.forcedColors ?? 'none',
    reducedMotion: options.reducedMotion ?? 'reduce',
    locale: options.locale ?? 'en-GB',
    timezoneId: 'Europe/Paris',
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error.stack ?? error)));
  await page.goto(url);
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
}

/** Waits until the page has its picture and the screen on it has drawn something of its own. */
export async function settled(page: Page, selector: string): Promise<void> {
  await page.locator(selector).first().waitFor({ state: 'visible', timeout: 30_000 });
}

/** Waits until a box has scrolled by itself at least so far, in CSS pixels. */
export async function scrolledTo(box: Locator, top: number): Promise<void> {
  await box.evaluate(async (element, least) => {
    while (element.scrollTop < least) {
      await new Promise((resolve) => {
        requestAnimationFrame(resolve);
      });
    }
  }, top);
}

/** Elements that are wider than the page: what makes it scroll sideways. */
export async function overflow(page: Page): Promise<number> {
  return await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/**
 * Texts whose lines are lower than their letters, in a box that cuts what sticks out: a g without its lower half. Inter
 * and the code font reach 0.24 below the line and 0.97 above it.
 */
export async function cutLetters(page: Page): Promise<readonly string[]> {
  return await page.evaluate(() => {
    const found: string[] = [];
    const look = (root: Document | ShadowRoot): void => {
      for (const element of root.querySelectorAll('*')) {
        if (element.shadowRoot) look(element.shadowRoot);
        const { overflowY, lineHeight, fontSize, paddingBottom } = getComputedStyle(element);
        const hasText = [...element.childNodes].some(
          (node) => node instanceof Text && /[gjpqy]/.test(node.data) && element.clientHeight > 1,
        );
        if (!hasText || overflowY === 'visible' || paddingBottom !== '0px') continue;
        if (Number.parseFloat(lineHeight) < 1.2 * Number.parseFloat(fontSize)) {
          found.push(`${element.localName}.${element.className}: ${element.textContent.trim().slice(0, 40)}`);
        }
      }
    };
    look(document);
    return found;
  });
}

interface AxeViolation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** Asks axe; an empty list is what we want. */
export async function axe(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  const violations = await page.evaluate(async () => {
    const { axe: engine } = globalThis as unknown as {
      axe: { run(context: Document, options: object): Promise<{ violations: AxeViolation[] }> };
    };
    const { violations: found } = await engine.run(document, {
      resultTypes: ['violations'],
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return found.map(({ id, help, nodes }) => ({
      id,
      help,
      nodes: nodes.slice(0, 3).map(({ html, failureSummary }) => ({ html, failureSummary: failureSummary ?? '' })),
    }));
  });
  return violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}\n${nodes.map(({ html, failureSummary }) => `    ${html.slice(0, 200)}\n    ${failureSummary}`).join('\n')}`,
  );
}

export async function assertAccessible(page: Page, where: string): Promise<void> {
  const violations = await axe(page);
  assert.equal(violations.length, 0, `${where}\n${violations.join('\n')}`);
}
