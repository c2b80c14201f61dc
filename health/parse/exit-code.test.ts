import assert from 'node:assert/strict';
import test from 'node:test';
import { exitCodeWords } from './exit-code.ts';

const codes: readonly (readonly [code: number, signal: number | null, words: string])[] = [
  [0, null, '0 (ended normally)'],
  [1, null, '1 (application error)'],
  [3, null, '3 (application error)'],
  [126, null, '126 (command found but not executable)'],
  [137, 9, '137 (SIGKILL: killed)'],
  [139, null, '139 (SIGSEGV: segmentation fault)'],
  [154, null, '154 (signal 26)'],
  [200, null, '200 (application error)'],
  [255, null, '255 (lost by the runtime, or exit -1)'],
  // Of Windows, signed as containerd writes them and unsigned as others do.
  [-1073741819, null, '-1073741819 (Windows status 0xC0000005: access violation)'],
  [3221225477, null, '3221225477 (Windows status 0xC0000005: access violation)'],
  [3221226356, null, '3221226356 (Windows status 0xC0000374)'],
  [-1, null, '-1 (application error)'],
];

for (const [code, signal, words] of codes) {
  test(`exit code ${code}`, () => {
    assert.equal(exitCodeWords(code, signal), words);
  });
}
