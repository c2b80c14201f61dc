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

/**
 * NTSTATUS values, with which Windows ends a process that did not end itself.
 * https://learn.microsoft.com/openspecs/windows_protocols/ms-erref/596a1078-e883-4972-9bbc-49e60bebca55
 */
const windowsWords: ReadonlyMap<number, string> = new Map([
  [0xc0000005, 'access violation'],
  [0xc0000017, 'out of memory'],
  [0xc00000fd, 'stack overflow'],
  [0xc0000135, 'a DLL is missing'],
  [0xc000013a, 'asked to stop'],
  [0xc0000142, 'a DLL failed to start'],
  [0xc0000409, 'aborted itself'],
]);

/** The runtime writes them signed or unsigned. */
function windowsCodeWords(exitCode: number): string | null {
  const code = exitCode < 0 ? exitCode + 2 ** 32 : exitCode;
  // Errors of Windows itself; -1 and its like are a program's own.
  if (code < 0xc0000000 || code >= 0xd0000000) return null;
  const words = windowsWords.get(code);
  const status = `Windows status 0x${code.toString(16).toUpperCase()}`;
  return `${exitCode} (${words === undefined ? status : `${status}: ${words}`})`;
}

/** `137 (SIGKILL: killed)`, `3 (application error)`, `190 (signal 62)`. */
export function exitCodeWords(exitCode: number, signal: number | null = null): string {
  const known = words.get(exitCode);
  if (known !== undefined) return `${exitCode} (${known})`;
  const onWindows = windowsCodeWords(exitCode);
  if (onWindows !== null) return onWindows;
  if (signal !== null && signal > 0) return `${exitCode} (signal ${signal})`;
  // 64 is the highest signal of Linux.
  if (exitCode > 128 && exitCode <= 192) return `${exitCode} (signal ${exitCode - 128})`;
  return `${exitCode} (application error)`;
}
