import type { Alarm } from '../alarm.ts';
import { type CauseCode, type CauseDraft, causes, makeCause } from '../causes.ts';
import type { AnyWorkloadFacts, ConditionFacts, EventFacts, ReplicaSetFacts } from '../kubernetes.ts';
import { type CreationRefusal, parseCreationRefusal, type QuotaAmount } from '../parse/creation-refusal.ts';
import { enumerate, firstLine } from '../parse/text.ts';
import { parseQuantity } from '../quantity.ts';
import type { CauseSeverity, Evidence, IncidentGroup } from '../verdict.ts';
import { storageClassGroup } from './claims.ts';
import { eventEvidence, kubectl } from './draft.ts';
import { formatQuantity, isNewer, recentMs } from './facts.ts';

/**
 * G: why the controller cannot create pods.
 *
 * The newest FailedCreate speaks, and one SuccessfulCreate of the same owner after it ends the matter. The condition ReplicaFailure is
 * only asked when no event is left: the controller sets it with the first error and never refreshes its text while it
 * stays (https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/controller/replicaset/replica_set_utils.go).
 */
export function diagnoseCreation(
  workload: AnyWorkloadFacts,
  replicaSets: readonly ReplicaSetFacts[],
  events: readonly EventFacts[],
  now: number,
  alarm: Alarm,
): CauseDraft | null {
  const refused = replicaSetRefused(workload);
  if (refused !== null) return refused;
  const outcome = outcomeOf(events, new Map(replicaSets.map((one) => [one.uid, one.revision])), workload.uid);
  const failure = outcome.failedCreate;
  if (failure !== null) {
    const since = Math.min(now, firstOfItsKind(failure, outcome));
    return refusalCause(workload, failure.message, since, [eventEvidence(failure)], now);
  }
  const condition = replicaFailure(workload, outcome.lastSuccessAt);
  if (condition !== null && !outcome.wasRefused) return conditionCause(workload, condition, now);
  const deletion = outcome.failedDelete;
  // Nothing tells that a deletion works again, so its failure is past when it is not repeated.
  if (deletion === null) return null;
  const pastAt = deletion.lastAt + recentMs;
  alarm.at(pastAt);
  return now < pastAt ? deletionCause(workload, deletion) : null;
}

/**
 * The text names a new pod each time, so every attempt is an event of its own: the refusal began with the first. Similar
 * ones become one event that may have begun before the last pod was made, which was another refusal.
 */
function firstOfItsKind(newest: EventFacts, { failures, successAt }: Outcome): number {
  const { kind } = parseCreationRefusal(newest.message);
  const sinceSuccess = successAt(newest.involved.uid);
  let first = Math.max(newest.firstAt, sinceSuccess);
  for (const event of failures) {
    if (event.involved.uid !== newest.involved.uid || event.lastAt < sinceSuccess || event.firstAt >= first) continue;
    if (parseCreationRefusal(event.message).kind === kind) first = Math.max(event.firstAt, sinceSuccess);
  }
  return first;
}

interface Outcome {
  readonly failures: readonly EventFacts[];
  readonly wasRefused: boolean;
  /** The newest that nothing has ended. */
  readonly failedCreate: EventFacts | null;
  readonly failedDelete: EventFacts | null;
  /** When the owner with this UID, or one of a newer revision, made a pod; 0 where none is told of. */
  readonly successAt: (owner: string) => number;
  readonly lastSuccessAt: number;
}

/**
 * An older ReplicaSet that replaces a pod of its own proves nothing about the newer one that is refused: their templates
 * differ, and what a quota gave back went to the older one.
 *
 * @param revisions of the ReplicaSets, by UID
 */
