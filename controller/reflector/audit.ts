import { compareResourceVersions } from '../kubernetes/resource-version.ts';

/**
 * The count audit: every 30 min one `limit=1` list says how many objects there are and how far the server is. It finds
 * what no rule of the watch can: an event that somebody in between swallowed. It costs the server one object.
 */
export const auditIntervalMs = 30 * 60_000;
/** The count moves while it is compared; what is really lost is still lost half a minute later. */
export const auditRetryMs = 30_000;
const attempts = 3;

export interface AuditResult {
  /** `skipped`: the server does not count with a field selector. */
  readonly outcome: 'equal' | 'recheck' | 'mismatch' | 'skipped';
  readonly message: string;
}

/** The last audit, for the status. */
export interface CountAudit extends AuditResult {
  /** Epoch ms. */
  readonly at: number;
}

export interface Audit {
  readonly result: AuditResult;
  /** Objects that we have and the server has not; negative when we lack some. */
  readonly surplus: number;
  readonly attempt: number;
}

/**
 * @param remote `total` is null where it is not counted.
 * @param previous the audit that this one repeats, or null.
 */
export function auditOf(
  remote: { readonly resourceVersion: string; readonly total: number | null },
  local: { readonly resourceVersion: string | null; readonly objects: number },
  previous: Audit | null,
): Audit {
  const attempt = (previous?.attempt ?? 0) + 1;
  const behind =
    local.resourceVersion === null ? null : compareResourceVersions(remote.resourceVersion, local.resourceVersion);
  if (behind !== null && behind < 0) {
    const message = `the server is at resource version ${remote.resourceVersion}, before ours (${local.resourceVersion})`;
    return { result: { outcome: 'mismatch', message }, surplus: 0, attempt };
  }
  if (remote.total === null) {
    const message = 'the server does not count with a field selector';
    return { result: { outcome: 'skipped', message }, surplus: 0, attempt };
  }
  const surplus = local.objects - remote.total;
  const message = `${local.objects} objects here, ${remote.total} on the server`;
  if (surplus === 0) return { result: { outcome: 'equal', message }, surplus, attempt };
  // Under churn both counts move; only a difference that stays on one side is a loss.
  const sameSide = previous === null || Math.sign(previous.surplus) === Math.sign(surplus);
  if (!sameSide) return { result: { outcome: 'recheck', message }, surplus, attempt: 1 };
  return { result: { outcome: attempt < attempts ? 'recheck' : 'mismatch', message }, surplus, attempt };
}
