import { browserEnvironment, EventStream } from './data/event-stream.ts';
import type { PageMessage, StreamMessage } from './data/stream-message.ts';

/**
 * One stream for all tabs of a browser: HTTP/1.1 allows six connections to a host, and `kubectl port-forward` speaks
 * HTTP/1.1. A SharedWorker from a same-origin file; it ends when the last page has gone.
 */

/** Hidden tabs say "alive" at least once a minute (timers of hidden tabs are slowed to that); five misses: gone. */
const silentPortMs = 5 * 60_000;

interface WorkerScope {
  readonly location: { readonly href: string };
  onconnect: ((event: { readonly ports: readonly MessagePort[] }) => void) | null;
}

// lib.dom knows pages only; this is the part of SharedWorkerGlobalScope that is used.
const scope = globalThis as unknown as WorkerScope;
const base = new URL('.', scope.location.href).href;
const ports = new Map<MessagePort, number>();
let latest: { hello: StreamMessage | null; runtime: StreamMessage | null } = { hello: null, runtime: null };

const stream = new EventStream(new URL('api/v1/stream', base).href, browserEnvironment(base), (message) => {
  remember(message);
  const now = Date.now();
  for (const [port, heardAt] of ports) {
    if (now - heardAt > silentPortMs) ports.delete(port);
    else port.postMessage(message);
  }
  if (ports.size === 0) stream.stop();
});

/** What a tab that comes later needs to be told: the revision reached, not the one the stream began with. */
function remember(message: StreamMessage): void {
  if (message.type === 'hello') latest = { ...latest, hello: message };
  if (message.type === 'runtime') latest = { ...latest, runtime: message };
  if (message.type === 'delta' && latest.hello?.type === 'hello') {
    latest = {
      ...latest,
      hello: { type: 'hello', hello: { ...latest.hello.hello, revision: message.delta.revision } },
    };
  }
}

function receive(port: MessagePort, message: PageMessage): void {
  switch (message.type) {
    case 'attach':
      attach(port);
      return;
    case 'alive':
      // A page that slept longer than `silentPortMs` was let go and missed deltas: it starts again.
      if (ports.has(port)) ports.set(port, Date.now());
      else attach(port);
      return;
    case 'check':
      if (ports.has(port)) ports.set(port, Date.now());
      else attach(port);
      stream.check();
      return;
    case 'leave':
      ports.delete(port);
      if (ports.size === 0) stream.stop();
      return;
    default:
      message satisfies never;
  }
}

function attach(port: MessagePort): void {
  const first = ports.size === 0;
  ports.set(port, Date.now());
  if (first) {
    latest = { hello: null, runtime: null };
    stream.stop();
    stream.start();
    return;
  }
  port.postMessage({ type: 'connection', connection: stream.connection } satisfies StreamMessage);
  if (stream.connection.type !== 'live') return;
  if (latest.hello) port.postMessage(latest.hello);
  if (latest.runtime) port.postMessage(latest.runtime);
}

scope.onconnect = (event) => {
  for (const port of event.ports) {
    // Only pages of this origin can connect; they are of our own making.
    port.onmessage = (message: MessageEvent<PageMessage>) => receive(port, message.data);
    port.start();
  }
};
