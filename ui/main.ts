import './styles/page.css';
import { currentRoute } from './data/navigation.ts';
import { applyPreferences, readPreferences } from './data/preferences.ts';
import { loadScreen } from './screens/load-screen.ts';
import { useLanguage } from './texts/catalogue.ts';

/**
 * The page's entry. Language and display are settled first, so that nothing is drawn twice; then the shell is defined,
 * which starts everything else. The screen is fetched beside them: one after the other they would cost a slow
 * connection seconds of an empty page.
 */
const preferences = readPreferences();
applyPreferences(preferences);
loadScreen(currentRoute(new URL(document.baseURI)).screen);
await useLanguage(preferences.language);
await import('./screens/app-shell.ts');
