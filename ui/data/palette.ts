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

/**
 * All characters of the text in their order; runs and word starts count more. Null when it does not match, higher is
 * better.
 */
export function matchScore(label: string, text: string): number | null {
  const haystack = label.toLowerCase();
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
