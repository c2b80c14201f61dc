/** One line of a benchmark: a figure, what it is compared with, and the ratio of both in the same run. */
export interface Result {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Measured beside it in the same run, or the target; null where there is nothing to compare with. */
  readonly reference: number | null;
}

export function printResult({ name, value, unit, reference }: Result): void {
  const ratio = reference === null ? null : round(value / reference);
  process.stdout.write(
    `${JSON.stringify({ name, value: round(value), unit, reference: reference === null ? null : round(reference), ratio })}\n`,
  );
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
