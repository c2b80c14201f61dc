import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareResourceVersions } from './resource-version.ts';

for (const [left, right, sign] of [
  ['9', '10', -1],
  ['10', '9', 1],
  ['10', '10', 0],
  // Neighbours that a double cannot tell apart.
  ['9007199254740993', '9007199254740992', 1],
  ['18446744073709551616', '18446744073709551615', 1],
] as const) {
  test(`${left} against ${right}`, () => {
    assert.equal(Math.sign(compareResourceVersions(left, right) ?? Number.NaN), sign);
  });
}

for (const [left, right] of [
  ['zebra', '1'],
  ['1', ''],
  ['01', '1'],
  ['-1', '1'],
] as const) {
  test(`${JSON.stringify(left)} and ${JSON.stringify(right)} have no order`, () => {
    assert.equal(compareResourceVersions(left, right), null);
  });
}
