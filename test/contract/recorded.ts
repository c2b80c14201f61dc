import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** An answer as it came over the wire. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

interface Recording {
  /** Of the kube-apiserver that said it. */
  readonly kubernetesVersion: string;
  readonly request: string;
  readonly status: number;
  readonly contentType: string;
  readonly retryAfter: string | null;
  /** Parsed where it is JSON; a line of a watch as the frame. */
  readonly body: unknown;
}

const directory = join(import.meta.dirname, 'recorded');

/**
 * Compares an answer with what a real server said. On a real server what is not recorded yet is written down, and with
 * `MAINTENANT_RECORD=1` everything is; a simulator is only compared. Numbers, tokens and names of users differ from run
 * to run and are not looked at.
 *
 * @param kubernetesVersion null for a simulator.
 */
export function compareWithRecorded(
  name: string,
  request: string,
  answer: Answer,
  kubernetesVersion: string | null,
  minor: string,
): void {
  const folder = join(directory, `v${minor}`);
  const path = join(folder, `${name}.json`);
  const recording: Recording = {
    kubernetesVersion: kubernetesVersion ?? '',
    request,
    status: answer.status,
    contentType: answer.headers['content-type'] ?? '',
    retryAfter: answer.headers['retry-after'] ?? null,
    body: parsed(answer.text),
  };
  if (kubernetesVersion !== null && (process.env['MAINTENANT_RECORD'] === '1' || !existsSync(path))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, `${JSON.stringify(recording, null, 2)}\n`);
  }
  assert.ok(existsSync(path), `${name} was never recorded: run the contract against a real server of ${minor} first`);
  assert.deepEqual(comparable(recording), comparable(JSON.parse(readFileSync(path, 'utf8'))));
}

function comparable({ kubernetesVersion: _version, request: _request, ...said }: Recording): unknown {
  return withoutChance(said);
}

/** Numbers in texts, tokens and users' names are of one run. Numbers that are numbers (codes, seconds) are not. */
function withoutChance(value: unknown, field = ''): unknown {
  if (field === 'continue') return 'TOKEN';
  if (typeof value === 'string') return value.replace(/User "[^"]+"/g, 'User "SOMEBODY"').replace(/\d+/g, 'N');
  if (Array.isArray(value)) return value.map((item) => withoutChance(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withoutChance(member, name)]));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
