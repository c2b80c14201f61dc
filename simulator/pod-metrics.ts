import { instantText } from './object-store.ts';

export interface ContainerUsage {
  readonly name: string;
  readonly cpuNanocores: number;
  readonly memoryKibibytes: number;
}

interface Sample {
  readonly namespace: string;
  readonly pod: string;
  readonly at: number;
  readonly containers: readonly ContainerUsage[];
}

/** What a metrics-server would know: the last sample of each pod. */
export class PodMetrics {
  readonly #samples = new Map<string, Sample>();
  /** Not installed: the whole group is 404, as in a cluster without metrics-server. */
  installed = true;

  set(namespace: string, pod: string, at: number, containers: readonly ContainerUsage[]): void {
    this.#samples.set(`${namespace}/${pod}`, { namespace, pod, at, containers });
  }

  remove(namespace: string, pod: string): void {
    this.#samples.delete(`${namespace}/${pod}`);
  }

  list(namespace: string | null): object {
    const items = [...this.#samples.values()]
      .filter((sample) => namespace === null || sample.namespace === namespace)
      .map((sample) => ({
        metadata: { name: sample.pod, namespace: sample.namespace, creationTimestamp: instantText(sample.at) },
        timestamp: instantText(sample.at),
        window: '15.0s',
        containers: sample.containers.map((container) => ({
          name: container.name,
          usage: { cpu: `${container.cpuNanocores}n`, memory: `${container.memoryKibibytes}Ki` },
        })),
      }));
    return { kind: 'PodMetricsList', apiVersion: 'metrics.k8s.io/v1beta1', metadata: {}, items };
  }
}
