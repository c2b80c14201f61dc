import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAllowed, licenseProblems, unpinned } from './dependencies.ts';
import { billOfMaterials, type LockedPackage, packagesOf } from './sbom.ts';

const locked = (folder: string, license: string | null, dev = false): LockedPackage => ({
  folder,
  name: folder.replace(/^.*node_modules\//, ''),
  version: '1.2.3',
  license,
  integrity: `sha512-${Buffer.from('hash').toString('base64')}`,
  dev,
});

test('a choice of licences needs one that is allowed, a sum needs all', () => {
  const allowed = new Set(['MIT', 'ISC']);
  const table: readonly (readonly [string, boolean])[] = [
    ['MIT', true],
    ['GPL-3.0-only', false],
    ['(MIT OR GPL-3.0-only)', true],
    ['MIT AND GPL-3.0-only', false],
    ['MIT AND ISC', true],
    ['UNLICENSED', false],
    ['', false],
  ];
  for (const [expression, expected] of table) assert.equal(isAllowed(expression, allowed), expected, expression);
});

test('what is shipped is held to a shorter list than what is only used, and no licence is none', () => {
  assert.deepEqual(licenseProblems([locked('node_modules/a', 'MIT'), locked('node_modules/b', 'MPL-2.0', true)]), []);
  const [copyleft, unnamed] = licenseProblems([locked('node_modules/c', 'MPL-2.0'), locked('node_modules/d', null)]);
  assert.match(copyleft ?? '', /^c 1\.2\.3 is under MPL-2\.0, which may not be shipped/);
  assert.match(unnamed ?? '', /^d 1\.2\.3 is under no named licence/);
});

test('a range in package.json is not pinned', () => {
  const manifest = { dependencies: { a: '1.0.0', b: '^1.0.0' }, devDependencies: { c: 'latest' } };
  assert.deepEqual(
    unpinned(manifest).map((problem) => problem.split(' ')[0]),
    ['b', 'c'],
  );
  assert.deepEqual(unpinned({}), []);
});

test('the bill names the packages that files came from, nested ones too, in one order and without a date', () => {
  const all = ['node_modules/b', 'node_modules/@s/a', 'node_modules/b/node_modules/c', 'node_modules/unused'].map(
    (folder) => locked(folder, 'MIT OR ISC'),
  );
  const files = ['main.ts', 'node_modules/b/x.js', 'node_modules/@s/a/y.js', 'node_modules/b/node_modules/c/z.js'];
  const packages = packagesOf(files, all);
  assert.deepEqual(
    packages.map(({ name }) => name),
    ['@s/a', 'b', 'c'],
  );
  const text = billOfMaterials({ name: 'product', version: '1.0.0' }, packages);
  const bill = JSON.parse(text) as { readonly components: readonly { readonly [field: string]: unknown }[] };
  assert.deepEqual(bill.components[0], {
    type: 'library',
    'bom-ref': '@s/a@1.2.3',
    name: '@s/a',
    version: '1.2.3',
    purl: 'pkg:npm/%40s/a@1.2.3',
    licenses: [{ expression: 'MIT OR ISC' }],
    hashes: [{ alg: 'SHA-512', content: Buffer.from('hash').toString('hex') }],
  });
  assert.doesNotMatch(text, /timestamp|serialNumber/);
});