function outcomeOf(
  events: readonly EventFacts[],
  revisions: ReadonlyMap<string, number>,
  workloadUid: string,
): Outcome {
  const failures: EventFacts[] = [];
  const successes = new Map<string, number>();
  let failedDelete: EventFacts | null = null;
  for (const event of events) {
    const { uid } = event.involved;
    if (uid !== workloadUid && !revisions.has(uid)) continue;
    if (event.reason === 'FailedCreate') failures.push(event);
    else if (event.reason === 'FailedDelete') {
      if (isNewer(event, failedDelete)) failedDelete = event;
    } else if (event.reason === 'SuccessfulCreate' && isPodCreation(event)) {
      successes.set(uid, Math.max(successes.get(uid) ?? 0, event.lastAt));
    }
  }
  const successAt = (owner: string): number => {
    let latest = 0;
    for (const [uid, at] of successes) {
      if (uid === owner || (revisions.get(uid) ?? 0) > (revisions.get(owner) ?? 0)) latest = Math.max(latest, at);
    }
    return latest;
  };
  let failedCreate: EventFacts | null = null;
  for (const event of failures) {
    // Times have whole seconds: a quota lets some pods in and refuses the next within one of them.
    if (event.lastAt >= successAt(event.involved.uid) && isNewer(event, failedCreate)) failedCreate = event;
  }
  return {
    failures,
    wasRefused: failures.length > 0,
    failedCreate,
    failedDelete,
    successAt,
    lastSuccessAt: Math.max(0, ...successes.values()),
  };
}

/** A StatefulSet reports its claims under the same reason: `create Claim … success` proves nothing about the pod. */
function isPodCreation(event: EventFacts): boolean {
  return !/^create Claim /i.test(event.message);
}

/** G16: the ReplicaSet itself was refused, so there is none that could fail to create pods. */
function replicaSetRefused(workload: AnyWorkloadFacts): CauseDraft | null {
  if (workload.kind !== 'Deployment') return null;
  const condition = workload.conditions.find((one) => one.type === 'Progressing');
  if (condition?.reason !== 'ReplicaSetCreateError') return null;
  const text = (condition.message ?? '').replace(/^Failed to create new replica set "[^"]*": /, '');
  const refusal = parseCreationRefusal(text);
  const words = refusal.kind === 'unknown' ? null : refusalWords(workload, refusal, text, 'the ReplicaSet');
  return makeCause('ReplicaSetCreateFailed', {
    message: `The ReplicaSet of the new template could not be created: ${words?.message ?? firstLine(text)}`,
    since: condition.lastTransitionAt,
    evidence: [conditionEvidence(workload, condition)],
    commands: [...(words?.commands ?? []), kubectl.describe(workload.namespace, 'deployment', workload.name)],
    group: words?.group ?? null,
  });
}

/** The condition counts while no creation has worked since it was set. */
function replicaFailure(workload: AnyWorkloadFacts, successAt: number): ConditionFacts | null {
  const condition = workload.conditions.find((one) => one.type === 'ReplicaFailure');
  if (condition?.status !== 'True') return null;
  return successAt > (condition.lastTransitionAt ?? 0) ? null : condition;
}

function conditionCause(workload: AnyWorkloadFacts, condition: ConditionFacts, now: number): CauseDraft {
  const message = condition.message ?? '';
  const evidence = [conditionEvidence(workload, condition)];
  if (condition.reason === 'FailedDelete') {
    return makeCause('PodDeleteFailed', {
      message: `Old pods cannot be deleted: ${firstLine(message)}`,
      since: condition.lastTransitionAt,
      evidence,
      commands: [describe(workload)],
    });
  }
  return refusalCause(workload, message, condition.lastTransitionAt, evidence, now);
}

function conditionEvidence(workload: AnyWorkloadFacts, condition: ConditionFacts): Evidence {
  return {
    object: { kind: workload.kind, name: workload.name },
    field: `status.conditions[${condition.type}]`,
    text: condition.message ?? condition.reason ?? condition.status,
    at: condition.lastTransitionAt,
  };
}

function deletionCause(workload: AnyWorkloadFacts, event: EventFacts): CauseDraft {
  return makeCause('PodDeleteFailed', {
    message: `Old pods cannot be deleted: ${firstLine(event.message.replace(/^Error deleting: /, ''))}`,
    since: event.firstAt,
    evidence: [eventEvidence(event)],
    commands: [describe(workload)],
  });
}

