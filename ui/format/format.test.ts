import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { en } from '../texts/en.ts';
import { durationStep, formatDuration } from './duration.ts';
import { exitWords } from './exit-code.ts';
import { parseImage, shortImage } from './image.ts';
import { formatClock, formatFullInstant, formatInstant, parseInstant } from './instant.ts';
import { formatBytes, formatChange, formatCores, formatShare } from './quantity.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

describe('durations', () => {
  const table: readonly (readonly [number, string])[] = [
    [-5_000, '0 s'],
    [0, '0 s'],
    [59_999, '59 s'],
    [minute, '1 min'],
    [59 * minute, '59 min'],
    [hour, '1 h'],
    [2 * hour + 5 * minute, '2 h 5 min'],
    [11 * hour + 5 * minute, '11 h'],
    [day, '1 d'],
    [3 * day + 4 * hour, '3 d 4 h'],
    [45 * day, '45 d'],
  ];
  for (const [length, text] of table) {
    it(`${length} ms is ${text}`, () => assert.equal(formatDuration(length, en.units), text));
  }

  it('stay right for about as long as their smallest unit', () => {
    assert.equal(durationStep(5_000), 1_000);
    assert.ok(durationStep(5 * minute) <= minute);
  });
});

describe('instants', () => {
  const at = Date.parse('2026-11-21T12:00:00.250Z');

  it('are null when they cannot be read', () => {
    for (const text of [null, undefined, '', 'yesterday']) assert.equal(parseInstant(text), null);
    assert.equal(parseInstant('2026-11-21T12:00:00.250Z'), at);
  });

  it('name the zone when it is not the reader’s own', () => {
    assert.match(formatFullInstant(at, 'en', 'utc'), /12:00:00 UTC$/);
  });

  it('leave out the day when it is today', () => {
    assert.equal(formatInstant(at, at, 'en', 'utc'), '12:00:00');
    assert.match(formatInstant(at - 3 * day, at, 'en', 'utc'), /Nov 18, 12/);
    // The same day of another year is not today.
    assert.match(formatInstant(at - 365 * day, at, 'en', 'utc'), /Nov 21, 2025/);
  });

  it('have milliseconds in a log', () => assert.equal(formatClock(at, 'utc'), '12:00:00.250'));
});

describe('quantities', () => {
  it('are written as Kubernetes and people write them', () => {
    assert.equal(formatBytes(0, 'en'), '0 B');
    assert.equal(formatBytes(1536, 'en'), '1.5 KiB');
    assert.equal(formatBytes(1_073_741_824, 'en'), '1 GiB');
    assert.equal(formatCores(0.25, 'en'), '250m');
    assert.equal(formatCores(2.5, 'en'), '2.5');
  });

  it('never round a share up to all of it', () => {
    assert.equal(formatShare(1, 'en'), '100 %');
    assert.equal(formatShare(0.999_99, 'en'), '99.99 %');
    assert.equal(formatShare(0.5, 'en'), '50 %');
    assert.equal(formatShare(0, 'en'), '0 %');
    assert.equal(formatShare(0.000_001, 'en'), '< 0.01 %');
    assert.equal(formatShare(1.2, 'en'), '100 %');
  });
});

describe('images', () => {
  const table: readonly (readonly [string, string, string, string | null, string | null])[] = [
    ['nginx', 'docker.io', 'nginx', null, null],
    ['nginx:1.27', 'docker.io', 'nginx', '1.27', null],
    ['library/nginx:1.27', 'docker.io', 'library/nginx', '1.27', null],
    ['localhost/x', 'localhost', 'x', null, null],
    ['registry:5000/team/app:v1', 'registry:5000', 'team/app', 'v1', null],
    ['ghcr.io/a/b@sha256:0123456789', 'ghcr.io', 'a/b', null, 'sha256:0123456789'],
    ['', 'docker.io', '', null, null],
  ];
  for (const [reference, registry, repository, tag, digest] of table) {
    it(`${reference || '(empty)'} is taken apart`, () => {
      assert.deepEqual(parseImage(reference), { registry, repository, tag, digest });
    });
  }

  it('are short where room is short', () => {
    assert.equal(shortImage('ghcr.io/acme/checkout:1.9.0'), 'checkout:1.9.0');
    assert.equal(shortImage('ghcr.io/a/b@sha256:0123456789abcdef'), 'b@01234567');
    assert.equal(shortImage('nginx'), 'nginx');
  });
});

describe('exit codes', () => {
  it('say in words what ended', () => {
    assert.equal(exitWords(137, null, en.exit), 'killed (SIGKILL)');
    assert.equal(exitWords(137, 'OOMKilled', en.exit), 'out of memory');
    assert.equal(exitWords(138, null, en.exit), 'ended by signal 10');
    assert.equal(exitWords(77, null, en.exit), 'exit code 77');
  });
});

describe('changes', () => {
  const table: readonly (readonly [number, string])[] = [
    [1.25, '+25 %'],
    [0.5, '-50 %'],
    [1.001, '0 %'],
    [12, '+1,100 %'],
  ];
  for (const [ratio, text] of table)
    it(`${ratio} times is ${text}`, () => assert.equal(formatChange(ratio, 'en'), text));
});
