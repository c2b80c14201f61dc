import type { ContainerFacts, PodSpecFacts } from '../../health/kubernetes.ts';

/**
 * One object for equal contents, held strongly, for small things that come over and over (words, probes, amounts). When
 * it is full it starts again empty: at worst a thing is held twice, never without a limit.
 */
class BoundedPool<Value> {
  readonly #values = new Map<string, Value>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  share(content: string, value: Value): Value {
    const known = this.#values.get(content);
    if (known !== undefined) return known;
    if (this.#values.size >= this.#limit) this.#values.clear();
    this.#values.set(content, value);
    return value;
  }

  get size(): number {
    return this.#values.size;
  }
}

/** One string for equal texts: node names, reasons, image ids. */
export class StringPool {
  static readonly limitTexts = 8_192;
  readonly #pool = new BoundedPool<string>(StringPool.limitTexts);

  intern(text: string): string {
    return this.#pool.share(text, text);
  }

  internOrNull(text: string | null): string | null {
    return text === null ? null : this.intern(text);
  }

  get size(): number {
    return this.#pool.size;
  }
}

/**
 * The parts that pods of different workloads have in common. Two workloads rarely have the same spec, but their probes,
 * amounts, ports and tolerations come out of the same few charts: half of a spec's memory. So do the words: a parser
 * makes a new `IfNotPresent` each time.
 */
export class SpecPartPool {
  static readonly limitParts = 4_096;
  readonly #pool = new BoundedPool<unknown>(SpecPartPool.limitParts);
  readonly words = new StringPool();

  /** The same spec, made of shared parts. Not for every event: it costs as much as the projection itself. */
  share(spec: PodSpecFacts): PodSpecFacts {
    return {
      ...spec,
      restartPolicy: this.words.intern(spec.restartPolicy),
      serviceAccountName: this.words.internOrNull(spec.serviceAccountName),
      schedulerName: this.words.intern(spec.schedulerName),
      priorityClassName: this.words.internOrNull(spec.priorityClassName),
      runtimeClassName: this.words.internOrNull(spec.runtimeClassName),
      containers: spec.containers.map((container) => this.#container(container)),
      volumes: this.#part(spec.volumes),
      nodeSelector: this.#part(spec.nodeSelector),
      tolerations: this.#part(spec.tolerations),
      imagePullSecrets: this.#part(spec.imagePullSecrets),
      readinessGates: this.#part(spec.readinessGates),
      schedulingGates: this.#part(spec.schedulingGates),
    };
  }

  #container(container: ContainerFacts): ContainerFacts {
    return {
      ...container,
      name: this.words.intern(container.name),
      image: this.words.intern(container.image),
      imagePullPolicy: this.words.internOrNull(container.imagePullPolicy),
      command: this.#part(container.command),
      envNames: this.#part(container.envNames),
      references: this.#part(container.references),
      ports: this.#part(container.ports),
      requests: this.#part(container.requests),
      limits: this.#part(container.limits),
      readinessProbe: this.#part(container.readinessProbe),
      livenessProbe: this.#part(container.livenessProbe),
      startupProbe: this.#part(container.startupProbe),
    };
  }

  #part<Part>(part: Part): Part {
    if (part === null) return part;
    // Equal text is equal content of the same type: the pool never changes what it is given.
    return this.#pool.share(JSON.stringify(part), part) as Part;
  }
}
