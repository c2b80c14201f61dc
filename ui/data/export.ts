import type { Workload } from '../../api/contract.ts';

/** The list as a file for other programs. */

const csvColumns: readonly (readonly [string, (workload: Workload) => string | number | boolean | null])[] = [
  ['namespace', (workload) => workload.namespace],
  ['kind', (workload) => workload.kind],
  ['name', (workload) => workload.name],
  ['state', (workload) => workload.state],
  ['since', (workload) => workload.since],
  ['causeCode', (workload) => workload.cause?.code ?? null],
  ['causeTitle', (workload) => workload.cause?.title ?? null],
  ['causeMessage', (workload) => workload.cause?.message ?? null],
  ['desired', (workload) => workload.availability.desired],
  ['ready', (workload) => workload.availability.ready],
  ['available', (workload) => workload.availability.available],
  ['rollout', (workload) => workload.rollout.phase],
  ['restarts', (workload) => workload.restarts],
  ['images', (workload) => workload.images.join(' ')],
  ['partOf', (workload) => workload.partOf],
  ['uptime24h', (workload) => workload.uptime24h],
  ['createdAt', (workload) => workload.createdAt],
  ['stale', (workload) => workload.stale],
];

/** RFC 4180 with a header line; nothing stays empty rather than becoming 0. */
export function toCsv(workloads: Iterable<Workload>): string {
  const lines = [csvColumns.map(([name]) => name).join(',')];
  for (const workload of workloads) lines.push(csvColumns.map(([, read]) => csvField(read(workload))).join(','));
  return `${lines.join('\r\n')}\r\n`;
}

export function toJson(workloads: Iterable<Workload>): string {
  return `${JSON.stringify([...workloads], null, 2)}\n`;
}

function csvField(value: string | number | boolean | null): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  // A text that a spreadsheet would take for a formula is made plain: messages come from the cluster's users.
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Hands a text to the browser as a download. */
export function download(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  // After the click has been taken: at once would cancel it in some browsers.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
