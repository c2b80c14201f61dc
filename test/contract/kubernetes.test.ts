import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';
import { CredentialSource } from '../../controller/kubernetes/credentials.ts';
import { HttpTransport } from '../../controller/kubernetes/http-transport.ts';
import { versionUnderTest } from '../cluster/build.ts';
import { startCluster } from '../cluster/control-plane.ts';
import { apiServerContract, type ServerUnderTest } from './apiserver.contract.ts';
import type { Answer } from './recorded.ts';

// A level without seats that rejects at once, for one user: the real 429 of API priority and fairness.
const noSeats = `
apiVersion: flowcontrol.apiserver.k8s.io/v1
kind: PriorityLevelConfiguration
metadata: {name: no-seats}
spec: {type: Limited, limited: {nominalConcurrencyShares: 0, lendablePercent: 0, borrowingLimitPercent: 0, limitResponse: {type: Reject}}}
---
apiVersion: flowcontrol.apiserver.k8s.io/v1
kind: FlowSchema
metadata: {name: no-seats}
spec:
  matchingPrecedence: 2
  priorityLevelConfiguration: {name: no-seats}
  rules:
    - subjects: [{kind: ServiceAccount, serviceAccount: {namespace: shop, name: default}}]
      resourceRules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*'], namespaces: ['*'], clusterScope: true}]
`;

async function start(): Promise<ServerUnderTest> {
  // Nobody plays the kubelet: pods stay as the tests write them.
  const cluster = await startCluster({ nodes: 1, kwok: false });
  const dispatcher = new Agent({ connect: { ca: readFileSync(cluster.caPath) } });
  const credentials = new CredentialSource({ type: 'kubeconfig', paths: [cluster.kubeconfigPath] });
  const transport = new HttpTransport({ credentials, userAgent: 'contract', environment: {} });
  const minor = versionUnderTest();
  const tokens = new Map<string, Promise<string>>();

  async function get(
    path: string,
    options: { readonly accept?: string; readonly token?: string | null } = {},
  ): Promise<Answer> {
    const token = options.token === undefined ? cluster.adminToken : options.token;
    const response = await request(cluster.serverUrl + path, {
      dispatcher,
      headers: {
        accept: options.accept ?? 'application/json',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
    });
    const headers = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)]));
    return { status: response.statusCode, headers, text: await response.body.text() };
  }

  /** Every namespace has a service account called default, a moment after it was made. */
  function tokenOf(namespace: string): Promise<string> {
    const known = tokens.get(namespace) ?? cluster.createToken(namespace, 'default');
    tokens.set(namespace, known);
    return known;
  }

  return {
    kubernetesVersion: cluster.version,
    minor,
    streamsLists: minor !== '1.33',
    transport,
    get,
    createNamespace: async (name) => {
      await cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }]);
    },
    createService: async (namespace, name) => {
      await cluster.apply([
        { apiVersion: 'v1', kind: 'Service', metadata: { namespace, name }, spec: { ports: [{ port: 80 }] } },
      ]);
    },
    labelService: async (namespace, name, value) => {
      const patch = { metadata: { labels: { value } } };
      await cluster.request(
        'PATCH',
        `/api/v1/namespaces/${namespace}/services/${name}`,
        patch,
        'application/merge-patch+json',
      );
    },
    deleteService: async (namespace, name) => {
      await cluster.request('DELETE', `/api/v1/namespaces/${namespace}/services/${name}`);
    },
    createPod: async (namespace, name, containers) => {
      const spec = { containers: containers.map((container) => ({ name: container, image: 'example.com/none' })) };
      await cluster.apply([{ apiVersion: 'v1', kind: 'Pod', metadata: { namespace, name }, spec }]);
    },
    setPodPhase: async (namespace, name, phase) => {
      await cluster.patchPodStatus(namespace, name, { phase });
    },
    forgetHistory: async () => {
      await cluster.compactEtcd();
      // The watch cache remembers what etcd has forgotten.
      await cluster.restartApiServer();
    },
    powerlessToken: () => tokenOf('default'),
    tooManyRequests: async () => {
      const token = await tokenOf('shop');
      await cluster.apply(noSeats);
      const deadline = performance.now() + 30_000;
      for (;;) {
        // A single request gets through even without a seat, while nothing else runs.
        const answers = await Promise.all(Array.from({ length: 50 }, () => get('/api/v1/services', { token })));
        const rejected = answers.find((answer) => answer.status === 429);
        if (rejected) return rejected;
        assert.ok(performance.now() < deadline, `no 429 within 30 s, but ${answers[0]?.status}`);
      }
    },
    stop: async () => {
      await transport.close();
      await dispatcher.destroy();
      await cluster.stop();
    },
  };
}

apiServerContract(`kube-apiserver ${versionUnderTest()}`, start);
