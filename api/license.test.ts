import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import { signLicense } from '../scripts/license.ts';
import { setUp } from '../test/api/fixture.ts';
import { readLicense } from './license.ts';

const now = Date.UTC(2026, 0, 1);
const issuer = generateKeyPairSync('ed25519');
const publicKey = issuer.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');

const payload = {
  organisation: 'Example Corp',
  edition: 'enterprise',
  issuedAt: '2025-01-01T00:00:00.000Z',
  expiresAt: '2027-01-01T00:00:00.000Z',
} as const;
const key = signLicense(payload, issuer.privateKey);

/** A signature over bytes that the issuer's script would refuse to sign. */
function signed(bytes: string): string {
  const data = Buffer.from(bytes);
  return `${data.toString('base64url')}.${sign(null, data, issuer.privateKey).toString('base64url')}`;
}

test('a signed key shows organisation and end', () => {
  assert.deepEqual(readLicense(key, publicKey, now), {
    status: 'valid',
    organisation: 'Example Corp',
    expiresAt: '2027-01-01T00:00:00.000Z',
    message: null,
  });
  const forever = signLicense({ ...payload, expiresAt: null }, issuer.privateKey);
  assert.equal(readLicense(forever, publicKey, now).status, 'valid');
});

test('an expired key keeps its organisation, from the very millisecond', () => {
  const end = Date.parse(payload.expiresAt);
  assert.equal(readLicense(key, publicKey, end - 1).status, 'valid');
  const expired = readLicense(key, publicKey, end);
  assert.equal(expired.status, 'expired');
  assert.equal(expired.organisation, 'Example Corp');
  assert.match(expired.message ?? '', /expired on 2027-01-01; monitoring goes on/);
});

const wrong: readonly (readonly [
  what: string,
  key: string | null,
  publicKey: string | null,
  status: string,
  message: RegExp,
])[] = [
  ['no key', null, publicKey, 'none', /^$/],
  ['an empty key', '', publicKey, 'none', /^$/],
  ['a build without issuer', key, null, 'invalid', /knows no issuer/],
  ['half a key', key.split('.')[0] ?? '', publicKey, 'invalid', /PAYLOAD\.SIGNATURE/],
  ['too many parts', `${key}.x`, publicKey, 'invalid', /PAYLOAD\.SIGNATURE/],
  ['a changed payload', `A${key.slice(1)}`, publicKey, 'invalid', /signature/],
  ['a cut signature', key.slice(0, -4), publicKey, 'invalid', /copied in full/],
  [
    'another issuer',
    signLicense(payload, generateKeyPairSync('ed25519').privateKey),
    publicKey,
    'invalid',
    /signature/,
  ],
  ['a public key that is none', key, 'bm9uc2Vuc2U=', 'invalid', /signature/],
  ['an unknown form', signed('{"organisation":"x"}'), publicKey, 'invalid', /form/],
  ['something that is no JSON', signed('hello'), publicKey, 'invalid', /form/],
];
for (const [what, licenseKey, issuerKey, status, message] of wrong) {
  test(`${what} is ${status}`, () => {
    const license = readLicense(licenseKey, issuerKey, now);
    assert.equal(license.status, status);
    assert.equal(license.organisation, null);
    assert.match(license.message ?? '', message);
  });
}

test('a license decides about nothing but the word that is shown', async () => {
  for (const [licenseKey, edition] of [
    [key, 'enterprise'],
    ['nonsense', 'community'],
    [null, 'community'],
  ] as const) {
    const fixture = setUp({ config: { license: { key: licenseKey, publicKey } } });
    assert.deepEqual((await fixture.get('/api/v1/edition')).json, { edition });
    assert.equal((await fixture.get('/api/v1/workloads')).status, 200);
    assert.equal((await fixture.get('/api/v1/health')).status, 200);
  }
});
