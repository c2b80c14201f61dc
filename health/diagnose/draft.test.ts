import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import test from 'node:test';
import * as fc from 'fast-check';
import { kubectl, shellWord } from './draft.ts';
import { pod } from './test/facts.ts';

test('commands name namespace, pod and container', () => {
  const web = pod();
  assert.equal(kubectl.describePod(web), 'kubectl -n shop describe pod web-1');
  assert.equal(kubectl.previousLogs(web, 'app'), 'kubectl -n shop logs web-1 -c app --previous');
  assert.equal(kubectl.top(web), 'kubectl -n shop top pod web-1 --containers');
  assert.equal(
    kubectl.describe('shop', 'persistentvolumeclaim', "x'; rm -rf /"),
    "kubectl -n shop describe persistentvolumeclaim 'x'\\''; rm -rf /'",
  );
});

test('whatever the word, a shell passes it on as it is', () => {
  const words = fc.sample(
    fc.string({ maxLength: 40 }).filter((word) => !word.includes('\0')),
    { numRuns: 60, seed: 1 },
  );
  const line = `printf '%s\\n' ${words.map((word) => shellWord(word.replaceAll('\n', ' '))).join(' ')}`;
  const printed = execFileSync('/bin/sh', ['-c', line], { encoding: 'utf8' });
  assert.deepEqual(
    printed.split('\n').slice(0, -1),
    words.map((word) => word.replaceAll('\n', ' ')),
  );
});
