import assert from 'node:assert/strict';
import test from 'node:test';
import { parseSandboxFailure, type SandboxFailure } from './sandbox-text.ts';

const kubelet = 'Failed to create pod sandbox: rpc error: code = Unknown desc = ';

const texts: readonly (readonly [text: string, kind: SandboxFailure['kind'], detail: string])[] = [
  [
    `${kubelet}failed to setup network for sandbox "40d7": plugin type="calico" failed (add): stat /var/lib/calico/nodename: no such file or directory`,
    'network',
    'plugin type="calico" failed (add): stat /var/lib/calico/nodename: no such file or directory',
  ],
  [
    'Failed create pod sandbox: rpc error: code = Unknown desc = failed to set up sandbox container "9234" network for pod "web-1": NetworkPlugin cni failed to set up pod "web-1_shop" network: add cmd: failed to assign an IP address to container',
    'addressesExhausted',
    'add cmd: failed to assign an IP address to container',
  ],
  [
    `${kubelet}failed to create pod network sandbox k8s_web-1_shop(abc): error adding pod shop_web-1 to CNI network "multus-cni-network": plugin type="multus-shim" failed (add): CNI request failed`,
    'network',
    'plugin type="multus-shim" failed (add): CNI request failed',
  ],
  [
    `${kubelet}failed to setup network for sandbox "a": plugin type="cilium-cni" failed (add): unable to allocate IP via local cilium agent: [POST /ipam][502] postIpamFailure range is full`,
    'addressesExhausted',
    'plugin type="cilium-cni" failed (add): unable to allocate IP via local cilium agent: [POST /ipam][502] postIpamFailure range is full',
  ],
  [
    `${kubelet}failed to setup network for sandbox "a": plugin type="azure-vnet" failed (add): Failed to allocate address: No available addresses`,
    'addressesExhausted',
    'plugin type="azure-vnet" failed (add): Failed to allocate address: No available addresses',
  ],
  [
    `${kubelet}failed to setup network for sandbox "a": plugin type="calico" failed (add): context deadline exceeded`,
    'network',
    'plugin type="calico" failed (add): context deadline exceeded',
  ],
  [
    'Failed to create pod sandbox: rpc error: code = DeadlineExceeded desc = context deadline exceeded',
    'runtimeOverloaded',
    'context deadline exceeded',
  ],
  [
    `${kubelet}failed to reserve sandbox name "web-1_shop_a_0": name "web-1_shop_a_0" is reserved for "b"`,
    'runtimeOverloaded',
    'failed to reserve sandbox name "web-1_shop_a_0": name "web-1_shop_a_0" is reserved for "b"',
  ],
  [
    `${kubelet}unable to start container process: container init was OOM-killed (memory limit too low?): unknown`,
    'memoryTooLow',
    'unable to start container process: container init was OOM-killed (memory limit too low?): unknown',
  ],
  [
    `${kubelet}failed to get sandbox image "r.example/pause:3.10": pull access denied`,
    'other',
    'failed to get sandbox image "r.example/pause:3.10": pull access denied',
  ],
  [
    `${kubelet}failed to create pod network sandbox k8s_web-1_shop_abc_0(0f12ab): error adding pod shop_web-1 to CNI network "multus-cni-network": plugin type="multus-shim" name="multus-cni-network" failed (add): CmdAdd (shim): CNI request failed with status 400: 'ContainerID:"0f12ab" Netns:"/var/run/netns/a" IfName:"eth0" Args:"K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web-1" Path:"" ERRORED: error configuring pod [shop/web-1] networking: [shop/web-1/abc:mesh]: error adding container to network "mesh": plugin type="mesh" failed (add): no token\n': StdinData: {"binDir":"/var/lib/cni/bin"}`,
    'network',
    'plugin type="mesh" failed (add): no token',
  ],
  [
    `${kubelet}failed to setup network for sandbox "0f12ab": plugin type="multus" name="multus-cni-network" failed (add): [shop/web-1/abc:ovn]: error adding container to network "ovn": CNI request failed with status 400: '[shop/web-1 0f12ab network default NAD default] [shop/web-1 0f12ab network default NAD default] failed to configure pod interface: timed out waiting for a port binding'`,
    'network',
    'failed to configure pod interface: timed out waiting for a port binding',
  ],
  [
    `Failed create pod sandbox: rpc error: code = Unknown desc = failed to create pod network sandbox k8s_web-1_shop_abc_0(0f12ab): Multus: Err adding pod to network "sdn": Multus: error in invoke Delegate add - "sdn": CNI request failed with status 400: 'failed to run IPAM for 0f12ab: no IP addresses available in range set: 10.2.5.1-10.2.5.254'`,
    'addressesExhausted',
    'failed to run IPAM for 0f12ab: no IP addresses available in range set: 10.2.5.1-10.2.5.254',
  ],
  [`${kubelet}no runtime for "gvisor" is configured`, 'other', 'no runtime for "gvisor" is configured'],
];

for (const [text, kind, detail] of texts) {
  test(`sandbox ${kind}: ${detail.slice(0, 80)}`, () => {
    assert.deepEqual(parseSandboxFailure(text), { kind, detail });
  });
}
