import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { decodePoints, decodeSamples, encodePoints, encodeSamples, findSample } from './metric-samples.ts';

const cores = fc.double({ min: 0, max: 4_096, noNaN: true });
const bytes = fc.double({ min: 0, max: 2 ** 46, noNaN: true });

test('a minute finds each of its workloads again, and no other', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.integer({ min: 1, max: 999 }).map(String), fc.tuple(cores, bytes)), (values) => {
      const samples = new Map(
        Object.entries(values).map(([id, [cpuCores, memoryBytes]]) => [Number(id), { cpuCores, memoryBytes }]),
      );
      const encoded = encodeSamples(samples);
      assert.equal(encoded.length, samples.size * 12);
      for (const id of [...samples.keys(), 0, 1_000]) {
        const expected = samples.get(id);
        const rounded =
          expected === undefined
            ? null
            : { cpuCores: Math.fround(expected.cpuCores), memoryBytes: Math.fround(expected.memoryBytes) };
        assert.deepEqual(findSample(encoded, id), rounded);
        assert.deepEqual(decodeSamples(encoded).get(id) ?? null, rounded);
      }
    }),
  );
});

test('points are within 0.04 % after they were packed; gaps and nothing stay what they are', () => {
  const isNear = (found: number, expected: number): boolean =>
    expected < 2 ** -16 ? found === 0 : Math.abs(found / expected - 1) < 0.0004;
  fc.assert(
    fc.property(fc.array(fc.option(fc.tuple(cores, bytes)), { maxLength: 60 }), (values) => {
      const points = values.map((value) => (value === null ? null : { cpuCores: value[0], memoryBytes: value[1] }));
      const found = decodePoints(encodePoints(points));
      assert.equal(found.length, points.length);
      points.forEach((point, index) => {
        const other = found[index] ?? null;
        assert.equal(other === null, point === null);
        if (point === null || other === null) return;
        assert.ok(isNear(other.cpuCores, point.cpuCores), `${point.cpuCores} became ${other.cpuCores}`);
        assert.ok(isNear(other.memoryBytes, point.memoryBytes), `${point.memoryBytes} became ${other.memoryBytes}`);
      });
    }),
  );
});
