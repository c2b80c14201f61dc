import { plainText } from './text.ts';

/**
 * Why the API server did not take a pod: the text of a FailedCreate event or of the condition ReplicaFailure.
 *
 *     Error creating: pods "web-7d4f9-" is forbidden: exceeded quota: compute, requested: …, used: …, limited: …
 *
 * Texts: the admission plugins of https://github.com/kubernetes/kubernetes/tree/v1.36.3.
 */

export interface QuotaAmount {
  readonly resource: string;
  readonly requested: string;
  readonly used: string;
  readonly limited: string;
}

export type CreationRefusal =
  | { readonly kind: 'quota'; readonly quota: string; readonly amounts: readonly QuotaAmount[] }
  | { readonly kind: 'quotaFields'; readonly quota: string; readonly missing: readonly MissingFields[] }
  | { readonly kind: 'podSecurity'; readonly level: string; readonly violations: readonly string[] }
  | { readonly kind: 'webhookDenied' | 'webhookFailed'; readonly webhook: string; readonly detail: string }
  | { readonly kind: 'policyDenied'; readonly policy: string; readonly detail: string }
  | { readonly kind: 'serviceAccount'; readonly name: string }
  | { readonly kind: 'limitRange'; readonly violations: readonly string[] }
  | { readonly kind: 'missingClass'; readonly of: 'PriorityClass' | 'RuntimeClass'; readonly name: string }
  | { readonly kind: 'invalid'; readonly field: string | null; readonly detail: string }
  | {
      readonly kind: 'securityConstraint';
      readonly of: 'SecurityContextConstraint' | 'PodSecurityPolicy';
      readonly detail: string;
    }
  | { readonly kind: 'controllerForbidden'; readonly detail: string }
  | { readonly kind: 'namespaceEnding' }
  | { readonly kind: 'apiServerSlow' }
  | { readonly kind: 'claimTerminating'; readonly claim: string }
  /** A StatefulSet's volume claim; `refusal` says why it was refused. */
  | {
      readonly kind: 'claim';
      readonly claim: string;
      readonly pod: string;
      readonly refusal: CreationRefusal;
      readonly detail: string;
    }
  | { readonly kind: 'unknown'; readonly detail: string };

export interface MissingFields {
  /** `limits.cpu` */
  readonly field: string;
  readonly containers: readonly string[];
}

export function parseCreationRefusal(message: string): CreationRefusal {
  const text = plainText(message);
  // The controller writes both, at the same instant; the pod's text came with 1.36.
  const claim =
    /create Claim (\S+) for Pod (\S+) in StatefulSet \S+ failed error:\s*(.*)$/is.exec(text) ?? podOfClaim.exec(text);
  if (claim !== null) {
    const [, first = '', second = '', detail = ''] = claim;
    const isPodFirst = /^create Pod/i.test(text);
    return {
      kind: 'claim',
      claim: isPodFirst ? second : first,
      pod: isPodFirst ? first : second,
      refusal: refusalOf(detail),
      detail: unwrap(detail),
    };
  }
  return refusalOf(text);
}

const podOfClaim = /create Pod (\S+) in StatefulSet \S+ failed error: failed to create PVC ([^\s:]+):\s*(.*)$/is;

function refusalOf(text: string): CreationRefusal {
  return quota(text) ?? admission(text) ?? named(text) ?? rest(text);
}

function quota(text: string): CreationRefusal | null {
  const exceeded = /exceeded quota: ([^,\s]+), requested: (.*?), used: (.*?), limited: (.*)$/s.exec(text);
  if (exceeded !== null) {
    return { kind: 'quota', quota: exceeded[1] ?? '', amounts: amounts(exceeded[2], exceeded[3], exceeded[4]) };
  }
  const fields = /failed quota: ([^:\s]+): must specify (.*)$/s.exec(text);
  if (fields !== null) return { kind: 'quotaFields', quota: fields[1] ?? '', missing: missingFields(fields[2] ?? '') };
  return null;
}

/** `pods=1,requests.cpu=500m` three times → one row per resource that was requested. */
function amounts(requested: string | undefined, used: string | undefined, limited: string | undefined): QuotaAmount[] {
  const usedBy = pairs(used);
  const limitedBy = pairs(limited);
  return [...pairs(requested)].map(([resource, amount]) => ({
    resource,
    requested: amount,
    used: usedBy.get(resource) ?? '0',
    limited: limitedBy.get(resource) ?? '0',
  }));
}

function pairs(text: string | undefined): Map<string, string> {
  const found = new Map<string, string>();
  for (const pair of (text ?? '').split(',')) {
    const at = pair.indexOf('=');
    if (at > 0) found.set(pair.slice(0, at).trim(), pair.slice(at + 1).trim());
  }
  return found;
}

/** `limits.cpu for: app,proxy; limits.memory for: app`; before 1.22 only the fields: `limits.cpu,limits.memory`. */
function missingFields(text: string): MissingFields[] {
  const found: MissingFields[] = [];
  for (const part of text.split(';')) {
    const at = part.indexOf(' for: ');
    const fields = (at < 0 ? part : part.slice(0, at)).split(',');
    const containers = at < 0 ? [] : part.slice(at + ' for: '.length).split(',');
    for (const field of fields) {
      if (field.trim() !== '') found.push({ field: field.trim(), containers: containers.map((one) => one.trim()) });
    }
  }
  return found;
}

