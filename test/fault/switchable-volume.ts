/**
 * A volume in memory that turns read-only and writable again under open files, which the kernel itself does only on an
 * error and never takes back. A file system of FUSE, served by this file as a process of its own:
 *
 *     the store ── open, pwrite, mmap ──► kernel ── requests over /dev/fuse ──► this process: answers, or EROFS
 *
 * One folder without subfolders; of the protocol (linux/fuse.h, 7.31) as much as SQLite needs.
 */
import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, read, writeSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { atEnd, temporaryDirectory } from './storage-fixtures.ts';

export interface SwitchableVolume {
  readonly directory: string;
  /** Resolves when every write from now on is refused with EROFS, or taken again. */
  setReadOnly(isReadOnly: boolean): Promise<void>;
}

/** Null, with the reason told, where there is no FUSE or no right to mount. */
export async function mountSwitchableVolume(t: TestContext): Promise<SwitchableVolume | null> {
  const directory = temporaryDirectory(t);
  const server = fork(import.meta.filename, [directory], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const refusal = await answerOf(server);
  if (refusal !== 'mounted') {
    t.skip(`no right to mount a volume of FUSE: ${refusal}`);
    return null;
  }
  atEnd(t, async () => {
    // Unmounting ends the server, because its device then answers ENODEV.
    execFileSync('umount', ['--lazy', directory], { stdio: 'pipe' });
    if (server.exitCode === null) await once(server, 'exit');
  });
  return {
    directory,
    async setReadOnly(isReadOnly) {
      server.send({ isReadOnly });
      await answerOf(server);
    },
  };
}

async function answerOf(server: ChildProcess): Promise<string> {
  const [answer]: unknown[] = await once(server, 'message');
  return String(answer);
}

// ---------------------------------------------------------------------------------------------------------------
// The server

const opcodes = {
  lookup: 1,
  forget: 2,
  getattr: 3,
  setattr: 4,
  unlink: 10,
  open: 14,
  read: 15,
  write: 16,
  statfs: 17,
  release: 18,
  fsync: 20,
  flush: 25,
  init: 26,
  opendir: 27,
  readdir: 28,
  releasedir: 29,
  fsyncdir: 30,
  access: 34,
  create: 35,
  batchForget: 42,
} as const;

const [enoent, erofs, enosys] = [2, 30, 38];
const [inHeaderBytes, outHeaderBytes] = [40, 16];
const limitWriteBytes = 128 * 1024;
const rootId = 1;

interface File {
  readonly id: number;
  content: Buffer;
}

class MemoryFiles {
  readonly #byName = new Map<string, File>();
  /** An unlinked file lives on for who has it open. */
  readonly #byId = new Map<number, File>();
  #newest = rootId;
  isReadOnly = false;

  /** The answer to a request: bytes, the number of an error, or null where none is expected. */
  answer(opcode: number, id: number, body: Buffer): Buffer | number | null {
    const file = this.#byId.get(id);
    switch (opcode) {
      case opcodes.init:
        return initAnswer();
      case opcodes.forget:
      case opcodes.batchForget:
        return null;
      case opcodes.lookup: {
        const found = this.#byName.get(nameIn(body, 0));
        return found === undefined ? enoent : entryOf(found);
      }
      case opcodes.getattr:
        return attributesAnswer(file ?? null);
      case opcodes.setattr:
        return this.#setAttributes(file ?? null, body);
      case opcodes.create:
        return this.#create(nameIn(body, 16));
      case opcodes.unlink:
        return this.isReadOnly ? erofs : this.#unlink(nameIn(body, 0));
      case opcodes.open:
      case opcodes.opendir:
        // The two lowest bits are 0 where nothing is to be written.
        return this.isReadOnly && (body.readUInt32LE(0) & 3) !== 0 ? erofs : openAnswer();
      case opcodes.read: {
        const from = Number(body.readBigUInt64LE(8));
        return file === undefined ? enoent : file.content.subarray(from, from + body.readUInt32LE(16));
      }
      case opcodes.write:
        return file === undefined ? enoent : this.#write(file, body);
      case opcodes.statfs:
        return statfsAnswer();
      case opcodes.access:
        return this.isReadOnly && (body.readUInt32LE(0) & 2) !== 0 ? erofs : Buffer.alloc(0);
      case opcodes.readdir:
        return this.#list(Number(body.readBigUInt64LE(8)));
      case opcodes.release:
      case opcodes.releasedir:
      case opcodes.flush:
      case opcodes.fsync:
      case opcodes.fsyncdir:
        return Buffer.alloc(0);
      default:
        return enosys;
    }
  }

  #create(name: string): Buffer | number {
    if (this.isReadOnly) return erofs;
    this.#newest += 1;
    const file = { id: this.#newest, content: Buffer.alloc(0) };
    this.#byName.set(name, file);
    this.#byId.set(file.id, file);
    return Buffer.concat([entryOf(file), openAnswer()]);
  }

  #unlink(name: string): Buffer | number {
    return this.#byName.delete(name) ? Buffer.alloc(0) : enoent;
  }

  #write(file: File, body: Buffer): Buffer | number {
    if (this.isReadOnly) return erofs;
    const at = Number(body.readBigUInt64LE(8));
    const size = body.readUInt32LE(16);
    this.#resize(file, Math.max(file.content.length, at + size));
    body.copy(file.content, at, 40, 40 + size);
    const answer = Buffer.alloc(8);
    answer.writeUInt32LE(size);
    return answer;
  }

  #setAttributes(file: File | null, body: Buffer): Buffer | number {
    if (this.isReadOnly) return erofs;
    const isSizeGiven = (body.readUInt32LE(0) & 8) !== 0;
    if (file !== null && isSizeGiven) this.#resize(file, Number(body.readBigUInt64LE(16)));
    return attributesAnswer(file);
  }

  #resize(file: File, size: number): void {
    if (size === file.content.length) return;
    const content = Buffer.alloc(size);
    file.content.copy(content);
    file.content = content;
  }

  #list(from: number): Buffer {
    const entries = [...this.#byName].slice(from).map(([name, { id }], index) => {
      const text = Buffer.from(name);
      const entry = Buffer.alloc(24 + Math.ceil(text.length / 8) * 8);
      entry.writeBigUInt64LE(BigInt(id), 0);
      entry.writeBigUInt64LE(BigInt(from + index + 1), 8);
      entry.writeUInt32LE(text.length, 16);
      text.copy(entry, 24);
      return entry;
    });
    return Buffer.concat(entries);
  }
}

