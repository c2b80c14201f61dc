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
  switch (language) {
    case 'en':
      texts = en;
      return;
    case 'fr':
      texts = (await import('./fr.ts')).fr;
      return;
    default:
      language satisfies never;
  }
}
