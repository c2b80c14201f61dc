import assert from 'node:assert/strict';
import test from 'node:test';
import { parseProbeText, type ProbeText } from './probe-text.ts';

const texts: readonly (readonly [
  text: string,
  probe: ProbeText['probe'],
  errored: boolean,
  kind: ProbeText['result']['kind'],
])[] = [
  ['Readiness probe failed: HTTP probe failed with statuscode: 503', 'readiness', false, 'httpStatus'],
  [
    'Liveness probe failed: Get "http://10.0.0.5:8080/healthz": dial tcp 10.0.0.5:8080: connect: connection refused',
    'liveness',
    false,
    'refused',
  ],
  [
    'Startup probe failed: Get "http://10.0.0.5:8080/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
    'startup',
    false,
    'timeout',
  ],
  ['Readiness probe failed: dial tcp 10.0.0.5:5432: i/o timeout', 'readiness', false, 'timeout'],
  ['Readiness probe failed: command timed out: "pg_isready" timed out after 1s', 'readiness', false, 'timeout'],
  ['Readiness probe failed: dial tcp 10.0.0.5:80: connect: no route to host', 'readiness', false, 'noRoute'],
  [
    'Readiness probe failed: Get "https://10.0.0.5:8443/": http: server gave HTTP response to HTTPS client',
    'readiness',
    false,
    'schemeMismatch',
  ],
  [
    'Readiness probe errored and resulted in unknown state: rpc error: code = Unknown desc = failed to exec in container: failed to start exec "x": OCI runtime exec failed: exec failed: unable to start container process: exec: "pg_isready": executable file not found in $PATH: unknown',
    'readiness',
    true,
    'commandMissing',
  ],
  ['Readiness probe failed: service unhealthy (responded with "NOT_SERVING")', 'readiness', false, 'grpc'],
  [
    'Readiness probe failed: timeout: failed to connect service "10.0.0.5:9000" within 1s: context deadline exceeded',
    'readiness',
    false,
    'grpc',
  ],
  ['Readiness probe failed: waiting for the database\nsecond line', 'readiness', false, 'output'],
  ['Readiness probe warning: Probe terminated redirects, Response body: moved', 'readiness', false, 'output'],
  [
    '(combined from similar events): Readiness probe failed: HTTP probe failed with statuscode: 404',
    'readiness',
    false,
    'httpStatus',
  ],
  ['a text of another version', null, false, 'output'],
];

for (const [text, probe, errored, kind] of texts) {
  test(`probe text: ${text.slice(0, 90)}`, () => {
    const parsed = parseProbeText(text);
    assert.deepEqual([parsed.probe, parsed.errored, parsed.result.kind], [probe, errored, kind]);
  });
}

test('probe text: the status and the first line are quoted', () => {
  const parsed = parseProbeText('Readiness probe failed: HTTP probe failed with statuscode: 503');
  assert.deepEqual(parsed.result, { kind: 'httpStatus', status: 503 });
  assert.equal(
    parseProbeText('Readiness probe failed: waiting for the database\nsecond line').said,
    'waiting for the database',
  );
});
