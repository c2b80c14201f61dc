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
      expiresAt: values.expires === undefined ? null : new Date(`${values.expires}T00:00:00.000Z`).toISOString(),
    } as const;
    console.log(signLicense(payload, createPrivateKey(readFileSync(file))));
  } else {
    console.error('usage: license.ts keys FILE | license.ts sign FILE --organisation NAME [--expires YYYY-MM-DD]');
    process.exitCode = 2;
  }
}

if (import.meta.main) main();
