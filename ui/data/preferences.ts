import { displayChanged } from './display.ts';
import type { TimeZoneChoice } from '../format/instant.ts';
import { isLanguage, type Language, preferredLanguage } from '../texts/catalogue.ts';

/** What a person chose, kept in this browser alone. Storage can be full or forbidden: then it lasts as long as the tab. */
export interface Preferences {
  readonly theme: 'system' | 'light' | 'dark';
  readonly zone: TimeZoneChoice;
  readonly density: 'comfortable' | 'compact';
  readonly language: Language;
  readonly pinnedNamespaces: readonly string[];
  readonly pinnedWorkloads: readonly string[];
  readonly hiddenColumns: readonly string[];
  readonly dismissed: readonly string[];
  readonly views: readonly SavedView[];
}

export interface SavedView {
  readonly name: string;
  /** Address of the view, relative to the base. */
  readonly address: string;
}

const storageKey = 'maintenant.preferences';
const limitViews = 50;
const limitPins = 200;

export function defaultPreferences(languages: readonly string[]): Preferences {
  return {
    theme: 'system',
    zone: 'local',
    density: 'comfortable',
    language: preferredLanguage(languages),
    pinnedNamespaces: [],
    pinnedWorkloads: [],
    hiddenColumns: [],
    dismissed: [],
    views: [],
  };
}

/** Reads what an older or newer version may have written: each part that is not understood is the default. */
export function parsePreferences(text: string | null, fallback: Preferences): Preferences {
  const stored = parseRecord(text);
  const oneOf = <Choice extends string>(value: unknown, choices: readonly Choice[], otherwise: Choice): Choice =>
    choices.find((choice) => choice === value) ?? otherwise;
  const language = stored['language'];
  return {
    theme: oneOf(stored['theme'], ['system', 'light', 'dark'], fallback.theme),
    zone: oneOf(stored['zone'], ['local', 'utc'], fallback.zone),
    density: oneOf(stored['density'], ['comfortable', 'compact'], fallback.density),
    language: typeof language === 'string' && isLanguage(language) ? language : fallback.language,
    pinnedNamespaces: textList(stored['pinnedNamespaces']).slice(0, limitPins),
    pinnedWorkloads: textList(stored['pinnedWorkloads']).slice(0, limitPins),
    hiddenColumns: textList(stored['hiddenColumns']),
    dismissed: textList(stored['dismissed']),
    views: viewList(stored['views']).slice(0, limitViews),
  };
}

/** A view of the same name is replaced; the oldest goes when there are too many. */
export function withView(views: readonly SavedView[], view: SavedView): readonly SavedView[] {
  return [...views.filter((other) => other.name !== view.name), view].slice(-limitViews);
}

/** The value in the list or out of it, whichever it is not now. */
export function toggle(values: readonly string[], value: string): readonly string[] {
  return values.includes(value) ? values.filter((other) => other !== value) : [...values, value].slice(-limitPins);
}

function parseRecord(text: string | null): Readonly<Record<string, unknown>> {
  if (text === null) return {};
  try {
    const parsed: unknown = JSON.parse(text);
    return isRecord(parsed) ? parsed : {};
  } catch {
    // Not ours or cut off: the defaults hold.
    return {};
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textList(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function viewList(value: unknown): readonly SavedView[] {
  if (!Array.isArray(value)) return [];
  return value
    .filter(isRecord)
    .flatMap(({ name, address }) =>
      typeof name === 'string' && typeof address === 'string' && name !== '' ? [{ name, address }] : [],
    );
}

export type PreferencesListener = (preferences: Preferences) => void;

/** The preferences of this browser, applied to the document and shared by all elements. */
export class PreferenceBook {
  readonly #listeners = new Set<PreferencesListener>();
  #current: Preferences;

  constructor(initial: Preferences) {
    this.#current = initial;
  }

  get current(): Preferences {
    return this.#current;
  }

  listen(listener: PreferencesListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  change(part: Partial<Preferences>): void {
    this.#take({ ...this.#current, ...part });
    try {
      localStorage.setItem(storageKey, JSON.stringify(this.#current));
    } catch {
      // Full or forbidden storage: the choice holds for this tab.
    }
  }

  /**
   * What another tab of this browser chose holds here as well, and is not written over by the next choice in this one.
   * Another language starts the page anew: texts are read when an element is drawn.
   *
   * @returns what ends it.
   */
  follow(): () => void {
    const stored = (event: StorageEvent): void => {
      if (event.key !== storageKey) return;
      const preferences = parsePreferences(event.newValue, this.#current);
      if (preferences.language === this.#current.language) this.#take(preferences);
      else location.reload();
    };
    addEventListener('storage', stored);
    return () => removeEventListener('storage', stored);
  }

  #take(preferences: Preferences): void {
    this.#current = preferences;
    applyPreferences(preferences);
    for (const listener of this.#listeners) listener(preferences);
  }
}

export function readPreferences(): Preferences {
  const fallback = defaultPreferences(navigator.languages);
  try {
    return parsePreferences(localStorage.getItem(storageKey), fallback);
  } catch {
    // Storage is forbidden by the browser's settings.
    return fallback;
  }
}

export function applyPreferences(preferences: Preferences): void {
  const root = document.documentElement;
  root.lang = preferences.language;
  if (preferences.theme === 'system') delete root.dataset['theme'];
  else root.dataset['theme'] = preferences.theme;
  root.dataset['density'] = preferences.density;
  root.dataset['zone'] = preferences.zone;
  document.dispatchEvent(new Event(displayChanged));
}
