/**
 * Every route, asked with what its own description allows and with what nobody would send: never a 5xx, every answer
 * by its schema, every refusal a problem that names a parameter. Seeds are printed on failure.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import * as z from 'zod';
import * as contract from '../../api/contract.ts';
import { cause, pod, setUp, startedAt, workload } from './fixture.ts';
import type { Fixture } from './fixture.ts';

const runsPerRoute = 60;

const documentSchema = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        parameters: z
          .array(z.object({ name: z.string(), in: z.string(), schema: z.record(z.string(), z.unknown()) }))
          .default([]),
        responses: z.record(
          z.string(),
          z.object({
            content: z.record(z.string(), z.object({ schema: z.object({ $ref: z.string().optional() }) })).optional(),
          }),
        ),
      }),
    ),
  ),
});
const document = documentSchema.parse(
  JSON.parse(readFileSync(path.join(import.meta.dirname, '../../api/openapi.json'), 'utf8')),
);

const schemasById = new Map(
  Object.values(contract).flatMap((value) => {
    if (!(value instanceof z.ZodType)) return [];
    const id = z.globalRegistry.get(value)?.id;
    return id === undefined ? [] : [[id, value] as const];
  }),
);

function filled(): Fixture {
  const fixture = setUp();
  const states = ['Down', 'Degraded', 'Healthy', 'Idle', 'Unknown', 'Paused'] as const;
  const put = states.map((state, index) =>
    workload({ name: `w${index}`, state, namespace: index % 2 === 0 ? 'shop' : 'ops', cause: cause('CrashLoop') }),
  );
  fixture.store.commit({ put, now: startedAt });
  for (const { key } of put) {
    fixture.store.records.pods.set(key, [pod('w-1'), pod('w-2', { ready: false, cause: cause('CrashLoop') })]);
    fixture.store.records.transitions.push({
      key,
      at: startedAt,
      from: null,
      to: 'Down',
      causeCode: null,
      message: '',
    });
  }
  return fixture;
}

const names = fc.constantFrom('shop', 'ops', 'w0', 'w1', 'Deployment', 'DaemonSet', 'web', 'Down', 'Degraded,Idle');
const nasty = fc.constantFrom(
  '',
  ' ',
  ',',
  ',,,',
  '%00',
  '%2F..%2F..%2Fetc%2Fpasswd',
  '..',
  '%',
  '%E0%A4%A',
  "' OR 1=1 --",
  '${jndi:ldap://x}',
  '-1',
  '0',
  '1e9',
  '9007199254740993',
  'NaN',
  'null',
  '2026-01-01T00:00:00Z',
  '2026-01-01T00:00:00+02:00',
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999Z',
  '2026-02-30T00:00:00Z',
  'true',
  '__proto__',
  'constructor',
  'a'.repeat(3_000),
  '\u{1f4a9}',
);
const text = fc.oneof(names, nasty, fc.string({ maxLength: 40 }), fc.string({ unit: 'binary', maxLength: 20 }));

/** What the description of a parameter allows. */
function allowed(schema: Readonly<Record<string, unknown>>): fc.Arbitrary<string> {
  const values = z.object({ enum: z.array(z.string()) }).safeParse(schema);
  if (values.success) return fc.constantFrom(...values.data.enum);
  switch (schema.type) {
    case 'integer':
      return fc.integer({ min: Number(schema.minimum ?? 0), max: Number(schema.maximum ?? 5_000) }).map(String);
    case 'boolean':
      return fc.constantFrom('true', 'false');
    case 'array':
      return fc.array(names, { maxLength: 4 }).map((items) => items.join(','));
    default:
      return schema.format === 'date-time'
        ? fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }).map((date) => date.toISOString())
        : names;
  }
}

/** Encodes most values, and leaves some as they are: broken escapes are input too. */
const encoded = (value: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(value, fc.integer({ min: 0, max: 9 })).map(([raw, dice]) => (dice === 0 ? raw : wellFormed(raw)));

function wellFormed(raw: string): string {
  return encodeURIComponent(raw.toWellFormed());
}

for (const [route, operations] of Object.entries(document.paths)) {
  const operation = operations.get;
  if (operation === undefined || route === '/api/v1/stream') continue;
  const reference = operation.responses['200']?.content?.['application/json']?.schema.$ref?.split('/').at(-1);
  const schema = schemasById.get(reference ?? '');

  test(`GET ${route} holds its contract for any input`, async () => {
    const fixture = filled();
    const inPath = operation.parameters.filter((parameter) => parameter.in === 'path');
    const inQuery = operation.parameters.filter((parameter) => parameter.in === 'query');
    const pathValues = fc.record(
      Object.fromEntries(inPath.map(({ name, schema }) => [name, encoded(fc.oneof(allowed(schema), text))])),
    );
    const queryValues = fc.record(
      Object.fromEntries(inQuery.map(({ name, schema }) => [name, encoded(fc.oneof(allowed(schema), text))])),
      { requiredKeys: [] },
    );
    const strangers = fc.array(fc.tuple(encoded(text), encoded(text)), { maxLength: 1 });
    await fc.assert(
      fc.asyncProperty(pathValues, queryValues, strangers, async (pathParameters, query, extra) => {
        const target = route.replaceAll(/\{(\w+)\}/g, (_, name: string) => pathParameters[name] ?? '');
        const pairs = [...Object.entries(query), ...extra].map(([name, value]) => `${name}=${value}`);
        const url = `${target}?${pairs.join('&')}`;
        const answer = await fixture.get(url);
        const context = `${url} → ${answer.status} ${answer.text.slice(0, 300)}`;
        assert.ok(answer.status < 500, context);
        assert.deepEqual(fixture.logged, [], context);
        if (answer.status === 200) {
          assert.equal(answer.json === null, schema === undefined, context);
          assert.deepEqual(schema?.parse(answer.json) ?? null, answer.json, context);
          return;
        }
        const problem = contract.problemSchema.parse(answer.json);
        assert.equal(problem.status, answer.status, context);
        if (answer.status === 400) assert.ok((problem.errors?.length ?? 0) > 0, context);
      }),
      { numRuns: runsPerRoute },
    );
  });
}
