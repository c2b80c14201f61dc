import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { delimited, frame, varintField, wrapped } from '../../test/support/protobuf-writer.ts';
import { kinds } from './kinds.ts';
import { listItems } from './list-stream.ts';
import type { Answer } from './transport.ts';
import { watchFrames } from './watch-stream.ts';
import { acceptedForms, parseRefusal } from './wire-form.ts';

const listType = 'application/vnd.kubernetes.protobuf';
const watchType = 'application/vnd.kubernetes.protobuf;stream=watch';

function answer(contentType: string, chunks: readonly Buffer[]): Answer {
  return {
    contentType,
    async *[Symbol.asyncIterator]() {
      yield* chunks;
    },
  };
}

function cutAt(bytes: Buffer, places: readonly number[]): readonly Buffer[] {
  const cuts = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].sort(
    (left, right) => left - right,
  );
  return cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
}

const metadataOf = (name: string, version: string): Buffer =>
  delimited(
    1,
    Buffer.concat([delimited(1, name), delimited(3, 'shop'), delimited(5, `uid-${name}`), delimited(6, version)]),
  );

async function listed(chunks: readonly Buffer[]): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for await (const items of listItems(answer(listType, chunks), kinds.services.message, 4_096)) {
    for (const item of items) found.push(item.type === 'item' ? item.object.metadata.name : item);
  }
  return found;
}

async function watched(chunks: readonly Buffer[]): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for await (const frames of watchFrames(answer(watchType, chunks), kinds.services.message, 4_096)) {
    for (const one of frames) found.push('object' in one ? `${one.type} ${one.object.metadata.name}` : one);
  }
  return found;
}

const listMetadata = delimited(1, Buffer.concat([delimited(2, '41'), delimited(3, 'more'), varintField(4, 7n)]));
const pageEnd = { type: 'pageEnd', metadata: { resourceVersion: '41', continueToken: 'more', remainingItemCount: 7 } };

test('however a list is cut, its items come in order and its metadata at the end', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(300), { maxLength: 8 }),
      fc.array(fc.nat(100_000)),
      fc.boolean(),
      async (sizes, places, metadataLast) => {
        const names = sizes.map((size, index) => `${index}-${'x'.repeat(size)}`);
        const items = names.map((name) => delimited(2, metadataOf(name, '1')));
        const content = Buffer.concat(metadataLast ? [...items, listMetadata] : [listMetadata, ...items]);
        assert.deepEqual(await listed(cutAt(wrapped('ServiceList', content), places)), [...names, pageEnd]);
      },
    ),
  );
});

test('however a watch is cut, its frames come in order', async () => {
  const bookmark = delimited(
    1,
    Buffer.concat([
      delimited(6, '50'),
      delimited(12, Buffer.concat([delimited(1, 'k8s.io/initial-events-end'), delimited(2, 'true')])),
    ]),
  );
  const bytes = Buffer.concat([
    frame('ADDED', 'Service', metadataOf('a', '1')),
    frame('MODIFIED', 'Service', metadataOf('b', '2')),
    frame('DELETED', 'Service', metadataOf('a', '3')),
    frame('BOOKMARK', 'Service', bookmark),
    frame('ADDED', 'Service', metadataOf('', '3')),
  ]);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(10_000)), async (places) => {
      assert.deepEqual(await watched(cutAt(bytes, places)), [
        'added a',
        'modified b',
        'deleted a',
        { type: 'bookmark', resourceVersion: '50', initialEventsEnd: true },
        { type: 'skipped', message: 'shop/(no name) lacks its name, uid or resource version' },
      ]);
    }),
  );
});

const names = ['a', 'b', 'c', 'd'];
const serviceOf = (name: string): string =>
  JSON.stringify({ metadata: { name, namespace: 'shop', uid: `uid-${name}`, resourceVersion: '1' } });
const protobufList = wrapped('ServiceList', Buffer.concat(names.map((name) => delimited(2, metadataOf(name, '1')))));

