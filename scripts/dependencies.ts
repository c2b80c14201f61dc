/**
 * Checks what the product depends on: licences by an allowlist, versions pinned, and npm's list of known holes where it
 * can be asked. A hole in what is shipped fails the run; a registry that does not answer is said and passed over, or a
 * build without network would never be green.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { lockedPackages, type LockedPackage } from './sbom.ts';

const root = path.join(import.meta.dirname, '..');

/** SPDX ids that may be shipped inside an Apache-2.0 product. */
const shippable = new Set(['Apache-2.0', 'MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'Unlicense', 'PSF-2.0']);
/** Tools may also be under a licence that asks for the source of its own files. */
const usable = new Set([...shippable, 'MPL-2.0']);

/** "MIT OR Apache-2.0" is fine when one of them is, "A AND B" when both are. */
export function isAllowed(expression: string, allowed: ReadonlySet<string>): boolean {
  const text = expression.replaceAll(/[()]/g, ' ');
  return text.split(/ OR /).some((choice) => choice.split(/ AND /).every((id) => allowed.has(id.trim())));
}

export function licenseProblems(packages: readonly LockedPackage[]): readonly string[] {
  return packages
    .filter(({ license, dev }) => license === null || !isAllowed(license, dev ? usable : shippable))
    .map(
      ({ name, version, license, dev }) =>
        `${name} ${version} is under ${license ?? 'no named licence'}, which may not be ${dev ? 'used' : 'shipped'}: replace it, or add the licence in scripts/dependencies.ts`,
    );
}

export function unpinned(manifest: unknown): readonly string[] {
  if (typeof manifest !== 'object' || manifest === null) return [];
  return ['dependencies', 'devDependencies'].flatMap((field) => {
    const versions: unknown = Object.entries(manifest).find(([name]) => name === field)?.[1];
    return Object.entries(typeof versions === 'object' && versions !== null ? versions : {})
      .filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(String(version)))
      .map(([name, version]) => `${name} is "${String(version)}" in package.json: pin it exactly`);
  });
}

/** Known holes in what is shipped, or null when the registry does not tell. */
function knownHoles(): { readonly summary: string; readonly severe: boolean } | null {
  const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { cwd: root, encoding: 'utf8' });
  let report: unknown;
  try {
    report = JSON.parse(stdout);
  } catch {
    // No JSON at all: npm itself could not run.
    return null;
  }
  if (typeof report !== 'object' || report === null || !('metadata' in report)) return null;
  const { vulnerabilities } = report.metadata as { readonly vulnerabilities: Readonly<Record<string, number>> };
  const counts = Object.entries(vulnerabilities).filter(([, count]) => count > 0);
  return {
    summary: counts.map(([severity, count]) => `${count} ${severity}`).join(', ') || 'none',
    severe: (vulnerabilities['high'] ?? 0) + (vulnerabilities['critical'] ?? 0) > 0,
  };
}

if (import.meta.main) {
  const packages = lockedPackages(path.join(root, 'package-lock.json'));
  const problems = [
    ...licenseProblems(packages),
    ...unpinned(JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))),
  ];
  const shipped = packages.filter(({ dev }) => !dev).length;
  process.stdout.write(`${packages.length} packages, ${shipped} of them shipped: licences and versions checked\n`);
  const holes = knownHoles();
  process.stdout.write(`known holes: ${holes?.summary ?? 'npm audit could not be asked here'}\n`);
  if (holes?.severe === true) problems.push('npm audit knows of high or critical holes: run npm audit --omit=dev');
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
