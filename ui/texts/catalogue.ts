import { en, type Texts } from './en.ts';

/**
 * The language in use. It is chosen once, before the first element is drawn; another choice reloads the page, so no
 * element has to listen for it. `texts` is a live binding: read it when rendering, never at import.
 */
export let texts: Texts = en;

export const languages = { en: 'English', fr: 'Français' } as const;
export type Language = keyof typeof languages;

export function isLanguage(text: string): text is Language {
  return Object.hasOwn(languages, text);
}

/** The first of the browser's languages that there are texts for; English otherwise. */
export function preferredLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const language = tag.toLowerCase().split('-')[0] ?? '';
    if (isLanguage(language)) return language;
  }
  return 'en';
}

export async function useLanguage(language: Language): Promise<void> {
  causes = null;
  switch (language) {
    case 'en':
      texts = en;
      readCauses = null;
      return;
    case 'fr':
      texts = (await import('./fr.ts')).fr;
      readCauses = () =>
        import('./causes-fr.ts').then(({ causesFr: words, remediesFr: remedies }) => ({ words, remedies }));
      return;
    default:
      language satisfies never;
  }
}

interface CauseCatalogue {
  readonly words: Readonly<Record<string, readonly [title: string, meaning: string, remedy: string]>>;
  /** Remedies that are not those of their list entry, by their English text. */
  readonly remedies: Readonly<Record<string, string>>;
}

/** Null in English: there the words of the server are shown as they come. */
let readCauses: (() => Promise<CauseCatalogue>) | null = null;
let causes: CauseCatalogue | Promise<void> | null = null;
const listeners = new Set<() => void>();

/**
 * Has `listener` called when the words of causes have come: they are fetched when the first cause is drawn, so that a
 * page without trouble does not wait for them. Until then, and where they cannot be fetched, causes speak English.
 *
 * @returns what ends it.
 */
export function whenCauseWordsCome(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function causeCatalogue(): CauseCatalogue | null {
  causes ??=
    readCauses?.().then(
      (read) => {
        causes = read;
        for (const listener of listeners) listener();
      },
      () => {
        // Kept as it is: asked again by the next page load.
      },
    ) ?? null;
  return causes instanceof Promise ? null : causes;
}

/** The title of a cause in the language in use; of a code that this page does not know, as the server says it. */
export function causeTitle(code: string, title: string): string {
  return causeCatalogue()?.words[code]?.[0] ?? title;
}

/** What a code means, where the message beside it is in another language; else null. */
export function causeMeaning(code: string): string | null {
  return causeCatalogue()?.words[code]?.[1] ?? null;
}

export function causeRemedy(code: string, remedy: string): string {
  const catalogue = causeCatalogue();
  if (catalogue === null || remedy === '') return remedy;
  return catalogue.remedies[remedy] ?? catalogue.words[code]?.[2] ?? remedy;
}
