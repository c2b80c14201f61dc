/** Keys of the page, as commands. Pure: who carries them out is the shell. */
export type Command =
  | { readonly type: 'go'; readonly screen: 'board' | 'workloads' | 'activity' | 'doctor' }
  | { readonly type: 'search' }
  | { readonly type: 'palette' }
  | { readonly type: 'move'; readonly step: 1 | -1 }
  | { readonly type: 'broken'; readonly step: 1 | -1 }
  | { readonly type: 'follow' }
  | { readonly type: 'previous' }
  | { readonly type: 'copy' }
  | { readonly type: 'zone' }
  | { readonly type: 'freeze' }
  | { readonly type: 'help' };

export interface Keystroke {
  readonly key: string;
  /** Ctrl, or the command key. */
  readonly control: boolean;
  readonly alt: boolean;
  /** The key was made by AltGr, which a browser tells as Ctrl, Alt, both or neither: `[` of a French keyboard. */
  readonly composed: boolean;
  /** Focus is in a field: letters are text there. */
  readonly inField: boolean;
}

const goTo: Readonly<Record<string, 'board' | 'workloads' | 'activity' | 'doctor'>> = {
  b: 'board',
  w: 'workloads',
  a: 'activity',
  d: 'doctor',
};

const single: Readonly<Record<string, Command>> = {
  '/': { type: 'search' },
  j: { type: 'move', step: 1 },
  k: { type: 'move', step: -1 },
  ']': { type: 'broken', step: 1 },
  '[': { type: 'broken', step: -1 },
  f: { type: 'follow' },
  p: { type: 'previous' },
  c: { type: 'copy' },
  t: { type: 'zone' },
  '.': { type: 'freeze' },
  '?': { type: 'help' },
};

/**
 * @param prefix the key before this one when it began a sequence (`g`), else null
 * @returns the command, and whether this key begins a sequence
 */
export function commandOf(
  stroke: Keystroke,
  prefix: string | null,
): { readonly command: Command | null; readonly prefix: string | null } {
  if (stroke.control && !stroke.alt && stroke.key.toLowerCase() === 'k')
    return { command: { type: 'palette' }, prefix: null };
  if (((stroke.control || stroke.alt) && !stroke.composed) || stroke.inField) return { command: null, prefix: null };
  if (prefix === 'g') {
    const screen = goTo[stroke.key];
    return { command: screen === undefined ? null : { type: 'go', screen }, prefix: null };
  }
  if (stroke.key === 'g') return { command: null, prefix: 'g' };
  return { command: single[stroke.key] ?? null, prefix: null };
}

/** The keys that open the palette, as this machine's keyboard writes them. */
export function paletteKeys(platform: string): string {
  return /^(Mac|iP)/.test(platform) ? '⌘ K' : 'Ctrl K';
}
