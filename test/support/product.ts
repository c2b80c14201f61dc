import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Writable } from 'node:stream';

/**
 * The bundled product as its user runs it: a process with variables, a port and a database in a folder of its own.
 * `dist/maintenant.js` must have been built (`scripts/test` does).
 */

const bundle = path.join(import.meta.dirname, '..', '..', 'dist', 'maintenant.js');
/** Named limit of every wait here: the product starts in about half a second, a busy machine takes its time. */
const startLimitMs = 30_000;
const stopLimitMs = 20_000;

export interface ProductOptions {
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Default: a fresh folder, removed by `stop`. */
  readonly directory?: string;
  /** A program that becomes Node, with its first arguments: `['unshare', '--mount', …]`. It must keep its process id. */
  readonly wrapper?: readonly string[];
}

export interface Product {
  readonly url: string;
  readonly pid: number;
  /** Holds the database; give it to the next start to see what survives a restart. */
  readonly directory: string;
  /** Everything it wrote on standard output and standard error so far. */
  output(): string;
  get(path: string): Promise<{ readonly status: number; readonly body: unknown; readonly headers: Headers }>;
  /** Reads `path` until `done` says so. @throws when `limitMs` (default 30 s) is over, with the last answer */
  waitFor<Found>(
    path: string,
    done: (body: unknown) => Found | null | undefined | false,
    limitMs?: number,
  ): Promise<Found>;
  /** Opens the stream and collects its events until `stop`. */
  stream(headers?: Readonly<Record<string, string>>): Promise<EventLog>;
  /** SIGTERM; resolves with the exit code. The folder stays where it was handed in. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface StreamEvent {
  readonly id: string | null;
  readonly event: string;
  readonly data: unknown;
  /** When it arrived, in ms of `performance.now()`. */
  readonly arrivedAt: number;
}

export interface EventLog {
  readonly events: readonly StreamEvent[];
  /** The first event from index `from` on that `done` accepts; waits for it. */
  next<Found>(
    done: (event: StreamEvent) => Found | null | undefined | false,
    limitMs?: number,
    from?: number,
  ): Promise<Found>;
  close(): void;
}

/** Writes what a program may read. One that refuses its arguments ends before it has: its code and sentence tell then. */
export function feed(stdin: Writable, input: string | undefined): void {
  stdin.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  stdin.end(input);
}

/** Runs the product to its end, for starts that must be refused. */
export async function runProduct(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  input?: string,
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = launch(args, environment, tmpdir());
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  if (child.stdin !== null) feed(child.stdin, input);
  const timer = setTimeout(() => child.kill('SIGKILL'), startLimitMs);
  await once(child, 'close');
  clearTimeout(timer);
  return { code: child.exitCode, stdout, stderr };
}

export async function startProduct(options: ProductOptions = {}): Promise<Product> {
  const ownsDirectory = options.directory === undefined;
  const directory = options.directory ?? (await mkdtemp(path.join(tmpdir(), 'maintenant-product-')));
  const child = launch(
    options.args ?? ['serve'],
    { MAINTENANT_ADDR: '127.0.0.1:0', ...options.environment },
    directory,
    options.wrapper,
  );
  let output = '';
  const collect = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  const url = await addressOf(child, () => output);

  async function get(target: string): Promise<{ status: number; body: unknown; headers: Headers }> {
    const answer = await fetch(new URL(target, url));
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.includes('json') === true;
    const body: unknown = isJson ? JSON.parse(text) : text;
    return { status: answer.status, body, headers: answer.headers };
  }

  async function stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'close');
      child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
      await ended;
      clearTimeout(timer);
    }
    if (ownsDirectory) await rm(directory, { recursive: true, force: true });
    return child.exitCode;
  }

  return {
    url,
    pid: child.pid ?? -1,
    directory,
    output: () => output,
    get,
    waitFor: (target, done, limitMs = 30_000) =>
      poll(
        async () => (await get(target)).body,
        done,
        limitMs,
        () => `${target} did not answer as expected\n${output.slice(-2000)}`,
      ),
    stream: (headers = {}) => openStream(new URL('api/v1/stream', url), headers),
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
    },
  };
}

function launch(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  directory: string,
  wrapper: readonly string[] = [],
): ChildProcess {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(MAINTENANT_|KUBE|NODE_)/.test(name));
  const [program = process.execPath, ...rest] = [...wrapper, process.execPath, bundle, ...args];
  return spawn(program, rest, {
    cwd: directory,
    env: { ...Object.fromEntries(inherited), HOME: directory, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

async function addressOf(child: ChildProcess, output: () => string): Promise<string> {
  return poll(
    async () => output(),
    (text) => {
      const found = /is at (http:\/\/\S+)/.exec(text);
      if (found !== null) return found[1];
      if (child.exitCode !== null) throw new Error(`the product ended with exit code ${child.exitCode}:\n${text}`);
      return null;
    },
    startLimitMs,
    () => `the product said no address:\n${output()}`,
  );
}

/** Waiting for another process is the one place where tests look again after a moment. */
export async function poll<Value, Found>(
  read: () => Promise<Value>,
  done: (value: Value) => Found | null | undefined | false,
  limitMs: number,
  complaint: () => string,
): Promise<Found> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const value = await read();
    const found = done(value);
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`${complaint()}\nlast: ${JSON.stringify(value)?.slice(0, 4000)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Reads server-sent events from any address, for instance through a proxy. */
export async function openStream(target: URL, headers: Readonly<Record<string, string>>): Promise<EventLog> {
  const abort = new AbortController();
  const answer = await fetch(target, { headers: { accept: 'text/event-stream', ...headers }, signal: abort.signal });
  if (!answer.ok || answer.body === null)
    throw new Error(`the stream answered ${answer.status}: ${await answer.text()}`);
  const events: StreamEvent[] = [];
  const body = answer.body.pipeThrough(new TextDecoderStream());
  void (async () => {
    let pending = '';
    try {
      for await (const chunk of body) {
        const blocks = (pending + chunk).split('\n\n');
        pending = blocks.pop() ?? '';
        for (const block of blocks) {
          const event = parseEvent(block);
          if (event !== null) events.push(event);
        }
      }
    } catch (error) {
      if (!abort.signal.aborted)
        events.push({ id: null, event: 'broken', data: String(error), arrivedAt: performance.now() });
    }
  })();
  return {
    events,
    next: (done, limitMs = 30_000, from = 0) =>
      poll(
        async () => events,
        (all) => {
          for (const event of all.slice(from)) {
            const found = done(event);
            if (found) return found;
          }
          return null;
        },
        limitMs,
        () => 'the stream did not carry the expected event',
      ),
    close: () => abort.abort(),
  };
}

function parseEvent(block: string): StreamEvent | null {
  const fields = new Map<string, string>();
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).trimStart());
  }
  const data = fields.get('data');
  if (data === undefined) return null;
  return {
    id: fields.get('id') ?? null,
    event: fields.get('event') ?? 'message',
    data: JSON.parse(data),
    arrivedAt: performance.now(),
  };
}
