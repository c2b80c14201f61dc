import { createHash } from 'node:crypto';
import type { SimulatedCluster } from '../simulator.ts';
import { instantText } from '../object-store.ts';
import { type ControllerTools, stepWorkload } from './controllers.ts';
import { EventRecorder } from './events.ts';
import { stepPod } from './kubelet.ts';
import { logLine } from './log-lines.ts';
import { podBody, replicaSetBody, usesResources, workloadBody } from './manifests.ts';
import { newest, type Pod, type Revision, type Role, type Trouble, type Workload } from './model.ts';
import { namespaces, nodes, scene } from './scene.ts';
import { loopSeconds, type Stage, storyline } from './storyline.ts';

/**
 * The living cluster behind the simulated API server. `tick` does everything that is due at the clock's time; `start`
 * ticks four times a second. All randomness comes from the seed.
 */

const tickMs = 250;
const logMs = 1_000;
const metricsMs = 15_000;
const expiryMs = 60_000;
/** Old ReplicaSets that stay, as `revisionHistoryLimit` would keep ten. */
const limitRevisions = 4;
const dayMs = 86_400_000;

const resourceOf = { Deployment: 'deployments', StatefulSet: 'statefulsets', DaemonSet: 'daemonsets' } as const;

export class World implements Stage {
  readonly #cluster: SimulatedCluster;
  readonly #random: () => number;
  readonly #events: EventRecorder;
  readonly #workloads = new Map<string, Workload>();
  readonly #lostNodes = new Set<string>();
  readonly #tools: ControllerTools;
  #serial = 0;
  #startedAt = 0;
  #beatsDone = 0;
  #nextLogAt = 0;
  #nextMetricsAt = 0;
  #nextExpiryAt = 0;

