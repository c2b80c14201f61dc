import type * as health from '../health/verdict.ts';
import type * as store from '../store/store.ts';
import type { ClusterStatus, LogRecord } from './cluster.ts';
import type * as contract from './contract.ts';

/**
 * From what the product knows (epoch milliseconds, brands, nulls) to what it answers (`contract.ts`). The only place
 * where an instant becomes text. Everything here is a pure function; fields are named one by one, so that nothing
 * leaves the process merely because it was added to a snapshot.
 */

/** RFC 3339 in UTC with milliseconds. */
export function instant(at: number): string {
  return new Date(at).toISOString();
}

function instantOrNull(at: number | null): string | null {
  return at === null ? null : instant(at);
}

/** What a row shows beside its snapshot; none of it belongs to the content that the store compares. */
export interface RowFacts {
  readonly strip24h: string;
  readonly uptime24h: number | null;
  readonly stale: boolean;
}

export function toWorkload(snapshot: health.WorkloadSnapshot, facts: RowFacts): contract.Workload {
  const { verdict } = snapshot;
  return {
    key: snapshot.key,
    namespace: snapshot.namespace,
    kind: snapshot.kind,
    name: snapshot.name,
    state: verdict.state,
    availability: {
      level: verdict.availability.level,
      desired: verdict.availability.desired,
      ready: verdict.availability.ready,
      available: verdict.availability.available,
    },
    rollout: {
      phase: verdict.rollout.phase,
      updated: verdict.rollout.updated,
      target: verdict.rollout.target,
    },
    cause: verdict.cause === null ? null : toCause(verdict.cause),
    since: instantOrNull(verdict.since),
    restarts: snapshot.restarts,
    images: snapshot.images,
    createdAt: instant(snapshot.createdAt),
    partOf: snapshot.partOf,
    uptime24h: facts.uptime24h,
    strip24h: facts.strip24h,
    stale: facts.stale,
  };
}

export function toCause(cause: health.Cause): contract.Cause {
  return {
    code: cause.code,
    title: cause.title,
    message: cause.message,
    severity: cause.severity,
    since: instantOrNull(cause.since),
    pods: cause.pods,
    evidence: cause.evidence.map((evidence) => ({
      object: { kind: evidence.object.kind, name: evidence.object.name },
      field: evidence.field,
      text: evidence.text,
      at: instantOrNull(evidence.at),
    })),
    remedy: cause.remedy,
    commands: cause.commands,
    runbook: cause.runbook,
  };
}

export interface DetailFacts extends RowFacts {
  readonly pods: readonly health.PodSnapshot[];
  readonly change: contract.WorkloadDetail['change'];
  readonly deletedAt: number | null;
}

/** The primary cause first, then what else was found. */
export function allCauses({ verdict, causes }: health.WorkloadSnapshot): readonly health.Cause[] {
  return verdict.cause === null ? causes : [verdict.cause, ...causes];
}

export function toWorkloadDetail(snapshot: health.WorkloadSnapshot, facts: DetailFacts): contract.WorkloadDetail {
  return {
    ...toWorkload(snapshot, facts),
    uid: snapshot.uid,
    conditions: snapshot.conditions.map((condition) => ({
      type: condition.type,
      status: condition.status,
      reason: condition.reason,
      message: condition.message,
      lastTransitionAt: instantOrNull(condition.lastTransitionAt),
    })),
    causes: allCauses(snapshot).map(toCause),
    podsTotal: snapshot.podsTotal,
    pods: facts.pods.map(toPod),
    ordinals: snapshot.ordinals.map((ordinal) => ({
      ordinal: ordinal.ordinal,
      pod: ordinal.pod,
      state: ordinal.state,
      revision: ordinal.revision,
      claims: ordinal.claims,
      blockedBy: ordinal.blockedBy,
    })),
    nodes: snapshot.nodes.map((node) => ({
      node: node.node,
      pod: node.pod,
      state: node.state,
      reason: node.reason,
    })),
    nodesNotNamed: snapshot.nodesNotNamed,
    revisions: snapshot.revisions.map((revision) => ({
      revision: revision.revision,
      images: revision.images,
      desired: revision.desired,
      ready: revision.ready,
      available: revision.available,
      starting: revision.starting,
      failing: revision.failing,
      terminating: revision.terminating,
      current: revision.current,
    })),
    change: facts.change,
    services: snapshot.services.map((service) => ({
      name: service.name,
      readyPods: service.readyPods,
      pods: service.pods,
    })),
    owner: snapshot.owner === null ? null : { tool: snapshot.owner.tool, name: snapshot.owner.name },
    deadlineAt: instantOrNull(snapshot.verdict.rollout.deadlineAt ?? null),
    deletedAt: instantOrNull(facts.deletedAt),
  };
}

