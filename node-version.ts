import { SettingError } from './settings.ts';

/** The oldest that is tested (package.json); the SQLite that comes with the product makes Node 20 crash without a word. */
const oldestMajor = 26;

/**
 * @param version as `process.versions.node` has it
 * @throws SettingError with the way to a newer one
 */
export function requireNode(version: string): void {
  if (Number(version.split('.')[0]) >= oldestMajor) return;
  throw new SettingError(
    `This is Node ${version}, and maintenant needs Node ${oldestMajor} or newer: start it by scripts/start, which brings one, or install it from https://nodejs.org.`,
  );
}
