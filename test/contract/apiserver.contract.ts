import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { systemClock } from '../../controller/clock.ts';
import { kinds } from '../../controller/kubernetes/kinds.ts';
import type { Transport } from '../../controller/kubernetes/transport.ts';
import { parseWatchFrame, type WatchFrame } from '../../controller/kubernetes/watch-stream.ts';
import { isRecord } from '../../controller/kubernetes/kubernetes-object.ts';
import { Reflector } from '../../controller/reflector/reflector.ts';
import { Mirror } from '../support/mirror.ts';
import { type Answer, compareWithRecorded } from './recorded.ts';

/** A server that the contract is held against: a real kube-apiserver, or the simulator. */
export interface ServerUnderTest {
  /** `v1.36.3`; null for the simulator. */
  readonly kubernetesVersion: string | null;
  /** `1.36`: whose recorded bodies count. */
  readonly minor: string;
  /** False where `sendInitialEvents` is refused. */
  readonly streamsLists: boolean;
  readonly transport: Transport;
  /** One request as it is. `token` null sends none, undefined the administrator's. */
  get(path: string, options?: { readonly accept?: string; readonly token?: string | null }): Promise<Answer>;
  createNamespace(name: string): Promise<void>;
  createService(namespace: string, name: string): Promise<void>;
  labelService(namespace: string, name: string, value: string): Promise<void>;
  deleteService(namespace: string, name: string): Promise<void>;
  createPod(namespace: string, name: string, containers: readonly string[]): Promise<void>;
  setPodPhase(namespace: string, name: string, phase: string): Promise<void>;
  /** Compaction, so that every version so far is expired. */
  forgetHistory(): Promise<void>;
  /** The token of somebody who may do nothing. */
  readonly powerlessToken: () => Promise<string>;
  /** Asks until the server says 429, and returns that. */
  tooManyRequests(): Promise<Answer>;
  stop(): Promise<void>;
}

const metadataList = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
const metadataObject = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
const notOlder = 'resourceVersionMatch=NotOlderThan';
const streamed = `watch=true&sendInitialEvents=true&${notOlder}&allowWatchBookmarks=true`;