  constructor(cluster: SimulatedCluster, seed: number) {
    this.#cluster = cluster;
    this.#random = mulberry32(seed);
    this.#events = new EventRecorder(cluster.store);
    this.#tools = {
      events: this.#events,
      logs: cluster.logs,
      random: this.#random,
      pickNode: () => nodes[Math.floor(this.#random() * nodes.length)] ?? nodes[0],
      isNodeLost: (node) => this.#lostNodes.has(node),
      createPod: (workload, revision, place, now) => this.#createPod(workload, revision, place, now),
      nodeNames: nodes,
    };
  }

  /** Puts up the scene, everything in it running for days, and begins the storyline. */
  start(signal: AbortSignal): void {
    const now = this.#cluster.clock.now();
    this.#startedAt = now;
    this.#setUp(now);
    const again = (): void => {
      if (signal.aborted) return;
      this.tick();
      cancel = this.#cluster.clock.setTimer(tickMs, again);
    };
    let cancel = this.#cluster.clock.setTimer(tickMs, again);
    signal.addEventListener('abort', () => cancel(), { once: true });
  }

  get workloads(): ReadonlyMap<string, Workload> {
    return this.#workloads;
  }

  tick(): void {
    const now = this.#cluster.clock.now();
    this.#playStoryline(now);
    for (const workload of this.#workloads.values()) {
      stepWorkload(workload, this.#tools, now);
      for (const pod of workload.pods) stepPod(workload, pod, this.#tools, now);
      this.#removeEnded(workload, now);
      this.#write(workload);
    }
    if (now >= this.#nextLogAt) this.#talk(now);
    if (now >= this.#nextMetricsAt) this.#measure(now);
    if (now >= this.#nextExpiryAt) {
      this.#events.expire(now);
      this.#nextExpiryAt = now + expiryMs;
    }
  }

  rollout(name: string, tag: string | null, trouble?: Trouble, onlyFor?: string): void {
    const workload = this.#find(name);
    const now = this.#cluster.clock.now();
    const previous = newest(workload);
    const image = tag === null ? previous.image : `${workload.role.image}:${this.#tagOf(tag, previous.image)}`;
    const revision = this.#newRevision(
      workload.role,
      previous.number + 1,
      image,
      now,
      trouble ?? null,
      onlyFor ?? null,
    );
    workload.revisions.push(revision);
    workload.generation += 1;
    workload.complete = false;
    workload.progressedAt = now;
    workload.deadlineExceeded = false;
    workload.changed = true;
    this.#write(workload);
    if (workload.role.kind !== 'Deployment') return;
    const target = { kind: 'Deployment', namespace: workload.role.namespace, name, uid: workload.uid };
    this.#events.record(
      target,
      'Normal',
      'deployment-controller',
      'ScalingReplicaSet',
      `Scaled up replica set ${name}-${revision.hash} from 0 to 1`,
      now,
    );
  }

  repair(name: string): void {
    const revision = newest(this.#find(name));
    revision.trouble = null;
    revision.troubleOnlyFor = null;
  }

  trouble(name: string, trouble: Trouble, onlyFor?: string): void {
    const revision = newest(this.#find(name));
    revision.trouble = trouble;
    revision.troubleOnlyFor = onlyFor ?? null;
  }

  scale(name: string, replicas: number): void {
    const workload = this.#find(name);
    const now = this.#cluster.clock.now();
    const target = { kind: 'Deployment', namespace: workload.role.namespace, name, uid: workload.uid };
    const direction = replicas > workload.replicas ? 'up' : 'down';
    const message = `Scaled ${direction} replica set ${name}-${newest(workload).hash} from ${workload.replicas} to ${replicas}`;
    this.#events.record(target, 'Normal', 'deployment-controller', 'ScalingReplicaSet', message, now);
    workload.replicas = replicas;
    workload.generation += 1;
    workload.changed = true;
    this.#write(workload);
  }

  pause(name: string, paused: boolean): void {
    const workload = this.#find(name);
    workload.paused = paused;
    workload.generation += 1;
    workload.progressedAt = this.#cluster.clock.now();
    workload.changed = true;
    this.#write(workload);
  }

  quota(name: string, pods: number | null): void {
    const workload = this.#find(name);
    workload.quotaPods = pods;
    if (pods === null) workload.refusal = null;
    workload.changed = true;
  }

  remove(name: string): void {
    const workload = this.#find(name);
    // Foreground deletion: it stays until its pods are gone.
    workload.deletingAt = this.#cluster.clock.now();
    workload.changed = true;
  }

  create(name: string): void {
    const role = scene.find((candidate) => candidate.name === name);
    if (role === undefined || this.#workloads.has(name)) return;
    this.#addWorkload(role, this.#cluster.clock.now());
  }

  loseNode(node: string): void {
    this.#lostNodes.add(node);
  }

  recoverNode(node: string): void {
    this.#lostNodes.delete(node);
  }

  #playStoryline(now: number): void {
    const elapsedSeconds = (now - this.#startedAt) / 1000;
    const loop = Math.floor(this.#beatsDone / storyline.length);
    const beat = storyline[this.#beatsDone % storyline.length];
    if (beat === undefined || elapsedSeconds < loop * loopSeconds + beat.at) return;
    this.#beatsDone += 1;
    beat.act(this);
    this.#playStoryline(now);
  }

  #setUp(now: number): void {
    for (const name of namespaces) {
      this.#cluster.store.create('namespaces', {
        metadata: {
          name,
          creationTimestamp: instantText(now - 120 * dayMs),
          labels: { 'kubernetes.io/metadata.name': name },
        },
        status: { phase: 'Active' },
      });
    }
    for (const role of scene) {
      const createdAt = now - role.ageDays * dayMs;
      const workload = this.#addWorkload(role, createdAt);
      this.#settle(workload, createdAt, now);
      this.#addService(role, createdAt);
    }
    this.tick();
  }

  /** As if it had been running since it was made: no pod starts while the visitor looks. */
  #settle(workload: Workload, createdAt: number, now: number): void {
    const { role } = workload;
    if (role.kind === 'DaemonSet') workload.replicas = nodes.length;
    // Pods were replaced by some rollout of the last two weeks.
    const bornAt = Math.min(now - 3_600_000, createdAt + Math.floor(this.#random() * 14 * dayMs));
    for (let index = 0; index < workload.replicas; index += 1) {
      const place =
        role.kind === 'Deployment' ? null : role.kind === 'DaemonSet' ? (nodes[index] ?? null) : String(index);
      const pod = this.#createPod(workload, newest(workload), place, bornAt);
      pod.node ??= this.#tools.pickNode();
      pod.stage = 'running';
      pod.scheduledAt = bornAt;
      pod.initialized = true;
      pod.state = { kind: 'running', startedAt: bornAt };
      if (role.migrates === true)
        pod.initState = { kind: 'terminated', exitCode: 0, reason: 'Completed', startedAt: bornAt, finishedAt: bornAt };
      pod.ready = true;
      pod.readyChangedAt = bornAt;
      pod.nextAt = now + Math.floor(this.#random() * 5_000);
    }
    workload.complete = true;
    workload.wasAvailable = true;
    workload.progressedAt = bornAt;
    workload.availableSinceAt = createdAt;
    workload.observedGeneration = workload.generation;
    this.#write(workload);
  }

  #addWorkload(role: Role, createdAt: number): Workload {
    const workload: Workload = {
      role,
      uid: this.#uid(),
      pods: [],
      revisions: [this.#newRevision(role, 1, `${role.image}:${role.tag}`, createdAt, null, null)],
      createdAt,
      replicas: role.replicas,
      generation: 1,
      observedGeneration: 0,
      paused: false,
      quotaPods: null,
      refusal: null,
      refusedAt: null,
      deletingAt: null,
      progressedAt: createdAt,
      progressMark: '',
      deadlineExceeded: false,
      availableSinceAt: createdAt,
      wasAvailable: false,
      complete: false,
      changed: true,
    };
    this.#workloads.set(role.name, workload);
    this.#write(workload);
    return workload;
  }

  #addService(role: Role, createdAt: number): void {
    if (role.kind === 'DaemonSet') return;
    this.#cluster.store.create('services', {
      metadata: { name: role.name, namespace: role.namespace, creationTimestamp: instantText(createdAt) },
      spec: {
        type: 'ClusterIP',
        clusterIP: role.kind === 'StatefulSet' ? 'None' : '10.96.0.1',
        selector: { app: role.name },
        ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }],
      },
    });
  }

  #newRevision(
    role: Role,
    number: number,
    image: string,
    createdAt: number,
    trouble: Trouble | null,
    onlyFor: string | null,
  ): Revision {
    const hash = createHash('sha256').update(`${role.name} ${number} ${image} ${createdAt}`).digest('hex').slice(0, 10);
    const env = ['PORT', 'LOG_LEVEL', ...(number % 2 === 0 ? ['FEATURE_FLAGS_URL'] : [])];
    return { number, hash, image, createdAt, uid: this.#uid(), env, trouble, troubleOnlyFor: onlyFor };
  }

  /** The loop comes again: the same rollout then brings the next patch release. */
  #tagOf(tag: string, previousImage: string): string {
    return previousImage.endsWith(`:${tag}`) ? `${tag}-1` : tag;
  }

  #createPod(workload: Workload, revision: Revision, place: string | null, now: number): Pod {
    const { role } = workload;
    this.#serial += 1;
    const suffix = createHash('sha256')
      .update(`${role.name} ${this.#serial}`)
      .digest('base64url')
      .toLowerCase()
      .replaceAll(/[^a-z0-9]/g, 'x')
      .slice(0, 5);
    const name =
      role.kind === 'Deployment'
        ? `${role.name}-${revision.hash}-${suffix}`
        : role.kind === 'StatefulSet'
          ? `${role.name}-${place}`
          : `${role.name}-${suffix}`;
    const pod: Pod = {
      namespace: role.namespace,
      name,
      uid: this.#uid(),
      revision,
      createdAt: now,
      place,
      stage: 'unscheduled',
      node: role.kind === 'DaemonSet' ? place : null,
      scheduledAt: null,
      initialized: role.migrates !== true,
      state: {
        kind: 'waiting',
        reason: role.migrates === true ? 'PodInitializing' : 'ContainerCreating',
        message: null,
      },
      initState: role.migrates === true ? { kind: 'waiting', reason: 'PodInitializing', message: null } : null,
      lastTermination: null,
      ready: false,
      readyChangedAt: now,
      restarts: 0,
      schedulingMessage: null,
      deletingAt: null,
      nodeLost: false,
      nextAt: now + 300,
      changed: true,
    };
    workload.pods.push(pod);
    workload.changed = true;
    return pod;
  }

