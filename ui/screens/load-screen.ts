import type { Screen } from '../data/route.ts';

/** Screens that are fetched when somebody goes there: the first load stays small. */
const parts: Partial<Record<Screen, () => Promise<unknown>>> = {
  board: () => import('./board-screen.ts'),
  workloads: () => import('./workloads-screen.ts'),
  detail: () => import('./detail-screen.ts'),
  activity: () => import('./activity-screen.ts'),
  doctor: () => import('./doctor-screen.ts'),
  gallery: () => import('./gallery-screen.ts'),
};

/** Fetches what a screen is drawn with, once; until it is there the screen is empty. */
export function loadScreen(screen: Screen): void {
  void parts[screen]?.();
}
