import { createPublicKey, verify } from 'node:crypto';
import * as z from 'zod';
import { instant } from './answers.ts';
import type { Edition, License } from './contract.ts';

/**
 * The licence: an offline key signed by the issuer (Ed25519). It shows organisation and edition, unlocks nothing and
 * blocks nothing, so a wrong one is told and that is all.
 *
 *     key = base64url(JSON payload) "." base64url(signature over the JSON's bytes)
 */
export const licensePayloadSchema = z.strictObject({
  organisation: z.string().min(1).max(200),
  edition: z.literal('enterprise'),
  issuedAt: z.iso.datetime({ precision: 3 }),
  /** Null never expires. */
  expiresAt: z.iso.datetime({ precision: 3 }).nullable(),
});
export type LicensePayload = z.infer<typeof licensePayloadSchema>;

/**
 * @param key null or empty when none is configured
 * @param publicKey SPKI in base64; null in a build without an issuer
 */
export function readLicense(key: string | null, publicKey: string | null, now: number): License {
  if (key === null || key === '') return { ...nobody, status: 'none', message: null };
  if (publicKey === null) return invalid('this build knows no issuer, so no license key can be checked');
  const [payloadText = '', signatureText = '', ...rest] = key.trim().split('.');
  if (signatureText === '' || rest.length > 0) return invalid('the license key is not of the form PAYLOAD.SIGNATURE');
  const bytes = Buffer.from(payloadText, 'base64url');
  if (!isSigned(bytes, Buffer.from(signatureText, 'base64url'), publicKey)) {
    return invalid('the signature of the license key is not the one of the issuer: was it copied in full?');
  }
  const payload = licensePayloadSchema.safeParse(parseJson(bytes.toString()));
  if (!payload.success) return invalid('the license key is signed, but of a form that this version does not know');
  const { organisation, expiresAt } = payload.data;
  if (expiresAt !== null && Date.parse(expiresAt) <= now) {
    const message = `the license of ${organisation} expired on ${expiresAt.slice(0, 10)}; monitoring goes on`;
    return { status: 'expired', organisation, expiresAt: instant(Date.parse(expiresAt)), message };
  }
  return { status: 'valid', organisation, expiresAt, message: null };
}

export function editionOf(license: License): Edition {
  return { edition: license.status === 'valid' ? 'enterprise' : 'community' };
}

const nobody = { organisation: null, expiresAt: null } as const;

function invalid(message: string): License {
  return { ...nobody, status: 'invalid', message };
}

function isSigned(payload: Buffer, signature: Buffer, publicKey: string): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
    return verify(null, payload, key, signature);
  } catch {
    // A key or a signature that is none: the license is not signed, whatever the library calls it.
    return false;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Signed but not JSON: the schema refuses it with its own sentence.
    return null;
  }
}
