import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts';
import type { ReflectorEvent } from '../reflector/event.ts';
import { type CacheDelta, ObjectCache } from './object-cache.ts';
import { ObjectIndex } from './object-index.ts';
import { type Versioned, versionMark } from './project-metadata.ts';

interface Thing extends Versioned {
  readonly node: string;
}

function object(namespace: string, name: string, uid: string, version: number, node = 'n'): KubernetesObject {
  return { metadata: { namespace, name, uid, resourceVersion: String(version) }, raw: { node } };
}

function newCache() {
  const deltas: CacheDelta<Thing>[] = [];
  const index = new ObjectIndex<Thing>(({ node }) => node);
  /** Run in the listener: what it sees must already be true. */
  const looks: (() => void)[] = [];
  const cache: ObjectCache<Thing> = new ObjectCache<Thing>({
    project: ({ metadata, raw }) =>
      raw['node'] === 'ignored'
        ? null
        : {
            namespace: metadata.namespace ?? '',
            name: metadata.name,
            uid: metadata.uid,
            version: versionMark(metadata.resourceVersion),
            node: String(raw['node']),
          },
    index: (previous, current) => index.replace(previous, current),
    onDelta: (delta) => {
      deltas.push(delta);
      for (const look of looks) look();
    },
  });
  const told = (): string[] =>
    deltas.splice(0).map(({ previous, current }) => `${previous?.uid ?? '-'}>${current?.uid ?? '-'}`);
  return { cache, index, told, looks };
}

function list(sink: (event: ReflectorEvent) => void, version: number, objects: readonly KubernetesObject[]): void {
  sink({ type: 'init' });
  for (const one of objects) sink({ type: 'initApply', object: one });
  sink({ type: 'initDone', resourceVersion: String(version) });
}

test('readers see the old picture until a list is complete, and nothing is deleted by half a list', () => {
  const { cache, told } = newCache();
  const sink = cache.feed(null);
  list(sink, 5, [object('a', 'x', 'u1', 1), object('a', 'y', 'u2', 2)]);
  assert.deepEqual(told(), ['->u1', '->u2']);
  sink({ type: 'init' });
  sink({ type: 'initApply', object: object('a', 'x', 'u1', 7) });
  assert.equal(cache.get('a', 'x')?.version, 1);
  assert.equal(cache.get('a', 'y')?.uid, 'u2');
  assert.deepEqual(told(), []);
  // It breaks off and starts again.
  list(sink, 8, [object('a', 'x', 'u1', 7)]);
  assert.deepEqual(told().sort(), ['u1>u1', 'u2>-']);
  assert.equal(cache.get('a', 'y'), null);
  list(sink, 9, [object('a', 'x', 'u1', 7)]);
  assert.deepEqual(told(), [], 'a deletion is delivered once');
});

test('during the commit every listener sees the new picture and the new indexes, whole', () => {
  const { cache, index, looks } = newCache();
  const sink = cache.feed(null);
  list(sink, 1, [object('a', 'x', 'u1', 1), object('a', 'y', 'u2', 1)]);
  looks.push(() => {
    assert.equal(cache.get('a', 'x'), null);
    assert.equal(cache.get('b', 'z')?.uid, 'u3');
    assert.deepEqual(
      index.get('n').map(({ uid }) => uid),
      ['u3'],
    );
  });
  list(sink, 2, [object('b', 'z', 'u3', 2)]);
});

test('the same uid and version is no change; the same name with another uid is a deletion and an addition', () => {
  const { cache, told } = newCache();
  const sink = cache.feed(null);
  list(sink, 1, [object('a', 'x', 'u1', 1)]);
  told();
  sink({ type: 'apply', object: object('a', 'x', 'u1', 1) });
  assert.deepEqual(told(), []);
  sink({ type: 'apply', object: object('a', 'x', 'u2', 2) });
  assert.deepEqual(told(), ['u1>-', '->u2']);
  sink({ type: 'delete', object: object('a', 'x', 'u1', 3) });
  assert.deepEqual(told(), [], 'the end of the predecessor is not the end of the successor');
  sink({ type: 'delete', object: object('a', 'x', 'u2', 4) });
  sink({ type: 'delete', object: object('a', 'x', 'u2', 4) });
  assert.deepEqual(told(), ['u2>-']);
});

test('after an etcd restore that counts versions again, equal versions prove nothing', () => {
  const { cache, told } = newCache();
  const sink = cache.feed(null);
  list(sink, 100, [object('a', 'x', 'u1', 50, 'old')]);
  told();
  list(sink, 60, [object('a', 'x', 'u1', 50, 'new')]);
  assert.deepEqual(told(), ['u1>u1']);
  assert.equal(cache.get('a', 'x')?.node, 'new');
});

