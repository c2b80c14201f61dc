import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Assessment } from '../../health/assess.ts';
import type { AvailabilityLevel, CauseSeverity, Remembered, RolloutPhase } from '../../health/verdict.ts';
import type { CauseCode } from '../../health/causes.ts';
import type { State } from '../../health/workload.ts';
import { assessed, type InputOverrides } from './assessed.ts';
import { agoMs, noon, type Raw } from './objects.ts';

/** One row of §9: what the cluster holds, and what must be said of it. */
export interface Scenario {
  readonly number: number;
  readonly title: string;
  readonly given: readonly (Raw | undefined)[];
  readonly overrides?: InputOverrides;
  readonly remembered?: Remembered;
  readonly expected: {
    readonly state: State;
    readonly level: AvailabilityLevel;
    readonly phase: RolloutPhase;
    readonly cause: CauseCode | null;
    /** Of the primary cause, or of the note. */
    readonly message?: RegExp;
    readonly note?: CauseCode;
    readonly also?: readonly CauseCode[];
    readonly never?: readonly CauseCode[];
    readonly severity?: CauseSeverity;
    readonly pods?: number;
    readonly desired?: number;
    /** When time alone changes it, in seconds before noon. */
    readonly reassessAgo?: number;
    readonly check?: (assessment: Assessment) => void;
  };
}

export function runScenarios(scenarios: readonly Scenario[]): void {
  for (const scenario of scenarios) {
    test(`${scenario.number}. ${scenario.title}: ${scenario.expected.state}`, () => {
      const given = scenario.given.filter((one) => one !== undefined);
      check(scenario, assessed(given, scenario.overrides, scenario.remembered, noon));
    });
  }
}

function check({ expected }: Scenario, assessment: Assessment): void {
  const { verdict, causes } = assessment.snapshot;
  const codes = causes.map((cause) => cause.code);
  assert.deepEqual(
    {
      state: verdict.state,
      level: verdict.availability.level,
      phase: verdict.rollout.phase,
      cause: verdict.cause?.code ?? null,
    },
    { state: expected.state, level: expected.level, phase: expected.phase, cause: expected.cause },
    `${verdict.cause?.message ?? 'no cause'} | ${causes.map((cause) => `${cause.code}: ${cause.message}`).join(' | ')}`,
  );
  if (expected.note !== undefined)
    assert.ok(codes.includes(expected.note), `note ${expected.note} among ${codes.join(', ')}`);
  for (const code of expected.also ?? []) assert.ok(codes.includes(code), `${code} among ${codes.join(', ')}`);
  for (const code of expected.never ?? [])
    assert.ok(!codes.includes(code) && verdict.cause?.code !== code, `no ${code}`);
  const told = expected.note === undefined ? verdict.cause : causes.find((cause) => cause.code === expected.note);
  if (expected.message !== undefined) assert.match(told?.message ?? '', expected.message);
  if (expected.severity !== undefined) assert.equal(told?.severity, expected.severity);
  if (expected.pods !== undefined) assert.equal(told?.pods, expected.pods);
  if (expected.desired !== undefined) assert.equal(verdict.availability.desired, expected.desired);
  if (expected.reassessAgo !== undefined) assert.equal(assessment.reassessAt, agoMs(expected.reassessAgo));
  expected.check?.(assessment);
}
