/**
 * What an exit code means, in words. Codes above 128 are 128 + the signal that ended the process.
 */

const words: ReadonlyMap<number, string> = new Map([
  [0, 'ended normally'],
  [1, 'application error'],
  [2, 'application error or wrong use of a command'],
  [126, 'command found but not executable'],
  [127, 'command not found'],
  [128, 'the runtime could not start it'],
  [129, 'SIGHUP'],
  [130, 'SIGINT'],
  [132, 'SIGILL: illegal instruction'],
  [134, 'SIGABRT: aborted itself'],
  [135, 'SIGBUS: bus error'],
  [136, 'SIGFPE: arithmetic error'],
  [137, 'SIGKILL: killed'],
  [139, 'SIGSEGV: segmentation fault'],
  [141, 'SIGPIPE'],
  [143, 'SIGTERM: asked to stop'],
  [159, 'SIGSYS: system call blocked'],
  [255, 'lost by the runtime, or exit -1'],
]);

/** `137 (SIGKILL: killed)`, `3 (application error)`, `190 (signal 62)`. */
export function exitCodeWords(exitCode: number, signal: number | null = null): string {
  const known = words.get(exitCode);
  if (known !== undefined) return `${exitCode} (${known})`;
  if (signal !== null && signal > 0) return `${exitCode} (signal ${signal})`;
  // 64 is the highest signal of Linux.
  if (exitCode > 128 && exitCode <= 192) return `${exitCode} (signal ${exitCode - 128})`;
  return `${exitCode} (application error)`;
}
