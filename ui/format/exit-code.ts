import type { Texts } from '../texts/en.ts';

/** What an exit code says, in words: 137 is a kill, and out of memory only when Kubernetes says so. */
export function exitWords(exitCode: number, reason: string | null, exit: Texts['exit']): string {
  if (reason === 'OOMKilled') return exit.oom;
  switch (exitCode) {
    case 0:
    case 1:
    case 2:
    case 126:
    case 127:
    case 128:
    case 134:
    case 137:
    case 139:
    case 143:
      return exit[exitCode];
    default:
      // Shells and runtimes report an ending by signal n as 128 + n.
      return exitCode > 128 && exitCode < 160 ? exit.signal(exitCode - 128) : exit.other(exitCode);
  }
}
