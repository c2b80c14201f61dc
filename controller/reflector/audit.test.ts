import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Audit, auditOf } from './audit.ts';

const here = { resourceVersion: '100', objects: 5 };

test('as many here as there', () => {
  const { result } = auditOf({ resourceVersion: '101', total: 5 }, here, null);
  assert.deepEqual(result, { outcome: 'equal', message: '5 objects here, 5 on the server' });
});

test('a difference counts only after the third time on the same side', () => {
  let audit: Audit | null = null;
  const outcomes = [6, 7, 6].map((total) => {
    audit = auditOf({ resourceVersion: '101', total }, here, audit);
    return audit.result.outcome;
  });
  assert.deepEqual(outcomes, ['recheck', 'recheck', 'mismatch']);
});

test('a difference that changes sides is churn', () => {
  let audit: Audit | null = null;
  const outcomes = [6, 4, 6, 4, 5].map((total) => {
    audit = auditOf({ resourceVersion: '101', total }, here, audit);
    return audit.result.outcome;
  });
  assert.deepEqual(outcomes, ['recheck', 'recheck', 'recheck', 'recheck', 'equal']);
});

test('a server before our version was set back, whatever it counts', () => {
  const { result } = auditOf({ resourceVersion: '99', total: null }, here, null);
  assert.deepEqual(result, { outcome: 'mismatch', message: 'the server is at resource version 99, before ours (100)' });
});

test('what is not counted is skipped, not equal', () => {
  const { result } = auditOf({ resourceVersion: '101', total: null }, here, null);
  assert.deepEqual(result, { outcome: 'skipped', message: 'the server does not count with a field selector' });
});
