import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts';

export type { KubernetesObject };

/**
 * What a reflector tells its sink. That a list starts over is in the type, so a sink can collect it aside and swap it
 * in at once: readers never see half a list, and nothing counts as deleted before the list was complete.
 *
 *     init, (initApply | initDelete)*, initDone      one complete picture; may break off and start again with init
 *     apply | delete                                 changes, only after the first initDone
 */
export type ReflectorEvent =
  /** A complete list begins: drop what an earlier, broken attempt collected, and collect aside. */
  | { readonly type: 'init' }
  | { readonly type: 'initApply'; readonly object: KubernetesObject }
  /** Deleted while the initial stream was under way: take it out of what was collected, touch nothing else. */
  | { readonly type: 'initDelete'; readonly object: KubernetesObject }
  /** The list is complete: swap, and sweep what was not in it. */
  | { readonly type: 'initDone'; readonly resourceVersion: string }
  | { readonly type: 'apply'; readonly object: KubernetesObject }
  | { readonly type: 'delete'; readonly object: KubernetesObject };

/**
 * Takes one event, synchronously. The resource version moves forward only after it returned; when it throws, the
 * event is delivered again (from the last version that was taken, then by a new list).
 */
export type ReflectorSink = (event: ReflectorEvent) => void;