export function toResources(resources: health.Resources): contract.Resources {
  return { cpuCores: resources.cpuCores, memoryBytes: resources.memoryBytes };
}

export function toPod(pod: health.PodSnapshot): contract.Pod {
  return {
    name: pod.name,
    uid: pod.uid,
    node: pod.node,
    phase: pod.phase,
    ready: pod.ready,
    available: pod.available,
    status: pod.status,
    createdAt: instant(pod.createdAt),
    revision: pod.revision,
    restarts: pod.restarts,
    cause: pod.cause === null ? null : toCause(pod.cause),
    containers: pod.containers.map((container) => ({
      name: container.name,
      type: container.type,
      image: container.image,
      ready: container.ready,
      state: container.state,
      reason: container.reason,
      message: container.message,
      exitCode: container.exitCode,
      lastTermination:
        container.lastTermination === null
          ? null
          : {
              exitCode: container.lastTermination.exitCode,
              reason: container.lastTermination.reason,
              finishedAt: instantOrNull(container.lastTermination.finishedAt),
            },
      restarts: container.restarts,
      requests: toResources(container.requests),
      limits: toResources(container.limits),
    })),
  };
}

export function toTransition(transition: store.Transition): contract.Transition {
  return {
    key: transition.key,
    at: instant(transition.at),
    from: transition.from,
    to: transition.to,
    causeCode: transition.causeCode,
    message: transition.message,
  };
}

export function toInterval(interval: store.StatusInterval): contract.History['intervals'][number] {
  return {
    from: instant(interval.from),
    to: instantOrNull(interval.to),
    state: interval.state,
    availability: interval.availability,
    causeCode: interval.causeCode,
  };
}

export function toUptime(uptime: store.Uptime): contract.Uptime {
  return {
    availableRatio: uptime.availableRatio,
    reducedRatio: uptime.reducedRatio,
    downRatio: uptime.downRatio,
    observedRatio: uptime.observedRatio,
  };
}

export function toRollout(rollout: store.RolloutRecord): contract.Rollout {
  return {
    key: rollout.key,
    revision: rollout.revision,
    startedAt: instant(rollout.startedAt),
    finishedAt: instantOrNull(rollout.finishedAt),
    outcome: rollout.outcome,
    images: rollout.images,
    changes: rollout.changes.map((change) => ({
      path: change.path,
      from: change.from,
      to: change.to,
      redacted: change.redacted,
    })),
  };
}

export function toEvent(event: store.StoredEvent): contract.Event {
  return {
    key: event.key,
    type: event.type,
    reason: event.reason,
    message: event.message,
    count: event.count,
    firstAt: instant(event.firstAt),
    lastAt: instant(event.lastAt),
    object: { kind: event.object.kind, name: event.object.name },
  };
}

export function toIncident(incident: store.IncidentRecord): contract.Incident {
  return {
    id: incident.id,
    causeCode: incident.causeCode,
    title: incident.title,
    message: incident.message,
    severity: incident.severity,
    since: instant(incident.since),
    until: instantOrNull(incident.until),
    group: { type: incident.group.type, name: incident.group.name },
    workloads: incident.workloads,
  };
}

export function toRuntime(status: ClusterStatus): contract.Runtime {
  return {
    runtime: status.runtime,
    detectedBy: status.detectedBy,
    server: status.server,
    kubernetesVersion: status.kubernetesVersion,
    scope: {
      mode: status.scope.mode,
      namespaces: status.scope.namespaces,
      excludedNamespaces: status.scope.excludedNamespaces,
    },
    watches: status.watches.map((watch) => ({
      resource: watch.resource,
      namespace: watch.namespace,
      state: watch.state,
      objects: watch.objects,
      resourceVersion: watch.resourceVersion,
      lastEventAt: instantOrNull(watch.lastEventAt),
      reconnects: watch.reconnects,
      relists: watch.relists,
      message: watch.message,
    })),
    metrics: { state: status.metrics.state, message: status.metrics.message },
  };
}

export function toDoctorStorage(storage: store.StorageStatus): contract.Doctor['storage'] {
  return {
    path: storage.path,
    journalMode: storage.journalMode,
    fileBytes: storage.fileBytes,
    volumeFreeBytes: storage.volumeFreeBytes,
    oldestAt: instantOrNull(storage.oldestAt),
  };
}

export function toLogLine(line: Extract<LogRecord, { type: 'line' }>): contract.LogLine {
  return { pod: line.pod, container: line.container, at: instantOrNull(line.at), text: line.text };
}

export function toLogNote(note: Extract<LogRecord, { type: 'note' }>): contract.LogNote {
  return { kind: note.kind, pod: note.pod, container: note.container, count: note.count, message: note.message };
}