function nameIn(body: Buffer, from: number): string {
  return body.toString('utf8', from, body.indexOf(0, from));
}

function initAnswer(): Buffer {
  const answer = Buffer.alloc(64);
  answer.writeUInt32LE(7, 0);
  answer.writeUInt32LE(31, 4);
  answer.writeUInt32LE(limitWriteBytes, 8);
  // FUSE_BIG_WRITES: without it each write is a page.
  answer.writeUInt32LE(1 << 5, 12);
  answer.writeUInt32LE(limitWriteBytes, 20);
  answer.writeUInt32LE(1, 24);
  return answer;
}

const ownUser = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

/** @param file null for the folder */
function attributesOf(file: File | null): Buffer {
  const attributes = Buffer.alloc(88);
  const size = file?.content.length ?? 4_096;
  attributes.writeBigUInt64LE(BigInt(file?.id ?? rootId), 0);
  attributes.writeBigUInt64LE(BigInt(size), 8);
  attributes.writeBigUInt64LE(BigInt(Math.ceil(size / 512)), 16);
  attributes.writeUInt32LE(file === null ? 0o040755 : 0o100644, 60);
  attributes.writeUInt32LE(1, 64);
  attributes.writeUInt32LE(ownUser.uid, 68);
  attributes.writeUInt32LE(ownUser.gid, 72);
  attributes.writeUInt32LE(4_096, 80);
  return attributes;
}

/** Valid for no time at all: the kernel asks each time. */
function attributesAnswer(file: File | null): Buffer {
  return Buffer.concat([Buffer.alloc(16), attributesOf(file)]);
}

function entryOf(file: File): Buffer {
  const entry = Buffer.alloc(40);
  entry.writeBigUInt64LE(BigInt(file.id), 0);
  return Buffer.concat([entry, attributesOf(file)]);
}

function openAnswer(): Buffer {
  const answer = Buffer.alloc(16);
  // FOPEN_KEEP_CACHE: what is mapped stays when another connection opens the file.
  answer.writeUInt32LE(2, 8);
  return answer;
}

function statfsAnswer(): Buffer {
  const answer = Buffer.alloc(80);
  for (const offset of [0, 8, 16, 24, 32]) answer.writeBigUInt64LE(65_536n, offset);
  answer.writeUInt32LE(4_096, 40);
  answer.writeUInt32LE(255, 44);
  answer.writeUInt32LE(4_096, 48);
  return answer;
}

async function serve(directory: string): Promise<void> {
  const device = openSync('/dev/fuse', 'r+');
  const options = `fd=3,rootmode=40000,user_id=${ownUser.uid},group_id=${ownUser.gid},allow_other`;
  execFileSync('mount', ['-i', '-t', 'fuse', '-o', options, 'maintenant', directory], {
    stdio: ['ignore', 'pipe', 'pipe', device],
  });
  const files = new MemoryFiles();
  process.on('message', (message: { readonly isReadOnly: boolean }) => {
    files.isReadOnly = message.isReadOnly;
    process.send?.('done');
  });
  process.send?.('mounted');
  const request = Buffer.alloc(limitWriteBytes + 8_192);
  for (;;) {
    const bytes = await readRequest(device, request);
    if (bytes === null) break;
    const answer = files.answer(
      request.readUInt32LE(4),
      Number(request.readBigUInt64LE(16)),
      request.subarray(inHeaderBytes, bytes),
    );
    if (answer !== null) writeSync(device, framed(answer, request.readBigUInt64LE(8)));
  }
  closeSync(device);
  process.disconnect?.();
}

const readAsync = promisify(read);

/** Null once the volume is unmounted. */
async function readRequest(device: number, into: Buffer): Promise<number | null> {
  for (;;) {
    try {
      return (await readAsync(device, into, 0, into.length, null)).bytesRead;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : null;
      // ENOENT: the request was interrupted before it was read.
      if (code === 'ENOENT' || code === 'EINTR' || code === 'EAGAIN') continue;
      if (code === 'ENODEV') return null;
      throw error;
    }
  }
}

function framed(answer: Buffer | number, unique: bigint): Buffer {
  const body = typeof answer === 'number' ? Buffer.alloc(0) : answer;
  const header = Buffer.alloc(outHeaderBytes);
  header.writeUInt32LE(outHeaderBytes + body.length, 0);
  header.writeInt32LE(typeof answer === 'number' ? -answer : 0, 4);
  header.writeBigUInt64LE(unique, 8);
  return Buffer.concat([header, body]);
}

const [, script, directory] = process.argv;
if (script === import.meta.filename && directory !== undefined && process.send !== undefined) {
  try {
    await serve(directory);
  } catch (error) {
    process.send?.(error instanceof Error ? (error.message.split('\n')[0] ?? 'unknown') : String(error));
    process.disconnect?.();
  }
}
