import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createSecureServer } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { CredentialSource } from '../../controller/kubernetes/credentials.ts';
import { HttpTransport, type HttpTransportOptions } from '../../controller/kubernetes/http-transport.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../simulator/simulator.ts';
import { firstCertificate, secondCertificate } from '../support/certificates.ts';

// What only a real socket shows: faults 6, 7, 8, 15, 19, 28 and 33, and that nothing is left open.

const directory = await mkdtemp(join(tmpdir(), 'maintenant-sockets-'));
after(() => rm(directory, { recursive: true }));
const never = new AbortController().signal;
const podsPath = '/api/v1/pods';

interface Setup {
  readonly simulator: Simulator;
  readonly transport: HttpTransport;
}

async function setUp(
  context: TestContext,
  options: SimulatorOptions & { readonly client?: Partial<HttpTransportOptions> } = {},
): Promise<Setup> {
  const simulator = await startSimulator(options);
  const credentials = new CredentialSource({ type: 'kubeconfig', paths: [simulator.kubeconfigPath] });
  const transport = new HttpTransport({
    credentials,
    userAgent: 'maintenant/test',
    environment: {},
    ...options.client,
  });
  context.after(async () => {
    await transport.close();
    await simulator.stop();
  });
  return { simulator, transport };
}

async function read(chunks: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const chunk of chunks) text += chunk.toString();
  return text;
}

test('ten requests, one after the other, are at most two TLS handshakes', async (context) => {
  const { simulator, transport } = await setUp(context, { tls: firstCertificate });
  for (let round = 0; round < 10; round++) await transport.get(podsPath, {}, never);
  // The first may not be free again yet when the second is asked for.
  assert.ok(simulator.connections() <= 2, `${simulator.connections()} connections`);
  assert.equal(simulator.api.requests[0]?.userAgent, 'maintenant/test');
});

for (const type of ['reset', 'close'] as const) {
  test(`6: a list that is cut (${type}) is an error, never a short list`, async (context) => {
    const { simulator, transport } = await setUp(context);
    for (let index = 0; index < 50; index++) simulator.store.create('pods', { metadata: { name: `pod-${index}` } });
    simulator.api.faults.add({ type, afterLines: 0, plusBytes: 500 });
    await assert.rejects(transport.get(podsPath, {}, never), (error: Error) => {
      // A reset breaks the transfer; an end in good order leaves JSON that is none.
      assert.equal(error.name, 'TransportError');
      assert.match(error.message, type === 'reset' ? /other side closed|terminated|aborted/ : /is no JSON/);
      return true;
    });
  });
}

test('7: TCP keepalive is on, so that a peer that vanished is noticed', async (context) => {
  const { simulator, transport } = await setUp(context);
  const chunks = await transport.stream(podsPath, { watch: true }, never);
  const iterator = chunks[Symbol.asyncIterator]();
  void iterator.next().catch(() => undefined);
  const port = Number(new URL(simulator.url).port).toString(16).toUpperCase().padStart(4, '0');
  const table = await readFile('/proc/net/tcp', 'utf8').catch(() => null);
  if (table === null) return context.skip('no /proc/net/tcp here');
  // Fields: sl, local, remote, state, queues, timer: 02 is the keepalive timer, in hundredths of a second.
  const row = table.split('\n').find((line) => line.trim().split(/\s+/)[2] === `0100007F:${port}`);
  const [kind, left] = (row?.trim().split(/\s+/)[5] ?? '').split(':');
  assert.equal(kind, '02');
  assert.ok(Number.parseInt(left ?? '', 16) <= 1_500, `${left}`);
});

test('8: a silent stream is cut by the idle limit, and the socket is not used again', async (context) => {
  const { simulator, transport } = await setUp(context);
  const chunks = await transport.stream(podsPath, { watch: true }, never, { idleTimeoutMs: 100 });
  await assert.rejects(read(chunks), { name: 'TransportError', kind: 'idle' });
  await transport.get(podsPath, {}, never);
  assert.equal(simulator.connections(), 2);
});

test('8: an answer that never comes is given up', async (context) => {
  const { simulator, transport } = await setUp(context);
  simulator.api.faults.add({ type: 'hang' });
  await assert.rejects(transport.stream(podsPath, {}, never, { openTimeoutMs: 100 }), { kind: 'idle' });
});

test('9: a GET that dribbles is cut at its deadline', async (context) => {
  const { simulator, transport } = await setUp(context);
  simulator.api.faults.add({ type: 'dribble', everyMs: 10, afterLines: 0 });
  await assert.rejects(transport.get(podsPath, {}, never, { timeoutMs: 150 }), {
    kind: 'idle',
    message: 'no complete answer to GET /api/v1/pods within 150 ms',
  });
});

test('an abort ends the request with its own reason', async (context) => {
  const { simulator, transport } = await setUp(context);
  const stop = new AbortController();
  const chunks = await transport.stream(podsPath, { watch: true }, stop.signal);
  const reading = read(chunks);
  stop.abort(new Error('enough'));
  await assert.rejects(reading, { message: 'enough' });
  await simulator.untilNoWatches();
});