/** Everything that the reflector and the transport rely on, once for each server. */
export function apiServerContract(name: string, start: () => Promise<ServerUnderTest>): void {
  describe(`API server contract: ${name}`, () => {
    let server: ServerUnderTest;
    before(async () => {
      server = await start();
      for (const namespace of ['shop', 'bank']) await server.createNamespace(namespace);
      for (const service of ['a', 'b', 'c']) await server.createService('shop', service);
      await server.createService('bank', 'd');
    });
    after(() => server?.stop());

    /** The name begins with the status; a refusal inside a stream is in a 200. */
    const compare = (recording: string, request: string, answer: Answer) => {
      const inStream = answer.text.startsWith('{"type":"ERROR"');
      assert.equal(answer.status, inStream ? 200 : Number(recording.slice(0, 3)), answer.text);
      compareWithRecorded(recording, request, answer, server.kubernetesVersion, server.minor);
    };

    const list = async (path: string, accept?: string) => {
      const answer = await server.get(path, accept === undefined ? {} : { accept });
      assert.equal(answer.status, 200, answer.text);
      return parseList(answer.text);
    };
    const present = async () => (await list('/api/v1/namespaces/shop/services?limit=1')).resourceVersion;

    test('a list has kind, version and items in the order of namespace and name; items have no kind', async () => {
      const body = await list('/api/v1/services?fieldSelector=metadata.namespace!=default');
      assert.equal(body.kind, 'ServiceList');
      assert.match(body.resourceVersion, /^[1-9]\d*$/);
      assert.deepEqual(body.names, ['bank/d', 'shop/a', 'shop/b', 'shop/c']);
      assert.deepEqual(
        Object.keys(body.items[0] ?? {}).filter((field) => field === 'kind' || field === 'apiVersion'),
        [],
      );
    });

    test('pages are of one moment, count what is left, and end without a token', async () => {
      const first = await list('/api/v1/namespaces/shop/services?limit=2');
      assert.deepEqual(first.names, ['shop/a', 'shop/b']);
      assert.equal(first.remaining, 1);
      await server.createService('shop', 'bb');
      const second = await list(`/api/v1/namespaces/shop/services?limit=2&continue=${first.token}`);
      assert.deepEqual(second.names, ['shop/c']);
      assert.equal(second.resourceVersion, first.resourceVersion);
      assert.equal(second.token, '');
      assert.equal(second.remaining, null);
      await server.deleteService('shop', 'bb');
    });

    test('a list at "0" comes from the watch cache and takes no notice of limit', async () => {
      const body = await list('/api/v1/namespaces/shop/services?resourceVersion=0&limit=1');
      assert.equal(body.names.length, 3);
      assert.equal(body.token, '');
    });

    test('"not older than" is what it says', async () => {
      const version = await present();
      const body = await list(`/api/v1/services?resourceVersion=${version}&${notOlder}`);
      assert.ok(BigInt(body.resourceVersion) >= BigInt(version));
    });

    for (const [recording, path] of [
      ['504-list-too-large-version', '/api/v1/services?resourceVersion=99999999'],
      ['400-list-version', '/api/v1/services?resourceVersion=zebra'],
      ['500-watch-version', '/api/v1/services?watch=true&resourceVersion=zebra'],
      ['400-field', '/api/v1/services?fieldSelector=spec.colour!=red'],
      ['400-continue', '/api/v1/services?limit=1&continue=garbage'],
      ['404-object', '/api/v1/namespaces/shop/services/none'],
      ['404-object-of-a-group', '/apis/apps/v1/namespaces/shop/deployments/none'],
      ['404-resource', '/api/v1/colours'],
      ['404-group', '/apis/colours.example.com/v1/colours'],
      ['404-metrics', '/apis/metrics.k8s.io/v1beta1/pods'],
      ['404-log', '/api/v1/namespaces/shop/pods/none/log'],
    ] as const) {
      test(`${recording}: GET ${path}`, async () => {
        compare(recording, path, await server.get(path));
      });
    }

    test('401: no such token', async () => {
      compare('401', '/api/v1/services', await server.get('/api/v1/services', { token: 'wrong' }));
    });

    for (const [recording, path] of [
      ['403-list-cluster', '/api/v1/pods'],
      ['403-list-namespace', '/api/v1/namespaces/shop/pods'],
      ['403-list-group', '/apis/apps/v1/deployments'],
      ['403-watch', '/api/v1/pods?watch=true'],
      ['403-get', '/api/v1/namespaces/shop/services/a'],
    ] as const) {
      test(`${recording}: GET ${path}`, async () => {
        compare(recording, path, await server.get(path, { token: await server.powerlessToken() }));
      });
    }

    test('429 says so, and when to come back', async () => {
      compare('429', '/api/v1/services', await server.tooManyRequests());
    });

    test('a watch tells of what is added, changed and deleted after its version, in order, and ends by its timeout', async () => {
      const version = await present();
      await server.createService('shop', 'watched');
      await server.labelService('shop', 'watched', 'one');
      await server.deleteService('shop', 'watched');
      const path = `/api/v1/namespaces/shop/services?watch=true&resourceVersion=${version}&timeoutSeconds=1`;
      const frames = framesOf(await server.get(path));
      assert.deepEqual(frames.map(describeFrame), ['added watched', 'modified watched', 'deleted watched']);
      const versions = frames.map((frame) => ('object' in frame ? BigInt(frame.object.metadata.resourceVersion) : 0n));
      assert.ok(
        versions.every((version, index) => index === 0 || version > (versions[index - 1] ?? 0n)),
        versions.join(),
      );
      assert.deepEqual(
        frames.map((frame) => 'object' in frame && frame.object.raw['kind']),
        ['Service', 'Service', 'Service'],
      );
    });

    test('a watch ahead of the server is silent', async () => {
      const path = '/api/v1/services?watch=true&resourceVersion=99999999&timeoutSeconds=1';
      assert.deepEqual(framesOf(await server.get(path)), []);
    });

    test('a bookmark comes before the timeout, when there is something newer', async () => {
      const version = await present();
      const path = `/api/v1/namespaces/shop/services?watch=true&allowWatchBookmarks=true&resourceVersion=${version}&timeoutSeconds=6`;
      const watching = server.get(path);
      await server.createService('bank', 'elsewhere');
      const frames = framesOf(await watching);
      assert.deepEqual([...new Set(frames.map((frame) => frame.type))], ['bookmark']);
      for (const frame of frames) {
        assert.ok(frame.type === 'bookmark' && !frame.initialEventsEnd);
        assert.ok(BigInt(frame.resourceVersion) > BigInt(version));
      }
      await server.deleteService('bank', 'elsewhere');
    });

    test('WatchList: the collection, a bookmark that ends it, then changes', async (context) => {
      if (!server.streamsLists) return context.skip('this server has no WatchList');
      const stop = new AbortController();
      const query = {
        watch: true,
        sendInitialEvents: true,
        resourceVersionMatch: 'NotOlderThan',
        allowWatchBookmarks: true,
      };
      const chunks = await server.transport.stream('/api/v1/namespaces/shop/services', query, stop.signal);
      const seen: string[] = [];
      let bookmarked = false;
      for await (const frame of framesIn(chunks)) {
        seen.push(describeFrame(frame));
        if (frame.type === 'bookmark' && frame.initialEventsEnd && !bookmarked) {
          bookmarked = true;
          await server.createService('shop', 'live');
        }
        if (seen.at(-1) === 'added live') break;
      }
      assert.deepEqual(seen, ['added a', 'added b', 'added c', 'end of initial events', 'added live']);
      await server.deleteService('shop', 'live');
    });

    test('WatchList ahead of the server is refused inside the stream', async (context) => {
      if (!server.streamsLists) return context.skip('this server has no WatchList');
      const path = `/api/v1/services?${streamed}&resourceVersion=99999999&timeoutSeconds=5`;
      compare('504-stream-too-large-version', path, await server.get(path));
    });

    test('WatchList where it is off: 422', async (context) => {
      if (server.streamsLists) return context.skip('this server has WatchList');
      compare(
        '422-watch-list',
        `/api/v1/services?${streamed}`,
        await server.get(`/api/v1/services?${streamed}&timeoutSeconds=1`),
      );
    });

    test('422: sendInitialEvents without a match', async (context) => {
      if (!server.streamsLists) return context.skip('this server has no WatchList');
      const path = '/api/v1/services?watch=true&sendInitialEvents=true&timeoutSeconds=1';
      compare('422-without-match', path, await server.get(path));
    });

    test('metadata only: lists, objects, frames and bookmarks hold nothing else', async (context) => {
      const path = '/api/v1/namespaces/shop/services';
      const body = await list(path, metadataList);
      assert.equal(body.kind, 'PartialObjectMetadataList');
      assert.deepEqual(body.names, ['shop/a', 'shop/b', 'shop/c']);
      assert.deepEqual(Object.keys(body.items[0] ?? {}).sort(), ['apiVersion', 'kind', 'metadata']);
      const one: unknown = JSON.parse((await server.get(`${path}/a`, { accept: metadataObject })).text);
      assert.deepEqual(Object.keys(one ?? {}).sort(), ['apiVersion', 'kind', 'metadata']);
      if (!server.streamsLists) return context.skip('the rest needs WatchList');
      const lines = linesOf(await server.get(`${path}?${streamed}&timeoutSeconds=1`, { accept: metadataObject }));
      assert.equal(lines.length, 4);
      for (const line of lines) {
        const frame: { readonly object: object } = JSON.parse(line);
        assert.deepEqual(Object.keys(frame.object).sort(), ['apiVersion', 'kind', 'metadata']);
      }
    });

    test('field selectors of a blocklist; nothing is counted with one', async () => {
      const body = await list(
        '/api/v1/services?limit=1&fieldSelector=metadata.namespace!=default,metadata.namespace!=bank',
      );
      assert.deepEqual(body.names, ['shop/a']);
      assert.notEqual(body.token, '');
      assert.equal(body.remaining, null);
      const namespaces = await list('/api/v1/namespaces?fieldSelector=metadata.name!=shop');
      assert.ok(namespaces.names.includes('/bank') && !namespaces.names.includes('/shop'));
    });

    test('a pod that leaves a selector is deleted for that watch, one that enters it is added', async () => {
      await server.createPod('shop', 'moving', ['main']);
      await server.setPodPhase('shop', 'moving', 'Running');
      const version = await present();
      await server.setPodPhase('shop', 'moving', 'Succeeded');
      await server.setPodPhase('shop', 'moving', 'Running');
      const selector = 'fieldSelector=status.phase!=Succeeded';
      const path = `/api/v1/namespaces/shop/pods?watch=true&${selector}&resourceVersion=${version}&timeoutSeconds=1`;
      const frames = framesOf(await server.get(path)).filter((frame) => describeFrame(frame).endsWith('moving'));
      assert.deepEqual(
        frames.map(describeFrame).filter((text) => !text.startsWith('modified')),
        ['deleted moving', 'added moving'],
      );
    });

    test('a log of several containers must name one that exists', async () => {
      await server.createPod('shop', 'double', ['one', 'two']);
      const path = '/api/v1/namespaces/shop/pods/double/log';
      compare('400-log-container', path, await server.get(path));
      compare('400-log-no-such-container', `${path}?container=three`, await server.get(`${path}?container=three`));
    });

    test('/version names major, minor and gitVersion', async () => {
      const version: { readonly major?: string; readonly minor?: string; readonly gitVersion?: string } = JSON.parse(
        (await server.get('/version')).text,
      );
      assert.equal(version.major, '1');
      assert.match(version.minor ?? '', /^\d+\+?$/);
      assert.match(version.gitVersion ?? '', /^v1\.\d+\.\d+/);
    });

    test('the reflector keeps a mirror equal to it', async () => {
      const mirror = new Mirror();
      const stop = new AbortController();
      const quiet = () => undefined;
      const reflector = new Reflector({
        kind: kinds.services,
        namespace: 'shop',
        transport: server.transport,
        clock: systemClock,
        random: Math.random,
        log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
        sink: mirror.sink,
        onStatus: quiet,
      });
      const running = reflector.start(stop.signal);
      await until(() => reflector.status().state === 'synced');
      await server.createService('shop', 'mirrored');
      await server.labelService('shop', 'a', 'seen');
      await server.deleteService('shop', 'mirrored');
      await until(() => mirror.deleted.includes('shop/mirrored'));
      const body = await list('/api/v1/namespaces/shop/services');
      assert.deepEqual(mirror.picture(), body.identities);
      assert.equal(reflector.status().counters.failures, server.streamsLists ? 0 : 1);
      stop.abort(new Error('done'));
      await running;
    });

    // Last, because it takes the server's memory.
    test('410: what is compacted is expired, as a watch, as a page and as an exact list', async () => {
      const { resourceVersion, token } = await list('/api/v1/namespaces/shop/services?limit=1');
      await server.labelService('shop', 'b', 'later');
      await server.forgetHistory();
      const watch = `/api/v1/namespaces/shop/services?watch=true&resourceVersion=${resourceVersion}&timeoutSeconds=2`;
      compare('410-watch', '/api/v1/namespaces/shop/services?watch=true&resourceVersion=N', await server.get(watch));
      const page = `/api/v1/namespaces/shop/services?limit=1&continue=${token}`;
      compare('410-continue', '/api/v1/namespaces/shop/services?limit=1&continue=TOKEN', await server.get(page));
      const exact = `/api/v1/namespaces/shop/services?resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`;
      compare(
        '410-exact',
        '/api/v1/namespaces/shop/services?resourceVersion=N&resourceVersionMatch=Exact',
        await server.get(exact),
      );
    });
  });
}