function admission(text: string): CreationRefusal | null {
  const security = /violates PodSecurity "([^"]+)":\s*(.*)$/s.exec(text);
  if (security !== null)
    return { kind: 'podSecurity', level: security[1] ?? '', violations: violations(security[2] ?? '') };
  const denied = /admission webhook "([^"]+)" denied the request:?\s*(.*)$/s.exec(text);
  if (denied !== null) return { kind: 'webhookDenied', webhook: denied[1] ?? '', detail: policyWords(denied[2] ?? '') };
  const failed = /failed calling (?:admission )?webhook "([^"]+)"[:;]?\s*(.*)$/s.exec(text);
  if (failed !== null) return { kind: 'webhookFailed', webhook: failed[1] ?? '', detail: failed[2] ?? '' };
  const policy = /ValidatingAdmissionPolicy '([^']+)'(?: with binding '[^']*')? denied request:?\s*(.*)$/s.exec(text);
  if (policy !== null) return { kind: 'policyDenied', policy: policy[1] ?? '', detail: policy[2] ?? '' };
  const account = /error looking up service account (?:[^\s/]+\/)?([^\s:]+)/.exec(text);
  if (account !== null) return { kind: 'serviceAccount', name: account[1] ?? '' };
  const constraint =
    /(?:unable to validate against any (security context constraint|pod security policy)|(PodSecurityPolicy): unable to admit pod): \[?(.*?)\]?$/s.exec(
      text,
    );
  if (constraint !== null) {
    const [, any, policy, list = ''] = constraint;
    const of =
      policy === undefined && any === 'security context constraint' ? 'SecurityContextConstraint' : 'PodSecurityPolicy';
    return { kind: 'securityConstraint', of, detail: constraintWords(list) };
  }
  const ranges = text.match(
    /(?:minimum|maximum) \S+ usage per \w+ is [^,[\]]+(?:, but \w+ is [^,[\]]+)?|(?<!\S)\S+ max limit to request ratio per \w+ is [^[\]]+/g,
  );
  // Sorted: the plugin walks over a map, so each attempt has another order.
  if (ranges !== null) return { kind: 'limitRange', violations: ranges.map((one) => one.trim()).sort() };
  return null;
}

/** Policy engines begin with a sentence about themselves, and with the name of the pod, which is another each time. */
function policyWords(detail: string): string {
  return detail
    .replace(/\s+/g, ' ')
    .replace(/^.{0,300}?(?:Violations details: |violates one or more (?:policies|constraints): )/, '')
    .replace(/^ ?resource \S+ was blocked due to the following policies /, '')
    .trim();
}

/** What the constraints say that the pod may use; empty where it may use none. */
function constraintWords(list: string): string {
  return list.replace(/provider \S+ Forbidden: not usable by user or serviceaccount(?:, |$)/g, '').replace(/, $/, '');
}

/** `allowPrivilegeEscalation != false (container "app" must …), runAsNonRoot != true (…)`: commas inside brackets stay. */
function violations(text: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (character === '(') depth += 1;
    else if (character === ')') depth = Math.max(0, depth - 1);
    else if (character === ',' && depth === 0) {
      found.push(text.slice(start, index).trim());
      start = index + 1;
    }
  }
  found.push(text.slice(start).trim());
  return found.filter((one) => one !== '');
}

function named(text: string): CreationRefusal | null {
  const priority = /no PriorityClass with name (\S+) was found/.exec(text);
  if (priority !== null) return { kind: 'missingClass', of: 'PriorityClass', name: priority[1] ?? '' };
  const runtime = /RuntimeClass "([^"]+)" not found/.exec(text);
  if (runtime !== null) return { kind: 'missingClass', of: 'RuntimeClass', name: runtime[1] ?? '' };
  if (/because it is being terminated|namespaces? "[^"]*" not found/.test(text)) return { kind: 'namespaceEnding' };
  const ending = /(?:persistentvolumeclaim|pvc) "?([^\s"]+)"? is being deleted/i.exec(text);
  if (ending !== null) return { kind: 'claimTerminating', claim: ending[1] ?? '' };
  return null;
}

function rest(text: string): CreationRefusal {
  const invalid = /\b\w+ "[^"]*" is invalid:\s*(.*)$/s.exec(text);
  if (invalid !== null) {
    const detail = invalid[1] ?? '';
    return { kind: 'invalid', field: /^\[?([A-Za-z][\w.[\]"/-]*):/.exec(detail)?.[1] ?? null, detail };
  }
  if (/User "system:[^"]*" cannot (?:create|delete)/.test(text))
    return { kind: 'controllerForbidden', detail: unwrap(text) };
  if (
    /etcdserver: (?:request timed out|leader changed)|context deadline exceeded|the server was unable to return a response in time|Timeout: request did not complete/.test(
      text,
    )
  ) {
    return { kind: 'apiServerSlow' };
  }
  return { kind: 'unknown', detail: unwrap(text) };
}

/** Without what the controller and the API server put before the reason. */
function unwrap(text: string): string {
  return text
    .replace(/^Error (?:creating|deleting):\s*/, '')
    .replace(/^create Pod \S+ in StatefulSet \S+ failed error:\s*/i, '')
    .replace(/^\w+(?:\.\w+)* "[^"]*" is forbidden:\s*/, '');
}