test('breaking off the iteration closes the watch on the server', async (context) => {
  const { simulator, transport } = await setUp(context);
  simulator.store.create('pods', { metadata: { name: 'one' } });
  const chunks = await transport.stream(podsPath, { watch: true }, never);
  for await (const chunk of chunks) {
    assert.ok(chunk.length > 0);
    break;
  }
  await simulator.untilNoWatches();
});

test('15: a token that was replaced is read again after a 401, once, and trimmed', async (context) => {
  const tokenFile = join(directory, 'token');
  await writeFile(tokenFile, 'old\n');
  const simulator = await startSimulator({ traits: { tokens: { old: 'me' } } });
  const kubeconfig = join(directory, 'kubeconfig');
  await writeFile(
    kubeconfig,
    kubeconfigOf(simulator.url, { 'auth-provider': { name: 'tokenFile', config: { tokenFile } } }),
  );
  const credentials = new CredentialSource({ type: 'kubeconfig', paths: [kubeconfig] });
  const transport = new HttpTransport({ credentials, userAgent: 'test', environment: {} });
  context.after(async () => {
    await transport.close();
    await simulator.stop();
  });
  await transport.get(podsPath, {}, never);

  await writeFile(tokenFile, 'new\n');
  simulator.api.traits.tokens = { new: 'me' };
  await transport.get(podsPath, {}, never);
  assert.equal(simulator.api.requests.length, 3);

  // Revoked for good: offered twice, not for ever.
  simulator.api.traits.tokens = { another: 'me' };
  await assert.rejects(transport.get(podsPath, {}, never), { name: 'StatusError', code: 401 });
  assert.equal(simulator.api.requests.length, 5);

  // Missing for a moment: what was read last is the better guess.
  await rm(tokenFile);
  simulator.api.traits.tokens = { new: 'me' };
  await transport.get(podsPath, {}, never);
});

test('15: a credential plugin is run again after a 401', async (context) => {
  const answer = join(directory, 'credential.json');
  const say = (token: string) =>
    writeFile(
      answer,
      JSON.stringify({ kind: 'ExecCredential', apiVersion: 'client.authentication.k8s.io/v1', status: { token } }),
    );
  await say('first');
  const simulator = await startSimulator({ traits: { tokens: { first: 'me' } } });
  const kubeconfig = join(directory, 'kubeconfig-exec');
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'cat', args: [answer] };
  await writeFile(kubeconfig, kubeconfigOf(simulator.url, { exec }));
  const transport = new HttpTransport({
    credentials: new CredentialSource({ type: 'kubeconfig', paths: [kubeconfig] }),
    userAgent: 'test',
    environment: {},
  });
  context.after(async () => {
    await transport.close();
    await simulator.stop();
  });
  await transport.get(podsPath, {}, never);
  await say('second');
  simulator.api.traits.tokens = { second: 'me' };
  await transport.get(podsPath, {}, never);
});

test('19: gzip that nobody asked for is read; where its end is missing it is an error', async (context) => {
  const { simulator, transport } = await setUp(context);
  for (let index = 0; index < 50; index++) simulator.store.create('pods', { metadata: { name: `pod-${index}` } });
  simulator.api.faults.add({ type: 'gzip', truncated: false }, { type: 'gzip', truncated: true });
  assert.match(await read(await transport.stream(podsPath, {}, never)), /pod-49/);
  await assert.rejects(read(await transport.stream(podsPath, {}, never)), { name: 'TransportError', kind: 'broken' });
});

test('a proxy page with status 200 is undecodable, with its beginning', async (context) => {
  const { simulator, transport } = await setUp(context);
  simulator.api.faults.add({ type: 'answer', code: 200, page: '<html>Please sign in</html>' });
  await assert.rejects(transport.get(podsPath, {}, never), {
    kind: 'undecodable',
    message: 'the answer to GET /api/v1/pods is no JSON: "<html>Please sign in</html>"',
  });
});

test('33: a name that cannot be resolved is "unreachable", with the name', async (context) => {
  const kubeconfig = join(directory, 'kubeconfig-dns');
  await writeFile(kubeconfig, kubeconfigOf('http://no-such-host.invalid:6443', {}));
  const credentials = new CredentialSource({ type: 'kubeconfig', paths: [kubeconfig] });
  const transport = new HttpTransport({ credentials, userAgent: 'test', environment: {} });
  context.after(() => transport.close());
  await assert.rejects(transport.get(podsPath, {}, never), { kind: 'refused', message: /no-such-host\.invalid/ });
});