test('a list of one namespace sweeps that namespace and no other', () => {
  const { cache, told } = newCache();
  const [a, b] = [cache.feed('a'), cache.feed('b')];
  list(a, 1, [object('a', 'x', 'u1', 1)]);
  list(b, 1, [object('b', 'x', 'u2', 1)]);
  told();
  list(a, 2, []);
  assert.deepEqual(told(), ['u1>-']);
  assert.equal(cache.get('b', 'x')?.uid, 'u2');
  assert.equal(cache.count('a'), 0);
  assert.equal(cache.count(null), 1);
});

test('what is deleted while the initial stream runs is not in the picture', () => {
  const { cache } = newCache();
  const sink = cache.feed(null);
  sink({ type: 'init' });
  sink({ type: 'initApply', object: object('a', 'x', 'u1', 1) });
  sink({ type: 'initDelete', object: object('a', 'x', 'u1', 2) });
  sink({ type: 'initDone', resourceVersion: '3' });
  assert.equal(cache.count(null), 0);
});

test('objects that are not kept still count, and can become ones that are', () => {
  const { cache, told } = newCache();
  const sink = cache.feed(null);
  list(sink, 1, [object('a', 'x', 'u1', 1, 'ignored')]);
  assert.equal(cache.count(null), 1);
  assert.deepEqual(told(), []);
  sink({ type: 'apply', object: object('a', 'x', 'u1', 2, 'n') });
  sink({ type: 'apply', object: object('a', 'x', 'u1', 3, 'ignored') });
  assert.deepEqual(told(), ['->u1', 'u1>-']);
  sink({ type: 'delete', object: object('a', 'x', 'u1', 4) });
  assert.equal(cache.count(null), 0);
});

test('whatever the order of lists and changes, cache, index and told deltas agree with a plain map', () => {
  const name = fc.constantFrom('x', 'y', 'z');
  const namespace = fc.constantFrom('a', 'b');
  const node = fc.constantFrom('n1', 'n2', 'ignored');
  const one = fc.record({ namespace, name, uid: fc.constantFrom('1', '2'), node });
  const step = fc.oneof(
    fc.record({ type: fc.constant('apply' as const), one }),
    fc.record({ type: fc.constant('delete' as const), one }),
    fc.record({
      type: fc.constant('list' as const),
      all: fc.uniqueArray(one, { selector: (thing) => `${thing.namespace}/${thing.name}`, maxLength: 6 }),
      isComplete: fc.boolean(),
    }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (script) => {
      const { cache, index, told } = newCache();
      const sink = cache.feed(null);
      // Uids as they follow from the deltas alone.
      const followed = new Set<string>();
      const model = new Map<string, string>();
      let version = 0;
      list(sink, ++version, []);
      const identity = (thing: { namespace: string; name: string; uid: string }) =>
        `${thing.namespace}/${thing.name}/${thing.uid}`;
      const parse = (thing: typeof one extends fc.Arbitrary<infer Thing> ? Thing : never) =>
        object(thing.namespace, thing.name, `${thing.namespace}${thing.name}${thing.uid}`, version, thing.node);
      for (const event of script) {
        version++;
        switch (event.type) {
          case 'apply':
            sink({ type: 'apply', object: parse(event.one) });
            model.set(`${event.one.namespace}/${event.one.name}`, `${identity(event.one)} ${event.one.node}`);
            break;
          case 'delete': {
            const key = `${event.one.namespace}/${event.one.name}`;
            const known = model.get(key);
            // A server only tells the end of what is there.
            if (known?.split(' ')[0] !== identity(event.one)) break;
            sink({ type: 'delete', object: parse(event.one) });
            model.delete(key);
            break;
          }
          case 'list':
            if (!event.isComplete) {
              sink({ type: 'init' });
              for (const thing of event.all) sink({ type: 'initApply', object: parse(thing) });
              break;
            }
            list(sink, version, event.all.map(parse));
            model.clear();
            for (const thing of event.all) {
              model.set(`${thing.namespace}/${thing.name}`, `${identity(thing)} ${thing.node}`);
            }
            break;
        }
        for (const [gone, come] of told().map((delta) => delta.split('>'))) {
          if (gone !== undefined && gone !== '-') assert.ok(followed.delete(gone), `${gone} went without having come`);
          if (come !== undefined && come !== '-') followed.add(come);
        }
        assert.deepEqual([...followed].sort(), [...cache.values()].map(({ uid }) => uid).sort());
        const kept = [...model].filter(([, text]) => !text.endsWith('ignored'));
        const picture = [...cache.values()].map((thing) => `${thing.namespace}/${thing.name} ${thing.node}`).sort();
        assert.deepEqual(picture, kept.map(([key, text]) => `${key} ${text.split(' ')[1]}`).sort());
        assert.equal(cache.count(null), model.size);
        for (const wanted of ['n1', 'n2']) {
          const indexed = index
            .get(wanted)
            .map((thing) => `${thing.namespace}/${thing.name}`)
            .sort();
          const expected = kept.filter(([, text]) => text.endsWith(` ${wanted}`)).map(([key]) => key);
          assert.deepEqual(indexed, expected.sort());
        }
      }
    }),
    { numRuns: 1_000 },
  );
});
