/**
 * Lets schemathesis ask every route of `openapi.json` for what it allows and for what it does not: no 5xx, no hang, no
 * answer outside its schema, nothing wrong accepted. The product's own app over the real store, on a free port.
 *
 *     node test/api/schemathesis.ts [--examples 30] [--seed 1]
 *
 * The tool comes from PyPI into a virtual environment under ~/.cache/maintenant, once. Exit code 1 when a check
 * failed, 3 when Python or the package cannot be had here.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Registry } from 'prom-client';
import { createApp } from '../../api/app.ts';
import { listen } from '../../api/server.ts';
import { systemClock } from '../../controller/clock.ts';
import { openStore } from '../../store/open.ts';
import { cause, config, pod, ScriptedCluster, workload } from './fixture.ts';

const version = '4.32.5';
const folder = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'maintenant');
const environment = path.join(folder, `schemathesis-${version}`);
const program = path.join(environment, 'bin', 'schemathesis');

const { values } = parseArgs({
  options: { examples: { type: 'string', default: '30' }, seed: { type: 'string', default: '1' } },
});

function provide(): boolean {
  if (existsSync(program)) return true;
  const steps: readonly (readonly [program: string, ...args: readonly string[]])[] = [
    ['python3', '-m', 'venv', environment],
    [
      path.join(environment, 'bin', 'pip'),
      'install',
      '--quiet',
      '--disable-pip-version-check',
      `schemathesis==${version}`,
    ],
  ];
  for (const [command, ...args] of steps) {
    if (spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] }).status === 0) continue;
    // Half an environment would count as a whole one the next time.
    rmSync(environment, { recursive: true, force: true });
    return false;
  }
  return true;
}

async function serve() {
  const data = mkdtempSync(path.join(tmpdir(), 'maintenant-schemathesis-'));
  const log = {
    info() {},
    warn: (fields: object, message: string) => console.error(message, fields),
    error: (fields: object, message: string) => console.error(message, fields),
  };
  const store = await openStore({
    path: path.join(data, 'test.db'),
    retentionMs: 90 * 86_400_000,
    maxBytes: null,
    log,
    now: Date.now,
  });
  const states = ['Down', 'Degraded', 'Progressing', 'Unknown', 'Paused', 'Terminating', 'Idle', 'Healthy'] as const;
  for (const [index, state] of states.entries()) {
    const name = `w${index}`;
    store.put(workload({ name, state, cause: cause('CrashLoop') }), [pod(`${name}-1`)], {}, Date.now());
  }
  await store.flushed();
  const stop = new AbortController();
  const api = createApp({
    store,
    cluster: new ScriptedCluster(),
    config,
    now: Date.now,
    timers: systemClock,
    random: Math.random,
    registry: new Registry(),
    log,
    assets: new Map(),
    failure: () => store.failure(),
  });
  api.start(stop.signal);
  const server = await listen({ address: { host: '127.0.0.1', port: 0 }, app: api.app, log });
  return {
    url: server.url,
    async close() {
      stop.abort();
      await server.close(0);
      await store.close();
      rmSync(data, { recursive: true });
    },
  };
}

function ask(url: string): Promise<number> {
  const args = [
    'run',
    `${url}/openapi.json`,
    // An event stream has no end, so asking for one is no test of it (api/stream.test.ts).
    '--exclude-path',
    '/api/v1/stream',
    '--checks',
    'all',
    // Left out: that everything of the right form is accepted. A cursor fits one question only, `from` is not later
    // than `to`, and `previous` excludes `follow`: no schema can say so. And that everything of the wrong form is refused,
    // which api/app.test.ts asserts: a query has only texts, so what is drawn as the number 0.0 or as an empty object
    // arrives as a name or not at all, and is rightly served. The rest is about resources that are made and deleted,
    // which this API does not have.
    '--exclude-checks',
    'positive_data_acceptance,negative_data_rejection,use_after_free,ensure_resource_availability,ignored_auth,object_level_authorization',
    '--request-timeout',
    '10',
    '--max-examples',
    values.examples,
    '--seed',
    values.seed,
  ];
  const child = spawn(program, args, { cwd: tmpdir(), stdio: ['ignore', 'inherit', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

if (provide()) {
  const server = await serve();
  try {
    process.exitCode = await ask(server.url);
  } finally {
    await server.close();
  }
} else {
  console.error('schemathesis cannot be had here: python3 with venv and PyPI are needed.');
  process.exitCode = 3;
}
