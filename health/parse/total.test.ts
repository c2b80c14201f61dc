import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import {
  innermostError,
  parseBackOff,
  parseContainerError,
  parseDuration,
  parseExecFailure,
} from './container-error.ts';
import { parseCreationRefusal } from './creation-refusal.ts';
import { parseEviction } from './eviction.ts';
import { exitCodeWords } from './exit-code.ts';
import { parseFailedScheduling } from './failed-scheduling.ts';
import { parseImagePull, registryHost } from './image-pull.ts';
import { parseProbeText } from './probe-text.ts';
import { containerOfFieldPath, firstLine, lastLine, plainText } from './text.ts';
import { parseSandboxFailure } from './sandbox-text.ts';
import { parseVolumeFailure } from './volume-text.ts';

/** Every parser is total: whatever the text, it neither throws nor hangs, and says something about it. */

const parsers: Readonly<Record<string, (text: string) => unknown>> = {
  plainText,
  firstLine,
  lastLine,
  containerOfFieldPath,
  parseBackOff,
  parseContainerError,
  parseCreationRefusal,
  parseDuration,
  parseEviction,
  parseFailedScheduling,
  parseImagePull,
  parseProbeText,
  parsePinnedScheduling: (text) => parseFailedScheduling(text, true),
  parseSandboxFailure,
  parseExecFailure,
  innermostError,
  parseVolumeFailure: (text) => parseVolumeFailure('FailedMount', text),
  registryHost,
};

/** Pieces of real texts in orders that no version has written so far, and what else can stand in a message. */
const fragments = [
  '0/5 nodes are available: ',
  '3 Insufficient cpu',
  ', ',
  ' preemption: ',
  'node(s) had taint {',
  "}, that the pod didn't tolerate",
  'Error creating: ',
  'pods "x" is forbidden: ',
  'exceeded quota: q, requested: ',
  'used: ',
  'limited: ',
  'cpu=1',
  'violates PodSecurity "restricted:latest": ',
  '(container "app" must set ',
  ')',
  '((((',
  'admission webhook "',
  '" denied the request: ',
  'failed calling webhook "',
  'Back-off pulling image "',
  'rpc error: code = Unknown desc = ',
  'failed to pull and unpack image "',
  '": ',
  'https://',
  'lookup ',
  'no such host',
  'not found',
  'exec: "',
  'exec ',
  'permission denied',
  'configmap "',
  'unmounted volumes=[',
  ']',
  'used by pod(s) ',
  'Container ',
  ' was using ',
  'The node was low on resource: ',
  'Liveness probe failed: ',
  'back-off ',
  '5m0s',
  ' restarting',
  '\n',
  '\u0000',
  '🦀',
  ' ',
];

const text = fc.oneof(
  fc.string({ maxLength: 300, unit: 'binary' }),
  fc
    .array(fc.oneof(fc.constantFrom(...fragments), fc.string({ maxLength: 8 })), { maxLength: 40 })
    .map((parts) => parts.join('')),
);

for (const [name, parse] of Object.entries(parsers)) {
  test(`${name} is total`, () => {
    // fast-check prints seed and path of a failing case.
    fc.assert(
      fc.property(text, (sample) => {
        parse(sample);
      }),
      { numRuns: 300 },
    );
  });
}

test('exit codes of any size have words', () => {
  fc.assert(
    fc.property(fc.integer(), fc.option(fc.integer()), (code, signal) => {
      assert.match(exitCodeWords(code, signal), new RegExp(`^${code} \\(.+\\)$`));
    }),
  );
});

/** An expression that back-tracks would hang on one of these, and the suite with it. */
const hostile = [
  '0/5 nodes are available: ' + '1 node(s) had taint {k: v}, that the pod '.repeat(2000),
  'exceeded quota: q, requested: ' + 'a=1,'.repeat(5000),
  'violates PodSecurity "restricted": ' + '('.repeat(20_000),
  'exec ' + 'exec '.repeat(10_000),
  'failed to pull and unpack image "' + 'x'.repeat(50_000),
  'maximum cpu usage per Container is ' + '1, but limit is '.repeat(5000),
  'rpc error: code = Unknown desc = '.repeat(3000),
  'Unable to attach or mount volumes: unmounted volumes=[' + 'a '.repeat(20_000),
  'used by pod(s) ' + 'a, '.repeat(20_000),
];

test('a text that invites back-tracking is read like any other', () => {
  for (const [name, parse] of Object.entries(parsers)) {
    for (const sample of hostile) assert.doesNotThrow(() => parse(sample), name);
  }
});
