import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  isExpired,
  isForbidden,
  isInvalid,
  isNotFound,
  isServerError,
  isTooLargeResourceVersion,
  isTooManyRequests,
  isUnauthorized,
  parseRetryAfterMs,
  statusErrorOf,
  statusErrorOfFrame,
  TransportError,
} from './status-error.ts';

const predicates = {
  isExpired,
  isForbidden,
  isInvalid,
  isNotFound,
  isServerError,
  isTooLargeResourceVersion,
  isTooManyRequests,
  isUnauthorized,
};

const tooLarge = { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }] };
const cases: readonly (readonly [string, number, unknown, readonly (keyof typeof predicates)[]])[] = [
  ['410 Expired', 410, { reason: 'Expired' }, ['isExpired']],
  ['410 Gone of an old server', 410, { reason: 'Gone' }, ['isExpired']],
  ['410 without a body', 410, '', ['isExpired']],
  ['504 with the cause', 504, { reason: 'Timeout', details: tooLarge }, ['isServerError', 'isTooLargeResourceVersion']],
  [
    '504 with the text of an old server',
    504,
    { reason: 'Timeout', message: 'Too large resource version: 2, current: 1' },
    ['isServerError', 'isTooLargeResourceVersion'],
  ],
  ['504 of a proxy', 504, '<html>Gateway Timeout</html>', ['isServerError']],
  ['429', 429, { reason: 'TooManyRequests' }, ['isTooManyRequests']],
  ['401', 401, { reason: 'Unauthorized' }, ['isUnauthorized']],
  ['403', 403, { reason: 'Forbidden' }, ['isForbidden']],
  ['404', 404, '404 page not found', ['isNotFound']],
  ['422', 422, { reason: 'Invalid' }, ['isInvalid']],
  ['400', 400, { reason: 'BadRequest' }, ['isInvalid']],
  ['500', 500, { reason: 'InternalError' }, ['isServerError']],
  ['nulls everywhere', 500, { reason: null, message: null, details: { causes: null } }, ['isServerError']],
];

for (const [name, code, body, expected] of cases) {
  test(`${name} is ${expected.join(' and ')}, and nothing else`, () => {
    const error = statusErrorOf(code, body, null, 0);
    const held = Object.entries(predicates).filter(([, predicate]) => predicate(error));
    assert.deepEqual(
      held.map(([predicate]) => predicate),
      expected,
    );
  });
}

test('an ERROR frame is the same error as the answer', () => {
  const body = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version: 1 (2)' };
  assert.equal(isExpired(statusErrorOfFrame(body)), true);
  assert.equal(statusErrorOfFrame(body).message, 'too old resource version: 1 (2)');
});

test('what is no StatusError is none of them', () => {
  const error = new TransportError('refused', 'connect ECONNREFUSED');
  assert.deepEqual(
    Object.values(predicates).filter((predicate) => predicate(error)),
    [],
  );
});

const now = Date.UTC(2026, 0, 1, 12, 0, 0);
for (const [text, expected] of [
  ['7', 7_000],
  [' 0 ', 0],
  ['Thu, 01 Jan 2026 12:00:30 GMT', 30_000],
  ['Thu, 01 Jan 2026 11:00:00 GMT', 0],
  ['soon', null],
  ['-1', null],
] as const) {
  test(`Retry-After ${JSON.stringify(text)} is ${expected} ms`, () => {
    assert.equal(parseRetryAfterMs(text, now), expected);
  });
}

test('the header counts before retryAfterSeconds of the body', () => {
  const body = { details: { retryAfterSeconds: 9 } };
  assert.equal(statusErrorOf(429, body, '3', now).retryAfterMs, 3_000);
  assert.equal(statusErrorOf(429, body, null, now).retryAfterMs, 9_000);
  assert.equal(statusErrorOf(429, {}, null, now).retryAfterMs, null);
});

test('a proxy page becomes one short line', () => {
  const page = `\n<html>${'x'.repeat(500)}\n<body>`;
  assert.equal(statusErrorOf(502, page, null, now).message.length, 200);
});
