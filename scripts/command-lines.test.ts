import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

const run = (script: string, ...args: readonly string[]): { code: number | null; stdout: string; stderr: string } => {
  const { status, stdout, stderr } = spawnSync(path.join(import.meta.dirname, script), args, { encoding: 'utf8' });
  return { code: status, stdout, stderr };
};

for (const script of ['test', 'bench', 'cluster', 'render-namespaced']) {
  test(`scripts/${script} --help says how it is called`, () => {
    const { code, stdout } = run(script, '--help');
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`scripts/${script} [a-z]`));
    assert.doesNotMatch(stdout, /^#|set -euo/m);
  });
}

const refused: readonly (readonly [script: string, args: readonly string[], said: RegExp])[] = [
  ['test', ['--nope'], /^Unknown option '--nope'\. See scripts\/test --help\.$/m],
  ['test', ['nope'], /^No suite is called nope: there are types, .*fuzz\. See/m],
  ['test', ['--kubernetes', '1.20'], /^Kubernetes 1\.20 is not built here: there are 1\.36 and 1\.33\./m],
  ['test', ['--seed', 'x'], /^"x" is no seed: a whole number of at most ten digits, or random\./m],
  ['bench', ['nope'], /^There is no benchmark "nope"\.\n\nMeasures one thing/m],
  ['cluster', ['nope'], /^unknown command "nope"$/m],
];
for (const [script, args, said] of refused) {
  test(`scripts/${script} ${args.join(' ')} is refused with a sentence and nothing run`, () => {
    const { code, stdout, stderr } = run(script, ...args);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, said);
    assert.doesNotMatch(stderr, /^ {4}at /m);
  });
}

test('the issuer of licences is told what is wrong, and no key is overwritten', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'maintenant-issuer-'));
  try {
    const key = path.join(folder, 'issuer.pem');
    const issue = (...args: readonly string[]) => {
      const { status, stdout, stderr } = spawnSync('node', [path.join(import.meta.dirname, 'license.ts'), ...args], {
        encoding: 'utf8',
      });
      return { status, stdout, stderr: stderr.trim() };
    };
    assert.equal(issue('keys', key).status, 0);
    const cases: readonly (readonly [args: readonly string[], said: RegExp])[] = [
      [[], /^usage: license\.ts keys FILE/],
      [['--nope'], /^Unknown option '--nope'/],
      [['keys', key], /^EEXIST: file already exists/],
      [['sign', key, '--organisation', 'Acme', '--expires', '2026-02-31'], /^"2026-02-31" is no day: YYYY-MM-DD\.$/],
      [['sign', key, '--organisation', 'Acme', '--expires', 'soon'], /^"soon" is no day: YYYY-MM-DD\.$/],
      [['sign', path.join(folder, 'none.pem'), '--organisation', 'Acme'], /^ENOENT: no such file/],
    ];
    for (const [args, said] of cases) {
      const { status, stdout, stderr } = issue(...args);
      assert.deepEqual({ status, stdout }, { status: 2, stdout: '' }, args.join(' '));
      assert.match(stderr, said);
      assert.doesNotMatch(stderr, /\n {4}at /);
    }
    assert.match(issue('sign', key, '--organisation', 'Acme', '--expires', '2030-01-01').stdout, /^[\w-]+\.[\w-]+\n$/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
