import type { Workload } from '../../api/contract.ts';
import { needsAttention } from './attention.ts';

/**
 * What the Board says first. It never claims more than is known: where nothing is in scope nothing is healthy, and
 * while something cannot be read nobody is told that all is calm.
 */
export type BoardSentence =
  /** Nothing to speak of: the chosen namespaces hold no workload. */
  | { readonly type: 'nothing' }
  | {
      readonly type: 'attention';
      readonly worst: Workload;
      readonly broken: number;
      readonly unreadable: number;
      readonly total: number;
    }
  | { readonly type: 'unreadable'; readonly unreadable: number; readonly total: number }
  | { readonly type: 'healthy'; readonly total: number }
  /** Not all healthy, and none of the others needs anybody: idle, paused, rolling out. */
  | { readonly type: 'settled'; readonly total: number };

/** @param workloads those in scope, worst first */
export function boardSentence(workloads: readonly Workload[]): BoardSentence {
  const total = workloads.length;
  if (total === 0) return { type: 'nothing' };
  const broken = workloads.filter(({ state }) => needsAttention(state));
  const unreadable = workloads.filter(({ state }) => state === 'Unknown').length;
  const [worst] = broken;
  if (worst !== undefined) return { type: 'attention', worst, broken: broken.length, unreadable, total };
  if (unreadable > 0) return { type: 'unreadable', unreadable, total };
  return { type: workloads.every(({ state }) => state === 'Healthy') ? 'healthy' : 'settled', total };
}