function describe(workload: AnyWorkloadFacts): string {
  return kubectl.describe(workload.namespace, workload.kind.toLowerCase(), workload.name);
}

function refusalCause(
  workload: AnyWorkloadFacts,
  text: string,
  since: number | null,
  evidence: readonly Evidence[],
  now: number,
): CauseDraft {
  const words = refusalWords(workload, parseCreationRefusal(text), text);
  const entry = causes[words.code];
  const graceUntilAt = (since ?? now) + entry.graceSeconds * 1000;
  const severity: CauseSeverity = entry.severity === 'critical' && now < graceUntilAt ? 'warning' : entry.severity;
  return makeCause(words.code, {
    message: words.message,
    since,
    severity,
    evidence,
    commands: [...words.commands, describe(workload)],
    group: words.group ?? null,
  });
}

interface Words {
  readonly code: CauseCode;
  readonly message: string;
  readonly commands: readonly string[];
  readonly group?: IncidentGroup | null;
}

function refusalWords(
  workload: AnyWorkloadFacts,
  refusal: CreationRefusal,
  text: string,
  asker: 'a pod' | 'the claim' | 'the ReplicaSet' = 'a pod',
): Words {
  const { namespace } = workload;
  switch (refusal.kind) {
    case 'quota':
      return {
        code: 'QuotaExceeded',
        message: `Quota ${refusal.quota} has no room: ${refusal.amounts.length === 0 ? firstLine(text) : enumerate(refusal.amounts.map((amount) => amountWords(amount, asker)))}`,
        commands: [kubectl.describe(namespace, 'resourcequota', refusal.quota)],
        group: { type: 'quota', name: `${namespace}/${refusal.quota}` },
      };
    case 'quotaFields':
      return {
        code: 'QuotaNeedsResources',
        message: `Quota ${refusal.quota} wants ${enumerate(refusal.missing.map(fieldWords))}`,
        commands: [kubectl.describe(namespace, 'resourcequota', refusal.quota)],
      };
    case 'podSecurity':
      return {
        code: 'PodSecurityViolation',
        message: `Namespace ${namespace} enforces Pod Security level ${refusal.level}: ${refusal.violations.join('; ')}`,
        commands: [kubectl.namespaceLabels(namespace)],
      };
    case 'webhookDenied':
      return {
        code: 'WebhookDenied',
        message: `Admission webhook ${refusal.webhook} refuses the pods: ${firstLine(refusal.detail)}`,
        commands: [webhooks],
        group: { type: 'webhook', name: refusal.webhook },
      };
    case 'webhookFailed':
      return {
        code: 'WebhookUnavailable',
        message: `Admission webhook ${refusal.webhook} cannot be called, so no pod can be created: ${firstLine(refusal.detail)}`,
        commands: [webhooks],
        group: { type: 'webhook', name: refusal.webhook },
      };
    case 'policyDenied':
      return {
        code: 'PolicyDenied',
        message: `Admission policy ${refusal.policy} refuses the pods: ${firstLine(refusal.detail)}`,
        commands: ['kubectl get validatingadmissionpolicies,validatingadmissionpolicybindings'],
        group: { type: 'webhook', name: refusal.policy },
      };
    case 'serviceAccount':
      return {
        code: 'MissingServiceAccount',
        message: `ServiceAccount ${refusal.name} does not exist in namespace ${namespace}`,
        commands: [kubectl.get(namespace, 'serviceaccount', refusal.name)],
      };
    case 'limitRange':
      return {
        code: 'LimitRangeViolation',
        message: `A LimitRange of namespace ${namespace} refuses the pods: ${refusal.violations.join('; ')}`,
        commands: [kubectl.list(namespace, 'limitrange', '-o', 'yaml')],
      };
    case 'missingClass':
      return {
        code: 'MissingClass',
        message: `${refusal.of} ${refusal.name} does not exist`,
        commands: [`kubectl get ${refusal.of.toLowerCase()}`],
      };
    default:
      return otherRefusal(workload, refusal);
  }
}

