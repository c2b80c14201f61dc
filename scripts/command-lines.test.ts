import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
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
