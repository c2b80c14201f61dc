/**
 * For the issuer of licenses.
 *
 *     node scripts/license.ts keys FILE                       makes a key pair: private key to FILE, public key printed
 *     node scripts/license.ts sign FILE --organisation NAME [--expires YYYY-MM-DD]     prints a license key
 *
 * The public key goes into a build as MAINTENANT_LICENSE_PUBLIC_KEY; the private key stays with the issuer.
 */
import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { licensePayloadSchema } from '../api/license.ts';
import type { LicensePayload } from '../api/license.ts';

export function signLicense(payload: LicensePayload, privateKey: KeyObject): string {
  const bytes = Buffer.from(JSON.stringify(licensePayloadSchema.parse(payload)));
  return `${bytes.toString('base64url')}.${sign(null, bytes, privateKey).toString('base64url')}`;
}

const usage = 'usage: license.ts keys FILE | license.ts sign FILE --organisation NAME [--expires YYYY-MM-DD]';

/** Prints what was asked for. @throws Error with a sentence for the issuer; then nothing was written. */
function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { organisation: { type: 'string' }, expires: { type: 'string' } },
  });
  const [command, file] = positionals;
  if (command === 'keys' && file !== undefined) {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    // wx: an issuer's key is never overwritten.
    writeFileSync(file, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600, flag: 'wx' });
    console.log(publicKey.export({ format: 'der', type: 'spki' }).toString('base64'));
  } else if (command === 'sign' && file !== undefined && values.organisation !== undefined) {
    const payload = {
      organisation: values.organisation,
      edition: 'enterprise',
      issuedAt: new Date().toISOString(),
      expiresAt: values.expires === undefined ? null : midnightOf(values.expires),
    } as const;
    console.log(signLicense(payload, privateKeyIn(file)));
  } else {
    throw new Error(usage);
  }
}

/** @throws Error for what is no day, the 31st of February included. */
function midnightOf(day: string): string {
  const at = new Date(`${day}T00:00:00.000Z`);
  if (Number.isNaN(at.getTime()) || !at.toISOString().startsWith(day))
    throw new Error(`"${day}" is no day: YYYY-MM-DD.`);
  return at.toISOString();
}

/** @throws Error for a file that is not there or holds no Ed25519 key. */
function privateKeyIn(file: string): KeyObject {
  const key = createPrivateKey(readFileSync(file));
  if (key.asymmetricKeyType !== 'ed25519')
    throw new Error(`${file} holds a key of type ${key.asymmetricKeyType}, not ed25519.`);
  return key;
}

if (import.meta.main) {
  try {
    main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
  }
}
