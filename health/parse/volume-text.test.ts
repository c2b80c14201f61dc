import assert from 'node:assert/strict';
import test from 'node:test';
import { parseVolumeFailure, type VolumeFailure } from './volume-text.ts';

const texts: readonly (readonly [reason: string, text: string, failure: VolumeFailure])[] = [
  [
    'FailedMount',
    'MountVolume.SetUp failed for volume "config" : configmap "web-config" not found',
    { kind: 'configMapMissing', name: 'web-config', volume: 'config' },
  ],
  [
    'FailedMount',
    'MountVolume.SetUp failed for volume "tls" : secret "web-tls" not found',
    { kind: 'secretMissing', name: 'web-tls', volume: 'tls' },
  ],
  [
    'FailedMount',
    'MountVolume.SetUp failed for volume "kubernetes.io/secret/59f95e4c-tls" (spec.Name: "tls") pod "59f9" (UID: "59f9") with: secrets "web-tls" not found',
    { kind: 'secretMissing', name: 'web-tls', volume: 'tls' },
  ],
  [
    'FailedMount',
    'MountVolume.SetUp failed for volume "config" : configmap references non-existent config key: app.yaml',
    { kind: 'keyMissing', key: 'app.yaml', of: 'ConfigMap', volume: 'config' },
  ],
  [
    'FailedMount',
    'MountVolume.SetUp failed for volume "tls" : references non-existent secret key: tls.key',
    { kind: 'keyMissing', key: 'tls.key', of: 'Secret', volume: 'tls' },
  ],
  [
    'FailedMount',
    'MountVolume.SetUp failed for volume "config" : failed to sync configmap cache: timed out waiting for the condition',
    { kind: 'cacheNotSynced', of: 'ConfigMap' },
  ],
  [
    'FailedMount',
    'MountVolume.SetUp failed for volume "kube-api-access-x7k2p" : configmap "kube-root-ca.crt" not found',
    { kind: 'clusterToken', detail: 'configmap "kube-root-ca.crt" not found' },
  ],
  [
    'FailedMount',
    'MountVolume.SetUp failed for volume "kube-api-access-x7k2p" : failed to fetch token: serviceaccounts "web" not found',
    { kind: 'clusterToken', detail: 'failed to fetch token: serviceaccounts "web" not found' },
  ],
  [
    'FailedMount',
    'MountVolume.MountDevice failed for volume "pvc-1" : kubernetes.io/csi: attacher.MountDevice failed to create newCsiDriverClient: driver name ebs.csi.aws.com not found in the list of registered CSI drivers',
    { kind: 'driverMissing', driver: 'ebs.csi.aws.com', volume: 'pvc-1' },
  ],
  [
    'FailedAttachVolume',
    'Multi-Attach error for volume "pvc-1" Volume is already used by pod(s) db-0, db-1',
    { kind: 'attachedElsewhere', volume: 'pvc-1', pods: ['db-0', 'db-1'] },
  ],
  [
    'FailedAttachVolume',
    'Multi-Attach error for volume "pvc-1" Volume is already used by pod(s) db-0 and 2 pod(s) in different namespaces',
    { kind: 'attachedElsewhere', volume: 'pvc-1', pods: ['db-0'] },
  ],
  [
    'FailedAttachVolume',
    'Multi-Attach error for volume "pvc-1" Volume is already exclusively attached to one node and can\'t be attached to another',
    { kind: 'attachedElsewhere', volume: 'pvc-1', pods: [] },
  ],
  [
    'FailedAttachVolume',
    'AttachVolume.Attach failed for volume "pvc-1" : rpc error: code = Internal desc = instance i-1 has too many volumes',
    { kind: 'attachFailed', volume: 'pvc-1', detail: 'instance i-1 has too many volumes' },
  ],
  [
    'FailedMount',
    'MountVolume.SetUp failed for volume "nfs" : mount failed: exit status 32',
    { kind: 'mountFailed', volume: 'nfs', detail: 'mount failed: exit status 32' },
  ],
  [
    'FailedMount',
    'Unable to attach or mount volumes: unmounted volumes=[data config], unattached volumes=[], failed to process volumes=[]: timed out waiting for the condition',
    { kind: 'timeout', volumes: ['data', 'config'], detail: null },
  ],
  [
    'FailedMount',
    'Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to process volumes=[data]: error processing PVC shop/data-db-0: PVC is not bound',
    { kind: 'timeout', volumes: ['data'], detail: 'error processing PVC shop/data-db-0: PVC is not bound' },
  ],
  // Azure, EBS and GCE have words of their own for it.
  [
    'FailedAttachVolume',
    'AttachVolume.Attach failed for volume "pvc-1" : rpc error: code = Unknown desc = disk(/subscriptions/s/disks/pvc-1) already attached to node(/subscriptions/s/vm-0), could not be attached to node(vm-1)',
    { kind: 'attachedElsewhere', volume: 'pvc-1', pods: [] },
  ],
  [
    'FailedAttachVolume',
    'AttachVolume.Attach failed for volume "pvc-1" : rpc error: code = Internal desc = api error VolumeInUse: vol-1 is already attached to an instance',
    { kind: 'attachedElsewhere', volume: 'pvc-1', pods: [] },
  ],
  [
    'FailedAttachVolume',
    'AttachVolume.Attach failed for volume "pvc-1" : CSINode node-1 does not contain driver ebs.csi.aws.com',
    { kind: 'driverMissing', driver: 'ebs.csi.aws.com', volume: 'pvc-1' },
  ],
  [
    'FailedMount',
    'MountVolume.SetUp failed for volume "config" : object "shop"/"web-config" not registered',
    { kind: 'cacheNotSynced', of: null },
  ],
  [
    'FailedMount',
    'MountVolume.SetUp failed for volume "nfs" : mount failed: exit status 32\nMounting command: mount\nMounting arguments: -t nfs 10.0.0.9:/x /y\nOutput: mount.nfs: access denied by server while mounting 10.0.0.9:/x',
    { kind: 'mountFailed', volume: 'nfs', detail: 'mount.nfs: access denied by server while mounting 10.0.0.9:/x' },
  ],
  [
    'FailedMount',
    'MountVolume.SetUp failed for volume "nfs" : mount failed: exit status 32\nMounting command: systemd-run\nOutput: Running scope as unit: run-r1.scope\nmount: wrong fs type on 10.0.0.9:/x',
    { kind: 'mountFailed', volume: 'nfs', detail: 'mount: wrong fs type on 10.0.0.9:/x' },
  ],
  [
    'FailedMount',
    'MountVolume.SetUp failed for volume "keys" : rpc error: code = Unknown desc = failed to mount objects, err: rpc error: code = Unknown desc = StatusCode=403',
    { kind: 'mountFailed', volume: 'keys', detail: 'StatusCode=403' },
  ],
  [
    'FailedMount',
    'MountVolume.CheckAttached failed for volume "pvc-1": volume not attached according to node status',
    { kind: 'mountFailed', volume: 'pvc-1', detail: 'volume not attached according to node status' },
  ],
  [
    'FailedMapVolume',
    'MapVolume.MapPodDevice failed for volume "pvc-1" : loop device busy',
    { kind: 'mapOrResize', volume: 'pvc-1', detail: 'loop device busy' },
  ],
  [
    'VolumeResizeFailed',
    'NodeExpandVolume.NodeExpandVolume failed for volume "pvc-1" : resize2fs failed',
    { kind: 'mapOrResize', volume: 'pvc-1', detail: 'resize2fs failed' },
  ],
  [
    'FailedMount',
    'a text of another version',
    { kind: 'mountFailed', volume: null, detail: 'a text of another version' },
  ],
];

for (const [reason, text, failure] of texts) {
  test(`volume text ${failure.kind}: ${text.slice(0, 80)}`, () => {
    assert.deepEqual(parseVolumeFailure(reason, text), failure);
  });
}
