import type { PodFacts } from '../kubernetes.ts';
import { parseEviction } from '../parse/eviction.ts';
import { firstLine } from '../parse/text.ts';
import { nodeName } from './facts.ts';
import type { Finding } from './finding.ts';

/**
 * I6, I7: the kubelet evicted the pod.
 * @param message of the pod or of its condition DisruptionTarget
 */
export function evictionWords(pod: PodFacts, message: string): Pick<Finding, 'code' | 'message' | 'group'> {
  const node = nodeName(pod);
  const eviction = parseEviction(message);
  switch (eviction.kind) {
    case 'nodePressure': {
      const user =
        eviction.container === null
          ? ''
          : `; container ${eviction.container} used ${eviction.used ?? 'more'} of a request of ${eviction.request ?? '0'}`;
      return {
        code: 'EvictedNodePressure',
        message: `The pod was evicted: node ${node} ran low on ${eviction.resource}${user}`,
        group: pod.nodeName === null ? null : { type: 'node', name: node },
      };
    }
    case 'emptyDir':
      return {
        code: 'EvictedDiskLimit',
        message: `The pod was evicted: emptyDir volume ${eviction.volume} grew beyond its limit of ${eviction.limit}`,
      };
    case 'podDisk':
      return {
        code: 'EvictedDiskLimit',
        message: `The pod was evicted: it wrote more to local disk than its limit${eviction.limit === null ? '' : ` of ${eviction.limit}`}`,
      };
    case 'containerDisk':
      return {
        code: 'EvictedDiskLimit',
        message: `The pod was evicted: container ${eviction.container} wrote more to local disk than its limit${eviction.limit === null ? '' : ` of ${eviction.limit}`}`,
      };
    case 'unknown':
      return { code: 'EvictedNodePressure', message: `The pod was evicted from node ${node}: ${firstLine(message)}` };
    default:
      return unreachable(eviction);
  }
}

function unreachable(value: never): never {
  throw new Error(`unexpected value ${JSON.stringify(value)}`);
}
