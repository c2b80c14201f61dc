import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * A real cgroup with a container's limits. Version 1 and 2 are both known; which one is there, and whether it may be
 * written, is found out by making one.
 */
export interface Container {
  readonly version: 1 | 2;
  /** A wrapper for `startProduct`: the process is in the container before Node starts. */
  readonly wrapper: readonly string[];
  account(): ContainerAccount;
  remove(): void;
}

export interface ContainerAccount {
  /** Processes that the kernel killed because the memory was used up. */
  readonly oomKills: number;
  /** The highest that was ever charged, file pages included; those are given back before anything is killed. */
  readonly highestBytes: number;
  readonly anonymousBytes: number;
  /** Times that the limit was met and something had to be given back. */
  readonly limitHits: number;
  readonly cpuPeriods: number;
  readonly throttledPeriods: number;
  readonly throttledMs: number;
}

const root = '/sys/fs/cgroup';
const periodMicroseconds = 100_000;

/** @throws where control groups may not be written: the message says so, and nothing is measured. */
export function createContainer(name: string, memoryBytes: number, cpuCores: number): Container {
  const quota = Math.round(cpuCores * periodMicroseconds);
  try {
    return isVersion2() ? createVersion2(name, memoryBytes, quota) : createVersion1(name, memoryBytes, quota);
  } catch (error) {
    throw new Error(`control groups under ${root} may not be written here, so the limits cannot be had for real`, {
      cause: error,
    });
  }
}

function isVersion2(): boolean {
  try {
    return readFileSync(path.join(root, 'cgroup.controllers'), 'utf8').includes('memory');
  } catch {
    return false;
  }
}

function createVersion1(name: string, memoryBytes: number, quota: number): Container {
  const memory = path.join(root, 'memory', name);
  const cpu = path.join(root, 'cpu', name);
  mkdirSync(memory);
  mkdirSync(cpu);
  writeFileSync(path.join(memory, 'memory.limit_in_bytes'), String(memoryBytes));
  writeFileSync(path.join(cpu, 'cpu.cfs_period_us'), String(periodMicroseconds));
  writeFileSync(path.join(cpu, 'cpu.cfs_quota_us'), String(quota));
  return {
    version: 1,
    wrapper: enter([memory, cpu]),
    account: () => {
      const memoryStat = tableOf(path.join(memory, 'memory.stat'));
      const cpuStat = tableOf(path.join(cpu, 'cpu.stat'));
      return {
        oomKills: numberOf(tableOf(path.join(memory, 'memory.oom_control')), 'oom_kill'),
        highestBytes: Number(readFileSync(path.join(memory, 'memory.max_usage_in_bytes'), 'utf8')),
        anonymousBytes: numberOf(memoryStat, 'total_rss'),
        limitHits: Number(readFileSync(path.join(memory, 'memory.failcnt'), 'utf8')),
        cpuPeriods: numberOf(cpuStat, 'nr_periods'),
        throttledPeriods: numberOf(cpuStat, 'nr_throttled'),
        throttledMs: numberOf(cpuStat, 'throttled_time') / 1e6,
      };
    },
    remove: () => [memory, cpu].forEach((directory) => rmdirSync(directory)),
  };
}

function createVersion2(name: string, memoryBytes: number, quota: number): Container {
  const directory = path.join(root, name);
  mkdirSync(directory);
  writeFileSync(path.join(directory, 'memory.max'), String(memoryBytes));
  writeFileSync(path.join(directory, 'cpu.max'), `${quota} ${periodMicroseconds}`);
  return {
    version: 2,
    wrapper: enter([directory]),
    account: () => {
      const events = tableOf(path.join(directory, 'memory.events'));
      const cpuStat = tableOf(path.join(directory, 'cpu.stat'));
      return {
        oomKills: numberOf(events, 'oom_kill'),
        highestBytes: Number(readFileSync(path.join(directory, 'memory.peak'), 'utf8')),
        anonymousBytes: numberOf(tableOf(path.join(directory, 'memory.stat')), 'anon'),
        limitHits: numberOf(events, 'max'),
        cpuPeriods: numberOf(cpuStat, 'nr_periods'),
        throttledPeriods: numberOf(cpuStat, 'nr_throttled'),
        throttledMs: numberOf(cpuStat, 'throttled_usec') / 1e3,
      };
    },
    remove: () => rmdirSync(directory),
  };
}

/** A shell that enters the groups and becomes the program: the process id stays. */
function enter(directories: readonly string[]): readonly string[] {
  const steps = directories.map((directory) => `echo $$ > ${directory}/cgroup.procs`);
  return ['sh', '-c', `${steps.join(' && ')} && exec "$@"`, 'sh'];
}

/** Lines of a name and a number. */
function tableOf(file: string): ReadonlyMap<string, number> {
  const rows = readFileSync(file, 'utf8').trim().split('\n');
  return new Map(rows.map((row) => [row.split(' ')[0] ?? '', Number(row.split(' ')[1])]));
}

function numberOf(table: ReadonlyMap<string, number>, name: string): number {
  return table.get(name) ?? Number.NaN;
}