test('33: a rotated CA is refused until the file is read again, then new connections use it', async (context) => {
  const before = await startSimulator({ tls: firstCertificate });
  const { port } = new URL(before.url);
  const caFile = join(directory, 'ca.crt');
  await writeFile(caFile, firstCertificate.ca);
  const kubeconfig = join(directory, 'kubeconfig-ca');
  await writeFile(kubeconfig, kubeconfigOf(before.url, {}, { 'certificate-authority': caFile }));
  let monotonic = 0;
  const credentials = new CredentialSource({ type: 'kubeconfig', paths: [kubeconfig] }, () => monotonic);
  const transport = new HttpTransport({ credentials, userAgent: 'test', environment: {} });
  await transport.get(podsPath, {}, never);
  await before.stop();

  const later = await startSimulator({ tls: secondCertificate, port: Number(port) });
  context.after(async () => {
    await transport.close();
    await later.stop();
  });
  await assert.rejects(transport.get(podsPath, {}, never), { kind: 'refused', message: /CERT|certificate|issuer/i });
  await writeFile(caFile, secondCertificate.ca);
  monotonic += 60_000;
  await transport.get(podsPath, {}, never);
});

test('28: in HTTP/2 mode a GOAWAY ends the streams, and the next request has a new connection', async (context) => {
  let sessions = 0;
  const server = createSecureServer({ ...firstCertificate, allowHTTP1: false });
  server.on('session', (session) => {
    sessions++;
    session.on('stream', (stream, headers) => {
      stream.respond({ ':status': 200, 'content-type': 'application/json' });
      if (headers[':path'] === '/version') {
        stream.end('{}');
        return;
      }
      stream.write('{"type":"BOOKMARK"}\n');
      setImmediate(() => {
        session.goaway(0);
        session.destroy();
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const kubeconfig = join(directory, 'kubeconfig-h2');
  const authority = { 'certificate-authority-data': Buffer.from(firstCertificate.ca).toString('base64') };
  await writeFile(kubeconfig, kubeconfigOf(`https://127.0.0.1:${port}`, {}, authority));
  const credentials = new CredentialSource({ type: 'kubeconfig', paths: [kubeconfig] });
  const transport = new HttpTransport({ credentials, userAgent: 'test', environment: {}, http2: true });
  context.after(async () => {
    await transport.close();
    await new Promise((resolve) => server.close(resolve));
  });
  await assert.rejects(async () => read(await transport.stream(podsPath, { watch: true }, never)), { kind: 'broken' });
  await transport.get('/version', {}, never);
  assert.equal(sessions, 2);
});

test('a proxy of the environment is used, by CONNECT, and several requests do not wait for each other', async (context) => {
  const tunnels: string[] = [];
  const { server: proxy, url } = await connectProxy(tunnels);
  // A name of this machine that is not on the list of exceptions.
  const simulator = await startSimulator();
  const kubeconfig = join(directory, 'kubeconfig-proxy');
  const behind = simulator.url.replace('127.0.0.1', 'api.internal');
  await writeFile(kubeconfig, kubeconfigOf(behind, {}));
  const credentials = new CredentialSource({ type: 'kubeconfig', paths: [kubeconfig] });
  const transport = new HttpTransport({ credentials, userAgent: 'test', environment: { HTTP_PROXY: url } });
  context.after(async () => {
    await transport.close();
    await simulator.stop();
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
  });
  const watch = await transport.stream(podsPath, { watch: true }, never);
  void watch[Symbol.asyncIterator]()
    .next()
    .catch(() => undefined);
  await transport.get(podsPath, {}, never);
  assert.deepEqual(new Set(tunnels), new Set([new URL(behind).host]));
});

test('after close no socket and no timer is left', async () => {
  const resources = () =>
    process
      .getActiveResourcesInfo()
      .filter((name) => /TCP|TLS|Timeout/.test(name))
      .sort();
  const before = resources();
  const simulator = await startSimulator({ tls: firstCertificate });
  const credentials = new CredentialSource({ type: 'kubeconfig', paths: [simulator.kubeconfigPath] });
  const transport = new HttpTransport({ credentials, userAgent: 'test', environment: {} });
  const watch = await transport.stream(podsPath, { watch: true }, never);
  const reading = read(watch);
  await transport.get(podsPath, {}, never);
  await transport.close();
  await assert.rejects(reading, { name: 'TransportError' });
  await simulator.stop();
  await assert.rejects(transport.get(podsPath, {}, never), { kind: 'refused' });
  // What an earlier test left closing may have gone meanwhile; nothing may have come.
  assert.deepEqual(
    resources().filter((name) => !before.includes(name)),
    [],
  );
  assert.ok(resources().length <= before.length, resources().join());
});

function kubeconfigOf(server: string, user: object, cluster: object = {}): string {
  return JSON.stringify({
    clusters: [{ name: 'c', cluster: { server, ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });
}

/** Tunnels to loopback whatever name is asked for. */
async function connectProxy(tunnels: string[]): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer();
  server.on('connect', (request, client: Socket) => {
    tunnels.push(request.url ?? '');
    const target = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      target.pipe(client);
      client.pipe(target);
    });
    for (const socket of [client, target]) socket.on('error', () => socket.destroy());
    client.on('close', () => target.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { server, url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}` };
}