/** [form, content type, what comes before the first, each by itself, how it is read] */
const oneByOne: readonly (readonly [
  string,
  string,
  Buffer,
  readonly Buffer[],
  typeof listItems | typeof watchFrames,
])[] = [
  [
    'a list of JSON',
    'application/json',
    Buffer.from('{"kind":"ServiceList","metadata":{"resourceVersion":"1"},"items":['),
    names.map((name, index) => Buffer.from(`${index === 0 ? '' : ','}${serviceOf(name)}`)),
    listItems,
  ],
  [
    'a list of protobuf',
    listType,
    protobufList.subarray(0, protobufList.indexOf(delimited(2, metadataOf('a', '1')))),
    names.map((name) => delimited(2, metadataOf(name, '1'))),
    listItems,
  ],
  [
    'a watch of JSON',
    'application/json',
    Buffer.alloc(0),
    names.map((name) => Buffer.from(`{"type":"ADDED","object":${serviceOf(name)}}\n`)),
    watchFrames,
  ],
  [
    'a watch of protobuf',
    watchType,
    Buffer.alloc(0),
    names.map((name) => frame('ADDED', 'Service', metadataOf(name, '1'))),
    watchFrames,
  ],
];

for (const [title, contentType, before, each, read] of oneByOne) {
  test(`${title} is handed on object by object: nothing waits for the next chunk`, async () => {
    let taken = 0;
    async function* chunks(): AsyncGenerator<Buffer, void, undefined> {
      yield before;
      for (const [index, chunk] of each.entries()) {
        yield chunk;
        assert.equal(taken, index + 1, 'asked for more before the last object was taken');
      }
    }
    const source: Answer = { contentType, [Symbol.asyncIterator]: chunks };
    // The list and the stream of this test have no proper end.
    const reading = async (): Promise<void> => {
      for await (const objects of read(source, kinds.services.message)) for (const _ of objects) taken++;
    };
    if (read === listItems)
      await assert.rejects(reading(), /the list ended in the middle|a list has no resource version/);
    else await reading();
    assert.equal(taken, names.length);
  });
}

const expired = Buffer.concat([
  delimited(3, 'too old resource version: 1 (9)'),
  delimited(4, 'Expired'),
  varintField(6, 410n),
]);

test('an ERROR frame is the StatusError that its Status says', async () => {
  const [found] = await watched([frame('ERROR', 'Status', expired)]);
  assert.ok(typeof found === 'object' && found !== null && 'error' in found);
  const { code, reason, message } = found.error as { code: number; reason: string; message: string };
  assert.deepEqual(
    { code, reason, message },
    { code: 410, reason: 'Expired', message: 'too old resource version: 1 (9)' },
  );
});

test('a refusal is read in whichever form it came', () => {
  assert.deepEqual(parseRefusal(listType, wrapped('Status', expired)), {
    message: 'too old resource version: 1 (9)',
    reason: 'Expired',
    code: 410,
  });
  assert.deepEqual(parseRefusal('application/json', Buffer.from('{"code":403}')), { code: 403 });
  assert.equal(parseRefusal('text/html', Buffer.from('<h1>502</h1>')), '<h1>502</h1>');
  assert.equal(parseRefusal(listType, Buffer.from('<h1>502</h1>')), '<h1>502</h1>');
});

const broken: readonly (readonly [what: string, run: () => Promise<unknown>, kind: string])[] = [
  ['a list that ends early', () => listed([wrapped('ServiceList', listMetadata).subarray(0, 20)]), 'broken'],
  ['a list that never began', () => listed([]), 'broken'],
  ['a page instead of a list', () => listed([Buffer.from('<h1>502 Bad Gateway</h1>')]), 'undecodable'],
  ['an item past the limit', () => listed([wrapped('ServiceList', delimited(2, Buffer.alloc(5_000)))]), 'tooLarge'],
  ['a list without a version', () => listed([wrapped('ServiceList', Buffer.alloc(0))]), 'undecodable'],
  [
    'a watch that ends inside a frame',
    () => watched([frame('ADDED', 'Service', metadataOf('a', '1')).subarray(0, 30)]),
    'broken',
  ],
  ['a watch that ends inside a length', () => watched([Buffer.from([0, 0])]), 'broken'],
  ['a frame past the limit', () => watched([Buffer.from([0x3c, 0x68, 0x31, 0x3e])]), 'tooLarge'],
  ['a frame that is none', () => watched([Buffer.from([0, 0, 0, 2, 0xff, 0xff])]), 'undecodable'],
  ['a frame without an object', () => watched([Buffer.from([0, 0, 0, 0])]), 'undecodable'],
];

for (const [what, run, kind] of broken) {
  test(`${what} is said to be ${kind}`, async () => {
    await assert.rejects(run(), { name: 'TransportError', kind });
  });
}

test('protobuf is asked for first, and JSON is taken where there is none', () => {
  assert.equal(acceptedForms(null), 'application/vnd.kubernetes.protobuf, application/json');
  const [first, second] = acceptedForms('PartialObjectMetadata').split(', ');
  assert.equal(first, 'application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1');
  assert.equal(second, 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1');
});
