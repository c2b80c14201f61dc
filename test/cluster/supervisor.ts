import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Order, Report } from './reaper.ts';

/**
 * The parent's side of the reaper: starts and stops programs, and knows which of them run.
 */

/** A program did not start, ended by itself, or a state was not reached in time. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError';
}

// An API server finishes open requests first; one that lost its etcd would hang on for a long time.
const stopGraceMs = 15_000;

export interface Supervisor {
  readonly processes: ReadonlyMap<string, number>;
  /** Resolves once the program runs, not once it is ready. */
  start(name: string, file: string, args: readonly string[]): Promise<void>;
  /** Resolves once the program is gone, killed after a grace where it must be. */
  stop(name: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Removed when the reaper ends. */
  own(directory: string): void;
  end(): Promise<void>;
}

export function startSupervisor(logsDirectory: string): Supervisor {
  // A session of its own: Ctrl-C in the terminal ends us, and the closing channel ends the rest.
  const reaper: ChildProcess = fork(join(import.meta.dirname, 'reaper.ts'), {
    detached: true,
    execArgv: [],
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  // A test that forgets to stop its cluster still ends; the reaper then does.
  reaper.unref();
  reaper.channel?.unref();
  const processes = new Map<string, number>();
  const waiting = new Map<string, (report: Report) => void>();
  let ended = false;

  reaper.on('message', (report: Report) => {
    if (report.type === 'started') processes.set(report.name, report.pid);
    else processes.delete(report.name);
    waiting.get(report.name)?.(report);
  });
  reaper.once('exit', () => {
    if (ended || reaper.pid === undefined) return;
    // The reaper was killed: its programs are still in its process group.
    try {
      process.kill(-reaper.pid, 'SIGKILL');
    } catch {
      // None was left.
    }
    for (const [name, settle] of waiting) settle({ type: 'exited', name, reason: 'its supervisor was killed' });
    processes.clear();
  });

  function send(order: Order): void {
    if (reaper.connected) reaper.send(order);
  }

  async function report(name: string, order: Order): Promise<Report> {
    if (!reaper.connected) return { type: 'exited', name, reason: 'the supervisor is gone' };
    reaper.channel?.ref();
    try {
      return await new Promise<Report>((resolve) => {
        waiting.set(name, resolve);
        send(order);
      });
    } finally {
      waiting.delete(name);
      if (waiting.size === 0) reaper.channel?.unref();
    }
  }

  return {
    processes,
    start: async (name, file, args) => {
      const answer = await report(name, {
        type: 'start',
        name,
        file,
        args,
        logPath: join(logsDirectory, `${name}.log`),
        // Both end when the API server was not there at the wrong moment; on a busy machine it sometimes is not.
        restarts: name === 'kube-controller-manager' || name === 'kube-scheduler',
      });
      if (answer.type === 'exited') throw new ClusterError(`${name} could not be started: ${answer.reason}`);
    },
    stop: async (name, signal) => {
      if (processes.has(name)) await report(name, { type: 'stop', name, signal, graceMs: stopGraceMs });
    },
    own: (directory) => send({ type: 'own', directory }),
    end: async () => {
      if (ended || reaper.exitCode !== null || reaper.signalCode !== null) return;
      ended = true;
      reaper.ref();
      const gone = once(reaper, 'exit');
      reaper.disconnect();
      await gone;
      processes.clear();
    },
  };
}
