import assert from 'node:assert/strict';
import test from 'node:test';
import { type Eviction, parseEviction } from './eviction.ts';

const texts: readonly (readonly [text: string, eviction: Eviction])[] = [
  [
    'The node was low on resource: memory. Threshold quantity: 100Mi, available: 44Mi. Container app was using 1536Mi, request is 256Mi, has larger consumption of memory. ',
    { kind: 'nodePressure', resource: 'memory', container: 'app', used: '1536Mi', request: '256Mi' },
  ],
  [
    'The node was low on resource: ephemeral-storage. Container app was using 5Gi, which exceeds its request of 0. ',
    { kind: 'nodePressure', resource: 'ephemeral-storage', container: 'app', used: '5Gi', request: '0' },
  ],
  [
    'The node had condition: [DiskPressure]. ',
    { kind: 'nodePressure', resource: 'disk', container: null, used: null, request: null },
  ],
  ['Usage of EmptyDir volume "cache" exceeds the limit "1Gi". ', { kind: 'emptyDir', volume: 'cache', limit: '1Gi' }],
  [
    'Container app exceeded its local ephemeral storage limit "2Gi". ',
    { kind: 'containerDisk', container: 'app', limit: '2Gi' },
  ],
  ['Pod ephemeral local storage usage exceeds the total limit of containers 3Gi. ', { kind: 'podDisk', limit: '3Gi' }],
  ['somebody threw it out', { kind: 'unknown' }],
];

for (const [text, eviction] of texts) {
  test(`eviction: ${text.slice(0, 70)}`, () => {
    assert.deepEqual(parseEviction(text), eviction);
  });
}
