/** What containers have printed: bounded, per container, the present run and the one before. */
export interface LogLine {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly text: string;
}

interface ContainerLog {
  present: LogLine[];
  previous: LogLine[] | null;
  readonly followers: Set<(line: LogLine | null) => void>;
}

const maxLines = 2_000;

export class PodLogs {
  readonly #logs = new Map<string, ContainerLog>();

  append(namespace: string, pod: string, container: string, line: LogLine): void {
    const log = this.#open(namespace, pod, container);
    log.present.push(line);
    if (log.present.length > maxLines) log.present.splice(0, maxLines / 2);
    for (const follower of log.followers) follower(line);
  }

  /** The container restarts: its log becomes the previous one, and whoever follows has reached the end. */
  restart(namespace: string, pod: string, container: string): void {
    const log = this.#open(namespace, pod, container);
    log.previous = log.present;
    log.present = [];
    this.#endFollowers(log);
  }

  /** The pod is gone. */
  remove(namespace: string, pod: string): void {
    const prefix = `${namespace}/${pod}/`;
    for (const [key, log] of this.#logs) {
      if (!key.startsWith(prefix)) continue;
      this.#endFollowers(log);
      this.#logs.delete(key);
    }
  }

  /** Null when there is no earlier run. */
  read(namespace: string, pod: string, container: string, previous: boolean): readonly LogLine[] | null {
    const log = this.#logs.get(keyOf(namespace, pod, container));
    if (previous) return log?.previous ?? null;
    return log?.present ?? [];
  }

  /** `listener` gets each new line, and null at the end; the returned function ends it. */
  follow(namespace: string, pod: string, container: string, listener: (line: LogLine | null) => void): () => void {
    const { followers } = this.#open(namespace, pod, container);
    followers.add(listener);
    return () => followers.delete(listener);
  }

  #endFollowers(log: ContainerLog): void {
    for (const follower of log.followers) follower(null);
    log.followers.clear();
  }

  #open(namespace: string, pod: string, container: string): ContainerLog {
    const key = keyOf(namespace, pod, container);
    let log = this.#logs.get(key);
    if (!log) this.#logs.set(key, (log = { present: [], previous: null, followers: new Set() }));
    return log;
  }
}

function keyOf(namespace: string, pod: string, container: string): string {
  return `${namespace}/${pod}/${container}`;
}