interface ParsedList {
  readonly kind: string;
  readonly resourceVersion: string;
  readonly token: string;
  readonly remaining: number | null;
  readonly items: readonly object[];
  /** `namespace/name` */
  readonly names: readonly string[];
  readonly identities: readonly string[];
}

function parseList(text: string): ParsedList {
  const body: {
    readonly kind: string;
    readonly metadata: {
      readonly resourceVersion: string;
      readonly continue?: string;
      readonly remainingItemCount?: number;
    };
    readonly items: readonly {
      readonly metadata: {
        readonly namespace?: string;
        readonly name: string;
        readonly uid: string;
        readonly resourceVersion: string;
      };
    }[];
  } = JSON.parse(text);
  const names = body.items.map((item) => `${item.metadata.namespace ?? ''}/${item.metadata.name}`);
  return {
    kind: body.kind,
    resourceVersion: body.metadata.resourceVersion,
    token: body.metadata.continue ?? '',
    remaining: body.metadata.remainingItemCount ?? null,
    items: body.items,
    names,
    identities: body.items.map(
      (item, index) => `${names[index]} ${item.metadata.uid} ${item.metadata.resourceVersion}`,
    ),
  };
}

function linesOf(answer: Answer): readonly string[] {
  assert.equal(answer.status, 200, answer.text);
  return answer.text.split('\n').filter((line) => line !== '');
}

function framesOf(answer: Answer): readonly WatchFrame[] {
  return linesOf(answer).map((line) => frameOfLine(line));
}

function frameOfLine(line: string): WatchFrame {
  const event: unknown = JSON.parse(line);
  assert.ok(isRecord(event), line);
  return parseWatchFrame({ type: event['type'], object: event['object'] });
}

async function* framesIn(chunks: AsyncIterable<Buffer>): AsyncGenerator<WatchFrame, void, undefined> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield frameOfLine(line);
  }
}

function describeFrame(frame: WatchFrame): string {
  if ('object' in frame) return `${frame.type} ${frame.object.metadata.name}`;
  return frame.type === 'bookmark' && frame.initialEventsEnd ? 'end of initial events' : frame.type;
}

/** Polls: these are real servers and real sockets. */
async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!condition()) {
    assert.ok(performance.now() < deadline, 'it did not come to pass within 20 s');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