const webhooks = 'kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations';

type OtherRefusal = Extract<
  CreationRefusal,
  {
    kind:
      | 'invalid'
      | 'securityConstraint'
      | 'controllerForbidden'
      | 'namespaceEnding'
      | 'apiServerSlow'
      | 'claimTerminating'
      | 'claim'
      | 'unknown';
  }
>;

function otherRefusal(workload: AnyWorkloadFacts, refusal: OtherRefusal): Words {
  const { namespace } = workload;
  switch (refusal.kind) {
    case 'invalid':
      return {
        code: 'TemplateInvalid',
        message: `The template makes an invalid pod${refusal.field === null ? '' : ` (field ${refusal.field})`}: ${firstLine(refusal.detail)}`,
        commands: [],
      };
    case 'securityConstraint':
      return {
        code: 'SecurityConstraintDenied',
        message: `No ${refusal.of} allows the pods${refusal.detail === '' ? ', as their ServiceAccount may use none' : `: ${firstLine(refusal.detail)}`}`,
        commands: [],
      };
    case 'controllerForbidden':
      return {
        code: 'ControllerForbidden',
        message: `The controller may not create pods in namespace ${namespace}: ${firstLine(refusal.detail)}`,
        commands: [],
      };
    case 'namespaceEnding':
      return {
        code: 'NamespaceEnding',
        message: `Namespace ${namespace} is being deleted and accepts no new pods`,
        commands: [],
      };
    case 'apiServerSlow':
      return { code: 'ApiServerSlow', message: 'The API server did not answer the controller in time', commands: [] };
    case 'claimTerminating':
      return {
        code: 'ClaimTerminating',
        message: `Volume claim ${refusal.claim} is still being deleted, so its pod cannot be created again`,
        commands: [kubectl.describe(namespace, 'persistentvolumeclaim', refusal.claim)],
      };
    case 'claim':
      return claimWords(workload, refusal);
    case 'unknown':
      return {
        code: 'PodCreationFailed',
        message: `Pods cannot be created: ${firstLine(refusal.detail)}`,
        commands: [],
      };
    default:
      return unreachable(refusal);
  }
}

function claimWords(workload: AnyWorkloadFacts, refusal: Extract<CreationRefusal, { kind: 'claim' }>): Words {
  const why = refusal.refusal;
  if (why.kind === 'claimTerminating') return refusalWords(workload, why, refusal.detail);
  const words = why.kind === 'unknown' ? null : refusalWords(workload, why, refusal.detail, 'the claim');
  return {
    code: 'ClaimRefused',
    message: `Volume claim ${refusal.claim} of pod ${refusal.pod} is refused: ${words === null ? firstLine(refusal.detail) : words.message}`,
    commands: words?.commands ?? [],
    group: words?.group ?? storageClassGroup(refusal.detail),
  };
}

/** `a pod needs 1Gi requests.memory, 512Mi left of 4Gi`; of objects that are only counted `10 of at most 10 pods exist`. */
function amountWords({ resource, requested, used, limited }: QuotaAmount, asker: string): string {
  if (resource === 'pods' || resource.startsWith('count/'))
    return `${used} of at most ${limited} ${resource.replace('count/', '')} exist`;
  const total = parseQuantity(limited);
  const taken = parseQuantity(used);
  const kind = resource.endsWith('cpu') ? 'cpu' : resource;
  const left = total === null || taken === null ? null : formatQuantity(kind, Math.max(0, total - taken));
  return left === null
    ? `${asker} needs ${requested} ${resource}, ${used} of ${limited} are used`
    : `${asker} needs ${requested} ${resource}, ${left} left of ${limited}`;
}

function fieldWords({ field, containers }: { field: string; containers: readonly string[] }): string {
  if (containers.length === 0) return field;
  return `${field} on ${containers.length === 1 ? 'container' : 'containers'} ${enumerate(containers)}`;
}

function unreachable(value: never): never {
  throw new Error(`unexpected value ${JSON.stringify(value)}`);
}
