import type { Trouble } from './model.ts';

/**
 * What happens in the demo, as a loop of eight minutes. Written so that each state but Unknown is on the page within
 * two minutes, and that everything that breaks is repaired.
 */

export interface Stage {
  /** A new revision; null for `image` keeps the tag (only the environment changes). */
  rollout(name: string, tag: string | null, trouble?: Trouble, onlyFor?: string): void;
  /** What stood in the way of the newest revision is gone. */
  repair(name: string): void;
  /** Breaks the running revision, with nothing changed by anybody. */
  trouble(name: string, trouble: Trouble, onlyFor?: string): void;
  scale(name: string, replicas: number): void;
  pause(name: string, paused: boolean): void;
  quota(name: string, pods: number | null): void;
  remove(name: string): void;
  create(name: string): void;
  loseNode(node: string): void;
  recoverNode(node: string): void;
}

export interface Beat {
  /** Seconds from the beginning of the loop. */
  readonly at: number;
  readonly act: (stage: Stage) => void;
}

export const loopSeconds = 480;

const outOfOrder: Trouble = {
  kind: 'crash',
  exitCode: 1,
  afterMs: 1_500,
  lastWords: [
    '{"level":"info","msg":"starting","version":"7.1.0"}',
    '{"level":"error","msg":"cannot parse PAYMENT_PROVIDERS","error":"unexpected end of JSON input"}',
    'Error: cannot parse PAYMENT_PROVIDERS',
    '    at loadProviders (/app/dist/config.js:41:11)',
    '    at main (/app/dist/main.js:12:20)',
  ],
};

export const storyline: readonly Beat[] = [
  { at: 3, act: (stage) => stage.rollout('checkout', '1.9.0-rc1', { kind: 'imageNotFound' }) },
  { at: 8, act: (stage) => stage.trouble('promotions', outOfOrder) },
  { at: 14, act: (stage) => stage.rollout('web', '4.13.0') },
  { at: 20, act: (stage) => stage.pause('search', true) },
  { at: 22, act: (stage) => stage.rollout('search', '0.20.0') },
  { at: 30, act: (stage) => stage.quota('recommendations', 2) },
  { at: 31, act: (stage) => stage.scale('recommendations', 4) },
  { at: 40, act: (stage) => stage.remove('cron-gateway') },
  { at: 48, act: (stage) => stage.create('cron-gateway') },
  { at: 55, act: (stage) => stage.scale('catalog', 5) },
  { at: 62, act: (stage) => stage.trouble('redis', { kind: 'notReady', statusCode: 503 }, '1') },
  { at: 75, act: (stage) => stage.repair('promotions') },
  { at: 80, act: (stage) => stage.rollout('etl', null, { kind: 'missingConfigMap', name: 'etl-sources' }) },
  { at: 95, act: (stage) => stage.rollout('checkout', '1.9.0') },
  { at: 110, act: (stage) => stage.pause('search', false) },
  { at: 120, act: (stage) => stage.loseNode('node-d') },
  { at: 140, act: (stage) => stage.repair('redis') },
  { at: 150, act: (stage) => stage.scale('recommendations', 2) },
  { at: 151, act: (stage) => stage.quota('recommendations', null) },
  { at: 165, act: (stage) => stage.recoverNode('node-d') },
  { at: 180, act: (stage) => stage.rollout('etl', null) },
  { at: 190, act: (stage) => stage.trouble('reports', { kind: 'outOfMemory', afterMs: 12_000 }) },
  { at: 200, act: (stage) => stage.rollout('payments', '7.1.0', outOfOrder) },
  {
    at: 215,
    act: (stage) =>
      stage.rollout('images', '1.2.0', {
        kind: 'unschedulable',
        message:
          '0/8 nodes are available: 2 node(s) had untolerated taint {dedicated: databases}, 6 Insufficient cpu. preemption: 0/8 nodes are available: 2 Preemption is not helpful for scheduling, 6 No preemption victims found for incoming pod.',
      }),
  },
  {
    at: 230,
    act: (stage) =>
      stage.rollout('ledger-api', '2.10.0', {
        kind: 'initFails',
        exitCode: 2,
        lastWords: ['migrating 0042_add_currency', 'ERROR: column "currency" already exists', 'migration failed'],
      }),
  },
  { at: 245, act: (stage) => stage.scale('catalog', 3) },
  { at: 255, act: (stage) => stage.rollout('payments', '7.1.1') },
  { at: 270, act: (stage) => stage.repair('reports') },
  { at: 285, act: (stage) => stage.rollout('images', '1.2.1') },
  { at: 295, act: (stage) => stage.rollout('ledger-api', '2.10.1') },
  { at: 310, act: (stage) => stage.rollout('dunning', '1.0.9') },
  { at: 320, act: (stage) => stage.rollout('auth', '6.2.0', { kind: 'registryDown' }) },
  { at: 322, act: (stage) => stage.rollout('mailer', '1.7.0', { kind: 'registryDown' }) },
  { at: 324, act: (stage) => stage.rollout('webhooks', '3.2.0', { kind: 'registryDown' }) },
  { at: 345, act: (stage) => stage.rollout('node-exporter', 'v1.11.0') },
  {
    at: 360,
    act: (stage) =>
      stage.rollout(
        'kafka',
        '4.1.1',
        {
          kind: 'crash',
          exitCode: 137,
          afterMs: 4_000,
          lastWords: ['INFO Loading logs', 'INFO Recovering unflushed segment 0'],
        },
        '2',
      ),
  },
  { at: 400, act: (stage) => ['auth', 'mailer', 'webhooks'].forEach((name) => stage.repair(name)) },
  { at: 420, act: (stage) => stage.repair('kafka') },
  { at: 440, act: (stage) => stage.rollout('gateway', 'v1.38.2') },
];