  #removeEnded(workload: Workload, now: number): void {
    const { store, logs, metrics } = this.#cluster;
    for (const pod of workload.pods.slice()) {
      // A lost node confirms nothing: its pods stay Terminating.
      if (pod.deletingAt === null || pod.deletingAt > now || pod.nodeLost) continue;
      workload.pods.splice(workload.pods.indexOf(pod), 1);
      workload.changed = true;
      store.delete('pods', pod.namespace, pod.name);
      logs.remove(pod.namespace, pod.name);
      metrics.remove(pod.namespace, pod.name);
    }
    const { role } = workload;
    if (role.kind === 'Deployment') this.#removeOldRevisions(workload);
    if (workload.deletingAt === null || workload.pods.length > 0) return;
    for (const revision of workload.revisions)
      store.delete('replicasets', role.namespace, `${role.name}-${revision.hash}`);
    store.delete(resourceOf[role.kind], role.namespace, role.name);
    this.#workloads.delete(role.name);
  }

  #removeOldRevisions(workload: Workload): void {
    while (workload.revisions.length > limitRevisions) {
      const [oldest] = workload.revisions;
      if (oldest === undefined || workload.pods.some((pod) => pod.revision === oldest)) return;
      workload.revisions.shift();
      this.#cluster.store.delete('replicasets', workload.role.namespace, `${workload.role.name}-${oldest.hash}`);
    }
  }

  #write(workload: Workload): void {
    if (this.#workloads.get(workload.role.name) !== workload) return;
    const { role } = workload;
    for (const pod of workload.pods) {
      if (!pod.changed) continue;
      pod.changed = false;
      workload.changed = true;
      const body = podBody(workload, pod);
      this.#put('pods', pod.namespace, pod.name, body);
    }
    if (!workload.changed) return;
    workload.changed = false;
    if (role.kind === 'Deployment') {
      for (const revision of workload.revisions)
        this.#put('replicasets', role.namespace, `${role.name}-${revision.hash}`, replicaSetBody(workload, revision));
    }
    this.#put(resourceOf[role.kind], role.namespace, role.name, workloadBody(workload));
  }

  #put(
    resource: 'pods' | 'replicasets' | 'deployments' | 'statefulsets' | 'daemonsets',
    namespace: string,
    name: string,
    body: ReturnType<typeof podBody>,
  ): void {
    const { store } = this.#cluster;
    if (store.get(resource, namespace, name) === null) store.create(resource, body);
    else store.update(resource, namespace, name, () => body);
  }

  #talk(now: number): void {
    this.#nextLogAt = now + logMs;
    for (const workload of this.#workloads.values()) {
      for (const pod of workload.pods) {
        if (pod.state.kind !== 'running' || this.#random() > 0.3) continue;
        this.#cluster.logs.append(pod.namespace, pod.name, 'app', {
          at: now,
          text: logLine(workload.role, this.#random, now),
        });
      }
    }
  }

  #measure(now: number): void {
    this.#nextMetricsAt = now + metricsMs;
    for (const { role, pods } of this.#workloads.values()) {
      for (const pod of pods) {
        if (!usesResources(pod)) continue;
        const runningMs = pod.state.kind === 'running' ? now - pod.state.startedAt : 0;
        const leak = pod.revision.trouble?.kind === 'outOfMemory' ? Math.min(1.3, runningMs / 12_000) : 0;
        const memory = role.memoryMebibytes * (0.5 + 0.15 * this.#random() + leak);
        this.#cluster.metrics.set(pod.namespace, pod.name, now, [
          {
            name: 'app',
            cpuNanocores: Math.round(role.cpuMillicores * 1_000_000 * (0.15 + 0.4 * this.#random())),
            memoryKibibytes: Math.round(memory * 1024),
          },
        ]);
      }
    }
  }

  #find(name: string): Workload {
    const workload = this.#workloads.get(name);
    if (workload === undefined) throw new Error(`the storyline names ${name}, which is not there`);
    return workload;
  }

  #uid(): string {
    this.#serial += 1;
    const hex = createHash('sha256').update(`uid ${this.#serial} ${this.#random()}`).digest('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  }
}

/** A small seeded generator, uniform in [0, 1). */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
