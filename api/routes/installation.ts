import { Hono } from 'hono';
import { causes } from '../../health/causes.ts';
import { toDoctorStorage, toRuntime } from '../answers.ts';
import type { ApiServices } from '../app.ts';
import {
  causeEntryListSchema,
  doctorSchema,
  editionSchema,
  healthSchema,
  licenseSchema,
  noQuerySchema,
  runtimeSchema,
} from '../contract.ts';
import type { CauseEntryList, Doctor, Health } from '../contract.ts';
import { examine } from '../doctor.ts';
import type { ApiEnv } from '../edge.ts';
import { editionOf, readLicense } from '../license.ts';
import { unavailable } from '../problem.ts';
import { checkedQuery, described } from '../validate.ts';

/** The product about itself: health, runtime, doctor, licence, and the catalogue of causes. */
export function installationRoutes(services: ApiServices): Hono<ApiEnv> {
  const { store, cluster, config, now, failure, respond } = services;
  return new Hono<ApiEnv>()
    .get(
      '/health',
      described({
        operationId: 'getHealth',
        summary: 'Whether this process works',
        description: '503 only when a restart would help, never because the API server is away. Needs no sign-in.',
        answer: healthSchema,
        isOpen: true,
        problems: [503],
      }),
      checkedQuery(noQuerySchema),
      (c) => {
        const failed = failure();
        if (failed !== null) throw unavailable('RESTART_NEEDED', failed, 5);
        const { connected, synced } = cluster.status();
        const storage = store.storage();
        const ok = storage.state === 'ok';
        const health: Health = {
          status: ok && connected && synced ? 'ok' : 'degraded',
          version: config.version,
          runtime: { name: config.runtime, connected },
          synced,
          storage: { ok, message: storage.message },
        };
        return c.json(health, 200, { 'cache-control': 'no-store' });
      },
    )
    .get(
      '/runtime',
      described({
        operationId: 'getRuntime',
        summary: 'What is watched, and how each watch fares',
        answer: runtimeSchema,
      }),
      checkedQuery(noQuerySchema),
      (c) => c.json(toRuntime(cluster.status()), 200, { 'cache-control': 'no-cache' }),
    )
    .get(
      '/doctor',
      described({
        operationId: 'getDoctor',
        summary: 'What is wrong with the installation, and the fix',
        answer: doctorSchema,
      }),
      checkedQuery(noQuerySchema),
      (c) => {
        const storage = store.storage();
        const license = readLicense(config.license.key, config.license.publicKey, now());
        const doctor: Doctor = {
          checks: examine({ status: cluster.status(), storage, license, config }),
          configuration: config.configuration.map(({ name, value, source, redacted }) => ({
            name,
            value: redacted ? '' : value,
            source,
            redacted,
          })),
          storage: toDoctorStorage(storage),
        };
        return c.json(doctor, 200, { 'cache-control': 'no-cache' });
      },
    )
    .get(
      '/causes',
      described({
        operationId: 'listCauses',
        summary: 'The closed list of causes that a verdict can name',
        answer: causeEntryListSchema,
      }),
      checkedQuery(noQuerySchema),
      (c) => respond.fromBuild(c, causeList),
    )
    .get(
      '/edition',
      described({ operationId: 'getEdition', summary: 'Edition', answer: editionSchema }),
      checkedQuery(noQuerySchema),
      (c) => c.json(editionOf(readLicense(config.license.key, config.license.publicKey, now()))),
    )
    .get(
      '/license',
      described({ operationId: 'getLicense', summary: 'State of the license key', answer: licenseSchema }),
      checkedQuery(noQuerySchema),
      (c) => c.json(readLicense(config.license.key, config.license.publicKey, now())),
    );
}

const causeEntries: CauseEntryList = Object.values(causes).map((entry) => ({
  code: entry.code,
  catalogueId: entry.catalogueId,
  class: entry.class,
  title: entry.title,
  meaning: entry.meaning,
  signal: entry.signal,
  remedy: entry.remedy,
  severity: entry.severity,
  graceSeconds: entry.graceSeconds,
  source: entry.source,
  runbook: entry.runbook,
}));
const causeList = Buffer.from(JSON.stringify(causeEntries));
