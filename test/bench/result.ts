import { loadavg } from 'node:os';

/** One line of a benchmark: a figure, what it is compared with, and the ratio of both in the same run. */
export interface Result {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Measured beside it in the same run, or the target; null where there is nothing to compare with. */
  readonly reference: number | null;
}

/** The load of the last minute stands beside it: a figure of a busy machine is that of a busy machine. */
export function printResult({ name, value, unit, reference }: Result): void {
  const line = {
    name,
    value: round(value),
    unit,
    reference: reference === null ? null : round(reference),
    ratio: reference === null ? null : round(value / reference),
    loadOfMinute: round(loadavg()[0] ?? Number.NaN),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
