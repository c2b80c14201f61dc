import type { EventFacts, PodFacts } from '../kubernetes.ts';
import { firstLine, plainText } from '../parse/text.ts';
import type { IncidentGroup } from '../verdict.ts';
import { eventEvidence, kubectl } from './draft.ts';
import { newestOf } from './facts.ts';
import type { Finding } from './finding.ts';

/** What the volume claims of a pod say of themselves: they may not be read, their events may. */

/** Names of the claims that a pod's volumes use. */
export function claimNames(pod: PodFacts): string[] {
  return pod.spec.volumes
    .filter(({ type, source }) => (type === 'persistentVolumeClaim' || type === 'ephemeral') && source !== null)
    .map((volume) => (volume.source ?? '').replace('{pod}', pod.name));
}

const failures: readonly string[] = ['ProvisioningFailed', 'FailedBinding', 'VolumeMismatch'];
/** Somebody was asked for the volume and has not answered. */
const waits: readonly string[] = ['ExternalProvisioning', 'Provisioning'];

/** The newest failure of a claim, else the newest word that it waits; null when its volume was made since. */
export function claimTrouble(events: readonly EventFacts[]): EventFacts | null {
  const unsolved = (reasons: readonly string[]): EventFacts | null =>
    newestOf(events.filter((event) => reasons.includes(event.reason) && !isSolved(event, events)));
  return unsolved(failures) ?? unsolved(waits);
}

function isSolved({ involved, lastAt }: EventFacts, events: readonly EventFacts[]): boolean {
  return events.some(
    (other) =>
      other.reason === 'ProvisioningSucceeded' && other.involved.name === involved.name && other.lastAt >= lastAt,
  );
}

/** It takes its time, or the one who was asked does not run. */
export function isWaitingClaim({ reason }: EventFacts): boolean {
  return waits.includes(reason);
}

/**
 * Why there is no volume: the refusal, or who was asked for it (`Waiting for a volume to be created either by the
 * external provisioner 'csi.example.com' or …`, and older forms).
 */
export function claimWords(event: EventFacts): string {
  const text = plainText(event.message);
  const provisioner = isWaitingClaim(event) ? /external provisioner ['"]([^'"]+)['"]/.exec(text)?.[1] : undefined;
  return provisioner === undefined ? firstLine(text) : `provisioner ${provisioner} has not made it yet`;
}

/** H10: the claim itself says why it has no volume. */
export function provisioning(pod: PodFacts, event: EventFacts): Finding {
  return {
    stage: 'volumes',
    code: 'VolumeProvisioningFailed',
    message: `Volume claim ${event.involved.name} gets no volume: ${claimWords(event)}`,
    since: event.firstAt,
    evidence: [eventEvidence(event)],
    commands: [kubectl.describe(pod.namespace, 'persistentvolumeclaim', event.involved.name), kubectl.describePod(pod)],
    group: storageClassGroup(event.message),
  };
}

/** A storage class that does not exist or fails concerns every claim of that class. */
export function storageClassGroup(message: string): IncidentGroup | null {
  const name = /storageclass(?:\.storage\.k8s\.io)? "([^"]+)"/i.exec(plainText(message))?.[1];
  return name === undefined ? null : { type: 'storageClass', name };
}
