import './styles/page.css';
import { applyPreferences, readPreferences } from './data/preferences.ts';
import { useLanguage } from './texts/catalogue.ts';

/**
 * The page's entry. Language and display are settled first, so that nothing is drawn twice; then the shell is defined,
 * which starts everything else.
 */
const preferences = readPreferences();
applyPreferences(preferences);
await useLanguage(preferences.language);
await import('./screens/app-shell.ts');
