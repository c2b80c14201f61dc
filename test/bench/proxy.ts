/**
 * The stream through nginx with every setting about proxying at its default (60 s timeouts, buffering on), for minutes:
 * the demo's changes through one, and through another a scope in which nothing ever happens, so that only pings keep it.
 * One JSON line per case; a stream that broke or was held back for longer than a ping's interval fails the run.
 *
 *     scripts/bench proxy [--minutes 5]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { printResult } from './result.ts';
import { Nginx } from '../proxy/nginx.ts';
import { openStream, startProduct } from '../support/product.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '5' } } });
const minutes = Number(values.minutes);
/** A ping comes every 15 s; a busy machine may be late by a second. */
const longestSilenceMs = 16_000;

const cases = [
  { name: 'changing', environment: {} },
  { name: 'quiet', environment: { MAINTENANT_K8S_NAMESPACES: 'nobody-lives-here' } },
] as const;

await Promise.all(
  cases.map(async ({ name, environment }) => {
    await using product = await startProduct({ environment: { MAINTENANT_RUNTIME: 'demo', ...environment } });
    const nginx = await Nginx.start(`location / { proxy_pass ${product.url}; }`);
    try {
      const stream = await openStream(new URL(`http://127.0.0.1:${nginx.port}/api/v1/stream`), {});
      await sleep(minutes * 60_000);
      stream.close();
      const arrivals = stream.events.map(({ arrivedAt }) => arrivedAt);
      const silences = arrivals.slice(1).map((at, index) => at - (arrivals[index] ?? at));
      const broken = stream.events.filter(({ event }) => event === 'broken').length;
      const longest = Math.max(...silences);
      printResult({ name: `proxy ${name}: events`, value: arrivals.length, unit: 'events', reference: null });
      printResult({ name: `proxy ${name}: broken`, value: broken, unit: 'streams', reference: null });
      printResult({ name: `proxy ${name}: longest silence`, value: longest, unit: 'ms', reference: longestSilenceMs });
      if (broken > 0 || longest > longestSilenceMs) process.exitCode = 1;
    } finally {
      await nginx.stop();
    }
  }),
);
