import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareDeploy, type DeployComparison, type Point } from './deploy-comparison.ts';

const curve = (...amounts: (number | null)[]): readonly Point[] => amounts.map((amount, index) => [index * 60, amount]);

describe('the comparison with before a deployment', () => {
  const table: readonly (readonly [string, readonly Point[], number, DeployComparison | null])[] = [
    ['nothing measured', [], 0, null],
    ['the deployment is older than the curve', curve(1, 2), 0, null],
    ['the deployment is newer than the curve', curve(1, 2), 600, null],
    ['nothing measured before', curve(null, null, 2), 120, null],
    ['nothing measured since', curve(1, 1, null), 120, null],
    [
      'equally long times',
      curve(9, 1, 3, 2, 6),
      180,
      { before: 2, since: 4, ratio: 2, ghost: [null, null, null, 1, 3] },
    ],
    [
      'less before than since: the rest has no ghost',
      curve(2, 4, 4, null),
      60,
      { before: 2, since: 4, ratio: 2, ghost: [null, 2, null, null] },
    ],
    ['between two points', curve(1, 1, 3), 61, { before: 1, since: 3, ratio: 3, ghost: [null, null, 1] }],
    ['from zero there is no ratio', curve(0, 3), 60, { before: 0, since: 3, ratio: null, ghost: [null, 0] }],
  ];
  for (const [name, points, startedAt, expected] of table) {
    it(name, () => assert.deepEqual(compareDeploy(points, startedAt), expected));
  }
});
