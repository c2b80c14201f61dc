import assert from 'node:assert/strict';
import test from 'node:test';
import type { PodFacts } from '../kubernetes.ts';
import { sharedCrash } from './shared-crash.ts';
import { ago, crashLoop, pod } from './test/facts.ts';

function crashing(name: string, exitCode: number, finishedAgo: number, revision = 'h1'): PodFacts {
  return pod({
    name,
    uid: `uid-${name}`,
    labels: { 'pod-template-hash': revision },
    containerStatuses: [crashLoop({ exitCode, finishedAgo })],
  });
}

const revisionOf = (one: PodFacts): string | null => one.labels['pod-template-hash'] ?? null;

test('C16: pods of one revision that end alike within two minutes', () => {
  const cause = sharedCrash([crashing('a', 1, 100), crashing('b', 1, 40), crashing('c', 1, 10)], revisionOf);
  assert.deepEqual(
    [cause?.code, cause?.message, cause?.since],
    ['SharedCrash', '3 pods of this revision end alike: container app with exit code 1 (application error)', ago(100)],
  );
});

test('two are enough, one is not; exit code, revision and time must agree', () => {
  assert.equal(sharedCrash([crashing('a', 1, 100), crashing('b', 1, 40)], revisionOf)?.code, 'SharedCrash');
  assert.equal(sharedCrash([crashing('a', 1, 100)], revisionOf), null);
  assert.equal(sharedCrash([crashing('a', 1, 100), crashing('b', 2, 40)], revisionOf), null);
  assert.equal(sharedCrash([crashing('a', 1, 100), crashing('b', 1, 40, 'h2')], revisionOf), null);
  assert.equal(sharedCrash([crashing('a', 1, 400), crashing('b', 1, 40)], revisionOf), null);
});

test('the order of the pods changes nothing', () => {
  const pods = [crashing('a', 1, 100), crashing('b', 1, 40), crashing('c', 2, 40)];
  assert.deepEqual(sharedCrash(pods, revisionOf), sharedCrash([...pods].reverse(), revisionOf));
});
