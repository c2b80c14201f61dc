import type { Workload } from '../../api/contract.ts';
import { severityRank } from '../../health/workload.ts';

/** What the palette finds: workloads and namespaces by name, screens and actions by their words. */
export interface PaletteItem {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
  readonly target:
    | { readonly type: 'address'; readonly address: string }
    | { readonly type: 'action'; readonly action: PaletteAction };
  readonly workload: Workload | null;
}

export type PaletteAction = 'theme' | 'zone' | 'freeze' | 'shortcuts';

const limitFound = 30;

/** Above what scattered letters reach: each of them counts 7 at most, and nobody types 140. */
const wholeScore = 1_000;
const wordStart = /[\s/-]/;

/**
 * The text in one piece, at the start of a word best of all; else all of its characters in their order, where runs and
 * word starts count more. Null when it does not match, higher is better.
 */
export function matchScore(label: string, text: string): number | null {
  const haystack = label.toLowerCase();
  const whole = haystack.indexOf(text.trim().toLowerCase());
  const startsWord = whole === 0 || wordStart.test(haystack[whole - 1] ?? '');
  // Two letters within a word are as likely the initials of another.
  if (whole >= 0 && (startsWord || text.trim().length > 2)) {
    return wholeScore + (startsWord ? 10 : 0) - haystack.length / 100;
  }
  let score = 0;
  let at = -1;
  for (const character of text.toLowerCase()) {
    if (character === ' ') continue;
    const found = haystack.indexOf(character, at + 1);
    if (found < 0) return null;
    const before = haystack[found - 1];
    if (found === at + 1) score += 3;
    if (before === undefined || before === '/' || before === '-' || before === ' ') score += 4;
    at = found;
  }
  return score - haystack.length / 100;
}

export function findItems(items: readonly PaletteItem[], text: string): readonly PaletteItem[] {
  if (text.trim() === '') {
    // Before anything is typed: screens and actions, then what is broken.
    return items.filter(({ workload }) => workload === null || severityRank(workload.state) <= 1).slice(0, limitFound);
  }
  return items
    .flatMap((item) => {
      const score = matchScore(item.label, text);
      return score === null
        ? []
        : [{ item, score: score - (item.workload === null ? 0 : severityRank(item.workload.state) / 8) }];
    })
    .sort((left, right) => right.score - left.score)
    .slice(0, limitFound)
    .map(({ item }) => item);
}
