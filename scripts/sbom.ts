/**
 * What is inside the bundle: the packages that esbuild took files from, with version, licence and hash from the
 * lockfile. `scripts/build.ts` writes both files beside the bundle, so they are in the image too.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface LockedPackage {
  /** Place below the root, for instance `node_modules/hono`. */
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  /** SPDX expression; null when the lockfile names none. */
  readonly license: string | null;
  /** As npm writes it, for instance `sha512-…` in base64. */
  readonly integrity: string | null;
  /** Needed for development only: never in the bundle. */
  readonly dev: boolean;
}

/** @throws when the lockfile is not of version 3 */
export function lockedPackages(lockfile: string): readonly LockedPackage[] {
  const lock: unknown = JSON.parse(readFileSync(lockfile, 'utf8'));
  if (typeof lock !== 'object' || lock === null || !('packages' in lock)) {
    throw new Error(`${lockfile} has no "packages": it must be written by npm 7 or newer`);
  }
  return Object.entries(lock.packages as Readonly<Record<string, Readonly<Record<string, unknown>>>>)
    .filter(([folder]) => folder !== '')
    .map(([folder, entry]) => ({
      folder,
      name: textOf(entry['name']) ?? folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version: textOf(entry['version']) ?? '',
      license: textOf(entry['license']),
      integrity: textOf(entry['integrity']),
      dev: entry['dev'] === true,
    }));
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** The packages that own the files; the longest folder wins, since packages nest. Sorted by name. */
export function packagesOf(files: Iterable<string>, locked: readonly LockedPackage[]): readonly LockedPackage[] {
  const byFolder = new Map(locked.map((entry) => [entry.folder, entry]));
  const found = new Set<LockedPackage>();
  for (const file of files) {
    const folder = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];
    const owner = folder === undefined ? undefined : byFolder.get(folder);
    if (owner !== undefined) found.add(owner);
  }
  return [...found].sort((one, other) => (one.name + one.version < other.name + other.version ? -1 : 1));
}

/** CycloneDX 1.6, without a date or a serial number: the same input gives the same bytes. */
export function billOfMaterials(
  product: { readonly name: string; readonly version: string },
  packages: readonly LockedPackage[],
): string {
  const bill = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': product.name,
        name: product.name,
        version: product.version,
        licenses: [{ license: { id: 'Apache-2.0' } }],
      },
    },
    components: packages.map(({ name, version, license, integrity }) => ({
      type: 'library',
      'bom-ref': `${name}@${version}`,
      name,
      version,
      // The scope's @ is escaped in a package URL: https://github.com/package-url/purl-spec
      purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
      ...(license === null
        ? {}
        : { licenses: [/\s/.test(license) ? { expression: license } : { license: { id: license } }] }),
      ...(integrity?.startsWith('sha512-') === true
        ? {
            hashes: [
              { alg: 'SHA-512', content: Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex') },
            ],
          }
        : {}),
    })),
  };
  return `${JSON.stringify(bill, null, 2)}\n`;
}

/** The texts that the licences ask to be passed on. */
export function licenseTexts(root: string, packages: readonly LockedPackage[]): string {
  const sections = packages.map(({ folder, name, version, license }) => {
    const directory = path.join(root, folder);
    const texts = readdirSync(directory)
      .filter((file) => /^(licen[cs]e|notice|copying)/i.test(file))
      .sort()
      .map((file) => readFileSync(path.join(directory, file), 'utf8').trim());
    return [`${name} ${version} (${license ?? 'no licence named'})`, ...texts].join('\n\n');
  });
  return `${sections.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}
