/**
 * Resource versions are decimal numbers of unbounded size, compared as such: that is a promise since Kubernetes 1.35
 * (KEP-5504) and has been the case before. Written differently they are opaque and have no order.
 */
export function isOrderedResourceVersion(text: string): boolean {
  return /^[1-9][0-9]*$/.test(text);
}

/** Negative when `left` is older; null when one of them has no order. Never a JavaScript number: 2^53 is not the end. */
export function compareResourceVersions(left: string, right: string): number | null {
  if (left === right) return 0;
  if (!isOrderedResourceVersion(left) || !isOrderedResourceVersion(right)) return null;
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : 1;
}
