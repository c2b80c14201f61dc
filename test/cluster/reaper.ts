import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, closeSync, rmSync } from 'node:fs';

/**
 * Starts programs on behalf of its parent and outlives it just long enough to end them.
 *
 * The parent forks this file in a session of its own and talks to it over the IPC channel. When the channel closes,
 * by `stop`, by a crash, by Ctrl-C or by kill -9 of the parent, every program is killed and every directory that was
 * handed over is removed. Programs are children of this process from their first instant, so there is no moment in
 * which one exists that nobody would end.
 */

export type Order =
  | {
      readonly type: 'start';
      readonly name: string;
      readonly file: string;
      readonly args: readonly string[];
      readonly logPath: string;
      /** Started again when it ends by itself, as a kubelet does with the parts of a control plane. */
      readonly restarts: boolean;
    }
  | { readonly type: 'stop'; readonly name: string; readonly signal: 'SIGTERM' | 'SIGKILL'; readonly graceMs: number }
  | { readonly type: 'own'; readonly directory: string };

export type Report =
  | { readonly type: 'started'; readonly name: string; readonly pid: number }
  | { readonly type: 'exited'; readonly name: string; readonly reason: string };

/** A part that ends more often than this is broken, and whoever waits for it shall see that. */
const limitRestarts = 5;
const restartPauseMs = 300;

if (import.meta.main) reap();

function reap(): void {
  const children = new Map<string, ChildProcess>();
  const directories = new Set<string>();
  const pauses = new Map<string, NodeJS.Timeout>();
  const restarted = new Map<string, number>();
  /** Those that were told to end. */
  const stopping = new WeakSet<ChildProcess>();
  let ending = false;

  process.on('message', (order: Order) => {
    switch (order.type) {
      case 'start':
        start(order);
        return;
      case 'stop':
        stop(order);
        return;
      case 'own':
        directories.add(order.directory);
        return;
      default:
        order satisfies never;
    }
  });
  process.on('disconnect', end);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, end);

  function start(order: Extract<Order, { type: 'start' }>): void {
    if (ending) return;
    const { name, file, args, logPath } = order;
    const log = openSync(logPath, 'a');
    // Not detached: the programs stay in this process's group, which the parent kills should this process die first.
    const child = spawn(file, [...args], { stdio: ['ignore', log, log] });
    closeSync(log);
    children.set(name, child);
    child.once('spawn', () => report({ type: 'started', name, pid: child.pid ?? 0 }));
    child.once('error', (error) => gone(name, child, error.message));
    child.once('exit', (code, signal) => {
      if (code !== null && mayRestart(order, child))
        pauses.set(
          name,
          setTimeout(() => restart(order), restartPauseMs),
        );
      else gone(name, child, signal ?? `exit code ${code}`);
    });
  }

  /** Only a program that ended by itself, with a code: a signal is somebody's will. */
  function mayRestart({ name, restarts }: Extract<Order, { type: 'start' }>, child: ChildProcess): boolean {
    if (!restarts || ending || stopping.has(child) || children.get(name) !== child) return false;
    const count = (restarted.get(name) ?? 0) + 1;
    restarted.set(name, count);
    if (count > limitRestarts) return false;
    children.delete(name);
    return true;
  }

  function restart(order: Extract<Order, { type: 'start' }>): void {
    pauses.delete(order.name);
    start(order);
  }

  function gone(name: string, child: ChildProcess, reason: string): void {
    if (children.get(name) !== child) return;
    children.delete(name);
    report({ type: 'exited', name, reason });
    finish();
  }

  function stop({ name, signal, graceMs }: Extract<Order, { type: 'stop' }>): void {
    clearTimeout(pauses.get(name));
    pauses.delete(name);
    const child = children.get(name);
    if (child === undefined) {
      report({ type: 'exited', name, reason: 'was not running' });
      return;
    }
    stopping.add(child);
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
    child.once('exit', () => clearTimeout(timer));
  }

  function end(): void {
    ending = true;
    for (const pause of pauses.values()) clearTimeout(pause);
    for (const child of children.values()) child.kill('SIGKILL');
    finish();
  }

  function finish(): void {
    if (!ending || children.size > 0) return;
    for (const directory of directories) rmSync(directory, { recursive: true, force: true });
    process.exit(0);
  }

  function report(message: Report): void {
    // The channel may close between the check and the write; then nobody is left to be told.
    if (process.connected) process.send?.(message, () => undefined);
  }
}
